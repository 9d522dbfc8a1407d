/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The frame head, and the little codec that all frames are made of. A frame is one datagram of a
 * SOCK_SEQPACKET connection: a head of 16 bytes, then a body whose layout the type tells. All numbers are
 * little-endian; there is no padding. Decoders are total: any bytes give a frame or an error, and nothing
 * outside the buffer is read.
 *
 *      offset 0  u32 magic "HAGS"
 *             4  u16 version of the sender's protocol
 *             6  u16 type
 *             8  u32 length of the whole frame
 *            12  u32 serial: the answer to a question repeats it
 */

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>

#define FRAME_HEAD_SIZE 16
#define FRAME_SIZE_MAX 65536
#define FRAME_VERSION 1

typedef enum FrameType {
        FRAME_STATUS_QUESTION = 1, /* client to daemon, no body */
        FRAME_STATUS_ANSWER = 2,   /* status.h */
        FRAME_REFUSED = 3,         /* daemon to client, body: u16 reason; the connection is then closed */

        /* between client library and daemon: client.h, notification.h */
        FRAME_HELLO = 4,         /* client to daemon, the first one */
        FRAME_WELCOME = 5,       /* its answer */
        FRAME_REQUEST = 6,       /* a client's event */
        FRAME_SUBSCRIBE = 7,     /* client to daemon */
        FRAME_UNSUBSCRIBE = 8,   /* client to daemon, body: the token */
        FRAME_DONE = 9,          /* answers UNSUBSCRIBE and the request GOODBYE: no more to that token */
        FRAME_NOTIFICATION = 10, /* daemon to client */
        FRAME_DELAYED_ERROR = 11,
        FRAME_TOKEN_DEAD = 12, /* daemon to client, body: the token */
        FRAME_PING = 13,       /* daemon to client, no body: a responsiveness check */
        FRAME_PONG = 14,       /* its answer, body: u8 1: well, 0: not */
        FRAME_LAST_WORDS = 15, /* daemon to client: why the connection ends */
        FRAME_PART = 16,       /* daemon to client, body: the next bytes of a frame that is too long */

        /* between the daemon and hags-deactivate: deactivate.h */
        FRAME_DEACTIVATE_REQUEST = 32,
        FRAME_DEACTIVATE_ANSWER = 33,

        /* what diagnostics ask: report.h */
        FRAME_REPORT_QUESTION = 48, /* client to daemon */
        FRAME_REPORT = 49,          /* some records of its answer */
} FrameType;

typedef enum FrameRefusal {
        FRAME_REFUSED_ACCESS = 1,      /* neither root nor a member of group hagsuser */
        FRAME_REFUSED_CONNECTIONS = 2, /* too many connections of this uid */
        FRAME_REFUSED_PROTOCOL = 3,    /* a frame that this daemon does not understand */
        FRAME_REFUSED_VERSION = 4,     /* no version of the client protocol that both speak */
} FrameRefusal;

typedef struct FrameHead {
        uint16_t version;
        uint16_t type;
        uint32_t length;
        uint32_t serial;
} FrameHead;

/* Reading: every getter takes from the front; after a getter that found too little, `bad` stays set and all
 * later ones give zeroes, so that a decoder checks once, at its end. */
typedef struct FrameReader {
        const uint8_t *data;
        size_t size;
        bool bad;
} FrameReader;

/* The next `n` bytes, or NULL when there are not so many. */
static inline const uint8_t *frame_take(FrameReader *r, size_t n) {
        const uint8_t *p = r->data;

        if (r->bad || r->size < n) {
                r->bad = true;
                return NULL;
        }
        r->data += n;
        r->size -= n;
        return p;
}

static inline uint8_t frame_get_u8(FrameReader *r) {
        const uint8_t *p = frame_take(r, sizeof(uint8_t));

        return p ? *p : 0;
}

static inline uint16_t frame_get_u16(FrameReader *r) {
        const uint8_t *p = frame_take(r, sizeof(uint16_t));
        uint16_t v = 0;

        if (p)
                memcpy(&v, p, sizeof(v));
        return le16toh(v);
}

static inline uint32_t frame_get_u32(FrameReader *r) {
        const uint8_t *p = frame_take(r, sizeof(uint32_t));
        uint32_t v = 0;

        if (p)
                memcpy(&v, p, sizeof(v));
        return le32toh(v);
}

static inline uint64_t frame_get_u64(FrameReader *r) {
        const uint8_t *p = frame_take(r, sizeof(uint64_t));
        uint64_t v = 0;

        if (p)
                memcpy(&v, p, sizeof(v));
        return le64toh(v);
}

/* A string as u16 length and bytes, into `buffer` of `size`, terminated; too long, or with a NUL: bad. */
void frame_get_string(FrameReader *r, char *buffer, size_t size);

/* Writing: into a buffer of fixed size; what does not fit sets `bad` and writes nothing more. */
typedef struct FrameWriter {
        uint8_t *data;
        size_t size;
        size_t used;
        bool bad;
} FrameWriter;

/* Begin a frame of `type` in the buffer; its length is filled in by frame_finish(). */
FrameWriter frame_begin(void *buffer, size_t size, FrameType type, uint32_t serial);

/* Room for `n` more bytes, or NULL when there is not so much. */
static inline uint8_t *frame_room(FrameWriter *w, size_t n) {
        uint8_t *p = w->data + w->used;

        if (w->bad || w->size - w->used < n) {
                w->bad = true;
                return NULL;
        }
        w->used += n;
        return p;
}

static inline void frame_put(FrameWriter *w, const void *data, size_t n) {
        uint8_t *p = frame_room(w, n);

        if (p)
                memcpy(p, data, n);
}

static inline void frame_put_u8(FrameWriter *w, uint8_t value) {
        frame_put(w, &value, sizeof(value));
}

static inline void frame_put_u16(FrameWriter *w, uint16_t value) {
        value = htole16(value);
        frame_put(w, &value, sizeof(value));
}

static inline void frame_put_u32(FrameWriter *w, uint32_t value) {
        value = htole32(value);
        frame_put(w, &value, sizeof(value));
}

static inline void frame_put_u64(FrameWriter *w, uint64_t value) {
        value = htole64(value);
        frame_put(w, &value, sizeof(value));
}

void frame_put_string(FrameWriter *w, const char *s);
/* The length of the finished frame, or -EMSGSIZE; the long one may have more than FRAME_SIZE_MAX bytes. */
ssize_t frame_finish(FrameWriter *w);
ssize_t frame_finish_long(FrameWriter *w);

/*
 * Take the head off a received datagram of `size` bytes. Returns 0 with the head and a reader of the body,
 * or -EBADMSG: too short, another magic, or a length that is not `size`. The version is the caller's to
 * judge.
 */
int frame_decode_head(const void *data, size_t size, FrameHead *ret, FrameReader *ret_body);
