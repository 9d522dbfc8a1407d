/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How sessions end: what the state machine hears of it, and what is kept for scripts. __wrap_log_line()
 * takes what is logged; __wrap_pidfd_open() and __wrap_getsockopt() are kernels that know no pidfds.
 */

#include "session-client.h"

#include <sys/pidfd.h>

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif

/* ---- kernels ---- */

static int peerpidfd_error; /* what they say, if not 0 */
static int pidfd_open_error;

int __real_getsockopt(int fd, int level, int name, void *value, socklen_t *size);
int __wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *size);

int __wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *size) {
        if (peerpidfd_error == 0 || level != SOL_SOCKET || name != SO_PEERPIDFD)
                return __real_getsockopt(fd, level, name, value, size);
        errno = peerpidfd_error;
        return -1;
}

int __real_pidfd_open(pid_t pid, unsigned flags);
int __wrap_pidfd_open(pid_t pid, unsigned flags);

int __wrap_pidfd_open(pid_t pid, unsigned flags) {
        if (pidfd_open_error == 0)
                return __real_pidfd_open(pid, flags);
        errno = pidfd_open_error;
        return -1;
}

static int modern_kernel(void **state) {
        peerpidfd_error = pidfd_open_error = 0;
        return set_up(state);
}

/* ---- what is heard of an end ---- */

static void test_end_of_a_client_is_told_once(void **state) {
        Fixture *f = *state;
        int client = joined_client(f, 2);

        send_subscribe(client, 3);
        settle(f);
        f->n_calls = f->n_changes = 0;
        (void) close(client);
        settle(f);
        assert_int_equal(f->n_calls, 2);
        assert_int_equal(f->calls[0].hook, CALL_UNSUBSCRIBE_ALL);
        assert_int_equal(f->calls[0].client.connection, 1);
        assert_submitted(f, 1, EVENT_PROCESS_DOWN, (GsClient){ .connection = 1 });
        assert_int_equal(f->n_changes, 1);
        assert_string_equal(logged, "");
}

static void test_end_of_who_provides_and_subscribes_nothing_is_not_told(void **state) {
        Fixture *f = *state;
        int client = joined_client(f, 2);

        request(client, EVENT_GOODBYE, 1, 0);
        settle(f);
        session_server_token_dead(f->server, (GsClient){ 1, 2 });
        f->n_calls = 0;
        (void) close(client);
        settle(f);
        assert_int_equal(f->n_calls, 0);
        assert_int_equal(session_server_clients(f->server), 0);
}

/* More than are taken in one turn, and with something in its socket that it did not read. */
static void test_what_a_client_sent_before_it_closed_counts(void **state) {
        Fixture *f = *state;
        int client = joined_client(f, 1);

        ask(client, 1);
        settle(f);
        f->n_calls = 0;
        for (unsigned i = 0; i < 50; i++)
                request(client, EVENT_VOTE, 1, 0);
        (void) close(client);
        session_server_token_dead(f->server, (GsClient){ 1, 99 });
        settle(f);
        assert_int_equal(f->n_calls, 51);
        assert_submitted(f, 49, EVENT_VOTE, (GsClient){ 1, 1 });
        assert_submitted(f, 50, EVENT_PROCESS_DOWN, (GsClient){ .connection = 1 });
        assert_string_equal(logged, "");
}

/* The daemon notices by a notification that it cannot send. */
static void test_what_a_client_sent_counts_though_it_cannot_be_told_anything(void **state) {
        const GsNotification n = { .type = GS_ANNOUNCEMENT_NOTIFICATION };
        Fixture *f = *state;
        int client = joined_client(f, 1);

        f->n_calls = 0;
        request(client, EVENT_VOTE, 1, 0);
        (void) close(client);
        session_server_notify(f->server, (GsClient){ 1, 1 }, &n);
        session_server_flush(f->server);
        session_server_notify(f->server, (GsClient){ 1, 1 }, &n);
        session_server_flush(f->server);
        assert_int_equal(f->n_calls, 0);
        settle(f);
        assert_int_equal(f->n_calls, 2);
        assert_submitted(f, 0, EVENT_VOTE, (GsClient){ 1, 1 });
}

/* ---- the process ---- */

/* A client leaves its socket to a child, which lives on, and dies. Returns the child. */
static pid_t abandon_a_socket(Fixture *f) {
        int grandchild[2], status;
        pid_t pid, heir;

        assert_int_equal(pipe(grandchild), 0);
        pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
                int fd = try_connect(f->path);

                send_hello(fd, &plain_hello);
                join(fd, 1);
                heir = fork();
                if (heir == 0)
                        for (;;)
                                pause();
                request(fd, EVENT_VOTE, 1, 0);
                (void) !write(grandchild[1], &heir, sizeof(heir));
                (void) pause();
        }
        assert_int_equal(read(grandchild[0], &heir, sizeof(heir)), sizeof(heir));
        (void) close(grandchild[0]);
        (void) close(grandchild[1]);
        settle(f);
        assert_int_equal(session_server_clients(f->server), 1);
        assert_int_equal(kill(pid, SIGKILL), 0);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        return heir;
}

static void forked_child_does_not_keep_its_parent_alive(Fixture *f) {
        pid_t heir = abandon_a_socket(f);

        for (int i = 0; i < 500 && session_server_clients(f->server) > 0; i++)
                (void) sd_event_run(f->event, 10000);
        assert_int_equal(session_server_clients(f->server), 0);
        assert_submitted(f, 0, EVENT_JOIN, (GsClient){ 1, 1 });
        assert_submitted(f, 1, EVENT_VOTE, (GsClient){ 1, 1 });
        assert_submitted(f, 2, EVENT_PROCESS_DOWN, (GsClient){ .connection = 1 });
        assert_int_equal(kill(heir, SIGKILL), 0);
}

static void test_forked_child_does_not_keep_a_dead_client_alive(void **state) {
        forked_child_does_not_keep_its_parent_alive(*state);
}

static void test_forked_child_does_not_either_on_an_older_kernel(void **state) {
        peerpidfd_error = ENOPROTOOPT;
        forked_child_does_not_keep_its_parent_alive(*state);
}

static void connection_counts(Fixture *f) {
        pid_t heir = abandon_a_socket(f);

        settle(f);
        assert_int_equal(session_server_clients(f->server), 1);
        assert_int_equal(kill(heir, SIGKILL), 0);
        for (int i = 0; i < 500 && session_server_clients(f->server) > 0; i++)
                (void) sd_event_run(f->event, 10000);
        assert_int_equal(session_server_clients(f->server), 0);
        assert_string_equal(logged, "");
}

static void test_where_no_pidfd_is_to_be_had_the_connection_counts(void **state) {
        peerpidfd_error = ENOPROTOOPT;
        pidfd_open_error = EPERM;
        connection_counts(*state);
}

static void test_without_descriptors_for_it_the_connection_counts(void **state) {
        peerpidfd_error = EMFILE;
        connection_counts(*state);
}

/* It connected, said hello, and was gone before that was read; the child has the socket. */
static void test_client_that_has_died_already_is_not_let_in(void **state) {
        Fixture *f = *state;
        pid_t pid, heir;
        int status, fds[2];

        assert_int_equal(pipe(fds), 0);
        pid = fork();
        if (pid == 0) {
                int fd = try_connect(f->path);

                send_hello(fd, &plain_hello);
                heir = fork();
                if (heir == 0)
                        for (;;)
                                pause();
                (void) !write(fds[1], &heir, sizeof(heir));
                _exit(0);
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_int_equal(read(fds[0], &heir, sizeof(heir)), sizeof(heir));
        (void) close(fds[0]);
        (void) close(fds[1]);
        for (int i = 0; i < 500 && (i == 0 || session_server_clients(f->server) > 0); i++)
                (void) sd_event_run(f->event, 10000);
        assert_int_equal(session_server_clients(f->server), 0);
        assert_int_equal(f->n_changes, 2);
        assert_int_equal(kill(heir, SIGKILL), 0);
}

static void test_client_that_has_died_already_is_not_let_in_on_an_older_kernel(void **state) {
        peerpidfd_error = ENOPROTOOPT;
        test_client_that_has_died_already_is_not_let_in(state);
}

/* The heir of the socket writes and writes. */
static void test_child_that_goes_on_writing_does_not_keep_a_dead_client_alive(void **state) {
        Fixture *f = *state;
        int status;
        pid_t pid;

        pid = fork();
        if (pid == 0) {
                int fd = try_connect(f->path);

                send_hello(fd, &plain_hello);
                join(fd, 1);
                if (fork() == 0)
                        for (;;)
                                if (!try_request(fd, EVENT_VOTE, 1, 0) && errno == EPIPE)
                                        _exit(0);
                (void) usleep(100000);
                _exit(0);
        }
        while (waitpid(pid, &status, WNOHANG) == 0)
                (void) sd_event_run(f->event, 10000);
        for (int i = 0; i < 1000 && session_server_clients(f->server) > 0; i++)
                (void) sd_event_run(f->event, 10000);
        assert_int_equal(session_server_clients(f->server), 0);
}

typedef struct Testament {
        unsigned n_sent;
        pid_t heir;
} Testament;

/* As much as the socket takes, which is more than is taken from it in a turn; an heir keeps it open. */
static _Noreturn void send_and_die(const Fixture *f, int go, int report) {
        int fd = try_connect(f->path), size = 1 << 20;
        Testament testament = {};
        char c;

        if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)) < 0)
                (void) setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
        send_hello(fd, &plain_hello);
        join(fd, 1);
        (void) !read(go, &c, 1);
        while (try_request(fd, EVENT_VOTE, 1, 0))
                testament.n_sent++;
        testament.heir = fork();
        if (testament.heir == 0)
                for (;;)
                        pause();
        (void) !write(report, &testament, sizeof(testament));
        _exit(0);
}

static void test_what_a_client_sent_before_it_died_counts(void **state) {
        int go[2], report[2], status;
        Testament testament;
        Fixture *f = *state;
        pid_t pid;

        assert_true(pipe(go) == 0 && pipe(report) == 0);
        pid = fork();
        assert_true(pid >= 0);
        if (pid == 0)
                send_and_die(f, go[0], report[1]);
        while (f->n_calls == 0)
                (void) sd_event_run(f->event, 10000);
        assert_int_equal(write(go[1], "", 1), 1);
        assert_int_equal(read(report[0], &testament, sizeof(testament)), sizeof(testament));
        assert_int_equal(waitpid(pid, &status, 0), pid);
        for (unsigned i = 0; i < 2; i++) {
                (void) close(go[i]);
                (void) close(report[i]);
        }

        for (int i = 0; i < 500 && session_server_clients(f->server) > 0; i++)
                (void) sd_event_run(f->event, 10000);
        assert_true(testament.n_sent > 100);
        assert_int_equal(f->n_calls, 1 + testament.n_sent + 1);
        assert_submitted(f, testament.n_sent, EVENT_VOTE, (GsClient){ 1, 1 });
        assert_submitted(f, testament.n_sent + 1, EVENT_PROCESS_DOWN, (GsClient){ .connection = 1 });
        assert_int_equal(kill(testament.heir, SIGKILL), 0);
}

/* ---- scripts ---- */

static const GsClient with_script = { .connection = 1, .token = 1 };

static int client_with_script(Fixture *f) {
        int fd = welcome_client(f, &hello_with_script);

        join(fd, 1);
        settle(f);
        return fd;
}

static void assert_script(const Fixture *f, int client) {
        const char *path;
        struct ucred peer;
        socklen_t size = sizeof(peer);
        int fd;

        assert_int_equal(session_server_script(f->server, 1, &path, &fd), 0);
        assert_string_equal(path, hello_with_script.script);
        assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size), 0);
        assert_int_equal(peer.pid, getpid());
        (void) client;
}

static void assert_no_script(const Fixture *f, uint32_t connection) {
        const char *path;
        int fd;

        assert_int_equal(session_server_script(f->server, connection, &path, &fd), -ENOENT);
}

static void test_script_of_a_client_that_lives(void **state) {
        Fixture *f = *state;
        _cleanup_(closep) int client = client_with_script(f);
        _cleanup_(closep) int without = joined_client(f, 1);

        assert_script(f, client);
        assert_no_script(f, 2);
        assert_no_script(f, 3);
        assert_no_script(f, 0);
        (void) without;
}

static void test_script_outlives_its_client_as_long_as_it_may_be_wanted(void **state) {
        Fixture *f = *state;
        int client = client_with_script(f);

        f->needed = 1;
        (void) close(client);
        settle(f);
        assert_int_equal(session_server_clients(f->server), 0);
        assert_submitted(f, 1, EVENT_PROCESS_DOWN, (GsClient){ .connection = 1 });
        assert_script(f, -1);

        session_server_flush(f->server);
        assert_script(f, -1);
        session_server_notify(
                        f->server, with_script, &(GsNotification){ .type = GS_ANNOUNCEMENT_NOTIFICATION });
        session_server_token_dead(f->server, with_script);
        session_server_flush(f->server);
        assert_script(f, -1);

        f->needed = 0;
        session_server_flush(f->server);
        assert_no_script(f, 1);
        assert_string_equal(logged, "");
}

/* The state machine has not heard of the join yet; the flush of its delivery comes later. */
static void test_script_of_one_who_has_just_joined_waits_for_the_next_flush(void **state) {
        Fixture *f = *state;
        int client = client_with_script(f);

        (void) close(client);
        settle(f);
        assert_script(f, -1);
        session_server_flush(f->server);
        assert_no_script(f, 1);
}

/* It said goodbye, but is to be expelled, and that runs its script. */
static void test_script_of_one_who_said_goodbye_may_be_wanted(void **state) {
        Fixture *f = *state;
        int client = client_with_script(f);

        request(client, EVENT_GOODBYE, 1, 0);
        settle(f);
        f->needed = 1;
        (void) close(client);
        settle(f);
        assert_script(f, -1);
        f->needed = 0;
        session_server_flush(f->server);
        assert_no_script(f, 1);
}

/* Else one user's dead could take all the descriptors. */
static void test_client_whose_script_is_kept_counts_as_a_connection(void **state) {
        Fixture *f = *state;
        int client = client_with_script(f), others[MAX_CONNECTIONS];

        f->needed = 1;
        (void) close(client);
        settle(f);
        for (size_t i = 0; i < MAX_CONNECTIONS; i++)
                others[i] = client_new(f);
        settle(f);
        assert_int_equal(session_server_clients(f->server), MAX_CONNECTIONS - 1);
        assert_refused(others[MAX_CONNECTIONS - 1], FRAME_REFUSED_CONNECTIONS, 0);
        for (size_t i = 0; i < MAX_CONNECTIONS; i++)
                (void) close(others[i]);
}

static void test_end_of_the_server_forgets_kept_scripts(void **state) {
        Fixture *f = *state;
        int client = client_with_script(f);

        f->needed = 1;
        (void) close(client);
        settle(f);
        f->server = session_server_free(f->server);
}

/* A number that the state machine may still know is not given again. */
static void test_connection_numbers_grow(void **state) {
        Fixture *f = *state;
        _cleanup_(closep) int first = joined_client(f, 1);

        (void) close(client_new(f));
        settle(f);
        (void) close(TAKE_FD(first));
        settle(f);
        f->n_calls = 0;
        f->needed = 2;
        first = joined_client(f, 1);
        assert_submitted(f, 0, EVENT_JOIN, (GsClient){ 3, 1 });
}

#define death_test(name) cmocka_unit_test_setup_teardown(name, modern_kernel, tear_down)

int main(void) {
        const struct CMUnitTest tests[] = {
                death_test(test_end_of_a_client_is_told_once),
                death_test(test_end_of_who_provides_and_subscribes_nothing_is_not_told),
                death_test(test_what_a_client_sent_before_it_closed_counts),
                death_test(test_what_a_client_sent_counts_though_it_cannot_be_told_anything),
                death_test(test_forked_child_does_not_keep_a_dead_client_alive),
                death_test(test_forked_child_does_not_either_on_an_older_kernel),
                death_test(test_where_no_pidfd_is_to_be_had_the_connection_counts),
                death_test(test_without_descriptors_for_it_the_connection_counts),
                death_test(test_client_that_has_died_already_is_not_let_in),
                death_test(test_client_that_has_died_already_is_not_let_in_on_an_older_kernel),
                death_test(test_child_that_goes_on_writing_does_not_keep_a_dead_client_alive),
                death_test(test_what_a_client_sent_before_it_died_counts),
                death_test(test_script_of_a_client_that_lives),
                death_test(test_script_outlives_its_client_as_long_as_it_may_be_wanted),
                death_test(test_script_of_one_who_has_just_joined_waits_for_the_next_flush),
                death_test(test_script_of_one_who_said_goodbye_may_be_wanted),
                death_test(test_client_whose_script_is_kept_counts_as_a_connection),
                death_test(test_end_of_the_server_forgets_kept_scripts),
                death_test(test_connection_numbers_grow),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
