/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The command line of hagsgroup: SUBCOMMAND [OPTION...] OPERAND... [[--] COMMAND...]. One table says every
 * option once, and each subcommand which of them it has: parsing, --help and (through --help) the bash
 * completion are made from both.
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

typedef enum OptionCode {
        OPTION_SYSPAR,
        OPTION_TIMEOUT,
        OPTION_QUIET,
        OPTION_JSON,
        OPTION_KILL_AFTER,
        OPTION_ON_LOSS,
        OPTION_AGAIN,
        OPTION_COUNT,
        OPTION_INSTANCE,
        OPTION_EXEC,
        OPTION_STATE_EXEC,
        OPTION_VOTE,
        OPTION_PHASES,
        OPTION_TIME_LIMIT,
        OPTION_DEFAULT_VOTE,
        OPTION_DEACTIVATE_PHASE,
        OPTION_DEACTIVATE_FLAG,
        OPTION_DEACTIVATE_SCRIPT,
        OPTION_HELP,
        _OPTION_MAX,
} OptionCode;

#define OPTION(name) (UINT32_C(1) << OPTION_##name)

typedef enum OptionPhases { PHASES_ANY, PHASES_ONE, PHASES_N } OptionPhases;
typedef enum OptionVote { VOTE_ANY, VOTE_APPROVE, VOTE_REJECT, VOTE_EXEC } OptionVote;

typedef struct Options {
        const char *syspar;  /* --syspar; NULL: as the library finds it */
        uint64_t timeout;    /* microseconds; UINT64_MAX: none */
        uint64_t kill_after; /* microseconds */
        bool quiet;
        bool json;
        bool keep_on_loss; /* --on-loss=continue */
        bool again;
        uint16_t count;   /* 0: not given */
        int instance;     /* -1: not given */
        int time_limit;   /* seconds; -1: not given */
        int script_phase; /* --deactivate-phase; -1: not given */
        const char *exec;
        const char *state_exec;
        const char *vote_exec; /* with VOTE_EXEC */
        const char *flag;
        const char *script;
        OptionVote vote;
        OptionVote default_vote; /* not VOTE_EXEC */
        OptionPhases phases;
        bool help;

        char **operands; /* NULL-terminated; the first is the name of the group */
        char **command;  /* COMMAND and its arguments, or NULL */
} Options;

typedef struct Subcommand {
        const char *name;
        const char *operands; /* as --help shows them */
        const char *help;
        uint32_t options;         /* OPTION() bits */
        unsigned n_least, n_most; /* operands, COMMAND not counted */
        bool has_command;
        int (*run)(const Options *o, char **reterr);
} Subcommand;

/*
 * Parse what follows the name of the subcommand, which is argv[0]. 0, or -EINVAL with a sentence. Nothing is
 * printed. The strings in *ret belong to argv, which is rearranged: operands and COMMAND are parts of it.
 */
int subcommand_parse(const Subcommand *subcommand, int argc, char **argv, Options *ret, char **reterr);

void subcommand_print_help(FILE *to, const Subcommand *subcommand);
