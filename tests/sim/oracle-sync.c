/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The oracle: what a SYNC round decides (stream.md 5, DECISIONS "Views"), by the plainest of means. */

#include <string.h>

#include "sim.h"

static bool is_one_side(const EventSync *a, const EventSync *b) {
        return a->domain.number != 0 && node_id_equal(a->domain, b->domain) && a->epoch == b->epoch &&
               a->position == b->position && a->hash == b->hash;
}

static uint32_t present(const Daemon *d, const EventSync *side) {
        uint32_t n = 0;

        for (uint32_t i = 0; i < d->n_said; i++)
                n += is_one_side(d->said + i, side);
        return n;
}

static bool is_lower(NodeId a, NodeId b) {
        return a.number != b.number ? a.number < b.number : a.incarnation < b.incarnation;
}

/* Two with one number can be here (one is refused); the one that began first is the lower. */
static NodeId lowest(const Daemon *d, const EventSync *side) {
        NodeId node = side->node;

        for (uint32_t i = 0; i < d->n_said; i++)
                if (is_one_side(d->said + i, side) && is_lower(d->said[i].node, node))
                        node = d->said[i].node;
        return node;
}

static bool beats(const Daemon *d, const EventSync *a, const EventSync *b) {
        if (d->world->profile.quorum && a->active_epoch != b->active_epoch)
                return a->active_epoch > b->active_epoch;
        if (a->size != b->size)
                return a->size > b->size;
        if (present(d, a) != present(d, b))
                return present(d, a) > present(d, b);
        return is_lower(lowest(d, a), lowest(d, b));
}

static const EventSync *winner_of(const Daemon *d) {
        const EventSync *best = NULL;

        for (uint32_t i = 0; i < d->n_said; i++) {
                const EventSync *s = d->said + i;

                if (s->domain.number == 0)
                        continue;
                if (!best || beats(d, s, best))
                        best = s;
        }
        return best;
}

/* Of two with one number, who is on the winner's side stays, else who began first. */
static bool is_duplicate(const Daemon *d, const EventSync *s, const EventSync *winner) {
        for (uint32_t i = 0; i < d->n_said; i++) {
                const EventSync *t = d->said + i;
                bool s_wins = winner && is_one_side(s, winner), t_wins = winner && is_one_side(t, winner);

                if (t == s || t->node.number != s->node.number)
                        continue;
                if (s_wins != t_wins ? t_wins : t->node.incarnation < s->node.incarnation)
                        return true;
        }
        return false;
}

static bool is_in(NodeId node, const NodeId *nodes, uint32_t n) {
        for (uint32_t i = 0; i < n; i++)
                if (node_id_equal(nodes[i], node))
                        return true;
        return false;
}

static const char *check_new(const Daemon *d, const SyncDecision *x, const EventSync *winner) {
        uint32_t n = 0;

        for (uint32_t i = 0; i < d->n_said; i++) {
                const EventSync *s = d->said + i;
                bool wins = winner && is_one_side(s, winner);
                bool refused = is_duplicate(d, s, winner) || x->version < s->version_min ||
                               x->version > s->version_max;

                for (uint32_t k = 0; k < x->n_refused; k++)
                        if (node_id_equal(x->refused[k].node, s->node) && !refused)
                                return "refuses a node that it should not";
                if (is_in(s->node, x->view.new, x->view.n_new) != (!wins && !refused))
                        return "is wrong about who is new";
                n += !wins && !refused;
        }
        for (uint32_t i = 1; i < x->view.n_new; i++)
                if (x->view.new[i - 1].number >= x->view.new[i].number)
                        return "does not admit by node number";
        return n == x->view.n_new ? NULL : "admits somebody twice or from nowhere";
}

static const char *check_left(const Daemon *d, const SyncDecision *x, const EventSync *winner,
                const NodeId *members, size_t n) {
        NodeId senior = {};
        uint32_t left = 0;

        for (size_t i = 0; i < n; i++) {
                bool stays = false;

                for (uint32_t k = 0; k < d->n_said; k++)
                        stays = stays || (is_one_side(d->said + k, winner) &&
                                                         node_id_equal(d->said[k].node, members[i]));
                if (stays && senior.number == 0)
                        senior = members[i];
                if (!stays && (left >= x->view.n_left || !node_id_equal(x->view.left[left++], members[i])))
                        return "is wrong about who left";
        }
        if (left != x->view.n_left)
                return "says that somebody left who did not";
        return x->view.n_new == 0 || node_id_equal(x->sender, senior)
                               ? NULL
                               : "lets another than the senior send the state";
}

static uint64_t highest_epoch(const Daemon *d) {
        uint64_t epoch = 0;

        for (uint32_t i = 0; i < d->n_said; i++)
                if (d->said[i].epoch > epoch)
                        epoch = d->said[i].epoch;
        return epoch;
}

static bool all_quorate(const Daemon *d) {
        for (uint32_t i = 0; i < d->n_said; i++)
                if (!d->said[i].quorate)
                        return false;
        return true;
}

const char *oracle_decision(
                const Daemon *d, const SyncDecision *x, const NodeId *members, size_t n_members) {
        const EventSync *winner = winner_of(d);
        bool mine = false;
        const char *wrong;

        if (x->view.fresh != !winner)
                return "is wrong about whether there is a domain";
        if (winner && !node_id_equal(x->view.domain, winner->domain))
                return "lets another domain win";
        if (x->view.epoch != (d->view.ring > highest_epoch(d) ? d->view.ring : highest_epoch(d) + 1))
                return "chooses another epoch";
        if (x->view.halted != (d->world->profile.quorum && !all_quorate(d)))
                return "is wrong about quorum";
        wrong = check_new(d, x, winner);
        for (uint32_t i = 0; i < d->n_said; i++)
                mine = mine || (winner && node_id_equal(d->said[i].node, d->self) &&
                                               is_one_side(d->said + i, winner));
        if (!wrong && mine)
                wrong = check_left(d, x, winner, members, n_members);
        return wrong;
}
