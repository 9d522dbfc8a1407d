/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Signals as what one reads from a descriptor: see signals.h. */

#include "hagsgroup/signals.h"

#include <errno.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>

int signals_catch(const int *numbers, size_t n, sigset_t *ret_before) {
        struct sigaction action;
        sigset_t set;
        int fd;

        (void) sigemptyset(&set);
        for (size_t i = 0; i < n; i++)
                if (sigaction(numbers[i], NULL, &action) == 0 && action.sa_handler != SIG_IGN)
                        (void) sigaddset(&set, numbers[i]);
        (void) sigaddset(&set, SIGCHLD);
        (void) signal(SIGCHLD, SIG_DFL); /* where it was ignored, there would be no exit status */

        fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
        if (fd < 0 || sigprocmask(SIG_BLOCK, &set, ret_before) < 0)
                return -errno;
        return fd;
}

void signals_die(int number) {
        sigset_t set;

        (void) prctl(PR_SET_DUMPABLE, 0); /* one core file is enough */
        (void) signal(number, SIG_DFL);
        (void) sigemptyset(&set);
        (void) sigaddset(&set, number);
        (void) sigprocmask(SIG_UNBLOCK, &set, NULL);
        (void) raise(number);
}
