/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Log level and target over the bus, and the bus itself: one that answers as the test tells it, late or never.
 * It is in the same loop as what is tested, so nothing of that can wait for it. Time limits are 100 times shorter.
 */

#include "hagsd-fixture.h"

#include <stdio.h>

#include "hagsd/logcontrol.h"
#include "hagsd/trace.h"
#include "log/log.h"
#include "util/paths.h"

#define BUS_SOCKET "/run/dbus/system_bus_socket"
#define SHORTER 100
#define ANSWER_NEVER UINT32_MAX
#define ANSWER_ERROR (UINT32_MAX - 1)

typedef struct World {
        sd_event *event;
        LogControl lc;

        int listener;
        sd_event_source *accepting;
        sd_bus *end; /* the bus's end of the connection */
        bool silent; /* accepts, and says nothing */
        uint32_t name_answer, uid_answer;
        unsigned n_connections, n_questions;
        char name[256];

        unsigned n_answers; /* to calls of the test's client */
        char error[128];    /* the name of the last one, if it is an error, or "" */
        char text[128];     /* the string of the last one */
} World;

/* ---- what is preloaded ---- */

static char lines[16 * 1024];

void _printf_(6, 7) __wrap_log_line(
                int priority, const MessageId *id, const char *file, int line, const char *function, const char *format, ...);
void __wrap_log_line(int priority, _unused_ const MessageId *id, _unused_ const char *file, _unused_ int line,
                _unused_ const char *function, const char *format, ...) {
        size_t used = strlen(lines);
        va_list ap;

        if (priority > log_get_level())
                return;
        va_start(ap, format);
        (void) vsnprintf(lines + used, sizeof(lines) - used, format, ap);
        va_end(ap);
        (void) strncat(lines, "\n", sizeof(lines) - strlen(lines) - 1);
}

int __wrap_sd_event_source_set_time_relative(sd_event_source *source, uint64_t usec);
int __real_sd_event_source_set_time_relative(sd_event_source *source, uint64_t usec);
int __wrap_sd_event_source_set_time_relative(sd_event_source *source, uint64_t usec) {
        return __real_sd_event_source_set_time_relative(source, usec / SHORTER);
}

int __wrap_sd_bus_set_method_call_timeout(sd_bus *bus, uint64_t usec);
int __real_sd_bus_set_method_call_timeout(sd_bus *bus, uint64_t usec);
int __wrap_sd_bus_set_method_call_timeout(sd_bus *bus, uint64_t usec) {
        return __real_sd_bus_set_method_call_timeout(bus, usec / SHORTER);
}

static unsigned count_lines(const char *what) {
        unsigned n = 0;

        for (const char *p = lines; (p = strstr(p, what)); p++)
                n++;
        return n;
}

/* ---- the bus ---- */

static int answer_with(sd_bus_message *m, uint32_t answer) {
        if (answer == ANSWER_NEVER)
                return 1;
        if (answer == ANSWER_ERROR)
                return sd_bus_reply_method_errorf(m, SD_BUS_ERROR_ACCESS_DENIED, "Not for you");
        return sd_bus_reply_method_return(m, "u", answer);
}

static int on_message(sd_bus_message *m, void *userdata, _unused_ sd_bus_error *reterr) {
        World *w = userdata;
        const char *name;
        uint32_t flags;

        if (sd_bus_message_is_method_call(m, "org.freedesktop.DBus", "Hello"))
                return sd_bus_reply_method_return(m, "s", ":1.1");
        if (sd_bus_message_is_method_call(m, "org.freedesktop.DBus", "RequestName")) {
                assert_true(sd_bus_message_read(m, "su", &name, &flags) >= 0);
                assert_int_equal(flags, 4); /* do not queue */
                (void) snprintf(w->name, sizeof(w->name), "%s", name);
                return answer_with(m, w->name_answer);
        }
        if (sd_bus_message_is_method_call(m, "org.freedesktop.DBus", "GetConnectionUnixUser")) {
                assert_true(sd_bus_message_read(m, "s", &name) >= 0);
                assert_string_equal(name, ":1.7");
                w->n_questions++;
                return answer_with(m, w->uid_answer);
        }
        return 0;
}

static int on_connection(_unused_ sd_event_source *source, int listener, _unused_ uint32_t events, void *userdata) {
        static const sd_id128_t id = { .bytes = { 1 } };
        World *w = userdata;
        int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

        assert_true(fd >= 0);
        w->n_connections++;
        w->end = sd_bus_close_unref(w->end);
        if (w->silent)
                return 0; /* the descriptor stays open until the test ends */

        assert_true(sd_bus_new(&w->end) >= 0);
        assert_true(sd_bus_set_fd(w->end, fd, fd) >= 0);
        assert_true(sd_bus_set_server(w->end, 1, id) >= 0);
        assert_true(sd_bus_add_filter(w->end, NULL, on_message, w) >= 0);
        assert_true(sd_bus_attach_event(w->end, w->event, 0) >= 0);
        assert_true(sd_bus_start(w->end) >= 0);
        return 0;
}

static void bus_up(World *w) {
        struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = BUS_SOCKET };

        w->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        assert_true(w->listener >= 0);
        assert_int_equal(bind(w->listener, (struct sockaddr *) &address, sizeof(address)), 0);
        assert_int_equal(listen(w->listener, 16), 0);
        assert_true(sd_event_add_io(w->event, &w->accepting, w->listener, EPOLLIN, on_connection, w) >= 0);
}

static void bus_down(World *w) {
        w->end = sd_bus_close_unref(w->end);
        w->accepting = sd_event_source_disable_unref(w->accepting);
        closep(&w->listener);
        w->listener = -EBADF;
        (void) unlink(BUS_SOCKET);
}

/* ---- a test's world ---- */

static int world_setup(void **state) {
        World *w = calloc(1, sizeof(*w));

        w->listener = -EBADF;
        w->name_answer = 1;
        lines[0] = 0;
        log_set_level(LOG_INFO);
        log_set_journal_detail(false);
        (void) mkdir("/run/dbus", 0755);
        *state = w;
        return sd_event_new(&w->event);
}

static int world_teardown(void **state) {
        World *w = *state;

        logcontrol_done(&w->lc);
        bus_down(w);
        (void) sd_event_unref(w->event);
        free(w);
        return 0;
}

/* Let the loop turn until something is true. */
#define turn_until(w, condition)                                                                   \
        do {                                                                                       \
                uint64_t _deadline = now_ms() + PATIENCE_MS;                                       \
                                                                                                   \
                while (!(condition)) {                                                             \
                        if (now_ms() > _deadline)                                                  \
                                fail_msg("%s does not become true; logged: %s", #condition, lines); \
                        assert_true(sd_event_run((w)->event, 10000) >= 0);                         \
                }                                                                                  \
        } while (false)

static void turn_for(World *w, uint64_t ms) {
        for (uint64_t end = now_ms() + ms; now_ms() < end;)
                assert_true(sd_event_run(w->event, 10000) >= 0);
}

static void open_it(World *w) {
        assert_int_equal(logcontrol_open(&w->lc, w->event, "9-x"), 0);
}

static void open_with_bus(World *w) {
        bus_up(w);
        open_it(w);
        turn_until(w, w->lc.bus.owns_name);
}

/* ---- its client ---- */

static int on_answer(sd_bus_message *m, void *userdata, _unused_ sd_bus_error *reterr) {
        const sd_bus_error *error = sd_bus_message_get_error(m);
        const char *text;
        World *w = userdata;

        w->n_answers++;
        (void) snprintf(w->error, sizeof(w->error), "%s", error ? error->name : "");
        if (error)
                (void) snprintf(w->text, sizeof(w->text), "%s", error->message);
        else if (sd_bus_message_read(m, "v", "s", &text) > 0)
                (void) snprintf(w->text, sizeof(w->text), "%s", text);
        return 0;
}

static void call(World *w, const char *member, const char *interface, const char *property, const char *type,
                const char *value) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;

        assert_true(sd_bus_message_new_method_call(w->end, &m, "org.hags.s9-x", "/org/freedesktop/LogControl1",
                                    "org.freedesktop.DBus.Properties", member) >= 0);
        assert_true(sd_bus_message_set_sender(m, ":1.7") >= 0);
        assert_true(sd_bus_message_append(m, "ss", interface, property) >= 0);
        if (type && *type == 's')
                assert_true(sd_bus_message_append(m, "v", type, value) >= 0);
        else if (type)
                assert_true(sd_bus_message_append(m, "v", type, 7) >= 0);
        assert_true(sd_bus_call_async(w->end, NULL, m, on_answer, w, 60 * 1000000) >= 0);
}

static const char *get(World *w, const char *property) {
        unsigned before = w->n_answers;

        call(w, "Get", "org.freedesktop.LogControl1", property, NULL, NULL);
        turn_until(w, w->n_answers > before);
        assert_string_equal(w->error, "");
        return w->text;
}

static void begin_set(World *w, const char *property, const char *value) {
        call(w, "Set", "org.freedesktop.LogControl1", property, "s", value);
}

static const char *set(World *w, const char *property, const char *value) {
        unsigned before = w->n_answers;

        begin_set(w, property, value);
        turn_until(w, w->n_answers > before);
        return w->error;
}

/* ---- the name ---- */

static void test_the_name_is_that_of_the_partition(void **state) {
        World *w = *state;

        open_with_bus(w);
        assert_string_equal(w->name, "org.hags.s9-x");
        assert_int_equal(count_lines("The bus name org.hags.s9-x is ours"), 1);
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
                { "emerg", TRACE_EMERG }, { "alert", TRACE_ALERT }, { "crit", TRACE_CRIT }, { "err", TRACE_ERR },
                { "warning", TRACE_WARNING }, { "notice", TRACE_NOTICE }, { "info", TRACE_SHORT },
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
        static const char *const targets[] = { "", "console", "kmsg", "syslog", "null", "journal-or-kmsg", "file" };
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

#define bus_test(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

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
