/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The two switches of tracing: see trace.h. */

#include "manager/trace.h"

#include <signal.h>

#include "manager/dropin.h"
#include "manager/lock.h"
#include "manager/unit-name.h"

/* In a running daemon (systemd(1): SIGRTMIN+22 and +23 are "debug" and "default"). */
#define SIGNAL_TRACE_ON (SIGRTMIN + 22)
#define SIGNAL_TRACE_OFF (SIGRTMIN + 23)

int trace_record(const char *syspar, bool on, char **reterr) {
        const Bytes text = dropin_trace_content();
        int r;

        r = reload_mark(reterr);
        if (r < 0)
                return r;
        return on ? dropin_store(syspar, DROPIN_TRACE, &text, reterr)
                  : dropin_remove(syspar, DROPIN_TRACE, reterr);
}

/* The signal may come only when the daemon is ready for it: one that is being started would die of it. */
int trace_tell(Manager *m, const char *syspar, bool on, char **reterr) {
        _cleanup_(freep) char *unit = NULL;
        int r;

        r = unit_name(syspar, &unit);
        if (r >= 0)
                r = manager_wait_idle(m, unit, reterr);
        if (r < 0)
                return r;

        r = manager_kill_main(m, unit, on ? SIGNAL_TRACE_ON : SIGNAL_TRACE_OFF, reterr);
        return r == -ESRCH ? 0 : r;
}
