/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The frames between hagsd and hags-deactivate: bytes, bounds, and nothing else is taken. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "util/macro.h"
#include "wire/deactivate.h"
#include "wire/frame.h"

static const DeactivateRequest example = {
        .limit = 300,
        .provider = { .instance = 7, .node = 2047 },
        .group = "db",
        .flag = "now",
        .script = "/x/y",
};

/* Version 1 never changes: where this test fails, the version must rise. */
static const uint8_t golden_request[] = {
        'H', 'A', 'G', 'S', 1, 0, 32, 0, 37, 0, 0, 0, 0, 0, 0, 0, /* head */
        0x2c, 1,                                                  /* limit */
        7, 0, 0xff, 7,                                            /* instance, node */
        2, 0, 'd', 'b',                                           /* group */
        3, 0, 'n', 'o', 'w',                                      /* flag */
        4, 0, '/', 'x', '/', 'y',                                 /* script */
};

static const uint8_t golden_answer[] = {
        'H', 'A', 'G', 'S', 1, 0, 33, 0, 20, 0, 0, 0, 0, 0, 0, 0, /* head */
        0, 0,                                                     /* end: exited */
        3, 0,                                                     /* value */
};

enum { /* where fields lie */
        AT_VERSION = 4,
        AT_TYPE = 6,
        AT_LENGTH = 8,
        AT_SERIAL = 12,
        AT_INSTANCE = 18,
        AT_NODE = 20,
        AT_GROUP = 22,
};

static void test_golden_request_is_written(void **state _unused_) {
        uint8_t buffer[DEACTIVATE_FRAME_MAX];

        assert_int_equal(
                        deactivate_encode_request(&example, buffer, sizeof(buffer)), sizeof(golden_request));
        assert_memory_equal(buffer, golden_request, sizeof(golden_request));
}

static void assert_request_equal(const DeactivateRequest *a, const DeactivateRequest *b) {
        assert_int_equal(a->limit, b->limit);
        assert_int_equal(a->provider.instance, b->provider.instance);
        assert_int_equal(a->provider.node, b->provider.node);
        assert_string_equal(a->group, b->group);
        assert_string_equal(a->flag, b->flag);
        assert_string_equal(a->script, b->script);
}

static void test_golden_request_is_read(void **state _unused_) {
        DeactivateRequest request;

        assert_int_equal(deactivate_decode_request(golden_request, sizeof(golden_request), &request), 0);
        assert_request_equal(&request, &example);
}

static void test_golden_answer_is_written_and_read(void **state _unused_) {
        const DeactivateAnswer answer = { .end = DEACTIVATE_EXITED, .value = 3 };
        uint8_t buffer[DEACTIVATE_FRAME_MAX];
        DeactivateAnswer read;

        assert_int_equal(deactivate_encode_answer(&answer, buffer, sizeof(buffer)), sizeof(golden_answer));
        assert_memory_equal(buffer, golden_answer, sizeof(golden_answer));
        assert_int_equal(deactivate_decode_answer(golden_answer, sizeof(golden_answer), &read), 0);
        assert_int_equal(read.end, DEACTIVATE_EXITED);
        assert_int_equal(read.value, 3);
}

static void test_largest_request_has_room(void **state _unused_) {
        DeactivateRequest large = { .limit = UINT16_MAX, .provider = { GS_INSTANCE_MAX, GS_NODE_MAX } };
        DeactivateRequest read;
        uint8_t buffer[DEACTIVATE_FRAME_MAX];
        ssize_t n;

        memset(large.group, 'g', GS_GROUP_NAME_MAX);
        memset(large.flag, '\xff', GS_FLAG_MAX);
        memset(large.script, '/', DEACTIVATE_SCRIPT_MAX);
        n = deactivate_encode_request(&large, buffer, sizeof(buffer));
        assert_true(n > 0);
        assert_int_equal(deactivate_decode_request(buffer, (size_t) n, &read), 0);
        assert_request_equal(&read, &large);
}

static void test_empty_flag_and_no_limit_are_taken(void **state _unused_) {
        DeactivateRequest request = example, read;
        uint8_t buffer[DEACTIVATE_FRAME_MAX];
        ssize_t n;

        request.limit = 0;
        request.flag[0] = 0;
        n = deactivate_encode_request(&request, buffer, sizeof(buffer));
        assert_int_equal(deactivate_decode_request(buffer, (size_t) n, &read), 0);
        assert_request_equal(&read, &request);
}

static void assert_request_refused(const void *data, size_t size) {
        DeactivateRequest request = { .limit = 99 };

        assert_int_equal(deactivate_decode_request(data, size, &request), -EBADMSG);
        assert_int_equal(request.limit, 99);
}

static void test_every_truncation_is_refused(void **state _unused_) {
        for (size_t n = 0; n < sizeof(golden_request); n++) {
                _cleanup_(freep) uint8_t *copy = malloc(n ? n : 1);

                assert_non_null(copy);
                memcpy(copy, golden_request, n);
                assert_request_refused(copy, n);
                if (n > AT_LENGTH) /* a head that tells the truth about it */
                        copy[AT_LENGTH] = (uint8_t) n;
                assert_request_refused(copy, n);
        }
}

static void test_left_over_bytes_are_refused(void **state _unused_) {
        uint8_t data[sizeof(golden_request) + 1] = { 0 };

        memcpy(data, golden_request, sizeof(golden_request));
        assert_request_refused(data, sizeof(data));
        data[AT_LENGTH]++;
        assert_request_refused(data, sizeof(data));
}

static void assert_changed_refused(size_t at, uint8_t value) {
        uint8_t data[sizeof(golden_request)];

        memcpy(data, golden_request, sizeof(data));
        assert_int_not_equal(data[at], value);
        data[at] = value;
        assert_request_refused(data, sizeof(data));
}

static void test_other_heads_are_refused(void **state _unused_) {
        assert_changed_refused(0, 'h');
        assert_changed_refused(AT_VERSION, 2);
        assert_changed_refused(AT_TYPE, FRAME_DEACTIVATE_ANSWER);
        assert_changed_refused(AT_TYPE, FRAME_STATUS_QUESTION);
        assert_changed_refused(AT_SERIAL, 1);
        assert_request_refused(golden_answer, sizeof(golden_answer));
}

static void test_providers_out_of_bounds_are_refused(void **state _unused_) {
        assert_changed_refused(AT_INSTANCE + 1, 0x80);
        assert_changed_refused(AT_NODE + 1, 8);
}

static void test_nul_in_a_string_is_refused(void **state _unused_) {
        for (size_t at = AT_GROUP; at < sizeof(golden_request); at++)
                if (golden_request[at] >= '/')
                        assert_changed_refused(at, 0);
}

/* A request whose strings have these lengths; what the structs have no room for is written by hand. */
static size_t write_request(uint8_t *buffer, size_t size, size_t group, size_t flag, size_t script) {
        const size_t lengths[] = { group, flag, script };
        FrameWriter w = frame_begin(buffer, size, FRAME_DEACTIVATE_REQUEST, 0);
        ssize_t n;

        for (int i = 0; i < 3; i++)
                frame_put_u16(&w, 1);
        for (size_t i = 0; i < ELEMENTSOF(lengths); i++) {
                char s[300];

                memset(s, 's', lengths[i]);
                s[lengths[i]] = 0;
                frame_put_string(&w, s);
        }
        n = frame_finish(&w);
        assert_true(n > 0);
        return (size_t) n;
}

static void test_bounds_of_strings(void **state _unused_) {
        uint8_t buffer[DEACTIVATE_FRAME_MAX];
        DeactivateRequest request;
        size_t n;

        n = write_request(buffer, sizeof(buffer), 32, 256, 256);
        assert_int_equal(deactivate_decode_request(buffer, n, &request), 0);
        assert_request_refused(buffer, write_request(buffer, sizeof(buffer), 33, 256, 256));
        assert_request_refused(buffer, write_request(buffer, sizeof(buffer), 32, 257, 256));
        assert_request_refused(buffer, write_request(buffer, sizeof(buffer), 32, 256, 257));
        assert_request_refused(buffer, write_request(buffer, sizeof(buffer), 0, 256, 256));
        assert_request_refused(buffer, write_request(buffer, sizeof(buffer), 32, 256, 0));
}

static int recode_answer(unsigned end, unsigned value) {
        const DeactivateAnswer answer = { .end = (DeactivateEnd) end, .value = (uint16_t) value };
        uint8_t buffer[DEACTIVATE_FRAME_MAX];
        DeactivateAnswer read;
        ssize_t n;
        int r;

        n = deactivate_encode_answer(&answer, buffer, sizeof(buffer));
        assert_int_equal(n, sizeof(golden_answer));
        r = deactivate_decode_answer(buffer, (size_t) n, &read);
        assert_true(r < 0 || (read.end == answer.end && read.value == value));
        return r;
}

static void test_bounds_of_answers(void **state _unused_) {
        assert_int_equal(recode_answer(DEACTIVATE_EXITED, 0), 0);
        assert_int_equal(recode_answer(DEACTIVATE_EXITED, 255), 0);
        assert_int_equal(recode_answer(DEACTIVATE_EXITED, 256), -EBADMSG);
        assert_int_equal(recode_answer(DEACTIVATE_KILLED, 0), -EBADMSG);
        assert_int_equal(recode_answer(DEACTIVATE_KILLED, 9), 0);
        assert_int_equal(recode_answer(DEACTIVATE_KILLED, 64), 0);
        assert_int_equal(recode_answer(DEACTIVATE_KILLED, 65), -EBADMSG);
        assert_int_equal(recode_answer(DEACTIVATE_BY_LIMIT, 0), 0);
        assert_int_equal(recode_answer(DEACTIVATE_BY_LIMIT, 1), -EBADMSG);
        assert_int_equal(recode_answer(DEACTIVATE_NOT_STARTED, 0), -EBADMSG);
        assert_int_equal(recode_answer(DEACTIVATE_NOT_STARTED, EPERM), 0);
        assert_int_equal(recode_answer(DEACTIVATE_NOT_STARTED, 4096), -EBADMSG);
        assert_int_equal(recode_answer(_DEACTIVATE_END_MAX, 0), -EBADMSG);
        assert_int_equal(recode_answer(0x100 + DEACTIVATE_EXITED, 0), -EBADMSG);
}

static void test_malformed_answers_are_refused(void **state _unused_) {
        uint8_t data[sizeof(golden_answer) + 1] = { 0 };
        DeactivateAnswer answer = { .value = 99 };

        memcpy(data, golden_answer, sizeof(golden_answer));
        for (size_t n = 0; n <= sizeof(data); n++) {
                data[AT_LENGTH] = (uint8_t) n;
                if (n != sizeof(golden_answer))
                        assert_int_equal(deactivate_decode_answer(data, n, &answer), -EBADMSG);
        }
        assert_int_equal(
                        deactivate_decode_answer(golden_request, sizeof(golden_request), &answer), -EBADMSG);
        assert_int_equal(answer.value, 99);
}

static void test_what_does_not_fit_is_not_written(void **state _unused_) {
        for (size_t size = 0; size < sizeof(golden_request); size++) {
                _cleanup_(freep) uint8_t *buffer = malloc(size ? size : 1);

                assert_non_null(buffer);
                assert_int_equal(deactivate_encode_request(&example, buffer, size), -EMSGSIZE);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_golden_request_is_written),
                cmocka_unit_test(test_golden_request_is_read),
                cmocka_unit_test(test_golden_answer_is_written_and_read),
                cmocka_unit_test(test_largest_request_has_room),
                cmocka_unit_test(test_empty_flag_and_no_limit_are_taken),
                cmocka_unit_test(test_every_truncation_is_refused),
                cmocka_unit_test(test_left_over_bytes_are_refused),
                cmocka_unit_test(test_other_heads_are_refused),
                cmocka_unit_test(test_providers_out_of_bounds_are_refused),
                cmocka_unit_test(test_nul_in_a_string_is_refused),
                cmocka_unit_test(test_bounds_of_strings),
                cmocka_unit_test(test_bounds_of_answers),
                cmocka_unit_test(test_malformed_answers_are_refused),
                cmocka_unit_test(test_what_does_not_fit_is_not_written),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
