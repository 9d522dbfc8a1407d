/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* stopsrc: stop subsystems, and wait until they are down. */

#include "compat/message.h"
#include "compat/subsystem.h"
#include "util/fault.h"

static const CommandOption options[] = {
        { 'a', NULL, "all subsystems", NULL },
        OPTION_GROUP,
        OPTION_SUBSYSTEM,
        OPTION_PID,
        { 'f', NULL, "forced: no difference to a normal stop, which waits for nobody", NULL },
        { 'c', NULL, "cancel: what still runs after 20 seconds is killed", NULL },
        OPTION_HOST,
        { 0 },
};

static void say_stopping(const Subsystem *s, _unused_ const UnitJob *job) {
        (void) printf(MESSAGE_STOPPING "\n", s->name);
}

static int run(Compat *c, const CommandLine *line, char **reterr) {
        _cleanup_(subsystems_done) Subsystems s = { 0 };
        int r;

        if (line->given['f'] && line->given['c'])
                return fault(reterr, -EINVAL, "-f and -c cannot be used together");

        r = subsystems_select_running(c, line, &s, reterr);
        if (r < 0)
                return r;
        return subsystems_run_jobs(c, &s, line->given['c'] ? JOB_CANCEL : JOB_STOP, say_stopping, reterr);
}

const Command command_stopsrc = {
        .name = "stopsrc",
        .synopsis = "[-f | -c] {-a | -g GROUP | -s SUBSYSTEM | -p PID}",
        .purpose = "Stop subsystems.",
        .options = options,
        .needs_root = true,
        .run = run,
};
