/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* gsapi.md 3.3, stream.md 4: voting time limits. */

#include "story.h"

#define APPROVE HA_GS_VOTE_APPROVE
#define CONTINUE HA_GS_VOTE_CONTINUE
#define REJECT HA_GS_VOTE_REJECT

typedef ha_gs_group_attributes_t Attributes;

#define SECONDS 2 /* in one it may be that somebody who means to vote does not come to it */

static long began; /* before the protocol did */

/* A message with that limit; phase 1 was heard. */
static Cast hurried(int n, ha_gs_vote_value_t default_vote) {
        Attributes g = group("g", HA_GS_1_PHASE);
        Cast c;

        g.gs_group_default_vote = default_vote;
        c = cast_here(n, &g);
        began = now_ms();
        returned(HA_GS_OK, send_text(c.seat[0], HA_GS_N_PHASE, SECONDS, "m"), "ha_gs_send_message()");
        everyone_here(&c, "n-phase PROVIDER_MESSAGE phase=1 limit=2");
        return c;
}
#define hurried(n, default_vote) (HERE, hurried(n, default_vote))

static void after_the_limit_the_default_stands_for_the_silent(void) {
        Cast c = hurried(3, REJECT);

        ok(vote(c.seat[0], APPROVE));
        everyone(&c, "rejected PROVIDER_MESSAGE "
                     "summary=EXPLICIT_APPROVE+DEFAULT_REJECT+TIME_LIMIT_EXCEEDED");
        check(now_ms() - began >= SECONDS * 1000 - 50);
        everyone(&c, "announcement TIME_LIMIT_EXCEEDED members=2/5,3/5");

        /* They are members as before. */
        ok(send_text(c.seat[2], HA_GS_1_PHASE, 0, "m"));
        everyone(&c, "approved PROVIDER_MESSAGE members=1/5,2/5,3/5");
}

static void it_is_announced_after_an_approval_too(void) {
        Cast c = hurried(2, APPROVE);

        ok(vote(c.seat[0], APPROVE));
        everyone(&c, "approved PROVIDER_MESSAGE "
                     "summary=EXPLICIT_APPROVE+DEFAULT_APPROVE+TIME_LIMIT_EXCEEDED");
        everyone(&c, "announcement TIME_LIMIT_EXCEEDED members=2/5");
}

static void between_phases_it_is_announced_after_the_next_began(void) {
        Cast c = hurried(2, APPROVE);

        ok(vote(c.seat[0], CONTINUE));
        everyone(&c, "n-phase PROVIDER_MESSAGE phase=2 summary=DEFAULT_APPROVE+TIME_LIMIT_EXCEEDED");
        everyone(&c, "announcement TIME_LIMIT_EXCEEDED members=2/5");

        /* In the next phase his vote counts again. */
        ok(vote(c.seat[0], APPROVE));
        ok(vote(c.seat[1], APPROVE));
        everyone(&c, "approved PROVIDER_MESSAGE phase=2 summary=EXPLICIT_APPROVE");
}

static void a_vote_after_the_limit_is_not_expected(void) {
        Cast c = hurried(2, APPROVE);

        ok(vote(c.seat[0], APPROVE));
        everyone(&c, "approved PROVIDER_MESSAGE");
        everyone(&c, "announcement TIME_LIMIT_EXCEEDED");
        returns(HA_GS_VOTE_NOT_EXPECTED, vote(c.seat[1], REJECT));
}

/* He who has not heard of the end yet is told OK, and his vote is dropped. */
static void a_vote_that_comes_too_late_is_dropped(void) {
        Cast c = hurried(2, APPROVE);

        ok(vote(c.seat[0], APPROVE));
        actor_deafen(c.seat[1].actor, true);
        expect(c.seat[0], "approved PROVIDER_MESSAGE");
        expect(c.seat[0], "announcement TIME_LIMIT_EXCEEDED");
        ok(send_text(c.seat[0], HA_GS_N_PHASE, 0, "next"));
        expect(c.seat[0], "n-phase PROVIDER_MESSAGE message=\"next\"");
        ok(vote(c.seat[1], REJECT));
        actor_deafen(c.seat[1].actor, false);
        expect(c.seat[1], "approved PROVIDER_MESSAGE");
        expect(c.seat[1], "announcement TIME_LIMIT_EXCEEDED");
        expect(c.seat[1], "n-phase PROVIDER_MESSAGE message=\"next\"");
        vote_all(&c, APPROVE);
        everyone(&c, "approved PROVIDER_MESSAGE summary=EXPLICIT_APPROVE");
}

/* The same in the next phase of the same protocol: it does not count there. */
static void a_late_vote_does_not_count_in_the_next_phase(void) {
        Cast c = hurried(2, APPROVE);

        ok(vote(c.seat[0], CONTINUE));
        actor_deafen(c.seat[1].actor, true);
        expect(c.seat[0], "n-phase PROVIDER_MESSAGE phase=2");
        expect(c.seat[0], "announcement TIME_LIMIT_EXCEEDED");
        ok(vote(c.seat[1], REJECT));
        ok(vote(c.seat[0], APPROVE));
        actor_deafen(c.seat[1].actor, false);
        expect(c.seat[1], "n-phase PROVIDER_MESSAGE phase=2");
        expect(c.seat[1], "announcement TIME_LIMIT_EXCEEDED");
        ok(vote(c.seat[1], APPROVE));
        everyone(&c, "approved PROVIDER_MESSAGE phase=2 summary=EXPLICIT_APPROVE");
}

static void each_phase_has_the_whole_limit(void) {
        Cast c = hurried(2, APPROVE);

        ok(vote(c.seat[0], CONTINUE));
        everyone(&c, "n-phase PROVIDER_MESSAGE phase=2 limit=2");
        everyone(&c, "announcement TIME_LIMIT_EXCEEDED");
        ok(vote(c.seat[0], APPROVE));
        everyone(&c, "approved PROVIDER_MESSAGE phase=2 "
                     "summary=EXPLICIT_APPROVE+DEFAULT_APPROVE+TIME_LIMIT_EXCEEDED");
        check(now_ms() - began >= 2 * SECONDS * 1000 - 50);
        everyone(&c, "announcement TIME_LIMIT_EXCEEDED");
}

/* A second group has a limit: when that has passed, and its protocol is over, the first still waits. */
static void without_a_limit_there_is_none(void) {
        Attributes g = group("h", HA_GS_1_PHASE);
        Cast c = cast(2, &g), d;

        ok(send_text(c.seat[0], HA_GS_N_PHASE, 0, "m"));
        everyone(&c, "n-phase PROVIDER_MESSAGE limit=0");
        ok(vote(c.seat[0], APPROVE));
        d = hurried(2, APPROVE);
        everyone(&d, "approved PROVIDER_MESSAGE");
        everyone(&d, "announcement TIME_LIMIT_EXCEEDED members=1/5,2/5");
        quiet_cast(&c);
        ok(vote(c.seat[1], APPROVE));
        everyone(&c, "approved PROVIDER_MESSAGE summary=EXPLICIT_APPROVE");
}

static void the_limit_holds_for_joins_and_failures(void) {
        Attributes g = group("g", HA_GS_N_PHASE);
        Cast c;
        Seat s;

        g.gs_time_limit = 1;
        c = cast(2, &g);
        s = join(client(), &g, 3);
        everyone(&c, "n-phase JOIN");
        expect(s, "n-phase JOIN");
        ok(vote(s, APPROVE));
        everyone(&c, "approved JOIN summary=EXPLICIT_APPROVE+DEFAULT_APPROVE+TIME_LIMIT_EXCEEDED");
        expect(s, "approved JOIN");
        everyone(&c, "announcement TIME_LIMIT_EXCEEDED members=1/5,2/5");
        expect(s, "announcement TIME_LIMIT_EXCEEDED");
        actor_kill(s.actor);
        everyone(&c, "n-phase FAILURE_LEAVE limit=1");
        everyone(&c, "approved FAILURE_LEAVE summary=DEFAULT_APPROVE+TIME_LIMIT_EXCEEDED");
        everyone(&c, "announcement TIME_LIMIT_EXCEEDED members=1/5,2/5");
}

/* A joiner hears of it, too, while he is voted on. */
static void a_joiner_hears_who_was_tardy(void) {
        Attributes g = group("g", HA_GS_N_PHASE);
        Cast c;
        Seat s;

        g.gs_time_limit = SECONDS;
        c = cast(1, &g);
        s = join(client(), &g, 2);
        everyone(&c, "n-phase JOIN");
        expect(s, "n-phase JOIN");
        ok(vote(s, CONTINUE));
        everyone(&c, "n-phase JOIN phase=2");
        expect(s, "n-phase JOIN phase=2");
        everyone(&c, "announcement TIME_LIMIT_EXCEEDED members=1/5");
        expect(s, "announcement TIME_LIMIT_EXCEEDED members=1/5");
        vote_all(&c, APPROVE);
        ok(vote(s, APPROVE));
        everyone(&c, "approved JOIN");
        expect(s, "approved JOIN");
}

static void a_join_may_be_rejected_by_the_limit(void) {
        Attributes g = group("g", HA_GS_N_PHASE);
        Cast c;
        Seat s;

        g.gs_time_limit = 1;
        g.gs_group_default_vote = REJECT;
        c = cast(1, &g);
        s = join(client(), &g, 2);
        everyone(&c, "n-phase JOIN");
        expect(s, "n-phase JOIN");
        vote_all(&c, APPROVE);
        everyone(&c, "rejected JOIN summary=EXPLICIT_APPROVE+DEFAULT_REJECT+TIME_LIMIT_EXCEEDED");
        expect(s, "rejected JOIN");
        everyone(&c, "announcement TIME_LIMIT_EXCEEDED members=2/5");
}

static void the_limit_holds_for_reflections(void) {
        Attributes s = group("s", HA_GS_1_PHASE), t = group("t", HA_GS_1_PHASE);
        Cast source = cast(1, &s), c;

        t.gs_source_group_name = s.gs_group_name;
        t.gs_source_reflection_num_phases = HA_GS_N_PHASE;
        t.gs_source_reflection_time_limit = 1;
        c = cast(1, &t);
        ok(change_state(source.seat[0], HA_GS_1_PHASE, 0, "x"));
        everyone(&source, "approved STATE_VALUE_CHANGE");
        everyone(&c, "n-phase SOURCE_STATE_REFLECTION limit=1");
        everyone(&c, "approved SOURCE_STATE_REFLECTION summary=DEFAULT_APPROVE+TIME_LIMIT_EXCEEDED");
        everyone(&c, "announcement TIME_LIMIT_EXCEEDED members=1/5");
}

STORIES("test-3.3-limits", CASE("3.3-18", after_the_limit_the_default_stands_for_the_silent),
                CASE("3.3-19", it_is_announced_after_an_approval_too),
                CASE("3.3-19b", between_phases_it_is_announced_after_the_next_began),
                CASE("3.3-19c", a_joiner_hears_who_was_tardy),
                CASE("3.3-20", each_phase_has_the_whole_limit),
                CASE("3.3-21", without_a_limit_there_is_none),
                CASE("3.3-24", a_vote_after_the_limit_is_not_expected),
                CASE("3.3-24b", a_vote_that_comes_too_late_is_dropped),
                CASE("3.3-24c", a_late_vote_does_not_count_in_the_next_phase),
                CASE("3.3-25", the_limit_holds_for_joins_and_failures),
                CASE("3.3-25b", a_join_may_be_rejected_by_the_limit),
                CASE("3.3-25c", the_limit_holds_for_reflections));
