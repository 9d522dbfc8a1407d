/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a callback was given, as a note: see hear.h. */

#include "hear.h"

#include <string.h>

static GsProvider provider(ha_gs_provider_t p) {
        return (GsProvider){
                .instance = (uint16_t) p.gs_instance_number,
                .node = (uint16_t) p.gs_node_number,
        };
}

static NoteList list(const ha_gs_membership_t *m) {
        NoteList l = { .n = m ? m->gs_count : 0 };

        for (unsigned i = 0; i < l.n && i < NOTE_LIST_MAX; i++)
                l.names[i] = provider(m->gs_providers[i]);
        return l;
}

static Value bytes(const void *data, int length) {
        return value_of((GsBytes){ data, (uint32_t) length });
}

static Value state(const ha_gs_state_value_t *s) {
        return s ? bytes(s->gs_state, s->gs_length) : bytes(NULL, 0);
}

static Value message(const ha_gs_provider_message_t *m) {
        return m ? bytes(m->gs_message, m->gs_length) : bytes(NULL, 0);
}

static Value flag(const char *s) {
        return s ? bytes(s, (int) strlen(s)) : bytes(NULL, 0);
}

static void attributes(Note *note, const ha_gs_group_attributes_t *a) {
        note->has_attributes = true;
        note->attributes = (GsAttributes){
                .client_version = a->gs_client_version,
                .time_limit = a->gs_time_limit,
                .reflection_time_limit = a->gs_source_reflection_time_limit,
                .batch_control = (uint8_t) a->gs_batch_control,
                .num_phases = (uint8_t) a->gs_num_phases,
                .reflection_num_phases = (uint8_t) a->gs_source_reflection_num_phases,
                .default_vote = (uint8_t) a->gs_group_default_vote,
                .merge_control = (uint8_t) a->gs_merge_control,
        };
        (void) snprintf(note->attributes.group, sizeof(note->attributes.group), "%s", a->gs_group_name);
        (void) snprintf(note->attributes.source, sizeof(note->attributes.source), "%s",
                        a->gs_source_group_name ?: "");
}

void hear_attributes_back(ha_gs_group_attributes_t *ret, GsAttributes *a) {
        *ret = (ha_gs_group_attributes_t){
                .gs_version = 1,
                .gs_sizeof_group_attributes = sizeof(*ret),
                .gs_client_version = a->client_version,
                .gs_batch_control = a->batch_control,
                .gs_num_phases = a->num_phases,
                .gs_source_reflection_num_phases = a->reflection_num_phases,
                .gs_group_default_vote = a->default_vote,
                .gs_merge_control = a->merge_control,
                .gs_time_limit = a->time_limit,
                .gs_source_reflection_time_limit = a->reflection_time_limit,
                .gs_group_name = a->group,
                .gs_source_group_name = a->source[0] ? a->source : NULL,
        };
}

/* ---- notifications of protocols ---- */

static void leaves(Note *note, const ha_gs_leave_array_t *l) {
        note->has_leaves = l;
        for (unsigned i = 0; l && i < l->gs_count && i < NOTE_LIST_MAX; i++)
                note->leaves[i] = (GsLeave){
                        .reasons = l->gs_leave_codes[i].gs_voluntary_or_failure,
                        .code = l->gs_leave_codes[i].gs_voluntary_leave_code,
                };
}

static Note proposal(ha_gs_notification_type_t type, ha_gs_request_t request, ha_gs_summary_code_t summary,
                const ha_gs_proposal_t *p) {
        Note note = {
                .kind = NOTE_NOTIFICATION,
                .type = (GsNotificationType) type,
                .request = (GsRequest) request,
                .phase.phase = (uint32_t) p->gs_phase_info.gs_phase_number,
                .n_phase = p->gs_phase_info.gs_num_phases == HA_GS_N_PHASE,
                .summary = summary,
                .proposed_by = provider(p->gs_proposed_by),
                .whats_changed = p->gs_whats_changed,
                .current = list(p->gs_current_providers),
                .changing = list(p->gs_changing_providers),
                .state = state(p->gs_current_state_value),
                .proposed_state = state(p->gs_proposed_state_value),
                .source_state = state(p->gs_source_state_value),
                .message = message(p->gs_provider_message),
        };

        leaves(&note, p->gs_leave_info);
        if (p->gs_expel_info) {
                note.deactivate_phase = (uint32_t) p->gs_expel_info->gs_deactivate_phase;
                note.flag = flag(p->gs_expel_info->gs_deactivate_flag);
        }
        if (p->gs_new_group_attributes)
                attributes(&note, p->gs_new_group_attributes);
        return note;
}

void hear_n_phase(Note *ret, const ha_gs_n_phase_notification_t *n) {
        *ret = proposal(n->gs_notification_type, n->gs_protocol_type, n->gs_summary_code, n->gs_proposal);
        ret->time_limit = n->gs_time_limit;
}

void hear_approved(Note *ret, const ha_gs_approved_notification_t *n) {
        *ret = proposal(n->gs_notification_type, n->gs_protocol_type, n->gs_summary_code, n->gs_proposal);
}

void hear_rejected(Note *ret, const ha_gs_rejected_notification_t *n) {
        *ret = proposal(n->gs_notification_type, n->gs_protocol_type, n->gs_summary_code, n->gs_proposal);
}

/* ---- the others ---- */

void hear_announcement(Note *ret, const ha_gs_announcement_notification_t *n) {
        *ret = (Note){
                .kind = NOTE_NOTIFICATION,
                .type = (GsNotificationType) n->gs_notification_type,
                .summary = n->gs_summary_code,
                .changing = list(n->gs_announcement),
        };
}

static void deaths(Note *note, const ha_gs_special_data_t *data) {
        const ha_gs_special_block_t *block = data ? data->gs_special_data : NULL;

        while (block && block->gs_special_flag != HA_GS_ADAPTER_DEATH_ARRAY)
                block = block->gs_next_special_block;
        note->has_deaths = block;
        for (int i = 0; block && i < block->gs_special_num_entries && i < NOTE_LIST_MAX; i++)
                note->deaths[i] = ((const ha_gs_adapter_death_t *) block->gs_special)[i];
}

void hear_subscription(Note *ret, const ha_gs_subscription_notification_t *n) {
        *ret = (Note){
                .kind = NOTE_NOTIFICATION,
                .type = (GsNotificationType) n->gs_notification_type,
                .request = GS_SUBSCRIPTION,
                .subscription_type = n->gs_subscription_type,
                .current = list(n->gs_full_membership),
                .changing = list(n->gs_changing_membership),
                .state = state(n->gs_state_value),
        };
        deaths(ret, n->gs_subscription_special_data);
}

static void request_join(Note *note, const ha_gs_join_request_t *r) {
        attributes(note, r->gs_group_attributes);
        note->changing = (NoteList){ .n = 1,
                .names = { { .instance = (uint16_t) r->gs_provider_instance } } };
}

static void request_expel(Note *note, const ha_gs_expel_request_t *r) {
        note->n_phase = r->gs_num_phases == HA_GS_N_PHASE;
        note->time_limit = r->gs_time_limit;
        note->changing = list(&r->gs_expel_list);
        note->deactivate_phase = r->gs_deactivate_phase;
        note->flag = flag(r->gs_deactivate_flag);
}

/* All other proposals begin alike, with phases and limit. */
static void request_proposal(Note *note, const ha_gs_proposal_info_t *r) {
        note->n_phase = r->gs_leave_request.gs_num_phases == HA_GS_N_PHASE;
        note->time_limit = r->gs_leave_request.gs_time_limit;
        switch (note->request) {
        case GS_LEAVE:
                note->serial = r->gs_leave_request.gs_leave_code;
                break;
        case GS_STATE_VALUE_CHANGE:
                note->state = state(r->gs_state_change_request.gs_new_state);
                break;
        case GS_PROVIDER_MESSAGE:
                note->message = message(r->gs_message_request.gs_message);
                break;
        default:
                attributes(note, r->gs_change_attributes_request.gs_group_attributes);
                break;
        }
}

static void request_block(Note *note, const ha_gs_proposal_info_t *info) {
        if (note->request == GS_JOIN) {
                request_join(note, &info->gs_join_request);
        } else if (note->request == GS_SUBSCRIPTION) {
                note->subscription_type = info->gs_subscribe_request.gs_subscription_control;
                (void) snprintf(note->group_name, sizeof(note->group_name), "%s",
                                info->gs_subscribe_request.gs_subscription_group);
        } else if (note->request == GS_EXPEL) {
                request_expel(note, &info->gs_expel_request);
        } else {
                request_proposal(note, info);
        }
}

void hear_delayed_error(Note *ret, const ha_gs_delayed_error_notification_t *n) {
        *ret = (Note){
                .kind = NOTE_NOTIFICATION,
                .type = (GsNotificationType) n->gs_notification_type,
                .request = (GsRequest) n->gs_protocol_type,
                .error = (GsReturn) n->gs_delayed_return_code,
        };
        request_block(ret, n->gs_failing_request);
}

void hear_request(Note *ret, ha_gs_request_t request, const ha_gs_proposal_info_t *info, bool has_script) {
        *ret = (Note){ .request = (GsRequest) request };
        request_block(ret, info);
        if (request == HA_GS_JOIN)
                ret->deactivate_phase = has_script;
}

void hear_vote(Note *ret, ha_gs_vote_value_t vote, const ha_gs_state_value_t *proposed,
                const ha_gs_provider_message_t *text, ha_gs_vote_value_t by_default) {
        *ret = (Note){
                .summary = vote,
                .subscription_type = by_default,
                .state = state(proposed),
                .message = message(text),
        };
}
