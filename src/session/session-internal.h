/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the files of the session layer say to each other; nobody outside of this folder includes it.
 *
 * A session never ends in the middle of something. Whoever finds that it must end says so by session_fail()
 * or session_leave(); from then on it takes and says nothing. At the end of the turn session_settle() sends
 * what is queued, or ends it.
 */

#include "core/table.h"
#include "log/ratelimit.h"
#include "session/queue.h"
#include "session/session.h"
#include "session/token.h"
#include "session/user.h"
#include "wire/client.h"
#include "wire/frame.h"

#define FRAMES_A_TURN 16 /* from one client, before the others have theirs */

typedef struct Responsive Responsive;
typedef struct Session Session;

typedef enum SessionStage {
        SESSION_STRANGER, /* let in; may ask for the status, or say HELLO */
        SESSION_WELCOMED,
        SESSION_ENDING, /* session_settle() will end it */
        SESSION_ENDED,  /* the client has gone; its script may still be wanted */
} SessionStage;

struct Session {
        TableLink link; /* SessionServer.table */
        Session *next;  /* SessionServer.sessions, or .ended */
        Session **at;
        Session *pending_next; /* SessionServer.pending */
        Session **pending_at;

        SessionServer *server;
        User *user;
        struct ucred peer;
        uint32_t connection;
        SessionStage stage;
        bool refused;    /* what is queued must reach the client, although the session ends */
        bool behind;     /* at the end of the last turn it had more than its limit to read */
        bool more;       /* of its frames may wait in the socket: the edge of that has passed */
        uint32_t events; /* that `source` waits for, by their edges */
        int fd;
        sd_event_source *source;
        sd_event_source *death; /* owns a pidfd of the client */

        Queue queue;
        Queue report;     /* what is left of an answer, behind all that is queued */
        uint64_t charged; /* of both queues, to the user */
        Tokens tokens;
        Responsive *responsive; /* NULL unless it wants to be checked */
        char *script;           /* NULL: none */
};

/* The frames that are handled right now. */
typedef struct Inbox {
        struct mmsghdr messages[FRAMES_A_TURN];
        struct iovec vectors[FRAMES_A_TURN];
        uint8_t frames[FRAMES_A_TURN][FRAME_SIZE_MAX];
} Inbox;

#define SHARED_SIZE_MAX 4096

/* The frame of a notification that many get, but for the token in it: it is encoded for the first of them.
 */
typedef struct Shared {
        uint64_t notice; /* 0: none */
        NotificationList list;
        bool votes;
        uint16_t size;
        uint8_t frame[SHARED_SIZE_MAX];
} Shared;

struct SessionServer {
        sd_event *event;           /* the caller's */
        sd_event_source *listener; /* owns the listening socket */
        sd_event_source *resume;
        bool starved; /* accept() lacks resources, and that was said */

        Access access;
        SessionLimits limits;
        SessionIdentity identity;
        SessionHooks hooks;
        void *userdata;

        Users users;
        Session *sessions;
        Session *ended;   /* with a script that may be wanted */
        Session *pending; /* with something to send, or ending */
        Table table;      /* all of them, by connection */
        unsigned n_sessions;
        uint32_t last_connection;

        RateLimit denials;
        RateLimit complaints;

        Inbox inbox;
        Shared shared; /* of the notification last encoded, in this turn */
};

/* ---- accept.c ---- */

/* A client is waiting at the listening socket. */
int accept_client(sd_event_source *source, int fd, uint32_t events, void *userdata);

/* Time to look whether accept() has its resources again. */
int accept_resume(sd_event_source *source, uint64_t now, void *userdata);

/* Log that a client is cut off, and why; at a limited rate. */
void session_complain(SessionServer *server, const struct ucred *peer, const char *what);

/* Read what the client has sent, and let no more come: else close() would throw away what it was told. */
void drain(int fd);

/* ---- session.c ---- */

enum {
        _SESSION_E_SUCCESS,

        SESSION_E_QUOTA, /* the user has all the connections that one may have */
};

/* Let a client in. The connection `fd` becomes the session's on success. */
int session_new(SessionServer *server, const struct ucred *peer, int fd);

/* Free it without a word to anybody, whatever its stage. */
Session *session_free(Session *session);

Session *session_find(const SessionServer *server, uint32_t connection);

/* It must end: `why` goes to the log. A static string. */
void session_fail(Session *session, const char *why);

/* It must end because the client wants to, or has died. */
void session_leave(Session *session);

/* Something is to be done for it by session_settle(). */
void session_set_pending(Session *session);

/* The end of the turn. Calls hooks if the session ends; it is gone then. */
void session_settle(Session *session);

/* Forget those that have ended and that nobody needs. */
void sessions_forget(SessionServer *server);

/* Notice when its process dies. */
void session_watch_process(Session *session);

static inline bool session_is_open(const Session *s) {
        return s->stage <= SESSION_WELCOMED;
}

/* The bytes that it has not read. */
static inline size_t session_queued(const Session *s) {
        return queue_size(&s->queue) + queue_size(&s->report);
}

/* ---- output.c ---- */

/*
 * Room for a frame of up to `size` bytes in the queue, or NULL: this session takes nothing any more. Then
 * session_put() with its length, or the negative errno value of its encoder.
 */
uint8_t *session_reserve(Session *session, size_t size);
void session_put(Session *session, ssize_t size);

/* A frame without body. */
void session_put_empty(Session *session, FrameType type, uint32_t serial);

/* The token is dead for the client, too. */
void session_put_token_dead(Session *session, int32_t token);

/* The session ends, and the client is told `reason`. `why`: as session_fail(). */
void session_refuse(Session *session, uint32_t serial, FrameRefusal reason, const char *why);

/* Charge what is queued, in place of what was. Returns whether the limits allow it. */
bool session_charge(Session *session);

/* Send what the socket takes, and read the client, or not, as that went. */
void session_send(Session *session);

/* Forget what is queued. */
void session_drop_queue(Session *session);

/* ---- request.c ---- */

/* The client sent `size` bytes, which are in `frame` as far as there is room for FRAME_SIZE_MAX. */
void session_handle(Session *session, const uint8_t *frame, size_t size);

/* Hand an event of the client on; where that fails the session ends. */
void session_submit(Session *session, const Event *event);

/* The token has died; what it took up is given back. */
void session_forget_token(Session *session, Token *token);

/* ---- report.c ---- */

void session_handle_report(Session *session, const FrameHead *head, FrameReader *body);

/* ---- responsive.c ---- */

/* Check the client as it wants it. 0, or a negative errno value. */
int responsive_start(Session *session, const ClientHello *hello);
void responsive_answered(Session *session, bool well);
void responsive_stop(Session *session);
