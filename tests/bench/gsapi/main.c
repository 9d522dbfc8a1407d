/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* bench-gsapi: the measurements of Group Services that need programs; bench-gsapi.sh runs them. */

#include <string.h>

#include "bench.h"

int main(int argc, char **argv) {
        static const struct {
                const char *name;
                int (*run)(int argc, char **argv);
        } commands[] = {
                { "ping", ping_main },
                { "talk", talk_main },
                { "vote", vote_main },
                { "join", join_main },
                { "memory", memory_main },
                { "hand-over", hand_over_main },
                { "drive", drive_main },
        };

        for (size_t i = 0; argc > 1 && i < ELEMENTSOF(commands); i++)
                if (strcmp(argv[1], commands[i].name) == 0)
                        return commands[i].run(argc - 1, argv + 1);
        die("usage: bench-gsapi ping|talk|vote|join|memory|hand-over|drive [ARGUMENT...]");
}
