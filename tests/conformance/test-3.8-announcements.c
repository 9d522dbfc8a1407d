/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* gsapi.md 3.8 and 3.10: announcements, and responsiveness checks. Each of these takes its seconds. */

#include <poll.h>

#include "story.h"

typedef ha_gs_group_attributes_t Attributes;

/* A client that is checked each second, and has so many more to answer. */
static Actor *checked(ha_gs_responsiveness_type_t type, int counter_length, int limit) {
        Actor *a = actor_start();
        InitPart init = init_plainly();

        init.type = (int) type;
        init.interval = 1;
        init.limit = limit;
        init.counter_length = counter_length;
        returned(HA_GS_OK, try_init(a, &init), "ha_gs_init()");
        return a;
}

static void answer(Actor *a, ha_gs_callback_rc_t code) {
        int value = (int) code;

        (void) play(a, part_answer, &value, sizeof(value));
}

/* Let three checks of another process go by. */
static void wait_for_checks(Actor *other) {
        for (int i = 0; i < 3; i++)
                expect_process(other, "responsiveness");
}

static void a_ping_comes_each_interval_and_is_answered(void) {
        Attributes g = group("g", HA_GS_1_PHASE);
        Cast c = cast(1, &g);
        long began = now_ms();
        Actor *a = checked(HA_GS_PING_RESPONSIVENESS, 0, 5);

        enter(a, &c, &g, 2);
        expect_process(a, "responsiveness type=1 interval=1 limit=5");
        check(now_ms() - began >= 950);
        expect_process(a, "responsiveness");
        expect_process(a, "responsiveness");
        check(now_ms() - began >= 2950 && now_ms() - began < PATIENCE_MS);
        quiet(c.seat[0].actor);
        actor_leave_alone(a);
}

static void who_wants_no_checks_gets_none(void) {
        Attributes g = group("g", HA_GS_1_PHASE);
        Cast c = cast(1, &g);
        Actor *none = checked(HA_GS_NO_RESPONSIVENESS, 0, 5),
              *other = checked(HA_GS_PING_RESPONSIVENESS, 0, 5);

        enter(none, &c, &g, 2);
        actor_deafen(none, true);
        wait_for_checks(other);
        actor_deafen(none, false);
        quiet_cast(&c);
        actor_leave_alone(other);
}

static void no_answer_is_announced_and_so_is_the_first_one_after(void) {
        Attributes g = group("g", HA_GS_1_PHASE), h = group("h", HA_GS_1_PHASE);
        Cast c = cast(2, &g), d = cast(1, &h);
        Actor *a = checked(HA_GS_PING_RESPONSIVENESS, 0, 1);
        Seat s, t;

        s = enter(a, &c, &g, 3);
        t = enter(a, &d, &h, 7);
        cast_drop(&c, 2);
        cast_drop(&d, 1);
        actor_deafen(a, true);
        everyone(&c, "announcement RESPONSIVENESS_NO_RESPONSE members=3/5");
        everyone(&d, "announcement RESPONSIVENESS_NO_RESPONSE members=7/5");

        /* It is a member as before. */
        ok(send_text(c.seat[0], HA_GS_1_PHASE, 0, "m"));
        everyone(&c, "approved PROVIDER_MESSAGE members=1/5,2/5,3/5");
        actor_deafen(a, false);
        everyone(&c, "announcement RESPONSIVENESS_RESPONSE members=3/5");
        everyone(&d, "announcement RESPONSIVENESS_RESPONSE members=7/5");
        expect(s, "announcement RESPONSIVENESS_NO_RESPONSE members=3/5");
        expect(s, "approved PROVIDER_MESSAGE");
        expect(s, "announcement RESPONSIVENESS_RESPONSE members=3/5");
        expect(t, "announcement RESPONSIVENESS_NO_RESPONSE members=7/5");
        expect(t, "announcement RESPONSIVENESS_RESPONSE members=7/5");
        quiet_cast(&c);
        quiet_cast(&d);
        actor_leave_alone(a);
}

static void who_is_not_well_is_announced(void) {
        Attributes g = group("g", HA_GS_1_PHASE);
        Cast c = cast(1, &g);
        Actor *a = checked(HA_GS_PING_RESPONSIVENESS, 0, 5);
        Seat s = enter(a, &c, &g, 2);

        answer(a, HA_GS_CALLBACK_NOT_OK);
        expect(c.seat[0], "announcement RESPONSIVENESS_NO_RESPONSE members=2/5");
        expect(s, "announcement RESPONSIVENESS_NO_RESPONSE members=2/5");
        answer(a, HA_GS_CALLBACK_OK);
        expect(c.seat[0], "announcement RESPONSIVENESS_RESPONSE members=2/5");
        expect(s, "announcement RESPONSIVENESS_RESPONSE members=2/5");
        actor_leave_alone(a);
}

static void who_does_not_answer_can_be_expelled(void) {
        Attributes g = group("g", HA_GS_1_PHASE);
        Cast c = cast(1, &g);
        Actor *a = checked(HA_GS_PING_RESPONSIVENESS, 0, 1);
        Seat s = enter(a, &c, &g, 2);

        actor_freeze(a);
        expect(c.seat[0], "announcement RESPONSIVENESS_NO_RESPONSE members=2/5");
        ok(expel(c.seat[0], HA_GS_N_PHASE, 0, s));
        expect(c.seat[0], "n-phase EXPEL");
        ok(vote(c.seat[0], HA_GS_VOTE_APPROVE));
        expect(c.seat[0], "approved EXPEL members=1/5");
        actor_thaw(a);
        expect(s, "announcement RESPONSIVENESS_NO_RESPONSE");
        expect(s, "n-phase EXPEL");
        expect(s, "approved EXPEL");
        actor_leave_alone(a);
}

/* A counter that changes needs no callback; one that does not is a ping. */
static void a_counter_that_moves_is_the_answer(void) {
        Attributes g = group("g", HA_GS_1_PHASE);
        Cast c = cast(1, &g);
        Actor *a = checked(HA_GS_COUNTER_RESPONSIVENESS, 4, 5),
              *other = checked(HA_GS_PING_RESPONSIVENESS, 0, 5);

        enter(a, &c, &g, 2);
        for (long end = now_ms() + 3500; now_ms() < end;)
                (void) play(a, part_count, NULL, 0), (void) poll(NULL, 0, 20);
        quiet(a);
        quiet(c.seat[0].actor);
        wait_for_checks(other);
        expect_process(a, "responsiveness type=2 interval=1 limit=5 counter=4");
        quiet(c.seat[0].actor);
        actor_leave_alone(a);
        actor_leave_alone(other);
}

static void a_counter_is_of_1_2_4_or_8_bytes(void) {
        static const int wrong[] = { 0, 3, 5, 6, 7, 9, 16 }, right[] = { 1, 2, 4, 8 };
        InitPart init = init_plainly();

        init.type = HA_GS_COUNTER_RESPONSIVENESS;
        init.interval = 60;
        init.limit = 60;
        for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
                init.counter_length = wrong[i];
                returns(HA_GS_BAD_PARAMETER, try_init(actor_start(), &init));
        }
        for (size_t i = 0; i < sizeof(right) / sizeof(*right); i++) {
                init.counter_length = right[i];
                ok(try_init(actor_start(), &init));
        }
        init.no_counter = true;
        returns(HA_GS_BAD_PARAMETER, try_init(actor_start(), &init));
}

/* ---- others ---- */

static void announcements_are_in_order_with_the_rest(void) {
        Attributes g = group("g", HA_GS_1_PHASE);
        Cast c = cast(3, &g);

        ok(send_text(c.seat[0], HA_GS_N_PHASE, 1, "m"));
        everyone(&c, "n-phase PROVIDER_MESSAGE");
        ok(vote(c.seat[0], HA_GS_VOTE_APPROVE));
        cast_kill(&c, 2);
        everyone(&c, "approved PROVIDER_MESSAGE");
        everyone(&c, "announcement TIME_LIMIT_EXCEEDED members=2/5");
        everyone(&c, "approved FAILURE_LEAVE changing=3/5");
}

static Actor *client_of(const char *domain) {
        Actor *a = actor_start();
        InitPart init = init_plainly();

        actor_domain(a, domain);
        returned(HA_GS_OK, try_init(a, &init), "ha_gs_init()");
        return a;
}

static void the_end_of_group_services_is_announced(void) {
        const char *domain = domain_name("x");
        Attributes g = group("g", HA_GS_1_PHASE);
        Actor *a, *b, *sub;
        Seat s, t, w;

        daemon_do("start", domain);
        a = client_of(domain);
        b = client_of(domain);
        sub = client_of(domain);
        s = join(a, &g, 1);
        expect(s, "approved JOIN");
        t = join(b, &g, 2);
        expect(s, "approved JOIN");
        expect(t, "approved JOIN");
        w = subscribe(sub, g.gs_group_name, HA_GS_SUBSCRIBE_MEMBERSHIP);
        expect(w, "subscription MEMBERSHIP members=1/5,2/5");
        daemon_do("stop", domain);
        expect(s, "announcement GROUP_SERVICES_HAS_DIED_HORRIBLY");
        expect(t, "announcement GROUP_SERVICES_HAS_DIED_HORRIBLY");
        expect(w, "subscription GS_HAS_DIED");
        expect_process(a, "dispatch NOT_OK");
        expect_process(b, "dispatch NOT_OK");
        expect_process(sub, "dispatch NOT_OK");
        returns(HA_GS_NOT_OK, send_text(s, HA_GS_1_PHASE, 0, "m"));
}

STORIES("test-3.8-announcements", CASE("3.8-03", announcements_are_in_order_with_the_rest),
                CASE("3.8-06", the_end_of_group_services_is_announced),
                CASE("3.10-01", a_ping_comes_each_interval_and_is_answered),
                CASE("3.10-02", who_wants_no_checks_gets_none),
                CASE("3.10-04", a_counter_that_moves_is_the_answer),
                CASE("3.10-05", a_counter_is_of_1_2_4_or_8_bytes),
                CASE("3.10-06", no_answer_is_announced_and_so_is_the_first_one_after),
                CASE("3.10-08", who_does_not_answer_can_be_expelled),
                CASE("3.10-09", who_is_not_well_is_announced));
