/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A connection to a running hagsd of this host, to ask it something: connect, send a question, receive its
 * answer. It does not become a client of Group Services by that. Every wait has a limit.
 */

#include <stdint.h>

#include "util/macro.h"
#include "util/syspar-name.h"
#include "wire/frame.h"

typedef struct Ask {
        char syspar[SYSPAR_NAME_MAX + 1];
        int fd;
        uint32_t serial; /* of the last question */
        uint8_t *frame;  /* the last one that was received */
} Ask;

#define ASK_NONE ((Ask){ .fd = -EBADF })

enum {
        _ASK_E_SUCCESS,

        ASK_E_DOWN, /* nobody listens: hagsd of this partition does not run (or not yet) */
};

/* Where the sockets are: as HAGS_RUN_DIRECTORY says (tests of what is not installed), else /run/hags. */
const char *ask_directory(void);

/*
 * Connect to hagsd of a partition, which has a subdirectory of `directory`. `timeout_usec` is for each of
 * the calls here. 0, ASK_E_DOWN, or a negative errno value with a sentence: no answer in time, or
 * somebody else listening there.
 */
int ask_open(const char *directory, const char *syspar, uint64_t timeout_usec, Ask *ret, char **reterr);
void ask_close(Ask *a);

/*
 * Send a question, a whole frame with the serial a->serial + 1, which is then a->serial. One that was
 * refused is told so by ask_receive() only. A negative errno value comes with a sentence.
 */
int ask_send(Ask *a, const void *question, size_t size, char **reterr);

/*
 * The body of the next frame, which has to be of that type and to answer the last question; it is valid
 * until the next call. A negative errno value comes with a sentence: refused, no answer in time, not
 * understood, or the end of the connection.
 */
int ask_receive(Ask *a, FrameType type, FrameReader *ret, char **reterr);

/* What is in the answer is not what this program expects: -EBADMSG, with a sentence. */
int ask_not_understood(const Ask *a, char **reterr);
