/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A run of the helper, from the request to the answer, with real scripts. Only root can run them: for others
 * what is refused before that is tested.
 */

#include "deactivate-fixture.h"

#include <dirent.h>
#include <poll.h>

#include "deactivate/run.h"
#include "deactivate/serve.h"
#include "util/clock.h"
#include "util/fs.h"
#include "wire/deactivate.h"
#include "wire/frame.h"

#define SCRIPT "/run/open/script"
#define OUTPUT "/run/open/output"

static DeactivateRequest request;
static const gid_t groups[] = { ALICE, TEAM };

/* ---- time passes at once where a test says so ---- */

static bool impatient;

int __real_poll(struct pollfd *fds, nfds_t n, int timeout);
int __wrap_poll(struct pollfd *fds, nfds_t n, int timeout);

int __wrap_poll(struct pollfd *fds, nfds_t n, int timeout) {
        return __real_poll(fds, n, impatient ? 0 : timeout);
}

/* ---- hagsd's part ---- */

static int test_setup(_unused_ void **state) {
        impatient = false;
        request = (DeactivateRequest){
                .limit = 60,
                .provider = { .instance = 7, .node = 3 },
                .group = "the group",
                .flag = "a flag",
                .script = SCRIPT,
        };
        (void) unlink(OUTPUT);
        return 0;
}

/* One end of a connection, from the user that this process is; the other end for serve(). */
static int caller_new(int *ret_helper) {
        int pair[2];

        assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
        *ret_helper = pair[1];
        return pair[0];
}

static void send_datagram(int fd, const void *data, size_t size, const int *fds, size_t n_fds) {
        union {
                struct cmsghdr align;
                char data[CMSG_SPACE(64 * sizeof(int))];
        } control = { 0 };
        struct iovec iov = { .iov_base = (void *) data, .iov_len = size };
        struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1 };

        if (n_fds > 0) {
                message.msg_control = &control;
                message.msg_controllen = CMSG_SPACE(n_fds * sizeof(int));
                *CMSG_FIRSTHDR(&message) = (struct cmsghdr){
                        .cmsg_len = CMSG_LEN(n_fds * sizeof(int)),
                        .cmsg_level = SOL_SOCKET,
                        .cmsg_type = SCM_RIGHTS,
                };
                memcpy(CMSG_DATA(CMSG_FIRSTHDR(&message)), fds, n_fds * sizeof(int));
        }
        assert_int_equal(sendmsg(fd, &message, MSG_NOSIGNAL), size);
}

static size_t encode(uint8_t *buffer, size_t size) {
        ssize_t n = deactivate_encode_request(&request, buffer, size);

        assert_true(n > 0);
        return (size_t) n;
}

static unsigned count_descriptors(void) {
        DIR *d = opendir("/proc/self/fd");
        unsigned n = 0;

        assert_non_null(d);
        while (readdir(d))
                n++;
        assert_int_equal(closedir(d), 0);
        return n;
}

/* Let the helper serve what has been sent. Its result, and the answer; no descriptor is left of it. */
static int serve_one(int caller, int helper, uid_t daemon, DeactivateAnswer *ret, char **ret_message) {
        unsigned before = count_descriptors();
        uint8_t frame[DEACTIVATE_FRAME_MAX];
        ssize_t n;
        int r;

        r = serve(helper, daemon, ret_message);
        assert_true(r >= 0 || *ret_message);
        assert_int_equal(count_descriptors(), before);

        n = recv(caller, frame, sizeof(frame), MSG_DONTWAIT);
        *ret = (DeactivateAnswer){ .end = _DEACTIVATE_END_MAX };
        if (n >= 0)
                assert_int_equal(deactivate_decode_answer(frame, (size_t) n, ret), 0);
        return r;
}

/* The request for that client, served. */
static DeactivateAnswer run_for(const TestClient *client) {
        _cleanup_(closep) int helper = -1, caller = caller_new(&helper);
        _cleanup_(freep) char *message = NULL;
        uint8_t frame[DEACTIVATE_FRAME_MAX];
        DeactivateAnswer answer;
        int r;

        send_datagram(caller, frame, encode(frame, sizeof(frame)), &client->fd, 1);
        r = serve_one(caller, helper, DAEMON, &answer, &message);
        assert_int_equal(r, answer.end == DEACTIVATE_NOT_STARTED ? -(int) answer.value : 0);
        return answer;
}

static DeactivateAnswer run_as(uid_t uid) {
        _cleanup_(client_end) TestClient client = client_start(uid, groups, ELEMENTSOF(groups));

        return run_for(&client);
}

static void assert_end(DeactivateAnswer answer, DeactivateEnd end, unsigned value) {
        assert_int_equal(answer.end, end);
        assert_int_equal(answer.value, value);
}

#define assert_not_started(answer, error) assert_end((answer), DEACTIVATE_NOT_STARTED, (error))

/* ---- what runs ---- */

static void write_script(const char *text) {
        write_file(SCRIPT, 0755, text);
}

static void test_exit_status_comes_back(void **state _unused_) {
        need_root();
        write_script("#!/bin/sh\nexit 0\n");
        assert_end(run_as(ALICE), DEACTIVATE_EXITED, 0);
        write_script("#!/bin/sh\nexit 3\n");
        assert_end(run_as(ALICE), DEACTIVATE_EXITED, 3);
}

static void test_signal_comes_back(void **state _unused_) {
        need_root();
        write_script("#!/bin/sh\nkill -KILL $$\n");
        assert_end(run_as(ALICE), DEACTIVATE_KILLED, SIGKILL);
}

static void test_any_executable_is_a_script(void **state _unused_) {
        need_root();
        (void) strcpy(request.script, "/bin/false");
        assert_end(run_as(ALICE), DEACTIVATE_EXITED, 1);
}

/* What the script wrote, line by line. */
static void assert_output(const char *expected) {
        _cleanup_(bytes_done) Bytes b = { 0 };

        assert_int_equal(file_read(OUTPUT, 1 << 16, &b), 0);
        assert_string_equal(b.data, expected);
}

static void test_script_has_its_arguments(void **state _unused_) {
        _cleanup_(client_end) TestClient client = { .fd = -1 };
        char expected[128];

        need_root();
        write_script("#!/bin/sh\n(echo $#; printf '<%s>' \"$@\") >" OUTPUT "\n");
        client = client_start(ALICE, NULL, 0);
        assert_end(run_for(&client), DEACTIVATE_EXITED, 0);
        (void) snprintf(expected, sizeof(expected), "6\n<%d><60><a flag><the group><7><3>",
                        (int) client.pid);
        assert_output(expected);
}

static void test_script_is_the_client(void **state _unused_) {
        need_root();
        write_script("#!/bin/sh\n"
                     "grep -E '^(Uid|Gid|Groups|Cap(Inh|Prm|Eff|Amb)|NoNewPrivs|SigBlk|SigIgn)' "
                     "/proc/self/status >" OUTPUT "\n");
        assert_end(run_as(ALICE), DEACTIVATE_EXITED, 0);
        assert_output("Uid:\t12345\t12345\t12345\t12345\n"
                      "Gid:\t12345\t12345\t12345\t12345\n"
                      "Groups:\t12345 12346 \n"
                      "SigBlk:\t0000000000000000\n"
                      "SigIgn:\t0000000000000000\n"
                      "CapInh:\t0000000000000000\n"
                      "CapPrm:\t0000000000000000\n"
                      "CapEff:\t0000000000000000\n"
                      "CapAmb:\t0000000000000000\n"
                      "NoNewPrivs:\t1\n");
}

/* The helper of this test has all capabilities, and ignores a signal, as systemd makes it. */
static void test_script_of_root_has_no_capabilities(void **state _unused_) {
        need_root();
        (void) strcpy(request.script, "/run/script");
        write_file("/run/script", 0700,
                        "#!/bin/sh\ngrep -E '^(Uid|Groups|Cap(Inh|Prm|Eff|Amb))' /proc/self/status >" OUTPUT
                        "\n");
        assert_end(run_as(0), DEACTIVATE_EXITED, 0);
        assert_output("Uid:\t0\t0\t0\t0\n"
                      "Groups:\t12345 12346 \n"
                      "CapInh:\t0000000000000000\n"
                      "CapPrm:\t0000000000000000\n"
                      "CapEff:\t0000000000000000\n"
                      "CapAmb:\t0000000000000000\n");
}

static void test_script_of_root_must_be_roots_alone(void **state _unused_) {
        need_root();
        write_script("#!/bin/sh\ntouch " OUTPUT "\n"); /* in a directory of everybody */
        assert_not_started(run_as(0), EPERM);
        assert_int_equal(access(OUTPUT, F_OK), -1);
        assert_end(run_as(ALICE), DEACTIVATE_EXITED, 0);
        assert_int_equal(access(OUTPUT, F_OK), 0);
}

static void test_script_has_a_world_of_its_own(void **state _unused_) {
        need_root();
        assert_int_equal(setenv("SECRET", "x", 1), 0);
        assert_int_equal(chdir("/tmp"), 0);
        write_script("#!/bin/sh\n"
                     "exec 9>" OUTPUT "\n"
                     "(pwd; env | grep -v ^PWD=; umask; readlink /proc/$$/fd/0 /proc/$$/fd/1 /proc/$$/fd/2) "
                     ">&9\n"
                     "read -r pid _ _ parent group session _ </proc/$$/stat\n"
                     "[ $pid = $group ] && [ $pid = $session ] && echo leads >&9\n"
                     /* 3: the script itself, for its interpreter. From 10 on a shell has its own. */
                     "for n in 0 1 2 3 4 5 6 7 8 9; do [ -e /proc/$$/fd/$n ] && echo $n >&9; done\n");
        assert_end(run_as(ALICE), DEACTIVATE_EXITED, 0);
        assert_int_equal(unsetenv("SECRET"), 0);
        assert_output("/\n"
                      "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n"
                      "0022\n"
                      "/dev/null\n/dev/null\n/dev/null\n"
                      "leads\n"
                      "0\n1\n2\n3\n9\n");
}

static void test_client_may_have_died(void **state _unused_) {
        _cleanup_(client_end) TestClient client = { .fd = -1 };

        need_root();
        write_script("#!/bin/sh\nexit 5\n");
        client = client_start(ALICE, NULL, 0);
        client_kill(&client);
        assert_end(run_for(&client), DEACTIVATE_EXITED, 5);
}

/* Here it stays: in the unit, systemd kills what is left of the control group. */
static void test_script_is_left_at_its_limit(void **state _unused_) {
        _cleanup_(bytes_done) Bytes b = { 0 };

        need_root();
        write_script("#!/bin/sh\necho $$ >" OUTPUT "\nexec sleep 100\n");
        request.limit = 1;
        assert_end(run_as(ALICE), DEACTIVATE_BY_LIMIT, 0);
        assert_int_equal(file_read(OUTPUT, 100, &b), 0);
        assert_int_equal(kill(atoi(b.data), SIGKILL), 0);
        assert_int_equal(waitpid(atoi(b.data), NULL, 0), atoi(b.data));
}

/* ---- what does not run ---- */

static void test_script_that_cannot_start_is_not_started(void **state _unused_) {
        need_root();
        write_file(SCRIPT, 0644, "#!/bin/sh\n");
        assert_not_started(run_as(ALICE), EACCES);
        write_file(SCRIPT, 0755, "exit 0\n");
        assert_not_started(run_as(ALICE), ENOEXEC);
        write_file(SCRIPT, 0755, "#!/no/such/interpreter\n");
        assert_not_started(run_as(ALICE), ENOENT);
        (void) strcpy(request.script, "/run/open/missing");
        assert_not_started(run_as(ALICE), ENOENT);
        (void) strcpy(request.script, "/run/open");
        assert_not_started(run_as(ALICE), EACCES);
        (void) strcpy(request.script, "bin/true");
        assert_not_started(run_as(ALICE), EINVAL);
}

/* The path is the client's to walk: what root may reach does not count. */
static void test_script_is_opened_as_the_client(void **state _unused_) {
        need_root();
        assert_int_equal(mkdir("/run/secret", 0700), 0);
        write_file("/run/secret/script", 0755, "#!/bin/sh\n");
        (void) strcpy(request.script, "/run/secret/script");
        assert_not_started(run_as(ALICE), EACCES);
        assert_int_equal(chown("/run/secret", ALICE, 0), 0);
        assert_end(run_as(ALICE), DEACTIVATE_EXITED, 0);
}

static void test_without_privileges_nothing_runs(void **state _unused_) {
        int status;
        pid_t pid;

        (void) strcpy(request.script, "/bin/true");
        pid = fork();
        if (pid == 0) {
                const Client client = { .pid = 1, .uid = ALICE, .gid = ALICE };
                uint64_t deadline = clock_usec(CLOCK_MONOTONIC) + 60 * USEC_PER_SEC;
                DeactivateAnswer answer;
                char *message = NULL;

                if (geteuid() == 0 && setresuid(ALICE, ALICE, ALICE) < 0)
                        _exit(1);
                if (run_script(&request, &client, deadline, &answer, &message) != -EPERM || !message)
                        _exit(2);
                _exit(0);
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_int_equal(status, 0);
}

/* ---- hostile callers ---- */

static void assert_refused(const void *data, size_t size, const int *fds, size_t n_fds) {
        _cleanup_(closep) int helper = -1, caller = caller_new(&helper);
        _cleanup_(freep) char *message = NULL;
        DeactivateAnswer answer;

        send_datagram(caller, data, size, fds, n_fds);
        assert_int_equal(serve_one(caller, helper, geteuid(), &answer, &message), -EBADMSG);
        assert_not_started(answer, EBADMSG);
}

static void test_one_descriptor_is_wanted(void **state _unused_) {
        _cleanup_(closep) int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
        uint8_t frame[DEACTIVATE_FRAME_MAX];
        size_t n = encode(frame, sizeof(frame));
        int fds[64];

        for (size_t i = 0; i < ELEMENTSOF(fds); i++)
                fds[i] = fd;
        assert_refused(frame, n, NULL, 0);
        assert_refused(frame, n, fds, 2);
        assert_refused(frame, n, fds, 3);
        assert_refused(frame, n, fds, ELEMENTSOF(fds));
}

static void test_malformed_requests_are_refused(void **state _unused_) {
        _cleanup_(closep) int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
        static uint8_t frame[FRAME_SIZE_MAX];
        size_t n = encode(frame, DEACTIVATE_FRAME_MAX);

        assert_refused("", 0, &fd, 1);
        assert_refused("x", 1, &fd, 1);
        assert_refused(frame, n - 1, &fd, 1);
        assert_refused(frame, n + 1, &fd, 1);
        assert_refused(frame, DEACTIVATE_FRAME_MAX, &fd, 1);
        assert_refused(frame, DEACTIVATE_FRAME_MAX + 1, &fd, 1);
        assert_refused(frame, sizeof(frame), &fd, 1);
}

static void test_descriptor_must_be_a_client(void **state _unused_) {
        _cleanup_(closep) int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
        _cleanup_(closep) int helper = -1, caller = caller_new(&helper);
        _cleanup_(freep) char *message = NULL;
        uint8_t frame[DEACTIVATE_FRAME_MAX];
        DeactivateAnswer answer;

        send_datagram(caller, frame, encode(frame, sizeof(frame)), &fd, 1);
        assert_int_equal(serve_one(caller, helper, geteuid(), &answer, &message), -ENOTSOCK);
        assert_not_started(answer, ENOTSOCK);
}

static void test_daemon_is_not_its_own_client(void **state _unused_) {
        need_root();
        (void) strcpy(request.script, "/bin/true");
        assert_not_started(run_as(DAEMON), EPERM);
}

static void test_silent_caller_is_not_waited_for(void **state _unused_) {
        _cleanup_(closep) int helper = -1, caller = caller_new(&helper);
        _cleanup_(freep) char *message = NULL;
        DeactivateAnswer answer;

        impatient = true;
        assert_int_equal(serve_one(caller, helper, geteuid(), &answer, &message), -ETIMEDOUT);
        assert_not_started(answer, ETIMEDOUT);
}

static void test_caller_that_hangs_up_is_no_request(void **state _unused_) {
        _cleanup_(closep) int helper = -1, caller = caller_new(&helper);
        _cleanup_(freep) char *message = NULL;

        assert_int_equal(shutdown(caller, SHUT_WR), 0);
        assert_int_equal(serve(helper, geteuid(), &message), -EBADMSG);
}

static void test_others_get_no_answer(void **state _unused_) {
        _cleanup_(client_end) TestClient client = { .fd = -1 };
        int status;
        pid_t pid;

        need_root();
        write_script("#!/bin/sh\ntouch " OUTPUT "\n");
        client = client_start(ALICE, NULL, 0);
        pid = fork();
        if (pid == 0) {
                uint8_t frame[DEACTIVATE_FRAME_MAX];
                size_t size = encode(frame, sizeof(frame));
                int helper, caller, r;
                char *message = NULL;

                if (setresuid(ALICE, ALICE, ALICE) < 0)
                        _exit(1);
                caller = caller_new(&helper);
                send_datagram(caller, frame, size, &client.fd, 1);
                r = serve(helper, DAEMON, &message);
                _exit(r == -EPERM && recv(caller, frame, sizeof(frame), MSG_DONTWAIT) < 0 ? 0 : 2);
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_int_equal(status, 0);
        assert_int_equal(access(OUTPUT, F_OK), -1);
}

static void test_standard_input_must_be_a_connection(void **state _unused_) {
        _cleanup_(closep) int fd = open("/dev/null", O_RDWR | O_CLOEXEC);
        _cleanup_(freep) char *message = NULL;

        assert_int_equal(serve(fd, geteuid(), &message), -ENOTSOCK);
        assert_non_null(message);
}

#define serve_test(name) cmocka_unit_test_setup(name, test_setup)

int main(void) {
        const struct CMUnitTest tests[] = {
                serve_test(test_exit_status_comes_back),
                serve_test(test_signal_comes_back),
                serve_test(test_any_executable_is_a_script),
                serve_test(test_script_has_its_arguments),
                serve_test(test_script_is_the_client),
                serve_test(test_script_of_root_has_no_capabilities),
                serve_test(test_script_of_root_must_be_roots_alone),
                serve_test(test_script_has_a_world_of_its_own),
                serve_test(test_client_may_have_died),
                serve_test(test_script_is_left_at_its_limit),
                serve_test(test_script_that_cannot_start_is_not_started),
                serve_test(test_script_is_opened_as_the_client),
                serve_test(test_without_privileges_nothing_runs),
                serve_test(test_one_descriptor_is_wanted),
                serve_test(test_malformed_requests_are_refused),
                serve_test(test_descriptor_must_be_a_client),
                serve_test(test_daemon_is_not_its_own_client),
                serve_test(test_silent_caller_is_not_waited_for),
                serve_test(test_caller_that_hangs_up_is_no_request),
                serve_test(test_others_get_no_answer),
                serve_test(test_standard_input_must_be_a_connection),
        };

        /* As systemd does: a script must not inherit it. */
        (void) signal(SIGPIPE, SIG_IGN);
        return cmocka_run_group_tests(tests, world_setup, NULL);
}
