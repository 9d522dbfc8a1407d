/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What waits for the daemon, and for how long (stream.md 1); what arrives meanwhile; and what happens to
 * those who wait when the connection goes away.
 */

#include "libha_gs-recorder.h"

/* ---- time that goes by quickly ---- */

static _Atomic uint64_t skipped_usec;
static _Atomic bool time_flies; /* once nobody is going to answer */

int __real_poll(struct pollfd *fds, nfds_t n, int timeout);
int __wrap_poll(struct pollfd *fds, nfds_t n, int timeout);
int __real_clock_gettime(clockid_t clock, struct timespec *t);
int __wrap_clock_gettime(clockid_t clock, struct timespec *t);

int __wrap_poll(struct pollfd *fds, nfds_t n, int timeout) {
        int r;

        if (timeout < 1000 || !time_flies)
                return __real_poll(fds, n, timeout);
        r = __real_poll(fds, n, 100);
        if (r == 0)
                skipped_usec += (uint64_t) (timeout - 100) * 1000;
        return r;
}

int __wrap_clock_gettime(clockid_t clock, struct timespec *t) {
        int r = __real_clock_gettime(clock, t);
        uint64_t usec = (uint64_t) t->tv_nsec / 1000 + skipped_usec;

        if (clock == CLOCK_MONOTONIC) {
                t->tv_sec += (time_t) (usec / USEC_PER_SEC);
                t->tv_nsec = (long) (usec % USEC_PER_SEC) * 1000;
        }
        return r;
}

static int wait_start(void **state) {
        time_flies = false;
        return recorder_start(state);
}

#define wait_test(name) cmocka_unit_test_setup_teardown(name, wait_start, fake_stop)

static bool readable(int fd, int timeout) {
        struct pollfd p = { .fd = fd, .events = POLLIN };

        return __real_poll(&p, 1, timeout) == 1;
}

/* ---- goodbye and unsubscribe ---- */

static void nothing_follows_a_goodbye(_unused_ void **state) {
        GsNotification n = approved();
        ha_gs_token_t token;

        (void) start_client(no_error);
        token = join("group", 3);
        n_shown = 0;
        say_notification(token, NOTIFICATION_LIST_SAME, &n);
        say_before_done(token, NOTIFICATION_LIST_SAME, &n);
        assert_int_equal(ha_gs_goodbye(token), HA_GS_OK);
        say_notification(token, NOTIFICATION_LIST_SAME, &n);
        assert_int_equal(ha_gs_dispatch(HA_GS_NON_BLOCKING), HA_GS_OK);
        assert_int_equal(n_shown, 0);
}

static void nothing_follows_an_unsubscribe(_unused_ void **state) {
        GsNotification n = { .type = GS_SUBSCRIPTION_NOTIFICATION, .subscription_type = GS_SUBSCRIBE_STATE };
        ha_gs_token_t token;

        (void) start_client(no_error);
        token = subscribe("group", HA_GS_SUBSCRIBE_STATE);
        say_notification(token, NOTIFICATION_LIST_NONE, &n);
        say_before_done(token, NOTIFICATION_LIST_NONE, &n);
        assert_int_equal(ha_gs_unsubscribe(token), HA_GS_OK);
        assert_int_equal(ha_gs_dispatch(HA_GS_NON_BLOCKING), HA_GS_OK);
        assert_int_equal(n_shown, 0);
}

/* What was read while waiting is not in the socket any more: the descriptor says that it is there, all the
 * same. */
static void what_arrives_meanwhile_is_dispatched_later(_unused_ void **state) {
        GsNotification n = approved();
        ha_gs_token_t token, other;
        int fd;

        fd = start_client(no_error);
        token = join("group", 3);
        other = join("other", 3);
        n_shown = 0;
        say_before_done(other, NOTIFICATION_LIST_SAME, &n);
        say_before_done(other, NOTIFICATION_LIST_SAME, &n);
        assert_int_equal(ha_gs_goodbye(token), HA_GS_OK);
        assert_int_equal(n_shown, 0);
        (void) heard_event(EVENT_GOODBYE);

        assert_true(readable(fd, 10000));
        assert_int_equal(ha_gs_dispatch(HA_GS_NON_BLOCKING), HA_GS_OK);
        assert_int_equal(n_shown, 2);
        assert_int_equal(shown[0].token, other);

        /* It is quiet then, and the daemon was asked no more than it takes. */
        (void) heard(FRAME_UNSUBSCRIBE);
        assert_int_equal(ha_gs_dispatch(HA_GS_NON_BLOCKING), HA_GS_OK);
        assert_false(readable(fd, 20));
        assert_int_equal(send_message(other, "next"), HA_GS_OK);
        (void) heard_event(EVENT_MESSAGE);
}

static ha_gs_token_t leaver;

static void say_goodbye_to_another(_unused_ const Shown *s) {
        if (leaver > 0)
                assert_int_equal(ha_gs_goodbye(leaver), HA_GS_OK);
        leaver = 0;
}

/* In a callback it is the dispatch around it that goes on with what arrived. */
static void what_arrives_in_a_callback_is_dispatched_behind_it(_unused_ void **state) {
        GsNotification n = approved();
        ha_gs_token_t other;
        int fd;

        fd = start_client(no_error);
        leaver = join("group", 3);
        other = join("other", 3);
        n_shown = 0;
        in_callback = say_goodbye_to_another;
        say_before_done(other, NOTIFICATION_LIST_SAME, &n);
        say_notification(other, NOTIFICATION_LIST_SAME, &n);
        assert_int_equal(ha_gs_dispatch(HA_GS_NON_BLOCKING), HA_GS_OK);
        assert_int_equal(n_shown, 2);
        (void) heard_event(EVENT_GOODBYE);
        assert_false(readable(fd, 20));
        assert_int_equal(send_message(other, "next"), HA_GS_OK);
        (void) heard_event(EVENT_MESSAGE);
}

static struct {
        uint64_t begun_usec;
        uint64_t skipped_usec;
} patience; /* of the call that may wait */

static void patience_begins(void) {
        patience.begun_usec = clock_usec(CLOCK_MONOTONIC);
        patience.skipped_usec = skipped_usec;
}

/* Five seconds have gone by, and no more was asked for: what a busy machine adds is not the library's. */
static void assert_patience_ended(void) {
        assert_true(clock_usec(CLOCK_MONOTONIC) - patience.begun_usec >= 5 * USEC_PER_SEC);
        assert_true(skipped_usec - patience.skipped_usec <= 5 * USEC_PER_SEC);
}

static void assert_waits_five_seconds(ha_gs_rc_t (*routine)(ha_gs_token_t), ha_gs_token_t token) {
        fake.silent = time_flies = true;
        patience_begins();
        assert_int_equal(routine(token), HA_GS_NOT_OK);
        assert_patience_ended();
        assert_int_equal(ha_gs_dispatch(HA_GS_NON_BLOCKING), HA_GS_NOT_OK);
        fake.silent = time_flies = false;
        hang_up();
}

static void nobody_answers(_unused_ void **state) {
        (void) start_client(no_error);
        assert_waits_five_seconds(ha_gs_goodbye, join("group", 3));
        (void) start_client(no_error);
        assert_waits_five_seconds(ha_gs_unsubscribe, subscribe("group", HA_GS_SUBSCRIBE_STATE));
        (void) start_client(no_error);
        assert_int_equal(ha_gs_dispatch(HA_GS_NON_BLOCKING), HA_GS_OK);
}

static void *hang_up_soon(_unused_ void *argument) {
        (void) usleep(30000);
        hang_up();
        return NULL;
}

static void the_end_comes_instead_of_an_answer(_unused_ void **state) {
        uint64_t start = clock_usec(CLOCK_MONOTONIC);
        ha_gs_token_t token;
        pthread_t thread;

        (void) start_client(no_error);
        token = join("group", 3);
        fake.silent = true;
        assert_int_equal(pthread_create(&thread, NULL, hang_up_soon, NULL), 0);
        assert_int_equal(ha_gs_goodbye(token), HA_GS_NOT_OK);
        assert_true(clock_usec(CLOCK_MONOTONIC) - start < 4 * USEC_PER_SEC);
        assert_int_equal(pthread_join(thread, NULL), 0);
}

/* ---- a daemon that does not read ---- */

static void stop_hearing(void) {
        fake.deaf = true;
        (void) usleep(20000);
}

static unsigned send_until(ha_gs_token_t token, ha_gs_rc_t wanted) {
        static char bytes[GS_MESSAGE_MAX];
        ha_gs_provider_message_t message = { sizeof(bytes), bytes };
        ha_gs_proposal_info_t info = { .gs_message_request = { HA_GS_1_PHASE, 0, &message } };
        ha_gs_rc_t r = HA_GS_OK;
        unsigned n = 0;

        for (; r == HA_GS_OK && n < 1000000; n++) {
                patience_begins();
                r = ha_gs_send_message(token, &info);
        }
        assert_int_equal(r, wanted);
        return n;
}

static void room_does_not_come(_unused_ void **state) {
        GsNotification n = approved();
        ha_gs_token_t token;

        (void) start_client(no_error);
        token = join("group", 3);
        n_shown = 0;
        stop_hearing();
        say_notification(token, NOTIFICATION_LIST_SAME, &n);
        time_flies = true;
        assert_in_range(send_until(token, HA_GS_NOT_OK), 10, 999999);
        assert_patience_ended();

        /* What arrived is dispatched yet. */
        assert_int_equal(ha_gs_dispatch(HA_GS_NON_BLOCKING), HA_GS_NOT_OK);
        assert_int_equal(n_shown, 1);
}

/* The daemon speaks and does not listen until all it has to say is taken: both are full, and none is stuck.
 */
static void *speak_then_hear(void *argument) {
        ha_gs_token_t token = *(ha_gs_token_t *) argument;
        static char bytes[GS_MESSAGE_MAX];
        GsNotification n = approved();
        uint8_t frame[4096];
        size_t size;

        n.message = (GsBytes){ bytes, sizeof(bytes) };
        size = (size_t) notification_encode(&n, token, NOTIFICATION_LIST_SAME, frame, sizeof(frame));
        for (unsigned i = 0; i < 1000; i++)
                assert_int_equal(send(fake.peer, frame, size, MSG_NOSIGNAL), size);
        fake.deaf = false;
        return NULL;
}

static void both_are_full(_unused_ void **state) {
        ha_gs_provider_message_t message;
        ha_gs_proposal_info_t info;
        ha_gs_token_t token;
        pthread_t thread;
        char text[2001];
        int fd;

        memset(text, 't', 2000);
        text[2000] = 0;
        fd = start_client(no_error);
        token = join("group", 3);
        n_shown = 0;
        stop_hearing();
        assert_int_equal(pthread_create(&thread, NULL, speak_then_hear, &token), 0);
        info = message_of(&message, text);
        for (unsigned i = 0; i < 1000; i++)
                assert_int_equal(ha_gs_send_message(token, &info), HA_GS_OK);
        assert_int_equal(pthread_join(thread, NULL), 0);

        assert_true(readable(fd, 10000));
        dispatch_until(&n_shown, 1000);
        assert_int_equal(ha_gs_goodbye(token), HA_GS_OK);
        assert_in_range(fake.n_heard, 1001, 1200); /* some of them to wake the user */
}

/* ---- quit ---- */

static void quit(_unused_ const Shown *s) {
        ha_gs_quit();
        assert_int_equal(ha_gs_dispatch(HA_GS_NON_BLOCKING), HA_GS_NO_INIT);
}

static void quit_in_a_callback(_unused_ void **state) {
        GsNotification n = approved();
        ha_gs_token_t token;

        for (unsigned i = 0; i < 2; i++) {
                (void) start_client(no_error);
                token = join("group", 3);
                n_shown = 0;
                say_notification(token, NOTIFICATION_LIST_SAME, &n);
                say_notification(token, NOTIFICATION_LIST_SAME, &n);
                in_callback = quit;
                assert_int_equal(ha_gs_dispatch(i ? HA_GS_BLOCKING : HA_GS_NON_BLOCKING), HA_GS_NO_INIT);
                assert_int_equal(n_shown, 1);
                in_callback = NULL;
        }
}

static void quit_and_begin_anew(const Shown *s) {
        in_callback = NULL;
        ha_gs_quit();
        (void) start_client(no_error);
        assert_int_equal(send_message(s->token, "none"), HA_GS_BAD_MEMBER_TOKEN);
}

static void a_new_connection_in_a_callback(_unused_ void **state) {
        GsNotification n = approved();
        ha_gs_token_t token;

        (void) start_client(no_error);
        token = join("group", 3);
        n_shown = 0;
        say_notification(token, NOTIFICATION_LIST_SAME, &n);
        say_notification(token, NOTIFICATION_LIST_SAME, &n);
        in_callback = quit_and_begin_anew;
        assert_int_equal(ha_gs_dispatch(HA_GS_NON_BLOCKING), HA_GS_OK);
        assert_int_equal(n_shown, 1);

        token = join("group", 3);
        assert_int_equal(send_message(token, "alive"), HA_GS_OK);
}

static void *dispatch_blocking(_unused_ void *argument) {
        return (void *) (uintptr_t) ha_gs_dispatch(HA_GS_BLOCKING);
}

static void the_others_wake(ha_gs_rc_t wanted, void (*end)(void)) {
        pthread_t threads[3];
        void *r;

        (void) start_client(no_error);
        for (size_t i = 0; i < ELEMENTSOF(threads); i++)
                assert_int_equal(pthread_create(&threads[i], NULL, dispatch_blocking, NULL), 0);
        (void) usleep(20000);
        end();
        for (size_t i = 0; i < ELEMENTSOF(threads); i++) {
                assert_int_equal(pthread_join(threads[i], &r), 0);
                assert_int_equal((ha_gs_rc_t) (uintptr_t) r, wanted);
        }
        assert_int_equal(ha_gs_dispatch(HA_GS_NON_BLOCKING), wanted);
        ha_gs_quit();
}

static void say_nonsense(void) {
        say("x", 1);
}

static void the_end_wakes_all_dispatchers(_unused_ void **state) {
        the_others_wake(HA_GS_NOT_OK, hang_up);
        the_others_wake(HA_GS_NOT_OK, say_nonsense);
        (void) usleep(20000);
        the_others_wake(HA_GS_NO_INIT, ha_gs_quit);
}

static void *goodbye(void *argument) {
        uint64_t start = clock_usec(CLOCK_MONOTONIC);
        ha_gs_rc_t r = ha_gs_goodbye(*(ha_gs_token_t *) argument);

        return (void *) (uintptr_t) (clock_usec(CLOCK_MONOTONIC) - start < 4 * USEC_PER_SEC ? r
                                                                                            : HA_GS_NOT_OK);
}

static void *dispatch_over_and_over(_unused_ void *argument) {
        ha_gs_rc_t r;

        do
                r = ha_gs_dispatch(HA_GS_NON_BLOCKING);
        while (r == HA_GS_OK);
        return (void *) (uintptr_t) r;
}

/* While threads wait in goodbye another one may read the answer, or one of them that of another. */
static void answers_reach_who_waits_for_them(void *(*dispatch)(void *) ) {
        pthread_t dispatcher, threads[4];
        ha_gs_token_t tokens[4];
        char name[8] = "group0";
        void *r;

        (void) start_client(no_error);
        assert_int_equal(pthread_create(&dispatcher, NULL, dispatch, NULL), 0);
        for (unsigned round = 0; round < 100; round++) {
                for (unsigned i = 0; i < 4; i++) {
                        name[5] = (char) ('0' + i);
                        tokens[i] = start_join(name, 3);
                }
                for (unsigned i = 0; i < 4; i++)
                        assert_int_equal(pthread_create(&threads[i], NULL, goodbye, &tokens[i]), 0);
                for (unsigned i = 0; i < 4; i++) {
                        assert_int_equal(pthread_join(threads[i], &r), 0);
                        assert_int_equal((ha_gs_rc_t) (uintptr_t) r, HA_GS_OK);
                        (void) heard_event(EVENT_GOODBYE);
                }
        }
        ha_gs_quit();
        assert_int_equal(pthread_join(dispatcher, &r), 0);
        assert_int_equal((ha_gs_rc_t) (uintptr_t) r, HA_GS_NO_INIT);
}

static void answers_read_by_a_blocking_dispatcher(_unused_ void **state) {
        answers_reach_who_waits_for_them(dispatch_blocking);
}

static void answers_read_by_a_dispatcher_that_looks(_unused_ void **state) {
        answers_reach_who_waits_for_them(dispatch_over_and_over);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                wait_test(nothing_follows_a_goodbye),
                wait_test(nothing_follows_an_unsubscribe),
                wait_test(what_arrives_meanwhile_is_dispatched_later),
                wait_test(what_arrives_in_a_callback_is_dispatched_behind_it),
                wait_test(nobody_answers),
                wait_test(the_end_comes_instead_of_an_answer),
                wait_test(room_does_not_come),
                wait_test(both_are_full),
                wait_test(quit_in_a_callback),
                wait_test(a_new_connection_in_a_callback),
                wait_test(the_end_wakes_all_dispatchers),
                wait_test(answers_read_by_a_blocking_dispatcher),
                wait_test(answers_read_by_a_dispatcher_that_looks),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
