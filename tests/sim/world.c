/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One run: the steps that the seed throws, and at the end time and quiet enough for everything to end. */

#include <assert.h>
#include <stdarg.h>
#include <string.h>

#include "sim.h"
#include "story.h"

#define QUIET_ROUNDS 2000 /* seconds after which every limited phase must have ended */
#define LIMIT_SEEN 60     /* limits above this are "never" to a run */

void world_fail(World *w, const char *format, ...) {
        va_list args;
        int n;

        if (w->failed)
                return;
        w->failed = true;
        n = snprintf(w->failure, sizeof(w->failure), "step %u: ", w->step);
        va_start(args, format);
        vsnprintf(w->failure + n, sizeof(w->failure) - (size_t) n, format, args);
        va_end(args);
        if (w->trace)
                fprintf(w->trace, "FAILED %s\n", w->failure);
}

void world_trace(World *w, const char *format, ...) {
        va_list args;

        if (!w->trace)
                return;
        va_start(args, format);
        vfprintf(w->trace, format, args);
        va_end(args);
        fputc('\n', w->trace);
}

static Daemon *any_daemon(World *w) {
        return w->daemons + 1 + rng_below(&w->rng, w->profile.n_nodes);
}

static void step_network(World *w) {
        for (uint32_t n = 1 + rng_below(&w->rng, 4); n > 0 && !w->failed; n--) {
                uint32_t many = 1 + rng_below(&w->rng, 6);
                Daemon *d = any_daemon(w);

                for (uint32_t i = 0; i < many; i++)
                        (void) net_order(w->net, d->slot);
                for (uint32_t i = 0; i < many; i++)
                        (void) net_receive(w->net, d->slot);
                for (uint32_t i = 0; i < many && !w->failed; i++)
                        (void) daemon_consume(d);
                if (d->up && !w->failed) {
                        client_vote_due(d);
                        daemon_send_chunk(d);
                }
        }
}

static void step_time(World *w, uint64_t ms) {
        w->now += ms;
        for (uint16_t s = 1; s <= w->profile.n_nodes; s++) {
                daemon_tick(w->daemons + s);
                client_vote_due(w->daemons + s);
        }
}

static void paint(World *w) {
        uint32_t colors = 1 + rng_below(&w->rng, 3);

        for (uint16_t s = 1; s < SLOTS; s++)
                w->color[s] = (uint8_t) rng_below(&w->rng, colors);
}

/* A daemon that stops says so first; the word may or may not get through. */
static void stop(Daemon *d) {
        Event e = { .type = EVENT_NODE_LEAVING, .sender = d->self };

        if (daemon_established(d) && rng_chance(&d->world->rng, 40)) {
                daemon_submit(d, &e);
                client_act(d); /* and is not heard any more */
                daemon_flush(d);
                while (net_order(d->world->net, d->slot))
                        ;
                while (rng_chance(&d->world->rng, 70) && net_receive(d->world->net, d->slot))
                        (void) daemon_consume(d);
        }
        if (d->up)
                daemon_die(d);
}

static void step_fault(World *w) {
        uint32_t dice = rng_below(&w->rng, 100);
        Daemon *d = any_daemon(w);

        if (dice < 30) {
                paint(w);
        } else if (dice < 60) {
                memset(w->color, 0, sizeof(w->color));
        } else if (!d->up) {
                daemon_start(d);
        } else if (!d->online) {
                daemon_engine_back(d);
        } else if (dice < 92) {
                stop(d);
                if (rng_chance(&w->rng, 40))
                        daemon_start(d); /* back before the others notice */
        } else {
                daemon_engine_lost(d);
        }
        world_trace(w, "  colors %u %u %u %u %u %u %u", w->color[1], w->color[2], w->color[3], w->color[4],
                        w->color[5], w->color[6], w->color[7]);
        /* Detection is not at once either. */
        if (rng_chance(&w->rng, 70))
                net_reform(w->net, &w->rng, w->color);
}

static void step(World *w) {
        uint32_t dice = rng_below(&w->rng, 100);

        if (dice < w->profile.faults) {
                step_fault(w);
        } else if (dice < w->profile.faults + w->profile.speed) {
                step_network(w);
        } else if (rng_chance(&w->rng, 15)) {
                step_time(w, rng_below(&w->rng, rng_chance(&w->rng, 10) ? 10000 : 1000));
        } else {
                for (uint32_t n = 1 + rng_below(&w->rng, 5); n > 0 && !w->failed; n--)
                        client_act(any_daemon(w));
        }
}

/* Let everything arrive that is on its way. */
static void settle(World *w) {
        bool busy = true;

        for (uint32_t guard = 0; busy && !w->failed; guard++) {
                if (guard > 100000) {
                        world_fail(w, "the network never becomes quiet");
                        return;
                }
                busy = false;
                for (uint16_t s = 1; s <= w->profile.n_nodes && !w->failed; s++) {
                        Daemon *d = w->daemons + s;

                        daemon_flush(d);
                        while (net_order(w->net, s))
                                busy = true;
                        while (net_receive(w->net, s))
                                busy = true;
                        while (!w->failed && daemon_consume(d))
                                busy = true;
                        if (d->up && d->outgoing && daemon_established(d)) {
                                daemon_send_chunk(d);
                                busy = true;
                        }
                }
        }
}

static int check_group(void *userdata, const CoreGroupInfo *g) {
        World *w = userdata;

        if (g->running && g->limit > 0 && g->limit < LIMIT_SEEN)
                world_fail(w, "phase %u of protocol %llu of %s never ends, though its limit is %u s",
                                g->phase.phase, (unsigned long long) g->phase.protocol, g->attributes->group,
                                g->limit);
        return 0;
}

/* All is quiet: who is in one view stands at one place, and no phase with a limit is left. */
static void check_quiet(World *w) {
        for (uint16_t s = 1; s <= w->profile.n_nodes && !w->failed; s++) {
                Daemon *d = w->daemons + s;
                CoreInfo info;

                if (!d->up || !d->online)
                        continue;
                if (!daemon_established(d)) {
                        world_fail(w, "node %u is in no domain though all is quiet", s);
                        return;
                }
                for (uint32_t i = 0; i < d->view.n_members; i++) {
                        const Daemon *other = w->daemons + d->view.members[i];

                        if (other->up && other->view.ring == d->view.ring && other->at != d->at)
                                world_fail(w, "nodes %u and %u stand at different places", s, other->slot);
                }
                if (d->unacked.n > 0)
                        world_fail(w, "node %u: an event of its own was lost", s);
                core_info(d->core, &info);
                if (!info.halted)
                        (void) core_each_group(d->core, check_group, w);
        }
}

static bool is_awaited(const World *w) {
        for (uint16_t s = 1; s <= w->profile.n_nodes; s++) {
                const Daemon *d = w->daemons + s;

                for (uint32_t i = 0; i < d->n_armed; i++)
                        if (d->armed[i].limit < LIMIT_SEEN)
                                return true;
                if (d->n_scripts > 0)
                        return true;
        }
        return false;
}

/* All engines are back, and the network changes no more. */
static void calm_down(World *w) {
        for (uint16_t s = 1; s <= w->profile.n_nodes; s++)
                if (w->daemons[s].up && !w->daemons[s].online)
                        daemon_engine_back(w->daemons + s);
        net_reform(w->net, &w->rng, w->color);
        settle(w);
        for (uint32_t i = 0; i < QUIET_ROUNDS && (i < 6 || is_awaited(w)) && !w->failed; i++) {
                step_time(w, 1000);
                settle(w);
                net_reform(w->net, &w->rng, w->color); /* somebody may have been refused */
                settle(w);
        }
        if (!w->failed)
                check_quiet(w);
}

static void world_begin(World *w, const Run *run) {
        Rng rng = rng_make(run->seed, UINT64_MAX);

        *w = (World) { .seed = run->seed,
                .salt = run->salt,
                .trace = run->trace,
                .rng = rng,
                .now = 1,
                .net = net_new() };
        profile_draw(&w->profile, &w->rng);
        w->story = story_new(w);
        for (uint16_t s = 1; s < SLOTS; s++)
                w->daemons[s] = (Daemon) { .world = w, .slot = s };
        world_trace(w, "seed %llu: %u nodes, %u groups, %u steps, faults %u%%, late %u%%, noise %u%%%s",
                        (unsigned long long) w->seed, w->profile.n_nodes, w->profile.n_groups,
                        w->profile.n_steps, w->profile.faults, w->profile.lateness, w->profile.noise,
                        w->profile.quorum ? ", quorum" : "");
        for (uint16_t s = 1; s <= w->profile.n_nodes; s++)
                daemon_start(w->daemons + s);
        if (rng_chance(&w->rng, 80))
                net_reform(w->net, &w->rng, w->color);
}

static void world_end(World *w) {
        for (uint16_t s = 1; s < SLOTS; s++)
                if (w->daemons[s].up)
                        daemon_die(w->daemons + s);
        w->story = story_free(w->story);
        for (uint32_t i = 0; i < w->n_frames; i++)
                free(w->frames[i].bytes);
        free(w->frames);
        w->net = net_free(w->net);
}

void world_run(const Run *run, Result *ret) {
        World *w = malloc(sizeof(*w));

        assert(w);
        world_begin(w, run);
        for (w->step = 0; w->step < w->profile.n_steps && !w->failed; w->step++) {
                if (run->skip && run->skip[w->step])
                        continue;
                w->rng = rng_make(run->seed, w->step);
                world_trace(w, "step %u at %llu ms", w->step, (unsigned long long) w->now);
                step(w);
        }
        w->rng = rng_make(run->seed, UINT64_MAX - 1);
        if (!w->failed)
                calm_down(w);
        if (!w->failed && rng_chance(&w->rng, 50)) {
                memset(w->color, 0, sizeof(w->color));
                calm_down(w);
        }
        if (!w->failed)
                story_replay(w);

        if (run->corpus)
                corpus_write(w, run->corpus);
        ret->failed = w->failed;
        memcpy(ret->failure, w->failure, sizeof(ret->failure));
        ret->n_steps = w->profile.n_steps;
        ret->n_applied = w->n_applied;
        ret->digest = w->digest;
        world_end(w);
        free(w);
}
