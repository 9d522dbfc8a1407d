/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Leaving: voluntarily, by failure, by goodbye; queue and batches (gsapi.md 3.1, 3.4, 3.6, 5.4). */

#include "core-world.h"

static World *members(GsPhases phases, uint8_t batch, GsVote by_default) {
        World *w = world_new(2);
        GsAttributes a = attributes_of("g", phases);

        a.batch_control = batch;
        a.default_vote = by_default;
        join(w, 10, 1, 1, &a);
        if (phases == GS_N_PHASE)
                vote(w, 10, 1, GS_VOTE_APPROVE);
        join(w, 11, 1, 2, &a);
        if (phases == GS_N_PHASE) {
                vote(w, 10, 1, GS_VOTE_APPROVE);
                vote(w, 11, 1, GS_VOTE_APPROVE);
        }
        join(w, 20, 1, 3, &a);
        if (phases == GS_N_PHASE) {
                vote(w, 10, 1, GS_VOTE_APPROVE);
                vote(w, 11, 1, GS_VOTE_APPROVE);
                vote(w, 20, 1, GS_VOTE_APPROVE);
        }
        forget(w);
        return w;
}

static void test_voluntary_leave_shows_its_code_and_ends_the_token(void **state) {
        _cleanup_(world_freep) World *w = members(GS_1_PHASE, GS_BATCH_BOTH, GS_VOTE_APPROVE);

        (void) state;
        leave(w, 11, 1, GS_1_PHASE, 42);
        expect(w, "10.1 approved LEAVE what 20 by 2/1 (1/1,3/2) ~(2/1) why 1:42\n"
                  "11.1 approved LEAVE what 20 by 2/1 (1/1,3/2) ~(2/1) why 1:42\n"
                  "11.1 dead\n"
                  "20.1 approved LEAVE what 20 by 2/1 (1/1,3/2) ~(2/1) why 1:42\n");
}

static void test_leaver_votes_and_stays_in_if_rejected(void **state) {
        _cleanup_(world_freep) World *w = members(GS_1_PHASE, GS_BATCH_BOTH, GS_VOTE_APPROVE);

        (void) state;
        leave(w, 11, 1, GS_N_PHASE, 0);
        assert_non_null(strstr(
                        w->text, "11.1 phase LEAVE #1 votes what 1 by 2/1 (1/1,2/1,3/2) ~(2/1) why 1:0"));
        forget(w);
        vote(w, 10, 1, GS_VOTE_REJECT);
        vote(w, 20, 1, GS_VOTE_APPROVE);
        vote(w, 11, 1, GS_VOTE_APPROVE);
        assert_non_null(strstr(
                        w->text, "11.1 rejected LEAVE #1 summary 3 what 40 by 2/1 (1/1,2/1,3/2) ~(2/1)"));
        forget(w);
        message(w, 11, 1, GS_1_PHASE, "here");
        assert_non_null(strstr(w->text, "11.1 approved MESSAGE"));
}

static void test_leaver_that_dies_is_gone_by_the_approved_leave_alone(void **state) {
        _cleanup_(world_freep) World *w = members(GS_1_PHASE, GS_BATCH_BOTH, GS_VOTE_APPROVE);

        (void) state;
        leave(w, 11, 1, GS_N_PHASE, 0);
        simple(w, EVENT_PROCESS_DOWN, 11, 0);
        forget(w);
        vote(w, 10, 1, GS_VOTE_APPROVE);
        vote(w, 20, 1, GS_VOTE_APPROVE);
        expect(w, "ended g #1\n"
                  "10.1 approved LEAVE #1 summary 25 what 20 by 2/1 (1/1,3/2) ~(2/1) why 1:0\n"
                  "20.1 approved LEAVE #1 summary 25 what 20 by 2/1 (1/1,3/2) ~(2/1) why 1:0\n");
}

static void test_leaver_that_dies_leaves_by_failure_if_rejected(void **state) {
        _cleanup_(world_freep) World *w = members(GS_1_PHASE, GS_BATCH_BOTH, GS_VOTE_REJECT);

        (void) state;
        leave(w, 11, 1, GS_N_PHASE, 0);
        simple(w, EVENT_PROCESS_DOWN, 11, 0);
        vote(w, 10, 1, GS_VOTE_APPROVE);
        forget(w);
        vote(w, 20, 1, GS_VOTE_APPROVE);
        expect(w, "ended g #1\n"
                  "10.1 rejected LEAVE #1 summary 29 what 40 by 2/1 (1/1,2/1,3/2) ~(2/1) why 1:0\n"
                  "10.1 approved FAILURE what 20 (1/1,3/2) ~(2/1) why 2:0\n"
                  "20.1 rejected LEAVE #1 summary 29 what 40 by 2/1 (1/1,2/1,3/2) ~(2/1) why 1:0\n"
                  "20.1 approved FAILURE what 20 (1/1,3/2) ~(2/1) why 2:0\n");
}

static void test_process_death_is_a_failure_leave(void **state) {
        _cleanup_(world_freep) World *w = members(GS_1_PHASE, GS_BATCH_BOTH, GS_VOTE_APPROVE);

        (void) state;
        simple(w, EVENT_PROCESS_DOWN, 10, 0);
        expect(w, "11.1 approved FAILURE what 20 (2/1,3/2) ~(1/1) why 2:0\n"
                  "20.1 approved FAILURE what 20 (2/1,3/2) ~(1/1) why 2:0\n");
}

static void test_goodbye_is_a_failure_leave_that_says_so(void **state) {
        _cleanup_(world_freep) World *w = members(GS_1_PHASE, GS_BATCH_BOTH, GS_VOTE_APPROVE);

        (void) state;
        simple(w, EVENT_GOODBYE, 10, 1);
        expect(w, "11.1 approved FAILURE what 20 (2/1,3/2) ~(1/1) why 20:0\n"
                  "20.1 approved FAILURE what 20 (2/1,3/2) ~(1/1) why 20:0\n");
        simple(w, EVENT_GOODBYE, 10, 1);
        expect(w, "dropped GOODBYE\n");
}

static void test_goodbye_in_a_phase_counts_as_failed_but_its_vote_stands(void **state) {
        _cleanup_(world_freep) World *w = members(GS_1_PHASE, GS_BATCH_BOTH, GS_VOTE_REJECT);

        (void) state;
        message(w, 10, 1, GS_N_PHASE, "m");
        vote(w, 11, 1, GS_VOTE_APPROVE);
        simple(w, EVENT_GOODBYE, 11, 1);
        vote(w, 10, 1, GS_VOTE_APPROVE);
        forget(w);
        vote(w, 20, 1, GS_VOTE_APPROVE);
        assert_non_null(strstr(w->text, "10.1 approved MESSAGE #1 summary 1 by"));
        assert_non_null(strstr(w->text, "10.1 approved FAILURE what 20 (1/1,3/2) ~(2/1) why 20:0"));
        assert_null(strstr(w->text, "11.1"));
}

static void test_first_reason_stays(void **state) {
        _cleanup_(world_freep) World *w = members(GS_1_PHASE, GS_BATCH_BOTH, GS_VOTE_APPROVE);

        (void) state;
        message(w, 10, 1, GS_N_PHASE, "m");
        simple(w, EVENT_GOODBYE, 11, 1);
        simple(w, EVENT_PROCESS_DOWN, 11, 0);
        vote(w, 10, 1, GS_VOTE_APPROVE);
        vote(w, 20, 1, GS_VOTE_APPROVE);
        assert_non_null(strstr(w->text, "~(2/1) why 20:0"));
}

static void test_survivors_vote_on_a_failure_leave_and_cannot_stop_it(void **state) {
        _cleanup_(world_freep) World *w = members(GS_N_PHASE, GS_BATCH_BOTH, GS_VOTE_APPROVE);

        (void) state;
        simple(w, EVENT_PROCESS_DOWN, 11, 0);
        expect(w, "begun g FAILURE #1\n"
                  "10.1 phase FAILURE #1 votes what 1 (1/1,2/1,3/2) ~(2/1) why 2:0\n"
                  "20.1 phase FAILURE #1 votes what 1 (1/1,2/1,3/2) ~(2/1) why 2:0\n");
        vote_with(w, 10, 1, GS_VOTE_REJECT, GS_VOTE_NULL, "no", "");
        vote(w, 20, 1, GS_VOTE_APPROVE);
        expect(w, "ended g #1\n"
                  "10.1 approved FAILURE #1 summary 3 what 120 (1/1,3/2) ~(2/1) why 2:0 proposed no\n"
                  "20.1 approved FAILURE #1 summary 3 what 120 (1/1,3/2) ~(2/1) why 2:0 proposed no\n");
}

static void fail_both(World *w) {
        simple(w, EVENT_PROCESS_DOWN, 11, 0);
        simple(w, EVENT_PROCESS_DOWN, 20, 0);
        forget(w);
        vote(w, 10, 1, GS_VOTE_APPROVE);
}

static void test_batch_leaves_takes_all_that_accumulated(void **state) {
        _cleanup_(world_freep) World *w = members(GS_1_PHASE, GS_BATCH_LEAVES, GS_VOTE_APPROVE);

        (void) state;
        message(w, 10, 1, GS_N_PHASE, "m");
        fail_both(w);
        expect(w, "ended g #1\n"
                  "10.1 approved MESSAGE #1 summary 25 by 1/1 (1/1,2/1,3/2)\n"
                  "10.1 approved FAILURE what 20 (1/1) ~(2/1,3/2) why 2:0 why 2:0\n");
}

static void test_no_batching_is_one_leaver_each(void **state) {
        _cleanup_(world_freep) World *w = members(GS_1_PHASE, GS_BATCH_JOINS, GS_VOTE_APPROVE);

        (void) state;
        message(w, 10, 1, GS_N_PHASE, "m");
        fail_both(w);
        expect(w, "ended g #1\n"
                  "10.1 approved MESSAGE #1 summary 25 by 1/1 (1/1,2/1,3/2)\n"
                  "10.1 approved FAILURE what 20 (1/1,3/2) ~(2/1) why 2:0\n"
                  "10.1 approved FAILURE what 20 (1/1) ~(3/2) why 2:0\n");
}

static void test_failed_member_on_the_roll_of_anothers_leave_is_counted_by_default(void **state) {
        _cleanup_(world_freep) World *w = members(GS_N_PHASE, GS_NO_BATCHING, GS_VOTE_REJECT);

        (void) state;
        simple(w, EVENT_PROCESS_DOWN, 11, 0);
        simple(w, EVENT_PROCESS_DOWN, 20, 0);
        forget(w);
        vote(w, 10, 1, GS_VOTE_APPROVE);
        expect(w, "ended g #1\n"
                  "10.1 approved FAILURE #1 summary 29 what 20 (1/1,3/2) ~(2/1) why 2:0\n"
                  "begun g FAILURE #1\n"
                  "10.1 phase FAILURE #1 votes what 1 (1/1,3/2) ~(3/2) why 2:0\n");
}

static void test_group_ends_with_its_last_member_and_its_state_is_lost(void **state) {
        _cleanup_(world_freep) World *w = members(GS_1_PHASE, GS_BATCH_BOTH, GS_VOTE_APPROVE);
        GsAttributes other = attributes_of("g", GS_1_PHASE);
        CoreInfo info;

        (void) state;
        change_state(w, 10, 1, GS_1_PHASE, "state");
        view(w, false, false, "2", "");
        (void) core_free(w->cores[1]);
        w->cores[1] = NULL;
        simple(w, EVENT_PROCESS_DOWN, 10, 0);
        leave(w, 11, 1, GS_1_PHASE, 0);
        core_info(w->cores[0], &info);
        assert_int_equal(info.n_groups, 0);
        forget(w);
        other.client_version = 9;
        join(w, 12, 1, 1, &other);
        expect(w, "12.1 approved JOIN what 20 (1/1) ~(1/1)\n");
}

static void test_queued_join_founds_anew_when_the_last_member_leaves(void **state) {
        _cleanup_(world_freep) World *w = world_new(1);
        GsAttributes a = attributes_of("g", GS_1_PHASE);

        (void) state;
        join(w, 10, 1, 1, &a);
        change_state(w, 10, 1, GS_1_PHASE, "old");
        leave(w, 10, 1, GS_N_PHASE, 0);
        join(w, 11, 1, 2, &a);
        forget(w);
        vote(w, 10, 1, GS_VOTE_APPROVE);
        expect(w, "ended g #1\n"
                  "10.1 approved LEAVE #1 summary 1 what 20 by 1/1 () ~(1/1) why 1:0 state old\n"
                  "10.1 dead\n"
                  "11.1 approved JOIN what 20 (2/1) ~(2/1)\n");
}

static void test_leaves_run_before_joins(void **state) {
        _cleanup_(world_freep) World *w = members(GS_1_PHASE, GS_BATCH_BOTH, GS_VOTE_APPROVE);
        GsAttributes a = attributes_of("g", GS_1_PHASE);

        (void) state;
        message(w, 10, 1, GS_N_PHASE, "m");
        join(w, 12, 1, 4, &a);
        simple(w, EVENT_PROCESS_DOWN, 20, 0);
        vote(w, 10, 1, GS_VOTE_APPROVE);
        forget(w);
        vote(w, 11, 1, GS_VOTE_APPROVE);
        expect(w, "ended g #1\n"
                  "10.1 approved MESSAGE #1 summary 25 by 1/1 (1/1,2/1,3/2)\n"
                  "11.1 approved MESSAGE #1 summary 25 by 1/1 (1/1,2/1,3/2)\n"
                  "10.1 approved FAILURE what 20 (1/1,2/1) ~(3/2) why 2:0\n"
                  "11.1 approved FAILURE what 20 (1/1,2/1) ~(3/2) why 2:0\n"
                  "10.1 approved JOIN what 20 (1/1,2/1,4/1) ~(4/1)\n"
                  "11.1 approved JOIN what 20 (1/1,2/1,4/1) ~(4/1)\n"
                  "12.1 approved JOIN what 20 (1/1,2/1,4/1) ~(4/1)\n");
}

static void test_process_fails_in_all_its_groups_by_name(void **state) {
        _cleanup_(world_freep) World *w = world_new(1);
        GsAttributes a = attributes_of("b", GS_1_PHASE);
        GsAttributes b = attributes_of("a", GS_1_PHASE);

        (void) state;
        join(w, 10, 1, 1, &a);
        join(w, 10, 2, 1, &b);
        join(w, 11, 1, 2, &a);
        join(w, 11, 2, 2, &b);
        join(w, 11, 3, 3, &b);
        forget(w);
        simple(w, EVENT_PROCESS_DOWN, 11, 0);
        expect(w, "10.2 approved FAILURE what 20 (1/1) ~(2/1,3/1) why 2:0 why 2:0\n"
                  "10.1 approved FAILURE what 20 (1/1) ~(2/1) why 2:0\n");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_voluntary_leave_shows_its_code_and_ends_the_token),
                cmocka_unit_test(test_leaver_votes_and_stays_in_if_rejected),
                cmocka_unit_test(test_leaver_that_dies_is_gone_by_the_approved_leave_alone),
                cmocka_unit_test(test_leaver_that_dies_leaves_by_failure_if_rejected),
                cmocka_unit_test(test_process_death_is_a_failure_leave),
                cmocka_unit_test(test_goodbye_is_a_failure_leave_that_says_so),
                cmocka_unit_test(test_goodbye_in_a_phase_counts_as_failed_but_its_vote_stands),
                cmocka_unit_test(test_first_reason_stays),
                cmocka_unit_test(test_survivors_vote_on_a_failure_leave_and_cannot_stop_it),
                cmocka_unit_test(test_batch_leaves_takes_all_that_accumulated),
                cmocka_unit_test(test_no_batching_is_one_leaver_each),
                cmocka_unit_test(test_failed_member_on_the_roll_of_anothers_leave_is_counted_by_default),
                cmocka_unit_test(test_group_ends_with_its_last_member_and_its_state_is_lost),
                cmocka_unit_test(test_queued_join_founds_anew_when_the_last_member_leaves),
                cmocka_unit_test(test_leaves_run_before_joins),
                cmocka_unit_test(test_process_fails_in_all_its_groups_by_name),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
