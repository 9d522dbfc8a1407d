/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The life of a session: let in, read from, ended; after that kept as long as its script may be wanted. */

#include <string.h>
#include <sys/ioctl.h>
#include <sys/pidfd.h>
#include <sys/socket.h>

#include "log/log.h"
#include "session/session-internal.h"

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif

/* ---- lists ---- */

static void list_add(Session **head, Session *s) {
        s->next = *head;
        s->at = head;
        if (s->next)
                s->next->at = &s->next;
        *head = s;
}

static void list_remove(Session *s) {
        *s->at = s->next;
        if (s->next)
                s->next->at = s->at;
}

void session_set_pending(Session *s) {
        Session **head = &s->server->pending;

        if (s->pending_at)
                return;
        s->pending_next = *head;
        s->pending_at = head;
        if (s->pending_next)
                s->pending_next->pending_at = &s->pending_next;
        *head = s;
}

static void unset_pending(Session *s) {
        if (!s->pending_at)
                return;
        *s->pending_at = s->pending_next;
        if (s->pending_next)
                s->pending_next->pending_at = s->pending_at;
        s->pending_at = NULL;
}

/* ---- the end ---- */

void session_leave(Session *s) {
        if (!session_is_open(s))
                return;
        s->stage = SESSION_ENDING;
        if (!s->refused)
                session_drop_queue(s);
        session_set_pending(s);
}

void session_fail(Session *s, const char *why) {
        if (!session_is_open(s))
                return;
        session_complain(s->server, &s->peer, why);
        session_leave(s);
}

/* Give back what a living client takes up, but for its connection. */
static void session_close(Session *s) {
        responsive_stop(s);
        s->source = sd_event_source_disable_unref(s->source);
        s->death = sd_event_source_disable_unref(s->death);
        session_drop_queue(s);
        user_discharge(s->user, USER_MEMBERSHIPS, tokens_count(&s->tokens));
        tokens_done(&s->tokens);
        unset_pending(s);
        list_remove(s);
        s->server->n_sessions--;
        s->stage = SESSION_ENDED;
}

Session *session_free(Session *s) {
        if (!s)
                return NULL;

        if (s->stage != SESSION_ENDED)
                session_close(s);
        else
                list_remove(s);
        if (s->connection > 0)
                table_remove(&s->server->table, &s->link);
        user_discharge(s->user, USER_CONNECTIONS, 1);
        (void) user_put(s->user);
        (void) close(s->fd);
        free(s->script);
        free(s);
        return NULL;
}

/* The state machine hears of it, and may want to run the script of a client that is gone. */
static void session_end(Session *s) {
        const Event down = { .type = EVENT_PROCESS_DOWN, .client.connection = s->connection };
        bool providers = s->tokens.n[TOKEN_PROVIDER] > 0, subscribers = s->tokens.n[TOKEN_SUBSCRIBER] > 0;
        SessionServer *server = s->server;
        const SessionHooks *hooks = &server->hooks;

        log_debug("Client with process %d of user %u has gone", (int) s->peer.pid, (unsigned) s->peer.uid);
        if (s->refused) {
                (void) queue_send(&s->queue, s->fd);
                drain(s->fd);
        }
        session_close(s);
        list_add(&server->ended, s);

        if (subscribers)
                hooks->unsubscribe_all(server->userdata, s->connection);
        if (providers)
                (void) hooks->submit(server->userdata, &down);
        if (!s->script || (!providers && !hooks->connection_needed(server->userdata, s->connection)))
                (void) session_free(s);
        hooks->clients_changed(server->userdata);
}

void session_settle(Session *s) {
        unset_pending(s);
        if (session_is_open(s))
                session_send(s);
        if (s->stage == SESSION_ENDING)
                session_end(s);
}

void sessions_forget(SessionServer *server) {
        for (Session *s = server->ended, *next; s; s = next) {
                next = s->next;
                if (!server->hooks.connection_needed(server->userdata, s->connection))
                        (void) session_free(s);
        }
}

/* ---- reading ---- */

/* Take the frames of one turn. Returns how many bytes that were, as far as the session goes on. */
static size_t session_receive(Session *s) {
        Inbox *inbox = &s->server->inbox;
        size_t size = 0;
        int n;

        do /* a reset comes, once, before the frames that the client sent before it closed its end */
                n = recvmmsg(s->fd, inbox->messages, FRAMES_A_TURN, MSG_DONTWAIT | MSG_TRUNC, NULL);
        while (n < 0 && errno == ECONNRESET);
        s->more = n == FRAMES_A_TURN || (n < 0 && errno == EINTR);
        if (n < 0) {
                if (errno != EAGAIN && errno != EINTR)
                        session_leave(s);
                return 0;
        }

        for (int i = 0; i < n && session_is_open(s); i++) {
                size += inbox->messages[i].msg_len;
                if (inbox->messages[i].msg_len > 0)
                        session_handle(s, inbox->frames[i], inbox->messages[i].msg_len);
                else
                        session_leave(s);
        }
        return session_is_open(s) ? size : 0;
}

static int on_client(_unused_ sd_event_source *source, _unused_ int fd, uint32_t events, void *userdata) {
        Session *s = userdata;

        if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
                (void) session_receive(s);
        session_settle(s);
        return 0;
}

/* ---- the process ---- */

/* What it sent before its death counts; what somebody else sends, who still holds its socket, does not. */
static int on_death(_unused_ sd_event_source *source, _unused_ int fd, _unused_ uint32_t events,
                void *userdata) {
        Session *s = userdata;
        size_t size, taken;
        int unread = 0;

        (void) ioctl(s->fd, FIONREAD, &unread);
        for (taken = 0; taken < (size_t) unread && (size = session_receive(s)) > 0; taken += size)
                ;
        session_leave(s);
        session_settle(s);
        return 0;
}

/* A pidfd of the client, or a negative errno value. */
static int open_pidfd(const Session *s) {
        socklen_t size = sizeof(int);
        int fd;

        if (getsockopt(s->fd, SOL_SOCKET, SO_PEERPIDFD, &fd, &size) >= 0)
                return fd;
        if (errno != ENOPROTOOPT)
                return -errno;
        if (s->peer.pid <= 0) /* of a process namespace that cannot be seen from here */
                return -ENODATA;
        fd = pidfd_open(s->peer.pid, 0);
        return fd >= 0 ? fd : -errno;
}

void session_watch_process(Session *s) {
        _cleanup_(closep) int fd = open_pidfd(s);
        int r = fd < 0 ? fd : sd_event_add_io(s->server->event, &s->death, fd, EPOLLIN, on_death, s);

        if (r >= 0)
                r = sd_event_source_set_io_fd_own(s->death, true);
        if (r >= 0)
                (void) TAKE_FD(fd);
        else if (r == -ESRCH)
                session_leave(s);
        else
                log_debug("Process %d is not watched, only its connection: %s", (int) s->peer.pid,
                                strerror(-r));
}

/* ---- the beginning ---- */

Session *session_find(const SessionServer *server, uint32_t connection) {
        return (Session *) table_find(&server->table, connection);
}

int session_new(SessionServer *server, const struct ucred *peer, int fd) {
        _cleanup_(user_putp) User *user = NULL;
        _cleanup_(freep) Session *s = NULL;
        int r;

        s = malloc(sizeof(*s));
        if (!s)
                return -ENOMEM;
        r = user_get(&server->users, peer->uid, &user);
        if (r < 0)
                return r;
        if (user_charge(user, USER_CONNECTIONS, 1) == USER_E_QUOTA)
                return SESSION_E_QUOTA;

        *s = (Session){ .server = server, .user = user, .peer = *peer, .fd = fd };
        s->events = EPOLLIN | EPOLLET;
        r = sd_event_add_io(server->event, &s->source, fd, s->events, on_client, s);
        if (r < 0) {
                user_discharge(user, USER_CONNECTIONS, 1);
                return r;
        }

        list_add(&server->sessions, s);
        server->n_sessions++;
        (void) TAKE_PTR(s);
        return 0;
}
