/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * COMMAND, run in the place of this process: it has its standard streams, process group and terminal, gets
 * the signals that are sent to it, and its end is ours.
 */

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "hagsgroup/tree.h"
#include "util/macro.h"

/* Begins as COMMAND_NONE. */
typedef struct Command {
        pid_t pid;
        int signals;     /* readable when command_handle() has something to do */
        int start;       /* readable when command_begun() has; closed when that has been said */
        sigset_t before; /* the signals that were blocked */
        Tree tree;
        int wait_status; /* when it has ended */
        bool ended;      /* COMMAND itself; its children may live on */
        bool told;       /* a signal that ends programs was passed on to it */
        bool killed;     /* the tree was sent SIGKILL */
} Command;

#define COMMAND_NONE ((Command){ .signals = -EBADF, .start = -EBADF })

/* Before a child is started: from here on signals come by command_handle() only. 0 or a negative errno
 * value. */
int command_prepare(Command *ret);

/*
 * Start it. The descriptor of the witness (witness.h) stays open in it; with `wait` it does not begin before
 * it has taken that. With `bound` it is killed when this process is. 0 or a negative errno value.
 */
int command_start(char **argv, int witness, bool wait, bool bound, Command *ret);

/*
 * Has it begun? To be called when `start` is readable. 0: it has, or was ended by a signal before;
 * STATUS_NOT_FOUND or STATUS_CANNOT_RUN with a sentence; -ESTALE: the witness is none any more.
 */
int command_begun(Command *c, const char *name, char **reterr);

/* Handle signals: pass them on, reap who has ended. 0 or a negative errno value. */
int command_handle(Command *c);

/*
 * Tell COMMAND and all its children to end: SIGTERM, or SIGKILL. Once it was SIGKILL, command_handle() goes
 * on with it where one has ended; it should be said again after a while, for those who are born meanwhile.
 */
#define COMMAND_AGAIN_USEC (UINT64_C(100) * 1000)
void command_stop(Command *c, int number);

/* Has all of it ended, the children too? For after command_stop(). */
bool command_is_gone(const Command *c);

/* Kill it, and wait for that: for before it has begun, and is nothing but a child of this process. */
void command_abort(Command *c);

/* Its exit status, as the shell counts it: 128 and the signal that it died of. */
int command_status(const Command *c);

/* Signals reach this process again as before. COMMAND is not waited for. */
void command_done(Command *c);

/* End as COMMAND did, if a signal has ended it, so that our parent sees the same. Else nothing happens. */
void command_die_alike(const Command *c);

DEFINE_CLEANUP(Command *, command_done)
