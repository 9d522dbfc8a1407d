/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A deactivate script from the daemon's side: what it asks the helper, and what it makes of the answer. With
 * __wrap_log_group_line(), __wrap_clock_gettime(), __wrap_sd_event_add_time() and
 * __wrap_sd_event_source_set_time().
 */

#include "deactivate-run-fixture.h"

static void test_helper_is_asked(void **state) {
        World *w = *state;
        _unused_ _cleanup_(deactivate_run_freep) DeactivateRun *run = run_new(w, &request);
        _cleanup_(closep) int fd = helper_accept(w), passed = -EBADF;
        DeactivateRequest received;
        struct stat a, b;

        received = helper_receive(fd, &passed);
        assert_int_equal(received.limit, 300);
        assert_int_equal(received.provider.instance, 7);
        assert_int_equal(received.provider.node, 3);
        assert_string_equal(received.group, "db");
        assert_string_equal(received.flag, "now");
        assert_string_equal(received.script, "/opt/stop");
        assert_int_equal(fstat(w->client, &a), 0);
        assert_int_equal(fstat(passed, &b), 0);
        assert_true(a.st_ino == b.st_ino && a.st_dev == b.st_dev);
        assert_int_equal(helper_accept(w), -1);
}

static void test_success(void **state) {
        run_answered(*state, DEACTIVATE_EXITED, 0);
        assert_ended(*state, 0, false, INFO "ended with status 0\n");
}

static void test_exit_status(void **state) {
        run_answered(*state, DEACTIVATE_EXITED, 3);
        assert_ended(*state, 3, false, NOTICE "ended with status 3\n");
}

static void test_signal(void **state) {
        run_answered(*state, DEACTIVATE_KILLED, SIGSEGV);
        assert_ended(*state, 128 + SIGSEGV, false, NOTICE "was killed by SIGSEGV\n");
}

static void test_real_time_signal(void **state) {
        run_answered(*state, DEACTIVATE_KILLED, 40);
        assert_ended(*state, 168, false, NOTICE "was killed by SIGRTMIN or above\n");
}

static void test_limit(void **state) {
        run_answered(*state, DEACTIVATE_BY_LIMIT, 0);
        assert_ended(*state, -ETIMEDOUT, true, NOTICE "did not end within its limit and was killed\n");
}

static void test_not_started(void **state) {
        run_answered(*state, DEACTIVATE_NOT_STARTED, EACCES);
        assert_ended(*state, -EACCES, false, WARNING "the helper did not start it: Permission denied\n");
}

static void test_no_helper_is_no_success(void **state) {
        World *w = *state;
        _unused_ _cleanup_(deactivate_run_freep) DeactivateRun *run = NULL;

        assert_int_equal(unlink(PATH_DEACTIVATE_SOCKET), 0);
        run = run_new(w, &request);
        settle(w);
        assert_ended(w, -ENOENT, false, WARNING "the helper cannot be reached: No such file or directory\n");
}

static void test_helper_that_hangs_up_is_no_success(void **state) {
        World *w = *state;
        _unused_ _cleanup_(deactivate_run_freep) DeactivateRun *run = run_new(w, &request);
        int fd = helper_accept(w);

        (void) helper_take(fd);
        assert_int_equal(close(fd), 0);
        settle(w);
        assert_ended(w, -ECONNRESET, false,
                        WARNING "the helper ended without an answer: "
                                "Connection reset by peer\n");
}

/* As systemd does beyond MaxConnections=. */
static void test_request_that_nobody_reads_is_no_success(void **state) {
        World *w = *state;
        _unused_ _cleanup_(deactivate_run_freep) DeactivateRun *run = run_new(w, &request);

        assert_int_equal(close(helper_accept(w)), 0);
        settle(w);
        assert_ended(w, -ECONNRESET, false,
                        WARNING "the helper did not take it: Connection reset by peer\n");
}

static void test_malformed_answer_is_no_success(void **state) {
        static const char garbage[DEACTIVATE_FRAME_MAX + 1] = "no frame";
        World *w = *state;

        for (size_t size = 8; size <= sizeof(garbage); size += sizeof(garbage) - 8) {
                _unused_ _cleanup_(deactivate_run_freep) DeactivateRun *run = run_new(w, &request);
                _cleanup_(closep) int fd = helper_accept(w);

                w->n_ended = 0;
                lines[0] = 0;
                (void) helper_take(fd);
                assert_int_equal(send(fd, garbage, size, MSG_NOSIGNAL), size);
                settle(w);
                assert_ended(w, -EBADMSG, false, WARNING "the helper's answer is malformed: Bad message\n");
        }
}

static void test_run_is_given_up_behind_its_limit(void **state) {
        World *w = *state;
        uint64_t before = clock_usec(CLOCK_MONOTONIC);
        _unused_ _cleanup_(deactivate_run_freep) DeactivateRun *run = NULL;
        _cleanup_(closep) int fd = -EBADF;

        timers_due = true;
        run = run_new(w, &request);
        fd = helper_accept(w);
        assert_in_range(timer_at, before + 305 * USEC_PER_SEC, before + 306 * USEC_PER_SEC);
        settle(w);
        assert_ended(w, -ETIMEDOUT, true, NOTICE "was not heard of within its limit\n");
}

static void test_run_without_limit_has_the_helpers(void **state) {
        World *w = *state;
        uint64_t before = clock_usec(CLOCK_MONOTONIC);
        DeactivateRequest q = request;
        _unused_ _cleanup_(deactivate_run_freep) DeactivateRun *run = NULL;
        _cleanup_(closep) int fd = -EBADF;

        q.limit = 0;
        run = run_new(w, &q);
        fd = helper_accept(w);
        assert_int_equal(helper_take(fd).limit, 0);
        assert_in_range(timer_at, before + 3605 * USEC_PER_SEC, before + 3606 * USEC_PER_SEC);
}

static void test_answer_comes_once(void **state) {
        World *w = *state;
        _unused_ _cleanup_(deactivate_run_freep) DeactivateRun *run = run_new(w, &request);
        _cleanup_(closep) int fd = helper_accept(w);
        const DeactivateAnswer answer = { .end = DEACTIVATE_EXITED };
        uint8_t frame[DEACTIVATE_FRAME_MAX];
        ssize_t n = deactivate_encode_answer(&answer, frame, sizeof(frame));

        for (int i = 0; i < 2; i++)
                assert_int_equal(send(fd, frame, (size_t) n, MSG_NOSIGNAL), n);
        settle(w);
        assert_ended(w, 0, false, INFO "ended with status 0\n");
}

static void test_freed_run_is_not_heard_of(void **state) {
        World *w = *state;
        DeactivateRun *run = run_new(w, &request);
        _cleanup_(closep) int fd = helper_accept(w);

        (void) helper_take(fd);
        assert_null(deactivate_run_free(run));
        assert_int_equal(recv(fd, lines, sizeof(lines), 0), 0); /* it hung up */
        settle(w);
        assert_int_equal(w->n_ended, 0);
        assert_string_equal(lines, "");
        assert_null(deactivate_run_free(NULL));
}

static void test_run_may_be_freed_by_its_handler(void **state) {
        World *w = *state;
        int fd;

        w->to_free = run_new(w, &request);
        fd = helper_accept(w);
        helper_answer(w, fd, DEACTIVATE_EXITED, 0);
        assert_int_equal(close(fd), 0);
        assert_int_equal(w->n_ended, 1);
        assert_null(w->to_free);
}

static void test_connection_must_be_one(void **state) {
        World *w = *state;
        DeactivateRun *run = NULL;

        assert_int_equal(deactivate_run(w->event, &request, -1, on_end, w, &run), -EBADF);
        assert_null(run);
        settle(w);
        assert_int_equal(helper_accept(w), -1);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                deactivate_test(test_helper_is_asked),
                deactivate_test(test_success),
                deactivate_test(test_exit_status),
                deactivate_test(test_signal),
                deactivate_test(test_real_time_signal),
                deactivate_test(test_limit),
                deactivate_test(test_not_started),
                deactivate_test(test_no_helper_is_no_success),
                deactivate_test(test_helper_that_hangs_up_is_no_success),
                deactivate_test(test_request_that_nobody_reads_is_no_success),
                deactivate_test(test_malformed_answer_is_no_success),
                deactivate_test(test_run_is_given_up_behind_its_limit),
                deactivate_test(test_run_without_limit_has_the_helpers),
                deactivate_test(test_answer_comes_once),
                deactivate_test(test_freed_run_is_not_heard_of),
                deactivate_test(test_run_may_be_freed_by_its_handler),
                deactivate_test(test_connection_must_be_one),
        };

        return cmocka_run_group_tests(tests, fixture_group_setup, NULL);
}
