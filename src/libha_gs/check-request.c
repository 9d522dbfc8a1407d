/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Request blocks: see check.h. */

#include <string.h>

#include "libha_gs/check.h"

ha_gs_rc_t check_join(const ha_gs_join_request_t *q, GsAttributes *ret) {
        if (!q->gs_n_phase_protocol_callback || !q->gs_protocol_approved_callback ||
                        !q->gs_protocol_rejected_callback || !q->gs_announcement_callback)
                return HA_GS_BAD_PARAMETER;
        if (q->gs_provider_instance < 0)
                return HA_GS_BAD_PARAMETER;
        if (q->gs_provider_local_name && strnlen(q->gs_provider_local_name, CLIENT_LOCAL_NAME_MAX + 1) >
                                                         CLIENT_LOCAL_NAME_MAX)
                return HA_GS_NAME_TOO_LONG;
        return check_attributes(q->gs_group_attributes, ret);
}

ha_gs_rc_t check_subscribe(const ha_gs_subscribe_request_t *q) {
        const unsigned all = HA_GS_SUBSCRIBE_STATE_AND_MEMBERSHIP;

        if (!q->gs_subscription_callback || q->gs_subscription_control == 0 ||
                        q->gs_subscription_control & ~all)
                return HA_GS_BAD_PARAMETER;
        return check_group_name(q->gs_subscription_group);
}

/* ---- proposals ---- */

static ha_gs_rc_t check_phases(ha_gs_num_phases_t phases, ha_gs_time_limit_t limit, EventProposal *ret) {
        if (phases != HA_GS_1_PHASE && phases != HA_GS_N_PHASE)
                return HA_GS_BAD_PARAMETER;
        *ret = (EventProposal){ .num_phases = (GsPhases) phases, .time_limit = limit };
        return HA_GS_OK;
}

ha_gs_rc_t check_state_change(const ha_gs_state_change_request_t *q, Event *ret) {
        ha_gs_rc_t r;

        ret->type = EVENT_STATE_CHANGE;
        r = check_phases(q->gs_num_phases, q->gs_time_limit, &ret->state_change.proposal);
        if (r != HA_GS_OK)
                return r;
        return q->gs_new_state ? check_state(q->gs_new_state, &ret->state_change.state)
                               : HA_GS_BAD_PARAMETER;
}

ha_gs_rc_t check_message_request(const ha_gs_message_request_t *q, Event *ret) {
        ha_gs_rc_t r;

        ret->type = EVENT_MESSAGE;
        r = check_phases(q->gs_num_phases, q->gs_time_limit, &ret->message.proposal);
        if (r != HA_GS_OK)
                return r;
        return q->gs_message ? check_message(q->gs_message, &ret->message.message) : HA_GS_BAD_PARAMETER;
}

ha_gs_rc_t check_leave(const ha_gs_leave_request_t *q, Event *ret) {
        ret->type = EVENT_LEAVE;
        ret->leave.code = q->gs_leave_code;
        return check_phases(q->gs_num_phases, q->gs_time_limit, &ret->leave.proposal);
}

/* Whether they are members only the group can tell; but these can be nowhere. */
static ha_gs_rc_t check_targets(const ha_gs_membership_t *list, EventExpel *ret) {
        if (!list->gs_providers || list->gs_count == 0 || list->gs_count > EVENT_TARGETS_MAX)
                return HA_GS_BAD_PARAMETER;

        for (unsigned i = 0; i < list->gs_count; i++) {
                const ha_gs_provider_t *p = &list->gs_providers[i];

                if (p->gs_instance_number < 0 || p->gs_node_number < 0 || p->gs_node_number > GS_NODE_MAX)
                        return HA_GS_BAD_PARAMETER;
                ret->targets[i] = (GsProvider){ .instance = (uint16_t) p->gs_instance_number,
                        .node = (uint16_t) p->gs_node_number };
        }
        ret->n_targets = (uint16_t) list->gs_count;
        return HA_GS_OK;
}

ha_gs_rc_t check_expel(const ha_gs_expel_request_t *q, Event *ret) {
        const char *flag = q->gs_deactivate_flag ? q->gs_deactivate_flag : "";
        size_t length = strnlen(flag, GS_FLAG_MAX + 1);
        ha_gs_rc_t r;

        ret->type = EVENT_EXPEL;
        r = check_phases(q->gs_num_phases, q->gs_time_limit, &ret->expel.proposal);
        if (r == HA_GS_OK)
                r = check_targets(&q->gs_expel_list, &ret->expel);
        if (r != HA_GS_OK)
                return r;
        if (length > GS_FLAG_MAX)
                return HA_GS_BAD_PARAMETER;
        if (q->gs_num_phases == HA_GS_1_PHASE && q->gs_deactivate_phase > 1)
                return HA_GS_INVALID_DEACTIVATE_PHASE;

        ret->expel.deactivate_phase = q->gs_deactivate_phase;
        ret->expel.flag = (GsBytes){ .data = flag, .size = (uint32_t) length };
        return HA_GS_OK;
}

ha_gs_rc_t check_change_attributes(
                const ha_gs_change_attributes_t *q, const GsAttributes *current, Event *ret) {
        GsAttributes *new = &ret->attributes.attributes;
        ha_gs_rc_t r;

        ret->type = EVENT_ATTRIBUTES;
        r = check_phases(q->gs_num_phases, q->gs_time_limit, &ret->attributes.proposal);
        if (r == HA_GS_OK)
                r = check_attributes(q->gs_group_attributes, new);
        if (r != HA_GS_OK)
                return r;

        return strcmp(new->group, current->group) == 0 && strcmp(new->source, current->source) == 0
                               ? HA_GS_OK
                               : HA_GS_BAD_PARAMETER;
}
