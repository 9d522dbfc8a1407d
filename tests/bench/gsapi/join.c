/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A thousand joins to one group: one after the other, and all at once with batching. All hear of all. */

#include "gs.h"

#define JOINS 1000

static void join_in_turn(_unused_ unsigned rank) {
        int fd = gs_open(&(GsCallbacks){ 0 });
        uint64_t begin = now_ns();

        for (unsigned i = 0; i < JOINS; i++) {
                (void) gs_join("in-turn", i, HA_GS_1_PHASE);
                while (gs_joined() <= i)
                        gs_turn(fd);
        }
        row_alone("1,000 joins, one after the other, s", (double) (now_ns() - begin) / 1e9, "5", "2.5");
}

static void join_at_once(unsigned rank) {
        int fd = gs_open(&(GsCallbacks){ 0 });

        crew_begin();
        for (unsigned i = 0; i < JOINS / CREW; i++)
                (void) gs_join("at-once", rank * (JOINS / CREW) + i, HA_GS_N_PHASE);
        while (gs_members() < JOINS) /* until then its members' votes are wanted */
                gs_turn(fd);
        crew_end();
        if (rank == 0)
                row_alone("1,000 joins at once by ten processes, batched, voted, s",
                                (double) crew_elapsed() / 1e9, "1", "0.5");
}

int join_main(_unused_ int argc, _unused_ char **argv) {
        row_head("joins to one group", "");
        crew_run(1, join_in_turn);
        crew_run(CREW, join_at_once);
        return EXIT_SUCCESS;
}
