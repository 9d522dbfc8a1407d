/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The frames between client library and daemon: see client.h, and codec.h for how they are written. */

#include "wire/client.h"

#include <errno.h>
#include <string.h>

#include "wire/codec.h"

static int finish_reading(const Codec *c) {
        return c->r->bad || c->invalid || c->r->size > 0 ? -EBADMSG : 0;
}

static ssize_t finish_writing(const Codec *c) {
        return c->invalid ? -EINVAL : frame_finish(c->w);
}

/* Writing, it only reads. */
static void code_string(Codec *c, char *s, size_t size) {
        if (c->r)
                frame_get_string(c->r, s, size);
        else if (strlen(s) >= size)
                c->invalid = true;
        else
                frame_put_string(c->w, s);
}

static void code_token(Codec *c, int32_t *token) {
        uint32_t v = (uint32_t) *token;

        code_u32(c, &v);
        *token = (int32_t) v;
        if (*token <= 0)
                c->invalid = true;
}

static void code_hello(Codec *c, ClientHello *v) {
        code_u16(c, &v->version_min);
        code_u16(c, &v->version_max);
        v->responsiveness = code_ranged(c, v->responsiveness, 0, _CLIENT_RESPONSIVENESS_MAX - 1);
        code_u32(c, &v->interval);
        code_u16(c, &v->response_limit);
        code_string(c, v->script, sizeof(v->script));
        if (v->version_min > v->version_max || (v->script[0] && v->script[0] != '/') ||
                        (v->responsiveness != CLIENT_NO_RESPONSIVENESS && v->interval == 0))
                c->invalid = true;
}

ssize_t client_encode_hello(const ClientHello *hello, void *buffer, size_t size) {
        FrameWriter w = frame_begin(buffer, size, FRAME_HELLO, 0);
        ClientHello copy = *hello;
        Codec c = { .w = &w };

        code_hello(&c, &copy);
        return finish_writing(&c);
}

int client_get_hello(FrameReader *body, ClientHello *ret) {
        Codec c = { .r = body };

        *ret = (ClientHello){};
        code_hello(&c, ret);
        return finish_reading(&c);
}

static void code_welcome(Codec *c, ClientWelcome *v) {
        code_u16(c, &v->version);
        code_bounded(c, &v->node_number, GS_NODE_MAX);
        code_u64(c, &v->incarnation);
        code_string(c, v->syspar, sizeof(v->syspar));
}

ssize_t client_encode_welcome(const ClientWelcome *welcome, void *buffer, size_t size) {
        FrameWriter w = frame_begin(buffer, size, FRAME_WELCOME, 0);
        ClientWelcome copy = *welcome;
        Codec c = { .w = &w };

        code_welcome(&c, &copy);
        return finish_writing(&c);
}

int client_get_welcome(FrameReader *body, ClientWelcome *ret) {
        Codec c = { .r = body };

        *ret = (ClientWelcome){};
        code_welcome(&c, ret);
        return finish_reading(&c);
}

ssize_t client_encode_request(
                const Event *event, const char *local_name, uint32_t serial, void *buffer, size_t size) {
        FrameWriter w = frame_begin(buffer, size, FRAME_REQUEST, serial);
        Codec c = { .w = &w, .invalid = event->client.token <= 0 };
        int r;

        r = event_put_request(&w, event);
        if (r < 0)
                return r;
        if (event->type == EVENT_JOIN)
                code_string(&c, (char *) local_name, CLIENT_LOCAL_NAME_MAX + 1);
        return finish_writing(&c);
}

int client_get_request(
                FrameReader *body, Event *ret, char ret_local_name[static CLIENT_LOCAL_NAME_MAX + 1]) {
        int r;

        r = event_get_request(body, ret);
        if (r < 0)
                return r;
        ret_local_name[0] = 0;
        if (ret->type == EVENT_JOIN)
                frame_get_string(body, ret_local_name, CLIENT_LOCAL_NAME_MAX + 1);
        return body->bad || body->size > 0 || ret->client.token <= 0 ? -EBADMSG : 0;
}

static void code_subscribe(Codec *c, ClientSubscribe *v) {
        const uint32_t all = GS_SUBSCRIBE_STATE | GS_SUBSCRIBE_DELTA_JOINS | GS_SUBSCRIBE_DELTA_LEAVES |
                             GS_SUBSCRIBE_MEMBERSHIP;

        code_token(c, &v->token);
        code_u32(c, &v->control);
        code_name(c, v->group);
        if (v->control == 0 || v->control & ~all || !v->group[0])
                c->invalid = true;
}

ssize_t client_encode_subscribe(const ClientSubscribe *subscribe, void *buffer, size_t size) {
        FrameWriter w = frame_begin(buffer, size, FRAME_SUBSCRIBE, 0);
        ClientSubscribe copy = *subscribe;
        Codec c = { .w = &w };

        code_subscribe(&c, &copy);
        return finish_writing(&c);
}

int client_get_subscribe(FrameReader *body, ClientSubscribe *ret) {
        Codec c = { .r = body };

        *ret = (ClientSubscribe){};
        code_subscribe(&c, ret);
        return finish_reading(&c);
}

ssize_t client_encode_token(FrameType type, uint32_t serial, int32_t token, void *buffer, size_t size) {
        FrameWriter w = frame_begin(buffer, size, type, serial);
        Codec c = { .w = &w };

        code_token(&c, &token);
        return finish_writing(&c);
}

int client_get_token(FrameReader *body, int32_t *ret) {
        Codec c = { .r = body };

        *ret = 0;
        code_token(&c, ret);
        return finish_reading(&c);
}

ssize_t client_encode_error(int32_t token, GsRequest request, GsReturn error, const Event *failing,
                void *buffer, size_t size) {
        FrameWriter w = frame_begin(buffer, size, FRAME_DELAYED_ERROR, 0);
        Codec c = { .w = &w };
        bool has_event = failing;
        int r;

        code_token(&c, &token);
        (void) code_ranged(&c, request, 0, _GS_REQUEST_MAX - 1);
        (void) code_ranged(&c, error, 0, GS_BACKLEVEL_PROVIDERS);
        code_bool(&c, &has_event);
        r = failing ? event_put_request(&w, failing) : 0;
        return r < 0 ? r : finish_writing(&c);
}

int client_get_error(FrameReader *body, ClientError *ret) {
        Codec c = { .r = body };

        code_token(&c, &ret->token);
        ret->request = code_ranged(&c, 0, 0, _GS_REQUEST_MAX - 1);
        ret->error = code_ranged(&c, 0, 0, GS_BACKLEVEL_PROVIDERS);
        code_bool(&c, &ret->has_event);
        if (!c.invalid && ret->has_event && event_get_request(body, &ret->event) < 0)
                return -EBADMSG;
        return finish_reading(&c);
}

ssize_t client_encode_pong(bool well, void *buffer, size_t size) {
        FrameWriter w = frame_begin(buffer, size, FRAME_PONG, 0);

        frame_put_u8(&w, well);
        return frame_finish(&w);
}

int client_get_pong(FrameReader *body, bool *ret_well) {
        Codec c = { .r = body };

        code_bool(&c, ret_well);
        return finish_reading(&c);
}

ssize_t client_encode_last_words(const char *words, void *buffer, size_t size) {
        FrameWriter w = frame_begin(buffer, size, FRAME_LAST_WORDS, 0);
        Codec c = { .w = &w };

        code_string(&c, (char *) words, CLIENT_WORDS_MAX + 1);
        return finish_writing(&c);
}

int client_get_last_words(FrameReader *body, char ret[static CLIENT_WORDS_MAX + 1]) {
        Codec c = { .r = body };

        code_string(&c, ret, CLIENT_WORDS_MAX + 1);
        return finish_reading(&c);
}
