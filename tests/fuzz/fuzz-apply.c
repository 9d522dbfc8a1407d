/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The state machine: any event that decodes, in any state. The input is a list of steps, a byte that says
 * who or what and then, of a node, one event as it stands in a multicast. Two cores with different tables
 * apply the same; the second is now and then thrown away and restored from a snapshot of the first.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/core.h"

#define NODES 4

enum { STEP_VIEW = 0xf0, STEP_RESTORE = 0xf1, STEP_DAMAGE = 0xf2 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct Fuzz {
        Core *one, *two;
        CoreConfig config;
        uint64_t epoch;
        uint8_t present; /* bit n: node n is in the domain */
} Fuzz;

static NodeId node_of(uint8_t n) {
        return (NodeId) { .number = n, .incarnation = 1 };
}

static void must(bool what) {
        if (!what)
                abort();
}

/* Whatever the sink is given must be readable. */
static void touch(const void *data, size_t size) {
        static volatile uint8_t sum;

        for (size_t i = 0; i < size; i++)
                sum = (uint8_t) (sum ^ ((const uint8_t *) data)[i]);
        (void) sum;
}

static void on_notify(void *userdata, GsClient to, const CoreNotification *n) {
        (void) userdata, (void) to;
        touch(n->group_name, n->group_name ? strlen(n->group_name) : 0);
        touch(n->current, n->n_current * sizeof(*n->current));
        touch(n->changing, n->n_changing * sizeof(*n->changing));
        touch(n->leaves, n->leaves ? n->n_changing * sizeof(*n->leaves) : 0);
        touch(n->deaths, n->deaths ? n->n_changing * sizeof(*n->deaths) : 0);
        touch(n->deactivate_flag.data, n->deactivate_flag.size);
        touch(n->state.data, n->state.size);
        touch(n->proposed_state.data, n->proposed_state.size);
        touch(n->source_state.data, n->source_state.size);
        touch(n->message.data, n->message.size);
        touch(n->attributes, n->attributes ? sizeof(*n->attributes) : 0);
}

static const CoreSink sink = { .notify = on_notify };

static void apply(Fuzz *f, const Event *event) {
        must(core_apply(f->one, event, &sink) == 0);
        must(core_apply(f->two, event, NULL) == 0);
        must(core_hash(f->one) == core_hash(f->two));
}

/* Some nodes leave, come back, or quorum goes and comes: `how` says which. Node 1 is ours and stays. */
static void apply_view(Fuzz *f, uint8_t how) {
        uint8_t then = (uint8_t) ((how & 0x1e) | 2);
        Event e = { .type = EVENT_VIEW, .sender = node_of(1) };

        e.view.domain = node_of(1);
        e.view.epoch = ++f->epoch;
        e.view.fresh = f->present == 0;
        e.view.halted = how & 0x80;
        for (uint8_t n = 1; n <= NODES; n++) {
                if (f->present & ~then & (1u << n))
                        e.view.left[e.view.n_left++] = node_of(n);
                if (then & ~f->present & (1u << n))
                        e.view.new[e.view.n_new++] = node_of(n);
        }
        f->present = then;
        apply(f, &e);
}

static void restore(Fuzz *f) {
        _cleanup_(freep) uint8_t *bytes = NULL;
        size_t size;

        must(core_snapshot(f->one, &bytes, &size) == 0);
        f->two = core_free(f->two);
        must(core_new(&f->config, &f->two) == 0);
        must(core_restore(f->two, bytes, size, &sink) == 0);
        must(core_hash(f->one) == core_hash(f->two));
}

/* A snapshot with another byte somewhere is refused, or is none the worse. */
static void restore_damaged(Fuzz *f, uint32_t at, uint8_t byte) {
        _cleanup_(freep) uint8_t *bytes = NULL;
        _cleanup_(core_freep) Core *core = NULL;
        size_t size;
        int r;

        must(core_snapshot(f->one, &bytes, &size) == 0);
        bytes[at % size] = byte;
        must(core_new(&f->config, &core) == 0);
        r = core_restore(core, bytes, size, &sink);
        must(r == -EBADMSG || (r == 0 && core_hash(core) == core_hash(f->one)));
}

static int visit(void *userdata, const CoreGroupInfo *group) {
        (void) userdata;
        must(group->n_members <= group->n_providers);
        touch(group->state.data, group->state.size);
        touch(group->providers, group->n_providers * sizeof(*group->providers));
        return 0;
}

/* False: nothing more to read. */
static bool step(Fuzz *f, FrameReader *r) {
        uint8_t what = frame_get_u8(r);
        static Event event;

        if (r->bad)
                return false;
        if (what == STEP_VIEW) {
                apply_view(f, frame_get_u8(r));
                return !r->bad;
        }
        if (what == STEP_RESTORE) {
                restore(f);
                return true;
        }
        if (what == STEP_DAMAGE) {
                uint32_t at = frame_get_u32(r);

                restore_damaged(f, at, frame_get_u8(r));
                return !r->bad;
        }
        if (event_get(r, node_of((uint8_t) (1 + what % (NODES + 1))), &event) <= 0)
                return false;
        if (event_is_sendable(event.type))
                apply(f, &event);
        return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        FrameReader r = { .data = data, .size = size };
        Fuzz f = { .config = { .self = node_of(1), .hash_seed = 1 } };
        GsClient subscriber = { .connection = 9, .token = 9 };
        CoreInfo info;

        must(core_new(&f.config, &f.one) == 0);
        f.config.hash_seed = ~UINT64_C(0);
        must(core_new(&f.config, &f.two) == 0);
        apply_view(&f, 0x0e);
        (void) core_subscribe(f.one, subscriber, 15, "HostMembership", &sink);
        while (step(&f, &r))
                ;
        core_info(f.one, &info);
        must(core_each_group(f.one, visit, NULL) == 0);
        core_free(f.one);
        core_free(f.two);
        return 0;
}
