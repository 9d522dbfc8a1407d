/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the tests of deactivate scripts from the daemon's side share: a helper that the test plays, at the
 * real path in a /run of the test's own, the clock, and a log that can be read. A test that includes this
 * names
 * __wrap_log_group_line(), __wrap_clock_gettime(), __wrap_sd_event_add_time() and
 * __wrap_sd_event_source_set_time(), so that they are linked in place of the real ones.
 */

#include "hagsd-fixture.h"

#include "hagsd/deactivate.h"
#include "log/log.h"
#include "util/clock.h"
#include "util/paths.h"

/* ---- what was logged, in place of the log ---- */

static char lines[16 * 1024];

void __wrap_log_group_line(int priority, const char *group, const char *file, int line, const char *function,
                const char *format, ...) _printf_(6, 7);

void __wrap_log_group_line(int priority, const char *group, _unused_ const char *file, _unused_ int line,
                _unused_ const char *function, const char *format, ...) {
        size_t n = strlen(lines);
        va_list ap;

        n += (size_t) snprintf(lines + n, sizeof(lines) - n, "<%d>%s: ", priority, group);
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

int __real_sd_event_add_time(sd_event *event, sd_event_source **ret, clockid_t clock, uint64_t usec,
                uint64_t accuracy, sd_event_time_handler_t handler, void *userdata);
int __wrap_sd_event_add_time(sd_event *event, sd_event_source **ret, clockid_t clock, uint64_t usec,
                uint64_t accuracy, sd_event_time_handler_t handler, void *userdata);

int __wrap_sd_event_add_time(sd_event *event, sd_event_source **ret, clockid_t clock, uint64_t usec,
                uint64_t accuracy, sd_event_time_handler_t handler, void *userdata) {
        timer_at = usec;
        return __real_sd_event_add_time(
                        event, ret, clock, timers_due ? 0 : usec, accuracy, handler, userdata);
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

static inline unsigned count_descriptors(void) {
        DIR *d = opendir("/proc/self/fd");
        unsigned n = 0;

        assert_non_null(d);
        while (readdir(d))
                n++;
        assert_int_equal(closedir(d), 0);
        return n;
}

static inline int listen_as_helper(void) {
        struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = PATH_DEACTIVATE_SOCKET };
        int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

        assert_true(fd >= 0);
        (void) unlink(address.sun_path);
        assert_int_equal(bind(fd, (struct sockaddr *) &address, sizeof(address)), 0);
        assert_int_equal(listen(fd, 100), 0);
        return fd;
}

static inline int setup(void **state) {
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

static inline int teardown(void **state) {
        World *w = *state;
        bool leaks;

        (void) sd_event_unref(w->event);
        (void) close(w->listener);
        (void) close(w->client);
        leaks = count_descriptors() != w->n_descriptors;
        free(w);
        return leaks ? -1 : 0;
}

static inline void on_end(void *userdata, int status, bool by_limit) {
        World *w = userdata;

        w->n_ended++;
        w->status = status;
        w->by_limit = by_limit;
        w->to_free = deactivate_run_free(w->to_free);
}

static inline DeactivateRun *run_new(World *w, const DeactivateRequest *q) {
        DeactivateRun *run = NULL;
        unsigned ended = w->n_ended;

        assert_int_equal(deactivate_run(w->event, q, w->client, on_end, w, &run), 0);
        assert_non_null(run);
        assert_int_equal(w->n_ended, ended); /* never from there */
        return run;
}

/* Run the loop until nothing is left to do. */
static inline void settle(const World *w) {
        int r;

        do
                r = sd_event_run(w->event, 0);
        while (r > 0);
        assert_int_equal(r, 0);
}

/* Who asks the helper next, or -1. */
static inline int helper_accept(const World *w) {
        settle(w);
        return accept4(w->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
}

static inline DeactivateRequest helper_receive(int fd, int *ret_passed) {
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
static inline DeactivateRequest helper_take(int fd) {
        _cleanup_(closep) int passed = -EBADF;

        return helper_receive(fd, &passed);
}

static inline void helper_answer(World *w, int fd, DeactivateEnd end, unsigned value) {
        const DeactivateAnswer answer = { .end = end, .value = (uint16_t) value };
        uint8_t frame[DEACTIVATE_FRAME_MAX];
        ssize_t n = deactivate_encode_answer(&answer, frame, sizeof(frame));

        assert_int_equal(send(fd, frame, (size_t) n, MSG_NOSIGNAL), n);
        settle(w);
}

/* A run that the helper answers so. */
static inline void run_answered(World *w, DeactivateEnd end, unsigned value) {
        _unused_ _cleanup_(deactivate_run_freep) DeactivateRun *run = run_new(w, &request);
        _cleanup_(closep) int fd = helper_accept(w);

        assert_true(fd >= 0);
        (void) helper_take(fd);
        settle(w);
        assert_int_equal(w->n_ended, 0);
        helper_answer(w, fd, end, value);
        assert_int_equal(w->n_ended, 1);
}

static inline void assert_ended(const World *w, int status, bool by_limit, const char *line) {
        assert_int_equal(w->n_ended, 1);
        assert_int_equal(w->status, status);
        assert_int_equal(w->by_limit, by_limit);
        assert_string_equal(lines, line);
}

#define WHOSE ">db: The deactivate script '/opt/stop' of provider 7/3 of group db "
#define INFO "<6" WHOSE
#define NOTICE "<5" WHOSE
#define WARNING "<4" WHOSE "counts as unsuccessful: "

#define deactivate_test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
