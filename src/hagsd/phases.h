/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The phases that run, since when, and the timers of those that have a limit (stream.md section 4): each
 * node's own clock, begun when the start of the phase is delivered.
 */

#include <systemd/sd-event.h>

#include "core/core.h"
#include "core/table.h"

typedef struct Phase Phase;

typedef struct Phases {
        sd_event *event;
        void (*on_limit)(void *userdata, const EventPhase *phase);
        unsigned (*rank)(void *userdata);
        void *userdata;

        Table running; /* by group */
        Phase *oldest; /* in the order in which they began */
        Phase *newest;
        Phase *spare; /* for the next ones, so that a phase allocates nothing */
} Phases;

/* `on_limit` is called once when the limit of a running phase is over; `rank` tells the rank of this node.
 */
void phases_init(Phases *p, sd_event *event, void (*on_limit)(void *userdata, const EventPhase *phase),
                unsigned (*rank)(void *userdata), void *userdata);

/*
 * A phase has begun; if it, or another one of its group, runs already, its time begins anew. Without memory
 * the phase has no limit here (other nodes have theirs), and that is logged.
 */
void phases_begin(Phases *p, const CorePhase *phase);

/* The phase of that group has ended; it need not run. */
void phases_end(Phases *p, uint64_t group);

/* The group whose phase has been running for longest, if for `usec` or longer; 0: none. */
uint64_t phases_waiting(const Phases *p, uint64_t usec);

/* How long the phase of that group has been running, in microseconds; 0: none runs. */
uint64_t phases_age(const Phases *p, uint64_t group);

/* Forget all of them. */
void phases_done(Phases *p);
