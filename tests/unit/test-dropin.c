/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The registration as text, names of units, and lists of strings. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "manager/dropin.h"
#include "manager/unit-name.h"
#include "util/strings.h"

static Bytes bytes(const char *text) {
        return (Bytes){ .data = (char *) text, .size = strlen(text) };
}

static void test_what_is_registered_is_read_back(_unused_ void **state) {
        Registration in = { .port = 10007,
                .node_number = 2047,
                .address = (char *) "2001:db8::7",
                .log_directory = (char *) "/srv/log" };
        _cleanup_(registration_done) Registration out = { 0 };
        _cleanup_(bytes_done) Bytes text = { 0 };

        assert_int_equal(registration_format("sp_x", &in, &text), 0);
        assert_int_equal(registration_parse(&text, &out), 0);
        assert_int_equal(out.port, 10007);
        assert_int_equal(out.node_number, 2047);
        assert_string_equal(out.address, "2001:db8::7");
}

static void test_the_default_log_directory_needs_no_line(_unused_ void **state) {
        Registration in = { .port = 10000 };
        _cleanup_(bytes_done) Bytes text = { 0 };

        assert_int_equal(registration_format("sp_x", &in, &text), 0);
        assert_null(strstr(text.data, "ReadWritePaths"));
        assert_null(strstr(text.data, "HAGS_ADDRESS"));
}

static void test_a_path_is_quoted_for_systemd(_unused_ void **state) {
        Registration in = { .port = 10000, .log_directory = (char *) "/a b/50%/\"q\"\\" };
        _cleanup_(bytes_done) Bytes text = { 0 };

        assert_int_equal(registration_format("sp_x", &in, &text), 0);
        assert_non_null(strstr(text.data, "ReadWritePaths=-\"/a b/50%%/\\\"q\\\"\\\\\"\n"));
}

static void test_a_damaged_registration_is_told(_unused_ void **state) {
        static const char *const damaged[] = {
                "",
                "[Service]\n",
                "Environment=HAGS_PORT=10000\n",
                "Environment=HAGS_NODE=1\n",
                "Environment=HAGS_PORT=0\nEnvironment=HAGS_NODE=1\n",
                "Environment=HAGS_PORT=65536\nEnvironment=HAGS_NODE=1\n",
                "Environment=HAGS_PORT=10000x\nEnvironment=HAGS_NODE=1\n",
                "Environment=HAGS_PORT=10000\nEnvironment=HAGS_NODE=2048\n",
                "Environment=HAGS_PORT=10000\nEnvironment=HAGS_NODE=-1\n",
        };

        for (size_t i = 0; i < ELEMENTSOF(damaged); i++) {
                Registration out = { .port = 7 };
                Bytes text = bytes(damaged[i]);

                assert_int_equal(registration_parse(&text, &out), -EBADMSG);
                assert_int_equal(out.port, 7);
        }
}

static void test_what_an_administrator_added_is_passed_over(_unused_ void **state) {
        Bytes text = bytes("# "
                           "note\n[Service]\nNice=5\nEnvironment=HAGS_PORT=10001\n\nEnvironment=HAGS_NODE="
                           "0\nEnvironment=X=y");
        _cleanup_(registration_done) Registration out = { 0 };

        assert_int_equal(registration_parse(&text, &out), 0);
        assert_int_equal(out.port, 10001);
        assert_int_equal(out.node_number, 0);
        assert_null(out.address);
}

static void test_unit_and_partition_are_inverse(_unused_ void **state) {
        static const char *const foreign[] = { "hags.target", "hags@.service", "hags@x.socket",
                "hags@a.b.service", "xhags@a.service", "hags@a.service.d", "",
                "hags@abcdefghijklmnopqrstuvwxy.service" };
        char syspar[SYSPAR_NAME_MAX + 1];
        _cleanup_(freep) char *unit = NULL;

        assert_int_equal(unit_name("sp-prod_1", &unit), 0);
        assert_string_equal(unit, "hags@sp-prod_1.service");
        assert_true(unit_name_parse(unit, syspar));
        assert_string_equal(syspar, "sp-prod_1");

        for (size_t i = 0; i < ELEMENTSOF(foreign); i++)
                assert_false(unit_name_parse(foreign[i], syspar));
}

static void test_sorted_lists_have_each_string_once(_unused_ void **state) {
        _cleanup_(strings_freep) char **list = NULL;
        static const char *const words[] = { "m", "z", "a", "m", "b", "z", "a" };

        for (size_t i = 0; i < ELEMENTSOF(words); i++)
                assert_int_equal(strings_add_sorted(&list, words[i]), 0);

        assert_int_equal(strings_count(list), 4);
        assert_string_equal(list[0], "a");
        assert_string_equal(list[1], "b");
        assert_string_equal(list[2], "m");
        assert_string_equal(list[3], "z");
        assert_true(strings_contain(list, "m"));
        assert_false(strings_contain(list, "c"));
        assert_false(strings_contain(NULL, "c"));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_what_is_registered_is_read_back),
                cmocka_unit_test(test_the_default_log_directory_needs_no_line),
                cmocka_unit_test(test_a_path_is_quoted_for_systemd),
                cmocka_unit_test(test_a_damaged_registration_is_told),
                cmocka_unit_test(test_what_an_administrator_added_is_passed_over),
                cmocka_unit_test(test_unit_and_partition_are_inverse),
                cmocka_unit_test(test_sorted_lists_have_each_string_once),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
