/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The daemon's end of the client socket: see session.h. */

#include "session/session.h"

#include <inttypes.h>
#include <string.h>
#include <sys/socket.h>

#include "log/log.h"
#include "log/ratelimit.h"
#include "util/paths.h"
#include "wire/frame.h"

#define RESUME_USEC UINT64_C(1000000) /* between two looks whether accept() has its resources again */

/* What clients can make the daemon log, of each kind. */
#define TROUBLE_INTERVAL_USEC UINT64_C(10000000)
#define TROUBLE_BURST 5

/* What the clients of one uid use up; exists while there are any. */
typedef struct User {
        SessionServer *server;
        struct User *next;
        uid_t uid;
        unsigned n_sessions;
} User;

typedef struct Session {
        struct Session *next, *previous;
        SessionServer *server;
        User *user;
        struct ucred peer;
        sd_event_source *source; /* owns the connection */
} Session;

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

        User *users;
        Session *sessions;
        unsigned n_sessions;

        RateLimit denials;
        RateLimit complaints;

        uint8_t frame[FRAME_SIZE_MAX]; /* the one that is handled right now */
};

/* ---- what a uid uses ---- */

static User *user_get(SessionServer *server, uid_t uid) {
        User *u;

        for (u = server->users; u; u = u->next)
                if (u->uid == uid)
                        return u;

        u = malloc(sizeof(*u));
        if (!u)
                return NULL;
        *u = (User){ .server = server, .next = server->users, .uid = uid };
        server->users = u;
        return u;
}

/* Forget a user who has no sessions (any more). */
static void user_putp(User **user) {
        User *u = *user, **p;

        if (!u || u->n_sessions > 0)
                return;

        for (p = &u->server->users; *p != u;)
                p = &(*p)->next;
        *p = u->next;
        free(u);
}

/* ---- what is logged of clients ---- */

/* May one more line of this kind be logged now? What was held back before is told first. */
static bool trouble_passes(SessionServer *server, RateLimit *limit, const char *what) {
        uint64_t now = 0, n;

        (void) sd_event_now(server->event, CLOCK_MONOTONIC, &now);

        n = ratelimit_collect(limit, now);
        if (n > 0)
                log_warning("%" PRIu64 " more %s were not logged one by one", n, what);
        return ratelimit_pass(limit, now);
}

static void complain(SessionServer *server, const struct ucred *peer, const char *what) {
        if (trouble_passes(server, &server->complaints, "disconnected clients"))
                log_event(LOG_WARNING, GS_CLNT_SOCK_ER,
                                "Client with process %d of user %u is disconnected: %s", (int) peer->pid,
                                (unsigned) peer->uid, what);
}

/* ---- refusals ---- */

/*
 * Tell a client why it is refused; the connection is then closed by the caller. What the client has sent and
 * nobody read would make close() throw the refusal away again, so it is read here, and no more can follow.
 */
static void refuse(SessionServer *server, int fd, uint32_t serial, FrameRefusal reason) {
        uint8_t buffer[FRAME_HEAD_SIZE + sizeof(uint16_t)];
        FrameWriter w = frame_begin(buffer, sizeof(buffer), FRAME_REFUSED, serial);

        frame_put_u16(&w, (uint16_t) reason);
        (void) send(fd, buffer, (size_t) frame_finish(&w), MSG_DONTWAIT | MSG_NOSIGNAL);

        (void) shutdown(fd, SHUT_RD);
        while (recv(fd, server->frame, sizeof(server->frame), MSG_DONTWAIT) > 0)
                ;
}

/* ---- sessions ---- */

static void session_free(Session *s) {
        _cleanup_(user_putp) User *user = s->user;
        SessionServer *server = s->server;

        log_debug("Client with process %d of user %u has gone", (int) s->peer.pid, (unsigned) s->peer.uid);

        if (s->next)
                s->next->previous = s->previous;
        *(s->previous ? &s->previous->next : &server->sessions) = s->next;
        server->n_sessions--;
        user->n_sessions--;
        (void) sd_event_source_disable_unref(s->source);
        free(s);
}

static void session_end(Session *s) {
        SessionServer *server = s->server;

        session_free(s);
        server->hooks.clients_changed(server->userdata);
}

static void session_fail(Session *s, const char *why) {
        complain(s->server, &s->peer, why);
        session_end(s);
}

static void session_answer(Session *s, const void *frame, size_t size) {
        if (send(sd_event_source_get_io_fd(s->source), frame, size, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
                return;

        if (errno == EAGAIN)
                session_fail(s, "it does not read its answers");
        else
                session_end(s);
}

static void session_handle_status(Session *s, uint32_t serial) {
        SessionServer *server = s->server;
        ssize_t n;

        /* The question is done with: its place takes the answer. */
        n = server->hooks.status(server->userdata, serial, server->frame, sizeof(server->frame));
        if (n < 0) {
                session_fail(s, "its question cannot be answered");
                return;
        }
        session_answer(s, server->frame, (size_t) n);
}

/* The frame of `size` bytes in server->frame; more than there is room for if it was too large. */
static void session_handle(Session *s, size_t size) {
        SessionServer *server = s->server;
        FrameReader body;
        FrameHead head;

        if (size > sizeof(server->frame) || frame_decode_head(server->frame, size, &head, &body) < 0) {
                session_fail(s, "what it sent is no frame");
                return;
        }
        log_debug("Frame of type %u and %zu bytes from process %d", head.type, size, (int) s->peer.pid);

        if (head.version != FRAME_VERSION || head.type != FRAME_STATUS_QUESTION) {
                refuse(server, sd_event_source_get_io_fd(s->source), head.serial, FRAME_REFUSED_PROTOCOL);
                session_fail(s, "it speaks a protocol that this daemon does not know");
                return;
        }
        if (body.size > 0) {
                session_fail(s, "its status question is malformed");
                return;
        }
        session_handle_status(s, head.serial);
}

/* One frame a turn of the loop, so that a client that floods does not keep the others waiting. */
static int on_frame(_unused_ sd_event_source *source, int fd, _unused_ uint32_t events, void *userdata) {
        Session *s = userdata;
        ssize_t n;

        n = recv(fd, s->server->frame, sizeof(s->server->frame), MSG_DONTWAIT | MSG_TRUNC);
        if (n > 0)
                session_handle(s, (size_t) n);
        else if (n == 0 || (errno != EAGAIN && errno != EINTR))
                session_end(s);
        return 0;
}

enum {
        _SESSION_E_SUCCESS,

        SESSION_E_QUOTA, /* the user has all the connections that one may have */
};

/* Let a client in. The connection `fd` becomes the session's on success. */
static int session_new(SessionServer *server, const struct ucred *peer, int fd) {
        _cleanup_(freep) Session *s = NULL;
        _cleanup_(user_putp) User *user = NULL;
        int r;

        user = user_get(server, peer->uid);
        s = malloc(sizeof(*s));
        if (!user || !s)
                return -ENOMEM;
        if (user->n_sessions >= server->limits.connections)
                return SESSION_E_QUOTA;

        *s = (Session){ .next = server->sessions, .server = server, .user = user, .peer = *peer };
        r = sd_event_add_io(server->event, &s->source, fd, EPOLLIN, on_frame, s);
        if (r < 0)
                return r;
        (void) sd_event_source_set_io_fd_own(s->source, true);

        user->n_sessions++;
        server->n_sessions++;
        if (s->next)
                s->next->previous = s;
        server->sessions = TAKE_PTR(s);
        return 0;
}

/* ---- accepting ---- */

static void deny(SessionServer *server, const struct ucred *peer, int fd) {
        refuse(server, fd, 0, FRAME_REFUSED_ACCESS);

        if (trouble_passes(server, &server->denials, "denied clients"))
                log_event(LOG_WARNING, GS_AUTH_DENIED_ST,
                                "Process %d of user %u was denied access: "
                                "it is neither root nor a member of group " NAME_CLIENT_GROUP,
                                (int) peer->pid, (unsigned) peer->uid);
}

/* Judge a new connection, and let it in or close it. */
static void admit(SessionServer *server, int connection) {
        _cleanup_(closep) int fd = connection;
        struct ucred peer = { 0 };
        int r;

        r = access_check(&server->access, fd, &peer);
        if (r == ACCESS_E_DENIED) {
                deny(server, &peer, fd);
                return;
        }

        if (r >= 0)
                r = session_new(server, &peer, fd);
        if (r == SESSION_E_QUOTA) {
                refuse(server, fd, 0, FRAME_REFUSED_CONNECTIONS);
                complain(server, &peer,
                                "its user has all the connections that [Limits] Connections= allows");
                return;
        }
        if (r < 0) {
                complain(server, &peer, strerror(-r));
                return;
        }

        (void) TAKE_FD(fd);
        log_debug("Client with process %d of user %u is let in", (int) peer.pid, (unsigned) peer.uid);
        server->hooks.clients_changed(server->userdata);
}

static int on_resume(_unused_ sd_event_source *source, _unused_ uint64_t now, void *userdata) {
        SessionServer *server = userdata;

        (void) sd_event_source_set_enabled(server->listener, SD_EVENT_ON);
        return 0;
}

/* No descriptors or memory for another client: those who wait are left waiting for a while. */
static void starve(SessionServer *server, int error) {
        if (!server->starved)
                log_event(LOG_ERR, GS_CLNT_SOCK_ER, "Cannot accept clients: %s. Looking again each second",
                                strerror(error));
        server->starved = true;

        (void) sd_event_source_set_enabled(server->listener, SD_EVENT_OFF);
        (void) sd_event_source_set_time_relative(server->resume, RESUME_USEC);
        (void) sd_event_source_set_enabled(server->resume, SD_EVENT_ONESHOT);
}

static int on_connect(_unused_ sd_event_source *source, int fd, _unused_ uint32_t events, void *userdata) {
        SessionServer *server = userdata;
        int connection;

        connection = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (connection < 0) {
                /* In these cases the client has gone again, or there was none. */
                if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
                        starve(server, errno);
                return 0;
        }

        if (server->starved)
                log_notice("Clients are accepted again");
        server->starved = false;

        admit(server, connection);
        return 0;
}

/* ---- the server ---- */

SessionServer *session_server_free(SessionServer *server) {
        if (!server)
                return NULL;

        while (server->sessions)
                session_free(server->sessions);
        (void) sd_event_source_disable_unref(server->resume);
        (void) sd_event_source_disable_unref(server->listener);
        free(server);
        return NULL;
}

unsigned session_server_clients(const SessionServer *server) {
        return server->n_sessions;
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
        server->denials = (RateLimit){ .interval = TROUBLE_INTERVAL_USEC, .burst = TROUBLE_BURST };
        server->complaints = server->denials;

        r = sd_event_add_time(event, &server->resume, CLOCK_MONOTONIC, UINT64_MAX, 0, on_resume, server);
        if (r < 0)
                return r;
        r = sd_event_source_set_enabled(server->resume, SD_EVENT_OFF);
        if (r < 0)
                return r;
        r = sd_event_add_io(event, &server->listener, fd, EPOLLIN, on_connect, server);
        if (r < 0)
                return r;

        (void) sd_event_source_set_io_fd_own(server->listener, true);
        *ret = TAKE_PTR(server);
        return 0;
}
