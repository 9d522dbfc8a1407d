/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The question for a report and its records: what they look like on the wire, and that nothing unsound
 * passes. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "report-examples.h"

#define SERIAL 0xdeadbeef

static uint8_t buffer[FRAME_SIZE_MAX];

/* ---- as they were ---- */

/* The question and a REPORT of all examples, one behind the other. */
static size_t encode_all(void) {
        FrameWriter w;
        ssize_t n;

        n = report_encode_question(&example_question, SERIAL, buffer, sizeof(buffer));
        assert_true(n > 0);
        w = frame_begin(buffer + n, sizeof(buffer) - (size_t) n, FRAME_REPORT, SERIAL);
        for (size_t i = 0; i < N_EXAMPLES; i++)
                assert_int_equal(report_put(&w, &example_records[i]), 0);
        return (size_t) (n + frame_finish(&w));
}

/* Version 1 never changes: where this test fails, REPORT_VERSION must rise. */
static void test_golden_frames(_unused_ void **state) {
        size_t size = encode_all(), n_golden;
        uint8_t golden[4096];
        FILE *f;

        f = fopen("tests/unit/report-v1.bin", "re"); /* tests run at the top of the tree */
        assert_non_null(f);
        n_golden = fread(golden, 1, sizeof(golden), f);
        (void) fclose(f);
        assert_int_equal(n_golden, size);
        assert_memory_equal(golden, buffer, size);
}

/* ---- there and back ---- */

static FrameReader body_of(const void *frame, size_t size, FrameType type) {
        FrameReader body;
        FrameHead head;

        assert_int_equal(frame_decode_head(frame, size, &head, &body), 0);
        assert_int_equal(head.type, type);
        assert_int_equal(head.serial, SERIAL);
        return body;
}

static void test_question_comes_back(_unused_ void **state) {
        ssize_t n = report_encode_question(&example_question, SERIAL, buffer, sizeof(buffer));
        FrameReader body = body_of(buffer, (size_t) n, FRAME_REPORT_QUESTION);
        ReportQuestion q;

        assert_int_equal(report_get_question(&body, &q), 0);
        assert_int_equal(q.parts, example_question.parts);
        assert_string_equal(q.group, example_question.group);
}

static size_t encode_one(const ReportRecord *record) {
        FrameWriter w = { .data = buffer, .size = sizeof(buffer) };

        assert_int_equal(report_put(&w, record), 0);
        assert_true(w.used <= REPORT_RECORD_MAX);
        return w.used;
}

/* The same bytes again, so also the same values: each has its own. */
static void test_records_come_back(_unused_ void **state) {
        uint8_t again[REPORT_RECORD_MAX];

        for (size_t i = 0; i < N_EXAMPLES; i++) {
                size_t size = encode_one(&example_records[i]);
                FrameReader body = { .data = buffer, .size = size };
                FrameWriter w = { .data = again, .size = sizeof(again) };
                ReportRecord record;

                memset(&record, 0xee, sizeof(record));
                assert_int_equal(report_get(&body, &record), 1);
                assert_int_equal(record.kind, example_records[i].kind);
                assert_int_equal(report_get(&body, &record), 0);
                assert_int_equal(report_put(&w, &record), 0);
                assert_int_equal(w.used, size);
                assert_memory_equal(again, buffer, size);
        }
}

static void test_values_come_back(_unused_ void **state) {
        FrameReader body = { .data = buffer, .size = encode_one(&example_records[2]) };
        ReportRecord r;

        assert_int_equal(report_get(&body, &r), 1);
        assert_string_equal(r.group.attributes.group, "theGroup");
        assert_true(r.group.fence == UINT64_C(0x30000000001c));
        assert_int_equal(r.group.state.size, 5);
        assert_memory_equal(r.group.state.data, "value", 5);
        assert_int_equal(r.group.protocol.request, GS_EXPEL);
        assert_int_equal(r.group.protocol.proposed_by.node, 39);
        assert_memory_equal(r.group.protocol.proposed_state.data, "proposed", 8);
}

/* ---- what is refused ---- */

static void test_every_truncation_is_refused(_unused_ void **state) {
        uint8_t copy[REPORT_RECORD_MAX];
        ReportRecord record;

        for (size_t i = 0; i < N_EXAMPLES; i++) {
                size_t size = encode_one(&example_records[i]);

                for (size_t n = 1; n < size; n++) {
                        FrameReader body = { .data = memcpy(copy, buffer, n), .size = n };

                        assert_int_equal(report_get(&body, &record), -EBADMSG);
                        assert_int_equal(report_get(&body, &record), -EBADMSG);
                }
        }
}

static void test_question_is_strict(_unused_ void **state) {
        size_t size = (size_t) report_encode_question(&example_question, SERIAL, buffer, sizeof(buffer));
        ReportQuestion q;
        FrameReader body;

        for (size_t n = 0; n < size - FRAME_HEAD_SIZE; n++) {
                body = (FrameReader){ .data = buffer + FRAME_HEAD_SIZE, .size = n };
                assert_int_equal(report_get_question(&body, &q), -EBADMSG);
        }
        body = (FrameReader){ .data = buffer + FRAME_HEAD_SIZE, .size = size - FRAME_HEAD_SIZE + 1 };
        assert_int_equal(report_get_question(&body, &q), -EBADMSG);

        body = (FrameReader){ .data = buffer + FRAME_HEAD_SIZE, .size = size - FRAME_HEAD_SIZE };
        buffer[FRAME_HEAD_SIZE + 2] = _REPORT_ALL + 1;
        assert_int_equal(report_get_question(&body, &q), -EBADMSG);
}

/* Of a later version nothing but that is known: its question may be longer. */
static void test_question_of_another_version(_unused_ void **state) {
        size_t size = (size_t) report_encode_question(&example_question, SERIAL, buffer, sizeof(buffer));
        FrameReader body = { .data = buffer + FRAME_HEAD_SIZE, .size = size - FRAME_HEAD_SIZE + 7 };
        ReportQuestion q;

        buffer[FRAME_HEAD_SIZE]++;
        assert_int_equal(report_get_question(&body, &q), REPORT_E_VERSION);
}

static void refuses(const ReportRecord *record) {
        FrameWriter w = { .data = buffer, .size = sizeof(buffer) };

        assert_int_equal(report_put(&w, record), -EINVAL);
        assert_int_equal(w.used, 0);
        assert_false(w.bad);
}

static void test_what_no_decoder_takes_is_not_encoded(_unused_ void **state) {
        static const char large[GS_STATE_MAX + 1];
        ReportRecord r;

        r = example_records[0];
        r.domain.state = _DOMAIN_STATE_MAX;
        refuses(&r);
        r = example_records[0];
        memset(r.domain.release, 'x', sizeof(r.domain.release));
        refuses(&r);
        r = example_records[1];
        r.node.number = GS_NODE_MAX + 1;
        refuses(&r);
        r = example_records[2];
        r.group.state = (GsBytes){ large, sizeof(large) };
        refuses(&r);
        r = example_records[2];
        r.group.protocol.request = GS_RESPONSIVENESS;
        refuses(&r);
        r = example_records[3];
        r.provider.ballot = _REPORT_BALLOT_MAX;
        refuses(&r);
        r = example_records[3];
        r.provider.pid = -1;
        refuses(&r);
        refuses(&(ReportRecord){ .kind = 0 });
        refuses(&(ReportRecord){ .kind = _REPORT_KIND_MAX });
}

/* The byte at an offset is out of its bounds. */
static void bad_byte(size_t record, size_t offset, uint8_t value) {
        FrameReader body = { .data = buffer, .size = encode_one(&example_records[record]) };
        ReportRecord r;

        buffer[offset] = value;
        assert_int_equal(report_get(&body, &r), -EBADMSG);
}

static void test_what_is_unsound_is_not_taken(_unused_ void **state) {
        bad_byte(0, 0, 0);                   /* kind */
        bad_byte(0, 0, _REPORT_KIND_MAX);    /* kind */
        bad_byte(0, 3, '/');                 /* in the name of the partition */
        bad_byte(1, 2, 0xff);                /* node number */
        bad_byte(3, 4, 0xff);                /* node of a provider */
        bad_byte(3, 25, 2);                  /* target */
        bad_byte(3, 26, _REPORT_BALLOT_MAX); /* ballot */
        bad_byte(3, 27, _GS_VOTE_MAX);       /* vote */
        bad_byte(3, 31, 0x80);               /* PID */
}

static void test_no_room_changes_nothing(_unused_ void **state) {
        uint8_t small[64] = { 0 };
        FrameWriter w = { .data = small, .size = sizeof(small) };

        assert_int_equal(report_put(&w, &example_records[1]), 0);
        assert_int_equal(w.used, 11);
        assert_int_equal(report_put(&w, &example_records[2]), -EMSGSIZE);
        assert_int_equal(w.used, 11);
        assert_int_equal(report_put(&w, &example_records[1]), 0);
        assert_int_equal(w.used, 22);
}

static void test_largest_record_is_within_its_bound(_unused_ void **state) {
        static const char bytes[GS_STATE_MAX];
        ReportRecord r = example_records[2];

        memset(r.group.attributes.group, 'x', GS_GROUP_NAME_MAX);
        memset(r.group.attributes.source, 'x', GS_GROUP_NAME_MAX);
        r.group.state = r.group.protocol.proposed_state = (GsBytes){ bytes, sizeof(bytes) };
        (void) encode_one(&r);
}

/* ---- fencing numbers ---- */

static void test_fence_grows(_unused_ void **state) {
        NodeId first = { .number = 3, .incarnation = 7 }, second = { .number = 3, .incarnation = 8 };

        assert_true(report_fence(first, 0) == 0);
        assert_true(report_fence(first, 1) > 0);
        assert_true(report_fence(first, 2) > report_fence(first, 1));
        assert_true(report_fence(second, 1) > report_fence(first, UINT64_C(1) << 43));
        assert_true(report_fence((NodeId){ .incarnation = (1 << 19) - 1 }, UINT64_C(1) << 43) <= INT64_MAX);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_golden_frames),
                cmocka_unit_test(test_question_comes_back),
                cmocka_unit_test(test_records_come_back),
                cmocka_unit_test(test_values_come_back),
                cmocka_unit_test(test_every_truncation_is_refused),
                cmocka_unit_test(test_question_is_strict),
                cmocka_unit_test(test_question_of_another_version),
                cmocka_unit_test(test_what_no_decoder_takes_is_not_encoded),
                cmocka_unit_test(test_what_is_unsound_is_not_taken),
                cmocka_unit_test(test_no_room_changes_nothing),
                cmocka_unit_test(test_largest_record_is_within_its_bound),
                cmocka_unit_test(test_fence_grows),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
