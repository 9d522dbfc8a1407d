/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What client libraries ask for, and what comes of it. __wrap_log_line() takes what is logged. */

#include "session-client.h"

/* ---- hello ---- */

static void test_hello_is_answered_with_what_the_library_must_know(void **state) {
        Fixture *f = *state;
        _cleanup_(closep) int client = client_new(f);
        ClientWelcome w;

        send_hello(client, &(ClientHello){ .version_min = 1, .version_max = 9 });
        settle(f);
        expect_frame(f, client, FRAME_WELCOME, 0);
        assert_int_equal(client_get_welcome(&inbox_body, &w), 0);
        assert_int_equal(w.version, CLIENT_VERSION_MAX);
        assert_int_equal(w.node_number, identity.node_number);
        assert_int_equal(w.incarnation, identity.incarnation);
        assert_string_equal(w.syspar, identity.syspar);
}

static void test_versions_that_do_not_meet_are_refused(void **state) {
        static const ClientHello hellos[] = {
                { .version_min = CLIENT_VERSION_MAX + 1, .version_max = CLIENT_VERSION_MAX + 5 },
                { .version_min = 0, .version_max = CLIENT_VERSION_MIN - 1 },
        };
        Fixture *f = *state;

        for (size_t i = 0; i < ELEMENTSOF(hellos); i++) {
                _cleanup_(closep) int client = client_new(f);

                send_hello(client, &hellos[i]);
                settle(f);
                assert_refused(client, FRAME_REFUSED_VERSION, 0);
        }
        assert_int_equal(count_logged("no version of the protocol"), 2);
        assert_int_equal(f->n_calls, 0);
}

static void test_status_is_answered_before_and_after_hello(void **state) {
        Fixture *f = *state;
        _cleanup_(closep) int client = client_new(f);

        ask(client, 1);
        send_hello(client, &plain_hello);
        ask(client, 2);
        settle(f);
        expect_frame(f, client, FRAME_STATUS_ANSWER, 1);
        expect_frame(f, client, FRAME_WELCOME, 0);
        expect_frame(f, client, FRAME_STATUS_ANSWER, 2);
}

/* ---- who does not keep to the protocol ---- */

/* Of the reasons in one test five at most are logged: see test-session.c. */
static void assert_cut_off(Fixture *f, int client, const char *why) {
        unsigned n = session_server_clients(f->server);
        char c;

        settle(f);
        while (recv(client, &c, 1, 0) > 0)
                ;
        assert_disconnected(client);
        assert_int_equal(session_server_clients(f->server), n - 1);
        assert_int_equal(count_logged(why), 1);
        logged[0] = 0;
}

static void test_nothing_can_be_asked_for_before_hello(void **state) {
        static const FrameType types[] = { FRAME_REQUEST, FRAME_SUBSCRIBE, FRAME_UNSUBSCRIBE, FRAME_PONG };
        Fixture *f = *state;

        for (size_t i = 0; i < ELEMENTSOF(types); i++) {
                _cleanup_(closep) int client = client_new(f);

                settle(f);
                send_frame(client, FRAME_VERSION, types[i], 0, 0);
                assert_cut_off(f, client, "before it said hello");
        }
        assert_int_equal(f->n_calls, 0);
}

static void test_malformed_frames_end_the_session(void **state) {
        static const struct {
                FrameType type;
                const char *why;
        } cases[] = {
                { FRAME_HELLO, "it said hello twice" },
                { FRAME_REQUEST, "its request is malformed" },
                { FRAME_SUBSCRIBE, "its subscription is malformed" },
                { FRAME_UNSUBSCRIBE, "its request is malformed" },
                { FRAME_PONG, "its answer to a responsiveness check is malformed" },
        };
        Fixture *f = *state;

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_(closep) int client = welcome_client(f, &plain_hello);

                send_frame(client, FRAME_VERSION, cases[i].type, 0, 3);
                assert_cut_off(f, client, cases[i].why);
        }
        assert_int_equal(f->n_calls, 0);
}

static void test_malformed_hello_ends_the_session(void **state) {
        Fixture *f = *state;
        _cleanup_(closep) int client = client_new(f);

        settle(f);
        send_frame(client, FRAME_VERSION, FRAME_HELLO, 0, 3);
        assert_cut_off(f, client, "its hello is malformed");
}

/* What only daemons say to each other, or to clients, is not for a client to say. */
static void test_frames_and_events_of_daemons_are_refused(void **state) {
        static const FrameType types[] = { FRAME_WELCOME, FRAME_DONE, FRAME_NOTIFICATION, FRAME_PART };
        Fixture *f = *state;
        uint8_t frame[64];

        for (size_t i = 0; i < ELEMENTSOF(types); i++) {
                _cleanup_(closep) int client = welcome_client(f, &plain_hello);

                send_frame(client, FRAME_VERSION, types[i], 9, 0);
                settle(f);
                assert_refused(client, FRAME_REFUSED_PROTOCOL, 9);
        }
        for (EventType type = EVENT_PROCESS_DOWN; type <= _EVENT_TYPE_MAX; type++) {
                _cleanup_(closep) int client = welcome_client(f, &plain_hello);
                FrameWriter w = frame_begin(frame, sizeof(frame), FRAME_REQUEST, 0);

                frame_put_u8(&w, (uint8_t) type);
                frame_put_u32(&w, 1);
                send_bytes(client, frame, (size_t) frame_finish(&w));
                settle(f);
                assert_disconnected(client);
        }
        assert_int_equal(f->n_calls, 0);
}

static void test_refusal_comes_behind_what_was_answered_before(void **state) {
        Fixture *f = *state;
        _cleanup_(closep) int client = client_new(f);

        ask(client, 1);
        send_frame(client, FRAME_VERSION, 99, 2, 0);
        settle(f);
        expect_frame(f, client, FRAME_STATUS_ANSWER, 1);
        assert_refused(client, FRAME_REFUSED_PROTOCOL, 2);
}

/* ---- requests ---- */

static void test_requests_are_submitted_in_order_as_events_of_the_connection(void **state) {
        Fixture *f = *state;
        _cleanup_(closep) int first = welcome_client(f, &plain_hello);
        _cleanup_(closep) int client = welcome_client(f, &plain_hello);
        unsigned i = 0;

        for (EventType type = EVENT_JOIN; type <= EVENT_VOTE; type++)
                if (type != EVENT_GOODBYE)
                        request(client, type, 3, 0);
        settle(f);
        for (EventType type = EVENT_JOIN; type <= EVENT_VOTE; type++)
                if (type != EVENT_GOODBYE)
                        assert_submitted(f, i++, type, (GsClient){ .connection = 2, .token = 3 });
        assert_int_equal(f->n_calls, i);
        assert_false(f->calls[0].flag);

        join(first, 3);
        settle(f);
        assert_submitted(f, i, EVENT_JOIN, (GsClient){ .connection = 1, .token = 3 });
        expect_nothing(f, client);
}

/* Whatever the client says in its JOIN: the daemon knows. */
static void test_join_says_whether_there_is_a_script(void **state) {
        Fixture *f = *state;
        _cleanup_(closep) int with = welcome_client(f, &hello_with_script);
        _cleanup_(closep) int without = welcome_client(f, &plain_hello);
        Event event = make_request(EVENT_JOIN, 1);
        uint8_t frame[256];

        join(with, 1);
        settle(f);
        assert_true(f->calls[0].flag);

        event.join.has_script = true;
        send_bytes(without, frame, (size_t) client_encode_request(&event, "", 0, frame, sizeof(frame)));
        settle(f);
        assert_submitted(f, 1, EVENT_JOIN, (GsClient){ .connection = 2, .token = 1 });
        assert_false(f->calls[1].flag);
}

static void test_token_is_used_once(void **state) {
        static const int32_t again[] = { 1, 2, 5 };
        Fixture *f = *state;

        for (size_t i = 0; i < ELEMENTSOF(again); i++) {
                _cleanup_(closep) int client = welcome_client(f, &plain_hello);

                join(client, 2);
                send_subscribe(client, 5);
                settle(f);
                f->n_calls = 0;
                join(client, again[i]);
                assert_cut_off(f, client, "it used a token again");
                assert_int_equal(f->calls[0].hook, CALL_UNSUBSCRIBE_ALL);
                assert_int_equal(f->calls[1].type, EVENT_PROCESS_DOWN);
                assert_int_equal(f->n_calls, 2);
        }
}

/* The library may have sent them before it heard that the token is dead. */
static void test_requests_of_dead_tokens_are_dropped(void **state) {
        Fixture *f = *state;
        _cleanup_(closep) int client = joined_client(f, 1);

        session_server_token_dead(f->server, (GsClient){ .connection = 1, .token = 1 });
        session_server_flush(f->server);
        expect_token_dead(f, client, 1);

        f->n_calls = 0;
        request(client, EVENT_VOTE, 1, 0);
        request(client, EVENT_LEAVE, 77, 0);
        settle(f);
        assert_int_equal(f->n_calls, 0);
        assert_int_equal(session_server_clients(f->server), 1);
        assert_string_equal(logged, "");
}

static void test_subscriber_is_no_provider(void **state) {
        Fixture *f = *state;
        _cleanup_(closep) int voter = welcome_client(f, &plain_hello);
        _cleanup_(closep) int provider = welcome_client(f, &plain_hello);

        send_subscribe(voter, 1);
        request(voter, EVENT_VOTE, 1, 0);
        assert_cut_off(f, voter, "took a subscriber for a provider");

        join(provider, 1);
        send_unsubscribe(provider, 1, 0);
        assert_cut_off(f, provider, "took a subscriber for a provider");
}

static void test_submit_that_fails_ends_the_session(void **state) {
        Fixture *f = *state;
        _cleanup_(closep) int client = welcome_client(f, &plain_hello);

        f->submit_result = -ENOBUFS;
        join(client, 1);
        assert_cut_off(f, client, strerror(ENOBUFS));
}

/* ---- goodbye ---- */

static void test_goodbye_is_submitted_and_acknowledged_and_nothing_follows(void **state) {
        const GsNotification n = { .type = GS_ANNOUNCEMENT_NOTIFICATION };
        const GsClient first = { 1, 1 }, second = { 1, 2 };
        Fixture *f = *state;
        _cleanup_(closep) int client = joined_client(f, 2);

        session_server_notify(f->server, first, &n);
        request(client, EVENT_GOODBYE, 1, 55);
        settle(f);
        assert_submitted(f, 2, EVENT_GOODBYE, first);
        session_server_notify(f->server, first, &n);
        session_server_error(f->server, first, GS_STATE_VALUE_CHANGE, GS_COLLIDE, NULL);
        session_server_token_dead(f->server, first);
        session_server_notify(f->server, second, &n);
        session_server_flush(f->server);

        (void) expect_notification(f, client, 1, NOTIFICATION_LIST_NONE);
        expect_done(f, client, 55);
        (void) expect_notification(f, client, 2, NOTIFICATION_LIST_NONE);
        expect_nothing(f, client);
}

/* The library waits for its answer, though the token died while the goodbye was on its way. */
static void test_goodbye_and_unsubscribe_of_a_dead_token_are_acknowledged(void **state) {
        Fixture *f = *state;
        _cleanup_(closep) int client = welcome_client(f, &plain_hello);

        request(client, EVENT_GOODBYE, 1, 3);
        send_unsubscribe(client, 2, 4);
        settle(f);
        expect_done(f, client, 3);
        expect_done(f, client, 4);
        assert_int_equal(f->n_calls, 0);
}

/* ---- subscriptions ---- */

static void test_subscription_lives_until_it_is_ended(void **state) {
        const GsNotification n = { .type = GS_SUBSCRIPTION_NOTIFICATION, .request = GS_SUBSCRIPTION };
        const GsClient who = { 1, 1 };
        Fixture *f = *state;
        _cleanup_(closep) int client = welcome_client(f, &plain_hello);

        f->first = &n;
        send_subscribe(client, 1);
        settle(f);
        assert_int_equal(f->calls[0].hook, CALL_SUBSCRIBE);
        assert_int_equal(f->calls[0].client.connection, 1);
        (void) expect_notification(f, client, 1, NOTIFICATION_LIST_NONE);
        expect_nothing(f, client);

        send_unsubscribe(client, 1, 88);
        settle(f);
        assert_int_equal(f->calls[1].hook, CALL_UNSUBSCRIBE);
        assert_int_equal(f->calls[1].client.token, 1);
        session_server_notify(f->server, who, &n);
        session_server_flush(f->server);
        expect_done(f, client, 88);
        expect_nothing(f, client);
}

static void test_subscription_that_is_refused_ends_with_an_error(void **state) {
        Fixture *f = *state;
        _cleanup_(closep) int client = welcome_client(f, &plain_hello);
        ClientError error;

        f->subscribe_result = GS_UNKNOWN_GROUP;
        send_subscribe(client, 6);
        settle(f);
        expect_frame(f, client, FRAME_DELAYED_ERROR, 0);
        assert_int_equal(client_get_error(&inbox_body, &error), 0);
        assert_int_equal(error.token, 6);
        assert_int_equal(error.request, GS_SUBSCRIPTION);
        assert_int_equal(error.error, GS_UNKNOWN_GROUP);
        assert_false(error.has_event);
        expect_token_dead(f, client, 6);

        f->subscribe_result = -ENOMEM;
        send_subscribe(client, 7);
        assert_cut_off(f, client, strerror(ENOMEM));
}

/* ---- quota ---- */

static void test_one_uid_has_so_many_memberships_and_no_more(void **state) {
        Fixture *f = *state;
        _cleanup_(closep) int first = joined_client(f, MAX_MEMBERSHIPS - 2);
        _cleanup_(closep) int second = welcome_client(f, &plain_hello);

        join(second, 1);
        send_subscribe(second, 2);
        settle(f);
        assert_int_equal(session_server_clients(f->server), 2);

        /* What dies makes room, in every way that a token may die. */
        request(first, EVENT_GOODBYE, 1, 0);
        join(first, 11);
        send_unsubscribe(second, 2, 0);
        send_subscribe(second, 12);
        settle(f);
        session_server_token_dead(f->server, (GsClient){ 1, 2 });
        join(first, 13);
        settle(f);
        assert_int_equal(session_server_clients(f->server), 2);
        assert_string_equal(logged, "");

        f->n_calls = 0;
        join(second, 14);
        assert_cut_off(f, second, "all the memberships that [Limits] Memberships= allows");
        assert_int_equal(f->n_calls, 2);

        /* So does an end. */
        join(first, 15);
        send_subscribe(first, 16);
        settle(f);
        assert_int_equal(session_server_clients(f->server), 1);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                session_test(test_hello_is_answered_with_what_the_library_must_know),
                session_test(test_versions_that_do_not_meet_are_refused),
                session_test(test_status_is_answered_before_and_after_hello),
                session_test(test_nothing_can_be_asked_for_before_hello),
                session_test(test_malformed_frames_end_the_session),
                session_test(test_malformed_hello_ends_the_session),
                session_test(test_frames_and_events_of_daemons_are_refused),
                session_test(test_refusal_comes_behind_what_was_answered_before),
                session_test(test_requests_are_submitted_in_order_as_events_of_the_connection),
                session_test(test_join_says_whether_there_is_a_script),
                session_test(test_token_is_used_once),
                session_test(test_requests_of_dead_tokens_are_dropped),
                session_test(test_subscriber_is_no_provider),
                session_test(test_submit_that_fails_ends_the_session),
                session_test(test_goodbye_is_submitted_and_acknowledged_and_nothing_follows),
                session_test(test_goodbye_and_unsubscribe_of_a_dead_token_are_acknowledged),
                session_test(test_subscription_lives_until_it_is_ended),
                session_test(test_subscription_that_is_refused_ends_with_an_error),
                session_test(test_one_uid_has_so_many_memberships_and_no_more),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
