/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The frame of a notification: see notification.h. */

#include "wire/notification.h"

#include <errno.h>

#include "wire/codec.h"

/*
 * Which of the optional parts follow. The fixed part, up to the lists, is a multiple of 4 bytes long, so
 * that these are aligned in the frame.
 */
enum {
        HAS_N_PHASE = 0x01,
        HAS_VOTE = 0x02,
        HAS_LEAVES = 0x04,
        HAS_DEATHS = 0x08,
        HAS_ATTRIBUTES = 0x10,
        _HAS_ALL = 0x1f,
};

#define FIXED_SIZE_MAX 512 /* all but lists and bytes */

static uint8_t parts_of(const GsNotification *n) {
        bool changing = n->n_changing > 0;

        return (n->n_phase ? HAS_N_PHASE : 0) | (n->votes ? HAS_VOTE : 0) |
               (changing && n->leaves ? HAS_LEAVES : 0) | (changing && n->deaths ? HAS_DEATHS : 0) |
               (n->attributes ? HAS_ATTRIBUTES : 0);
}

static void code_fixed(Codec *c, NotificationFrame *f, uint8_t *parts) {
        GsNotification *n = &f->n;
        uint32_t token = (uint32_t) f->token;

        code_u32(c, &token);
        f->token = (int32_t) token;
        n->type = code_ranged(c, n->type, 0, GS_MERGE_NOTIFICATION);
        n->request = code_ranged(c, n->request, 0, _GS_REQUEST_MAX - 1);
        f->list = code_ranged(c, f->list, 0, _NOTIFICATION_LIST_MAX - 1);
        code_u8(c, parts);
        if (*parts & ~_HAS_ALL)
                c->invalid = true;
        code_u64(c, &n->group);
        code_u64(c, &n->protocol);
        code_u32(c, &n->phase);
        code_u32(c, &n->summary);
        code_u32(c, &n->whats_changed);
        code_u32(c, &n->subscription_type);
        code_u32(c, &n->deactivate_phase);
        code_provider(c, &n->proposed_by);
        code_u32(c, &n->n_current);
        code_u32(c, &n->n_changing);
        if (n->n_changing == 0 && *parts & (HAS_LEAVES | HAS_DEATHS))
                c->invalid = true;
}

/* Lists of a frame; their sizes are checked against what is left of it, whatever the counts say. */
static void code_lists(Codec *c, NotificationFrame *f, uint8_t parts) {
        GsNotification *n = &f->n;

        if (f->list == NOTIFICATION_LIST_FULL)
                n->current = code_array(c, n->current, n->n_current, 2, sizeof(uint16_t));
        n->changing = code_array(c, n->changing, n->n_changing, 2, sizeof(uint16_t));
        if (parts & HAS_LEAVES)
                n->leaves = code_array(c, n->leaves, n->n_changing, 2, sizeof(uint32_t));
        if (parts & HAS_DEATHS)
                n->deaths = code_array(c, n->deaths, n->n_changing, 1, sizeof(uint32_t));
}

static void code_values(Codec *c, NotificationFrame *f, uint8_t parts) {
        GsNotification *n = &f->n;

        code_u16(c, &n->time_limit);
        code_bytes(c, &n->deactivate_flag, 0, GS_FLAG_MAX);
        code_bytes(c, &n->state, 0, GS_STATE_MAX);
        code_bytes(c, &n->proposed_state, 0, GS_STATE_MAX);
        code_bytes(c, &n->source_state, 0, GS_STATE_MAX);
        code_bytes(c, &n->message, 0, GS_MESSAGE_MAX);
        if (parts & HAS_ATTRIBUTES)
                code_attributes(c, &f->attributes);
}

size_t notification_size(const GsNotification *n, NotificationList list) {
        size_t changing = sizeof(GsProvider) + (n->leaves ? sizeof(GsLeave) : 0) +
                          (n->deaths ? sizeof(uint32_t) : 0);

        return FRAME_HEAD_SIZE + FIXED_SIZE_MAX + (size_t) n->n_changing * changing +
               (list == NOTIFICATION_LIST_FULL ? (size_t) n->n_current * sizeof(GsProvider) : 0) +
               n->deactivate_flag.size + n->state.size + n->proposed_state.size + n->source_state.size +
               n->message.size;
}

ssize_t notification_encode(
                const GsNotification *n, int32_t token, NotificationList list, void *buffer, size_t size) {
        FrameWriter w = frame_begin(buffer, size, FRAME_NOTIFICATION, 0);
        NotificationFrame f = { .token = token, .list = list, .n = *n };
        uint8_t parts = parts_of(n);
        Codec c = { .w = &w };

        if (n->attributes)
                f.attributes = *n->attributes;
        code_fixed(&c, &f, &parts);
        code_lists(&c, &f, parts);
        code_values(&c, &f, parts);
        return c.invalid ? -EINVAL : frame_finish_long(&w);
}

void notification_set_token(void *frame, int32_t token) {
        FrameWriter w = { .data = frame, .size = FRAME_HEAD_SIZE + sizeof(token), .used = FRAME_HEAD_SIZE };

        frame_put_u32(&w, (uint32_t) token);
}

int notification_decode(FrameReader *body, NotificationFrame *ret) {
        Codec c = { .r = body };
        uint8_t parts = 0;

        *ret = (NotificationFrame){};
        code_fixed(&c, ret, &parts);
        code_lists(&c, ret, parts);
        code_values(&c, ret, parts);
        if (body->bad || c.invalid || body->size > 0)
                return -EBADMSG;

        ret->n.n_phase = parts & HAS_N_PHASE;
        ret->n.votes = parts & HAS_VOTE;
        if (parts & HAS_ATTRIBUTES)
                ret->n.attributes = &ret->attributes;
        return 0;
}
