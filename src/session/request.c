/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What clients send: judged by the session, and handed on by hooks. */

#include <string.h>

#include "log/log.h"
#include "session/session-internal.h"
#include "wire/status.h"

/* ---- tokens ---- */

/* The session takes up one more membership. Returns whether it may. */
static bool add_token(Session *s, int32_t number, TokenKind kind) {
        int r;

        if (user_charge(s->user, USER_MEMBERSHIPS, 1) == USER_E_QUOTA) {
                session_fail(s, "its user has all the memberships that [Limits] Memberships= allows");
                return false;
        }
        r = tokens_add(&s->tokens, number, kind);
        if (r == 0)
                return true;

        user_discharge(s->user, USER_MEMBERSHIPS, 1);
        session_fail(s, r == TOKENS_E_USED ? "it used a token again" : strerrordesc_np(-r));
        return false;
}

void session_forget_token(Session *s, Token *token) {
        tokens_remove(&s->tokens, token);
        user_discharge(s->user, USER_MEMBERSHIPS, 1);
}

/* Is it alive, and of that kind? A request to a dead one was sent before the client heard of the death. */
static Token *living_token(Session *s, int32_t number, TokenKind kind) {
        Token *token = tokens_find(&s->tokens, number);

        if (!token)
                log_debug("Process %d uses token %d, which is dead", (int) s->peer.pid, (int) number);
        else if (token->kind != kind) {
                session_fail(s, "it took a subscriber for a provider, or a provider for a subscriber");
                return NULL;
        }
        return token;
}

/* ---- the frames ---- */

static void handle_status(Session *s, const FrameHead *head, FrameReader *body) {
        SessionServer *server = s->server;
        uint8_t *frame;
        ssize_t n;

        if (body->size > 0) {
                session_fail(s, "its status question is malformed");
                return;
        }
        frame = session_reserve(s, FRAME_SIZE_MAX);
        if (!frame)
                return;
        n = server->hooks.status(server->userdata, head->serial, frame, FRAME_SIZE_MAX);
        if (n < 0)
                session_fail(s, "its question cannot be answered");
        else
                session_put(s, n);
}

/* From now on it has a number, by which the state machine knows it. */
static int session_number(Session *s) {
        SessionServer *server = s->server;
        uint32_t connection = server->last_connection;
        int r;

        /* In some years they begin anew; the highest is the state machine's own. */
        do
                connection = connection >= UINT32_MAX - 1 ? 1 : connection + 1;
        while (session_find(server, connection) ||
                        server->hooks.connection_needed(server->userdata, connection));

        r = table_insert(&server->table, &s->link, connection);
        if (r < 0)
                return r;
        s->connection = server->last_connection = connection;
        return 0;
}

static void welcome(Session *s, uint16_t version) {
        const SessionIdentity *identity = &s->server->identity;
        ClientWelcome answer = {
                .version = version,
                .node_number = identity->node_number,
                .incarnation = identity->incarnation,
        };
        uint8_t *frame = session_reserve(s, FRAME_HEAD_SIZE + sizeof(answer));

        if (!frame)
                return;
        (void) snprintf(answer.syspar, sizeof(answer.syspar), "%s", identity->syspar);
        session_put(s, client_encode_welcome(&answer, frame, FRAME_HEAD_SIZE + sizeof(answer)));
}

static void handle_hello(Session *s, const FrameHead *head, FrameReader *body) {
        ClientHello hello;
        uint16_t version;
        int r;

        if (s->stage != SESSION_STRANGER) {
                session_fail(s, "it said hello twice");
                return;
        }
        if (client_get_hello(body, &hello) < 0) {
                session_fail(s, "its hello is malformed");
                return;
        }
        version = hello.version_max < CLIENT_VERSION_MAX ? hello.version_max : CLIENT_VERSION_MAX;
        if (version < hello.version_min || version < CLIENT_VERSION_MIN) {
                session_refuse(s, head->serial, FRAME_REFUSED_VERSION,
                                "it speaks no version of the protocol that this daemon speaks");
                return;
        }

        r = session_number(s);
        if (r >= 0 && hello.script[0] && !(s->script = strdup(hello.script)))
                r = -ENOMEM;
        if (r >= 0)
                r = responsive_start(s, &hello);
        if (r < 0) {
                session_fail(s, strerrordesc_np(-r));
                return;
        }
        s->stage = SESSION_WELCOMED;
        welcome(s, version);
        session_watch_process(s);
}

void session_submit(Session *s, const Event *event) {
        int r = s->server->hooks.submit(s->server->userdata, event);

        if (r < 0)
                session_fail(s, strerrordesc_np(-r));
}

/* stream.md 4: the token is dead, then the event submitted, then acknowledged; nothing follows that. */
static void handle_goodbye(Session *s, const FrameHead *head, const Event *event, Token *token) {
        if (token) {
                session_forget_token(s, token);
                session_submit(s, event);
        }
        session_put_empty(s, FRAME_DONE, head->serial);
}

static void handle_request(Session *s, const FrameHead *head, FrameReader *body) {
        char local_name[CLIENT_LOCAL_NAME_MAX + 1];
        Token *token = NULL;
        Event event;

        if (client_get_request(body, &event, local_name) < 0) {
                session_fail(s, "its request is malformed");
                return;
        }
        event.client.connection = s->connection;

        if (event.type == EVENT_JOIN) {
                if (!add_token(s, event.client.token, TOKEN_PROVIDER))
                        return;
                event.join.has_script = s->script;
                log_debug("Process %d joins group '%s' as instance %u, token %d, called '%s'",
                                (int) s->peer.pid, event.join.attributes.group, event.join.instance,
                                (int) event.client.token, local_name);
        } else
                token = living_token(s, event.client.token, TOKEN_PROVIDER);

        if (event.type == EVENT_GOODBYE)
                handle_goodbye(s, head, &event, token);
        else if (token || event.type == EVENT_JOIN)
                session_submit(s, &event);
}

static void handle_subscribe(Session *s, _unused_ const FrameHead *head, FrameReader *body) {
        SessionServer *server = s->server;
        ClientSubscribe subscribe;
        GsClient client;
        int r;

        if (client_get_subscribe(body, &subscribe) < 0) {
                session_fail(s, "its subscription is malformed");
                return;
        }
        if (!add_token(s, subscribe.token, TOKEN_SUBSCRIBER))
                return;

        client = (GsClient){ .connection = s->connection, .token = subscribe.token };
        r = server->hooks.subscribe(server->userdata, client, subscribe.control, subscribe.group);
        if (r < 0)
                session_fail(s, strerrordesc_np(-r));
        else if (r != GS_OK) {
                session_server_error(server, client, GS_SUBSCRIPTION, (GsReturn) r, NULL);
                session_server_token_dead(server, client);
        }
}

static void handle_unsubscribe(Session *s, const FrameHead *head, FrameReader *body) {
        SessionServer *server = s->server;
        Token *token;
        int32_t number;

        if (client_get_token(body, &number) < 0) {
                session_fail(s, "its request is malformed");
                return;
        }
        token = living_token(s, number, TOKEN_SUBSCRIBER);
        if (token) {
                session_forget_token(s, token);
                server->hooks.unsubscribe(server->userdata,
                                (GsClient){ .connection = s->connection, .token = number });
        }
        session_put_empty(s, FRAME_DONE, head->serial);
}

static void handle_pong(Session *s, _unused_ const FrameHead *head, FrameReader *body) {
        bool well;

        if (client_get_pong(body, &well) < 0)
                session_fail(s, "its answer to a responsiveness check is malformed");
        else
                responsive_answered(s, well);
}

/* ---- all of them ---- */

typedef struct Handler {
        bool strangers; /* may send it before they said HELLO */
        void (*handle)(Session *s, const FrameHead *head, FrameReader *body);
} Handler;

static const Handler handlers[] = {
        [FRAME_STATUS_QUESTION] = { true, handle_status },
        [FRAME_HELLO] = { true, handle_hello },
        [FRAME_REQUEST] = { false, handle_request },
        [FRAME_SUBSCRIBE] = { false, handle_subscribe },
        [FRAME_UNSUBSCRIBE] = { false, handle_unsubscribe },
        [FRAME_PONG] = { false, handle_pong },
        [FRAME_REPORT_QUESTION] = { true, session_handle_report },
};

void session_handle(Session *s, const uint8_t *frame, size_t size) {
        const Handler *handler;
        FrameReader body;
        FrameHead head;

        if (size > FRAME_SIZE_MAX || frame_decode_head(frame, size, &head, &body) < 0) {
                session_fail(s, "what it sent is no frame");
                return;
        }
        log_debug("Frame of type %u and %zu bytes from process %d", head.type, size, (int) s->peer.pid);

        handler = head.type < ELEMENTSOF(handlers) ? &handlers[head.type] : NULL;
        if (head.version != FRAME_VERSION || !handler || !handler->handle)
                session_refuse(s, head.serial, FRAME_REFUSED_PROTOCOL,
                                "it speaks a protocol that this daemon does not know");
        else if (s->stage == SESSION_STRANGER && !handler->strangers)
                session_fail(s, "it asked for something before it said hello");
        else
                handler->handle(s, &head, &body);
}
