/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What a node has to multicast: events are packed into as few multicasts as they fit in (stream.md section
 * 2), the same for every engine.
 */

#include "wire/event.h"

typedef struct Pack Pack;

/* One multicast; `next` is the outbox's. */
struct Pack {
        Pack *next;
        FrameWriter writer; /* its bytes are in `data` */
        uint8_t data[EVENT_MULTICAST_MAX];
};

typedef struct Outbox {
        Pack *first; /* to be sent first */
        Pack *last;  /* events are put into this one */
        Pack *spare; /* so that a quiet stream allocates nothing */
} Outbox;

/* Pack one more event. `head` begins a new multicast. 0, -EINVAL (see event_put()) or -ENOMEM. */
int outbox_put(Outbox *outbox, const EventHead *head, const Event *event);

/* Take the first multicast out, finished; NULL if there is none. Give it back with outbox_recycle(). */
Pack *outbox_take(Outbox *outbox);
void outbox_recycle(Outbox *outbox, Pack *pack);

void outbox_done(Outbox *outbox);
