/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The witness of a holder: one at a time, as long as anybody has the descriptor, and no file stays. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "hagsgroup/witness.h"
#include "util/paths.h"

static char directory[] = "/tmp/hags-witness.XXXXXX";

static int set_up(_unused_ void **state) {
        return mkdtemp(directory) && setenv("HAGS_RUN_DIRECTORY", directory, true) == 0 ? 0 : -1;
}

static int tear_down(_unused_ void **state) {
        char path[128];

        (void) snprintf(path, sizeof(path), "%s/" NAME_HOLDERS, directory);
        return rmdir(path) < 0 || rmdir(directory) < 0 ? -1 : 0; /* nothing was left in it */
}

static Witness open_one(const char *group) {
        Witness w;

        assert_int_equal(witness_open("sp", group, &w, NULL), 0);
        return w;
}

static void test_one_at_a_time(_unused_ void **state) {
        Witness a = open_one("lock:x"), b = open_one("lock:x"), other = open_one("lock:y");

        assert_int_equal(witness_take(a.fd, false), 0);
        assert_int_equal(witness_take(a.fd, false), 0); /* we have it */
        assert_int_equal(witness_take(b.fd, false), -EWOULDBLOCK);
        assert_int_equal(witness_take(other.fd, false), 0);
        witness_drop(&other);
        witness_drop(&a);
        assert_int_equal(a.fd, -EBADF);
        witness_done(&b);
}

static void test_a_file_that_was_removed_is_none(_unused_ void **state) {
        Witness a = open_one("lock:x"), b = open_one("lock:x");

        assert_int_equal(witness_take(a.fd, false), 0);
        witness_drop(&a);
        assert_int_equal(witness_take(b.fd, false), -ESTALE);
        witness_drop(&b); /* and does not remove that of others */

        a = open_one("lock:x");
        assert_int_equal(witness_take(a.fd, false), 0);
        b = open_one("lock:x");
        assert_int_equal(witness_take(b.fd, false), -EWOULDBLOCK);
        witness_drop(&a);
        witness_done(&b);
}

/* A child that has inherited it. */
static pid_t start(void) {
        pid_t pid = fork();

        assert_true(pid >= 0);
        if (pid == 0)
                for (;;)
                        pause();
        return pid;
}

static void test_who_has_inherited_it_holds_it(_unused_ void **state) {
        Witness a = open_one("lock:x"), b;
        pid_t pid;

        assert_int_equal(witness_take(a.fd, false), 0);
        pid = start();
        witness_done(&a); /* as if this process had been killed */
        b = open_one("lock:x");
        assert_int_equal(witness_take(b.fd, false), -EWOULDBLOCK);
        assert_int_equal(kill(pid, SIGKILL), 0);
        assert_int_equal(witness_take(b.fd, true), 0);
        assert_int_equal(waitpid(pid, NULL, 0), pid);
        witness_drop(&b);
}

static void test_who_gives_it_up_does_so_for_all(_unused_ void **state) {
        Witness a = open_one("lock:x"), b;
        pid_t pid;

        assert_int_equal(witness_take(a.fd, false), 0);
        pid = start();
        witness_drop(&a);
        b = open_one("lock:x");
        assert_int_equal(witness_take(b.fd, false), 0);
        witness_drop(&b);
        assert_int_equal(kill(pid, SIGKILL), 0);
        assert_int_equal(waitpid(pid, NULL, 0), pid);
}

/* All bytes that a group's name may have make a file of their own, in this directory. */
static void test_any_name(_unused_ void **state) {
        Witness a = open_one("lock:../x y%\xff"), b = open_one("lock:.."), c;
        char longest[GS_GROUP_NAME_MAX + 1];

        assert_string_equal(a.name, "sp.lock:%2E%2E%2Fx%20y%25%FF");
        assert_string_equal(b.name, "sp.lock:%2E%2E");
        memset(longest, '/', GS_GROUP_NAME_MAX);
        longest[GS_GROUP_NAME_MAX] = 0;
        c = open_one(longest);
        assert_int_equal(strlen(c.name), 3 + 3 * GS_GROUP_NAME_MAX);
        assert_int_equal(witness_take(a.fd, false), 0);
        assert_int_equal(witness_take(b.fd, false), 0);
        assert_int_equal(witness_take(c.fd, false), 0);
        witness_drop(&a);
        witness_drop(&b);
        witness_drop(&c);
}

static void test_what_is_no_file(_unused_ void **state) {
        _cleanup_(freep) char *error = NULL;
        char path[128], sentence[256];
        Witness w;

        (void) snprintf(path, sizeof(path), "%s/" NAME_HOLDERS "/sp.lock:x", directory);
        assert_int_equal(mkfifo(path, 0600), 0);
        assert_int_equal(witness_open("sp", "lock:x", &w, &error), -EEXIST);
        (void) snprintf(sentence, sizeof(sentence), "cannot open %s: File exists", path);
        assert_string_equal(error, sentence);
        assert_int_equal(unlink(path), 0);

        assert_int_equal(symlink("/etc/passwd", path), 0);
        assert_int_equal(witness_open("sp", "lock:x", &w, NULL), -ELOOP);
        assert_int_equal(unlink(path), 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_one_at_a_time),
                cmocka_unit_test(test_a_file_that_was_removed_is_none),
                cmocka_unit_test(test_who_has_inherited_it_holds_it),
                cmocka_unit_test(test_who_gives_it_up_does_so_for_all),
                cmocka_unit_test(test_any_name),
                cmocka_unit_test(test_what_is_no_file),
        };

        return cmocka_run_group_tests(tests, set_up, tear_down);
}
