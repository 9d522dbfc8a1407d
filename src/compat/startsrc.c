/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* startsrc: start subsystems, and wait until they are ready. */

#include "compat/message.h"
#include "compat/subsystem.h"
#include "util/fault.h"

static const CommandOption options[] = {
        OPTION_SUBSYSTEM,
        OPTION_GROUP,
        OPTION_HOST,
        { 'a', "ARGUMENT", NULL, "hagsd takes no arguments but its partition" },
        { 'e', "ENVIRONMENT", NULL, "give hagsd its environment with systemctl edit" },
        { 0 },
};

static void say_active(Compat *c, const Subsystem *s) {
        _cleanup_(freep) char *message = NULL;
        int r = fault(&message, -EALREADY, MESSAGE_ACTIVE, s->name);

        compat_complain(c, &message, r);
}

static void say_started(const Subsystem *s, const UnitJob *job) {
        (void) printf(MESSAGE_STARTED "\n", s->name, (int) job->main_pid);
}

/* One that is just being stopped is started behind that. */
static int run(Compat *c, const CommandLine *line, char **reterr) {
        _cleanup_(subsystems_done) Subsystems s = { 0 };
        int r;

        r = subsystems_select(c, line, &s, reterr);
        if (r >= 0)
                r = subsystems_leave_out(c, &s, SUBSYSTEM_ACTIVE, say_active, reterr);
        return r < 0 ? r : subsystems_run_jobs(c, &s, JOB_START, say_started, reterr);
}

const Command command_startsrc = {
        .name = "startsrc",
        .synopsis = "{-s SUBSYSTEM | -g GROUP}",
        .purpose = "Start subsystems.",
        .options = options,
        .needs_root = true,
        .run = run,
};
