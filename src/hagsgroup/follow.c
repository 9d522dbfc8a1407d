/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* To follow a group: see follow.h. */

#include "hagsgroup/follow.h"

#include <poll.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#include "hagsgroup/event.h"
#include "hagsgroup/output.h"
#include "hagsgroup/shell.h"
#include "hagsgroup/subcommand.h"
#include "util/clock.h"
#include "util/fault.h"

static struct {
        int signals;
        sigset_t before;
        bool begun;
        bool lost;
        uint64_t wake; /* when step() wants to be called, if nothing comes */
        int error;     /* of what was to be told */
} state;

const sigset_t *follow_mask(void) {
        return &state.before;
}

void follow_begun(void) {
        state.begun = true;
}

void follow_wake(uint64_t usec) {
        state.wake = deadline_in(usec);
}

void follow_tell(const Follower *f, const Event *event) {
        int r = event_tell(f->o, f->group, event);

        if (state.error == 0)
                state.error = r;
}

/* ---- signals ---- */

static void reap(const Follower *f) {
        int status;
        pid_t pid;

        while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
                if (!shell_queue_reaped(pid) && f->reaped)
                        f->reaped(f, pid, status);
}

static int catch_signals(const Follower *f) {
        static const int ends[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM };

        state.signals = signals_catch(ends, f->leave ? ELEMENTSOF(ends) : 0, &state.before);
        return state.signals < 0 ? state.signals : 0;
}

static void handle_signals(const Follower *f) {
        struct signalfd_siginfo info;

        while (TEMP_FAILURE_RETRY(read(state.signals, &info, sizeof(info))) == sizeof(info))
                if (info.ssi_signo == SIGCHLD)
                        reap(f);
                else {
                        f->leave(f);
                        (void) output_flush();
                        signals_die((int) info.ssi_signo);
                }
}

/* ---- the connection ---- */

/* Lost, or found again. What is wrong is said of the first attempt; later one can only wait. */
static int lose(const Follower *f, char **reterr) {
        if (!state.begun)
                return client_lost(reterr);
        state.lost = true;
        notice(f->o, "lost hagsd of partition %s; waiting for it to come back", client_syspar());
        follow_tell(f, &(Event){ .name = "lost" });
        return 0;
}

static int find_again(const Follower *f, char **reterr) {
        int r = client_try_again(f->o, f->delayed_error);

        if (r == CLIENT_E_LOST)
                return 0;
        if (r < 0)
                return r;
        state.lost = false;
        notice(f->o, "hagsd of partition %s is back", client_syspar());
        r = f->begin(f, reterr);
        return r == CLIENT_E_LOST ? lose(f, reterr) : r;
}

static int advance(const Follower *f, char **reterr) {
        int r;

        if (state.lost)
                return find_again(f, reterr);
        r = client_dispatch();
        if (r == 0)
                r = f->step(f, reterr);
        return r == CLIENT_E_LOST ? lose(f, reterr) : r;
}

/* ---- the loop ---- */

static int too_late(const Follower *f, char **reterr) {
        (void) fault(reterr, -ETIMEDOUT, "group '%s': no answer in time", f->group);
        return STATUS_TIMEOUT;
}

static int wait_for_something(uint64_t deadline) {
        struct pollfd p[] = {
                { .fd = state.signals, .events = POLLIN },
                { .fd = state.lost ? -1 : client_fd(), .events = POLLIN },
                { .fd = output_is_pending() ? STDOUT_FILENO : -1, .events = POLLOUT },
        };

        if (state.lost)
                follow_wake(CLIENT_RETRY_USEC);
        if (state.wake < deadline)
                deadline = state.wake;
        state.wake = UINT64_MAX;
        return poll(p, ELEMENTSOF(p), deadline_ms(deadline)) < 0 && errno != EINTR ? -errno : 0;
}

static int loop(const Follower *f, uint64_t deadline, char **reterr) {
        int r = f->begin(f, reterr);

        if (r == CLIENT_E_LOST)
                r = lose(f, reterr);
        while (r == 0) {
                r = wait_for_something(state.begun ? UINT64_MAX : deadline);
                if (r < 0)
                        return r;
                handle_signals(f);
                r = advance(f, reterr);
                if (r == 0 && state.error == 0)
                        state.error = shell_queue_run(&state.before);
                if (r == 0 && state.error == 0)
                        state.error = output_flush();
                if (state.error < 0)
                        return state.error;
                if (r == 0 && !state.begun && clock_usec(CLOCK_MONOTONIC) >= deadline)
                        r = too_late(f, reterr);
        }
        return r;
}

/* Run and print what is still to be. */
static int drain(const Follower *f) {
        int r = 0;

        while (r == 0 && !shell_queue_is_empty()) {
                struct pollfd p = { .fd = state.signals, .events = POLLIN };

                r = shell_queue_run(&state.before);
                if (r == 0 && poll(&p, 1, -1) < 0 && errno != EINTR)
                        r = -errno;
                handle_signals(f);
        }
        return r < 0 ? r : output_finish();
}

static int finish(const Follower *f) {
        int r = drain(f);

        if (r == 0)
                r = event_tell_missing(f->o, f->group);
        return r < 0 ? r : drain(f);
}

int follow(const Follower *f, char **reterr) {
        uint64_t deadline = deadline_in(f->o->timeout);
        int r;

        state.wake = UINT64_MAX;
        r = catch_signals(f);
        if (r == 0)
                r = client_connect(f->o, f->delayed_error, reterr);
        if (r == 0)
                r = loop(f, deadline, reterr);
        if (r == FOLLOW_E_END)
                r = finish(f);
        return r;
}
