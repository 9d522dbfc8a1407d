/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Events that no decoder would give, and sinks that do not listen: the state machine bounds every count and
 * length itself (gsapi.md 7), and whom it does not find it does not tell.
 */

#include "core-world.h"

#include "core/state.h"

/* Straight into the core: such an event has no bytes. */
static void apply(World *w, const Event *event) {
        assert_int_equal(core_apply(w->cores[0], event, &w->sinks[0]), 0);
}

static World *one_member(void) {
        World *w = world_new(1);
        GsAttributes a = attributes_of("g", GS_1_PHASE);

        join(w, 10, 1, 1, &a);
        forget(w);
        return w;
}

static void test_attributes_out_of_bounds_are_refused(void **state) {
        (void) state;
        for (unsigned i = 0; i < 9; i++) {
                _cleanup_(world_freep) World *w = world_new(1);
                Event e = event_of(EVENT_JOIN, 10, 1);
                GsAttributes a = attributes_of("g", GS_1_PHASE);

                if (i == 0)
                        a.batch_control = 8;
                else if (i == 1)
                        a.num_phases = 0;
                else if (i == 2)
                        a.num_phases = 3;
                else if (i == 3)
                        a.reflection_num_phases = 0;
                else if (i == 4)
                        a.reflection_num_phases = 3;
                else if (i == 5)
                        a.default_vote = 4;
                else if (i == 6)
                        a.default_vote = GS_VOTE_CONTINUE;
                else if (i == 7)
                        memset(a.group, 'x', sizeof(a.group));
                else
                        memset(a.source, 'x', sizeof(a.source));
                e.join = (EventJoin){ .instance = 1, .attributes = a };
                apply(w, &e);
                assert_non_null(strstr(w->text, "10.1 error JOIN 13 serial 0\n10.1 dead\n"));
        }
}

static void test_an_instance_number_out_of_bounds_is_refused(void **state) {
        _cleanup_(world_freep) World *w = world_new(1);
        Event e = event_of(EVENT_JOIN, 10, 1);

        (void) state;
        e.join = (EventJoin){ .instance = GS_INSTANCE_MAX + 1,
                .attributes = attributes_of("g", GS_1_PHASE) };
        apply(w, &e);
        assert_non_null(strstr(w->text, "10.1 error JOIN 9 serial 0\n10.1 dead\n"));
}

/* A snapshot whose hash is right, with one event that waits for quorum: `size` bytes that begin with `type`.
 */
static int restore_with_held(EventType type, uint32_t size) {
        _cleanup_(world_freep) World *w = one_member();
        Core *core = w->cores[0], *copy;
        Held *held = calloc(1, sizeof(*held) + size + 1);
        _cleanup_(freep) uint8_t *bytes = NULL;
        size_t n;
        int r;

        held->sender = core->config.self;
        held->size = size;
        held->bytes[0] = (uint8_t) type;
        *core->held_tail = held;
        core->held_tail = &held->next;
        core->n_held++;
        core->halted = true;

        assert_int_equal(core_snapshot(core, &bytes, &n), 0);
        assert_int_equal(core_new(&(CoreConfig){ .self = { .incarnation = 77, .number = 2 } }, &copy), 0);
        r = core_restore(copy, bytes, n, NULL);
        (void) core_free(copy);
        return r;
}

static void test_what_never_waits_for_quorum_does_not_in_a_snapshot(void **state) {
        (void) state;
        assert_int_equal(restore_with_held(EVENT_NODE_LEAVING, 1), 0);
        assert_int_equal(restore_with_held(EVENT_NODE_LEAVING, 2), -EBADMSG); /* something behind it */
        assert_int_equal(restore_with_held(EVENT_HASH, 17), -EBADMSG);
        assert_int_equal(restore_with_held(EVENT_LIMIT, 21), -EBADMSG);
        assert_int_equal(restore_with_held(0, 1), -EBADMSG);
        assert_int_equal(restore_with_held(EVENT_NODE_LEAVING, 0), -EBADMSG);
}

static void test_votes_out_of_bounds_are_dropped(void **state) {
        static const char big[GS_MESSAGE_MAX + 1];
        _cleanup_(world_freep) World *w = one_member();
        const EventVote bad[] = {
                { .value = GS_VOTE_NULL },
                { .value = 4 },
                { .value = GS_VOTE_APPROVE, .state = { big, GS_STATE_MAX + 1 } },
                { .value = GS_VOTE_APPROVE, .message = { big, GS_MESSAGE_MAX + 1 } },
        };

        (void) state;
        message(w, 10, 1, GS_N_PHASE, "m");
        forget(w);
        for (unsigned i = 0; i < ELEMENTSOF(bad); i++) {
                Event e = event_of(EVENT_VOTE, 10, 1);

                e.vote = bad[i];
                e.vote.phase = phase_now(w);
                apply(w, &e);
                expect(w, "dropped VOTE\n");
        }
}

static void test_expel_out_of_bounds_is_refused(void **state) {
        static const char big[GS_FLAG_MAX + 1];
        _cleanup_(world_freep) World *w = one_member();
        Event e = event_of(EVENT_EXPEL, 10, 1);

        (void) state;
        e.expel.proposal = proposal_of(GS_1_PHASE, 0);
        e.expel.n_targets = EVENT_TARGETS_MAX + 1;
        apply(w, &e);
        e.expel.n_targets = 1;
        e.expel.targets[0] = (GsProvider){ 1, 1 };
        e.expel.flag = (GsBytes){ big, sizeof(big) };
        apply(w, &e);
        e.expel.flag.size = 0;
        e.expel.proposal.num_phases = 3;
        apply(w, &e);
        expect(w, "10.1 error EXPEL 9 serial 7\n10.1 error EXPEL 9 serial 7\n10.1 error EXPEL 9 serial 7\n");
}

static void test_what_is_no_event_of_the_stream_is_ignored(void **state) {
        static const unsigned types[] = { 0, EVENT_SYNC, EVENT_CHUNK, _EVENT_TYPE_MAX };
        _cleanup_(world_freep) World *w = one_member();
        uint64_t before = core_hash(w->cores[0]);

        (void) state;
        for (unsigned i = 0; i < ELEMENTSOF(types); i++)
                apply(w, &(Event){ .type = types[i], .sender = node_id(1) });
        expect(w, "");
        assert_true(core_hash(w->cores[0]) == before);
}

static void test_what_has_no_bytes_cannot_wait_for_quorum(void **state) {
        _cleanup_(world_freep) World *w = one_member();
        Event e = event_of(EVENT_VOTE, 10, 1);

        (void) state;
        view(w, false, true, "", "");
        forget(w);
        apply(w, &e); /* a vote for nothing */
        expect(w, "dropped VOTE\n");
}

/* The same life with nobody listening, with a sink that has no callback, and with all. */
static uint64_t live(const CoreSink *sink) {
        CoreConfig config = { .self = node_id(1) };
        _cleanup_(core_freep) Core *core = NULL;
        Event view = { .type = EVENT_VIEW, .view = { .fresh = true, .n_new = 1, .new = { node_id(1) } } };
        Event join = event_of(EVENT_JOIN, 10, 1), bad = join, change = event_of(EVENT_STATE_CHANGE, 10, 1);
        Event expel = event_of(EVENT_EXPEL, 10, 1), take = { .type = EVENT_HASH, .sender = node_id(1) };
        Event down = event_of(EVENT_PROCESS_DOWN, 10, 0), vote = event_of(EVENT_VOTE, 10, 2);
        GsAttributes a = attributes_of("g", GS_1_PHASE);
        const Event *const events[] = { &view, &join, &bad, &change, &vote, &take, &take, &change, &expel,
                &down };

        join.join = (EventJoin){ .instance = 1, .has_script = true, .attributes = a };
        bad.client.token = 2;
        bad.join = join.join;
        change.state_change.proposal = proposal_of(GS_N_PHASE, 0);
        change.state_change.state = (GsBytes){ "s", 1 };
        vote.client.token = 1;
        vote.vote = (EventVote){ .phase = { 16, 2, 1 }, .value = GS_VOTE_REJECT };
        expel.expel.proposal = proposal_of(GS_N_PHASE, 0);
        expel.expel.deactivate_phase = 1;
        expel.expel.n_targets = 1;
        expel.expel.targets[0] = (GsProvider){ 1, 1 };

        assert_int_equal(core_new(&config, &core), 0);
        for (unsigned i = 0; i < ELEMENTSOF(events); i++) {
                if (i == 2)
                        assert_int_equal(core_subscribe(core, (GsClient){ 19, 1 }, 0xf, "g", sink), 0);
                if (events[i] == &take && i == 6) {
                        EventSync sync;

                        core_sync(core, &sync);
                        take.hash = (EventHash){ .position = sync.position, .hash = sync.hash };
                }
                assert_int_equal(core_apply(core, events[i], sink), 0);
                if (events[i] == &change && i == 7) { /* rejected, so that the expel finds nothing running */
                        vote.vote.phase.protocol = 3;
                        assert_int_equal(core_apply(core, &vote, sink), 0);
                }
        }
        return core_hash(core);
}

static void test_who_listens_changes_nothing(void **state) {
        _cleanup_(world_freep) World *w = world_new(1);
        const CoreSink mute = {};
        uint64_t hash = live(&w->sinks[0]);

        (void) state;
        assert_non_null(strstr(w->text, "script 1/1 of 10.1 phase 1"));
        assert_non_null(strstr(w->text, "10.2 error JOIN 15 serial 0\n10.2 dead\n"));
        assert_non_null(strstr(w->text, "hash of 1 equal"));
        assert_true(live(NULL) == hash);
        assert_true(live(&mute) == hash);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_attributes_out_of_bounds_are_refused),
                cmocka_unit_test(test_an_instance_number_out_of_bounds_is_refused),
                cmocka_unit_test(test_what_never_waits_for_quorum_does_not_in_a_snapshot),
                cmocka_unit_test(test_votes_out_of_bounds_are_dropped),
                cmocka_unit_test(test_expel_out_of_bounds_is_refused),
                cmocka_unit_test(test_what_is_no_event_of_the_stream_is_ignored),
                cmocka_unit_test(test_what_has_no_bytes_cannot_wait_for_quorum),
                cmocka_unit_test(test_who_listens_changes_nothing),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
