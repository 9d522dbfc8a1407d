/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The simulated network: net.h says what it promises. */

#include <assert.h>
#include <stdlib.h>

#include "net.h"
#include "util/macro.h"

typedef struct Queue {
        NetItem *items;
        uint32_t first, end, size;
} Queue;

/* A view with the order of its frames. It lives for as long as a node is in it. */
typedef struct Order {
        NetView view;
        Queue frames; /* `first` stays 0: each member has its own position */
        struct Order *next;
} Order;

typedef struct NetNode {
        bool up;
        uint64_t incarnation;
        Order *order;
        uint32_t received; /* how many frames of the order have come */
        Queue outbox, inbox;
} NetNode;

struct Net {
        uint64_t last_ring;
        NetNode nodes[NET_NODES_MAX];
        Order *orders;
};

static void queue_push(Queue *q, const NetItem *item) {
        if (q->first > 0 && q->first == q->end)
                q->first = q->end = 0;
        if (q->end == q->size) {
                q->size = q->size > 0 ? q->size * 2 : 32;
                q->items = realloc(q->items, q->size * sizeof(*q->items));
                assert(q->items);
        }
        q->items[q->end++] = *item;
}

static bool queue_pop(Queue *q, NetItem *ret) {
        if (q->first == q->end)
                return false;
        *ret = q->items[q->first++];
        return true;
}

static void queue_clear(Queue *q) {
        free(q->items);
        *q = (Queue) {};
}

Net *net_new(void) {
        Net *net = calloc(1, sizeof(*net));

        assert(net);
        return net;
}

static void orders_collect(Net *net, bool all) {
        Order **link = &net->orders;

        while (*link) {
                Order *o = *link;
                bool used = false;

                for (uint16_t n = 1; n < NET_NODES_MAX && !all; n++)
                        used = used || (net->nodes[n].up && net->nodes[n].order == o);
                if (used) {
                        link = &o->next;
                        continue;
                }
                *link = o->next;
                queue_clear(&o->frames);
                free(o);
        }
}

Net *net_free(Net *net) {
        if (!net)
                return NULL;
        for (uint16_t n = 0; n < NET_NODES_MAX; n++) {
                queue_clear(&net->nodes[n].inbox);
                queue_clear(&net->nodes[n].outbox);
        }
        orders_collect(net, true);
        free(net);
        return NULL;
}

static Order *order_new(Net *net, const NetView *view) {
        Order *o = calloc(1, sizeof(*o));

        assert(o);
        o->view = *view;
        o->view.ring = ++net->last_ring;
        o->next = net->orders;
        net->orders = o;
        return o;
}

static void node_enter(NetNode *node, Order *order) {
        node->order = order;
        node->received = 0;
        queue_push(&node->inbox, &(NetItem) { .type = NET_CHANGE, .view = order->view });
}

void net_start(Net *net, uint16_t node, uint64_t incarnation) {
        NetNode *n = net->nodes + node;

        assert(!n->up);
        n->up = true;
        n->incarnation = incarnation;
        node_enter(n, order_new(net, &(NetView) { .n_members = 1, .members = { node } }));
}

void net_kill(Net *net, uint16_t node) {
        NetNode *n = net->nodes + node;

        n->up = false;
        n->order = NULL;
        queue_clear(&n->inbox);
        queue_clear(&n->outbox);
}

/*
 * The members of `order` that go together into one next view: all receive what any of them has received, and
 * of the rest the same choice, which has every frame that one of themselves sent. Node numbers are bits.
 */
static void flush_together(Net *net, Rng *rng, const Order *order, uint32_t together) {
        bool hole = false;
        uint32_t cut = 0;

        for (uint16_t n = 1; n < NET_NODES_MAX; n++)
                if (together & (1u << n) && net->nodes[n].received > cut)
                        cut = net->nodes[n].received;

        for (uint32_t i = 0; i < order->frames.end; i++) {
                const NetItem *frame = order->frames.items + i;

                /* After the first frame that is lost no other sender's can be trusted to keep its causes. */
                if (i >= cut && !(together & (1u << frame->sender)) && (hole = hole || rng_chance(rng, 30)))
                        continue;
                for (uint16_t n = 1; n < NET_NODES_MAX; n++)
                        if (together & (1u << n) && i >= net->nodes[n].received)
                                queue_push(&net->nodes[n].inbox, frame);
        }
}

static bool is_current(const Net *net, const NetView *view) {
        const Order *order = net->nodes[view->members[0]].order;

        for (uint32_t i = 0; i < view->n_members; i++)
                if (net->nodes[view->members[i]].order != order)
                        return false;
        return order->view.n_members == view->n_members;
}

static void reform_one(Net *net, Rng *rng, const NetView *view) {
        uint32_t left = 0;
        Order *new;

        if (is_current(net, view))
                return;

        for (uint32_t i = 0; i < view->n_members; i++)
                left |= 1u << view->members[i];

        new = order_new(net, view);
        while (left) {
                uint16_t first = (uint16_t) __builtin_ctz(left);
                uint32_t together = 0;

                for (uint16_t n = first; n < NET_NODES_MAX; n++)
                        if (left & (1u << n) && net->nodes[n].order == net->nodes[first].order)
                                together |= 1u << n;
                flush_together(net, rng, net->nodes[first].order, together);
                left &= ~together;
        }

        for (uint32_t i = 0; i < view->n_members; i++)
                node_enter(net->nodes + view->members[i], new);
}

void net_reform(Net *net, Rng *rng, const uint8_t color[NET_NODES_MAX]) {
        bool done[NET_NODES_MAX] = {};

        for (uint16_t i = 1; i < NET_NODES_MAX; i++) {
                NetView view = {};

                if (!net->nodes[i].up || done[i])
                        continue;
                for (uint16_t k = i; k < NET_NODES_MAX; k++)
                        if (net->nodes[k].up && !done[k] && color[k] == color[i]) {
                                view.members[view.n_members++] = k;
                                done[k] = true;
                        }
                reform_one(net, rng, &view);
        }
        orders_collect(net, false);
}

void net_send(Net *net, uint16_t node, uint32_t frame) {
        NetNode *n = net->nodes + node;

        queue_push(&n->outbox, &(NetItem) { .type = NET_FRAME,
                                               .sender = node,
                                               .sender_incarnation = n->incarnation,
                                               .frame = frame });
}

bool net_order(Net *net, uint16_t node) {
        NetNode *n = net->nodes + node;
        NetItem item;

        if (!n->up || !queue_pop(&n->outbox, &item))
                return false;
        queue_push(&n->order->frames, &item);
        return true;
}

bool net_receive(Net *net, uint16_t node) {
        NetNode *n = net->nodes + node;

        if (!n->up || n->received == n->order->frames.end)
                return false;
        queue_push(&n->inbox, n->order->frames.items + n->received++);
        return true;
}

bool net_consume(Net *net, uint16_t node, NetItem *ret) {
        return net->nodes[node].up && queue_pop(&net->nodes[node].inbox, ret);
}

bool net_quiet(const Net *net, uint16_t node) {
        const NetNode *n = net->nodes + node;

        return !n->up || (n->outbox.first == n->outbox.end && n->inbox.first == n->inbox.end &&
                                         n->received == n->order->frames.end);
}
