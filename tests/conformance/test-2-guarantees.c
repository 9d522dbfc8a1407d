/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* gsapi.md 2: what is promised to all clients of a group. */

#include <stdio.h>
#include <string.h>

#include "story.h"

#define ROUNDS 20
#define STORM 3

typedef ha_gs_group_attributes_t Attributes;

/* Everybody sends at once, without waiting for anything. */
static void storm(const Cast *c) {
        char text[32];

        for (int round = 0; round < ROUNDS; round++)
                for (int i = 0; i < c->n; i++) {
                        (void) snprintf(text, sizeof(text), "%d.%d", i, round);
                        if (round % 2)
                                ok(send_text(c->seat[i], HA_GS_1_PHASE, 0, text));
                        else
                                ok(change_state(c->seat[i], HA_GS_1_PHASE, 0, text));
                }
}

static void all_hear_the_same_in_the_same_order(void) {
        Attributes g = group("g", HA_GS_1_PHASE);
        Cast c = cast(STORM, &g);
        char line[4096];

        storm(&c);
        for (int i = 0; i < STORM * ROUNDS; i++) {
                (void) snprintf(line, sizeof(line), "%s", expect(c.seat[0], "approved phases=1"));
                for (int k = 1; k < c.n; k++)
                        check(strcmp(line, expect(c.seat[k], "approved")) == 0);
        }
}

/* While two send, a third comes and dies, as soon as it is in. */
static void joins_and_deaths_are_in_that_order_too(void) {
        Attributes g = group("g", HA_GS_1_PHASE);
        Cast c = cast(2, &g);
        char line[4096];
        Seat s;

        storm(&c);
        s = join(client(), &g, 3);
        storm(&c);
        expect(s, "approved JOIN");
        actor_kill(s.actor);
        storm(&c);
        for (int i = 0; i < 3 * 2 * ROUNDS + 2; i++) {
                (void) snprintf(line, sizeof(line), "%s", expect(c.seat[0], "approved phases=1"));
                check(strcmp(line, expect(c.seat[1], "approved")) == 0);
        }
}

/* While one protocol runs nothing else of the group is heard, by providers or subscribers. */
static void protocols_of_a_group_do_not_overlap(void) {
        Attributes g = group("g", HA_GS_1_PHASE);
        Cast c = cast(3, &g);
        Seat w = subscribe(client(), g.gs_group_name, HA_GS_SUBSCRIBE_STATE_AND_MEMBERSHIP), s;

        expect(w, "subscription STATE+MEMBERSHIP");
        ok(change_state(c.seat[0], HA_GS_N_PHASE, 0, "x"));
        everyone(&c, "n-phase STATE_VALUE_CHANGE");
        s = join(client(), &g, 4);
        cast_kill(&c, 2);
        quiet_cast(&c);
        quiet(s.actor);
        quiet(w.actor);
        vote_all(&c, HA_GS_VOTE_APPROVE);
        everyone(&c, "approved STATE_VALUE_CHANGE members=1/5,2/5,3/5");
        everyone(&c, "approved FAILURE_LEAVE members=1/5,2/5");
        everyone(&c, "approved JOIN members=1/5,2/5,4/5");
        expect(s, "approved JOIN members=1/5,2/5,4/5");
        expect(w, "subscription STATE state=\"x\" !members");
        expect(w, "subscription DELTA_LEAVE+MEMBERSHIP members=1/5,2/5");
        expect(w, "subscription DELTA_JOIN+MEMBERSHIP members=1/5,2/5,4/5");
}

static void each_phase_is_a_barrier(void) {
        Attributes g = group("g", HA_GS_1_PHASE);
        Cast c = cast(3, &g);

        ok(send_text(c.seat[0], HA_GS_N_PHASE, 0, "m"));
        for (int phase = 1; phase <= 3; phase++) {
                everyone(&c, "n-phase PROVIDER_MESSAGE");
                ok(vote(c.seat[0], HA_GS_VOTE_CONTINUE));
                ok(vote(c.seat[1], HA_GS_VOTE_CONTINUE));
                quiet_cast(&c);
                ok(vote(c.seat[2], HA_GS_VOTE_CONTINUE));
        }
        everyone(&c, "n-phase PROVIDER_MESSAGE phase=4");
        vote_all(&c, HA_GS_VOTE_APPROVE);
        everyone(&c, "approved PROVIDER_MESSAGE phase=4");
}

static void membership_comes_before_state(void) {
        Attributes g = group("g", HA_GS_N_PHASE);
        Cast c = cast(1, &g);
        Seat s = join(client(), &g, 2), t;

        everyone(&c, "n-phase JOIN changing=2/5");
        expect(s, "n-phase JOIN");
        t = join(client(), &g, 3);
        quiet(t.actor);
        returns(HA_GS_COLLIDE, change_state(c.seat[0], HA_GS_1_PHASE, 0, "x"));
        vote_all(&c, HA_GS_VOTE_REJECT);
        ok(vote(s, HA_GS_VOTE_APPROVE));
        everyone(&c, "rejected JOIN changing=2/5");
        expect(s, "rejected JOIN");
        everyone(&c, "n-phase JOIN changing=3/5");
        expect(t, "n-phase JOIN changing=3/5");
        returns(HA_GS_COLLIDE, change_state(c.seat[0], HA_GS_1_PHASE, 0, "x"));
        vote_all(&c, HA_GS_VOTE_APPROVE);
        ok(vote(t, HA_GS_VOTE_APPROVE));
        everyone(&c, "approved JOIN");
        expect(t, "approved JOIN");
}

static void a_failure_is_dealt_with_after_the_running_protocol(void) {
        Attributes g = group("g", HA_GS_1_PHASE);
        Cast c = cast(3, &g);

        ok(send_text(c.seat[0], HA_GS_N_PHASE, 0, "m"));
        everyone(&c, "n-phase PROVIDER_MESSAGE");
        cast_kill(&c, 1);
        quiet_cast(&c);
        vote_all(&c, HA_GS_VOTE_APPROVE);
        everyone(&c, "approved PROVIDER_MESSAGE summary=EXPLICIT_APPROVE+DEFAULT_APPROVE+PROVIDER_FAILED "
                     "members=1/5,2/5,3/5");
        everyone(&c, "approved FAILURE_LEAVE changing=2/5 members=1/5,3/5");
}

/* ---- the end of the daemon ---- */

static Actor *client_of(const char *domain) {
        Actor *a = actor_start();
        InitPart init = init_plainly();

        actor_domain(a, domain);
        returned(HA_GS_OK, try_init(a, &init), "ha_gs_init()");
        return a;
}

static void after_the_daemons_death_a_client_starts_anew(void) {
        const char *domain = domain_name("x");
        Attributes g = group("g", HA_GS_1_PHASE);
        InitPart init = init_plainly();
        Actor *a;
        Seat s, again;

        daemon_do("start", domain);
        a = client_of(domain);
        s = join(a, &g, 1);
        expect(s, "approved JOIN");
        daemon_do("kill", domain);
        expect_process(a, "dispatch NOT_OK");
        returns(HA_GS_NOT_OK, send_text(s, HA_GS_1_PHASE, 0, "m"));
        returns(HA_GS_NOT_OK, goodbye(s));

        daemon_do("start", domain);
        ok(try_init(a, &init));
        returns(HA_GS_BAD_MEMBER_TOKEN, send_text(s, HA_GS_1_PHASE, 0, "m"));
        again = join(a, &g, 1);
        check(again.token != s.token);
        expect(again, "approved JOIN members=1/5 state=-");
        quiet(a);
        actor_leave_alone(a);
        daemon_do("stop", domain);
}

STORIES("test-2-guarantees", CASE("2-01", all_hear_the_same_in_the_same_order),
                CASE("2-01b", joins_and_deaths_are_in_that_order_too),
                CASE("2-02", protocols_of_a_group_do_not_overlap), CASE("2-04", each_phase_is_a_barrier),
                CASE("2-06", membership_comes_before_state),
                CASE("2-07", a_failure_is_dealt_with_after_the_running_protocol),
                CASE("2-09", after_the_daemons_death_a_client_starts_anew));
