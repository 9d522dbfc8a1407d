/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hagsgroup elect: run COMMAND as long as this process leads; with --again, stand again after it. */

#include "hagsgroup/hold.h"
#include "hagsgroup/member.h"

int subcommand_elect(const Options *o, char **reterr) {
        static const HoldWords words = { .prefix = PREFIX_ELECT, .what = "the leadership of" };

        return hold(o, &words, reterr);
}
