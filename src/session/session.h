/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The daemon's end of the client socket: clients are let in (access.h), counted a uid, and their frames
 * decoded, judged and answered; what the state machine has to say is queued and sent. It knows neither core
 * nor engine: what a client wants is done through hooks, what it is to hear comes in by function calls.
 *
 * No call blocks and no client is waited for. Where a client misbehaves it loses its connection, and the log
 * says so at a limited rate; the others notice nothing. A client is not read from while half of its limit is
 * queued for it: so it is slowed by its own answers, and its library must go on reading while it cannot
 * send. It is cut off when there is more to tell it, and what waits from before is above its limit.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <systemd/sd-event.h>

#include "session/access.h"
#include "util/macro.h"
#include "wire/event.h"
#include "wire/notification.h"
#include "wire/report.h"

typedef struct ReportSink ReportSink;
typedef struct SessionServer SessionServer;

/* None of these may call back into the session but where it says so. */
typedef struct SessionHooks {
        /* Answer a status question: put the frame into the buffer. Its length, or a negative errno value. */
        ssize_t (*status)(void *userdata, uint32_t serial, void *buffer, size_t size);
        /*
         * Answer a question for a report: hand its records to report_sink_put(), all but those of clients
         * and the end, which the session knows. 0, or a negative errno value: the client is cut off.
         */
        int (*report)(void *userdata, const ReportQuestion *question, ReportSink *sink);
        /* A client was let in, or one has gone. */
        void (*clients_changed)(void *userdata);
        /*
         * A checked event of a client, JOIN to VOTE, or an observation of one, PROCESS_DOWN or
         * RESPONSIVENESS; the callee fills in the sender. Bytes in it are valid until the call returns. 0,
         * or a negative errno value: the client is cut off.
         */
        int (*submit)(void *userdata, const Event *event);
        /*
         * Subscribe at once: notifications may come through session_server_notify() before it returns.
         * GS_OK, or the code of the delayed error that the token dies of; a negative errno value: the client
         * is cut off.
         */
        int (*subscribe)(void *userdata, GsClient client, uint32_t control, const char *group);
        void (*unsubscribe)(void *userdata, GsClient client);
        /* A connection that had subscribers has ended. */
        void (*unsubscribe_all)(void *userdata, uint32_t connection);
        /*
         * Does the state machine still hold a provider of this connection, which has ended, or is an event
         * of it on the way there? Its script may then still be wanted.
         */
        bool (*connection_needed)(void *userdata, uint32_t connection);
} SessionHooks;

/* [Limits] of hags.conf; who is above one of them is cut off. */
typedef struct SessionLimits {
        unsigned connections;             /* of a uid */
        unsigned memberships;             /* of a uid: tokens of providers and subscribers */
        uint64_t queued_bytes;            /* of a uid: not read yet by its clients */
        uint64_t connection_queued_bytes; /* of one connection */
} SessionLimits;

/* Who welcomes. The string is the caller's, and outlives the server. */
typedef struct SessionIdentity {
        const char *syspar;
        uint16_t node_number;
        uint64_t incarnation;
} SessionIdentity;

/* What diagnostics are told of a client. */
typedef struct SessionInfo {
        pid_t pid;
        uid_t uid;
        uint64_t queued_bytes; /* that it has not read */
} SessionInfo;

/*
 * Serve the listening socket `fd` in the loop `event`; the socket becomes the server's on success. Access,
 * limits, identity and hooks are copied. Errors are those of sd-event, or -ENOMEM.
 */
int session_server_new(sd_event *event, int fd, const Access *access, const SessionLimits *limits,
                const SessionIdentity *identity, const SessionHooks *hooks, void *userdata,
                SessionServer **ret);

/*
 * Stop listening and disconnect all clients, without calling a hook. What is queued is not sent: see
 * session_server_last_words(). NULL is fine; returns NULL.
 */
SessionServer *session_server_free(SessionServer *server);

/* How many clients are let in at the moment. */
unsigned session_server_clients(const SessionServer *server);

/* The client of a connection that has not ended; false: there is none. */
bool session_server_find(const SessionServer *server, uint32_t connection, SessionInfo *ret);

/* For hook report(): the next record. A negative errno value is to be handed on. */
int report_sink_put(ReportSink *sink, const ReportRecord *record);

/*
 * For the sink of the state machine: each encodes a frame into the queue of the client, and ends no session.
 * A token that is dead, or whose connection has ended, hears nothing, and that is no error.
 *
 * The order of a token's frames is that of the calls; the list of members of a notification is sent as the
 * change to the one before, where it can be (notification.h).
 */
void session_server_notify(SessionServer *server, GsClient to, const GsNotification *notification);
/* `failing`: the proposal that is refused, or NULL for a join or subscription. */
void session_server_error(
                SessionServer *server, GsClient to, GsRequest request, GsReturn error, const Event *failing);
void session_server_token_dead(SessionServer *server, GsClient client);

/*
 * The end of a delivery: send what was queued in it, end the sessions that it was too much for, and forget
 * the connections that have ended and that nobody needs any more. Calls the hooks.
 */
void session_server_flush(SessionServer *server);

/*
 * The deactivate script of a connection and its socket, which tells whose it is; also of a connection that
 * has ended, while hook connection_needed() says so. Both stay the session's. 0, or -ENOENT: it has none.
 */
int session_server_script(
                const SessionServer *server, uint32_t connection, const char **ret_path, int *ret_fd);

/*
 * Before the end of the daemon: send everybody what is queued and then `words` (client.h), as far as their
 * sockets take it.
 */
void session_server_last_words(SessionServer *server, const char *words);

DEFINE_CLEANUP(SessionServer *, session_server_free)
