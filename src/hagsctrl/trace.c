/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * hagsctrl -t, -o and -r. Tracing is switched in two places: a drop-in for all later starts, and the running
 * daemon at once. One that traces as wanted already is left alone.
 */

#include "hagsctrl/actions.h"
#include "hagsctrl/registered.h"
#include "hagsctrl/steps.h"
#include "ask/daemon-status.h"

#define STATUS_WAIT_USEC (5 * UINT64_C(1000000))

/* Does the daemon have to be told? Where it does not answer, telling it does no harm. */
static bool must_switch(const char *syspar, TraceLevel wanted) {
        _cleanup_(freep) Status *status = malloc(sizeof(*status));

        return !status || daemon_status_ask(syspar, STATUS_WAIT_USEC, status, NULL) != 0 ||
               status->trace != wanted;
}

static int switch_tracing(Context *c, bool on, char **reterr) {
        bool recorded = dropin_exists(c->syspar, DROPIN_TRACE);
        _cleanup_(plan_done) Plan plan = { 0 };
        int r;

        r = registered_check(c, reterr);
        if (r >= 0 && on && !recorded)
                r = dropin_check(c->syspar, DROPIN_TRACE, reterr);
        if (r < 0)
                return r;
        registered_warn_of_difference(c);

        if (on && !recorded)
                plan_trace_on(&plan, c->syspar);
        if (!on && recorded)
                plan_trace_off(&plan, c->syspar);
        if (on != recorded)
                plan_reload(&plan);
        if (must_switch(c->syspar, on ? TRACE_LONG : TRACE_SHORT))
                plan_switch_trace(&plan, c->syspar, on);

        r = plan_run(&plan, c, /* keep_going= */ false, reterr);
        if (r >= 0 && !c->options->dry_run)
                say(c, "Tracing of partition %s is %s.", c->syspar,
                                on ? "on (long)" : "off (short, the default)");
        return r;
}

int action_trace_on(Context *c, char **reterr) {
        return switch_tracing(c, /* on= */ true, reterr);
}

int action_trace_off(Context *c, char **reterr) {
        return switch_tracing(c, /* on= */ false, reterr);
}

int action_refresh(Context *c, _unused_ char **reterr) {
        say(c, "Refresh has no effect for Group Services: hagsd has nothing to read again.");
        return 0;
}
