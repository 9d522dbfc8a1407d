/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Clients without a library, for tests of the whole daemon (hagsd-fixture.h): frames are sent as the test
 * likes, and read when it likes.
 */

#include "hagsd-fixture.h"
#include "wire/client.h"
#include "wire/notification.h"

/* The frame that was read last, and of a notification what it says. */
typedef struct RawFrame {
        FrameHead head;
        NotificationFrame notification;
        _Alignas(8) uint8_t bytes[FRAME_SIZE_MAX];
} RawFrame;

static inline void raw_send(int fd, const void *frame, ssize_t size) {
        assert_true(size > 0);
        assert_int_equal(send(fd, frame, (size_t) size, MSG_NOSIGNAL), size);
}

/* 1, 0: the connection has ended, or -1: nothing comes for PATIENCE_MS, or it makes no sense. */
static inline int raw_try_receive(int fd, RawFrame *ret) {
        FrameReader body;
        ssize_t n;

        do
                n = recv(fd, ret->bytes, sizeof(ret->bytes), 0);
        while (n < 0 && (errno == EINTR || errno == ECONNRESET));
        if (n <= 0)
                return (int) n;
        if (frame_decode_head(ret->bytes, (size_t) n, &ret->head, &body) < 0)
                return -1;
        return ret->head.type != FRAME_NOTIFICATION || notification_decode(&body, &ret->notification) == 0
                               ? 1
                               : -1;
}

/* False: the connection has ended. */
static inline bool raw_receive(int fd, RawFrame *ret) {
        int r = raw_try_receive(fd, ret);

        assert_true(r >= 0);
        return r > 0;
}

static inline void raw_hello(int fd) {
        const ClientHello hello = { .version_min = CLIENT_VERSION_MIN, .version_max = CLIENT_VERSION_MAX };
        uint8_t frame[1024];

        raw_send(fd, frame, client_encode_hello(&hello, frame, sizeof(frame)));
}

static inline int raw_connect(const Fixture *f) {
        static RawFrame answer;
        int fd = try_connect(f);

        assert_true(fd >= 0);
        raw_hello(fd);
        assert_true(raw_receive(fd, &answer));
        assert_int_equal(answer.head.type, FRAME_WELCOME);
        return fd;
}

static inline ssize_t raw_encode(const Event *event, void *buffer, size_t size) {
        return client_encode_request(event, "", 0, buffer, size);
}

static inline void raw_request(int fd, const Event *event) {
        uint8_t frame[4096];

        raw_send(fd, frame, raw_encode(event, frame, sizeof(frame)));
}

/* Attributes that batch everything, and approve where nobody votes. */
static inline Event raw_join(int32_t token, const char *group, uint16_t instance, GsPhases phases) {
        Event e = {
                .type = EVENT_JOIN,
                .client.token = token,
                .join = {
                        .instance = instance,
                        .attributes = {
                                .batch_control = GS_BATCH_BOTH,
                                .num_phases = phases,
                                .reflection_num_phases = GS_1_PHASE,
                                .default_vote = GS_VOTE_APPROVE,
                        },
                },
        };

        (void) snprintf(e.join.attributes.group, sizeof(e.join.attributes.group), "%s", group);
        return e;
}

static inline Event raw_message(int32_t token, GsPhases phases, const void *text, uint32_t size) {
        return (Event){
                .type = EVENT_MESSAGE,
                .client.token = token,
                .message = { .proposal.num_phases = phases, .message = { text, size } },
        };
}

/* Approve the phase of that notification. */
static inline Event raw_vote(const NotificationFrame *n) {
        return (Event){
                .type = EVENT_VOTE,
                .client.token = n->token,
                .vote = {
                        .phase = { n->n.group, n->n.protocol, n->n.phase },
                        .value = GS_VOTE_APPROVE,
                },
        };
}

/* Read until a protocol of this kind is approved, for this token; votes for what is asked meanwhile. */
static inline void raw_await(int fd, int32_t token, GsRequest request, RawFrame *frame) {
        for (;;) {
                assert_true(raw_receive(fd, frame));
                if (frame->head.type != FRAME_NOTIFICATION)
                        continue;
                if (frame->notification.n.type == GS_N_PHASE_NOTIFICATION && frame->notification.n.votes) {
                        const Event vote = raw_vote(&frame->notification);

                        raw_request(fd, &vote);
                }
                if (frame->notification.token == token && frame->notification.n.request == request &&
                                frame->notification.n.type == GS_APPROVED_NOTIFICATION)
                        return;
        }
}
