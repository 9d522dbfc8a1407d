/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What hagsd and hags-deactivate say to each other: see deactivate.h. The bodies are in its order. */

#include "wire/deactivate.h"

#include <errno.h>
#include <signal.h>

#include "wire/frame.h"

#define ERRNO_MAX 4095 /* as in the kernel */

/* The body of a frame that must be of `type`, in the one version that there is. */
static int open_frame(const void *data, size_t size, FrameType type, FrameReader *ret_body) {
        FrameHead head;
        int r;

        r = frame_decode_head(data, size, &head, ret_body);
        if (r < 0)
                return r;
        return head.version == FRAME_VERSION && head.type == type && head.serial == 0 ? 0 : -EBADMSG;
}

ssize_t deactivate_encode_request(const DeactivateRequest *request, void *buffer, size_t size) {
        FrameWriter w = frame_begin(buffer, size, FRAME_DEACTIVATE_REQUEST, 0);

        frame_put_u16(&w, request->limit);
        frame_put_u16(&w, request->provider.instance);
        frame_put_u16(&w, request->provider.node);
        frame_put_string(&w, request->group);
        frame_put_string(&w, request->flag);
        frame_put_string(&w, request->script);
        return frame_finish(&w);
}

int deactivate_decode_request(const void *data, size_t size, DeactivateRequest *ret) {
        DeactivateRequest request = { 0 };
        FrameReader body;
        int r;

        r = open_frame(data, size, FRAME_DEACTIVATE_REQUEST, &body);
        if (r < 0)
                return r;

        request.limit = frame_get_u16(&body);
        request.provider.instance = frame_get_u16(&body);
        request.provider.node = frame_get_u16(&body);
        frame_get_string(&body, request.group, sizeof(request.group));
        frame_get_string(&body, request.flag, sizeof(request.flag));
        frame_get_string(&body, request.script, sizeof(request.script));
        if (body.bad || body.size > 0 || request.provider.instance > GS_INSTANCE_MAX ||
                        request.provider.node > GS_NODE_MAX || !request.group[0] || !request.script[0])
                return -EBADMSG;

        *ret = request;
        return 0;
}

ssize_t deactivate_encode_answer(const DeactivateAnswer *answer, void *buffer, size_t size) {
        FrameWriter w = frame_begin(buffer, size, FRAME_DEACTIVATE_ANSWER, 0);

        frame_put_u16(&w, (uint16_t) answer->end);
        frame_put_u16(&w, answer->value);
        return frame_finish(&w);
}

static bool answer_is_sound(unsigned end, unsigned value) {
        switch (end) {
        case DEACTIVATE_EXITED:
                return value <= UINT8_MAX;
        case DEACTIVATE_KILLED:
                return value > 0 && value < NSIG;
        case DEACTIVATE_BY_LIMIT:
                return value == 0;
        case DEACTIVATE_NOT_STARTED:
                return value > 0 && value <= ERRNO_MAX;
        default:
                return false;
        }
}

int deactivate_decode_answer(const void *data, size_t size, DeactivateAnswer *ret) {
        unsigned end, value;
        FrameReader body;
        int r;

        r = open_frame(data, size, FRAME_DEACTIVATE_ANSWER, &body);
        if (r < 0)
                return r;

        end = frame_get_u16(&body);
        value = frame_get_u16(&body);
        if (body.bad || body.size > 0 || !answer_is_sound(end, value))
                return -EBADMSG;

        *ret = (DeactivateAnswer){ .end = (DeactivateEnd) end, .value = (uint16_t) value };
        return 0;
}
