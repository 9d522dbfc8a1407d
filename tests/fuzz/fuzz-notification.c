/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Any bytes as a notification: what decodes is within its frame, and encodes to the same bytes again. */

#include <stdlib.h>
#include <string.h>

#include "util/macro.h"
#include "wire/notification.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition) {
        if (!condition)
                abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_(freep) uint8_t *copy = malloc(size + 1), *again = NULL;
        NotificationFrame f;
        FrameReader body;
        FrameHead head;
        size_t room;

        if (!copy || size > NOTIFICATION_SIZE_MAX)
                return 0;
        memcpy(copy, data, size);
        if (frame_decode_head(copy, size, &head, &body) < 0 || notification_decode(&body, &f) < 0)
                return 0;

        require(f.list == NOTIFICATION_LIST_FULL || !f.n.current);
        room = notification_size(&f.n, f.list);
        require(room >= size && room <= size + 1024);
        again = malloc(room);
        require(again && notification_encode(&f.n, f.token, f.list, again, room) == (ssize_t) size);
        require(memcmp(again + FRAME_HEAD_SIZE, data + FRAME_HEAD_SIZE, size - FRAME_HEAD_SIZE) == 0);
        return 0;
}
