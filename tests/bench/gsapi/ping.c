/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One message, from a client to the daemon and back to the same client, against the echo server. */

#include <sched.h>
#include <string.h>

#include "gs.h"

#define ROUNDS 40    /* each way in turn; the first warms up */
#define MESSAGES 250 /* in a round */

typedef struct Ends {
        int gs, echo;
        ha_gs_token_t token;
} Ends;

static bool returned;

static void on_approved(_unused_ const ha_gs_approved_notification_t *n) {
        returned = true;
}

static void gs_ping(int fd, ha_gs_token_t token) {
        returned = false;
        gs_send(token, HA_GS_1_PHASE);
        while (!returned)
                gs_turn(fd);
}

static void measure(const Ends *e, Samples *ours, Samples *theirs) {
        for (unsigned i = 0; i < ROUNDS; i++) {
                for (unsigned k = 0; k < MESSAGES; k++) {
                        uint64_t begin = now_ns();

                        gs_ping(e->gs, e->token);
                        samples_add(ours, now_ns() - begin);
                }
                for (unsigned k = 0; k < MESSAGES; k++) {
                        uint64_t begin = now_ns();

                        echo_ping(e->echo);
                        samples_add(theirs, now_ns() - begin);
                }
                if (i == 0)
                        ours->n = theirs->n = 0;
        }
}

/* ---- placement: left to the scheduler, the one pair may share a processor where the other does not ---- */

static void measure_on(const char *where, unsigned server_cpu, const Ends *e) {
        _cleanup_(samples_done) Samples ours = { 0 }, theirs = { 0 };
        static const unsigned percents[] = { 50, 99 };
        char name[64];

        process_pin(0, 0);
        process_pin(gs_server(), server_cpu);
        process_pin(echo_server(), server_cpu);
        measure(e, &ours, &theirs);
        for (size_t i = 0; i < ELEMENTSOF(percents); i++) {
                (void) snprintf(name, sizeof(name), "p%u, %s", percents[i], where);
                row(name, (double) samples_percentile(&ours, percents[i]) / 1e3,
                                (double) samples_percentile(&theirs, percents[i]) / 1e3, "1.5", "1.2");
        }
}

int ping_main(_unused_ int argc, _unused_ char **argv) {
        cpu_set_t everywhere;
        Ends e;

        echo_start();
        if (sched_getaffinity(gs_server(), sizeof(everywhere), &everywhere) < 0)
                die("sched_getaffinity: %s", strerror(errno));
        e.echo = echo_connect();
        e.gs = gs_open(&(GsCallbacks){ .approved = on_approved });
        e.token = gs_join("ping", 0, HA_GS_1_PHASE);
        while (gs_joined() == 0)
                gs_turn(e.gs);

        row_head("a message to oneself, us", "echo");
        measure_on("client and server on one processor", 0, &e);
        if (CPU_COUNT(&everywhere) > 1)
                measure_on("on two", 1, &e);
        (void) sched_setaffinity(gs_server(), sizeof(everywhere), &everywhere);
        ha_gs_quit();
        return EXIT_SUCCESS;
}
