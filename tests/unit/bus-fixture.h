/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A system bus that answers as the test tells it, late or never, and a client on it. It turns in the same
 * loop as what is tested, so nothing of that can wait for it. Time limits are 100 times shorter.
 *
 * A test that includes this names __wrap_log_line(), __wrap_sd_event_source_set_time_relative() and
 * __wrap_sd_bus_set_method_call_timeout(), so that they are linked in place of the real ones.
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

void _printf_(6, 7) __wrap_log_line(int priority, const MessageId *id, const char *file, int line,
                const char *function, const char *format, ...);
void __wrap_log_line(int priority, _unused_ const MessageId *id, _unused_ const char *file,
                _unused_ int line, _unused_ const char *function, const char *format, ...) {
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

static inline unsigned count_lines(const char *what) {
        unsigned n = 0;

        for (const char *p = lines; (p = strstr(p, what)); p++)
                n++;
        return n;
}

/* ---- the bus ---- */

static inline int answer_with(sd_bus_message *m, uint32_t answer) {
        if (answer == ANSWER_NEVER)
                return 1;
        if (answer == ANSWER_ERROR)
                return sd_bus_reply_method_errorf(m, SD_BUS_ERROR_ACCESS_DENIED, "Not for you");
        return sd_bus_reply_method_return(m, "u", answer);
}

static inline int on_message(sd_bus_message *m, void *userdata, _unused_ sd_bus_error *reterr) {
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

static inline int on_connection(
                _unused_ sd_event_source *source, int listener, _unused_ uint32_t events, void *userdata) {
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

static inline void bus_up(World *w) {
        struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = BUS_SOCKET };

        w->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        assert_true(w->listener >= 0);
        assert_int_equal(bind(w->listener, (struct sockaddr *) &address, sizeof(address)), 0);
        assert_int_equal(listen(w->listener, 16), 0);
        assert_true(sd_event_add_io(w->event, &w->accepting, w->listener, EPOLLIN, on_connection, w) >= 0);
}

static inline void bus_down(World *w) {
        w->end = sd_bus_close_unref(w->end);
        w->accepting = sd_event_source_disable_unref(w->accepting);
        closep(&w->listener);
        w->listener = -EBADF;
        (void) unlink(BUS_SOCKET);
}

/* ---- a test's world ---- */

static inline int world_setup(void **state) {
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

static inline int world_teardown(void **state) {
        World *w = *state;

        logcontrol_done(&w->lc);
        bus_down(w);
        (void) sd_event_unref(w->event);
        free(w);
        return 0;
}

/* Let the loop turn until something is true. */
#define turn_until(w, condition)                                                                    \
        do {                                                                                        \
                uint64_t _deadline = now_ms() + PATIENCE_MS;                                        \
                                                                                                    \
                while (!(condition)) {                                                              \
                        if (now_ms() > _deadline)                                                   \
                                fail_msg("%s does not become true; logged: %s", #condition, lines); \
                        assert_true(sd_event_run((w)->event, 10000) >= 0);                          \
                }                                                                                   \
        } while (false)

static inline void turn_for(World *w, uint64_t ms) {
        for (uint64_t end = now_ms() + ms; now_ms() < end;)
                assert_true(sd_event_run(w->event, 10000) >= 0);
}

static inline void open_it(World *w) {
        assert_int_equal(logcontrol_open(&w->lc, w->event, "9-x"), 0);
}

static inline void open_with_bus(World *w) {
        bus_up(w);
        open_it(w);
        turn_until(w, w->lc.bus.owns_name);
}

/* ---- its client ---- */

static inline int on_answer(sd_bus_message *m, void *userdata, _unused_ sd_bus_error *reterr) {
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

static inline void call(World *w, const char *member, const char *interface, const char *property,
                const char *type, const char *value) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;

        assert_true(sd_bus_message_new_method_call(w->end, &m, "org.hags.s9-x",
                                    "/org/freedesktop/LogControl1", "org.freedesktop.DBus.Properties",
                                    member) >= 0);
        assert_true(sd_bus_message_set_sender(m, ":1.7") >= 0);
        assert_true(sd_bus_message_append(m, "ss", interface, property) >= 0);
        if (type && *type == 's')
                assert_true(sd_bus_message_append(m, "v", type, value) >= 0);
        else if (type)
                assert_true(sd_bus_message_append(m, "v", type, 7) >= 0);
        assert_true(sd_bus_call_async(w->end, NULL, m, on_answer, w, 60 * 1000000) >= 0);
}

static inline const char *get(World *w, const char *property) {
        unsigned before = w->n_answers;

        call(w, "Get", "org.freedesktop.LogControl1", property, NULL, NULL);
        turn_until(w, w->n_answers > before);
        assert_string_equal(w->error, "");
        return w->text;
}

static inline void begin_set(World *w, const char *property, const char *value) {
        call(w, "Set", "org.freedesktop.LogControl1", property, "s", value);
}

static inline const char *set(World *w, const char *property, const char *value) {
        unsigned before = w->n_answers;

        begin_set(w, property, value);
        turn_until(w, w->n_answers > before);
        return w->error;
}

#define bus_test(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
