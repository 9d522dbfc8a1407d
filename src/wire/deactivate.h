/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What hagsd and hags-deactivate say to each other (stream.md section 7): on one connection one request,
 * which has the client's own connection with it by SCM_RIGHTS, and one answer when the script has ended.
 * Both run on the same machine: errno values and signals are its numbers.
 */

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "wire/gs.h"

#define DEACTIVATE_SCRIPT_MAX 256
#define DEACTIVATE_LIMIT_DEFAULT 3600 /* seconds, for a request without limit */
#define DEACTIVATE_FRAME_MAX 1024     /* more than any of these frames takes */

/* Everything of a script's arguments but the process, which the helper reads from the connection. */
typedef struct DeactivateRequest {
        uint16_t limit; /* seconds; 0: none, so DEACTIVATE_LIMIT_DEFAULT */
        GsProvider provider;
        char group[GS_GROUP_NAME_MAX + 1];
        char flag[GS_FLAG_MAX + 1];
        char script[DEACTIVATE_SCRIPT_MAX + 1];
} DeactivateRequest;

typedef enum DeactivateEnd {
        DEACTIVATE_EXITED,      /* value: its exit status */
        DEACTIVATE_KILLED,      /* value: the signal */
        DEACTIVATE_BY_LIMIT,    /* it has not ended within its limit, and is killed; value: 0 */
        DEACTIVATE_NOT_STARTED, /* value: why, an errno value */
        _DEACTIVATE_END_MAX,
} DeactivateEnd;

typedef struct DeactivateAnswer {
        DeactivateEnd end;
        uint16_t value;
} DeactivateAnswer;

/* Encode a whole frame. Its length, or -EMSGSIZE: less than DEACTIVATE_FRAME_MAX bytes of room. */
ssize_t deactivate_encode_request(const DeactivateRequest *request, void *buffer, size_t size);
ssize_t deactivate_encode_answer(const DeactivateAnswer *answer, void *buffer, size_t size);

/*
 * Decode a whole frame. 0, or -EBADMSG: another type or version, a value out of its bounds, bytes missing or
 * left over. *ret is written on success only. Whether the script may be run is not judged here.
 */
int deactivate_decode_request(const void *data, size_t size, DeactivateRequest *ret);
int deactivate_decode_answer(const void *data, size_t size, DeactivateAnswer *ret);
