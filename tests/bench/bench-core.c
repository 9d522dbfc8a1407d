/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the state machine costs, in time and in memory; each line names what it is compared with. It only
 * prints: no figure of it fails a build.
 */

#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "core/core.h"

#define ROUNDS 200000

static uint64_t now_ns(void) {
        struct timespec ts;

        (void) clock_gettime(CLOCK_MONOTONIC, &ts);
        return (uint64_t) ts.tv_sec * UINT64_C(1000000000) + (uint64_t) ts.tv_nsec;
}

static void apply(Core *core, const Event *event) {
        if (core_apply(core, event, NULL) < 0) {
                fprintf(stderr, "bench-core: out of memory\n");
                exit(EXIT_FAILURE);
        }
}

static const NodeId self = { .incarnation = 1, .number = 1 };

static Core *core_fresh(void) {
        Event view = { .type = EVENT_VIEW,
                .view = { .domain = self, .fresh = true, .n_new = 1, .new = { self } } };
        Core *core;

        if (core_new(&(CoreConfig){ .self = self, .hash_seed = 7 }, &core) < 0)
                exit(EXIT_FAILURE);
        apply(core, &view);
        return core;
}

/* Provider `i` of group `g`: connection g, token i. */
static void join(Core *core, unsigned g, unsigned i) {
        Event e = { .type = EVENT_JOIN, .sender = self, .client = { g, (int32_t) i } };

        e.join.instance = (uint16_t) i;
        e.join.attributes = (GsAttributes){ .num_phases = GS_1_PHASE, .reflection_num_phases = GS_1_PHASE };
        e.join.attributes.default_vote = GS_VOTE_APPROVE;
        (void) snprintf(e.join.attributes.group, sizeof(e.join.attributes.group), "group%u", g);
        apply(core, &e);
}

static Core *core_with(unsigned n_groups, unsigned n_providers) {
        Core *core = core_fresh();

        for (unsigned g = 0; g < n_groups; g++)
                for (unsigned i = 0; i < n_providers; i++)
                        join(core, g, i);
        return core;
}

static Event message_of(GsPhases phases) {
        Event e = { .type = EVENT_MESSAGE, .sender = self };

        e.message.proposal.num_phases = phases;
        e.message.message = (GsBytes){ "0123456789abcdef", 16 };
        return e;
}

/* Nanoseconds for a one-phase message in group 0. */
static double time_message(Core *core, unsigned rounds) {
        Event e = message_of(GS_1_PHASE);
        uint64_t begin = now_ns();

        for (unsigned i = 0; i < rounds; i++)
                apply(core, &e);
        return (double) (now_ns() - begin) / rounds;
}

/* Nanoseconds for a vote, the phase's beginning and end counted in; group 0 is under vote for ever. */
static double time_vote(Core *core, unsigned n_providers, uint64_t n_protocols, unsigned rounds) {
        Event e = message_of(GS_N_PHASE), vote = { .type = EVENT_VOTE, .sender = self };
        uint64_t begin;

        apply(core, &e);
        vote.vote = (EventVote){ .phase = { .group = 16, .protocol = n_protocols + 1 },
                .value = GS_VOTE_CONTINUE };
        begin = now_ns();
        for (unsigned i = 0; i < rounds; i++) {
                vote.vote.phase.phase++;
                for (unsigned k = 0; k < n_providers; k++) {
                        vote.client.token = (int32_t) k;
                        apply(core, &vote);
                }
        }
        return (double) (now_ns() - begin) / rounds / n_providers;
}

/* The figures are worth something only if nothing was dropped. */
static void check_nothing_dropped(const Core *core) {
        CoreInfo info;

        core_info(core, &info);
        if (info.n_dropped > 0) {
                fprintf(stderr, "bench-core: events were dropped\n");
                exit(EXIT_FAILURE);
        }
}

static void bench_speed(void) {
        static const struct {
                unsigned n_groups, n_providers;
        } rows[] = { { 1, 10 }, { 1, 100 }, { 1, 1000 }, { 10, 10 }, { 10000, 10 } };
        uint64_t begin = now_ns();

        for (unsigned i = 0; i < 100000; i++)
                (void) syscall(SYS_getppid);
        printf("a null system call: %.0f ns\n", (double) (now_ns() - begin) / 100000);

        for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                Core *core = core_with(rows[i].n_groups, rows[i].n_providers);
                double message = time_message(core, ROUNDS);
                double vote = time_vote(core, rows[i].n_providers, rows[i].n_providers + ROUNDS,
                                ROUNDS / rows[i].n_providers);

                printf("%5u groups of %4u: one-phase message %.0f ns, vote %.0f ns\n", rows[i].n_groups,
                                rows[i].n_providers, message, vote);
                check_nothing_dropped(core);
                (void) core_free(core);
        }
}

static void bench_memory(void) {
        size_t before = mallinfo2().uordblks, groups;
        Core *core = core_with(10000, 1);

        groups = mallinfo2().uordblks - before;
        (void) core_free(core);
        printf("a group of one provider: %zu bytes (10,000 of them)\n", groups / 10000);

        before = mallinfo2().uordblks;
        core = core_with(10, 1000);
        printf("a provider: %zu bytes (10 groups of 1,000)\n", (mallinfo2().uordblks - before) / 10000);
        (void) core_free(core);
        printf("left when all is gone: %zd bytes\n", (ssize_t) (mallinfo2().uordblks - before));
}

static void bench_snapshot(void) {
        Core *core = core_with(1000, 10);
        uint64_t begin = now_ns(), hashed, saved, restored;
        uint8_t *bytes;
        Core *copy;
        size_t size;

        (void) core_hash(core);
        hashed = now_ns();
        if (core_snapshot(core, &bytes, &size) < 0 || core_new(&(CoreConfig){ .self = { 2, 2 } }, &copy) < 0)
                exit(EXIT_FAILURE);
        saved = now_ns();
        if (core_restore(copy, bytes, size, NULL) < 0)
                exit(EXIT_FAILURE);
        restored = now_ns();
        printf("1,000 groups of 10, %zu bytes: hash %.2f ms, snapshot %.2f ms, restore %.2f ms; both %.0f "
               "MB/s\n",
                        size, (double) (hashed - begin) / 1e6, (double) (saved - hashed) / 1e6,
                        (double) (restored - saved) / 1e6,
                        (double) size * 1e3 / (double) (restored - hashed));
        free(bytes);
        (void) core_free(copy);
        (void) core_free(core);
}

/* bench-core GROUPS PROVIDERS PHASES: nothing but these phases, all vote; for counting instructions. */
static int run_phases(char **argv) {
        unsigned n_groups = (unsigned) atoi(argv[1]), n_providers = (unsigned) atoi(argv[2]);
        Core *core = core_with(n_groups, n_providers);

        (void) time_vote(core, n_providers, n_providers, (unsigned) atoi(argv[3]));
        check_nothing_dropped(core);
        (void) core_free(core);
        return EXIT_SUCCESS;
}

int main(int argc, char **argv) {
        if (argc == 4)
                return run_phases(argv);

        bench_speed();
        bench_memory();
        bench_snapshot();
        return EXIT_SUCCESS;
}
