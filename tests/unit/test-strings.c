/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lists of strings. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "util/strings.h"

static void assert_list(char *const *list, const char *a, const char *b, const char *c) {
        assert_int_equal(strings_count(list), 3);
        assert_string_equal(list[0], a);
        assert_string_equal(list[1], b);
        assert_string_equal(list[2], c);
        assert_null(list[3]);
}

static void test_nothing_is_the_empty_list(void **state) {
        (void) state;
        assert_int_equal(strings_count(NULL), 0);
        assert_false(strings_contain(NULL, "a"));
        assert_null(strings_free(NULL));
}

static void test_adding_keeps_order_and_copies(void **state) {
        _cleanup_(strings_freep) char **list = NULL;
        char text[] = "b";

        (void) state;
        assert_int_equal(strings_add(&list, text), 0);
        text[0] = 'a';
        assert_int_equal(strings_add(&list, text), 0);
        assert_int_equal(strings_add(&list, "b"), 0);
        assert_list(list, "b", "a", "b");
        assert_true(strings_contain(list, "a"));
        assert_false(strings_contain(list, "c"));
        assert_false(strings_contain(list, ""));
}

static void test_a_sorted_list_has_each_string_once(void **state) {
        static const char *const order[] = { "m", "z", "a", "m", "z", "a", "m" };
        _cleanup_(strings_freep) char **list = NULL;

        (void) state;
        for (size_t i = 0; i < ELEMENTSOF(order); i++)
                assert_int_equal(strings_add_sorted(&list, order[i]), 0);
        assert_list(list, "a", "m", "z");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_nothing_is_the_empty_list),
                cmocka_unit_test(test_adding_keeps_order_and_copies),
                cmocka_unit_test(test_a_sorted_list_has_each_string_once),
        };

        return cmocka_run_group_tests_name("strings", tests, NULL, NULL);
}
