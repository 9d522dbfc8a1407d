/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a client is to hear: encoded into its queue, charged, and sent. */

#include <string.h>

#include "session/session-internal.h"

#define TOKEN_FRAME_SIZE (FRAME_HEAD_SIZE + sizeof(int32_t))

/* ---- the account ---- */

/* Charge what is queued, in place of what was. Returns whether the user may have so much. */
bool session_charge(Session *s) {
        size_t size = session_queued(s);

        user_discharge(s->user, USER_QUEUED_BYTES, s->charged);
        s->charged = 0;
        if (user_charge(s->user, USER_QUEUED_BYTES, size) == USER_E_QUOTA)
                return false;
        s->charged = size;
        return true;
}

static bool above_limit(const Session *s) {
        return queue_size(&s->queue) > s->server->limits.connection_queued_bytes;
}

typedef enum Excess {
        EXCESS_NONE,
        EXCESS_OF_USER,
        EXCESS_OF_CONNECTION,
} Excess;

/*
 * One delivery may have more for a client than its limit, and much more than a socket takes at once: if it
 * provides many members of a large group. Not until the next one does it count what was left unread.
 */
static Excess session_excess(Session *s) {
        if (!session_charge(s))
                return EXCESS_OF_USER;
        return s->behind && above_limit(s) ? EXCESS_OF_CONNECTION : EXCESS_NONE;
}

void session_drop_queue(Session *s) {
        queue_clear(&s->queue);
        queue_clear(&s->report);
        (void) session_charge(s);
}

/* ---- sending ---- */

static bool means_gone(int error) {
        return error == EPIPE || error == ECONNRESET || error == ECONNREFUSED || error == ENOTCONN;
}

/* Send what the socket takes. */
static void session_transmit(Session *s) {
        int r = queue_send(&s->queue, s->fd);

        if (r == 0)
                r = queue_send(&s->report, s->fd);

        /* What the client sent before it closed its end is still to be read, and counts. */
        if (r < 0 && means_gone(-r))
                session_drop_queue(s);
        else if (r < 0)
                session_fail(s, strerrordesc_np(-r));
}

/*
 * Edges, not levels: where many clients are ready, epoll would name all of them anew each time that one of
 * them is served. An edge is renewed by asking for it again.
 */
void session_send(Session *s) {
        uint32_t events;
        size_t size;

        if (session_queued(s) > 0) {
                session_transmit(s);
                (void) session_charge(s);
        }
        if (!session_is_open(s))
                return;

        s->behind = above_limit(s);
        size = queue_size(&s->queue);
        events = EPOLLET;
        if (size <= s->server->limits.connection_queued_bytes / 2 && queue_size(&s->report) == 0)
                events |= EPOLLIN;
        if (session_queued(s) > 0)
                events |= EPOLLOUT;
        if (events == s->events && !s->more)
                return;
        s->more = false;
        s->events = events;
        if (sd_event_source_set_io_events(s->source, events) < 0)
                session_fail(s, "it cannot be waited for");
}

/* ---- frames ---- */

uint8_t *session_reserve(Session *s, size_t size) {
        uint8_t *frame = NULL;

        if (!session_is_open(s))
                return NULL;
        if (queue_reserve(&s->queue, size, &frame) < 0)
                session_fail(s, strerrordesc_np(ENOMEM));
        return frame;
}

/* A limit counts what the client has not read, so before it does the socket gets what it takes. */
void session_put(Session *s, ssize_t size) {
        if (size < 0) {
                session_fail(s, "what it is to hear cannot be put into a frame");
                return;
        }

        queue_commit(&s->queue, (size_t) size);
        session_set_pending(s);
        if (session_excess(s) == EXCESS_NONE)
                return;

        session_transmit(s);
        switch (session_excess(s)) {
        case EXCESS_OF_USER:
                session_fail(s, "its user's clients do not read, and more waits than "
                                "[Limits] QueuedBytes= allows");
                break;
        case EXCESS_OF_CONNECTION:
                session_fail(s, "it does not read, and more waits than "
                                "[Limits] ConnectionQueuedBytes= allows");
                break;
        default:
                s->behind = false;
        }
}

void session_put_empty(Session *s, FrameType type, uint32_t serial) {
        uint8_t *frame = session_reserve(s, FRAME_HEAD_SIZE);

        if (frame) {
                FrameWriter w = frame_begin(frame, FRAME_HEAD_SIZE, type, serial);

                session_put(s, frame_finish(&w));
        }
}

void session_put_token_dead(Session *s, int32_t token) {
        uint8_t *frame = session_reserve(s, TOKEN_FRAME_SIZE);

        if (frame)
                session_put(s, client_encode_token(FRAME_TOKEN_DEAD, 0, token, frame, TOKEN_FRAME_SIZE));
}

void session_refuse(Session *s, uint32_t serial, FrameRefusal reason, const char *why) {
        size_t size = FRAME_HEAD_SIZE + sizeof(uint16_t);
        uint8_t *frame = session_reserve(s, size);

        if (frame) {
                FrameWriter w = frame_begin(frame, size, FRAME_REFUSED, serial);

                frame_put_u16(&w, (uint16_t) reason);
                session_put(s, frame_finish(&w));
                s->refused = true;
        }
        session_fail(s, why);
}
