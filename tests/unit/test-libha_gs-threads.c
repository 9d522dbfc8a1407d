/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Many threads that dispatch (gsapi.md 5.2): in each group one callback at a time and in order, different
 * groups at the same time, and every routine at any time. Under ThreadSanitizer too: make tsan.
 */

#include <stdatomic.h>

#include "libha_gs-fixture.h"

#define N_THREADS 8
#define N_GROUPS 5
#define N_MESSAGES 3000 /* in each group */

typedef struct World {
        _Atomic ha_gs_token_t tokens[N_GROUPS], watchers[N_GROUPS];
        atomic_uint running[N_GROUPS], seen[N_GROUPS], watched[N_GROUPS];
        atomic_uint at_once, most_at_once;
        atomic_uint n_sent;
        atomic_bool slow;
} World;

static World world;

/* ---- callbacks ---- */

static unsigned group_of(ha_gs_token_t token) {
        for (unsigned i = 0; i < N_GROUPS; i++)
                if (world.tokens[i] == token || world.watchers[i] == token)
                        return i;
        fail_msg("token %d is none", token);
        return 0;
}

static void enter(unsigned group) {
        unsigned n = atomic_fetch_add(&world.at_once, 1) + 1, most = world.most_at_once;

        while (n > most && !atomic_compare_exchange_weak(&world.most_at_once, &most, n))
                ;
        assert_int_equal(atomic_fetch_add(&world.running[group], 1), 0);
        if (world.slow)
                (void) usleep(2000);
}

static void leave(unsigned group) {
        (void) atomic_fetch_sub(&world.running[group], 1);
        (void) atomic_fetch_sub(&world.at_once, 1);
}

/* The number of the message is its text. */
static void on_approved(const ha_gs_approved_notification_t *block) {
        const ha_gs_provider_message_t *message = block->gs_proposal->gs_provider_message;
        unsigned group, number;

        if (!message)
                return; /* the join, maybe of a connection that has ended since: its tokens are forgotten
                           here */
        group = group_of(block->gs_provider_token);
        enter(group);
        assert_int_equal(message->gs_length, sizeof(number));
        memcpy(&number, message->gs_message, sizeof(number));
        assert_int_equal(number, atomic_fetch_add(&world.seen[group], 1));
        assert_int_equal(block->gs_proposal->gs_current_providers->gs_count, 1 + number % 2);
        if (number % 16 == 0) {
                ha_gs_leave_request_t request = { HA_GS_1_PHASE, 0, number };

                assert_int_equal(ha_gs_leave(block->gs_provider_token,
                                                 &(ha_gs_proposal_info_t){ .gs_leave_request = request }),
                                HA_GS_OK);
                (void) atomic_fetch_add(&world.n_sent, 1);
        }
        leave(group);
}

static void on_subscription(const ha_gs_subscription_notification_t *block) {
        unsigned group = group_of(block->gs_subscriber_token);

        enter(group);
        (void) atomic_fetch_add(&world.watched[group], 1);
        leave(group);
}

static void on_n_phase(_unused_ const ha_gs_n_phase_notification_t *block) {
        fail_msg("an n-phase protocol");
}

static void on_rejected(_unused_ const ha_gs_rejected_notification_t *block) {
        fail_msg("a rejection");
}

static void on_announcement(_unused_ const ha_gs_announcement_notification_t *block) {
        fail_msg("an announcement");
}

/* ---- a client with threads ---- */

static void *dispatch_blocking(_unused_ void *argument) {
        return (void *) (uintptr_t) ha_gs_dispatch(HA_GS_BLOCKING);
}

static ha_gs_token_t join(unsigned group) {
        char name[] = { 'g', (char) ('0' + group), 0 };
        ha_gs_group_attributes_t attributes = attributes_of(name);
        ha_gs_proposal_info_t info = { .gs_join_request = {
                                                       .gs_group_attributes = &attributes,
                                                       .gs_provider_instance = 1,
                                                       .gs_n_phase_protocol_callback = on_n_phase,
                                                       .gs_protocol_approved_callback = on_approved,
                                                       .gs_protocol_rejected_callback = on_rejected,
                                                       .gs_announcement_callback = on_announcement,
                                       } };
        ha_gs_token_t token;

        assert_int_equal(ha_gs_join(&token, &info), HA_GS_OK);
        return token;
}

static ha_gs_token_t subscribe(unsigned group) {
        char name[] = { 'g', (char) ('0' + group), 0 };
        ha_gs_proposal_info_t info = { .gs_subscribe_request = {
                                                       HA_GS_SUBSCRIBE_STATE, name, on_subscription } };
        ha_gs_token_t token;

        assert_int_equal(ha_gs_subscribe(&token, &info), HA_GS_OK);
        return token;
}

static void start_world(pthread_t threads[static N_THREADS]) {
        static const GsProvider member = { 1, NODE };

        memset(&world, 0, sizeof(world));
        (void) start_client(no_error);
        for (unsigned i = 0; i < N_GROUPS; i++) {
                GsNotification n = { .type = GS_APPROVED_NOTIFICATION,
                        .request = GS_JOIN,
                        .n_current = 1,
                        .current = &member };

                world.tokens[i] = join(i);
                world.watchers[i] = subscribe(i);
                say_notification(world.tokens[i], NOTIFICATION_LIST_FULL, &n);
        }
        for (unsigned i = 0; i < N_THREADS; i++)
                assert_int_equal(pthread_create(&threads[i], NULL, dispatch_blocking, NULL), 0);
}

static void say_message(unsigned group, unsigned number) {
        static const GsProvider other = { 2, NODE };
        GsNotification n = { .type = GS_APPROVED_NOTIFICATION,
                .request = GS_PROVIDER_MESSAGE,
                .message = { &number, sizeof(number) },
                .n_current = 1 + number % 2,
                .n_changing = number > 0,
                .changing = &other };
        GsNotification w = { .type = GS_SUBSCRIPTION_NOTIFICATION, .subscription_type = GS_SUBSCRIBE_STATE };

        say_notification(world.tokens[group],
                        number == 0       ? NOTIFICATION_LIST_SAME
                        : number % 2 == 1 ? NOTIFICATION_LIST_APPEND
                                          : NOTIFICATION_LIST_REMOVE,
                        &n);
        say_notification(world.watchers[group], NOTIFICATION_LIST_NONE, &w);
}

static void wait_for(atomic_uint *count, unsigned wanted) {
        uint64_t end = clock_usec(CLOCK_MONOTONIC) + 3 * PATIENCE_USEC;

        while (*count < wanted && clock_usec(CLOCK_MONOTONIC) < end)
                (void) usleep(1000);
        assert_int_equal(*count, wanted);
}

static void join_threads(pthread_t threads[static N_THREADS], ha_gs_rc_t wanted) {
        void *r;

        for (unsigned i = 0; i < N_THREADS; i++) {
                assert_int_equal(pthread_join(threads[i], &r), 0);
                assert_int_equal((ha_gs_rc_t) (uintptr_t) r, wanted);
        }
}

static void groups_in_order_and_at_the_same_time(_unused_ void **state) {
        pthread_t threads[N_THREADS];

        start_world(threads);
        for (unsigned number = 0; number < N_MESSAGES; number++)
                for (unsigned i = 0; i < N_GROUPS; i++)
                        say_message(i, number);
        for (unsigned i = 0; i < N_GROUPS; i++) {
                wait_for(&world.seen[i], N_MESSAGES);
                wait_for(&world.watched[i], N_MESSAGES);
        }
        ha_gs_quit();
        join_threads(threads, HA_GS_NO_INIT);
}

static void slow_callbacks_do_not_hold_up_other_groups(_unused_ void **state) {
        pthread_t threads[N_THREADS];

        start_world(threads);
        world.slow = true;
        for (unsigned number = 0; number < 20; number++)
                for (unsigned i = 0; i < N_GROUPS; i++)
                        say_message(i, number);
        for (unsigned i = 0; i < N_GROUPS; i++)
                wait_for(&world.watched[i], 20);
        assert_int_equal(world.most_at_once, N_GROUPS);
        hang_up();
        join_threads(threads, HA_GS_NOT_OK);
}

/* ---- a callback that outlives its connection ---- */

static atomic_uint n_called, n_of_new;
static atomic_bool held;
static _Atomic ha_gs_token_t new_token;

static void on_held(const ha_gs_approved_notification_t *block) {
        if (block->gs_provider_token == new_token) {
                assert_false(held);
                (void) atomic_fetch_add(&n_of_new, 1);
                return;
        }
        (void) atomic_fetch_add(&n_called, 1);
        while (held)
                (void) usleep(1000);
}

static void join_held(void) {
        static const GsProvider member = { 1, NODE };
        GsNotification n = {
                .type = GS_APPROVED_NOTIFICATION, .request = GS_JOIN, .n_current = 1, .current = &member
        };
        ha_gs_group_attributes_t attributes = attributes_of((char *) "held");
        ha_gs_proposal_info_t info = { .gs_join_request = { &attributes, 1, NULL, on_n_phase, on_held,
                                                       on_rejected, on_announcement, NULL } };
        ha_gs_token_t token;

        assert_int_equal(ha_gs_join(&token, &info), HA_GS_OK);
        new_token = n_called > 0 ? token : 0;
        for (unsigned i = 0; i < 3; i++)
                say_notification(token, NOTIFICATION_LIST_FULL, &n);
}

/* What waited behind it is not dispatched any more; what is new waits for it, as for any of its group. */
static void a_callback_outlives_its_connection(_unused_ void **state) {
        pthread_t threads[3];
        void *r;

        n_called = n_of_new = 0;
        held = true;
        (void) start_client(no_error);
        join_held();
        for (unsigned i = 0; i < 2; i++)
                assert_int_equal(pthread_create(&threads[i], NULL, dispatch_blocking, NULL), 0);
        wait_for(&n_called, 1);
        (void) usleep(20000);
        ha_gs_quit();
        while (fake.peer >= 0)
                (void) usleep(1000);

        (void) start_client(no_error);
        join_held();
        assert_int_equal(pthread_create(&threads[2], NULL, dispatch_blocking, NULL), 0);
        (void) usleep(20000);
        assert_int_equal(n_of_new, 0);
        held = false;
        wait_for(&n_of_new, 3);
        assert_int_equal(n_called, 1);
        ha_gs_quit();
        for (unsigned i = 0; i < 3; i++) {
                assert_int_equal(pthread_join(threads[i], &r), 0);
                assert_int_equal((ha_gs_rc_t) (uintptr_t) r, HA_GS_NO_INIT);
        }
}

/* ---- sending while another thread reads ---- */

static void *hear_again(_unused_ void *argument) {
        (void) usleep(300000);
        fake.deaf = false;
        return NULL;
}

static void room_comes_while_another_thread_watches(_unused_ void **state) {
        static char bytes[GS_MESSAGE_MAX];
        ha_gs_provider_message_t message = { sizeof(bytes), bytes };
        ha_gs_proposal_info_t info = { .gs_message_request = { HA_GS_1_PHASE, 0, &message } };
        pthread_t threads[N_THREADS], hearer;

        start_world(threads);
        while (fake.n_heard < 2 * N_GROUPS)
                (void) usleep(1000);
        say_message(0, 0);
        wait_for(&world.seen[0], 1);
        fake.deaf = true;
        (void) usleep(20000);
        assert_int_equal(pthread_create(&hearer, NULL, hear_again, NULL), 0);
        for (unsigned i = 0; i < 1000; i++)
                assert_int_equal(ha_gs_send_message(world.tokens[0], &info), HA_GS_OK);
        assert_int_equal(pthread_join(hearer, NULL), 0);
        ha_gs_quit();
        join_threads(threads, HA_GS_NO_INIT);
}

/* ---- everything at any time ---- */

static atomic_bool stop;

static void *come_and_go(void *argument) {
        unsigned group = (unsigned) (uintptr_t) argument;

        for (unsigned i = 0; !stop; i++) {
                int node;

                /* What comes of it depends on what the others do: only that all goes on counts. */
                if (i % 2)
                        (void) ha_gs_goodbye(world.tokens[group]);
                else
                        (void) ha_gs_unsubscribe(world.watchers[group]);
                (void) ha_gs_vote(world.tokens[group], HA_GS_VOTE_APPROVE, NULL, NULL, HA_GS_NULL_VOTE);
                (void) ha_gs_get_node_number(&node);
                (void) ha_gs_dispatch(HA_GS_NON_BLOCKING);
        }
        return NULL;
}

static void connections_come_and_go(_unused_ void **state) {
        static const GsProvider member = { 1, NODE };
        pthread_t threads[N_THREADS];
        void *r;

        stop = false;
        memset(&world, 0, sizeof(world));
        for (unsigned i = 0; i < N_THREADS; i++)
                assert_int_equal(pthread_create(&threads[i], NULL, come_and_go,
                                                 (void *) (uintptr_t) (i % N_GROUPS)),
                                0);
        for (unsigned round = 0; round < 100; round++) {
                GsNotification n = { .type = GS_APPROVED_NOTIFICATION,
                        .request = GS_JOIN,
                        .n_current = 1,
                        .current = &member };

                (void) start_client(no_error);
                for (unsigned i = 0; i < N_GROUPS; i++) {
                        world.tokens[i] = join(i);
                        world.watchers[i] = subscribe(i);
                        say_notification(world.tokens[i], NOTIFICATION_LIST_FULL, &n);
                }
                for (unsigned i = 0; i < N_GROUPS; i++)
                        (void) ha_gs_goodbye(world.tokens[i]);
                if (round % 2)
                        ha_gs_quit();
                else {
                        hang_up();
                        while (ha_gs_dispatch(HA_GS_NON_BLOCKING) == HA_GS_OK)
                                ;
                }
                while (fake.peer >= 0)
                        (void) usleep(100);
        }
        stop = true;
        for (unsigned i = 0; i < N_THREADS; i++)
                assert_int_equal(pthread_join(threads[i], &r), 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                fake_test(groups_in_order_and_at_the_same_time),
                fake_test(slow_callbacks_do_not_hold_up_other_groups),
                fake_test(a_callback_outlives_its_connection),
                fake_test(room_comes_while_another_thread_watches),
                fake_test(connections_come_and_go),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
