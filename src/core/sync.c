/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* stream.md section 5, step 2: one decision of one set of SYNC contents, alike on every node. */

#include <stdlib.h>
#include <string.h>

#include "core/sync.h"

static bool has_domain(const EventSync *s) {
        return s->domain.number != 0 || s->domain.incarnation != 0;
}

static bool same_side(const EventSync *a, const EventSync *b) {
        return has_domain(a) == has_domain(b) && node_id_equal(a->domain, b->domain) &&
               a->epoch == b->epoch && a->position == b->position && a->hash == b->hash;
}

static int compare_nodes(const void *a, const void *b) {
        const EventSync *s = a;
        const EventSync *t = b;

        if (s->node.number != t->node.number)
                return s->node.number < t->node.number ? -1 : 1;
        return s->node.incarnation < t->node.incarnation ? -1 : s->node.incarnation > t->node.incarnation;
}

static unsigned side_present(const EventSync *said, size_t n, const EventSync *of) {
        unsigned present = 0;

        for (size_t i = 0; i < n; i++)
                present += same_side(&said[i], of);
        return present;
}

/*
 * stream.md 5, Quorum=yes: what quorum approved last must not be undone by those who were not there. Epochs
 * order that: any two quorate views have a node in common, for which rings only grow.
 */
static bool is_better(
                const EventSync *said, size_t n, bool quorum, const EventSync *s, const EventSync *best) {
        if (quorum && s->active_epoch != best->active_epoch)
                return s->active_epoch > best->active_epoch;
        if (s->size != best->size)
                return s->size > best->size;
        return side_present(said, n, s) > side_present(said, n, best);
}

/*
 * stream.md 5.2; `said` is by node number, so that the first of equals has the lowest. NULL: nobody has a
 * domain.
 */
static const EventSync *winner_of(const EventSync *said, size_t n, bool quorum) {
        const EventSync *best = NULL;

        for (size_t i = 0; i < n; i++) {
                const EventSync *s = &said[i];

                if (!has_domain(s))
                        continue;
                if (!best || is_better(said, n, quorum, s, best))
                        best = s;
        }
        return best;
}

/* Of two nodes with one number, the one of the winning side stays, else the one that began first. */
static bool is_duplicate(const EventSync *said, size_t n, size_t i, const EventSync *winner) {
        bool mine = winner && same_side(&said[i], winner);

        for (size_t k = 0; k < n; k++) {
                bool other = winner && same_side(&said[k], winner);

                if (k == i || said[k].node.number != said[i].node.number)
                        continue;
                if (mine != other ? other : k < i)
                        return true;
        }
        return false;
}

/*
 * stream.md 5: the newer side speaks the older one's version, as long as the winning side still knows that.
 * A duplicate, which is refused anyway, has no say.
 */
static uint16_t version_of(const EventSync *said, size_t n, const EventSync *winner) {
        uint16_t version = UINT16_MAX;
        uint16_t floor = 0;

        for (size_t i = 0; i < n; i++)
                if (winner && same_side(&said[i], winner) && said[i].version_min > floor &&
                                !is_duplicate(said, n, i, winner))
                        floor = said[i].version_min;
        for (size_t i = 0; i < n; i++)
                if (said[i].version_max >= floor && said[i].version_max < version &&
                                !is_duplicate(said, n, i, winner))
                        version = said[i].version_max;
        return version;
}

static void refuse(SyncDecision *d, NodeId node, SyncRefusal why) {
        d->refused[d->n_refused++] = (SyncRefused){ .node = node, .why = why };
}

/*
 * Who of the members, in order of rank, is not here any more, or not with this state; and who is the senior
 * of those who are.
 */
static void decide_left(const EventSync *said, size_t n, const EventSync *winner, const NodeId *members,
                size_t n_members, SyncDecision *d) {
        bool senior = true;

        for (size_t i = 0; i < n_members; i++) {
                bool stays = false;

                for (size_t k = 0; k < n && !stays; k++)
                        stays = same_side(&said[k], winner) && node_id_equal(said[k].node, members[i]);
                if (!stays)
                        d->view.left[d->view.n_left++] = members[i];
                else if (senior) {
                        d->sender = members[i];
                        senior = false;
                }
        }
}

/*
 * The epoch is the ring, which only grows: of two views with quorum the one of the later ring has the higher
 * epoch, even if those in it never heard of the other. And it is higher than all said, whatever the engine's
 * rings do.
 */
static void decide_view(
                const EventSync *said, size_t n, const EventSync *winner, bool quorum, SyncDecision *d) {
        EventView *view = &d->view;
        bool quorate = true;

        view->fresh = !winner;
        for (size_t i = 0; i < n; i++) {
                const EventSync *s = &said[i];
                SyncRefusal why = 0;

                view->epoch = s->epoch > view->epoch ? s->epoch : view->epoch;
                quorate = quorate && s->quorate;
                if (is_duplicate(said, n, i, winner))
                        why = SYNC_DUPLICATE_NODE;
                else if (s->version_min > d->version || s->version_max < d->version)
                        why = SYNC_VERSION;

                if (why != 0)
                        refuse(d, s->node, why);
                else if (!winner || !same_side(s, winner)) {
                        view->loser[view->n_new] = has_domain(s);
                        view->new[view->n_new++] = s->node;
                }
        }
        view->epoch = said[0].ring > view->epoch ? said[0].ring : view->epoch + 1;
        view->halted = quorum && !quorate;
        view->domain = winner ? winner->domain : view->new[0];
}

int sync_decide(const EventSync *said, size_t n_said, NodeId self, bool quorum, const NodeId *members,
                size_t n_members, SyncDecision *ret) {
        EventSync sorted[EVENT_NODES_MAX];
        const EventSync *winner;
        SyncDecision d = {};

        if (n_said == 0 || n_said > EVENT_NODES_MAX || n_members > EVENT_NODES_MAX)
                return SYNC_E_INCOMPLETE;
        for (size_t i = 1; i < n_said; i++)
                if (said[i].ring != said[0].ring)
                        return SYNC_E_INCOMPLETE;

        memcpy(sorted, said, n_said * sizeof(*said));
        qsort(sorted, n_said, sizeof(*sorted), compare_nodes);
        winner = winner_of(sorted, n_said, quorum);
        d.version = version_of(sorted, n_said, winner);
        decide_view(sorted, n_said, winner, quorum, &d);
        for (size_t i = 0; i < n_said; i++)
                if (winner && node_id_equal(sorted[i].node, self) && same_side(&sorted[i], winner))
                        decide_left(sorted, n_said, winner, members, n_members, &d);
        *ret = d;
        return 0;
}
