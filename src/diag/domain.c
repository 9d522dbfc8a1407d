/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hagsns: the domain, after the layout of PSSP's name server status (pssp-facts.md section 5). */

#include <inttypes.h>

#include "diag/json.h"
#include "diag/programs.h"
#include "diag/text.h"

/* ---- text ---- */

/* " on Jun 19 18:34:20, (10d 20:19:22) ago" */
static void put_moment(FILE *to, const ReportMoment *moment) {
        (void) fputs(" on ", to);
        text_put_time(to, moment->at);
        (void) fputs(", (", to);
        text_put_span(to, moment->age);
        (void) fputs(") ago", to);
}

/* PSSP's words for what its name server was; here nobody is in doubt but for these reasons. */
static const char *certainty(DomainState state) {
        static const char *const words[_DOMAIN_STATE_MAX] = {
                [DOMAIN_NOT_ESTABLISHED] = "kUncertain",
                [DOMAIN_ESTABLISHED] = "kCertain",
                [DOMAIN_RECOVERING] = "kRecovering",
                [DOMAIN_NO_QUORUM] = "kNoQuorum",
        };

        return words[state];
}

static void print_times(FILE *to, const ReportDomain *d) {
        (void) fputs("Process started", to);
        put_moment(to, &d->started);
        (void) fputs(". HB connection took (", to);
        text_put_span(to, d->engine_took);
        (void) fputs(").\n", to);
        if (d->established.at == 0)
                return;

        (void) fputs("Initial NS certainty", to);
        put_moment(to, &d->established);
        (void) fputs(", taking (", to);
        text_put_span(to, d->established_took);
        (void) fputs(").\nOur current epoch of ", to);
        text_put_time(to, d->view.at);
        (void) fputs(" started on (", to);
        text_put_span(to, d->view.age);
        (void) fputs("), ago.\n", to);
}

static int compare_nodes(const void *a, const void *b) {
        return ((const NodeId *) a)->number - ((const NodeId *) b)->number;
}

static int print_nodes(FILE *to, const Answer *a) {
        _cleanup_(freep) NodeId *nodes = calloc(a->n_nodes + 1, sizeof(*nodes));
        TextList list = { .to = to, .title = "List of UP nodes: " };

        if (!nodes)
                return -ENOMEM;
        for (uint32_t i = 0; i < a->n_nodes; i++)
                nodes[i] = a->nodes[i];
        qsort(nodes, a->n_nodes, sizeof(*nodes), compare_nodes);

        (void) fprintf(to, "Number of UP nodes: %" PRIu32 "\n", a->n_nodes);
        for (uint32_t i = 0; i < a->n_nodes; i++)
                text_list_put(&list, "%u", (unsigned) nodes[i].number);
        text_list_end(&list);
        return 0;
}

static void print_more(FILE *to, const Answer *a) {
        const ReportDomain *d = &a->domain;
        TextList list = { .to = to, .title = "UP nodes by rank (node.incarnation):" };

        for (uint32_t i = 0; i < a->n_nodes; i++)
                text_list_put(&list, "%u.%" PRIu64, (unsigned) a->nodes[i].number, a->nodes[i].incarnation);
        text_list_end(&list);
        (void) fprintf(to,
                        "Number of groups: %" PRIu32 ", of providers: %" PRIu32 "\n"
                        "Number of local clients: %" PRIu32 ", of local subscribers: %" PRIu32 "\n"
                        "Events of the stream: %" PRIu64 " in epoch %" PRIu64 ", %" PRIu32
                        " held for quorum, %" PRIu64 " without effect\n"
                        "Tracing: %s\n",
                        d->n_groups, d->n_providers, d->n_clients, d->n_subscribers, d->position, d->epoch,
                        d->n_held, d->n_dropped, trace_level_to_string(d->trace));
}

static int print_domain(FILE *to, const Answer *a, const CommandLine *l) {
        const ReportDomain *d = &a->domain;
        int r;

        (void) fprintf(to, "HA GS NameServer Status\nNodeId=%u.%" PRIu64 ", pid=%" PRIu32, d->self.number,
                        d->self.incarnation, d->pid);
        if (d->established.at > 0)
                (void) fprintf(to, ", domainId=%u.%" PRIu64, d->domain.number, d->domain.incarnation);
        (void) fprintf(to, ", NS %s, CodeLevel=hags-%s\nNS state=%s\n", domain_state_to_string(d->state),
                        d->release, certainty(d->state));
        print_times(to, d);
        r = print_nodes(to, a);
        if (r == 0 && l->longer)
                print_more(to, a);
        return r;
}

/* ---- JSON ---- */

static void fill_domain(json_t **object, const Answer *a, _unused_ const CommandLine *l) {
        const ReportDomain *d = &a->domain;

        json_put(object, "release", json_string(d->release));
        json_put(object, "pid", json_integer(d->pid));
        json_put(object, "started_at", json_time(d->started.at));
        json_put(object, "uptime_us", json_number(d->started.age));
        json_put(object, "engine_took_us", json_number(d->engine_took));
        json_put(object, "established_took_us", json_number(d->established_took));
        json_put(object, "trace", json_string(trace_level_to_string(d->trace)));
        json_put(object, "groups", json_integer(d->n_groups));
        json_put(object, "providers", json_integer(d->n_providers));
        json_put(object, "subscribers", json_integer(d->n_subscribers));
        json_put(object, "clients", json_integer(d->n_clients));
        json_put(object, "events_held", json_integer(d->n_held));
        json_put(object, "events_dropped", json_number(d->n_dropped));
}

const Program program_hagsns = {
        .name = "hagsns",
        .purpose = "Show the domain that hagsd of a partition is in.",
        .print = print_domain,
        .fill_json = fill_domain,
};
