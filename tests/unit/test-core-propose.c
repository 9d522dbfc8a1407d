/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Proposals: one-phase and n-phase, collisions, what is refused (gsapi.md 3.1, 3.2, 4.2; stream.md 1). */

#include "core-world.h"

static World *pair(void) {
        World *w = world_new(1);
        GsAttributes a = attributes_of("g", GS_1_PHASE);

        join(w, 10, 1, 1, &a);
        join(w, 11, 1, 2, &a);
        forget(w);
        return w;
}

static void test_one_phase_message_is_approved_at_once(void **state) {
        _cleanup_(world_freep) World *w = pair();

        (void) state;
        message(w, 11, 1, GS_1_PHASE, "hello");
        expect(w, "10.1 approved MESSAGE what 10 by 2/1 (1/1,2/1) message hello\n"
                  "11.1 approved MESSAGE what 10 by 2/1 (1/1,2/1) message hello\n");
}

static void test_state_value_changes_by_approval_only(void **state) {
        _cleanup_(world_freep) World *w = pair();

        (void) state;
        change_state(w, 10, 1, GS_1_PHASE, "one");
        expect(w, "10.1 approved STATE what 80 by 1/1 (1/1,2/1) state one proposed one\n"
                  "11.1 approved STATE what 80 by 1/1 (1/1,2/1) state one proposed one\n");
        change_state(w, 10, 1, GS_N_PHASE, "two");
        expect(w, "begun g STATE #1\n"
                  "10.1 phase STATE #1 votes what 4 by 1/1 (1/1,2/1) state one proposed two\n"
                  "11.1 phase STATE #1 votes what 4 by 1/1 (1/1,2/1) state one proposed two\n");
        vote(w, 10, 1, GS_VOTE_APPROVE);
        vote(w, 11, 1, GS_VOTE_APPROVE);
        expect(w, "ended g #1\n"
                  "10.1 approved STATE #1 summary 1 what 80 by 1/1 (1/1,2/1) state two proposed two\n"
                  "11.1 approved STATE #1 summary 1 what 80 by 1/1 (1/1,2/1) state two proposed two\n");
}

static void test_all_five_collide_with_a_running_protocol(void **state) {
        _cleanup_(world_freep) World *w = pair();
        GsAttributes a = attributes_of("g", GS_1_PHASE);

        (void) state;
        message(w, 10, 1, GS_N_PHASE, "m");
        forget(w);
        message(w, 11, 1, GS_1_PHASE, "m");
        change_state(w, 11, 1, GS_1_PHASE, "s");
        leave(w, 11, 1, GS_1_PHASE, 0);
        expel(w, 11, 1, GS_1_PHASE, 0, 0, "1/1");
        change_attributes(w, 11, 1, GS_1_PHASE, &a);
        expect(w, "11.1 error MESSAGE 16 serial 7\n"
                  "11.1 error STATE 16 serial 7\n"
                  "11.1 error LEAVE 16 serial 7\n"
                  "11.1 error EXPEL 16 serial 7\n"
                  "11.1 error ATTRIBUTES 16 serial 7\n");
}

static void test_one_phase_messages_never_collide(void **state) {
        _cleanup_(world_freep) World *w = pair();

        (void) state;
        message(w, 10, 1, GS_1_PHASE, "a");
        message(w, 11, 1, GS_1_PHASE, "b");
        assert_null(strstr(w->text, "error"));
}

static void test_other_groups_do_not_collide(void **state) {
        _cleanup_(world_freep) World *w = pair();
        GsAttributes a = attributes_of("h", GS_1_PHASE);

        (void) state;
        join(w, 10, 2, 1, &a);
        message(w, 10, 1, GS_N_PHASE, "m");
        forget(w);
        message(w, 10, 2, GS_1_PHASE, "m");
        expect(w, "10.2 approved MESSAGE what 10 by 1/1 (1/1) message m\n");
}

static void test_joiner_on_trial_is_not_a_member(void **state) {
        _cleanup_(world_freep) World *w = world_new(1);
        GsAttributes a = attributes_of("g", GS_N_PHASE);

        (void) state;
        join(w, 10, 1, 1, &a);
        forget(w);
        message(w, 10, 1, GS_1_PHASE, "m");
        expect(w, "10.1 error MESSAGE 6 serial 7\n");
}

static void test_unknown_and_failed_proposers_are_dropped(void **state) {
        _cleanup_(world_freep) World *w = pair();

        (void) state;
        message(w, 12, 1, GS_1_PHASE, "m");
        expect(w, "dropped MESSAGE\n");
        message(w, 10, 1, GS_N_PHASE, "m");
        simple(w, EVENT_GOODBYE, 11, 1);
        forget(w);
        message(w, 11, 1, GS_1_PHASE, "m");
        expect(w, "dropped MESSAGE\n");
}

static void test_attribute_change_takes_effect_for_the_next_protocol(void **state) {
        _cleanup_(world_freep) World *w = pair();
        GsAttributes a = attributes_of("g", GS_N_PHASE);

        (void) state;
        a.client_version = 3;
        a.time_limit = 60;
        change_attributes(w, 10, 1, GS_1_PHASE, &a);
        expect(w, "10.1 approved ATTRIBUTES summary 1000 what 2000 by 1/1 (1/1,2/1) version 3\n"
                  "11.1 approved ATTRIBUTES summary 1000 what 2000 by 1/1 (1/1,2/1) version 3\n");
        join(w, 12, 1, 3, &a);
        assert_non_null(strstr(w->text, "12.1 phase JOIN #1 votes limit 60 what 1"));
}

static void test_attribute_change_is_proposed_ongoing_and_dropped(void **state) {
        _cleanup_(world_freep) World *w = world_new(1);
        GsAttributes a = attributes_of("g", GS_1_PHASE), b = a;

        (void) state;
        join(w, 10, 1, 1, &a);
        b.client_version = 8;
        forget(w);
        change_attributes(w, 10, 1, GS_N_PHASE, &b);
        vote(w, 10, 1, GS_VOTE_CONTINUE);
        vote(w, 10, 1, GS_VOTE_REJECT);
        expect(w, "begun g ATTRIBUTES #1\n"
                  "10.1 phase ATTRIBUTES #1 votes what 800 by 1/1 (1/1) version 8\n"
                  "ended g #1\n"
                  "begun g ATTRIBUTES #2\n"
                  "10.1 phase ATTRIBUTES #2 votes what 1000 by 1/1 (1/1) version 8\n"
                  "ended g #2\n"
                  "10.1 rejected ATTRIBUTES #2 summary 2 what 4000 by 1/1 (1/1) version 8\n");
        join(w, 11, 1, 2, &a);
        assert_non_null(strstr(w->text, "11.1 approved JOIN"));
}

static void test_immutable_and_invalid_attributes_are_refused(void **state) {
        _cleanup_(world_freep) World *w = pair();
        GsAttributes a = attributes_of("h", GS_1_PHASE);

        (void) state;
        change_attributes(w, 10, 1, GS_1_PHASE, &a);
        expect(w, "10.1 error ATTRIBUTES 9 serial 7\n");
        a = attributes_of("g", GS_1_PHASE);
        strcpy(a.source, "s");
        change_attributes(w, 10, 1, GS_1_PHASE, &a);
        expect(w, "10.1 error ATTRIBUTES 9 serial 7\n");
        a = attributes_of("g", GS_1_PHASE);
        a.merge_control = GS_SMALLER_MERGE;
        change_attributes(w, 10, 1, GS_1_PHASE, &a);
        expect(w, "10.1 error ATTRIBUTES 9 serial 7\n");
        a = attributes_of("g", GS_1_PHASE);
        a.default_vote = GS_VOTE_CONTINUE;
        change_attributes(w, 10, 1, GS_1_PHASE, &a);
        expect(w, "10.1 error ATTRIBUTES 13 serial 7\n");
}

static void test_empty_or_too_long_values_never_take_effect(void **state) {
        _cleanup_(world_freep) World *w = pair();
        static const char big[GS_MESSAGE_MAX + 1];
        Event e = event_of(EVENT_MESSAGE, 10, 1);

        (void) state;
        e.message.proposal = proposal_of(GS_1_PHASE, 0);
        e.message.message = (GsBytes){ big, sizeof(big) };
        assert_int_equal(core_apply(w->cores[0], &e, &w->sinks[0]), 0);
        e.message.message.size = 0;
        assert_int_equal(core_apply(w->cores[0], &e, &w->sinks[0]), 0);
        expect(w, "10.1 error MESSAGE 9 serial 7\n10.1 error MESSAGE 9 serial 7\n");

        e = event_of(EVENT_STATE_CHANGE, 10, 1);
        e.state_change.proposal = proposal_of(GS_1_PHASE, 0);
        e.state_change.state = (GsBytes){ big, GS_STATE_MAX + 1 };
        assert_int_equal(core_apply(w->cores[0], &e, &w->sinks[0]), 0);
        e.state_change.state.size = 0;
        assert_int_equal(core_apply(w->cores[0], &e, &w->sinks[0]), 0);
        expect(w, "10.1 error STATE 9 serial 7\n10.1 error STATE 9 serial 7\n");
}

static void test_proposer_may_fail_and_the_protocol_goes_on(void **state) {
        _cleanup_(world_freep) World *w = pair();

        (void) state;
        change_state(w, 11, 1, GS_N_PHASE, "s");
        simple(w, EVENT_PROCESS_DOWN, 11, 0);
        forget(w);
        vote(w, 10, 1, GS_VOTE_APPROVE);
        assert_non_null(strstr(
                        w->text, "10.1 approved STATE #1 summary 25 what 80 by 2/1 (1/1,2/1) state s"));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_one_phase_message_is_approved_at_once),
                cmocka_unit_test(test_state_value_changes_by_approval_only),
                cmocka_unit_test(test_all_five_collide_with_a_running_protocol),
                cmocka_unit_test(test_one_phase_messages_never_collide),
                cmocka_unit_test(test_other_groups_do_not_collide),
                cmocka_unit_test(test_joiner_on_trial_is_not_a_member),
                cmocka_unit_test(test_unknown_and_failed_proposers_are_dropped),
                cmocka_unit_test(test_attribute_change_takes_effect_for_the_next_protocol),
                cmocka_unit_test(test_attribute_change_is_proposed_ongoing_and_dropped),
                cmocka_unit_test(test_immutable_and_invalid_attributes_are_refused),
                cmocka_unit_test(test_empty_or_too_long_values_never_take_effect),
                cmocka_unit_test(test_proposer_may_fail_and_the_protocol_goes_on),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
