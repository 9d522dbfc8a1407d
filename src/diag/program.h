/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What hagsns, hagsgr, hagscl and hagsvote have in common: from the command line to an answer of the daemon,
 * and to text or JSON of it. Each of them is a struct Program.
 *
 * Results go to standard output, an error as one line behind the program's name to standard error.
 */

#include <jansson.h>

#include "ask/answer.h"
#include "diag/command-line.h"

/* Exit statuses, documented in each page. */
enum {
        PROGRAM_OK = 0,
        PROGRAM_FAILED = 1,  /* refused, no answer, output cannot be written */
        PROGRAM_USAGE = 2,   /* the command line, or a name in it, is wrong */
        PROGRAM_DOWN = 3,    /* hagsd of that partition does not run here */
        PROGRAM_UNKNOWN = 4, /* there is no such group */
};

typedef struct Program {
        const char *name;
        const char *purpose; /* for --help */
        unsigned features;   /* PROGRAM_HAS_* */
        uint8_t parts;       /* of the report */
        /* 0 or -ENOMEM. */
        int (*print)(FILE *to, const Answer *answer, const CommandLine *line);
        /* Add what it shows to the object, by json_put(). */
        void (*fill_json)(json_t **object, const Answer *answer, const CommandLine *line);
        /* --watch: returns at its end; as all here, 0 or a negative errno value with a sentence. */
        int (*watch)(const char *syspar, const char *group, char **reterr);
} Program;

/* Run it. Returns the exit status. */
int program_main(const Program *program, int argc, char **argv);
