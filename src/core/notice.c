/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The notifications of protocols (gsapi.md section 4 and 6): what is in them, and who of this node hears
 * them.
 */

#include "core/state.h"

static CoreNotification notice_of(
                Core *core, const Group *group, const Protocol *p, GsNotificationType type) {
        CoreNotification n = {
                .type = type,
                .request = p->request,
                .group_name = group->attributes.group,
                .group = group->id,
                .protocol = group->sequence,
                .phase = p->phase,
                .n_phase = p->n_phase,
                .time_limit = p->limit,
                .summary = p->summary,
                .proposed_by = p->proposed_by,
                .n_current = group->n_members,
                .current = group->names,
                .n_changing = p->n_changing,
                .changing = p->names,
                .leaves = protocol_removes(p) ? p->leaves : NULL,
                .state = store_bytes(&group->state),
                .proposed_state = store_bytes(&p->state),
                .source_state = store_bytes(&p->source_state),
                .message = store_bytes(&p->message),
                .attributes = p->has_attributes ? &p->attributes : NULL,
                .notice = ++core->n_notices,
        };

        if (p->request == GS_EXPEL) {
                n.deactivate_phase = p->deactivate_phase;
                n.deactivate_flag = store_bytes(&p->flag);
                n.whats_changed |= GS_EXPEL_INFORMATION;
        }
        if (p->request == GS_SOURCE_STATE_REFLECTION)
                n.whats_changed |= GS_REFLECTED_SOURCE_STATE_VALUE;
        if (p->message.size > 0)
                n.whats_changed |= GS_UPDATED_PROVIDER_MESSAGE;
        return n;
}

static bool changes_membership(const Protocol *p) {
        return p->request == GS_JOIN || protocol_removes(p);
}

/* To a provider of this node that still hears. */
void notice_tell(Core *core, const Provider *to, const CoreNotification *n) {
        if (provider_hears(to) && core->sink->notify)
                core->sink->notify(core->sink->userdata, provider_client(to), n);
}

/*
 * gsapi.md 3.3: every provider gets every phase, joiners too. Those to be expelled or cast out as well: all
 * providers get the same notifications in the same order (2.3); `votes` tells them that they are not asked.
 */
void notice_n_phase(Core *core, const Group *group) {
        const Protocol *p = group->protocol;
        CoreNotification n = notice_of(core, group, p, GS_N_PHASE_NOTIFICATION);

        if (!core->sink->notify)
                return;

        if (changes_membership(p))
                n.whats_changed |= p->phase == 1 ? GS_PROPOSED_MEMBERSHIP : GS_ONGOING_MEMBERSHIP;
        if (p->state.size > 0)
                n.whats_changed |= p->state_shown ? GS_ONGOING_STATE_VALUE : GS_PROPOSED_STATE_VALUE;
        if (p->has_attributes)
                n.whats_changed |=
                                p->phase == 1 ? GS_PROPOSED_GROUP_ATTRIBUTES : GS_ONGOING_GROUP_ATTRIBUTES;

        for (uint32_t i = 0; i < group->n_members; i++) {
                n.votes = group->members[i]->ballot == BALLOT_WAITING;
                notice_tell(core, group->members[i], &n);
        }
        n.votes = true;
        for (uint32_t i = 0; i < p->n_changing && p->request == GS_JOIN; i++)
                notice_tell(core, p->changing[i], &n);
}

/*
 * gsapi.md 3.2, 3.7: to the members as they are now, and a last time to those who left. `changed`: UPDATED,
 * REJECTED.
 */
void notice_approved(Core *core, const Group *group, const Protocol *p, uint32_t changed) {
        CoreNotification n;

        if (!core->sink->notify)
                return;
        n = notice_of(core, group, p, GS_APPROVED_NOTIFICATION);
        n.whats_changed |= changed;
        for (uint32_t i = 0; i < group->n_members; i++)
                notice_tell(core, group->members[i], &n);
        for (uint32_t i = 0; i < p->n_changing && protocol_removes(p); i++)
                notice_tell(core, p->changing[i], &n);
}

/* gsapi.md 5.3, 6: what was proposed, and why it was rejected; to rejected joiners too. */
void notice_rejected(Core *core, const Group *group, const Protocol *p) {
        CoreNotification n = notice_of(core, group, p, GS_REJECTED_NOTIFICATION);

        if (!core->sink->notify)
                return;

        if (changes_membership(p))
                n.whats_changed |= GS_REJECTED_MEMBERSHIP;
        if (p->state.size > 0)
                n.whats_changed |= GS_REJECTED_STATE_VALUE;
        if (p->has_attributes)
                n.whats_changed |= GS_REJECTED_GROUP_ATTRIBUTES;

        for (uint32_t i = 0; i < group->n_members; i++)
                notice_tell(core, group->members[i], &n);
        for (uint32_t i = 0; i < p->n_changing && p->request == GS_JOIN; i++)
                notice_tell(core, p->changing[i], &n);
}

/* gsapi.md 4.2: what is refused at its position in the stream. A refused join's token is dead (5.3). */
void notice_error(Core *core, NodeId node, GsClient client, const char *group, GsRequest request,
                GsReturn error, uint32_t serial) {
        CoreNotification n = {
                .type = GS_DELAYED_ERROR_NOTIFICATION,
                .request = request,
                .group_name = group,
                .error = error,
                .serial = serial,
        };

        if (!node_id_equal(node, core->config.self))
                return;
        if (core->sink->notify)
                core->sink->notify(core->sink->userdata, client, &n);
        if (request == GS_JOIN && core->sink->token_dead)
                core->sink->token_dead(core->sink->userdata, client);
}

void notice_token_dead(Core *core, const Provider *p) {
        if (provider_hears(p) && core->sink->token_dead)
                core->sink->token_dead(core->sink->userdata, provider_client(p));
}
