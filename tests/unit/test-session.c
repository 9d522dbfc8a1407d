/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who is let in at the client socket, and how many. __wrap_log_line() takes what is logged. */

#include "session-fixture.h"

static void test_question_is_answered_with_its_serial(void **state) {
        Fixture *f = *state;
        _cleanup_(closep) int client = client_new(f);

        ask(client, 0xcafe);
        settle(f);
        assert_answered(client, 0xcafe);

        ask(client, 1);
        ask(client, 2);
        settle(f);
        assert_answered(client, 1);
        assert_answered(client, 2);
}

static void test_clients_are_counted_and_changes_told(void **state) {
        Fixture *f = *state;
        int a = client_new(f), b = client_new(f);

        settle(f);
        assert_int_equal(session_server_clients(f->server), 2);
        assert_int_equal(f->n_changes, 2);

        (void) close(a);
        (void) close(b);
        settle(f);
        assert_int_equal(session_server_clients(f->server), 0);
        assert_int_equal(f->n_changes, 4);
        assert_string_equal(logged, "");
}

/* Run as a user that is not let in: returns the exit status of what the child found. */
static int ask_as_stranger(Fixture *f, bool question_first) {
        int status, lets_go[2];
        pid_t pid;
        char c;

        assert_int_equal(pipe(lets_go), 0);
        pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
                struct timeval limit = { .tv_sec = 10 };
                uint8_t frame[64];
                FrameReader body;
                FrameHead head;
                int fd;

                if (geteuid() == 0 &&
                                (setgroups(0, NULL) < 0 || setgid(STRANGER) < 0 || setuid(STRANGER) < 0))
                        _exit(1);
                fd = try_connect(f->path);
                if (fd < 0 || fcntl(fd, F_SETFL, 0) < 0 ||
                                setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) < 0)
                        _exit(2);
                if (question_first)
                        ask(fd, 1);
                (void) !write(lets_go[1], "", 1);

                if (recv(fd, frame, sizeof(frame), 0) != FRAME_HEAD_SIZE + 2)
                        _exit(3);
                if (frame_decode_head(frame, FRAME_HEAD_SIZE + 2, &head, &body) < 0 ||
                                head.type != FRAME_REFUSED || frame_get_u16(&body) != FRAME_REFUSED_ACCESS)
                        _exit(4);
                _exit(recv(fd, &c, 1, 0) == 0 ? 0 : 5);
        }

        assert_int_equal(read(lets_go[0], &c, 1), 1);
        settle(f);
        (void) close(lets_go[0]);
        (void) close(lets_go[1]);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFEXITED(status));
        return WEXITSTATUS(status);
}

static void serve_root_only(Fixture *f) {
        f->server = session_server_free(f->server);
        endpoint_remove(f->path);
        serve(f, false);
}

static void test_stranger_is_refused_and_logged(void **state) {
        Fixture *f = *state;

        serve_root_only(f);
        assert_int_equal(ask_as_stranger(f, false), 0);
        assert_int_equal(count_logged("GS_AUTH_DENIED_ST"), 1);
        assert_int_equal(session_server_clients(f->server), 0);
        assert_int_equal(f->n_changes, 0);
}

/* close() with something unread would reset the connection, and the refusal would be lost. */
static void test_refusal_reaches_a_client_that_has_asked_already(void **state) {
        Fixture *f = *state;

        serve_root_only(f);
        assert_int_equal(ask_as_stranger(f, true), 0);
}

static void test_denials_are_logged_at_a_limited_rate(void **state) {
        Fixture *f = *state;

        serve_root_only(f);
        for (int i = 0; i < 12; i++)
                assert_int_equal(ask_as_stranger(f, false), 0);
        assert_int_equal(count_logged("GS_AUTH_DENIED_ST"), 5);
}

static void test_one_uid_gets_so_many_connections_and_no_more(void **state) {
        Fixture *f = *state;
        int clients[MAX_CONNECTIONS], extra, another;

        for (size_t i = 0; i < MAX_CONNECTIONS; i++)
                clients[i] = client_new(f);
        extra = client_new(f);
        settle(f);

        assert_refused(extra, FRAME_REFUSED_CONNECTIONS, 0);
        assert_int_equal(session_server_clients(f->server), MAX_CONNECTIONS);
        assert_int_equal(count_logged("GS_CLNT_SOCK_ER"), 1);

        /* One goes, one may come. */
        (void) close(clients[0]);
        settle(f);
        another = client_new(f);
        ask(another, 5);
        settle(f);
        assert_answered(another, 5);

        (void) close(extra);
        (void) close(another);
        for (size_t i = 1; i < MAX_CONNECTIONS; i++)
                (void) close(clients[i]);
}

static void test_quota_of_one_uid_is_not_that_of_another(void **state) {
        Fixture *f = *state;
        int clients[MAX_CONNECTIONS], status;
        pid_t pid;

        if (geteuid() != 0)
                skip();

        for (size_t i = 0; i < MAX_CONNECTIONS; i++)
                clients[i] = client_new(f);
        settle(f);

        pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) { /* Another user in the client group. */
                if (setgroups(0, NULL) < 0 || setuid(STRANGER) < 0 || try_connect(f->path) < 0)
                        _exit(1);
                for (;;)
                        pause();
        }
        for (int i = 0; i < 500 && session_server_clients(f->server) <= MAX_CONNECTIONS; i++)
                (void) sd_event_run(f->event, 10000);
        assert_int_equal(session_server_clients(f->server), MAX_CONNECTIONS + 1);

        (void) kill(pid, SIGKILL);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        for (size_t i = 0; i < MAX_CONNECTIONS; i++)
                (void) close(clients[i]);
}

/* Leave the process without a free descriptor. Returns the limit that was in force. */
static struct rlimit use_up_descriptors(void) {
        struct rlimit saved, none;
        int next = dup(STDIN_FILENO);

        assert_true(next >= 0);
        (void) close(next);
        assert_int_equal(getrlimit(RLIMIT_NOFILE, &saved), 0);
        none = (struct rlimit){ .rlim_cur = (rlim_t) next, .rlim_max = saved.rlim_max };
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
        return saved;
}

/* A client knocks while there are no descriptors; then there are some again. */
static void starve(Fixture *f, int turns) {
        _cleanup_(closep) int client = client_new(f);
        struct rlimit saved;

        ask(client, 9);
        saved = use_up_descriptors();
        while (turns-- > 0)
                (void) sd_event_run(f->event, 300000);
        assert_int_equal(session_server_clients(f->server), 0);
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &saved), 0);

        for (int i = 0; i < 50 && session_server_clients(f->server) == 0; i++)
                (void) sd_event_run(f->event, 100000);
        settle(f);
        assert_answered(client, 9);
}

static void test_without_descriptors_accepting_pauses_and_goes_on(void **state) {
        Fixture *f = *state;
        uint64_t began, now;

        assert_true(sd_event_now(f->event, CLOCK_MONOTONIC, &began) >= 0);
        starve(f, 8);
        assert_int_equal(sd_event_now(f->event, CLOCK_MONOTONIC, &now), 0);

        /* Said once, and the loop slept meanwhile: eight turns without a pause take no time. */
        assert_int_equal(count_logged("Cannot accept clients"), 1);
        assert_int_equal(count_logged("accepted again"), 1);
        assert_true(now - began > 1000000);

        /* The next time is another matter. */
        settle(f);
        starve(f, 1);
        assert_int_equal(count_logged("Cannot accept clients"), 2);
}

static void test_end_of_the_server_disconnects_all_and_closes_the_door(void **state) {
        Fixture *f = *state;
        _cleanup_(closep) int first = client_new(f), gone = client_new(f), last = client_new(f);
        unsigned changes;

        settle(f);
        (void) shutdown(gone, SHUT_RDWR);
        settle(f);
        assert_int_equal(session_server_clients(f->server), 2);

        changes = f->n_changes;
        f->server = session_server_free(f->server);
        assert_disconnected(first);
        assert_disconnected(last);
        assert_int_equal(try_connect(f->path), -ECONNREFUSED);
        assert_int_equal(f->n_changes, changes);
        settle(f);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                session_test(test_question_is_answered_with_its_serial),
                session_test(test_clients_are_counted_and_changes_told),
                session_test(test_stranger_is_refused_and_logged),
                session_test(test_refusal_reaches_a_client_that_has_asked_already),
                session_test(test_denials_are_logged_at_a_limited_rate),
                session_test(test_one_uid_gets_so_many_connections_and_no_more),
                session_test(test_quota_of_one_uid_is_not_that_of_another),
                session_test(test_without_descriptors_accepting_pauses_and_goes_on),
                session_test(test_end_of_the_server_disconnects_all_and_closes_the_door),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
