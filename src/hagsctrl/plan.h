/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * An action is a list of steps. The action looks at the system, refuses what cannot work, and lists what is
 * to be done; then --dry-run prints the list, or the real run executes it: one source for both. Every step
 * is idempotent, and the order is such that a run that was killed between any two is completed by running
 * the action again.
 */

#include <stddef.h>
#include <stdint.h>

#include "hagsctrl/context.h"
#include "manager/dropin.h"
#include "sdr/sdr.h"

typedef struct Step Step;

struct Step {
        char *text; /* what it does, as an order: "stop hags@default.service" */
        int (*run)(Context *c, const Step *step, char **reterr);

        /* What it works on. Borrowed: the action that lists the step keeps these until the plan has run. */
        const char *syspar;
        char *const *syspars;
        const Registration *registration;
        const Sdr *sdr;
        uint16_t port;
        bool target; /* hags.target too */
};

typedef struct Plan {
        Step *steps;
        size_t n_steps;
        int error; /* -ENOMEM while listing; told by plan_run() */
} Plan;

/* Append a step; `format` makes its text. */
void plan_add(Plan *p, Step step, const char *format, ...) _printf_(3, 4);

/*
 * Execute (or, with --dry-run, print) all steps. `keep_going`: a step that fails is complained about and the
 * others are run all the same; otherwise its error is returned.
 */
int plan_run(Plan *p, Context *c, bool keep_going, char **reterr);

void plan_done(Plan *p);
