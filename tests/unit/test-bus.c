/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The name on a bus that comes late, goes, hangs or refuses. The fixture has __wrap_log_line(),
 * __wrap_sd_event_source_set_time_relative() and __wrap_sd_bus_set_method_call_timeout().
 */

#include "bus-fixture.h"

/* ---- the name ---- */

static void test_the_name_is_that_of_the_partition(void **state) {
        World *w = *state;

        open_with_bus(w);
        assert_string_equal(w->name, "org.hags.s9-x");
        assert_string_equal(lines, "");
}

static void test_every_name_of_a_partition_makes_a_bus_name(_unused_ void **state) {
        static const char *const names[] = { "a", "9", "sp_prod", "a-b", "0_-", "aaaaaaaaaaaaaaaaaaaaaaaa" };
        char name[BUS_NAME_MAX + 1];

        for (size_t i = 0; i < ELEMENTSOF(names); i++) {
                assert_true(syspar_name_is_valid(names[i]));
                (void) snprintf(name, sizeof(name), BUS_NAME_PREFIX "%s", names[i]);
                assert_true(sd_bus_service_name_is_valid(name) > 0);
        }
}

static void test_a_bus_that_comes_later_is_found_and_its_absence_said_once(void **state) {
        World *w = *state;

        open_it(w);
        turn_for(w, 3 * 10000 / SHORTER);
        assert_int_equal(count_lines("There is no system bus: No such file or directory"), 1);
        bus_up(w);
        turn_until(w, w->lc.bus.owns_name);
        assert_string_equal(get(w, "LogLevel"), "info");
}

static void test_a_bus_that_is_restarted_is_found_again(void **state) {
        World *w = *state;

        open_with_bus(w);
        for (unsigned i = 1; i <= 3; i++) {
                bus_down(w);
                turn_until(w, count_lines("There is no system bus: the connection has ended") == i);
                bus_up(w);
                turn_until(w, w->lc.bus.owns_name);
                assert_string_equal(get(w, "LogTarget"), "auto");
                assert_int_equal(count_lines("The bus name org.hags.s9-x is ours"), i);
        }
}

static void test_a_name_that_is_refused_is_warned_about_once_and_asked_for_again(void **state) {
        World *w = *state;

        w->name_answer = ANSWER_ERROR;
        bus_up(w);
        open_it(w);
        turn_until(w, w->n_connections >= 4);
        assert_int_equal(count_lines("The bus name org.hags.s9-x cannot be had: Not for you."), 1);

        w->name_answer = 1;
        turn_until(w, w->lc.bus.owns_name);
}

static void test_a_name_that_somebody_else_has_is_taken_when_it_is_free(void **state) {
        World *w = *state;

        w->name_answer = 3;
        bus_up(w);
        open_it(w);
        turn_until(w, w->n_connections >= 3);
        assert_int_equal(count_lines("cannot be had: it belongs to another process."), 1);
        w->name_answer = 1;
        turn_until(w, w->lc.bus.owns_name);
}

static void test_a_bus_that_never_answers_is_given_up_after_a_while(void **state) {
        World *w = *state;

        w->name_answer = ANSWER_NEVER;
        bus_up(w);
        open_it(w);
        turn_until(w, w->n_connections >= 2);
        assert_int_equal(count_lines("cannot be had: "), 1);
}

static void test_a_bus_that_says_nothing_at_all_holds_nothing_up(void **state) {
        uint64_t begun = now_ms();
        World *w = *state;

        w->silent = true;
        bus_up(w);
        open_it(w);
        turn_until(w, w->n_connections > 0);
        logcontrol_done(&w->lc);
        assert_true(now_ms() < begun + 5000);
}

static void test_the_end_of_the_loop_waits_for_no_bus(void **state) {
        uint64_t begun = now_ms();
        World *w = *state;

        w->silent = true;
        bus_up(w);
        open_it(w);
        turn_until(w, w->n_connections > 0);
        assert_true(sd_event_exit(w->event, 0) >= 0);
        while (sd_event_get_state(w->event) != SD_EVENT_FINISHED)
                assert_true(sd_event_run(w->event, UINT64_MAX) >= 0);
        assert_true(now_ms() < begun + 5000);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                bus_test(test_the_name_is_that_of_the_partition),
                cmocka_unit_test(test_every_name_of_a_partition_makes_a_bus_name),
                bus_test(test_a_bus_that_comes_later_is_found_and_its_absence_said_once),
                bus_test(test_a_bus_that_is_restarted_is_found_again),
                bus_test(test_a_name_that_is_refused_is_warned_about_once_and_asked_for_again),
                bus_test(test_a_name_that_somebody_else_has_is_taken_when_it_is_free),
                bus_test(test_a_bus_that_never_answers_is_given_up_after_a_while),
                bus_test(test_a_bus_that_says_nothing_at_all_holds_nothing_up),
                bus_test(test_the_end_of_the_loop_waits_for_no_bus),
        };

        return cmocka_run_group_tests(tests, fixture_group_setup, NULL);
}
