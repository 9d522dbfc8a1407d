/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What clients send, and what becomes of it. __wrap_log_line() takes what is logged. */

#include "session-fixture.h"

/*
 * A client that sends at the worst moment: when the server has just read, or found that nothing is left to
 * read.
 */

static int late_sender = -1;

int __real_recvmmsg(int fd, struct mmsghdr *messages, unsigned n, int flags, struct timespec *timeout);
int __wrap_recvmmsg(int fd, struct mmsghdr *messages, unsigned n, int flags, struct timespec *timeout);

int __wrap_recvmmsg(int fd, struct mmsghdr *messages, unsigned n, int flags, struct timespec *timeout) {
        int r = __real_recvmmsg(fd, messages, n, flags, timeout);

        if (late_sender >= 0)
                (void) send(late_sender, "x", 1, MSG_NOSIGNAL);
        return r;
}

ssize_t __real_recv(int fd, void *buffer, size_t size, int flags);
ssize_t __wrap_recv(int fd, void *buffer, size_t size, int flags);

ssize_t __wrap_recv(int fd, void *buffer, size_t size, int flags) {
        ssize_t n = __real_recv(fd, buffer, size, flags);

        if (n <= 0 && late_sender >= 0)
                (void) send(late_sender, "x", 1, MSG_NOSIGNAL);
        return n;
}

static void test_what_is_no_frame_ends_the_connection(void **state) {
        static const struct {
                const char *bytes;
                size_t size;
        } cases[] = {
                { "x", 1 },
                { "HAGS\1\0\1\0\20\0\0\0\0\0\0", 15 },
                { "HAGS\1\0\1\0\21\0\0\0\0\0\0\0", 16 },
                { "HAGT\1\0\1\0\20\0\0\0\0\0\0\0", 16 },
        };
        Fixture *f = *state;

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_(closep) int client = client_new(f);

                send_bytes(client, cases[i].bytes, cases[i].size);
                settle(f);
                assert_disconnected(client);
                assert_int_equal(session_server_clients(f->server), 0);
        }
        assert_int_equal(count_logged("GS_CLNT_SOCK_ER"), ELEMENTSOF(cases));
}

/* Its head is good, and tells the true length. */
static void test_frame_larger_than_64_kib_ends_the_connection(void **state) {
        static uint8_t frame[FRAME_SIZE_MAX + 1] = "HAGS\1\0\1\0\1\0\1\0";
        Fixture *f = *state;
        _cleanup_(closep) int client = client_new(f);

        send_bytes(client, frame, sizeof(frame));
        settle(f);
        assert_disconnected(client);
        assert_int_equal(count_logged("is no frame"), 1);
}

static void test_question_with_a_body_ends_the_connection(void **state) {
        Fixture *f = *state;
        _cleanup_(closep) int client = client_new(f);

        send_frame(client, FRAME_VERSION, FRAME_STATUS_QUESTION, 1, 1);
        settle(f);
        assert_disconnected(client);
}

static void test_unknown_version_and_type_are_refused_with_their_serial(void **state) {
        Fixture *f = *state;
        _cleanup_(closep) int version = client_new(f), type = client_new(f), answer = client_new(f);

        send_frame(version, FRAME_VERSION + 1, FRAME_STATUS_QUESTION, 21, 0);
        send_frame(type, FRAME_VERSION, 99, 22, 3);
        send_frame(answer, FRAME_VERSION, FRAME_STATUS_ANSWER, 23, 0);
        settle(f);
        assert_refused(version, FRAME_REFUSED_PROTOCOL, 21);
        assert_refused(type, FRAME_REFUSED_PROTOCOL, 22);
        assert_refused(answer, FRAME_REFUSED_PROTOCOL, 23);
        assert_int_equal(session_server_clients(f->server), 0);
}

/* A program of tomorrow that asks several things at once must still learn that it is refused. */
static void test_refusal_is_not_lost_behind_what_was_sent_later(void **state) {
        Fixture *f = *state;
        _cleanup_(closep) int client = client_new(f);

        send_frame(client, FRAME_VERSION + 1, FRAME_STATUS_QUESTION, 1, 0);
        send_frame(client, FRAME_VERSION + 1, FRAME_STATUS_QUESTION, 2, 0);
        settle(f);
        assert_refused(client, FRAME_REFUSED_PROTOCOL, 1);
}

static void test_refusal_is_not_lost_in_a_race_with_the_client(void **state) {
        Fixture *f = *state;
        _cleanup_(closep) int client = client_new(f);

        settle(f);
        send_frame(client, FRAME_VERSION + 1, FRAME_STATUS_QUESTION, 1, 0);
        late_sender = client;
        settle(f);
        late_sender = -1;
        assert_refused(client, FRAME_REFUSED_PROTOCOL, 1);
}

/* It would ask for ever: its questions wait until it reads. Nobody else waits. */
static void test_client_that_asks_and_does_not_read_is_not_read_from(void **state) {
        Fixture *f = *state;
        _cleanup_(closep) int slow = client_new(f), other = client_new(f);
        uint32_t n, serial = 0;

        settle(f);
        for (n = 0; n < 10000 && try_ask(slow, n); n++)
                settle(f);
        assert_in_range(n, MAX_CONNECTION_QUEUED_BYTES / 2 / ANSWER_SIZE, 9999);
        ask(other, 77);
        settle(f);
        assert_answered(other, 77);

        while (serial < n) {
                assert_answered(slow, serial++);
                settle(f);
        }
        assert_int_equal(session_server_clients(f->server), 2);
        assert_string_equal(logged, "");
}

static void test_client_that_goes_before_its_answer_does_no_harm(void **state) {
        Fixture *f = *state;
        int client = client_new(f);

        ask(client, 1);
        ask(client, 2);
        (void) close(client);
        settle(f);
        assert_int_equal(session_server_clients(f->server), 0);
}

static void test_question_that_cannot_be_answered_ends_the_connection(void **state) {
        Fixture *f = *state;
        _cleanup_(closep) int client = client_new(f);

        f->status_result = -EMSGSIZE;
        ask(client, 1);
        settle(f);
        assert_disconnected(client);
        assert_int_equal(count_logged("cannot be answered"), 1);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                session_test(test_what_is_no_frame_ends_the_connection),
                session_test(test_frame_larger_than_64_kib_ends_the_connection),
                session_test(test_question_with_a_body_ends_the_connection),
                session_test(test_unknown_version_and_type_are_refused_with_their_serial),
                session_test(test_refusal_is_not_lost_behind_what_was_sent_later),
                session_test(test_refusal_is_not_lost_in_a_race_with_the_client),
                session_test(test_client_that_asks_and_does_not_read_is_not_read_from),
                session_test(test_client_that_goes_before_its_answer_does_no_harm),
                session_test(test_question_that_cannot_be_answered_ends_the_connection),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
