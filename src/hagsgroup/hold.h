/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What lock and elect have in common: to stand in the line of a group, in which the senior provider holds
 * what the group is about, and to run COMMAND as long as that is this process.
 *
 * Nobody asks for anything: each joins, and hears of every leave. Whoever then finds itself the first in the
 * list of members has it. All of them see the same lists in the same order. That COMMAND of the one before
 * has ended, too, is what its witness says (witness.h).
 */

#include "hagsgroup/subcommand.h"

typedef struct HoldWords {
        const char *prefix; /* of the group */
        const char *what;   /* is held: "the lock 'x'" is "the lock" */
} HoldWords;

/*
 * Returns the exit status of COMMAND, or as every subcommand. With --again until a signal tells COMMAND to
 * end, or what is started cannot be.
 */
int hold(const Options *o, const HoldWords *words, char **reterr);
