/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Responsiveness checks. __wrap_log_line() takes what is logged. Time passes when a test says so:
 * __wrap_clock_gettime() tells it, and __wrap_sd_event_add_time(), __wrap_sd_event_source_set_time(),
 * __wrap_sd_event_source_set_enabled() and __wrap_sd_event_source_disable_unref() make a timer of it.
 */

#include "session-client.h"
#include "util/clock.h"

#define SECOND USEC_PER_SEC

/* ---- the clock, and the one timer that a test has ---- */

static uint64_t now;

static struct {
        sd_event_source *source;
        bool enabled;
        uint64_t at;
        sd_event_time_handler_t handler;
        void *userdata;
} timer;

int __wrap_clock_gettime(clockid_t clock, struct timespec *ret);

int __wrap_clock_gettime(_unused_ clockid_t clock, struct timespec *ret) {
        *ret = (struct timespec){ .tv_sec = (time_t) (now / SECOND),
                .tv_nsec = (long) (now % SECOND) * 1000 };
        return 0;
}

int __real_sd_event_add_time(sd_event *event, sd_event_source **ret, clockid_t clock, uint64_t usec,
                uint64_t accuracy, sd_event_time_handler_t handler, void *userdata);
int __wrap_sd_event_add_time(sd_event *event, sd_event_source **ret, clockid_t clock, uint64_t usec,
                uint64_t accuracy, sd_event_time_handler_t handler, void *userdata);

int __wrap_sd_event_add_time(sd_event *event, sd_event_source **ret, clockid_t clock, uint64_t usec,
                uint64_t accuracy, sd_event_time_handler_t handler, void *userdata) {
        int r = __real_sd_event_add_time(event, ret, clock, UINT64_MAX, accuracy, handler, userdata);

        if (r >= 0 && usec != UINT64_MAX) {
                timer.source = *ret;
                timer.enabled = true;
                timer.at = usec;
                timer.handler = handler;
                timer.userdata = userdata;
        }
        return r;
}

int __real_sd_event_source_set_time(sd_event_source *source, uint64_t usec);
int __wrap_sd_event_source_set_time(sd_event_source *source, uint64_t usec);

int __wrap_sd_event_source_set_time(sd_event_source *source, uint64_t usec) {
        if (source != timer.source)
                return __real_sd_event_source_set_time(source, usec);
        timer.at = usec;
        return 0;
}

int __real_sd_event_source_set_enabled(sd_event_source *source, int enabled);
int __wrap_sd_event_source_set_enabled(sd_event_source *source, int enabled);

int __wrap_sd_event_source_set_enabled(sd_event_source *source, int enabled) {
        if (source != timer.source)
                return __real_sd_event_source_set_enabled(source, enabled);
        timer.enabled = enabled != SD_EVENT_OFF;
        return 0;
}

sd_event_source *__real_sd_event_source_disable_unref(sd_event_source *source);
sd_event_source *__wrap_sd_event_source_disable_unref(sd_event_source *source);

sd_event_source *__wrap_sd_event_source_disable_unref(sd_event_source *source) {
        if (source && source == timer.source)
                memset(&timer, 0, sizeof(timer));
        return __real_sd_event_source_disable_unref(source);
}

/* Let so much time pass. */
static void pass(Fixture *f, uint64_t usec) {
        uint64_t end = now + usec;

        settle(f);
        while (timer.enabled && timer.at <= end) {
                now = timer.at > now ? timer.at : now;
                timer.enabled = false;
                assert_int_equal(timer.handler(timer.source, now, timer.userdata), 0);
                settle(f);
        }
        now = end;
}

/* ---- clients that are checked ---- */

/* A client that has joined, and is to be checked each second, with a limit in seconds; 0: none. */
static int checked_client(Fixture *f, uint16_t limit) {
        const ClientHello hello = {
                .version_min = 1,
                .version_max = 1,
                .responsiveness = CLIENT_PING_RESPONSIVENESS,
                .interval = 1,
                .response_limit = limit,
        };
        int fd = welcome_client(f, &hello);

        join(fd, 1);
        settle(f);
        f->n_calls = 0;
        return fd;
}

static void answer(Fixture *f, int fd, bool well) {
        expect_frame(f, fd, FRAME_PING, 0);
        assert_int_equal(inbox_body.size, 0);
        send_pong(fd, well);
        settle(f);
}

static void assert_announced(const Fixture *f, unsigned i, bool back) {
        assert_submitted(f, i, EVENT_RESPONSIVENESS, (GsClient){ .connection = 1 });
        assert_int_equal(f->calls[i].flag, back);
        assert_int_equal(f->n_calls, i + 1);
}

static void test_client_is_asked_each_interval(void **state) {
        Fixture *f = *state;
        _cleanup_(closep) int client = checked_client(f, 0);

        for (unsigned i = 0; i < 3; i++) {
                pass(f, SECOND - 1);
                expect_nothing(f, client);
                pass(f, 1);
                answer(f, client, true);
        }
        assert_int_equal(f->n_calls, 0);
}

/* And is asked no more while the last question is unanswered. */
static void test_silence_is_announced_once_and_so_is_its_end(void **state) {
        Fixture *f = *state;
        _cleanup_(closep) int client = checked_client(f, 0);

        pass(f, SECOND * 2 - 1);
        assert_int_equal(f->n_calls, 0);
        pass(f, 1);
        assert_announced(f, 0, /* back= */ false);
        pass(f, SECOND * 1000);
        assert_int_equal(f->n_calls, 1);
        assert_false(timer.enabled); /* nothing to do until it answers */

        answer(f, client, true);
        assert_announced(f, 1, /* back= */ true);
        pass(f, 0);
        answer(f, client, true);
        assert_int_equal(f->n_calls, 2);
        assert_int_equal(session_server_clients(f->server), 1);
}

static void test_answer_may_take_as_long_as_the_limit(void **state) {
        Fixture *f = *state;
        _cleanup_(closep) int client = checked_client(f, 4);

        pass(f, SECOND * 5 - 1);
        assert_int_equal(f->n_calls, 0);
        answer(f, client, true);
        pass(f, SECOND * 4 - 1);
        assert_int_equal(f->n_calls, 0);
        pass(f, SECOND);
        assert_announced(f, 0, /* back= */ false);
        answer(f, client, true);
        assert_announced(f, 1, /* back= */ true);
}

static void test_client_that_is_not_well_is_announced_until_it_is(void **state) {
        Fixture *f = *state;
        _cleanup_(closep) int client = checked_client(f, 0);

        for (unsigned i = 0; i < 3; i++) {
                pass(f, SECOND);
                answer(f, client, false);
                assert_announced(f, 0, /* back= */ false);
        }
        pass(f, SECOND);
        answer(f, client, true);
        assert_announced(f, 1, /* back= */ true);
}

static void test_who_provides_for_nothing_is_not_announced(void **state) {
        Fixture *f = *state;
        _cleanup_(closep) int client = checked_client(f, 0);

        request(client, EVENT_GOODBYE, 1, 0);
        settle(f);
        expect_done(f, client, 0);
        f->n_calls = 0;
        pass(f, SECOND * 4);
        assert_int_equal(f->n_calls, 0);

        /* Once it does, its next silence is. */
        join(client, 2);
        answer(f, client, true);
        assert_submitted(f, 0, EVENT_JOIN, (GsClient){ 1, 2 });
        assert_int_equal(f->n_calls, 1);
        f->n_calls = 0;
        pass(f, SECOND * 4);
        assert_announced(f, 0, /* back= */ false);
}

static void test_who_did_not_ask_is_not_asked(void **state) {
        Fixture *f = *state;
        _cleanup_(closep) int client = joined_client(f, 1);

        f->n_calls = 0;
        pass(f, SECOND * 3);
        expect_nothing(f, client);
        send_pong(client, true);
        settle(f);
        assert_int_equal(f->n_calls, 0);
        assert_int_equal(session_server_clients(f->server), 1);
}

static void test_end_of_a_client_ends_its_checks(void **state) {
        Fixture *f = *state;
        int client = checked_client(f, 0);

        pass(f, SECOND * 3 / 2);
        (void) close(client);
        pass(f, SECOND * 3);
        assert_submitted(f, 0, EVENT_PROCESS_DOWN, (GsClient){ .connection = 1 });
        assert_int_equal(f->n_calls, 1);
}

static void test_announcement_that_fails_ends_the_session(void **state) {
        Fixture *f = *state;
        _cleanup_(closep) int client = checked_client(f, 0);

        f->submit_result = -ENOBUFS;
        pass(f, SECOND * 4);
        assert_int_equal(session_server_clients(f->server), 0);
        assert_int_equal(count_logged(strerror(ENOBUFS)), 1);
        (void) client;
}

int main(void) {
        const struct CMUnitTest tests[] = {
                session_test(test_client_is_asked_each_interval),
                session_test(test_silence_is_announced_once_and_so_is_its_end),
                session_test(test_answer_may_take_as_long_as_the_limit),
                session_test(test_client_that_is_not_well_is_announced_until_it_is),
                session_test(test_who_provides_for_nothing_is_not_announced),
                session_test(test_who_did_not_ask_is_not_asked),
                session_test(test_end_of_a_client_ends_its_checks),
                session_test(test_announcement_that_fails_ends_the_session),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
