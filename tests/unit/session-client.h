/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a client library does, for the tests of sessions: a few lines a frame, and what must come back. */

#include "session-fixture.h"
#include "wire/client.h"

static const ClientHello plain_hello = { .version_min = 1, .version_max = 1 };
static const ClientHello hello_with_script = {
        .version_min = 1, .version_max = 1, .script = "/usr/libexec/script"
};

/* ---- to the daemon ---- */

static inline void send_hello(int fd, const ClientHello *hello) {
        uint8_t frame[1024];
        ssize_t n = client_encode_hello(hello, frame, sizeof(frame));

        assert_true(n > 0);
        send_bytes(fd, frame, (size_t) n);
}

/* JOIN to VOTE, of the least that is valid. */
static inline Event make_request(EventType type, int32_t token) {
        static const EventProposal proposal = { .serial = 7, .num_phases = GS_N_PHASE };
        Event e = { .type = type, .client.token = token };

        switch (type) {
        case EVENT_JOIN:
                e.join.attributes = (GsAttributes){
                        .num_phases = GS_1_PHASE, .reflection_num_phases = GS_1_PHASE, .group = "group"
                };
                break;
        case EVENT_VOTE:
                e.vote = (EventVote){ .phase = { 16, 1, 1 }, .value = GS_VOTE_APPROVE };
                break;
        case EVENT_MESSAGE:
                e.message = (EventMessage){ .proposal = proposal, .message = { "message", 7 } };
                break;
        case EVENT_STATE_CHANGE:
                e.state_change = (EventStateChange){ .proposal = proposal, .state = { "state", 5 } };
                break;
        case EVENT_ATTRIBUTES:
                e = make_request(EVENT_JOIN, token);
                e = (Event){
                        .type = type,
                        .client.token = token,
                        .attributes = { .proposal = proposal, .attributes = e.join.attributes },
                };
                break;
        case EVENT_LEAVE:
                e.leave.proposal = proposal;
                break;
        case EVENT_EXPEL:
                e.expel.proposal = proposal;
                break;
        default:
                break;
        }
        return e;
}

/* Returns whether the socket took it. */
static inline bool try_request(int fd, EventType type, int32_t token, uint32_t serial) {
        Event event = make_request(type, token);
        uint8_t frame[8192];
        ssize_t n = client_encode_request(&event, "local name\n", serial, frame, sizeof(frame));

        assert_true(n > 0);
        return send(fd, frame, (size_t) n, MSG_NOSIGNAL) == n;
}

static inline void request(int fd, EventType type, int32_t token, uint32_t serial) {
        assert_true(try_request(fd, type, token, serial));
}

static inline void join(int fd, int32_t token) {
        request(fd, EVENT_JOIN, token, 0);
}

static inline void send_subscribe(int fd, int32_t token) {
        const ClientSubscribe subscribe = {
                .token = token, .control = GS_SUBSCRIBE_STATE, .group = "group"
        };
        uint8_t frame[128];
        ssize_t n = client_encode_subscribe(&subscribe, frame, sizeof(frame));

        assert_true(n > 0);
        send_bytes(fd, frame, (size_t) n);
}

static inline void send_unsubscribe(int fd, int32_t token, uint32_t serial) {
        uint8_t frame[64];
        ssize_t n = client_encode_token(FRAME_UNSUBSCRIBE, serial, token, frame, sizeof(frame));

        assert_true(n > 0);
        send_bytes(fd, frame, (size_t) n);
}

static inline void send_pong(int fd, bool well) {
        uint8_t frame[64];
        ssize_t n = client_encode_pong(well, frame, sizeof(frame));

        assert_true(n > 0);
        send_bytes(fd, frame, (size_t) n);
}

/* ---- from the daemon ---- */

/* The frame that was read last. */
static _Alignas(8) uint8_t inbox[NOTIFICATION_SIZE_MAX];
static FrameHead inbox_head;
static FrameReader inbox_body;

/*
 * Read the next frame, and put it together if it comes in parts; the server goes on meanwhile, for a socket
 * does not hold all of a long one. Returns its type; 0: there is none.
 */
static inline unsigned next_frame(Fixture *f, int fd) {
        size_t used = 0;

        for (;;) {
                static uint8_t datagram[FRAME_SIZE_MAX];
                ssize_t n = recv(fd, datagram, sizeof(datagram), 0);

                if (n < 0) {
                        assert_int_equal(errno, EAGAIN);
                        if (used == 0)
                                return 0;
                        assert_true(sd_event_run(f->event, 0) > 0);
                        continue;
                }
                assert_int_equal(frame_decode_head(datagram, (size_t) n, &inbox_head, &inbox_body), 0);
                if (inbox_head.type != FRAME_PART) {
                        assert_int_equal(used, 0);
                        memcpy(inbox, datagram, (size_t) n);
                        used = (size_t) n;
                } else {
                        assert_true(used + inbox_body.size <= sizeof(inbox));
                        memcpy(inbox + used, inbox_body.data, inbox_body.size);
                        used += inbox_body.size;
                }
                if (frame_decode_head(inbox, used, &inbox_head, &inbox_body) == 0)
                        return inbox_head.type;
        }
}

static inline void expect_nothing(Fixture *f, int fd) {
        assert_int_equal(next_frame(f, fd), 0);
}

static inline void expect_frame(Fixture *f, int fd, FrameType type, uint32_t serial) {
        assert_int_equal(next_frame(f, fd), type);
        assert_int_equal(inbox_head.serial, serial);
}

static inline void expect_done(Fixture *f, int fd, uint32_t serial) {
        expect_frame(f, fd, FRAME_DONE, serial);
        assert_int_equal(inbox_body.size, 0);
}

static inline void expect_token_dead(Fixture *f, int fd, int32_t token) {
        int32_t number;

        expect_frame(f, fd, FRAME_TOKEN_DEAD, 0);
        assert_int_equal(client_get_token(&inbox_body, &number), 0);
        assert_int_equal(number, token);
}

static inline NotificationFrame expect_notification(
                Fixture *f, int fd, int32_t token, NotificationList list) {
        NotificationFrame n;

        expect_frame(f, fd, FRAME_NOTIFICATION, 0);
        assert_int_equal(notification_decode(&inbox_body, &n), 0);
        assert_int_equal(n.token, token);
        assert_int_equal(n.list, list);
        return n;
}

/* A client that is let in and welcome. */
static inline int welcome_client(Fixture *f, const ClientHello *hello) {
        ClientWelcome welcome;
        int fd = client_new(f);

        send_hello(fd, hello);
        settle(f);
        expect_frame(f, fd, FRAME_WELCOME, 0);
        assert_int_equal(client_get_welcome(&inbox_body, &welcome), 0);
        return fd;
}

/* One that has joined; its tokens are 1 to `n`. */
static inline int joined_client(Fixture *f, int32_t n) {
        int fd = welcome_client(f, &plain_hello);

        for (int32_t token = 1; token <= n; token++)
                join(fd, token);
        settle(f);
        return fd;
}

/* ---- the hooks ---- */

/* The call number `i` was this one. */
static inline void assert_submitted(const Fixture *f, unsigned i, EventType type, GsClient client) {
        assert_true(i < f->n_calls);
        assert_int_equal(f->calls[i].hook, CALL_SUBMIT);
        assert_int_equal(f->calls[i].type, type);
        assert_int_equal(f->calls[i].client.connection, client.connection);
        assert_int_equal(f->calls[i].client.token, client.token);
}
