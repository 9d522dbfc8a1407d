/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Source and target groups: admission, cast-out, reflection, chains (gsapi.md 1.7). */

#include "core-world.h"

static GsAttributes target_of(const char *group, const char *source, GsPhases phases) {
        GsAttributes a = attributes_of(group, phases);

        strcpy(a.source, source);
        return a;
}

/*
 * Source s with 1/1 on node 1 and 2/2 on node 2; target t with 1/1 and 2/2. Source tokens 1, target tokens
 * 2.
 */
static World *source_and_target(const GsAttributes *target) {
        World *w = world_new(2);
        GsAttributes s = attributes_of("s", GS_1_PHASE);

        join(w, 10, 1, 1, &s);
        join(w, 20, 1, 2, &s);
        join(w, 11, 2, 1, target);
        join(w, 21, 2, 2, target);
        forget(w);
        return w;
}

static void test_join_needs_a_source_provider_on_the_node(void **state) {
        _cleanup_(world_freep) World *w = world_new(2);
        GsAttributes s = attributes_of("s", GS_1_PHASE);
        GsAttributes t = target_of("t", "s", GS_1_PHASE);

        (void) state;
        join(w, 10, 1, 1, &s);
        forget(w);
        join(w, 20, 2, 1, &t);
        expect(w, "20.2 error JOIN 12 serial 0\n20.2 dead\n");
        join(w, 11, 2, 1, &t);
        expect(w, "11.2 approved JOIN what 20 (1/1) ~(1/1)\n");
        join(w, 20, 3, 1, &t);
        expect(w, "20.3 error JOIN 12 serial 0\n20.3 dead\n");
}

static void test_unknown_source_own_source_and_cycles_are_invalid(void **state) {
        _cleanup_(world_freep) World *w = world_new(1);
        GsAttributes t = target_of("t", "s", GS_1_PHASE);
        GsAttributes self = target_of("t", "t", GS_1_PHASE);

        (void) state;
        join(w, 10, 1, 1, &t);
        join(w, 10, 2, 1, &self);
        expect(w, "10.1 error JOIN 22 serial 0\n10.1 dead\n10.2 error JOIN 22 serial 0\n10.2 dead\n");
}

static void test_a_dissolved_source_cannot_come_back_as_its_targets_target(void **state) {
        _cleanup_(world_freep) World *w = world_new(1);
        GsAttributes s = attributes_of("s", GS_1_PHASE);
        GsAttributes t = target_of("t", "s", GS_N_PHASE);
        GsAttributes back = target_of("s", "t", GS_1_PHASE);

        (void) state;
        join(w, 10, 1, 1, &s);
        join(w, 11, 1, 1, &t);
        vote(w, 11, 1, GS_VOTE_APPROVE);
        message(w, 11, 1, GS_N_PHASE, "busy");
        leave(w, 10, 1, GS_1_PHASE, 0);
        forget(w);
        join(w, 12, 1, 1, &back);
        expect(w, "12.1 error JOIN 22 serial 0\n12.1 dead\n");
}

static void test_chain_to_depth_eight_and_no_further(void **state) {
        _cleanup_(world_freep) World *w = world_new(1);
        GsAttributes a = attributes_of("g0", GS_1_PHASE);
        char name[] = "g0", source[] = "g0";

        (void) state;
        join(w, 10, 1, 1, &a);
        for (int depth = 1; depth <= 8; depth++) {
                name[1] = (char) ('0' + depth);
                source[1] = (char) ('0' + depth - 1);
                a = target_of(name, source, GS_1_PHASE);
                join(w, 10, 1 + depth, 1, &a);
        }
        assert_null(strstr(w->text, "error"));
        forget(w);
        a = target_of("g9", "g8", GS_1_PHASE);
        join(w, 10, 10, 1, &a);
        expect(w, "10.10 error JOIN 22 serial 0\n10.10 dead\n");
        leave(w, 10, 1, GS_1_PHASE, 0);
        assert_non_null(strstr(w->text, "10.9 approved CAST_OUT what 20 () ~(1/1) why 10:0\n10.9 dead\n"));
}

static void test_last_source_leave_casts_out_the_targets_of_the_node(void **state) {
        GsAttributes t = target_of("t", "s", GS_1_PHASE);
        _cleanup_(world_freep) World *w = source_and_target(&t);

        (void) state;
        leave(w, 20, 1, GS_1_PHASE, 0);
        expect(w, "10.1 approved LEAVE what 20 by 2/2 (1/1) ~(2/2) why 1:0\n"
                  "11.2 approved CAST_OUT what 20 (1/1) ~(2/2) why 10:0\n"
                  "20.1 approved LEAVE what 20 by 2/2 (1/1) ~(2/2) why 1:0\n"
                  "20.1 dead\n"
                  "21.2 approved CAST_OUT what 20 (1/1) ~(2/2) why 10:0\n"
                  "21.2 dead\n");
}

static void test_no_cast_out_while_a_source_provider_remains_on_the_node(void **state) {
        GsAttributes t = target_of("t", "s", GS_1_PHASE);
        GsAttributes s = attributes_of("s", GS_1_PHASE);
        _cleanup_(world_freep) World *w = source_and_target(&t);

        (void) state;
        join(w, 22, 1, 3, &s);
        leave(w, 20, 1, GS_1_PHASE, 0);
        assert_null(strstr(w->text, "CAST_OUT"));
}

static void test_node_failure_is_one_failure_leave_in_the_target(void **state) {
        GsAttributes t = target_of("t", "s", GS_1_PHASE);
        _cleanup_(world_freep) World *w = source_and_target(&t);

        (void) state;
        (void) core_free(w->cores[1]);
        w->cores[1] = NULL;
        view(w, false, false, "2", "");
        expect(w, "10.1 approved FAILURE what 20 (1/1) ~(2/2) why 4:0\n"
                  "11.2 approved FAILURE what 20 (1/1) ~(2/2) why 4:0\n");
}

static void test_survivors_vote_on_a_cast_out_and_cannot_stop_it(void **state) {
        _cleanup_(world_freep) World *w = world_new(2);
        GsAttributes s = attributes_of("s", GS_1_PHASE);
        GsAttributes t = target_of("t", "s", GS_1_PHASE), n = target_of("t", "s", GS_N_PHASE);

        (void) state;
        join(w, 10, 1, 1, &s);
        join(w, 20, 1, 2, &s);
        join(w, 11, 2, 1, &t);
        join(w, 21, 2, 2, &t);
        change_attributes(w, 11, 2, GS_1_PHASE, &n);
        forget(w);
        leave(w, 20, 1, GS_1_PHASE, 0);
        assert_non_null(strstr(w->text, "11.2 phase CAST_OUT #1 votes what 1 (1/1,2/2) ~(2/2) why 10:0"));
        assert_non_null(strstr(w->text, "21.2 phase CAST_OUT #1 what 1 (1/1,2/2) ~(2/2) why 10:0"));
        forget(w);
        vote(w, 21, 2, GS_VOTE_REJECT);
        expect(w, "dropped VOTE\n");
        vote(w, 11, 2, GS_VOTE_REJECT);
        expect(w, "ended t #1\n"
                  "11.2 approved CAST_OUT #1 summary 2 what 20 (1/1) ~(2/2) why 10:0\n"
                  "21.2 approved CAST_OUT #1 summary 2 what 20 (1/1) ~(2/2) why 10:0\n"
                  "21.2 dead\n");
}

static void test_queued_cast_out_becomes_a_failure_if_the_provider_fails(void **state) {
        GsAttributes t = target_of("t", "s", GS_1_PHASE);
        _cleanup_(world_freep) World *w = source_and_target(&t);

        (void) state;
        message(w, 11, 2, GS_N_PHASE, "busy");
        leave(w, 20, 1, GS_1_PHASE, 0);
        simple(w, EVENT_PROCESS_DOWN, 21, 0);
        forget(w);
        vote(w, 11, 2, GS_VOTE_APPROVE);
        assert_non_null(strstr(w->text, "11.2 approved FAILURE what 20 (1/1) ~(2/2) why 2:0"));
}

static void test_failures_and_cast_outs_do_not_mix(void **state) {
        _cleanup_(world_freep) World *w = world_new(2);
        GsAttributes s = attributes_of("s", GS_1_PHASE);
        GsAttributes t = target_of("t", "s", GS_1_PHASE);

        (void) state;
        join(w, 10, 1, 1, &s);
        join(w, 20, 1, 2, &s);
        join(w, 11, 2, 1, &t);
        join(w, 12, 2, 2, &t);
        join(w, 21, 2, 3, &t);
        message(w, 11, 2, GS_N_PHASE, "busy");
        simple(w, EVENT_PROCESS_DOWN, 12, 0);
        leave(w, 20, 1, GS_1_PHASE, 0);
        vote(w, 11, 2, GS_VOTE_APPROVE);
        forget(w);
        vote(w, 21, 2, GS_VOTE_APPROVE);
        assert_non_null(strstr(w->text, "11.2 approved FAILURE what 20 (1/1,3/2) ~(2/1) why 2:0\n"
                                        "11.2 approved CAST_OUT what 20 (1/1) ~(3/2) why 10:0\n"));
}

static void test_joiner_on_trial_is_cast_out_after_it_joined(void **state) {
        _cleanup_(world_freep) World *w = world_new(2);
        GsAttributes s = attributes_of("s", GS_1_PHASE);
        GsAttributes t = target_of("t", "s", GS_N_PHASE);

        (void) state;
        join(w, 10, 1, 1, &s);
        join(w, 20, 1, 2, &s);
        join(w, 11, 2, 1, &t);
        vote(w, 11, 2, GS_VOTE_APPROVE);
        join(w, 21, 2, 2, &t);
        join(w, 21, 3, 3, &t);
        leave(w, 20, 1, GS_1_PHASE, 0);
        vote(w, 11, 2, GS_VOTE_APPROVE);
        forget(w);
        vote(w, 21, 2, GS_VOTE_APPROVE);
        expect(w, "ended t #1\n"
                  "11.2 approved JOIN #1 summary 1 what 20 (1/1,2/2) ~(2/2)\n"
                  "begun t CAST_OUT #1\n"
                  "11.2 phase CAST_OUT #1 votes what 1 (1/1,2/2) ~(2/2) why 10:0\n"
                  "21.2 approved JOIN #1 summary 1 what 20 (1/1,2/2) ~(2/2)\n"
                  "21.2 phase CAST_OUT #1 what 1 (1/1,2/2) ~(2/2) why 10:0\n");
        vote(w, 11, 2, GS_VOTE_APPROVE);
        expect(w, "ended t #1\n"
                  "11.2 approved CAST_OUT #1 summary 1 what 20 (1/1) ~(2/2) why 10:0\n"
                  "21.2 approved CAST_OUT #1 summary 1 what 20 (1/1) ~(2/2) why 10:0\n"
                  "21.2 dead\n"
                  "21.3 error JOIN 12 serial 0\n"
                  "21.3 dead\n");
}

static void test_approved_source_state_is_reflected(void **state) {
        GsAttributes t = target_of("t", "s", GS_1_PHASE);
        _cleanup_(world_freep) World *w = source_and_target(&t);

        (void) state;
        t.reflection_num_phases = GS_N_PHASE;
        change_state(w, 10, 1, GS_1_PHASE, "up");
        expect(w, "10.1 approved STATE what 80 by 1/1 (1/1,2/2) state up proposed up\n"
                  "11.2 approved REFLECTION what 200 (1/1,2/2) source up\n"
                  "20.1 approved STATE what 80 by 1/1 (1/1,2/2) state up proposed up\n"
                  "21.2 approved REFLECTION what 200 (1/1,2/2) source up\n");
}

static void test_target_may_change_its_state_by_voting_on_a_reflection(void **state) {
        GsAttributes t = target_of("t", "s", GS_1_PHASE);
        _cleanup_(world_freep) World *w = NULL;

        (void) state;
        t.reflection_num_phases = GS_N_PHASE;
        t.reflection_time_limit = 6;
        w = source_and_target(&t);
        change_state(w, 10, 1, GS_1_PHASE, "up");
        assert_non_null(strstr(
                        w->text, "11.2 phase REFLECTION #1 votes limit 6 what 200 (1/1,2/2) source up"));
        forget(w);
        vote_with(w, 11, 2, GS_VOTE_APPROVE, GS_VOTE_NULL, "mine", "");
        vote(w, 21, 2, GS_VOTE_APPROVE);
        assert_non_null(strstr(w->text,
                        "11.2 approved REFLECTION #1 limit 6 summary 1 what 280 (1/1,2/2) state mine "
                        "proposed mine source up"));
}

static void test_nothing_is_reflected_in_an_empty_target(void **state) {
        _cleanup_(world_freep) World *w = world_new(1);
        GsAttributes s = attributes_of("s", GS_1_PHASE);
        GsAttributes t = target_of("t", "s", GS_N_PHASE);

        (void) state;
        join(w, 10, 1, 1, &s);
        join(w, 11, 1, 1, &t);
        change_state(w, 10, 1, GS_1_PHASE, "x");
        forget(w);
        vote(w, 11, 1, GS_VOTE_APPROVE);
        expect(w, "ended t #1\n11.1 approved JOIN #1 summary 1 what 20 (1/1) ~(1/1)\n");
}

static void test_name_of_one_who_is_cast_out_is_free(void **state) {
        GsAttributes t = target_of("t", "s", GS_1_PHASE), s = attributes_of("s", GS_1_PHASE);
        _cleanup_(world_freep) World *w = source_and_target(&t);

        (void) state;
        message(w, 11, 2, GS_N_PHASE, "busy");
        leave(w, 20, 1, GS_1_PHASE, 0);
        join(w, 22, 1, 2, &s);
        join(w, 22, 2, 2, &t);
        vote(w, 11, 2, GS_VOTE_APPROVE);
        forget(w);
        vote(w, 21, 2, GS_VOTE_APPROVE);
        assert_non_null(strstr(w->text, "22.2 approved JOIN what 20 (1/1,2/2) ~(2/2)"));
}

/*
 * Attributes are changed, the one member is cast out, and who waited with the old ones founds the group
 * anew.
 */
static void test_queued_join_founds_with_its_own_attributes(void **state) {
        _cleanup_(world_freep) World *w = world_new(2);
        GsAttributes s = attributes_of("s", GS_1_PHASE);
        GsAttributes t = target_of("t", "s", GS_1_PHASE), changed = t;

        (void) state;
        changed.client_version = 4;
        join(w, 10, 1, 1, &s);
        join(w, 20, 1, 2, &s);
        join(w, 11, 2, 1, &t);
        change_attributes(w, 11, 2, GS_N_PHASE, &changed);
        join(w, 21, 2, 2, &t);
        leave(w, 10, 1, GS_1_PHASE, 0);
        forget(w);
        vote(w, 11, 2, GS_VOTE_APPROVE);
        assert_non_null(strstr(w->text, "11.2 approved CAST_OUT what 20 () ~(1/1) why 10:0\n11.2 dead\n"));
        assert_non_null(strstr(w->text, "21.2 approved JOIN what 20 (2/2) ~(2/2)\n"));
}

static void test_every_source_change_is_reflected_in_order(void **state) {
        GsAttributes t = target_of("t", "s", GS_1_PHASE);
        _cleanup_(world_freep) World *w = source_and_target(&t);

        (void) state;
        message(w, 11, 2, GS_N_PHASE, "busy");
        change_state(w, 10, 1, GS_1_PHASE, "one");
        change_state(w, 10, 1, GS_1_PHASE, "two");
        vote(w, 11, 2, GS_VOTE_APPROVE);
        forget(w);
        vote(w, 21, 2, GS_VOTE_APPROVE);
        expect(w, "ended t #1\n"
                  "11.2 approved MESSAGE #1 summary 1 by 1/1 (1/1,2/2)\n"
                  "11.2 approved REFLECTION what 200 (1/1,2/2) source one\n"
                  "11.2 approved REFLECTION what 200 (1/1,2/2) source two\n"
                  "21.2 approved MESSAGE #1 summary 1 by 1/1 (1/1,2/2)\n"
                  "21.2 approved REFLECTION what 200 (1/1,2/2) source one\n"
                  "21.2 approved REFLECTION what 200 (1/1,2/2) source two\n");
}

static void test_joins_run_before_reflections(void **state) {
        GsAttributes t = target_of("t", "s", GS_1_PHASE);
        _cleanup_(world_freep) World *w = source_and_target(&t);

        (void) state;
        message(w, 11, 2, GS_N_PHASE, "busy");
        change_state(w, 10, 1, GS_1_PHASE, "one");
        join(w, 12, 2, 5, &t);
        vote(w, 11, 2, GS_VOTE_APPROVE);
        forget(w);
        vote(w, 21, 2, GS_VOTE_APPROVE);
        assert_non_null(strstr(w->text, "12.2 approved JOIN what 20 (1/1,2/2,5/1) ~(5/1)\n"
                                        "11.2 approved REFLECTION what 200 (1/1,2/2,5/1) source one\n"));
}

static void test_targets_follow_by_name(void **state) {
        _cleanup_(world_freep) World *w = world_new(1);
        GsAttributes s = attributes_of("s", GS_1_PHASE);
        GsAttributes b = target_of("b", "s", GS_1_PHASE);
        GsAttributes a = target_of("a", "s", GS_1_PHASE);
        GsAttributes c = target_of("c", "s", GS_1_PHASE);

        (void) state;
        join(w, 10, 1, 1, &s);
        join(w, 10, 2, 1, &b);
        join(w, 10, 3, 1, &a);
        join(w, 10, 4, 1, &c);
        forget(w);
        change_state(w, 10, 1, GS_1_PHASE, "x");
        expect(w, "10.1 approved STATE what 80 by 1/1 (1/1) state x proposed x\n"
                  "10.3 approved REFLECTION what 200 (1/1) source x\n"
                  "10.2 approved REFLECTION what 200 (1/1) source x\n"
                  "10.4 approved REFLECTION what 200 (1/1) source x\n");
}

static void test_hosts_may_be_a_source(void **state) {
        _cleanup_(world_freep) World *w = world_new(1);
        GsAttributes t = target_of("t", "HostMembership", GS_1_PHASE);
        GsAttributes e = target_of("e", "enMembership", GS_1_PHASE);
        Event links = { .type = EVENT_LINKS, .sender = node_id(1) };

        (void) state;
        join(w, 10, 1, 1, &t);
        assert_non_null(strstr(w->text, "10.1 approved JOIN"));
        forget(w);
        join(w, 10, 2, 1, &e);
        expect(w, "10.2 error JOIN 12 serial 0\n10.2 dead\n");
        links.links.n_links = 1;
        links.links.links[0] = (EventLink){ .kind = LINK_ENET, .state = LINK_UP };
        world_apply(w, &links);
        join(w, 10, 3, 1, &e);
        assert_non_null(strstr(w->text, "10.3 approved JOIN"));
        forget(w);
        links.links.links[0].state = LINK_DOWN;
        world_apply(w, &links);
        expect(w, "10.3 approved CAST_OUT what 20 () ~(1/1) why 10:0\n10.3 dead\n");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_join_needs_a_source_provider_on_the_node),
                cmocka_unit_test(test_unknown_source_own_source_and_cycles_are_invalid),
                cmocka_unit_test(test_a_dissolved_source_cannot_come_back_as_its_targets_target),
                cmocka_unit_test(test_chain_to_depth_eight_and_no_further),
                cmocka_unit_test(test_last_source_leave_casts_out_the_targets_of_the_node),
                cmocka_unit_test(test_no_cast_out_while_a_source_provider_remains_on_the_node),
                cmocka_unit_test(test_node_failure_is_one_failure_leave_in_the_target),
                cmocka_unit_test(test_survivors_vote_on_a_cast_out_and_cannot_stop_it),
                cmocka_unit_test(test_queued_cast_out_becomes_a_failure_if_the_provider_fails),
                cmocka_unit_test(test_failures_and_cast_outs_do_not_mix),
                cmocka_unit_test(test_joiner_on_trial_is_cast_out_after_it_joined),
                cmocka_unit_test(test_approved_source_state_is_reflected),
                cmocka_unit_test(test_target_may_change_its_state_by_voting_on_a_reflection),
                cmocka_unit_test(test_nothing_is_reflected_in_an_empty_target),
                cmocka_unit_test(test_name_of_one_who_is_cast_out_is_free),
                cmocka_unit_test(test_queued_join_founds_with_its_own_attributes),
                cmocka_unit_test(test_every_source_change_is_reflected_in_order),
                cmocka_unit_test(test_joins_run_before_reflections),
                cmocka_unit_test(test_targets_follow_by_name),
                cmocka_unit_test(test_hosts_may_be_a_source),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
