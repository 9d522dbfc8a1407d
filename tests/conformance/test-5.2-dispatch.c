/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* gsapi.md 5, 5.2 and 6: ha_gs_dispatch(), and where, when and how callbacks run. */

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "story.h"

#define THREADS 4

typedef ha_gs_group_attributes_t Attributes;

static void callbacks_run_in_dispatch_alone(void) {
        Attributes g = group("g", HA_GS_1_PHASE), h = group("h", HA_GS_1_PHASE);
        Cast c = cast(2, &g);
        Seat other = join(c.seat[1].actor, &h, 1), w;

        expect(other, "approved JOIN");
        w = subscribe(c.seat[1].actor, g.gs_group_name, HA_GS_SUBSCRIBE_MEMBERSHIP);
        expect(w, "subscription MEMBERSHIP");
        actor_deafen(c.seat[1].actor, true);
        ok(send_text(c.seat[0], HA_GS_1_PHASE, 0, "m"));
        expect(c.seat[0], "approved PROVIDER_MESSAGE");

        /* Not in those that wait for the daemon either; what arrives meanwhile is kept. */
        ok(goodbye(other));
        ok(unsubscribe(w));
        check(!heard(c.seat[1]));
        actor_deafen(c.seat[1].actor, false);
        expect(c.seat[1], "approved PROVIDER_MESSAGE message=\"m\"");
}

/* How many callbacks one call of ha_gs_dispatch() runs, and how long it takes. */
static int n_callbacks;

static void count(const ha_gs_approved_notification_t *n) {
        (void) n;
        n_callbacks++;
}

typedef struct DispatchPart {
        int callbacks;
        long microseconds;
        int code;
} DispatchPart;

static int part_dispatch_once(void *data) {
        DispatchPart *p = data;
        struct timespec a, b;

        hooks.approved = count;
        n_callbacks = 0;
        (void) clock_gettime(CLOCK_MONOTONIC, &a);
        p->code = (int) ha_gs_dispatch(HA_GS_NON_BLOCKING);
        (void) clock_gettime(CLOCK_MONOTONIC, &b);
        p->microseconds = (b.tv_sec - a.tv_sec) * 1000000 + (b.tv_nsec - a.tv_nsec) / 1000;
        p->callbacks = n_callbacks;
        return p->code;
}

static void one_dispatch_takes_all_that_has_arrived(void) {
        Attributes g = group("g", HA_GS_1_PHASE);
        Cast c = cast(2, &g);
        DispatchPart p = { .callbacks = 0 };

        actor_deafen(c.seat[1].actor, true);
        for (int i = 0; i < 10; i++)
                ok(send_text(c.seat[0], HA_GS_1_PHASE, 0, "m"));
        for (int i = 0; i < 10; i++)
                expect(c.seat[0], "approved PROVIDER_MESSAGE");

        /* What the one has heard has been sent to the other; it may be on its way in the kernel no more. */
        ok(play(c.seat[1].actor, part_dispatch_once, &p, sizeof(p)));
        check(p.callbacks == 10);
        for (int i = 0; i < 10; i++)
                expect(c.seat[1], "approved PROVIDER_MESSAGE");
        actor_leave_alone(c.seat[1].actor);
}

static void non_blocking_returns_at_once(void) {
        Actor *a = client();
        DispatchPart p = { .callbacks = 0 };
        long best = 1000000;

        for (int i = 0; i < 5; i++) {
                ok(play(a, part_dispatch_once, &p, sizeof(p)));
                check(p.callbacks == 0);
                best = p.microseconds < best ? p.microseconds : best;
        }
        check(best < 100000);
}

static void *dispatch_for_ever(void *unused) {
        (void) unused;
        report(0, "returned %d", ha_gs_dispatch(HA_GS_BLOCKING));
        return NULL;
}

static int part_dispatching_threads(void *data) {
        for (int i = 0; i < *(int *) data; i++) {
                pthread_t t;

                if (pthread_create(&t, NULL, dispatch_for_ever, NULL) != 0 || pthread_detach(t) != 0)
                        return -1;
        }
        return 0;
}

/* From here on, threads of the actor's do the dispatching. */
static void dispatch_by_threads(Actor *a, int n) {
        actor_deafen(a, true);
        returned(HA_GS_OK, (ha_gs_rc_t) play(a, part_dispatching_threads, &n, sizeof(n)), "threads");
}

static void blocking_stays_until_the_connection_breaks(void) {
        const char *domain = domain_name("x");
        Attributes g = group("g", HA_GS_1_PHASE);
        InitPart init = init_plainly();
        Actor *a = actor_start();
        char words_of_end[32];
        Seat s;

        daemon_do("start", domain);
        actor_domain(a, domain);
        ok(try_init(a, &init));
        s = join(a, &g, 1);
        expect(s, "approved JOIN");
        dispatch_by_threads(a, THREADS);
        for (int i = 0; i < 20; i++) {
                ok(send_text(s, HA_GS_1_PHASE, 0, "m"));
                expect(s, "approved PROVIDER_MESSAGE");
        }
        daemon_do("kill", domain);
        (void) strcpy(words_of_end, words("returned %d", HA_GS_NOT_OK));
        for (int i = 0; i < THREADS; i++)
                expect_process(a, words_of_end);
}

/* ---- threads ---- */

static atomic_int inside[2];
static atomic_int overlaps;
static sem_t met[2];

static int group_index(const ha_gs_approved_notification_t *n) {
        return n->gs_proposal->gs_provider_message &&
               n->gs_proposal->gs_provider_message->gs_message[0] == 'h';
}

/* Be inside for a while: if another of the same group is too, it is seen. */
static void stay(const ha_gs_approved_notification_t *n) {
        int g = group_index(n);

        if (atomic_fetch_add(&inside[g], 1) != 0)
                atomic_fetch_add(&overlaps, 1);
        (void) poll(NULL, 0, 3);
        atomic_fetch_sub(&inside[g], 1);
}

static int part_stay(void *data) {
        (void) data;
        hooks.approved = stay;
        return 0;
}

static int part_overlaps(void *data) {
        (void) data;
        return atomic_load(&overlaps);
}

static void a_group_has_one_callback_at_a_time_in_order(void) {
        Attributes g = group("g", HA_GS_1_PHASE);
        Cast c = cast(2, &g);

        (void) play(c.seat[1].actor, part_stay, NULL, 0);
        dispatch_by_threads(c.seat[1].actor, THREADS);
        for (int i = 0; i < 50; i++)
                ok(send_text(c.seat[0], HA_GS_1_PHASE, 0, words("%d", i)));
        for (int i = 0; i < 50; i++) {
                everyone(&c, words("approved PROVIDER_MESSAGE message=\"%d\"", i));
        }
        check(play(c.seat[1].actor, part_overlaps, NULL, 0) == 0);
}

/* Each group's callback waits until the other's has begun too. */
static void meet(const ha_gs_approved_notification_t *n) {
        struct timespec limit;
        int g = group_index(n);

        (void) clock_gettime(CLOCK_REALTIME, &limit);
        limit.tv_sec += 8;
        (void) sem_post(&met[g]);
        report(n->gs_provider_token, "%s", sem_timedwait(&met[!g], &limit) == 0 ? "met" : "alone");
}

static int part_meet(void *data) {
        (void) data;
        (void) sem_init(&met[0], 0, 0);
        (void) sem_init(&met[1], 0, 0);
        hooks.approved = meet;
        return 0;
}

static void callbacks_of_two_groups_run_at_the_same_time(void) {
        Attributes g = group("g", HA_GS_1_PHASE), h = group("h", HA_GS_1_PHASE);
        Actor *a = client();
        Seat s = join(a, &g, 1), t = join(a, &h, 1);

        expect(s, "approved JOIN");
        expect(t, "approved JOIN");
        (void) play(a, part_meet, NULL, 0);
        dispatch_by_threads(a, 2);
        ok(send_text(s, HA_GS_1_PHASE, 0, "g"));
        ok(send_text(t, HA_GS_1_PHASE, 0, "h"));
        expect(s, "approved PROVIDER_MESSAGE");
        expect(s, "met");
        expect(t, "approved PROVIDER_MESSAGE");
        expect(t, "met");
}

static void an_arriving_message_wakes_a_thread(void) {
        Attributes g = group("g", HA_GS_1_PHASE);
        Cast c = cast(2, &g);

        dispatch_by_threads(c.seat[0].actor, 1);
        dispatch_by_threads(c.seat[1].actor, 1);
        for (int i = 0; i < 20; i++) {
                ok(send_text(c.seat[i % 2], HA_GS_1_PHASE, 0, "m"));
                everyone(&c, "approved PROVIDER_MESSAGE");
        }
}

/* ---- inside a callback ---- */

static void call_much(const ha_gs_approved_notification_t *n) {
        ha_gs_provider_message_t message = { 5, (char *) "again" };
        ha_gs_proposal_info_t info = { .gs_message_request = { HA_GS_1_PHASE, 0, &message } };

        if (n->gs_protocol_type != HA_GS_PROVIDER_MESSAGE)
                return;
        hooks.approved = NULL;
        report(n->gs_provider_token, "dispatch-in-callback=%d", ha_gs_dispatch(HA_GS_NON_BLOCKING));
        report(n->gs_provider_token, "send=%d", ha_gs_send_message(n->gs_provider_token, &info));
}

static int part_call_much(void *data) {
        (void) data;
        hooks.approved = call_much;
        return 0;
}

static void in_a_callback_all_but_dispatch_is_allowed(void) {
        Attributes g = group("g", HA_GS_1_PHASE);
        Cast c = cast(1, &g);
        Seat s = c.seat[0];

        (void) play(s.actor, part_call_much, NULL, 0);
        ok(send_text(s, HA_GS_1_PHASE, 0, "m"));
        expect(s, "approved PROVIDER_MESSAGE message=\"m\"");
        expect(s, words("dispatch-in-callback=%d", HA_GS_NOT_OK));
        expect(s, "send=0");
        expect(s, "approved PROVIDER_MESSAGE message=\"again\"");
}

static void bye(const ha_gs_approved_notification_t *n) {
        hooks.approved = NULL;
        report(n->gs_provider_token, "goodbye=%d", ha_gs_goodbye(n->gs_provider_token));
}

static int part_bye(void *data) {
        (void) data;
        hooks.approved = bye;
        return 0;
}

static void goodbye_in_a_callback_works(void) {
        Attributes g = group("g", HA_GS_1_PHASE);
        Cast c = cast(2, &g);

        (void) play(c.seat[1].actor, part_bye, NULL, 0);
        ok(send_text(c.seat[0], HA_GS_1_PHASE, 0, "m"));
        everyone(&c, "approved PROVIDER_MESSAGE");
        expect(c.seat[1], "goodbye=0");
        expect(c.seat[0], "approved FAILURE_LEAVE leaves=PROVIDER_SAID_GOODBYE members=1/5");
}

STORIES("test-5.2-dispatch", CASE("5.2-01", callbacks_run_in_dispatch_alone),
                CASE("5.2-02", one_dispatch_takes_all_that_has_arrived),
                CASE("5.2-03", non_blocking_returns_at_once),
                CASE("5.2-04", blocking_stays_until_the_connection_breaks),
                CASE("5.2-05", an_arriving_message_wakes_a_thread),
                CASE("5.2-06", callbacks_of_two_groups_run_at_the_same_time),
                CASE("5.2-07", a_group_has_one_callback_at_a_time_in_order),
                CASE("5.2-08", in_a_callback_all_but_dispatch_is_allowed),
                CASE("5.2-08b", goodbye_in_a_callback_works));
