/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The decoder of the stream: any bytes give events or an error, and what decodes encodes to the same bytes
 * again. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "util/macro.h"
#include "wire/event.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void encode_again(const EventHead *head, FrameReader body, const uint8_t *data, size_t size) {
        _cleanup_(freep) uint8_t *buffer = malloc(EVENT_MULTICAST_MAX);
        FrameWriter w = event_begin(buffer, EVENT_MULTICAST_MAX, head);
        Event event;
        int r;

        while ((r = event_get(&body, head->sender, &event)) > 0)
                if (event_put(&w, &event) != 0)
                        abort();
        if (r < 0)
                return;
        if (event_finish(&w) != (ssize_t) size || memcmp(buffer, data, size) != 0)
                abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        FrameReader body;
        EventHead head;

        if (event_decode_head(data, size, &head, &body) == 0)
                encode_again(&head, body, data, size);
        return 0;
}
