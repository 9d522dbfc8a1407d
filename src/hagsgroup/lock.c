/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hagsgroup lock: run COMMAND while this process holds a lock. */

#include "hagsgroup/hold.h"
#include "hagsgroup/member.h"

int subcommand_lock(const Options *o, char **reterr) {
        static const HoldWords words = { .prefix = PREFIX_LOCK, .what = "the lock" };

        return hold(o, &words, reterr);
}
