/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* gsapi.md 3.3, stream.md 4: phases, votes, default votes. */

#include <stdio.h>

#include "story.h"

#define APPROVE HA_GS_VOTE_APPROVE
#define CONTINUE HA_GS_VOTE_CONTINUE
#define REJECT HA_GS_VOTE_REJECT
#define NONE HA_GS_NULL_VOTE

typedef ha_gs_group_attributes_t Attributes;

/* A cast of a one-phase group in which a message is voted on; phase 1 was heard. */
static Cast voting(int n, ha_gs_vote_value_t default_vote) {
        Attributes g = group("g", HA_GS_1_PHASE);
        Cast c;

        g.gs_group_default_vote = default_vote;
        c = cast_here(n, &g);
        returned(HA_GS_OK, send_text(c.seat[0], HA_GS_N_PHASE, 0, "m"), "ha_gs_send_message()");
        everyone_here(&c, "n-phase PROVIDER_MESSAGE phase=1 summary=0");
        return c;
}
#define voting(n, default_vote) (HERE, voting(n, default_vote))

/* ---- phases ---- */

static void all_hear_each_phase_with_its_number_and_limit(void) {
        Attributes g = group("g", HA_GS_1_PHASE);
        Cast c = cast(3, &g);

        ok(send_text(c.seat[1], HA_GS_N_PHASE, 500, "m"));
        for (int phase = 1; phase <= 12; phase++) {
                everyone(&c, words("n-phase PROVIDER_MESSAGE phase=%d limit=500", phase));
                vote_all(&c, phase == 12 ? APPROVE : CONTINUE);
        }
        everyone(&c, "approved PROVIDER_MESSAGE phase=12 summary=EXPLICIT_APPROVE");
}

static void the_votes_decide_how_many_phases_there_are(void) {
        Cast c = voting(2, APPROVE);

        vote_all(&c, APPROVE);
        everyone(&c, "approved PROVIDER_MESSAGE phase=1");
        ok(send_text(c.seat[1], HA_GS_N_PHASE, 0, "m"));
        everyone(&c, "n-phase PROVIDER_MESSAGE phase=1");
        vote_all(&c, CONTINUE);
        everyone(&c, "n-phase PROVIDER_MESSAGE phase=2 summary=0");
        vote_all(&c, APPROVE);
        everyone(&c, "approved PROVIDER_MESSAGE phase=2");
}

static void a_vote_is_given_once_a_phase(void) {
        Cast c = voting(2, APPROVE);

        ok(vote(c.seat[0], CONTINUE));
        returns(HA_GS_VOTE_NOT_EXPECTED, vote(c.seat[0], REJECT));
        ok(vote(c.seat[1], CONTINUE));
        everyone(&c, "n-phase PROVIDER_MESSAGE phase=2");
        ok(vote(c.seat[0], APPROVE));
        returns(HA_GS_VOTE_NOT_EXPECTED, vote(c.seat[0], REJECT));
        ok(vote(c.seat[1], APPROVE));
        everyone(&c, "approved PROVIDER_MESSAGE");
        returns(HA_GS_VOTE_NOT_EXPECTED, vote(c.seat[0], REJECT));
}

static void vote_at_once(const ha_gs_n_phase_notification_t *n) {
        ha_gs_vote_value_t value = n->gs_proposal->gs_phase_info.gs_phase_number < 3 ? CONTINUE : APPROVE;
        ha_gs_rc_t code = ha_gs_vote(n->gs_provider_token, value, NULL, NULL, NONE);

        if (code != HA_GS_OK)
                report(n->gs_provider_token, "vote %d", code);
}

static int part_vote_at_once(void *data) {
        (void) data;
        hooks.n_phase = vote_at_once;
        return 0;
}

static void a_vote_may_be_given_inside_the_callback(void) {
        Attributes g = group("g", HA_GS_1_PHASE);
        Cast c = cast(2, &g);

        for (int i = 0; i < 2; i++)
                (void) play(c.seat[i].actor, part_vote_at_once, NULL, 0);
        ok(send_text(c.seat[0], HA_GS_N_PHASE, 0, "m"));
        everyone(&c, "n-phase PROVIDER_MESSAGE phase=1");
        everyone(&c, "n-phase PROVIDER_MESSAGE phase=2");
        everyone(&c, "n-phase PROVIDER_MESSAGE phase=3");
        everyone(&c, "approved PROVIDER_MESSAGE phase=3");
}

/* ---- what comes of the votes ---- */

typedef struct Ballot {
        ha_gs_vote_value_t votes[3];
        const char *result;
} Ballot;

static const Ballot ballots[] = {
        { { APPROVE, APPROVE, APPROVE }, "approved phase=1 summary=EXPLICIT_APPROVE" },
        { { APPROVE, APPROVE, CONTINUE }, "n-phase phase=2 summary=EXPLICIT_APPROVE" },
        { { CONTINUE, CONTINUE, CONTINUE }, "n-phase phase=2 summary=0" },
        { { CONTINUE, APPROVE, APPROVE }, "n-phase phase=2 summary=EXPLICIT_APPROVE" },
        { { APPROVE, APPROVE, REJECT }, "rejected phase=1 summary=EXPLICIT_APPROVE+EXPLICIT_REJECT" },
        { { REJECT, CONTINUE, CONTINUE }, "rejected phase=1 summary=EXPLICIT_REJECT" },
        { { CONTINUE, REJECT, APPROVE }, "rejected phase=1 summary=EXPLICIT_APPROVE+EXPLICIT_REJECT" },
        { { REJECT, REJECT, REJECT }, "rejected phase=1 summary=EXPLICIT_REJECT" },
};

static void reject_beats_continue_beats_approve(void) {
        Attributes g = group("g", HA_GS_1_PHASE);
        Cast c = cast(3, &g);

        for (size_t i = 0; i < sizeof(ballots) / sizeof(*ballots); i++) {
                const Ballot *b = &ballots[i];

                printf("ballot %zu\n", i);
                ok(send_text(c.seat[0], HA_GS_N_PHASE, 0, "m"));
                everyone(&c, "n-phase PROVIDER_MESSAGE phase=1");
                for (int k = 0; k < 3; k++)
                        ok(vote(c.seat[k], b->votes[k]));
                everyone(&c, b->result);
                if (*b->result != 'n')
                        continue;
                vote_all(&c, APPROVE);
                everyone(&c, "approved PROVIDER_MESSAGE phase=2 summary=EXPLICIT_APPROVE");
        }
}

static void a_phase_ends_when_all_have_voted(void) {
        Cast c = voting(3, APPROVE);

        ok(vote(c.seat[0], REJECT));
        quiet_cast(&c);
        ok(vote(c.seat[2], CONTINUE));
        quiet_cast(&c);
        ok(vote(c.seat[1], APPROVE));
        everyone(&c, "rejected PROVIDER_MESSAGE phase=1");
}

static void a_death_ends_the_wait_for_a_vote(void) {
        Cast c = voting(3, APPROVE);

        ok(vote(c.seat[0], APPROVE));
        ok(vote(c.seat[2], APPROVE));
        quiet_cast(&c);
        cast_kill(&c, 1);
        everyone(&c, "approved PROVIDER_MESSAGE phase=1 "
                     "summary=EXPLICIT_APPROVE+DEFAULT_APPROVE+PROVIDER_FAILED");
        everyone(&c, "approved FAILURE_LEAVE");
}

/* ---- the default vote ---- */

static void the_default_vote_is_the_groups(void) {
        Cast c = voting(2, REJECT);

        cast_kill(&c, 1);
        ok(vote(c.seat[0], APPROVE));
        everyone(&c, "rejected PROVIDER_MESSAGE summary=EXPLICIT_APPROVE+DEFAULT_REJECT+PROVIDER_FAILED");
        everyone(&c, "approved FAILURE_LEAVE");
}

static void a_default_vote_is_approve_or_reject(void) {
        Cast c = voting(2, APPROVE);

        returns(HA_GS_BAD_PARAMETER, vote_with(c.seat[0], APPROVE, NULL, NULL, CONTINUE));
        returns(HA_GS_BAD_PARAMETER, vote_with(c.seat[0], APPROVE, NULL, NULL, (ha_gs_vote_value_t) 4));
        vote_all(&c, APPROVE);
        everyone(&c, "approved PROVIDER_MESSAGE");
}

static void a_vote_may_set_another_default(void) {
        Cast c = voting(2, APPROVE);

        ok(vote_with(c.seat[0], APPROVE, NULL, NULL, REJECT));
        cast_kill(&c, 1);
        everyone(&c, "rejected PROVIDER_MESSAGE summary=EXPLICIT_APPROVE+DEFAULT_REJECT+PROVIDER_FAILED");
        everyone(&c, "approved FAILURE_LEAVE");
}

static void a_default_of_null_keeps_the_previous_one(void) {
        Cast c = voting(2, APPROVE);

        ok(vote_with(c.seat[0], CONTINUE, NULL, NULL, REJECT));
        ok(vote(c.seat[1], APPROVE));
        everyone(&c, "n-phase PROVIDER_MESSAGE phase=2");
        ok(vote_with(c.seat[0], APPROVE, NULL, NULL, NONE));
        cast_kill(&c, 1);
        everyone(&c, "rejected PROVIDER_MESSAGE phase=2 "
                     "summary=EXPLICIT_APPROVE+DEFAULT_REJECT+PROVIDER_FAILED");
        everyone(&c, "approved FAILURE_LEAVE");
}

static void a_new_default_replaces_the_previous_one(void) {
        Cast c = voting(2, APPROVE);

        ok(vote_with(c.seat[0], CONTINUE, NULL, NULL, REJECT));
        ok(vote(c.seat[1], APPROVE));
        everyone(&c, "n-phase PROVIDER_MESSAGE phase=2");
        ok(vote_with(c.seat[0], APPROVE, NULL, NULL, APPROVE));
        cast_kill(&c, 1);
        everyone(&c, "approved PROVIDER_MESSAGE phase=2 "
                     "summary=EXPLICIT_APPROVE+DEFAULT_APPROVE+PROVIDER_FAILED");
        everyone(&c, "approved FAILURE_LEAVE");
}

static void of_two_new_defaults_reject_wins(void) {
        for (int first = 0; first < 2; first++) {
                Attributes g = group(first ? "h" : "g", HA_GS_1_PHASE);
                Cast c = cast(3, &g);

                ok(send_text(c.seat[0], HA_GS_N_PHASE, 0, "m"));
                everyone(&c, "n-phase PROVIDER_MESSAGE");
                ok(vote_with(c.seat[first], APPROVE, NULL, NULL, APPROVE));
                ok(vote_with(c.seat[!first], APPROVE, NULL, NULL, REJECT));
                cast_kill(&c, 2);
                everyone(&c, "rejected PROVIDER_MESSAGE "
                             "summary=EXPLICIT_APPROVE+DEFAULT_REJECT+PROVIDER_FAILED");
                everyone(&c, "approved FAILURE_LEAVE");
        }
}

static void the_groups_default_is_back_in_the_next_protocol(void) {
        Cast c = voting(2, APPROVE);

        ok(vote_with(c.seat[0], APPROVE, NULL, NULL, REJECT));
        ok(vote(c.seat[1], APPROVE));
        everyone(&c, "approved PROVIDER_MESSAGE");
        ok(send_text(c.seat[0], HA_GS_N_PHASE, 0, "m"));
        everyone(&c, "n-phase PROVIDER_MESSAGE");
        cast_kill(&c, 1);
        ok(vote(c.seat[0], APPROVE));
        everyone(&c, "approved PROVIDER_MESSAGE summary=EXPLICIT_APPROVE+DEFAULT_APPROVE+PROVIDER_FAILED");
        everyone(&c, "approved FAILURE_LEAVE");
}

/* Provider 2 of 3 ends, and never has to be waited for again in this protocol. */
static void default_in_every_later_phase(void (*end)(Seat s), const char *reason) {
        Cast c = voting(3, APPROVE);

        end(c.seat[1]);
        cast_drop(&c, 1);
        vote_all(&c, CONTINUE);
        everyone(&c, "n-phase PROVIDER_MESSAGE phase=2 summary=DEFAULT_APPROVE+PROVIDER_FAILED "
                     "members=1/5,2/5,3/5");
        vote_all(&c, CONTINUE);
        everyone(&c, "n-phase PROVIDER_MESSAGE phase=3 summary=DEFAULT_APPROVE+PROVIDER_FAILED");
        ok(vote_with(c.seat[0], APPROVE, NULL, NULL, REJECT));
        ok(vote(c.seat[2], APPROVE));
        everyone(&c, "rejected PROVIDER_MESSAGE phase=3 "
                     "summary=EXPLICIT_APPROVE+DEFAULT_REJECT+PROVIDER_FAILED members=1/5,2/5,3/5");
        everyone(&c, words("approved FAILURE_LEAVE changing=2/5 leaves=%s members=1/5,3/5", reason));
}

static void end_by_death(Seat s) {
        actor_kill(s.actor);
}

static void end_by_goodbye(Seat s) {
        ok(goodbye(s));
}

static void the_default_stands_for_the_dead_in_every_later_phase(void) {
        default_in_every_later_phase(end_by_death, "PROVIDER_FAILURE");
}

static void the_default_stands_for_who_said_goodbye(void) {
        default_in_every_later_phase(end_by_goodbye, "PROVIDER_SAID_GOODBYE");
}

static void a_vote_that_was_given_stands(void) {
        Cast c = voting(2, APPROVE);

        ok(vote(c.seat[1], REJECT));
        quiet(c.seat[1].actor);
        cast_kill(&c, 1);
        ok(vote(c.seat[0], APPROVE));
        everyone(&c, "rejected PROVIDER_MESSAGE summary=EXPLICIT_APPROVE+EXPLICIT_REJECT");
        everyone(&c, "approved FAILURE_LEAVE");
}

static void so_does_an_approval_where_the_default_is_reject(void) {
        Cast c = voting(2, REJECT);

        ok(vote(c.seat[1], APPROVE));
        quiet(c.seat[1].actor);
        cast_kill(&c, 1);
        quiet_cast(&c);
        ok(vote(c.seat[0], APPROVE));
        everyone(&c, "approved PROVIDER_MESSAGE summary=EXPLICIT_APPROVE");
        everyone(&c, "approved FAILURE_LEAVE");
}

static void a_vote_before_goodbye_stands(void) {
        Cast c = voting(2, APPROVE);

        ok(vote(c.seat[1], REJECT));
        ok(goodbye(c.seat[1]));
        cast_drop(&c, 1);
        ok(vote(c.seat[0], APPROVE));
        everyone(&c, "rejected PROVIDER_MESSAGE summary=EXPLICIT_APPROVE+EXPLICIT_REJECT");
        everyone(&c, "approved FAILURE_LEAVE leaves=PROVIDER_SAID_GOODBYE");
}

static void rejected_by_default_then_the_failure_leave(void) {
        Attributes g = group("g", HA_GS_N_PHASE);
        Cast c;

        g.gs_group_default_vote = REJECT;
        c = cast(3, &g);
        ok(change_state(c.seat[0], HA_GS_N_PHASE, 0, "x"));
        everyone(&c, "n-phase STATE_VALUE_CHANGE");
        cast_kill(&c, 2);
        vote_all(&c, APPROVE);
        everyone(&c, "rejected STATE_VALUE_CHANGE summary=EXPLICIT_APPROVE+DEFAULT_REJECT+PROVIDER_FAILED "
                     "state=-");
        everyone(&c, "n-phase FAILURE_LEAVE changing=3/5");
        vote_all(&c, APPROVE);
        everyone(&c, "approved FAILURE_LEAVE members=1/5,2/5");
}

STORIES("test-3.3-votes", CASE("3.3-01", all_hear_each_phase_with_its_number_and_limit),
                CASE("3.3-02", a_vote_is_given_once_a_phase),
                CASE("3.3-03", a_vote_may_be_given_inside_the_callback),
                CASE("3.3-05", reject_beats_continue_beats_approve),
                CASE("3.3-06", the_votes_decide_how_many_phases_there_are),
                CASE("3.3-07", a_phase_ends_when_all_have_voted),
                CASE("3.3-07b", a_death_ends_the_wait_for_a_vote),
                CASE("3.3-08", a_default_vote_is_approve_or_reject),
                CASE("3.3-09", the_default_vote_is_the_groups),
                CASE("3.3-10", a_vote_may_set_another_default),
                CASE("3.3-11", a_default_of_null_keeps_the_previous_one),
                CASE("3.3-11b", a_new_default_replaces_the_previous_one),
                CASE("3.3-12", of_two_new_defaults_reject_wins),
                CASE("3.3-13", the_groups_default_is_back_in_the_next_protocol),
                CASE("3.3-15", the_default_stands_for_the_dead_in_every_later_phase),
                CASE("3.3-15b", the_default_stands_for_who_said_goodbye),
                CASE("3.3-16", a_vote_that_was_given_stands), CASE("3.3-16b", a_vote_before_goodbye_stands),
                CASE("3.3-16c", so_does_an_approval_where_the_default_is_reject),
                CASE("3.3-17", rejected_by_default_then_the_failure_leave));
