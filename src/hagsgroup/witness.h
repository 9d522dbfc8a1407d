/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The witness of what is held on this host: a file of the group in /run/hags/holders.d, with a flock(2) that
 * hagsgroup has and COMMAND inherits, with all that it starts. The kernel drops it when the last of them has
 * ended, however that came: then, and not before, the next one runs its COMMAND.
 *
 * It says nothing about who comes next: that is decided in the group. But the daemon knows only when a
 * member has ended, not when COMMAND has, and a daemon that begins anew knows nothing of those who were
 * members before; of both it is the kernel that cannot be wrong.
 */

#include "util/macro.h"
#include "util/syspar-name.h"
#include "wire/gs.h"

typedef struct Witness {
        int fd;
        int directory;
        char name[SYSPAR_NAME_MAX + 1 + 3 * GS_GROUP_NAME_MAX + 1];
} Witness;

#define WITNESS_NONE ((Witness){ .fd = -EBADF, .directory = -EBADF })

/* Open that of a group. 0, or a negative errno value with a sentence. */
int witness_open(const char *syspar, const char *group, Witness *ret, char **reterr);

/*
 * Take it. 0; -EWOULDBLOCK: without `wait`, and somebody has it; -ESTALE: the file was removed by the one
 * who had it, so open it anew; or another negative errno value. For this process and those which have
 * inherited the descriptor from it, or from which it has.
 */
int witness_take(int fd, bool wait);

/* Give it up, also for those who have inherited it; and remove the file where that is allowed. */
void witness_drop(Witness *w);

/* Close it only: those who have inherited it keep it. */
void witness_done(Witness *w);
