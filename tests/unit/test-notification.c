/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The frame of a notification. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>

#include "util/macro.h"
#include "wire/notification.h"

#define TOKEN 0x01020304

static const GsProvider current[] = { { 1, 5 }, { 32767, 2047 }, { 2, 5 } };
static const GsProvider changing[] = { { 3, 6 }, { 4, 7 } };
static const GsLeave leaves[] = { { GS_HOST_FAILURE, 0 }, { GS_VOLUNTARY_LEAVE, 77 } };
static const uint32_t deaths[] = { 1, 0 };
static const GsAttributes attributes = {
        .client_version = -2,
        .time_limit = 65535,
        .reflection_time_limit = 2,
        .batch_control = 7,
        .num_phases = GS_N_PHASE,
        .reflection_num_phases = GS_1_PHASE,
        .default_vote = GS_VOTE_REJECT,
        .merge_control = GS_DONTCARE_MERGE,
        .group = "theSourceGroup",
        .source = "a name of exactly 32 characters!",
};

/* With every field different from zero. */
static const GsNotification everything = {
        .type = GS_APPROVED_NOTIFICATION,
        .request = GS_EXPEL,
        .group_name = "group",
        .group = UINT64_C(0x1122334455667788),
        .protocol = UINT64_C(0x99aabbccddeeff00),
        .phase = 5,
        .n_phase = true,
        .votes = true,
        .time_limit = 30,
        .summary = 0x1fff,
        .proposed_by = { 8, 9 },
        .whats_changed = 0x7fff,
        .n_current = 3,
        .current = current,
        .n_changing = 2,
        .changing = changing,
        .leaves = leaves,
        .deaths = deaths,
        .deactivate_phase = 2,
        .deactivate_flag = { "flag", 4 },
        .state = { "s\0t", 3 },
        .proposed_state = { "proposed", 8 },
        .source_state = { "source", 6 },
        .message = { "message", 7 },
        .attributes = &attributes,
        .subscription_type = 0x1cf,
};
static const GsNotification nothing = { .type = GS_ANNOUNCEMENT_NOTIFICATION };

typedef struct Sample {
        const GsNotification *n;
        NotificationList list;
} Sample;

static const Sample samples[] = {
        { &everything, NOTIFICATION_LIST_FULL },
        { &everything, NOTIFICATION_LIST_SAME },
        { &everything, NOTIFICATION_LIST_APPEND },
        { &everything, NOTIFICATION_LIST_REMOVE },
        { &everything, NOTIFICATION_LIST_NONE },
        { &nothing, NOTIFICATION_LIST_FULL },
        { &nothing, NOTIFICATION_LIST_NONE },
};

static _Alignas(8) uint8_t buffer[NOTIFICATION_SIZE_MAX];

static size_t encode(const Sample *s, void *data, size_t size) {
        ssize_t n = notification_encode(s->n, TOKEN, s->list, data, size);

        assert_true(n > 0);
        return (size_t) n;
}

static int decode(void *data, size_t size, NotificationFrame *ret) {
        FrameReader body;
        FrameHead head;

        memset(ret, 0xee, sizeof(*ret));
        assert_int_equal(frame_decode_head(data, size, &head, &body), 0);
        assert_int_equal(head.type, FRAME_NOTIFICATION);
        assert_int_equal(head.serial, 0);
        return notification_decode(&body, ret);
}

/* The golden frames: version 1 of the protocol. */
static void test_version_1_is_these_bytes(void **state) {
        uint8_t golden[8192];
        size_t size = 0, n_golden;
        FILE *f;

        (void) state;
        for (size_t i = 0; i < ELEMENTSOF(samples); i++)
                size += encode(&samples[i], buffer + size, sizeof(buffer) - size);
        f = fopen("tests/unit/notification-v1.bin", "re"); /* tests run at the top of the tree */
        assert_non_null(f);
        n_golden = fread(golden, 1, sizeof(golden), f);
        (void) fclose(f);
        assert_int_equal(n_golden, size);
        assert_memory_equal(golden, buffer, size);
}

static void assert_bytes(GsBytes got, GsBytes wanted) {
        assert_int_equal(got.size, wanted.size);
        if (wanted.size > 0)
                assert_memory_equal(got.data, wanted.data, wanted.size);
        else
                assert_null(got.data);
}

static void test_fields_keep_their_values(void **state) {
        NotificationFrame f;

        (void) state;
        for (NotificationList list = 0; list < _NOTIFICATION_LIST_MAX; list++) {
                size_t size = encode(&(Sample){ &everything, list }, buffer, sizeof(buffer));
                const GsNotification *n = &f.n;

                assert_int_equal(decode(buffer, size, &f), 0);
                assert_int_equal(f.token, TOKEN);
                assert_int_equal(f.list, list);
                assert_int_equal(n->type, everything.type);
                assert_int_equal(n->request, everything.request);
                assert_true(n->group == everything.group && n->protocol == everything.protocol);
                assert_int_equal(n->phase, everything.phase);
                assert_true(n->n_phase && n->votes);
                assert_int_equal(n->time_limit, everything.time_limit);
                assert_int_equal(n->summary, everything.summary);
                assert_true(gs_provider_equal(n->proposed_by, everything.proposed_by));
                assert_int_equal(n->whats_changed, everything.whats_changed);
                assert_int_equal(n->subscription_type, everything.subscription_type);
                assert_int_equal(n->deactivate_phase, everything.deactivate_phase);
                assert_int_equal(n->n_current, 3);
                if (list == NOTIFICATION_LIST_FULL)
                        assert_memory_equal(n->current, current, sizeof(current));
                else
                        assert_null(n->current);
                assert_int_equal(n->n_changing, 2);
                assert_memory_equal(n->changing, changing, sizeof(changing));
                assert_memory_equal(n->leaves, leaves, sizeof(leaves));
                assert_memory_equal(n->deaths, deaths, sizeof(deaths));
                assert_bytes(n->deactivate_flag, everything.deactivate_flag);
                assert_bytes(n->state, everything.state);
                assert_bytes(n->proposed_state, everything.proposed_state);
                assert_bytes(n->source_state, everything.source_state);
                assert_bytes(n->message, everything.message);
                assert_ptr_equal(n->attributes, &f.attributes);
                assert_memory_equal(n->attributes, &attributes, sizeof(attributes));
        }
}

static void test_what_is_not_there_stays_away(void **state) {
        NotificationFrame f;
        size_t size;

        (void) state;
        size = encode(&(Sample){ &nothing, NOTIFICATION_LIST_FULL }, buffer, sizeof(buffer));
        assert_int_equal(decode(buffer, size, &f), 0);
        assert_false(f.n.n_phase || f.n.votes);
        assert_null(f.n.current);
        assert_null(f.n.changing);
        assert_null(f.n.leaves);
        assert_null(f.n.deaths);
        assert_null(f.n.attributes);
        assert_bytes(f.n.message, (GsBytes){});
}

/* A list of none has no leave codes, though the pointer to them is there: there is one way to write it. */
static void test_leaves_of_nobody_are_not_written(void **state) {
        GsNotification n = everything;
        NotificationFrame f;
        size_t size;

        (void) state;
        n.n_changing = 0;
        size = encode(&(Sample){ &n, NOTIFICATION_LIST_SAME }, buffer, sizeof(buffer));
        assert_int_equal(decode(buffer, size, &f), 0);
        assert_null(f.n.leaves);
        assert_null(f.n.deaths);
        buffer[FRAME_HEAD_SIZE + 7] |= 0x04;
        assert_int_equal(decode(buffer, size, &f), -EBADMSG);
}

static void test_what_decodes_encodes_to_the_same_bytes(void **state) {
        static uint8_t again[4096];
        NotificationFrame f;

        (void) state;
        for (size_t i = 0; i < ELEMENTSOF(samples); i++) {
                size_t size = encode(&samples[i], buffer, sizeof(buffer));

                assert_int_equal(decode(buffer, size, &f), 0);
                assert_int_equal(encode(&(Sample){ &f.n, f.list }, again, sizeof(again)), size);
                assert_memory_equal(again, buffer, size);
        }
}

/* notification.h: what is reserved in a queue is enough, and not much more. */
static void test_size_is_enough_and_no_more_than_1_kib_above(void **state) {
        static GsProvider many[50000];
        static GsLeave many_leaves[50000];
        static uint32_t many_deaths[50000];
        static const char bytes[GS_MESSAGE_MAX];
        GsAttributes largest = attributes;

        (void) state;
        memset(largest.group, 'g', GS_GROUP_NAME_MAX);
        for (uint32_t n_members = 0; n_members <= 50000; n_members = n_members * 4 + 1)
                for (unsigned parts = 0; parts < 32; parts++) {
                        GsNotification n = nothing;
                        NotificationList list = parts & 1 ? NOTIFICATION_LIST_FULL : NOTIFICATION_LIST_SAME;
                        size_t size, length;

                        n.n_current = n_members;
                        n.current = many;
                        n.n_changing = n_members;
                        n.changing = many;
                        n.leaves = parts & 2 ? many_leaves : NULL;
                        n.deaths = parts & 4 ? many_deaths : NULL;
                        n.attributes = parts & 8 ? &largest : NULL;
                        if (parts & 16) {
                                n.deactivate_flag = (GsBytes){ bytes, GS_FLAG_MAX };
                                n.state = n.proposed_state = n.source_state =
                                                (GsBytes){ bytes, GS_STATE_MAX };
                                n.message = (GsBytes){ bytes, GS_MESSAGE_MAX };
                        }
                        size = notification_size(&n, list);
                        length = encode(&(Sample){ &n, list }, buffer, sizeof(buffer));
                        assert_in_range(size, length, length + 1024);
                }
}

static void test_frame_that_is_cut_or_goes_on_is_refused(void **state) {
        (void) state;
        for (size_t i = 0; i < ELEMENTSOF(samples); i++) {
                size_t n = encode(&samples[i], buffer, sizeof(buffer)) - FRAME_HEAD_SIZE;

                for (size_t size = 0; size <= n + 1; size++) {
                        /* A copy of just that size, so that sanitizers see who reads on. */
                        _cleanup_(freep) uint8_t *copy = malloc(size + 1);
                        FrameReader body = { .data = copy, .size = size };
                        NotificationFrame f;

                        memcpy(copy, buffer + FRAME_HEAD_SIZE, size);
                        assert_int_equal(notification_decode(&body, &f), size == n ? 0 : -EBADMSG);
                }
        }
}

static void test_buffer_that_is_too_small_is_an_error(void **state) {
        uint8_t small[2048];

        (void) state;
        for (size_t i = 0; i < ELEMENTSOF(samples); i++) {
                size_t n = encode(&samples[i], buffer, sizeof(buffer));

                for (size_t size = 0; size < n; size++)
                        assert_int_equal(notification_encode(
                                                         samples[i].n, TOKEN, samples[i].list, small, size),
                                        -EMSGSIZE);
        }
}

/* So many bytes of the body of a good frame become `value`. */
static void test_values_out_of_bounds_are_refused(void **state) {
        static const struct {
                size_t offset, n;
                uint8_t value;
        } cases[] = {
                { 4, 1, GS_MERGE_NOTIFICATION + 1 },
                { 5, 1, _GS_REQUEST_MAX },
                { 6, 1, _NOTIFICATION_LIST_MAX },
                { 7, 1, 0x3f },  /* a part that there is not */
                { 45, 1, 0x80 }, /* an instance of 32768 and more */
                { 47, 1, 0x08 }, /* a node of 2048 and more */
                { 51, 1, 0x40 }, /* so long a list that its size overflows 32 bits */
                { 48, 4, 0xff },
                { 55, 1, 0x40 },
                { 52, 4, 0xff },
        };
        NotificationFrame f;

        (void) state;
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                size_t size = encode(&samples[0], buffer, sizeof(buffer));

                memset(buffer + FRAME_HEAD_SIZE + cases[i].offset, cases[i].value, cases[i].n);
                assert_int_equal(decode(buffer, size, &f), -EBADMSG);
        }
}

static void test_values_that_no_decoder_takes_are_not_written(void **state) {
        static const char bytes[GS_MESSAGE_MAX + 1];
        GsNotification n[] = { everything, everything, everything, everything, everything };

        (void) state;
        n[0].message = (GsBytes){ bytes, GS_MESSAGE_MAX + 1 };
        n[1].state = (GsBytes){ bytes, GS_STATE_MAX + 1 };
        n[2].proposed_by.node = 2048;
        n[3].type = GS_MERGE_NOTIFICATION + 1;
        n[4].request = _GS_REQUEST_MAX;
        for (size_t i = 0; i < ELEMENTSOF(n); i++)
                assert_int_equal(notification_encode(&n[i], TOKEN, NOTIFICATION_LIST_FULL, buffer,
                                                 sizeof(buffer)),
                                -EINVAL);
}

/* Lists are pointed to where they lie: so they must lie as their types want it. */
static void test_frame_that_lies_askew_is_refused(void **state) {
        size_t size = encode(&samples[0], buffer, sizeof(buffer));
        NotificationFrame f;

        (void) state;
        for (size_t shift = 0; shift < 8; shift++) {
                static _Alignas(8) uint8_t copy[4096];

                memcpy(copy + shift, buffer, size);
                assert_int_equal(decode(copy + shift, size, &f), shift % 4 == 0 ? 0 : -EBADMSG);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_version_1_is_these_bytes),
                cmocka_unit_test(test_fields_keep_their_values),
                cmocka_unit_test(test_what_is_not_there_stays_away),
                cmocka_unit_test(test_leaves_of_nobody_are_not_written),
                cmocka_unit_test(test_what_decodes_encodes_to_the_same_bytes),
                cmocka_unit_test(test_size_is_enough_and_no_more_than_1_kib_above),
                cmocka_unit_test(test_frame_that_is_cut_or_goes_on_is_refused),
                cmocka_unit_test(test_buffer_that_is_too_small_is_an_error),
                cmocka_unit_test(test_values_out_of_bounds_are_refused),
                cmocka_unit_test(test_values_that_no_decoder_takes_are_not_written),
                cmocka_unit_test(test_frame_that_lies_askew_is_refused),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
