/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Deactivate script, as a program: ends the process of a provider that others have expelled.
 *
 *      sample_deactive_c_prog PID TIME_LIMIT FLAG GROUP INSTANCE NODE
 *
 * Group Services runs it with the identity of that process and looks at its exit status: 0 means that the
 * process is gone. It holds on to the process, not to the number: another one that gets the PID is safe.
 */

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/pidfd.h>

#define MARGIN_MS 1000 /* of the time limit, for the second signal */
#define NO_LIMIT_MS 10000

static int send_and_wait(int pidfd, int number, int milliseconds) {
        struct pollfd end = { .fd = pidfd, .events = POLLIN };

        if (pidfd_send_signal(pidfd, number, NULL, 0) < 0)
                return errno == ESRCH;
        return poll(&end, 1, milliseconds) == 1;
}

int main(int argc, char **argv) {
        int pid = argc > 1 ? atoi(argv[1]) : 0, limit = argc > 2 ? atoi(argv[2]) : 0;
        int milliseconds = limit > 0 && limit < 3600 ? limit * 1000 : NO_LIMIT_MS;
        int pidfd;

        if (pid <= 1)
                return 2;

        pidfd = pidfd_open(pid, 0);
        if (pidfd < 0)
                return errno == ESRCH ? EXIT_SUCCESS : EXIT_FAILURE;

        /* Half a second is enough for what the kernel does after SIGKILL. */
        if (send_and_wait(pidfd, SIGTERM, milliseconds - MARGIN_MS) ||
                        send_and_wait(pidfd, SIGKILL, MARGIN_MS / 2))
                return EXIT_SUCCESS;
        return EXIT_FAILURE;
}
