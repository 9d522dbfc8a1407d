/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Delayed errors: each shows the request that failed (gsapi.md 4, 5). */

#include "libha_gs-recorder.h"

#define PROPOSAL \
        { .num_phases = GS_N_PHASE, .time_limit = 9 }

static const Shown *delayed(int32_t token, GsRequest request, GsReturn error, Event *failing) {
        if (failing)
                failing->client.token = token;
        say_error(token, request, error, failing);
        return next_shown();
}

static void assert_delayed(const Shown *s, ha_gs_token_t token, ha_gs_request_t request, ha_gs_rc_t error) {
        assert_int_equal(s->type, HA_GS_DELAYED_ERROR_NOTIFICATION);
        assert_int_equal(s->token, token);
        assert_int_equal(s->request, request);
        assert_int_equal(s->error, error);
}

/* What the failing request points to is there in the callback only. */
static ha_gs_token_t looked_token;

static void look_at_message(const Shown *s) {
        const ha_gs_message_request_t *q = &s->failing.gs_message_request;

        looked_token = s->token;
        assert_int_equal(q->gs_num_phases, HA_GS_N_PHASE);
        assert_int_equal(q->gs_time_limit, 9);
        assert_int_equal(q->gs_message->gs_length, 5);
        assert_memory_equal(q->gs_message->gs_message, "hello", 5);
}

static void look_at_state(const Shown *s) {
        const ha_gs_state_change_request_t *q = &s->failing.gs_state_change_request;

        looked_token = s->token;
        assert_int_equal(q->gs_num_phases, HA_GS_N_PHASE);
        assert_int_equal(q->gs_time_limit, 9);
        assert_int_equal(q->gs_new_state->gs_length, 5);
        assert_memory_equal(q->gs_new_state->gs_state, "value", 5);
}

static void look_at_leave(const Shown *s) {
        looked_token = s->token;
        assert_int_equal(s->failing.gs_leave_request.gs_num_phases, HA_GS_N_PHASE);
        assert_int_equal(s->failing.gs_leave_request.gs_time_limit, 9);
        assert_int_equal(s->failing.gs_leave_request.gs_leave_code, 1234567890);
}

static void look_at_expel(const Shown *s) {
        const ha_gs_expel_request_t *q = &s->failing.gs_expel_request;

        looked_token = s->token;
        assert_int_equal(q->gs_num_phases, HA_GS_N_PHASE);
        assert_int_equal(q->gs_time_limit, 9);
        assert_int_equal(q->gs_expel_list.gs_count, 2);
        assert_int_equal(q->gs_expel_list.gs_providers[1].gs_instance_number, 5);
        assert_int_equal(q->gs_expel_list.gs_providers[1].gs_node_number, 6);
        assert_int_equal(q->gs_deactivate_phase, 2);
        assert_string_equal(q->gs_deactivate_flag, "flag");
}

static void look_at_attributes(const Shown *s) {
        const ha_gs_change_attributes_t *q = &s->failing.gs_change_attributes_request;

        looked_token = s->token;
        assert_int_equal(q->gs_num_phases, HA_GS_N_PHASE);
        assert_int_equal(q->gs_time_limit, 9);
        assert_string_equal(q->gs_group_attributes->gs_group_name, "group");
        assert_int_equal(q->gs_group_attributes->gs_client_version, 42);
        assert_null(q->gs_backlevel_providers);
}

static void failed_proposals(_unused_ void **state) {
        static const struct {
                GsRequest request;
                void (*look)(const Shown *s);
                Event event;
        } cases[] = {
                { GS_PROVIDER_MESSAGE, look_at_message,
                                { .type = EVENT_MESSAGE, .message = { PROPOSAL, BYTES("hello") } } },
                { GS_STATE_VALUE_CHANGE, look_at_state,
                                { .type = EVENT_STATE_CHANGE,
                                                .state_change = { PROPOSAL, BYTES("value") } } },
                { GS_LEAVE, look_at_leave, { .type = EVENT_LEAVE, .leave = { PROPOSAL, 1234567890 } } },
                { GS_EXPEL, look_at_expel,
                                { .type = EVENT_EXPEL,
                                                .expel = { PROPOSAL, 2, BYTES("flag"), 2,
                                                                { { 1, 2 }, { 5, 6 } } } } },
                { GS_GROUP_ATTRIBUTE_CHANGE, look_at_attributes,
                                { .type = EVENT_ATTRIBUTES,
                                                .attributes = { PROPOSAL,
                                                                { .client_version = 42,
                                                                                .num_phases = GS_1_PHASE,
                                                                                .reflection_num_phases =
                                                                                                GS_1_PHASE,
                                                                                .group = "group" } } } },
        };
        ha_gs_token_t token;

        (void) start_client(on_delayed_error);
        token = join("group", 1);
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                Event event = cases[i].event;

                in_callback = cases[i].look;
                looked_token = 0;
                assert_delayed(delayed(token, cases[i].request, GS_COLLIDE, &event), token,
                                (ha_gs_request_t) cases[i].request, HA_GS_COLLIDE);
                assert_int_equal(looked_token, token);
        }
        in_callback = NULL;

        /* The provider is what it was. */
        assert_int_equal(send_message(token, "again"), HA_GS_OK);
}

static void look_at_join(const Shown *s) {
        const ha_gs_join_request_t *q = &s->failing.gs_join_request;

        looked_token = s->token;
        assert_string_equal(q->gs_group_attributes->gs_group_name, "group");
        assert_int_equal(q->gs_group_attributes->gs_batch_control, HA_GS_BATCH_BOTH);
        assert_null(q->gs_group_attributes->gs_source_group_name);
        assert_int_equal(q->gs_provider_instance, 17);
        assert_string_equal(q->gs_provider_local_name, "local");
        assert_ptr_equal(q->gs_n_phase_protocol_callback, on_n_phase);
        assert_ptr_equal(q->gs_protocol_approved_callback, on_approved);
        assert_ptr_equal(q->gs_protocol_rejected_callback, on_rejected);
        assert_ptr_equal(q->gs_announcement_callback, on_announcement);
}

static void a_failed_join(_unused_ void **state) {
        ha_gs_token_t token;

        (void) start_client(on_delayed_error);
        token = start_join("group", 17);
        in_callback = look_at_join;
        assert_delayed(delayed(token, GS_JOIN, GS_DUPLICATE_INSTANCE_NUMBER, NULL), token, HA_GS_JOIN,
                        HA_GS_DUPLICATE_INSTANCE_NUMBER);
        assert_int_equal(looked_token, token);
        assert_int_equal(send_message(token, "none"), HA_GS_BAD_MEMBER_TOKEN);
        say_dead(token);
        assert_int_equal(ha_gs_dispatch(HA_GS_NON_BLOCKING), HA_GS_OK);
}

static void look_at_subscribe(const Shown *s) {
        const ha_gs_subscribe_request_t *q = &s->failing.gs_subscribe_request;

        looked_token = s->token;
        assert_int_equal(q->gs_subscription_control, HA_GS_SUBSCRIBE_DELTAS_ONLY);
        assert_string_equal(q->gs_subscription_group, "nobody");
        assert_ptr_equal(q->gs_subscription_callback, on_subscription);
}

static void a_failed_subscription(_unused_ void **state) {
        ha_gs_token_t token;

        (void) start_client(on_delayed_error);
        token = subscribe("nobody", HA_GS_SUBSCRIBE_DELTAS_ONLY);
        in_callback = look_at_subscribe;
        assert_delayed(delayed(token, GS_SUBSCRIPTION, GS_UNKNOWN_GROUP, NULL), token, HA_GS_SUBSCRIPTION,
                        HA_GS_UNKNOWN_GROUP);
        assert_int_equal(looked_token, token);
        assert_int_equal(ha_gs_unsubscribe(token), HA_GS_BAD_MEMBER_TOKEN);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                recorder_test(failed_proposals),
                recorder_test(a_failed_join),
                recorder_test(a_failed_subscription),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
