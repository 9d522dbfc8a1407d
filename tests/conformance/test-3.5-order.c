/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* gsapi.md 3.5 and 3.6: which protocol runs next, and what is batched. */

#include "story.h"

#define APPROVE HA_GS_VOTE_APPROVE

typedef ha_gs_group_attributes_t Attributes;

/* ---- order ---- */

/* While a protocol runs in it, a target's source changes, somebody wants to join it, and one of it fails. */
static void failures_then_joins_then_reflections(void) {
        Attributes s = group("s", HA_GS_1_PHASE), t = group("t", HA_GS_1_PHASE);
        Cast source = cast(1, &s), c;
        Seat joiner;

        t.gs_source_group_name = s.gs_group_name;
        c = cast(3, &t);
        ok(send_text(c.seat[0], HA_GS_N_PHASE, 0, "m"));
        everyone(&c, "n-phase PROVIDER_MESSAGE");
        ok(change_state(source.seat[0], HA_GS_1_PHASE, 0, "x"));
        everyone(&source, "approved STATE_VALUE_CHANGE");
        joiner = join(client(), &t, 4);
        quiet(joiner.actor);
        ok(goodbye(c.seat[2]));
        cast_drop(&c, 2);
        quiet_cast(&c);
        vote_all(&c, APPROVE);
        everyone(&c, "approved PROVIDER_MESSAGE");
        everyone(&c, "approved FAILURE_LEAVE");
        everyone(&c, "approved JOIN");
        expect(joiner, "approved JOIN members=1/5,2/5,4/5");
        everyone(&c, "approved SOURCE_STATE_REFLECTION");
        expect(joiner, "approved SOURCE_STATE_REFLECTION source=\"x\"");
}

/* The same queue, of protocols that are voted on: a proposal has no place in it. */
static void proposals_come_last_and_collide(void) {
        Attributes s = group("s", HA_GS_1_PHASE), t = group("t", HA_GS_N_PHASE);
        Cast source = cast(1, &s), c;

        t.gs_source_group_name = s.gs_group_name;
        c = cast(3, &t);
        cast_kill(&c, 2);
        everyone(&c, "n-phase FAILURE_LEAVE");
        ok(change_state(source.seat[0], HA_GS_1_PHASE, 0, "x"));
        everyone(&source, "approved STATE_VALUE_CHANGE");
        actor_deafen(c.seat[1].actor, true);
        vote_all(&c, APPROVE);
        expect(c.seat[0], "approved FAILURE_LEAVE");
        expect(c.seat[0], "n-phase SOURCE_STATE_REFLECTION");
        returns(HA_GS_COLLIDE, send_text(c.seat[1], HA_GS_1_PHASE, 0, "m"));
        actor_deafen(c.seat[1].actor, false);
        expect(c.seat[1], "approved FAILURE_LEAVE");
        expect(c.seat[1], "n-phase SOURCE_STATE_REFLECTION");
        returns(HA_GS_COLLIDE, send_text(c.seat[1], HA_GS_1_PHASE, 0, "m"));
        vote_all(&c, APPROVE);
        everyone(&c, "approved SOURCE_STATE_REFLECTION");
        ok(send_text(c.seat[1], HA_GS_1_PHASE, 0, "m"));
        everyone(&c, "approved PROVIDER_MESSAGE");
}

/* Many propose at once: as many as get through run one after the other, each of the others is refused. */
static void of_two_proposals_one_runs(void) {
        Attributes g = group("g", HA_GS_1_PHASE);
        Cast c = cast(2, &g);

        actor_deafen(c.seat[0].actor, true);
        actor_deafen(c.seat[1].actor, true);
        ok(change_state(c.seat[0], HA_GS_N_PHASE, 0, "first"));
        ok(change_state(c.seat[1], HA_GS_N_PHASE, 0, "second"));
        actor_deafen(c.seat[0].actor, false);
        actor_deafen(c.seat[1].actor, false);
        everyone(&c, "n-phase STATE_VALUE_CHANGE");
        vote_all(&c, APPROVE);
        for (int i = 0; i < 2; i++) {
                const char *line = heard(c.seat[i]);

                while (!line)
                        line = expect(c.seat[i], "");
                if (line[0] == 'e') {
                        check(word(line, "code")[0] == 'C');
                        expect(c.seat[i], "approved STATE_VALUE_CHANGE");
                }
        }
}

static void one_phase_proposals_never_collide_with_each_other(void) {
        Attributes g = group("g", HA_GS_1_PHASE);
        Cast c = cast(2, &g);

        for (int i = 0; i < 20; i++) {
                ok(send_text(c.seat[0], HA_GS_1_PHASE, 0, "a"));
                ok(change_state(c.seat[1], HA_GS_1_PHASE, 0, "b"));
        }
        for (int i = 0; i < 40; i++)
                everyone(&c, "approved phases=1");
}

/* ---- batching ---- */

/* A cast of 4 with that batching; while a protocol runs, three want in, and two of it say goodbye. */
static Cast crowd(ha_gs_batch_ctrl_t batch, Seat joiners[3]) {
        Attributes g = group("g", HA_GS_1_PHASE);
        Cast c;

        g.gs_batch_control = batch;
        c = cast_here(4, &g);
        ok(send_text(c.seat[0], HA_GS_N_PHASE, 0, "m"));
        everyone(&c, "n-phase PROVIDER_MESSAGE");
        for (int i = 0; i < 3; i++) {
                joiners[i] = join(client(), &g, (short) (5 + i));
                quiet(joiners[i].actor);
        }
        for (int i = 3; i > 1; i--) {
                ok(goodbye(c.seat[i]));
                cast_drop(&c, i);
        }
        quiet_cast(&c);
        vote_all(&c, APPROVE);
        everyone(&c, "approved PROVIDER_MESSAGE members=1/5,2/5,3/5,4/5");
        return c;
}

static void leaves_together(const Cast *c) {
        everyone(c, "approved FAILURE_LEAVE members=1/5,2/5 changing=4/5,3/5");
}

static void leaves_one_by_one(const Cast *c) {
        everyone(c, "approved FAILURE_LEAVE members=1/5,2/5,3/5 changing=4/5");
        everyone(c, "approved FAILURE_LEAVE members=1/5,2/5 changing=3/5");
}

static void joins_together(const Cast *c, const Seat joiners[3]) {
        everyone(c, "approved JOIN members=1/5,2/5,5/5,6/5,7/5 changing=5/5,6/5,7/5");
        for (int i = 0; i < 3; i++)
                expect(joiners[i], "approved JOIN members=1/5,2/5,5/5,6/5,7/5 changing=5/5,6/5,7/5");
}

static void joins_one_by_one(const Cast *c, const Seat joiners[3]) {
        static const char *const lines[] = {
                "approved JOIN members=1/5,2/5,5/5 changing=5/5",
                "approved JOIN members=1/5,2/5,5/5,6/5 changing=6/5",
                "approved JOIN members=1/5,2/5,5/5,6/5,7/5 changing=7/5",
        };

        for (int i = 0; i < 3; i++) {
                everyone(c, lines[i]);
                for (int k = 0; k <= i; k++)
                        expect(joiners[k], lines[i]);
        }
}

static void both_batched(void) {
        Seat joiners[3];
        Cast c = crowd(HA_GS_BATCH_BOTH, joiners);

        leaves_together(&c);
        joins_together(&c, joiners);
}

static void nothing_batched(void) {
        Seat joiners[3];
        Cast c = crowd(HA_GS_NO_BATCHING, joiners);

        leaves_one_by_one(&c);
        joins_one_by_one(&c, joiners);
}

static void joins_batched(void) {
        Seat joiners[3];
        Cast c = crowd(HA_GS_BATCH_JOINS, joiners);

        leaves_one_by_one(&c);
        joins_together(&c, joiners);
}

static void leaves_batched(void) {
        Seat joiners[3];
        Cast c = crowd(HA_GS_BATCH_LEAVES, joiners);

        leaves_together(&c);
        joins_one_by_one(&c, joiners);
}

static void a_process_with_several_seats_fails_in_one_batch_or_not(void) {
        for (int batched = 0; batched < 2; batched++) {
                Attributes g = group(batched ? "h" : "g", HA_GS_1_PHASE);
                Cast c;
                Actor *a = client();

                g.gs_batch_control = batched ? HA_GS_BATCH_LEAVES : HA_GS_NO_BATCHING;
                c = cast(1, &g);
                enter(a, &c, &g, 2);
                enter(a, &c, &g, 3);
                actor_kill(a);
                if (batched) {
                        expect(c.seat[0], "approved FAILURE_LEAVE changing=2/5,3/5 members=1/5");
                } else {
                        expect(c.seat[0], "approved FAILURE_LEAVE changing=2/5 members=1/5,3/5");
                        expect(c.seat[0], "approved FAILURE_LEAVE changing=3/5 members=1/5");
                }
        }
}

static void failures_and_cast_outs_are_not_mixed(void) {
        Attributes s = group("s", HA_GS_1_PHASE), t = group("t", HA_GS_1_PHASE);
        Cast source = cast(1, &s), c;

        t.gs_source_group_name = s.gs_group_name;
        c = cast(3, &t);
        ok(send_text(c.seat[0], HA_GS_N_PHASE, 0, "m"));
        everyone(&c, "n-phase PROVIDER_MESSAGE");
        ok(goodbye(c.seat[2]));
        cast_drop(&c, 2);
        cast_kill(&source, 0);
        quiet_cast(&c);
        vote_all(&c, APPROVE);
        everyone(&c, "approved PROVIDER_MESSAGE");
        everyone(&c, "approved FAILURE_LEAVE changing=3/5 members=1/5,2/5");
        everyone(&c, "approved CAST_OUT changing=1/5,2/5 members=-");
}

static void a_leave_is_of_the_caller_alone(void) {
        Attributes g = group("g", HA_GS_1_PHASE);
        Cast c = cast(3, &g);

        for (int i = 0; i < 2; i++)
                actor_deafen(c.seat[i].actor, true);
        ok(leave(c.seat[0], HA_GS_1_PHASE, 0, 0));
        expect(c.seat[2], "approved LEAVE by=1/5 changing=1/5 members=2/5,3/5");
        ok(leave(c.seat[1], HA_GS_1_PHASE, 0, 0));
        expect(c.seat[2], "approved LEAVE by=2/5 changing=2/5 members=3/5");
        for (int i = 0; i < 2; i++)
                actor_deafen(c.seat[i].actor, false);
        expect(c.seat[0], "approved LEAVE changing=1/5 members=2/5,3/5");
        expect(c.seat[1], "approved LEAVE changing=1/5 members=2/5,3/5");
        expect(c.seat[1], "approved LEAVE changing=2/5 members=3/5");
}

/* What comes while nothing runs begins at once, and alone. */
static void nothing_waits_for_company(void) {
        Attributes g = group("g", HA_GS_N_PHASE);
        Cast c = cast(1, &g);
        Seat s = join(client(), &g, 2), t;

        everyone(&c, "n-phase JOIN changing=2/5");
        expect(s, "n-phase JOIN changing=2/5");
        t = join(client(), &g, 3);
        quiet(t.actor);
        vote_all(&c, APPROVE);
        ok(vote(s, APPROVE));
        everyone(&c, "approved JOIN changing=2/5");
        expect(s, "approved JOIN changing=2/5");
        everyone(&c, "n-phase JOIN changing=3/5");
        expect(s, "n-phase JOIN changing=3/5");
        expect(t, "n-phase JOIN changing=3/5");
        vote_all(&c, APPROVE);
        ok(vote(s, APPROVE));
        ok(vote(t, APPROVE));
        everyone(&c, "approved JOIN members=1/5,2/5,3/5");
        expect(s, "approved JOIN");
        expect(t, "approved JOIN");
}

STORIES("test-3.5-order", CASE("3.5-01", failures_then_joins_then_reflections),
                CASE("3.5-02", proposals_come_last_and_collide), CASE("3.5-03", of_two_proposals_one_runs),
                CASE("3.5-04", one_phase_proposals_never_collide_with_each_other),
                CASE("3.6-01", both_batched), CASE("3.6-01b", joins_batched),
                CASE("3.6-01c", leaves_batched), CASE("3.6-02", nothing_batched),
                CASE("3.6-02b", a_process_with_several_seats_fails_in_one_batch_or_not),
                CASE("3.6-04", failures_and_cast_outs_are_not_mixed),
                CASE("3.6-05", a_leave_is_of_the_caller_alone), CASE("3.6-07", nothing_waits_for_company));
