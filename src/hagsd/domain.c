/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is known of the domain: see domain.h. */

#include "hagsd/domain.h"

#include <string.h>

#include "util/macro.h"

void domain_establish_local(Domain *d, unsigned node_number, uint64_t incarnation) {
        *d = (Domain){
                .state = DOMAIN_ESTABLISHED,
                .founder = (uint16_t) node_number,
                .founder_incarnation = incarnation,
                .n_up_nodes = 1,
                .up_nodes = { (uint16_t) node_number },
        };
}

void domain_fill_status(const Domain *d, Status *status) {
        status->domain_state = d->state;
        status->domain_node = d->founder;
        status->domain_incarnation = d->founder_incarnation;
        status->n_up_nodes = d->n_up_nodes;
        memcpy(status->up_nodes, d->up_nodes, d->n_up_nodes * sizeof(d->up_nodes[0]));
}

static const char *plural(unsigned n) {
        return n == 1 ? "" : "s";
}

char *domain_describe(const Domain *d, const char *syspar, unsigned n_clients) {
        char founder[32] = "", *text;

        if (d->state == DOMAIN_ESTABLISHED)
                (void) snprintf(founder, sizeof(founder), " by node %u", (unsigned) d->founder);

        if (asprintf(&text, "Domain %s %s%s; %u group%s, %u client%s", syspar,
                            domain_state_to_string(d->state), founder, d->n_groups, plural(d->n_groups),
                            n_clients, plural(n_clients)) < 0)
                return NULL;
        return text;
}
