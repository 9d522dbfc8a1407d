/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is told of the domain, to clients that ask and to systemctl status: see domain.h. */

#include <inttypes.h>
#include <string.h>

#include "hagsd/domain.h"
#include "log/log.h"
#include "util/clock.h"
#include "util/macro.h"

/* A protocol that takes no longer is not worth a word. The text is made anew no sooner than after that. */
#define WAITING_USEC USEC_PER_SEC
#define NAMES_MAX 4

DomainState domain_state(const CoreInfo *info) {
        if (info->domain.number == 0 && info->domain.incarnation == 0)
                return DOMAIN_NOT_ESTABLISHED;
        return info->halted ? DOMAIN_NO_QUORUM : DOMAIN_ESTABLISHED;
}

static int compare_numbers(const void *a, const void *b) {
        return *(const uint16_t *) a - *(const uint16_t *) b;
}

void domain_fill_status(const Domain *d, Status *status) {
        NodeId nodes[EVENT_NODES_MAX];
        CoreInfo info;

        core_info(d->core, &info);
        status->domain_state = domain_state(&info);
        status->domain_node = info.domain.number;
        status->domain_incarnation = info.domain.incarnation;
        status->has_counts = true;
        status->n_groups = info.n_groups;
        status->n_providers = info.n_providers;
        status->n_subscribers = info.n_local_subscribers;

        status->n_up_nodes = (uint16_t) core_nodes(d->core, nodes);
        for (unsigned i = 0; i < status->n_up_nodes; i++)
                status->up_nodes[i] = nodes[i].number;
        qsort(status->up_nodes, status->n_up_nodes, sizeof(status->up_nodes[0]), compare_numbers);
}

/* ---- one line ---- */

static const char *plural(uint32_t n) {
        return n == 1 ? "" : "s";
}

static bool is_waited_for(const CoreProviderInfo *p) {
        return p->ballot == CORE_BALLOT_WAITING || p->ballot == CORE_BALLOT_SCRIPT;
}

/* "join in group db waits for 1/0, 2/0 and 3 more" */
static int describe_waiting(void *userdata, const CoreGroupInfo *g) {
        FILE *out = userdata;
        uint32_t n = 0;

        if (!g->running)
                return 0;

        (void) fprintf(out, "%s in group %s waits for", gs_request_to_string(g->request),
                        g->attributes->group);
        for (uint32_t i = 0; i < g->n_providers; i++) {
                const CoreProviderInfo *p = &g->providers[i];

                if (!is_waited_for(p) || n++ >= NAMES_MAX)
                        continue;
                (void) fprintf(out, "%s %s%u/%u", n > 1 ? "," : "",
                                p->ballot == CORE_BALLOT_SCRIPT ? "the deactivate script of " : "",
                                p->name.instance, p->name.node);
        }
        if (n > NAMES_MAX)
                (void) fprintf(out, " and %" PRIu32 " more", n - NAMES_MAX);
        return 0;
}

static int log_waiting(_unused_ void *userdata, const CoreGroupInfo *g) {
        _cleanup_(freep) char *text = NULL;
        size_t size = 0;
        FILE *out;

        out = open_memstream(&text, &size);
        if (!out)
                return 0;
        (void) describe_waiting(out, g);
        if (fclose(out) == 0 && size > 0)
                log_group(LOG_NOTICE, g->attributes->group, "A time limit of %u s has passed: %s", g->limit,
                                text);
        return 0;
}

void domain_log_limit(Domain *d, const EventPhase *phase) {
        uint64_t now = clock_usec(CLOCK_MONOTONIC), n;

        n = ratelimit_collect(&d->limits, now);
        if (n > 0)
                log_notice("%" PRIu64 " more time limits have passed and were not logged one by one", n);
        if (ratelimit_pass(&d->limits, now))
                (void) core_visit_group(d->core, phase->group, log_waiting, NULL);
}

char *domain_describe(const Domain *d, unsigned n_clients) {
        uint64_t waiting = phases_waiting(&d->phases, WAITING_USEC);
        char *text = NULL;
        size_t size = 0;
        CoreInfo info;
        FILE *out;

        out = open_memstream(&text, &size);
        if (!out)
                return NULL;

        core_info(d->core, &info);
        (void) fprintf(out, "Domain %s %s", d->syspar, domain_state_to_string(domain_state(&info)));
        if (domain_state(&info) == DOMAIN_ESTABLISHED)
                (void) fprintf(out, " by node %u", (unsigned) info.domain.number);
        (void) fprintf(out, "; %" PRIu32 " group%s, %" PRIu32 " provider%s, %u client%s", info.n_groups,
                        plural(info.n_groups), info.n_providers, plural(info.n_providers), n_clients,
                        plural(n_clients));
        if (waiting > 0) {
                (void) fputs("; ", out);
                (void) core_visit_group(d->core, waiting, describe_waiting, out);
        }

        if (fclose(out) == 0)
                return text;
        free(text);
        return NULL;
}
