/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The five proposals of providers (gsapi.md 3.1): each begins at its position in the stream, or collides;
 * none is ever queued.
 */

#include <string.h>

#include "core/state.h"

bool event_is_proposal(EventType type, GsRequest *ret_request) {
        static const struct {
                EventType type;
                GsRequest request;
        } proposals[] = {
                { EVENT_LEAVE, GS_LEAVE },
                { EVENT_EXPEL, GS_EXPEL },
                { EVENT_STATE_CHANGE, GS_STATE_VALUE_CHANGE },
                { EVENT_MESSAGE, GS_PROVIDER_MESSAGE },
                { EVENT_ATTRIBUTES, GS_GROUP_ATTRIBUTE_CHANGE },
        };

        for (size_t i = 0; i < ELEMENTSOF(proposals); i++)
                if (proposals[i].type == type) {
                        *ret_request = proposals[i].request;
                        return true;
                }
        return false;
}

const EventProposal *event_proposal(const Event *event) {
        switch (event->type) {
        case EVENT_LEAVE:
                return &event->leave.proposal;
        case EVENT_EXPEL:
                return &event->expel.proposal;
        case EVENT_STATE_CHANGE:
                return &event->state_change.proposal;
        case EVENT_MESSAGE:
                return &event->message.proposal;
        default:
                return &event->attributes.proposal;
        }
}

/* gsapi.md 3.7, 4.2: what is wrong with the list whatever the group is. */
static GsReturn expel_check(const EventExpel *expel) {
        if (expel->n_targets == 0 || expel->n_targets > EVENT_TARGETS_MAX || expel->flag.size > GS_FLAG_MAX)
                return GS_BAD_PARAMETER;
        if (expel->proposal.num_phases == GS_1_PHASE && expel->deactivate_phase > 1)
                return GS_INVALID_DEACTIVATE_PHASE;
        for (unsigned i = 0; i < expel->n_targets; i++)
                for (unsigned j = 0; j < i; j++)
                        if (gs_provider_equal(expel->targets[i], expel->targets[j]))
                                return GS_PROVIDER_APPEARS_TWICE;
        return GS_OK;
}

/* What is wrong with a proposal by itself. */
static GsReturn proposal_check(const Event *event, const Group *group) {
        const EventProposal *proposal = event_proposal(event);

        if (proposal->num_phases != GS_1_PHASE && proposal->num_phases != GS_N_PHASE)
                return GS_BAD_PARAMETER;

        switch (event->type) {
        case EVENT_EXPEL:
                return expel_check(&event->expel);
        case EVENT_STATE_CHANGE:
                return event->state_change.state.size >= 1 && event->state_change.state.size <= GS_STATE_MAX
                                       ? GS_OK
                                       : GS_BAD_PARAMETER;
        case EVENT_MESSAGE:
                return event->message.message.size >= 1 && event->message.message.size <= GS_MESSAGE_MAX
                                       ? GS_OK
                                       : GS_BAD_PARAMETER;
        case EVENT_ATTRIBUTES:
                if (!attributes_same_identity(&event->attributes.attributes, &group->attributes))
                        return GS_BAD_PARAMETER;
                return attributes_valid(&event->attributes.attributes) ? GS_OK : GS_BAD_GROUP_ATTRIBUTES;
        default:
                return GS_OK;
        }
}

/* gsapi.md 3.7: the targets must be members; in the order in which they were named. */
static int expel_targets(const Group *group, const EventExpel *expel, Protocol *p, GsReturn *ret_error) {
        if (protocol_set_changing(p, expel->n_targets) < 0)
                return -ENOMEM;

        for (unsigned i = 0; i < expel->n_targets; i++) {
                p->changing[i] = member_find(group, expel->targets[i]);
                if (!p->changing[i]) {
                        protocol_done(p);
                        *ret_error = GS_UNKNOWN_PROVIDER;
                        return 0;
                }
                p->names[i] = expel->targets[i];
                p->leaves[i] = (GsLeave){ .reasons = GS_PROVIDER_EXPELLED };
        }
        p->deactivate_phase = expel->deactivate_phase;
        p->flag = store_borrow(expel->flag);
        *ret_error = GS_OK;
        return 0;
}

/* Fill in what the request itself proposes. */
static int protocol_fill(const Group *group, Provider *proposer, const Event *event, Protocol *p,
                GsReturn *ret_error) {
        *ret_error = GS_OK;
        switch (event->type) {
        case EVENT_LEAVE:
                if (protocol_set_changing(p, 1) < 0)
                        return -ENOMEM;
                p->changing[0] = proposer;
                p->names[0] = proposer->name;
                p->leaves[0] = (GsLeave){ .reasons = GS_VOLUNTARY_LEAVE, .code = event->leave.code };
                break;
        case EVENT_EXPEL:
                return expel_targets(group, &event->expel, p, ret_error);
        case EVENT_STATE_CHANGE:
                p->state = store_borrow(event->state_change.state);
                break;
        case EVENT_MESSAGE:
                p->message = store_borrow(event->message.message);
                break;
        default:
                p->has_attributes = true;
                p->attributes = event->attributes.attributes;
        }
        return 0;
}

int propose_apply(Core *core, const Event *event) {
        Provider *proposer = provider_find(core, event->sender, event->client);
        const EventProposal *proposal = event_proposal(event);
        Protocol p = { .n_phase = proposal->num_phases == GS_N_PHASE, .limit = proposal->time_limit };
        GsReturn error;
        Group *group;

        if (!proposer || proposer->failed) {
                core_drop(core, event, "no such provider");
                return 0;
        }

        (void) event_is_proposal(event->type, &p.request);
        group = proposer->group;
        p.proposed_by = proposer->name;
        if (proposer->stage != STAGE_MEMBER)
                error = GS_NOT_A_MEMBER;
        else
                error = proposal_check(event, group);
        if (error == GS_OK && group_is_busy(group))
                error = GS_COLLIDE; /* stream.md 1 */
        if (error == GS_OK && protocol_fill(group, proposer, event, &p, &error) < 0)
                return -ENOMEM;
        if (error != GS_OK) {
                notice_error(core, event->sender, event->client, group->attributes.group, p.request, error,
                                proposal->serial);
                return 0;
        }
        return protocol_begin(core, group, &p);
}
