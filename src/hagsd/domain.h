/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What is known of the domain, for those who ask: established or not and by which node, and who is up. The
 * engine keeps it up to date; the embedded one, of one host, establishes it at once by this node.
 */

#include "wire/status.h"

typedef struct Domain {
        DomainState state;
        uint16_t founder; /* the node that established it, and its incarnation */
        uint64_t founder_incarnation;
        unsigned n_groups;
        uint16_t n_up_nodes;
        uint16_t up_nodes[STATUS_NODES_MAX]; /* ascending */
} Domain;

void domain_establish_local(Domain *d, unsigned node_number, uint64_t incarnation);

/* Fill in what a status tells of the domain. */
void domain_fill_status(const Domain *d, Status *status);

/* One line for people: `Domain sp_prod established by node 0; 2 groups, 5 clients`. Free it; NULL without
 * memory. */
char *domain_describe(const Domain *d, const char *syspar, unsigned n_clients);
