/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A node's daemon in the simulation: the least wiring that core.h asks of an engine. Frames carry domain and
 * epoch; one that is of another epoch is dropped by everybody, and its sender, if its state went on, sends
 * it again.
 */

#include <assert.h>
#include <string.h>

#include "sim.h"
#include "story.h"

#define RANK_DELAY_MS 250

void frame_list_push(FrameList *list, uint32_t frame) {
        if (list->n == list->size) {
                list->size = list->size > 0 ? list->size * 2 : 16;
                list->frames = realloc(list->frames, list->size * sizeof(*list->frames));
                assert(list->frames);
        }
        list->frames[list->n++] = frame;
}

void frame_list_clear(FrameList *list) {
        free(list->frames);
        *list = (FrameList) {};
}

static uint32_t frame_new(World *w, const void *bytes, size_t size) {
        Frame *f;

        if (w->n_frames == w->frames_size) {
                w->frames_size = w->frames_size > 0 ? w->frames_size * 2 : 256;
                w->frames = realloc(w->frames, w->frames_size * sizeof(*w->frames));
                assert(w->frames);
        }
        f = w->frames + w->n_frames;
        f->bytes = malloc(size);
        assert(f->bytes);
        memcpy(f->bytes, bytes, size);
        f->size = (uint32_t) size;
        return w->n_frames++;
}

static void open_begin(Daemon *d) {
        EventHead head = {
                .version = EVENT_VERSION, .sender = d->self, .domain = d->domain, .epoch = d->epoch
        };

        if (!d->open_buffer) {
                d->open_buffer = malloc(EVENT_MULTICAST_MAX);
                assert(d->open_buffer);
        }
        d->open = event_begin(d->open_buffer, EVENT_MULTICAST_MAX, &head);
        d->is_open = true;
}

static uint32_t open_finish(Daemon *d) {
        ssize_t size = event_finish(&d->open);

        assert(size > 0);
        d->is_open = false;
        return frame_new(d->world, d->open_buffer, (size_t) size);
}

uint32_t daemon_frame_of(Daemon *d, const Event *event) {
        int r;

        daemon_flush(d);
        open_begin(d);
        r = event_put(&d->open, event);
        assert(r == 0);
        return open_finish(d);
}

void daemon_flush(Daemon *d) {
        uint32_t frame;

        if (!d->is_open)
                return;
        frame = open_finish(d);
        frame_list_push(&d->unacked, frame);
        net_send(d->world->net, d->slot, frame);
}

void daemon_submit(Daemon *d, const Event *event) {
        int r;

        if (d->world->trace) {
                fprintf(d->world->trace, "  %u sends ", d->slot);
                text_event(d->world->trace, event);
        }
        if (!d->is_open)
                open_begin(d);
        r = event_put(&d->open, event);
        if (r == -EMSGSIZE) {
                daemon_flush(d);
                open_begin(d);
                r = event_put(&d->open, event);
        }
        if (r < 0)
                world_fail(d->world, "event_put() of a %s: %d", event_type_to_string(event->type), r);
        if (rng_chance(&d->world->rng, 70))
                daemon_flush(d);
}

/* Take the bytes apart and put them together under another head; they must not change otherwise. */
static uint32_t frame_again(Daemon *d, uint32_t frame) {
        const Frame *f = d->world->frames + frame;
        FrameReader body;
        EventHead head;
        uint32_t again;
        Event event;
        int r;

        r = event_decode_head(f->bytes, f->size, &head, &body);
        assert(r == 0);
        open_begin(d);
        while ((r = event_get(&body, head.sender, &event)) > 0)
                if (event_put(&d->open, &event) < 0)
                        r = -EMSGSIZE;
        again = open_finish(d);
        f = d->world->frames + frame;
        if (r < 0 || f->size != d->world->frames[again].size ||
                        memcmp(f->bytes + EVENT_HEAD_SIZE, d->world->frames[again].bytes + EVENT_HEAD_SIZE,
                                        f->size - EVENT_HEAD_SIZE) != 0)
                world_fail(d->world, "a frame does not encode to what it was decoded from");
        return again;
}

void daemon_send_again(Daemon *d) {
        for (uint32_t i = 0; i < d->unacked.n; i++) {
                d->unacked.frames[i] = frame_again(d, d->unacked.frames[i]);
                net_send(d->world->net, d->slot, d->unacked.frames[i]);
        }
}

void daemon_apply(Daemon *d, const Event *event, uint64_t key) {
        CoreSink sink = sink_of(d);
        int r;

        if (d->world->trace) {
                fprintf(d->world->trace, "  %u applies ", d->slot);
                text_event(d->world->trace, event);
        }
        r = core_apply(d->core, event, &sink);
        if (r < 0) {
                world_fail(d->world, "core_apply() on node %u: %d", d->slot, r);
                return;
        }
        d->world->n_applied++;
        story_apply(d, event, key);
        sink_hand_out(d);
}

void daemon_hear_events(Daemon *d, uint32_t frame) {
        FrameReader body;
        uint64_t key = (uint64_t) frame << 8;
        EventHead head;
        Event event;
        int r;

        r = event_decode_head(d->world->frames[frame].bytes, d->world->frames[frame].size, &head, &body);
        assert(r == 0);
        while (d->up && !d->world->failed && (r = event_get(&body, head.sender, &event)) > 0)
                daemon_apply(d, &event, ++key);
        if (r < 0)
                world_fail(d->world, "event_get(): %d", r);
}

static void hear_frame(Daemon *d, const NetItem *item) {
        const Frame *f = d->world->frames + item->frame;
        FrameReader body;
        EventHead head;
        Event first;

        if (event_decode_head(f->bytes, f->size, &head, &body) < 0 ||
                        event_get(&body, head.sender, &first) <= 0) {
                world_fail(d->world, "a frame cannot be decoded");
                return;
        }
        if (first.type == EVENT_SYNC) {
                round_hear(d, &first.sync);
                return;
        }
        /* Before the last SYNC of a round nobody can send under the epoch that it will decide. */
        if (d->syncing || !node_id_equal(head.domain, d->domain) || head.epoch != d->epoch) {
                world_trace(d->world, "  %u drops a frame of %u, epoch %llu", d->slot, item->sender,
                                (unsigned long long) head.epoch);
                return;
        }
        if (first.type == EVENT_CHUNK) {
                if (d->waiting)
                        transfer_hear(d, &first.chunk);
                return;
        }
        if (item->sender == d->slot) {
                if (d->unacked.n == 0 || d->unacked.frames[0] != item->frame)
                        world_fail(d->world, "node %u: own frames come back in another order", d->slot);
                else
                        memmove(d->unacked.frames, d->unacked.frames + 1,
                                        --d->unacked.n * sizeof(*d->unacked.frames));
        }
        if (d->waiting)
                frame_list_push(&d->held, item->frame);
        else
                daemon_hear_events(d, item->frame);
}

bool daemon_consume(Daemon *d) {
        NetItem item;

        if (!d->up || !d->online || !net_consume(d->world->net, d->slot, &item))
                return false;
        if (item.type == NET_CHANGE)
                round_begin(d, &item.view);
        else
                hear_frame(d, &item);
        return true;
}

bool daemon_established(const Daemon *d) {
        return d->up && d->online && d->at && !d->waiting && !d->syncing;
}

static void new_core(Daemon *d) {
        CoreConfig config = { .self = d->self, .hash_seed = d->world->seed ^ d->world->salt ^ d->slot };
        int r = core_new(&config, &d->core);

        assert(r == 0);
}

void daemon_start(Daemon *d) {
        World *w = d->world;
        uint16_t slot = d->slot;

        *d = (Daemon) { .world = w, .slot = slot, .up = true, .online = true };
        d->self.number = w->profile.duplicate_numbers && slot == w->profile.n_nodes ? 1 : slot;
        d->self.incarnation = ++w->last_incarnation[slot] * SLOTS + slot;
        new_core(d);
        net_start(w->net, slot, d->self.incarnation);
        world_trace(w, "  %u starts as %u.%llu", slot, d->self.number,
                        (unsigned long long) d->self.incarnation);
}

static void daemon_forget(Daemon *d) {
        d->at = NULL;
        d->syncing = d->waiting = d->is_open = false;
        d->domain = (NodeId) {};
        d->epoch = 0;
        frame_list_clear(&d->unacked);
        transfer_clear(d);
        d->n_armed = d->n_scripts = 0;
}

void daemon_die(Daemon *d) {
        world_trace(d->world, "  %u dies", d->slot);
        if (d->online)
                net_kill(d->world->net, d->slot);
        daemon_forget(d);
        core_free(d->core);
        free(d->open_buffer);
        free(d->captured);
        *d = (Daemon) { .world = d->world, .slot = d->slot };
}

void daemon_engine_lost(Daemon *d) {
        CoreSink sink = sink_of(d);
        int r;

        world_trace(d->world, "  %u loses its engine", d->slot);
        net_kill(d->world->net, d->slot);
        r = core_abandon(d->core, GS_GROUP_SERVICES_HAS_DIED_HORRIBLY, &sink);
        if (r < 0)
                world_fail(d->world, "core_abandon(): %d", r);
        story_lost(d, GS_GROUP_SERVICES_HAS_DIED_HORRIBLY);
        sink_hand_out(d);
        daemon_forget(d);
        d->online = false;
        client_lost_domain(d);
}

/* A newcomer is a new run of its own, or the domain that it may establish would have the name of an older
 * one. */
void daemon_engine_back(Daemon *d) {
        d->self.incarnation = ++d->world->last_incarnation[d->slot] * SLOTS + d->slot;
        core_free(d->core);
        new_core(d);
        world_trace(d->world, "  %u has its engine back", d->slot);
        d->online = true;
        net_start(d->world->net, d->slot, d->self.incarnation);
}

static void tick_limits(Daemon *d) {
        int rank = core_rank(d->core, d->self);

        for (uint32_t i = 0; i < d->n_armed && rank >= 0; i++) {
                Armed *a = d->armed + i;
                Event e = { .type = EVENT_LIMIT, .sender = d->self, .limit = a->phase };

                if (a->sent || d->world->now < a->deadline + (uint64_t) rank * RANK_DELAY_MS)
                        continue;
                a->sent = true;
                daemon_submit(d, &e);
        }
}

void daemon_tick(Daemon *d) {
        CoreInfo info;

        if (!daemon_established(d))
                return;
        core_info(d->core, &info);
        if (!info.halted)
                tick_limits(d);
        for (uint32_t i = 0; i < d->n_scripts;) {
                Event e = {
                        .type = EVENT_SCRIPT_RESULT, .sender = d->self, .script_result = d->scripts[i].result
                };

                if (d->world->now < d->scripts[i].due) {
                        i++;
                        continue;
                }
                d->scripts[i] = d->scripts[--d->n_scripts];
                daemon_submit(d, &e);
        }
        daemon_flush(d);
}
