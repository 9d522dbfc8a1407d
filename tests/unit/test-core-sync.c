/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The decision of a SYNC round (stream.md 5). */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/sync.h"
#include "util/macro.h"

static NodeId id(uint16_t number) {
        return (NodeId){ .number = number, .incarnation = 100u + number };
}

/* A node that says it has the domain of node `domain` (0: none), with state `hash`, of `size` nodes. */
static EventSync says(uint16_t number, uint16_t domain, uint64_t hash, uint16_t size) {
        return (EventSync){
                .version_max = 1,
                .version_min = 1,
                .node = id(number),
                .domain = domain ? id(domain) : (NodeId){},
                .epoch = domain ? 5 : 0,
                .position = domain ? 70 : 0,
                .hash = hash,
                .size = size,
                .active_epoch = domain ? 5 : 0,
                .quorate = true,
                .ring = 3,
        };
}

static SyncDecision decide(
                const EventSync *said, size_t n, uint16_t self, bool quorum, const char *members) {
        NodeId nodes[8];
        size_t n_nodes = 0;
        SyncDecision d;

        for (; *members; members++)
                nodes[n_nodes++] = id((uint16_t) (*members - '0'));
        assert_int_equal(sync_decide(said, n, id(self), quorum, nodes, n_nodes, &d), 0);
        return d;
}

static void assert_nodes(const NodeId *nodes, size_t n, const char *expected) {
        assert_int_equal(n, strlen(expected));
        for (size_t i = 0; i < n; i++)
                assert_int_equal(nodes[i].number, expected[i] - '0');
}

static void test_no_domain_begins_a_fresh_one_by_the_lowest_node(void **state) {
        EventSync said[] = { says(3, 0, 0, 0), says(1, 0, 0, 0), says(2, 0, 0, 0) };
        SyncDecision d = decide(said, 3, 3, false, "");

        (void) state;
        assert_true(d.view.fresh);
        assert_int_equal(d.view.domain.number, 1);
        assert_int_equal(d.view.epoch, 3); /* the ring */
        assert_nodes(d.view.new, d.view.n_new, "123");
        assert_false(d.view.loser[0]);
}

static void test_newcomers_join_the_domain_and_who_is_missing_left(void **state) {
        EventSync said[] = { says(4, 0, 0, 0), says(2, 1, 9, 3), says(3, 1, 9, 3) };
        SyncDecision d = decide(said, 3, 2, false, "132");

        (void) state;
        assert_false(d.view.fresh);
        assert_int_equal(d.view.domain.number, 1);
        assert_int_equal(d.view.epoch, 6);
        assert_nodes(d.view.left, d.view.n_left, "1");
        assert_nodes(d.view.new, d.view.n_new, "4");
        assert_int_equal(d.sender.number, 3);
}

static void test_the_order_of_arrival_does_not_matter(void **state) {
        EventSync said[] = { says(5, 0, 0, 0), says(1, 1, 9, 3), says(2, 1, 8, 2), says(3, 1, 8, 2),
                says(4, 4, 7, 1) };
        SyncDecision first = decide(said, 5, 1, false, "16");

        (void) state;
        for (size_t k = 1; k < 5; k++) {
                EventSync turned[5];
                SyncDecision d;

                for (size_t i = 0; i < 5; i++)
                        turned[i] = said[(i + k) % 5];
                d = decide(turned, 5, 1, false, "16");
                assert_true(d.view.epoch == first.view.epoch &&
                                node_id_equal(d.view.domain, first.view.domain));
                assert_true(node_id_equal(d.sender, first.sender));
                assert_nodes(d.view.left, d.view.n_left, "6");
                assert_nodes(d.view.new, d.view.n_new, "2345");
                assert_true(d.view.loser[0] && d.view.loser[2] && !d.view.loser[3]);
        }
}

static void test_the_larger_wins(void **state) {
        EventSync said[] = { says(1, 1, 9, 2), says(2, 2, 8, 3), says(3, 2, 8, 3) };
        SyncDecision d = decide(said, 3, 2, false, "23");

        (void) state;
        assert_int_equal(d.view.domain.number, 2);
        assert_nodes(d.view.new, d.view.n_new, "1");
        assert_true(d.view.loser[0]);
}

static void test_of_equal_size_more_present_win_then_the_lowest_node(void **state) {
        EventSync said[] = { says(1, 1, 9, 4), says(2, 1, 8, 4), says(3, 1, 8, 4), says(4, 1, 9, 4),
                says(5, 1, 8, 4) };
        SyncDecision d = decide(said, 5, 2, false, "12345");

        (void) state;
        assert_nodes(d.view.new, d.view.n_new, "14");
        d = decide(said, 4, 1, false, "12345");
        assert_nodes(d.view.new, d.view.n_new, "23");
        assert_nodes(d.view.left, d.view.n_left, "235"); /* with its state, nobody but 1 and 4 is here */
}

static void test_of_two_quorums_the_later_ring_wins(void **state) {
        EventSync before[] = { says(1, 1, 9, 4), says(2, 1, 9, 4), says(3, 1, 9, 4) }, after[2];
        SyncDecision lone, others, merged;

        (void) state;
        before[0].ring = before[1].ring = before[2].ring = 8; /* 3 alone comes to the end of this round */
        lone = decide(before, 3, 3, true, "1234");
        before[0].ring = before[1].ring = 9; /* the others go on without it */
        others = decide(before, 2, 1, true, "1234");
        assert_true(others.view.epoch > lone.view.epoch);

        after[0] = says(3, 1, 7, 3);
        after[0].epoch = after[0].active_epoch = lone.view.epoch;
        after[1] = says(1, 1, 8, 2);
        after[1].epoch = after[1].active_epoch = others.view.epoch;
        merged = decide(after, 2, 1, true, "12");
        assert_nodes(merged.view.new, merged.view.n_new, "3");
}

static void test_epoch_is_higher_than_all_that_were_said(void **state) {
        EventSync said[] = { says(1, 1, 9, 2), says(2, 0, 0, 0) };

        (void) state;
        said[1].epoch = 40; /* of a domain that it has lost */
        assert_int_equal(decide(said, 2, 1, false, "1").view.epoch, 41);
}

static void test_node_zero_may_establish_a_domain(void **state) {
        EventSync said[] = { says(0, 1, 9, 1), says(1, 0, 0, 0) };
        SyncDecision d;

        (void) state;
        said[0].domain = id(0);
        d = decide(said, 2, 0, false, "0");
        assert_false(d.view.fresh);
        assert_nodes(d.view.new, d.view.n_new, "1");
}

static void test_halves_of_one_domain_are_told_apart_by_state(void **state) {
        EventSync said[] = { says(1, 1, 9, 2), says(2, 1, 9, 2), says(3, 1, 8, 2), says(4, 1, 8, 2) };
        EventSync moved[] = { says(1, 1, 9, 2), says(2, 1, 9, 2) };
        SyncDecision d = decide(said, 4, 1, false, "12");

        (void) state;
        assert_nodes(d.view.new, d.view.n_new, "34");
        assert_true(d.view.loser[0] && d.view.loser[1]);
        moved[1].position++;
        d = decide(moved, 2, 1, false, "12");
        assert_nodes(d.view.new, d.view.n_new, "2");
        moved[1] = moved[0];
        moved[1].node = id(2);
        moved[1].epoch++;
        d = decide(moved, 2, 1, false, "12");
        assert_nodes(d.view.new, d.view.n_new, "2");
        assert_int_equal(d.view.epoch, 7);
}

static void test_losers_get_a_snapshot_and_say_nobody_left(void **state) {
        EventSync said[] = { says(1, 1, 9, 2), says(2, 2, 8, 3) };
        SyncDecision d = decide(said, 2, 1, false, "15");

        (void) state;
        assert_int_equal(d.view.n_left, 0);
        assert_nodes(d.view.new, d.view.n_new, "1");
}

static void test_with_quorum_the_active_side_wins(void **state) {
        EventSync said[] = { says(1, 1, 9, 3), says(2, 2, 8, 2) };
        SyncDecision d;

        (void) state;
        said[0].active_epoch = 4;
        d = decide(said, 2, 2, true, "2");
        assert_int_equal(d.view.domain.number, 2);
        assert_false(d.view.halted);
        d = decide(said, 2, 1, false, "1");
        assert_int_equal(d.view.domain.number, 1);
}

static void test_what_a_later_quorum_approved_is_not_undone(void **state) {
        EventSync said[] = { says(1, 1, 9, 7), says(2, 1, 8, 4), says(5, 1, 9, 7) };
        SyncDecision d;

        (void) state;
        said[1].epoch = said[1].active_epoch = 6; /* the others were cut off before they agreed on a view */
        d = decide(said, 3, 2, true, "2");
        assert_nodes(d.view.new, d.view.n_new, "15");
        said[1].epoch = 8; /* and even if it has lost its quorum since */
        d = decide(said, 3, 2, true, "2");
        assert_nodes(d.view.new, d.view.n_new, "15");
        d = decide(said, 3, 2, false, "15");
        assert_nodes(d.view.new, d.view.n_new, "2");

        said[1].domain = id(2); /* in whatever domain: one that never had quorum does not win */
        said[0].active_epoch = said[2].active_epoch = 0;
        d = decide(said, 3, 2, true, "2");
        assert_nodes(d.view.new, d.view.n_new, "15");

        said[1] = says(2, 0, 0, 0); /* what a newcomer once knew counts for nothing */
        said[1].active_epoch = 9;
        d = decide(said, 3, 1, true, "15");
        assert_nodes(d.view.new, d.view.n_new, "2");
}

static void test_not_quorate_halts_only_with_quorum(void **state) {
        EventSync said[] = { says(1, 1, 9, 3), says(2, 1, 9, 3) };

        (void) state;
        said[1].quorate = false;
        assert_true(decide(said, 2, 1, true, "12").view.halted);
        assert_false(decide(said, 2, 1, false, "12").view.halted);
}

static void test_duplicate_node_number_is_refused(void **state) {
        EventSync said[] = { says(1, 1, 9, 2), says(2, 1, 9, 2), says(2, 0, 0, 0), says(3, 0, 0, 0),
                says(3, 0, 0, 0) };
        SyncDecision d;

        (void) state;
        said[2].node.incarnation = 50; /* earlier, but no member */
        said[4].node.incarnation = 99; /* of two newcomers the earlier one stays */
        d = decide(said, 5, 1, false, "12");
        assert_int_equal(d.n_refused, 2);
        assert_int_equal(d.refused[0].why, SYNC_DUPLICATE_NODE);
        assert_int_equal(d.refused[0].node.incarnation, 50);
        assert_int_equal(d.refused[1].node.incarnation, 103);
        assert_nodes(d.view.new, d.view.n_new, "3");
        assert_int_equal(d.view.n_left, 0);
}

static void test_the_newer_side_speaks_the_older_version(void **state) {
        EventSync said[] = { says(1, 1, 9, 1), says(2, 0, 0, 0) };
        SyncDecision d;

        (void) state;
        said[0].version_max = 3;
        said[1].version_max = 2;
        d = decide(said, 2, 1, false, "1");
        assert_int_equal(d.version, 2);
        assert_int_equal(d.n_refused, 0);
}

static void test_a_duplicate_has_no_say_about_the_version(void **state) {
        EventSync said[] = { says(1, 0, 0, 0), says(1, 0, 0, 0) };
        SyncDecision d;

        (void) state;
        said[0].version_min = said[0].version_max = 2;
        said[1].node.incarnation = 999; /* the later one: refused */
        said[1].version_min = said[1].version_max = 1;
        d = decide(said, 2, 1, false, "");
        assert_int_equal(d.version, 2);
        assert_int_equal(d.n_refused, 1);
        assert_int_equal(d.refused[0].why, SYNC_DUPLICATE_NODE);
        assert_nodes(d.view.new, d.view.n_new, "1");
}

static void test_without_a_common_version_the_newcomer_is_refused(void **state) {
        EventSync said[] = { says(1, 1, 9, 1), says(2, 0, 0, 0) };
        SyncDecision d;

        (void) state;
        said[0].version_max = 3;
        said[0].version_min = 2;
        d = decide(said, 2, 1, false, "1");
        assert_int_equal(d.version, 3);
        assert_int_equal(d.n_refused, 1);
        assert_int_equal(d.refused[0].why, SYNC_VERSION);
        said[1].version_max = 9;
        said[1].version_min = 4;
        d = decide(said, 2, 1, false, "1");
        assert_int_equal(d.n_refused, 1);
        assert_int_equal(d.view.n_new, 0);
}

static void test_sets_of_different_rings_are_no_round(void **state) {
        EventSync said[] = { says(1, 0, 0, 0), says(2, 0, 0, 0) };
        SyncDecision d;

        (void) state;
        said[1].ring++;
        assert_int_equal(sync_decide(said, 2, id(1), false, NULL, 0, &d), SYNC_E_INCOMPLETE);
        assert_int_equal(sync_decide(said, 0, id(1), false, NULL, 0, &d), SYNC_E_INCOMPLETE);
        said[1].ring--;
        assert_int_equal(sync_decide(said, EVENT_NODES_MAX + 1, id(1), false, NULL, 0, &d),
                        SYNC_E_INCOMPLETE);
        assert_int_equal(sync_decide(said, 2, id(1), false, NULL, EVENT_NODES_MAX + 1, &d),
                        SYNC_E_INCOMPLETE);
}

static void test_former_member_without_its_state_left_and_is_new(void **state) {
        EventSync said[] = { says(1, 1, 9, 2), says(2, 0, 0, 0) };
        SyncDecision d = decide(said, 2, 1, false, "12");

        (void) state;
        assert_nodes(d.view.left, d.view.n_left, "2");
        assert_nodes(d.view.new, d.view.n_new, "2");
        assert_false(d.view.loser[0]);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_no_domain_begins_a_fresh_one_by_the_lowest_node),
                cmocka_unit_test(test_newcomers_join_the_domain_and_who_is_missing_left),
                cmocka_unit_test(test_the_order_of_arrival_does_not_matter),
                cmocka_unit_test(test_the_larger_wins),
                cmocka_unit_test(test_of_equal_size_more_present_win_then_the_lowest_node),
                cmocka_unit_test(test_of_two_quorums_the_later_ring_wins),
                cmocka_unit_test(test_epoch_is_higher_than_all_that_were_said),
                cmocka_unit_test(test_node_zero_may_establish_a_domain),
                cmocka_unit_test(test_halves_of_one_domain_are_told_apart_by_state),
                cmocka_unit_test(test_losers_get_a_snapshot_and_say_nobody_left),
                cmocka_unit_test(test_with_quorum_the_active_side_wins),
                cmocka_unit_test(test_what_a_later_quorum_approved_is_not_undone),
                cmocka_unit_test(test_not_quorate_halts_only_with_quorum),
                cmocka_unit_test(test_duplicate_node_number_is_refused),
                cmocka_unit_test(test_the_newer_side_speaks_the_older_version),
                cmocka_unit_test(test_a_duplicate_has_no_say_about_the_version),
                cmocka_unit_test(test_without_a_common_version_the_newcomer_is_refused),
                cmocka_unit_test(test_sets_of_different_rings_are_no_round),
                cmocka_unit_test(test_former_member_without_its_state_left_and_is_new),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
