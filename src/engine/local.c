/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The embedded engine: see engine.h. The stream of one node is what that node multicasts, in the order in
 * which it does, so nothing is sent anywhere; but the events are packed and delivered exactly as those of
 * other engines are, and the layers above see no difference.
 */

#include "engine/engine.h"
#include "engine/outbox.h"

#define EPOCH 1 /* there is one view, and it never changes */

typedef struct LocalEngine {
        Engine engine;
        NodeId self;
        EngineCallbacks callbacks;
        void *userdata;
        sd_event_source *delivery; /* asked before the loop sleeps */
        Outbox outbox;
        Event event; /* the one that is delivered right now */
} LocalEngine;

static int local_multicast(Engine *engine, const Event *event) {
        LocalEngine *e = (LocalEngine *) engine;
        const EventHead head = {
                .version = EVENT_VERSION, .sender = e->self, .domain = e->self, .epoch = EPOCH
        };

        return outbox_put(&e->outbox, &head, event);
}

static void deliver_pack(LocalEngine *e, const Pack *pack) {
        FrameReader body;
        EventHead head;

        if (event_decode_head(pack->data, pack->writer.used, &head, &body) < 0)
                return;
        while (event_get(&body, e->self, &e->event) > 0)
                e->callbacks.deliver(e->userdata, &e->event);
}

/* What is multicast meanwhile goes into the next turn, as it would on a network. */
static void deliver_turn(LocalEngine *e) {
        Outbox now = { .first = e->outbox.first, .last = e->outbox.last };
        Pack *pack;

        e->outbox.first = e->outbox.last = NULL;
        while ((pack = outbox_take(&now))) {
                deliver_pack(e, pack);
                outbox_recycle(&e->outbox, pack);
        }
        e->callbacks.delivered(e->userdata);
}

static int on_prepare(_unused_ sd_event_source *source, void *userdata) {
        LocalEngine *e = userdata;

        while (e->outbox.first)
                deliver_turn(e);
        return 0;
}

static int on_no_time(_unused_ sd_event_source *source, _unused_ uint64_t now, _unused_ void *userdata) {
        return 0;
}

/*
 * The loop prepares its sources between two handlers, before it looks for what comes next: that is early
 * enough, and spares the turn of the loop that an event source which had to become pending would take. So
 * the source is a timer without a time: always enabled, never pending.
 */
static int add_delivery(LocalEngine *e, sd_event *event) {
        int r;

        r = sd_event_add_time(event, &e->delivery, CLOCK_MONOTONIC, UINT64_MAX, 0, on_no_time, e);
        return r < 0 ? r : sd_event_source_set_prepare(e->delivery, on_prepare);
}

static Engine *local_close(Engine *engine) {
        LocalEngine *e = (LocalEngine *) engine;

        (void) sd_event_source_disable_unref(e->delivery);
        outbox_done(&e->outbox);
        free(e);
        return NULL;
}

static const EngineOperations local_operations = {
        .multicast = local_multicast,
        .close = local_close,
};

int engine_local_open(sd_event *event, NodeId self, const EngineCallbacks *callbacks, void *userdata,
                Engine **ret) {
        _cleanup_(engine_closep) Engine *engine = NULL;
        LocalEngine *e;
        int r;

        e = calloc(1, sizeof(*e));
        if (!e)
                return -ENOMEM;
        engine = &e->engine;
        e->engine.operations = &local_operations;
        e->self = self;
        e->callbacks = *callbacks;
        e->userdata = userdata;

        r = add_delivery(e, event);
        if (r < 0)
                return r;
        r = local_multicast(engine, &(Event){ .type = EVENT_VIEW,
                                                    .view = { .domain = self,
                                                                    .epoch = EPOCH,
                                                                    .fresh = true,
                                                                    .n_new = 1,
                                                                    .new = { self } } });
        if (r < 0)
                return r;
        deliver_turn(e);

        *ret = TAKE_PTR(engine);
        return 0;
}
