/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Daemons that end, or talk nonsense: HA_GS_NOT_OK at once, and ha_gs_init() works again. */

#include "libha_gs-recorder.h"

static ha_gs_token_t provider, subscriber;

static void start(void) {
        (void) start_client(on_delayed_error);
        provider = join("group", 3);
        subscriber = subscribe("group", HA_GS_SUBSCRIBE_STATE_AND_MEMBERSHIP);
}

static void assert_lost(void) {
        assert_int_equal(ha_gs_dispatch(HA_GS_NON_BLOCKING), HA_GS_NOT_OK);
        assert_int_equal(ha_gs_dispatch(HA_GS_BLOCKING), HA_GS_NOT_OK);
        assert_int_equal(send_message(provider, "none"), HA_GS_NOT_OK);
        hang_up();
}

/* Said to a client with a provider and a subscriber; no callback runs. */
static void assert_breaks(const void *frame, size_t size) {
        unsigned n;

        start();
        n = n_shown;
        say(frame, (ssize_t) size);
        assert_lost();
        assert_int_equal(n_shown, n);
}

static size_t encode(
                const GsNotification *n, int32_t token, NotificationList list, void *frame, size_t size) {
        ssize_t length = notification_encode(n, token, list, frame, size);

        assert_true(length > 0);
        return (size_t) length;
}

/* ---- ends ---- */

static void what_came_before_the_end_is_dispatched(_unused_ void **state) {
        GsNotification n = approved();

        start();
        say_notification(provider, NOTIFICATION_LIST_SAME, &n);
        say_notification(provider, NOTIFICATION_LIST_SAME, &n);
        hang_up();
        n_shown = 0;
        assert_int_equal(ha_gs_dispatch(HA_GS_NON_BLOCKING), HA_GS_NOT_OK);
        assert_int_equal(n_shown, 2);
        assert_lost();
}

static void send_in_vain(const Shown *s) {
        assert_int_equal(send_message(s->token, "none"), HA_GS_NOT_OK);
}

/* The daemon that closes without having read what was sent resets the connection; the same holds for that.
 */
static void what_came_before_a_reset_is_dispatched(_unused_ void **state) {
        GsNotification n = approved();

        start();
        fake.deaf = true;
        (void) usleep(20000);
        assert_int_equal(send_message(provider, "nobody reads it"), HA_GS_OK);
        say_notification(provider, NOTIFICATION_LIST_SAME, &n);
        say_last_words("reset");
        (void) pthread_mutex_lock(&fake.lock);
        (void) close(fake.peer);
        fake.peer = -EBADF;
        (void) pthread_mutex_unlock(&fake.lock);

        n_shown = 0;
        in_callback = send_in_vain;
        assert_int_equal(ha_gs_dispatch(HA_GS_BLOCKING), HA_GS_NOT_OK);
        assert_int_equal(n_shown, 1);
        assert_lost();
}

static void what_came_before_a_failed_send_is_dispatched(_unused_ void **state) {
        GsNotification n = approved();

        start();
        say_notification(provider, NOTIFICATION_LIST_SAME, &n);
        hang_up();
        n_shown = 0;
        assert_int_equal(send_message(provider, "too late"), HA_GS_NOT_OK);
        assert_int_equal(n_shown, 0);
        assert_int_equal(ha_gs_dispatch(HA_GS_NON_BLOCKING), HA_GS_NOT_OK);
        assert_int_equal(n_shown, 1);
        assert_lost();
}

static void an_end_is_readable(_unused_ void **state) {
        struct pollfd p = { .events = POLLIN };

        p.fd = start_client(no_error);
        assert_int_equal(poll(&p, 1, 0), 0);
        say("x", 1);
        assert_int_equal(poll(&p, 1, 0), 1);
        assert_int_equal(ha_gs_dispatch(HA_GS_NON_BLOCKING), HA_GS_NOT_OK);
        assert_int_equal(poll(&p, 1, 0), 1);
        hang_up();
}

/* ---- frames that are none, or cannot be ---- */

static void garbage(_unused_ void **state) {
        static const char *const texts[] = { "x", "HAGS", "a text that is longer than the head of a frame" };

        for (size_t i = 0; i < ELEMENTSOF(texts); i++)
                assert_breaks(texts[i], strlen(texts[i]));
}

static void frames_of_the_wrong_kind(_unused_ void **state) {
        for (unsigned type = 0; type < FRAME_PART + 3; type++) {
                uint8_t frame[FRAME_HEAD_SIZE];
                FrameWriter w = frame_begin(frame, sizeof(frame), type, 0);

                if (type != FRAME_DONE && type != FRAME_PING)
                        assert_breaks(frame, (size_t) frame_finish(&w));
        }
}

/* A check that nobody asked for. */
static void pings_without_responsiveness(_unused_ void **state) {
        uint8_t frame[FRAME_HEAD_SIZE + 1];
        FrameWriter w = frame_begin(frame, sizeof(frame), FRAME_PING, 0);

        assert_breaks(frame, (size_t) frame_finish(&w));
        w = frame_begin(frame, sizeof(frame), FRAME_PING, 0);
        frame_put_u8(&w, 1);
        assert_breaks(frame, (size_t) frame_finish(&w));
}

static void another_version(_unused_ void **state) {
        uint8_t frame[FRAME_HEAD_SIZE];
        FrameWriter w = frame_begin(frame, sizeof(frame), FRAME_DONE, 0);

        (void) frame_finish(&w);
        frame[4] = FRAME_VERSION + 1;
        assert_breaks(frame, sizeof(frame));
}

/* A DONE that nobody waits for is harmless: the one who did may have given up. */
static void an_answer_without_a_question(_unused_ void **state) {
        start();
        say_empty(FRAME_DONE, 4711);
        assert_int_equal(ha_gs_dispatch(HA_GS_NON_BLOCKING), HA_GS_OK);
}

static void tokens_that_never_were(_unused_ void **state) {
        static const int32_t numbers[] = { 0, -1, INT32_MIN, INT32_MAX };
        uint8_t frame[1024];
        GsNotification n = approved();

        for (size_t i = 0; i < ELEMENTSOF(numbers); i++)
                assert_breaks(frame, encode(&n, numbers[i], NOTIFICATION_LIST_SAME, frame, sizeof(frame)));
}

static void notifications_of_the_other_kind(_unused_ void **state) {
        uint8_t frame[1024];

        for (unsigned type = 0; type <= GS_MERGE_NOTIFICATION; type++) {
                GsNotification n = { .type = type, .n_current = 1 };
                bool of_provider = type >= GS_N_PHASE_NOTIFICATION && type <= GS_ANNOUNCEMENT_NOTIFICATION;
                bool of_subscriber = type == GS_SUBSCRIPTION_NOTIFICATION;

                for (unsigned i = 0; i < 2; i++) {
                        if (i == 0 ? of_provider : of_subscriber)
                                continue;
                        start();
                        say(frame, (ssize_t) encode(&n, i == 0 ? provider : subscriber,
                                                   NOTIFICATION_LIST_SAME, frame, sizeof(frame)));
                        assert_lost();
                }
        }
}

static void lists_that_do_not_come_out(_unused_ void **state) {
        static const GsProvider other = { 4, 4 }, self = { 3, NODE };
        static const struct {
                NotificationList list;
                uint32_t n_current, n_changing;
                const GsProvider *changing;
        } cases[] = {
                { NOTIFICATION_LIST_NONE, 0, 0, NULL },
                { NOTIFICATION_LIST_SAME, 0, 0, NULL },
                { NOTIFICATION_LIST_SAME, 2, 0, NULL },
                { NOTIFICATION_LIST_APPEND, 1, 1, &other },
                { NOTIFICATION_LIST_APPEND, 3, 1, &other },
                { NOTIFICATION_LIST_REMOVE, 0, 1, &other },
                { NOTIFICATION_LIST_REMOVE, 1, 1, &self },
        };
        uint8_t frame[1024];

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                GsNotification n = approved();
                unsigned before;

                n.n_current = cases[i].n_current;
                n.n_changing = cases[i].n_changing;
                n.changing = cases[i].changing;
                start();
                before = n_shown;
                say(frame, (ssize_t) encode(&n, provider, cases[i].list, frame, sizeof(frame)));
                assert_lost();
                assert_int_equal(n_shown, before);
        }
}

static void a_subscription_without_its_list(_unused_ void **state) {
        GsNotification n = { .type = GS_SUBSCRIPTION_NOTIFICATION,
                .subscription_type = GS_SUBSCRIBE_MEMBERSHIP };
        uint8_t frame[1024];

        start();
        say(frame, (ssize_t) encode(&n, subscriber, NOTIFICATION_LIST_NONE, frame, sizeof(frame)));
        assert_lost();
}

static void errors_of_what_was_not_asked(_unused_ void **state) {
        const Event leave = { .type = EVENT_LEAVE,
                .client = { .token = 1 },
                .leave = { .proposal = { .num_phases = GS_1_PHASE } } };
        const Event vote_event = {
                .type = EVENT_VOTE, .client = { .token = 1 }, .vote = { .value = GS_VOTE_APPROVE }
        };
        const struct {
                bool to_subscriber;
                GsRequest request;
                const Event *failing;
        } cases[] = {
                { false, GS_LEAVE, NULL },
                { false, GS_EXPEL, &leave },
                { false, GS_JOIN, &leave },
                { false, GS_SUBSCRIPTION, NULL },
                { false, GS_PROVIDER_MESSAGE, &vote_event },
                { false, GS_CAST_OUT, &vote_event },
                { true, GS_JOIN, NULL },
                { true, GS_LEAVE, &leave },
                { true, GS_SUBSCRIPTION, &leave },
        };
        unsigned before;

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                start();
                before = n_shown;
                say_error(cases[i].to_subscriber ? subscriber : provider, cases[i].request, GS_COLLIDE,
                                cases[i].failing);
                assert_lost();
                assert_int_equal(n_shown, before);
        }
}

/* ---- every frame cut at every length, and with every bit turned ---- */

static size_t a_rich_frame(uint8_t *frame, size_t size) {
        static const GsProvider changing[] = { { 4, 4 }, { 5, 5 } };
        static const GsLeave leaves[] = { { GS_VOLUNTARY_LEAVE, 1 }, { GS_PROVIDER_FAILURE, 0 } };
        static const GsAttributes attributes = {
                .num_phases = GS_1_PHASE, .reflection_num_phases = GS_1_PHASE, .group = "g"
        };
        GsNotification n = approved();

        n.n_changing = 2;
        n.changing = changing;
        n.leaves = leaves;
        n.attributes = &attributes;
        n.message = (GsBytes){ "message", 7 };
        n.state = (GsBytes){ "state", 5 };
        return encode(&n, provider, NOTIFICATION_LIST_SAME, frame, size);
}

static void fix_length(uint8_t *frame, size_t size) {
        for (unsigned i = 0; i < 4; i++)
                frame[8 + i] = (uint8_t) (size >> 8 * i);
}

static void cut_frames(_unused_ void **state) {
        uint8_t frame[1024], copy[1024];
        size_t size;

        start();
        size = a_rich_frame(frame, sizeof(frame));
        hang_up();
        assert_lost();
        for (size_t n = 1; n < size; n++) {
                memcpy(copy, frame, n);
                if (n >= 12)
                        fix_length(copy, n);
                start();
                memcpy(copy + FRAME_HEAD_SIZE, &provider, sizeof(provider));
                say(copy, (ssize_t) n);
                assert_lost();
        }
}

/* Some are still frames, and some hit a token that has ended: nothing but that or the loss may come of it.
 */
static void turned_bits(_unused_ void **state) {
        uint8_t frame[1024];
        size_t size;

        start();
        size = a_rich_frame(frame, sizeof(frame));
        for (size_t bit = 0; bit < size * 8; bit++) {
                ha_gs_rc_t r;

                size = a_rich_frame(frame, sizeof(frame));
                frame[bit / 8] ^= (uint8_t) (1 << bit % 8);
                say(frame, (ssize_t) size);
                r = ha_gs_dispatch(HA_GS_NON_BLOCKING);
                if (r == HA_GS_OK && send_message(provider, "alive") == HA_GS_OK) {
                        (void) heard_event(EVENT_MESSAGE);
                        continue;
                }
                ha_gs_quit();
                hang_up();
                start();
        }
}

static void doubled_frames(_unused_ void **state) {
        uint8_t frame[2048];
        size_t size;

        start();
        size = a_rich_frame(frame, sizeof(frame));
        memcpy(frame + size, frame, size);
        say(frame, (ssize_t) (2 * size));
        assert_lost();

        /* One after the other they are two notifications. */
        start();
        size = a_rich_frame(frame, sizeof(frame));
        n_shown = 0;
        say(frame, (ssize_t) size);
        say(frame, (ssize_t) size);
        dispatch_until(&n_shown, 2);
}

/* ---- parts ---- */

static void say_part(const void *data, size_t size) {
        uint8_t datagram[4096];
        FrameWriter w = frame_begin(datagram, sizeof(datagram), FRAME_PART, 0);

        for (size_t i = 0; i < size; i++)
                frame_put_u8(&w, ((const uint8_t *) data)[i]);
        say(datagram, frame_finish(&w));
}

static void parts_that_make_no_frame(_unused_ void **state) {
        uint8_t frame[1024];
        size_t size;

        /* nothing in it */
        start();
        say_part("", 0);
        assert_lost();

        /* something between them */
        start();
        size = a_rich_frame(frame, sizeof(frame));
        say_part(frame, 20);
        say(frame, (ssize_t) size);
        assert_lost();

        /* more than the frame */
        start();
        size = a_rich_frame(frame, sizeof(frame));
        frame[size] = 0;
        say_part(frame, 20);
        say_part(frame + 20, size + 1 - 20);
        assert_lost();

        /* a length that is shorter than the head */
        start();
        size = a_rich_frame(frame, sizeof(frame));
        fix_length(frame, 3);
        say_part(frame, size);
        assert_lost();

        /* a part in parts */
        start();
        size = a_rich_frame(frame, sizeof(frame));
        frame[6] = FRAME_PART;
        say_part(frame, size);
        assert_lost();

        /* the end in the middle */
        start();
        (void) a_rich_frame(frame, sizeof(frame));
        say_part(frame, 20);
        hang_up();
        assert_lost();
}

static void parts_that_never_end(_unused_ void **state) {
        static uint8_t part[FRAME_SIZE_MAX];
        FrameWriter w;
        ssize_t size;
        unsigned n = 0;

        w = frame_begin(part, sizeof(part), FRAME_PART, 0);
        while (!w.bad)
                frame_put_u8(&w, 0xff);
        w = (FrameWriter){ .data = part, .size = sizeof(part), .used = sizeof(part) };
        size = frame_finish(&w);

        start();
        do {
                say(part, size);
                n++;
        } while (ha_gs_dispatch(HA_GS_NON_BLOCKING) == HA_GS_OK && n < 100);
        assert_in_range(n, 2, NOTIFICATION_SIZE_MAX / FRAME_SIZE_MAX + 2);
        assert_lost();
}

int main(void) {
        const struct CMUnitTest tests[] = {
                recorder_test(what_came_before_the_end_is_dispatched),
                recorder_test(what_came_before_a_reset_is_dispatched),
                recorder_test(what_came_before_a_failed_send_is_dispatched),
                recorder_test(an_end_is_readable),
                recorder_test(garbage),
                recorder_test(frames_of_the_wrong_kind),
                recorder_test(pings_without_responsiveness),
                recorder_test(another_version),
                recorder_test(an_answer_without_a_question),
                recorder_test(tokens_that_never_were),
                recorder_test(notifications_of_the_other_kind),
                recorder_test(lists_that_do_not_come_out),
                recorder_test(a_subscription_without_its_list),
                recorder_test(errors_of_what_was_not_asked),
                recorder_test(cut_frames),
                recorder_test(turned_bits),
                recorder_test(doubled_frames),
                recorder_test(parts_that_make_no_frame),
                recorder_test(parts_that_never_end),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
