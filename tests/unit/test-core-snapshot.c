/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Snapshots and hashes. That every state of every other test goes through a snapshot and keeps its hash is
 * tested by core-world.h; here: what a restored core then does, what bytes are refused, and what a hash does
 * not depend on.
 */

#include "core-world.h"

/*
 * Something of everything: source and target, state, a running n-phase expel with votes and riders, all
 * queues.
 */
static World *full_world(void) {
        World *w = world_new(2);
        GsAttributes s = attributes_of("s", GS_1_PHASE);
        GsAttributes t = attributes_of("t", GS_1_PHASE);

        strcpy(t.source, "s");
        t.reflection_num_phases = GS_N_PHASE;
        join(w, 10, 1, 1, &s);
        join(w, 20, 1, 2, &s);
        join_as(w, 11, 1, 1, &t, true);
        join_as(w, 12, 1, 2, &t, true);
        join(w, 21, 1, 3, &t);
        join(w, 13, 1, 4, &t);
        expel(w, 11, 1, GS_N_PHASE, 7, 2, "2/1,3/2");
        vote_with(w, 13, 1, GS_VOTE_CONTINUE, GS_VOTE_REJECT, "rider", "word");
        vote(w, 11, 1, GS_VOTE_CONTINUE);
        vote_with(w, 13, 1, GS_VOTE_CONTINUE, GS_VOTE_APPROVE, "again", "more");
        change_state(w, 10, 1, GS_1_PHASE, "one");
        change_state(w, 10, 1, GS_1_PHASE, "two");
        leave(w, 20, 1, GS_1_PHASE, 0);
        simple(w, EVENT_PROCESS_DOWN, 12, 0);
        join(w, 14, 1, 5, &t);
        view(w, false, true, "", "");
        vote(w, 11, 1, GS_VOTE_APPROVE);
        forget(w);
        return w;
}

static void test_restored_core_goes_on_like_the_others(void **state) {
        _cleanup_(world_freep) World *w = full_world();
        _cleanup_(freep) uint8_t *bytes = NULL;
        size_t size;

        (void) state;
        world_add_core(w, 2);
        w->n = 3;
        view(w, false, true, "", "3");
        assert_int_equal(core_snapshot(w->cores[0], &bytes, &size), 0);
        assert_int_equal(core_restore(w->cores[2], bytes, size, &w->sinks[2]), 0);
        /* world_apply() compares hashes after each */
        view(w, false, false, "", "");
        script_result(w, 2, 1, 2, 0, false);
        limit(w);
        vote(w, 11, 1, GS_VOTE_APPROVE);
        vote(w, 13, 1, GS_VOTE_APPROVE);
        vote(w, 14, 1, GS_VOTE_APPROVE);
        simple(w, EVENT_PROCESS_DOWN, 11, 0);
        simple(w, EVENT_PROCESS_DOWN, 10, 0);
        assert_non_null(strstr(w->text, "REFLECTION"));
}

static void test_snapshot_is_the_same_on_every_node(void **state) {
        _cleanup_(world_freep) World *w = full_world();
        _cleanup_(freep) uint8_t *a = NULL, *b = NULL;
        size_t n_a, n_b;

        (void) state;
        assert_int_equal(core_snapshot(w->cores[0], &a, &n_a), 0);
        assert_int_equal(core_snapshot(w->cores[1], &b, &n_b), 0);
        assert_int_equal(n_a, n_b);
        assert_memory_equal(a, b, n_a);
}

static void test_every_truncation_and_every_changed_byte_is_refused(void **state) {
        _cleanup_(world_freep) World *w = full_world();
        CoreConfig config = { .self = node_id(3) };
        _cleanup_(core_freep) Core *core = NULL;
        _cleanup_(freep) uint8_t *bytes = NULL;
        size_t size;

        (void) state;
        assert_int_equal(core_new(&config, &core), 0);
        assert_int_equal(core_snapshot(w->cores[0], &bytes, &size), 0);
        for (size_t n = 0; n < size; n++) {
                uint8_t *cut = malloc(n + 1);

                memcpy(cut, bytes, n);
                assert_int_equal(core_restore(core, cut, n, NULL), -EBADMSG);
                free(cut);
        }
        for (size_t i = 0; i < size; i++)
                for (unsigned change = 1; change < 256; change += change < 8 ? 1 : 31) {
                        bytes[i] ^= (uint8_t) change;
                        assert_int_equal(core_restore(core, bytes, size, NULL), -EBADMSG);
                        bytes[i] ^= (uint8_t) change;
                }
        bytes = realloc(bytes, size + 1);
        bytes[size] = 0;
        assert_int_equal(core_restore(core, bytes, size + 1, NULL), -EBADMSG);
        assert_int_equal(core_restore(core, bytes, size, NULL), 0);
}

static void test_sources_in_a_circle_are_refused(void **state) {
        _cleanup_(world_freep) World *w = world_new(1);
        CoreConfig config = { .self = node_id(3) };
        _cleanup_(core_freep) Core *core = NULL;
        _cleanup_(freep) uint8_t *bytes = NULL;
        GsAttributes a = attributes_of("a", GS_1_PHASE);
        unsigned n_found = 0;
        size_t size;

        (void) state;
        join(w, 10, 1, 1, &a);
        a = attributes_of("b", GS_1_PHASE);
        strcpy(a.source, "a");
        join(w, 10, 2, 1, &a);
        a = attributes_of("c", GS_1_PHASE);
        strcpy(a.source, "b");
        join(w, 10, 3, 1, &a);
        assert_int_equal(core_snapshot(w->cores[0], &bytes, &size), 0);
        assert_int_equal(core_new(&config, &core), 0);
        for (size_t i = 0; i + 6 < size; i++)
                if (memcmp(bytes + i, "\1\0b\1\0a", 6) == 0) {
                        bytes[i + 5] = 'c'; /* the source of b */
                        n_found++;
                }
        assert_int_equal(n_found, 1);
        assert_int_equal(core_restore(core, bytes, size, NULL), -EBADMSG);
}

static void test_a_newcomers_snapshot_is_none(void **state) {
        CoreConfig config = { .self = node_id(3) };
        _cleanup_(core_freep) Core *core = NULL;
        _cleanup_(freep) uint8_t *bytes = NULL;
        size_t size;

        (void) state;
        assert_int_equal(core_new(&config, &core), 0);
        assert_int_equal(core_snapshot(core, &bytes, &size), 0);
        assert_int_equal(core_restore(core, bytes, size, NULL), -EBADMSG);
}

static void test_restore_wants_a_newcomer(void **state) {
        _cleanup_(world_freep) World *w = full_world();
        _cleanup_(freep) uint8_t *bytes = NULL;
        size_t size;

        (void) state;
        assert_int_equal(core_snapshot(w->cores[0], &bytes, &size), 0);
        assert_int_equal(core_restore(w->cores[1], bytes, size, NULL), -EBADMSG);
}

static void test_hash_changes_with_every_part_of_the_state(void **state) {
        uint64_t seen[16];
        unsigned n = 0;
        _cleanup_(world_freep) World *w = world_new(1);
        GsAttributes a = attributes_of("g", GS_1_PHASE);

        (void) state;
        seen[n++] = core_hash(w->cores[0]);
        join(w, 10, 1, 1, &a);
        seen[n++] = core_hash(w->cores[0]);
        change_state(w, 10, 1, GS_1_PHASE, "a");
        seen[n++] = core_hash(w->cores[0]);
        change_state(w, 10, 1, GS_N_PHASE, "b");
        seen[n++] = core_hash(w->cores[0]);
        vote(w, 10, 1, GS_VOTE_CONTINUE);
        seen[n++] = core_hash(w->cores[0]);
        join(w, 11, 1, 2, &a);
        seen[n++] = core_hash(w->cores[0]);
        for (unsigned i = 0; i < n; i++)
                for (unsigned k = 0; k < i; k++)
                        assert_true(seen[i] != seen[k]);
}

static void test_hash_tells_histories_apart_that_led_to_equal_states(void **state) {
        _cleanup_(world_freep) World *one = world_new(1);
        _cleanup_(world_freep) World *other = world_new(1);
        GsAttributes a = attributes_of("g", GS_1_PHASE);

        (void) state;
        join(one, 10, 1, 1, &a);
        join(other, 10, 1, 1, &a);
        assert_true(core_hash(one->cores[0]) == core_hash(other->cores[0]));
        message(one, 10, 1, GS_1_PHASE, "this");
        message(other, 10, 1, GS_1_PHASE, "that");
        assert_true(core_hash(one->cores[0]) != core_hash(other->cores[0]));
}

/* The value itself is compared between daemons of one version: it must not change by accident. */
static void test_hash_of_a_known_history(void **state) {
        _cleanup_(world_freep) World *w = full_world();

        (void) state;
        assert_int_equal(core_hash(w->cores[0]), UINT64_C(0x9403fc56f15337cf));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_restored_core_goes_on_like_the_others),
                cmocka_unit_test(test_snapshot_is_the_same_on_every_node),
                cmocka_unit_test(test_every_truncation_and_every_changed_byte_is_refused),
                cmocka_unit_test(test_sources_in_a_circle_are_refused),
                cmocka_unit_test(test_a_newcomers_snapshot_is_none),
                cmocka_unit_test(test_restore_wants_a_newcomer),
                cmocka_unit_test(test_hash_changes_with_every_part_of_the_state),
                cmocka_unit_test(test_hash_tells_histories_apart_that_led_to_equal_states),
                cmocka_unit_test(test_hash_of_a_known_history),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
