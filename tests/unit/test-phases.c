/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The phases that run and their limits, by the clock. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hagsd/phases.h"
#include "util/clock.h"

typedef struct Fixture {
        sd_event *event;
        Phases phases;
        unsigned rank, n_limits;
        EventPhase limit; /* the last one that passed */
} Fixture;

static void on_limit(void *userdata, const EventPhase *phase) {
        Fixture *f = userdata;

        f->n_limits++;
        f->limit = *phase;
}

static unsigned rank_of(void *userdata) {
        return ((Fixture *) userdata)->rank;
}

static int setup(void **state) {
        Fixture *f = calloc(1, sizeof(*f));

        assert_int_equal(sd_event_new(&f->event), 0);
        phases_init(&f->phases, f->event, on_limit, rank_of, f);
        *state = f;
        return 0;
}

static int teardown(void **state) {
        Fixture *f = *state;

        phases_done(&f->phases);
        assert_null(sd_event_unref(f->event));
        free(f);
        return 0;
}

static void begin(Fixture *f, uint64_t group, uint32_t phase, uint16_t limit) {
        phases_begin(&f->phases, &(CorePhase){ .group_name = "g",
                                                 .phase = { .group = group, .protocol = 7, .phase = phase },
                                                 .request = GS_JOIN,
                                                 .limit = limit });
}

/* Turn the loop for as long. Returns how long it took until the first limit, in microseconds. */
static uint64_t run_for(Fixture *f, uint64_t usec) {
        uint64_t begun = clock_usec(CLOCK_MONOTONIC), now = begun, first = 0;

        while (now - begun < usec) {
                assert_true(sd_event_run(f->event, usec - (now - begun)) >= 0);
                now = clock_usec(CLOCK_MONOTONIC);
                if (f->n_limits > 0 && first == 0)
                        first = now - begun;
        }
        return first;
}

static void test_a_limit_passes_once_and_names_its_phase(void **state) {
        Fixture *f = *state;
        uint64_t usec;

        begin(f, 20, 3, 1);
        usec = run_for(f, 2300000);
        assert_int_equal(f->n_limits, 1);
        assert_true(usec >= 1000000);
        assert_int_equal(f->limit.group, 20);
        assert_int_equal(f->limit.protocol, 7);
        assert_int_equal(f->limit.phase, 3);
}

static void test_no_limit_and_an_ended_phase_never_pass(void **state) {
        Fixture *f = *state;

        begin(f, 20, 1, 0);
        begin(f, 21, 1, 1);
        begin(f, 22, 1, 1);
        phases_end(&f->phases, 21);
        phases_end(&f->phases, 21);
        phases_end(&f->phases, 99);
        run_for(f, 1300000);
        assert_int_equal(f->n_limits, 1);
        assert_int_equal(f->limit.group, 22);
}

static void test_a_phase_that_begins_anew_has_its_whole_time(void **state) {
        Fixture *f = *state;

        begin(f, 20, 1, 1);
        run_for(f, 600000);
        begin(f, 20, 2, 1);
        run_for(f, 700000);
        assert_int_equal(f->n_limits, 0);
        run_for(f, 600000);
        assert_int_equal(f->n_limits, 1);
        assert_int_equal(f->limit.phase, 2);
}

/* stream.md 4: the node of rank k at limit + k x 250 ms. */
static void test_a_junior_node_waits_longer(void **state) {
        Fixture *f = *state;

        f->rank = 2;
        begin(f, 20, 1, 1);
        assert_true(run_for(f, 1800000) >= 1500000);
        assert_int_equal(f->n_limits, 1);
}

static void test_the_one_that_waits_longest_is_told(void **state) {
        Fixture *f = *state;

        assert_int_equal(phases_waiting(&f->phases, 0), 0);
        begin(f, 20, 1, 0);
        begin(f, 21, 1, 0);
        assert_int_equal(phases_waiting(&f->phases, 0), 20);
        assert_int_equal(phases_waiting(&f->phases, 60 * USEC_PER_SEC), 0);
        begin(f, 20, 2, 0);
        assert_int_equal(phases_waiting(&f->phases, 0), 21);
        phases_end(&f->phases, 21);
        assert_int_equal(phases_waiting(&f->phases, 0), 20);
        phases_end(&f->phases, 20);
        assert_int_equal(phases_waiting(&f->phases, 0), 0);
}

static void test_forgotten_phases_never_pass(void **state) {
        Fixture *f = *state;

        begin(f, 20, 1, 1);
        begin(f, 21, 1, 1);
        phases_done(&f->phases);
        run_for(f, 1200000);
        assert_int_equal(f->n_limits, 0);
        begin(f, 22, 1, 0);
        assert_int_equal(phases_waiting(&f->phases, 0), 22);
}

#define phases_test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                phases_test(test_a_limit_passes_once_and_names_its_phase),
                phases_test(test_no_limit_and_an_ended_phase_never_pass),
                phases_test(test_a_phase_that_begins_anew_has_its_whole_time),
                phases_test(test_a_junior_node_waits_longer),
                phases_test(test_the_one_that_waits_longest_is_told),
                phases_test(test_forgotten_phases_never_pass),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
