/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* As whom a script runs: what the kernel says of an accepted connection, and nothing that hagsd makes up. */

#include "deactivate-fixture.h"

#include <netinet/in.h>

#include "deactivate/client.h"

#define NOBODY_HERE ((uid_t) 7) /* as the daemon's user where it does not matter */

static int identify(int fd, uid_t daemon, Client *ret) {
        _cleanup_(freep) char *message = NULL;
        int r;

        r = client_identify(fd, daemon, ret, &message);
        assert_true(r >= 0 || message);
        return r;
}

static int refusal(int fd) {
        _cleanup_(closep) int owned = fd;
        Client client;

        return identify(owned, NOBODY_HERE, &client);
}

static void test_client_is_whom_the_kernel_names(void **state _unused_) {
        const gid_t groups[] = { ALICE, TEAM };
        _cleanup_(client_end) TestClient other = { .fd = -1 };
        _cleanup_(client_done) Client client = { 0 };

        need_root();
        other = client_start(ALICE, groups, 2);
        assert_int_equal(identify(other.fd, DAEMON, &client), 0);
        assert_int_equal(client.pid, other.pid);
        assert_int_equal(client.uid, ALICE);
        assert_int_equal(client.gid, ALICE);
        assert_int_equal(client.n_groups, 2);
        assert_memory_equal(client.groups, groups, sizeof(groups));
}

/* There may be far more than fit on a stack. */
static void test_all_groups_count(void **state _unused_) {
        static gid_t groups[65536];
        _cleanup_(client_done) Client client = { 0 };
        _cleanup_(client_end) TestClient other = { .fd = -1 };

        need_root();
        for (size_t i = 0; i < ELEMENTSOF(groups); i++)
                groups[i] = (gid_t) (i + 1000);
        other = client_start(ALICE, groups, ELEMENTSOF(groups));
        assert_int_equal(identify(other.fd, DAEMON, &client), 0);
        assert_int_equal(client.n_groups, ELEMENTSOF(groups));
        assert_memory_equal(client.groups, groups, sizeof(groups));
}

/* Deactivate on failure: the process is gone, its credentials are not. */
static void test_client_that_has_died_is_known(void **state _unused_) {
        _cleanup_(client_end) TestClient other = client_start(0, NULL, 0);
        _cleanup_(client_done) Client client = { 0 };
        pid_t pid = other.pid;

        client_kill(&other);
        assert_int_equal(identify(other.fd, NOBODY_HERE, &client), 0);
        assert_int_equal(client.pid, pid);
        assert_int_equal(client.uid, geteuid());
}

static void test_user_of_the_daemon_is_no_client(void **state _unused_) {
        _cleanup_(client_end) TestClient other = client_start(0, NULL, 0);
        Client client;

        assert_int_equal(identify(other.fd, geteuid(), &client), -EPERM);
}

/* Of these the kernel would name whoever listens. */
static void test_connecting_end_is_no_client(void **state _unused_) {
        const struct sockaddr_un own = address_of("/tmp/test-deactivate-own");
        _cleanup_(closep) int listener = listen_at(client_socket(), SOCK_SEQPACKET), fd = -1;
        const struct sockaddr_un address = address_of(client_socket());

        assert_int_equal(refusal(connect_to(client_socket(), SOCK_SEQPACKET)), -ENOTSOCK);

        fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
        (void) unlink(own.sun_path);
        assert_int_equal(bind(fd, (const struct sockaddr *) &own, sizeof(own)), 0);
        assert_int_equal(connect(fd, (const struct sockaddr *) &address, sizeof(address)), 0);
        assert_int_equal(refusal(TAKE_FD(fd)), -ENOTSOCK);

        /* And the other end of such a one: its peer might be either. */
        assert_int_equal(close(accept(listener, NULL, NULL)), 0);
        assert_int_equal(refusal(accept(listener, NULL, NULL)), -ENOTSOCK);
        (void) unlink(own.sun_path);
        (void) unlink(client_socket());
}

static void test_connecting_end_whose_listener_is_gone_is_no_client(void **state _unused_) {
        int listener = listen_at(client_socket(), SOCK_SEQPACKET);
        int fd = connect_to(client_socket(), SOCK_SEQPACKET), accepted = accept(listener, NULL, NULL);

        (void) unlink(client_socket());
        assert_int_equal(close(listener), 0);
        assert_int_equal(close(accepted), 0);
        assert_int_equal(refusal(fd), -ENOTSOCK);
}

static void test_pair_is_no_client(void **state _unused_) {
        int pair[2];

        assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
        assert_int_equal(refusal(pair[0]), -ENOTSOCK);
        assert_int_equal(refusal(pair[1]), -ENOTSOCK);
}

static void test_other_kinds_of_sockets_are_no_clients(void **state _unused_) {
        int listener = listen_at(client_socket(), SOCK_STREAM);
        int fd = connect_to(client_socket(), SOCK_STREAM);

        (void) unlink(client_socket());
        assert_int_equal(refusal(accept(listener, NULL, NULL)), -ENOTSOCK);
        assert_int_equal(refusal(fd), -ENOTSOCK);
        assert_int_equal(refusal(listener), -ENOTSOCK);

        assert_int_equal(refusal(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0)), -ENOTSOCK);
        assert_int_equal(refusal(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)), -ENOTSOCK);
        assert_int_equal(refusal(listen_at(client_socket(), SOCK_SEQPACKET)), -ENOTSOCK);
        (void) unlink(client_socket());
}

static void test_connections_of_other_families_are_no_clients(void **state _unused_) {
        struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
        _cleanup_(closep) int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), fd = -1;
        socklen_t size = sizeof(address);

        assert_true(listener >= 0);
        assert_int_equal(bind(listener, (struct sockaddr *) &address, sizeof(address)), 0);
        assert_int_equal(listen(listener, 1), 0);
        assert_int_equal(getsockname(listener, (struct sockaddr *) &address, &size), 0);
        fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        assert_int_equal(connect(fd, (struct sockaddr *) &address, sizeof(address)), 0);
        assert_int_equal(refusal(accept(listener, NULL, NULL)), -ENOTSOCK);
}

static void test_what_is_no_socket_is_no_client(void **state _unused_) {
        int fds[2];

        assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
        assert_int_equal(refusal(fds[0]), -ENOTSOCK);
        assert_int_equal(refusal(fds[1]), -ENOTSOCK);
        assert_int_equal(refusal(open("/dev/null", O_RDWR | O_CLOEXEC)), -ENOTSOCK);
        assert_int_equal(refusal(-1), -ENOTSOCK);
}

/* In a PID namespace of its own the helper would pass 0 to the script, which may signal that. */
static void test_process_that_cannot_be_seen_is_no_client(void **state _unused_) {
        _cleanup_(client_end) TestClient other = { .fd = -1 };
        int status;
        pid_t pid;

        need_root();
        other = client_start(0, NULL, 0);
        pid = fork();
        if (pid == 0) {
                Client client;

                if (unshare(CLONE_NEWPID) < 0)
                        _exit(1);
                pid = fork();
                if (pid == 0)
                        _exit(identify(other.fd, DAEMON, &client) == -ESRCH ? 0 : 2);
                _exit(waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : 3);
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_int_equal(status, 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_client_is_whom_the_kernel_names),
                cmocka_unit_test(test_all_groups_count),
                cmocka_unit_test(test_client_that_has_died_is_known),
                cmocka_unit_test(test_user_of_the_daemon_is_no_client),
                cmocka_unit_test(test_connecting_end_is_no_client),
                cmocka_unit_test(test_connecting_end_whose_listener_is_gone_is_no_client),
                cmocka_unit_test(test_pair_is_no_client),
                cmocka_unit_test(test_other_kinds_of_sockets_are_no_clients),
                cmocka_unit_test(test_connections_of_other_families_are_no_clients),
                cmocka_unit_test(test_what_is_no_socket_is_no_client),
                cmocka_unit_test(test_process_that_cannot_be_seen_is_no_client),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
