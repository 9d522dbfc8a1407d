/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a system partition may be called: each byte at each kind of place, and the length. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "util/syspar-name.h"

#define FIRST "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
#define LATER FIRST "_-"

static void test_the_first_character_is_a_letter_or_digit(void **state) {
        (void) state;
        for (int c = 1; c < 256; c++) {
                char name[] = { (char) c, 'x', 0 };

                assert_int_equal(syspar_name_is_valid(name), strchr(FIRST, c) != NULL);
        }
}

static void test_the_others_may_be_underscore_and_hyphen_too(void **state) {
        (void) state;
        for (int c = 1; c < 256; c++) {
                char middle[] = { 'x', (char) c, 'y', 0 }, last[] = { 'x', (char) c, 0 };

                assert_int_equal(syspar_name_is_valid(middle), strchr(LATER, c) != NULL);
                assert_int_equal(syspar_name_is_valid(last), strchr(LATER, c) != NULL);
        }
}

static void test_a_name_has_1_to_24_characters(void **state) {
        (void) state;
        assert_false(syspar_name_is_valid(NULL));
        assert_false(syspar_name_is_valid(""));
        assert_true(syspar_name_is_valid("a"));
        assert_true(syspar_name_is_valid("abcdefghijklmnopqrstuvwx"));
        assert_false(syspar_name_is_valid("abcdefghijklmnopqrstuvwxy"));
}

static void test_a_name_of_a_given_length_ends_there(void **state) {
        static const char text[] = "sp_prod.service";

        (void) state;
        assert_true(syspar_name_is_valid_n(text, 7));
        assert_false(syspar_name_is_valid_n(text, 8));
        assert_false(syspar_name_is_valid_n(text, 0));
        assert_false(syspar_name_is_valid_n("a\0b", 3));
        assert_true(syspar_name_is_valid_n("abcdefghijklmnopqrstuvwxyz", 24));
        assert_false(syspar_name_is_valid_n("abcdefghijklmnopqrstuvwxyz", 25));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_the_first_character_is_a_letter_or_digit),
                cmocka_unit_test(test_the_others_may_be_underscore_and_hyphen_too),
                cmocka_unit_test(test_a_name_has_1_to_24_characters),
                cmocka_unit_test(test_a_name_of_a_given_length_ends_there),
        };

        return cmocka_run_group_tests_name("syspar-name", tests, NULL, NULL);
}
