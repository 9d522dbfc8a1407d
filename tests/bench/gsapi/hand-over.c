/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the senior provider of a group holds, as the lock of hagsgroup is: from the call with which it leaves
 * until the next one is told that it is the senior one, against one message to the echo server and back.
 *
 *      bench-gsapi hand-over
 *      bench-gsapi hand-over stamp FILE        append when this process began and when it ends, in
 * nanoseconds: for a COMMAND of locks
 */

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>

#include "gs.h"

#define ROUNDS 2000
#define WARM_UP 100

static uint64_t *left; /* when the one who had it left; of all processes */

typedef struct Line {
        unsigned rank;
        int gs, echo; /* descriptors */
        ha_gs_token_t *token;
} Line;

static void hold(const Line *l) {
        *left = now_ns();
        (void) ha_gs_goodbye(*l->token);
        crew_meet();
        *l->token = gs_join("hand-over", l->rank, HA_GS_1_PHASE);
        while (!gs_is_member(*l->token))
                gs_turn(l->gs);
        crew_meet();
}

static uint64_t wait_for_it(int fd) {
        uint64_t at;

        while (gs_members() != 1)
                gs_turn(fd);
        at = now_ns();
        crew_meet();
        while (gs_members() != 2)
                gs_turn(fd);
        crew_meet();
        return at - *left;
}

static void echo(int fd, Samples *theirs) {
        uint64_t begin = now_ns();

        echo_ping(fd);
        samples_add(theirs, now_ns() - begin);
}

/* By turns: one of the two has it, and the other one waits. */
static void pass(const Line *l, const char *where) {
        _cleanup_(samples_done) Samples ours = {}, theirs = {};
        char name[64];

        for (unsigned i = 0; i < ROUNDS; i++) {
                if (i == WARM_UP)
                        ours.n = theirs.n = 0;
                if (i % 2 == l->rank)
                        hold(l);
                else {
                        samples_add(&ours, wait_for_it(l->gs));
                        echo(l->echo, &theirs);
                }
        }
        for (unsigned percent = 50; l->rank == 0 && percent <= 99; percent += 49) {
                (void) snprintf(name, sizeof(name), "p%u, %s", percent, where);
                row(name, (double) samples_percentile(&ours, percent) / 1e3,
                                (double) samples_percentile(&theirs, percent) / 1e3,
                                percent == 50 ? "3" : "-", "-");
        }
        crew_meet();
}

static void place(unsigned server_cpu) {
        process_pin(0, 0);
        process_pin(gs_server(), server_cpu);
        process_pin(echo_server(), server_cpu);
        crew_meet();
}

static void both(unsigned rank) {
        Line l = { .rank = rank, .gs = gs_open(&(GsCallbacks){}), .echo = echo_connect() };
        ha_gs_token_t token;

        if (rank == 1) /* behind the other */
                crew_meet();
        token = gs_join("hand-over", rank, HA_GS_1_PHASE);
        l.token = &token;
        while (!gs_is_member(token))
                gs_turn(l.gs);
        if (rank == 0)
                crew_meet();
        while (gs_members() != 2)
                gs_turn(l.gs);

        place(0);
        pass(&l, "all on one processor");
        if (sysconf(_SC_NPROCESSORS_ONLN) > 1) {
                place(1);
                pass(&l, "the server on another");
        }
}

static int stamp(const char *path) {
        uint64_t begin = now_ns();
        int fd = open(path, O_WRONLY | O_APPEND | O_CREAT, 0600);

        if (fd < 0)
                die("%s: %s", path, strerror(errno));
        (void) dprintf(fd, "%llu %llu\n", (unsigned long long) begin, (unsigned long long) now_ns());
        return EXIT_SUCCESS;
}

int hand_over_main(int argc, char **argv) {
        if (argc == 3 && strcmp(argv[1], "stamp") == 0)
                return stamp(argv[2]);
        left = mmap(NULL, sizeof(*left), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (left == MAP_FAILED)
                die("mmap: %s", strerror(errno));
        row_head("a lock between two processes", "echo");
        echo_start();
        crew_run(2, both);
        return EXIT_SUCCESS;
}
