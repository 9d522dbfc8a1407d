/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any bytes as a question for a report, and as an answer to one, in as many frames as they have: the
 * decoders take or refuse them without reading outside, what was taken encodes to the very same bytes, and
 * the answer that is put together holds together.
 */

#include <stdlib.h>
#include <string.h>

#include "ask/answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition) {
        if (!condition)
                abort();
}

static void check_question(const FrameHead *head, FrameReader body, const uint8_t *data, size_t size) {
        uint8_t again[128];
        ReportQuestion q;

        if (report_get_question(&body, &q) != 0 || head->version != FRAME_VERSION)
                return;
        require(strlen(q.group) <= GS_GROUP_NAME_MAX);
        require(report_encode_question(&q, head->serial, again, sizeof(again)) == (ssize_t) size);
        require(memcmp(again, data, size) == 0);
}

static void check_records(FrameReader body) {
        ReportRecord record;
        const uint8_t *from = body.data;

        while (report_get(&body, &record) > 0) {
                uint8_t again[REPORT_RECORD_MAX];
                FrameWriter w = { .data = again, .size = sizeof(again) };

                require(report_put(&w, &record) == 0);
                require(w.used == (size_t) (body.data - from) && memcmp(again, from, w.used) == 0);
                from = body.data;
        }
}

/* Of a whole answer everybody in a group is found through it. */
static void check_answer(const Answer *a) {
        uint32_t n_providers = 0, n_subscribers = 0;

        for (uint32_t i = 0; i < a->n_groups; i++) {
                const AnswerGroup *g = &a->groups[i];

                require(g->provider == n_providers && g->subscriber == n_subscribers);
                n_providers += g->n_providers;
                n_subscribers += g->n_subscribers;
                require((answer_providers(a, g) == NULL) == (g->n_providers == 0));
        }
        require(n_providers == a->n_providers && n_subscribers == a->n_subscribers);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_(answer_done) Answer a = {};
        int r = 0;

        while (size >= FRAME_HEAD_SIZE && r == 0) {
                size_t length = (size_t) data[8] | (size_t) data[9] << 8;
                FrameReader body;
                FrameHead head;

                if (length > size || frame_decode_head(data, length, &head, &body) < 0)
                        break;
                if (head.type == FRAME_REPORT_QUESTION)
                        check_question(&head, body, data, length);
                if (head.type == FRAME_REPORT) {
                        check_records(body);
                        r = answer_take(&a, body);
                }
                data += length;
                size -= length;
        }
        if (r > 0)
                check_answer(&a);
        return 0;
}
