/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * drive message|protocol N MEMBERS GROUPS: nothing but N one-phase messages, or N protocols in which all
 * vote, in a group of MEMBERS, while there are GROUPS others. For who watches the daemon, or this client.
 */

#include <string.h>

#include "gs.h"

static unsigned n_approved;

static void on_approved(_unused_ const ha_gs_approved_notification_t *n) {
        n_approved++;
}

/* The token of one member. */
static ha_gs_token_t join_all(int fd, unsigned n_members, unsigned n_groups) {
        ha_gs_token_t token;
        char name[32];

        token = gs_join_many(fd, "driven", 0, n_members);
        for (unsigned i = 0; i < n_groups; i++) {
                (void) snprintf(name, sizeof(name), "other%u", i);
                (void) gs_join(name, 0, HA_GS_1_PHASE);
        }
        while (gs_joined() < n_members + n_groups)
                gs_turn(fd);
        return token;
}

int drive_main(int argc, char **argv) {
        ha_gs_num_phases_t phases;
        unsigned n, n_members;
        ha_gs_token_t token;
        int fd;

        if (argc < 5)
                die("drive message|protocol N MEMBERS GROUPS");
        phases = strcmp(argv[1], "message") == 0 ? HA_GS_1_PHASE : HA_GS_N_PHASE;
        n = (unsigned) atoi(argv[2]);
        n_members = (unsigned) atoi(argv[3]);

        fd = gs_open(&(GsCallbacks){ .approved = on_approved });
        token = join_all(fd, n_members, (unsigned) atoi(argv[4]));
        for (unsigned i = 1; i <= n; i++) {
                gs_send(token, phases);
                while (n_approved < i * n_members)
                        gs_turn(fd);
        }
        ha_gs_quit();
        return EXIT_SUCCESS;
}
