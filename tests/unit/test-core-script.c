/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Expel and deactivate scripts (gsapi.md 3.7, stream.md 4 and 7). */

#include "core-world.h"

/* 1/1 without a script, 2/1 and 3/2 with one. */
static World *trio(const GsAttributes *a) {
        World *w = world_new(2);

        join_as(w, 10, 1, 1, a, false);
        join_as(w, 11, 1, 2, a, true);
        join_as(w, 20, 1, 3, a, true);
        forget(w);
        return w;
}

static World *plain_trio(GsVote by_default) {
        GsAttributes a = attributes_of("g", GS_1_PHASE);

        a.default_vote = by_default;
        return trio(&a);
}

static void test_one_phase_expel_is_approved_first_then_the_script(void **state) {
        _cleanup_(world_freep) World *w = plain_trio(GS_VOTE_APPROVE);

        (void) state;
        expel(w, 10, 1, GS_1_PHASE, 9, 1, "2/1");
        expect(w, "10.1 approved EXPEL limit 9 what 420 by 1/1 (1/1,3/2) ~(2/1) why 8:0 deactivate 1 flag "
                  "now\n"
                  "11.1 approved EXPEL limit 9 what 420 by 1/1 (1/1,3/2) ~(2/1) why 8:0 deactivate 1 flag "
                  "now\n"
                  "script 2/1 of 11.1 phase 0 limit 9 flag now\n"
                  "11.1 dead\n"
                  "20.1 approved EXPEL limit 9 what 420 by 1/1 (1/1,3/2) ~(2/1) why 8:0 deactivate 1 flag "
                  "now\n");
        script_result(w, 2, 1, 0, 0, false);
        expect(w, "");
        script_result(w, 2, 1, 0, 1, false);
        expect(w, "10.1 announce - summary 400 (1/1,3/2) ~(2/1)\n20.1 announce - summary 400 (1/1,3/2) "
                  "~(2/1)\n");
        script_result(w, 2, 1, 0, 0, true);
        expect(w, "10.1 announce - summary 800 (1/1,3/2) ~(2/1)\n20.1 announce - summary 800 (1/1,3/2) "
                  "~(2/1)\n");
}

static void test_phase_zero_runs_no_script(void **state) {
        _cleanup_(world_freep) World *w = plain_trio(GS_VOTE_APPROVE);

        (void) state;
        expel(w, 10, 1, GS_1_PHASE, 0, 0, "2/1");
        assert_null(strstr(w->text, "script"));
}

static void test_all_but_the_expelled_vote(void **state) {
        _cleanup_(world_freep) World *w = plain_trio(GS_VOTE_APPROVE);

        (void) state;
        expel(w, 10, 1, GS_N_PHASE, 0, 0, "2/1");
        expect(w, "begun g EXPEL #1\n"
                  "10.1 phase EXPEL #1 votes what 401 by 1/1 (1/1,2/1,3/2) ~(2/1) why 8:0 flag now\n"
                  "11.1 phase EXPEL #1 what 401 by 1/1 (1/1,2/1,3/2) ~(2/1) why 8:0 flag now\n"
                  "20.1 phase EXPEL #1 votes what 401 by 1/1 (1/1,2/1,3/2) ~(2/1) why 8:0 flag now\n");
        vote(w, 11, 1, GS_VOTE_REJECT);
        expect(w, "dropped VOTE\n");
        vote(w, 10, 1, GS_VOTE_APPROVE);
        vote(w, 20, 1, GS_VOTE_APPROVE);
        expect(w, "ended g #1\n"
                  "10.1 approved EXPEL #1 summary 1 what 420 by 1/1 (1/1,3/2) ~(2/1) why 8:0 flag now\n"
                  "11.1 approved EXPEL #1 summary 1 what 420 by 1/1 (1/1,3/2) ~(2/1) why 8:0 flag now\n"
                  "11.1 dead\n"
                  "20.1 approved EXPEL #1 summary 1 what 420 by 1/1 (1/1,3/2) ~(2/1) why 8:0 flag now\n");
}

static void test_rejected_expel_changes_nothing_and_its_target_votes_again(void **state) {
        _cleanup_(world_freep) World *w = plain_trio(GS_VOTE_APPROVE);

        (void) state;
        expel(w, 10, 1, GS_N_PHASE, 0, 0, "2/1");
        vote(w, 10, 1, GS_VOTE_REJECT);
        vote(w, 20, 1, GS_VOTE_APPROVE);
        assert_non_null(strstr(w->text, "11.1 rejected EXPEL #1 summary 3 what 440"));
        forget(w);
        message(w, 10, 1, GS_N_PHASE, "m");
        assert_non_null(strstr(w->text, "11.1 phase MESSAGE #1 votes"));
}

static void test_script_stands_for_the_target_in_its_phase(void **state) {
        _cleanup_(world_freep) World *w = plain_trio(GS_VOTE_REJECT);

        (void) state;
        expel(w, 10, 1, GS_N_PHASE, 9, 1, "3/2");
        assert_non_null(strstr(w->text, "script 3/2 of 20.1 phase 1 limit 9 flag now\n"));
        forget(w);
        vote(w, 10, 1, GS_VOTE_APPROVE);
        vote(w, 11, 1, GS_VOTE_APPROVE);
        expect(w, "");
        script_result(w, 3, 2, 1, 0, false);
        assert_non_null(strstr(w->text, "10.1 approved EXPEL #1 limit 9 summary 1 what 420"));
        assert_null(strstr(w->text, "script"));
}

static void test_unsuccessful_script_is_counted_by_default_and_announced(void **state) {
        _cleanup_(world_freep) World *w = plain_trio(GS_VOTE_REJECT);

        (void) state;
        expel(w, 10, 1, GS_N_PHASE, 9, 1, "3/2");
        vote(w, 10, 1, GS_VOTE_APPROVE);
        vote(w, 11, 1, GS_VOTE_APPROVE);
        forget(w);
        script_result(w, 3, 2, 1, 3, false);
        assert_non_null(strstr(w->text, "10.1 rejected EXPEL #1 limit 9 summary 409 what 440"));
        assert_non_null(strstr(w->text, "10.1 announce - summary 400 (1/1,2/1,3/2) ~(3/2)"));
}

static void test_expelled_in_vain_is_counted_by_default_in_later_phases(void **state) {
        _cleanup_(world_freep) World *w = plain_trio(GS_VOTE_APPROVE);

        (void) state;
        expel(w, 10, 1, GS_N_PHASE, 9, 1, "3/2");
        script_result(w, 3, 2, 1, 3, false);
        vote(w, 10, 1, GS_VOTE_APPROVE);
        forget(w);
        vote(w, 11, 1, GS_VOTE_CONTINUE);
        assert_non_null(strstr(w->text, "10.1 phase EXPEL #2 votes limit 9 summary 405 what 402"));
        vote(w, 10, 1, GS_VOTE_APPROVE);
        forget(w);
        vote_with(w, 11, 1, GS_VOTE_APPROVE, GS_VOTE_REJECT, "", "");
        assert_non_null(strstr(w->text, "10.1 rejected EXPEL #2 limit 9 summary 9 what 440"));
        assert_null(strstr(w->text, "announce"));
}

static void test_script_over_the_limit_is_unsuccessful(void **state) {
        _cleanup_(world_freep) World *w = plain_trio(GS_VOTE_APPROVE);

        (void) state;
        expel(w, 10, 1, GS_N_PHASE, 9, 1, "2/1,3/2");
        script_result(w, 2, 1, 1, 0, true);
        forget(w);
        script_result(w, 2, 1, 1, 0, false);
        expect(w, "dropped SCRIPT_RESULT\n");
        vote(w, 10, 1, GS_VOTE_APPROVE);
        forget(w);
        limit(w);
        assert_non_null(strstr(w->text, "10.1 approved EXPEL #1 limit 9 summary 805 what 420"));
        assert_non_null(strstr(w->text, "10.1 announce - summary 800 (1/1) ~(2/1,3/2)"));
}

static void test_node_death_is_a_failed_target(void **state) {
        _cleanup_(world_freep) World *w = plain_trio(GS_VOTE_REJECT);

        (void) state;
        expel(w, 10, 1, GS_N_PHASE, 9, 1, "3/2");
        vote(w, 10, 1, GS_VOTE_APPROVE);
        vote(w, 11, 1, GS_VOTE_APPROVE);
        forget(w);
        (void) core_free(w->cores[1]);
        w->cores[1] = NULL;
        view(w, false, false, "2", "");
        assert_non_null(strstr(w->text, "10.1 rejected EXPEL #1 limit 9 summary 409 what 440"));
        assert_non_null(strstr(w->text, "10.1 approved FAILURE what 20 (1/1,2/1) ~(3/2) why 4:0"));
}

static void test_target_on_a_dead_node_has_failed_when_its_phase_comes(void **state) {
        _cleanup_(world_freep) World *w = plain_trio(GS_VOTE_APPROVE);

        (void) state;
        expel(w, 10, 1, GS_N_PHASE, 9, 2, "3/2");
        (void) core_free(w->cores[1]);
        w->cores[1] = NULL;
        view(w, false, false, "2", "");
        vote(w, 10, 1, GS_VOTE_CONTINUE);
        vote(w, 11, 1, GS_VOTE_APPROVE);
        vote(w, 10, 1, GS_VOTE_APPROVE);
        forget(w);
        vote(w, 11, 1, GS_VOTE_APPROVE);
        expect(w, "ended g #2\n"
                  "10.1 approved EXPEL #2 limit 9 summary 405 what 420 by 1/1 (1/1,2/1) ~(3/2) why 8:0 "
                  "deactivate 2 "
                  "flag now\n"
                  "11.1 approved EXPEL #2 limit 9 summary 405 what 420 by 1/1 (1/1,2/1) ~(3/2) why 8:0 "
                  "deactivate 2 "
                  "flag now\n"
                  "10.1 announce - summary 400 (1/1,2/1) ~(3/2)\n"
                  "11.1 announce - summary 400 (1/1,2/1) ~(3/2)\n");
}

static void test_voting_that_ends_before_the_phase_runs_scripts_at_approval(void **state) {
        _cleanup_(world_freep) World *w = plain_trio(GS_VOTE_APPROVE);

        (void) state;
        expel(w, 10, 1, GS_N_PHASE, 9, 3, "2/1");
        vote(w, 10, 1, GS_VOTE_APPROVE);
        forget(w);
        vote(w, 20, 1, GS_VOTE_APPROVE);
        assert_non_null(strstr(w->text, "script 2/1 of 11.1 phase 0 limit 9 flag now\n11.1 dead\n"));
}

static void test_target_without_a_script_counts_as_successful(void **state) {
        _cleanup_(world_freep) World *w = plain_trio(GS_VOTE_REJECT);

        (void) state;
        expel(w, 11, 1, GS_N_PHASE, 9, 1, "1/1");
        assert_null(strstr(w->text, "script"));
        vote(w, 11, 1, GS_VOTE_APPROVE);
        forget(w);
        vote(w, 20, 1, GS_VOTE_APPROVE);
        assert_non_null(strstr(w->text, "10.1 approved EXPEL #1 limit 9 summary 1 what 420"));
}

static void test_results_of_strangers_and_second_results_are_dropped(void **state) {
        _cleanup_(world_freep) World *w = plain_trio(GS_VOTE_APPROVE);
        Event e = { .type = EVENT_SCRIPT_RESULT, .sender = node_id(1) };

        (void) state;
        expel(w, 10, 1, GS_N_PHASE, 9, 1, "3/2");
        forget(w);
        e.script_result = (EventScriptResult){ .phase = phase_now(w), .provider = { 3, 2 } };
        world_apply(w, &e);
        script_result(w, 2, 1, 1, 0, false);
        script_result(w, 3, 2, 2, 0, false);
        expect(w, "dropped SCRIPT_RESULT\ndropped SCRIPT_RESULT\ndropped SCRIPT_RESULT\n");
        script_result(w, 3, 2, 1, 0, false);
        script_result(w, 3, 2, 1, 1, false);
        expect(w, "dropped SCRIPT_RESULT\n");
}

static void test_wrong_expel_requests_are_refused(void **state) {
        _cleanup_(world_freep) World *w = plain_trio(GS_VOTE_APPROVE);

        (void) state;
        expel(w, 10, 1, GS_1_PHASE, 0, 0, "");
        expel(w, 10, 1, GS_1_PHASE, 0, 2, "2/1");
        expel(w, 10, 1, GS_1_PHASE, 0, 0, "2/1,2/1");
        expel(w, 10, 1, GS_1_PHASE, 0, 0, "2/1,9/1");
        expect(w, "10.1 error EXPEL 9 serial 7\n"
                  "10.1 error EXPEL 24 serial 7\n"
                  "10.1 error EXPEL 25 serial 7\n"
                  "10.1 error EXPEL 23 serial 7\n");
}

static void test_provider_may_expel_itself(void **state) {
        _cleanup_(world_freep) World *w = plain_trio(GS_VOTE_APPROVE);

        (void) state;
        expel(w, 10, 1, GS_1_PHASE, 0, 0, "1/1");
        assert_non_null(strstr(w->text, "10.1 dead\n"));
}

static void test_expel_of_all_meets_no_objection(void **state) {
        _cleanup_(world_freep) World *w = plain_trio(GS_VOTE_REJECT);

        (void) state;
        expel(w, 10, 1, GS_N_PHASE, 0, 0, "1/1,2/1,3/2");
        assert_non_null(strstr(w->text, "20.1 approved EXPEL #1 what 420 by 1/1 () ~(1/1,2/1,3/2)"));
}

static void test_deserted_expel_ends_for_its_living_target(void **state) {
        _cleanup_(world_freep) World *w = plain_trio(GS_VOTE_APPROVE);

        (void) state;
        expel(w, 10, 1, GS_N_PHASE, 0, 1, "2/1");
        script_result(w, 2, 1, 1, 1, false);
        simple(w, EVENT_PROCESS_DOWN, 20, 0);
        forget(w);
        simple(w, EVENT_PROCESS_DOWN, 10, 0);
        expect(w, "ended g #1\n"
                  "11.1 rejected EXPEL #1 summary 424 what 440 by 1/1 (1/1,2/1,3/2) ~(2/1) why 8:0 "
                  "deactivate 1 "
                  "flag now\n"
                  "11.1 approved FAILURE what 20 (2/1) ~(3/2,1/1) why 2:0 why 2:0\n");
}

static void test_failed_target_is_gone_by_the_approved_expel_alone(void **state) {
        _cleanup_(world_freep) World *w = plain_trio(GS_VOTE_APPROVE);

        (void) state;
        expel(w, 10, 1, GS_N_PHASE, 0, 0, "2/1");
        simple(w, EVENT_PROCESS_DOWN, 11, 0);
        vote(w, 10, 1, GS_VOTE_APPROVE);
        forget(w);
        vote(w, 20, 1, GS_VOTE_APPROVE);
        expect(w, "ended g #1\n"
                  "10.1 approved EXPEL #1 summary 1 what 420 by 1/1 (1/1,3/2) ~(2/1) why 8:0 flag now\n"
                  "20.1 approved EXPEL #1 summary 1 what 420 by 1/1 (1/1,3/2) ~(2/1) why 8:0 flag now\n");
}

static void test_deactivate_on_failure_runs_for_process_failure_only(void **state) {
        GsAttributes a = attributes_of("g", GS_1_PHASE);

        (void) state;
        a.batch_control |= GS_DEACTIVATE_ON_FAILURE;
        a.time_limit = 4;
        for (unsigned i = 0; i < 3; i++) {
                _cleanup_(world_freep) World *w = trio(&a);

                if (i == 0) {
                        simple(w, EVENT_PROCESS_DOWN, 11, 0);
                        assert_non_null(strstr(w->text, "script 2/1 of 11.1 phase 0 limit 4\n"));
                        script_result(w, 2, 1, 0, 1, false);
                        assert_non_null(strstr(w->text, "10.1 announce - summary 400 (1/1,3/2) ~(2/1)"));
                        continue;
                }
                if (i == 1)
                        simple(w, EVENT_GOODBYE, 11, 1);
                else
                        simple(w, EVENT_NODE_LEAVING, 20, 0);
                assert_non_null(strstr(w->text, "FAILURE"));
                assert_null(strstr(w->text, "script"));
        }
}

static void test_deactivate_on_failure_is_awaited_in_phase_one(void **state) {
        _cleanup_(world_freep) World *w = world_new(1);
        GsAttributes a = attributes_of("g", GS_N_PHASE);

        (void) state;
        a.batch_control |= GS_DEACTIVATE_ON_FAILURE;
        join_as(w, 10, 1, 1, &a, true);
        vote(w, 10, 1, GS_VOTE_APPROVE);
        join_as(w, 11, 1, 2, &a, true);
        vote(w, 10, 1, GS_VOTE_APPROVE);
        vote(w, 11, 1, GS_VOTE_APPROVE);
        forget(w);
        simple(w, EVENT_PROCESS_DOWN, 11, 0);
        assert_non_null(strstr(w->text, "script 2/1 of 11.1 phase 1 limit 0\n"));
        vote(w, 10, 1, GS_VOTE_APPROVE);
        forget(w);
        script_result(w, 2, 1, 1, 0, false);
        expect(w, "ended g #1\n10.1 approved FAILURE #1 summary 1 what 20 (1/1) ~(2/1) why 2:0\n");
}

static void test_a_node_that_left_runs_no_script(void **state) {
        _cleanup_(world_freep) World *w = world_new(2);
        GsAttributes a = attributes_of("g", GS_1_PHASE);

        (void) state;
        a.batch_control |= GS_DEACTIVATE_ON_FAILURE;
        join_as(w, 10, 1, 1, &a, true);
        join_as(w, 20, 1, 2, &a, true);
        message(w, 10, 1, GS_N_PHASE, "m");
        simple(w, EVENT_PROCESS_DOWN, 20, 0);
        vote(w, 10, 1, GS_VOTE_CONTINUE);
        simple(w, EVENT_NODE_LEAVING, 20, 0);
        forget(w);
        vote(w, 10, 1, GS_VOTE_APPROVE);
        assert_non_null(strstr(w->text, "10.1 approved FAILURE what 20 (1/1) ~(2/2) why 2:0"));
        assert_null(strstr(w->text, "script"));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_one_phase_expel_is_approved_first_then_the_script),
                cmocka_unit_test(test_phase_zero_runs_no_script),
                cmocka_unit_test(test_all_but_the_expelled_vote),
                cmocka_unit_test(test_rejected_expel_changes_nothing_and_its_target_votes_again),
                cmocka_unit_test(test_script_stands_for_the_target_in_its_phase),
                cmocka_unit_test(test_unsuccessful_script_is_counted_by_default_and_announced),
                cmocka_unit_test(test_expelled_in_vain_is_counted_by_default_in_later_phases),
                cmocka_unit_test(test_script_over_the_limit_is_unsuccessful),
                cmocka_unit_test(test_node_death_is_a_failed_target),
                cmocka_unit_test(test_target_on_a_dead_node_has_failed_when_its_phase_comes),
                cmocka_unit_test(test_voting_that_ends_before_the_phase_runs_scripts_at_approval),
                cmocka_unit_test(test_target_without_a_script_counts_as_successful),
                cmocka_unit_test(test_results_of_strangers_and_second_results_are_dropped),
                cmocka_unit_test(test_wrong_expel_requests_are_refused),
                cmocka_unit_test(test_provider_may_expel_itself),
                cmocka_unit_test(test_expel_of_all_meets_no_objection),
                cmocka_unit_test(test_deserted_expel_ends_for_its_living_target),
                cmocka_unit_test(test_failed_target_is_gone_by_the_approved_expel_alone),
                cmocka_unit_test(test_deactivate_on_failure_runs_for_process_failure_only),
                cmocka_unit_test(test_deactivate_on_failure_is_awaited_in_phase_one),
                cmocka_unit_test(test_a_node_that_left_runs_no_script),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
