/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The command line of the diagnostic commands: see command-line.h. */

#include "diag/command-line.h"

#include <getopt.h>
#include <string.h>

#include "util/fault.h"
#include "util/macro.h"
#include "util/parse.h"
#include "util/syspar-name.h"
#include "wire/gs.h"

#define SUBSYSTEM "hags"

/* Options without a letter need a number that getopt_long() can return: any above all characters. */
enum {
        OPTION_SYSPAR = 256,
        OPTION_JSON,
        OPTION_NAMES,
        OPTION_WATCH,
        OPTION_VERSION,
};

typedef struct OptionInfo {
        int code; /* the letter, or one of the numbers above */
        const char *name;
        const char *argument; /* what --help calls it; NULL: takes none */
        unsigned features;    /* programs that have one of these, or 0: all */
        const char *help;
} OptionInfo;

static const OptionInfo table[] = {
        { 's', "subsystem", "SUBSYSTEM", 0,
                        "ask hags.NAME: hagsd of partition NAME; hags: the current one" },
        { 'g', "subsystem-group", "SUBSYSTEM_GROUP", 0, "ask hags: every hagsd that runs here" },
        { 'p', "pid", "PID", 0, "ask the hagsd that has this PID" },
        { OPTION_SYSPAR, "syspar", "NAME", 0, "the partition (else $SP_NAME, then hags.conf)" },
        { 'a', "group", "GROUP", PROGRAM_HAS_GROUP, "show this group only" },
        { 'l', "long", NULL, 0, "show more" },
        { OPTION_NAMES, "names", NULL, PROGRAM_HAS_NAMES, "print the names of the groups only" },
        { OPTION_WATCH, "watch", NULL, PROGRAM_HAS_WATCH, "show them on the terminal as they change" },
        { OPTION_JSON, "json", NULL, 0, "print JSON" },
        { 'c', "canonical", NULL, 0, "no effect: the output is English anyway" },
        { OPTION_VERSION, "version", NULL, 0, "print the version" },
        { 'h', "help", NULL, 0, "print this text" },
};

static bool has(const OptionInfo *info, unsigned features) {
        return info->features == 0 || info->features & features;
}

static const OptionInfo *find(int code, unsigned features) {
        for (size_t i = 0; i < ELEMENTSOF(table); i++)
                if (table[i].code == code && has(&table[i], features))
                        return &table[i];
        return NULL;
}

/* getopt_long()'s two forms of the table. */
static void make_getopt(unsigned features, char letters[static 2 * ELEMENTSOF(table) + 2],
                struct option names[static ELEMENTSOF(table) + 1]) {
        size_t n_letters = 0, n_names = 0;

        letters[n_letters++] = ':';
        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                if (!has(&table[i], features))
                        continue;
                if (table[i].code < OPTION_SYSPAR) {
                        letters[n_letters++] = (char) table[i].code;
                        if (table[i].argument)
                                letters[n_letters++] = ':';
                }
                names[n_names++] = (struct option){ .name = table[i].name,
                        .has_arg = table[i].argument ? required_argument : no_argument,
                        .val = table[i].code };
        }
        letters[n_letters] = 0;
        names[n_names] = (struct option){ 0 };
}

/* ---- values ---- */

static int set_syspar(CommandLine *l, const char *name, char **reterr) {
        if (!syspar_name_is_valid(name))
                return fault(reterr, -EINVAL,
                                "'%s' is not a partition name; 1 to %d letters, digits, '_' and '-' are, "
                                "beginning with a letter or digit",
                                name, SYSPAR_NAME_MAX);
        l->syspar = name;
        return 0;
}

/* SRC's name: the partition is in it on a control workstation. */
static int set_subsystem(CommandLine *l, const char *name, char **reterr) {
        if (strcmp(name, SUBSYSTEM) == 0)
                return 0;
        if (strncmp(name, SUBSYSTEM ".", strlen(SUBSYSTEM ".")) == 0)
                return set_syspar(l, name + strlen(SUBSYSTEM "."), reterr);
        return fault(reterr, -EINVAL,
                        "'%s' is no subsystem of Group Services; these are called " SUBSYSTEM
                        " or " SUBSYSTEM ".PARTITION",
                        name);
}

static int set_subsystem_group(CommandLine *l, const char *name, char **reterr) {
        if (strcmp(name, SUBSYSTEM) != 0)
                return fault(reterr, -EINVAL,
                                "'%s' is no subsystem group; the only one is " SUBSYSTEM
                                ". For a group of Group Services give its name without -g",
                                name);
        l->all = true;
        return 0;
}

static int set_pid(CommandLine *l, const char *text, char **reterr) {
        uint64_t pid;

        if (parse_u64(text, 1, INT32_MAX, &pid) < 0)
                return fault(reterr, -EINVAL, "'%s' is no PID", text);
        l->pid = (pid_t) pid;
        return 0;
}

static int set_group(CommandLine *l, const char *name, char **reterr) {
        if (l->group)
                return fault(reterr, -EINVAL, "one group can be named only");
        if (!name[0] || strlen(name) > GS_GROUP_NAME_MAX)
                return fault(reterr, -EINVAL, "'%s' is no group's name; these have 1 to %d bytes", name,
                                GS_GROUP_NAME_MAX);
        l->group = name;
        return 0;
}

static int set_option(CommandLine *l, int code, const char *argument, char **reterr) {
        switch (code) {
        case 's':
                return set_subsystem(l, argument, reterr);
        case 'g':
                return set_subsystem_group(l, argument, reterr);
        case 'p':
                return set_pid(l, argument, reterr);
        case 'a':
                return set_group(l, argument, reterr);
        case OPTION_SYSPAR:
                return set_syspar(l, argument, reterr);
        case 'l':
                l->longer = true;
                return 0;
        case OPTION_JSON:
                l->json = true;
                return 0;
        case OPTION_NAMES:
                l->command = COMMAND_NAMES;
                return 0;
        case OPTION_WATCH:
                l->command = COMMAND_WATCH;
                return 0;
        default:
                return 0;
        }
}

/* ---- the command line ---- */

static bool is_selector(int code) {
        return code == 's' || code == 'g' || code == 'p' || code == OPTION_SYSPAR;
}

/* In PSSP it is two things: with a host the one that is asked, alone the usage. */
static int set_help(const char *program, CommandLine *l, const char *host, char **reterr) {
        if (host && host[0] != '-')
                return fault(reterr, -EINVAL,
                                "-h HOST is not there: every node shows the same domain; for what is local "
                                "to a node: ssh %s %s",
                                host, program);
        l->command = COMMAND_HELP;
        return 0;
}

static int unknown_option(const char *program, unsigned features, const char *word, char **reterr) {
        if (optopt != 0 && !find(optopt, features))
                return fault(reterr, -EINVAL, "unknown option -%c; see %s --help",
                                optopt > ' ' && optopt < 0x7f ? optopt : '?', program);
        return fault(reterr, -EINVAL, "unknown or incomplete option '%s'; see %s --help", word, program);
}

static int check_combination(const CommandLine *l, char **reterr) {
        if (l->command == COMMAND_WATCH && (l->json || l->longer))
                return fault(reterr, -EINVAL, "--watch does not go with --json and -l");
        if (l->command == COMMAND_NAMES && (l->json || l->longer || l->group))
                return fault(reterr, -EINVAL, "--names does not go with --json, -l and a group");
        if (l->command == COMMAND_WATCH && l->all)
                return fault(reterr, -EINVAL, "--watch shows one partition, not all of -g");
        return 0;
}

int command_line_parse(const char *program, unsigned features, int argc, char **argv, CommandLine *ret,
                char **reterr) {
        char letters[2 * ELEMENTSOF(table) + 2];
        struct option names[ELEMENTSOF(table) + 1];
        unsigned n_selectors = 0;
        CommandLine l = { 0 };
        int code, r;

        make_getopt(features, letters, names);
        opterr = 0;
        optind = 0; /* start anew, also when called more than once */
        while ((code = getopt_long(argc, argv, letters, names, NULL)) != -1) {
                if (code == ':')
                        return fault(reterr, -EINVAL, "option %s needs an argument", argv[optind - 1]);
                if (code == OPTION_VERSION) {
                        *ret = (CommandLine){ .command = COMMAND_VERSION };
                        return 0;
                }
                if (code == 'h') {
                        r = set_help(program, &l, strcmp(argv[optind - 1], "-h") == 0 ? argv[optind] : NULL,
                                        reterr);
                        if (r >= 0)
                                *ret = l;
                        return r;
                }
                if (!find(code, features))
                        return unknown_option(program, features, argv[optind - 1], reterr);

                n_selectors += is_selector(code);
                r = set_option(&l, code, optarg, reterr);
                if (r < 0)
                        return r;
        }
        if (n_selectors > 1)
                return fault(reterr, -EINVAL, "only one of -s, -g, -p and --syspar can be given");

        for (; optind < argc; optind++) {
                if (!(features & PROGRAM_HAS_GROUP))
                        return fault(reterr, -EINVAL, "unexpected argument '%s'; see %s --help",
                                        argv[optind], program);
                r = set_group(&l, argv[optind], reterr);
                if (r < 0)
                        return r;
        }

        r = check_combination(&l, reterr);
        if (r < 0)
                return r;
        *ret = l;
        return 0;
}

void command_line_print_help(FILE *to, const char *program, unsigned features, const char *purpose) {
        (void) fprintf(to, "usage: %s [OPTION...]%s\n\n%s\n\n", program,
                        features & PROGRAM_HAS_GROUP ? " [GROUP]" : "", purpose);

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                const OptionInfo *o = &table[i];
                char left[48];

                if (!has(o, features))
                        continue;
                (void) snprintf(left, sizeof(left), "--%s%s%s", o->name, o->argument ? " " : "",
                                o->argument ? o->argument : "");
                if (o->code < OPTION_SYSPAR)
                        (void) fprintf(to, "  -%c, %-33s %s\n", o->code, left, o->help);
                else
                        (void) fprintf(to, "      %-33s %s\n", left, o->help);
        }

        (void) fprintf(to, "\nSee %s(1).\n", program);
}
