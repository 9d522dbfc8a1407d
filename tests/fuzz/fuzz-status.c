/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any bytes as a datagram from the client socket. The decoders must take or refuse them without reading
 * outside, and an answer that was taken must be sound and encode to the very same bytes: there is one way
 * only to write a status.
 */

#include <stdlib.h>
#include <string.h>

#include "wire/status.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition) {
        if (!condition)
                abort();
}

static void check_answer(const FrameHead *head, FrameReader body, const uint8_t *data, size_t size) {
        static uint8_t buffer[FRAME_SIZE_MAX];
        static Status status;

        if (status_decode(&body, &status) < 0)
                return;

        require(syspar_name_is_valid(status.syspar));
        require(strlen(status.log_path) <= STATUS_PATH_MAX);
        require(domain_state_to_string(status.domain_state) && trace_level_to_string(status.trace));
        require(status.n_up_nodes <= STATUS_NODES_MAX);

        if (head->version != FRAME_VERSION)
                return;
        require(status_encode(&status, head->serial, buffer, sizeof(buffer)) == (ssize_t) size);
        require(memcmp(buffer, data, size) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        FrameReader body;
        FrameHead head;

        if (frame_decode_head(data, size, &head, &body) < 0)
                return 0;

        require(head.length == size && body.size == size - FRAME_HEAD_SIZE && !body.bad);
        if (head.type == FRAME_STATUS_ANSWER)
                check_answer(&head, body, data, size);
        return 0;
}
