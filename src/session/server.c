/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The daemon's end of the client socket: see session.h. */

#include <assert.h>
#include <string.h>
#include <sys/socket.h>

#include "session/session-internal.h"

/* What clients can make the daemon log, of each kind. */
#define TROUBLE_INTERVAL_USEC UINT64_C(10000000)
#define TROUBLE_BURST 5

/* More than the frame of a delayed error takes, with the largest proposal that may fail. */
#define ERROR_SIZE_MAX 4096

/* ---- what clients are to hear ---- */

/* What is said of the list of members: to a provider it is sent once, and then how it changed. */
static NotificationList list_of(const Token *token, const GsNotification *n) {
        if (n->type == GS_ANNOUNCEMENT_NOTIFICATION)
                return NOTIFICATION_LIST_NONE;
        if (token->kind == TOKEN_SUBSCRIBER)
                return n->subscription_type & GS_SUBSCRIBE_MEMBERSHIP ? NOTIFICATION_LIST_FULL
                                                                      : NOTIFICATION_LIST_NONE;
        if (!token->listed)
                return NOTIFICATION_LIST_FULL;
        if (n->type != GS_APPROVED_NOTIFICATION || !(n->whats_changed & GS_UPDATED_MEMBERSHIP))
                return NOTIFICATION_LIST_SAME;
        return n->request == GS_JOIN ? NOTIFICATION_LIST_APPEND : NOTIFICATION_LIST_REMOVE;
}

static Token *token_of(const SessionServer *server, GsClient client, Session **ret) {
        Session *s = session_find(server, client.connection);

        *ret = s;
        return s ? tokens_find(&s->tokens, client.token) : NULL;
}

static bool is_shared(const Shared *shared, const GsNotification *n, NotificationList list) {
        return n->notice != 0 && shared->notice == n->notice && shared->list == list &&
               shared->votes == n->votes;
}

static void share(Shared *shared, const GsNotification *n, NotificationList list, const uint8_t *frame,
                ssize_t size) {
        if (n->notice == 0 || size < 0 || size > SHARED_SIZE_MAX)
                return;
        shared->notice = n->notice;
        shared->list = list;
        shared->votes = n->votes;
        shared->size = (uint16_t) size;
        memcpy(shared->frame, frame, (size_t) size);
}

static void put_shared(Session *s, const Shared *shared, int32_t token) {
        uint8_t *frame = session_reserve(s, shared->size);

        if (!frame)
                return;
        memcpy(frame, shared->frame, shared->size);
        notification_set_token(frame, token);
        session_put(s, shared->size);
}

void session_server_notify(SessionServer *server, GsClient to, const GsNotification *n) {
        NotificationList list;
        ssize_t encoded;
        uint8_t *frame;
        Token *token;
        size_t size;
        Session *s;

        token = token_of(server, to, &s);
        if (!token)
                return;
        list = list_of(token, n);
        if (list == NOTIFICATION_LIST_FULL)
                token->listed = true;
        if (is_shared(&server->shared, n, list)) {
                put_shared(s, &server->shared, to.token);
                return;
        }

        size = notification_size(n, list);
        if (size > NOTIFICATION_SIZE_MAX)
                size = NOTIFICATION_SIZE_MAX;
        frame = session_reserve(s, size);
        if (!frame)
                return;
        encoded = notification_encode(n, to.token, list, frame, size);
        share(&server->shared, n, list, frame, encoded);
        session_put(s, encoded);
}

void session_server_error(SessionServer *server, GsClient to, GsRequest request, GsReturn error,
                const Event *failing) {
        const size_t size = ERROR_SIZE_MAX;
        uint8_t *frame;
        Session *s;

        if (!token_of(server, to, &s))
                return;
        frame = session_reserve(s, size);
        if (frame)
                session_put(s, client_encode_error(to.token, request, error, failing, frame, size));
}

void session_server_token_dead(SessionServer *server, GsClient client) {
        Token *token;
        Session *s;

        token = token_of(server, client, &s);
        if (!token)
                return;
        session_forget_token(s, token);
        session_put_token_dead(s, client.token);
}

void session_server_flush(SessionServer *server) {
        while (server->pending)
                session_settle(server->pending);
        sessions_forget(server);
        server->shared.notice = 0;
}

void session_server_last_words(SessionServer *server, const char *words) {
        size_t size = FRAME_HEAD_SIZE + sizeof(uint16_t) + CLIENT_WORDS_MAX;

        for (Session *s = server->sessions; s; s = s->next) {
                uint8_t *frame = s->stage == SESSION_WELCOMED ? session_reserve(s, size) : NULL;

                if (frame)
                        session_put(s, client_encode_last_words(words, frame, size));
        }
        session_server_flush(server);
}

/* ---- what is asked ---- */

int session_server_script(
                const SessionServer *server, uint32_t connection, const char **ret_path, int *ret_fd) {
        const Session *s = session_find(server, connection);

        if (!s || !s->script)
                return -ENOENT;
        *ret_path = s->script;
        *ret_fd = s->fd;
        return 0;
}

unsigned session_server_clients(const SessionServer *server) {
        return server->n_sessions;
}

bool session_server_find(const SessionServer *server, uint32_t connection, SessionInfo *ret) {
        const Session *s = session_find(server, connection);

        if (!s || s->stage == SESSION_ENDED)
                return false;
        *ret = (SessionInfo){
                .pid = s->peer.pid,
                .uid = s->peer.uid,
                .queued_bytes = session_queued(s),
        };
        return true;
}

/* ---- from begin to end ---- */

SessionServer *session_server_free(SessionServer *server) {
        if (!server)
                return NULL;

        while (server->sessions)
                (void) session_free(server->sessions);
        while (server->ended)
                (void) session_free(server->ended);
        assert(!server->pending && !server->users.first && server->table.n == 0);
        (void) sd_event_source_disable_unref(server->resume);
        (void) sd_event_source_disable_unref(server->listener);
        free(server);
        return NULL;
}

static int add_sources(SessionServer *server, int fd) {
        int r;

        r = sd_event_add_time(server->event, &server->resume, CLOCK_MONOTONIC, UINT64_MAX, 0, accept_resume,
                        server);
        if (r < 0)
                return r;
        r = sd_event_source_set_enabled(server->resume, SD_EVENT_OFF);
        if (r < 0)
                return r;
        r = sd_event_add_io(server->event, &server->listener, fd, EPOLLIN, accept_client, server);
        if (r < 0)
                return r;
        return sd_event_source_set_io_fd_own(server->listener, true);
}

int session_server_new(sd_event *event, int fd, const Access *access, const SessionLimits *limits,
                const SessionIdentity *identity, const SessionHooks *hooks, void *userdata,
                SessionServer **ret) {
        _cleanup_(session_server_freep) SessionServer *server = NULL;
        int r;

        server = calloc(1, sizeof(*server));
        if (!server)
                return -ENOMEM;
        server->event = event;
        server->access = *access;
        server->limits = *limits;
        server->identity = *identity;
        server->hooks = *hooks;
        server->userdata = userdata;
        server->users.limits[USER_CONNECTIONS] = limits->connections;
        server->users.limits[USER_MEMBERSHIPS] = limits->memberships;
        server->users.limits[USER_QUEUED_BYTES] = limits->queued_bytes;
        server->denials = (RateLimit){ .interval = TROUBLE_INTERVAL_USEC, .burst = TROUBLE_BURST };
        server->complaints = server->denials;

        for (unsigned i = 0; i < FRAMES_A_TURN; i++) {
                server->inbox.vectors[i] = (struct iovec){
                        .iov_base = server->inbox.frames[i],
                        .iov_len = sizeof(server->inbox.frames[i]),
                };
                server->inbox.messages[i].msg_hdr.msg_iov = &server->inbox.vectors[i];
                server->inbox.messages[i].msg_hdr.msg_iovlen = 1;
        }

        r = add_sources(server, fd);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(server);
        return 0;
}
