/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * COMMAND, run in the place of this process: it has its standard streams, process group and terminal, gets
 * the signals that are sent to it, and its end is ours.
 */

#include <signal.h>
#include <stdbool.h>

#include "hagsgroup/tree.h"
#include "util/macro.h"

/* Begins as COMMAND_NONE. */
typedef struct Command {
        pid_t pid;
        int signals;     /* readable when command_handle() has something to do */
        sigset_t before; /* the signals that were blocked */
        Tree tree;
        int wait_status; /* when it has ended */
        bool ended;      /* COMMAND itself; its children may live on */
        bool told;       /* a signal that ends programs was passed on to it */
        bool killed;     /* the tree was sent SIGKILL */
} Command;

#define COMMAND_NONE ((Command){ .signals = -EBADF })

/*
 * Start it. From here on this process gets signals by command_handle() only. `keep_fd` stays open in it.
 * With `bound` it is killed when this process is: the kernel does that before anybody learns of our end.
 * 0; STATUS_NOT_FOUND or STATUS_CANNOT_RUN with a sentence; or a negative errno value.
 */
int command_start(char **argv, int keep_fd, bool bound, Command *ret, char **reterr);

/* Handle signals: pass them on, reap who has ended. 0 or a negative errno value. */
int command_handle(Command *c);

/*
 * Tell COMMAND and all its children to end: SIGTERM, or SIGKILL. Once it was SIGKILL, command_handle() goes
 * on with it as long as there are some.
 */
void command_stop(Command *c, int number);

/* Has all of it ended, the children too? For after command_stop(). */
bool command_is_gone(const Command *c);

/* Its exit status, as the shell counts it: 128 and the signal that it died of. */
int command_status(const Command *c);

/* Signals reach this process again as before. COMMAND is not waited for. */
void command_done(Command *c);

/* End as COMMAND did, if a signal has ended it, so that our parent sees the same. Else nothing happens. */
void command_die_alike(const Command *c);

DEFINE_CLEANUP(Command *, command_done)
