/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* refresh: hagsd has nothing to read again, and so nothing is asked of it; but it has to run. */

#include "compat/message.h"
#include "compat/subsystem.h"

static const CommandOption options[] = {
        OPTION_SUBSYSTEM,
        OPTION_GROUP,
        OPTION_PID,
        OPTION_HOST,
        { 0 },
};

static int run(Compat *c, const CommandLine *line, char **reterr) {
        _cleanup_(subsystems_done) Subsystems s = { 0 };
        int r;

        r = subsystems_select_running(c, line, &s, reterr);
        for (size_t i = 0; r >= 0 && i < s.n; i++)
                (void) puts(MESSAGE_REFRESHED);
        return r;
}

const Command command_refresh = {
        .name = "refresh",
        .synopsis = "{-s SUBSYSTEM | -g GROUP | -p PID}",
        .purpose = "Ask subsystems to read their configuration again; no effect for Group Services.",
        .options = options,
        .needs_root = true,
        .run = run,
};
