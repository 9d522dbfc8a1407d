/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * hagsgroup: Group Services for scripts. The table of its subcommands; each is a function in the file of its
 * name.
 */

#include <limits.h>
#include <string.h>

#include "hagsgroup/subcommand.h"
#include "util/fault.h"
#include "util/macro.h"
#include "util/streams.h"

#define EVERY (OPTION(SYSPAR) | OPTION(TIMEOUT) | OPTION(QUIET))
#define HOLD (EVERY | OPTION(KILL_AFTER) | OPTION(ON_LOSS) | OPTION(INSTANCE) | OPTION(DEACTIVATE_SCRIPT))
#define PROPOSE (EVERY | OPTION(PHASES) | OPTION(TIME_LIMIT))

static const Subcommand subcommands[] = {
        { "lock", "NAME [--] COMMAND...", "Run COMMAND while holding a lock", HOLD, 1, 1, true,
                        subcommand_lock },
        { "elect", "NAME [--] COMMAND...", "Run COMMAND as long as this process leads", HOLD | OPTION(AGAIN),
                        1, 1, true, subcommand_elect },
        { "barrier", "NAME -n N", "Return when N are there, for all at once",
                        EVERY | OPTION(COUNT) | OPTION(INSTANCE), 1, 1, false, subcommand_barrier },
        { "expel", "GROUP MEMBER...", "Expel members from a group",
                        PROPOSE | OPTION(DEACTIVATE_PHASE) | OPTION(DEACTIVATE_FLAG), 2, UINT_MAX, false,
                        subcommand_expel },
        { "get", "GROUP", "Print the state value of a group", EVERY | OPTION(JSON), 1, 1, false,
                        subcommand_get },
        { "join", "GROUP", "Stay a member of a group, and print what happens in it",
                        EVERY | OPTION(JSON) | OPTION(INSTANCE) | OPTION(EXEC) | OPTION(STATE_EXEC) |
                                        OPTION(VOTE) | OPTION(PHASES) | OPTION(TIME_LIMIT) |
                                        OPTION(DEFAULT_VOTE) | OPTION(DEACTIVATE_SCRIPT),
                        1, 1, false, subcommand_join },
        { "list", "", "Print the names of the groups", EVERY | OPTION(JSON), 0, 0, false, subcommand_list },
        { "members", "GROUP", "Print who is in a group, the senior member first", EVERY | OPTION(JSON), 1, 1,
                        false, subcommand_members },
        { "send", "GROUP MESSAGE", "Send a message to the members of a group", PROPOSE, 2, 2, false,
                        subcommand_send },
        { "set", "GROUP VALUE", "Change the state value of a group", PROPOSE, 2, 2, false, subcommand_set },
        { "watch", "GROUP", "Print each change of a group's members and state, unseen",
                        EVERY | OPTION(JSON) | OPTION(EXEC), 1, 1, false, subcommand_watch },
};

static const Subcommand *find(const char *name) {
        for (size_t i = 0; i < ELEMENTSOF(subcommands); i++)
                if (strcmp(subcommands[i].name, name) == 0)
                        return &subcommands[i];
        return NULL;
}

static void print_help(void) {
        (void) printf("usage: hagsgroup SUBCOMMAND [OPTION...] OPERAND...\n\nGroup Services for "
                      "scripts.\n\n");
        for (size_t i = 0; i < ELEMENTSOF(subcommands); i++)
                (void) printf("  %-9s %-24s %s\n", subcommands[i].name, subcommands[i].operands,
                                subcommands[i].help);
        (void) printf("\nhagsgroup SUBCOMMAND --help lists the options. See hagsgroup(1).\n");
}

static int run(int argc, char **argv, Options *ret_options, char **reterr) {
        const char *name = argc > 1 ? argv[1] : "";
        const Subcommand *subcommand = find(name);
        int r;

        if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0)
                print_help();
        else if (strcmp(name, "--version") == 0)
                (void) puts("hagsgroup " HAGS_VERSION);
        else if (!subcommand)
                return fault(reterr, -EINVAL, "'%s' is no subcommand; hagsgroup --help lists them", name);
        else {
                r = subcommand_parse(subcommand, argc - 1, argv + 1, ret_options, reterr);
                if (r < 0)
                        return r;
                if (!ret_options->help)
                        return subcommand->run(ret_options, reterr);
                subcommand_print_help(stdout, subcommand);
        }
        return STATUS_OK;
}

int main(int argc, char **argv) {
        _cleanup_(freep) char *message = NULL;
        Options options = {};
        int r;

        streams_open();
        r = run(argc, argv, &options, &message);
        if (r < 0 || (message && !(r == STATUS_TIMEOUT && options.quiet)))
                (void) fprintf(stderr, "hagsgroup: %s\n", fault_text(message, r));

        errno = EIO;
        if (fflush(stdout) != 0 || ferror(stdout)) {
                (void) fprintf(stderr, "hagsgroup: cannot write to standard output: %s\n", strerror(errno));
                return STATUS_FAILED;
        }
        return r < 0 ? STATUS_FAILED : r;
}
