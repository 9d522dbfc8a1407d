/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A name on the system bus, for as long as there is a bus: the daemon runs without one, and finds it when
 * it comes, or comes back. Nothing waits for it: each call is asynchronous and has a deadline, and where the
 * bus is not there, hangs or refuses, it is looked for again a while later.
 */

#include <stdbool.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#define BUS_NAME_MAX 255

typedef struct BusHooks {
        /* A new connection, before anything comes in: add objects to it. 0, or a negative errno value. */
        int (*prepare)(void *userdata, sd_bus *bus);
        /* It has ended: let go of what belongs to it. */
        void (*lost)(void *userdata);
} BusHooks;

typedef struct Bus {
        char name[BUS_NAME_MAX + 1];
        const BusHooks *hooks;
        void *userdata;

        sd_event *event; /* the caller's */
        sd_event_source *retry;
        sd_bus *connection; /* NULL: none */
        bool owns_name;
        enum { BUS_TOLD_NOTHING, BUS_TOLD_NO_BUS, BUS_TOLD_NO_NAME } told; /* once until that changes */
} Bus;

/*
 * Take that name as soon as there is a bus, in the loop `event`. The name is copied; event and hooks outlive
 * the Bus. Errors are those of sd-event alone.
 */
int bus_open(Bus *b, sd_event *event, const char *name, const BusHooks *hooks, void *userdata);

/* End it, without a call of a hook. One that was never opened is fine if it is all zeroes. */
void bus_done(Bus *b);
