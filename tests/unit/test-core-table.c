/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The look-up tables and hash functions. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/table.h"
#include "util/macro.h"

static void test_what_went_in_is_found_until_it_is_removed(void **state) {
        static TableLink links[1000];
        Table table = {};

        (void) state;
        for (unsigned i = 0; i < ELEMENTSOF(links); i++)
                assert_int_equal(table_insert(&table, &links[i], i % 500), 0); /* two of each hash */
        for (unsigned i = 0; i < 500; i++) {
                TableLink *first = table_find(&table, i);

                assert_non_null(first);
                assert_non_null(table_find_next(first));
                assert_null(table_find_next(table_find_next(first)));
        }
        assert_null(table_find(&table, 500));
        for (unsigned i = 0; i < 500; i++)
                table_remove(&table, &links[i]);
        for (unsigned i = 0; i < 500; i++)
                assert_ptr_equal(table_find(&table, i), &links[500 + i]);
        for (unsigned i = 500; i < 1000; i++)
                table_remove(&table, &links[i]);
        assert_null(table.slots);
        assert_null(table_find(&table, 0));
}

static void test_each_visits_everything_once(void **state) {
        static TableLink links[100];
        unsigned n = 0;
        Table table = {};

        (void) state;
        assert_null(table_each(&table, NULL));
        for (unsigned i = 0; i < ELEMENTSOF(links); i++)
                assert_int_equal(table_insert(&table, &links[i], i * i), 0);
        for (TableLink *link = NULL; (link = table_each(&table, link));)
                n++;
        assert_int_equal(n, ELEMENTSOF(links));
        while (table.n > 0)
                table_remove(&table, table_each(&table, NULL));
}

static void test_hashes_depend_on_seed_content_order_and_length(void **state) {
        const uint64_t a[] = { 1, 2 }, b[] = { 2, 1 };

        (void) state;
        assert_true(hash_words(1, a, 2) == hash_words(1, a, 2));
        assert_true(hash_words(1, a, 2) != hash_words(2, a, 2));
        assert_true(hash_words(1, a, 2) != hash_words(1, b, 2));
        assert_true(hash_bytes(1, "ab", 2) != hash_bytes(1, "ba", 2));
        assert_true(hash_bytes(1, "a", 1) != hash_bytes(1, "a", 2)); /* a NUL more */
        assert_true(hash_bytes(1, "123456789", 9) != hash_bytes(1, "123456780", 9));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_what_went_in_is_found_until_it_is_removed),
                cmocka_unit_test(test_each_visits_everything_once),
                cmocka_unit_test(test_hashes_depend_on_seed_content_order_and_length),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
