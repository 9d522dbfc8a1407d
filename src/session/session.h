/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The daemon's end of the client socket: clients are let in (access.h), counted a uid, and their frames
 * decoded, judged and answered. It knows no engine: what a client wants is done through hooks.
 *
 * No call blocks and no client is waited for. Where a client misbehaves it loses its connection, and the log
 * says so at a limited rate; the others notice nothing.
 */

#include <stdint.h>
#include <systemd/sd-event.h>

#include "session/access.h"
#include "util/macro.h"

typedef struct SessionServer SessionServer;

typedef struct SessionHooks {
        /* Answer a status question: put the frame into the buffer. Its length, or a negative errno value. */
        ssize_t (*status)(void *userdata, uint32_t serial, void *buffer, size_t size);
        /* A client was let in, or one has gone. */
        void (*clients_changed)(void *userdata);
} SessionHooks;

/*
 * Serve the listening socket `fd` in the loop `event`; the socket becomes the server's on success. At most
 * `max_connections` of one uid are let in. Errors are those of sd-event.
 */
int session_server_new(sd_event *event, int fd, const Access *access, unsigned max_connections,
                const SessionHooks *hooks, void *userdata, SessionServer **ret);

/* Stop listening and disconnect all clients, without calling a hook. NULL is fine; returns NULL. */
SessionServer *session_server_free(SessionServer *server);

/* How many clients are let in at the moment. */
unsigned session_server_clients(const SessionServer *server);

DEFINE_CLEANUP(SessionServer *, session_server_free)
