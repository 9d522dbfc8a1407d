/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The oracle: the five proposals of a provider, checked and begun (gsapi.md 3.1, DECISIONS "Order of
 * checks"). */

#include <string.h>

#include "model.h"

static const EventProposal *proposal_of(const Event *e) {
        switch (e->type) {
        case EVENT_LEAVE:
                return &e->leave.proposal;
        case EVENT_EXPEL:
                return &e->expel.proposal;
        case EVENT_STATE_CHANGE:
                return &e->state_change.proposal;
        case EVENT_MESSAGE:
                return &e->message.proposal;
        default:
                return &e->attributes.proposal;
        }
}

static GsRequest request_of(EventType type) {
        switch (type) {
        case EVENT_LEAVE:
                return GS_LEAVE;
        case EVENT_EXPEL:
                return GS_EXPEL;
        case EVENT_STATE_CHANGE:
                return GS_STATE_VALUE_CHANGE;
        case EVENT_MESSAGE:
                return GS_PROVIDER_MESSAGE;
        default:
                return GS_GROUP_ATTRIBUTE_CHANGE;
        }
}

static GsReturn expel_error(const EventExpel *e) {
        if (e->n_targets == 0)
                return GS_BAD_PARAMETER;
        if (e->proposal.num_phases == GS_1_PHASE && e->deactivate_phase > 1)
                return GS_INVALID_DEACTIVATE_PHASE;
        for (uint32_t i = 0; i < e->n_targets; i++)
                for (uint32_t k = 0; k < i; k++)
                        if (gs_provider_equal(e->targets[i], e->targets[k]))
                                return GS_PROVIDER_APPEARS_TWICE;
        return GS_OK;
}

static GsReturn attributes_error(const Group *g, const GsAttributes *a) {
        if (strcmp(a->group, g->attributes.group) != 0 || strcmp(a->source, g->attributes.source) != 0 ||
                        a->merge_control != g->attributes.merge_control)
                return GS_BAD_PARAMETER;
        if (a->batch_control > 7 || (a->num_phases != GS_1_PHASE && a->num_phases != GS_N_PHASE) ||
                        (a->reflection_num_phases != GS_1_PHASE && a->reflection_num_phases != GS_N_PHASE) ||
                        a->default_vote == GS_VOTE_CONTINUE || a->default_vote > GS_VOTE_REJECT)
                return GS_BAD_GROUP_ATTRIBUTES;
        return GS_OK;
}

static const Who *member_by_name(const Group *g, GsProvider name) {
        for (uint32_t i = 0; i < g->n_members; i++)
                if (gs_provider_equal(g->members[i].name, name))
                        return g->members + i;
        return NULL;
}

static GsReturn error_of(const Event *e, const Group *g, const Who *who) {
        GsReturn error = GS_OK;

        if (model_member_find(g, who) < 0)
                return GS_NOT_A_MEMBER;
        if (e->type == EVENT_EXPEL)
                error = expel_error(&e->expel);
        else if (e->type == EVENT_ATTRIBUTES)
                error = attributes_error(g, &e->attributes.attributes);
        if (error != GS_OK)
                return error;
        if (g->p.runs || g->n_leavers > 0 || g->n_joiners > 0 || g->n_reflections > 0)
                return GS_COLLIDE;
        for (uint32_t i = 0; e->type == EVENT_EXPEL && i < e->expel.n_targets; i++)
                if (!member_by_name(g, e->expel.targets[i]))
                        return GS_UNKNOWN_PROVIDER;
        return GS_OK;
}

static void fill_expel(Group *g, const EventExpel *e) {
        Protocol *p = &g->p;

        p->flag = value_of(e->flag);
        p->deactivate_phase = e->deactivate_phase;
        for (uint32_t i = 0; i < e->n_targets; i++) {
                p->changing[i] = *member_by_name(g, e->targets[i]);
                p->leaves[i] = (GsLeave) { .reasons = GS_PROVIDER_EXPELLED };
                p->wants_script[i] = e->deactivate_phase > 0;
        }
        p->n_changing = e->n_targets;
}

static void fill(Group *g, const Event *e, const Who *who) {
        Protocol *p = &g->p;

        switch (e->type) {
        case EVENT_LEAVE:
                p->n_changing = 1;
                p->changing[0] = *who;
                p->leaves[0] = (GsLeave) { .reasons = GS_VOLUNTARY_LEAVE, .code = e->leave.code };
                break;
        case EVENT_EXPEL:
                fill_expel(g, &e->expel);
                break;
        case EVENT_STATE_CHANGE:
                p->proposed_state = value_of(e->state_change.state);
                break;
        case EVENT_MESSAGE:
                p->message = value_of(e->message.message);
                break;
        default:
                p->attributes = e->attributes.attributes;
                break;
        }
}

void model_propose(Oracle *o, const Event *e, Group *g, const Who *who) {
        const EventProposal *proposal = proposal_of(e);
        GsReturn error = o->halted ? GS_COLLIDE : error_of(e, g, who);
        Who proposer = *who;

        if (error != GS_OK) {
                say_error(o, &proposer, request_of(e->type), error, proposal->serial, g->name);
                return;
        }
        memset(&g->p, 0, sizeof(g->p));
        g->p.request = request_of(e->type);
        g->p.n_phase = proposal->num_phases == GS_N_PHASE;
        g->p.limit = proposal->time_limit;
        g->p.proposed_by = proposer.name;
        fill(g, e, &proposer);
        model_group_touch(o, g);
        model_protocol_begin(o, g);
}
