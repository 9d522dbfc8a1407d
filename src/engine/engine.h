/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * An engine delivers the stream (stream.md): the events that the nodes of a domain multicast, in one order
 * everywhere, and the views between them. `local` (local.c) is the embedded one, of a domain that is this
 * host.
 *
 * Events are delivered from the loop, never from within a call: what multicasts in a handler is called back
 * behind it. All that was multicast in one turn of the loop travels and is delivered together.
 */

#include <systemd/sd-event.h>

#include "util/macro.h"
#include "wire/event.h"

typedef struct Engine Engine;

typedef struct EngineCallbacks {
        /* The next event of the stream, VIEW included. It is valid until the callback returns. */
        void (*deliver)(void *userdata, const Event *event);
        /* That was all that came together: time to tell the clients. */
        void (*delivered)(void *userdata);
} EngineCallbacks;

/* What an engine does; its own struct begins with a struct Engine. */
typedef struct EngineOperations {
        int (*multicast)(Engine *engine, const Event *event);
        Engine *(*close)(Engine *engine);
} EngineOperations;

struct Engine {
        const EngineOperations *operations;
};

/*
 * Put an event into the stream; the sender of it is this node, whatever it says. 0, -EINVAL for an event
 * that no decoder would take, or -ENOMEM: then it is not in the stream.
 */
static inline int engine_multicast(Engine *engine, const Event *event) {
        return engine->operations->multicast(engine, event);
}

/* Leave the domain. What was not delivered yet never is. NULL is fine; returns NULL. */
static inline Engine *engine_close(Engine *engine) {
        return engine ? engine->operations->close(engine) : NULL;
}

DEFINE_CLEANUP(Engine *, engine_close)

/*
 * The embedded engine: the domain is this node alone, and established by it. The VIEW that says so is the
 * first event, and delivered before this returns. Errors are those of sd-event, or -ENOMEM.
 */
int engine_local_open(sd_event *event, NodeId self, const EngineCallbacks *callbacks, void *userdata,
                Engine **ret);
