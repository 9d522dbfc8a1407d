/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Votes: precedence, default votes, limits, riders, late votes (gsapi.md 3.3, stream.md 4). */

#include "core-world.h"

/*
 * Three members 1/1, 2/1 (senior to) 3/2 of a group with this default vote, and an n-phase message under
 * vote.
 */
static World *voting(GsVote by_default, uint16_t seconds) {
        World *w = world_new(2);
        GsAttributes a = attributes_of("g", GS_1_PHASE);
        Event e = event_of(EVENT_MESSAGE, 10, 1);

        a.default_vote = by_default;
        join(w, 10, 1, 1, &a);
        join(w, 11, 1, 2, &a);
        join(w, 20, 1, 3, &a);
        e.message.proposal = proposal_of(GS_N_PHASE, seconds);
        e.message.message = (GsBytes){ "m", 1 };
        world_apply(w, &e);
        forget(w);
        return w;
}

static void test_phase_waits_for_every_vote_even_after_reject(void **state) {
        _cleanup_(world_freep) World *w = voting(GS_VOTE_APPROVE, 0);

        (void) state;
        vote(w, 10, 1, GS_VOTE_REJECT);
        vote(w, 11, 1, GS_VOTE_APPROVE);
        expect(w, "");
        vote(w, 20, 1, GS_VOTE_APPROVE);
        expect(w, "ended g #1\n"
                  "10.1 rejected MESSAGE #1 summary 3 by 1/1 (1/1,2/1,3/2)\n"
                  "11.1 rejected MESSAGE #1 summary 3 by 1/1 (1/1,2/1,3/2)\n"
                  "20.1 rejected MESSAGE #1 summary 3 by 1/1 (1/1,2/1,3/2)\n");
}

static void test_continue_beats_approve(void **state) {
        _cleanup_(world_freep) World *w = voting(GS_VOTE_APPROVE, 0);

        (void) state;
        vote(w, 10, 1, GS_VOTE_APPROVE);
        vote(w, 11, 1, GS_VOTE_CONTINUE);
        vote(w, 20, 1, GS_VOTE_APPROVE);
        expect(w, "ended g #1\n"
                  "begun g MESSAGE #2\n"
                  "10.1 phase MESSAGE #2 votes summary 1 by 1/1 (1/1,2/1,3/2)\n"
                  "11.1 phase MESSAGE #2 votes summary 1 by 1/1 (1/1,2/1,3/2)\n"
                  "20.1 phase MESSAGE #2 votes summary 1 by 1/1 (1/1,2/1,3/2)\n");
}

static void test_reject_beats_continue(void **state) {
        _cleanup_(world_freep) World *w = voting(GS_VOTE_APPROVE, 0);

        (void) state;
        vote(w, 10, 1, GS_VOTE_CONTINUE);
        vote(w, 11, 1, GS_VOTE_REJECT);
        vote(w, 20, 1, GS_VOTE_CONTINUE);
        expect(w, "ended g #1\n"
                  "10.1 rejected MESSAGE #1 summary 2 by 1/1 (1/1,2/1,3/2)\n"
                  "11.1 rejected MESSAGE #1 summary 2 by 1/1 (1/1,2/1,3/2)\n"
                  "20.1 rejected MESSAGE #1 summary 2 by 1/1 (1/1,2/1,3/2)\n");
}

static void test_one_vote_a_phase(void **state) {
        _cleanup_(world_freep) World *w = voting(GS_VOTE_APPROVE, 0);

        (void) state;
        vote(w, 10, 1, GS_VOTE_APPROVE);
        vote(w, 10, 1, GS_VOTE_REJECT);
        expect(w, "dropped VOTE\n");
        vote(w, 11, 1, GS_VOTE_APPROVE);
        vote(w, 20, 1, GS_VOTE_APPROVE);
        expect(w, "ended g #1\n"
                  "10.1 approved MESSAGE #1 summary 1 by 1/1 (1/1,2/1,3/2)\n"
                  "11.1 approved MESSAGE #1 summary 1 by 1/1 (1/1,2/1,3/2)\n"
                  "20.1 approved MESSAGE #1 summary 1 by 1/1 (1/1,2/1,3/2)\n");
}

static void test_vote_for_another_phase_protocol_or_group_is_dropped(void **state) {
        _cleanup_(world_freep) World *w = voting(GS_VOTE_APPROVE, 0);

        (void) state;
        w->phase++;
        vote(w, 10, 1, GS_VOTE_REJECT);
        w->phase--;
        w->protocol++;
        vote(w, 10, 1, GS_VOTE_REJECT);
        w->protocol--;
        w->group++;
        vote(w, 10, 1, GS_VOTE_REJECT);
        expect(w, "dropped VOTE\ndropped VOTE\ndropped VOTE\n");
}

static void test_tardy_get_the_default_and_are_announced_afterwards(void **state) {
        _cleanup_(world_freep) World *w = voting(GS_VOTE_REJECT, 5);

        (void) state;
        vote(w, 11, 1, GS_VOTE_APPROVE);
        limit(w);
        expect(w, "ended g #1\n"
                  "10.1 rejected MESSAGE #1 limit 5 summary 19 by 1/1 (1/1,2/1,3/2)\n"
                  "11.1 rejected MESSAGE #1 limit 5 summary 19 by 1/1 (1/1,2/1,3/2)\n"
                  "10.1 announce - summary 10 (1/1,2/1,3/2) ~(1/1,3/2)\n"
                  "11.1 announce - summary 10 (1/1,2/1,3/2) ~(1/1,3/2)\n"
                  "20.1 rejected MESSAGE #1 limit 5 summary 19 by 1/1 (1/1,2/1,3/2)\n"
                  "20.1 announce - summary 10 (1/1,2/1,3/2) ~(1/1,3/2)\n");
}

static void test_tardy_of_default_approve_are_announced_too(void **state) {
        _cleanup_(world_freep) World *w = voting(GS_VOTE_APPROVE, 5);

        (void) state;
        vote(w, 10, 1, GS_VOTE_APPROVE);
        vote(w, 11, 1, GS_VOTE_CONTINUE);
        limit(w);
        expect(w, "ended g #1\n"
                  "begun g MESSAGE #2\n"
                  "10.1 phase MESSAGE #2 votes limit 5 summary 15 by 1/1 (1/1,2/1,3/2)\n"
                  "11.1 phase MESSAGE #2 votes limit 5 summary 15 by 1/1 (1/1,2/1,3/2)\n"
                  "10.1 announce - summary 10 (1/1,2/1,3/2) ~(3/2)\n"
                  "11.1 announce - summary 10 (1/1,2/1,3/2) ~(3/2)\n"
                  "20.1 phase MESSAGE #2 votes limit 5 summary 15 by 1/1 (1/1,2/1,3/2)\n"
                  "20.1 announce - summary 10 (1/1,2/1,3/2) ~(3/2)\n");
}

static void test_tardy_joiner_hears_the_announcement_while_on_trial(void **state) {
        _cleanup_(world_freep) World *w = world_new(1);
        GsAttributes a = attributes_of("g", GS_N_PHASE);

        (void) state;
        a.time_limit = 5;
        join(w, 10, 1, 1, &a);
        vote(w, 10, 1, GS_VOTE_APPROVE);
        join(w, 11, 1, 2, &a);
        vote(w, 10, 1, GS_VOTE_CONTINUE);
        forget(w);
        limit(w);
        expect(w, "ended g #1\n"
                  "begun g JOIN #2\n"
                  "10.1 phase JOIN #2 votes limit 5 summary 14 what 2 (1/1) ~(2/1)\n"
                  "11.1 phase JOIN #2 votes limit 5 summary 14 what 2 (1/1) ~(2/1)\n"
                  "10.1 announce - summary 10 (1/1) ~(2/1)\n"
                  "11.1 announce - summary 10 (1/1) ~(2/1)\n");
}

static void test_limit_of_a_phase_that_ended_or_has_none_is_dropped(void **state) {
        _cleanup_(world_freep) World *w = voting(GS_VOTE_APPROVE, 0);

        (void) state;
        limit(w);
        expect(w, "dropped LIMIT\n");
        vote(w, 10, 1, GS_VOTE_APPROVE);
        vote(w, 11, 1, GS_VOTE_APPROVE);
        vote(w, 20, 1, GS_VOTE_APPROVE);
        forget(w);
        limit(w);
        expect(w, "dropped LIMIT\n");
}

static void test_default_set_by_a_vote_replaces_the_attribute(void **state) {
        _cleanup_(world_freep) World *w = voting(GS_VOTE_REJECT, 5);

        (void) state;
        vote_with(w, 10, 1, GS_VOTE_APPROVE, GS_VOTE_APPROVE, "", "");
        vote(w, 11, 1, GS_VOTE_APPROVE);
        limit(w);
        expect(w, "ended g #1\n"
                  "10.1 approved MESSAGE #1 limit 5 summary 15 by 1/1 (1/1,2/1,3/2)\n"
                  "11.1 approved MESSAGE #1 limit 5 summary 15 by 1/1 (1/1,2/1,3/2)\n"
                  "10.1 announce - summary 10 (1/1,2/1,3/2) ~(3/2)\n"
                  "11.1 announce - summary 10 (1/1,2/1,3/2) ~(3/2)\n"
                  "20.1 approved MESSAGE #1 limit 5 summary 15 by 1/1 (1/1,2/1,3/2)\n"
                  "20.1 announce - summary 10 (1/1,2/1,3/2) ~(3/2)\n");
}

static void test_of_different_defaults_reject_wins(void **state) {
        _cleanup_(world_freep) World *w = voting(GS_VOTE_APPROVE, 5);

        (void) state;
        vote_with(w, 10, 1, GS_VOTE_APPROVE, GS_VOTE_REJECT, "", "");
        vote_with(w, 11, 1, GS_VOTE_APPROVE, GS_VOTE_APPROVE, "", "");
        limit(w);
        assert_non_null(strstr(w->text, "rejected MESSAGE #1 limit 5 summary 19"));
}

static void test_default_lasts_until_the_protocol_ends_and_no_longer(void **state) {
        _cleanup_(world_freep) World *w = voting(GS_VOTE_REJECT, 5);

        (void) state;
        vote_with(w, 10, 1, GS_VOTE_CONTINUE, GS_VOTE_APPROVE, "", "");
        vote(w, 11, 1, GS_VOTE_APPROVE);
        limit(w);
        forget(w);
        vote(w, 10, 1, GS_VOTE_APPROVE);
        vote(w, 11, 1, GS_VOTE_APPROVE);
        limit(w);
        assert_non_null(strstr(w->text, "approved MESSAGE #2 limit 5 summary 15"));
        forget(w);

        change_state_in(w, 10, 1, GS_N_PHASE, 5, "s");
        limit(w);
        assert_non_null(strstr(w->text, "rejected STATE #1 limit 5 summary 18"));
}

static void test_later_default_replaces_the_earlier(void **state) {
        _cleanup_(world_freep) World *w = voting(GS_VOTE_APPROVE, 5);

        (void) state;
        vote_with(w, 10, 1, GS_VOTE_CONTINUE, GS_VOTE_REJECT, "", "");
        vote(w, 11, 1, GS_VOTE_APPROVE);
        vote(w, 20, 1, GS_VOTE_APPROVE);
        vote_with(w, 10, 1, GS_VOTE_APPROVE, GS_VOTE_APPROVE, "", "");
        forget(w);
        limit(w);
        assert_non_null(strstr(w->text, "approved MESSAGE #2 limit 5 summary 15"));
}

static void test_null_default_of_the_group_is_reject(void **state) {
        _cleanup_(world_freep) World *w = voting(GS_VOTE_NULL, 5);

        (void) state;
        limit(w);
        assert_non_null(strstr(w->text, "rejected MESSAGE #1 limit 5 summary 18"));
}

static void test_failed_voter_is_counted_by_default_and_leaves_afterwards(void **state) {
        _cleanup_(world_freep) World *w = voting(GS_VOTE_REJECT, 0);

        (void) state;
        simple(w, EVENT_PROCESS_DOWN, 20, 0);
        vote(w, 10, 1, GS_VOTE_APPROVE);
        expect(w, "");
        vote(w, 11, 1, GS_VOTE_APPROVE);
        expect(w, "ended g #1\n"
                  "10.1 rejected MESSAGE #1 summary 29 by 1/1 (1/1,2/1,3/2)\n"
                  "11.1 rejected MESSAGE #1 summary 29 by 1/1 (1/1,2/1,3/2)\n"
                  "10.1 approved FAILURE what 20 (1/1,2/1) ~(3/2) why 2:0\n"
                  "11.1 approved FAILURE what 20 (1/1,2/1) ~(3/2) why 2:0\n");
}

static void test_vote_stands_for_its_phase_after_its_voter_died_but_not_for_the_next(void **state) {
        _cleanup_(world_freep) World *w = voting(GS_VOTE_REJECT, 0);

        (void) state;
        vote(w, 20, 1, GS_VOTE_CONTINUE);
        simple(w, EVENT_PROCESS_DOWN, 20, 0);
        vote(w, 10, 1, GS_VOTE_APPROVE);
        vote(w, 11, 1, GS_VOTE_APPROVE);
        expect(w, "ended g #1\n"
                  "begun g MESSAGE #2\n"
                  "10.1 phase MESSAGE #2 votes summary 1 by 1/1 (1/1,2/1,3/2)\n"
                  "11.1 phase MESSAGE #2 votes summary 1 by 1/1 (1/1,2/1,3/2)\n");
        vote(w, 10, 1, GS_VOTE_APPROVE);
        vote(w, 11, 1, GS_VOTE_APPROVE);
        assert_non_null(strstr(w->text, "rejected MESSAGE #2 summary 29"));
}

static void test_last_voters_death_ends_the_phase(void **state) {
        _cleanup_(world_freep) World *w = voting(GS_VOTE_APPROVE, 0);

        (void) state;
        vote(w, 10, 1, GS_VOTE_APPROVE);
        vote(w, 11, 1, GS_VOTE_APPROVE);
        simple(w, EVENT_PROCESS_DOWN, 20, 0);
        assert_non_null(strstr(w->text, "approved MESSAGE #1 summary 25"));
}

static void test_deserted_protocol_is_rejected_without_a_word(void **state) {
        _cleanup_(world_freep) World *w = voting(GS_VOTE_APPROVE, 0);

        (void) state;
        vote(w, 10, 1, GS_VOTE_APPROVE);
        simple(w, EVENT_PROCESS_DOWN, 10, 0);
        simple(w, EVENT_PROCESS_DOWN, 11, 0);
        simple(w, EVENT_PROCESS_DOWN, 20, 0);
        expect(w, "ended g #1\n");
        assert_int_equal(core_subscribe(w->cores[0], (GsClient){ 15, 1 }, 1, "g", NULL),
                        CORE_E_UNKNOWN_GROUP);
}

static void test_riders_of_the_senior_most_voter_win(void **state) {
        _cleanup_(world_freep) World *w = voting(GS_VOTE_APPROVE, 0);

        (void) state;
        vote_with(w, 20, 1, GS_VOTE_CONTINUE, GS_VOTE_NULL, "third", "from 3");
        vote_with(w, 10, 1, GS_VOTE_CONTINUE, GS_VOTE_NULL, "", "from 1");
        vote_with(w, 11, 1, GS_VOTE_CONTINUE, GS_VOTE_NULL, "second", "from 2");
        expect(w, "ended g #1\n"
                  "begun g MESSAGE #2\n"
                  "10.1 phase MESSAGE #2 votes what 14 by 1/1 (1/1,2/1,3/2) proposed second message from 1\n"
                  "11.1 phase MESSAGE #2 votes what 14 by 1/1 (1/1,2/1,3/2) proposed second message from 1\n"
                  "20.1 phase MESSAGE #2 votes what 14 by 1/1 (1/1,2/1,3/2) proposed second message from "
                  "1\n");
}

static void test_rider_is_ongoing_then_commits_with_approval(void **state) {
        _cleanup_(world_freep) World *w = world_new(1);
        GsAttributes a = attributes_of("g", GS_1_PHASE);

        (void) state;
        join(w, 10, 1, 1, &a);
        forget(w);
        message(w, 10, 1, GS_N_PHASE, "m");
        vote_with(w, 10, 1, GS_VOTE_CONTINUE, GS_VOTE_NULL, "rider", "");
        vote(w, 10, 1, GS_VOTE_CONTINUE);
        vote_with(w, 10, 1, GS_VOTE_APPROVE, GS_VOTE_NULL, "", "bye");
        expect(w, "begun g MESSAGE #1\n"
                  "10.1 phase MESSAGE #1 votes what 10 by 1/1 (1/1) message m\n"
                  "ended g #1\n"
                  "begun g MESSAGE #2\n"
                  "10.1 phase MESSAGE #2 votes what 4 by 1/1 (1/1) proposed rider\n"
                  "ended g #2\n"
                  "begun g MESSAGE #3\n"
                  "10.1 phase MESSAGE #3 votes what 8 by 1/1 (1/1) proposed rider\n"
                  "ended g #3\n"
                  "10.1 approved MESSAGE #3 summary 1 what 90 by 1/1 (1/1) state rider proposed rider "
                  "message bye\n");
}

static void test_rejected_proposals_are_shown_and_dropped(void **state) {
        _cleanup_(world_freep) World *w = world_new(1);
        GsAttributes a = attributes_of("g", GS_1_PHASE);

        (void) state;
        join(w, 10, 1, 1, &a);
        change_state(w, 10, 1, GS_1_PHASE, "old");
        change_state(w, 10, 1, GS_N_PHASE, "new");
        forget(w);
        vote(w, 10, 1, GS_VOTE_REJECT);
        expect(w, "ended g #1\n"
                  "10.1 rejected STATE #1 summary 2 what 100 by 1/1 (1/1) state old proposed new\n");
        message(w, 10, 1, GS_1_PHASE, "m");
        expect(w, "10.1 approved MESSAGE what 10 by 1/1 (1/1) state old message m\n");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_phase_waits_for_every_vote_even_after_reject),
                cmocka_unit_test(test_continue_beats_approve),
                cmocka_unit_test(test_reject_beats_continue),
                cmocka_unit_test(test_one_vote_a_phase),
                cmocka_unit_test(test_vote_for_another_phase_protocol_or_group_is_dropped),
                cmocka_unit_test(test_tardy_get_the_default_and_are_announced_afterwards),
                cmocka_unit_test(test_tardy_of_default_approve_are_announced_too),
                cmocka_unit_test(test_tardy_joiner_hears_the_announcement_while_on_trial),
                cmocka_unit_test(test_limit_of_a_phase_that_ended_or_has_none_is_dropped),
                cmocka_unit_test(test_default_set_by_a_vote_replaces_the_attribute),
                cmocka_unit_test(test_of_different_defaults_reject_wins),
                cmocka_unit_test(test_default_lasts_until_the_protocol_ends_and_no_longer),
                cmocka_unit_test(test_later_default_replaces_the_earlier),
                cmocka_unit_test(test_null_default_of_the_group_is_reject),
                cmocka_unit_test(test_failed_voter_is_counted_by_default_and_leaves_afterwards),
                cmocka_unit_test(test_vote_stands_for_its_phase_after_its_voter_died_but_not_for_the_next),
                cmocka_unit_test(test_last_voters_death_ends_the_phase),
                cmocka_unit_test(test_deserted_protocol_is_rejected_without_a_word),
                cmocka_unit_test(test_riders_of_the_senior_most_voter_win),
                cmocka_unit_test(test_rider_is_ongoing_then_commits_with_approval),
                cmocka_unit_test(test_rejected_proposals_are_shown_and_dropped),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
