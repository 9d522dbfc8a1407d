/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The parts that several requests have in common, and what is said at ha_gs_init(): see check.h. */

#include "libha_gs/check.h"

#include <string.h>

#include "util/macro.h"

ha_gs_rc_t check_group_name(const char *name) {
        if (!name || !name[0])
                return HA_GS_BAD_PARAMETER;
        return strnlen(name, GS_GROUP_NAME_MAX + 1) > GS_GROUP_NAME_MAX ? HA_GS_NAME_TOO_LONG : HA_GS_OK;
}

static ha_gs_rc_t check_bytes(const void *data, int length, uint32_t max, GsBytes *ret) {
        if (!data || length < 1 || (uint32_t) length > max)
                return HA_GS_BAD_PARAMETER;
        *ret = (GsBytes){ .data = data, .size = (uint32_t) length };
        return HA_GS_OK;
}

ha_gs_rc_t check_state(const ha_gs_state_value_t *value, GsBytes *ret) {
        *ret = (GsBytes){};
        return value ? check_bytes(value->gs_state, value->gs_length, GS_STATE_MAX, ret) : HA_GS_OK;
}

ha_gs_rc_t check_message(const ha_gs_provider_message_t *value, GsBytes *ret) {
        *ret = (GsBytes){};
        return value ? check_bytes(value->gs_message, value->gs_length, GS_MESSAGE_MAX, ret) : HA_GS_OK;
}

/* ---- group attributes ---- */

static bool is_phases(unsigned phases) {
        return phases == HA_GS_1_PHASE || phases == HA_GS_N_PHASE;
}

/* Version 0 is taken for 1: the guide does not tell programs to set it. */
static bool attributes_valid(const ha_gs_group_attributes_t *a) {
        return (a->gs_version == 0 || a->gs_version == 1) && a->gs_sizeof_group_attributes == sizeof(*a) &&
               (unsigned) a->gs_batch_control <= (HA_GS_BATCH_BOTH | HA_GS_DEACTIVATE_ON_FAILURE) &&
               is_phases(a->gs_num_phases) && is_phases(a->gs_source_reflection_num_phases) &&
               (a->gs_group_default_vote == HA_GS_NULL_VOTE ||
                               a->gs_group_default_vote == HA_GS_VOTE_APPROVE ||
                               a->gs_group_default_vote == HA_GS_VOTE_REJECT) &&
               a->gs_merge_control == HA_GS_DISSOLVE_MERGE && a->gs_group_name && a->gs_group_name[0];
}

static bool fits_name(const char *name) {
        return !name || strnlen(name, GS_GROUP_NAME_MAX + 1) <= GS_GROUP_NAME_MAX;
}

ha_gs_rc_t check_attributes(const ha_gs_group_attributes_t *a, GsAttributes *ret) {
        if (!a)
                return HA_GS_BAD_PARAMETER;
        if (!attributes_valid(a))
                return HA_GS_BAD_GROUP_ATTRIBUTES;
        if (!fits_name(a->gs_group_name) || !fits_name(a->gs_source_group_name))
                return HA_GS_NAME_TOO_LONG;

        *ret = (GsAttributes){
                .client_version = a->gs_client_version,
                .time_limit = a->gs_time_limit,
                .reflection_time_limit = a->gs_source_reflection_time_limit,
                .batch_control = (uint8_t) a->gs_batch_control,
                .num_phases = (uint8_t) a->gs_num_phases,
                .reflection_num_phases = (uint8_t) a->gs_source_reflection_num_phases,
                .default_vote = (uint8_t) a->gs_group_default_vote,
                .merge_control = (uint8_t) a->gs_merge_control,
        };
        (void) strcpy(ret->group, a->gs_group_name);
        (void) strcpy(ret->source, a->gs_source_group_name ? a->gs_source_group_name : "");
        return HA_GS_OK;
}

/* ---- ha_gs_init() ---- */

static bool counter_valid(const ha_gs_responsiveness_t *r) {
        unsigned n = r->gs_counter_length;

        return r->gs_counter_location && (n == 1 || n == 2 || n == 4 || n == 8);
}

static ha_gs_rc_t check_responsiveness(
                const ha_gs_responsiveness_t *r, ha_gs_responsiveness_cb_t *callback, ClientHello *ret) {
        if (!r || r->gs_responsiveness_type == HA_GS_NO_RESPONSIVENESS)
                return HA_GS_OK;

        if (r->gs_responsiveness_type != HA_GS_PING_RESPONSIVENESS &&
                        (r->gs_responsiveness_type != HA_GS_COUNTER_RESPONSIVENESS || !counter_valid(r)))
                return HA_GS_BAD_PARAMETER;
        if (!callback || r->gs_responsiveness_interval == 0)
                return HA_GS_BAD_PARAMETER;

        ret->responsiveness = (ClientResponsiveness) r->gs_responsiveness_type;
        ret->interval = r->gs_responsiveness_interval;
        ret->response_limit = r->gs_responsiveness_response_time_limit;
        return HA_GS_OK;
}

ha_gs_rc_t check_hello(const ha_gs_responsiveness_t *responsiveness, const char *script,
                ha_gs_responsiveness_cb_t *callback, ClientHello *ret) {
        *ret = (ClientHello){ .version_min = CLIENT_VERSION_MIN, .version_max = CLIENT_VERSION_MAX };

        if (script && script[0] != '/')
                return HA_GS_BAD_PARAMETER;
        if (script && strnlen(script, sizeof(ret->script)) == sizeof(ret->script))
                return HA_GS_NAME_TOO_LONG;
        (void) strcpy(ret->script, script ? script : "");
        return check_responsiveness(responsiveness, callback, ret);
}
