/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The domain, as this node has it: the state machine (core.h), fed by the engine and heard by the sessions.
 * None of the three knows the others; what goes from one to the next goes through here:
 *
 *      session -> domain_submit() -> engine -> deliver() -> core_apply() -> sink -> session
 *
 * What the state machine leaves to its surroundings is done here too: time limits (phases.h) and deactivate
 * scripts (scripts.h).
 */

#include <systemd/sd-event.h>

#include "core/core.h"
#include "engine/engine.h"
#include "hagsd/phases.h"
#include "hagsd/scripts.h"
#include "log/ratelimit.h"
#include "session/session.h"
#include "wire/status.h"

typedef struct DomainHooks {
        /* What domain_describe() and domain_fill_status() say may have changed. */
        void (*changed)(void *userdata);
        /* The state machine cannot go on (core.h): the daemon has to end, and to begin anew. */
        void (*failed)(void *userdata, int error);
} DomainHooks;

/* Both clocks, in microseconds; 0: it has not come yet. */
typedef struct DomainMoment {
        uint64_t real;
        uint64_t monotonic;
} DomainMoment;

typedef struct DomainTimes {
        uint64_t engine;          /* CLOCK_MONOTONIC: when the engine was there */
        DomainMoment established; /* when this node was first in a domain */
        DomainMoment view;        /* when the present view began */
} DomainTimes;

typedef struct Domain {
        sd_event *event;
        const char *syspar; /* the caller's */
        NodeId self;
        DomainHooks hooks;
        void *userdata;

        Core *core;
        Engine *engine;
        SessionServer *server; /* the caller's; NULL: nobody listens yet */
        const Event *applying; /* the event that the state machine is at */
        bool ended;            /* nothing is applied any more */
        DomainTimes times;
        Phases phases;
        Scripts scripts;
        RateLimit limits; /* what is logged of time limits that have passed */
} Domain;

/*
 * Open the embedded engine, by which the domain is established. Errors are those of sd-event and core.h. The
 * struct must not move afterwards.
 */
int domain_open(Domain *d, sd_event *event, NodeId self, const char *syspar, const DomainHooks *hooks,
                void *userdata);

/* From now on these sessions hear what their tokens are told; NULL: nobody does. */
void domain_set_server(Domain *d, SessionServer *server);

/*
 * An orderly end: providers and subscribers are told that Group Services ends here (gsapi.md 3.8), and
 * nothing more is applied.
 */
void domain_end(Domain *d);

/* NULL is fine, and so is a domain that was never opened. */
void domain_done(Domain *d);

/* ---- for the sessions: see SessionHooks ---- */

int domain_submit(Domain *d, const Event *event);
int domain_subscribe(Domain *d, GsClient client, uint32_t control, const char *group);
void domain_unsubscribe(Domain *d, GsClient client);
void domain_unsubscribe_all(Domain *d, uint32_t connection);
bool domain_needs_connection(const Domain *d, uint32_t connection);

/* ---- domain-status.c ---- */

DomainState domain_state(const CoreInfo *info);

/* Fill in what a status tells of the domain. */
void domain_fill_status(const Domain *d, Status *status);

/*
 * One line for people: `Domain sp_prod established by node 0; 2 groups, 3 providers, 5 clients; join in
 * group db waits for 1/0`. The last part is there while a protocol has been waiting for at least a second.
 * Free it; NULL without memory.
 */
char *domain_describe(const Domain *d, unsigned n_clients);

/* The time limit of this phase has passed: log who is waited for, at a limited rate. */
void domain_log_limit(Domain *d, const EventPhase *phase);
