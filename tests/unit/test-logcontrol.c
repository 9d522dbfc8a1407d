/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Log level and target over the bus: what is read and set, and by whom. The fixture has __wrap_log_line(),
 * __wrap_sd_event_source_set_time_relative() and __wrap_sd_bus_set_method_call_timeout().
 */

#include "bus-fixture.h"

/* ---- the properties ---- */

static void test_anybody_reads(void **state) {
        World *w = *state;

        open_with_bus(w);
        w->uid_answer = 1000;
        assert_string_equal(get(w, "LogLevel"), "info");
        assert_string_equal(get(w, "LogTarget"), "auto");
        assert_string_equal(get(w, "SyslogIdentifier"), "hagsd");
        assert_int_equal(w->n_questions, 0);
}

static void test_root_sets_every_level(void **state) {
        static const struct {
                const char *name;
                TraceLevel trace;
        } levels[] = {
                { "emerg", TRACE_EMERG },
                { "alert", TRACE_ALERT },
                { "crit", TRACE_CRIT },
                { "err", TRACE_ERR },
                { "warning", TRACE_WARNING },
                { "notice", TRACE_NOTICE },
                { "info", TRACE_SHORT },
                { "debug", TRACE_LONG },
        };
        World *w = *state;

        open_with_bus(w);
        for (size_t i = 0; i < ELEMENTSOF(levels); i++) {
                char line[128];

                log_set_level(LOG_INFO);
                assert_string_equal(set(w, "LogLevel", levels[i].name), "");
                assert_int_equal(log_get_level(), i);
                assert_int_equal(trace_get(), levels[i].trace);
                assert_string_equal(get(w, "LogLevel"), levels[i].name);

                (void) snprintf(line, sizeof(line), "Tracing is %s now (LogControl1)\n",
                                trace_level_to_string(levels[i].trace));
                assert_int_equal(count_lines(line), 1);
        }
}

static void test_root_sets_the_target(void **state) {
        World *w = *state;

        open_with_bus(w);
        assert_string_equal(set(w, "LogTarget", "journal"), "");
        assert_true(log_get_journal_detail());
        assert_string_equal(get(w, "LogTarget"), "journal");
        assert_string_equal(set(w, "LogTarget", "auto"), "");
        assert_false(log_get_journal_detail());
        assert_int_equal(count_lines("The log target is "), 2);
}

static void test_what_there_is_not_cannot_be_set(void **state) {
        static const char *const targets[] = { "", "console", "kmsg", "syslog", "null", "journal-or-kmsg",
                "file" };
        static const char *const levels[] = { "", "7", "DEBUG", "warn", "long" };
        World *w = *state;

        open_with_bus(w);
        for (size_t i = 0; i < ELEMENTSOF(targets); i++)
                assert_string_equal(set(w, "LogTarget", targets[i]), SD_BUS_ERROR_INVALID_ARGS);
        for (size_t i = 0; i < ELEMENTSOF(levels); i++)
                assert_string_equal(set(w, "LogLevel", levels[i]), SD_BUS_ERROR_INVALID_ARGS);
        assert_string_equal(set(w, "SyslogIdentifier", "x"), SD_BUS_ERROR_PROPERTY_READ_ONLY);
        assert_string_equal(set(w, "LogColour", "red"), SD_BUS_ERROR_UNKNOWN_PROPERTY);

        call(w, "Set", "org.freedesktop.LogControl1", "LogLevel", "i", NULL);
        turn_until(w, strcmp(w->error, SD_BUS_ERROR_INVALID_ARGS) == 0);
        call(w, "Set", "org.hags.Other", "LogLevel", "s", "debug");
        turn_until(w, strcmp(w->error, SD_BUS_ERROR_UNKNOWN_INTERFACE) == 0);
        assert_int_equal(log_get_level(), LOG_INFO);
        assert_false(log_get_journal_detail());
        assert_int_equal(count_lines(" now ("), 0);
}

/* ---- who may ---- */

static void test_nobody_but_root_sets(void **state) {
        static const uint32_t users[] = { 1000, 65534, ANSWER_ERROR };
        World *w = *state;

        open_with_bus(w);
        for (size_t i = 0; i < ELEMENTSOF(users); i++) {
                w->uid_answer = users[i];
                assert_string_equal(set(w, "LogLevel", "debug"), SD_BUS_ERROR_ACCESS_DENIED);
                assert_string_equal(set(w, "LogTarget", "journal"), SD_BUS_ERROR_ACCESS_DENIED);
        }
        assert_int_equal(log_get_level(), LOG_INFO);
        assert_false(log_get_journal_detail());
        assert_int_equal(w->n_questions, 6);
}

static void test_while_a_caller_is_looked_up_others_are_served_and_in_the_end_it_is_denied(void **state) {
        World *w = *state;

        open_with_bus(w);
        w->uid_answer = ANSWER_NEVER;
        begin_set(w, "LogLevel", "debug");
        turn_until(w, w->n_questions == 1);
        assert_string_equal(get(w, "LogLevel"), "info");
        turn_until(w, strcmp(w->error, SD_BUS_ERROR_ACCESS_DENIED) == 0);
        assert_int_equal(log_get_level(), LOG_INFO);

        w->uid_answer = 0;
        assert_string_equal(set(w, "LogLevel", "debug"), "");
}

static void test_so_many_changes_wait_and_no_more(void **state) {
        World *w = *state;

        open_with_bus(w);
        w->uid_answer = ANSWER_NEVER;
        for (size_t i = 0; i < LOGCONTROL_CHANGES_MAX; i++)
                begin_set(w, "LogLevel", "debug");
        assert_string_equal(set(w, "LogLevel", "debug"), SD_BUS_ERROR_LIMITS_EXCEEDED);
        assert_int_equal(w->n_questions, LOGCONTROL_CHANGES_MAX);

        /* Their places are free again when the bus has not answered in time. */
        turn_until(w, w->n_answers == LOGCONTROL_CHANGES_MAX + 1);
        w->uid_answer = 0;
        assert_string_equal(set(w, "LogLevel", "debug"), "");
}

static void test_a_connection_that_ends_takes_its_changes_with_it(void **state) {
        World *w = *state;

        open_with_bus(w);
        w->uid_answer = ANSWER_NEVER;
        begin_set(w, "LogLevel", "debug");
        turn_until(w, w->n_questions == 1);
        bus_down(w);
        turn_until(w, !w->lc.bus.owns_name);
        for (size_t i = 0; i < LOGCONTROL_CHANGES_MAX; i++)
                assert_null(w->lc.changes[i].call);
        assert_int_equal(log_get_level(), LOG_INFO);

        w->uid_answer = 0;
        bus_up(w);
        turn_until(w, w->lc.bus.owns_name);
        assert_string_equal(set(w, "LogLevel", "debug"), "");
}

static void test_it_can_end_while_a_change_waits(void **state) {
        World *w = *state;

        open_with_bus(w);
        w->uid_answer = ANSWER_NEVER;
        begin_set(w, "LogLevel", "debug");
        turn_until(w, w->n_questions == 1);
        logcontrol_done(&w->lc);
        turn_until(w, w->n_answers == 1);
        assert_int_equal(log_get_level(), LOG_INFO);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                bus_test(test_anybody_reads),
                bus_test(test_root_sets_every_level),
                bus_test(test_root_sets_the_target),
                bus_test(test_what_there_is_not_cannot_be_set),
                bus_test(test_nobody_but_root_sets),
                bus_test(test_while_a_caller_is_looked_up_others_are_served_and_in_the_end_it_is_denied),
                bus_test(test_so_many_changes_wait_and_no_more),
                bus_test(test_a_connection_that_ends_takes_its_changes_with_it),
                bus_test(test_it_can_end_while_a_change_waits),
        };

        return cmocka_run_group_tests(tests, fixture_group_setup, NULL);
}
