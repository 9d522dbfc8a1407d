/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the daemon says, from datagrams to the inbox. Notifications are decoded when their turn comes
 * (notify.c): here only the token is looked at.
 */

#include <string.h>

#include "libha_gs/connection.h"
#include "libha_gs/inbox.h"

static int receive_frame(Connection *c, const uint8_t *data, size_t size);

/*
 * A frame for a token. One that has died here may still be spoken to, by a daemon that does not know yet;
 * one that never was may not.
 */
static int receive_for_token(const FrameHead *head, const FrameReader *body) {
        FrameReader r = *body;
        int32_t number = (int32_t) frame_get_u32(&r);
        Token *token;

        if (r.bad || number <= 0 || number > client.last_token)
                return -EBADMSG;
        token = token_find(number);
        return token ? inbox_push(head->type, token, body->data, body->size) : 0;
}

static int receive_done(Connection *c, const FrameHead *head) {
        if (head->serial == c->wake_serial)
                c->wake_serial = 0;
        for (Waiter *w = c->waiters; w; w = w->next)
                if (w->serial == head->serial)
                        w->done = true;
        return 0;
}

static int parts_append(Connection *c, const FrameReader *part) {
        if (part->size == 0 || part->size > NOTIFICATION_SIZE_MAX - c->parts_used)
                return -EBADMSG;
        if (!c->parts)
                c->parts = malloc(NOTIFICATION_SIZE_MAX);
        if (!c->parts)
                return -ENOMEM;

        memcpy(c->parts + c->parts_used, part->data, part->size);
        c->parts_used += part->size;
        return 0;
}

/* The length that the head of a long frame tells; 0: it is not there yet. */
static size_t parts_length(const Connection *c) {
        FrameReader r = { .data = c->parts, .size = c->parts_used };

        if (c->parts_used < FRAME_HEAD_SIZE)
                return 0;
        (void) frame_get_u32(&r); /* magic */
        (void) frame_get_u32(&r); /* version and type */
        return frame_get_u32(&r);
}

/* The parts of a long frame follow each other without anything between; the last one ends where it ends. */
static int receive_part(Connection *c, const FrameReader *part) {
        size_t size, length;
        int r;

        r = parts_append(c, part);
        if (r < 0)
                return r;
        length = parts_length(c);
        if (length == 0 || length > c->parts_used)
                return 0;

        size = c->parts_used;
        c->parts_used = 0;
        return receive_frame(c, c->parts, size);
}

static int receive_frame(Connection *c, const uint8_t *data, size_t size) {
        FrameReader body;
        FrameHead head;
        int r;

        r = frame_decode_head(data, size, &head, &body);
        if (r < 0)
                return r;
        if (head.version != FRAME_VERSION || (c->parts_used > 0 && head.type != FRAME_PART))
                return -EBADMSG;

        switch (head.type) {
        case FRAME_NOTIFICATION:
        case FRAME_DELAYED_ERROR:
        case FRAME_TOKEN_DEAD:
                return receive_for_token(&head, &body);
        case FRAME_DONE:
                return receive_done(c, &head);
        case FRAME_PING:
                return body.size > 0 ? -EBADMSG : inbox_push(head.type, NULL, NULL, 0);
        case FRAME_LAST_WORDS:
                return client_get_last_words(&body, client.ffdc_id);
        case FRAME_PART:
                return data == c->parts ? -EBADMSG : receive_part(c, &body);
        default:
                return -EBADMSG;
        }
}

/* How many datagrams came; 0: none; negative: there will be none any more. */
static int receive_datagrams(Connection *c) {
        int n;

        /* A connection that was reset tells that once, and then what was sent before. */
        do
                n = recvmmsg(c->fd, c->messages, DATAGRAMS_MAX, MSG_DONTWAIT, NULL);
        while (n < 0 && (errno == EINTR || errno == ECONNRESET));

        return n < 0 && errno == EAGAIN ? 0 : n;
}

bool connection_read(Connection *c) {
        int n, r;

        n = receive_datagrams(c);
        if (n < 0)
                connection_end(c);

        for (int i = 0; i < n; i++) {
                const struct mmsghdr *m = &c->messages[i];

                if (m->msg_len == 0) {
                        connection_end(c);
                        return false;
                }
                r = m->msg_hdr.msg_flags & MSG_TRUNC ? -EBADMSG
                                                     : receive_frame(c, c->vectors[i].iov_base, m->msg_len);
                if (r < 0) {
                        connection_break(c);
                        return false;
                }
        }
        return n == DATAGRAMS_MAX;
}
