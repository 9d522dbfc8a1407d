/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The command line of hagsctrl: see options.h. */

#include "hagsctrl/options.h"

#include <getopt.h>
#include <string.h>

#include "util/fault.h"
#include "util/macro.h"

#define SYNOPSIS "hagsctrl {-a | -s | -k | -d | -c | -u | -t | -o | -r | -h} [OPTION...]"

/* Options without a letter need a number that getopt_long() can return: any above all characters. */
enum {
        OPTION_SYSPAR = 256,
        OPTION_CREATE,
        OPTION_FORCE,
        OPTION_LIST,
        OPTION_JSON,
        OPTION_SDR_IMPORT,
        OPTION_DRY_RUN,
        OPTION_QUIET,
        OPTION_VERSION,
};

typedef struct OptionInfo {
        int code; /* the letter, or one of the numbers above */
        const char *name;
        const char *argument; /* what --help calls it; NULL: takes none */
        Action action;        /* ACTION_NONE: modifies an action */
        const char *help;
} OptionInfo;

static const OptionInfo table[] = {
        { 'a', "add", NULL, ACTION_ADD, "add the partition: port, registration, enablement" },
        { 's', "start", NULL, ACTION_START, "start hagsd of the partition" },
        { 'k', "stop", NULL, ACTION_STOP, "stop hagsd of the partition" },
        { 'd', "delete", NULL, ACTION_DELETE, "delete the partition's instance; keep its port" },
        { 'c', "clean", NULL, ACTION_CLEAN, "delete the instances of all partitions" },
        { 'u', "unconfigure", NULL, ACTION_UNCONFIGURE, "clean, then remove all ports from the SDR" },
        { 't', "trace-on", NULL, ACTION_TRACE_ON, "turn long tracing on, now and for later starts" },
        { 'o', "trace-off", NULL, ACTION_TRACE_OFF, "turn tracing off, back to its default level" },
        { 'r', "refresh", NULL, ACTION_REFRESH, "no effect for Group Services" },
        { OPTION_LIST, "list", NULL, ACTION_LIST, "list the partitions known on this host" },
        { OPTION_SDR_IMPORT, "sdr-import", "FILE", ACTION_SDR_IMPORT,
                        "take ports from a copy of the SDR (- for stdin)" },
        { OPTION_VERSION, "version", NULL, ACTION_VERSION, "print the version" },
        { 'h', "help", NULL, ACTION_HELP, "print this text" },
        { OPTION_SYSPAR, "syspar", "NAME", ACTION_NONE, "the partition (else $SP_NAME, then hags.conf)" },
        { OPTION_CREATE, "create", NULL, ACTION_NONE, "with -a: declare a partition not known yet" },
        { OPTION_FORCE, "force", NULL, ACTION_NONE, "with -u: even if other nodes are up" },
        { OPTION_JSON, "json", NULL, ACTION_NONE, "with --list: as JSON" },
        { OPTION_DRY_RUN, "dry-run", NULL, ACTION_NONE, "print each step, touch nothing" },
        { OPTION_QUIET, "quiet", NULL, ACTION_NONE, "print errors and warnings only" },
};

/* getopt_long()'s two forms of the table. */
static void make_getopt(char letters[static ELEMENTSOF(table) + 2],
                struct option names[static ELEMENTSOF(table) + 1]) {
        size_t n = 0;

        letters[n++] = ':';
        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                if (table[i].code < OPTION_SYSPAR)
                        letters[n++] = (char) table[i].code;
                names[i] = (struct option){ .name = table[i].name,
                        .has_arg = table[i].argument ? required_argument : no_argument,
                        .val = table[i].code };
        }
        letters[n] = 0;
        names[ELEMENTSOF(table)] = (struct option){ 0 };
}

static const OptionInfo *find(int code) {
        for (size_t i = 0; i < ELEMENTSOF(table); i++)
                if (table[i].code == code)
                        return &table[i];
        return NULL;
}

static void set_modifier(Options *o, int code, const char *argument) {
        switch (code) {
        case OPTION_SYSPAR:
                o->syspar = argument;
                break;
        case OPTION_SDR_IMPORT:
                o->import_path = argument;
                break;
        case OPTION_CREATE:
                o->create = true;
                break;
        case OPTION_FORCE:
                o->force = true;
                break;
        case OPTION_JSON:
                o->json = true;
                break;
        case OPTION_DRY_RUN:
                o->dry_run = true;
                break;
        case OPTION_QUIET:
                o->quiet = true;
                break;
        }
}

/* "-x" or "--name", for messages. */
static const char *spell(const OptionInfo *info, char buffer[static 32]) {
        if (info->code < OPTION_SYSPAR)
                (void) snprintf(buffer, 32, "-%c", info->code);
        else
                (void) snprintf(buffer, 32, "--%s", info->name);
        return buffer;
}

static bool acts_on_all(Action action) {
        return action == ACTION_CLEAN || action == ACTION_UNCONFIGURE || action == ACTION_LIST ||
               action == ACTION_SDR_IMPORT;
}

static int check_combination(const Options *o, char **reterr) {
        if (o->action == ACTION_NONE)
                return fault(reterr, -EINVAL, "no action was given; usage: %s", SYNOPSIS);
        if (o->create && o->action != ACTION_ADD)
                return fault(reterr, -EINVAL, "--create goes with -a only");
        if (o->force && o->action != ACTION_UNCONFIGURE)
                return fault(reterr, -EINVAL, "--force goes with -u only");
        if (o->json && o->action != ACTION_LIST)
                return fault(reterr, -EINVAL, "--json goes with --list only");
        if (o->syspar && acts_on_all(o->action))
                return fault(reterr, -EINVAL,
                                "--syspar does not go with -c, -u, --list and --sdr-import, which are for "
                                "all partitions of this host");
        return 0;
}

/* getopt_long() names a letter in optopt, and leaves a long option to be found in argv. */
static int unknown_option(const char *word, char **reterr) {
        if (optopt != 0 && !find(optopt))
                return fault(reterr, -EINVAL, "unknown option -%c; usage: %s",
                                optopt > ' ' && optopt < 0x7f ? optopt : '?', SYNOPSIS);
        return fault(reterr, -EINVAL, "unknown or incomplete option '%s'; usage: %s", word, SYNOPSIS);
}

int options_parse(int argc, char **argv, Options *ret, char **reterr) {
        struct option names[ELEMENTSOF(table) + 1];
        char letters[ELEMENTSOF(table) + 2], one[32], two[32];
        const OptionInfo *first = NULL;
        Options o = { 0 };
        int code;

        make_getopt(letters, names);
        opterr = 0;
        optind = 0; /* start anew, also when called more than once */
        while ((code = getopt_long(argc, argv, letters, names, NULL)) != -1) {
                const OptionInfo *info = find(code);

                if (code == ':')
                        return fault(reterr, -EINVAL, "option %s needs an argument", argv[optind - 1]);
                if (!info)
                        return unknown_option(argv[optind - 1], reterr);

                set_modifier(&o, code, optarg);
                if (info->action == ACTION_NONE)
                        continue;
                if (first)
                        return fault(reterr, -EINVAL, "%s and %s cannot be used together; usage: %s",
                                        spell(first, one), spell(info, two), SYNOPSIS);
                first = info;
                o.action = info->action;
        }

        if (optind < argc)
                return fault(reterr, -EINVAL, "unexpected argument '%s'; usage: %s", argv[optind], SYNOPSIS);

        code = check_combination(&o, reterr);
        if (code < 0)
                return code;

        *ret = o;
        return 0;
}

void options_print_help(FILE *to) {
        (void) fprintf(to,
                        "usage: %s\n\n"
                        "Control Group Services (hagsd) in the system partitions of this host.\n\n"
                        "Exactly one of:\n",
                        SYNOPSIS);

        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                const OptionInfo *o = &table[i];
                char left[32];

                if (o->action == ACTION_NONE && table[i - 1].action != ACTION_NONE)
                        (void) fprintf(to, "\nOptions:\n");
                (void) snprintf(left, sizeof(left), "--%s%s%s", o->name, o->argument ? " " : "",
                                o->argument ? o->argument : "");
                if (o->code < OPTION_SYSPAR)
                        (void) fprintf(to, "  -%c, %-18s %s\n", o->code, left, o->help);
                else
                        (void) fprintf(to, "      %-18s %s\n", left, o->help);
        }

        (void) fprintf(to, "\nSee hagsctrl(8).\n");
}
