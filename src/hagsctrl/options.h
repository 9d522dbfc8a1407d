/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The command line of hagsctrl. One table says every option once: parsing, --help and (through --help) the
 * bash completion are made from it.
 */

#include <stdbool.h>
#include <stdio.h>

typedef enum Action {
        ACTION_NONE,
        ACTION_ADD,
        ACTION_START,
        ACTION_STOP,
        ACTION_DELETE,
        ACTION_CLEAN,
        ACTION_UNCONFIGURE,
        ACTION_TRACE_ON,
        ACTION_TRACE_OFF,
        ACTION_REFRESH,
        ACTION_LIST,
        ACTION_SDR_IMPORT,
        ACTION_VERSION,
        ACTION_HELP,
        _ACTION_MAX,
} Action;

typedef struct Options {
        Action action;
        const char *syspar;      /* --syspar, or NULL */
        const char *import_path; /* --sdr-import; "-" is standard input */
        bool create;
        bool force;
        bool json;
        bool dry_run;
        bool quiet;
} Options;

/*
 * Parse. 0, or -EINVAL with a sentence: an unknown option, no action or two, an operand, an option that does
 * not go with the action. Values are checked where they are used. Nothing is printed. The strings in *ret
 * belong to argv.
 */
int options_parse(int argc, char **argv, Options *ret, char **reterr);

void options_print_help(FILE *to);
