/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * gsapi.md 4 and 5: every constant with its value, every member of every block with its type, every routine
 * with its prototype. What is of another type does not compile; what has another value fails.
 */

#include <stdio.h>

#include "story.h"

typedef struct Value {
        const char *name;
        long long is, must_be;
} Value;

#define VALUE(name, value) \
        { #name, name, value }

static const Value values[] = {
        /* ha_gs_dispatch_flag_t */
        VALUE(HA_GS_NON_BLOCKING, 0),
        VALUE(HA_GS_BLOCKING, 1),
        /* ha_gs_socket_ctrl_t */
        VALUE(HA_GS_SOCKET_NO_SIGNAL, 1),
        VALUE(HA_GS_SOCKET_SIGNAL, 2),
        VALUE(HA_GS_ENABLE_ADAPTER_INFO, 4),
        /* ha_gs_num_phases_t */
        VALUE(HA_GS_1_PHASE, 1),
        VALUE(HA_GS_N_PHASE, 2),
        /* ha_gs_vote_value_t */
        VALUE(HA_GS_NULL_VOTE, 0),
        VALUE(HA_GS_VOTE_APPROVE, 1),
        VALUE(HA_GS_VOTE_CONTINUE, 2),
        VALUE(HA_GS_VOTE_REJECT, 3),
        /* ha_gs_batch_ctrl_t */
        VALUE(HA_GS_NO_BATCHING, 0),
        VALUE(HA_GS_BATCH_JOINS, 1),
        VALUE(HA_GS_BATCH_LEAVES, 2),
        VALUE(HA_GS_BATCH_BOTH, 3),
        VALUE(HA_GS_DEACTIVATE_ON_FAILURE, 4),
        /* ha_gs_merge_ctrl_t */
        VALUE(HA_GS_DISSOLVE_MERGE, 0),
        VALUE(HA_GS_LARGER_MERGE, 1),
        VALUE(HA_GS_SMALLER_MERGE, 2),
        VALUE(HA_GS_DONTCARE_MERGE, 3),
        /* ha_gs_responsiveness_type_t */
        VALUE(HA_GS_NO_RESPONSIVENESS, 0),
        VALUE(HA_GS_PING_RESPONSIVENESS, 1),
        VALUE(HA_GS_COUNTER_RESPONSIVENESS, 2),
        /* ha_gs_callback_rc_t */
        VALUE(HA_GS_CALLBACK_NOT_OK, 0),
        VALUE(HA_GS_CALLBACK_OK, 1),
        /* ha_gs_notification_type_t */
        VALUE(HA_GS_RESPONSIVENESS_NOTIFICATION, 0),
        VALUE(HA_GS_QUERY_NOTIFICATION, 1),
        VALUE(HA_GS_DELAYED_ERROR_NOTIFICATION, 2),
        VALUE(HA_GS_N_PHASE_NOTIFICATION, 3),
        VALUE(HA_GS_APPROVED_NOTIFICATION, 4),
        VALUE(HA_GS_REJECTED_NOTIFICATION, 5),
        VALUE(HA_GS_ANNOUNCEMENT_NOTIFICATION, 6),
        VALUE(HA_GS_SUBSCRIPTION_NOTIFICATION, 7),
        VALUE(HA_GS_MERGE_NOTIFICATION, 8),
        /* ha_gs_request_t */
        VALUE(HA_GS_RESPONSIVENESS, 0),
        VALUE(HA_GS_JOIN, 1),
        VALUE(HA_GS_FAILURE_LEAVE, 2),
        VALUE(HA_GS_LEAVE, 3),
        VALUE(HA_GS_EXPEL, 4),
        VALUE(HA_GS_STATE_VALUE_CHANGE, 5),
        VALUE(HA_GS_PROVIDER_MESSAGE, 6),
        VALUE(HA_GS_CAST_OUT, 7),
        VALUE(HA_GS_SOURCE_STATE_REFLECTION, 8),
        VALUE(HA_GS_MERGE, 9),
        VALUE(HA_GS_SUBSCRIPTION, 10),
        VALUE(HA_GS_GROUP_ATTRIBUTE_CHANGE, 11),
        /* ha_gs_rc_t */
        VALUE(HA_GS_OK, 0),
        VALUE(HA_GS_NOT_OK, 1),
        VALUE(HA_GS_EXISTS, 2),
        VALUE(HA_GS_NO_INIT, 3),
        VALUE(HA_GS_NAME_TOO_LONG, 4),
        VALUE(HA_GS_NO_MEMORY, 5),
        VALUE(HA_GS_NOT_A_MEMBER, 6),
        VALUE(HA_GS_BAD_CLIENT_TOKEN, 7),
        VALUE(HA_GS_BAD_MEMBER_TOKEN, 8),
        VALUE(HA_GS_BAD_PARAMETER, 9),
        VALUE(HA_GS_UNKNOWN_GROUP, 10),
        VALUE(HA_GS_INVALID_GROUP, 11),
        VALUE(HA_GS_NO_SOURCE_GROUP_PROVIDER, 12),
        VALUE(HA_GS_BAD_GROUP_ATTRIBUTES, 13),
        VALUE(HA_GS_WRONG_OLD_STATE, 14),
        VALUE(HA_GS_DUPLICATE_INSTANCE_NUMBER, 15),
        VALUE(HA_GS_COLLIDE, 16),
        VALUE(HA_GS_SOCK_CREATE_FAILED, 17),
        VALUE(HA_GS_SOCK_INIT_FAILED, 18),
        VALUE(HA_GS_CONNECT_FAILED, 19),
        VALUE(HA_GS_VOTE_NOT_EXPECTED, 20),
        VALUE(HA_GS_NOT_SUPPORTED, 21),
        VALUE(HA_GS_INVALID_SOURCE_GROUP, 22),
        VALUE(HA_GS_UNKNOWN_PROVIDER, 23),
        VALUE(HA_GS_INVALID_DEACTIVATE_PHASE, 24),
        VALUE(HA_GS_PROVIDER_APPEARS_TWICE, 25),
        VALUE(HA_GS_BACKLEVEL_PROVIDERS, 26),
        /* ha_gs_summary_code_t */
        VALUE(HA_GS_EXPLICIT_APPROVE, 0x0001),
        VALUE(HA_GS_EXPLICIT_REJECT, 0x0002),
        VALUE(HA_GS_DEFAULT_APPROVE, 0x0004),
        VALUE(HA_GS_DEFAULT_REJECT, 0x0008),
        VALUE(HA_GS_TIME_LIMIT_EXCEEDED, 0x0010),
        VALUE(HA_GS_PROVIDER_FAILED, 0x0020),
        VALUE(HA_GS_RESPONSIVENESS_NO_RESPONSE, 0x0040),
        VALUE(HA_GS_RESPONSIVENESS_RESPONSE, 0x0080),
        VALUE(HA_GS_GROUP_DISSOLVED, 0x0100),
        VALUE(HA_GS_GROUP_SERVICES_HAS_DIED_HORRIBLY, 0x0200),
        VALUE(HA_GS_DEACTIVATE_UNSUCCESSFUL, 0x0400),
        VALUE(HA_GS_DEACTIVATE_TIME_LIMIT_EXCEEDED, 0x0800),
        VALUE(HA_GS_GROUP_ATTRIBUTES_CHANGED, 0x1000),
        /* gs_whats_changed */
        VALUE(HA_GS_NO_CHANGE, 0x0000),
        VALUE(HA_GS_PROPOSED_MEMBERSHIP, 0x0001),
        VALUE(HA_GS_ONGOING_MEMBERSHIP, 0x0002),
        VALUE(HA_GS_PROPOSED_STATE_VALUE, 0x0004),
        VALUE(HA_GS_ONGOING_STATE_VALUE, 0x0008),
        VALUE(HA_GS_UPDATED_PROVIDER_MESSAGE, 0x0010),
        VALUE(HA_GS_UPDATED_MEMBERSHIP, 0x0020),
        VALUE(HA_GS_REJECTED_MEMBERSHIP, 0x0040),
        VALUE(HA_GS_UPDATED_STATE_VALUE, 0x0080),
        VALUE(HA_GS_REJECTED_STATE_VALUE, 0x0100),
        VALUE(HA_GS_REFLECTED_SOURCE_STATE_VALUE, 0x0200),
        VALUE(HA_GS_EXPEL_INFORMATION, 0x0400),
        VALUE(HA_GS_PROPOSED_GROUP_ATTRIBUTES, 0x0800),
        VALUE(HA_GS_ONGOING_GROUP_ATTRIBUTES, 0x1000),
        VALUE(HA_GS_UPDATED_GROUP_ATTRIBUTES, 0x2000),
        VALUE(HA_GS_REJECTED_GROUP_ATTRIBUTES, 0x4000),
        /* leave reasons */
        VALUE(HA_GS_VOLUNTARY_LEAVE, 0x01),
        VALUE(HA_GS_PROVIDER_FAILURE, 0x02),
        VALUE(HA_GS_HOST_FAILURE, 0x04),
        VALUE(HA_GS_PROVIDER_EXPELLED, 0x08),
        VALUE(HA_GS_SOURCE_PROVIDER_LEAVE, 0x10),
        VALUE(HA_GS_PROVIDER_SAID_GOODBYE, 0x20),
        /* special data */
        VALUE(HA_GS_ADAPTER_DEATH_ARRAY, 0x1),
        VALUE(HA_GS_CURRENT_ADAPTER_ALIAS_ARRAY, 0x2),
        VALUE(HA_GS_CHANGING_ADAPTER_ALIAS_ARRAY, 0x4),
        /* subscription control */
        VALUE(HA_GS_SUBSCRIBE_STATE, 0x01),
        VALUE(HA_GS_SUBSCRIBE_DELTA_JOINS, 0x02),
        VALUE(HA_GS_SUBSCRIBE_DELTA_LEAVES, 0x04),
        VALUE(HA_GS_SUBSCRIBE_DELTAS_ONLY, 0x06),
        VALUE(HA_GS_SUBSCRIBE_MEMBERSHIP, 0x08),
        VALUE(HA_GS_SUBSCRIBE_ALL_MEMBERSHIP, 0x0e),
        VALUE(HA_GS_SUBSCRIBE_STATE_AND_MEMBERSHIP, 0x0f),
        /* subscription type */
        VALUE(HA_GS_SUBSCRIPTION_STATE, 0x01),
        VALUE(HA_GS_SUBSCRIPTION_DELTA_JOIN, 0x02),
        VALUE(HA_GS_SUBSCRIPTION_DELTA_LEAVE, 0x04),
        VALUE(HA_GS_SUBSCRIPTION_MEMBERSHIP, 0x08),
        VALUE(HA_GS_SUBSCRIPTION_SPECIAL_DATA, 0x40),
        VALUE(HA_GS_SUBSCRIPTION_DISSOLVED, 0x80),
        VALUE(HA_GS_SUBSCRIPTION_GS_HAS_DIED, 0x100),
};

static void every_constant_has_its_value(void) {
        for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
                printf("%s is %lld\n", values[i].name, values[i].is);
                check(values[i].is == values[i].must_be);
        }
}

/* ---- types ---- */

#define SAME(a, b) _Static_assert(__builtin_types_compatible_p(a, b), #a " is not " #b)
#define MEMBER(type, member, of) SAME(__typeof__(((type *) 0)->member), of)

SAME(ha_gs_descriptor_t, int);
SAME(ha_gs_token_t, int);
SAME(ha_gs_time_limit_t, unsigned short);
SAME(ha_gs_group_name_t, char *);
SAME(ha_gs_summary_code_t, unsigned);
SAME(ha_gs_updates_t, unsigned);
SAME(ha_gs_leave_reasons_t, unsigned);
SAME(ha_gs_subscription_ctrl_t, unsigned);
SAME(ha_gs_subscription_type_t, unsigned);
SAME(ha_gs_adapter_death_t, unsigned);
SAME(ha_gs_protocol_approved_notification_t, ha_gs_approved_notification_t);
SAME(fc_eid_t, char[48]);

MEMBER(ha_gs_provider_t, gs_instance_number, short);
MEMBER(ha_gs_provider_t, gs_node_number, short);
MEMBER(ha_gs_provider_t, gs_provider_id, int);
MEMBER(ha_gs_special_block_t, gs_special_flag, unsigned);
MEMBER(ha_gs_special_block_t, gs_next_special_block, struct ha_gs_special_block *);
MEMBER(ha_gs_special_block_t, gs_special_num_entries, int);
MEMBER(ha_gs_special_block_t, gs_special_length, int);
MEMBER(ha_gs_special_block_t, gs_special, void *);
MEMBER(ha_gs_special_data_t, gs_length, int);
MEMBER(ha_gs_special_data_t, gs_flag, unsigned);
MEMBER(ha_gs_special_data_t, gs_special_data, ha_gs_special_block_t *);
MEMBER(ha_gs_membership_t, gs_count, unsigned);
MEMBER(ha_gs_membership_t, gs_providers, ha_gs_provider_t *);
MEMBER(ha_gs_state_value_t, gs_length, int);
MEMBER(ha_gs_state_value_t, gs_state, char *);
MEMBER(ha_gs_provider_message_t, gs_length, int);
MEMBER(ha_gs_provider_message_t, gs_message, char *);
MEMBER(ha_gs_phase_info_t, gs_num_phases, ha_gs_num_phases_t);
MEMBER(ha_gs_phase_info_t, gs_phase_number, int);
MEMBER(ha_gs_leave_info_t, gs_voluntary_or_failure, ha_gs_leave_reasons_t);
MEMBER(ha_gs_leave_info_t, gs_voluntary_leave_code, unsigned);
MEMBER(ha_gs_leave_array_t, gs_count, unsigned);
MEMBER(ha_gs_leave_array_t, gs_leave_codes, ha_gs_leave_info_t *);
MEMBER(ha_gs_expel_info_t, gs_deactivate_phase, int);
MEMBER(ha_gs_expel_info_t, gs_deactivate_flag, char *);
MEMBER(ha_gs_responsiveness_t, gs_responsiveness_type, ha_gs_responsiveness_type_t);
MEMBER(ha_gs_responsiveness_t, gs_responsiveness_interval, unsigned);
MEMBER(ha_gs_responsiveness_t, gs_responsiveness_response_time_limit, ha_gs_time_limit_t);
MEMBER(ha_gs_responsiveness_t, gs_counter_location, void *);
MEMBER(ha_gs_responsiveness_t, gs_counter_length, unsigned);
MEMBER(ha_gs_group_attributes_t, gs_version, short);
MEMBER(ha_gs_group_attributes_t, gs_sizeof_group_attributes, short);
MEMBER(ha_gs_group_attributes_t, gs_client_version, short);
MEMBER(ha_gs_group_attributes_t, gs_batch_control, ha_gs_batch_ctrl_t);
MEMBER(ha_gs_group_attributes_t, gs_num_phases, ha_gs_num_phases_t);
MEMBER(ha_gs_group_attributes_t, gs_source_reflection_num_phases, ha_gs_num_phases_t);
MEMBER(ha_gs_group_attributes_t, gs_group_default_vote, ha_gs_vote_value_t);
MEMBER(ha_gs_group_attributes_t, gs_merge_control, ha_gs_merge_ctrl_t);
MEMBER(ha_gs_group_attributes_t, gs_time_limit, ha_gs_time_limit_t);
MEMBER(ha_gs_group_attributes_t, gs_source_reflection_time_limit, ha_gs_time_limit_t);
MEMBER(ha_gs_group_attributes_t, gs_group_name, ha_gs_group_name_t);
MEMBER(ha_gs_group_attributes_t, gs_source_group_name, ha_gs_group_name_t);
MEMBER(ha_gs_proposal_t, gs_phase_info, ha_gs_phase_info_t);
MEMBER(ha_gs_proposal_t, gs_proposed_by, ha_gs_provider_t);
MEMBER(ha_gs_proposal_t, gs_whats_changed, ha_gs_updates_t);
MEMBER(ha_gs_proposal_t, gs_current_providers, ha_gs_membership_t *);
MEMBER(ha_gs_proposal_t, gs_changing_providers, ha_gs_membership_t *);
MEMBER(ha_gs_proposal_t, gs_leave_info, ha_gs_leave_array_t *);
MEMBER(ha_gs_proposal_t, gs_expel_info, ha_gs_expel_info_t *);
MEMBER(ha_gs_proposal_t, gs_current_state_value, ha_gs_state_value_t *);
MEMBER(ha_gs_proposal_t, gs_proposed_state_value, ha_gs_state_value_t *);
MEMBER(ha_gs_proposal_t, gs_source_state_value, ha_gs_state_value_t *);
MEMBER(ha_gs_proposal_t, gs_provider_message, ha_gs_provider_message_t *);
MEMBER(ha_gs_proposal_t, gs_new_group_attributes, ha_gs_group_attributes_t *);
MEMBER(ha_gs_n_phase_notification_t, gs_notification_type, ha_gs_notification_type_t);
MEMBER(ha_gs_n_phase_notification_t, gs_provider_token, ha_gs_token_t);
MEMBER(ha_gs_n_phase_notification_t, gs_protocol_type, ha_gs_request_t);
MEMBER(ha_gs_n_phase_notification_t, gs_summary_code, ha_gs_summary_code_t);
MEMBER(ha_gs_n_phase_notification_t, gs_time_limit, ha_gs_time_limit_t);
MEMBER(ha_gs_n_phase_notification_t, gs_proposal, ha_gs_proposal_t *);
MEMBER(ha_gs_approved_notification_t, gs_notification_type, ha_gs_notification_type_t);
MEMBER(ha_gs_approved_notification_t, gs_provider_token, ha_gs_token_t);
MEMBER(ha_gs_approved_notification_t, gs_protocol_type, ha_gs_request_t);
MEMBER(ha_gs_approved_notification_t, gs_summary_code, ha_gs_summary_code_t);
MEMBER(ha_gs_approved_notification_t, gs_proposal, ha_gs_proposal_t *);
MEMBER(ha_gs_rejected_notification_t, gs_notification_type, ha_gs_notification_type_t);
MEMBER(ha_gs_rejected_notification_t, gs_provider_token, ha_gs_token_t);
MEMBER(ha_gs_rejected_notification_t, gs_protocol_type, ha_gs_request_t);
MEMBER(ha_gs_rejected_notification_t, gs_summary_code, ha_gs_summary_code_t);
MEMBER(ha_gs_rejected_notification_t, gs_proposal, ha_gs_proposal_t *);
MEMBER(ha_gs_announcement_notification_t, gs_notification_type, ha_gs_notification_type_t);
MEMBER(ha_gs_announcement_notification_t, gs_provider_token, ha_gs_token_t);
MEMBER(ha_gs_announcement_notification_t, gs_summary_code, ha_gs_summary_code_t);
MEMBER(ha_gs_announcement_notification_t, gs_announcement, ha_gs_membership_t *);
MEMBER(ha_gs_responsiveness_notification_t, gs_notification_type, ha_gs_notification_type_t);
MEMBER(ha_gs_responsiveness_notification_t, gs_responsiveness_information, ha_gs_responsiveness_t);
MEMBER(ha_gs_delayed_error_notification_t, gs_notification_type, ha_gs_notification_type_t);
MEMBER(ha_gs_delayed_error_notification_t, gs_request_token, ha_gs_token_t);
MEMBER(ha_gs_delayed_error_notification_t, gs_protocol_type, ha_gs_request_t);
MEMBER(ha_gs_delayed_error_notification_t, gs_delayed_return_code, ha_gs_rc_t);
MEMBER(ha_gs_delayed_error_notification_t, gs_failing_request, ha_gs_proposal_info_t *);
MEMBER(ha_gs_subscription_notification_t, gs_notification_type, ha_gs_notification_type_t);
MEMBER(ha_gs_subscription_notification_t, gs_subscriber_token, ha_gs_token_t);
MEMBER(ha_gs_subscription_notification_t, gs_subscription_type, ha_gs_subscription_type_t);
MEMBER(ha_gs_subscription_notification_t, gs_state_value, ha_gs_state_value_t *);
MEMBER(ha_gs_subscription_notification_t, gs_full_membership, ha_gs_membership_t *);
MEMBER(ha_gs_subscription_notification_t, gs_changing_membership, ha_gs_membership_t *);
MEMBER(ha_gs_subscription_notification_t, gs_subscription_special_data, ha_gs_special_data_t *);
MEMBER(ha_gs_join_request_t, gs_group_attributes, ha_gs_group_attributes_t *);
MEMBER(ha_gs_join_request_t, gs_provider_instance, short);
MEMBER(ha_gs_join_request_t, gs_provider_local_name, char *);
MEMBER(ha_gs_join_request_t, gs_n_phase_protocol_callback, ha_gs_n_phase_cb_t *);
MEMBER(ha_gs_join_request_t, gs_protocol_approved_callback, ha_gs_approved_cb_t *);
MEMBER(ha_gs_join_request_t, gs_protocol_rejected_callback, ha_gs_rejected_cb_t *);
MEMBER(ha_gs_join_request_t, gs_announcement_callback, ha_gs_announcement_cb_t *);
MEMBER(ha_gs_join_request_t, gs_merge_callback, ha_gs_merge_cb_t *);
MEMBER(ha_gs_state_change_request_t, gs_num_phases, ha_gs_num_phases_t);
MEMBER(ha_gs_state_change_request_t, gs_time_limit, ha_gs_time_limit_t);
MEMBER(ha_gs_state_change_request_t, gs_new_state, ha_gs_state_value_t *);
MEMBER(ha_gs_message_request_t, gs_num_phases, ha_gs_num_phases_t);
MEMBER(ha_gs_message_request_t, gs_time_limit, ha_gs_time_limit_t);
MEMBER(ha_gs_message_request_t, gs_message, ha_gs_provider_message_t *);
MEMBER(ha_gs_leave_request_t, gs_num_phases, ha_gs_num_phases_t);
MEMBER(ha_gs_leave_request_t, gs_time_limit, ha_gs_time_limit_t);
MEMBER(ha_gs_leave_request_t, gs_leave_code, unsigned);
MEMBER(ha_gs_expel_request_t, gs_num_phases, ha_gs_num_phases_t);
MEMBER(ha_gs_expel_request_t, gs_time_limit, ha_gs_time_limit_t);
MEMBER(ha_gs_expel_request_t, gs_expel_list, ha_gs_membership_t);
MEMBER(ha_gs_expel_request_t, gs_deactivate_phase, unsigned);
MEMBER(ha_gs_expel_request_t, gs_deactivate_flag, char *);
MEMBER(ha_gs_change_attributes_t, gs_num_phases, ha_gs_num_phases_t);
MEMBER(ha_gs_change_attributes_t, gs_time_limit, ha_gs_time_limit_t);
MEMBER(ha_gs_change_attributes_t, gs_group_attributes, ha_gs_group_attributes_t *);
MEMBER(ha_gs_change_attributes_t, gs_backlevel_providers, ha_gs_membership_t *);
MEMBER(ha_gs_subscribe_request_t, gs_subscription_control, ha_gs_subscription_ctrl_t);
MEMBER(ha_gs_subscribe_request_t, gs_subscription_group, ha_gs_group_name_t);
MEMBER(ha_gs_subscribe_request_t, gs_subscription_callback, ha_gs_subscriber_cb_t *);
MEMBER(ha_gs_proposal_info_t, gs_join_request, ha_gs_join_request_t);
MEMBER(ha_gs_proposal_info_t, gs_state_change_request, ha_gs_state_change_request_t);
MEMBER(ha_gs_proposal_info_t, gs_message_request, ha_gs_message_request_t);
MEMBER(ha_gs_proposal_info_t, gs_leave_request, ha_gs_leave_request_t);
MEMBER(ha_gs_proposal_info_t, gs_expel_request, ha_gs_expel_request_t);
MEMBER(ha_gs_proposal_info_t, gs_subscribe_request, ha_gs_subscribe_request_t);
MEMBER(ha_gs_proposal_info_t, gs_change_attributes_request, ha_gs_change_attributes_t);
MEMBER(ha_gs_adapter_info, ip_addr, ha_gs_ip_addr);
MEMBER(ha_gs_adapter_info, node_number, short);
MEMBER(ha_gs_adapter_info, interface_name, const char *);
MEMBER(ha_gs_adapter_info, gs_member_id, ha_gs_provider_t);
MEMBER(ha_gs_ip_addr, ip4, struct in_addr);
MEMBER(ha_gs_ip_addr, ip6, struct in6_addr);

/* ---- callbacks and routines ---- */

SAME(ha_gs_n_phase_cb_t, void(const ha_gs_n_phase_notification_t *));
SAME(ha_gs_approved_cb_t, void(const ha_gs_approved_notification_t *));
SAME(ha_gs_rejected_cb_t, void(const ha_gs_rejected_notification_t *));
SAME(ha_gs_announcement_cb_t, void(const ha_gs_announcement_notification_t *));
SAME(ha_gs_subscriber_cb_t, void(const ha_gs_subscription_notification_t *));
SAME(ha_gs_delayed_error_cb_t, void(const ha_gs_delayed_error_notification_t *));
SAME(ha_gs_responsiveness_cb_t, ha_gs_callback_rc_t(const ha_gs_responsiveness_notification_t *));
SAME(ha_gs_query_cb_t, void(const void *));
SAME(ha_gs_merge_cb_t, void(const void *));

typedef ha_gs_rc_t Propose(ha_gs_token_t, const ha_gs_proposal_info_t *);

SAME(__typeof__(ha_gs_init),
                ha_gs_rc_t(ha_gs_descriptor_t *, ha_gs_socket_ctrl_t, const ha_gs_responsiveness_t *,
                                const char *, ha_gs_responsiveness_cb_t *, ha_gs_delayed_error_cb_t *,
                                ha_gs_query_cb_t *));
SAME(__typeof__(ha_gs_dispatch), ha_gs_rc_t(ha_gs_dispatch_flag_t));
SAME(__typeof__(ha_gs_join), ha_gs_rc_t(ha_gs_token_t *, const ha_gs_proposal_info_t *));
SAME(__typeof__(ha_gs_subscribe), ha_gs_rc_t(ha_gs_token_t *, const ha_gs_proposal_info_t *));
SAME(__typeof__(ha_gs_unsubscribe), ha_gs_rc_t(ha_gs_token_t));
SAME(__typeof__(ha_gs_vote), ha_gs_rc_t(ha_gs_token_t, ha_gs_vote_value_t, const ha_gs_state_value_t *,
                                             const ha_gs_provider_message_t *, ha_gs_vote_value_t));
SAME(__typeof__(ha_gs_change_state_value), Propose);
SAME(__typeof__(ha_gs_send_message), Propose);
SAME(__typeof__(ha_gs_expel), Propose);
SAME(__typeof__(ha_gs_leave), Propose);
SAME(__typeof__(ha_gs_change_attributes), Propose);
SAME(__typeof__(ha_gs_goodbye), ha_gs_rc_t(ha_gs_token_t));
SAME(__typeof__(ha_gs_quit), void(void));
SAME(__typeof__(ha_gs_get_adapter_info), ha_gs_rc_t(ha_gs_adapter_info *));
SAME(__typeof__(ha_gs_get_ffdc_id), ha_gs_rc_t(fc_eid_t));
SAME(__typeof__(ha_gs_get_node_number), ha_gs_rc_t(int *));

static void names_of_members_are_short_for_their_place(void) {
        ha_gs_provider_t p = { .gs_provider_id = 0 };

        p.gs_instance_number = 7;
        p.gs_node_number = 9;
        check(p.gs_provider_info._gs_instance_number == 7);
        check(p.gs_provider_info._gs_node_number == 9);
        check(p.gs_provider_id != 0);
}

static void blocks_begin_with_their_type(void) {
        check(offsetof(ha_gs_n_phase_notification_t, gs_notification_type) == 0);
        check(offsetof(ha_gs_approved_notification_t, gs_notification_type) == 0);
        check(offsetof(ha_gs_rejected_notification_t, gs_notification_type) == 0);
        check(offsetof(ha_gs_announcement_notification_t, gs_notification_type) == 0);
        check(offsetof(ha_gs_responsiveness_notification_t, gs_notification_type) == 0);
        check(offsetof(ha_gs_delayed_error_notification_t, gs_notification_type) == 0);
        check(offsetof(ha_gs_subscription_notification_t, gs_notification_type) == 0);
}

STORIES("test-4-types", CASE("4-02", every_constant_has_its_value),
                CASE("4-03", names_of_members_are_short_for_their_place),
                CASE("6-10", blocks_begin_with_their_type));
