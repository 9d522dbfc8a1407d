/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Ten processes of one group: messages a second, each to all, against the echo server that sends to all. */

#include "gs.h"

#define ROUNDS 10 /* each way in turn; the first warms up */

typedef struct Kind {
        const char *name;
        unsigned window;   /* a process has so many under way */
        unsigned messages; /* and sends so many in a round */
} Kind;

static unsigned own_rank;
static unsigned n_received, n_returned;

static void on_message(unsigned rank) {
        n_received++;
        n_returned += rank == own_rank;
}

static void on_approved(const ha_gs_approved_notification_t *n) {
        on_message((unsigned) n->gs_proposal->gs_proposed_by.gs_instance_number);
}

/* ---- one side and the other ---- */

typedef struct Side {
        void (*say)(const Member *m);
        void (*take)(const Member *m);
        pid_t server;
        Samples rates;  /* messages a second */
        Samples shares; /* of the server's time, in nanoseconds a message */
} Side;

static void gs_say(const Member *m) {
        gs_send(m->token, HA_GS_1_PHASE);
}

static void gs_take(const Member *m) {
        gs_turn(m->gs);
}

static void echo_say(const Member *m) {
        echo_send(m->echo, ECHO_ALL, m->rank);
}

static void echo_take(const Member *m) {
        EchoMessage e;

        wait_readable(m->echo);
        while (echo_receive(m->echo, &e))
                on_message(e.rank);
}

/* ---- rounds ---- */

static void talk_round(const Member *m, const Kind *kind, Side *side) {
        unsigned n_sent = 0, n_all = CREW * kind->messages;
        uint64_t before = process_ns(side->server);

        n_received = n_returned = 0;
        crew_begin();
        while (n_received < n_all) {
                while (n_sent < kind->messages && n_sent - n_returned < kind->window) {
                        side->say(m);
                        n_sent++;
                }
                side->take(m);
        }
        crew_end();
        samples_add(&side->rates, UINT64_C(1000000000) * n_all / crew_elapsed());
        samples_add(&side->shares, (process_ns(side->server) - before) / n_all);
}

static void talk_kind(const Member *m, const Kind *kind) {
        Side ours = { .say = gs_say, .take = gs_take, .server = gs_server() };
        Side theirs = { .say = echo_say, .take = echo_take, .server = echo_server() };

        for (unsigned i = 0; i < ROUNDS; i++) {
                talk_round(m, kind, &ours);
                talk_round(m, kind, &theirs);
                if (i == 0)
                        ours.rates.n = ours.shares.n = theirs.rates.n = theirs.shares.n = 0;
        }
        if (m->rank == 0) {
                row(kind->name, (double) samples_percentile(&ours.rates, 50),
                                (double) samples_percentile(&theirs.rates, 50), "0.7", "1.0");
                row("  the server's own time a message, us",
                                (double) samples_percentile(&ours.shares, 50) / 1e3,
                                (double) samples_percentile(&theirs.shares, 50) / 1e3, "-", "-");
        }
}

static void talk(unsigned rank) {
        static const Kind kinds[] = {
                { "each process sends when its last one has come", 1, 300 },
                { "each process has up to 16 under way", 16, 1000 },
        };
        Member m;

        own_rank = rank;
        m = member_make(rank, &(GsCallbacks){ .approved = on_approved });
        for (unsigned i = 0; i < ELEMENTSOF(kinds); i++)
                talk_kind(&m, &kinds[i]);
        crew_meet();
}

int talk_main(_unused_ int argc, _unused_ char **argv) {
        row_head("messages/s of ten processes, each to all ten", "echo");
        echo_start();
        crew_run(CREW, talk);
        return EXIT_SUCCESS;
}
