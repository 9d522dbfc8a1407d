/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The commands of AIX and PSSP that have the names they had (control.md section 6): lssrc, startsrc and so
 * on. They are one program, hags-compat, with a link for each name. A command is a struct Command in the
 * file of its name; main.c has the list of them, parses, and prints what went wrong.
 *
 * What is printed of SRC's own messages stands in message.h with its number. All else that goes wrong is one
 * sentence behind the command's name. The exit status is 0 or 1.
 */

#include <stdbool.h>

#include "config/config.h"
#include "manager/manager.h"

typedef struct CommandOption {
        char letter;
        const char *argument; /* what --help calls it; NULL: takes none */
        const char *help;
        const char *refused; /* an option of AIX that has no meaning here: why, and what to do */
} CommandOption;

/* What was typed. The strings belong to argv. */
typedef struct CommandLine {
        bool given[128]; /* by letter */
        const char *value[128];
        char *const *operands; /* NULL-terminated */
        bool help, version;
} CommandLine;

/* What one run knows. */
typedef struct Compat {
        const char *name; /* of the command */
        Config config;    /* the host's; without syspar.d */
        Manager *manager; /* use compat_manager() */
        bool failed;      /* something was complained about: exit 1 */
} Compat;

typedef struct Command {
        const char *name;
        const char *synopsis; /* behind the name */
        const char *purpose;
        const CommandOption *options; /* the last one has no letter */
        bool has_operands;
        bool needs_root;
        /* 0, or a negative errno value with a sentence. */
        int (*run)(Compat *c, const CommandLine *line, char **reterr);
} Command;

/* Each in the file of its name, tracesoff in that of traceson. */
extern const Command command_lssrc, command_startsrc, command_stopsrc, command_traceson, command_tracesoff,
                command_refresh, command_spget_syspar, command_node_number, command_SDRGetObjects,
                command_syspar_ctrl;

/*
 * Parse. 0, or -EINVAL with a sentence: an unknown option, one that comes twice or lacks its argument, an
 * operand where there are none; -EOPNOTSUPP: one that is refused. Whatever stands before --help or
 * --version does not count. Nothing is printed.
 */
int command_parse(const Command *command, int argc, char **argv, CommandLine *ret, char **reterr);

void command_print_help(FILE *to, const Command *command);

/* The connection to systemd, opened at its first use. */
int compat_manager(Compat *c, Manager **ret, char **reterr);

/* A failure that does not end the run: print it now, exit 1 at the end. Frees *message and makes it NULL. */
void compat_complain(Compat *c, char **message, int error);

/* A sentence about what is odd, but no error. */
void compat_warn(const Compat *c, const char *format, ...) _printf_(2, 3);
