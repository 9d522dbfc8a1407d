/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the unit tells the daemon: taken as it is, or refused with what to do. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "hagsd/environment.h"
#include "util/macro.h"

/* A registration that is good, and nothing else. cmocka has a variable of its own in the environment. */
static int set_up(_unused_ void **state) {
        static const char *const ours[] = { "HAGS_ADDRESS", "RUNTIME_DIRECTORY", "STATE_DIRECTORY" };

        for (size_t i = 0; i < ELEMENTSOF(ours); i++)
                if (unsetenv(ours[i]) < 0)
                        return -1;

        return setenv("HAGS_NODE", "5", 1) < 0 || setenv("HAGS_PORT", "10003", 1) < 0 ? -1 : 0;
}

static void test_registration_is_read(_unused_ void **state) {
        _cleanup_(environment_done) Environment e = { 0 };

        assert_int_equal(environment_read("sp_x", &e, NULL), 0);
        assert_int_equal(e.node_number, 5);
        assert_int_equal(e.port, 10003);
        assert_null(e.address);
}

static void test_addresses_of_both_families_are_taken(_unused_ void **state) {
        static const char *const addresses[] = { "192.0.2.7", "2001:db8::7" };

        for (size_t i = 0; i < ELEMENTSOF(addresses); i++) {
                _cleanup_(environment_done) Environment e = { 0 };

                assert_int_equal(setenv("HAGS_ADDRESS", addresses[i], 1), 0);
                assert_int_equal(environment_read("sp_x", &e, NULL), 0);
                assert_string_equal(e.address, addresses[i]);
        }
}

static void test_directories_are_those_of_systemd_else_the_usual_ones(_unused_ void **state) {
        _cleanup_(environment_done) Environment usual = { 0 }, named = { 0 };

        assert_int_equal(environment_read("sp_x", &usual, NULL), 0);
        assert_string_equal(usual.runtime_directory, "/run/hags/sp_x");
        assert_string_equal(usual.state_directory, "/var/lib/hags/domain/sp_x");

        assert_int_equal(setenv("RUNTIME_DIRECTORY", "/tmp/r", 1), 0);
        assert_int_equal(setenv("STATE_DIRECTORY", "/tmp/s", 1), 0);
        assert_int_equal(environment_read("sp_x", &named, NULL), 0);
        assert_string_equal(named.runtime_directory, "/tmp/r");
        assert_string_equal(named.state_directory, "/tmp/s");
}

/* Every refusal names the variable and the command that mends it. */
static void assert_refused(int error, const char *variable) {
        _cleanup_(freep) char *message = NULL;
        Environment e = { .port = 4711 };

        assert_int_equal(environment_read("sp_x", &e, &message), error);
        assert_int_equal(e.port, 4711);
        assert_non_null(strstr(message, variable));
        assert_non_null(strstr(message, "hagsctrl -a"));
}

static void test_missing_registration_is_refused(_unused_ void **state) {
        assert_int_equal(unsetenv("HAGS_PORT"), 0);
        assert_refused(-ENODATA, "HAGS_PORT");
        assert_int_equal(unsetenv("HAGS_NODE"), 0);
        assert_refused(-ENODATA, "HAGS_NODE");
}

static void test_wrong_node_numbers_are_refused(_unused_ void **state) {
        static const char *const wrong[] = { "", "x", "-1", "+1", " 1", "1 ", "2048", "0x1",
                "99999999999999999999" };

        for (size_t i = 0; i < ELEMENTSOF(wrong); i++) {
                assert_int_equal(setenv("HAGS_NODE", wrong[i], 1), 0);
                assert_refused(-EINVAL, "HAGS_NODE");
        }
}

static void test_wrong_ports_are_refused(_unused_ void **state) {
        static const char *const wrong[] = { "", "0", "65536", "http", "10000/tcp" };

        for (size_t i = 0; i < ELEMENTSOF(wrong); i++) {
                assert_int_equal(setenv("HAGS_PORT", wrong[i], 1), 0);
                assert_refused(-EINVAL, "HAGS_PORT");
        }
}

static void test_wrong_addresses_are_refused(_unused_ void **state) {
        static const char *const wrong[] = { "", "localhost", "192.0.2", "192.0.2.256", "2001:db8::g",
                "::1/64" };

        for (size_t i = 0; i < ELEMENTSOF(wrong); i++) {
                assert_int_equal(setenv("HAGS_ADDRESS", wrong[i], 1), 0);
                assert_refused(-EINVAL, "HAGS_ADDRESS");
        }
}

#define environment_test(name) cmocka_unit_test_setup(name, set_up)

int main(void) {
        const struct CMUnitTest tests[] = {
                environment_test(test_registration_is_read),
                environment_test(test_addresses_of_both_families_are_taken),
                environment_test(test_directories_are_those_of_systemd_else_the_usual_ones),
                environment_test(test_missing_registration_is_refused),
                environment_test(test_wrong_node_numbers_are_refused),
                environment_test(test_wrong_ports_are_refused),
                environment_test(test_wrong_addresses_are_refused),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
