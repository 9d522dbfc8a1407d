/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A simulated network that gives extended virtual synchrony and nothing more:
 *
 *  - in a view there is one order of frames; every member receives a prefix of it, each at its own pace;
 *  - nodes that go together from one view to the next have received the same frames; frames that nobody
 * among them had received yet may be lost, but never their own;
 *  - a frame that was handed over before a change and not ordered yet is ordered in the next view;
 *  - a node can be cut off, or die, between any two frames.
 *
 * The network knows no domain, epoch or state: it carries references to frames that belong to the caller.
 */

#include <stdbool.h>
#include <stdint.h>

#include "rng.h"

#define NET_NODES_MAX 8 /* node numbers 1 to 7 */

typedef struct NetView {
        uint64_t ring; /* never used twice */
        uint32_t n_members;
        uint16_t members[NET_NODES_MAX]; /* ascending */
} NetView;

typedef enum NetItemType {
        NET_FRAME,
        NET_CHANGE,
} NetItemType;

typedef struct NetItem {
        NetItemType type;
        uint16_t sender;
        uint64_t sender_incarnation;
        uint32_t frame; /* the caller's reference */
        NetView view;   /* of a change */
} NetItem;

typedef struct Net Net;

Net *net_new(void);
Net *net_free(Net *net);

/* A node comes up, alone in a view of its own until the next net_reform(); or dies, with all it has not
 * consumed. */
void net_start(Net *net, uint16_t node, uint64_t incarnation);
void net_kill(Net *net, uint16_t node);

/* Put the nodes that share a color into one view each. Nodes whose view would be the same see no change. */
void net_reform(Net *net, Rng *rng, const uint8_t color[NET_NODES_MAX]);

void net_send(Net *net, uint16_t node, uint32_t frame);

/* The oldest frame that the node sent gets its place in the order of its view. False: there is none. */
bool net_order(Net *net, uint16_t node);
/* The next frame of its view's order comes to the node. False: there is none. */
bool net_receive(Net *net, uint16_t node);
/* The node takes the oldest item that has come to it. False: there is none. */
bool net_consume(Net *net, uint16_t node, NetItem *ret);

/* Nothing on the way from or to this node. */
bool net_quiet(const Net *net, uint16_t node);
