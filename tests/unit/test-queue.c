/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What waits to be sent over one connection. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>

#include "session/queue.h"
#include "util/macro.h"
#include "wire/frame.h"

typedef struct Pair {
        int daemon, client;
} Pair;

static int set_up(void **state) {
        Pair *p = malloc(sizeof(*p));
        int fds[2];

        if (!p || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) < 0)
                return -1;
        *p = (Pair){ .daemon = fds[0], .client = fds[1] };
        *state = p;
        return 0;
}

static int tear_down(void **state) {
        Pair *p = *state;

        closep(&p->daemon);
        closep(&p->client);
        free(p);
        return 0;
}

/* A frame with `serial`, all of whose body is that, of so many bytes; it was reserved with room for more. */
static void put(Queue *q, uint32_t serial, size_t size) {
        FrameWriter w;
        uint8_t *room;

        assert_int_equal(queue_reserve(q, size + 500, &room), 0);
        assert_int_equal((uintptr_t) room % 4, 0);
        w = frame_begin(room, size, FRAME_NOTIFICATION, serial);
        memset(room + FRAME_HEAD_SIZE, (int) serial, size - FRAME_HEAD_SIZE);
        w.used = size;
        assert_int_equal(frame_finish_long(&w), size);
        queue_commit(q, size);
}

static uint8_t datagram[FRAME_SIZE_MAX + 1];

/* Read one datagram; returns its size, or 0: none. */
static size_t get(Pair *p, FrameHead *ret_head, FrameReader *ret_body) {
        ssize_t n = recv(p->client, datagram, sizeof(datagram), MSG_TRUNC);

        if (n < 0) {
                assert_int_equal(errno, EAGAIN);
                return 0;
        }
        assert_in_range(n, FRAME_HEAD_SIZE, FRAME_SIZE_MAX);
        assert_int_equal(frame_decode_head(datagram, (size_t) n, ret_head, ret_body), 0);
        return (size_t) n;
}

static void expect(Pair *p, uint32_t serial, size_t size) {
        FrameReader body;
        FrameHead head;

        assert_int_equal(get(p, &head, &body), size);
        assert_int_equal(head.type, FRAME_NOTIFICATION);
        assert_int_equal(head.serial, serial);
        for (size_t i = 0; i < body.size; i++)
                assert_int_equal(body.data[i], (uint8_t) serial);
}

static void test_frames_of_any_size_come_out_one_by_one(void **state) {
        _cleanup_(queue_clear) Queue q = {};
        Pair *p = *state;

        for (uint32_t i = 0; i < 100; i++)
                put(&q, i, FRAME_HEAD_SIZE + i);
        assert_int_equal(queue_send(&q, p->daemon), 0);
        assert_int_equal(queue_size(&q), 0);
        for (uint32_t i = 0; i < 100; i++)
                expect(p, i, FRAME_HEAD_SIZE + i);
}

static void test_room_that_is_not_used_does_not_count(void **state) {
        _cleanup_(queue_clear) Queue q = {};
        Pair *p = *state;
        uint8_t *room;

        assert_int_equal(queue_reserve(&q, 1 << 20, &room), 0);
        assert_int_equal(queue_size(&q), 0);
        assert_int_equal(queue_send(&q, p->daemon), 0);
        put(&q, 1, 50);
        assert_int_equal(queue_size(&q), 52);
}

/* The longest that is one datagram, and the next longer ones. */
static void test_what_is_too_long_for_a_datagram_travels_in_parts(void **state) {
        static const size_t sizes[] = { FRAME_SIZE_MAX - 1, FRAME_SIZE_MAX, FRAME_SIZE_MAX + 1, 300000 };
        const size_t part = FRAME_SIZE_MAX - FRAME_HEAD_SIZE;
        static uint8_t whole[300000];
        Pair *p = *state;

        for (uint32_t i = 0; i < ELEMENTSOF(sizes); i++) {
                _cleanup_(queue_clear) Queue q = {};
                size_t used = 0;

                put(&q, 10, 20);
                put(&q, i, sizes[i]);
                put(&q, 11, 20);
                (void) queue_send(&q, p->daemon);
                expect(p, 10, 20);
                if (sizes[i] <= FRAME_SIZE_MAX)
                        expect(p, i, sizes[i]);
                while (sizes[i] > FRAME_SIZE_MAX && used < sizes[i]) {
                        FrameReader body;
                        FrameHead head;

                        if (get(p, &head, &body) == 0) {
                                (void) queue_send(&q, p->daemon);
                                continue;
                        }
                        assert_int_equal(head.type, FRAME_PART);
                        assert_int_equal(body.size, sizes[i] - used < part ? sizes[i] - used : part);
                        memcpy(whole + used, body.data, body.size);
                        used += body.size;
                }
                if (sizes[i] > FRAME_SIZE_MAX) {
                        FrameReader body;
                        FrameHead head;

                        assert_int_equal(frame_decode_head(whole, sizes[i], &head, &body), 0);
                        assert_int_equal(head.serial, i);
                        for (size_t k = 0; k < body.size; k++)
                                assert_int_equal(body.data[k], i);
                }
                assert_int_equal(queue_send(&q, p->daemon), 0);
                expect(p, 11, 20);
        }
}

/* Sizes and pauses in no order: nothing is lost, doubled or mixed up. */
static void test_slow_reader_gets_everything_in_order(void **state) {
        _cleanup_(queue_clear) Queue q = {};
        uint32_t sent = 0, received = 0, dice = 1;
        Pair *p = *state;

        while (received < 20000) {
                FrameReader body;
                FrameHead head;

                dice = dice * 1103515245 + 12345;
                if (sent < 20000 && queue_size(&q) < 100000)
                        put(&q, sent++, FRAME_HEAD_SIZE + dice / 65536 % 700);
                else if (dice / 65536 % 3 == 0)
                        assert_in_range(queue_send(&q, p->daemon), 0, QUEUE_E_FULL);
                else if (get(p, &head, &body) > 0) {
                        assert_int_equal(head.serial, received);
                        received++;
                }
                if (sent == 20000)
                        (void) queue_send(&q, p->daemon);
        }
        assert_int_equal(queue_size(&q), 0);
        assert_in_range(q.allocated, 0, 1024);
}

static void test_full_socket_is_said_and_what_remains_stays(void **state) {
        _cleanup_(queue_clear) Queue q = {};
        Pair *p = *state;
        size_t before;

        for (uint32_t i = 0; i < 2000; i++)
                put(&q, i, 1000);
        before = queue_size(&q);
        assert_int_equal(queue_send(&q, p->daemon), QUEUE_E_FULL);
        assert_in_range(queue_size(&q), 1000, before - 1000);
        before = queue_size(&q);
        assert_int_equal(queue_send(&q, p->daemon), QUEUE_E_FULL);
        assert_int_equal(queue_size(&q), before);
        for (uint32_t i = 0; i < 2000; i++) {
                expect(p, i, 1000);
                (void) queue_send(&q, p->daemon);
        }
}

static void test_empty_queue_keeps_little_memory(void **state) {
        _cleanup_(queue_clear) Queue q = {};
        Pair *p = *state;

        put(&q, 1, 30000);
        assert_in_range(q.allocated, 30000, 65536);
        assert_int_equal(queue_send(&q, p->daemon), 0);
        assert_int_equal(q.allocated, 0);

        put(&q, 2, 100);
        assert_int_equal(queue_send(&q, p->daemon), 0);
        assert_in_range(q.allocated, 1, 1024);
        queue_clear(&q);
        assert_int_equal(q.allocated, 0);
        assert_int_equal(queue_send(&q, p->daemon), 0);
}

static void test_broken_connection_is_an_error(void **state) {
        _cleanup_(queue_clear) Queue q = {};
        Pair *p = *state;

        put(&q, 1, 100);
        (void) close(TAKE_FD(p->client));
        assert_int_equal(queue_send(&q, p->daemon), -EPIPE);
        assert_int_equal(queue_size(&q), 100);
}

static void test_size_that_no_queue_has_is_refused(void **state) {
        _cleanup_(queue_clear) Queue q = {};
        uint8_t *room;

        (void) state;
        put(&q, 1, 100);
        assert_int_equal(queue_reserve(&q, UINT32_MAX, &room), -ENOMEM);
        assert_int_equal(queue_size(&q), 100);
}

#define queue_test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
        const struct CMUnitTest tests[] = {
                queue_test(test_frames_of_any_size_come_out_one_by_one),
                queue_test(test_room_that_is_not_used_does_not_count),
                queue_test(test_what_is_too_long_for_a_datagram_travels_in_parts),
                queue_test(test_slow_reader_gets_everything_in_order),
                queue_test(test_full_socket_is_said_and_what_remains_stays),
                queue_test(test_empty_queue_keeps_little_memory),
                queue_test(test_broken_connection_is_an_error),
                queue_test(test_size_that_no_queue_has_is_refused),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
