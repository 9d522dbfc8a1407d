/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The frame head and the codec that all frames are made of: see frame.h for the layout. */

#include "wire/frame.h"

#include <endian.h>
#include <errno.h>
#include <string.h>

#define FRAME_MAGIC UINT32_C(0x53474148) /* "HAGS", its first letter in the lowest byte */
#define FRAME_LENGTH_OFFSET 8

/* At any alignment, and on machines of either byte order; of a constant size it is one instruction. */
static inline uint64_t number_load(const uint8_t *p, size_t n) {
        uint64_t value = 0;

        memcpy(&value, p, n);
        return le64toh(value);
}

static inline void number_store(uint8_t *p, size_t n, uint64_t value) {
        value = htole64(value);
        memcpy(p, &value, n);
}

/* ---- reading ---- */

/* The next `n` bytes, or NULL when there are not so many: then the reader is bad for good. */
static inline const uint8_t *reader_take(FrameReader *r, size_t n) {
        const uint8_t *p = r->data;

        if (r->bad || r->size < n) {
                r->bad = true;
                return NULL;
        }

        r->data += n;
        r->size -= n;
        return p;
}

static inline uint64_t reader_number(FrameReader *r, size_t n) {
        const uint8_t *p = reader_take(r, n);

        return p ? number_load(p, n) : 0;
}

uint8_t frame_get_u8(FrameReader *r) {
        return (uint8_t) reader_number(r, 1);
}

uint16_t frame_get_u16(FrameReader *r) {
        return (uint16_t) reader_number(r, 2);
}

uint32_t frame_get_u32(FrameReader *r) {
        return (uint32_t) reader_number(r, 4);
}

uint64_t frame_get_u64(FrameReader *r) {
        return reader_number(r, 8);
}

void frame_get_string(FrameReader *r, char *buffer, size_t size) {
        size_t length = frame_get_u16(r);
        const uint8_t *p = reader_take(r, length);

        if (!p || length >= size || memchr(p, 0, length)) {
                r->bad = true;
                length = 0;
        } else
                memcpy(buffer, p, length);

        buffer[length] = 0;
}

int frame_decode_head(const void *data, size_t size, FrameHead *ret, FrameReader *ret_body) {
        FrameReader r = { .data = data, .size = size };
        FrameHead head;
        uint32_t magic;

        magic = frame_get_u32(&r);
        head.version = frame_get_u16(&r);
        head.type = frame_get_u16(&r);
        head.length = frame_get_u32(&r);
        head.serial = frame_get_u32(&r);
        if (r.bad || magic != FRAME_MAGIC || head.length != size)
                return -EBADMSG;

        *ret = head;
        *ret_body = r;
        return 0;
}

/* ---- writing ---- */

/* Room for `n` more bytes, or NULL when there is not so much: then the writer is bad for good. */
static inline uint8_t *writer_take(FrameWriter *w, size_t n) {
        uint8_t *p;

        if (w->bad || w->size - w->used < n) {
                w->bad = true;
                return NULL;
        }

        p = w->data + w->used;
        w->used += n;
        return p;
}

static void writer_bytes(FrameWriter *w, const void *data, size_t n) {
        uint8_t *p = writer_take(w, n);

        if (p)
                memcpy(p, data, n);
}

static inline void writer_number(FrameWriter *w, size_t n, uint64_t value) {
        uint8_t *p = writer_take(w, n);

        if (p)
                number_store(p, n, value);
}

FrameWriter frame_begin(void *buffer, size_t size, FrameType type, uint32_t serial) {
        FrameWriter w = { .data = buffer, .size = size };

        frame_put_u32(&w, FRAME_MAGIC);
        frame_put_u16(&w, FRAME_VERSION);
        frame_put_u16(&w, (uint16_t) type);
        frame_put_u32(&w, 0);
        frame_put_u32(&w, serial);
        return w;
}

void frame_put_u8(FrameWriter *w, uint8_t value) {
        writer_number(w, 1, value);
}

void frame_put_u16(FrameWriter *w, uint16_t value) {
        writer_number(w, 2, value);
}

void frame_put_u32(FrameWriter *w, uint32_t value) {
        writer_number(w, 4, value);
}

void frame_put_u64(FrameWriter *w, uint64_t value) {
        writer_number(w, 8, value);
}

void frame_put_string(FrameWriter *w, const char *s) {
        size_t length = strlen(s);

        if (length > UINT16_MAX) {
                w->bad = true;
                return;
        }

        frame_put_u16(w, (uint16_t) length);
        writer_bytes(w, s, length);
}

ssize_t frame_finish(FrameWriter *w) {
        return w->used > FRAME_SIZE_MAX ? -EMSGSIZE : frame_finish_long(w);
}

ssize_t frame_finish_long(FrameWriter *w) {
        if (w->bad || w->used > UINT32_MAX)
                return -EMSGSIZE;

        number_store(w->data + FRAME_LENGTH_OFFSET, 4, w->used);
        return (ssize_t) w->used;
}
