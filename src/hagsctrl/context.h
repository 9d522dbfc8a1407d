/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What one run of hagsctrl knows: its options, the configuration, the current partition, the connection to
 * systemd; and how it speaks. Results go to standard output as plain sentences, errors and warnings to
 * standard error behind "hagsctrl: ".
 */

#include <stdbool.h>

#include "config/config.h"
#include "hagsctrl/options.h"
#include "manager/manager.h"
#include "manager/unit-name.h"

typedef struct Context {
        const Options *options;
        Config config;
        char syspar[SYSPAR_NAME_MAX + 1]; /* the current partition; empty for actions on all of them */
        bool declared;    /* the current partition is the configured one or has a syspar.d file */
        Manager *manager; /* use context_manager() */
        int lock;
        bool progress_shown;
        bool failed; /* something was complained about: exit 1 */
} Context;

void context_done(Context *c);

/* Load the configuration; warnings are printed. */
int context_load_config(Context *c, char **reterr);

/*
 * Decide which partition is the current one: --syspar, else $SP_NAME, else the configured name; and lay its
 * syspar.d file over the configuration. -EINVAL: no valid name, or on a node another partition than its own.
 */
int context_choose_partition(Context *c, char **reterr);

/* Is this host the control workstation? */
static inline bool context_is_workstation(const Context *c) {
        return c->config.node_number == 0;
}

/* The connection to systemd, opened at its first use. */
int context_manager(Context *c, Manager **ret, char **reterr);

/* A sentence about what was done; nothing with --quiet. */
void say(const Context *c, const char *format, ...) _printf_(2, 3);

/* A sentence about what is odd, but no error. */
void warn(const char *format, ...) _printf_(1, 2);

/* A failure that does not end the run: print it now, exit 1 at the end. Frees *message and makes it NULL. */
void complain(Context *c, char **message, int error);

/* One line of a job's progress, redrawn in place; for manager_run_jobs(). Only on a terminal. */
JobProgress context_progress(const Context *c);
void context_progress_clear(Context *c);
