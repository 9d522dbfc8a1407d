/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Deactivate scripts from the daemon's side: what it asks the helper, and what it makes of the answer. The
 * helper is played by the test, at the real path in a /run of the test's own.
 */

#include "hagsd-fixture.h"

#include "hagsd/deactivate.h"
#include "log/log.h"
#include "util/clock.h"
#include "util/paths.h"

/* ---- what was logged, in place of the log ---- */

static char lines[16 * 1024];

void __wrap_log_line(int priority, const MessageId *message_id, const char *file, int line,
                const char *function, const char *format, ...) _printf_(6, 7);

void __wrap_log_line(int priority, _unused_ const MessageId *message_id, _unused_ const char *file,
                _unused_ int line, _unused_ const char *function, const char *format, ...) {
        size_t n = strlen(lines);
        va_list ap;

        n += (size_t) snprintf(lines + n, sizeof(lines) - n, "<%d>", priority);
        va_start(ap, format);
        n += (size_t) vsnprintf(lines + n, sizeof(lines) - n, format, ap);
        va_end(ap);
        (void) snprintf(lines + n, sizeof(lines) - n, "\n");
}

/* ---- the clock, which can be set forward ---- */

static uint64_t forward; /* microseconds */

int __real_clock_gettime(clockid_t clock, struct timespec *ret);
int __wrap_clock_gettime(clockid_t clock, struct timespec *ret);

int __wrap_clock_gettime(clockid_t clock, struct timespec *ret) {
        int r = __real_clock_gettime(clock, ret);

        ret->tv_sec += (time_t) (forward / USEC_PER_SEC);
        return r;
}

/* Of sd-event the times are taken, and those of the future come at once where a test wants them to. */
static uint64_t timer_at;
static bool timers_due;

int __real_sd_event_source_set_time(sd_event_source *source, uint64_t usec);
int __wrap_sd_event_source_set_time(sd_event_source *source, uint64_t usec);

int __wrap_sd_event_source_set_time(sd_event_source *source, uint64_t usec) {
        timer_at = usec;
        return __real_sd_event_source_set_time(source, timers_due ? 0 : usec);
}

/* ---- the test's helper and client ---- */

typedef struct World {
        sd_event *event;
        int listener; /* the helper's */
        int client;   /* what is passed to it */
        unsigned n_descriptors;

        unsigned n_ended;
        int status;
        bool by_limit;
        DeactivateRun *to_free; /* in the handler */
} World;

static const DeactivateRequest request = {
        .limit = 300,
        .provider = { .instance = 7, .node = 3 },
        .group = "db",
        .flag = "now",
        .script = "/opt/stop",
};

static unsigned count_descriptors(void) {
        DIR *d = opendir("/proc/self/fd");
        unsigned n = 0;

        assert_non_null(d);
        while (readdir(d))
                n++;
        assert_int_equal(closedir(d), 0);
        return n;
}

static int listen_as_helper(void) {
        struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = PATH_DEACTIVATE_SOCKET };
        int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

        assert_true(fd >= 0);
        (void) unlink(address.sun_path);
        assert_int_equal(bind(fd, (struct sockaddr *) &address, sizeof(address)), 0);
        assert_int_equal(listen(fd, 100), 0);
        return fd;
}

static int setup(void **state) {
        World *w = calloc(1, sizeof(*w));

        forward = timer_at = 0;
        timers_due = false;
        lines[0] = 0;
        w->n_descriptors = count_descriptors();
        w->listener = listen_as_helper();
        w->client = open("/dev/null", O_RDONLY | O_CLOEXEC);
        *state = w;
        return sd_event_new(&w->event);
}

static int teardown(void **state) {
        World *w = *state;
        bool leaks;

        (void) sd_event_unref(w->event);
        (void) close(w->listener);
        (void) close(w->client);
        leaks = count_descriptors() != w->n_descriptors;
        free(w);
        return leaks ? -1 : 0;
}

static void on_end(void *userdata, int status, bool by_limit) {
        World *w = userdata;

        w->n_ended++;
        w->status = status;
        w->by_limit = by_limit;
        w->to_free = deactivate_run_free(w->to_free);
}

static DeactivateRun *run_new(World *w, const DeactivateRequest *q) {
        DeactivateRun *run = NULL;
        unsigned ended = w->n_ended;

        assert_int_equal(deactivate_run(w->event, q, w->client, on_end, w, &run), 0);
        assert_non_null(run);
        assert_int_equal(w->n_ended, ended); /* never from there */
        return run;
}

/* Run the loop until nothing is left to do. */
static void settle(const World *w) {
        int r;

        do
                r = sd_event_run(w->event, 0);
        while (r > 0);
        assert_int_equal(r, 0);
}

/* Who asks the helper next, or -1. */
static int helper_accept(const World *w) {
        settle(w);
        return accept4(w->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
}

static DeactivateRequest helper_receive(int fd, int *ret_passed) {
        union {
                struct cmsghdr align;
                char data[CMSG_SPACE(2 * sizeof(int))];
        } control;
        uint8_t frame[DEACTIVATE_FRAME_MAX];
        struct iovec iov = { .iov_base = frame, .iov_len = sizeof(frame) };
        struct msghdr message = {
                .msg_iov = &iov,
                .msg_iovlen = 1,
                .msg_control = &control,
                .msg_controllen = sizeof(control),
        };
        DeactivateRequest received;
        ssize_t n;

        n = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
        assert_true(n > 0);
        assert_int_equal(deactivate_decode_request(frame, (size_t) n, &received), 0);
        assert_int_equal(message.msg_controllen, CMSG_SPACE(sizeof(int)));
        assert_int_equal(control.align.cmsg_len, CMSG_LEN(sizeof(int)));
        assert_int_equal(control.align.cmsg_type, SCM_RIGHTS);
        memcpy(ret_passed, CMSG_DATA(&control.align), sizeof(int));
        return received;
}

/* Take the request as the helper would, and close what came with it. */
static DeactivateRequest helper_take(int fd) {
        _cleanup_(closep) int passed = -EBADF;

        return helper_receive(fd, &passed);
}

static void helper_answer(World *w, int fd, DeactivateEnd end, unsigned value) {
        const DeactivateAnswer answer = { .end = end, .value = (uint16_t) value };
        uint8_t frame[DEACTIVATE_FRAME_MAX];
        ssize_t n = deactivate_encode_answer(&answer, frame, sizeof(frame));

        assert_int_equal(send(fd, frame, (size_t) n, MSG_NOSIGNAL), n);
        settle(w);
}

/* A run that the helper answers so. */
static void run_answered(World *w, DeactivateEnd end, unsigned value) {
        _cleanup_(deactivate_run_freep) DeactivateRun *run = run_new(w, &request);
        _cleanup_(closep) int fd = helper_accept(w);

        assert_true(fd >= 0);
        (void) helper_take(fd);
        settle(w);
        assert_int_equal(w->n_ended, 0);
        helper_answer(w, fd, end, value);
        assert_int_equal(w->n_ended, 1);
}

static void assert_ended(const World *w, int status, bool by_limit, const char *line) {
        assert_int_equal(w->n_ended, 1);
        assert_int_equal(w->status, status);
        assert_int_equal(w->by_limit, by_limit);
        assert_string_equal(lines, line);
}

#define WHOSE "Deactivate script '/opt/stop' of instance 7 on node 3 in group 'db' "

/* ---- the tests ---- */

static void test_helper_is_asked(void **state) {
        World *w = *state;
        _cleanup_(deactivate_run_freep) DeactivateRun *run = run_new(w, &request);
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
        assert_ended(*state, 0, false, "<6>" WHOSE "ended with status 0\n");
}

static void test_exit_status(void **state) {
        run_answered(*state, DEACTIVATE_EXITED, 3);
        assert_ended(*state, 3, false, "<5>" WHOSE "ended with status 3\n");
}

static void test_signal(void **state) {
        run_answered(*state, DEACTIVATE_KILLED, SIGSEGV);
        assert_ended(*state, 128 + SIGSEGV, false, "<5>" WHOSE "was killed by SIGSEGV\n");
}

static void test_real_time_signal(void **state) {
        run_answered(*state, DEACTIVATE_KILLED, 40);
        assert_ended(*state, 168, false, "<5>" WHOSE "was killed by SIGRTMIN or above\n");
}

static void test_limit(void **state) {
        run_answered(*state, DEACTIVATE_BY_LIMIT, 0);
        assert_ended(*state, -ETIMEDOUT, true, "<5>" WHOSE "did not end within its limit and was killed\n");
}

static void test_not_started(void **state) {
        run_answered(*state, DEACTIVATE_NOT_STARTED, EACCES);
        assert_ended(*state, -EACCES, false,
                        "<4>" WHOSE
                        "counts as unsuccessful: the helper did not start it: Permission denied\n");
}

static void test_no_helper_is_no_success(void **state) {
        World *w = *state;
        _cleanup_(deactivate_run_freep) DeactivateRun *run = NULL;

        assert_int_equal(unlink(PATH_DEACTIVATE_SOCKET), 0);
        run = run_new(w, &request);
        settle(w);
        assert_ended(w, -ENOENT, false,
                        "<4>" WHOSE
                        "counts as unsuccessful: the helper cannot be reached: No such file or directory\n");
}

static void test_helper_that_hangs_up_is_no_success(void **state) {
        World *w = *state;
        _cleanup_(deactivate_run_freep) DeactivateRun *run = run_new(w, &request);
        int fd = helper_accept(w);

        (void) helper_take(fd);
        assert_int_equal(close(fd), 0);
        settle(w);
        assert_ended(w, -ECONNRESET, false,
                        "<4>" WHOSE "counts as unsuccessful: the helper ended without an answer: "
                        "Connection reset by peer\n");
}

/* As systemd does beyond MaxConnections=. */
static void test_request_that_nobody_reads_is_no_success(void **state) {
        World *w = *state;
        _cleanup_(deactivate_run_freep) DeactivateRun *run = run_new(w, &request);

        assert_int_equal(close(helper_accept(w)), 0);
        settle(w);
        assert_ended(w, -ECONNRESET, false,
                        "<4>" WHOSE
                        "counts as unsuccessful: the helper did not take it: Connection reset by peer\n");
}

static void test_malformed_answer_is_no_success(void **state) {
        static const char garbage[DEACTIVATE_FRAME_MAX + 1] = "no frame";
        World *w = *state;

        for (size_t size = 8; size <= sizeof(garbage); size += sizeof(garbage) - 8) {
                _cleanup_(deactivate_run_freep) DeactivateRun *run = run_new(w, &request);
                _cleanup_(closep) int fd = helper_accept(w);

                w->n_ended = 0;
                lines[0] = 0;
                (void) helper_take(fd);
                assert_int_equal(send(fd, garbage, size, MSG_NOSIGNAL), size);
                settle(w);
                assert_ended(w, -EBADMSG, false,
                                "<4>" WHOSE
                                "counts as unsuccessful: the helper's answer is malformed: Bad message\n");
        }
}

static void test_run_is_given_up_behind_its_limit(void **state) {
        World *w = *state;
        uint64_t before = clock_usec(CLOCK_MONOTONIC);
        _cleanup_(deactivate_run_freep) DeactivateRun *run = NULL;
        _cleanup_(closep) int fd = -EBADF;

        timers_due = true;
        run = run_new(w, &request);
        fd = helper_accept(w);
        assert_in_range(timer_at, before + 305 * USEC_PER_SEC, before + 306 * USEC_PER_SEC);
        settle(w);
        assert_ended(w, -ETIMEDOUT, true, "<5>" WHOSE "was not heard of within its limit\n");
}

static void test_run_without_limit_has_the_helpers(void **state) {
        World *w = *state;
        uint64_t before = clock_usec(CLOCK_MONOTONIC);
        DeactivateRequest q = request;
        _cleanup_(deactivate_run_freep) DeactivateRun *run = NULL;
        _cleanup_(closep) int fd = -EBADF;

        q.limit = 0;
        run = run_new(w, &q);
        fd = helper_accept(w);
        assert_int_equal(helper_take(fd).limit, 0);
        assert_in_range(timer_at, before + 3605 * USEC_PER_SEC, before + 3606 * USEC_PER_SEC);
}

static void test_answer_comes_once(void **state) {
        World *w = *state;
        _cleanup_(deactivate_run_freep) DeactivateRun *run = run_new(w, &request);
        _cleanup_(closep) int fd = helper_accept(w);
        const DeactivateAnswer answer = { .end = DEACTIVATE_EXITED };
        uint8_t frame[DEACTIVATE_FRAME_MAX];
        ssize_t n = deactivate_encode_answer(&answer, frame, sizeof(frame));

        for (int i = 0; i < 2; i++)
                assert_int_equal(send(fd, frame, (size_t) n, MSG_NOSIGNAL), n);
        settle(w);
        assert_ended(w, 0, false, "<6>" WHOSE "ended with status 0\n");
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

/* ---- more than the helper takes at once ---- */

#define N_MANY (DEACTIVATE_RUNS_MAX + 3)

typedef struct Many {
        DeactivateRun *runs[N_MANY];
        int fds[DEACTIVATE_RUNS_MAX]; /* the helper's, by instance */
} Many;

/* Start them all, and take those that come: the first ones, in any order. */
static void many_start(World *w, Many *many) {
        for (unsigned i = 0; i < N_MANY; i++) {
                DeactivateRequest q = request;

                q.provider.instance = (uint16_t) i;
                many->runs[i] = run_new(w, &q);
        }
        memset(many->fds, -1, sizeof(many->fds));
        for (unsigned i = 0; i < DEACTIVATE_RUNS_MAX; i++) {
                int fd = helper_accept(w);
                unsigned instance = helper_take(fd).provider.instance;

                assert_in_range(instance, 0, DEACTIVATE_RUNS_MAX - 1);
                assert_int_equal(many->fds[instance], -1);
                many->fds[instance] = fd;
        }
        assert_int_equal(helper_accept(w), -1);
}

static void many_free(Many *many) {
        for (unsigned i = 0; i < N_MANY; i++)
                (void) deactivate_run_free(many->runs[i]);
        for (unsigned i = 0; i < DEACTIVATE_RUNS_MAX; i++)
                assert_int_equal(close(many->fds[i]), 0);
}

/* The next who comes is that instance, whose limit is that. */
static void assert_next(World *w, unsigned instance, unsigned limit) {
        _cleanup_(closep) int fd = helper_accept(w);
        DeactivateRequest received;

        assert_true(fd >= 0);
        received = helper_take(fd);
        assert_int_equal(received.provider.instance, instance);
        assert_int_equal(received.limit, limit);
}

static void test_more_than_the_helper_takes_wait_for_their_turn(void **state) {
        World *w = *state;
        Many many;

        many_start(w, &many);
        helper_answer(w, many.fds[5], DEACTIVATE_EXITED, 0);
        assert_int_equal(w->n_ended, 1);
        assert_next(w, DEACTIVATE_RUNS_MAX, 300); /* which ends, by closing: then */
        assert_next(w, DEACTIVATE_RUNS_MAX + 1, 300);
        assert_next(w, DEACTIVATE_RUNS_MAX + 2, 300);
        many_free(&many);
}

static void test_waiting_counts(void **state) {
        World *w = *state;
        Many many;

        many_start(w, &many);
        forward = 100 * USEC_PER_SEC;
        helper_answer(w, many.fds[0], DEACTIVATE_EXITED, 0);
        assert_next(w, DEACTIVATE_RUNS_MAX, 200);
        forward = 500 * USEC_PER_SEC; /* over: not 0, which is no limit */
        assert_next(w, DEACTIVATE_RUNS_MAX + 1, 1);
        many_free(&many);
}

/* When all are dropped, none of those that wait may take the places of those that went first. */
static void test_freed_runs_do_not_begin(void **state) {
        World *w = *state;
        Many many;

        many_start(w, &many);
        many_free(&many);
        assert_int_equal(helper_accept(w), -1);
        assert_int_equal(w->n_ended, 0);

        /* And the places are free again. */
        many_start(w, &many);
        many_free(&many);
}

static void test_run_that_waits_can_be_freed(void **state) {
        World *w = *state;
        Many many;

        many_start(w, &many);
        many.runs[DEACTIVATE_RUNS_MAX] = deactivate_run_free(many.runs[DEACTIVATE_RUNS_MAX]);
        helper_answer(w, many.fds[0], DEACTIVATE_EXITED, 0);
        assert_next(w, DEACTIVATE_RUNS_MAX + 1, 300);
        many_free(&many);
}

#define deactivate_test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

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
                deactivate_test(test_more_than_the_helper_takes_wait_for_their_turn),
                deactivate_test(test_waiting_counts),
                deactivate_test(test_freed_runs_do_not_begin),
                deactivate_test(test_run_that_waits_can_be_freed),
        };

        return cmocka_run_group_tests(tests, fixture_group_setup, NULL);
}
