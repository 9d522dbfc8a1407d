/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Text to values: what is one, what is none, and what is too large. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "util/macro.h"
#include "util/parse.h"

static void test_a_number_is_digits_and_nothing_else(void **state) {
        static const char *const wrong[] = {
                "", " 1", "1 ", "+1", "-1", "0x1", "1.0", "1e3", "one", "1\n", "\xd9\xa1",
        };
        uint64_t value = 77;

        (void) state;
        for (size_t i = 0; i < ELEMENTSOF(wrong); i++)
                assert_int_equal(parse_u64(wrong[i], 0, UINT64_MAX, &value), -EINVAL);
        assert_int_equal(value, 77);

        assert_int_equal(parse_u64("0", 0, UINT64_MAX, &value), 0);
        assert_int_equal(value, 0);
        assert_int_equal(parse_u64("00012", 0, UINT64_MAX, &value), 0);
        assert_int_equal(value, 12);
        assert_int_equal(parse_u64("18446744073709551615", 0, UINT64_MAX, &value), 0);
        assert_int_equal(value, UINT64_MAX);
}

static void test_a_number_is_within_its_range(void **state) {
        uint64_t value = 77;

        (void) state;
        assert_int_equal(parse_u64("9", 10, 20, &value), -ERANGE);
        assert_int_equal(parse_u64("21", 10, 20, &value), -ERANGE);
        assert_int_equal(parse_u64("18446744073709551616", 0, UINT64_MAX, &value), -ERANGE);
        assert_int_equal(parse_u64("18446744073709551620", 0, UINT64_MAX, &value), -ERANGE);
        assert_int_equal(parse_u64("99999999999999999999999999", 0, UINT64_MAX, &value), -ERANGE);
        assert_int_equal(value, 77);
        assert_int_equal(parse_u64("10", 10, 20, &value), 0);
        assert_int_equal(parse_u64("20", 10, 20, &value), 0);
        assert_int_equal(value, 20);
}

static void test_booleans_are_the_words_of_systemd(void **state) {
        static const char *const yes[] = { "1", "yes", "y", "true", "t", "on", "YES", "On" };
        static const char *const no[] = { "0", "no", "n", "false", "f", "off", "False", "oFF" };
        static const char *const wrong[] = { "", "2", "ye", "yess", " yes", "maybe" };
        bool value;

        (void) state;
        for (size_t i = 0; i < ELEMENTSOF(yes); i++) {
                value = false;
                assert_int_equal(parse_boolean(yes[i], &value), 0);
                assert_true(value);
        }
        for (size_t i = 0; i < ELEMENTSOF(no); i++) {
                value = true;
                assert_int_equal(parse_boolean(no[i], &value), 0);
                assert_false(value);
        }
        for (size_t i = 0; i < ELEMENTSOF(wrong); i++) {
                value = i % 2;
                assert_int_equal(parse_boolean(wrong[i], &value), -EINVAL);
                assert_int_equal(value, i % 2);
        }
}

static void test_sizes_are_powers_of_1024(void **state) {
        static const char *const wrong[] = { "", "K", "5k", "5 M", "5MB", "5T", "-5M", "1.5G" };
        uint64_t value = 77;

        (void) state;
        for (size_t i = 0; i < ELEMENTSOF(wrong); i++)
                assert_int_equal(parse_size(wrong[i], &value), -EINVAL);
        assert_int_equal(parse_size("17179869184G", &value), -ERANGE);
        assert_int_equal(value, 77);

        assert_int_equal(parse_size("5", &value), 0);
        assert_int_equal(value, 5);
        assert_int_equal(parse_size("5K", &value), 0);
        assert_int_equal(value, 5120);
        assert_int_equal(parse_size("5M", &value), 0);
        assert_int_equal(value, 5242880);
        assert_int_equal(parse_size("17179869183G", &value), 0);
        assert_int_equal(value, UINT64_C(17179869183) << 30);
}

static void test_time_spans_are_seconds_without_a_unit(void **state) {
        static const char *const wrong[] = { "", "s", "3 s", "3sec", "3us", "3m", "3d", "-3s", "1h30min" };
        uint64_t value = 77;

        (void) state;
        for (size_t i = 0; i < ELEMENTSOF(wrong); i++)
                assert_int_equal(parse_timespan(wrong[i], &value), -EINVAL);
        assert_int_equal(parse_timespan("18446744073710s", &value), -ERANGE);
        assert_int_equal(value, 77);

        assert_int_equal(parse_timespan("3", &value), 0);
        assert_int_equal(value, 3000000);
        assert_int_equal(parse_timespan("3s", &value), 0);
        assert_int_equal(value, 3000000);
        assert_int_equal(parse_timespan("3ms", &value), 0);
        assert_int_equal(value, 3000);
        assert_int_equal(parse_timespan("3min", &value), 0);
        assert_int_equal(value, 180000000);
        assert_int_equal(parse_timespan("3h", &value), 0);
        assert_int_equal(value, UINT64_C(10800000000));
        assert_int_equal(parse_timespan("0", &value), 0);
        assert_int_equal(value, 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_a_number_is_digits_and_nothing_else),
                cmocka_unit_test(test_a_number_is_within_its_range),
                cmocka_unit_test(test_booleans_are_the_words_of_systemd),
                cmocka_unit_test(test_sizes_are_powers_of_1024),
                cmocka_unit_test(test_time_spans_are_seconds_without_a_unit),
        };

        return cmocka_run_group_tests_name("parse", tests, NULL, NULL);
}
