/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* gsapi.md 3.4: who fails while a protocol runs. */

#include "story.h"

#define APPROVE HA_GS_VOTE_APPROVE
#define CONTINUE HA_GS_VOTE_CONTINUE
#define REJECT HA_GS_VOTE_REJECT

typedef ha_gs_group_attributes_t Attributes;

static void one_phase_reaches_the_survivors(void) {
        Attributes g = group("g", HA_GS_1_PHASE);
        Cast c = cast(3, &g);

        /* Frozen, one hears nothing; the others do, and go on when he is dead. */
        actor_freeze(c.seat[2].actor);
        ok(send_text(c.seat[0], HA_GS_1_PHASE, 0, "m"));
        expect(c.seat[0], "approved PROVIDER_MESSAGE");
        expect(c.seat[1], "approved PROVIDER_MESSAGE");
        cast_kill(&c, 2);
        everyone(&c, "approved FAILURE_LEAVE changing=3/5");
        ok(send_text(c.seat[0], HA_GS_1_PHASE, 0, "n"));
        everyone(&c, "approved PROVIDER_MESSAGE message=\"n\"");
}

static void the_failed_are_in_the_list_until_their_leave_is_approved(void) {
        Attributes g = group("g", HA_GS_N_PHASE);
        Cast c = cast(3, &g);

        ok(send_text(c.seat[0], HA_GS_N_PHASE, 0, "m"));
        everyone(&c, "n-phase PROVIDER_MESSAGE members=1/5,2/5,3/5");
        cast_kill(&c, 2);
        vote_all(&c, CONTINUE);
        everyone(&c, "n-phase PROVIDER_MESSAGE phase=2 members=1/5,2/5,3/5");
        vote_all(&c, APPROVE);
        everyone(&c, "approved PROVIDER_MESSAGE members=1/5,2/5,3/5");
        everyone(&c, "n-phase FAILURE_LEAVE phase=1 members=1/5,2/5,3/5");
        vote_all(&c, CONTINUE);
        everyone(&c, "n-phase FAILURE_LEAVE phase=2 members=1/5,2/5,3/5");
        vote_all(&c, APPROVE);
        everyone(&c, "approved FAILURE_LEAVE members=1/5,2/5");
}

static void the_protocol_goes_on_without_its_proposer(void) {
        Attributes g = group("g", HA_GS_1_PHASE);
        Cast c = cast(3, &g);

        ok(change_state(c.seat[0], HA_GS_N_PHASE, 0, "s"));
        everyone(&c, "n-phase STATE_VALUE_CHANGE by=1/5");
        cast_kill(&c, 0);
        vote_all(&c, CONTINUE);
        everyone(&c, "n-phase STATE_VALUE_CHANGE phase=2 by=1/5 proposed=\"s\"");
        vote_all(&c, APPROVE);
        everyone(&c, "approved STATE_VALUE_CHANGE by=1/5 state=\"s\"");
        everyone(&c, "approved FAILURE_LEAVE changing=1/5");
}

static void a_joiner_who_fails_is_approved_and_leaves(void) {
        Attributes g = group("g", HA_GS_N_PHASE);
        Cast c = cast(2, &g);
        Seat s = join(client(), &g, 3);

        everyone(&c, "n-phase JOIN changing=3/5");
        expect(s, "n-phase JOIN");
        actor_kill(s.actor);
        vote_all(&c, APPROVE);
        everyone(&c, "approved JOIN members=1/5,2/5,3/5 "
                     "summary=EXPLICIT_APPROVE+DEFAULT_APPROVE+PROVIDER_FAILED");
        everyone(&c, "n-phase FAILURE_LEAVE changing=3/5 leaves=PROVIDER_FAILURE");
        vote_all(&c, APPROVE);
        everyone(&c, "approved FAILURE_LEAVE members=1/5,2/5");
}

static void a_joiner_who_fails_may_be_rejected_by_default(void) {
        Attributes g = group("g", HA_GS_N_PHASE);
        Seat s;
        Cast c;

        g.gs_group_default_vote = REJECT;
        c = cast(1, &g);
        s = join(client(), &g, 2);
        everyone(&c, "n-phase JOIN");
        expect(s, "n-phase JOIN");
        actor_kill(s.actor);
        vote_all(&c, APPROVE);
        everyone(&c, "rejected JOIN members=1/5 summary=EXPLICIT_APPROVE+DEFAULT_REJECT+PROVIDER_FAILED");
}

static void failures_during_a_failure_leave_are_taken_together_next(void) {
        Attributes g = group("g", HA_GS_N_PHASE);
        Cast c = cast(4, &g);

        cast_kill(&c, 3);
        everyone(&c, "n-phase FAILURE_LEAVE changing=4/5");
        cast_kill(&c, 1);
        cast_kill(&c, 2);
        vote_all(&c, APPROVE);
        everyone(&c, "approved FAILURE_LEAVE changing=4/5 members=1/5,2/5,3/5");
        everyone(&c, "n-phase FAILURE_LEAVE members=1/5,2/5,3/5 leaves=PROVIDER_FAILURE,PROVIDER_FAILURE");
        vote_all(&c, APPROVE);
        everyone(&c, "approved FAILURE_LEAVE members=1/5");
}

static void when_all_voters_are_gone_the_group_dissolves(void) {
        Attributes g = group("g", HA_GS_N_PHASE);
        Cast c = cast(1, &g);
        Seat w = subscribe(client(), g.gs_group_name, HA_GS_SUBSCRIBE_STATE_AND_MEMBERSHIP);

        expect(w, "subscription STATE+MEMBERSHIP");
        ok(change_state(c.seat[0], HA_GS_N_PHASE, 0, "s"));
        everyone(&c, "n-phase STATE_VALUE_CHANGE");
        cast_kill(&c, 0);
        expect(w, "subscription DELTA_LEAVE+MEMBERSHIP members=- changing=1/5");
        expect(w, "subscription DISSOLVED");
}

static void who_waits_then_founds_the_group_anew(void) {
        Attributes g = group("g", HA_GS_N_PHASE);
        Cast c = cast(1, &g);
        Seat s;

        ok(change_state(c.seat[0], HA_GS_1_PHASE, 0, "old"));
        everyone(&c, "approved STATE_VALUE_CHANGE");
        ok(send_text(c.seat[0], HA_GS_N_PHASE, 0, "m"));
        everyone(&c, "n-phase PROVIDER_MESSAGE");
        s = join(client(), &g, 2);
        quiet(s.actor);
        cast_kill(&c, 0);
        expect(s, "n-phase JOIN members=- changing=2/5 state=-");
        ok(vote(s, APPROVE));
        expect(s, "approved JOIN members=2/5 state=-");
}

/* The group had changed its attributes when its last provider went; whoever waited gives the ones it has. */
static void who_founds_it_gives_attributes_of_his_own(void) {
        Attributes g = group("g", HA_GS_N_PHASE), other = g;
        Cast c = cast(2, &g);
        Seat s, t;

        other.gs_client_version = 2;
        ok(change_attributes(c.seat[0], HA_GS_N_PHASE, 0, &other));
        everyone(&c, "n-phase GROUP_ATTRIBUTE_CHANGE");
        s = join(client(), &g, 3);
        quiet(s.actor);
        cast_kill(&c, 1);
        vote_all(&c, APPROVE);
        everyone(&c, "approved GROUP_ATTRIBUTE_CHANGE");
        everyone(&c, "n-phase FAILURE_LEAVE changing=2/5");
        cast_kill(&c, 0);
        expect(s, "n-phase JOIN members=- changing=3/5");
        ok(vote(s, APPROVE));
        expect(s, "approved JOIN members=3/5");
        t = join(client(), &other, 4);
        expect(t, "error JOIN code=BAD_GROUP_ATTRIBUTES");
}

/* Who has said goodbye, and dies before the group has been told. */
static void the_first_reason_stays(void) {
        Attributes g = group("g", HA_GS_1_PHASE);
        Cast c = cast(2, &g);

        ok(send_text(c.seat[0], HA_GS_N_PHASE, 0, "m"));
        everyone(&c, "n-phase PROVIDER_MESSAGE");
        ok(goodbye(c.seat[1]));
        cast_kill(&c, 1);
        quiet_cast(&c);
        vote_all(&c, APPROVE);
        everyone(&c, "approved PROVIDER_MESSAGE");
        everyone(&c, "approved FAILURE_LEAVE changing=2/5 leaves=PROVIDER_SAID_GOODBYE");
}

/* Targets that are to be cast out and fail before that: they have failed. */
static void who_is_to_be_cast_out_may_fail_first(void) {
        Attributes s = group("s", HA_GS_1_PHASE), t = group("t", HA_GS_1_PHASE);
        Cast source = cast(1, &s), c;

        t.gs_source_group_name = s.gs_group_name;
        c = cast(2, &t);
        ok(send_text(c.seat[0], HA_GS_N_PHASE, 0, "m"));
        everyone(&c, "n-phase PROVIDER_MESSAGE");
        ok(leave(source.seat[0], HA_GS_1_PHASE, 0, 0));
        everyone(&source, "approved LEAVE");
        cast_kill(&c, 1);
        quiet_cast(&c);
        vote_all(&c, APPROVE);
        everyone(&c, "approved PROVIDER_MESSAGE");
        everyone(&c, "approved CAST_OUT changing=1/5 members=2/5 leaves=SOURCE_PROVIDER_LEAVE");
}

/* A process that stops is no failure; one whose descriptor is closed is. */
static void a_stopped_process_has_not_failed(void) {
        Attributes g = group("g", HA_GS_1_PHASE);
        Cast c = cast(2, &g);

        actor_freeze(c.seat[1].actor);
        for (int i = 0; i < 3; i++) {
                ok(send_text(c.seat[0], HA_GS_1_PHASE, 0, "m"));
                expect(c.seat[0], "approved PROVIDER_MESSAGE members=1/5,2/5");
        }
        actor_thaw(c.seat[1].actor);
        for (int i = 0; i < 3; i++)
                expect(c.seat[1], "approved PROVIDER_MESSAGE members=1/5,2/5");
}

STORIES("test-3.4-failures", CASE("3.4-01", one_phase_reaches_the_survivors),
                CASE("3.4-03", the_failed_are_in_the_list_until_their_leave_is_approved),
                CASE("3.4-04", the_protocol_goes_on_without_its_proposer),
                CASE("3.4-05", a_joiner_who_fails_is_approved_and_leaves),
                CASE("3.4-05b", a_joiner_who_fails_may_be_rejected_by_default),
                CASE("3.4-06", failures_during_a_failure_leave_are_taken_together_next),
                CASE("3.4-08", a_stopped_process_has_not_failed),
                CASE("3.4-10", when_all_voters_are_gone_the_group_dissolves),
                CASE("3.4-11", who_waits_then_founds_the_group_anew),
                CASE("3.4-11b", who_founds_it_gives_attributes_of_his_own),
                CASE("3.4-12", the_first_reason_stays),
                CASE("3.4-13", who_is_to_be_cast_out_may_fail_first));
