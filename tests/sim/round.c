/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SYNC rounds, and the state that the senior sends to newcomers in chunks (stream.md section 5). */

#include <assert.h>
#include <string.h>

#include "sim.h"
#include "story.h"

void transfer_clear(Daemon *d) {
        free(TAKE_PTR(d->snapshot));
        free(TAKE_PTR(d->outgoing));
        d->snapshot_got = d->outgoing_size = d->outgoing_sent = 0;
        frame_list_clear(&d->held);
}

void round_begin(Daemon *d, const NetView *view) {
        Event e = { .type = EVENT_SYNC, .sender = d->self };

        daemon_flush(d);
        transfer_clear(d);
        d->syncing = true;
        d->said_at = d->waiting ? NULL : d->at;
        d->waiting = false;
        d->view = *view;
        d->n_said = 0;
        core_sync(d->core, &e.sync);
        e.sync.version_max = EVENT_VERSION + d->slot % 2; /* some could speak a newer one */
        e.sync.version_min = d->slot == d->world->profile.alien ? EVENT_VERSION + 1 : EVENT_VERSION;
        if (e.sync.version_min > e.sync.version_max)
                e.sync.version_max = e.sync.version_min;
        e.sync.quorate = view->n_members * 2 > d->world->profile.n_nodes;
        e.sync.ring = view->ring;
        if (d->world->trace) {
                fprintf(d->world->trace, "  %u is in ring %llu of %u, says ", d->slot,
                                (unsigned long long) view->ring, view->n_members);
                text_event(d->world->trace, &e);
        }
        net_send(d->world->net, d->slot, daemon_frame_of(d, &e));
}

static void begin_transfer(Daemon *d) {
        size_t size;
        int r;

        r = core_snapshot(d->core, &d->outgoing, &size);
        if (r < 0)
                world_fail(d->world, "core_snapshot(): %d", r);
        d->outgoing_size = size;
        d->outgoing_sent = 0;
}

static bool is_among(NodeId node, const NodeId *nodes, uint32_t n) {
        for (uint32_t i = 0; i < n; i++)
                if (node_id_equal(nodes[i], node))
                        return true;
        return false;
}

/* The view is decided: a winner goes on, a loser and a newcomer wait for the state. */
static void enter_view(Daemon *d, const SyncDecision *decision) {
        Event e = { .type = EVENT_VIEW, .sender = d->self, .view = decision->view };
        bool is_new = is_among(d->self, e.view.new, e.view.n_new);
        CoreSink sink = sink_of(d);
        uint64_t key = UINT64_C(1) << 63 | d->view.ring;

        d->syncing = false;
        d->domain = e.view.domain;
        d->epoch = e.view.epoch;
        if (!is_new || e.view.fresh) {
                if (e.view.fresh)
                        d->at = NULL;
                daemon_apply(d, &e, key);
                daemon_send_again(d);
        } else {
                if (core_apply(d->core, &e, &sink) < 0)
                        world_fail(d->world, "core_apply() of a VIEW failed");
                story_lost(d, GS_GROUP_DISSOLVED);
                sink_hand_out(d);
                client_lost_domain(d);
                d->at = NULL;
                d->n_armed = d->n_scripts = 0;
                frame_list_clear(&d->unacked);
                d->waiting = true;
        }
        if (e.view.n_new > 0 && !e.view.fresh && node_id_equal(decision->sender, d->self))
                begin_transfer(d);
}

static void decide(Daemon *d) {
        NodeId members[EVENT_NODES_MAX];
        static SyncDecision decision;
        const char *wrong;
        size_t n;
        int r;

        for (uint32_t i = d->n_said - 1; i > 0; i--) {
                uint32_t k = rng_below(&d->world->rng, i + 1);
                EventSync t = d->said[i];

                d->said[i] = d->said[k];
                d->said[k] = t;
        }
        n = core_nodes(d->core, members);
        r = sync_decide(d->said, d->n_said, d->self, d->world->profile.quorum, members, n, &decision);
        if (r != 0) {
                world_fail(d->world, "sync_decide(): %d", r);
                return;
        }
        wrong = oracle_decision(d, &decision, members, n);
        if (wrong)
                world_fail(d->world, "node %u %s", d->slot, wrong);
        story_decided(d, &decision);
        for (uint32_t i = 0; i < decision.n_refused; i++)
                if (node_id_equal(decision.refused[i].node, d->self)) {
                        world_trace(d->world, "  %u is refused", d->slot);
                        daemon_die(d);
                        return;
                }
        if (!d->world->failed)
                enter_view(d, &decision);
}

void round_hear(Daemon *d, const EventSync *said) {
        if (!d->syncing || said->ring != d->view.ring)
                return;
        assert(d->n_said < SLOTS);
        d->said[d->n_said++] = *said;
        if (d->n_said == d->view.n_members)
                decide(d);
}

void daemon_send_chunk(Daemon *d) {
        uint64_t rest = d->outgoing_size - d->outgoing_sent;
        uint32_t size = 1 + rng_below(&d->world->rng, rest < 4096 ? 4096 : EVENT_CHUNK_MAX);
        Event e = { .type = EVENT_CHUNK, .sender = d->self };

        if (!d->outgoing || !daemon_established(d))
                return;
        e.chunk.epoch = d->epoch;
        e.chunk.offset = d->outgoing_sent;
        e.chunk.total = d->outgoing_size;
        e.chunk.bytes.data = d->outgoing + d->outgoing_sent;
        e.chunk.bytes.size = size < rest ? size : (uint32_t) rest;
        net_send(d->world->net, d->slot, daemon_frame_of(d, &e));
        d->outgoing_sent += e.chunk.bytes.size;
        if (d->outgoing_sent == d->outgoing_size)
                free(TAKE_PTR(d->outgoing));
}

void transfer_hear(Daemon *d, const EventChunk *chunk) {
        CoreSink sink = sink_of(d);
        FrameList held;
        int r;

        if (!d->snapshot) {
                d->snapshot = malloc(chunk->total);
                assert(d->snapshot);
        }
        if (chunk->epoch != d->epoch || chunk->offset != d->snapshot_got) {
                world_fail(d->world, "a chunk out of order");
                return;
        }
        memcpy(d->snapshot + chunk->offset, chunk->bytes.data, chunk->bytes.size);
        d->snapshot_got += chunk->bytes.size;
        if (d->snapshot_got < chunk->total)
                return;

        d->waiting = false;
        r = core_restore(d->core, d->snapshot, chunk->total, &sink);
        if (r < 0) {
                world_fail(d->world, "core_restore(): %d", r);
                return;
        }
        world_trace(d->world, "  %u has the state", d->slot);
        story_restored(d, d->view.ring);
        sink_hand_out(d);
        held = d->held;
        d->held = (FrameList) {};
        for (uint32_t i = 0; i < held.n && d->up && !d->world->failed; i++)
                daemon_hear_events(d, held.frames[i]);
        frame_list_clear(&held);
        transfer_clear(d);
}
