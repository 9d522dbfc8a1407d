/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Subscribers of this node (gsapi.md 5.8, stream.md 3): they see approved results only, and nobody sees
 * them.
 */

#include <string.h>

#include "core/state.h"

#define MEMBERSHIP_BITS (GS_SUBSCRIBE_MEMBERSHIP | GS_SUBSCRIBE_DELTA_JOINS | GS_SUBSCRIBE_DELTA_LEAVES)

static uint64_t subscriber_hash(const Core *core, GsClient client) {
        uint64_t word = (uint64_t) client.connection << 32 | (uint32_t) client.token;

        return hash_words(core->config.hash_seed, &word, 1);
}

/* Notify one: `type` says which of the fields are valid, the others are emptied (gsapi.md 5.8). */
static void tell(Core *core, const Subscriber *to, CoreNotification n, uint32_t type) {
        n.type = GS_SUBSCRIPTION_NOTIFICATION;
        n.request = GS_SUBSCRIPTION;
        n.subscription_type = type;
        if (!(type & GS_SUBSCRIBE_STATE))
                n.state = (GsBytes){};
        if (!(type & GS_SUBSCRIBE_MEMBERSHIP)) {
                n.n_current = 0;
                n.current = NULL;
        }
        if (!(type & (GS_SUBSCRIBE_DELTA_JOINS | GS_SUBSCRIBE_DELTA_LEAVES))) {
                n.n_changing = 0;
                n.changing = NULL;
        }
        if (!(type & GS_SUBSCRIPTION_SPECIAL_DATA))
                n.deaths = NULL;
        if (core->sink->notify)
                core->sink->notify(core->sink->userdata, to->client, &n);
}

static CoreNotification data_of(const Group *group) {
        return (CoreNotification){
                .group_name = group->attributes.group,
                .group = group->id,
                .n_current = group->n_members,
                .current = group->names,
                .state = store_bytes(&group->state),
        };
}

/* gsapi.md 4.1: sent only when at least one adapter was deconfigured rather than failed. */
static int deaths_of(const Group *group, const Protocol *p, uint32_t **ret) {
        uint32_t *deaths;
        bool any = false;

        for (uint32_t i = 0; i < p->n_changing && group->system && protocol_removes(p) && !any; i++)
                any = p->leaves[i].reasons == GS_VOLUNTARY_LEAVE;
        if (!any)
                return 0;

        deaths = calloc(p->n_changing, sizeof(*deaths));
        if (!deaths)
                return -ENOMEM;
        for (uint32_t i = 0; i < p->n_changing; i++)
                deaths[i] = p->leaves[i].reasons == GS_VOLUNTARY_LEAVE;
        *ret = deaths;
        return 0;
}

/* gsapi.md 2.8, 5.8: after an approved protocol that changed what a subscriber selected. */
int subscribers_tell(Core *core, const Group *group, const Protocol *p, uint32_t changed) {
        _cleanup_(freep) uint32_t *deaths = NULL;
        CoreNotification n;
        uint32_t type = 0;

        if (!group->subscribers)
                return 0;
        if (deaths_of(group, p, &deaths) < 0)
                return -ENOMEM;

        if (changed & GS_UPDATED_STATE_VALUE)
                type |= GS_SUBSCRIBE_STATE;
        if (changed & GS_UPDATED_MEMBERSHIP)
                type |= GS_SUBSCRIBE_MEMBERSHIP |
                        (p->request == GS_JOIN ? GS_SUBSCRIBE_DELTA_JOINS : GS_SUBSCRIBE_DELTA_LEAVES);
        n = data_of(group);
        n.n_changing = p->n_changing;
        n.changing = p->names;
        n.deaths = deaths;

        for (const Subscriber *s = group->subscribers; s; s = s->next) {
                uint32_t selected = type & s->control;

                if (selected & GS_SUBSCRIBE_DELTA_LEAVES && deaths)
                        tell(core, s, n, selected | GS_SUBSCRIPTION_SPECIAL_DATA);
                else if (selected != 0)
                        tell(core, s, n, selected);
        }
        return 0;
}

static void subscriber_free(Core *core, Subscriber *subscriber) {
        Subscriber **at = &subscriber->group->subscribers;

        while (*at != subscriber)
                at = &(*at)->next;
        *at = subscriber->next;
        table_remove(&core->subscribers, &subscriber->link);
        free(subscriber);
}

/* gsapi.md 3.9, 5.8: a last notification; the token is dead after it. */
void subscribers_end(Core *core, Group *group, uint32_t type) {
        while (group->subscribers) {
                Subscriber *s = group->subscribers;
                GsClient client = s->client;
                CoreNotification n = { .group_name = group->attributes.group, .group = group->id };

                tell(core, s, n, type);
                subscriber_free(core, s);
                if (core->sink->token_dead)
                        core->sink->token_dead(core->sink->userdata, client);
        }
}

/*
 * stream.md 3: accepted between two applies; the first notification shows the state at that point, in full.
 */
int core_subscribe(Core *core, GsClient client, uint32_t control, const char *name, const CoreSink *sink) {
        Group *group = group_find(core, name);
        _cleanup_(freep) Subscriber *s = NULL;
        Subscriber **at;

        if (core->poisoned)
                return -ENOMEM;
        if (!core->established)
                return CORE_E_NOT_ESTABLISHED;
        if (!system_name_exact(name) && (!group || group->n_members == 0))
                return CORE_E_UNKNOWN_GROUP;

        s = calloc(1, sizeof(*s));
        if (!s || group_get(core, name, &group) < 0)
                return -ENOMEM;
        if (table_insert(&core->subscribers, &s->link, subscriber_hash(core, client)) < 0) {
                group_settle(core, group);
                return -ENOMEM;
        }

        s->client = client;
        s->control = control;
        s->group = group;
        for (at = &group->subscribers; *at; at = &(*at)->next)
                ;
        *at = TAKE_PTR(s);

        core_listen(core, sink);
        tell(core, *at, data_of(group),
                        (control & GS_SUBSCRIBE_STATE) |
                                        (control & MEMBERSHIP_BITS ? GS_SUBSCRIBE_MEMBERSHIP : 0));
        core->sink = NULL;
        return 0;
}

void core_unsubscribe(Core *core, GsClient client) {
        TableLink *link = table_find(&core->subscribers, subscriber_hash(core, client));

        for (; link; link = table_find_next(link)) {
                Subscriber *s = (Subscriber *) link;
                Group *group = s->group;

                if (s->client.connection == client.connection && s->client.token == client.token) {
                        subscriber_free(core, s);
                        group_settle(core, group);
                        return;
                }
        }
}

void core_unsubscribe_all(Core *core, uint32_t connection) {
        TableLink *link = table_each(&core->subscribers, NULL);

        while (link) {
                GsClient client = ((Subscriber *) link)->client;

                if (client.connection != connection)
                        link = table_each(&core->subscribers, link);
                else {
                        core_unsubscribe(core, client);
                        link = table_each(&core->subscribers, NULL);
                }
        }
}
