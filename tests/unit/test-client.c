/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The frames between client library and daemon. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>

#include "util/macro.h"
#include "wire/client.h"

/* ---- one frame of each kind, with every field different from zero ---- */

static const ClientHello hello = {
        .version_min = 1,
        .version_max = 2,
        .responsiveness = CLIENT_COUNTER_RESPONSIVENESS,
        .interval = 70000,
        .response_limit = 5,
        .script = "/usr/libexec/deactivate",
};
static const ClientWelcome welcome = {
        .version = 1, .node_number = 2047, .incarnation = UINT64_C(0x1122334455667788), .syspar = "sp_prod"
};
static const ClientSubscribe subscribe = { .token = 77, .control = 0x0f, .group = "theSourceGroup" };
static const char local_name[] = "a name of exactly 32 characters!";
static const char words[] = "cc91047d6bd540d9bd6cb4234c16cda8.18446744073709";

static const GsAttributes attributes = {
        .client_version = -2,
        .time_limit = 65535,
        .reflection_time_limit = 2,
        .batch_control = 7,
        .num_phases = GS_N_PHASE,
        .reflection_num_phases = GS_1_PHASE,
        .default_vote = GS_VOTE_REJECT,
        .merge_control = GS_DONTCARE_MERGE,
        .group = "theSourceGroup",
        .source = "a name of exactly 32 characters!",
};

static Event make_request(EventType type) {
        static const EventProposal proposal = { .serial = 99, .num_phases = GS_N_PHASE, .time_limit = 30 };
        Event e = { .type = type, .client.token = 0x01020304 };

        switch (type) {
        case EVENT_JOIN:
                e.join = (EventJoin){ .instance = 32767, .has_script = true, .attributes = attributes };
                break;
        case EVENT_LEAVE:
                e.leave = (EventLeave){ .proposal = proposal, .code = 4 };
                break;
        case EVENT_EXPEL:
                e.expel = (EventExpel){ .proposal = proposal, .deactivate_phase = 2, .flag = { "flag", 4 } };
                e.expel.n_targets = 2;
                e.expel.targets[0] = (GsProvider){ 1, 2 };
                e.expel.targets[1] = (GsProvider){ 32767, 2047 };
                break;
        case EVENT_STATE_CHANGE:
                e.state_change = (EventStateChange){ .proposal = proposal, .state = { "s\0t", 3 } };
                break;
        case EVENT_MESSAGE:
                e.message = (EventMessage){ .proposal = proposal, .message = { "hello", 5 } };
                break;
        case EVENT_ATTRIBUTES:
                e.attributes = (EventAttributes){ .proposal = proposal, .attributes = attributes };
                break;
        case EVENT_VOTE:
                e.vote = (EventVote){ .phase = { 16, 5, 2 }, .value = GS_VOTE_CONTINUE };
                e.vote.default_value = GS_VOTE_REJECT;
                e.vote.state = (GsBytes){ "state", 5 };
                e.vote.message = (GsBytes){ "message", 7 };
                break;
        default: /* GOODBYE: the token alone */
                break;
        }
        return e;
}

/* ---- frames as the protocol has them: written, and written again from what was read ---- */

typedef struct Sample {
        FrameType type;
        uint32_t serial;
        unsigned variant;
} Sample;

static const Sample samples[] = {
        { FRAME_HELLO, 0, 0 },
        { FRAME_WELCOME, 0, 0 },
        { FRAME_REQUEST, 7, EVENT_JOIN },
        { FRAME_REQUEST, 7, EVENT_LEAVE },
        { FRAME_REQUEST, 7, EVENT_GOODBYE },
        { FRAME_REQUEST, 7, EVENT_EXPEL },
        { FRAME_REQUEST, 7, EVENT_STATE_CHANGE },
        { FRAME_REQUEST, 7, EVENT_MESSAGE },
        { FRAME_REQUEST, 7, EVENT_ATTRIBUTES },
        { FRAME_REQUEST, 7, EVENT_VOTE },
        { FRAME_SUBSCRIBE, 0, 0 },
        { FRAME_UNSUBSCRIBE, 8, 0 },
        { FRAME_DELAYED_ERROR, 0, 0 },
        { FRAME_DELAYED_ERROR, 0, EVENT_STATE_CHANGE },
        { FRAME_TOKEN_DEAD, 0, 0 },
        { FRAME_PONG, 0, 0 },
        { FRAME_PONG, 0, 1 },
        { FRAME_LAST_WORDS, 0, 0 },
};

static ssize_t encode(const Sample *s, void *buffer, size_t size) {
        Event event = make_request((EventType) s->variant);

        switch (s->type) {
        case FRAME_HELLO:
                return client_encode_hello(&hello, buffer, size);
        case FRAME_WELCOME:
                return client_encode_welcome(&welcome, buffer, size);
        case FRAME_REQUEST:
                return client_encode_request(&event, local_name, s->serial, buffer, size);
        case FRAME_SUBSCRIBE:
                return client_encode_subscribe(&subscribe, buffer, size);
        case FRAME_DELAYED_ERROR:
                return client_encode_error(0x01020304, GS_STATE_VALUE_CHANGE, GS_COLLIDE,
                                s->variant ? &event : NULL, buffer, size);
        case FRAME_PONG:
                return client_encode_pong(s->variant, buffer, size);
        case FRAME_LAST_WORDS:
                return client_encode_last_words(words, buffer, size);
        default:
                return client_encode_token(s->type, s->serial, 0x01020304, buffer, size);
        }
}

/* What any of the get functions makes. */
typedef union Decoded {
        ClientHello hello;
        ClientWelcome welcome;
        ClientSubscribe subscribe;
        ClientError error;
        struct {
                Event event;
                char local_name[CLIENT_LOCAL_NAME_MAX + 1];
        } request;
        int32_t token;
        bool well;
        char words[CLIENT_WORDS_MAX + 1];
} Decoded;

static int decode(FrameType type, FrameReader *body, Decoded *ret) {
        memset(ret, 0xee, sizeof(*ret));
        switch (type) {
        case FRAME_HELLO:
                return client_get_hello(body, &ret->hello);
        case FRAME_WELCOME:
                return client_get_welcome(body, &ret->welcome);
        case FRAME_REQUEST:
                return client_get_request(body, &ret->request.event, ret->request.local_name);
        case FRAME_SUBSCRIBE:
                return client_get_subscribe(body, &ret->subscribe);
        case FRAME_DELAYED_ERROR:
                return client_get_error(body, &ret->error);
        case FRAME_PONG:
                return client_get_pong(body, &ret->well);
        case FRAME_LAST_WORDS:
                return client_get_last_words(body, ret->words);
        default:
                return client_get_token(body, &ret->token);
        }
}

static ssize_t encode_again(const Sample *s, const Decoded *d, void *buffer, size_t size) {
        switch (s->type) {
        case FRAME_HELLO:
                return client_encode_hello(&d->hello, buffer, size);
        case FRAME_WELCOME:
                return client_encode_welcome(&d->welcome, buffer, size);
        case FRAME_REQUEST:
                return client_encode_request(
                                &d->request.event, d->request.local_name, s->serial, buffer, size);
        case FRAME_SUBSCRIBE:
                return client_encode_subscribe(&d->subscribe, buffer, size);
        case FRAME_DELAYED_ERROR:
                return client_encode_error(d->error.token, d->error.request, d->error.error,
                                d->error.has_event ? &d->error.event : NULL, buffer, size);
        case FRAME_PONG:
                return client_encode_pong(d->well, buffer, size);
        case FRAME_LAST_WORDS:
                return client_encode_last_words(d->words, buffer, size);
        default:
                return client_encode_token(s->type, s->serial, d->token, buffer, size);
        }
}

static uint8_t buffer[64 * 1024];
static Decoded decoded;

/* One behind the other: each tells its length. */
static size_t encode_all(void) {
        size_t used = 0;

        for (size_t i = 0; i < ELEMENTSOF(samples); i++) {
                ssize_t n = encode(&samples[i], buffer + used, sizeof(buffer) - used);

                assert_true(n > 0);
                used += (size_t) n;
        }
        return used;
}

/* The golden frames: version 1 of the protocol. A later daemon must still read and write them. */
static void test_version_1_is_these_bytes(void **state) {
        size_t size = encode_all(), n_golden;
        uint8_t golden[8192];
        FILE *f;

        (void) state;
        f = fopen("tests/unit/client-v1.bin", "re"); /* tests run at the top of the tree */
        assert_non_null(f);
        n_golden = fread(golden, 1, sizeof(golden), f);
        (void) fclose(f);
        assert_int_equal(n_golden, size);
        assert_memory_equal(golden, buffer, size);
}

static void test_every_frame_comes_back_as_it_was(void **state) {
        uint8_t again[8192];

        (void) state;
        for (size_t i = 0; i < ELEMENTSOF(samples); i++) {
                ssize_t n = encode(&samples[i], buffer, sizeof(buffer));
                FrameReader body;
                FrameHead head;

                assert_int_equal(frame_decode_head(buffer, (size_t) n, &head, &body), 0);
                assert_int_equal(head.type, samples[i].type);
                assert_int_equal(head.serial, samples[i].serial);
                assert_int_equal(head.version, 1);
                assert_int_equal(decode(head.type, &body, &decoded), 0);
                assert_int_equal(encode_again(&samples[i], &decoded, again, sizeof(again)), n);
                assert_memory_equal(buffer, again, (size_t) n);
        }
}

static void decode_sample(FrameType type, unsigned variant) {
        ssize_t n = encode(&(Sample){ .type = type, .variant = variant }, buffer, sizeof(buffer));
        FrameReader body;
        FrameHead head;

        assert_int_equal(frame_decode_head(buffer, (size_t) n, &head, &body), 0);
        assert_int_equal(decode(type, &body, &decoded), 0);
}

static void test_fields_keep_their_values(void **state) {
        (void) state;
        decode_sample(FRAME_HELLO, 0);
        assert_memory_equal(&decoded.hello, &hello, sizeof(hello));

        decode_sample(FRAME_WELCOME, 0);
        assert_int_equal(decoded.welcome.version, 1);
        assert_int_equal(decoded.welcome.node_number, 2047);
        assert_true(decoded.welcome.incarnation == welcome.incarnation);
        assert_string_equal(decoded.welcome.syspar, "sp_prod");

        decode_sample(FRAME_SUBSCRIBE, 0);
        assert_memory_equal(&decoded.subscribe, &subscribe, sizeof(subscribe));

        decode_sample(FRAME_REQUEST, EVENT_JOIN);
        assert_int_equal(decoded.request.event.type, EVENT_JOIN);
        assert_int_equal(decoded.request.event.client.token, 0x01020304);
        assert_int_equal(decoded.request.event.join.instance, 32767);
        assert_string_equal(decoded.request.event.join.attributes.source, attributes.source);
        assert_string_equal(decoded.request.local_name, local_name);

        decode_sample(FRAME_REQUEST, EVENT_VOTE);
        assert_int_equal(decoded.request.event.vote.phase.phase, 2);
        assert_memory_equal(decoded.request.event.vote.message.data, "message", 7);
        assert_string_equal(decoded.request.local_name, "");

        decode_sample(FRAME_DELAYED_ERROR, EVENT_STATE_CHANGE);
        assert_int_equal(decoded.error.token, 0x01020304);
        assert_int_equal(decoded.error.request, GS_STATE_VALUE_CHANGE);
        assert_int_equal(decoded.error.error, GS_COLLIDE);
        assert_true(decoded.error.has_event);
        assert_int_equal(decoded.error.event.state_change.proposal.serial, 99);
        decode_sample(FRAME_DELAYED_ERROR, 0);
        assert_false(decoded.error.has_event);

        decode_sample(FRAME_PONG, 1);
        assert_true(decoded.well);
        decode_sample(FRAME_LAST_WORDS, 0);
        assert_string_equal(decoded.words, words);
        decode_sample(FRAME_TOKEN_DEAD, 0);
        assert_int_equal(decoded.token, 0x01020304);
}

/* ---- what is no frame ---- */

static void test_body_that_is_cut_or_goes_on_is_refused(void **state) {
        (void) state;
        for (size_t i = 0; i < ELEMENTSOF(samples); i++) {
                size_t n = (size_t) encode(&samples[i], buffer, sizeof(buffer)) - FRAME_HEAD_SIZE;

                for (size_t size = 0; size <= n + 1; size++) {
                        /* A copy of just that size, so that sanitizers see who reads on. */
                        _cleanup_(freep) uint8_t *copy = malloc(size + 1);
                        FrameReader body = { .data = copy, .size = size };

                        memcpy(copy, buffer + FRAME_HEAD_SIZE, size);
                        assert_int_equal(decode(samples[i].type, &body, &decoded), size == n ? 0 : -EBADMSG);
                }
        }
}

static void test_buffer_that_is_too_small_is_an_error(void **state) {
        uint8_t small[8192];

        (void) state;
        for (size_t i = 0; i < ELEMENTSOF(samples); i++) {
                ssize_t n = encode(&samples[i], buffer, sizeof(buffer));

                for (ssize_t size = 0; size < n; size++)
                        assert_int_equal(encode(&samples[i], small, (size_t) size), -EMSGSIZE);
                assert_int_equal(encode(&samples[i], small, (size_t) n), n);
        }
}

static void test_values_out_of_bounds_are_refused_by_the_encoders(void **state) {
        ClientHello hellos[] = { hello, hello, hello };
        ClientWelcome far = welcome;
        ClientSubscribe subscribes[] = { subscribe, subscribe, subscribe, subscribe };
        Event event = make_request(EVENT_VOTE);
        char long_name[] = "this is a name of 33 characters..";
        char long_words[] = "cc91047d6bd540d9bd6cb4234c16cda8.184467440737090";

        (void) state;
        hellos[0].version_min = 3;
        hellos[1].interval = 0;
        (void) strcpy(hellos[2].script, "not/absolute");
        for (size_t i = 0; i < ELEMENTSOF(hellos); i++)
                assert_int_equal(client_encode_hello(&hellos[i], buffer, sizeof(buffer)), -EINVAL);
        far.node_number = 2048;
        assert_int_equal(client_encode_welcome(&far, buffer, sizeof(buffer)), -EINVAL);
        subscribes[0].control = 0;
        subscribes[1].control = 0x10;
        subscribes[2].group[0] = 0;
        subscribes[3].token = 0;
        for (size_t i = 0; i < ELEMENTSOF(subscribes); i++)
                assert_int_equal(client_encode_subscribe(&subscribes[i], buffer, sizeof(buffer)), -EINVAL);

        assert_int_equal(client_encode_token(FRAME_TOKEN_DEAD, 0, 0, buffer, sizeof(buffer)), -EINVAL);
        assert_int_equal(client_encode_token(FRAME_TOKEN_DEAD, 0, -1, buffer, sizeof(buffer)), -EINVAL);
        assert_int_equal(client_encode_error(0, GS_JOIN, GS_OK, NULL, buffer, sizeof(buffer)), -EINVAL);
        assert_int_equal(client_encode_error(1, _GS_REQUEST_MAX, GS_OK, NULL, buffer, sizeof(buffer)),
                        -EINVAL);
        assert_int_equal(client_encode_error(1, GS_JOIN, GS_BACKLEVEL_PROVIDERS + 1, NULL, buffer,
                                         sizeof(buffer)),
                        -EINVAL);
        assert_int_equal(client_encode_last_words(long_words, buffer, sizeof(buffer)), -EINVAL);

        event.vote.value = GS_VOTE_NULL;
        assert_int_equal(client_encode_request(&event, "", 0, buffer, sizeof(buffer)), -EINVAL);
        assert_int_equal(client_encode_error(1, GS_JOIN, GS_OK, &event, buffer, sizeof(buffer)), -EINVAL);
        event = make_request(EVENT_VOTE);
        event.client.token = 0;
        assert_int_equal(client_encode_request(&event, "", 0, buffer, sizeof(buffer)), -EINVAL);
        event = make_request(EVENT_JOIN);
        assert_int_equal(client_encode_request(&event, long_name, 0, buffer, sizeof(buffer)), -EINVAL);
        event.type = EVENT_PROCESS_DOWN;
        assert_int_equal(client_encode_request(&event, "", 0, buffer, sizeof(buffer)), -EINVAL);
}

/* So many bytes of the body of a good frame become `value`. */
static void test_values_out_of_bounds_are_refused_by_the_decoders(void **state) {
        static const struct {
                FrameType type;
                unsigned variant;
                size_t offset, n;
                uint8_t value;
        } cases[] = {
                { FRAME_HELLO, 0, 0, 1, 3 },    /* no version between */
                { FRAME_HELLO, 0, 4, 1, 3 },    /* no such responsiveness */
                { FRAME_HELLO, 0, 5, 4, 0 },    /* without interval */
                { FRAME_HELLO, 0, 13, 1, 'x' }, /* no absolute path */
                { FRAME_HELLO, 0, 14, 1, 0 },   /* NUL in it */
                { FRAME_HELLO, 0, 12, 1, 2 },   /* longer than the frame */
                { FRAME_WELCOME, 0, 3, 1, 8 },  /* node 2303 */
                { FRAME_WELCOME, 0, 14, 1, 0 }, /* NUL in the name */
                { FRAME_SUBSCRIBE, 0, 0, 4, 0 },
                { FRAME_SUBSCRIBE, 0, 3, 1, 0x80 }, /* a negative token */
                { FRAME_SUBSCRIBE, 0, 4, 4, 0 },    /* to nothing */
                { FRAME_SUBSCRIBE, 0, 4, 1, 0x1f }, /* to something unknown */
                { FRAME_SUBSCRIBE, 0, 10, 1, 0 },
                { FRAME_UNSUBSCRIBE, 0, 0, 4, 0 },
                { FRAME_UNSUBSCRIBE, 0, 3, 1, 0x80 },
                { FRAME_REQUEST, EVENT_LEAVE, 0, 1, 0 },
                { FRAME_REQUEST, EVENT_GOODBYE, 0, 1, EVENT_PROCESS_DOWN },
                { FRAME_REQUEST, EVENT_GOODBYE, 1, 4, 0 },
                { FRAME_DELAYED_ERROR, 0, 0, 4, 0 },
                { FRAME_DELAYED_ERROR, 0, 4, 1, _GS_REQUEST_MAX },
                { FRAME_DELAYED_ERROR, 0, 5, 1, GS_BACKLEVEL_PROVIDERS + 1 },
                { FRAME_DELAYED_ERROR, 0, 6, 1, 1 }, /* an event that is not there */
                { FRAME_DELAYED_ERROR, EVENT_STATE_CHANGE, 6, 1, 2 },
                { FRAME_DELAYED_ERROR, EVENT_STATE_CHANGE, 7, 1, EVENT_HASH },
                { FRAME_PONG, 1, 0, 1, 2 },
                { FRAME_LAST_WORDS, 0, 2, 1, 0 },
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                const Sample sample = { .type = cases[i].type, .variant = cases[i].variant };
                ssize_t n = encode(&sample, buffer, sizeof(buffer));
                FrameReader body = { .data = buffer + FRAME_HEAD_SIZE,
                        .size = (size_t) n - FRAME_HEAD_SIZE };

                memset(buffer + FRAME_HEAD_SIZE + cases[i].offset, cases[i].value, cases[i].n);
                assert_int_equal(decode(cases[i].type, &body, &decoded), -EBADMSG);
        }
}

/* The longest strings there are fit, a longer one does not. */
static void test_longest_strings(void **state) {
        ClientHello longest = hello;
        FrameReader body;
        FrameHead head;
        ssize_t n;

        (void) state;
        memset(longest.script, '/', CLIENT_SCRIPT_MAX);
        n = client_encode_hello(&longest, buffer, sizeof(buffer));
        assert_int_equal(frame_decode_head(buffer, (size_t) n, &head, &body), 0);
        assert_int_equal(client_get_hello(&body, &decoded.hello), 0);
        assert_string_equal(decoded.hello.script, longest.script);

        /* One byte more in the frame: its length, the string's, and the byte. */
        buffer[FRAME_HEAD_SIZE + 11] = (uint8_t) (CLIENT_SCRIPT_MAX + 1);
        buffer[n] = '/';
        body = (FrameReader){ .data = buffer + FRAME_HEAD_SIZE, .size = (size_t) n + 1 - FRAME_HEAD_SIZE };
        assert_int_equal(client_get_hello(&body, &decoded.hello), -EBADMSG);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_version_1_is_these_bytes),
                cmocka_unit_test(test_every_frame_comes_back_as_it_was),
                cmocka_unit_test(test_fields_keep_their_values),
                cmocka_unit_test(test_body_that_is_cut_or_goes_on_is_refused),
                cmocka_unit_test(test_buffer_that_is_too_small_is_an_error),
                cmocka_unit_test(test_values_out_of_bounds_are_refused_by_the_encoders),
                cmocka_unit_test(test_values_out_of_bounds_are_refused_by_the_decoders),
                cmocka_unit_test(test_longest_strings),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
