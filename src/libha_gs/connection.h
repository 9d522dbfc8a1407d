/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The connection to the daemon. It exists until nobody uses it any more: a thread that waits for the socket
 * holds a reference, so that its descriptor stays what it is until that thread is awake, also if another
 * one calls ha_gs_quit() meanwhile.
 *
 * It is lost when the daemon has closed it, does not answer in time, or sends what is no frame. What arrived
 * before is still dispatched, in the first two cases.
 */

#include <sys/socket.h>

#include "libha_gs/state.h"

#define DEADLINE_USEC UINT64_C(5000000) /* stream.md 1: no routine waits longer for the daemon */
#define DATAGRAMS_MAX 16                /* that one system call receives */

/* Who waits for a DONE. */
typedef struct Waiter {
        struct Waiter *next;
        uint32_t serial;
        bool done;
} Waiter;

struct Connection {
        unsigned n_refs;
        int fd;
        bool lost;            /* nothing is sent or received any more */
        bool watched;         /* a thread waits for it to become readable; only that one reads then */
        uint32_t wake_serial; /* of the question whose answer makes the descriptor readable; 0: none */
        uint16_t node_number;
        Waiter *waiters;
        uint8_t *datagrams; /* DATAGRAMS_MAX of FRAME_SIZE_MAX, where these lead: */
        struct iovec vectors[DATAGRAMS_MAX];
        struct mmsghdr messages[DATAGRAMS_MAX];
        uint8_t *parts; /* of a long frame */
        size_t parts_used, parts_size;
};

/* NULL: out of memory. Without a socket. */
Connection *connection_new(void);
Connection *connection_ref(Connection *c);
Connection *connection_unref(Connection *c);
DEFINE_CLEANUP(Connection *, connection_unref)

/* It is over: wakes all who wait, and the user. */
void connection_end(Connection *c);
/* The same, and what arrived is not to be trusted: it is dropped, and all tokens are dead. */
void connection_break(Connection *c);

/* Close the client's connection, with all tokens; there is none then. */
void connection_close(void);
/* The same in a forked process, where it must go on for the other one. */
void connection_forget(void);

/*
 * Send a frame of `size` bytes; a negative `size`, of an encoder, sends nothing. When the socket is full it
 * waits for room, and reads meanwhile. HA_GS_OK; HA_GS_NOT_OK: lost; HA_GS_BAD_PARAMETER: a negative size.
 */
ha_gs_rc_t connection_send(const void *frame, ssize_t size);

/*
 * Wait for the DONE of `serial`, which was just sent. HA_GS_OK, or HA_GS_NOT_OK: lost, at the latest by the
 * deadline.
 */
ha_gs_rc_t connection_await(uint32_t serial);

/* Wait until the connection can be read; nobody else may be waiting for that. */
void connection_watch(Connection *c, int timeout_ms);

/*
 * Queue what has arrived, as much as one system call gives. True: there may be more. At the end of the
 * connection, after a bad frame or without memory it is lost. Not while it is watched: the one who does
 * would not wake for what is his.
 */
bool connection_read(Connection *c);

/* Of a question, from 1. */
uint32_t connection_new_serial(void);

/* Have the daemon answer something, so that the user's descriptor becomes readable. */
void connection_wake_user(void);
