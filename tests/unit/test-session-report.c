/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Answers to questions for a report: whole however long, behind what else the client is to hear, and at the
 * expense of nobody but who asks. __wrap_log_line() takes what is logged.
 */

#include "session-client.h"

#define LARGE 9000 /* groups: more bytes than a connection may have queued, and fewer than a user may */

static void send_question(int fd, uint8_t parts, const char *group, uint32_t serial) {
        ReportQuestion question = { .parts = parts };
        uint8_t frame[128];
        ssize_t n;

        (void) snprintf(question.group, sizeof(question.group), "%s", group);
        n = report_encode_question(&question, serial, frame, sizeof(frame));
        assert_true(n > 0);
        send_bytes(fd, frame, (size_t) n);
}

/* What has come of an answer. */
typedef struct Got {
        unsigned n[_REPORT_KIND_MAX];
        unsigned n_frames;
        ReportKind last;
        ReportClient client;               /* the last one */
        char group[GS_GROUP_NAME_MAX + 1]; /* of the last one */
} Got;

/* The records of the frame that was read last. */
static void take_records(uint32_t serial, Got *got) {
        ReportRecord record;

        assert_int_equal(inbox_head.type, FRAME_REPORT);
        assert_int_equal(inbox_head.serial, serial);
        got->n_frames++;
        while (report_get(&inbox_body, &record) > 0) {
                assert_int_not_equal(got->last, REPORT_KIND_END);
                assert_true(got->n_frames > 1 || got->last > 0 || record.kind == REPORT_KIND_DOMAIN);
                got->n[record.kind]++;
                got->last = record.kind;
                if (record.kind == REPORT_KIND_CLIENT)
                        got->client = record.client;
                if (record.kind == REPORT_KIND_GROUP)
                        (void) strcpy(got->group, record.group.attributes.group);
                if (record.kind == REPORT_KIND_END)
                        assert_int_equal(record.n_records, got->n[REPORT_KIND_DOMAIN] +
                                                                           got->n[REPORT_KIND_GROUP] +
                                                                           got->n[REPORT_KIND_CLIENT]);
        }
        assert_false(inbox_body.bad);
}

static void take_answer(Fixture *f, int fd, uint32_t serial, Got *got) {
        do {
                settle(f);
                assert_int_equal(next_frame(f, fd), FRAME_REPORT);
                take_records(serial, got);
        } while (got->last != REPORT_KIND_END);
}

static void test_who_only_asks_gets_an_answer(void **state) {
        Fixture *f = *state;
        _cleanup_(closep) int client = client_new(f);
        Got got = {};

        f->n_groups = 3;
        send_question(client, REPORT_GROUPS, "g", 4711);
        take_answer(f, client, 4711, &got);
        assert_int_equal(got.n[REPORT_KIND_GROUP], 3);
        assert_int_equal(got.n[REPORT_KIND_CLIENT], 0);
        assert_int_equal(got.n_frames, 1);
        assert_string_equal(got.group, "g2");

        got = (Got){};
        send_question(client, 0, "", 4712);
        take_answer(f, client, 4712, &got);
}

static void test_clients_are_listed_but_for_the_one_that_asks(void **state) {
        Fixture *f = *state;
        _cleanup_(closep) int member = client_new(f), asker = client_new(f);
        Got got = {};

        send_hello(member, &plain_hello);
        join(member, 1);
        settle(f);
        send_question(asker, REPORT_CLIENTS, "", 1);
        take_answer(f, asker, 1, &got);
        assert_int_equal(got.n[REPORT_KIND_CLIENT], 1);
        assert_int_equal(got.client.pid, getpid());
        assert_int_equal(got.client.uid, geteuid());
        assert_int_equal(got.client.connection, 1);
        assert_int_equal(got.client.memberships, 1);
        assert_true(got.client.queued_bytes == 0);
}

/* A long one: more than its socket and its connection take; it is not cut off, however slowly it reads. */
static void test_long_answer_comes_whole(void **state) {
        Fixture *f = *state;
        _cleanup_(closep) int client = client_new(f), other = client_new(f);
        Got got = {};

        f->n_groups = LARGE;
        send_question(client, REPORT_GROUPS, "aLongNameForAGroup", 1);
        settle(f);
        ask(other, 5); /* others do not wait */
        settle(f);
        assert_answered(other, 5);

        take_answer(f, client, 1, &got);
        assert_int_equal(got.n[REPORT_KIND_GROUP], LARGE);
        assert_true(got.n_frames > MAX_CONNECTION_QUEUED_BYTES / FRAME_SIZE_MAX);
        assert_string_equal(logged, "");
        expect_nothing(f, client);
}

/* So that it has one answer at a time. */
static void test_who_has_not_read_its_answer_is_not_read(void **state) {
        Fixture *f = *state;
        _cleanup_(closep) int client = client_new(f);
        Got got = {};

        f->n_groups = LARGE;
        send_question(client, REPORT_GROUPS, "aLongNameForAGroup", 1);
        settle(f);
        f->n_groups = 1;
        send_question(client, REPORT_GROUPS, "", 2);
        settle(f);
        take_answer(f, client, 1, &got);
        assert_int_equal(got.n[REPORT_KIND_GROUP], LARGE);

        got = (Got){};
        take_answer(f, client, 2, &got);
        assert_int_equal(got.n[REPORT_KIND_GROUP], 1);
}

static void test_notifications_go_before_what_is_left_of_an_answer(void **state) {
        const GsNotification n = { .type = GS_ANNOUNCEMENT_NOTIFICATION, .request = GS_JOIN };
        Fixture *f = *state;
        _cleanup_(closep) int client = client_new(f);
        unsigned n_before = 0;
        Got got = {};

        send_hello(client, &plain_hello);
        join(client, 1);
        settle(f);
        assert_int_equal(next_frame(f, client), FRAME_WELCOME);
        f->n_groups = LARGE;
        send_question(client, REPORT_GROUPS, "aLongNameForAGroup", 1);
        settle(f);
        session_server_notify(f->server, (GsClient){ .connection = 1, .token = 1 }, &n);
        session_server_flush(f->server);

        while (next_frame(f, client) == FRAME_REPORT) {
                take_records(1, &got);
                n_before++;
                settle(f);
        }
        assert_int_equal(inbox_head.type, FRAME_NOTIFICATION);
        assert_int_not_equal(got.last, REPORT_KIND_END);
        take_answer(f, client, 1, &got);
        assert_int_equal(got.n[REPORT_KIND_GROUP], LARGE);
        assert_true(n_before < 10); /* what the socket held already */
}

static void test_two_questions_at_once_are_too_many(void **state) {
        Fixture *f = *state;
        _cleanup_(closep) int client = client_new(f);

        settle(f);
        send_question(client, 0, "", 1);
        send_question(client, 0, "", 2);
        settle(f);
        assert_int_equal(session_server_clients(f->server), 0);
        assert_int_equal(count_logged("it asked again before it had the answer"), 1);
}

static void test_user_pays_for_its_answers(void **state) {
        Fixture *f = *state;
        _cleanup_(closep) int first = client_new(f), second = client_new(f);
        Got got = {};

        f->n_groups = LARGE;
        send_question(first, REPORT_GROUPS, "aLongNameForAGroup", 1);
        settle(f);
        send_question(second, REPORT_GROUPS, "aLongNameForAGroup", 1);
        settle(f);
        assert_int_equal(session_server_clients(f->server), 1);
        assert_int_equal(count_logged("its user's clients do not read, and more waits than "
                                      "[Limits] QueuedBytes= allows"),
                        1);

        /* What was read, or never came, is paid back: now there is room again. */
        take_answer(f, first, 1, &got);
        got = (Got){};
        send_question(first, REPORT_GROUPS, "aLongNameForAGroup", 2);
        take_answer(f, first, 2, &got);
        assert_int_equal(got.n[REPORT_KIND_GROUP], LARGE);
}

static void test_who_goes_in_the_middle_is_forgotten(void **state) {
        Fixture *f = *state;
        int client = client_new(f);

        f->n_groups = LARGE;
        send_question(client, REPORT_GROUPS, "aLongNameForAGroup", 1);
        settle(f);
        (void) close(client);
        settle(f);
        assert_int_equal(session_server_clients(f->server), 0);
        assert_string_equal(logged, "");
}

static void test_question_that_cannot_be_answered_ends_the_connection(void **state) {
        Fixture *f = *state;
        _cleanup_(closep) int client = client_new(f);

        f->report_result = -ENOMEM;
        send_question(client, 0, "", 1);
        settle(f);
        assert_disconnected(client);
        assert_int_equal(count_logged("its question cannot be answered"), 1);
}

static void test_malformed_question_ends_the_connection(void **state) {
        Fixture *f = *state;
        _cleanup_(closep) int client = client_new(f);

        send_frame(client, FRAME_VERSION, FRAME_REPORT_QUESTION, 1, 1);
        settle(f);
        assert_disconnected(client);
        assert_int_equal(count_logged("its question is malformed"), 1);
}

static void test_question_of_another_version_is_refused(void **state) {
        Fixture *f = *state;
        _cleanup_(closep) int client = client_new(f);

        send_frame(client, FRAME_VERSION, FRAME_REPORT_QUESTION, 9, 8); /* version 0 */
        settle(f);
        assert_refused(client, FRAME_REFUSED_VERSION, 9);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                session_test(test_who_only_asks_gets_an_answer),
                session_test(test_clients_are_listed_but_for_the_one_that_asks),
                session_test(test_long_answer_comes_whole),
                session_test(test_who_has_not_read_its_answer_is_not_read),
                session_test(test_notifications_go_before_what_is_left_of_an_answer),
                session_test(test_two_questions_at_once_are_too_many),
                session_test(test_user_pays_for_its_answers),
                session_test(test_who_goes_in_the_middle_is_forgotten),
                session_test(test_question_that_cannot_be_answered_ends_the_connection),
                session_test(test_malformed_question_ends_the_connection),
                session_test(test_question_of_another_version_is_refused),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
