/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The command line of hagsns, hagsgr, hagscl and hagsvote. One table says every option once: parsing, --help
 * and (through --help) the bash completion are made from it.
 *
 * As in PSSP, -s, -g and -p choose the daemon to ask by its subsystem, its subsystem group or its PID, and
 * -a a group of Group Services (pssp-facts.md section 5).
 */

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

/* What one of the programs has besides what all have. */
enum {
        PROGRAM_HAS_GROUP = 0x1, /* -a, and the operand */
        PROGRAM_HAS_NAMES = 0x2,
        PROGRAM_HAS_WATCH = 0x4,
        PROGRAM_OF_VOTES = 0x8, /* shows only groups with a running protocol, unless more is asked for */
};

typedef enum Command {
        COMMAND_ASK,
        COMMAND_NAMES,
        COMMAND_WATCH,
        COMMAND_HELP,
        COMMAND_VERSION,
} Command;

typedef struct CommandLine {
        Command command;
        const char *syspar; /* --syspar or -s; NULL: the current partition */
        bool all;           /* -g: every partition that runs here */
        pid_t pid;          /* -p: the one whose hagsd has this PID; 0: any */
        const char *group;  /* NULL: all */
        bool longer;
        bool json;
} CommandLine;

/*
 * Parse for a program with these features. 0, or -EINVAL with a sentence. Nothing is printed. The strings in
 * *ret belong to argv.
 */
int command_line_parse(const char *program, unsigned features, int argc, char **argv, CommandLine *ret,
                char **reterr);

void command_line_print_help(FILE *to, const char *program, unsigned features, const char *purpose);
