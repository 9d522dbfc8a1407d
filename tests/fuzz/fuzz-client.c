/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any bytes as a datagram between client library and daemon: each of the decoders takes or refuses them, and
 * what it takes encodes to the same body again.
 */

#include <stdlib.h>
#include <string.h>

#include "wire/client.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t buffer[FRAME_SIZE_MAX];

static void require(bool condition) {
        if (!condition)
                abort();
}

/* The frame in the buffer has this body, too. */
static void require_same(ssize_t length, FrameReader body) {
        require(length == (ssize_t) (body.size + FRAME_HEAD_SIZE));
        require(memcmp(buffer + FRAME_HEAD_SIZE, body.data, body.size) == 0);
}

static void check_request(FrameReader body) {
        static char local_name[CLIENT_LOCAL_NAME_MAX + 1];
        static Event event;
        FrameReader rest = body;

        if (client_get_request(&rest, &event, local_name) < 0)
                return;
        require(event.client.token > 0 && event.type >= EVENT_JOIN && event.type <= EVENT_VOTE);
        require(strlen(local_name) <= CLIENT_LOCAL_NAME_MAX);
        require_same(client_encode_request(&event, local_name, 0, buffer, sizeof(buffer)), body);
}

static void check_error(FrameReader body) {
        static ClientError e;
        FrameReader rest = body;

        if (client_get_error(&rest, &e) < 0)
                return;
        require_same(client_encode_error(e.token, e.request, e.error, e.has_event ? &e.event : NULL, buffer,
                                     sizeof(buffer)),
                        body);
}

static void check_hello(FrameReader body) {
        FrameReader rest = body;
        ClientHello hello;

        if (client_get_hello(&rest, &hello) < 0)
                return;
        require(hello.version_min <= hello.version_max);
        require(strlen(hello.script) <= CLIENT_SCRIPT_MAX && (!hello.script[0] || hello.script[0] == '/'));
        require(hello.responsiveness == CLIENT_NO_RESPONSIVENESS || hello.interval > 0);
        require_same(client_encode_hello(&hello, buffer, sizeof(buffer)), body);
}

static void check_welcome(FrameReader body) {
        FrameReader rest = body;
        ClientWelcome welcome;

        if (client_get_welcome(&rest, &welcome) == 0)
                require_same(client_encode_welcome(&welcome, buffer, sizeof(buffer)), body);
}

static void check_subscribe(FrameReader body) {
        FrameReader rest = body;
        ClientSubscribe subscribe;

        if (client_get_subscribe(&rest, &subscribe) == 0)
                require_same(client_encode_subscribe(&subscribe, buffer, sizeof(buffer)), body);
}

static void check_token(FrameReader body) {
        FrameReader rest = body;
        int32_t token;

        if (client_get_token(&rest, &token) == 0)
                require_same(client_encode_token(FRAME_TOKEN_DEAD, 0, token, buffer, sizeof(buffer)), body);
}

static void check_pong(FrameReader body) {
        FrameReader rest = body;
        bool well;

        if (client_get_pong(&rest, &well) == 0)
                require_same(client_encode_pong(well, buffer, sizeof(buffer)), body);
}

static void check_last_words(FrameReader body) {
        char words[CLIENT_WORDS_MAX + 1];
        FrameReader rest = body;

        if (client_get_last_words(&rest, words) == 0)
                require_same(client_encode_last_words(words, buffer, sizeof(buffer)), body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        static void (*const checks[])(FrameReader body) = {
                [FRAME_HELLO] = check_hello,
                [FRAME_WELCOME] = check_welcome,
                [FRAME_REQUEST] = check_request,
                [FRAME_SUBSCRIBE] = check_subscribe,
                [FRAME_UNSUBSCRIBE] = check_token,
                [FRAME_DELAYED_ERROR] = check_error,
                [FRAME_TOKEN_DEAD] = check_token,
                [FRAME_PONG] = check_pong,
                [FRAME_LAST_WORDS] = check_last_words,
        };
        FrameReader body;
        FrameHead head;

        if (size > FRAME_SIZE_MAX || frame_decode_head(data, size, &head, &body) < 0)
                return 0;
        if (head.type < sizeof(checks) / sizeof(checks[0]) && checks[head.type])
                checks[head.type](body);
        return 0;
}
