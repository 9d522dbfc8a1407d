/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What each routine answers at once (gsapi.md 4.2 and 5), whatever it is given; and what they tell. */

#include <netinet/in.h>

#include "libha_gs-recorder.h"

/* ---- routines without a connection, and with a token that is none ---- */

static ha_gs_rc_t call_dispatch(_unused_ ha_gs_token_t token) {
        return ha_gs_dispatch(HA_GS_NON_BLOCKING);
}

static ha_gs_rc_t call_join(_unused_ ha_gs_token_t token) {
        ha_gs_group_attributes_t attributes = attributes_of((char *) "group");
        ha_gs_proposal_info_t info = join_of(&attributes, 1);

        return ha_gs_join(&token, &info);
}

static ha_gs_rc_t call_subscribe(_unused_ ha_gs_token_t token) {
        ha_gs_proposal_info_t info = { .gs_subscribe_request = { HA_GS_SUBSCRIBE_STATE, (char *) "group",
                                                       on_subscription } };

        return ha_gs_subscribe(&token, &info);
}

static ha_gs_rc_t call_vote(ha_gs_token_t token) {
        return vote(token, HA_GS_VOTE_APPROVE);
}

static ha_gs_rc_t call_send_message(ha_gs_token_t token) {
        return send_message(token, "hello");
}

static ha_gs_rc_t call_change_state_value(ha_gs_token_t token) {
        ha_gs_state_value_t value = { 1, (char *) "v" };
        ha_gs_proposal_info_t info = { .gs_state_change_request = { HA_GS_1_PHASE, 0, &value } };

        return ha_gs_change_state_value(token, &info);
}

static ha_gs_rc_t call_leave(ha_gs_token_t token) {
        ha_gs_proposal_info_t info = { .gs_leave_request = { HA_GS_1_PHASE, 0, 1 } };

        return ha_gs_leave(token, &info);
}

static ha_gs_rc_t call_expel(ha_gs_token_t token) {
        ha_gs_provider_t target = { { 1, NODE } };
        ha_gs_proposal_info_t info = { .gs_expel_request = { HA_GS_1_PHASE, 0, { 1, &target }, 0, NULL } };

        return ha_gs_expel(token, &info);
}

static ha_gs_rc_t call_change_attributes(ha_gs_token_t token) {
        ha_gs_group_attributes_t attributes = attributes_of((char *) "group");
        ha_gs_proposal_info_t info = { .gs_change_attributes_request = {
                                                       HA_GS_1_PHASE, 0, &attributes, NULL } };

        return ha_gs_change_attributes(token, &info);
}

static ha_gs_rc_t call_get_node_number(_unused_ ha_gs_token_t token) {
        int number;

        return ha_gs_get_node_number(&number);
}

static ha_gs_rc_t call_get_adapter_info(_unused_ ha_gs_token_t token) {
        ha_gs_adapter_info info = { .ip_addr.ip4.s_addr = htonl(INADDR_LOOPBACK) };

        return ha_gs_get_adapter_info(&info);
}

typedef enum TokenUse { USES_NONE, USES_PROVIDER, USES_SUBSCRIBER } TokenUse;

static const struct {
        const char *name;
        TokenUse use;
        bool proposes;
        ha_gs_rc_t (*call)(ha_gs_token_t token);
} routines[] = {
        { "dispatch", USES_NONE, false, call_dispatch },
        { "join", USES_NONE, false, call_join },
        { "subscribe", USES_NONE, false, call_subscribe },
        { "get_node_number", USES_NONE, false, call_get_node_number },
        { "get_adapter_info", USES_NONE, false, call_get_adapter_info },
        { "vote", USES_PROVIDER, false, call_vote },
        { "goodbye", USES_PROVIDER, false, ha_gs_goodbye },
        { "unsubscribe", USES_SUBSCRIBER, false, ha_gs_unsubscribe },
        { "send_message", USES_PROVIDER, true, call_send_message },
        { "change_state_value", USES_PROVIDER, true, call_change_state_value },
        { "leave", USES_PROVIDER, true, call_leave },
        { "expel", USES_PROVIDER, true, call_expel },
        { "change_attributes", USES_PROVIDER, true, call_change_attributes },
};

static void all_give(ha_gs_token_t token, ha_gs_rc_t wanted) {
        for (size_t i = 0; i < ELEMENTSOF(routines); i++)
                if (routines[i].call(token) != wanted)
                        fail_msg("%s does not give %d", routines[i].name, wanted);
}

static void without_a_connection(_unused_ void **state) {
        fc_eid_t id;

        all_give(1, HA_GS_NO_INIT);
        assert_int_equal(ha_gs_get_ffdc_id(id), HA_GS_NO_INIT);
        ha_gs_quit();
        all_give(1, HA_GS_NO_INIT);

        (void) start_client(no_error);
        ha_gs_quit();
        all_give(1, HA_GS_NO_INIT);
        assert_int_equal(ha_gs_get_ffdc_id(id), HA_GS_NO_INIT);
}

static void with_a_lost_connection(_unused_ void **state) {
        ha_gs_token_t token;
        fc_eid_t id;

        (void) start_client(no_error);
        token = join("group", 1);
        hang_up();
        all_give(token, HA_GS_NOT_OK);
        all_give(0, HA_GS_NOT_OK);
        assert_int_equal(ha_gs_get_ffdc_id(id), HA_GS_NOT_OK);

        (void) start_client(no_error);
        assert_int_equal(call_send_message(token), HA_GS_BAD_MEMBER_TOKEN);
        assert_int_equal(ha_gs_dispatch(HA_GS_NON_BLOCKING), HA_GS_OK);
}

static void with_a_bad_token(_unused_ void **state) {
        ha_gs_token_t provider, subscriber, dead;

        (void) start_client(no_error);
        dead = join("group", 1);
        assert_int_equal(ha_gs_goodbye(dead), HA_GS_OK);
        (void) heard_event(EVENT_GOODBYE);
        provider = join("group", 1);
        subscriber = subscribe("group", HA_GS_SUBSCRIBE_STATE);

        for (size_t i = 0; i < ELEMENTSOF(routines); i++) {
                const int bad[] = { 0, -1, INT32_MIN, INT32_MAX, dead,
                        routines[i].use == USES_PROVIDER ? subscriber : provider };

                for (size_t k = 0; k < ELEMENTSOF(bad) && routines[i].use != USES_NONE; k++)
                        if (routines[i].call(bad[k]) != HA_GS_BAD_MEMBER_TOKEN)
                                fail_msg("%s takes token %d", routines[i].name, bad[k]);
        }
}

static void before_the_join_is_complete(_unused_ void **state) {
        ha_gs_token_t token;

        (void) start_client(no_error);
        token = start_join("group", 1);
        for (size_t i = 0; i < ELEMENTSOF(routines); i++)
                if (routines[i].proposes && routines[i].call(token) != HA_GS_NOT_A_MEMBER)
                        fail_msg("%s takes a joiner for a member", routines[i].name);
        assert_int_equal(call_vote(token), HA_GS_VOTE_NOT_EXPECTED);

        say_joined(token, 1);
        (void) next_shown();
        for (size_t i = 0; i < ELEMENTSOF(routines); i++)
                if (routines[i].proposes && routines[i].call(token) != HA_GS_OK)
                        fail_msg("%s does not take a member", routines[i].name);
}

/* ---- node, adapters, last words ---- */

static void node_number(_unused_ void **state) {
        int number = -1;

        (void) start_client(no_error);
        assert_int_equal(ha_gs_get_node_number(NULL), HA_GS_BAD_PARAMETER);
        assert_int_equal(ha_gs_get_node_number(&number), HA_GS_OK);
        assert_int_equal(number, NODE);
}

static void adapter_info(_unused_ void **state) {
        ha_gs_adapter_info info = { .ip_addr.ip4.s_addr = htonl(INADDR_LOOPBACK), .node_number = -1 };
        ha_gs_descriptor_t fd;

        (void) start_client(no_error);
        assert_int_equal(ha_gs_get_adapter_info(&info), HA_GS_NOT_OK);
        ha_gs_quit();

        assert_int_equal(ha_gs_init(&fd,
                                         (ha_gs_socket_ctrl_t) (HA_GS_SOCKET_NO_SIGNAL |
                                                                HA_GS_ENABLE_ADAPTER_INFO),
                                         NULL, NULL, NULL, no_error, NULL),
                        HA_GS_OK);
        assert_int_equal(ha_gs_get_adapter_info(NULL), HA_GS_BAD_PARAMETER);
        assert_int_equal(ha_gs_get_adapter_info(&info), HA_GS_OK);
        assert_string_equal(info.interface_name, "lo");
        assert_int_equal(info.node_number, NODE);

        info.ip_addr.ip4.s_addr = htonl(0xc0000201); /* of a documentation network: nobody has it */
        assert_int_equal(ha_gs_get_adapter_info(&info), HA_GS_NOT_OK);
}

static void last_words(_unused_ void **state) {
        fc_eid_t id;

        (void) start_client(no_error);
        assert_int_equal(ha_gs_get_ffdc_id(NULL), HA_GS_BAD_PARAMETER);
        assert_int_equal(ha_gs_get_ffdc_id(id), HA_GS_NOT_OK);
        say_last_words("6fa3a5ae7c1f43b1a6c1c9c1b6d4a0b2.17");
        hang_up();
        assert_int_equal(ha_gs_dispatch(HA_GS_NON_BLOCKING), HA_GS_NOT_OK);
        assert_int_equal(ha_gs_get_ffdc_id(id), HA_GS_OK);
        assert_string_equal(id, "6fa3a5ae7c1f43b1a6c1c9c1b6d4a0b2.17");

        (void) start_client(no_error);
        assert_int_equal(ha_gs_get_ffdc_id(id), HA_GS_NOT_OK);
}

/* They come also when it is a routine that notices the end. */
static void last_words_of_a_send(_unused_ void **state) {
        ha_gs_token_t token;
        fc_eid_t id;

        (void) start_client(no_error);
        token = join("group", 1);
        say_last_words("words");
        hang_up();
        assert_int_equal(send_message(token, "too late"), HA_GS_NOT_OK);
        assert_int_equal(ha_gs_get_ffdc_id(id), HA_GS_OK);
        assert_string_equal(id, "words");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                recorder_test(without_a_connection),
                recorder_test(with_a_lost_connection),
                recorder_test(with_a_bad_token),
                recorder_test(before_the_join_is_complete),
                recorder_test(node_number),
                recorder_test(adapter_info),
                recorder_test(last_words),
                recorder_test(last_words_of_a_send),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
