/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any bytes as a datagram between hagsd and hags-deactivate. What is taken must be within its bounds and
 * encode to the very same bytes.
 */

#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "wire/deactivate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition) {
        if (!condition)
                abort();
}

static void require_same(const void *buffer, ssize_t n, const uint8_t *data, size_t size) {
        require(n == (ssize_t) size);
        require(memcmp(buffer, data, size) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        char buffer[DEACTIVATE_FRAME_MAX];
        DeactivateRequest request;
        DeactivateAnswer answer;

        if (deactivate_decode_request(data, size, &request) >= 0) {
                require(request.group[0] && strlen(request.group) <= GS_GROUP_NAME_MAX);
                require(strlen(request.flag) <= GS_FLAG_MAX);
                require(request.script[0] && strlen(request.script) <= DEACTIVATE_SCRIPT_MAX);
                require(request.provider.instance <= GS_INSTANCE_MAX &&
                                request.provider.node <= GS_NODE_MAX);
                require_same(buffer, deactivate_encode_request(&request, buffer, sizeof(buffer)), data,
                                size);
        }
        if (deactivate_decode_answer(data, size, &answer) >= 0) {
                require(answer.end < _DEACTIVATE_END_MAX);
                require(answer.end != DEACTIVATE_KILLED || answer.value < NSIG);
                require_same(buffer, deactivate_encode_answer(&answer, buffer, sizeof(buffer)), data, size);
        }
        return 0;
}
