/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A story of two clients and a daemon: the input says what is sent, told, read and closed. Whatever that is,
 * the session stays whole, each event that it hands on makes sense, and at the end nothing is left; that
 * nothing is left of what was charged it asserts itself.
 */

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "log/log.h"
#include "session/session.h"
#include "wire/client.h"

#define CLIENTS 2
#define TOKENS 256

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static sd_event *loop;
static SessionServer *server;
static struct sockaddr_un address;
static socklen_t address_size;

/* What the state machine would know of a connection. */
typedef struct Known {
        int32_t last; /* token */
        bool joined;
        bool subscribed;
        bool gone;
} Known;

static Known known[CLIENTS + 1];

static void require(bool condition) {
        if (!condition)
                abort();
}

/* In place of the log: nobody is to read how each input went wrong. */
void log_line(_unused_ int priority, _unused_ const MessageId *message_id, _unused_ const char *file,
                _unused_ int line, _unused_ const char *function, _unused_ const char *format, ...) {
}

static Known *know(uint32_t connection) {
        require(connection > 0 && connection <= CLIENTS && !known[connection].gone);
        return &known[connection];
}

static ssize_t on_status(_unused_ void *userdata, uint32_t serial, void *buffer, size_t size) {
        FrameWriter w = frame_begin(buffer, size, FRAME_STATUS_ANSWER, serial);

        return frame_finish(&w);
}

/* As many groups as the name asked for is long, so that answers of several sizes are in flight. */
static int on_report(_unused_ void *userdata, const ReportQuestion *question, ReportSink *sink) {
        ReportRecord record = { .kind = REPORT_KIND_DOMAIN, .domain.syspar = "fuzz" };
        int r = report_sink_put(sink, &record);

        require(strlen(question->group) <= GS_GROUP_NAME_MAX);
        record = (ReportRecord){
                .kind = REPORT_KIND_GROUP,
                .group.attributes = { .num_phases = GS_1_PHASE, .reflection_num_phases = GS_1_PHASE },
        };
        for (size_t i = strlen(question->group) * 40; i > 0 && r >= 0; i--)
                r = report_sink_put(sink, &record);
        return r;
}

static void on_clients_changed(_unused_ void *userdata) {
}

static int on_submit(_unused_ void *userdata, const Event *event) {
        Known *k = know(event->client.connection);

        if (event->type == EVENT_JOIN) {
                require(event->client.token > k->last);
                k->last = event->client.token;
                k->joined = true;
        } else if (event->type == EVENT_PROCESS_DOWN) {
                require(k->joined);
                k->gone = true;
        } else if (event->type == EVENT_RESPONSIVENESS)
                require(k->joined);
        else
                require(event->type < EVENT_PROCESS_DOWN && k->joined && event->client.token <= k->last);

        /* Everything fails some time. */
        return event->type == EVENT_ATTRIBUTES ? -ENOBUFS : 0;
}

static int on_subscribe(_unused_ void *userdata, GsClient client, uint32_t control, const char *group) {
        Known *k = know(client.connection);

        require(client.token > k->last && control > 0 && group[0]);
        k->last = client.token;
        k->subscribed = true;
        return group[0] == '?' ? GS_UNKNOWN_GROUP : GS_OK;
}

static void on_unsubscribe(_unused_ void *userdata, GsClient client) {
        require(know(client.connection)->subscribed);
}

static void on_unsubscribe_all(_unused_ void *userdata, uint32_t connection) {
        require(know(connection)->subscribed);
}

static bool on_connection_needed(_unused_ void *userdata, uint32_t connection) {
        return connection == 1 && known[1].gone;
}

static const SessionHooks hooks = {
        .status = on_status,
        .report = on_report,
        .clients_changed = on_clients_changed,
        .submit = on_submit,
        .subscribe = on_subscribe,
        .unsubscribe = on_unsubscribe,
        .unsubscribe_all = on_unsubscribe_all,
        .connection_needed = on_connection_needed,
};

static void start(void) {
        const SessionLimits limits = {
                .connections = 2, .memberships = 5, .queued_bytes = 6000, .connection_queued_bytes = 5000
        };
        const SessionIdentity identity = { .syspar = "default", .incarnation = 1 };
        const Access access = { .has_group = true, .group = getegid() };
        int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

        /* A name that the kernel chooses. */
        address = (struct sockaddr_un){ .sun_family = AF_UNIX };
        address_size = sizeof(address);
        require(bind(fd, (struct sockaddr *) &address, sizeof(sa_family_t)) == 0 && listen(fd, 4) == 0);
        require(getsockname(fd, (struct sockaddr *) &address, &address_size) == 0);
        if (!loop)
                require(sd_event_new(&loop) >= 0);
        require(session_server_new(loop, fd, &access, &limits, &identity, &hooks, NULL, &server) == 0);
        memset(known, 0, sizeof(known));
}

static void settle(void) {
        while (sd_event_run(loop, 0) > 0)
                ;
}

static int client_new(void) {
        int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

        require(connect(fd, (struct sockaddr *) &address, address_size) == 0);
        settle();
        return fd;
}

static void read_all(int fd) {
        static uint8_t buffer[FRAME_SIZE_MAX];

        while (recv(fd, buffer, sizeof(buffer), 0) > 0)
                settle();
}

static void tell(GsClient to, uint8_t what) {
        static const GsProvider list[300];
        const GsNotification n = {
                .type = what % (GS_MERGE_NOTIFICATION + 1),
                .request = what % _GS_REQUEST_MAX,
                .whats_changed = what & 1 ? GS_UPDATED_MEMBERSHIP : 0,
                .n_current = what,
                .current = list,
                .n_changing = what,
                .changing = list,
        };

        session_server_notify(server, to, &n);
}

/* One step: what happens, with which client, and with what argument; of a datagram its length. */
static size_t step(int clients[static CLIENTS], const uint8_t *data, size_t size) {
        unsigned client = data[0] >> 4 & 1;
        GsClient to = { .connection = client + 1, .token = data[1] & 7 };
        size_t length = data[1] | data[2] << 8;

        if (length > size - 3)
                length = size - 3;
        switch (data[0] & 7) {
        case 0:
        case 1:
                (void) send(clients[client], data + 3, length, MSG_NOSIGNAL);
                if (data[0] & 1)
                        settle();
                return 3 + length;
        case 2:
                tell(to, data[2]);
                break;
        case 3:
                session_server_error(server, to, data[2] % _GS_REQUEST_MAX, GS_COLLIDE, NULL);
                break;
        case 4:
                session_server_token_dead(server, to);
                break;
        case 5:
                session_server_flush(server);
                break;
        case 6:
                read_all(clients[client]);
                break;
        case 7:
                (void) shutdown(clients[client], data[2] % 3);
                settle();
        }
        return 3;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        int clients[CLIENTS];

        start();
        for (unsigned i = 0; i < CLIENTS; i++)
                clients[i] = client_new();
        while (size > 3) {
                size_t n = step(clients, data, size);

                data += n;
                size -= n;
        }
        settle();
        if (size == 3)
                session_server_last_words(server, "words");
        for (unsigned i = 0; i < CLIENTS; i++)
                (void) close(clients[i]);
        settle();
        session_server_flush(server);
        require(session_server_clients(server) == 0);
        server = session_server_free(server);
        return 0;
}
