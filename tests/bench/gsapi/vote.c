/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Ten processes that wait for each other: a phase in which all vote against the echo server that waits for
 * all and then tells all; and as a barrier, against etcd where its socket is named.
 */

#include "gs.h"

#define ROUNDS 10 /* each way in turn; the first warms up */
#define STEPS 100 /* in a round */

typedef struct Times {
        Samples phases, protocols, echo, etcd;
        Samples gs_shares, echo_shares; /* of the server's time, a phase */
} Times;

static Times times;

/* ---- the group: phases of one protocol, then protocols of one phase ---- */

static int last_phase; /* of the protocol that runs */
static uint64_t phase_began;
static unsigned n_ended; /* of the protocols */

static void on_phase(const ha_gs_n_phase_notification_t *n) {
        int phase = n->gs_proposal->gs_phase_info.gs_phase_number;
        uint64_t now = now_ns();

        if (phase > 1)
                samples_add(&times.phases, now - phase_began);
        phase_began = now;
        gs_vote(n->gs_provider_token, phase < last_phase ? HA_GS_VOTE_CONTINUE : HA_GS_VOTE_APPROVE);
}

static void on_approved(_unused_ const ha_gs_approved_notification_t *n) {
        n_ended++;
}

static void gs_protocol(const Member *m, int phases) {
        static unsigned n_begun;

        last_phase = phases;
        n_begun++;
        if (m->rank == 0)
                gs_send(m->token, HA_GS_N_PHASE);
        while (n_ended < n_begun) /* a dispatch may see more than one end */
                gs_turn(m->gs);
}

static void gs_step(const Member *m) {
        gs_protocol(m, 1);
}

/* ---- what it is compared with ---- */

static void echo_step(const Member *m) {
        EchoMessage e;

        echo_send(m->echo, ECHO_PHASE, m->rank);
        do
                wait_readable(m->echo);
        while (!echo_receive(m->echo, &e));
}

static const char *etcd_path;
static Etcd *etcd;

static void etcd_step(_unused_ const Member *m) {
        etcd_barrier(etcd, CREW);
}

static void run_steps(const Member *m, void (*step)(const Member *), Samples *ret) {
        for (unsigned i = 0; i < STEPS; i++) {
                uint64_t begin = now_ns();

                step(m);
                samples_add(ret, now_ns() - begin);
        }
}

/* Each begins where all have met. */
static void run_phases(const Member *m) {
        uint64_t before = process_ns(gs_server());

        crew_meet();
        gs_protocol(m, STEPS);
        crew_meet();
        samples_add(&times.gs_shares, (process_ns(gs_server()) - before) / STEPS);
}

static void run_echo(const Member *m) {
        uint64_t before = process_ns(echo_server());

        crew_meet();
        run_steps(m, echo_step, &times.echo);
        crew_meet();
        samples_add(&times.echo_shares, (process_ns(echo_server()) - before) / STEPS);
}

static void forget(void) {
        times.phases.n = times.protocols.n = times.echo.n = times.etcd.n = 0;
        times.gs_shares.n = times.echo_shares.n = 0;
}

static void measure(const Member *m) {
        for (unsigned i = 0; i < ROUNDS; i++) {
                run_phases(m);
                run_echo(m);
                run_steps(m, gs_step, &times.protocols);
                if (etcd)
                        run_steps(m, etcd_step, &times.etcd);
                if (i == 0)
                        forget();
        }
}

static double us(Samples *s, unsigned percent) {
        return (double) samples_percentile(s, percent) / 1e3;
}

static void report(void) {
        row_head("a phase in which ten processes vote, us", "echo");
        row("p50", us(&times.phases, 50), us(&times.echo, 50), "1.5", "1.2");
        row("p99", us(&times.phases, 99), us(&times.echo, 99), "-", "-");
        row("  the server's own time a phase", us(&times.gs_shares, 50), us(&times.echo_shares, 50), "-",
                        "-");
        if (!etcd)
                return;
        row_head("a barrier of ten processes, us", "etcd");
        row_faster("a phase of a running protocol, p50", us(&times.phases, 50), us(&times.etcd, 50), "5x",
                        "10x");
        row_faster("a protocol of its own, p50", us(&times.protocols, 50), us(&times.etcd, 50), "5x", "10x");
}

static void vote(unsigned rank) {
        Member m = member_make(rank, &(GsCallbacks){ .n_phase = on_phase, .approved = on_approved });

        if (etcd_path)
                etcd = etcd_connect(etcd_path);
        measure(&m);
        if (rank == 0)
                report();
        crew_meet();
}

int vote_main(int argc, char **argv) {
        etcd_path = argc > 1 ? argv[1] : NULL;
        echo_start();
        crew_run(CREW, vote);
        return EXIT_SUCCESS;
}
