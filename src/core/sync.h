/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What a SYNC round decides (stream.md section 5), as a function of what everybody said in it: all who got
 * the same set decide alike, in whatever order it came.
 *
 * A side is all nodes that say the same domain, epoch, position and hash: they hold one state. The winner is
 * the first by: (Quorum=yes) latest view with quorum, larger last agreed view, more of it present, lowest
 * node number.
 */

#include "wire/event.h"

enum {
        _SYNC_E_SUCCESS,

        SYNC_E_INCOMPLETE, /* rings differ, or the set is empty or too large: wait for the next round */
};

typedef enum SyncRefusal {
        SYNC_DUPLICATE_NODE = 1, /* another daemon with its node number is a member, or began earlier */
        SYNC_VERSION,            /* no stream version that all others speak */
} SyncRefusal;

typedef struct SyncRefused {
        NodeId node;
        SyncRefusal why;
} SyncRefused;

typedef struct SyncDecision {
        EventView view;   /* as event to apply, on every node that was not refused */
        uint16_t version; /* the stream version that all speak from now on */
        uint16_t n_refused;
        SyncRefused refused[EVENT_NODES_MAX];
        NodeId sender; /* of the snapshot: the winner's senior; undefined without new nodes or if fresh */
} SyncDecision;

/*
 * `members`: the nodes that this node's core has (core_nodes()), in order of rank; they say who left and who
 * is the senior, and mean something only on a node of the winning side (elsewhere view.n_left is 0: it gets
 * a snapshot). `quorum`: Quorum=yes. 0 or SYNC_E_INCOMPLETE.
 */
int sync_decide(const EventSync *said, size_t n_said, NodeId self, bool quorum, const NodeId *members,
                size_t n_members, SyncDecision *ret);
