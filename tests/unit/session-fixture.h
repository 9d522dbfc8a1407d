/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the tests of the daemon's end of the client socket share: a server in the loop of this process,
 * clients that are sockets of the test, and a log that can be read. A test that includes this names
 * __wrap_log_line(), so that it is linked in place of the real one.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "log/log.h"
#include "session/endpoint.h"
#include "session/session.h"
#include "util/macro.h"
#include "wire/frame.h"

#define MAX_CONNECTIONS 3
#define MAX_MEMBERSHIPS 4
#define MAX_QUEUED_BYTES (1 << 20)
#define MAX_CONNECTION_QUEUED_BYTES (700 * 1024)
#define STRANGER 65534
#define ANSWER_SIZE 4096

/* ---- what was logged, in place of the log ---- */

static char logged[64 * 1024];

void __wrap_log_line(int priority, const MessageId *message_id, const char *file, int line,
                const char *function, const char *format, ...) _printf_(6, 7);

void __wrap_log_line(int priority, const MessageId *message_id, _unused_ const char *file, _unused_ int line,
                _unused_ const char *function, const char *format, ...) {
        size_t n = strlen(logged);
        va_list ap;

        if (priority > LOG_NOTICE)
                return;
        n += (size_t) snprintf(logged + n, sizeof(logged) - n, "%s ", message_id ? message_id->label : "-");
        va_start(ap, format);
        n += (size_t) vsnprintf(logged + n, sizeof(logged) - n, format, ap);
        va_end(ap);
        (void) snprintf(logged + n, sizeof(logged) - n, "\n");
}

static inline unsigned count_logged(const char *word) {
        unsigned n = 0;

        for (const char *p = logged; (p = strstr(p, word)); p++)
                n++;
        return n;
}

/* ---- a server and its clients ---- */

#define EVENTS_MAX 4096

/* What a hook was told, in the order of the calls. */
typedef struct Call {
        enum { CALL_SUBMIT, CALL_SUBSCRIBE, CALL_UNSUBSCRIBE, CALL_UNSUBSCRIBE_ALL } hook;
        EventType type; /* submit */
        GsClient client;
        bool flag; /* submit: has_script of a JOIN, back of a RESPONSIVENESS */
} Call;

typedef struct Fixture {
        char directory[64];
        char path[80];
        SessionLimits limits;
        sd_event *event;
        SessionServer *server;
        unsigned n_changes;
        int status_result; /* of the hook, if negative */
        unsigned n_groups; /* of a report */
        int report_result; /* of the hook, if negative */
        Call calls[EVENTS_MAX];
        unsigned n_calls;
        int submit_result;
        int subscribe_result;
        const GsNotification *first; /* a subscriber is told this at once */
        uint32_t needed;             /* the connection that connection_needed() says yes to */
} Fixture;

static inline ssize_t on_status(void *userdata, uint32_t serial, void *buffer, size_t size) {
        FrameWriter w = frame_begin(buffer, size, FRAME_STATUS_ANSWER, serial);
        Fixture *f = userdata;

        for (size_t i = FRAME_HEAD_SIZE; i < ANSWER_SIZE; i++)
                frame_put_u8(&w, 0);
        return f->status_result < 0 ? f->status_result : frame_finish(&w);
}

static inline int on_report(void *userdata, const ReportQuestion *question, ReportSink *sink) {
        ReportRecord group = { .kind = REPORT_KIND_GROUP,
                .group.attributes = { .num_phases = GS_1_PHASE, .reflection_num_phases = GS_1_PHASE } };
        Fixture *f = userdata;
        int r;

        r = report_sink_put(sink, &(ReportRecord){ .kind = REPORT_KIND_DOMAIN, .domain.syspar = "default" });
        for (unsigned i = 0; i < f->n_groups && r >= 0; i++) {
                (void) snprintf(group.group.attributes.group, sizeof(group.group.attributes.group),
                                "%.20s%u", question->group, i);
                r = report_sink_put(sink, &group);
        }
        return f->report_result < 0 ? f->report_result : r;
}

static inline void on_change(void *userdata) {
        Fixture *f = userdata;

        f->n_changes++;
}

static inline void record(Fixture *f, Call call) {
        if (f->n_calls < EVENTS_MAX)
                f->calls[f->n_calls] = call;
        f->n_calls++;
}

static inline int on_submit(void *userdata, const Event *event) {
        Call call = { .hook = CALL_SUBMIT, .type = event->type, .client = event->client };
        Fixture *f = userdata;

        if (event->type == EVENT_JOIN)
                call.flag = event->join.has_script;
        if (event->type == EVENT_RESPONSIVENESS)
                call.flag = event->responsiveness.back;
        record(f, call);
        return f->submit_result;
}

static inline int on_subscribe(
                void *userdata, GsClient client, _unused_ uint32_t control, _unused_ const char *group) {
        Fixture *f = userdata;

        record(f, (Call){ .hook = CALL_SUBSCRIBE, .client = client });
        if (f->first)
                session_server_notify(f->server, client, f->first);
        return f->subscribe_result;
}

static inline void on_unsubscribe(void *userdata, GsClient client) {
        record(userdata, (Call){ .hook = CALL_UNSUBSCRIBE, .client = client });
}

static inline void on_unsubscribe_all(void *userdata, uint32_t connection) {
        record(userdata, (Call){ .hook = CALL_UNSUBSCRIBE_ALL, .client.connection = connection });
}

static inline bool on_connection_needed(void *userdata, uint32_t connection) {
        const Fixture *f = userdata;

        return connection == f->needed;
}

static const SessionHooks hooks = {
        .status = on_status,
        .report = on_report,
        .clients_changed = on_change,
        .submit = on_submit,
        .subscribe = on_subscribe,
        .unsubscribe = on_unsubscribe,
        .unsubscribe_all = on_unsubscribe_all,
        .connection_needed = on_connection_needed,
};
static const SessionLimits standard_limits = {
        .connections = MAX_CONNECTIONS,
        .memberships = MAX_MEMBERSHIPS,
        .queued_bytes = MAX_QUEUED_BYTES,
        .connection_queued_bytes = MAX_CONNECTION_QUEUED_BYTES,
};
static const SessionIdentity identity = { .syspar = "default", .node_number = 5, .incarnation = 17 };

/* `let_in`: the own group is the client group; else only root has access. */
static inline void serve(Fixture *f, bool let_in) {
        const Access access = { .has_group = let_in, .group = getegid() };
        char *message = NULL;
        int fd, r;

        assert_int_equal(endpoint_listen(f->path, &fd, &message), 0);
        r = session_server_new(f->event, fd, &access, &f->limits, &identity, &hooks, f, &f->server);
        assert_int_equal(r, 0);
}

static inline int set_up(void **state) {
        Fixture *f = calloc(1, sizeof(*f));

        (void) strcpy(f->directory, "/tmp/test-session-XXXXXX");
        if (!mkdtemp(f->directory) || chmod(f->directory, 0755) < 0 || sd_event_new(&f->event) < 0)
                return -1;
        (void) snprintf(f->path, sizeof(f->path), "%s/gsapi", f->directory);
        f->limits = standard_limits;
        logged[0] = 0;
        *state = f;
        serve(f, true);
        return 0;
}

static inline int tear_down(void **state) {
        Fixture *f = *state;

        (void) session_server_free(f->server);
        (void) sd_event_unref(f->event);
        (void) unlink(f->path);
        (void) rmdir(f->directory);
        free(f);
        return 0;
}

/* Run the loop until nothing is left to do. */
static inline void settle(Fixture *f) {
        int r;

        do
                r = sd_event_run(f->event, 0);
        while (r > 0);
        assert_int_equal(r, 0);
}

static inline int try_connect(const char *path) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

        if (fd < 0)
                return -errno;
        (void) strcpy(address.sun_path, path);
        if (connect(fd, (struct sockaddr *) &address, sizeof(address)) >= 0)
                return fd;
        (void) close(fd);
        return -errno;
}

static inline int client_new(Fixture *f) {
        int fd = try_connect(f->path);

        assert_true(fd >= 0);
        return fd;
}

static inline void send_bytes(int fd, const void *data, size_t size) {
        assert_int_equal(send(fd, data, size, MSG_NOSIGNAL), size);
}

static inline bool try_frame(int fd, uint16_t version, uint16_t type, uint32_t serial, size_t n_body) {
        uint8_t frame[FRAME_HEAD_SIZE + 16];
        FrameWriter w = frame_begin(frame, sizeof(frame), type, serial);

        for (size_t i = 0; i < n_body; i++)
                frame_put_u8(&w, 0);
        assert_true(frame_finish(&w) > 0);
        frame[4] = (uint8_t) version;
        return send(fd, frame, FRAME_HEAD_SIZE + n_body, MSG_NOSIGNAL) >= 0;
}

static inline void send_frame(int fd, uint16_t version, uint16_t type, uint32_t serial, size_t n_body) {
        assert_true(try_frame(fd, version, type, serial, n_body));
}

static inline bool try_ask(int fd, uint32_t serial) {
        return try_frame(fd, FRAME_VERSION, FRAME_STATUS_QUESTION, serial, 0);
}

static inline void ask(int fd, uint32_t serial) {
        assert_true(try_ask(fd, serial));
}

/* The next frame's type, and of a refusal the reason. */
static inline FrameType receive(int fd, FrameHead *ret_head, uint16_t *ret_reason) {
        uint8_t frame[FRAME_SIZE_MAX];
        FrameReader body;
        ssize_t n;

        n = recv(fd, frame, sizeof(frame), 0);
        assert_true(n > 0);
        assert_int_equal(frame_decode_head(frame, (size_t) n, ret_head, &body), 0);
        *ret_reason = frame_get_u16(&body);
        return ret_head->type;
}

static inline void assert_answered(int fd, uint32_t serial) {
        FrameHead head;
        uint16_t reason;

        assert_int_equal(receive(fd, &head, &reason), FRAME_STATUS_ANSWER);
        assert_int_equal(head.serial, serial);
}

static inline void assert_refused(int fd, FrameRefusal wanted, uint32_t serial) {
        FrameHead head;
        uint16_t reason;
        char c;

        assert_int_equal(receive(fd, &head, &reason), FRAME_REFUSED);
        assert_int_equal(reason, wanted);
        assert_int_equal(head.serial, serial);
        assert_int_equal(recv(fd, &c, 1, 0), 0);
}

/* The connection has ended: orderly, or reset because something that was sent had not been read. */
static inline void assert_disconnected(int fd) {
        char c;
        ssize_t n = recv(fd, &c, 1, 0);

        assert_true(n == 0 || (n < 0 && errno == ECONNRESET));
}

#define session_test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
