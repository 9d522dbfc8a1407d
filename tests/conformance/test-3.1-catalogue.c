/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* gsapi.md 3.1 and 3.2: the protocols: who starts them, who votes, what collides, what can be rejected. */

#include <stdio.h>

#include "story.h"

typedef ha_gs_group_attributes_t Attributes;

/* ---- those of Group Services ---- */

static void a_join_is_voted_on_by_providers_and_joiner(void) {
        Attributes g = group("g", HA_GS_N_PHASE);
        Cast c = cast(2, &g);
        Seat s = join(client(), &g, 3);

        everyone(&c, "n-phase JOIN phases=n phase=1 by=0/0 changed=PROPOSED_MEMBERSHIP members=1/5,2/5 "
                     "changing=3/5");
        expect(s, "n-phase JOIN phases=n phase=1 by=0/0 changed=PROPOSED_MEMBERSHIP members=1/5,2/5 "
                  "changing=3/5");
        vote_all(&c, HA_GS_VOTE_APPROVE);
        quiet_cast(&c);
        ok(vote(s, HA_GS_VOTE_CONTINUE));
        everyone(&c, "n-phase JOIN phase=2 changed=ONGOING_MEMBERSHIP members=1/5,2/5 changing=3/5");
        expect(s, "n-phase JOIN phase=2");
        ok(vote(s, HA_GS_VOTE_APPROVE));
        ok(vote(c.seat[0], HA_GS_VOTE_APPROVE));
        quiet(s.actor);
        ok(vote(c.seat[1], HA_GS_VOTE_APPROVE));
        everyone(&c, "approved JOIN phase=2 changed=UPDATED_MEMBERSHIP members=1/5,2/5,3/5");
        expect(s, "approved JOIN phase=2 changed=UPDATED_MEMBERSHIP members=1/5,2/5,3/5");
}

static void a_rejected_joiner_stays_out(void) {
        Attributes g = group("g", HA_GS_N_PHASE);
        Cast c = cast(1, &g);
        Seat s = join(client(), &g, 2);

        everyone(&c, "n-phase JOIN");
        expect(s, "n-phase JOIN");
        vote_all(&c, HA_GS_VOTE_REJECT);
        ok(vote(s, HA_GS_VOTE_APPROVE));
        everyone(&c, "rejected JOIN by=0/0 changed=REJECTED_MEMBERSHIP members=1/5 changing=2/5");
        expect(s, "rejected JOIN changed=REJECTED_MEMBERSHIP members=1/5 changing=2/5");
        quiet(s.actor);
        ok(send_text(c.seat[0], HA_GS_1_PHASE, 0, "m"));
        everyone(&c, "approved PROVIDER_MESSAGE members=1/5");
        quiet(s.actor);
}

static void a_joiner_can_reject_himself(void) {
        Attributes g = group("g", HA_GS_N_PHASE);
        Cast c = cast(1, &g);
        Seat s = join(client(), &g, 2);

        everyone(&c, "n-phase JOIN");
        expect(s, "n-phase JOIN");
        vote_all(&c, HA_GS_VOTE_APPROVE);
        ok(vote(s, HA_GS_VOTE_REJECT));
        everyone(&c, "rejected JOIN");
        expect(s, "rejected JOIN");
}

static void joins_are_queued(void) {
        Attributes g = group("g", HA_GS_1_PHASE);
        Cast c = cast(1, &g);
        Seat s;

        ok(send_text(c.seat[0], HA_GS_N_PHASE, 0, "m"));
        everyone(&c, "n-phase PROVIDER_MESSAGE");
        s = join(client(), &g, 2);
        quiet(s.actor);
        vote_all(&c, HA_GS_VOTE_APPROVE);
        everyone(&c, "approved PROVIDER_MESSAGE members=1/5");
        everyone(&c, "approved JOIN members=1/5,2/5");
        expect(s, "approved JOIN members=1/5,2/5");
}

/* `end` ends instance 3 of 3. */
static void failure(void (*end)(Seat s), const char *reason) {
        Attributes g = group("g", HA_GS_N_PHASE);
        Cast c = cast(3, &g);

        end(c.seat[2]);
        cast_drop(&c, 2);
        everyone(&c, words("n-phase FAILURE_LEAVE by=0/0 members=1/5,2/5,3/5 changing=3/5 leaves=%s "
                           "changed=PROPOSED_MEMBERSHIP",
                                     reason));
        ok(vote(c.seat[0], HA_GS_VOTE_APPROVE));
        quiet_cast(&c);
        ok(vote(c.seat[1], HA_GS_VOTE_APPROVE));
        everyone(&c, words("approved FAILURE_LEAVE members=1/5,2/5 changing=3/5 leaves=%s "
                           "changed=UPDATED_MEMBERSHIP",
                                     reason));
}

static void end_by_death(Seat s) {
        actor_kill(s.actor);
}

static void end_by_goodbye(Seat s) {
        ok(goodbye(s));
        quiet(s.actor);
}

static void end_by_quit(Seat s) {
        quit(s.actor);
}

static void a_death_is_a_failure_leave(void) {
        failure(end_by_death, "PROVIDER_FAILURE");
}

static void goodbye_is_a_failure_leave(void) {
        failure(end_by_goodbye, "PROVIDER_SAID_GOODBYE");
}

static void quit_is_a_failure_leave(void) {
        failure(end_by_quit, "PROVIDER_FAILURE");
}

static void a_rejected_failure_leave_leaves_nobody_in(void) {
        Attributes g = group("g", HA_GS_N_PHASE);
        Cast c = cast(3, &g);

        cast_kill(&c, 2);
        everyone(&c, "n-phase FAILURE_LEAVE");
        ok(vote_with(c.seat[0], HA_GS_VOTE_REJECT, "dropped", NULL, HA_GS_NULL_VOTE));
        ok(vote(c.seat[1], HA_GS_VOTE_APPROVE));
        everyone(&c, "approved FAILURE_LEAVE summary=EXPLICIT_APPROVE+EXPLICIT_REJECT members=1/5,2/5 "
                     "state=-");
}

/* ---- proposals ---- */

typedef struct Kind {
        const char *name;
        ha_gs_rc_t (*propose)(const Cast *c, ha_gs_num_phases_t phases);
        bool changes_membership;
} Kind;

/* All are made by the second of a cast of 3, of this group; the third is whom it expels. */
static Attributes of_group;

static ha_gs_rc_t propose_leave(const Cast *c, ha_gs_num_phases_t phases) {
        return leave(c->seat[1], phases, 33, 7);
}

static ha_gs_rc_t propose_expel(const Cast *c, ha_gs_num_phases_t phases) {
        return expel(c->seat[1], phases, 33, c->seat[2]);
}

static ha_gs_rc_t propose_state(const Cast *c, ha_gs_num_phases_t phases) {
        return change_state(c->seat[1], phases, 33, "s");
}

static ha_gs_rc_t propose_message(const Cast *c, ha_gs_num_phases_t phases) {
        return send_text(c->seat[1], phases, 33, "m");
}

static ha_gs_rc_t propose_attributes(const Cast *c, ha_gs_num_phases_t phases) {
        Attributes g = of_group;

        g.gs_client_version = 2;
        return change_attributes(c->seat[1], phases, 33, &g);
}

static const Kind kinds[] = {
        { "LEAVE", propose_leave, true },
        { "EXPEL", propose_expel, true },
        { "STATE_VALUE_CHANGE", propose_state, false },
        { "PROVIDER_MESSAGE", propose_message, false },
        { "GROUP_ATTRIBUTE_CHANGE", propose_attributes, false },
};
#define N_KINDS (sizeof(kinds) / sizeof(*kinds))

/* Who votes, of the cast, in a protocol of that kind. */
static int voters(const Kind *k) {
        return k->propose == propose_expel ? 2 : 3;
}

static void proposals_take_phases_and_limit_from_the_request(void) {
        for (size_t i = 0; i < N_KINDS; i++) {
                Cast c;

                of_group = group(kinds[i].name, HA_GS_1_PHASE);
                c = cast(3, &of_group);
                ok(kinds[i].propose(&c, HA_GS_N_PHASE));
                everyone(&c, words("n-phase %s phases=n phase=1 limit=33 by=2/5 members=1/5,2/5,3/5",
                                             kinds[i].name));
                for (int v = 0; v < voters(&kinds[i]); v++) {
                        quiet_cast(&c);
                        ok(vote(c.seat[v], HA_GS_VOTE_APPROVE));
                }
                everyone(&c, words("approved %s phases=n phase=1 by=2/5", kinds[i].name));
                if (!kinds[i].changes_membership) {
                        ok(kinds[i].propose(&c, HA_GS_1_PHASE));
                        everyone(&c, words("approved %s phases=1 phase=0 by=2/5", kinds[i].name));
                }
                quiet_cast(&c);
        }
}

static void a_rejected_proposal_changes_nothing(void) {
        Attributes g = group("g", HA_GS_1_PHASE);
        Cast c = cast(3, &g);
        Seat s;

        of_group = g;
        for (size_t i = 0; i < N_KINDS; i++) {
                ok(kinds[i].propose(&c, HA_GS_N_PHASE));
                everyone(&c, words("n-phase %s", kinds[i].name));
                for (int v = 0; v < voters(&kinds[i]); v++)
                        ok(vote(c.seat[v], v == 0 ? HA_GS_VOTE_REJECT : HA_GS_VOTE_APPROVE));
                everyone(&c, words("rejected %s members=1/5,2/5,3/5 state=-", kinds[i].name));
        }
        s = join(client(), &g, 4);
        expect(s, "approved JOIN members=1/5,2/5,3/5,4/5 state=-");
        everyone(&c, "approved JOIN members=1/5,2/5,3/5,4/5");
}

static void the_expelled_does_not_vote(void) {
        Attributes g = group("g", HA_GS_1_PHASE);
        Cast c = cast(3, &g);

        ok(expel(c.seat[0], HA_GS_N_PHASE, 0, c.seat[2]));
        everyone(&c, "n-phase EXPEL");
        returns(HA_GS_VOTE_NOT_EXPECTED, vote(c.seat[2], HA_GS_VOTE_REJECT));
        ok(vote(c.seat[0], HA_GS_VOTE_APPROVE));
        ok(vote(c.seat[1], HA_GS_VOTE_APPROVE));
        everyone(&c, "approved EXPEL members=1/5,2/5");
}

/* The proposer has seen the running protocol, or has not: it is refused at once, or later. */
static void proposals_collide(void) {
        Attributes g = group("g", HA_GS_1_PHASE);
        Cast c = cast(3, &g);

        of_group = g;
        ok(send_text(c.seat[0], HA_GS_N_PHASE, 0, "m"));
        everyone(&c, "n-phase PROVIDER_MESSAGE");
        for (size_t i = 0; i < N_KINDS; i++) {
                printf("%s\n", kinds[i].name);
                returns(HA_GS_COLLIDE, kinds[i].propose(&c, HA_GS_N_PHASE));
                returns(HA_GS_COLLIDE, kinds[i].propose(&c, HA_GS_1_PHASE));
        }
        vote_all(&c, HA_GS_VOTE_APPROVE);
        everyone(&c, "approved PROVIDER_MESSAGE");

        actor_deafen(c.seat[1].actor, true);
        ok(send_text(c.seat[0], HA_GS_N_PHASE, 0, "m"));
        expect(c.seat[0], "n-phase PROVIDER_MESSAGE");
        expect(c.seat[2], "n-phase PROVIDER_MESSAGE");
        for (size_t i = 0; i < N_KINDS; i++)
                ok(kinds[i].propose(&c, HA_GS_N_PHASE));
        actor_deafen(c.seat[1].actor, false);
        expect(c.seat[1], "n-phase PROVIDER_MESSAGE");
        for (size_t i = 0; i < N_KINDS; i++)
                expect(c.seat[1], words("error %s code=COLLIDE", kinds[i].name));

        /* Nothing of that waits. */
        vote_all(&c, HA_GS_VOTE_APPROVE);
        everyone(&c, "approved PROVIDER_MESSAGE");
        quiet_cast(&c);
        ok(send_text(c.seat[1], HA_GS_1_PHASE, 0, "again"));
        everyone(&c, "approved PROVIDER_MESSAGE message=\"again\"");
}

static void nothing_else_collides(void) {
        Attributes g = group("g", HA_GS_1_PHASE);
        Cast c = cast(2, &g);
        Seat s, w;

        ok(send_text(c.seat[0], HA_GS_N_PHASE, 0, "m"));
        everyone(&c, "n-phase PROVIDER_MESSAGE");
        s = join(c.seat[0].actor, &g, 3);
        w = subscribe(c.seat[0].actor, g.gs_group_name, HA_GS_SUBSCRIBE_MEMBERSHIP);
        expect(w, "subscription MEMBERSHIP members=1/5,2/5");
        ok(unsubscribe(w));
        ok(goodbye(c.seat[1]));
        cast_drop(&c, 1);
        vote_all(&c, HA_GS_VOTE_APPROVE);
        everyone(&c, "approved PROVIDER_MESSAGE");
        everyone(&c, "approved FAILURE_LEAVE leaves=PROVIDER_SAID_GOODBYE members=1/5");
        everyone(&c, "approved JOIN members=1/5,3/5");
        expect(s, "approved JOIN members=1/5,3/5");
}

/* ---- one phase ---- */

static void one_phase_is_approved_without_a_vote(void) {
        for (size_t i = 0; i < N_KINDS; i++) {
                Cast c;

                of_group = group(kinds[i].name, HA_GS_1_PHASE);
                c = cast(3, &of_group);
                ok(kinds[i].propose(&c, HA_GS_1_PHASE));
                everyone(&c, words("approved %s phases=1 phase=0 by=2/5", kinds[i].name));
                returns(HA_GS_VOTE_NOT_EXPECTED, vote(c.seat[0], HA_GS_VOTE_REJECT));
                quiet_cast(&c);
        }
}

STORIES("test-3.1-catalogue", CASE("3.1-01", a_join_is_voted_on_by_providers_and_joiner),
                CASE("3.1-01b", a_joiner_can_reject_himself), CASE("3.1-02", joins_are_queued),
                CASE("3.1-03", a_rejected_joiner_stays_out), CASE("3.1-04", a_death_is_a_failure_leave),
                CASE("3.1-05", a_rejected_failure_leave_leaves_nobody_in),
                CASE("3.1-10", proposals_take_phases_and_limit_from_the_request),
                CASE("3.1-11", the_expelled_does_not_vote),
                CASE("3.1-12", a_rejected_proposal_changes_nothing),
                CASE("3.1-14", goodbye_is_a_failure_leave), CASE("3.1-15", quit_is_a_failure_leave),
                CASE("3.1-16", proposals_collide), CASE("3.1-17", nothing_else_collides),
                CASE("3.2-01", one_phase_is_approved_without_a_vote));
