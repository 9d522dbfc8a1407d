/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The oracle: which event means what, quorum, subscribers, and what is put out without an event. */

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"

Oracle *oracle_new(void) {
        Oracle *o = calloc(1, sizeof(*o));

        assert(o);
        return o;
}

Oracle *oracle_copy(const Oracle *o) {
        Oracle *copy = malloc(sizeof(*copy));

        assert(copy);
        memcpy(copy, o, sizeof(*copy));
        return copy;
}

Oracle *oracle_free(Oracle *o) {
        free(o);
        return NULL;
}

void outcome_clear(Outcome *outcome) {
        free(outcome->notes);
        free(outcome->deliveries);
        free(outcome->publications);
        *outcome = (Outcome) {};
}

static bool has_node(const Oracle *o, NodeId node) {
        for (uint32_t i = 0; i < o->n_nodes; i++)
                if (node_id_equal(o->nodes[i], node))
                        return true;
        return false;
}

static void mark_gone(Who *who, uint32_t n, size_t stride, NodeId node) {
        for (uint32_t i = 0; i < n; i++, who = (Who *) ((char *) who + stride))
                who->gone = who->gone || node_id_equal(who->node, node);
}

/* The node is out at once, whatever waits for quorum: nothing reaches its clients, and its joins are void.
 */
static void remove_node(Oracle *o, NodeId node) {
        uint32_t kept = 0;

        for (uint32_t i = 0; i < o->n_nodes; i++)
                if (!node_id_equal(o->nodes[i], node))
                        o->nodes[kept++] = o->nodes[i];
        o->n_nodes = kept;

        kept = 0;
        for (uint32_t i = 0; i < o->n_held; i++)
                if (o->held[i]->type != EVENT_JOIN || !node_id_equal(o->held[i]->sender, node))
                        o->held[kept++] = o->held[i];
        o->n_held = kept;

        for (uint32_t i = 0; i < ORACLE_GROUPS; i++) {
                Group *g = o->groups + i;

                mark_gone(g->members, g->n_members, sizeof(g->members[0]), node);
                mark_gone(g->p.changing, g->p.n_changing, sizeof(g->p.changing[0]), node);
                mark_gone(&g->leavers[0].who, g->n_leavers, sizeof(g->leavers[0]), node);
                mark_gone(&g->joiners[0].who, g->n_joiners, sizeof(g->joiners[0]), node);
        }
}

/* --- clients' events --- */

/* The provider that a token holds: a member, on trial or queued; not a dead one. */
static Group *find_provider(Oracle *o, const Event *e, Who *ret) {
        Who key = { .node = e->sender, .client = e->client };

        for (uint32_t k = 0; k < ORACLE_GROUPS; k++) {
                Group *g = o->groups + k;

                for (uint32_t i = 0; g->name[0] && i < g->n_members; i++)
                        if (same_who(g->members + i, &key))
                                return *ret = g->members[i], ret->dead ? NULL : g;
                for (uint32_t i = 0;
                                g->name[0] && g->p.runs && g->p.request == GS_JOIN && i < g->p.n_changing;
                                i++)
                        if (same_who(g->p.changing + i, &key))
                                return *ret = g->p.changing[i], ret->dead ? NULL : g;
                for (uint32_t i = 0; g->name[0] && i < g->n_joiners; i++)
                        if (same_who(&g->joiners[i].who, &key))
                                return *ret = g->joiners[i].who, g;
        }
        return NULL;
}

static void process_down(Oracle *o, const Event *e) {
        Who process = { .node = e->sender, .client = { .connection = e->client.connection } };

        Group *groups[ORACLE_GROUPS];
        uint32_t n = model_groups(o, groups);

        for (uint32_t k = 0; k < n; k++)
                model_group_fail(o, groups[k], &process, GS_PROVIDER_FAILURE);
}

static void responsiveness(Oracle *o, const Event *e) {
        for (uint32_t k = 0; k < ORACLE_GROUPS; k++) {
                const Group *g = o->groups + k;
                NoteList about = {};

                for (uint32_t i = 0; g->name[0] && i < g->n_members; i++)
                        if (node_id_equal(g->members[i].node, e->sender) && !g->members[i].dead &&
                                        g->members[i].client.connection == e->client.connection)
                                about.names[about.n++] = g->members[i].name;
                if (about.n > 0)
                        say_announcement(o, g,
                                        e->responsiveness.back ? GS_RESPONSIVENESS_RESPONSE
                                                               : GS_RESPONSIVENESS_NO_RESPONSE,
                                        &about, true);
        }
}

static void client_event(Oracle *o, const Event *e) {
        Who who;
        Group *g = find_provider(o, e, &who);

        if (!g)
                return;
        if (e->type == EVENT_GOODBYE)
                model_group_fail(o, g, &(Who) { .node = who.node, .client = who.client },
                                GS_PROVIDER_SAID_GOODBYE);
        else if (e->type == EVENT_VOTE)
                model_protocol_vote(o, g, &who, &e->vote);
        else
                model_propose(o, e, g, &who);
}

/* --- quorum and views --- */

static bool is_proposal(EventType type) {
        return type == EVENT_LEAVE || type == EVENT_EXPEL || type == EVENT_STATE_CHANGE ||
               type == EVENT_MESSAGE || type == EVENT_ATTRIBUTES;
}

static void hold(Oracle *o, const Event *e) {
        assert(o->n_held < ORACLE_HELD);
        o->held[o->n_held++] = e;
}

static void take_effect(Oracle *o, const Event *e) {
        switch (e->type) {
        case EVENT_JOIN:
                model_group_join(o, e);
                break;
        case EVENT_PROCESS_DOWN:
                process_down(o, e);
                break;
        case EVENT_RESPONSIVENESS:
                responsiveness(o, e);
                break;
        case EVENT_SCRIPT_RESULT:
                model_protocol_script_result(o, e);
                break;
        case EVENT_LIMIT:
                model_protocol_limit(o, &e->limit);
                break;
        case EVENT_LINKS:
                model_system_links(o, e);
                break;
        case EVENT_NODE_LEAVING:
                model_system_node_left(o, e->sender);
                break;
        case EVENT_VIEW:
                model_system_view(o, &e->view);
                break;
        case EVENT_HASH:
                break;
        default:
                client_event(o, e);
                break;
        }
        model_group_work(o);
}

/* Every phase that runs begins to be timed. */
static void begin_phases_again(Oracle *o) {
        for (uint32_t k = 0; k < ORACLE_GROUPS; k++)
                if (o->groups[k].name[0] && o->groups[k].p.runs)
                        say_phase(o, o->groups + k, NOTE_PHASE_BEGUN);
}

static void apply_view(Oracle *o, const Event *e) {
        const EventView *v = &e->view;
        bool was_halted = o->halted;

        if (v->fresh) {
                Outcome *out = o->out;

                memset(o, 0, sizeof(*o));
                o->out = out;
                o->next_id = 16;
                o->established = true;
                was_halted = false;
        }
        o->halted = v->halted;
        o->domain = v->domain;
        for (uint32_t i = 0; i < v->n_left; i++)
                remove_node(o, v->left[i]);
        for (uint32_t i = 0; i < v->n_new; i++) {
                assert(o->n_nodes < ORACLE_NODES);
                o->nodes[o->n_nodes++] = v->new[i];
        }
        if (o->halted) {
                hold(o, e);
                return;
        }
        if (was_halted) {
                uint32_t n = o->n_held;

                begin_phases_again(o);
                o->n_held = 0;
                for (uint32_t i = 0; i < n; i++)
                        take_effect(o, o->held[i]);
        }
        take_effect(o, e);
}

static void apply_halted(Oracle *o, const Event *e) {
        Who who;
        Group *g;

        if (is_proposal(e->type) && (g = find_provider(o, e, &who)))
                model_propose(o, e, g, &who);
        else if (!is_proposal(e->type) && e->type != EVENT_LIMIT && e->type != EVENT_HASH)
                hold(o, e);
}

void oracle_apply(Oracle *o, const Event *e, Outcome *ret) {
        o->out = ret;
        if (e->type == EVENT_VIEW) {
                apply_view(o, e);
                return;
        }
        if (!o->established || !has_node(o, e->sender))
                return;
        if (e->type == EVENT_NODE_LEAVING)
                remove_node(o, e->sender);
        if (o->halted)
                apply_halted(o, e);
        else
                take_effect(o, e);
}

/* --- without an event --- */

void oracle_restored(const Oracle *o, Outcome *ret) {
        Oracle *copy = oracle_copy(o);

        copy->out = ret;
        begin_phases_again(copy);
        oracle_free(copy);
}

static void lose_group(Oracle *o, Group *g, uint32_t summary) {
        NoteList all = { .n = g->n_members };
        Publication *pub;

        for (uint32_t i = 0; i < g->n_members; i++)
                all.names[i] = g->members[i].name;
        say_announcement(o, g, summary, &all, true);
        for (uint32_t i = 0; i < g->n_members; i++)
                say_token_dead(o, g->members + i);
        for (uint32_t i = 0; g->p.runs && g->p.request == GS_JOIN && i < g->p.n_changing; i++)
                say_token_dead(o, g->p.changing + i);
        for (uint32_t i = 0; i < g->n_joiners; i++)
                say_token_dead(o, &g->joiners[i].who);
        pub = publication_new(o, g->name, g->id);
        pub->dissolved = true;
        pub->died = summary == GS_GROUP_SERVICES_HAS_DIED_HORRIBLY;
}

void oracle_lost(const Oracle *o, uint32_t summary, Outcome *ret) {
        Oracle *copy = oracle_copy(o);

        copy->out = ret;
        for (uint32_t k = 0; k < ORACLE_GROUPS; k++)
                if (copy->groups[k].name[0])
                        lose_group(copy, copy->groups + k, summary);
        for (uint32_t s = 0; s < SYSTEM_GROUPS; s++) {
                Publication *pub = publication_new(copy, model_system_name(s), 1 + s);

                pub->dissolved = true;
                pub->died = summary == GS_GROUP_SERVICES_HAS_DIED_HORRIBLY;
        }
        oracle_free(copy);
}

/* --- subscribers --- */

#define ANY_MEMBERSHIP (GS_SUBSCRIBE_DELTA_JOINS | GS_SUBSCRIBE_DELTA_LEAVES | GS_SUBSCRIBE_MEMBERSHIP)

bool oracle_subscribe(const Oracle *o, const char *group, uint32_t control, Note *ret) {
        int s = model_system_find(group);
        const Group *g = model_group_find((Oracle *) o, group);

        if (s < 0 && (!g || g->n_members == 0))
                return false;
        *ret = (Note) {
                .kind = NOTE_NOTIFICATION, .type = GS_SUBSCRIPTION_NOTIFICATION, .request = GS_SUBSCRIPTION
        };
        snprintf(ret->group_name, sizeof(ret->group_name), "%s", group);
        ret->phase.group = s >= 0 ? 1 + (uint64_t) s : g->id;
        if (control & GS_SUBSCRIBE_STATE) {
                ret->subscription_type |= GS_SUBSCRIBE_STATE;
                if (g)
                        ret->state = g->state;
        }
        if (control & ANY_MEMBERSHIP) {
                ret->subscription_type |= GS_SUBSCRIBE_MEMBERSHIP;
                ret->current.n = s >= 0 ? o->system[s].n : g->n_members;
                for (uint32_t i = 0; i < ret->current.n; i++)
                        ret->current.names[i] = s >= 0 ? o->system[s].members[i] : g->members[i].name;
        }
        return true;
}

bool oracle_published(const Publication *p, uint32_t control, Note *ret) {
        uint32_t type = 0;

        *ret = (Note) {
                .kind = NOTE_NOTIFICATION, .type = GS_SUBSCRIPTION_NOTIFICATION, .request = GS_SUBSCRIPTION
        };
        memcpy(ret->group_name, p->group, sizeof(ret->group_name));
        ret->phase.group = p->id;
        if (p->dissolved) {
                ret->subscription_type = p->died ? GS_SUBSCRIPTION_GS_HAS_DIED : GS_SUBSCRIPTION_DISSOLVED;
                return true;
        }
        if (p->state_changed && control & GS_SUBSCRIBE_STATE) {
                type |= GS_SUBSCRIBE_STATE;
                ret->state = p->state;
        }
        if (p->joined)
                type |= control & GS_SUBSCRIBE_DELTA_JOINS;
        if (p->left)
                type |= control & GS_SUBSCRIBE_DELTA_LEAVES;
        if (type & (GS_SUBSCRIBE_DELTA_JOINS | GS_SUBSCRIBE_DELTA_LEAVES)) {
                ret->changing = p->changing;
                if (p->has_deaths) {
                        type |= GS_SUBSCRIPTION_SPECIAL_DATA;
                        ret->has_deaths = true;
                        memcpy(ret->deaths, p->deaths, sizeof(ret->deaths));
                }
        }
        if ((p->joined || p->left) && control & GS_SUBSCRIBE_MEMBERSHIP) {
                type |= GS_SUBSCRIBE_MEMBERSHIP;
                ret->current = p->full;
        }
        ret->subscription_type = type;
        return type != 0;
}
