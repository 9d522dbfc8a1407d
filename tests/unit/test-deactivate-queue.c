/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * More deactivate scripts than the helper takes at once: those that wait, for how long, and those that are
 * freed meanwhile. With __wrap_log_group_line(), __wrap_clock_gettime(), __wrap_sd_event_add_time() and
 * __wrap_sd_event_source_set_time().
 */

#include "deactivate-run-fixture.h"

#define N_MANY (DEACTIVATE_RUNS_MAX + 3)

typedef struct Many {
        DeactivateRun *runs[N_MANY];
        int fds[DEACTIVATE_RUNS_MAX]; /* the helper's, by instance */
} Many;

/* Start them all, and take those that come: the first ones, in any order. */
static void many_start(World *w, Many *many) {
        for (unsigned i = 0; i < N_MANY; i++) {
                DeactivateRequest q = request;

                q.provider.instance = (uint16_t) i;
                many->runs[i] = run_new(w, &q);
        }
        memset(many->fds, -1, sizeof(many->fds));
        for (unsigned i = 0; i < DEACTIVATE_RUNS_MAX; i++) {
                int fd = helper_accept(w);
                unsigned instance = helper_take(fd).provider.instance;

                assert_in_range(instance, 0, DEACTIVATE_RUNS_MAX - 1);
                assert_int_equal(many->fds[instance], -1);
                many->fds[instance] = fd;
        }
        assert_int_equal(helper_accept(w), -1);
}

static void many_free(Many *many) {
        for (unsigned i = 0; i < N_MANY; i++)
                (void) deactivate_run_free(many->runs[i]);
        for (unsigned i = 0; i < DEACTIVATE_RUNS_MAX; i++)
                assert_int_equal(close(many->fds[i]), 0);
}

/* The next who comes is that instance, whose limit is that. */
static void assert_next(World *w, unsigned instance, unsigned limit) {
        _cleanup_(closep) int fd = helper_accept(w);
        DeactivateRequest received;

        assert_true(fd >= 0);
        received = helper_take(fd);
        assert_int_equal(received.provider.instance, instance);
        assert_int_equal(received.limit, limit);
}

static void test_more_than_the_helper_takes_wait_for_their_turn(void **state) {
        World *w = *state;
        Many many;

        many_start(w, &many);
        helper_answer(w, many.fds[5], DEACTIVATE_EXITED, 0);
        assert_int_equal(w->n_ended, 1);
        assert_next(w, DEACTIVATE_RUNS_MAX, 300); /* which ends, by closing: then */
        assert_next(w, DEACTIVATE_RUNS_MAX + 1, 300);
        assert_next(w, DEACTIVATE_RUNS_MAX + 2, 300);
        many_free(&many);
}

static void test_waiting_counts(void **state) {
        World *w = *state;
        Many many;

        many_start(w, &many);
        forward = 100 * USEC_PER_SEC;
        helper_answer(w, many.fds[0], DEACTIVATE_EXITED, 0);
        assert_next(w, DEACTIVATE_RUNS_MAX, 200);
        forward = 500 * USEC_PER_SEC; /* over: not 0, which is no limit */
        assert_next(w, DEACTIVATE_RUNS_MAX + 1, 1);
        many_free(&many);
}

/* When all are dropped, none of those that wait may take the places of those that went first. */
static void test_freed_runs_do_not_begin(void **state) {
        World *w = *state;
        Many many;

        many_start(w, &many);
        many_free(&many);
        assert_int_equal(helper_accept(w), -1);
        assert_int_equal(w->n_ended, 0);

        /* And the places are free again. */
        many_start(w, &many);
        many_free(&many);
}

static void test_run_that_waits_can_be_freed(void **state) {
        World *w = *state;
        Many many;

        many_start(w, &many);
        many.runs[DEACTIVATE_RUNS_MAX] = deactivate_run_free(many.runs[DEACTIVATE_RUNS_MAX]);
        helper_answer(w, many.fds[0], DEACTIVATE_EXITED, 0);
        assert_next(w, DEACTIVATE_RUNS_MAX + 1, 300);
        many_free(&many);
}

static void test_run_that_waits_too_long_is_given_up(void **state) {
        World *w = *state;
        uint64_t before = clock_usec(CLOCK_MONOTONIC);
        DeactivateRun *run;
        Many many;

        many_start(w, &many);
        timers_due = true;
        run = run_new(w, &request);
        assert_in_range(timer_at, before + 305 * USEC_PER_SEC, before + 306 * USEC_PER_SEC);
        settle(w);
        assert_int_equal(w->n_ended, 1);
        assert_true(w->by_limit);
        assert_null(deactivate_run_free(run));
        many_free(&many);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                deactivate_test(test_more_than_the_helper_takes_wait_for_their_turn),
                deactivate_test(test_waiting_counts),
                deactivate_test(test_freed_runs_do_not_begin),
                deactivate_test(test_run_that_waits_can_be_freed),
                deactivate_test(test_run_that_waits_too_long_is_given_up),
        };

        return cmocka_run_group_tests(tests, fixture_group_setup, NULL);
}
