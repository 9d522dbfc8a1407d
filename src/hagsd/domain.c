/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* State machine, engine and sessions, wired to each other: see domain.h. */

#include "hagsd/domain.h"

#include <inttypes.h>
#include <string.h>
#include <sys/random.h>

#include "log/log.h"
#include "util/clock.h"

/* ---- from the state machine to the sessions ---- */

/* stream.md 1: a failing proposal is refused at its own position, so it is the event that is applied. */
static const Event *failing_proposal(const Domain *d, GsClient to, const CoreNotification *n) {
        const Event *e = d->applying;

        if (n->request == GS_JOIN || !e || e->client.connection != to.connection ||
                        e->client.token != to.token)
                return NULL;
        return e;
}

static void on_notify(void *userdata, GsClient to, const CoreNotification *n) {
        Domain *d = userdata;

        if (!d->server)
                return;
        if (n->type == GS_DELAYED_ERROR_NOTIFICATION)
                session_server_error(d->server, to, n->request, n->error, failing_proposal(d, to, n));
        else
                session_server_notify(d->server, to, n);
}

static void on_token_dead(void *userdata, GsClient client) {
        Domain *d = userdata;

        if (d->server)
                session_server_token_dead(d->server, client);
}

static void on_phase_begun(void *userdata, const CorePhase *phase) {
        Domain *d = userdata;

        phases_begin(&d->phases, phase);
        d->hooks.changed(d->userdata);
}

static void on_phase_ended(void *userdata, const CorePhase *phase) {
        Domain *d = userdata;

        phases_end(&d->phases, phase->phase.group);
}

static void on_script_wanted(void *userdata, const CoreScript *script) {
        Domain *d = userdata;

        scripts_run(&d->scripts, d->server, script);
}

static void on_dropped(_unused_ void *userdata, const Event *event, const char *why) {
        log_debug("%s of connection %" PRIu32 ", token %" PRId32 " has no effect: %s",
                        event_type_to_string(event->type), event->client.connection, event->client.token,
                        why);
}

static CoreSink sink_of(Domain *d) {
        return (CoreSink){
                .userdata = d,
                .notify = on_notify,
                .token_dead = on_token_dead,
                .phase_begun = on_phase_begun,
                .phase_ended = on_phase_ended,
                .script_wanted = on_script_wanted,
                .dropped = on_dropped,
        };
}

static void check(Domain *d, int r) {
        if (r < 0 && !d->ended) {
                d->ended = true;
                d->hooks.failed(d->userdata, r);
        }
}

/* ---- from the engine to the state machine ---- */

static void engine_is_there(DomainTimes *times) {
        if (times->engine == 0)
                times->engine = clock_usec(CLOCK_MONOTONIC);
}

/* The first one may come before engine_local_open() returns. */
static void view_begins(DomainTimes *times) {
        engine_is_there(times);
        times->view = (DomainMoment){ clock_usec(CLOCK_REALTIME), clock_usec(CLOCK_MONOTONIC) };
        if (times->established.real == 0)
                times->established = times->view;
}

static void deliver(void *userdata, const Event *event) {
        Domain *d = userdata;
        const CoreSink sink = sink_of(d);

        if (d->ended)
                return;
        log_debug("%s of connection %" PRIu32 ", token %" PRId32, event_type_to_string(event->type),
                        event->client.connection, event->client.token);

        d->applying = event;
        check(d, core_apply(d->core, event, &sink));
        d->applying = NULL;
        if (event->type == EVENT_VIEW)
                view_begins(&d->times);
}

static void delivered(void *userdata) {
        Domain *d = userdata;

        if (d->server)
                session_server_flush(d->server);
        d->hooks.changed(d->userdata);
}

/* ---- from timers and scripts to the engine ---- */

/* stream.md 4: the first LIMIT that is delivered counts; every node sends its own. */
static void on_limit(void *userdata, const EventPhase *phase) {
        Domain *d = userdata;

        domain_log_limit(d, phase);
        check(d, engine_multicast(d->engine, &(Event){ .type = EVENT_LIMIT, .limit = *phase }));
}

static unsigned rank(void *userdata) {
        const Domain *d = userdata;
        int r = core_rank(d->core, d->self);

        return r > 0 ? (unsigned) r : 0;
}

static void on_script_result(void *userdata, const EventScriptResult *result) {
        Domain *d = userdata;

        check(d, engine_multicast(d->engine,
                                 &(Event){ .type = EVENT_SCRIPT_RESULT, .script_result = *result }));
}

/* ---- from the sessions ---- */

int domain_submit(Domain *d, const Event *event) {
        return engine_multicast(d->engine, event);
}

/* stream.md 3: accepted between two applies. */
int domain_subscribe(Domain *d, GsClient client, uint32_t control, const char *group) {
        const CoreSink sink = sink_of(d);
        int r;

        r = core_subscribe(d->core, client, control, group, &sink);
        if (r < 0)
                return r;

        d->hooks.changed(d->userdata);
        return r == 0 ? GS_OK : GS_UNKNOWN_GROUP; /* the embedded engine's domain is always established */
}

void domain_unsubscribe(Domain *d, GsClient client) {
        core_unsubscribe(d->core, client);
        d->hooks.changed(d->userdata);
}

void domain_unsubscribe_all(Domain *d, uint32_t connection) {
        core_unsubscribe_all(d->core, connection);
        d->hooks.changed(d->userdata);
}

bool domain_needs_connection(const Domain *d, uint32_t connection) {
        return core_has_connection(d->core, connection);
}

/* ---- from start to end ---- */

static int open_core(Domain *d) {
        CoreConfig config = { .self = d->self };

        if (getrandom(&config.hash_seed, sizeof(config.hash_seed), GRND_NONBLOCK) < 0)
                config.hash_seed = d->self.incarnation; /* no entropy yet, so early in the boot */
        return core_new(&config, &d->core);
}

static int open_engine(Domain *d) {
        const EngineCallbacks callbacks = { .deliver = deliver, .delivered = delivered };

        int r = engine_local_open(d->event, d->self, &callbacks, d, &d->engine);

        engine_is_there(&d->times);
        return r;
}

int domain_open(Domain *d, sd_event *event, NodeId self, const char *syspar, const DomainHooks *hooks,
                void *userdata) {
        int r;

        *d = (Domain){
                .event = event, .self = self, .syspar = syspar, .hooks = *hooks, .userdata = userdata
        };
        d->limits = (RateLimit){ .interval = 10 * USEC_PER_SEC, .burst = 5 };
        phases_init(&d->phases, event, on_limit, rank, d);
        scripts_init(&d->scripts, event, on_script_result, d);

        r = open_core(d);
        return r < 0 ? r : open_engine(d);
}

void domain_set_server(Domain *d, SessionServer *server) {
        d->server = server;
}

void domain_end(Domain *d) {
        const CoreSink sink = sink_of(d);

        if (d->ended)
                return;
        d->ended = true;
        (void) core_abandon(d->core, GS_GROUP_SERVICES_HAS_DIED_HORRIBLY, &sink);
        phases_done(&d->phases);
        scripts_done(&d->scripts);
}

void domain_done(Domain *d) {
        phases_done(&d->phases);
        scripts_done(&d->scripts);
        d->engine = engine_close(d->engine);
        d->core = core_free(d->core);
}
