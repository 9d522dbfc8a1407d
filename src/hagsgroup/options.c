/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The command line of hagsgroup: see options.h. */

#include "hagsgroup/options.h"

#include <getopt.h>
#include <string.h>

#include "util/clock.h"
#include "util/fault.h"
#include "util/macro.h"
#include "util/parse.h"
#include "util/syspar-name.h"
#include "wire/gs.h"

#define FIRST_CODE 256 /* of what getopt_long() returns: above all characters */

typedef struct OptionInfo {
        char letter; /* 0: none */
        const char *name;
        const char *argument; /* what --help calls it; NULL: takes none */
        const char *help;
} OptionInfo;

static const OptionInfo table[_OPTION_MAX] = {
        [OPTION_SYSPAR] = { 0, "syspar", "NAME", "the partition (else $HA_DOMAIN_NAME, then the only one)" },
        [OPTION_TIMEOUT] = { 0, "timeout", "TIME", "wait no longer than that; 0: try once" },
        [OPTION_QUIET] = { 'q', "quiet", NULL, "print results and errors only" },
        [OPTION_JSON] = { 0, "json", NULL, "print JSON" },
        [OPTION_KILL_AFTER] = { 0, "kill-after", "TIME",
                        "on loss send SIGKILL that long after SIGTERM (1s)" },
        [OPTION_ON_LOSS] = { 0, "on-loss", "HOW",
                        "when the lock may be another's: stop COMMAND, or continue" },
        [OPTION_AGAIN] = { 0, "again", NULL, "stand again when COMMAND has ended" },
        [OPTION_COUNT] = { 'n', "count", "N", "how many take part" },
        [OPTION_INSTANCE] = { 0, "instance", "I", "the instance number (else one that is free)" },
        [OPTION_EXEC] = { 0, "exec", "CMD", "run a shell command for each line" },
        [OPTION_STATE_EXEC] = { 0, "state-exec", "CMD", "run a shell command for each state value" },
        [OPTION_VOTE] = { 0, "vote", "HOW", "approve (default), reject, or exec:CMD: ask a shell command" },
        [OPTION_PHASES] = { 0, "phases", "1|n", "whether the members vote on it" },
        [OPTION_TIME_LIMIT] = { 0, "time-limit", "SECONDS", "for each phase of votes; 0: none" },
        [OPTION_DEFAULT_VOTE] = { 0, "default-vote", "HOW",
                        "for members that fail or are late: approve, reject" },
        [OPTION_DEACTIVATE_PHASE] = { 0, "deactivate-phase", "PHASE",
                        "when deactivate scripts start; 0: never (default)" },
        [OPTION_DEACTIVATE_FLAG] = { 0, "deactivate-flag", "TEXT", "an argument of these scripts" },
        [OPTION_DEACTIVATE_SCRIPT] = { 0, "deactivate-script", "FILE", "what is run when others expel us" },
        [OPTION_HELP] = { 'h', "help", NULL, "print this text" },
};

static bool has(const Subcommand *s, size_t code) {
        return code == OPTION_HELP || s->options & UINT32_C(1) << code;
}

/* getopt_long()'s two forms of the table. The + makes it stop at the first operand. */
static void make_getopt(const Subcommand *s, char letters[static 2 * _OPTION_MAX + 3],
                struct option names[static _OPTION_MAX + 1]) {
        size_t n_letters = 0, n_names = 0;

        letters[n_letters++] = '+';
        letters[n_letters++] = ':';
        for (size_t i = 0; i < _OPTION_MAX; i++) {
                if (!has(s, i))
                        continue;
                if (table[i].letter) {
                        letters[n_letters++] = table[i].letter;
                        if (table[i].argument)
                                letters[n_letters++] = ':';
                }
                names[n_names++] = (struct option){ .name = table[i].name,
                        .has_arg = table[i].argument ? required_argument : no_argument,
                        .val = FIRST_CODE + (int) i };
        }
        letters[n_letters] = 0;
        names[n_names] = (struct option){ 0 };
}

/* What getopt_long() returned, as an index into the table; -1: none of it. */
static int find(int code) {
        if (code >= FIRST_CODE)
                return code - FIRST_CODE;
        for (int i = 0; i < _OPTION_MAX; i++)
                if (table[i].letter == code)
                        return i;
        return -1;
}

/* ---- values ---- */

static int set_time(uint64_t *ret, const char *name, const char *text, char **reterr) {
        if (parse_timespan(text, ret) < 0 || *ret > UINT64_MAX / 4)
                return fault(reterr, -EINVAL,
                                "--%s: '%s' is no time; a number of seconds is, or one with ms, s, min or h",
                                name, text);
        return 0;
}

static int set_number(
                const char *name, const char *text, unsigned least, unsigned most, int *ret, char **reterr) {
        uint64_t number;

        if (parse_u64(text, least, most, &number) < 0)
                return fault(reterr, -EINVAL, "--%s: '%s' is no number from %u to %u", name, text, least,
                                most);
        *ret = (int) number;
        return 0;
}

static int set_vote(Options *o, const char *text, char **reterr) {
        if (strcmp(text, "approve") == 0)
                o->vote = VOTE_APPROVE;
        else if (strcmp(text, "reject") == 0)
                o->vote = VOTE_REJECT;
        else if (strncmp(text, "exec:", strlen("exec:")) == 0 && text[strlen("exec:")]) {
                o->vote = VOTE_EXEC;
                o->vote_exec = text + strlen("exec:");
        } else
                return fault(reterr, -EINVAL, "--vote: '%s' is not approve, reject or exec:CMD", text);
        return 0;
}

/* One of two words; *ret is whether it is the second one. */
static int set_word(const char *name, const char *text, const char *first, const char *second, bool *ret,
                char **reterr) {
        *ret = strcmp(text, second) == 0;
        if (!*ret && strcmp(text, first) != 0)
                return fault(reterr, -EINVAL, "--%s: '%s' is not %s or %s", name, text, first, second);
        return 0;
}

static int set_syspar(Options *o, const char *name, char **reterr) {
        if (!syspar_name_is_valid(name))
                return fault(reterr, -EINVAL,
                                "'%s' is not a partition name; 1 to %d letters, digits, '_' and '-' are, "
                                "beginning with a letter or digit",
                                name, SYSPAR_NAME_MAX);
        o->syspar = name;
        return 0;
}

static int set_command(const char **ret, const char *name, const char *text, char **reterr) {
        if (!text[0])
                return fault(reterr, -EINVAL, "--%s: the command is empty", name);
        *ret = text;
        return 0;
}

static int set_script(Options *o, const char *path, char **reterr) {
        if (path[0] != '/')
                return fault(reterr, -EINVAL, "--deactivate-script: '%s' is no absolute path", path);
        o->script = path;
        return 0;
}

static int set_value(Options *o, OptionCode code, const char *text, char **reterr) {
        const char *name = table[code].name;
        bool second = false;
        int number = 0, r;

        switch (code) {
        case OPTION_SYSPAR:
                return set_syspar(o, text, reterr);
        case OPTION_TIMEOUT:
                return set_time(&o->timeout, name, text, reterr);
        case OPTION_KILL_AFTER:
                return set_time(&o->kill_after, name, text, reterr);
        case OPTION_ON_LOSS:
                return set_word(name, text, "stop", "continue", &o->keep_on_loss, reterr);
        case OPTION_COUNT:
                r = set_number(name, text, 1, GS_INSTANCE_MAX, &number, reterr);
                o->count = (uint16_t) number;
                return r;
        case OPTION_INSTANCE:
                return set_number(name, text, 0, GS_INSTANCE_MAX, &o->instance, reterr);
        case OPTION_TIME_LIMIT:
                return set_number(name, text, 0, UINT16_MAX, &o->time_limit, reterr);
        case OPTION_DEACTIVATE_PHASE:
                return set_number(name, text, 0, INT16_MAX, &o->script_phase, reterr);
        case OPTION_EXEC:
                return set_command(&o->exec, name, text, reterr);
        case OPTION_STATE_EXEC:
                return set_command(&o->state_exec, name, text, reterr);
        case OPTION_VOTE:
                return set_vote(o, text, reterr);
        case OPTION_PHASES:
                r = set_word(name, text, "1", "n", &second, reterr);
                o->phases = second ? PHASES_N : PHASES_ONE;
                return r;
        case OPTION_DEFAULT_VOTE:
                r = set_word(name, text, "approve", "reject", &second, reterr);
                o->default_vote = second ? VOTE_REJECT : VOTE_APPROVE;
                return r;
        case OPTION_DEACTIVATE_FLAG:
                o->flag = text;
                return 0;
        case OPTION_DEACTIVATE_SCRIPT:
                return set_script(o, text, reterr);
        default:
                return 0;
        }
}

static void set_flag(Options *o, OptionCode code) {
        switch (code) {
        case OPTION_QUIET:
                o->quiet = true;
                break;
        case OPTION_JSON:
                o->json = true;
                break;
        case OPTION_AGAIN:
                o->again = true;
                break;
        case OPTION_HELP:
                o->help = true;
                break;
        default:
                break;
        }
}

/* ---- the command line ---- */

static int unknown_option(const Subcommand *s, const char *word, char **reterr) {
        if (optopt > ' ' && optopt < 0x7f && word[0] == '-' && word[1] != '-')
                return fault(reterr, -EINVAL, "%s has no option -%c; see hagsgroup %s --help", s->name,
                                optopt, s->name);
        return fault(reterr, -EINVAL, "%s has no option '%s'; see hagsgroup %s --help", s->name, word,
                        s->name);
}

static int take_option(const Subcommand *s, int code, char **argv, Options *o, char **reterr) {
        int option = find(code);

        if (code == ':')
                return fault(reterr, -EINVAL, "option %s needs an argument", argv[optind - 1]);
        if (code == '?' || option < 0)
                return unknown_option(s, argv[optind - 1], reterr);
        if (table[option].argument)
                return set_value(o, (OptionCode) option, optarg, reterr);
        set_flag(o, (OptionCode) option);
        return 0;
}

static int check_operands(const Subcommand *s, const Options *o, unsigned n, char **reterr) {
        if (n < s->n_least || (s->has_command && !o->command))
                return fault(reterr, -EINVAL, "something is missing; usage: hagsgroup %s [OPTION...] %s",
                                s->name, s->operands);
        if (n > s->n_most)
                return fault(reterr, -EINVAL, "unexpected argument '%s'; usage: hagsgroup %s [OPTION...] %s",
                                o->operands[s->n_most], s->name, s->operands);
        return 0;
}

/* Behind so many operands? */
static bool comes_command(const Subcommand *s, unsigned n) {
        return s->has_command && n >= s->n_least;
}

/*
 * Options may stand before and behind operands, until COMMAND begins or a -- ends them. The + of
 * make_getopt() makes getopt_long() return at each operand, which is moved to where the operands are
 * gathered: over arguments that have been read.
 */
int subcommand_parse(const Subcommand *s, int argc, char **argv, Options *ret, char **reterr) {
        char letters[2 * _OPTION_MAX + 3];
        struct option names[_OPTION_MAX + 1];
        Options o = { .timeout = UINT64_MAX,
                .kill_after = USEC_PER_SEC,
                .instance = -1,
                .time_limit = -1,
                .script_phase = -1,
                .operands = argv };
        unsigned n = 0;
        int r;

        make_getopt(s, letters, names);
        opterr = 0;
        optind = 0; /* start anew, also when called more than once */
        for (;;) {
                int before = optind > 0 ? optind : 1, code = getopt_long(argc, argv, letters, names, NULL);
                bool all = optind > before; /* it has skipped a --: what follows are operands */

                if (code != -1) {
                        r = take_option(s, code, argv, &o, reterr);
                        if (r < 0)
                                return r;
                        continue;
                }

                if (optind >= argc || comes_command(s, n))
                        break;
                do
                        argv[n++] = argv[optind++];
                while (all && optind < argc && !comes_command(s, n));
                if (all) /* and getopt_long() would begin again with the first of them */
                        break;
        }
        if (s->has_command && optind < argc)
                o.command = &argv[optind];
        argv[n] = NULL;

        r = o.help ? 0 : check_operands(s, &o, n, reterr);
        if (r < 0)
                return r;
        *ret = o;
        return 0;
}

void subcommand_print_help(FILE *to, const Subcommand *s) {
        (void) fprintf(to, "usage: hagsgroup %s [OPTION...] %s\n\n%s.\n\n", s->name, s->operands, s->help);

        for (size_t i = 0; i < _OPTION_MAX; i++) {
                const OptionInfo *o = &table[i];
                char left[40];

                if (!has(s, i))
                        continue;
                (void) snprintf(left, sizeof(left), "--%s%s%s", o->name, o->argument ? " " : "",
                                o->argument ? o->argument : "");
                if (o->letter)
                        (void) fprintf(to, "  -%c, %-25s %s\n", o->letter, left, o->help);
                else
                        (void) fprintf(to, "      %-25s %s\n", left, o->help);
        }

        (void) fprintf(to, "\nSee hagsgroup(1).\n");
}
