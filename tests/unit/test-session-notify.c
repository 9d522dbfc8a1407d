/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What clients are told: order, lists, parts, and what becomes of those who do not listen. __wrap_log_line()
 * takes what is logged.
 */

#include "session-client.h"

static const GsClient one = { .connection = 1, .token = 1 };

static GsNotification make_notification(GsNotificationType type, GsRequest request, uint32_t whats_changed) {
        static const GsProvider current[] = { { 1, 5 }, { 2, 5 } };

        return (GsNotification){
                .type = type,
                .request = request,
                .group_name = "group",
                .whats_changed = whats_changed,
                .n_current = 2,
                .current = current,
        };
}

static void tell(Fixture *f, GsClient to, GsNotificationType type, GsRequest request,
                uint32_t whats_changed) {
        const GsNotification n = make_notification(type, request, whats_changed);

        session_server_notify(f->server, to, &n);
}

/* ---- frames ---- */

static void test_nothing_is_sent_before_the_flush(void **state) {
        Fixture *f = *state;
        _cleanup_(closep) int client = joined_client(f, 1);

        tell(f, one, GS_ANNOUNCEMENT_NOTIFICATION, GS_JOIN, 0);
        settle(f);
        expect_nothing(f, client);
        session_server_flush(f->server);
        (void) expect_notification(f, client, 1, NOTIFICATION_LIST_NONE);
}

static void test_delayed_error_has_the_failing_proposal(void **state) {
        Fixture *f = *state;
        _cleanup_(closep) int client = joined_client(f, 1);
        Event failing = make_request(EVENT_STATE_CHANGE, 1);
        ClientError error;

        session_server_error(f->server, one, GS_STATE_VALUE_CHANGE, GS_COLLIDE, &failing);
        session_server_flush(f->server);
        expect_frame(f, client, FRAME_DELAYED_ERROR, 0);
        assert_int_equal(client_get_error(&inbox_body, &error), 0);
        assert_int_equal(error.token, 1);
        assert_int_equal(error.request, GS_STATE_VALUE_CHANGE);
        assert_int_equal(error.error, GS_COLLIDE);
        assert_true(error.has_event);
        assert_int_equal(error.event.type, EVENT_STATE_CHANGE);
        assert_int_equal(error.event.state_change.proposal.serial, 7);
        assert_int_equal(error.event.state_change.state.size, 5);
}

/* The largest that there is fits. */
static void test_delayed_error_of_the_largest_proposals(void **state) {
        static const char bytes[GS_MESSAGE_MAX];
        Fixture *f = *state;
        _cleanup_(closep) int client = joined_client(f, 1);
        Event message = make_request(EVENT_MESSAGE, 1), expel = make_request(EVENT_EXPEL, 1);

        message.message.message = (GsBytes){ bytes, GS_MESSAGE_MAX };
        expel.expel.flag = (GsBytes){ bytes, GS_FLAG_MAX };
        expel.expel.n_targets = EVENT_TARGETS_MAX;
        session_server_error(f->server, one, GS_PROVIDER_MESSAGE, GS_COLLIDE, &message);
        session_server_error(f->server, one, GS_EXPEL, GS_COLLIDE, &expel);
        session_server_flush(f->server);
        expect_frame(f, client, FRAME_DELAYED_ERROR, 0);
        expect_frame(f, client, FRAME_DELAYED_ERROR, 0);
        assert_int_equal(session_server_clients(f->server), 1);
}

static void test_token_hears_nothing_after_its_death_nor_does_a_stranger(void **state) {
        Fixture *f = *state;
        _cleanup_(closep) int client = joined_client(f, 1);

        tell(f, one, GS_ANNOUNCEMENT_NOTIFICATION, GS_JOIN, 0);
        session_server_token_dead(f->server, one);
        tell(f, one, GS_ANNOUNCEMENT_NOTIFICATION, GS_JOIN, 0);
        session_server_error(f->server, one, GS_JOIN, GS_COLLIDE, NULL);
        session_server_token_dead(f->server, one);
        tell(f, (GsClient){ 1, 2 }, GS_ANNOUNCEMENT_NOTIFICATION, GS_JOIN, 0);
        tell(f, (GsClient){ 77, 1 }, GS_ANNOUNCEMENT_NOTIFICATION, GS_JOIN, 0);
        session_server_flush(f->server);

        (void) expect_notification(f, client, 1, NOTIFICATION_LIST_NONE);
        expect_token_dead(f, client, 1);
        expect_nothing(f, client);
}

/* ---- lists ---- */

/* What differs between those who hear the same is only what the session knows of each. */
static void test_what_many_hear_is_encoded_once(void **state) {
        static const GsClient two = { .connection = 2, .token = 2 };
        Fixture *f = *state;
        _cleanup_(closep) int first = joined_client(f, 1), second = joined_client(f, 2);
        GsNotification n = make_notification(GS_N_PHASE_NOTIFICATION, GS_PROVIDER_MESSAGE, 0);
        NotificationFrame seen;

        n.notice = 1, n.summary = 10;
        session_server_notify(f->server, one, &n);
        n.summary = 11; /* never so in a daemon: it shows what was encoded */
        session_server_notify(f->server, two, &n);
        session_server_notify(f->server, two, &n); /* which has its list now */
        n.votes = true;
        session_server_notify(f->server, two, &n);
        session_server_notify(f->server, one, &n);
        n.notice = 2, n.summary = 12;
        session_server_notify(f->server, one, &n);
        n.notice = 0;
        while (n.summary++ < 14)
                session_server_notify(f->server, one, &n);
        session_server_flush(f->server);

        seen = expect_notification(f, second, 2, NOTIFICATION_LIST_FULL);
        assert_int_equal(seen.n.summary, 10);
        assert_memory_equal(seen.n.current, n.current, 2 * sizeof(*n.current));
        seen = expect_notification(f, second, 2, NOTIFICATION_LIST_SAME);
        assert_int_equal(seen.n.summary, 11);
        assert_false(seen.n.votes);
        assert_true(expect_notification(f, second, 2, NOTIFICATION_LIST_SAME).n.votes);
        assert_int_equal(expect_notification(f, first, 1, NOTIFICATION_LIST_FULL).n.summary, 10);
        assert_true(expect_notification(f, first, 1, NOTIFICATION_LIST_SAME).n.votes);
        for (uint32_t summary = 12; summary <= 14; summary++)
                assert_int_equal(
                                expect_notification(f, first, 1, NOTIFICATION_LIST_SAME).n.summary, summary);
}

/* Too long to be kept, and of an earlier turn: numbers may begin anew. */
static void test_what_is_not_kept_is_encoded_again(void **state) {
        static const char bytes[GS_MESSAGE_MAX];
        Fixture *f = *state;
        _cleanup_(closep) int client = joined_client(f, 2);
        GsNotification n = make_notification(GS_ANNOUNCEMENT_NOTIFICATION, GS_JOIN, 0);
        static GsProvider many[2000];

        n.notice = 1;
        n.n_changing = ELEMENTSOF(many);
        n.changing = many;
        n.message = (GsBytes){ bytes, sizeof(bytes) };
        for (uint32_t i = 0; i < 2; i++) {
                n.summary = i;
                session_server_notify(f->server, (GsClient){ 1, (int32_t) i + 1 }, &n);
        }
        session_server_flush(f->server);
        for (uint32_t i = 0; i < 2; i++)
                assert_int_equal(expect_notification(f, client, (int32_t) i + 1, NOTIFICATION_LIST_NONE)
                                                 .n.summary,
                                i);

        n.n_changing = 0;
        for (uint32_t i = 0; i < 2; i++) {
                n.summary = i;
                session_server_notify(f->server, one, &n);
                session_server_flush(f->server);
                assert_int_equal(expect_notification(f, client, 1, NOTIFICATION_LIST_NONE).n.summary, i);
        }
}

static void test_list_is_sent_once_and_then_its_changes(void **state) {
        static const struct {
                GsNotificationType type;
                GsRequest request;
                uint32_t whats_changed;
                NotificationList list;
        } story[] = {
                { GS_ANNOUNCEMENT_NOTIFICATION, GS_JOIN, 0, NOTIFICATION_LIST_NONE },
                { GS_N_PHASE_NOTIFICATION, GS_JOIN, GS_PROPOSED_MEMBERSHIP, NOTIFICATION_LIST_FULL },
                { GS_N_PHASE_NOTIFICATION, GS_JOIN, GS_ONGOING_MEMBERSHIP, NOTIFICATION_LIST_SAME },
                { GS_APPROVED_NOTIFICATION, GS_JOIN, GS_UPDATED_MEMBERSHIP, NOTIFICATION_LIST_APPEND },
                { GS_APPROVED_NOTIFICATION, GS_STATE_VALUE_CHANGE, GS_UPDATED_STATE_VALUE,
                                NOTIFICATION_LIST_SAME },
                { GS_REJECTED_NOTIFICATION, GS_JOIN, GS_REJECTED_MEMBERSHIP, NOTIFICATION_LIST_SAME },
                { GS_ANNOUNCEMENT_NOTIFICATION, GS_JOIN, 0, NOTIFICATION_LIST_NONE },
                { GS_APPROVED_NOTIFICATION, GS_FAILURE_LEAVE, GS_UPDATED_MEMBERSHIP,
                                NOTIFICATION_LIST_REMOVE },
                { GS_APPROVED_NOTIFICATION, GS_CAST_OUT, GS_UPDATED_MEMBERSHIP, NOTIFICATION_LIST_REMOVE },
                { GS_APPROVED_NOTIFICATION, GS_EXPEL, GS_UPDATED_MEMBERSHIP, NOTIFICATION_LIST_REMOVE },
                { GS_APPROVED_NOTIFICATION, GS_LEAVE, GS_UPDATED_MEMBERSHIP | GS_UPDATED_STATE_VALUE,
                                NOTIFICATION_LIST_REMOVE },
        };
        Fixture *f = *state;
        _cleanup_(closep) int client = joined_client(f, 2);

        for (size_t i = 0; i < ELEMENTSOF(story); i++) {
                NotificationFrame n;

                tell(f, one, story[i].type, story[i].request, story[i].whats_changed);
                session_server_flush(f->server);
                n = expect_notification(f, client, 1, story[i].list);
                assert_int_equal(n.n.n_current, 2);
                assert_true(!!n.n.current == (story[i].list == NOTIFICATION_LIST_FULL));
        }

        /* Each token for itself; a one-phase joiner's first one is the approved one. */
        tell(f, (GsClient){ 1, 2 }, GS_APPROVED_NOTIFICATION, GS_JOIN, GS_UPDATED_MEMBERSHIP);
        session_server_flush(f->server);
        (void) expect_notification(f, client, 2, NOTIFICATION_LIST_FULL);
}

static void test_subscriber_gets_the_list_in_full_if_it_asked_for_it(void **state) {
        GsNotification n = make_notification(GS_SUBSCRIPTION_NOTIFICATION, GS_SUBSCRIPTION, 0);
        Fixture *f = *state;
        _cleanup_(closep) int client = welcome_client(f, &plain_hello);

        send_subscribe(client, 1);
        settle(f);
        for (unsigned i = 0; i < 2; i++) {
                n.subscription_type = GS_SUBSCRIBE_MEMBERSHIP | GS_SUBSCRIBE_DELTA_JOINS;
                session_server_notify(f->server, one, &n);
                n.subscription_type = GS_SUBSCRIBE_STATE;
                session_server_notify(f->server, one, &n);
                session_server_flush(f->server);
                (void) expect_notification(f, client, 1, NOTIFICATION_LIST_FULL);
                (void) expect_notification(f, client, 1, NOTIFICATION_LIST_NONE);
        }
}

/* ---- long frames ---- */

static GsNotification make_long(uint32_t n_members) {
        static GsProvider many[200000];
        GsNotification n = make_notification(GS_APPROVED_NOTIFICATION, GS_JOIN, GS_UPDATED_MEMBERSHIP);

        for (uint32_t i = 0; i < n_members; i++)
                many[i] = (GsProvider){ .instance = (uint16_t) (i % 32768), .node = (uint16_t) (i / 32768) };
        n.n_current = n_members;
        n.current = many;
        return n;
}

static void test_long_frames_come_in_parts_between_others(void **state) {
        const GsNotification n = make_long(80000);
        Fixture *f = *state;
        _cleanup_(closep) int client = joined_client(f, 1);
        NotificationFrame got;

        tell(f, one, GS_ANNOUNCEMENT_NOTIFICATION, GS_JOIN, 0);
        session_server_notify(f->server, one, &n);
        session_server_token_dead(f->server, one);
        session_server_flush(f->server);

        (void) expect_notification(f, client, 1, NOTIFICATION_LIST_NONE);
        expect_frame(f, client, FRAME_NOTIFICATION, 0);
        assert_int_equal(notification_decode(&inbox_body, &got), 0);
        assert_int_equal(got.n.n_current, 80000);
        assert_memory_equal(got.n.current, n.current, 80000 * sizeof(GsProvider));
        settle(f);
        expect_token_dead(f, client, 1);
}

/* ---- who does not read ---- */

static uint64_t queued_for(const Fixture *f, GsClient client) {
        SessionInfo info;

        assert_true(session_server_find(f->server, client.connection, &info));
        return info.queued_bytes;
}

static void tell_message(Fixture *f, GsClient to, uint64_t size) {
        static const char text[GS_MESSAGE_MAX];
        GsNotification n = make_notification(GS_ANNOUNCEMENT_NOTIFICATION, GS_JOIN, 0);

        n.message = (GsBytes){ text, (uint32_t) size };
        session_server_notify(f->server, to, &n);
}

/* Tell a client so much, through its filled socket, that exactly `bytes` wait for it. */
static void fill(Fixture *f, GsClient to, uint64_t bytes) {
        uint64_t least;

        while (queued_for(f, to) == 0) {
                tell_message(f, to, 0);
                session_server_flush(f->server);
        }
        least = queued_for(f, to); /* of one frame */
        while (bytes - queued_for(f, to) > 2 * least + GS_MESSAGE_MAX)
                tell_message(f, to, GS_MESSAGE_MAX);
        if (bytes - queued_for(f, to) > least + GS_MESSAGE_MAX)
                tell_message(f, to, GS_MESSAGE_MAX / 2);
        tell_message(f, to, bytes - queued_for(f, to) - least);
        assert_int_equal(queued_for(f, to), bytes);
}

static void test_connection_may_leave_so_much_unread_and_no_more(void **state) {
        Fixture *f = *state;
        _cleanup_(closep) int slow = joined_client(f, 1);
        _cleanup_(closep) int other = welcome_client(f, &plain_hello);

        assert_true(slow >= 0);
        f->n_calls = 0;
        fill(f, one, MAX_CONNECTION_QUEUED_BYTES);
        session_server_flush(f->server);
        tell_message(f, one, 0); /* this is above the limit, and the next is once too often */
        session_server_flush(f->server);
        settle(f);
        assert_int_equal(session_server_clients(f->server), 2);
        assert_string_equal(logged, "");

        tell_message(f, one, 0);
        assert_int_equal(session_server_clients(f->server), 2); /* the sink ends no session */
        assert_int_equal(f->n_calls, 0);
        session_server_flush(f->server);
        assert_int_equal(session_server_clients(f->server), 1);
        assert_int_equal(count_logged("it does not read, and more waits than "
                                      "[Limits] ConnectionQueuedBytes= allows"),
                        1);
        assert_submitted(f, 0, EVENT_PROCESS_DOWN, (GsClient){ .connection = 1 });
        assert_int_equal(f->n_calls, 1);

        ask(other, 1);
        settle(f);
        assert_answered(other, 1);
}

/* It is not the client's fault that one delivery had so much for it. */
static void test_one_delivery_may_be_more_than_the_limit(void **state) {
        const size_t frames = 2 * MAX_CONNECTION_QUEUED_BYTES / GS_MESSAGE_MAX;
        Fixture *f = *state;
        _cleanup_(closep) int client = joined_client(f, 1);

        f->server = session_server_free(f->server);
        (void) close(TAKE_FD(client));
        endpoint_remove(f->path);
        f->limits.queued_bytes = 4 * MAX_CONNECTION_QUEUED_BYTES;
        serve(f, true);
        client = joined_client(f, 1);
        for (unsigned delivery = 0; delivery < 3; delivery++) {
                for (size_t i = 0; i < frames; i++)
                        tell_message(f, one, GS_MESSAGE_MAX);
                session_server_flush(f->server);
                for (size_t i = 0; i < frames; i++) {
                        assert_int_equal(next_frame(f, client), FRAME_NOTIFICATION);
                        settle(f);
                }
        }
        assert_string_equal(logged, "");
}

/* What the client has read counts as read, though the server has not noticed yet. */
static void test_who_reads_just_in_time_is_not_cut_off(void **state) {
        Fixture *f = *state;
        _cleanup_(closep) int client = joined_client(f, 1);

        fill(f, one, MAX_CONNECTION_QUEUED_BYTES);
        tell_message(f, one, 0);
        session_server_flush(f->server);
        for (unsigned n = 0; n < 100; n++)
                assert_int_equal(next_frame(f, client), FRAME_NOTIFICATION);
        for (unsigned n = 0; n < 100; n++)
                tell_message(f, one, GS_MESSAGE_MAX);
        session_server_flush(f->server);
        assert_int_equal(session_server_clients(f->server), 1);
        assert_string_equal(logged, "");
}

static void test_clients_of_a_user_may_leave_so_much_unread_and_no_more(void **state) {
        const GsClient two = { .connection = 2, .token = 1 };
        Fixture *f = *state;
        _cleanup_(closep) int first = joined_client(f, 1), second = joined_client(f, 1);

        fill(f, one, MAX_CONNECTION_QUEUED_BYTES);
        fill(f, two, MAX_QUEUED_BYTES - MAX_CONNECTION_QUEUED_BYTES);
        session_server_flush(f->server);
        assert_int_equal(session_server_clients(f->server), 2);

        tell_message(f, two, 0);
        session_server_flush(f->server);
        assert_int_equal(session_server_clients(f->server), 1);
        assert_int_equal(count_logged("its user's clients do not read, and more waits than "
                                      "[Limits] QueuedBytes= allows"),
                        1);

        /* What waited for the one that was cut off is not counted any more. */
        assert_int_equal(queued_for(f, one), MAX_CONNECTION_QUEUED_BYTES);
        assert_int_equal(next_frame(f, first), FRAME_NOTIFICATION);
        assert_true(second >= 0);
}

/* Nothing is lost, and the order is kept, however slowly the client reads. */
static void test_slow_reader_gets_everything(void **state) {
        Fixture *f = *state;
        _cleanup_(closep) int client = joined_client(f, 1);
        unsigned n_told = 0, n_heard = 0;

        while (n_heard < 3000) {
                GsNotification n = make_notification(GS_ANNOUNCEMENT_NOTIFICATION, GS_JOIN, 0);

                for (unsigned i = 0; i < 3 && n_told < 3000; i++) {
                        n.summary = n_told++;
                        session_server_notify(f->server, one, &n);
                        session_server_flush(f->server);
                }
                settle(f);
                assert_int_equal(expect_notification(f, client, 1, NOTIFICATION_LIST_NONE).n.summary,
                                n_heard);
                n_heard++;
        }
        assert_int_equal(queued_for(f, one), 0);
        expect_nothing(f, client);
}

/* stream.md 1: nobody waits for one who leaves half of his limit unread; it is he who waits. */
static void test_who_leaves_half_of_the_limit_unread_is_not_read_from(void **state) {
        Fixture *f = *state;
        _cleanup_(closep) int client = joined_client(f, 1);

        fill(f, one, MAX_CONNECTION_QUEUED_BYTES / 2);
        session_server_flush(f->server);
        f->n_calls = 0;
        request(client, EVENT_VOTE, 1, 0);
        settle(f);
        assert_int_equal(f->n_calls, 1);

        tell_message(f, one, 0);
        session_server_flush(f->server);
        request(client, EVENT_VOTE, 1, 0);
        settle(f);
        assert_int_equal(f->n_calls, 1);

        while (f->n_calls == 1) {
                assert_int_equal(next_frame(f, client), FRAME_NOTIFICATION);
                settle(f);
        }
        assert_int_equal(f->n_calls, 2);
}

/* ---- who floods ---- */

static void test_flood_of_one_keeps_no_other_waiting(void **state) {
        Fixture *f = *state;
        _cleanup_(closep) int flood = joined_client(f, 1), other = joined_client(f, 1);
        unsigned n = 0, before = 0;

        while (try_request(flood, EVENT_VOTE, 1, 0))
                n++;
        assert_true(n > 64);
        request(other, EVENT_VOTE, 1, 0);
        f->n_calls = 0;
        for (unsigned turn = 0; turn < 2; turn++)
                assert_true(sd_event_run(f->event, 0) > 0);
        while (before < f->n_calls && f->calls[before].client.connection == 1)
                before++;
        assert_in_range(before, 0, 16);
        assert_submitted(f, before, EVENT_VOTE, (GsClient){ 2, 1 });
        settle(f);
        assert_int_equal(f->n_calls, n + 1);
}

/* ---- last words ---- */

static void test_last_words_come_last_to_who_said_hello(void **state) {
        char words[CLIENT_WORDS_MAX + 1];
        Fixture *f = *state;
        _cleanup_(closep) int client = joined_client(f, 1), stranger = client_new(f);

        settle(f);
        tell_message(f, one, 0);
        session_server_last_words(f->server, "the id.17");
        (void) expect_notification(f, client, 1, NOTIFICATION_LIST_NONE);
        expect_frame(f, client, FRAME_LAST_WORDS, 0);
        assert_int_equal(client_get_last_words(&inbox_body, words), 0);
        assert_string_equal(words, "the id.17");
        expect_nothing(f, stranger);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                session_test(test_nothing_is_sent_before_the_flush),
                session_test(test_delayed_error_has_the_failing_proposal),
                session_test(test_delayed_error_of_the_largest_proposals),
                session_test(test_token_hears_nothing_after_its_death_nor_does_a_stranger),
                session_test(test_what_many_hear_is_encoded_once),
                session_test(test_what_is_not_kept_is_encoded_again),
                session_test(test_list_is_sent_once_and_then_its_changes),
                session_test(test_subscriber_gets_the_list_in_full_if_it_asked_for_it),
                session_test(test_long_frames_come_in_parts_between_others),
                session_test(test_connection_may_leave_so_much_unread_and_no_more),
                session_test(test_one_delivery_may_be_more_than_the_limit),
                session_test(test_who_reads_just_in_time_is_not_cut_off),
                session_test(test_clients_of_a_user_may_leave_so_much_unread_and_no_more),
                session_test(test_slow_reader_gets_everything),
                session_test(test_who_leaves_half_of_the_limit_unread_is_not_read_from),
                session_test(test_flood_of_one_keeps_no_other_waiting),
                session_test(test_last_words_come_last_to_who_said_hello),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
