/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Out of memory at every allocation of a scenario: a routine gives HA_GS_NO_MEMORY and can be called again,
 * a dispatch that cannot go on ends the connection, and nothing is leaked.
 */

#include <search.h>

#include "libha_gs-recorder.h"

static __thread bool counting; /* allocations of this thread */
static unsigned n_allocations, failing_one;
static long n_living;

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
void *__wrap_realloc(void *p, size_t size);
void __real_free(void *p);
void __wrap_free(void *p);
void *__real_tsearch(const void *key, void **root, int (*compare)(const void *, const void *));
void *__wrap_tsearch(const void *key, void **root, int (*compare)(const void *, const void *));

static bool fails(void) {
        if (!counting)
                return false;
        return ++n_allocations == failing_one;
}

static void *living(void *p) {
        if (p && counting)
                n_living++;
        return p;
}

void *__wrap_malloc(size_t size) {
        return fails() ? NULL : living(__real_malloc(size));
}

void *__wrap_calloc(size_t n, size_t size) {
        return fails() ? NULL : living(__real_calloc(n, size));
}

void *__wrap_realloc(void *p, size_t size) {
        if (fails())
                return NULL;
        return p ? __real_realloc(p, size) : living(__real_realloc(p, size));
}

void __wrap_free(void *p) {
        if (p && counting)
                n_living--;
        __real_free(p);
}

void *__wrap_tsearch(const void *key, void **root, int (*compare)(const void *, const void *)) {
        return fails() ? NULL : __real_tsearch(key, root, compare);
}

/* Of the test, not of the library. */
static void say_approved(ha_gs_token_t token, uint32_t n) {
        static GsProvider list[60];
        static uint8_t frame[4096];
        GsNotification notification = {
                .type = GS_APPROVED_NOTIFICATION,
                .request = GS_JOIN,
                .n_current = n,
                .current = list,
        };

        for (uint16_t i = 0; i < n; i++)
                list[i] = (GsProvider){ i, NODE };
        say(frame, notification_encode(&notification, token, NOTIFICATION_LIST_FULL, frame, sizeof(frame)));
}

static void say_in_parts(ha_gs_token_t token) {
        static uint8_t frame[1024], part[1024];
        GsNotification n = { .type = GS_APPROVED_NOTIFICATION, .n_current = 60 };
        ssize_t size = notification_encode(&n, token, NOTIFICATION_LIST_SAME, frame, sizeof(frame));
        FrameWriter w = frame_begin(part, sizeof(part), FRAME_PART, 0);

        for (ssize_t i = 0; i < size; i++)
                frame_put_u8(&w, frame[i]);
        say(part, frame_finish(&w));
}

/* Everything that allocates. True: it went to its end; false: the connection was lost. */
static bool scenario(void) {
        static char group[] = "group", other[] = "other";
        ha_gs_group_attributes_t attributes = attributes_of(group);
        ha_gs_proposal_info_t join_info = join_of(&attributes, 1);
        ha_gs_proposal_info_t subscribe_info = { .gs_subscribe_request = { HA_GS_SUBSCRIBE_STATE, other,
                                                                 on_subscription } };
        GsNotification n = { .type = GS_SUBSCRIPTION_NOTIFICATION, .subscription_type = GS_SUBSCRIBE_STATE };
        static uint8_t frame[1024];
        ha_gs_token_t provider, subscriber;
        ha_gs_rc_t r;

        r = ha_gs_join(&provider, &join_info);
        if (r == HA_GS_NO_MEMORY)
                r = ha_gs_join(&provider, &join_info);
        assert_int_equal(r, HA_GS_OK);
        r = ha_gs_subscribe(&subscriber, &subscribe_info);
        if (r == HA_GS_NO_MEMORY)
                r = ha_gs_subscribe(&subscriber, &subscribe_info);
        assert_int_equal(r, HA_GS_OK);

        say_approved(provider, 1);
        say_approved(provider, 60);
        say(frame, notification_encode(&n, subscriber, NOTIFICATION_LIST_NONE, frame, sizeof(frame)));
        say_in_parts(provider);
        r = ha_gs_dispatch(HA_GS_NON_BLOCKING);
        if (r == HA_GS_NOT_OK) {
                assert_int_equal(send_message(provider, "none"), HA_GS_NOT_OK);
                return false;
        }
        assert_int_equal(r, HA_GS_OK);
        assert_int_equal(n_shown, 4);

        say_approved(provider, 2);
        r = ha_gs_goodbye(provider);
        assert_true(r == HA_GS_OK || r == HA_GS_NOT_OK);
        return r == HA_GS_OK && ha_gs_dispatch(HA_GS_NON_BLOCKING) == HA_GS_OK;
}

static void run(bool *ret_whole, bool *ret_no_memory) {
        ha_gs_descriptor_t fd;
        ha_gs_rc_t r;

        n_shown = 0;
        n_allocations = 0;
        r = ha_gs_init(&fd, HA_GS_SOCKET_NO_SIGNAL, NULL, NULL, NULL, no_error, NULL);
        *ret_no_memory = r == HA_GS_NO_MEMORY;
        if (r == HA_GS_NO_MEMORY)
                r = ha_gs_init(&fd, HA_GS_SOCKET_NO_SIGNAL, NULL, NULL, NULL, no_error, NULL);
        assert_int_equal(r, HA_GS_OK);
        *ret_whole = scenario();
        ha_gs_quit();
        while (fake.peer >= 0)
                (void) usleep(100);
}

static void every_allocation_fails_once(_unused_ void **state) {
        unsigned n_cases, n_lost = 0, n_no_memory = 0;
        bool whole, no_memory;

        run(&whole, &no_memory);
        counting = true;
        failing_one = 0;
        run(&whole, &no_memory);
        n_cases = n_allocations;
        assert_true(whole);
        assert_int_equal(n_living, 0);
        assert_in_range(n_cases, 12, 100);

        for (failing_one = 1; failing_one <= n_cases; failing_one++) {
                run(&whole, &no_memory);
                n_lost += !whole;
                n_no_memory += no_memory;
                if (n_living != 0)
                        fail_msg("%ld are leaked when allocation %u fails", n_living, failing_one);
        }
        counting = false;
        assert_int_equal(n_no_memory, 2); /* in init: the connection, and its buffer */
        assert_in_range(n_lost, 5, n_cases - 5);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                recorder_test(every_allocation_fails_once),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
