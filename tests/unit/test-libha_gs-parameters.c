/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What each routine answers to what it is given (gsapi.md 4.2, 5 and 7); ha_gs_init() is in -connect. */

#include "libha_gs-recorder.h"

static char long_name[] = "a name with as many as 33 bytes..";
static char longest_name[] = "one that has 32 bytes, no more..";

/* Call with a block that is right but for `change`. */
#define JOIN_GIVES(wanted, change)                                                     \
        do {                                                                           \
                ha_gs_group_attributes_t attributes = attributes_of((char *) "group"); \
                ha_gs_group_attributes_t *a = &attributes;                             \
                ha_gs_proposal_info_t info = join_of(a, 1);                            \
                ha_gs_join_request_t *q = &info.gs_join_request;                       \
                ha_gs_token_t token = -1;                                              \
                                                                                       \
                (void) q;                                                              \
                change;                                                                \
                assert_int_equal(ha_gs_join(&token, &info), wanted);                   \
                assert_int_equal(token > 0, (wanted) == HA_GS_OK);                     \
        } while (0)

static void join_parameters(_unused_ void **state) {
        ha_gs_proposal_info_t nothing = {};
        ha_gs_token_t other;

        (void) start_client(no_error);
        assert_int_equal(ha_gs_join(NULL, &nothing), HA_GS_BAD_PARAMETER);
        assert_int_equal(ha_gs_join(&other, NULL), HA_GS_BAD_PARAMETER);

        JOIN_GIVES(HA_GS_OK, );
        JOIN_GIVES(HA_GS_BAD_PARAMETER, q->gs_group_attributes = NULL);
        JOIN_GIVES(HA_GS_BAD_PARAMETER, q->gs_n_phase_protocol_callback = NULL);
        JOIN_GIVES(HA_GS_BAD_PARAMETER, q->gs_protocol_approved_callback = NULL);
        JOIN_GIVES(HA_GS_BAD_PARAMETER, q->gs_protocol_rejected_callback = NULL);
        JOIN_GIVES(HA_GS_BAD_PARAMETER, q->gs_announcement_callback = NULL);
        JOIN_GIVES(HA_GS_OK, q->gs_merge_callback = NULL);
        JOIN_GIVES(HA_GS_OK, q->gs_provider_instance = 0);
        JOIN_GIVES(HA_GS_OK, q->gs_provider_instance = 32767);
        JOIN_GIVES(HA_GS_BAD_PARAMETER, q->gs_provider_instance = -1);
        JOIN_GIVES(HA_GS_OK, q->gs_provider_local_name = NULL);
        JOIN_GIVES(HA_GS_OK, q->gs_provider_local_name = longest_name);
        JOIN_GIVES(HA_GS_NAME_TOO_LONG, q->gs_provider_local_name = long_name);

        JOIN_GIVES(HA_GS_OK, a->gs_version = 0);
        JOIN_GIVES(HA_GS_BAD_GROUP_ATTRIBUTES, a->gs_version = 2);
        JOIN_GIVES(HA_GS_BAD_GROUP_ATTRIBUTES, a->gs_sizeof_group_attributes = 0);
        JOIN_GIVES(HA_GS_BAD_GROUP_ATTRIBUTES, a->gs_sizeof_group_attributes++);
        JOIN_GIVES(HA_GS_OK, a->gs_client_version = -1);
        JOIN_GIVES(HA_GS_OK, a->gs_batch_control = (ha_gs_batch_ctrl_t) 7);
        JOIN_GIVES(HA_GS_BAD_GROUP_ATTRIBUTES, a->gs_batch_control = (ha_gs_batch_ctrl_t) 8);
        JOIN_GIVES(HA_GS_BAD_GROUP_ATTRIBUTES, a->gs_num_phases = (ha_gs_num_phases_t) 0);
        JOIN_GIVES(HA_GS_BAD_GROUP_ATTRIBUTES, a->gs_num_phases = (ha_gs_num_phases_t) 3);
        JOIN_GIVES(HA_GS_BAD_GROUP_ATTRIBUTES, a->gs_source_reflection_num_phases = (ha_gs_num_phases_t) 0);
        JOIN_GIVES(HA_GS_OK, a->gs_group_default_vote = HA_GS_NULL_VOTE);
        JOIN_GIVES(HA_GS_OK, a->gs_group_default_vote = HA_GS_VOTE_REJECT);
        JOIN_GIVES(HA_GS_BAD_GROUP_ATTRIBUTES, a->gs_group_default_vote = HA_GS_VOTE_CONTINUE);
        JOIN_GIVES(HA_GS_BAD_GROUP_ATTRIBUTES, a->gs_group_default_vote = (ha_gs_vote_value_t) 4);
        JOIN_GIVES(HA_GS_BAD_GROUP_ATTRIBUTES, a->gs_merge_control = HA_GS_LARGER_MERGE);
        JOIN_GIVES(HA_GS_BAD_GROUP_ATTRIBUTES, a->gs_merge_control = HA_GS_DONTCARE_MERGE);
        JOIN_GIVES(HA_GS_BAD_GROUP_ATTRIBUTES, a->gs_group_name = NULL);
        JOIN_GIVES(HA_GS_BAD_GROUP_ATTRIBUTES, a->gs_group_name = (char *) "");
        JOIN_GIVES(HA_GS_OK, a->gs_group_name = longest_name);
        JOIN_GIVES(HA_GS_NAME_TOO_LONG, a->gs_group_name = long_name);
        JOIN_GIVES(HA_GS_OK, a->gs_source_group_name = (char *) "");
        JOIN_GIVES(HA_GS_OK, a->gs_source_group_name = longest_name);
        JOIN_GIVES(HA_GS_NAME_TOO_LONG, a->gs_source_group_name = long_name);
}

#define SUBSCRIBE_GIVES(wanted, change)                                                                   \
        do {                                                                                              \
                ha_gs_subscribe_request_t request = { HA_GS_SUBSCRIBE_STATE, (char *) "group",            \
                        on_subscription };                                                                \
                ha_gs_subscribe_request_t *q = &request;                                                  \
                ha_gs_token_t token = -1;                                                                 \
                                                                                                          \
                change;                                                                                   \
                assert_int_equal(ha_gs_subscribe(&token,                                                  \
                                                 &(ha_gs_proposal_info_t){ .gs_subscribe_request = *q }), \
                                wanted);                                                                  \
                assert_int_equal(token > 0, (wanted) == HA_GS_OK);                                        \
        } while (0)

static void subscribe_parameters(_unused_ void **state) {
        ha_gs_token_t other;

        (void) start_client(no_error);
        assert_int_equal(ha_gs_subscribe(&other, NULL), HA_GS_BAD_PARAMETER);
        assert_int_equal(ha_gs_subscribe(NULL, &(ha_gs_proposal_info_t){}), HA_GS_BAD_PARAMETER);

        SUBSCRIBE_GIVES(HA_GS_OK, );
        SUBSCRIBE_GIVES(HA_GS_OK, q->gs_subscription_control = HA_GS_SUBSCRIBE_STATE_AND_MEMBERSHIP);
        SUBSCRIBE_GIVES(HA_GS_BAD_PARAMETER, q->gs_subscription_control = 0);
        SUBSCRIBE_GIVES(HA_GS_BAD_PARAMETER, q->gs_subscription_control = 0x10);
        SUBSCRIBE_GIVES(HA_GS_BAD_PARAMETER, q->gs_subscription_control |= HA_GS_SUBSCRIPTION_SPECIAL_DATA);
        SUBSCRIBE_GIVES(HA_GS_BAD_PARAMETER, q->gs_subscription_callback = NULL);
        SUBSCRIBE_GIVES(HA_GS_BAD_PARAMETER, q->gs_subscription_group = NULL);
        SUBSCRIBE_GIVES(HA_GS_BAD_PARAMETER, q->gs_subscription_group = (char *) "");
        SUBSCRIBE_GIVES(HA_GS_OK, q->gs_subscription_group = longest_name);
        SUBSCRIBE_GIVES(HA_GS_NAME_TOO_LONG, q->gs_subscription_group = long_name);
        SUBSCRIBE_GIVES(HA_GS_OK, q->gs_subscription_group = (char *) HA_GS_HOST_MEMBERSHIP_GROUP);
}

#define GIVES(wanted, routine, member, type, change, ...)                        \
        do {                                                                     \
                type request = { HA_GS_N_PHASE, 5, __VA_ARGS__ }, *q = &request; \
                ha_gs_proposal_info_t info;                                      \
                                                                                 \
                change;                                                          \
                info = (ha_gs_proposal_info_t){ .member = *q };                  \
                assert_int_equal(routine(token, &info), wanted);                 \
        } while (0)

#define STATE_GIVES(wanted, change)                                                                    \
        GIVES(wanted, ha_gs_change_state_value, gs_state_change_request, ha_gs_state_change_request_t, \
                        change, &v)

static void state_parameters(_unused_ void **state) {
        char bytes[GS_STATE_MAX + 1] = { 0 };
        ha_gs_state_value_t v = { 1, bytes };
        ha_gs_token_t token;

        (void) start_client(no_error);
        token = join("group", 1);
        assert_int_equal(ha_gs_change_state_value(token, NULL), HA_GS_BAD_PARAMETER);

        STATE_GIVES(HA_GS_OK, (void) q);
        STATE_GIVES(HA_GS_OK, q->gs_num_phases = HA_GS_1_PHASE);
        STATE_GIVES(HA_GS_BAD_PARAMETER, q->gs_num_phases = (ha_gs_num_phases_t) 0);
        STATE_GIVES(HA_GS_BAD_PARAMETER, q->gs_num_phases = (ha_gs_num_phases_t) 3);
        STATE_GIVES(HA_GS_BAD_PARAMETER, q->gs_new_state = NULL);
        v.gs_length = GS_STATE_MAX;
        STATE_GIVES(HA_GS_OK, (void) q);
        v.gs_length = GS_STATE_MAX + 1;
        STATE_GIVES(HA_GS_BAD_PARAMETER, (void) q);
        v.gs_length = 0;
        STATE_GIVES(HA_GS_BAD_PARAMETER, (void) q);
        v.gs_length = -1;
        STATE_GIVES(HA_GS_BAD_PARAMETER, (void) q);
        v = (ha_gs_state_value_t){ 1, NULL };
        STATE_GIVES(HA_GS_BAD_PARAMETER, (void) q);
}

#define MESSAGE_GIVES(wanted, change) \
        GIVES(wanted, ha_gs_send_message, gs_message_request, ha_gs_message_request_t, change, &v)

static void message_parameters(_unused_ void **state) {
        static char bytes[GS_MESSAGE_MAX + 1];
        ha_gs_provider_message_t v = { 1, bytes };
        ha_gs_token_t token;

        (void) start_client(no_error);
        token = join("group", 1);
        assert_int_equal(ha_gs_send_message(token, NULL), HA_GS_BAD_PARAMETER);

        MESSAGE_GIVES(HA_GS_OK, (void) q);
        MESSAGE_GIVES(HA_GS_BAD_PARAMETER, q->gs_num_phases = (ha_gs_num_phases_t) 0);
        MESSAGE_GIVES(HA_GS_BAD_PARAMETER, q->gs_message = NULL);
        v.gs_length = GS_MESSAGE_MAX;
        MESSAGE_GIVES(HA_GS_OK, (void) q);
        v.gs_length = GS_MESSAGE_MAX + 1;
        MESSAGE_GIVES(HA_GS_BAD_PARAMETER, (void) q);
        v.gs_length = 0;
        MESSAGE_GIVES(HA_GS_BAD_PARAMETER, (void) q);
        v = (ha_gs_provider_message_t){ 1, NULL };
        MESSAGE_GIVES(HA_GS_BAD_PARAMETER, (void) q);
}

#define LEAVE_GIVES(wanted, change) \
        GIVES(wanted, ha_gs_leave, gs_leave_request, ha_gs_leave_request_t, change, UINT32_MAX)

static void leave_parameters(_unused_ void **state) {
        ha_gs_token_t token;

        (void) start_client(no_error);
        token = join("group", 1);
        assert_int_equal(ha_gs_leave(token, NULL), HA_GS_BAD_PARAMETER);
        LEAVE_GIVES(HA_GS_OK, (void) q);
        LEAVE_GIVES(HA_GS_BAD_PARAMETER, q->gs_num_phases = (ha_gs_num_phases_t) 3);
}

#define EXPEL_GIVES(wanted, change) \
        GIVES(wanted, ha_gs_expel, gs_expel_request, ha_gs_expel_request_t, change, { 1, targets }, 2, NULL)

static void expel_parameters(_unused_ void **state) {
        static ha_gs_provider_t targets[EVENT_TARGETS_MAX + 1];
        char flag[GS_FLAG_MAX + 2];
        ha_gs_token_t token;

        (void) start_client(no_error);
        token = join("group", 1);
        assert_int_equal(ha_gs_expel(token, NULL), HA_GS_BAD_PARAMETER);
        memset(flag, 'f', sizeof(flag));
        flag[GS_FLAG_MAX + 1] = 0;

        EXPEL_GIVES(HA_GS_OK, (void) q);
        EXPEL_GIVES(HA_GS_BAD_PARAMETER, q->gs_num_phases = (ha_gs_num_phases_t) 0);
        EXPEL_GIVES(HA_GS_BAD_PARAMETER, q->gs_expel_list.gs_providers = NULL);
        EXPEL_GIVES(HA_GS_BAD_PARAMETER, q->gs_expel_list.gs_count = 0);
        EXPEL_GIVES(HA_GS_OK, q->gs_expel_list.gs_count = EVENT_TARGETS_MAX);
        EXPEL_GIVES(HA_GS_BAD_PARAMETER, q->gs_expel_list.gs_count = EVENT_TARGETS_MAX + 1);
        EXPEL_GIVES(HA_GS_BAD_PARAMETER, q->gs_expel_list.gs_count = UINT32_MAX);
        EXPEL_GIVES(HA_GS_BAD_PARAMETER, q->gs_deactivate_flag = flag);
        EXPEL_GIVES(HA_GS_OK, q->gs_deactivate_flag = flag + 1);
        EXPEL_GIVES(HA_GS_OK, q->gs_deactivate_phase = UINT32_MAX);
        EXPEL_GIVES(HA_GS_INVALID_DEACTIVATE_PHASE, q->gs_num_phases = HA_GS_1_PHASE);
        EXPEL_GIVES(HA_GS_OK, q->gs_num_phases = HA_GS_1_PHASE; q->gs_deactivate_phase = 1);
        EXPEL_GIVES(HA_GS_OK, q->gs_num_phases = HA_GS_1_PHASE; q->gs_deactivate_phase = 0);
        targets[0].gs_instance_number = -1;
        EXPEL_GIVES(HA_GS_BAD_PARAMETER, (void) q);
        targets[0] = (ha_gs_provider_t){ { 0, -1 } };
        EXPEL_GIVES(HA_GS_BAD_PARAMETER, (void) q);
        targets[0].gs_node_number = 2048;
        EXPEL_GIVES(HA_GS_BAD_PARAMETER, (void) q);
        targets[0] = (ha_gs_provider_t){ { 32767, 2047 } };
        EXPEL_GIVES(HA_GS_OK, (void) q);
}

#define CHANGE_GIVES(wanted, change)                                                   \
        do {                                                                           \
                ha_gs_group_attributes_t attributes = attributes_of((char *) "group"); \
                ha_gs_group_attributes_t *a = &attributes;                             \
                                                                                       \
                GIVES(wanted, ha_gs_change_attributes, gs_change_attributes_request,   \
                                ha_gs_change_attributes_t, change, a, NULL);           \
        } while (0)

static void change_attributes_parameters(_unused_ void **state) {
        ha_gs_token_t token;

        (void) start_client(no_error);
        token = join("group", 1);
        assert_int_equal(ha_gs_change_attributes(token, NULL), HA_GS_BAD_PARAMETER);

        CHANGE_GIVES(HA_GS_OK, (void) q);
        CHANGE_GIVES(HA_GS_BAD_PARAMETER, q->gs_num_phases = (ha_gs_num_phases_t) 0);
        CHANGE_GIVES(HA_GS_BAD_PARAMETER, q->gs_group_attributes = NULL);
        CHANGE_GIVES(HA_GS_OK, a->gs_client_version = 3; (void) q);
        CHANGE_GIVES(HA_GS_OK, a->gs_batch_control = HA_GS_NO_BATCHING; (void) q);
        CHANGE_GIVES(HA_GS_OK, a->gs_num_phases = HA_GS_1_PHASE; (void) q);
        CHANGE_GIVES(HA_GS_OK, a->gs_source_reflection_num_phases = HA_GS_N_PHASE; (void) q);
        CHANGE_GIVES(HA_GS_OK, a->gs_group_default_vote = HA_GS_VOTE_REJECT; (void) q);
        CHANGE_GIVES(HA_GS_OK, a->gs_time_limit = 9; (void) q);
        CHANGE_GIVES(HA_GS_OK, a->gs_source_reflection_time_limit = 9; (void) q);
        CHANGE_GIVES(HA_GS_BAD_PARAMETER, a->gs_group_name = (char *) "other"; (void) q);
        CHANGE_GIVES(HA_GS_BAD_PARAMETER, a->gs_source_group_name = (char *) "other"; (void) q);
        CHANGE_GIVES(HA_GS_BAD_GROUP_ATTRIBUTES, a->gs_merge_control = HA_GS_SMALLER_MERGE; (void) q);
        CHANGE_GIVES(HA_GS_BAD_GROUP_ATTRIBUTES, a->gs_sizeof_group_attributes = 1; (void) q);
        CHANGE_GIVES(HA_GS_NAME_TOO_LONG, a->gs_group_name = long_name; (void) q);
}

static void say_phase(ha_gs_token_t token, uint32_t number) {
        GsNotification n = {
                .type = GS_N_PHASE_NOTIFICATION,
                .request = GS_STATE_VALUE_CHANGE,
                .group = 16,
                .protocol = 2,
                .phase = number,
                .n_phase = true,
                .votes = true,
                .n_current = 1,
        };

        say_notification(token, NOTIFICATION_LIST_SAME, &n);
        (void) next_shown();
}

static void vote_parameters(_unused_ void **state) {
        ha_gs_state_value_t value = { 1, (char *) "v" }, empty = { 0, (char *) "v" };
        ha_gs_provider_message_t message = { 1, (char *) "m" }, none = { 1, NULL };
        const Event *event;
        ha_gs_token_t token;

        (void) start_client(no_error);
        token = join("group", 1);
        assert_int_equal(vote(token, HA_GS_NULL_VOTE), HA_GS_BAD_PARAMETER);
        assert_int_equal(vote(token, (ha_gs_vote_value_t) 4), HA_GS_BAD_PARAMETER);
        assert_int_equal(vote(token, HA_GS_VOTE_REJECT), HA_GS_VOTE_NOT_EXPECTED);

        say_phase(token, 1);
        assert_int_equal(ha_gs_vote(token, HA_GS_VOTE_APPROVE, NULL, NULL, HA_GS_VOTE_CONTINUE),
                        HA_GS_BAD_PARAMETER);
        assert_int_equal(ha_gs_vote(token, HA_GS_VOTE_APPROVE, NULL, NULL, (ha_gs_vote_value_t) 4),
                        HA_GS_BAD_PARAMETER);
        assert_int_equal(ha_gs_vote(token, HA_GS_VOTE_APPROVE, &empty, NULL, HA_GS_NULL_VOTE),
                        HA_GS_BAD_PARAMETER);
        assert_int_equal(ha_gs_vote(token, HA_GS_VOTE_APPROVE, NULL, &none, HA_GS_NULL_VOTE),
                        HA_GS_BAD_PARAMETER);
        assert_int_equal(ha_gs_vote(token, HA_GS_VOTE_CONTINUE, &value, &message, HA_GS_VOTE_REJECT),
                        HA_GS_OK);
        event = heard_event(EVENT_VOTE);
        assert_int_equal(event->vote.value, GS_VOTE_CONTINUE);
        assert_int_equal(event->vote.default_value, GS_VOTE_REJECT);
        assert_memory_equal(event->vote.state.data, "v", 1);
        assert_memory_equal(event->vote.message.data, "m", 1);
        assert_int_equal(vote(token, HA_GS_VOTE_APPROVE), HA_GS_VOTE_NOT_EXPECTED);

        say_phase(token, 2);
        assert_int_equal(vote(token, HA_GS_VOTE_REJECT), HA_GS_OK);
        assert_int_equal(heard_event(EVENT_VOTE)->vote.phase.phase, 2);
}

static void dispatch_parameters(_unused_ void **state) {
        (void) start_client(no_error);
        assert_int_equal(ha_gs_dispatch((ha_gs_dispatch_flag_t) 2), HA_GS_BAD_PARAMETER);
        assert_int_equal(ha_gs_dispatch(HA_GS_NON_BLOCKING), HA_GS_OK);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                recorder_test(join_parameters),
                recorder_test(subscribe_parameters),
                recorder_test(state_parameters),
                recorder_test(message_parameters),
                recorder_test(leave_parameters),
                recorder_test(expel_parameters),
                recorder_test(change_attributes_parameters),
                recorder_test(vote_parameters),
                recorder_test(dispatch_parameters),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
