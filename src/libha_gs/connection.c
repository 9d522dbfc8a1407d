/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The connection to the daemon, without what is read from it (receive.c): see connection.h. */

#include "libha_gs/connection.h"

#include <poll.h>

#include "libha_gs/inbox.h"
#include "util/clock.h"

#define LOOK_AGAIN_MS 100 /* whether the one who reads still does */

Connection *connection_new(void) {
        _cleanup_(connection_unrefp) Connection *c = calloc(1, sizeof(*c));

        if (!c)
                return NULL;
        c->n_refs = 1;
        c->fd = -EBADF;
        c->datagrams = malloc((size_t) DATAGRAMS_MAX * FRAME_SIZE_MAX);
        if (!c->datagrams)
                return NULL;

        for (size_t i = 0; i < DATAGRAMS_MAX; i++) {
                c->vectors[i] = (struct iovec){ .iov_base = c->datagrams + i * FRAME_SIZE_MAX,
                        .iov_len = FRAME_SIZE_MAX };
                c->messages[i].msg_hdr = (struct msghdr){ .msg_iov = &c->vectors[i], .msg_iovlen = 1 };
        }
        return TAKE_PTR(c);
}

Connection *connection_ref(Connection *c) {
        c->n_refs++;
        return c;
}

Connection *connection_unref(Connection *c) {
        if (c && --c->n_refs == 0) {
                closep(&c->fd);
                free(c->datagrams);
                free(c->parts);
                free(c);
        }
        return NULL;
}

void connection_end(Connection *c) {
        if (c->lost)
                return;
        c->lost = true;
        (void) shutdown(c->fd, SHUT_RDWR);
        (void) pthread_cond_broadcast(&client.work);
        (void) pthread_cond_broadcast(&client.progress);
}

void connection_break(Connection *c) {
        connection_end(c);
        inbox_clear();
        tokens_end();
}

void connection_close(void) {
        if (!client.connection)
                return;
        connection_break(client.connection);
        client.connection = connection_unref(client.connection);
}

static void forget(Connection *c) {
        closep(&c->fd);
        c->fd = -EBADF;
        c->lost = true;
        connection_unref(c);
}

void connection_forget(void) {
        inbox_clear();
        tokens_end();
        if (client.connection)
                forget(client.connection);
        if (client.pending)
                forget(client.pending);
        client.connection = client.pending = NULL;
}

/* ---- waiting, without the lock ---- */

/* Poll; the connection is there at the end, but may be lost, or not the client's any more. */
static void connection_poll(Connection *c, short events, int timeout_ms) {
        struct pollfd p = { .fd = c->fd, .events = events };

        (void) pthread_mutex_unlock(&client.lock);
        (void) poll(&p, 1, timeout_ms);
        (void) pthread_mutex_lock(&client.lock);
}

/* Somebody else may have to watch now, or has been waiting for what was read. */
static void tell_others(void) {
        (void) pthread_cond_signal(&client.work);
        (void) pthread_cond_broadcast(&client.progress);
}

static void watch(Connection *c, short events, int timeout_ms) {
        connection_ref(c);
        c->watched = true;
        connection_poll(c, events, timeout_ms);
        c->watched = false;
        tell_others();
        connection_unref(c);
}

void connection_watch(Connection *c, int timeout_ms) {
        watch(c, POLLIN, timeout_ms);
}

/* Milliseconds until then, rounded up; 0: it has come. */
static int left_ms(uint64_t deadline) {
        uint64_t now = clock_usec(CLOCK_MONOTONIC);

        return now < deadline ? (int) ((deadline - now + 999) / 1000) : 0;
}

static void wait_for_progress(uint64_t deadline) {
        struct timespec t = {
                .tv_sec = (time_t) (deadline / USEC_PER_SEC),
                .tv_nsec = (long) (deadline % USEC_PER_SEC) * 1000,
        };

        (void) pthread_cond_clockwait(&client.progress, &client.lock, CLOCK_MONOTONIC, &t);
}

static void unlink_waiter(Connection *c, const Waiter *waiter) {
        Waiter **p = &c->waiters;

        while (*p != waiter)
                p = &(*p)->next;
        *p = waiter->next;
}

ha_gs_rc_t connection_await(uint32_t serial) {
        uint64_t deadline = clock_usec(CLOCK_MONOTONIC) + DEADLINE_USEC;
        _cleanup_(connection_unrefp) Connection *c = connection_ref(client.connection);
        Waiter waiter = { .next = c->waiters, .serial = serial };

        c->waiters = &waiter;
        while (!waiter.done && !c->lost) {
                int left = left_ms(deadline);

                if (left == 0)
                        connection_end(c);
                else if (c->watched)
                        wait_for_progress(deadline);
                else {
                        connection_watch(c, left);
                        if (!c->lost)
                                (void) connection_read(c);
                }
        }
        unlink_waiter(c, &waiter);
        return waiter.done ? HA_GS_OK : HA_GS_NOT_OK;
}

/* ---- sending ---- */

/* The daemon does not read, maybe because it waits for us to read: both go on when somebody here does. */
static void wait_for_room(Connection *c, uint64_t deadline) {
        int left = left_ms(deadline);

        if (left == 0)
                connection_end(c);
        else if (c->watched)
                connection_poll(c, POLLOUT, left < LOOK_AGAIN_MS ? left : LOOK_AGAIN_MS);
        else {
                watch(c, POLLIN | POLLOUT, left);
                if (!c->lost)
                        (void) connection_read(c);
        }
}

/* The daemon has gone; what it said before is still to be heard. */
static void take_what_is_left(Connection *c) {
        while (!c->lost && connection_read(c))
                ;
        connection_end(c);
}

ha_gs_rc_t connection_send(const void *frame, ssize_t size) {
        _cleanup_(connection_unrefp) Connection *c = connection_ref(client.connection);
        uint64_t deadline = 0;

        if (size < 0)
                return HA_GS_BAD_PARAMETER;

        while (!c->lost) {
                if (send(c->fd, frame, (size_t) size, MSG_NOSIGNAL | MSG_DONTWAIT) == size)
                        return HA_GS_OK;
                if (errno == EINTR)
                        continue;
                if (errno != EAGAIN) {
                        take_what_is_left(c);
                        break;
                }
                if (deadline == 0)
                        deadline = clock_usec(CLOCK_MONOTONIC) + DEADLINE_USEC;
                wait_for_room(c, deadline);
        }
        return HA_GS_NOT_OK;
}

uint32_t connection_new_serial(void) {
        if (++client.last_serial == 0)
                client.last_serial = 1;
        return client.last_serial;
}

/*
 * Nobody has this number, so nobody is unsubscribed: the answer is all that is wanted. With one on its way
 * already the descriptor becomes readable anyway.
 */
void connection_wake_user(void) {
        uint8_t frame[FRAME_HEAD_SIZE + sizeof(int32_t)];
        Connection *c = client.connection;
        ssize_t size;

        if (!c || c->lost || c->wake_serial != 0)
                return;

        c->wake_serial = connection_new_serial();
        size = client_encode_token(
                        FRAME_UNSUBSCRIBE, c->wake_serial, token_number_new(), frame, sizeof(frame));
        (void) connection_send(frame, size);
}
