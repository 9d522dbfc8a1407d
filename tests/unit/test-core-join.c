/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Joining: founding, seniority, names, attributes, queue and batches (gsapi.md 1.2 to 1.5, 3.6; stream.md
 * 3).
 */

#include "core-world.h"

static void test_first_join_creates_the_group(void **state) {
        _cleanup_(world_freep) World *w = world_new(1);
        GsAttributes a = attributes_of("g", GS_1_PHASE);

        (void) state;
        join(w, 10, 1, 5, &a);
        expect(w, "10.1 approved JOIN what 20 (5/1) ~(5/1)\n");
}

static void test_membership_order_is_join_order(void **state) {
        _cleanup_(world_freep) World *w = world_new(2);
        GsAttributes a = attributes_of("g", GS_1_PHASE);

        (void) state;
        join(w, 20, 1, 9, &a);
        join(w, 10, 1, 5, &a);
        forget(w);
        join(w, 20, 2, 1, &a);
        expect(w, "10.1 approved JOIN what 20 (9/2,5/1,1/2) ~(1/2)\n"
                  "20.1 approved JOIN what 20 (9/2,5/1,1/2) ~(1/2)\n"
                  "20.2 approved JOIN what 20 (9/2,5/1,1/2) ~(1/2)\n");
}

static void test_joiner_votes_in_n_phase_join(void **state) {
        _cleanup_(world_freep) World *w = world_new(1);
        GsAttributes a = attributes_of("g", GS_N_PHASE);

        (void) state;
        a.time_limit = 30;
        join(w, 10, 1, 1, &a);
        expect(w, "begun g JOIN #1\n10.1 phase JOIN #1 votes limit 30 what 1 () ~(1/1)\n");
        vote(w, 10, 1, GS_VOTE_APPROVE);
        expect(w, "ended g #1\n10.1 approved JOIN #1 limit 30 summary 1 what 20 (1/1) ~(1/1)\n");
}

static void test_rejected_joiner_stays_out_and_its_token_ends(void **state) {
        _cleanup_(world_freep) World *w = world_new(1);
        GsAttributes a = attributes_of("g", GS_N_PHASE);

        (void) state;
        join(w, 10, 1, 1, &a);
        vote(w, 10, 1, GS_VOTE_APPROVE);
        join(w, 11, 1, 2, &a);
        vote(w, 11, 1, GS_VOTE_APPROVE);
        forget(w);
        vote(w, 10, 1, GS_VOTE_REJECT);
        expect(w, "ended g #1\n"
                  "10.1 rejected JOIN #1 summary 3 what 40 (1/1) ~(2/1)\n"
                  "11.1 rejected JOIN #1 summary 3 what 40 (1/1) ~(2/1)\n"
                  "11.1 dead\n");
}

static void test_different_attributes_are_refused(void **state) {
        GsAttributes other[7];

        (void) state;
        for (unsigned i = 0; i < ELEMENTSOF(other); i++) {
                _cleanup_(world_freep) World *w = world_new(1);
                GsAttributes a = attributes_of("g", GS_1_PHASE);

                other[i] = a;
                if (i == 0)
                        other[i].client_version = 2;
                else if (i == 1)
                        other[i].batch_control = GS_NO_BATCHING;
                else if (i == 2)
                        other[i].num_phases = GS_N_PHASE;
                else if (i == 3)
                        other[i].reflection_num_phases = GS_N_PHASE;
                else if (i == 4)
                        other[i].default_vote = GS_VOTE_REJECT;
                else if (i == 5)
                        other[i].time_limit = 1;
                else
                        other[i].reflection_time_limit = 1;
                join(w, 10, 1, 1, &a);
                forget(w);
                join(w, 11, 1, 2, &other[i]);
                expect(w, "11.1 error JOIN 13 serial 0\n11.1 dead\n");
        }
}

static void test_invalid_attributes_are_refused(void **state) {
        _cleanup_(world_freep) World *w = world_new(1);
        GsAttributes a = attributes_of("g", GS_1_PHASE);

        (void) state;
        a.merge_control = GS_LARGER_MERGE;
        join(w, 10, 1, 1, &a);
        expect(w, "10.1 error JOIN 13 serial 0\n10.1 dead\n");
        a = attributes_of("", GS_1_PHASE);
        join(w, 10, 2, 1, &a);
        expect(w, "10.2 error JOIN 13 serial 0\n10.2 dead\n");
}

static void test_system_names_are_reserved(void **state) {
        _cleanup_(world_freep) World *w = world_new(1);
        GsAttributes a = attributes_of("HostMembership", GS_1_PHASE);

        (void) state;
        join(w, 10, 1, 1, &a);
        expect(w, "10.1 error JOIN 11 serial 0\n10.1 dead\n");
        a = attributes_of("enMembership2", GS_1_PHASE);
        join(w, 10, 2, 1, &a);
        expect(w, "10.2 error JOIN 11 serial 0\n10.2 dead\n");
}

static void test_instance_number_is_unique_on_the_node(void **state) {
        _cleanup_(world_freep) World *w = world_new(2);
        GsAttributes a = attributes_of("g", GS_1_PHASE);

        (void) state;
        join(w, 10, 1, 1, &a);
        forget(w);
        join(w, 11, 1, 1, &a);
        expect(w, "11.1 error JOIN 15 serial 0\n11.1 dead\n");
        join(w, 20, 1, 1, &a);
        expect(w, "10.1 approved JOIN what 20 (1/1,1/2) ~(1/2)\n20.1 approved JOIN what 20 (1/1,1/2) "
                  "~(1/2)\n");
}

static void test_queued_and_trying_joiners_hold_their_name(void **state) {
        _cleanup_(world_freep) World *w = world_new(1);
        GsAttributes a = attributes_of("g", GS_N_PHASE);

        (void) state;
        join(w, 10, 1, 1, &a);
        join(w, 11, 1, 2, &a);
        forget(w);
        join(w, 12, 1, 1, &a);
        expect(w, "12.1 error JOIN 15 serial 0\n12.1 dead\n");
        join(w, 12, 2, 2, &a);
        expect(w, "12.2 error JOIN 15 serial 0\n12.2 dead\n");
}

static void test_join_waits_behind_the_leave_of_a_failed_holder(void **state) {
        _cleanup_(world_freep) World *w = world_new(1);
        GsAttributes a = attributes_of("g", GS_1_PHASE);

        (void) state;
        join(w, 10, 1, 1, &a);
        join(w, 11, 1, 2, &a);
        change_state(w, 10, 1, GS_N_PHASE, "s");
        simple(w, EVENT_PROCESS_DOWN, 11, 0);
        forget(w);
        join(w, 12, 1, 2, &a);
        expect(w, "");
        vote(w, 10, 1, GS_VOTE_APPROVE);
        expect(w, "ended g #1\n"
                  "10.1 approved STATE #1 summary 25 what 80 by 1/1 (1/1,2/1) state s proposed s\n"
                  "10.1 approved FAILURE what 20 (1/1) ~(2/1) why 2:0 state s\n"
                  "10.1 approved JOIN what 20 (1/1,2/1) ~(2/1) state s\n"
                  "12.1 approved JOIN what 20 (1/1,2/1) ~(2/1) state s\n");
}

static void accumulate(World *w, uint8_t batch) {
        GsAttributes a = attributes_of("g", GS_1_PHASE);

        a.batch_control = batch;
        join(w, 10, 1, 1, &a);
        message(w, 10, 1, GS_N_PHASE, "m");
        join(w, 11, 1, 2, &a);
        join(w, 11, 2, 3, &a);
        forget(w);
        vote(w, 10, 1, GS_VOTE_APPROVE);
}

static void test_batch_joins_takes_all_that_accumulated(void **state) {
        _cleanup_(world_freep) World *w = world_new(1);

        (void) state;
        accumulate(w, GS_BATCH_JOINS);
        expect(w, "ended g #1\n"
                  "10.1 approved MESSAGE #1 summary 1 by 1/1 (1/1)\n"
                  "10.1 approved JOIN what 20 (1/1,2/1,3/1) ~(2/1,3/1)\n"
                  "11.1 approved JOIN what 20 (1/1,2/1,3/1) ~(2/1,3/1)\n"
                  "11.2 approved JOIN what 20 (1/1,2/1,3/1) ~(2/1,3/1)\n");
}

static void test_no_batching_is_one_joiner_each(void **state) {
        _cleanup_(world_freep) World *w = world_new(1);

        (void) state;
        accumulate(w, GS_BATCH_LEAVES);
        expect(w, "ended g #1\n"
                  "10.1 approved MESSAGE #1 summary 1 by 1/1 (1/1)\n"
                  "10.1 approved JOIN what 20 (1/1,2/1) ~(2/1)\n"
                  "11.1 approved JOIN what 20 (1/1,2/1) ~(2/1)\n"
                  "10.1 approved JOIN what 20 (1/1,2/1,3/1) ~(3/1)\n"
                  "11.1 approved JOIN what 20 (1/1,2/1,3/1) ~(3/1)\n"
                  "11.2 approved JOIN what 20 (1/1,2/1,3/1) ~(3/1)\n");
}

static void test_joiner_that_dies_before_its_protocol_is_dropped(void **state) {
        _cleanup_(world_freep) World *w = world_new(1);
        GsAttributes a = attributes_of("g", GS_N_PHASE);

        (void) state;
        join(w, 10, 1, 1, &a);
        join(w, 11, 1, 2, &a);
        join(w, 11, 2, 3, &a);
        simple(w, EVENT_PROCESS_DOWN, 11, 0);
        simple(w, EVENT_PROCESS_DOWN, 11, 0);
        forget(w);
        vote(w, 10, 1, GS_VOTE_APPROVE);
        expect(w, "ended g #1\n10.1 approved JOIN #1 summary 1 what 20 (1/1) ~(1/1)\n");
}

static void test_joiner_that_dies_on_trial_joins_by_default_and_leaves(void **state) {
        _cleanup_(world_freep) World *w = world_new(1);
        GsAttributes a = attributes_of("g", GS_N_PHASE);

        (void) state;
        join(w, 10, 1, 1, &a);
        vote(w, 10, 1, GS_VOTE_APPROVE);
        join(w, 11, 1, 2, &a);
        simple(w, EVENT_PROCESS_DOWN, 11, 0);
        forget(w);
        vote(w, 10, 1, GS_VOTE_APPROVE);
        expect(w, "ended g #1\n"
                  "10.1 approved JOIN #1 summary 25 what 20 (1/1,2/1) ~(2/1)\n"
                  "begun g FAILURE #1\n"
                  "10.1 phase FAILURE #1 votes what 1 (1/1,2/1) ~(2/1) why 2:0\n");
}

static void test_next_queued_join_founds_if_the_first_is_rejected(void **state) {
        _cleanup_(world_freep) World *w = world_new(1);
        GsAttributes a = attributes_of("g", GS_N_PHASE);

        (void) state;
        join(w, 10, 1, 1, &a);
        join(w, 11, 1, 2, &a);
        forget(w);
        vote(w, 10, 1, GS_VOTE_REJECT);
        expect(w, "ended g #1\n"
                  "10.1 rejected JOIN #1 summary 2 what 40 () ~(1/1)\n"
                  "10.1 dead\n"
                  "begun g JOIN #1\n"
                  "11.1 phase JOIN #1 votes what 1 () ~(2/1)\n");
}

static void test_queued_join_is_compared_again_when_it_begins(void **state) {
        _cleanup_(world_freep) World *w = world_new(1);
        GsAttributes a = attributes_of("g", GS_1_PHASE), b = a;

        (void) state;
        join(w, 10, 1, 1, &a);
        b.client_version = 4;
        change_attributes(w, 10, 1, GS_N_PHASE, &b);
        join(w, 11, 1, 2, &a);
        forget(w);
        vote(w, 10, 1, GS_VOTE_APPROVE);
        expect(w, "ended g #1\n"
                  "10.1 approved ATTRIBUTES #1 summary 1001 what 2000 by 1/1 (1/1) version 4\n"
                  "11.1 error JOIN 13 serial 0\n"
                  "11.1 dead\n");
}

static void test_deserted_founding_leaves_nothing(void **state) {
        _cleanup_(world_freep) World *w = world_new(1);
        GsAttributes a = attributes_of("g", GS_N_PHASE);
        CoreInfo info;

        (void) state;
        join(w, 10, 1, 1, &a);
        forget(w);
        simple(w, EVENT_PROCESS_DOWN, 10, 0);
        expect(w, "ended g #1\n");
        core_info(w->cores[0], &info);
        assert_int_equal(info.n_groups, 0);
        assert_int_equal(info.n_providers, 0);
}

static void test_token_in_use_is_dropped(void **state) {
        _cleanup_(world_freep) World *w = world_new(1);
        GsAttributes a = attributes_of("g", GS_1_PHASE);

        (void) state;
        join(w, 10, 1, 1, &a);
        forget(w);
        join(w, 10, 1, 2, &a);
        expect(w, "dropped JOIN\n");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_first_join_creates_the_group),
                cmocka_unit_test(test_membership_order_is_join_order),
                cmocka_unit_test(test_joiner_votes_in_n_phase_join),
                cmocka_unit_test(test_rejected_joiner_stays_out_and_its_token_ends),
                cmocka_unit_test(test_different_attributes_are_refused),
                cmocka_unit_test(test_invalid_attributes_are_refused),
                cmocka_unit_test(test_system_names_are_reserved),
                cmocka_unit_test(test_instance_number_is_unique_on_the_node),
                cmocka_unit_test(test_queued_and_trying_joiners_hold_their_name),
                cmocka_unit_test(test_join_waits_behind_the_leave_of_a_failed_holder),
                cmocka_unit_test(test_batch_joins_takes_all_that_accumulated),
                cmocka_unit_test(test_no_batching_is_one_joiner_each),
                cmocka_unit_test(test_joiner_that_dies_before_its_protocol_is_dropped),
                cmocka_unit_test(test_joiner_that_dies_on_trial_joins_by_default_and_leaves),
                cmocka_unit_test(test_next_queued_join_founds_if_the_first_is_rejected),
                cmocka_unit_test(test_queued_join_is_compared_again_when_it_begins),
                cmocka_unit_test(test_deserted_founding_leaves_nothing),
                cmocka_unit_test(test_token_in_use_is_dropped),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
