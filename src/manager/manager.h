/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * systemd as the resource controller: what SRC's startsrc, stopsrc, mkssys and lssrc did, asked of PID 1
 * over D-Bus.
 *
 * The system bus is used; where it is not there (early boot, a rescue shell) systemd's private socket, which
 * speaks the same interface to root. A job is queued and its JobRemoved signal waited for; what it says is
 * then checked against the unit's state, because "done" does not mean "runs" (a condition that fails is
 * "done" too).
 *
 * Functions return 0 or a negative errno value with a sentence in *reterr.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <systemd/sd-id128.h>

#include "util/macro.h"

typedef struct Manager Manager;

/* Was this system booted with systemd? 0, or -ENODEV with a sentence. Connects to nothing. */
int manager_check_booted(char **reterr);

/* Connect. -ENODEV as above, else the error of the private socket. */
int manager_open(Manager **ret, char **reterr);
Manager *manager_free(Manager *m);

DEFINE_CLEANUP(Manager *, manager_free)

/* ---- units ---- */

typedef struct UnitState {
        char *load_state;   /* loaded, not-found, masked, bad-setting, error */
        char *active_state; /* active, inactive, failed, activating, deactivating, reloading */
        char *sub_state;
        char *result; /* of a service: success, exit-code, signal, timeout, watchdog, ... */
        pid_t main_pid;
        int exec_main_code;   /* CLD_EXITED, CLD_KILLED, CLD_DUMPED; 0: has not run */
        int exec_main_status; /* exit status or signal */
        sd_id128_t invocation_id;
        char *job_type; /* of the job that is queued or runs: start, stop, restart, ...; NULL: none */
} UnitState;

int manager_unit_state(Manager *m, const char *unit, UnitState *ret, char **reterr);
void unit_state_done(UnitState *s);

/* The names of all loaded units that match a shell pattern; NULL-terminated, free with strings_free(). */
int manager_list_loaded(Manager *m, const char *pattern, char ***ret, char **reterr);

/* Enable or disable unit files (links only; call manager_reload() behind it). `units` is NULL-terminated. */
int manager_enable(Manager *m, char **units, char **reterr);
int manager_disable(Manager *m, char **units, char **reterr);

/* daemon-reload. */
int manager_reload(Manager *m, char **reterr);

/* Let systemd forget that a unit failed (a unit that did not, or is not loaded, is fine). Not waited for. */
void manager_forget_failure(Manager *m, const char *unit);

/* Send a signal to the main process of a unit. -ESRCH (no sentence): it has none. */
int manager_kill_main(Manager *m, const char *unit, int signo, char **reterr);

/* ---- jobs ---- */

#define JOB_CANCEL_SECONDS 20 /* SRC's wait time */

typedef enum JobKind {
        JOB_START,  /* failed state is forgotten first, so that the start limit does not refuse it */
        JOB_STOP,   /* a unit that is not loaded is stopped: success */
        JOB_CANCEL, /* the same, but what still runs after JOB_CANCEL_SECONDS is killed */
} JobKind;

/* One unit of a call: what is asked for, and how it ended. */
typedef struct UnitJob {
        char *unit;
        int result;               /* 0, or a negative errno value */
        char *message;            /* then: one sentence */
        pid_t main_pid;           /* of a start that succeeded */
        sd_id128_t invocation_id; /* of one that failed: whose journal lines tell why */
} UnitJob;

/*
 * Told about once a second while jobs are waited for, from the first second on. `waiting_for` is one of the
 * rest.
 */
typedef void (*JobProgress)(void *userdata, size_t n_done, size_t n_all, const char *waiting_for);

/*
 * Queue a job for every unit, then wait for all of them in parallel, for as long as the units' own time
 * limits allow. Each job's outcome is in its `result`; the return value is an error only if the connection
 * failed (the sentence then tells what was queued and that the command can be run again). `progress` may be
 * NULL.
 */
int manager_run_jobs(Manager *m, JobKind kind, UnitJob *jobs, size_t n_jobs, JobProgress progress,
                void *userdata, char **reterr);

void unit_jobs_free(UnitJob *jobs, size_t n_jobs);

/* Wait until `unit` has no job of whatever origin in the queue any more (at most 100 s). */
int manager_wait_idle(Manager *m, const char *unit, char **reterr);
