/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who may be a client. Other users than our own can only be tried by root. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <grp.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "session/access.h"
#include "util/macro.h"

#define STRANGER 65534
#define MEMBERS 54321
#define OTHERS 54322

static const Access members = { .has_group = true, .group = MEMBERS };
static const Access nobody = { .has_group = false };

/* What access_check() says of a process with these credentials; they are those of the moment of
 * socketpair(). */
static int check_as(const Access *a, uid_t uid, gid_t gid, const gid_t *groups, size_t n_groups) {
        int status;
        pid_t pid;

        pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
                struct ucred peer = { 0 };
                int fds[2];

                if (setgroups(n_groups, groups) < 0 || setresgid(gid, gid, gid) < 0 ||
                                setresuid(uid, uid, uid) < 0 ||
                                socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds) < 0)
                        _exit(100);
                if (access_check(a, fds[0], &peer) < 0)
                        _exit(101);
                if (peer.uid != uid || peer.gid != gid || peer.pid != getpid())
                        _exit(102);
                _exit(access_check(a, fds[0], &peer));
        }

        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFEXITED(status));
        assert_in_range(WEXITSTATUS(status), 0, 99);
        return WEXITSTATUS(status);
}

static void need_root(void) {
        if (geteuid() != 0)
                skip();
}

static void test_root_is_let_in_with_and_without_the_group(void **state _unused_) {
        need_root();
        assert_int_equal(check_as(&members, 0, 0, NULL, 0), 0);
        assert_int_equal(check_as(&nobody, 0, 0, NULL, 0), 0);
}

static void test_primary_group_is_let_in(void **state _unused_) {
        need_root();
        assert_int_equal(check_as(&members, STRANGER, MEMBERS, NULL, 0), 0);
}

static void test_supplementary_group_is_let_in_at_any_place(void **state _unused_) {
        const gid_t first[] = { MEMBERS, OTHERS }, last[] = { OTHERS, MEMBERS }, none[] = { OTHERS };

        need_root();
        assert_int_equal(check_as(&members, STRANGER, STRANGER, first, 2), 0);
        assert_int_equal(check_as(&members, STRANGER, STRANGER, last, 2), 0);
        assert_int_equal(check_as(&members, STRANGER, STRANGER, none, 1), ACCESS_E_DENIED);
}

static void test_all_65536_groups_are_looked_at(void **state _unused_) {
        size_t n = 65536;
        _cleanup_(freep) gid_t *groups = calloc(n, sizeof(gid_t));

        need_root();
        assert_non_null(groups);
        for (size_t i = 0; i < n; i++)
                groups[i] = (gid_t) (100000 + i);
        assert_int_equal(check_as(&members, STRANGER, STRANGER, groups, n), ACCESS_E_DENIED);
        groups[n - 1] = MEMBERS;
        assert_int_equal(check_as(&members, STRANGER, STRANGER, groups, n), 0);
}

static void test_stranger_is_denied(void **state _unused_) {
        need_root();
        assert_int_equal(check_as(&members, STRANGER, STRANGER, NULL, 0), ACCESS_E_DENIED);
}

/* Where there is no such group, the gid 0 that stands in its place must not let anybody in. */
static void test_without_the_group_members_of_group_0_are_denied(void **state _unused_) {
        need_root();
        assert_int_equal(check_as(&nobody, STRANGER, 0, NULL, 0), ACCESS_E_DENIED);
}

static void test_something_else_than_a_socket_is_an_error(void **state _unused_) {
        struct ucred peer = { .pid = 4711 };
        int fds[2];

        assert_int_equal(pipe(fds), 0);
        assert_int_equal(access_check(&members, fds[0], &peer), -ENOTSOCK);
        assert_int_equal(peer.pid, 4711);
        (void) close(fds[0]);
        (void) close(fds[1]);
}

static void test_group_is_found_by_name(void **state _unused_) {
        Access a;

        assert_int_equal(access_resolve("root", &a), 0);
        assert_true(a.has_group);
        assert_int_equal(a.group, 0);
}

static void test_missing_group_is_told(void **state _unused_) {
        Access a = { .has_group = true };

        assert_int_equal(access_resolve("no-such-group-here", &a), ACCESS_E_NO_GROUP);
        assert_false(a.has_group);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_root_is_let_in_with_and_without_the_group),
                cmocka_unit_test(test_primary_group_is_let_in),
                cmocka_unit_test(test_supplementary_group_is_let_in_at_any_place),
                cmocka_unit_test(test_all_65536_groups_are_looked_at),
                cmocka_unit_test(test_stranger_is_denied),
                cmocka_unit_test(test_without_the_group_members_of_group_0_are_denied),
                cmocka_unit_test(test_something_else_than_a_socket_is_an_error),
                cmocka_unit_test(test_group_is_found_by_name),
                cmocka_unit_test(test_missing_group_is_told),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
