/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The status answer: what it looks like on the wire, and that nothing unsound is taken. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/macro.h"
#include "wire/status.h"

/* Every field has a value of its own, so that two exchanged ones are noticed. */
static const Status example = {
        .syspar = "sp_prod",
        .node_number = 5,
        .incarnation = 17,
        .pid = 4711,
        .started = UINT64_C(1795368206123456),
        .uptime = UINT64_C(3600000000),
        .domain_state = DOMAIN_ESTABLISHED,
        .domain_node = 9,
        .domain_incarnation = 3,
        .n_clients = 258,
        .trace = TRACE_LONG,
        .log_state = LOG_SUSPENDED,
        .log_missing = 12,
        .log_path = "/var/ha/log/x",
        .n_up_nodes = 3,
        .up_nodes = { 0, 5, 2047 },
        .has_counts = true,
        .n_groups = 259,
        .n_providers = 260,
        .n_subscribers = 261,
};

/* The same as bytes. Version 1 never changes: where this test fails, the version must rise. */
static const uint8_t golden[] = {
        'H', 'A', 'G', 'S', 1, 0, 2, 0, 115, 0, 0, 0, 0xef, 0xbe, 0xad, 0xde, 7, 0, 's', 'p', '_', 'p', 'r',
        'o', 'd',                                       /* syspar */
        5, 0,                                           /* node_number */
        17, 0, 0, 0, 0, 0, 0, 0,                        /* incarnation */
        0x67, 0x12, 0, 0,                               /* pid */
        0xc0, 0xc1, 0x2a, 0xbc, 0xe0, 0x60, 0x06, 0x00, /* started */
        0x00, 0xa4, 0x93, 0xd6, 0, 0, 0, 0,             /* uptime */
        1,                                              /* domain_state */
        9, 0,                                           /* domain_node */
        3, 0, 0, 0, 0, 0, 0, 0,                         /* domain_incarnation */
        2, 1, 0, 0,                                     /* n_clients */
        1,                                              /* trace */
        1,                                              /* log_state */
        12, 0, 0, 0, 0, 0, 0, 0,                        /* log_missing */
        13, 0, '/', 'v', 'a', 'r', '/', 'h', 'a', '/', 'l', 'o', 'g', '/', 'x', 3, 0, 0, 0, 5, 0, 0xff,
        0x07,                               /* up_nodes */
        3, 1, 0, 0, 4, 1, 0, 0, 5, 1, 0, 0, /* n_groups, n_providers, n_subscribers */
};

/* Where fields lie in it. */
enum {
        AT_SYSPAR = 18,
        AT_NODE = 25,
        AT_DOMAIN_STATE = 55,
        AT_DOMAIN_NODE = 56,
        AT_TRACE = 70,
        AT_LOG_STATE = 71,
        AT_UP_NODES = 97, /* behind their count */
        AT_COUNTS = 103,
};

static int decode(const void *data, size_t size, Status *ret) {
        FrameReader body;
        FrameHead head;
        int r;

        r = frame_decode_head(data, size, &head, &body);
        return r < 0 ? r : status_decode(&body, ret);
}

static void assert_status_equal(const Status *a, const Status *b) {
        assert_string_equal(a->syspar, b->syspar);
        assert_int_equal(a->node_number, b->node_number);
        assert_true(a->incarnation == b->incarnation);
        assert_int_equal(a->pid, b->pid);
        assert_true(a->started == b->started);
        assert_true(a->uptime == b->uptime);
        assert_int_equal(a->domain_state, b->domain_state);
        assert_int_equal(a->domain_node, b->domain_node);
        assert_true(a->domain_incarnation == b->domain_incarnation);
        assert_int_equal(a->n_clients, b->n_clients);
        assert_int_equal(a->trace, b->trace);
        assert_int_equal(a->log_state, b->log_state);
        assert_true(a->log_missing == b->log_missing);
        assert_string_equal(a->log_path, b->log_path);
        assert_int_equal(a->n_up_nodes, b->n_up_nodes);
        assert_memory_equal(a->up_nodes, b->up_nodes, a->n_up_nodes * sizeof(a->up_nodes[0]));
        assert_int_equal(a->has_counts, b->has_counts);
        assert_int_equal(a->n_groups, b->n_groups);
        assert_int_equal(a->n_providers, b->n_providers);
        assert_int_equal(a->n_subscribers, b->n_subscribers);
}

static void test_golden_answer_is_written(void **state _unused_) {
        uint8_t buffer[FRAME_SIZE_MAX];

        assert_int_equal(status_encode(&example, 0xdeadbeef, buffer, sizeof(buffer)), sizeof(golden));
        assert_memory_equal(buffer, golden, sizeof(golden));
}

static void test_golden_answer_is_read(void **state _unused_) {
        Status s;

        assert_int_equal(decode(golden, sizeof(golden), &s), 0);
        assert_status_equal(&s, &example);
}

/* As daemons wrote it that had no groups yet. */
static void test_golden_answer_without_counts_is_read(void **state _unused_) {
        uint8_t older[AT_COUNTS];
        Status s, wanted = example;

        memcpy(older, golden, sizeof(older));
        older[8] = sizeof(older);
        wanted.has_counts = false;
        wanted.n_groups = wanted.n_providers = wanted.n_subscribers = 0;
        assert_int_equal(decode(older, sizeof(older), &s), 0);
        assert_status_equal(&s, &wanted);
}

/* Node numbers 0 to 2047 all up, and the longest name and path: this must still be one frame. */
static void test_largest_answer_is_one_frame(void **state _unused_) {
        static Status large, read;
        static uint8_t buffer[FRAME_SIZE_MAX];
        ssize_t n;

        large = example;
        memset(large.syspar, 'x', SYSPAR_NAME_MAX);
        memset(large.log_path, '/', STATUS_PATH_MAX);
        large.n_up_nodes = STATUS_NODES_MAX;
        for (uint16_t i = 0; i < STATUS_NODES_MAX; i++)
                large.up_nodes[i] = i;

        n = status_encode(&large, 1, buffer, sizeof(buffer));
        assert_true(n > 0);
        assert_int_equal(decode(buffer, (size_t) n, &read), 0);
        assert_status_equal(&read, &large);
}

static void test_answer_that_does_not_fit_is_refused(void **state _unused_) {
        for (size_t size = 0; size < sizeof(golden); size++) {
                _cleanup_(freep) uint8_t *buffer = malloc(size ? size : 1);

                assert_non_null(buffer);
                assert_int_equal(status_encode(&example, 0, buffer, size), -EMSGSIZE);
        }
}

/* Decode the golden body with one byte changed. */
static int decode_changed(size_t at, uint8_t value) {
        uint8_t data[sizeof(golden)];
        Status s;

        memcpy(data, golden, sizeof(data));
        assert_int_not_equal(data[at], value);
        data[at] = value;
        return decode(data, sizeof(data), &s);
}

static void test_values_out_of_range_are_refused(void **state _unused_) {
        assert_int_equal(decode_changed(AT_SYSPAR, '.'), -EBADMSG);
        assert_int_equal(decode_changed(AT_NODE + 1, 8), -EBADMSG);
        assert_int_equal(decode_changed(AT_DOMAIN_STATE, _DOMAIN_STATE_MAX), -EBADMSG);
        assert_int_equal(decode_changed(AT_DOMAIN_NODE + 1, 8), -EBADMSG);
        assert_int_equal(decode_changed(AT_TRACE, _TRACE_LEVEL_MAX), -EBADMSG);
        assert_int_equal(decode_changed(AT_LOG_STATE, _LOG_STATE_MAX), -EBADMSG);
        assert_int_equal(decode_changed(AT_UP_NODES + 5, 8), -EBADMSG);
}

static void test_every_value_in_range_is_taken(void **state _unused_) {
        assert_int_equal(decode_changed(AT_DOMAIN_STATE, DOMAIN_NOT_ESTABLISHED), 0);
        assert_int_equal(decode_changed(AT_DOMAIN_STATE, DOMAIN_NO_QUORUM), 0);
        assert_int_equal(decode_changed(AT_NODE + 1, 7), 0);
        assert_int_equal(decode_changed(AT_DOMAIN_NODE + 1, 7), 0);
        assert_int_equal(decode_changed(AT_TRACE, TRACE_SHORT), 0);
        assert_int_equal(decode_changed(AT_LOG_STATE, LOG_WRITING), 0);
}

static void test_nodes_must_ascend(void **state _unused_) {
        assert_int_equal(decode_changed(AT_UP_NODES, 5), -EBADMSG); /* 5 5 2047 */
        assert_int_equal(decode_changed(AT_UP_NODES, 6), -EBADMSG); /* 6 5 2047 */
        assert_int_equal(decode_changed(AT_UP_NODES, 4), 0);
}

static void test_every_truncation_of_the_body_is_refused(void **state _unused_) {
        for (size_t n = 0; n < sizeof(golden) - FRAME_HEAD_SIZE; n++) {
                _cleanup_(freep) uint8_t *copy = malloc(n ? n : 1);
                FrameReader body = { .data = copy, .size = n };
                Status s = { .pid = 99 };

                if (n == AT_COUNTS - FRAME_HEAD_SIZE)
                        continue; /* an older daemon's answer */
                assert_non_null(copy);
                memcpy(copy, golden + FRAME_HEAD_SIZE, n);
                assert_int_equal(status_decode(&body, &s), -EBADMSG);
                assert_int_equal(s.pid, 99);
        }
}

static void test_left_over_bytes_are_refused(void **state _unused_) {
        uint8_t data[sizeof(golden) - FRAME_HEAD_SIZE + 1] = { 0 };
        FrameReader body = { .data = data, .size = sizeof(data) };
        Status s;

        memcpy(data, golden + FRAME_HEAD_SIZE, sizeof(golden) - FRAME_HEAD_SIZE);
        assert_int_equal(status_decode(&body, &s), -EBADMSG);
}

/* More nodes announced than there are numbers, and the bytes for them are there. */
static void test_more_nodes_than_numbers_are_refused(void **state _unused_) {
        static uint8_t data[FRAME_SIZE_MAX];
        size_t at = AT_UP_NODES - FRAME_HEAD_SIZE, size = at + 2 * (STATUS_NODES_MAX + 1);
        FrameReader body = { .data = data, .size = size };
        Status s;

        memcpy(data, golden + FRAME_HEAD_SIZE, at);
        data[at - 2] = (STATUS_NODES_MAX + 1) & 0xff;
        data[at - 1] = (STATUS_NODES_MAX + 1) >> 8;
        for (size_t i = 0; i <= STATUS_NODES_MAX; i++) {
                data[at + 2 * i] = i & 0xff;
                data[at + 2 * i + 1] = (uint8_t) (i >> 8);
        }
        assert_int_equal(status_decode(&body, &s), -EBADMSG);
}

static void test_every_state_has_its_word(void **state _unused_) {
        assert_string_equal(domain_state_to_string(DOMAIN_NOT_ESTABLISHED), "not established");
        assert_string_equal(domain_state_to_string(DOMAIN_ESTABLISHED), "established");
        assert_string_equal(domain_state_to_string(DOMAIN_RECOVERING), "recovering");
        assert_string_equal(domain_state_to_string(DOMAIN_NO_QUORUM), "no quorum");
        assert_non_null(domain_state_to_string(_DOMAIN_STATE_MAX));
        assert_string_equal(trace_level_to_string(TRACE_SHORT), "short");
        assert_string_equal(trace_level_to_string(TRACE_LONG), "long");
        assert_non_null(trace_level_to_string(_TRACE_LEVEL_MAX));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_golden_answer_is_written),
                cmocka_unit_test(test_golden_answer_is_read),
                cmocka_unit_test(test_golden_answer_without_counts_is_read),
                cmocka_unit_test(test_largest_answer_is_one_frame),
                cmocka_unit_test(test_answer_that_does_not_fit_is_refused),
                cmocka_unit_test(test_values_out_of_range_are_refused),
                cmocka_unit_test(test_every_value_in_range_is_taken),
                cmocka_unit_test(test_nodes_must_ascend),
                cmocka_unit_test(test_every_truncation_of_the_body_is_refused),
                cmocka_unit_test(test_left_over_bytes_are_refused),
                cmocka_unit_test(test_more_nodes_than_numbers_are_refused),
                cmocka_unit_test(test_every_state_has_its_word),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
