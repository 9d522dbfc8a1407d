/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The daemon's end of the client socket, in the loop of this process; clients are sockets of the test. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "log/log.h"
#include "session/endpoint.h"
#include "session/session.h"
#include "util/macro.h"
#include "wire/frame.h"

#define MAX_CONNECTIONS 3
#define STRANGER 65534
#define ANSWER_SIZE 4096

/* ---- what was logged, in place of the log ---- */

static char logged[64 * 1024];

void __wrap_log_line(int priority, const MessageId *message_id, const char *file, int line,
                const char *function, const char *format, ...) _printf_(6, 7);

void __wrap_log_line(int priority, const MessageId *message_id, _unused_ const char *file, _unused_ int line,
                _unused_ const char *function, const char *format, ...) {
        size_t n = strlen(logged);
        va_list ap;

        if (priority > LOG_NOTICE)
                return;
        n += (size_t) snprintf(logged + n, sizeof(logged) - n, "%s ", message_id ? message_id->label : "-");
        va_start(ap, format);
        n += (size_t) vsnprintf(logged + n, sizeof(logged) - n, format, ap);
        va_end(ap);
        (void) snprintf(logged + n, sizeof(logged) - n, "\n");
}

static unsigned count_logged(const char *word) {
        unsigned n = 0;

        for (const char *p = logged; (p = strstr(p, word)); p++)
                n++;
        return n;
}

/* ---- a client that sends at the worst moment: when the server has just found that nothing is left to read
 * ---- */

static int late_sender = -1;

ssize_t __real_recv(int fd, void *buffer, size_t size, int flags);
ssize_t __wrap_recv(int fd, void *buffer, size_t size, int flags);

ssize_t __wrap_recv(int fd, void *buffer, size_t size, int flags) {
        ssize_t n = __real_recv(fd, buffer, size, flags);

        if (n <= 0 && late_sender >= 0)
                (void) send(late_sender, "x", 1, MSG_NOSIGNAL);
        return n;
}

/* ---- a server and its clients ---- */

typedef struct Fixture {
        char directory[64];
        char path[80];
        sd_event *event;
        SessionServer *server;
        unsigned n_changes;
        int status_result; /* of the hook, if negative */
} Fixture;

static ssize_t on_status(void *userdata, uint32_t serial, void *buffer, size_t size) {
        FrameWriter w = frame_begin(buffer, size, FRAME_STATUS_ANSWER, serial);
        Fixture *f = userdata;

        for (size_t i = FRAME_HEAD_SIZE; i < ANSWER_SIZE; i++)
                frame_put_u8(&w, 0);
        return f->status_result < 0 ? f->status_result : frame_finish(&w);
}

static void on_change(void *userdata) {
        Fixture *f = userdata;

        f->n_changes++;
}

static const SessionHooks hooks = { .status = on_status, .clients_changed = on_change };

/* `let_in`: the own group is the client group; else only root has access. */
static void serve(Fixture *f, bool let_in) {
        const Access access = { .has_group = let_in, .group = getegid() };
        char *message = NULL;
        int fd;

        assert_int_equal(endpoint_listen(f->path, &fd, &message), 0);
        assert_int_equal(session_server_new(f->event, fd, &access, MAX_CONNECTIONS, &hooks, f, &f->server),
                        0);
}

static int set_up(void **state) {
        Fixture *f = calloc(1, sizeof(*f));

        (void) strcpy(f->directory, "/tmp/test-session-XXXXXX");
        if (!mkdtemp(f->directory) || chmod(f->directory, 0755) < 0 || sd_event_new(&f->event) < 0)
                return -1;
        (void) snprintf(f->path, sizeof(f->path), "%s/gsapi", f->directory);
        logged[0] = 0;
        *state = f;
        serve(f, true);
        return 0;
}

static int tear_down(void **state) {
        Fixture *f = *state;

        (void) session_server_free(f->server);
        (void) sd_event_unref(f->event);
        (void) unlink(f->path);
        (void) rmdir(f->directory);
        free(f);
        return 0;
}

/* Run the loop until nothing is left to do. */
static void settle(Fixture *f) {
        int r;

        do
                r = sd_event_run(f->event, 0);
        while (r > 0);
        assert_int_equal(r, 0);
}

static int try_connect(const char *path) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

        if (fd < 0)
                return -errno;
        (void) strcpy(address.sun_path, path);
        if (connect(fd, (struct sockaddr *) &address, sizeof(address)) >= 0)
                return fd;
        (void) close(fd);
        return -errno;
}

static int client_new(Fixture *f) {
        int fd = try_connect(f->path);

        assert_true(fd >= 0);
        return fd;
}

static void send_bytes(int fd, const void *data, size_t size) {
        assert_int_equal(send(fd, data, size, MSG_NOSIGNAL), size);
}

static void send_frame(int fd, uint16_t version, uint16_t type, uint32_t serial, size_t n_body) {
        uint8_t frame[FRAME_HEAD_SIZE + 16];
        FrameWriter w = frame_begin(frame, sizeof(frame), type, serial);

        for (size_t i = 0; i < n_body; i++)
                frame_put_u8(&w, 0);
        assert_true(frame_finish(&w) > 0);
        frame[4] = (uint8_t) version;
        send_bytes(fd, frame, FRAME_HEAD_SIZE + n_body);
}

static void ask(int fd, uint32_t serial) {
        send_frame(fd, FRAME_VERSION, FRAME_STATUS_QUESTION, serial, 0);
}

/* The next frame's type, and of a refusal the reason. */
static FrameType receive(int fd, FrameHead *ret_head, uint16_t *ret_reason) {
        uint8_t frame[FRAME_SIZE_MAX];
        FrameReader body;
        ssize_t n;

        n = recv(fd, frame, sizeof(frame), 0);
        assert_true(n > 0);
        assert_int_equal(frame_decode_head(frame, (size_t) n, ret_head, &body), 0);
        *ret_reason = frame_get_u16(&body);
        return ret_head->type;
}

static void assert_answered(int fd, uint32_t serial) {
        FrameHead head;
        uint16_t reason;

        assert_int_equal(receive(fd, &head, &reason), FRAME_STATUS_ANSWER);
        assert_int_equal(head.serial, serial);
}

static void assert_refused(int fd, FrameRefusal wanted, uint32_t serial) {
        FrameHead head;
        uint16_t reason;
        char c;

        assert_int_equal(receive(fd, &head, &reason), FRAME_REFUSED);
        assert_int_equal(reason, wanted);
        assert_int_equal(head.serial, serial);
        assert_int_equal(recv(fd, &c, 1, 0), 0);
}

/* The connection has ended: orderly, or reset because something that was sent had not been read. */
static void assert_disconnected(int fd) {
        char c;
        ssize_t n = recv(fd, &c, 1, 0);

        assert_true(n == 0 || (n < 0 && errno == ECONNRESET));
}

/* ---- the tests ---- */

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
                (void) write(lets_go[1], "", 1);

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

static void test_client_that_does_not_read_is_disconnected_and_others_are_served(void **state) {
        Fixture *f = *state;
        _cleanup_(closep) int slow = client_new(f), other = client_new(f);
        int n;

        settle(f);
        for (n = 0; n < 10000 && session_server_clients(f->server) == 2; n++) {
                ask(slow, (uint32_t) n);
                settle(f);
        }
        assert_int_equal(session_server_clients(f->server), 1);
        assert_int_equal(count_logged("does not read"), 1);

        ask(other, 77);
        settle(f);
        assert_answered(other, 77);
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

#define session_test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
        const struct CMUnitTest tests[] = {
                session_test(test_question_is_answered_with_its_serial),
                session_test(test_clients_are_counted_and_changes_told),
                session_test(test_stranger_is_refused_and_logged),
                session_test(test_refusal_reaches_a_client_that_has_asked_already),
                session_test(test_denials_are_logged_at_a_limited_rate),
                session_test(test_one_uid_gets_so_many_connections_and_no_more),
                session_test(test_quota_of_one_uid_is_not_that_of_another),
                session_test(test_what_is_no_frame_ends_the_connection),
                session_test(test_frame_larger_than_64_kib_ends_the_connection),
                session_test(test_question_with_a_body_ends_the_connection),
                session_test(test_unknown_version_and_type_are_refused_with_their_serial),
                session_test(test_refusal_is_not_lost_behind_what_was_sent_later),
                session_test(test_refusal_is_not_lost_in_a_race_with_the_client),
                session_test(test_client_that_does_not_read_is_disconnected_and_others_are_served),
                session_test(test_client_that_goes_before_its_answer_does_no_harm),
                session_test(test_question_that_cannot_be_answered_ends_the_connection),
                session_test(test_without_descriptors_accepting_pauses_and_goes_on),
                session_test(test_end_of_the_server_disconnects_all_and_closes_the_door),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
