/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the clients of one uid use up. */

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "session/user.h"

static Users make_users(void) {
        return (Users){ .limits = { 2, 10, UINT64_MAX } };
}

static void test_users_have_one_account_each_while_they_use_something(void **state) {
        Users users = make_users();
        User *alice, *bob, *again;

        (void) state;
        assert_int_equal(user_get(&users, 1, &alice), 0);
        assert_int_equal(user_charge(alice, USER_CONNECTIONS, 1), 0);
        assert_int_equal(user_get(&users, 2, &bob), 0);
        assert_int_equal(user_charge(bob, USER_MEMBERSHIPS, 3), 0);
        assert_int_equal(user_get(&users, 1, &again), 0);
        assert_ptr_equal(alice, again);
        assert_null(user_put(again));
        assert_int_equal(user_get(&users, 1, &again), 0);
        assert_ptr_equal(alice, again);

        user_discharge(alice, USER_CONNECTIONS, 1);
        assert_null(user_put(alice));
        assert_ptr_equal(users.first, bob);
        assert_int_equal(bob->used[USER_MEMBERSHIPS], 3);
        user_discharge(bob, USER_MEMBERSHIPS, 3);
        assert_null(user_put(bob));
        assert_null(users.first);
        assert_null(user_put(NULL));
}

static void test_limit_is_reached_and_not_exceeded(void **state) {
        Users users = make_users();
        User *u;

        (void) state;
        assert_int_equal(user_get(&users, 1, &u), 0);
        assert_int_equal(user_charge(u, USER_MEMBERSHIPS, 11), USER_E_QUOTA);
        assert_int_equal(user_charge(u, USER_MEMBERSHIPS, 9), 0);
        assert_int_equal(user_charge(u, USER_MEMBERSHIPS, 2), USER_E_QUOTA);
        assert_int_equal(user_charge(u, USER_MEMBERSHIPS, 1), 0);
        assert_int_equal(user_charge(u, USER_MEMBERSHIPS, 1), USER_E_QUOTA);
        assert_int_equal(user_charge(u, USER_MEMBERSHIPS, 0), 0);
        assert_int_equal(u->used[USER_MEMBERSHIPS], 10);
        assert_int_equal(u->used[USER_CONNECTIONS], 0);

        /* Sums that no number holds are too much, too. */
        assert_int_equal(user_charge(u, USER_QUEUED_BYTES, UINT64_MAX), 0);
        assert_int_equal(user_charge(u, USER_QUEUED_BYTES, 1), USER_E_QUOTA);
        user_discharge(u, USER_QUEUED_BYTES, UINT64_MAX);
        user_discharge(u, USER_MEMBERSHIPS, 10);
        assert_null(user_put(u));
}

/* A leak, or a double discharge, must not stay unnoticed. */
static void test_giving_back_more_than_was_taken_aborts(void **state) {
        Users users = make_users();
        int status;
        pid_t pid;
        User *u;

        (void) state;
        assert_int_equal(user_get(&users, 1, &u), 0);
        pid = fork();
        if (pid == 0) {
                (void) signal(SIGABRT, SIG_DFL);
                (void) !freopen("/dev/null", "w", stderr);
                user_discharge(u, USER_CONNECTIONS, 1);
                _exit(0);
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
        assert_null(user_put(u));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_users_have_one_account_each_while_they_use_something),
                cmocka_unit_test(test_limit_is_reached_and_not_exceeded),
                cmocka_unit_test(test_giving_back_more_than_was_taken_aborts),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
