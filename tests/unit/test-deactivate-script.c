/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which scripts may be run, and with what arguments. What root may run can only be tried by root. */

#include "deactivate-fixture.h"

#include "deactivate/script.h"

static int try_open(const char *path, uid_t uid) {
        _cleanup_(freep) char *message = NULL;
        _cleanup_(closep) int fd = -EBADF;
        int r;

        r = script_open(path, uid, &fd, &message);
        assert_true(r >= 0 ? fd >= 0 && !message : fd < 0 && message);
        return r;
}

static void test_arguments(void **state _unused_) {
        const DeactivateRequest request = {
                .limit = UINT16_MAX,
                .provider = { .instance = GS_INSTANCE_MAX, .node = GS_NODE_MAX },
                .group = "a group",
                .flag = "-x ; y",
                .script = "/a/script",
        };
        static const char *const expected[] = { "/a/script", "4194303", "65535", "-x ; y", "a group",
                "32767", "2047" };
        const Client client = { .pid = 4194303, .uid = 1 };
        ScriptArguments arguments;

        script_fill_arguments(&request, &client, &arguments);
        for (size_t i = 0; i < ELEMENTSOF(expected); i++)
                assert_string_equal(arguments.argv[i], expected[i]);
        assert_null(arguments.argv[ELEMENTSOF(expected)]);
        assert_int_equal(ELEMENTSOF(expected), SCRIPT_ARGUMENTS);
}

static void test_empty_flag_is_an_argument(void **state _unused_) {
        const DeactivateRequest request = { .group = "g", .script = "/s" };
        ScriptArguments arguments;

        script_fill_arguments(&request, &(Client){ .pid = 1 }, &arguments);
        assert_string_equal(arguments.argv[2], "0");
        assert_string_equal(arguments.argv[3], "");
        assert_string_equal(arguments.argv[4], "g");
}

static void test_path_must_be_absolute(void **state _unused_) {
        assert_int_equal(chdir("/bin"), 0);
        assert_int_equal(try_open("sh", 1), -EINVAL);
        assert_int_equal(try_open("./sh", 1), -EINVAL);
        assert_int_equal(try_open("", 1), -EINVAL);
        assert_int_equal(try_open("sh", 0), -EINVAL);
        assert_int_equal(try_open("/bin/sh", 1), 0);
}

static void test_script_must_be_a_regular_file(void **state _unused_) {
        char fifo[64];

        (void) snprintf(fifo, sizeof(fifo), "/tmp/test-deactivate-%d", (int) getpid());
        assert_int_equal(mkfifo(fifo, 0755), 0);
        assert_int_equal(try_open(fifo, 1), -EACCES); /* does not wait for a writer */
        assert_int_equal(unlink(fifo), 0);

        assert_int_equal(try_open("/bin", 1), -EACCES);
        assert_int_equal(try_open("/dev/null", 1), -EACCES);
        assert_int_equal(try_open("/", 1), -EACCES);
}

static void test_errors_of_the_system_are_handed_on(void **state _unused_) {
        assert_int_equal(try_open("/no/such/script", 1), -ENOENT);
        assert_int_equal(try_open("/no/such/script", 0), -ENOENT);
        assert_int_equal(try_open("/dev/null/script", 1), -ENOTDIR);
}

static void test_roots_script_must_be_roots_alone(void **state _unused_) {
        need_root();
        write_file("/run/script", 0755, "#!/bin/sh\n");
        assert_int_equal(try_open("/run/script", 0), 0);
        assert_int_equal(try_open("//run///script", 0), 0);
        assert_int_equal(try_open("/run/open/../script", 0), -EPERM);

        assert_int_equal(chmod("/run/script", 0775), 0);
        assert_int_equal(try_open("/run/script", 0), -EPERM);
        assert_int_equal(chmod("/run/script", 0757), 0);
        assert_int_equal(try_open("/run/script", 0), -EPERM);
        assert_int_equal(try_open("/run/script", 1), 0);
        assert_int_equal(chmod("/run/script", 0700), 0);
        assert_int_equal(try_open("/run/script", 0), 0);
        assert_int_equal(chown("/run/script", ALICE, 0), 0);
        assert_int_equal(try_open("/run/script", 0), -EPERM);
        assert_int_equal(chown("/run/script", 0, TEAM), 0);
        assert_int_equal(try_open("/run/script", 0), 0);
}

static void test_directories_of_roots_script_must_be_too(void **state _unused_) {
        need_root();
        assert_int_equal(mkdir("/run/a", 0755), 0);
        assert_int_equal(mkdir("/run/a/b", 0755), 0);
        write_file("/run/a/b/script", 0755, "#!/bin/sh\n");
        assert_int_equal(try_open("/run/a/b/script", 0), 0);

        assert_int_equal(chmod("/run/a", 0775), 0);
        assert_int_equal(try_open("/run/a/b/script", 0), -EPERM);
        assert_int_equal(chmod("/run/a", 01777), 0); /* sticky, as /tmp */
        assert_int_equal(try_open("/run/a/b/script", 0), -EPERM);
        assert_int_equal(try_open("/run/a/b/script", 1), 0);
        assert_int_equal(chmod("/run/a", 0755), 0);
        assert_int_equal(chown("/run/a/b", ALICE, 0), 0);
        assert_int_equal(try_open("/run/a/b/script", 0), -EPERM);
}

/* Who can replace the link, or a directory that it leads through, decides what root runs. */
static void test_roots_path_has_no_symbolic_link(void **state _unused_) {
        need_root();
        write_file("/run/target", 0755, "#!/bin/sh\n");
        assert_int_equal(symlink("/run/target", "/run/link"), 0);
        assert_int_equal(symlink("/run", "/run/open/away"), 0);
        assert_int_equal(symlink("/run", "/run/back"), 0);
        assert_int_equal(try_open("/run/link", 0), -EPERM);
        assert_int_equal(try_open("/run/back/target", 0), -EPERM);
        assert_int_equal(try_open("/run/open/away/target", 0), -EPERM);
        assert_int_equal(try_open("/run/link", 1), 0);
        assert_int_equal(try_open("/run/open/away/target", 1), 0);
}

static void test_roots_script_must_be_a_regular_file(void **state _unused_) {
        need_root();
        assert_int_equal(mkdir("/run/directory", 0755), 0);
        assert_int_equal(mkfifo("/run/fifo", 0755), 0);
        assert_int_equal(try_open("/run/directory", 0), -EACCES);
        assert_int_equal(try_open("/run/fifo", 0), -EACCES);
        assert_int_equal(try_open("/", 0), -EACCES);
        write_file("/run/file", 0755, "");
        assert_int_equal(try_open("/run/file/script", 0), -ENOTDIR);
}

static void test_descriptors_do_not_leak(void **state _unused_) {
        int before = dup(0), after;

        assert_int_equal(close(before), 0);
        (void) try_open("/bin/sh", 1);
        (void) try_open("/usr/bin/env", 0);
        (void) try_open("/no/such/script", 0);
        (void) try_open("/dev/null", 0);
        after = dup(0);
        assert_int_equal(close(after), 0);
        assert_int_equal(before, after);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_arguments),
                cmocka_unit_test(test_empty_flag_is_an_argument),
                cmocka_unit_test(test_path_must_be_absolute),
                cmocka_unit_test(test_script_must_be_a_regular_file),
                cmocka_unit_test(test_errors_of_the_system_are_handed_on),
                cmocka_unit_test(test_roots_script_must_be_roots_alone),
                cmocka_unit_test(test_directories_of_roots_script_must_be_too),
                cmocka_unit_test(test_roots_path_has_no_symbolic_link),
                cmocka_unit_test(test_roots_script_must_be_a_regular_file),
                cmocka_unit_test(test_descriptors_do_not_leak),
        };

        return cmocka_run_group_tests(tests, world_setup, NULL);
}
