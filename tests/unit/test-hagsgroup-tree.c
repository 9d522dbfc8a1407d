/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The processes that come of COMMAND: children, theirs, and those whose parents have ended; and nobody else.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <sys/wait.h>

#include "hagsgroup/tree.h"
#include "util/macro.h"

static void reap(pid_t pid) {
        assert_int_equal(waitpid(pid, NULL, 0), pid);
}

/* A process that waits to be killed, below `depth` others, which have `ended` or live. */
static pid_t start(unsigned depth, bool ended) {
        int fds[2];
        char byte;
        pid_t pid;

        assert_int_equal(pipe(fds), 0);
        pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
                bool last = true;

                for (unsigned i = 0; i < depth && last; i++)
                        last = fork() == 0;
                if (last)
                        (void) !write(fds[1], "", 1);
                else if (ended)
                        _exit(0);
                for (;;)
                        pause();
        }
        assert_int_equal(read(fds[0], &byte, 1), 1);
        (void) close(fds[0]);
        (void) close(fds[1]);
        return pid;
}

static void reap_all(void) {
        while (waitpid(-1, NULL, 0) > 0)
                ;
        assert_int_equal(errno, ECHILD);
}

static void test_children_and_theirs(_unused_ void **state) {
        Tree t;

        assert_int_equal(tree_begin(&t), 0);
        assert_int_equal(tree_signal(&t, 0), 0);
        (void) start(0, false);
        (void) start(3, false);
        assert_int_equal(tree_signal(&t, 0), 5);
        assert_int_equal(tree_signal(&t, SIGKILL), 5);
        reap_all();
        assert_int_equal(tree_signal(&t, 0), 0);
        tree_done(&t);
}

static void test_those_whose_parents_have_ended(_unused_ void **state) {
        pid_t pid;
        Tree t;

        assert_int_equal(tree_begin(&t), 0);
        pid = start(1, true);
        reap(pid);
        assert_int_equal(tree_signal(&t, SIGKILL), 1);
        reap_all();
        tree_done(&t);
}

/* COMMAND has ended and was not waited for: that is nobody. */
static void test_the_dead_are_not_counted(_unused_ void **state) {
        siginfo_t info;
        pid_t pid;
        Tree t;

        assert_int_equal(tree_begin(&t), 0);
        pid = start(0, false);
        assert_int_equal(kill(pid, SIGKILL), 0);
        assert_int_equal(waitid(P_PID, (id_t) pid, &info, WEXITED | WNOWAIT), 0);
        assert_int_equal(tree_signal(&t, 0), 0);
        reap(pid);
        tree_done(&t);
}

static void test_who_was_there_before_is_left_alone(_unused_ void **state) {
        pid_t other = start(1, false);
        Tree t;

        assert_int_equal(tree_begin(&t), 0);
        assert_int_equal(tree_signal(&t, 0), 0);
        (void) start(0, false);
        assert_int_equal(tree_signal(&t, SIGKILL), 1);
        assert_int_equal(kill(other, 0), 0);
        tree_done(&t);

        assert_int_equal(tree_begin(&t), 0);
        free(t.before); /* as if there had been nobody: then these two are of it */
        t = (Tree){};
        assert_int_equal(tree_signal(&t, SIGKILL), 2);
        reap_all();
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_children_and_theirs),
                cmocka_unit_test(test_those_whose_parents_have_ended),
                cmocka_unit_test(test_the_dead_are_not_counted),
                cmocka_unit_test(test_who_was_there_before_is_left_alone),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
