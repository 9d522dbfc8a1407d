/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Views (stream.md 3 and 5): the nodes of the domain and their ranks, who arrived and whose providers
 * failed.
 */

#include "core/state.h"

int core_rank(const Core *core, NodeId node) {
        for (uint32_t i = 0; i < core->n_nodes; i++)
                if (node_id_equal(core->nodes[i], node))
                        return (int) i;
        return -1;
}

size_t core_nodes(const Core *core, NodeId *ret) {
        for (uint32_t i = 0; i < core->n_nodes; i++)
                ret[i] = core->nodes[i];
        return core->n_nodes;
}

/* Take a node off the list; those behind it move up in rank. */
bool node_forget(Core *core, NodeId node) {
        int rank = core_rank(core, node);

        if (rank < 0)
                return false;
        quorum_forget(core, node);
        core->n_nodes--;
        for (uint32_t i = (uint32_t) rank; i < core->n_nodes; i++)
                core->nodes[i] = core->nodes[i + 1];
        return true;
}

static bool node_number_known(const Core *core, uint16_t number) {
        for (uint32_t i = 0; i < core->n_nodes; i++)
                if (core->nodes[i].number == number)
                        return true;
        return false;
}

static bool node_among(const NodeId *nodes, uint32_t n, NodeId node) {
        for (uint32_t i = 0; i < n; i++)
                if (node_id_equal(nodes[i], node))
                        return true;
        return false;
}

/* gsapi.md 3.4: node failure is the failure of every provider on it; stream.md 5.4 gives the order. */
static int nodes_fail(Core *core, const NodeId *left, uint32_t n_left) {
        _cleanup_(freep) Provider **list = NULL;
        size_t n = 0;

        if (n_left == 0)
                return 0;
        list = malloc((core->providers.n + 1) * sizeof(Provider *));
        if (!list)
                return -ENOMEM;
        for (TableLink *link = NULL; (link = table_each(&core->providers, link));) {
                Provider *p = (Provider *) link;

                if (node_among(left, n_left, p->client->node))
                        list[n++] = p;
        }
        providers_fail(core, list, n, GS_HOST_FAILURE);
        return 0;
}

/* What a view means for groups; while there is no quorum this part waits. */
int view_effect(Core *core, const Event *event) {
        int r = nodes_fail(core, event->view.left, event->view.n_left);

        return r < 0 ? r : system_hosts_arrive(core, event->view.new, event->view.n_new);
}

/* stream.md 2: a stopping daemon; its node's part of the domain is over here. */
int node_leaving_apply(Core *core, const Event *event) {
        return nodes_fail(core, &event->sender, 1);
}

/*
 * The view as far as it concerns this state: who was here and left, who was not and is new. Ranks are taken
 * anew.
 */
static void nodes_update(Core *core, const EventView *view, EventView *ret) {
        ret->domain = view->domain;
        ret->epoch = view->epoch;
        ret->fresh = view->fresh;
        ret->halted = view->halted;
        ret->n_left = ret->n_new = 0;
        for (uint32_t i = 0; i < view->n_left; i++)
                if (node_forget(core, view->left[i]))
                        ret->left[ret->n_left++] = view->left[i];

        for (uint32_t i = 0; i < view->n_new; i++) {
                if (core->n_nodes == EVENT_NODES_MAX || node_number_known(core, view->new[i].number))
                        continue;
                core->nodes[core->n_nodes++] = view->new[i];
                ret->loser[ret->n_new] = view->loser[i];
                ret->new[ret->n_new++] = view->new[i];
        }
}

/*
 * stream.md 5: the cut. A node that is new in it, other than in a fresh domain, loses what it had and waits
 * for the winner's snapshot of this very position.
 */
int view_apply(Core *core, const Event *event) {
        const EventView *view = &event->view;
        bool was_halted = core->halted;
        Event effect = { .type = EVENT_VIEW }; /* without its sender: that is each node itself */
        int r = 0;

        if (core->established && (view->fresh || node_among(view->new, view->n_new, core->config.self))) {
                if (core_abandon_state(core, GS_GROUP_DISSOLVED) < 0)
                        return -ENOMEM;
                if (!view->fresh)
                        return 0;
        }
        if (!core->established && !view->fresh)
                return 0;

        core->established = true;
        core->domain = view->domain;
        core->epoch = view->epoch;
        core->halted = view->halted;
        if (!core->halted)
                core->active_epoch = core->epoch;
        nodes_update(core, view, &effect.view);
        core_count(core, &effect);
        core->view_size = (uint16_t) core->n_nodes;

        if (core->halted)
                return quorum_hold(core, &effect);
        if (was_halted)
                r = quorum_regain(core);
        return r < 0 ? r : view_effect(core, &effect);
}
