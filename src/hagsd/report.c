/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What diagnostics are told: see report.h. */

#include "hagsd/report.h"

#include "hagsd/trace.h"
#include "util/clock.h"

/* What the visit of groups carries along. */
typedef struct Teller {
        const Domain *domain;
        const ReportQuestion *question;
        ReportSink *sink;
        NodeId established_by;
} Teller;

/* Who is behind a provider or subscriber; nobody if that is another node's, or has gone. */
static void find_process(const Teller *t, NodeId node, GsClient client, pid_t *ret_pid, uid_t *ret_uid) {
        const Domain *d = t->domain;
        SessionInfo info;

        if (!node_id_equal(node, d->self) || !d->server ||
                        !session_server_find(d->server, client.connection, &info))
                return;
        *ret_pid = info.pid;
        *ret_uid = info.uid;
}

/* ---- groups ---- */

static int tell_provider(const Teller *t, const CoreProviderInfo *p) {
        static const ReportBallot ballots[] = {
                [CORE_BALLOT_NONE] = REPORT_BALLOT_NONE,
                [CORE_BALLOT_WAITING] = REPORT_BALLOT_WAITING,
                [CORE_BALLOT_VOTED] = REPORT_BALLOT_VOTED,
                [CORE_BALLOT_FAILED] = REPORT_BALLOT_FAILED,
                [CORE_BALLOT_SCRIPT] = REPORT_BALLOT_SCRIPT,
        };
        ReportRecord record = {
                .kind = REPORT_KIND_PROVIDER,
                .provider = {
                                .name = p->name,
                                .incarnation = p->node.incarnation,
                                .client = p->client,
                                .leave_reasons = p->leave_reasons,
                                .target = p->target,
                                .ballot = ballots[p->ballot],
                                .vote = p->vote,
                },
        };

        find_process(t, p->node, p->client, &record.provider.pid, &record.provider.uid);
        return report_sink_put(t->sink, &record);
}

static int tell_subscriber(const Teller *t, const CoreSubscriberInfo *s) {
        ReportRecord record = {
                .kind = REPORT_KIND_SUBSCRIBER,
                .subscriber = { .client = s->client, .control = s->control },
        };

        find_process(t, t->domain->self, s->client, &record.subscriber.pid, &record.subscriber.uid);
        return report_sink_put(t->sink, &record);
}

static ReportGroup group_record(const Teller *t, const CoreGroupInfo *g) {
        ReportGroup record = {
                .attributes = *g->attributes,
                .id = g->group,
                .system = g->system,
                .fence = report_fence(t->established_by, g->reign),
                .state = g->state,
                .n_members = g->n_members,
                .n_trial = g->n_providers - g->n_members - g->n_queued_joins,
                .n_joins = g->n_queued_joins,
                .n_leaves = g->n_queued_leaves,
                .n_reflections = g->n_queued_reflections,
                .n_subscribers = g->n_local_subscribers,
                .running = g->running,
        };

        if (g->running)
                record.protocol = (ReportProtocol){
                        .request = g->request,
                        .sequence = g->phase.protocol,
                        .phase = g->phase.phase,
                        .limit = g->limit,
                        .age = phases_age(&t->domain->phases, g->group),
                        .default_vote = g->default_vote,
                        .proposed_by = g->proposed_by,
                        .proposed_state = g->proposed_state,
                };
        return record;
}

static int tell_group(void *userdata, const CoreGroupInfo *g) {
        const Teller *t = userdata;
        uint8_t parts = t->question->parts;
        int r;

        if (parts & REPORT_RUNNING && !g->running)
                return 0;

        r = report_sink_put(
                        t->sink, &(ReportRecord){ .kind = REPORT_KIND_GROUP, .group = group_record(t, g) });
        for (uint32_t i = 0; parts & REPORT_PROVIDERS && i < g->n_providers && r >= 0; i++)
                r = tell_provider(t, &g->providers[i]);
        for (uint32_t i = 0; parts & REPORT_SUBSCRIBERS && i < g->n_local_subscribers && r >= 0; i++)
                r = tell_subscriber(t, &g->local_subscribers[i]);
        return r;
}

/* ---- the domain ---- */

static ReportMoment report_moment(DomainMoment moment) {
        if (moment.real == 0)
                return (ReportMoment){};
        return (ReportMoment){ .at = moment.real, .age = clock_usec(CLOCK_MONOTONIC) - moment.monotonic };
}

static int tell_domain(const Daemon *d, const CoreInfo *info, ReportSink *sink) {
        const DomainTimes *times = &d->domain.times;
        ReportRecord record = {
                .kind = REPORT_KIND_DOMAIN,
                .domain = {
                                .release = HAGS_VERSION,
                                .self = d->domain.self,
                                .pid = (uint32_t) getpid(),
                                .started = report_moment((DomainMoment){ d->started, d->started_monotonic }),
                                .engine_took = times->engine - d->started_monotonic,
                                .state = domain_state(info),
                                .domain = info->domain,
                                .established = report_moment(times->established),
                                .view = report_moment(times->view),
                                .epoch = info->epoch,
                                .position = info->position,
                                .n_dropped = info->n_dropped,
                                .n_held = info->n_held,
                                .n_groups = info->n_groups,
                                .n_providers = info->n_providers,
                                .n_subscribers = info->n_local_subscribers,
                                .n_clients = session_server_clients(d->server) - 1, /* the one that asks */
                                .trace = trace_get(),
                },
        };

        (void) snprintf(record.domain.syspar, sizeof(record.domain.syspar), "%s", d->syspar);
        if (times->established.real > 0)
                record.domain.established_took = times->established.monotonic - times->engine;
        return report_sink_put(sink, &record);
}

static int tell_nodes(const Core *core, ReportSink *sink) {
        NodeId nodes[EVENT_NODES_MAX];
        size_t n = core_nodes(core, nodes);
        int r = 0;

        for (size_t i = 0; i < n && r >= 0; i++)
                r = report_sink_put(sink, &(ReportRecord){ .kind = REPORT_KIND_NODE, .node = nodes[i] });
        return r;
}

int daemon_report(Daemon *d, const ReportQuestion *question, ReportSink *sink) {
        Teller teller = { .domain = &d->domain, .question = question, .sink = sink };
        const Core *core = d->domain.core;
        CoreInfo info;
        int r;

        core_info(core, &info);
        teller.established_by = info.domain;

        r = tell_domain(d, &info, sink);
        if (r >= 0)
                r = tell_nodes(core, sink);
        if (r < 0 || !(question->parts & REPORT_GROUPS))
                return r;
        return question->group[0] ? core_visit_group_named(core, question->group, tell_group, &teller)
                                  : core_each_group(core, tell_group, &teller);
}
