/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hagsctrl -s and -k: start and stop hagsd of the current partition. */

#include "hagsctrl/actions.h"
#include "hagsctrl/known.h"
#include "hagsctrl/registered.h"
#include "hagsctrl/steps.h"
#include "ask/daemon-status.h"
#include "manager/journal-tail.h"
#include "util/clock.h"
#include "util/fault.h"

/* How long -s waits for the domain after the daemon is ready, and how often it asks. */
#define DOMAIN_WAIT_USEC (10 * USEC_PER_SEC)
#define DOMAIN_POLL_MS 100

#define JOURNAL_LINES 10

/* ---- start ---- */

/*
 * Ask until the domain is established or the time is over. Returns as daemon_status_ask(), of the last
 * question.
 */
static int wait_for_domain(const char *syspar, Status *ret, char **reterr) {
        const struct timespec pause = { .tv_nsec = DOMAIN_POLL_MS * 1000 * 1000 };
        uint64_t now = clock_usec(CLOCK_MONOTONIC), limit = now + DOMAIN_WAIT_USEC;
        int r;

        for (;;) {
                r = daemon_status_ask(syspar, limit - now, ret, reterr);
                if (r != 0 || ret->domain_state == DOMAIN_ESTABLISHED)
                        return r;

                (void) nanosleep(&pause, NULL);
                now = clock_usec(CLOCK_MONOTONIC);
                if (now >= limit)
                        return 0;
        }
}

/* A domain that is not established is no error: nodes may be missing that will come. */
static void tell_domain(Context *c, const char *unit, pid_t pid) {
        _cleanup_(freep) char *message = NULL;
        _cleanup_(freep) Status *status = malloc(sizeof(*status));
        int r;

        r = status ? wait_for_domain(c->syspar, status, &message) : -ENOMEM;
        if (r == 0 && status->domain_state == DOMAIN_ESTABLISHED)
                say(c, "%s runs, PID %d. Domain established by node %u.", unit, (int) pid,
                                (unsigned) status->domain_node);
        else if (r == 0)
                say(c, "%s runs, PID %d. Domain %s.", unit, (int) pid,
                                domain_state_to_string(status->domain_state));
        else {
                say(c, "%s runs, PID %d.", unit, (int) pid);
                warn("the state of its domain is not known: %s",
                                r > 0 ? "hagsd does not listen" : fault_text(message, r));
        }
}

/* The unit's result is in the error; what hagsd itself said follows it. */
static int run_start(Context *c, const Step *step, char **reterr) {
        UnitJob job = { 0 };
        Manager *m;
        int r;

        r = context_manager(c, &m, reterr);
        if (r >= 0)
                r = unit_name(step->syspar, &job.unit);
        if (r < 0)
                return r;

        r = manager_run_jobs(m, JOB_START, &job, 1, context_progress(c), c, reterr);
        context_progress_clear(c);
        if (r >= 0 && job.result < 0) {
                r = job.result;
                complain(c, &job.message, r);
                journal_print_tail(stderr, job.invocation_id, JOURNAL_LINES, "    ");
        } else if (r >= 0)
                tell_domain(c, job.unit, job.main_pid);

        free(job.unit);
        free(job.message);
        return c->failed ? 0 : r;
}

int action_start(Context *c, char **reterr) {
        _cleanup_(plan_done) Plan plan = { 0 };
        int r;

        r = registered_check(c, reterr);
        if (r < 0)
                return r;
        registered_warn_of_difference(c);

        plan_add(&plan, (Step){ .run = run_start, .syspar = c->syspar },
                        "start hags@%s.service and wait for its domain", c->syspar);
        return plan_run(&plan, c, /* keep_going= */ false, reterr);
}

/* ---- stop ---- */

int action_stop(Context *c, char **reterr) {
        char *const syspars[] = { c->syspar, NULL };
        _cleanup_(plan_done) Plan plan = { 0 };
        int r;

        r = known_check_current(c, reterr);
        if (r < 0)
                return r;

        plan_stop(&plan, syspars, /* target= */ false);
        r = plan_run(&plan, c, /* keep_going= */ false, reterr);
        if (r >= 0 && !c->options->dry_run)
                say(c, "hags@%s.service is stopped.", c->syspar);
        return r;
}
