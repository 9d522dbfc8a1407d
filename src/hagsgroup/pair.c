/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hagsgroup as two processes: see pair.h. */

#include "hagsgroup/pair.h"

#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "hagsgroup/command.h"
#include "hagsgroup/signals.h"
#include "hagsgroup/subcommand.h"

#define INNER_NAME \
        "hagsgroup-inner" /* so that killall hagsgroup, and pgrep -x, mean what the user started */

static struct {
        pid_t outer;
        int fd; /* of a socket between the two */
} pair = { .fd = -EBADF };

int pair_fd(void) {
        return pair.fd;
}

int pair_pid(void) {
        return pair.outer > 0 ? pair.outer : getpid();
}

void pair_report(int wait_status) {
        (void) send(pair.fd, &wait_status, sizeof(wait_status), MSG_NOSIGNAL | MSG_DONTWAIT);
}

void pair_outlive(bool outlive) {
        (void) prctl(PR_SET_PDEATHSIG, outlive ? 0 : SIGKILL);
        if (!outlive && getppid() != pair.outer)
                (void) raise(SIGKILL);
}

/* ---- the outer one ---- */

/* Until the inner one has ended. */
static int wait_for(Command *inner) {
        struct pollfd p = { .fd = inner->signals, .events = POLLIN };
        int r = 0;

        while (r == 0 && !inner->ended) {
                if (poll(&p, 1, -1) < 0 && errno != EINTR)
                        return -errno;
                r = command_handle(inner);
        }
        return r;
}

/* All that it has left has become ours, but for what is born meanwhile. */
static void kill_rest(Command *inner) {
        struct pollfd p = { .fd = inner->signals, .events = POLLIN };

        while (!command_is_gone(inner)) {
                command_stop(inner, SIGKILL);
                (void) poll(&p, 1, (int) (COMMAND_AGAIN_USEC / 1000));
                if (command_handle(inner) < 0)
                        break;
        }
}

static _Noreturn void be_outer(Command *inner, int fd, bool bound) {
        int reported;

        if (wait_for(inner) == 0 && recv(fd, &reported, sizeof(reported), MSG_DONTWAIT) > 0)
                inner->wait_status = reported;
        else if (bound && WIFSIGNALED(inner->wait_status))
                kill_rest(inner);
        command_die_alike(inner);
        /* One that we could not wait for has not ended well: 0 would say that COMMAND had. */
        _exit(inner->ended ? command_status(inner) : STATUS_FAILED);
}

/* ---- both ---- */

int pair_split(bool bound) {
        _cleanup_(closep) int outer_end = -EBADF, inner_end = -EBADF;
        _cleanup_(command_done) Command inner = COMMAND_NONE;
        pid_t outer = getpid();
        int fds[2], r;

        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0)
                return -errno;
        outer_end = fds[0];
        inner_end = fds[1];
        r = command_prepare(&inner);
        if (r < 0)
                return r;

        inner.pid = fork();
        if (inner.pid < 0)
                return -errno;
        if (inner.pid > 0) {
                closep(&inner_end);
                be_outer(&inner, outer_end, bound);
        }
        pair.outer = outer;
        pair.fd = TAKE_FD(inner_end);
        (void) prctl(PR_SET_NAME, INNER_NAME);
        pair_outlive(false);
        return 0;
}
