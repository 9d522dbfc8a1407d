/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Deactivate scripts, from the daemon's side: see deactivate.h. */

#include "hagsd/deactivate.h"

#include <fcntl.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "log/log.h"
#include "util/clock.h"
#include "util/paths.h"

typedef TAILQ_HEAD(RunQueue, DeactivateRun) RunQueue;

typedef enum RunState {
        RUN_WAITS, /* in the queue, for its turn */
        RUN_DUE,   /* the loop is about to hand it over; from here on it has one of the places */
        RUN_BEGUN, /* with the helper */
        RUN_VAIN,  /* it could not be handed over, and the loop is about to say so */
        RUN_ENDED,
} RunState;

struct DeactivateRun {
        TAILQ_ENTRY(DeactivateRun) link; /* in the queue */
        RunState state;
        DeactivateRequest request;
        int client_fd;     /* until it is handed over */
        int error;         /* why it is in vain */
        uint64_t deadline; /* of the script, CLOCK_MONOTONIC, microseconds */

        sd_event *event;         /* the caller's */
        sd_event_source *timer;  /* at once for what is due or in vain, else when it is given up */
        sd_event_source *answer; /* owns the connection to the helper */
        DeactivateHandler handler;
        void *userdata;
};

/* Of the process, as the helper has a limit for all: who waits, in order, and how many have a place. */
static RunQueue waiting = TAILQ_HEAD_INITIALIZER(waiting);
static unsigned n_places;

/* ---- a run's end ---- */

static void run_set_timer(const DeactivateRun *run, uint64_t usec) {
        (void) sd_event_source_set_time(run->timer, usec);
        (void) sd_event_source_set_enabled(run->timer, SD_EVENT_ONESHOT);
}

/* Give free places to those who wait. The loop hands them over: now they may be about to be freed. */
static void call_next(void) {
        DeactivateRun *run;

        while (n_places < DEACTIVATE_RUNS_MAX && (run = TAILQ_FIRST(&waiting))) {
                TAILQ_REMOVE(&waiting, run, link);
                n_places++;
                run->state = RUN_DUE;
                run_set_timer(run, 0);
        }
}

static void run_leave(DeactivateRun *run) {
        if (run->state == RUN_WAITS)
                TAILQ_REMOVE(&waiting, run, link);
        else if (run->state != RUN_ENDED)
                n_places--;
        run->state = RUN_ENDED;

        run->timer = sd_event_source_disable_unref(run->timer);
        run->answer = sd_event_source_disable_unref(run->answer);
        closep(&run->client_fd);
        run->client_fd = -EBADF;
        call_next();
}

static void run_end(DeactivateRun *run, int status, bool by_limit) {
        run_leave(run);
        run->handler(run->userdata, status, by_limit);
}

static void complain(const DeactivateRun *run, int priority, const char *what) {
        const DeactivateRequest *q = &run->request;

        log_group(priority, q->group, "The deactivate script '%s' of provider %u/%u of group %s %s",
                        q->script, q->provider.instance, q->provider.node, q->group, what);
}

static void run_fail(DeactivateRun *run, int error, const char *why) {
        char text[256];

        (void) snprintf(text, sizeof(text), "counts as unsuccessful: %s: %s", why, strerror(-error));
        complain(run, LOG_WARNING, text);
        run_end(run, error, false);
}

static void run_give_up(DeactivateRun *run, const char *what) {
        complain(run, LOG_NOTICE, what);
        run_end(run, -ETIMEDOUT, true);
}

static void run_judge(DeactivateRun *run, const DeactivateAnswer *answer) {
        char text[64];

        switch (answer->end) {
        case DEACTIVATE_BY_LIMIT:
                run_give_up(run, "did not end within its limit and was killed");
                return;
        case DEACTIVATE_NOT_STARTED:
                run_fail(run, -(int) answer->value, "the helper did not start it");
                return;
        case DEACTIVATE_KILLED:
                (void) snprintf(text, sizeof(text), "was killed by SIG%s",
                                sigabbrev_np(answer->value) ?: "RTMIN or above");
                complain(run, LOG_NOTICE, text);
                run_end(run, 128 + answer->value, false);
                return;
        default:
                (void) snprintf(text, sizeof(text), "ended with status %u", (unsigned) answer->value);
                complain(run, answer->value == 0 ? LOG_INFO : LOG_NOTICE, text);
                run_end(run, answer->value, false);
        }
}

static int on_answer(_unused_ sd_event_source *source, int fd, _unused_ uint32_t events, void *userdata) {
        uint8_t frame[DEACTIVATE_FRAME_MAX];
        DeactivateRun *run = userdata;
        DeactivateAnswer answer;
        ssize_t n;

        n = recv(fd, frame, sizeof(frame), MSG_DONTWAIT | MSG_TRUNC);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
                return 0;

        if (n < 0)
                run_fail(run, -errno, "the helper did not take it");
        else if (n == 0)
                run_fail(run, -ECONNRESET, "the helper ended without an answer");
        else if ((size_t) n > sizeof(frame) || deactivate_decode_answer(frame, (size_t) n, &answer) < 0)
                run_fail(run, -EBADMSG, "the helper's answer is malformed");
        else
                run_judge(run, &answer);
        return 0;
}

/* ---- a run's begin ---- */

/* One datagram with one descriptor. */
static int send_request(int fd, const DeactivateRequest *request, int client_fd) {
        union {
                struct cmsghdr align;
                char data[CMSG_SPACE(sizeof(int))];
        } control;
        uint8_t frame[DEACTIVATE_FRAME_MAX];
        struct iovec iov = { .iov_base = frame };
        struct msghdr message = {
                .msg_iov = &iov,
                .msg_iovlen = 1,
                .msg_control = &control,
                .msg_controllen = sizeof(control),
        };
        ssize_t n;

        n = deactivate_encode_request(request, frame, sizeof(frame));
        if (n < 0)
                return (int) n;
        iov.iov_len = (size_t) n;

        control.align = (struct cmsghdr){
                .cmsg_len = CMSG_LEN(sizeof(int)),
                .cmsg_level = SOL_SOCKET,
                .cmsg_type = SCM_RIGHTS,
        };
        memcpy(CMSG_DATA(&control.align), &client_fd, sizeof(client_fd));
        return sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -errno : 0;
}

/* To a local socket that is not listened at, or has too many who wait, connect() fails at once. */
static int connect_helper(int *ret) {
        const struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = PATH_DEACTIVATE_SOCKET };
        _cleanup_(closep) int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

        if (fd < 0 || connect(fd, (const struct sockaddr *) &address, sizeof(address)) < 0)
                return -errno;
        *ret = TAKE_FD(fd);
        return 0;
}

/* What is left of the limit, in seconds; at least 1, as 0 means that there is none. */
static uint16_t run_time_left(const DeactivateRun *run) {
        uint64_t now = clock_usec(CLOCK_MONOTONIC);

        if (run->request.limit == 0)
                return 0;
        return now < run->deadline ? (uint16_t) ((run->deadline - now - 1) / USEC_PER_SEC + 1) : 1;
}

static int run_hand_over(DeactivateRun *run) {
        DeactivateRequest request = run->request;
        _cleanup_(closep) int fd = -EBADF;
        int r;

        request.limit = run_time_left(run);
        r = connect_helper(&fd);
        if (r < 0)
                return r;
        r = send_request(fd, &request, run->client_fd);
        if (r < 0)
                return r;
        r = sd_event_add_io(run->event, &run->answer, fd, EPOLLIN, on_answer, run);
        if (r < 0)
                return r;

        (void) sd_event_source_set_io_fd_own(run->answer, true);
        (void) TAKE_FD(fd);
        return 0;
}

static void run_begin(DeactivateRun *run) {
        run->error = run_hand_over(run);
        run->state = run->error < 0 ? RUN_VAIN : RUN_BEGUN;
        run_set_timer(run, run->error < 0 ? 0 : run->deadline + DEACTIVATE_GRACE * USEC_PER_SEC);

        closep(&run->client_fd);
        run->client_fd = -EBADF;
}

static int on_timer(_unused_ sd_event_source *source, _unused_ uint64_t now, void *userdata) {
        DeactivateRun *run = userdata;

        switch (run->state) {
        case RUN_DUE:
                run_begin(run);
                break;
        case RUN_VAIN:
                run_fail(run, run->error, "the helper cannot be reached");
                break;
        default:
                run_give_up(run, "was not heard of within its limit");
        }
        return 0;
}

DeactivateRun *deactivate_run_free(DeactivateRun *run) {
        if (!run)
                return NULL;

        run_leave(run);
        free(run);
        return NULL;
}

int deactivate_run(sd_event *event, const DeactivateRequest *request, int client_fd,
                DeactivateHandler handler, void *userdata, DeactivateRun **ret) {
        uint64_t limit = request->limit > 0 ? request->limit : DEACTIVATE_LIMIT_DEFAULT;
        _cleanup_(deactivate_run_freep) DeactivateRun *run = malloc(sizeof(*run));
        int r;

        if (!run)
                return -ENOMEM;
        *run = (DeactivateRun){
                .state = RUN_ENDED,
                .request = *request,
                .client_fd = fcntl(client_fd, F_DUPFD_CLOEXEC, 3),
                .deadline = clock_usec(CLOCK_MONOTONIC) + limit * USEC_PER_SEC,
                .event = event,
                .handler = handler,
                .userdata = userdata,
        };
        if (run->client_fd < 0)
                return -errno;

        r = sd_event_add_time(event, &run->timer, CLOCK_MONOTONIC,
                        run->deadline + DEACTIVATE_GRACE * USEC_PER_SEC, 0, on_timer, run);
        if (r < 0)
                return r;

        run->state = RUN_WAITS;
        TAILQ_INSERT_TAIL(&waiting, run, link);
        call_next();

        *ret = TAKE_PTR(run);
        return 0;
}
