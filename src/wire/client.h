/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The frames between the client library and the daemon, but for notifications (notification.h) and the
 * status question (status.h).
 *
 *      client                          daemon
 *      HELLO                    ->
 *                               <-     WELCOME, or REFUSED and the end
 *      REQUEST, SUBSCRIBE       ->
 *                               <-     NOTIFICATION, DELAYED_ERROR, TOKEN_DEAD, as they come
 *      REQUEST goodbye,         ->
 *      UNSUBSCRIBE              <-     DONE with the serial of the head; nothing to that token follows it
 *                               <-     PING
 *      PONG                     ->
 *                               <-     LAST_WORDS, and the end
 *
 * Tokens are the client's: positive, increasing, never used again; providers and subscribers share them. A
 * vote names its phase by the group, protocol and phase of the notification. DONE and PING have no body.
 *
 * Each get function returns 0 or -EBADMSG, and wants the body to end where its frame does; each encode
 * function the length of the frame, -EMSGSIZE for a buffer that is too small, or -EINVAL for values that no
 * get function would take.
 */

#include "util/syspar-name.h"
#include "wire/event.h"
#include "wire/frame.h"

#define CLIENT_VERSION_MIN 1 /* of the frames of this file, and of notifications */
#define CLIENT_VERSION_MAX 1

#define CLIENT_SCRIPT_MAX 256
#define CLIENT_LOCAL_NAME_MAX 32
#define CLIENT_WORDS_MAX 47

typedef enum ClientResponsiveness {
        CLIENT_NO_RESPONSIVENESS,
        CLIENT_PING_RESPONSIVENESS,
        CLIENT_COUNTER_RESPONSIVENESS, /* to the daemon the same as ping: the library looks at the counter */
        _CLIENT_RESPONSIVENESS_MAX,
} ClientResponsiveness;

typedef struct ClientHello {
        uint16_t version_min; /* the library speaks from this one */
        uint16_t version_max; /* to that one */
        ClientResponsiveness responsiveness;
        uint32_t interval;                  /* seconds; not 0 unless NO_RESPONSIVENESS */
        uint16_t response_limit;            /* seconds; 0: none */
        char script[CLIENT_SCRIPT_MAX + 1]; /* deactivate script, an absolute path; "": none */
} ClientHello;

typedef struct ClientWelcome {
        uint16_t version; /* what both speak from now on */
        uint16_t node_number;
        uint64_t incarnation; /* of the daemon */
        char syspar[SYSPAR_NAME_MAX + 1];
} ClientWelcome;

typedef struct ClientSubscribe {
        int32_t token;
        uint32_t control; /* GS_SUBSCRIBE_* bits */
        char group[GS_GROUP_NAME_MAX + 1];
} ClientSubscribe;

typedef struct ClientError {
        int32_t token;
        GsRequest request;
        GsReturn error;
        bool has_event; /* the failing proposal follows; not for joins and subscriptions: these die */
        Event event;
} ClientError;

ssize_t client_encode_hello(const ClientHello *hello, void *buffer, size_t size);
int client_get_hello(FrameReader *body, ClientHello *ret);

ssize_t client_encode_welcome(const ClientWelcome *welcome, void *buffer, size_t size);
int client_get_welcome(FrameReader *body, ClientWelcome *ret);

/*
 * JOIN to VOTE (event.h); `local_name` goes with a JOIN, "" for none. For a GOODBYE the serial is what DONE
 * repeats. What is read has neither sender nor connection, and no has_script.
 */
ssize_t client_encode_request(
                const Event *event, const char *local_name, uint32_t serial, void *buffer, size_t size);
int client_get_request(FrameReader *body, Event *ret, char ret_local_name[static CLIENT_LOCAL_NAME_MAX + 1]);

ssize_t client_encode_subscribe(const ClientSubscribe *subscribe, void *buffer, size_t size);
int client_get_subscribe(FrameReader *body, ClientSubscribe *ret);

/* UNSUBSCRIBE with its serial, and TOKEN_DEAD with serial 0. */
ssize_t client_encode_token(FrameType type, uint32_t serial, int32_t token, void *buffer, size_t size);
int client_get_token(FrameReader *body, int32_t *ret);

/* `failing`: the proposal, or NULL. */
ssize_t client_encode_error(int32_t token, GsRequest request, GsReturn error, const Event *failing,
                void *buffer, size_t size);
int client_get_error(FrameReader *body, ClientError *ret);

ssize_t client_encode_pong(bool well, void *buffer, size_t size);
int client_get_pong(FrameReader *body, bool *ret_well);

/* The MESSAGE_ID and incarnation of what the daemon said last: ha_gs_get_ffdc_id(). */
ssize_t client_encode_last_words(const char *words, void *buffer, size_t size);
int client_get_last_words(FrameReader *body, char ret[static CLIENT_WORDS_MAX + 1]);
