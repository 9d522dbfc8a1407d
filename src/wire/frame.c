/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The frame head and the codec that all frames are made of: see frame.h for the layout. */

#include "wire/frame.h"

#include <errno.h>
#include <string.h>

#define FRAME_MAGIC UINT32_C(0x53474148) /* "HAGS", its first letter in the lowest byte */
#define FRAME_LENGTH_OFFSET 8

void frame_get_string(FrameReader *r, char *buffer, size_t size) {
        size_t length = frame_get_u16(r);
        const uint8_t *p = frame_take(r, length);

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

FrameWriter frame_begin(void *buffer, size_t size, FrameType type, uint32_t serial) {
        FrameWriter w = { .data = buffer, .size = size };

        frame_put_u32(&w, FRAME_MAGIC);
        frame_put_u16(&w, FRAME_VERSION);
        frame_put_u16(&w, (uint16_t) type);
        frame_put_u32(&w, 0);
        frame_put_u32(&w, serial);
        return w;
}

void frame_put_string(FrameWriter *w, const char *s) {
        size_t length = strlen(s);

        if (length > UINT16_MAX) {
                w->bad = true;
                return;
        }

        frame_put_u16(w, (uint16_t) length);
        frame_put(w, s, length);
}

ssize_t frame_finish(FrameWriter *w) {
        return w->used > FRAME_SIZE_MAX ? -EMSGSIZE : frame_finish_long(w);
}

ssize_t frame_finish_long(FrameWriter *w) {
        uint32_t length = htole32((uint32_t) w->used);

        if (w->bad || w->used > UINT32_MAX)
                return -EMSGSIZE;

        memcpy(w->data + FRAME_LENGTH_OFFSET, &length, sizeof(length));
        return (ssize_t) w->used;
}
