/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Layouts that read and write by the same function: see codec.h. */

#include "wire/codec.h"

#include <endian.h>
#include <string.h>

void code_bool(Codec *c, bool *v) {
        uint8_t byte = c->r ? 0 : *v;

        code_u8(c, &byte);
        if (byte > 1)
                c->invalid = true;
        if (c->r)
                *v = byte;
}

/* An enumeration or a small number: a byte from `min` to `max`. */
unsigned code_ranged(Codec *c, unsigned value, unsigned min, unsigned max) {
        uint8_t byte = value;

        if (c->w && value > UINT8_MAX)
                c->invalid = true;
        code_u8(c, &byte);
        if (byte < min || byte > max)
                c->invalid = true;
        return byte;
}

void code_bounded(Codec *c, uint16_t *v, uint16_t max) {
        code_u16(c, v);
        if (*v > max)
                c->invalid = true;
}

void code_bytes(Codec *c, GsBytes *v, uint32_t min, uint32_t max) {
        uint16_t size = c->r ? 0 : v->size;

        if (c->w && (v->size < min || v->size > max)) {
                c->invalid = true;
                return;
        }
        code_u16(c, &size);
        if (c->w) {
                if (c->w->bad || size > c->w->size - c->w->used) {
                        c->w->bad = true;
                        return;
                }
                if (size > 0)
                        memcpy(c->w->data + c->w->used, v->data, size);
                c->w->used += size;
                return;
        }
        if (size < min || size > max || size > c->r->size) {
                c->r->bad = true;
                *v = (GsBytes){};
                return;
        }
        *v = (GsBytes){ .data = size > 0 ? c->r->data : NULL, .size = size };
        c->r->data += size;
        c->r->size -= size;
}

void code_name(Codec *c, char *name) {
        if (c->r)
                frame_get_string(c->r, name, GS_GROUP_NAME_MAX + 1);
        else if (strnlen(name, GS_GROUP_NAME_MAX + 1) > GS_GROUP_NAME_MAX)
                c->invalid = true;
        else
                frame_put_string(c->w, name);
}

void code_node(Codec *c, NodeId *v) {
        code_bounded(c, &v->number, GS_NODE_MAX);
        code_u64(c, &v->incarnation);
}

void code_provider(Codec *c, GsProvider *v) {
        code_bounded(c, &v->instance, GS_INSTANCE_MAX);
        code_bounded(c, &v->node, GS_NODE_MAX);
}

void code_attributes(Codec *c, GsAttributes *v) {
        uint16_t version = c->r ? 0 : (uint16_t) v->client_version;

        code_u16(c, &version);
        v->client_version = (int16_t) version;
        v->batch_control = code_ranged(c, v->batch_control, 0, GS_BATCH_BOTH | GS_DEACTIVATE_ON_FAILURE);
        v->num_phases = code_ranged(c, v->num_phases, GS_1_PHASE, GS_N_PHASE);
        v->reflection_num_phases = code_ranged(c, v->reflection_num_phases, GS_1_PHASE, GS_N_PHASE);
        v->default_vote = code_ranged(c, v->default_vote, GS_VOTE_NULL, GS_VOTE_REJECT);
        v->merge_control = code_ranged(c, v->merge_control, GS_DISSOLVE_MERGE, GS_DONTCARE_MERGE);
        code_u16(c, &v->time_limit);
        code_u16(c, &v->reflection_time_limit);
        code_name(c, v->group);
        code_name(c, v->source);
}

#if __BYTE_ORDER == __BIG_ENDIAN
static void swap(void *data, size_t n, unsigned width) {
        for (size_t i = 0; i < n; i++)
                if (width == sizeof(uint16_t))
                        ((uint16_t *) data)[i] = le16toh(((uint16_t *) data)[i]);
                else
                        ((uint32_t *) data)[i] = le32toh(((uint32_t *) data)[i]);
}
#else
static void swap(_unused_ void *data, _unused_ size_t n, _unused_ unsigned width) {
}
#endif

const void *code_array(Codec *c, const void *array, uint32_t n, unsigned n_words, unsigned width) {
        size_t words = (size_t) n * n_words, size = words * width;
        void *p;

        if (c->r) {
                if (c->r->bad || size > c->r->size || (uintptr_t) c->r->data % width != 0) {
                        c->r->bad = true;
                        return NULL;
                }
                p = (void *) c->r->data;
                c->r->data += size;
                c->r->size -= size;
                swap(p, words, width);
                return n > 0 ? p : NULL;
        }

        if (c->w->bad || size > c->w->size - c->w->used) {
                c->w->bad = true;
                return array;
        }
        if (n > 0) {
                p = memcpy(c->w->data + c->w->used, array, size);
                swap(p, words, width);
        }
        c->w->used += size;
        return array;
}
