/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The oracle: the system groups of hosts and adapters, which have no clients and only approve
 * (gsapi.md 1.8). */

#include <assert.h>
#include <string.h>

#include "model.h"

static NoteList list_of(const SystemGroup *s) {
        NoteList list = { .n = s->n };

        memcpy(list.names, s->members, s->n * sizeof(s->members[0]));
        return list;
}

static void publish(
                Oracle *o, uint32_t index, bool joined, const NoteList *changing, const bool *deconfigured) {
        Publication *p;

        if (changing->n == 0)
                return;
        p = publication_new(o, model_system_name(index), 1 + index);
        p->joined = joined;
        p->left = !joined;
        p->full = list_of(o->system + index);
        p->changing = *changing;
        for (uint32_t i = 0; deconfigured && i < changing->n; i++) {
                p->deaths[i] = deconfigured[i];
                p->has_deaths = p->has_deaths || deconfigured[i];
        }
}

/* Take out of the list everything that `gone` names. */
static void remove_all(SystemGroup *s, const NoteList *gone) {
        uint32_t kept = 0;

        for (uint32_t i = 0; i < s->n; i++) {
                bool goes = false;

                for (uint32_t k = 0; k < gone->n; k++)
                        goes = goes || gs_provider_equal(s->members[i], gone->names[k]);
                if (!goes)
                        s->members[kept++] = s->members[i];
        }
        s->n = kept;
}

static void append(SystemGroup *s, GsProvider name) {
        assert(s->n < SYSTEM_MEMBERS_MAX);
        s->members[s->n++] = name;
}

static bool is_left(const NodeId *left, uint32_t n, uint16_t node) {
        for (uint32_t i = 0; i < n; i++)
                if (left[i].number == node)
                        return true;
        return false;
}

/* Is anybody of this group, be it one that failed before, on these nodes? */
static bool is_concerned(const Group *g, const NodeId *left, uint32_t n) {
        for (uint32_t i = 0; i < g->n_members; i++)
                if (is_left(left, n, g->members[i].name.node))
                        return true;
        for (uint32_t i = 0; g->p.runs && i < g->p.n_changing; i++)
                if (is_left(left, n, g->p.changing[i].name.node))
                        return true;
        return false;
}

/* In the order of the groups, and in each by seniority: all that was on these nodes. */
static void fail_nodes(Oracle *o, const NodeId *left, uint32_t n) {
        Group *groups[ORACLE_GROUPS];
        uint32_t n_groups = model_groups(o, groups);

        for (uint32_t k = 0; k < n_groups; k++) {
                Group *g = groups[k];

                for (uint32_t i = 0; i < g->p.n_changing; i++)
                        if (is_left(left, n, g->p.changing[i].name.node) && g->p.scripts[i] == SCRIPT_RUNS)
                                g->p.scripts[i] = SCRIPT_BAD;
                for (uint32_t i = 0; i < g->n_members; i++)
                        if (is_left(left, n, g->members[i].name.node))
                                model_group_fail(o, g,
                                                &(Who) { .node = g->members[i].node,
                                                                .client = g->members[i].client },
                                                GS_HOST_FAILURE);
                for (uint32_t i = 0; g->p.runs && g->p.request == GS_JOIN && i < g->p.n_changing; i++)
                        if (is_left(left, n, g->p.changing[i].name.node))
                                model_group_fail(o, g,
                                                &(Who) { .node = g->p.changing[i].node,
                                                                .client = g->p.changing[i].client },
                                                GS_HOST_FAILURE);
                if (is_concerned(g, left, n))
                        model_group_touch(o, g);
                for (uint32_t i = 0; i < n; i++)
                        model_group_fail(o, g, &(Who) { .node = left[i] }, GS_HOST_FAILURE);
        }
}

static void nodes_left(Oracle *o, const NodeId *left, uint32_t n) {
        if (n == 0)
                return;
        fail_nodes(o, left, n);
        for (uint32_t s = 0; s < SYSTEM_GROUPS; s++) {
                NoteList gone = {};

                for (uint32_t i = 0; i < o->system[s].n; i++)
                        if (is_left(left, n, o->system[s].members[i].node))
                                gone.names[gone.n++] = o->system[s].members[i];
                remove_all(o->system + s, &gone);
                publish(o, s, false, &gone, NULL);
        }
}

void model_system_node_left(Oracle *o, NodeId node) {
        nodes_left(o, &node, 1);
}

void model_system_view(Oracle *o, const EventView *view) {
        NoteList came = {};

        nodes_left(o, view->left, view->n_left);
        for (uint32_t i = 0; i < view->n_new; i++) {
                came.names[came.n++] = (GsProvider) { .instance = 0, .node = view->new[i].number };
                append(o->system + HOSTS, came.names[i]);
        }
        publish(o, HOSTS, true, &came, NULL);
}

/* What the sender says of this adapter, the last word counting. */
static LinkState state_of(const EventLinks *links, LinkKind kind, uint16_t number) {
        LinkState state = LINK_DOWN;

        for (uint32_t i = 0; i < links->n_links; i++)
                if (links->links[i].kind == kind && links->links[i].number == number)
                        state = links->links[i].state;
        return state;
}

static bool is_member(const SystemGroup *s, GsProvider name) {
        for (uint32_t i = 0; i < s->n; i++)
                if (gs_provider_equal(s->members[i], name))
                        return true;
        return false;
}

static void adapters_left(Oracle *o, const Event *e, LinkKind kind) {
        uint32_t index = 1 + (uint32_t) kind;
        SystemGroup *s = o->system + index;
        bool deconfigured[NOTE_LIST_MAX] = {};
        NoteList gone = {};

        for (uint32_t i = 0; i < s->n; i++) {
                LinkState state = state_of(&e->links, kind, s->members[i].instance);

                if (s->members[i].node != e->sender.number || state == LINK_UP)
                        continue;
                deconfigured[gone.n] = state == LINK_DECONFIGURED;
                gone.names[gone.n++] = s->members[i];
        }
        remove_all(s, &gone);
        publish(o, index, false, &gone, deconfigured);
        if (gone.n > 0 && !model_group_has_node(o, model_system_name(index), e->sender.number))
                model_group_source_gone(o, model_system_name(index), e->sender.number);
}

static void adapters_came(Oracle *o, const Event *e, LinkKind kind) {
        uint32_t index = 1 + (uint32_t) kind;
        NoteList came = {};

        for (uint32_t i = 0; i < e->links.n_links; i++) {
                const EventLink *l = e->links.links + i;
                GsProvider name = { .instance = l->number, .node = e->sender.number };

                if (l->kind != kind || state_of(&e->links, kind, l->number) != LINK_UP ||
                                is_member(o->system + index, name))
                        continue;
                append(o->system + index, name);
                came.names[came.n++] = name;
        }
        publish(o, index, true, &came, NULL);
}

void model_system_links(Oracle *o, const Event *e) {
        for (LinkKind kind = 0; kind < _LINK_KIND_MAX; kind++) {
                adapters_left(o, e, kind);
                adapters_came(o, e, kind);
        }
}
