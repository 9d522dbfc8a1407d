/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A daemon for the tests of the client library: a thread that says welcome, and answers what wants an
 * answer. Everything else that it says, the test says through it; what it hears is kept for the test.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "libha_gs/ha_gs.h"
#include "util/clock.h"
#include "util/macro.h"
#include "wire/client.h"
#include "wire/notification.h"

#define NODE 7
#define DOMAIN "c189"
#define PATIENCE_USEC (20 * USEC_PER_SEC) /* for what must come: only a failing test waits so long */
#define HEARD_MAX 64

/* A frame that the daemon heard. The bytes of event point into it. */
typedef struct Heard {
        uint8_t frame[8192];
        FrameHead head;
        Event event; /* REQUEST */
        char local_name[CLIENT_LOCAL_NAME_MAX + 1];
        ClientSubscribe subscribe;
        int32_t token; /* UNSUBSCRIBE */
        bool well;     /* PONG */
} Heard;

typedef struct Fake {
        char directory[48];
        int listener;
        pthread_t thread;

        pthread_mutex_t lock;
        pthread_cond_t changed;
        _Atomic int peer;
        ClientHello hello;
        Heard heard[HEARD_MAX];
        _Atomic unsigned n_heard;
        unsigned n_taken;

        /* how it behaves */
        _Atomic bool deaf;            /* hears nothing any more, until it is not */
        _Atomic bool silent;          /* answers nothing, not even a hello */
        _Atomic FrameRefusal refusal; /* instead of a welcome */
        uint8_t before[16384];        /* frames that are said before a DONE, */
        size_t before_sizes[8];       /* each so long */
        unsigned n_before;
} Fake;

static Fake fake = { .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };

/* ---- what the daemon says ---- */

static inline void say(const void *frame, ssize_t size) {
        ssize_t n;

        (void) pthread_mutex_lock(&fake.lock);
        n = send(fake.peer, frame, (size_t) size, MSG_NOSIGNAL);
        (void) pthread_mutex_unlock(&fake.lock);
        assert_int_equal(n, size);
}

static inline void say_empty(FrameType type, uint32_t serial) {
        uint8_t frame[FRAME_HEAD_SIZE];
        FrameWriter w = frame_begin(frame, sizeof(frame), type, serial);

        say(frame, frame_finish(&w));
}

static inline void say_dead(int32_t token) {
        uint8_t frame[64];

        say(frame, client_encode_token(FRAME_TOKEN_DEAD, 0, token, frame, sizeof(frame)));
}

static inline void say_error(int32_t token, GsRequest request, GsReturn error, const Event *failing) {
        uint8_t frame[8192];

        say(frame, client_encode_error(token, request, error, failing, frame, sizeof(frame)));
}

static inline void say_last_words(const char *words) {
        uint8_t frame[128];

        say(frame, client_encode_last_words(words, frame, sizeof(frame)));
}

static inline void say_notification(int32_t token, NotificationList list, const GsNotification *n) {
        size_t size = notification_size(n, list);
        _cleanup_(freep) uint8_t *frame = malloc(size);

        assert_non_null(frame);
        say(frame, notification_encode(n, token, list, frame, size));
}

/* Said by the daemon before the next DONE. */
static inline void say_before_done(int32_t token, NotificationList list, const GsNotification *n) {
        size_t offset = 0;
        ssize_t size;

        (void) pthread_mutex_lock(&fake.lock);
        for (unsigned i = 0; i < fake.n_before; i++)
                offset += fake.before_sizes[i];
        size = notification_encode(n, token, list, fake.before + offset, sizeof(fake.before) - offset);
        fake.before_sizes[fake.n_before++] = (size_t) size;
        (void) pthread_mutex_unlock(&fake.lock);
        assert_true(size > 0);
}

/* What it says of itself; the client may have gone. */
static inline void answer(int peer, const void *frame, ssize_t size) {
        (void) send(peer, frame, (size_t) size, MSG_NOSIGNAL);
}

static inline void say_done(int peer, uint32_t serial) {
        uint8_t frame[FRAME_HEAD_SIZE];
        FrameWriter w = frame_begin(frame, sizeof(frame), FRAME_DONE, serial);
        size_t offset = 0;

        for (unsigned i = 0; i < fake.n_before; offset += fake.before_sizes[i++])
                answer(peer, fake.before + offset, (ssize_t) fake.before_sizes[i]);
        fake.n_before = 0;
        answer(peer, frame, frame_finish(&w));
}

/* ---- what it hears ---- */

static inline void hear_hello(int peer, FrameReader *body) {
        ClientWelcome welcome = { .version = 1, .node_number = NODE, .incarnation = 3, .syspar = DOMAIN };
        uint8_t frame[128];
        FrameWriter w;

        assert_int_equal(client_get_hello(body, &fake.hello), 0);
        if (fake.refusal != 0) {
                w = frame_begin(frame, sizeof(frame), FRAME_REFUSED, 0);
                frame_put_u16(&w, (uint16_t) fake.refusal);
                answer(peer, frame, frame_finish(&w));
                return;
        }
        answer(peer, frame, client_encode_welcome(&welcome, frame, sizeof(frame)));
}

static inline void hear_frame(int peer, Heard *h, size_t size) {
        FrameReader body;

        assert_int_equal(frame_decode_head(h->frame, size, &h->head, &body), 0);
        if (fake.silent)
                return;

        switch (h->head.type) {
        case FRAME_HELLO:
                hear_hello(peer, &body);
                return;
        case FRAME_REQUEST:
                assert_int_equal(client_get_request(&body, &h->event, h->local_name), 0);
                if (h->event.type == EVENT_GOODBYE)
                        say_done(peer, h->head.serial);
                break;
        case FRAME_SUBSCRIBE:
                assert_int_equal(client_get_subscribe(&body, &h->subscribe), 0);
                break;
        case FRAME_UNSUBSCRIBE:
                assert_int_equal(client_get_token(&body, &h->token), 0);
                say_done(peer, h->head.serial);
                break;
        case FRAME_PONG:
                assert_int_equal(client_get_pong(&body, &h->well), 0);
                break;
        default:
                fail_msg("the daemon heard a frame of type %u", h->head.type);
        }
        fake.n_heard++;
}

static inline void hear(void) {
        Heard *h = &fake.heard[fake.n_heard % HEARD_MAX];
        ssize_t n;

        n = recv(fake.peer, h->frame, sizeof(h->frame), MSG_DONTWAIT);
        if (n > 0)
                hear_frame(fake.peer, h, (size_t) n);
        else if (n == 0 || errno != EAGAIN) {
                (void) close(fake.peer);
                fake.peer = -EBADF;
        }
        (void) pthread_cond_broadcast(&fake.changed);
}

static inline void *fake_main(_unused_ void *argument) {
        struct pollfd p[2] = { { .fd = fake.listener, .events = POLLIN }, { .events = POLLIN } };

        for (;;) {
                (void) pthread_mutex_lock(&fake.lock);
                p[1].fd = fake.deaf ? -1 : fake.peer;
                (void) pthread_mutex_unlock(&fake.lock);
                (void) poll(p, 2, 5);

                (void) pthread_mutex_lock(&fake.lock);
                if (p[0].revents & POLLHUP) {
                        (void) pthread_mutex_unlock(&fake.lock);
                        return NULL;
                }
                if (p[1].fd >= 0 && p[1].fd == fake.peer && p[1].revents)
                        hear();
                if (p[0].revents && fake.peer < 0)
                        fake.peer = accept4(fake.listener, NULL, NULL, SOCK_CLOEXEC);
                (void) pthread_mutex_unlock(&fake.lock);
        }
}

/* The next frame; waits for it. Stays there until HEARD_MAX others have come. */
static inline const Heard *heard(FrameType type) {
        uint64_t end = clock_usec(CLOCK_REALTIME) + PATIENCE_USEC;
        struct timespec t = { .tv_sec = (time_t) (end / USEC_PER_SEC) };
        const Heard *h;

        (void) pthread_mutex_lock(&fake.lock);
        while (fake.n_taken == fake.n_heard)
                if (pthread_cond_timedwait(&fake.changed, &fake.lock, &t) != 0)
                        break;
        h = fake.n_taken < fake.n_heard ? &fake.heard[fake.n_taken++ % HEARD_MAX] : NULL;
        (void) pthread_mutex_unlock(&fake.lock);
        assert_non_null(h);
        assert_int_equal(h->head.type, type);
        return h;
}

static inline const Event *heard_event(EventType type) {
        const Heard *h = heard(FRAME_REQUEST);

        assert_int_equal(h->event.type, type);
        return &h->event;
}

/* ---- there, and gone ---- */

/* The daemon closes the connection; at once, though its thread may hold it in poll(). */
static inline void hang_up(void) {
        (void) pthread_mutex_lock(&fake.lock);
        (void) shutdown(fake.peer, SHUT_RDWR);
        (void) close(fake.peer);
        fake.peer = -EBADF;
        (void) pthread_mutex_unlock(&fake.lock);
}

static inline int fake_listen(const char *directory, const char *domain) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        int fd;

        (void) snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s", directory, domain);
        assert_int_equal(mkdir(address.sun_path, 0755), 0);
        (void) snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s/gsapi", directory, domain);
        fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        assert_true(fd >= 0);
        assert_int_equal(bind(fd, (struct sockaddr *) &address, sizeof(address)), 0);
        assert_int_equal(listen(fd, 8), 0);
        return fd;
}

static inline void fake_unlisten(const char *directory, const char *domain) {
        char path[128];

        (void) snprintf(path, sizeof(path), "%s/%s/gsapi", directory, domain);
        (void) unlink(path);
        (void) snprintf(path, sizeof(path), "%s/%s", directory, domain);
        (void) rmdir(path);
}

static inline int fake_start(_unused_ void **state) {
        (void) strcpy(fake.directory, "/tmp/test-libha_gs-XXXXXX");
        if (!mkdtemp(fake.directory))
                return -1;
        (void) setenv("HAGS_RUN_DIRECTORY", fake.directory, 1);
        (void) setenv("HA_DOMAIN_NAME", DOMAIN, 1);
        (void) unsetenv("HA_GS_SUBSYS");

        fake.peer = -EBADF;
        fake.n_heard = fake.n_taken = fake.n_before = 0;
        fake.deaf = fake.silent = false;
        fake.refusal = 0;
        fake.listener = fake_listen(fake.directory, DOMAIN);
        return pthread_create(&fake.thread, NULL, fake_main, NULL);
}

static inline int fake_stop(_unused_ void **state) {
        ha_gs_quit();
        (void) shutdown(fake.listener, SHUT_RDWR);
        (void) pthread_join(fake.thread, NULL);
        (void) close(fake.listener);
        if (fake.peer >= 0)
                (void) close(fake.peer);
        fake_unlisten(fake.directory, DOMAIN);
        (void) rmdir(fake.directory);
        return 0;
}

#define fake_test(name) cmocka_unit_test_setup_teardown(name, fake_start, fake_stop)

/* ---- a client ---- */

static inline void no_error(const ha_gs_delayed_error_notification_t *block) {
        fail_msg("a delayed error %d", block->gs_delayed_return_code);
}

static inline int start_client(ha_gs_delayed_error_cb_t *callback) {
        ha_gs_descriptor_t fd;

        assert_int_equal(
                        ha_gs_init(&fd, HA_GS_SOCKET_NO_SIGNAL, NULL, NULL, NULL, callback, NULL), HA_GS_OK);
        return fd;
}

static inline ha_gs_group_attributes_t attributes_of(char *group) {
        return (ha_gs_group_attributes_t){
                .gs_version = 1,
                .gs_sizeof_group_attributes = sizeof(ha_gs_group_attributes_t),
                .gs_batch_control = HA_GS_BATCH_BOTH,
                .gs_num_phases = HA_GS_N_PHASE,
                .gs_source_reflection_num_phases = HA_GS_1_PHASE,
                .gs_group_default_vote = HA_GS_VOTE_APPROVE,
                .gs_group_name = group,
        };
}

/* Run callbacks until `*count` is `wanted`. */
static inline void dispatch_until(const unsigned *count, unsigned wanted) {
        uint64_t end = clock_usec(CLOCK_MONOTONIC) + PATIENCE_USEC;

        while (*count < wanted && clock_usec(CLOCK_MONOTONIC) < end)
                assert_int_equal(ha_gs_dispatch(HA_GS_NON_BLOCKING), HA_GS_OK);
        assert_int_equal(*count, wanted);
}
