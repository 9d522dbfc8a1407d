/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The command line of a command, and how it speaks: see command.h. */

#include "compat/command.h"

#include <getopt.h>
#include <stdarg.h>
#include <string.h>

#include "compat/message.h"
#include "util/escape.h"
#include "util/fault.h"

enum {
        OPTION_HELP = 256, /* above all letters */
        OPTION_VERSION,
};

static const struct option long_options[] = {
        { .name = "help", .val = OPTION_HELP },
        { .name = "version", .val = OPTION_VERSION },
        { 0 },
};

/* ---- parsing ---- */

/* getopt()'s form of the options; 3 characters for each of 40 are more than any command has. */
static void make_letters(const Command *command, char letters[static 128]) {
        *letters++ = ':';
        for (const CommandOption *o = command->options; o->letter; o++) {
                *letters++ = o->letter;
                if (o->argument)
                        *letters++ = ':';
        }
        *letters = 0;
}

static const CommandOption *find(const Command *command, int letter) {
        for (const CommandOption *o = command->options; o->letter; o++)
                if (o->letter == letter)
                        return o;
        return NULL;
}

static int unknown_option(const Command *command, const char *word, char **reterr) {
        if (optopt > ' ' && optopt < 0x7f && !find(command, optopt))
                return fault(reterr, -EINVAL, "unknown option -%c; usage: %s %s", optopt, command->name,
                                command->synopsis);
        return fault(reterr, -EINVAL, "unknown option '%s'; usage: %s %s", word, command->name,
                        command->synopsis);
}

static int take_option(const Command *command, int letter, CommandLine *line, char **reterr) {
        const CommandOption *option = find(command, letter);

        if (option->refused)
                return fault(reterr, -EOPNOTSUPP, "option -%c does not apply: %s", letter, option->refused);
        if (line->given[letter])
                return fault(reterr, -EINVAL, "option -%c was given twice; usage: %s %s", letter,
                                command->name, command->synopsis);

        line->given[letter] = true;
        line->value[letter] = optarg;
        return 0;
}

int command_parse(const Command *command, int argc, char **argv, CommandLine *ret, char **reterr) {
        char letters[128];
        CommandLine line = { 0 };
        int code, r;

        make_letters(command, letters);
        opterr = 0;
        optind = 0; /* start anew, also when called more than once */
        while ((code = getopt_long(argc, argv, letters, long_options, NULL)) != -1) {
                if (code == OPTION_HELP || code == OPTION_VERSION) {
                        *ret = (CommandLine){ .help = code == OPTION_HELP,
                                .version = code == OPTION_VERSION };
                        return 0;
                }
                if (code == ':')
                        return fault(reterr, -EINVAL, "option -%c needs an argument; usage: %s %s", optopt,
                                        command->name, command->synopsis);
                r = code == '?' ? unknown_option(command, argv[optind - 1], reterr)
                                : take_option(command, code, &line, reterr);
                if (r < 0)
                        return r;
        }

        line.operands = argv + optind;
        if (optind < argc && !command->has_operands)
                return fault(reterr, -EINVAL, "unexpected argument '%s'; usage: %s %s", argv[optind],
                                command->name, command->synopsis);
        *ret = line;
        return 0;
}

void command_print_help(FILE *to, const Command *command) {
        (void) fprintf(to, "usage: %s%s%s\n\n%s\n\n", command->name, *command->synopsis ? " " : "",
                        command->synopsis, command->purpose);
        for (const CommandOption *o = command->options; o->letter; o++)
                if (!o->refused)
                        (void) fprintf(to, "  -%c %-14s %s\n", o->letter, o->argument ?: "", o->help);
        (void) fprintf(to, "  --help            print this text\n"
                           "  --version         print the version\n");
}

/* ---- speaking ---- */

/* One line, whatever bytes the arguments and others' messages in it brought. */
static void put_line(const Compat *c, const char *text) {
        (void) fflush(stdout);
        if (strncmp(text, MESSAGE_PREFIX, strlen(MESSAGE_PREFIX)) != 0)
                (void) fprintf(stderr, "%s: ", c->name);
        text_put_string(stderr, text);
        (void) fputc('\n', stderr);
}

void compat_complain(Compat *c, char **message, int error) {
        put_line(c, fault_text(*message, error));
        free(*message);
        *message = NULL;
        c->failed = true;
}

void compat_warn(const Compat *c, const char *format, ...) {
        _cleanup_(freep) char *text = NULL;
        va_list ap;

        va_start(ap, format);
        if (vasprintf(&text, format, ap) < 0)
                text = NULL;
        va_end(ap);
        put_line(c, fault_text(text, -ENOMEM));
}

/* ---- systemd ---- */

int compat_manager(Compat *c, Manager **ret, char **reterr) {
        int r = c->manager ? 0 : manager_open(&c->manager, reterr);

        if (r < 0)
                return r;
        *ret = c->manager;
        return 0;
}
