/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The frame head and the codec under it. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/macro.h"
#include "wire/frame.h"

/* What version 1 looks like on the wire, for ever: a status question, serial 0x04030201. */
static const uint8_t golden_question[] = {
        'H', 'A', 'G', 'S', 1, 0, 1, 0, 16, 0, 0, 0, 1, 2, 3, 4,
};

/* And a refusal for too many connections, serial 7. */
static const uint8_t golden_refusal[] = {
        'H', 'A', 'G', 'S', 1, 0, 3, 0, 18, 0, 0, 0, 7, 0, 0, 0, 2, 0,
};

static void test_golden_question_is_written(void **state _unused_) {
        uint8_t buffer[64];
        FrameWriter w = frame_begin(buffer, sizeof(buffer), FRAME_STATUS_QUESTION, 0x04030201);

        assert_int_equal(frame_finish(&w), sizeof(golden_question));
        assert_memory_equal(buffer, golden_question, sizeof(golden_question));
}

static void test_golden_refusal_is_written_and_read(void **state _unused_) {
        uint8_t buffer[64];
        FrameWriter w = frame_begin(buffer, sizeof(buffer), FRAME_REFUSED, 7);
        FrameReader body;
        FrameHead head;

        frame_put_u16(&w, FRAME_REFUSED_CONNECTIONS);
        assert_int_equal(frame_finish(&w), sizeof(golden_refusal));
        assert_memory_equal(buffer, golden_refusal, sizeof(golden_refusal));

        assert_int_equal(frame_decode_head(golden_refusal, sizeof(golden_refusal), &head, &body), 0);
        assert_int_equal(head.version, 1);
        assert_int_equal(head.type, FRAME_REFUSED);
        assert_int_equal(head.length, sizeof(golden_refusal));
        assert_int_equal(head.serial, 7);
        assert_int_equal(frame_get_u16(&body), FRAME_REFUSED_CONNECTIONS);
        assert_int_equal(body.size, 0);
        assert_false(body.bad);
}

static void test_any_version_and_type_is_decoded_for_the_caller_to_judge(void **state _unused_) {
        uint8_t data[sizeof(golden_question)];
        FrameReader body;
        FrameHead head;

        memcpy(data, golden_question, sizeof(data));
        data[4] = 0xfe;
        data[5] = 0xff;
        data[6] = 0xcd;
        data[7] = 0xab;
        assert_int_equal(frame_decode_head(data, sizeof(data), &head, &body), 0);
        assert_int_equal(head.version, 0xfffe);
        assert_int_equal(head.type, 0xabcd);
}

static void assert_no_frame(const uint8_t *data, size_t size) {
        /* The bytes lie at the end of an allocation: a sanitizer sees it if one behind them is read. */
        _cleanup_(freep) uint8_t *copy = malloc(size ? size : 1);
        FrameHead head = { .serial = 4711 };
        FrameReader body = { .size = 4711 };

        assert_non_null(copy);
        memcpy(copy, data, size);
        assert_int_equal(frame_decode_head(copy, size, &head, &body), -EBADMSG);
        assert_int_equal(head.serial, 4711);
        assert_int_equal(body.size, 4711);
}

static void test_every_truncation_is_refused(void **state _unused_) {
        for (size_t n = 0; n < sizeof(golden_refusal); n++)
                assert_no_frame(golden_refusal, n);
}

static void test_trailing_byte_is_refused(void **state _unused_) {
        uint8_t data[sizeof(golden_question) + 1] = { 0 };

        memcpy(data, golden_question, sizeof(golden_question));
        assert_no_frame(data, sizeof(data));
}

static void test_every_wrong_magic_byte_is_refused(void **state _unused_) {
        for (size_t i = 0; i < 4; i++) {
                uint8_t data[sizeof(golden_question)];

                memcpy(data, golden_question, sizeof(data));
                data[i] ^= 0x20;
                assert_no_frame(data, sizeof(data));
        }
}

static void test_numbers_keep_their_value(void **state _unused_) {
        static const uint8_t golden[] = {
                0xfe, 0xfd, 0xfc, 0x04, 0x03, 0x02, 0x81, 0x08, 0x07, 0x06, 0x05, 0x04, 0x03, 0x02, 0xff,
        };
        uint8_t buffer[64];
        FrameWriter w = frame_begin(buffer, sizeof(buffer), FRAME_STATUS_ANSWER, 0);
        FrameReader r;
        FrameHead head;
        ssize_t n;

        frame_put_u8(&w, 0xfe);
        frame_put_u16(&w, 0xfcfd);
        frame_put_u32(&w, 0x81020304);
        frame_put_u64(&w, UINT64_C(0xff02030405060708));
        n = frame_finish(&w);
        assert_int_equal(n, FRAME_HEAD_SIZE + sizeof(golden));
        assert_memory_equal(buffer + FRAME_HEAD_SIZE, golden, sizeof(golden));

        assert_int_equal(frame_decode_head(buffer, (size_t) n, &head, &r), 0);
        assert_int_equal(frame_get_u8(&r), 0xfe);
        assert_int_equal(frame_get_u16(&r), 0xfcfd);
        assert_int_equal(frame_get_u32(&r), 0x81020304);
        assert_true(frame_get_u64(&r) == UINT64_C(0xff02030405060708));
        assert_false(r.bad);
}

static void test_reader_stays_bad_after_a_short_read(void **state _unused_) {
        static const uint8_t data[] = { 1, 2, 3 };
        FrameReader r = { .data = data, .size = sizeof(data) };

        assert_int_equal(frame_get_u32(&r), 0);
        assert_true(r.bad);
        assert_int_equal(frame_get_u8(&r), 0);
        assert_true(r.bad);
}

/* Read `data` as a string into a buffer of 4 bytes with guards around it. */
static bool get_string(const uint8_t *data, size_t size, char *ret) {
        FrameReader r = { .data = data, .size = size };
        char guarded[6] = "<\1\1\1\1>";

        frame_get_string(&r, guarded + 1, 4);
        assert_int_equal(guarded[0], '<');
        assert_int_equal(guarded[5], '>');
        assert_true(strlen(guarded + 1) < 4);
        memcpy(ret, guarded + 1, 4);
        return !r.bad;
}

static void test_string_fits_or_is_bad(void **state _unused_) {
        static const uint8_t fits[] = { 3, 0, 'a', 'b', 'c' };
        static const uint8_t empty[] = { 0, 0 };
        static const uint8_t too_long[] = { 4, 0, 'a', 'b', 'c', 'd' };
        static const uint8_t cut[] = { 3, 0, 'a', 'b' };
        static const uint8_t no_length[] = { 3 };
        static const uint8_t with_nul[] = { 3, 0, 'a', 0, 'c' };
        char s[4];

        assert_true(get_string(fits, sizeof(fits), s));
        assert_string_equal(s, "abc");
        assert_true(get_string(empty, sizeof(empty), s));
        assert_string_equal(s, "");

        assert_false(get_string(too_long, sizeof(too_long), s));
        assert_string_equal(s, "");
        assert_false(get_string(cut, sizeof(cut), s));
        assert_string_equal(s, "");
        assert_false(get_string(no_length, sizeof(no_length), s));
        assert_false(get_string(with_nul, sizeof(with_nul), s));
}

static void test_writer_never_leaves_its_buffer(void **state _unused_) {
        for (size_t size = 0; size < FRAME_HEAD_SIZE + 2 + 5; size++) {
                _cleanup_(freep) uint8_t *buffer = malloc(size ? size : 1);
                FrameWriter w;

                assert_non_null(buffer);
                w = frame_begin(buffer, size, FRAME_STATUS_ANSWER, 0);
                frame_put_string(&w, "12345");
                assert_int_equal(frame_finish(&w), -EMSGSIZE);
        }
}

static void test_writer_stays_bad_even_if_a_later_number_would_fit(void **state _unused_) {
        uint8_t buffer[FRAME_HEAD_SIZE + 2];
        FrameWriter w = frame_begin(buffer, sizeof(buffer), FRAME_REFUSED, 0);

        frame_put_u32(&w, 1);
        frame_put_u16(&w, 1);
        assert_int_equal(frame_finish(&w), -EMSGSIZE);
}

static void test_string_longer_than_its_length_field_is_refused(void **state _unused_) {
        size_t length = UINT16_MAX + 1;
        _cleanup_(freep) char *text = malloc(length + 1);
        _cleanup_(freep) uint8_t *buffer = malloc(2 * length);
        FrameWriter w;

        assert_non_null(text);
        assert_non_null(buffer);
        memset(text, 'x', length);
        text[length] = 0;

        w = frame_begin(buffer, 2 * length, FRAME_STATUS_ANSWER, 0);
        frame_put_string(&w, text);
        assert_int_equal(frame_finish(&w), -EMSGSIZE);
}

/* A frame of exactly `size` bytes in a buffer that has room for more. */
static ssize_t finish_frame_of(size_t size) {
        _cleanup_(freep) uint8_t *buffer = malloc(2 * FRAME_SIZE_MAX);
        FrameWriter w;

        assert_non_null(buffer);
        w = frame_begin(buffer, 2 * FRAME_SIZE_MAX, FRAME_STATUS_ANSWER, 0);
        for (size_t i = FRAME_HEAD_SIZE; i < size; i++)
                frame_put_u8(&w, 0);
        return frame_finish(&w);
}

static void test_largest_frame_is_64_kib(void **state _unused_) {
        assert_int_equal(finish_frame_of(FRAME_SIZE_MAX), 65536);
        assert_int_equal(finish_frame_of(FRAME_SIZE_MAX + 1), -EMSGSIZE);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_golden_question_is_written),
                cmocka_unit_test(test_golden_refusal_is_written_and_read),
                cmocka_unit_test(test_any_version_and_type_is_decoded_for_the_caller_to_judge),
                cmocka_unit_test(test_every_truncation_is_refused),
                cmocka_unit_test(test_trailing_byte_is_refused),
                cmocka_unit_test(test_every_wrong_magic_byte_is_refused),
                cmocka_unit_test(test_numbers_keep_their_value),
                cmocka_unit_test(test_reader_stays_bad_after_a_short_read),
                cmocka_unit_test(test_string_fits_or_is_bad),
                cmocka_unit_test(test_writer_never_leaves_its_buffer),
                cmocka_unit_test(test_writer_stays_bad_even_if_a_later_number_would_fit),
                cmocka_unit_test(test_string_longer_than_its_length_field_is_refused),
                cmocka_unit_test(test_largest_frame_is_64_kib),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
