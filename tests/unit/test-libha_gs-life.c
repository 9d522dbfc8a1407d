/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The life of a token, from join or subscription to its end, and what may be done with it meanwhile. */

#include "libha_gs-recorder.h"

static const GsProvider self = { 3, NODE };

/* ---- what the daemon says ---- */

static const Shown *say_phase(ha_gs_token_t token, uint64_t protocol, uint32_t phase, bool votes) {
        const GsNotification n = {
                .type = GS_N_PHASE_NOTIFICATION,
                .request = GS_PROVIDER_MESSAGE,
                .group = 16,
                .protocol = protocol,
                .phase = phase,
                .n_phase = true,
                .votes = votes,
                .n_current = 1,
                .current = &self,
        };

        say_notification(token, NOTIFICATION_LIST_FULL, &n);
        return next_shown();
}

static const Shown *say_end(
                ha_gs_token_t token, GsNotificationType type, GsRequest request, GsProvider who) {
        const GsNotification n = {
                .type = type,
                .request = request,
                .group = 16,
                .protocol = 2,
                .phase = 1,
                .n_phase = true,
                .n_current = 1,
                .current = &self,
                .n_changing = 1,
                .changing = &who,
        };

        say_notification(token, NOTIFICATION_LIST_FULL, &n);
        return next_shown();
}

static void assert_dead(ha_gs_token_t token) {
        assert_int_equal(send_message(token, "dead"), HA_GS_BAD_MEMBER_TOKEN);
        assert_int_equal(vote(token, HA_GS_VOTE_APPROVE), HA_GS_BAD_MEMBER_TOKEN);
        assert_int_equal(ha_gs_goodbye(token), HA_GS_BAD_MEMBER_TOKEN);
        assert_int_equal(ha_gs_unsubscribe(token), HA_GS_BAD_MEMBER_TOKEN);

        /* What the daemon says to it yet, it says to nobody. */
        say_joined(token, 3);
        say_dead(token);
        assert_int_equal(ha_gs_dispatch(HA_GS_NON_BLOCKING), HA_GS_OK);
}

/* ---- what the client says ---- */

static void the_whole_way(_unused_ void **state) {
        const Event *event;
        ha_gs_token_t token;

        (void) start_client(no_error);
        token = join("group", 3);

        assert_int_equal(send_message(token, "hello"), HA_GS_OK);
        event = heard_event(EVENT_MESSAGE);
        assert_int_equal(event->client.token, token);
        assert_int_equal(event->message.message.size, 5);
        assert_memory_equal(event->message.message.data, "hello", 5);

        assert_int_equal(say_phase(token, 2, 1, true)->type, HA_GS_N_PHASE_NOTIFICATION);
        assert_int_equal(vote(token, HA_GS_VOTE_APPROVE), HA_GS_OK);
        event = heard_event(EVENT_VOTE);
        assert_int_equal(event->vote.value, GS_VOTE_APPROVE);
        assert_int_equal(event->vote.phase.group, 16);
        assert_int_equal(event->vote.phase.protocol, 2);
        assert_int_equal(event->vote.phase.phase, 1);

        assert_int_equal(ha_gs_goodbye(token), HA_GS_OK);
        assert_int_equal(heard_event(EVENT_GOODBYE)->client.token, token);
        assert_dead(token);
        ha_gs_quit();
        assert_int_equal(ha_gs_dispatch(HA_GS_NON_BLOCKING), HA_GS_NO_INIT);
}

/* ---- each request as the daemon hears it ---- */

static void a_join_as_it_is_heard(_unused_ void **state) {
        ha_gs_group_attributes_t attributes = attributes_of((char *) "group");
        ha_gs_proposal_info_t info = join_of(&attributes, 3);
        const GsAttributes *a;
        ha_gs_token_t token;
        const Heard *h;

        (void) start_client(no_error);
        attributes.gs_source_group_name = (char *) "source";
        attributes.gs_client_version = -2;
        attributes.gs_time_limit = 8;
        attributes.gs_source_reflection_time_limit = 9;
        assert_int_equal(ha_gs_join(&token, &info), HA_GS_OK);
        h = heard(FRAME_REQUEST);
        assert_int_equal(h->event.type, EVENT_JOIN);
        assert_int_equal(h->event.client.token, token);
        assert_int_equal(h->event.join.instance, 3);
        assert_string_equal(h->local_name, "local");
        a = &h->event.join.attributes;
        assert_string_equal(a->group, "group");
        assert_string_equal(a->source, "source");
        assert_int_equal(a->client_version, -2);
        assert_int_equal(a->batch_control, GS_BATCH_BOTH);
        assert_int_equal(a->num_phases, GS_N_PHASE);
        assert_int_equal(a->reflection_num_phases, GS_1_PHASE);
        assert_int_equal(a->default_vote, GS_VOTE_APPROVE);
        assert_int_equal(a->time_limit, 8);
        assert_int_equal(a->reflection_time_limit, 9);
}

static void proposals_as_they_are_heard(_unused_ void **state) {
        ha_gs_provider_t targets[] = { { { 1, 2 } }, { { 32767, 2047 } } };
        ha_gs_group_attributes_t attributes = attributes_of((char *) "group");
        ha_gs_proposal_info_t info;
        const Event *event;
        ha_gs_token_t token;

        (void) start_client(no_error);
        token = join("group", 3);

        info.gs_leave_request = (ha_gs_leave_request_t){ HA_GS_N_PHASE, 7, 0xfffffff0 };
        assert_int_equal(ha_gs_leave(token, &info), HA_GS_OK);
        event = heard_event(EVENT_LEAVE);
        assert_int_equal(event->leave.proposal.num_phases, GS_N_PHASE);
        assert_int_equal(event->leave.proposal.time_limit, 7);
        assert_int_equal(event->leave.code, 0xfffffff0);

        info.gs_expel_request =
                        (ha_gs_expel_request_t){ HA_GS_1_PHASE, 6, { 2, targets }, 1, (char *) "flag" };
        assert_int_equal(ha_gs_expel(token, &info), HA_GS_OK);
        event = heard_event(EVENT_EXPEL);
        assert_int_equal(event->expel.n_targets, 2);
        assert_int_equal(event->expel.targets[1].instance, 32767);
        assert_int_equal(event->expel.targets[1].node, 2047);
        assert_int_equal(event->expel.deactivate_phase, 1);
        assert_int_equal(event->expel.flag.size, 4);

        info.gs_state_change_request = (ha_gs_state_change_request_t){ HA_GS_1_PHASE, 5,
                &(ha_gs_state_value_t){ 3, (char *) "a\0b" } };
        assert_int_equal(ha_gs_change_state_value(token, &info), HA_GS_OK);
        event = heard_event(EVENT_STATE_CHANGE);
        assert_int_equal(event->state_change.state.size, 3);
        assert_memory_equal(event->state_change.state.data, "a\0b", 3);

        attributes.gs_client_version = 5;
        info.gs_change_attributes_request =
                        (ha_gs_change_attributes_t){ HA_GS_N_PHASE, 4, &attributes, NULL };
        assert_int_equal(ha_gs_change_attributes(token, &info), HA_GS_OK);
        event = heard_event(EVENT_ATTRIBUTES);
        assert_int_equal(event->attributes.attributes.client_version, 5);
        assert_int_equal(event->attributes.proposal.time_limit, 4);
}

static void tokens_are_never_used_again(_unused_ void **state) {
        ha_gs_token_t last = 0, token;

        for (unsigned i = 0; i < 3; i++) {
                (void) start_client(no_error);
                for (unsigned k = 0; k < 3; k++) {
                        token = k % 2 ? subscribe("group", HA_GS_SUBSCRIBE_STATE) : start_join("group", 3);
                        assert_true(token > last);
                        last = token;
                }
                ha_gs_quit();
        }
}

/* ---- votes and collisions: what was dispatched decides (stream.md 1) ---- */

static void votes_are_for_the_phase_that_was_dispatched(_unused_ void **state) {
        GsNotification n = { .type = GS_N_PHASE_NOTIFICATION, .n_phase = true, .votes = true, .phase = 1 };
        ha_gs_token_t token;

        (void) start_client(no_error);
        token = join("group", 3);

        /* It has arrived, but no callback has run yet. */
        say_notification(token, NOTIFICATION_LIST_FULL, &n);
        assert_int_equal(vote(token, HA_GS_VOTE_APPROVE), HA_GS_VOTE_NOT_EXPECTED);
        (void) next_shown();
        assert_int_equal(vote(token, HA_GS_VOTE_APPROVE), HA_GS_OK);
        (void) heard_event(EVENT_VOTE);
        assert_int_equal(vote(token, HA_GS_VOTE_APPROVE), HA_GS_VOTE_NOT_EXPECTED);

        (void) say_phase(token, 9, 2, true);
        (void) say_phase(token, 9, 3, true);
        assert_int_equal(vote(token, HA_GS_VOTE_APPROVE), HA_GS_OK);
        assert_int_equal(heard_event(EVENT_VOTE)->vote.phase.phase, 3);

        (void) say_phase(token, 10, 1, true);
        (void) say_end(token, GS_REJECTED_NOTIFICATION, GS_PROVIDER_MESSAGE, self);
        assert_int_equal(vote(token, HA_GS_VOTE_APPROVE), HA_GS_VOTE_NOT_EXPECTED);
}

static void who_is_not_on_the_roll_does_not_vote(_unused_ void **state) {
        ha_gs_token_t token;

        (void) start_client(no_error);
        token = join("group", 3);
        (void) say_phase(token, 2, 1, false);
        assert_int_equal(vote(token, HA_GS_VOTE_APPROVE), HA_GS_VOTE_NOT_EXPECTED);
        assert_int_equal(send_message(token, "none"), HA_GS_COLLIDE);
}

static void a_joiner_votes(_unused_ void **state) {
        ha_gs_token_t token;

        (void) start_client(no_error);
        token = start_join("group", 3);
        (void) say_phase(token, 2, 1, true);
        assert_int_equal(send_message(token, "none"), HA_GS_NOT_A_MEMBER);
        assert_int_equal(vote(token, HA_GS_VOTE_CONTINUE), HA_GS_OK);
        (void) heard_event(EVENT_VOTE);
        (void) say_end(token, GS_APPROVED_NOTIFICATION, GS_JOIN, self);
        assert_int_equal(send_message(token, "member"), HA_GS_OK);
}

static void proposals_collide(_unused_ void **state) {
        ha_gs_token_t token, other;

        (void) start_client(no_error);
        token = join("group", 3);
        other = join("other", 3);
        (void) say_phase(token, 2, 1, true);
        assert_int_equal(send_message(token, "none"), HA_GS_COLLIDE);
        assert_int_equal(send_message(other, "one"), HA_GS_OK);
        assert_int_equal(vote(token, HA_GS_VOTE_APPROVE), HA_GS_OK);
        assert_int_equal(send_message(token, "none"), HA_GS_COLLIDE);
        (void) say_end(token, GS_APPROVED_NOTIFICATION, GS_PROVIDER_MESSAGE, self);
        assert_int_equal(send_message(token, "one"), HA_GS_OK);

        /* What the block says comes first. */
        (void) say_phase(token, 2, 1, true);
        assert_int_equal(send_message(token, ""), HA_GS_BAD_PARAMETER);
        (void) say_end(token, GS_REJECTED_NOTIFICATION, GS_PROVIDER_MESSAGE, self);
        assert_int_equal(send_message(token, "one"), HA_GS_OK);
}

/* ---- from callbacks ---- */

static void call_everything(const Shown *s) {
        ha_gs_descriptor_t fd;
        int node;

        assert_int_equal(ha_gs_dispatch(HA_GS_NON_BLOCKING), HA_GS_NOT_OK);
        assert_int_equal(ha_gs_dispatch(HA_GS_BLOCKING), HA_GS_NOT_OK);
        assert_int_equal(ha_gs_get_node_number(&node), HA_GS_OK);
        assert_int_equal(ha_gs_init(&fd, HA_GS_SOCKET_NO_SIGNAL, NULL, NULL, NULL, no_error, NULL),
                        HA_GS_EXISTS);
        if (s->type == HA_GS_N_PHASE_NOTIFICATION)
                assert_int_equal(vote(s->token, HA_GS_VOTE_APPROVE), HA_GS_OK);
        else if (s->type == HA_GS_APPROVED_NOTIFICATION) {
                assert_int_equal(send_message(s->token, "from a callback"), HA_GS_OK);
                assert_int_equal(ha_gs_goodbye(s->token), HA_GS_OK);
        }
}

static void callbacks_may_call_all_but_dispatch(_unused_ void **state) {
        ha_gs_token_t token;

        (void) start_client(no_error);
        token = start_join("group", 3);
        in_callback = call_everything;
        (void) say_phase(token, 1, 1, true);
        (void) heard_event(EVENT_VOTE);
        (void) say_end(token, GS_APPROVED_NOTIFICATION, GS_JOIN, self);
        (void) heard_event(EVENT_MESSAGE);
        (void) heard_event(EVENT_GOODBYE);
        assert_dead(token);
        assert_int_equal(ha_gs_dispatch(HA_GS_NON_BLOCKING), HA_GS_OK);
}

/* ---- ends ---- */

static void a_rejected_join_is_the_end(_unused_ void **state) {
        ha_gs_token_t token;

        (void) start_client(no_error);
        token = start_join("group", 3);
        (void) say_end(token, GS_REJECTED_NOTIFICATION, GS_JOIN, self);
        assert_dead(token);
}

static void another_s_rejected_join_is_not(_unused_ void **state) {
        ha_gs_token_t token;

        (void) start_client(no_error);
        token = join("group", 3);
        (void) say_end(token, GS_REJECTED_NOTIFICATION, GS_JOIN, (GsProvider){ 4, NODE });
        assert_int_equal(send_message(token, "alive"), HA_GS_OK);
}

static void leaving_is_the_end(_unused_ void **state) {
        static const GsRequest requests[] = { GS_LEAVE, GS_EXPEL, GS_CAST_OUT };
        const GsProvider others[] = { { 4, NODE }, { 3, NODE + 1 } };
        ha_gs_token_t token;

        (void) start_client(no_error);
        for (size_t i = 0; i < ELEMENTSOF(requests); i++) {
                token = join("group", 3);
                for (size_t k = 0; k < ELEMENTSOF(others); k++)
                        (void) say_end(token, GS_APPROVED_NOTIFICATION, requests[i], others[k]);
                (void) say_end(token, GS_REJECTED_NOTIFICATION, requests[i], self);
                (void) say_end(token, GS_APPROVED_NOTIFICATION, GS_PROVIDER_MESSAGE, self);
                assert_int_equal(send_message(token, "alive"), HA_GS_OK);
                (void) heard_event(EVENT_MESSAGE);
                (void) say_end(token, GS_APPROVED_NOTIFICATION, requests[i], self);
                assert_dead(token);
        }
}

static void the_end_of_a_domain(_unused_ void **state) {
        static const uint32_t ends[] = { GS_GROUP_DISSOLVED, GS_GROUP_SERVICES_HAS_DIED_HORRIBLY };
        GsNotification n = { .type = GS_ANNOUNCEMENT_NOTIFICATION };
        ha_gs_token_t token;

        (void) start_client(no_error);
        for (size_t i = 0; i < ELEMENTSOF(ends); i++) {
                token = join("group", 3);
                n.summary = GS_RESPONSIVENESS_NO_RESPONSE;
                say_notification(token, NOTIFICATION_LIST_NONE, &n);
                (void) next_shown();
                assert_int_equal(send_message(token, "alive"), HA_GS_OK);
                (void) heard_event(EVENT_MESSAGE);

                n.summary = ends[i];
                say_notification(token, NOTIFICATION_LIST_NONE, &n);
                assert_int_equal(next_shown()->summary, ends[i]);
                assert_dead(token);
        }
}

static void the_end_of_a_subscription(_unused_ void **state) {
        static const uint32_t ends[] = { GS_SUBSCRIPTION_DISSOLVED, GS_SUBSCRIPTION_GS_HAS_DIED };
        GsNotification n = { .type = GS_SUBSCRIPTION_NOTIFICATION };
        ha_gs_token_t token;

        (void) start_client(no_error);
        for (size_t i = 0; i < ELEMENTSOF(ends); i++) {
                token = subscribe("group", HA_GS_SUBSCRIBE_STATE);
                n.subscription_type = ends[i];
                say_notification(token, NOTIFICATION_LIST_NONE, &n);
                assert_int_equal(next_shown()->subscription_type, ends[i]);
                assert_dead(token);
        }

        token = subscribe("group", HA_GS_SUBSCRIBE_STATE);
        n.subscription_type = GS_SUBSCRIBE_STATE;
        say_notification(token, NOTIFICATION_LIST_NONE, &n);
        (void) next_shown();
        assert_int_equal(ha_gs_unsubscribe(token), HA_GS_OK);
        assert_int_equal(heard(FRAME_UNSUBSCRIBE)->token, token);
        assert_dead(token);
}

/* Whatever it was that the daemon means. */
static void the_daemon_may_end_a_token(_unused_ void **state) {
        ha_gs_token_t token;

        (void) start_client(no_error);
        token = join("group", 3);
        say_dead(token);
        assert_int_equal(ha_gs_dispatch(HA_GS_NON_BLOCKING), HA_GS_OK);
        assert_dead(token);
}

/* The token lives until its last callback has returned. */
static void look_at_the_token(const Shown *s) {
        assert_int_equal(send_message(s->token, ""), HA_GS_BAD_PARAMETER);
}

static void a_token_lives_in_its_last_callback(_unused_ void **state) {
        ha_gs_token_t token;

        (void) start_client(no_error);
        token = join("group", 3);
        in_callback = look_at_the_token;
        (void) say_end(token, GS_APPROVED_NOTIFICATION, GS_LEAVE, self);
        in_callback = NULL;
        assert_dead(token);
}

/* ---- responsiveness (gsapi.md 3.10) ---- */

static unsigned n_asked;
static ha_gs_callback_rc_t checked;
static ha_gs_responsiveness_t asked;

static ha_gs_callback_rc_t on_check(const ha_gs_responsiveness_notification_t *block) {
        assert_int_equal(block->gs_notification_type, HA_GS_RESPONSIVENESS_NOTIFICATION);
        asked = block->gs_responsiveness_information;
        n_asked++;
        return checked;
}

static void start_checked(ha_gs_responsiveness_t responsiveness) {
        ha_gs_descriptor_t fd;

        n_asked = 0;
        assert_int_equal(ha_gs_init(&fd, HA_GS_SOCKET_NO_SIGNAL, &responsiveness, NULL, on_check, no_error,
                                         NULL),
                        HA_GS_OK);
}

static bool check(void) {
        say_empty(FRAME_PING, 0);
        assert_int_equal(ha_gs_dispatch(HA_GS_NON_BLOCKING), HA_GS_OK);
        return heard(FRAME_PONG)->well;
}

static void pings(_unused_ void **state) {
        start_checked((ha_gs_responsiveness_t){ HA_GS_PING_RESPONSIVENESS, 10, 5, NULL, 0 });
        checked = HA_GS_CALLBACK_OK;
        assert_true(check());
        checked = HA_GS_CALLBACK_NOT_OK;
        assert_false(check());
        assert_int_equal(n_asked, 2);
        assert_int_equal(asked.gs_responsiveness_interval, 10);
        assert_int_equal(asked.gs_responsiveness_response_time_limit, 5);
}

static void counters(_unused_ void **state) {
        static const unsigned lengths[] = { 1, 2, 4, 8 };
        uint8_t counter[9] = { 0 };

        for (size_t i = 0; i < ELEMENTSOF(lengths); i++) {
                start_checked((ha_gs_responsiveness_t){
                                HA_GS_COUNTER_RESPONSIVENESS, 10, 5, counter, lengths[i] });
                checked = HA_GS_CALLBACK_NOT_OK;
                counter[lengths[i] - 1]++;
                assert_true(check());
                assert_int_equal(n_asked, 0);

                /* It stands still, or what changes is not it. */
                assert_false(check());
                counter[lengths[i]]++;
                checked = HA_GS_CALLBACK_OK;
                assert_true(check());
                assert_int_equal(n_asked, 2);
                assert_ptr_equal(asked.gs_counter_location, counter);

                counter[0]++;
                assert_true(check());
                assert_int_equal(n_asked, 2);
                ha_gs_quit();
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                recorder_test(the_whole_way),
                recorder_test(a_join_as_it_is_heard),
                recorder_test(proposals_as_they_are_heard),
                recorder_test(tokens_are_never_used_again),
                recorder_test(votes_are_for_the_phase_that_was_dispatched),
                recorder_test(who_is_not_on_the_roll_does_not_vote),
                recorder_test(a_joiner_votes),
                recorder_test(proposals_collide),
                recorder_test(callbacks_may_call_all_but_dispatch),
                recorder_test(a_rejected_join_is_the_end),
                recorder_test(another_s_rejected_join_is_not),
                recorder_test(leaving_is_the_end),
                recorder_test(the_end_of_a_domain),
                recorder_test(the_end_of_a_subscription),
                recorder_test(the_daemon_may_end_a_token),
                recorder_test(a_token_lives_in_its_last_callback),
                recorder_test(pings),
                recorder_test(counters),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
