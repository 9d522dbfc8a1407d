/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tokens of one connection. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "session/token.h"
#include "util/clock.h"
#include "util/macro.h"

static void remove_token(Tokens *tokens, int32_t number) {
        Token *token = tokens_find(tokens, number);

        assert_non_null(token);
        tokens_remove(tokens, token);
}

static void test_tokens_are_found_until_they_die(void **state) {
        static const int32_t numbers[] = { 1, 2, 5, 1000, INT32_MAX };
        _cleanup_(tokens_done) Tokens tokens = {};

        (void) state;
        assert_null(tokens_find(&tokens, 1));
        for (size_t i = 0; i < ELEMENTSOF(numbers); i++)
                assert_int_equal(tokens_add(&tokens, numbers[i], TOKEN_PROVIDER), 0);
        for (size_t i = 0; i < ELEMENTSOF(numbers); i++)
                assert_int_equal(tokens_find(&tokens, numbers[i])->number, numbers[i]);
        assert_null(tokens_find(&tokens, 0));
        assert_null(tokens_find(&tokens, 3));
        assert_null(tokens_find(&tokens, -1));

        remove_token(&tokens, 5);
        assert_null(tokens_find(&tokens, 5));
        assert_non_null(tokens_find(&tokens, 1000));
        assert_int_equal(tokens_count(&tokens), 4);
}

static void test_number_is_used_once(void **state) {
        _cleanup_(tokens_done) Tokens tokens = {};

        (void) state;
        assert_int_equal(tokens_add(&tokens, 0, TOKEN_PROVIDER), TOKENS_E_USED);
        assert_int_equal(tokens_add(&tokens, 7, TOKEN_PROVIDER), 0);
        assert_int_equal(tokens_add(&tokens, 7, TOKEN_SUBSCRIBER), TOKENS_E_USED);
        assert_int_equal(tokens_add(&tokens, 6, TOKEN_PROVIDER), TOKENS_E_USED);
        remove_token(&tokens, 7);
        assert_int_equal(tokens_add(&tokens, 7, TOKEN_PROVIDER), TOKENS_E_USED);
        assert_int_equal(tokens_add(&tokens, 8, TOKEN_PROVIDER), 0);
}

static void test_kinds_are_counted(void **state) {
        _cleanup_(tokens_done) Tokens tokens = {};

        (void) state;
        assert_int_equal(tokens_add(&tokens, 1, TOKEN_PROVIDER), 0);
        assert_int_equal(tokens_add(&tokens, 2, TOKEN_SUBSCRIBER), 0);
        assert_int_equal(tokens_add(&tokens, 3, TOKEN_SUBSCRIBER), 0);
        assert_int_equal(tokens.n[TOKEN_PROVIDER], 1);
        assert_int_equal(tokens.n[TOKEN_SUBSCRIBER], 2);
        remove_token(&tokens, 2);
        assert_int_equal(tokens.n[TOKEN_SUBSCRIBER], 1);
        assert_int_equal(tokens_count(&tokens), 2);
}

/* What is remembered of a token does not get lost when the gaps are closed. */
static void test_closing_the_gaps_keeps_the_living_as_they_are(void **state) {
        _cleanup_(tokens_done) Tokens tokens = {};

        (void) state;
        for (int32_t i = 1; i <= 1000; i++) {
                assert_int_equal(tokens_add(&tokens, i, i % 3 ? TOKEN_PROVIDER : TOKEN_SUBSCRIBER), 0);
                tokens_find(&tokens, i)->listed = i % 2;
        }
        for (int32_t i = 1; i <= 1000; i++)
                if (i % 10)
                        remove_token(&tokens, i);
        assert_int_equal(tokens_count(&tokens), 100);
        for (int32_t i = 1; i <= 1000; i++) {
                const Token *token = tokens_find(&tokens, i);

                assert_true(!token == !!(i % 10));
                if (token)
                        assert_int_equal(token->kind, i % 3 ? TOKEN_PROVIDER : TOKEN_SUBSCRIBER);
                if (token)
                        assert_int_equal(token->listed, i % 2);
        }
}

/* A client that joins and says goodbye for years needs no more memory than its living tokens do. */
static void test_dead_tokens_take_no_memory(void **state) {
        _cleanup_(tokens_done) Tokens tokens = {};

        (void) state;
        for (int32_t i = 1; i <= 100000; i++) {
                assert_int_equal(tokens_add(&tokens, i, TOKEN_PROVIDER), 0);
                if (i > 10)
                        remove_token(&tokens, i - 10);
                assert_in_range(tokens.n_allocated, 0, 64);
        }
        for (int32_t i = 100001; i <= 116384; i++)
                assert_int_equal(tokens_add(&tokens, i, TOKEN_PROVIDER), 0);
        for (int32_t i = 99991; i <= 116384; i++)
                remove_token(&tokens, i);
        assert_int_equal(tokens_count(&tokens), 0);
        assert_in_range(tokens.n_allocated, 0, 64);
}

static uint64_t time_of(int32_t n, bool from_front) {
        _cleanup_(tokens_done) Tokens tokens = {};
        uint64_t began = clock_usec(CLOCK_PROCESS_CPUTIME_ID);

        for (int32_t i = 1; i <= n; i++)
                assert_int_equal(tokens_add(&tokens, i, TOKEN_PROVIDER), 0);
        for (int32_t i = 1; i <= n; i++)
                remove_token(&tokens, from_front ? i : n + 1 - i);
        return clock_usec(CLOCK_PROCESS_CPUTIME_ID) - began;
}

/* Squares would take 64 times as long for 8 times as many. */
static void test_time_grows_with_the_number_and_not_with_its_square(void **state) {
        (void) state;
        for (unsigned from_front = 0; from_front < 2; from_front++) {
                uint64_t few = time_of(1 << 17, from_front), many = time_of(1 << 20, from_front);

                assert_true(many < 24 * (few + 1000));
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_tokens_are_found_until_they_die),
                cmocka_unit_test(test_number_is_used_once),
                cmocka_unit_test(test_kinds_are_counted),
                cmocka_unit_test(test_closing_the_gaps_keeps_the_living_as_they_are),
                cmocka_unit_test(test_dead_tokens_take_no_memory),
                cmocka_unit_test(test_time_grows_with_the_number_and_not_with_its_square),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
