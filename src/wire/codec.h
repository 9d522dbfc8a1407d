/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * For layouts that are written down once, as a function that either reads or writes: so what is decoded
 * encodes to the same bytes by construction. Values out of their bounds are `invalid` in both directions;
 * too few bytes, or too little room, are `bad` in the reader or writer.
 */

#include <stdbool.h>

#include "util/macro.h"
#include "wire/frame.h"
#include "wire/gs.h"

/* Exactly one of r and w is set. Writing never touches what the pointers point to. */
typedef struct Codec {
        FrameReader *r;
        FrameWriter *w;
        bool invalid; /* a value out of its bounds */
} Codec;

static inline void code_u8(Codec *c, uint8_t *v) {
        if (c->r)
                *v = frame_get_u8(c->r);
        else
                frame_put_u8(c->w, *v);
}

static inline void code_u16(Codec *c, uint16_t *v) {
        if (c->r)
                *v = frame_get_u16(c->r);
        else
                frame_put_u16(c->w, *v);
}

static inline void code_u32(Codec *c, uint32_t *v) {
        if (c->r)
                *v = frame_get_u32(c->r);
        else
                frame_put_u32(c->w, *v);
}

static inline void code_u64(Codec *c, uint64_t *v) {
        if (c->r)
                *v = frame_get_u64(c->r);
        else
                frame_put_u64(c->w, *v);
}

void code_bool(Codec *c, bool *v);
/* An enumeration or a small number: a byte from `min` to `max`. Returns what was read. */
unsigned code_ranged(Codec *c, unsigned value, unsigned min, unsigned max);
void code_bounded(Codec *c, uint16_t *v, uint16_t max);
/* A u16 length and the bytes; read ones point into the frame. */
void code_bytes(Codec *c, GsBytes *v, uint32_t min, uint32_t max);
/* A group's name, of GS_GROUP_NAME_MAX bytes at most. */
void code_name(Codec *c, char *name);
void code_node(Codec *c, NodeId *v);
void code_provider(Codec *c, GsProvider *v);
void code_attributes(Codec *c, GsAttributes *v);

/*
 * `n` elements of `n_words` words of `width` bytes (2 or 4) each, without padding. What is read is not
 * copied: the bytes in the frame are brought into this machine's order in their place, and pointed to; so
 * they must be aligned there, and be writable.
 */
const void *code_array(Codec *c, const void *array, uint32_t n, unsigned n_words, unsigned width);
