/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The embedded engine: one order, whole turns, no re-entrancy; and the outbox that all engines have. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "engine/engine.h"
#include "engine/outbox.h"

#define N_MANY 200 /* messages of 2 KiB are more than three multicasts */

static const NodeId self = { .number = 3, .incarnation = 9 };

typedef struct Fixture {
        sd_event *event;
        Engine *engine;
        unsigned n_events, n_turns;
        EventType types[N_MANY + 8];
        uint32_t serials[N_MANY + 8];
        NodeId senders[N_MANY + 8];
        unsigned turns[N_MANY + 8]; /* in which of the turns each one came */
        bool echo;                  /* answer the next message from within the delivery */
        bool inside;
} Fixture;

static Event message(uint32_t serial, const void *data, uint32_t size) {
        return (Event){
                .type = EVENT_MESSAGE,
                .client = { .connection = 1, .token = 2 },
                .message = { .proposal = { .serial = serial, .num_phases = GS_1_PHASE },
                                .message = { .data = data, .size = size } },
        };
}

static void send(Fixture *f, uint32_t serial) {
        const Event e = message(serial, "x", 1);

        assert_int_equal(engine_multicast(f->engine, &e), 0);
}

static void on_deliver(void *userdata, const Event *event) {
        Fixture *f = userdata;

        assert_false(f->inside);
        f->inside = true;
        f->types[f->n_events] = event->type;
        f->senders[f->n_events] = event->sender;
        f->serials[f->n_events] = event->type == EVENT_MESSAGE ? event->message.proposal.serial : 0;
        f->turns[f->n_events++] = f->n_turns;
        if (f->echo && event->type == EVENT_MESSAGE) {
                f->echo = false;
                send(f, 99);
        }
        f->inside = false;
}

static void on_delivered(void *userdata) {
        ((Fixture *) userdata)->n_turns++;
}

static int setup(void **state) {
        const EngineCallbacks callbacks = { .deliver = on_deliver, .delivered = on_delivered };
        Fixture *f = calloc(1, sizeof(*f));

        assert_int_equal(sd_event_new(&f->event), 0);
        assert_int_equal(engine_local_open(f->event, self, &callbacks, f, &f->engine), 0);
        *state = f;
        return 0;
}

static int teardown(void **state) {
        Fixture *f = *state;

        assert_null(engine_close(f->engine));
        assert_null(sd_event_unref(f->event));
        free(f);
        return 0;
}

/* Until there is nothing to do. */
static void run(Fixture *f) {
        while (sd_event_run(f->event, 0) > 0)
                ;
}

static void test_the_view_is_there_at_once(void **state) {
        Fixture *f = *state;

        assert_int_equal(f->n_events, 1);
        assert_int_equal(f->types[0], EVENT_VIEW);
        send(f, 1);
        assert_int_equal(f->n_events, 1); /* not from within the call */
        run(f);
        assert_int_equal(f->n_events, 2);
        assert_int_equal(f->types[1], EVENT_MESSAGE);
        assert_true(node_id_equal(f->senders[1], self));
}

static void test_one_turn_is_delivered_together_and_in_order(void **state) {
        Fixture *f = *state;

        run(f);
        for (uint32_t i = 1; i <= 5; i++)
                send(f, i);
        run(f);
        assert_int_equal(f->n_events, 6);
        assert_int_equal(f->n_turns, 2);
        for (uint32_t i = 1; i <= 5; i++) {
                assert_int_equal(f->serials[i], i);
                assert_int_equal(f->turns[i], 1);
        }
}

static void test_what_is_sent_meanwhile_comes_in_the_next_turn(void **state) {
        Fixture *f = *state;

        run(f);
        f->echo = true;
        send(f, 1);
        send(f, 2);
        run(f);
        assert_int_equal(f->n_events, 4);
        assert_int_equal(f->serials[2], 2);
        assert_int_equal(f->serials[3], 99);
        assert_int_equal(f->turns[2], 1);
        assert_int_equal(f->turns[3], 2);
}

static void test_more_than_a_multicast_holds_is_one_turn(void **state) {
        static const char data[GS_MESSAGE_MAX];
        Fixture *f = *state;

        run(f);
        for (uint32_t i = 1; i <= N_MANY; i++) {
                const Event e = message(i, data, sizeof(data));

                assert_int_equal(engine_multicast(f->engine, &e), 0);
        }
        run(f);
        assert_int_equal(f->n_events, N_MANY + 1);
        assert_int_equal(f->n_turns, 2);
        for (uint32_t i = 1; i <= N_MANY; i++)
                assert_int_equal(f->serials[i], i);
}

static void test_an_event_out_of_bounds_is_refused_and_harms_nobody(void **state) {
        Fixture *f = *state;
        const Event bad = message(1, "", 0);

        run(f);
        send(f, 1);
        assert_int_equal(engine_multicast(f->engine, &bad), -EINVAL);
        send(f, 2);
        run(f);
        assert_int_equal(f->n_events, 3);
        assert_int_equal(f->serials[2], 2);
}

static void test_what_was_not_delivered_goes_with_the_engine(void **state) {
        send(*state, 1);
}

static void test_packs_are_full_and_are_used_again(_unused_ void **state) {
        const EventHead head = { .version = EVENT_VERSION, .sender = self, .domain = self, .epoch = 1 };
        static const char data[GS_MESSAGE_MAX];
        const Event e = message(1, data, sizeof(data));
        Outbox outbox = {};
        Pack *pack, *first;
        unsigned n = 0;

        assert_null(outbox_take(&outbox));
        for (unsigned i = 0; i < N_MANY; i++)
                assert_int_equal(outbox_put(&outbox, &head, &e), 0);
        first = outbox.first;
        while ((pack = outbox_take(&outbox))) {
                if (outbox.first)
                        assert_true(pack->writer.used > EVENT_MULTICAST_MAX - GS_MESSAGE_MAX - 64);
                n++;
                outbox_recycle(&outbox, pack);
        }
        assert_int_equal(n, N_MANY * sizeof(data) / EVENT_MULTICAST_MAX + 1);

        assert_int_equal(outbox_put(&outbox, &head, &e), 0);
        assert_ptr_equal(outbox.first, first);
        outbox_done(&outbox);
        assert_null(outbox.first);
        assert_null(outbox.spare);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_the_view_is_there_at_once, setup, teardown),
                cmocka_unit_test_setup_teardown(
                                test_one_turn_is_delivered_together_and_in_order, setup, teardown),
                cmocka_unit_test_setup_teardown(
                                test_what_is_sent_meanwhile_comes_in_the_next_turn, setup, teardown),
                cmocka_unit_test_setup_teardown(
                                test_more_than_a_multicast_holds_is_one_turn, setup, teardown),
                cmocka_unit_test_setup_teardown(
                                test_an_event_out_of_bounds_is_refused_and_harms_nobody, setup, teardown),
                cmocka_unit_test_setup_teardown(
                                test_what_was_not_delivered_goes_with_the_engine, setup, teardown),
                cmocka_unit_test(test_packs_are_full_and_are_used_again),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
