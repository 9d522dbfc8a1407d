/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The bytes of events between daemons. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "util/macro.h"
#include "wire/event.h"

static const NodeId sender = { .incarnation = UINT64_C(0x1122334455667788), .number = 7 };
static const EventHead head = {
        .version = EVENT_VERSION,
        .sender = { .incarnation = UINT64_C(0x1122334455667788), .number = 7 },
        .domain = { .incarnation = 3, .number = 2047 },
        .epoch = UINT64_C(0xfedcba9876543210),
};

/* One of every type, with every field different from zero. */
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
static const EventProposal proposal = { .serial = 99, .num_phases = GS_N_PHASE, .time_limit = 30 };
static const EventPhase phase = { .group = 16, .protocol = 5, .phase = 2 };

static void example_of_client(Event *e) {
        switch (e->type) {
        case EVENT_JOIN:
                e->join = (EventJoin){ .instance = 32767, .has_script = true, .attributes = attributes };
                break;
        case EVENT_LEAVE:
                e->leave = (EventLeave){ .proposal = proposal, .code = 4 };
                break;
        case EVENT_EXPEL:
                e->expel = (EventExpel){
                        .proposal = proposal, .deactivate_phase = 2, .flag = { "flag", 4 }
                };
                e->expel.n_targets = 2;
                e->expel.targets[0] = (GsProvider){ 1, 2 };
                e->expel.targets[1] = (GsProvider){ 32767, 2047 };
                break;
        case EVENT_STATE_CHANGE:
                e->state_change = (EventStateChange){ .proposal = proposal, .state = { "s\0t", 3 } };
                break;
        case EVENT_MESSAGE:
                e->message = (EventMessage){ .proposal = proposal, .message = { "hello", 5 } };
                break;
        case EVENT_ATTRIBUTES:
                e->attributes = (EventAttributes){ .proposal = proposal, .attributes = attributes };
                break;
        case EVENT_VOTE:
                e->vote = (EventVote){
                        .phase = phase, .value = GS_VOTE_CONTINUE, .default_value = GS_VOTE_REJECT
                };
                e->vote.state = (GsBytes){ "state", 5 };
                e->vote.message = (GsBytes){ "message", 7 };
                break;
        case EVENT_RESPONSIVENESS:
                e->responsiveness.back = true;
                break;
        default:
                break;
        }
}

static void example_of_node(Event *e) {
        switch (e->type) {
        case EVENT_SCRIPT_RESULT:
                e->script_result = (EventScriptResult){ .phase = phase, .provider = { 3, 7 }, .status = -1 };
                e->script_result.by_limit = true;
                break;
        case EVENT_LIMIT:
                e->limit = phase;
                break;
        case EVENT_LINKS:
                e->links.n_links = 1;
                e->links.links[0] = (EventLink){ LINK_LOOPBACK, 32767, LINK_DECONFIGURED };
                break;
        case EVENT_HASH:
                e->hash = (EventHash){ .position = 12, .hash = UINT64_MAX };
                break;
        case EVENT_VIEW:
                e->view = (EventView){ .domain = sender, .epoch = 3, .fresh = true, .halted = true };
                e->view.n_left = e->view.n_new = 1;
                e->view.left[0] = e->view.new[0] = sender;
                e->view.loser[0] = true;
                break;
        case EVENT_SYNC:
                e->sync = (EventSync){
                        .version_max = 2, .version_min = 1, .node = sender, .domain = sender
                };
                e->sync.epoch = 4;
                e->sync.position = 5;
                e->sync.hash = 6;
                e->sync.size = 128;
                e->sync.active_epoch = 3;
                e->sync.quorate = true;
                e->sync.ring = 7;
                break;
        case EVENT_CHUNK:
                e->chunk = (EventChunk){ .epoch = 1, .offset = 2, .total = 5, .bytes = { "abc", 3 } };
                break;
        default:
                break;
        }
}

static void example(EventType type, Event *ret) {
        Event e = { .type = type, .sender = sender };

        if (type <= EVENT_RESPONSIVENESS)
                e.client.connection = 0x01020304;
        if (type <= EVENT_VOTE)
                e.client.token = -5;

        example_of_client(&e);
        example_of_node(&e);
        *ret = e;
}

static size_t encode(const Event *events, size_t n, uint8_t *buffer, size_t size) {
        FrameWriter w = event_begin(buffer, size, &head);
        ssize_t length;

        for (size_t i = 0; i < n; i++)
                assert_int_equal(event_put(&w, &events[i]), 0);
        length = event_finish(&w);
        assert_true(length > 0);
        return (size_t) length;
}

static uint8_t buffer[EVENT_MULTICAST_MAX], again[EVENT_MULTICAST_MAX];
static Event events[_EVENT_TYPE_MAX], decoded;

static size_t encode_all(void) {
        for (unsigned type = 1; type < _EVENT_TYPE_MAX; type++)
                example(type, &events[type]);
        return encode(events + 1, _EVENT_TYPE_MAX - 1, buffer, sizeof(buffer));
}

/* The golden multicast: version 1 with one event of every type. A later version must still read it. */
static void test_version_1_is_these_bytes(void **state) {
        size_t size = encode_all();
        uint8_t golden[4096];
        size_t n_golden;
        FILE *f;

        (void) state;
        f = fopen("tests/unit/event-v1.bin", "re"); /* tests run at the top of the tree */
        assert_non_null(f);
        n_golden = fread(golden, 1, sizeof(golden), f);
        (void) fclose(f);
        assert_int_equal(n_golden, size);
        assert_memory_equal(golden, buffer, size);
}

static void test_every_type_comes_back_as_it_was(void **state) {
        size_t size = encode_all();
        EventHead got;
        FrameReader body;

        (void) state;
        assert_int_equal(event_decode_head(buffer, size, &got, &body), 0);
        assert_int_equal(got.version, EVENT_VERSION);
        assert_true(node_id_equal(got.sender, sender));
        assert_true(node_id_equal(got.domain, head.domain));
        assert_true(got.epoch == head.epoch);

        for (unsigned type = 1; type < _EVENT_TYPE_MAX; type++) {
                uint8_t one[EVENT_MULTICAST_MAX / 4], two[EVENT_MULTICAST_MAX / 4];
                size_t n_one, n_two;

                memset(&decoded, 0xee, sizeof(decoded));
                assert_int_equal(event_get(&body, sender, &decoded), 1);
                assert_int_equal(decoded.type, type);
                assert_true(node_id_equal(decoded.sender, sender));
                n_one = encode(&decoded, 1, one, sizeof(one));
                n_two = encode(&events[type], 1, two, sizeof(two));
                assert_int_equal(n_one, n_two);
                assert_memory_equal(one, two, n_one);
        }
        assert_int_equal(event_get(&body, sender, &decoded), 0);
}

static void test_fields_keep_their_values(void **state) {
        FrameReader body;
        EventHead got;
        size_t size;

        (void) state;
        size = encode_all();
        assert_int_equal(event_decode_head(buffer, size, &got, &body), 0);
        assert_int_equal(event_get(&body, sender, &decoded), 1);
        assert_int_equal(decoded.client.connection, 0x01020304);
        assert_int_equal(decoded.client.token, -5);
        assert_int_equal(decoded.join.attributes.client_version, -2);
        assert_string_equal(decoded.join.attributes.source, "a name of exactly 32 characters!");
        for (unsigned i = EVENT_LEAVE; i <= EVENT_STATE_CHANGE; i++)
                assert_int_equal(event_get(&body, sender, &decoded), 1);
        assert_int_equal(decoded.state_change.state.size, 3);
        assert_memory_equal(decoded.state_change.state.data, "s\0t", 3);
}

static void test_every_truncation_is_bad(void **state) {
        size_t size = encode_all();

        (void) state;
        for (size_t n = 0; n < size; n++) {
                uint8_t *cut = malloc(n + 1);
                FrameReader body;
                EventHead got;
                int r;

                memcpy(cut, buffer, n);
                if (n >= EVENT_HEAD_SIZE)
                        for (unsigned i = 0; i < 4; i++)
                                cut[8 + i] = (uint8_t) (n >> (8 * i));
                r = event_decode_head(cut, n, &got, &body);
                assert_int_equal(r, n < EVENT_HEAD_SIZE ? -EBADMSG : 0);
                while (r == 0 && (r = event_get(&body, sender, &decoded)) == 1)
                        r = 0;
                /* The last bytes of no event are optional: the rest is whole events, or bad. */
                assert_true(r == -EBADMSG || body.size == 0);
                free(cut);
        }
}

static void test_heads_that_are_none(void **state) {
        static const size_t offsets[] = { 0, 3, 8, 11, 14, 15 };
        size_t size = encode_all();
        FrameReader body;
        EventHead got;

        (void) state;
        for (size_t i = 0; i < ELEMENTSOF(offsets); i++) {
                buffer[offsets[i]] ^= 0x40;
                assert_int_equal(event_decode_head(buffer, size, &got, &body), -EBADMSG);
                buffer[offsets[i]] ^= 0x40;
        }
        buffer[7] = 8; /* node number 2055 */
        assert_int_equal(event_decode_head(buffer, size, &got, &body), -EBADMSG);
        buffer[7] = 0;
        buffer[4] = 9; /* the version is for the caller to judge */
        assert_int_equal(event_decode_head(buffer, size, &got, &body), 0);
        assert_int_equal(got.version, 9);
}

/*
 * Set one field of an example beyond its bounds: neither may it be sent, nor, in the same bytes, be
 * received.
 */
static void test_values_out_of_bounds_are_refused_both_ways(void **state) {
        static Event bad[32];
        unsigned n = 0;

        (void) state;
#define BAD(type, member, value)           \
        do {                               \
                example(type, &bad[n]);    \
                bad[n++].member = (value); \
        } while (0)
        BAD(EVENT_JOIN, join.instance, GS_INSTANCE_MAX + 1);
        BAD(EVENT_JOIN, join.attributes.batch_control, 8);
        BAD(EVENT_JOIN, join.attributes.num_phases, 0);
        BAD(EVENT_JOIN, join.attributes.num_phases, 3);
        BAD(EVENT_JOIN, join.attributes.reflection_num_phases, 0);
        BAD(EVENT_JOIN, join.attributes.default_vote, 4);
        BAD(EVENT_JOIN, join.attributes.merge_control, 4);
        BAD(EVENT_LEAVE, leave.proposal.num_phases, 0);
        BAD(EVENT_LEAVE, leave.proposal.num_phases, 257);
        BAD(EVENT_EXPEL, expel.n_targets, EVENT_TARGETS_MAX + 1);
        BAD(EVENT_EXPEL, expel.targets[1].node, GS_NODE_MAX + 1);
        BAD(EVENT_EXPEL, expel.flag.size, GS_FLAG_MAX + 1);
        BAD(EVENT_STATE_CHANGE, state_change.state.size, 0);
        BAD(EVENT_STATE_CHANGE, state_change.state.size, GS_STATE_MAX + 1);
        BAD(EVENT_MESSAGE, message.message.size, 0);
        BAD(EVENT_MESSAGE, message.message.size, GS_MESSAGE_MAX + 1);
        BAD(EVENT_VOTE, vote.value, GS_VOTE_NULL);
        BAD(EVENT_VOTE, vote.value, 4);
        BAD(EVENT_VOTE, vote.default_value, GS_VOTE_CONTINUE);
        BAD(EVENT_VOTE, vote.state.size, GS_STATE_MAX + 1);
        BAD(EVENT_SCRIPT_RESULT, script_result.provider.instance, GS_INSTANCE_MAX + 1);
        BAD(EVENT_LINKS, links.n_links, EVENT_LINKS_MAX + 1);
        BAD(EVENT_LINKS, links.links[0].kind, _LINK_KIND_MAX);
        BAD(EVENT_LINKS, links.links[0].state, _LINK_STATE_MAX);
        BAD(EVENT_VIEW, view.n_left, EVENT_NODES_MAX + 1);
        BAD(EVENT_VIEW, view.n_new, EVENT_NODES_MAX + 1);
        BAD(EVENT_SYNC, sync.size, EVENT_NODES_MAX + 1);
        BAD(EVENT_SYNC, sync.node.number, GS_NODE_MAX + 1);
        BAD(EVENT_CHUNK, chunk.offset, 3);
        BAD(EVENT_CHUNK, chunk.bytes.size, 0);
        BAD(EVENT_LIMIT, type, 0);
        BAD(EVENT_LIMIT, type, _EVENT_TYPE_MAX);
        for (unsigned i = 0; i < n; i++) {
                FrameWriter w = event_begin(buffer, sizeof(buffer), &head);

                assert_int_equal(event_put(&w, &bad[i]), -EINVAL);
                assert_int_equal(w.used, EVENT_HEAD_SIZE);
        }
}

/*
 * Any one byte of a multicast changed: it is bad, or it is another multicast that encodes to just these
 * bytes.
 */
static void test_what_decodes_encodes_to_the_same_bytes(void **state) {
        size_t size = encode_all();
        unsigned n_good = 0;

        (void) state;
        for (size_t at = EVENT_HEAD_SIZE; at < size; at++)
                for (unsigned value = 0; value < 256; value += 5) {
                        FrameWriter w = event_begin(again, sizeof(again), &head);
                        uint8_t was = buffer[at];
                        FrameReader body;
                        EventHead got;
                        int r;

                        buffer[at] = (uint8_t) value;
                        assert_int_equal(event_decode_head(buffer, size, &got, &body), 0);
                        while ((r = event_get(&body, sender, &decoded)) == 1)
                                assert_int_equal(event_put(&w, &decoded), 0);
                        if (r == 0) {
                                assert_int_equal(event_finish(&w), size);
                                assert_memory_equal(again, buffer, size);
                                n_good++;
                        }
                        buffer[at] = was;
                }
        assert_true(n_good > 1000);
}

static void test_full_multicast_keeps_what_fitted(void **state) {
        Event first, second;
        FrameReader body;
        FrameWriter w;
        EventHead got;
        ssize_t size;

        (void) state;
        example(EVENT_LIMIT, &first);
        example(EVENT_MESSAGE, &second);
        w = event_begin(buffer, EVENT_HEAD_SIZE + 25, &head);
        assert_int_equal(event_put(&w, &first), 0);
        assert_int_equal(event_put(&w, &second), -EMSGSIZE);
        size = event_finish(&w);
        assert_int_equal(size, EVENT_HEAD_SIZE + 21);
        assert_int_equal(event_decode_head(buffer, (size_t) size, &got, &body), 0);
        assert_int_equal(event_get(&body, sender, &decoded), 1);
        assert_int_equal(event_get(&body, sender, &decoded), 0);

        w = event_begin(buffer, EVENT_HEAD_SIZE - 1, &head);
        assert_int_equal(event_put(&w, &second), -EMSGSIZE);
        assert_int_equal(event_finish(&w), -EMSGSIZE);
}

static void test_after_a_bad_event_there_is_nothing(void **state) {
        size_t size = encode_all();
        FrameReader body;
        EventHead got;

        (void) state;
        buffer[EVENT_HEAD_SIZE] = 0;
        assert_int_equal(event_decode_head(buffer, size, &got, &body), 0);
        assert_int_equal(event_get(&body, sender, &decoded), -EBADMSG);
        assert_int_equal(event_get(&body, sender, &decoded), -EBADMSG);
}

static void test_largest_events_fit_one_multicast(void **state) {
        static uint8_t big[EVENT_CHUNK_MAX];
        Event e;

        (void) state;
        example(EVENT_CHUNK, &e);
        e.chunk = (EventChunk){ .total = sizeof(big), .bytes = { big, sizeof(big) } };
        assert_true(encode(&e, 1, buffer, sizeof(buffer)) <= EVENT_MULTICAST_MAX);
}

static void test_views_are_never_taken_from_another(void **state) {
        (void) state;
        assert_true(event_is_sendable(EVENT_JOIN));
        assert_true(event_is_sendable(EVENT_CHUNK));
        assert_false(event_is_sendable(EVENT_VIEW));
        assert_false(event_is_sendable(0));
        assert_false(event_is_sendable(_EVENT_TYPE_MAX));
}

static void test_types_have_names(void **state) {
        (void) state;
        for (unsigned type = 1; type < _EVENT_TYPE_MAX; type++)
                assert_true(strlen(event_type_to_string(type)) > 3);
        assert_string_equal(event_type_to_string(0), "?");
        assert_string_equal(event_type_to_string(_EVENT_TYPE_MAX), "?");
        assert_string_equal(event_type_to_string(EVENT_SCRIPT_RESULT), "SCRIPT_RESULT");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_version_1_is_these_bytes),
                cmocka_unit_test(test_every_type_comes_back_as_it_was),
                cmocka_unit_test(test_fields_keep_their_values),
                cmocka_unit_test(test_every_truncation_is_bad),
                cmocka_unit_test(test_heads_that_are_none),
                cmocka_unit_test(test_values_out_of_bounds_are_refused_both_ways),
                cmocka_unit_test(test_what_decodes_encodes_to_the_same_bytes),
                cmocka_unit_test(test_full_multicast_keeps_what_fitted),
                cmocka_unit_test(test_after_a_bad_event_there_is_nothing),
                cmocka_unit_test(test_largest_events_fit_one_multicast),
                cmocka_unit_test(test_views_are_never_taken_from_another),
                cmocka_unit_test(test_types_have_names),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
