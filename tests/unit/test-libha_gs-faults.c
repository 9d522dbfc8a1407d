/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Every system call of the library fails once, at every place of a scenario: the routine says so or nothing
 * is lost by it, and then the library can be initialised and used.
 */

#include <ifaddrs.h>
#include <sys/socket.h>

#include "libha_gs-recorder.h"

static __thread bool counted; /* this thread, while it does not play the daemon */
static unsigned n_calls, failing_one;
static bool failed_in_talk; /* the one that failed was of those that the kernel interrupts, not of the
                               setting up */
static int failure;

ssize_t __real_send(int fd, const void *data, size_t size, int flags);
ssize_t __wrap_send(int fd, const void *data, size_t size, int flags);
ssize_t __real_recv(int fd, void *data, size_t size, int flags);
ssize_t __wrap_recv(int fd, void *data, size_t size, int flags);
int __real_recvmmsg(int fd, struct mmsghdr *messages, unsigned n, int flags, struct timespec *timeout);
int __wrap_recvmmsg(int fd, struct mmsghdr *messages, unsigned n, int flags, struct timespec *timeout);
int __real_poll(struct pollfd *fds, nfds_t n, int timeout);
int __wrap_poll(struct pollfd *fds, nfds_t n, int timeout);
int __real_socket(int domain, int type, int protocol);
int __wrap_socket(int domain, int type, int protocol);
int __real_setsockopt(int fd, int level, int name, const void *value, socklen_t size);
int __wrap_setsockopt(int fd, int level, int name, const void *value, socklen_t size);
int __real_connect(int fd, const struct sockaddr *address, socklen_t size);
int __wrap_connect(int fd, const struct sockaddr *address, socklen_t size);
int __real_shutdown(int fd, int how);
int __wrap_shutdown(int fd, int how);
int __real_getifaddrs(struct ifaddrs **list);
int __wrap_getifaddrs(struct ifaddrs **list);

static bool fails(bool in_talk) {
        if (!counted || ++n_calls != failing_one)
                return false;
        failed_in_talk = in_talk;
        errno = failure;
        return true;
}

ssize_t __wrap_send(int fd, const void *data, size_t size, int flags) {
        bool is_hello = !(
                        flags & MSG_DONTWAIT); /* there is room for the first frame: nothing to interrupt */

        return fails(!is_hello) ? -1 : __real_send(fd, data, size, flags);
}

ssize_t __wrap_recv(int fd, void *data, size_t size, int flags) {
        return fails(true) ? -1 : __real_recv(fd, data, size, flags);
}

int __wrap_recvmmsg(int fd, struct mmsghdr *messages, unsigned n, int flags, struct timespec *timeout) {
        return fails(true) ? -1 : __real_recvmmsg(fd, messages, n, flags, timeout);
}

int __wrap_poll(struct pollfd *fds, nfds_t n, int timeout) {
        return fails(true) ? -1 : __real_poll(fds, n, timeout);
}

int __wrap_socket(int domain, int type, int protocol) {
        return fails(false) ? -1 : __real_socket(domain, type, protocol);
}

int __wrap_setsockopt(int fd, int level, int name, const void *value, socklen_t size) {
        return fails(false) ? -1 : __real_setsockopt(fd, level, name, value, size);
}

int __wrap_connect(int fd, const struct sockaddr *address, socklen_t size) {
        return fails(false) ? -1 : __real_connect(fd, address, size);
}

int __wrap_shutdown(int fd, int how) {
        return fails(false) ? -1 : __real_shutdown(fd, how);
}

int __wrap_getifaddrs(struct ifaddrs **list) {
        return fails(false) ? -1 : __real_getifaddrs(list);
}

/* ---- the scenario ---- */

static bool is_answer(ha_gs_rc_t r) {
        return r == HA_GS_OK || r == HA_GS_NOT_OK || r == HA_GS_NO_MEMORY;
}

static bool initialise(void) {
        ha_gs_descriptor_t fd;
        ha_gs_rc_t r;

        r = ha_gs_init(&fd, (ha_gs_socket_ctrl_t) (HA_GS_SOCKET_NO_SIGNAL | HA_GS_ENABLE_ADAPTER_INFO), NULL,
                        NULL, NULL, no_error, NULL);
        assert_true(r == HA_GS_OK || r == HA_GS_CONNECT_FAILED || r == HA_GS_SOCK_CREATE_FAILED ||
                        r == HA_GS_SOCK_INIT_FAILED);
        return r == HA_GS_OK;
}

static void say_joined_and_more(ha_gs_token_t token) {
        GsNotification n = approved();

        counted = false;
        say_joined(token, 3);
        say_notification(token, NOTIFICATION_LIST_SAME, &n);
        counted = true;
}

/* True: nothing of it failed. */
static bool scenario(void) {
        ha_gs_adapter_info adapter = { .ip_addr.ip4.s_addr = htonl(INADDR_LOOPBACK) };
        ha_gs_group_attributes_t attributes = attributes_of((char *) "group");
        ha_gs_proposal_info_t info = join_of(&attributes, 3);
        uint64_t end = clock_usec(CLOCK_MONOTONIC) + PATIENCE_USEC;
        ha_gs_token_t token;
        ha_gs_rc_t r;

        if (!initialise())
                return false;
        r = ha_gs_get_adapter_info(&adapter);
        if (r == HA_GS_OK)
                r = ha_gs_join(&token, &info);
        if (r == HA_GS_OK) {
                say_joined_and_more(token);
                while (n_shown < 2 && r == HA_GS_OK && clock_usec(CLOCK_MONOTONIC) < end)
                        r = ha_gs_dispatch(HA_GS_NON_BLOCKING);
                assert_true(n_shown == 2 || r == HA_GS_NOT_OK);
        }
        if (r == HA_GS_OK)
                r = send_message(token, "hello");
        if (r == HA_GS_OK)
                r = ha_gs_goodbye(token);
        assert_true(is_answer(r));
        return r == HA_GS_OK && ha_gs_dispatch(HA_GS_NON_BLOCKING) == HA_GS_OK;
}

static void go(bool *ret_whole) {
        n_calls = n_shown = 0;
        *ret_whole = scenario();
        if (!*ret_whole)
                ha_gs_quit();
        ha_gs_quit();
        while (fake.peer >= 0)
                (void) usleep(100);
}

static unsigned everything_fails_with(int error, unsigned *ret_n_in_talk) {
        unsigned n_cases, n_failed = 0, n_in_talk = 0;
        bool whole;

        counted = true;
        failing_one = 0;
        go(&whole);
        assert_true(whole);
        n_cases = n_calls;
        assert_in_range(n_cases, 10, 100);

        for (unsigned i = 1; i <= n_cases; i++) {
                failing_one = i;
                failure = error;
                failed_in_talk = false;
                go(&whole);
                n_failed += !whole;
                n_in_talk += !whole && failed_in_talk;
                failing_one = 0;
                go(&whole);
                assert_true(whole);
        }
        counted = false;
        *ret_n_in_talk = n_in_talk;
        return n_failed;
}

static void every_call_fails(_unused_ void **state) {
        unsigned n_in_talk;

        assert_in_range(everything_fails_with(EIO, &n_in_talk), 5, 100);
        assert_in_range(n_in_talk, 3, 100);
        assert_in_range(everything_fails_with(ENOMEM, &n_in_talk), 5, 100);
}

/* A signal handler of the program ran: that ends nothing that talks to the daemon. The others are none that
 * it interrupts, and each of them may say what it has been told. */
static void every_call_is_interrupted(_unused_ void **state) {
        unsigned n_in_talk;

        (void) everything_fails_with(EINTR, &n_in_talk);
        assert_int_equal(n_in_talk, 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                recorder_test(every_call_fails),
                recorder_test(every_call_is_interrupted),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
