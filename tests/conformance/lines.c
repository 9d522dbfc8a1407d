/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Notifications as lines of text: see lines.h. */

#include "lines.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define NAMES(...)                \
        (const char *const[]) {   \
                __VA_ARGS__, NULL \
        }

static const char *const codes[] = {
        [HA_GS_OK] = "OK",
        [HA_GS_NOT_OK] = "NOT_OK",
        [HA_GS_EXISTS] = "EXISTS",
        [HA_GS_NO_INIT] = "NO_INIT",
        [HA_GS_NAME_TOO_LONG] = "NAME_TOO_LONG",
        [HA_GS_NO_MEMORY] = "NO_MEMORY",
        [HA_GS_NOT_A_MEMBER] = "NOT_A_MEMBER",
        [HA_GS_BAD_CLIENT_TOKEN] = "BAD_CLIENT_TOKEN",
        [HA_GS_BAD_MEMBER_TOKEN] = "BAD_MEMBER_TOKEN",
        [HA_GS_BAD_PARAMETER] = "BAD_PARAMETER",
        [HA_GS_UNKNOWN_GROUP] = "UNKNOWN_GROUP",
        [HA_GS_INVALID_GROUP] = "INVALID_GROUP",
        [HA_GS_NO_SOURCE_GROUP_PROVIDER] = "NO_SOURCE_GROUP_PROVIDER",
        [HA_GS_BAD_GROUP_ATTRIBUTES] = "BAD_GROUP_ATTRIBUTES",
        [HA_GS_WRONG_OLD_STATE] = "WRONG_OLD_STATE",
        [HA_GS_DUPLICATE_INSTANCE_NUMBER] = "DUPLICATE_INSTANCE_NUMBER",
        [HA_GS_COLLIDE] = "COLLIDE",
        [HA_GS_SOCK_CREATE_FAILED] = "SOCK_CREATE_FAILED",
        [HA_GS_SOCK_INIT_FAILED] = "SOCK_INIT_FAILED",
        [HA_GS_CONNECT_FAILED] = "CONNECT_FAILED",
        [HA_GS_VOTE_NOT_EXPECTED] = "VOTE_NOT_EXPECTED",
        [HA_GS_NOT_SUPPORTED] = "NOT_SUPPORTED",
        [HA_GS_INVALID_SOURCE_GROUP] = "INVALID_SOURCE_GROUP",
        [HA_GS_UNKNOWN_PROVIDER] = "UNKNOWN_PROVIDER",
        [HA_GS_INVALID_DEACTIVATE_PHASE] = "INVALID_DEACTIVATE_PHASE",
        [HA_GS_PROVIDER_APPEARS_TWICE] = "PROVIDER_APPEARS_TWICE",
        [HA_GS_BACKLEVEL_PROVIDERS] = "BACKLEVEL_PROVIDERS",
};

static const char *const requests[] = {
        [HA_GS_RESPONSIVENESS] = "RESPONSIVENESS",
        [HA_GS_JOIN] = "JOIN",
        [HA_GS_FAILURE_LEAVE] = "FAILURE_LEAVE",
        [HA_GS_LEAVE] = "LEAVE",
        [HA_GS_EXPEL] = "EXPEL",
        [HA_GS_STATE_VALUE_CHANGE] = "STATE_VALUE_CHANGE",
        [HA_GS_PROVIDER_MESSAGE] = "PROVIDER_MESSAGE",
        [HA_GS_CAST_OUT] = "CAST_OUT",
        [HA_GS_SOURCE_STATE_REFLECTION] = "SOURCE_STATE_REFLECTION",
        [HA_GS_MERGE] = "MERGE",
        [HA_GS_SUBSCRIPTION] = "SUBSCRIPTION",
        [HA_GS_GROUP_ATTRIBUTE_CHANGE] = "GROUP_ATTRIBUTE_CHANGE",
};

/* Bit names, from bit 0. */
static const char *const *const summaries = NAMES("EXPLICIT_APPROVE", "EXPLICIT_REJECT", "DEFAULT_APPROVE",
                "DEFAULT_REJECT", "TIME_LIMIT_EXCEEDED", "PROVIDER_FAILED", "RESPONSIVENESS_NO_RESPONSE",
                "RESPONSIVENESS_RESPONSE", "GROUP_DISSOLVED", "GROUP_SERVICES_HAS_DIED_HORRIBLY",
                "DEACTIVATE_UNSUCCESSFUL", "DEACTIVATE_TIME_LIMIT_EXCEEDED", "GROUP_ATTRIBUTES_CHANGED");

static const char *const *const updates = NAMES("PROPOSED_MEMBERSHIP", "ONGOING_MEMBERSHIP",
                "PROPOSED_STATE_VALUE", "ONGOING_STATE_VALUE", "UPDATED_PROVIDER_MESSAGE",
                "UPDATED_MEMBERSHIP", "REJECTED_MEMBERSHIP", "UPDATED_STATE_VALUE", "REJECTED_STATE_VALUE",
                "REFLECTED_SOURCE_STATE_VALUE", "EXPEL_INFORMATION", "PROPOSED_GROUP_ATTRIBUTES",
                "ONGOING_GROUP_ATTRIBUTES", "UPDATED_GROUP_ATTRIBUTES", "REJECTED_GROUP_ATTRIBUTES");

static const char *const *const reasons = NAMES("VOLUNTARY_LEAVE", "PROVIDER_FAILURE", "HOST_FAILURE",
                "PROVIDER_EXPELLED", "SOURCE_PROVIDER_LEAVE", "PROVIDER_SAID_GOODBYE");

static const char *const *const subscription_types = NAMES("STATE", "DELTA_JOIN", "DELTA_LEAVE",
                "MEMBERSHIP", "?", "?", "SPECIAL_DATA", "DISSOLVED", "GS_HAS_DIED");

static const char *name_of(unsigned value, const char *const *names, size_t n) {
        return value < n && names[value] ? names[value] : "?";
}

const char *code_name(ha_gs_rc_t code) {
        return name_of((unsigned) code, codes, sizeof(codes) / sizeof(*codes));
}

const char *request_name(ha_gs_request_t request) {
        return name_of((unsigned) request, requests, sizeof(requests) / sizeof(*requests));
}

/* ---- words ---- */

__attribute__((__format__(__printf__, 2, 3))) static void add(char *line, const char *format, ...) {
        size_t used = strlen(line);
        va_list args;

        va_start(args, format);
        (void) vsnprintf(line + used, LINE_SIZE - used, format, args);
        va_end(args);
}

static void add_bits(char *line, unsigned bits, const char *const *names) {
        const char *between = "";

        if (bits == 0)
                add(line, "0");
        for (; bits && *names; names++, bits >>= 1) {
                if (!(bits & 1))
                        continue;
                add(line, "%s%s", between, *names);
                between = "+";
        }
        if (bits)
                add(line, "%s?", between);
}

static void add_bytes(char *line, const char *name, const void *data, int length) {
        const unsigned char *b = data;

        add(line, " %s=", name);
        if (!b) {
                add(line, "-%s", length == 0 ? "" : "?");
                return;
        }
        if (length > 40 && memcmp(b, b + 1, (size_t) length - 1) == 0) {
                add(line, "%dx\"%c\"", length, *b);
                return;
        }
        add(line, "\"");
        for (int i = 0; i < length; i++)
                if (b[i] > ' ' && b[i] < 0x7f && b[i] != '"' && b[i] != '\\')
                        add(line, "%c", b[i]);
                else
                        add(line, "\\x%02x", b[i]);
        add(line, "\"");
}

static void add_string(char *line, const char *name, const char *text) {
        if (text)
                add_bytes(line, name, text, (int) strlen(text));
}

static void add_providers(char *line, const char *name, const ha_gs_membership_t *list) {
        if (!list)
                return;
        add(line, " %s=%s", name, list->gs_count == 0 ? "-" : "");
        for (unsigned i = 0; i < list->gs_count; i++)
                add(line, "%s%d/%d", i ? "," : "", list->gs_providers[i].gs_instance_number,
                                list->gs_providers[i].gs_node_number);
}

static void add_state(char *line, const char *name, const ha_gs_state_value_t *state) {
        if (state)
                add_bytes(line, name, state->gs_state, state->gs_length);
}

static void add_message(char *line, const ha_gs_provider_message_t *message) {
        if (message)
                add_bytes(line, "message", message->gs_message, message->gs_length);
}

static void add_leaves(char *line, const ha_gs_leave_array_t *leaves) {
        if (!leaves)
                return;
        add(line, " leaves=%s", leaves->gs_count == 0 ? "-" : "");
        for (unsigned i = 0; i < leaves->gs_count; i++) {
                add(line, "%s", i ? "," : "");
                add_bits(line, leaves->gs_leave_codes[i].gs_voluntary_or_failure, reasons);
                if (leaves->gs_leave_codes[i].gs_voluntary_leave_code)
                        add(line, ":%u", leaves->gs_leave_codes[i].gs_voluntary_leave_code);
        }
}

/* All but version and size, which are the library's. */
static void add_attributes(char *line, const ha_gs_group_attributes_t *g) {
        if (!g)
                return;
        add(line, " attributes=%d,%d,%d,%d,%d,%d,%d,%d", g->gs_client_version, g->gs_batch_control,
                        g->gs_num_phases, g->gs_source_reflection_num_phases, g->gs_group_default_vote,
                        g->gs_merge_control, g->gs_time_limit, g->gs_source_reflection_time_limit);
        add_string(line, "group", g->gs_group_name);
        add_string(line, "source-group", g->gs_source_group_name);
}

static void add_proposal(char *line, const ha_gs_proposal_t *p) {
        add(line, " by=%d/%d changed=", p->gs_proposed_by.gs_instance_number,
                        p->gs_proposed_by.gs_node_number);
        add_bits(line, p->gs_whats_changed, updates);
        add_providers(line, "members", p->gs_current_providers);
        add_providers(line, "changing", p->gs_changing_providers);
        add_leaves(line, p->gs_leave_info);
        if (p->gs_expel_info) {
                add(line, " expel=%d", p->gs_expel_info->gs_deactivate_phase);
                add_string(line, "flag", p->gs_expel_info->gs_deactivate_flag);
        }
        add_state(line, "state", p->gs_current_state_value);
        add_state(line, "proposed", p->gs_proposed_state_value);
        add_state(line, "source", p->gs_source_state_value);
        add_message(line, p->gs_provider_message);
        add_attributes(line, p->gs_new_group_attributes);
}

/* ---- the lines ---- */

static void begin(char *line, const char *kind, ha_gs_notification_type_t type,
                ha_gs_notification_type_t want) {
        *line = 0;
        add(line, "%s%s", kind, type == want ? "" : "-OF-WRONG-TYPE");
}

static void add_head(char *line, ha_gs_request_t request, const ha_gs_proposal_t *p, unsigned summary) {
        add(line, " %s phases=%s phase=%d", request_name(request),
                        p->gs_phase_info.gs_num_phases == HA_GS_N_PHASE ? "n" : "1",
                        p->gs_phase_info.gs_phase_number);
        add(line, " summary=");
        add_bits(line, summary, summaries);
}

void line_n_phase(const ha_gs_n_phase_notification_t *n, char *line) {
        begin(line, "n-phase", n->gs_notification_type, HA_GS_N_PHASE_NOTIFICATION);
        add_head(line, n->gs_protocol_type, n->gs_proposal, n->gs_summary_code);
        add(line, " limit=%u", n->gs_time_limit);
        add_proposal(line, n->gs_proposal);
}

void line_approved(const ha_gs_approved_notification_t *n, char *line) {
        begin(line, "approved", n->gs_notification_type, HA_GS_APPROVED_NOTIFICATION);
        add_head(line, n->gs_protocol_type, n->gs_proposal, n->gs_summary_code);
        add_proposal(line, n->gs_proposal);
}

void line_rejected(const ha_gs_rejected_notification_t *n, char *line) {
        begin(line, "rejected", n->gs_notification_type, HA_GS_REJECTED_NOTIFICATION);
        add_head(line, n->gs_protocol_type, n->gs_proposal, n->gs_summary_code);
        add_proposal(line, n->gs_proposal);
}

void line_announcement(const ha_gs_announcement_notification_t *n, char *line) {
        begin(line, "announcement", n->gs_notification_type, HA_GS_ANNOUNCEMENT_NOTIFICATION);
        add(line, " ");
        add_bits(line, n->gs_summary_code, summaries);
        add_providers(line, "members", n->gs_announcement);
}

void line_subscription(const ha_gs_subscription_notification_t *n, char *line) {
        begin(line, "subscription", n->gs_notification_type, HA_GS_SUBSCRIPTION_NOTIFICATION);
        add(line, " ");
        add_bits(line, n->gs_subscription_type, subscription_types);
        add_state(line, "state", n->gs_state_value);
        add_providers(line, "members", n->gs_full_membership);
        add_providers(line, "changing", n->gs_changing_membership);
        if (n->gs_subscription_special_data)
                add(line, " special=%d", n->gs_subscription_special_data->gs_length);
}

/* The block is the one that failed. */
static void add_failing(char *line, ha_gs_request_t request, const ha_gs_proposal_info_t *info) {
        if (!info)
                return;
        add(line, " failing=%s", request_name(request));
        if (request == HA_GS_JOIN) {
                add(line, " instance=%d", info->gs_join_request.gs_provider_instance);
                add_attributes(line, info->gs_join_request.gs_group_attributes);
        } else if (request == HA_GS_SUBSCRIPTION) {
                add(line, " control=%u", info->gs_subscribe_request.gs_subscription_control);
                add_string(line, "group", info->gs_subscribe_request.gs_subscription_group);
        } else if (request == HA_GS_STATE_VALUE_CHANGE)
                add_state(line, "proposed", info->gs_state_change_request.gs_new_state);
        else if (request == HA_GS_PROVIDER_MESSAGE)
                add_message(line, info->gs_message_request.gs_message);
        else if (request == HA_GS_LEAVE)
                add(line, " leave-code=%u", info->gs_leave_request.gs_leave_code);
        else if (request == HA_GS_EXPEL) {
                add_providers(line, "list", &info->gs_expel_request.gs_expel_list);
                add_string(line, "flag", info->gs_expel_request.gs_deactivate_flag);
        } else if (request == HA_GS_GROUP_ATTRIBUTE_CHANGE)
                add_attributes(line, info->gs_change_attributes_request.gs_group_attributes);
}

void line_delayed_error(const ha_gs_delayed_error_notification_t *n, char *line) {
        begin(line, "error", n->gs_notification_type, HA_GS_DELAYED_ERROR_NOTIFICATION);
        add(line, " %s code=%s", request_name(n->gs_protocol_type), code_name(n->gs_delayed_return_code));
        add_failing(line, n->gs_protocol_type, n->gs_failing_request);
}

void line_responsiveness(const ha_gs_responsiveness_notification_t *n, char *line) {
        const ha_gs_responsiveness_t *r = &n->gs_responsiveness_information;

        begin(line, "responsiveness", n->gs_notification_type, HA_GS_RESPONSIVENESS_NOTIFICATION);
        add(line, " type=%d interval=%u limit=%u counter=%u", r->gs_responsiveness_type,
                        r->gs_responsiveness_interval, r->gs_responsiveness_response_time_limit,
                        r->gs_counter_length);
}
