/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * traceson and tracesoff. Short tracing is always on in hagsd, so that only the long one is switched: as
 * hagsctrl -t and -o do it, now and for later starts.
 */

#include "compat/message.h"
#include "compat/subsystem.h"
#include "manager/dropin.h"
#include "manager/lock.h"
#include "manager/trace.h"

static const CommandOption options_on[] = {
        OPTION_SUBSYSTEM,
        OPTION_GROUP,
        OPTION_PID,
        { 'l', NULL, "long tracing; the short one is always on", NULL },
        OPTION_HOST,
        { 0 },
};

static const CommandOption options_off[] = {
        OPTION_SUBSYSTEM,
        OPTION_GROUP,
        OPTION_PID,
        OPTION_HOST,
        { 0 },
};

/* The drop-ins first, one reload for all of them, then the daemons. */
static int switch_all(Compat *c, const Subsystems *s, bool on, char **reterr) {
        bool changed = false;
        Manager *m;
        int r;

        r = compat_manager(c, &m, reterr);
        for (size_t i = 0; r >= 0 && i < s->n; i++)
                if (dropin_exists(s->list[i].syspar, DROPIN_TRACE) != on) {
                        r = trace_record(s->list[i].syspar, on, reterr);
                        changed = true;
                }
        if (r >= 0 && (changed || reload_is_marked()))
                r = reload_now(m, reterr);
        for (size_t i = 0; r >= 0 && i < s->n; i++) {
                r = trace_tell(m, s->list[i].syspar, on, reterr);
                if (r >= 0)
                        (void) puts(on ? MESSAGE_TRACE_ON : MESSAGE_TRACE_OFF);
        }
        return r;
}

/* What is on file is read with the lock: a hagsctrl -d that was waited for has changed it. */
static int run_switch(Compat *c, const CommandLine *line, bool on, char **reterr) {
        _cleanup_(subsystems_done) Subsystems s = { 0 };
        _cleanup_(closep) int lock = -EBADF;
        int r;

        r = lock_take(&lock, reterr);
        if (r < 0)
                return r;

        dropin_sweep(); /* of one that was killed */
        r = subsystems_select_running(c, line, &s, reterr);
        return r < 0 ? r : switch_all(c, &s, on, reterr);
}

static int run_on(Compat *c, const CommandLine *line, char **reterr) {
        _cleanup_(subsystems_done) Subsystems s = { 0 };
        int r;

        if (line->given['l'])
                return run_switch(c, line, /* on= */ true, reterr);
        r = subsystems_select_running(c, line, &s, reterr);
        if (r < 0)
                return r;

        compat_warn(c, "short tracing is always on, and nothing was changed; use -l for long tracing");
        for (size_t i = 0; i < s.n; i++)
                (void) puts(MESSAGE_TRACE_ON);
        return 0;
}

static int run_off(Compat *c, const CommandLine *line, char **reterr) {
        return run_switch(c, line, /* on= */ false, reterr);
}

const Command command_traceson = {
        .name = "traceson",
        .synopsis = "[-l] {-s SUBSYSTEM | -g GROUP | -p PID}",
        .purpose = "Turn tracing of subsystems on.",
        .options = options_on,
        .needs_root = true,
        .run = run_on,
};

const Command command_tracesoff = {
        .name = "tracesoff",
        .synopsis = "{-s SUBSYSTEM | -g GROUP | -p PID}",
        .purpose = "Turn tracing of subsystems off, back to its default level.",
        .options = options_off,
        .needs_root = true,
        .run = run_off,
};
