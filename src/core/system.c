/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The groups that Group Services itself provides (gsapi.md 1.8): hosts from the views, adapters from LINKS.
 * Their members are providers of a connection that no client has, and go the way of all providers: joins and
 * leaves, one-phase.
 */

#include <string.h>

#include "core/state.h"

#define HOST_GROUP "HostMembership"

static const char *const link_groups[_LINK_KIND_MAX] = {
        [LINK_ENET] = "enMembership",
        [LINK_CSS] = "cssMembership",
        [LINK_CSS_RAW] = "cssRawMembership",
        [LINK_TOKEN_RING] = "trMembership",
        [LINK_FDDI] = "fiMembership",
        [LINK_ATM] = "atMembership",
        [LINK_LOOPBACK] = "loMembership",
};

/* HostMembership 1, then the adapters' in the order of LinkKind; 0: no system group. */
uint64_t system_group_id(const char *name) {
        if (strcmp(name, HOST_GROUP) == 0)
                return 1;
        for (unsigned i = 0; i < _LINK_KIND_MAX; i++)
                if (strcmp(name, link_groups[i]) == 0)
                        return 2 + i;
        return 0;
}

bool system_name_exact(const char *name) {
        return system_group_id(name) != 0;
}

/* gsapi.md 7: names beginning with the system groups' names are reserved. */
bool system_name_reserved(const char *name) {
        if (strncmp(name, HOST_GROUP, strlen(HOST_GROUP)) == 0)
                return true;
        for (unsigned i = 0; i < _LINK_KIND_MAX; i++)
                if (strncmp(name, link_groups[i], strlen(link_groups[i])) == 0)
                        return true;
        return false;
}

void system_attributes(const char *name, GsAttributes *ret) {
        *ret = (GsAttributes){
                .batch_control = GS_BATCH_BOTH,
                .num_phases = GS_1_PHASE,
                .reflection_num_phases = GS_1_PHASE,
                .default_vote = GS_VOTE_APPROVE,
                .merge_control = GS_DISSOLVE_MERGE,
        };
        (void) strncpy(ret->group, name, GS_GROUP_NAME_MAX);
}

static GsClient pseudo_client(const Group *group, uint16_t instance) {
        return (GsClient){
                .connection = SYSTEM_CONNECTION,
                .token = (int32_t) (system_group_id(group->attributes.group) << 16 | instance),
        };
}

static int pseudo_join(Core *core, const char *name, NodeId node, uint16_t instance) {
        Provider *known;
        Group *group;
        Provider *p;

        if (group_get(core, name, &group) < 0)
                return -ENOMEM;
        known = provider_find(core, node, pseudo_client(group, instance));
        if (known && !known->failed)
                return 0;
        if (!group->founded) {
                GsAttributes attributes;

                system_attributes(name, &attributes);
                if (group_found(core, group, &attributes) < 0)
                        return -ENOMEM;
        }
        if (provider_new(core, group, node, pseudo_client(group, instance),
                            (GsProvider){ .instance = instance, .node = node.number }, &p) < 0)
                return -ENOMEM;
        queue_append(&group->joins, p);
        group_wake(core, group);
        return 0;
}

int system_hosts_arrive(Core *core, const NodeId *nodes, uint32_t n) {
        int r = 0;

        for (uint32_t i = 0; i < n && r == 0; i++)
                r = pseudo_join(core, HOST_GROUP, nodes[i], 0);
        return r;
}

/* What LINKS says of an adapter; of one that it does not name, that it is down. */
static LinkState link_state(const EventLinks *links, LinkKind kind, uint16_t number) {
        for (unsigned i = links->n_links; i-- > 0;)
                if (links->links[i].kind == kind && links->links[i].number == number)
                        return links->links[i].state;
        return LINK_DOWN;
}

static int links_go(Core *core, Client *client, const EventLinks *links) {
        _cleanup_(freep) Provider **list = NULL;
        size_t n;

        if (client_providers(client, &list, &n) < 0)
                return -ENOMEM;
        providers_sort(list, n);
        for (size_t i = 0; i < n; i++) {
                uint64_t id = system_group_id(list[i]->group->attributes.group);
                LinkState state = id < 2 ? LINK_UP : link_state(links, id - 2, list[i]->name.instance);

                if (state != LINK_UP)
                        provider_fail(core, list[i],
                                        state == LINK_DOWN ? GS_PROVIDER_FAILURE : GS_VOLUNTARY_LEAVE);
        }
        return 0;
}

/* gsapi.md 1.8: all adapters of the sender; those that went leave first, then the new ones join. */
int links_apply(Core *core, const Event *event) {
        const EventLinks *links = &event->links;
        Client *client = client_find(core, event->sender, SYSTEM_CONNECTION);
        int r = 0;

        if (client)
                r = links_go(core, client, links);
        for (unsigned i = 0; i < links->n_links && r == 0; i++) {
                const EventLink *link = &links->links[i];

                if (link_state(links, link->kind, link->number) == LINK_UP)
                        r = pseudo_join(core, link_groups[link->kind], event->sender, link->number);
        }
        return r;
}
