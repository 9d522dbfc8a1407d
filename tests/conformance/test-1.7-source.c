/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* gsapi.md 1.7 and 1.8: source and target groups, and the groups of the system. */

#include <stdio.h>
#include <string.h>

#include "story.h"

typedef ha_gs_group_attributes_t Attributes;

static Attributes target(const char *name, ha_gs_num_phases_t phases, const Attributes *source) {
        Attributes t = group(name, phases);

        t.gs_source_group_name = source->gs_group_name;
        return t;
}

static void a_target_needs_a_source_with_a_provider_here(void) {
        Attributes s = group("s", HA_GS_1_PHASE), t = target("t", HA_GS_1_PHASE, &s);
        Actor *a = client();
        Seat seat = join(a, &t, 1), in_source;

        expect(seat, "error JOIN code=INVALID_SOURCE_GROUP");
        in_source = join(client(), &s, 1);
        expect(in_source, "approved JOIN");
        seat = join(a, &t, 1);
        expect(seat, "approved JOIN members=1/5");
}

/* A group of the system that has no member on this node, or on any. */
static void no_source_provider_on_this_node(void) {
        Attributes t = group("t", HA_GS_1_PHASE);
        Seat seat, w;

        w = subscribe(client(), HA_GS_CSS_MEMBERSHIP_GROUP, HA_GS_SUBSCRIBE_MEMBERSHIP);
        if (!strstr(expect(w, "subscription MEMBERSHIP"), "members=-"))
                skip("this node has such an adapter");
        t.gs_source_group_name = (char *) HA_GS_CSS_MEMBERSHIP_GROUP;
        seat = join(client(), &t, 1);
        expect(seat, "error JOIN code=NO_SOURCE_GROUP_PROVIDER");
}

/* ---- cast-out ---- */

static void when_the_last_source_provider_goes_all_targets_are_cast_out(void) {
        Attributes s = group("s", HA_GS_1_PHASE), t = target("t", HA_GS_1_PHASE, &s);
        Cast source = cast(2, &s), c = cast(2, &t);
        Seat w = subscribe(client(), t.gs_group_name, HA_GS_SUBSCRIBE_STATE_AND_MEMBERSHIP);

        expect(w, "subscription STATE+MEMBERSHIP members=1/5,2/5");
        ok(leave(source.seat[0], HA_GS_1_PHASE, 0, 0));
        everyone(&source, "approved LEAVE members=2/5");
        quiet_cast(&c);
        ok(leave(source.seat[1], HA_GS_1_PHASE, 0, 0));
        expect(source.seat[1], "approved LEAVE members=-");
        everyone(&c, "approved CAST_OUT by=0/0 changed=UPDATED_MEMBERSHIP members=- changing=1/5,2/5 "
                     "leaves=SOURCE_PROVIDER_LEAVE,SOURCE_PROVIDER_LEAVE");
        expect(w, "subscription DELTA_LEAVE+MEMBERSHIP members=- changing=1/5,2/5");
        expect(w, "subscription DISSOLVED");
        quiet_cast(&c);
        returns(HA_GS_BAD_MEMBER_TOKEN, send_text(c.seat[0], HA_GS_1_PHASE, 0, "m"));
}

static void it_is_the_same_when_he_fails(void) {
        Attributes s = group("s", HA_GS_1_PHASE), t = target("t", HA_GS_1_PHASE, &s);
        Cast source = cast(1, &s), c = cast(1, &t);

        cast_kill(&source, 0);
        everyone(&c, "approved CAST_OUT changing=1/5 leaves=SOURCE_PROVIDER_LEAVE");
}

/* What a process hears of the source's end comes before what it hears of the target's. */
static void the_source_is_through_before_the_target_begins(void) {
        Attributes s = group("s", HA_GS_1_PHASE), t = target("t", HA_GS_1_PHASE, &s);
        Cast source = cast(1, &s);
        Seat in_target = join(source.seat[0].actor, &t, 1);
        int first;

        expect(in_target, "approved JOIN");
        ok(change_state(source.seat[0], HA_GS_1_PHASE, 0, "x"));
        everyone(&source, "approved STATE_VALUE_CHANGE");
        first = heard_at();
        expect(in_target, "approved SOURCE_STATE_REFLECTION");
        check(first < heard_at());
        ok(leave(source.seat[0], HA_GS_N_PHASE, 0, 0));
        everyone(&source, "n-phase LEAVE");
        quiet_cast(&source);
        vote_all(&source, HA_GS_VOTE_APPROVE);
        everyone(&source, "approved LEAVE members=-");
        first = heard_at();
        expect(in_target, "approved CAST_OUT");
        check(first < heard_at());
}

/* All of a node leave at once, so nobody is left to vote. */
static void a_cast_out_waits_for_the_running_protocol(void) {
        Attributes s = group("s", HA_GS_1_PHASE), t = target("t", HA_GS_N_PHASE, &s);
        Cast source = cast(1, &s), c = cast(2, &t);

        ok(send_text(c.seat[0], HA_GS_N_PHASE, 0, "m"));
        everyone(&c, "n-phase PROVIDER_MESSAGE");
        cast_kill(&source, 0);
        quiet_cast(&c);
        vote_all(&c, HA_GS_VOTE_APPROVE);
        everyone(&c, "approved PROVIDER_MESSAGE members=1/5,2/5");
        everyone(&c, "n-phase CAST_OUT members=1/5,2/5 changing=1/5,2/5");
        everyone(&c, "approved CAST_OUT members=-");
}

/* ---- reflection ---- */

static void a_new_source_state_is_reflected(void) {
        Attributes s = group("s", HA_GS_1_PHASE), t = target("t", HA_GS_N_PHASE, &s),
                   u = target("u", HA_GS_1_PHASE, &s);
        Cast source = cast(1, &s), c = cast(2, &t), d = cast(1, &u);

        ok(change_state(c.seat[0], HA_GS_1_PHASE, 0, "own"));
        everyone(&c, "approved STATE_VALUE_CHANGE");
        ok(change_state(source.seat[0], HA_GS_1_PHASE, 0, "x"));
        everyone(&source, "approved STATE_VALUE_CHANGE");
        everyone(&c, "n-phase SOURCE_STATE_REFLECTION by=0/0 changed=REFLECTED_SOURCE_STATE_VALUE "
                     "source=\"x\" state=\"own\" !proposed");
        everyone(&d, "approved SOURCE_STATE_REFLECTION source=\"x\" state=-");
        vote_all(&c, HA_GS_VOTE_APPROVE);
        everyone(&c, "approved SOURCE_STATE_REFLECTION source=\"x\" state=\"own\"");

        /* A rejected change is none. */
        ok(change_state(source.seat[0], HA_GS_N_PHASE, 0, "y"));
        everyone(&source, "n-phase STATE_VALUE_CHANGE");
        vote_all(&source, HA_GS_VOTE_REJECT);
        everyone(&source, "rejected STATE_VALUE_CHANGE");
        quiet_cast(&c);
        quiet_cast(&d);
}

/* What changes while the target is busy waits, change by change. */
static void no_reflection_is_left_out(void) {
        Attributes s = group("s", HA_GS_1_PHASE), t = target("t", HA_GS_1_PHASE, &s);
        Cast source = cast(1, &s), c = cast(1, &t);

        ok(send_text(c.seat[0], HA_GS_N_PHASE, 0, "m"));
        everyone(&c, "n-phase PROVIDER_MESSAGE");
        for (int i = 0; i < 3; i++) {
                ok(change_state(source.seat[0], HA_GS_1_PHASE, 0, i == 0 ? "x" : "y"));
                everyone(&source, "approved STATE_VALUE_CHANGE");
        }
        vote_all(&c, HA_GS_VOTE_APPROVE);
        everyone(&c, "approved PROVIDER_MESSAGE");
        everyone(&c, "approved SOURCE_STATE_REFLECTION source=\"x\"");
        everyone(&c, "approved SOURCE_STATE_REFLECTION source=\"y\"");
        everyone(&c, "approved SOURCE_STATE_REFLECTION source=\"y\"");
}

static void a_target_may_answer_with_a_state_of_its_own(void) {
        Attributes s = group("s", HA_GS_1_PHASE), t = target("t", HA_GS_N_PHASE, &s);
        Cast source = cast(1, &s), c = cast(2, &t);

        ok(change_state(source.seat[0], HA_GS_1_PHASE, 0, "x"));
        everyone(&source, "approved STATE_VALUE_CHANGE");
        everyone(&c, "n-phase SOURCE_STATE_REFLECTION");
        ok(vote_with(c.seat[0], HA_GS_VOTE_APPROVE, "t", NULL, HA_GS_NULL_VOTE));
        ok(vote(c.seat[1], HA_GS_VOTE_APPROVE));
        everyone(&c, "approved SOURCE_STATE_REFLECTION state=\"t\" source=\"x\" "
                     "changed=UPDATED_STATE_VALUE+REFLECTED_SOURCE_STATE_VALUE");
}

static void a_rejected_reflection_drops_that_value(void) {
        Attributes s = group("s", HA_GS_1_PHASE), t = target("t", HA_GS_N_PHASE, &s);
        Cast source = cast(1, &s), c = cast(2, &t);

        ok(change_state(source.seat[0], HA_GS_1_PHASE, 0, "x"));
        everyone(&source, "approved STATE_VALUE_CHANGE");
        everyone(&c, "n-phase SOURCE_STATE_REFLECTION");
        ok(vote_with(c.seat[0], HA_GS_VOTE_CONTINUE, "t", NULL, HA_GS_NULL_VOTE));
        ok(vote(c.seat[1], HA_GS_VOTE_APPROVE));
        everyone(&c, "n-phase SOURCE_STATE_REFLECTION phase=2 proposed=\"t\"");
        ok(vote(c.seat[0], HA_GS_VOTE_APPROVE));
        ok(vote(c.seat[1], HA_GS_VOTE_REJECT));
        everyone(&c, "rejected SOURCE_STATE_REFLECTION state=- proposed=\"t\"");
        quiet_cast(&source);
}

static void reflections_have_phases_and_limit_of_their_own(void) {
        Attributes s = group("s", HA_GS_1_PHASE), t = target("t", HA_GS_1_PHASE, &s);
        Cast source = cast(1, &s), c;

        t.gs_source_reflection_num_phases = HA_GS_N_PHASE;
        t.gs_source_reflection_time_limit = 55;
        t.gs_time_limit = 44;
        c = cast(1, &t);
        ok(change_state(source.seat[0], HA_GS_1_PHASE, 0, "x"));
        everyone(&source, "approved STATE_VALUE_CHANGE");
        everyone(&c, "n-phase SOURCE_STATE_REFLECTION limit=55");
        vote_all(&c, HA_GS_VOTE_APPROVE);
        everyone(&c, "approved SOURCE_STATE_REFLECTION");
}

/* ---- chains and circles ---- */

/* Groups c0, c1, ... of one process, each the source of the next: the last one has n - 1 above it. */
static Attributes chain(Actor *a, int n) {
        Attributes g = group("c0", HA_GS_1_PHASE);
        char name[8];

        for (int i = 0;; i++) {
                expect(join(a, &g, 1), "approved JOIN");
                if (i == n - 1)
                        return g;
                (void) snprintf(name, sizeof(name), "c%d", i + 1);
                g = target(name, HA_GS_1_PHASE, &g);
        }
}

static void a_target_may_be_a_source(void) {
        Attributes s = group("s", HA_GS_1_PHASE), t = target("t", HA_GS_N_PHASE, &s),
                   u = target("u", HA_GS_1_PHASE, &t);
        Cast source = cast(1, &s), c = cast(1, &t), d = cast(1, &u);

        ok(change_state(source.seat[0], HA_GS_1_PHASE, 0, "x"));
        everyone(&source, "approved STATE_VALUE_CHANGE");
        everyone(&c, "n-phase SOURCE_STATE_REFLECTION source=\"x\"");
        ok(vote_with(c.seat[0], HA_GS_VOTE_APPROVE, "y", NULL, HA_GS_NULL_VOTE));
        everyone(&c, "approved SOURCE_STATE_REFLECTION state=\"y\"");
        everyone(&d, "approved SOURCE_STATE_REFLECTION source=\"y\"");

        cast_kill(&source, 0);
        everyone(&c, "n-phase CAST_OUT");
        everyone(&c, "approved CAST_OUT");
        everyone(&d, "approved CAST_OUT");
}

static void nothing_is_its_own_source(void) {
        Attributes s = group("s", HA_GS_1_PHASE), t = target("t", HA_GS_1_PHASE, &s), self;
        Cast source = cast(1, &s), c = cast(1, &t);
        Actor *a = client();
        Seat seat;

        self = group("self", HA_GS_1_PHASE);
        self.gs_source_group_name = self.gs_group_name;
        seat = join(a, &self, 1);
        expect(seat, "error JOIN code=INVALID_SOURCE_GROUP");

        /* The source goes, its target waits to be cast out; whoever founds the source anew cannot have it.
         */
        ok(send_text(c.seat[0], HA_GS_N_PHASE, 0, "m"));
        everyone(&c, "n-phase PROVIDER_MESSAGE");
        ok(leave(source.seat[0], HA_GS_1_PHASE, 0, 0));
        everyone(&source, "approved LEAVE members=-");
        s.gs_source_group_name = t.gs_group_name;
        seat = join(a, &s, 1);
        expect(seat, "error JOIN code=INVALID_SOURCE_GROUP");
        vote_all(&c, HA_GS_VOTE_APPROVE);
        everyone(&c, "approved PROVIDER_MESSAGE");
        everyone(&c, "approved CAST_OUT");
}

static void eight_sources_above_are_the_most(void) {
        Actor *a = client();
        Attributes last = chain(a, 9), more = target("more", HA_GS_1_PHASE, &last);
        Seat s = join(a, &more, 1);

        expect(s, "error JOIN code=INVALID_SOURCE_GROUP");
}

/* ---- the system's groups ---- */

static void the_nodes_are_a_group(void) {
        Seat s = subscribe(client(), HA_GS_HOST_MEMBERSHIP_GROUP, HA_GS_SUBSCRIBE_STATE_AND_MEMBERSHIP);

        expect(s, "subscription STATE+MEMBERSHIP members=0/5 state=-");
}

static void adapters_are_groups(void) {
        static const char *const names[] = { HA_GS_ENET_MEMBERSHIP_GROUP, HA_GS_CSS_MEMBERSHIP_GROUP,
                HA_GS_CSS_RAW_MEMBERSHIP_GROUP };
        Actor *a = client();

        for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
                Seat s = subscribe(a, names[i], HA_GS_SUBSCRIBE_STATE_AND_MEMBERSHIP);

                expect(s, "subscription STATE+MEMBERSHIP state=-");
                actor_leave_alone(a); /* an adapter may fail at any time */
        }
}

static void nobody_joins_the_systems_groups(void) {
        static const char *const names[] = { HA_GS_HOST_MEMBERSHIP_GROUP, HA_GS_ENET_MEMBERSHIP_GROUP,
                HA_GS_CSS_MEMBERSHIP_GROUP, HA_GS_CSS_RAW_MEMBERSHIP_GROUP, "HostMembership2",
                "enMembership.x", "cssMembershipOfMine" };
        Actor *a = client();

        for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
                Attributes g = group("g", HA_GS_1_PHASE);
                Seat s;

                g.gs_group_name = (char *) names[i];
                s = join(a, &g, 1);
                expect(s, "error JOIN code=INVALID_GROUP");
        }
}

static void a_group_of_the_system_may_be_a_source(void) {
        Attributes t = group("t", HA_GS_1_PHASE);
        Seat s;

        t.gs_source_group_name = (char *) HA_GS_HOST_MEMBERSHIP_GROUP;
        s = join(client(), &t, 1);
        expect(s, "approved JOIN members=1/5");
}

STORIES("test-1.7-source", CASE("1.7-02", a_target_needs_a_source_with_a_provider_here),
                CASE("1.7-03", no_source_provider_on_this_node),
                CASE("1.7-04", when_the_last_source_provider_goes_all_targets_are_cast_out),
                CASE("1.7-04b", it_is_the_same_when_he_fails),
                CASE("1.7-05", the_source_is_through_before_the_target_begins),
                CASE("1.7-06", a_cast_out_waits_for_the_running_protocol),
                CASE("1.7-07", a_new_source_state_is_reflected), CASE("1.7-07b", no_reflection_is_left_out),
                CASE("1.7-09", a_target_may_answer_with_a_state_of_its_own),
                CASE("1.7-10", a_rejected_reflection_drops_that_value),
                CASE("1.7-11", reflections_have_phases_and_limit_of_their_own),
                CASE("1.7-12", a_target_may_be_a_source), CASE("1.7-13", nothing_is_its_own_source),
                CASE("1.7-14", eight_sources_above_are_the_most),
                CASE("1.7-15", a_group_of_the_system_may_be_a_source), CASE("1.8-01", the_nodes_are_a_group),
                CASE("1.8-02", adapters_are_groups), CASE("1.8-03", nobody_joins_the_systems_groups));
