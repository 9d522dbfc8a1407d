/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Instances of hags as SRC's subsystems. What is on file are the registrations that hagsctrl -a wrote: on a
 * node the subsystem is called `hags`, on a control workstation `hags.<syspar>`, one for each partition
 * (control.md section 1). All are in the subsystem group `hags`.
 *
 * The other name is the subsystem's synonym: `hags.<syspar>` on a node, and on a control workstation `hags`
 * for the current partition ($SP_NAME, else the one in hags.conf). So `-s hags` works everywhere. Who asked
 * by the synonym is answered by it, because programs look for the name that they gave.
 */

#include "compat/command.h"
#include "util/syspar-name.h"

#define SUBSYSTEM_GROUP "hags"
#define SUBSYSTEM_NAME_MAX (sizeof(SUBSYSTEM_GROUP) + SYSPAR_NAME_MAX) /* with a dot; SRC's 29 */

typedef struct Subsystem {
        char syspar[SYSPAR_NAME_MAX + 1];
        char name[SUBSYSTEM_NAME_MAX + 1];
        char synonym[SUBSYSTEM_NAME_MAX + 1]; /* "": none */
        char *unit;
} Subsystem;

/* The options that choose subsystems, for subsystems_select(), and one that all commands of SRC had. */
#define OPTION_SUBSYSTEM \
        { 's', "SUBSYSTEM", "hags, or hags.NAME on a control workstation", NULL }
#define OPTION_GROUP \
        { 'g', "GROUP", "the subsystems of a group; there is one, hags", NULL }
#define OPTION_PID \
        { 'p', "PID", "the subsystem that has this PID", NULL }
#define OPTION_HOST \
        { 'h', "HOST", NULL, "other hosts are not asked from here; run it there, with ssh" }

/* Begins zeroed. */
typedef struct Subsystems {
        Subsystem *list; /* by partition */
        size_t n;
} Subsystems;

void subsystems_done(Subsystems *s);

/* Everything that is on file. An empty list is no error. */
int subsystems_load(const Compat *c, Subsystems *ret, char **reterr);

/*
 * What -a, -g, -s or -p chooses, of which exactly one must have been given (-EINVAL). -ENOENT: no such name
 * or group is on file, or nothing has that PID. Only -a may choose nothing.
 */
int subsystems_select(Compat *c, const CommandLine *line, Subsystems *ret, char **reterr);

/*
 * The same, but only what runs, be it that it is on its way up or down. -ESRCH with SRC's message: nothing
 * of it does.
 */
int subsystems_select_running(Compat *c, const CommandLine *line, Subsystems *ret, char **reterr);

/* ---- states ---- */

typedef enum SubsystemState {
        SUBSYSTEM_INOPERATIVE,
        SUBSYSTEM_STARTING,
        SUBSYSTEM_ACTIVE,
        SUBSYSTEM_WARNED, /* it runs, and a request to stop it waits */
        SUBSYSTEM_STOPPING,
        _SUBSYSTEM_STATE_MAX,
} SubsystemState;

/* The state of a unit in SRC's terms. */
SubsystemState subsystem_state_of(const UnitState *unit);

/* "active", "inoperative", "starting", "stopping", "warned to stop". */
const char *subsystem_state_to_string(SubsystemState state);

/* Ask systemd. *ret_pid is 0 unless it has a main process. */
int subsystem_ask(Compat *c, const Subsystem *s, SubsystemState *ret, pid_t *ret_pid, char **reterr);

/* Leave out those that are in `state`; each is told to `left_out`, which may be NULL. */
int subsystems_leave_out(Compat *c, Subsystems *s, SubsystemState state,
                void (*left_out)(Compat *c, const Subsystem *s), char **reterr);

/*
 * Run a job for each, all at once, and wait for them. Of one that succeeded is told to `done`, of the others
 * it is complained.
 */
int subsystems_run_jobs(Compat *c, const Subsystems *s, JobKind kind,
                void (*done)(const Subsystem *s, const UnitJob *job), char **reterr);

/* ---- this host ---- */

/*
 * The node number of a partition's instance. Its registration wins over hags.conf (control.md section 2);
 * one that is damaged says nothing. Errors of reading.
 */
int node_number_of(const Compat *c, const char *syspar, unsigned *ret, char **reterr);

/* The current partition: $SP_NAME, else the configured one. -EINVAL: $SP_NAME is no name of a partition. */
int current_partition(const Compat *c, char ret[static SYSPAR_NAME_MAX + 1], char **reterr);
