/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Providers, the connections that hold them, and the queues that they wait in. A provider is known by node,
 * incarnation, connection and token; clients know it by instance and node (stream.md 3).
 */

#include "core/state.h"

static uint64_t client_hash(const Core *core, NodeId node, uint32_t connection) {
        uint64_t words[] = { node.incarnation, (uint64_t) node.number << 32 | connection };

        return hash_words(core->config.hash_seed, words, ELEMENTSOF(words));
}

/* The hash of its client goes in first, so that a provider's needs no more than its token. */
static uint64_t provider_hash(uint64_t client, int32_t token) {
        uint64_t word = (uint32_t) token;

        return hash_words(client, &word, 1);
}

Client *client_find(const Core *core, NodeId node, uint32_t connection) {
        TableLink *link = table_find(&core->clients, client_hash(core, node, connection));

        for (; link; link = table_find_next(link)) {
                Client *client = (Client *) link;

                if (node_id_equal(client->node, node) && client->connection == connection)
                        return client;
        }
        return NULL;
}

static int client_get(Core *core, NodeId node, uint32_t connection, Client **ret) {
        _cleanup_(freep) Client *client = NULL;
        Client *known = client_find(core, node, connection);

        if (known) {
                *ret = known;
                return 0;
        }

        client = calloc(1, sizeof(*client));
        if (!client)
                return -ENOMEM;
        client->node = node;
        client->connection = connection;
        if (table_insert(&core->clients, &client->link, client_hash(core, node, connection)) < 0)
                return -ENOMEM;

        *ret = TAKE_PTR(client);
        return 0;
}

static void client_settle(Core *core, Client *client) {
        if (client->providers)
                return;
        table_remove(&core->clients, &client->link);
        free(client);
}

Provider *provider_find(const Core *core, NodeId node, GsClient client) {
        uint64_t hash = provider_hash(client_hash(core, node, client.connection), client.token);

        for (TableLink *link = table_find(&core->providers, hash); link; link = table_find_next(link)) {
                Provider *p = (Provider *) link;

                if (p->token == client.token && p->client->connection == client.connection &&
                                node_id_equal(p->client->node, node))
                        return p;
        }
        return NULL;
}

int provider_new(Core *core, Group *group, NodeId node, GsClient client, GsProvider name, Provider **ret) {
        _cleanup_(freep) Provider *p = calloc(1, sizeof(*p));
        Client *c;

        if (!p || client_get(core, node, client.connection, &c) < 0)
                return -ENOMEM;
        if (table_insert(&core->providers, &p->link, provider_hash(c->link.hash, client.token)) < 0) {
                client_settle(core, c);
                return -ENOMEM;
        }

        p->group = group;
        p->name = name;
        p->order = UINT32_MAX;
        p->token = client.token;
        p->client = c;
        p->client_next = c->providers;
        p->client_at = &c->providers;
        if (p->client_next)
                p->client_next->client_at = &p->client_next;
        c->providers = p;
        *ret = TAKE_PTR(p);
        return 0;
}

void provider_free(Core *core, Provider *p) {
        if (p->leave == LEAVE_QUEUED)
                queue_remove(&p->group->leaves, p);
        *p->client_at = p->client_next;
        if (p->client_next)
                p->client_next->client_at = p->client_at;
        table_remove(&core->providers, &p->link);
        client_settle(core, p->client);
        free(p);
}

void queue_append(Queue *queue, Provider *p) {
        p->queue_next = NULL;
        if (queue->last)
                queue->last->queue_next = p;
        else
                queue->first = p;
        queue->last = p;
        queue->n++;
}

Provider *queue_take(Queue *queue) {
        Provider *p = queue->first;

        queue_remove(queue, p);
        return p;
}

void queue_remove(Queue *queue, Provider *p) {
        Provider *before = NULL;
        Provider **at = &queue->first;

        for (; *at != p; at = &before->queue_next)
                before = *at;
        *at = p->queue_next;
        if (queue->last == p)
                queue->last = before;
        p->queue_next = NULL;
        queue->n--;
}
