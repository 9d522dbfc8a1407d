/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How many events pass, and that none of the others goes uncounted. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "log/ratelimit.h"
#include "util/macro.h"

static void test_so_many_events_a_period_pass_and_the_others_are_counted_once(void **state _unused_) {
        RateLimit limit = { .interval = 10, .burst = 3 };
        unsigned n_passed = 0;

        for (unsigned i = 0; i < 8; i++)
                n_passed += ratelimit_pass(&limit, 100 + i);
        assert_int_equal(n_passed, 3);

        assert_int_equal(ratelimit_collect(&limit, 109), 0); /* there may be more */
        assert_int_equal(ratelimit_collect(&limit, 110), 5);
        assert_int_equal(ratelimit_collect(&limit, 110), 0);
        assert_true(ratelimit_pass(&limit, 110));
}

static void test_a_period_begins_with_its_first_event(void **state _unused_) {
        RateLimit limit = { .interval = 10, .burst = 1 };

        assert_true(ratelimit_pass(&limit, 5));
        assert_false(ratelimit_pass(&limit, 14));
        assert_true(ratelimit_pass(&limit, 15));
        assert_false(ratelimit_pass(&limit, 24));
        /* Those of a period that nobody asked about are not forgotten. */
        assert_int_equal(ratelimit_collect(&limit, 25), 2);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_so_many_events_a_period_pass_and_the_others_are_counted_once),
                cmocka_unit_test(test_a_period_begins_with_its_first_event),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
