/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The layouts of lssrc, as far as they need nothing but values (pssp-facts.md 3.1, 3.2 and 3.6). */

#include <stdio.h>
#include <sys/types.h>

#include "ask/answer.h"
#include "compat/subsystem.h"

/* The header of the short status, and a row of it; without a PID (0) its column is blank. */
void row_print_header(FILE *to);
void row_print(FILE *to, const Subsystem *s, SubsystemState state, pid_t pid);

/* What lssrc -S tells of a subsystem. */
typedef struct Definition {
        const char *name;
        const char *synonym;
        const char *arguments;
        const char *path;
        uid_t uid;
        bool respawn;
        int priority; /* 20 and the nice value */
        unsigned wait_seconds;
} Definition;

/* The header of the definitions, and the line of one: each field ends in a colon. */
void definition_print_header(FILE *to);
void definition_print(FILE *to, const Definition *d);

/* The long status of hags behind that: clients, domain and groups, as the daemon told them. */
void long_status_print(FILE *to, const Answer *answer);
