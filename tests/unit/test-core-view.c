/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Views, quorum, hashes and abandonment, by the rules of stream.md 3 and 5. */

#include "core-world.h"

static void drop_core(World *w, unsigned i) {
        (void) core_free(w->cores[i]);
        w->cores[i] = NULL;
}

/* Node i + 1 comes with a new, empty core, by the snapshot of core 0. */
static void restore_core(World *w, unsigned i) {
        _cleanup_(freep) uint8_t *bytes = NULL;
        size_t size;

        assert_int_equal(core_snapshot(w->cores[0], &bytes, &size), 0);
        assert_int_equal(core_restore(w->cores[i], bytes, size, &w->sinks[i]), 0);
        assert_true(core_hash(w->cores[i]) == core_hash(w->cores[0]));
}

static void test_rank_is_order_of_admission(void **state) {
        _cleanup_(world_freep) World *w = world_new(3);
        NodeId nodes[EVENT_NODES_MAX];

        (void) state;
        drop_core(w, 1);
        view(w, false, false, "2", "");
        view(w, false, false, "", "2");
        assert_int_equal(core_nodes(w->cores[0], nodes), 3);
        assert_int_equal(nodes[0].number, 1);
        assert_int_equal(nodes[1].number, 3);
        assert_int_equal(nodes[2].number, 2);
        assert_int_equal(core_rank(w->cores[0], node_id(2)), 2);
        assert_int_equal(core_rank(w->cores[0], node_id(4)), -1);
}

static void test_departures_fail_by_group_name_then_seniority(void **state) {
        _cleanup_(world_freep) World *w = world_new(3);
        GsAttributes b = attributes_of("b", GS_1_PHASE);
        GsAttributes a = attributes_of("a", GS_1_PHASE);

        (void) state;
        join(w, 10, 1, 1, &b);
        join(w, 10, 2, 1, &a);
        join(w, 30, 1, 5, &a);
        join(w, 20, 1, 4, &a);
        join(w, 30, 2, 6, &b);
        forget(w);
        drop_core(w, 1);
        drop_core(w, 2);
        view(w, false, false, "23", "");
        expect(w, "10.2 approved FAILURE what 20 (1/1) ~(5/3,4/2) why 4:0 why 4:0\n"
                  "10.1 approved FAILURE what 20 (1/1) ~(6/3) why 4:0\n");
}

static void test_departed_count_by_default_in_the_running_phase(void **state) {
        _cleanup_(world_freep) World *w = world_new(2);
        GsAttributes a = attributes_of("g", GS_1_PHASE);

        (void) state;
        a.default_vote = GS_VOTE_REJECT;
        join(w, 10, 1, 1, &a);
        join(w, 20, 1, 2, &a);
        message(w, 10, 1, GS_N_PHASE, "m");
        vote(w, 10, 1, GS_VOTE_APPROVE);
        forget(w);
        drop_core(w, 1);
        view(w, false, false, "2", "");
        expect(w, "ended g #1\n"
                  "10.1 rejected MESSAGE #1 summary 29 by 1/1 (1/1,2/2)\n"
                  "10.1 approved FAILURE what 20 (1/1) ~(2/2) why 4:0\n");
}

static void test_events_of_nodes_gone_are_dropped(void **state) {
        _cleanup_(world_freep) World *w = world_new(2);
        GsAttributes a = attributes_of("g", GS_1_PHASE);

        (void) state;
        simple(w, EVENT_NODE_LEAVING, 20, 0);
        forget(w);
        join(w, 20, 1, 1, &a);
        expect(w, "dropped JOIN\n");
        view(w, false, false, "2", "");
        expect(w, "");
}

static void test_the_connection_of_pseudo_providers_is_nobodys(void **state) {
        _cleanup_(world_freep) World *w = world_new(1);
        Event e = { .type = EVENT_PROCESS_DOWN, .sender = node_id(1), .client = { UINT32_MAX, 0 } };

        (void) state;
        world_apply(w, &e);
        expect(w, "dropped PROCESS_DOWN\n");
}

static void test_newcomer_goes_on_from_the_snapshot(void **state) {
        _cleanup_(world_freep) World *w = world_new(2);
        GsAttributes a = attributes_of("g", GS_N_PHASE);

        (void) state;
        join(w, 10, 1, 1, &a);
        world_add_core(w, 2);
        w->n = 3;
        view(w, false, false, "", "3");
        forget(w);
        restore_core(w, 2);
        vote(w, 10, 1, GS_VOTE_APPROVE);
        join(w, 30, 1, 2, &a);
        assert_non_null(strstr(w->text, "30.1 phase JOIN #1 votes what 1 (1/1) ~(2/3)"));
}

static void test_restore_tells_of_running_phases(void **state) {
        _cleanup_(world_freep) World *w = world_new(1);
        GsAttributes a = attributes_of("g", GS_N_PHASE);

        (void) state;
        join(w, 10, 1, 1, &a);
        world_add_core(w, 1);
        w->ears[1].first = true;
        forget(w);
        restore_core(w, 1);
        expect(w, "begun g JOIN #1\n");
        drop_core(w, 1);
}

static void test_loser_dissolves_and_is_a_newcomer(void **state) {
        _cleanup_(world_freep) World *w = world_new(1);
        GsAttributes a = attributes_of("g", GS_1_PHASE), n = attributes_of("h", GS_N_PHASE);
        Event e = { .type = EVENT_VIEW,
                .view = { .epoch = 9, .n_new = 1, .new = { node_id(1) }, .loser = { true } } };
        EventSync sync;

        (void) state;
        join(w, 10, 1, 1, &a);
        join(w, 11, 1, 1, &n);
        join(w, 12, 1, 2, &n);
        assert_int_equal(core_subscribe(w->cores[0], (GsClient){ 19, 1 }, 1, "g", &w->sinks[0]), 0);
        forget(w);
        e.view.domain = node_id(2);
        world_apply(w, &e);
        expect(w, "10.1 announce - summary 100 (1/1) ~(1/1)\n"
                  "10.1 dead\n"
                  "19.1 told SUBSCRIBE type 80 ()\n"
                  "19.1 dead\n"
                  "11.1 announce - summary 100 ()\n"
                  "11.1 dead\n"
                  "12.1 dead\n");
        core_sync(w->cores[0], &sync);
        assert_int_equal(sync.domain.incarnation, 0);
        assert_int_equal(sync.position, 0);
        join(w, 10, 2, 1, &a);
        expect(w, "");
}

static void test_loss_of_the_engine_is_announced(void **state) {
        _cleanup_(world_freep) World *w = world_new(1);
        GsAttributes a = attributes_of("g", GS_1_PHASE);

        (void) state;
        join(w, 10, 1, 1, &a);
        assert_int_equal(core_subscribe(w->cores[0], (GsClient){ 19, 1 }, 1, "g", NULL), 0);
        forget(w);
        assert_int_equal(core_abandon(w->cores[0], GS_GROUP_SERVICES_HAS_DIED_HORRIBLY, &w->sinks[0]), 0);
        expect(w, "10.1 announce - summary 200 (1/1) ~(1/1)\n"
                  "10.1 dead\n"
                  "19.1 told SUBSCRIBE type 100 ()\n"
                  "19.1 dead\n");
}

static void test_epoch_of_a_lost_domain_is_remembered(void **state) {
        _cleanup_(world_freep) World *w = world_new(1);
        EventSync sync;

        (void) state;
        assert_int_equal(core_abandon(w->cores[0], GS_GROUP_DISSOLVED, NULL), 0);
        assert_int_equal(core_restore(w->cores[0], "rubbish", 7, NULL), -EBADMSG);
        core_sync(w->cores[0], &sync);
        assert_int_equal(sync.domain.incarnation, 0);
        assert_int_equal(sync.epoch, 1);
}

static void test_nothing_of_a_snapshot_is_notified_here(void **state) {
        _cleanup_(world_freep) World *w = world_new(2);
        GsAttributes a = attributes_of("g", GS_1_PHASE);

        (void) state;
        join(w, 10, 1, 1, &a);
        join(w, 20, 1, 2, &a);
        message(w, 10, 1, GS_N_PHASE, "m");
        drop_core(w, 1);
        world_add_core(w, 1);
        view(w, false, false, "2", "2"); /* lost, with the incarnation that it had */
        restore_core(w, 1);
        forget(w);
        vote(w, 10, 1, GS_VOTE_APPROVE);
        assert_null(strstr(w->text, "20.1"));
        join(w, 20, 2, 2, &a);
        assert_non_null(strstr(w->text, "20.2 approved JOIN what 20 (1/1,2/2) ~(2/2)"));
}

static void test_hash_is_taken_by_all_at_one_position_and_compared(void **state) {
        _cleanup_(world_freep) World *w = world_new(2);
        Event e = { .type = EVENT_HASH, .sender = node_id(2) };
        EventSync sync;

        (void) state;
        world_apply(w, &e);
        expect(w, "hash taken\n");
        core_sync(w->cores[0], &sync);
        e.hash = (EventHash){ .position = sync.position, .hash = sync.hash };
        world_apply(w, &e);
        expect(w, "hash of 2 equal\n");
        e.hash.hash ^= 1;
        world_apply(w, &e);
        expect(w, "hash of 2 differs\n");
        e.hash.position++;
        world_apply(w, &e);
        expect(w, "");
}

/* ---- Quorum=yes ---- */

static World *halted_pair(void) {
        World *w = world_new(2);
        GsAttributes a = attributes_of("g", GS_1_PHASE);

        join(w, 10, 1, 1, &a);
        join(w, 11, 1, 2, &a);
        join(w, 20, 1, 3, &a);
        change_state_in(w, 10, 1, GS_N_PHASE, 5, "s");
        drop_core(w, 1);
        view(w, false, true, "2", "");
        forget(w);
        return w;
}

static void test_without_quorum_nothing_takes_effect(void **state) {
        _cleanup_(world_freep) World *w = halted_pair();
        GsAttributes a = attributes_of("h", GS_1_PHASE);

        (void) state;
        join(w, 12, 1, 1, &a);
        vote(w, 10, 1, GS_VOTE_APPROVE);
        vote(w, 11, 1, GS_VOTE_APPROVE);
        simple(w, EVENT_PROCESS_DOWN, 11, 0);
        expect(w, "");
}

static void test_without_quorum_proposals_collide_and_limits_are_dropped(void **state) {
        _cleanup_(world_freep) World *w = halted_pair();

        (void) state;
        message(w, 10, 1, GS_1_PHASE, "m");
        expect(w, "10.1 error MESSAGE 16 serial 7\n");
        limit(w);
        expect(w, "dropped LIMIT\n");
        message(w, 13, 1, GS_1_PHASE, "m");
        expect(w, "dropped MESSAGE\n");
}

static void test_with_quorum_back_the_queue_is_applied_in_order(void **state) {
        _cleanup_(world_freep) World *w = halted_pair();
        GsAttributes a = attributes_of("h", GS_1_PHASE);
        CoreInfo info;

        (void) state;
        join(w, 12, 1, 1, &a);
        vote(w, 10, 1, GS_VOTE_APPROVE);
        vote(w, 11, 1, GS_VOTE_APPROVE);
        core_info(w->cores[0], &info);
        assert_true(info.halted);
        assert_int_equal(info.n_held, 4); /* the view with its departure too */
        view(w, false, false, "", "3");
        expect(w, "begun g STATE #1\n"
                  "12.1 approved JOIN what 20 (1/1) ~(1/1)\n"
                  "ended g #1\n"
                  "10.1 approved STATE #1 limit 5 summary 25 what 80 by 1/1 (1/1,2/1,3/2) state s proposed "
                  "s\n"
                  "11.1 approved STATE #1 limit 5 summary 25 what 80 by 1/1 (1/1,2/1,3/2) state s proposed "
                  "s\n"
                  "10.1 approved FAILURE what 20 (1/1,2/1) ~(3/2) why 4:0 state s\n"
                  "11.1 approved FAILURE what 20 (1/1,2/1) ~(3/2) why 4:0 state s\n");
}

/* Its departure is still held when the queue is applied, but everybody knows that the node is gone. */
static void test_a_script_of_a_node_gone_is_not_waited_for(void **state) {
        _cleanup_(world_freep) World *w = world_new(2);
        GsAttributes a = attributes_of("g", GS_N_PHASE), b = attributes_of("h", GS_1_PHASE);

        (void) state;
        a.batch_control |= GS_DEACTIVATE_ON_FAILURE;
        (void) snprintf(b.source, sizeof(b.source), "g");
        join_as(w, 20, 1, 1, &a, true);
        vote(w, 20, 1, GS_VOTE_APPROVE);
        view(w, false, true, "", "");
        simple(w, EVENT_PROCESS_DOWN, 20, 0);
        join(w, 12, 1, 1, &b);
        drop_core(w, 1);
        forget(w);
        view(w, false, false, "2", "");
        expect(w, "begun g FAILURE #1\n"
                  "ended g #1\n"
                  "12.1 error JOIN 22 serial 0\n" /* the source is gone, not just without a provider here */
                  "12.1 dead\n");
}

static void test_joins_of_a_node_gone_do_not_wait(void **state) {
        _cleanup_(world_freep) World *w = world_new(2);
        GsAttributes a = attributes_of("g", GS_1_PHASE);
        CoreInfo info;

        (void) state;
        view(w, false, true, "", "");
        join(w, 20, 1, 1, &a);
        join(w, 10, 1, 1, &a);
        simple(w, EVENT_NODE_LEAVING, 20, 0);
        drop_core(w, 1);
        core_info(w->cores[0], &info);
        assert_int_equal(info.n_held, 3); /* the view, one JOIN, NODE_LEAVING */
        forget(w);
        view(w, false, false, "", "");
        expect(w, "10.1 approved JOIN what 20 (1/1) ~(1/1)\n");
}

static void test_sync_says_the_epoch_of_the_last_view_with_quorum(void **state) {
        _cleanup_(world_freep) World *w = world_new(1);
        Event e = { .type = EVENT_VIEW, .view = { .domain = node_id(1), .epoch = 5, .halted = true } };
        EventSync sync;

        (void) state;
        world_apply(w, &e);
        core_sync(w->cores[0], &sync);
        assert_int_equal(sync.epoch, 5);
        assert_int_equal(sync.active_epoch, 1);
        e.view.halted = false;
        e.view.epoch = 6;
        world_apply(w, &e);
        core_sync(w->cores[0], &sync);
        assert_int_equal(sync.active_epoch, 6);
}

static void test_one_node_of_a_number(void **state) {
        _cleanup_(world_freep) World *w = world_new(1);
        Event e = { .type = EVENT_VIEW, .view = { .domain = node_id(1), .epoch = 2, .n_new = 1 } };
        NodeId nodes[EVENT_NODES_MAX];

        (void) state;
        e.view.new[0] = (NodeId){ .number = 1, .incarnation = 7 };
        world_apply(w, &e);
        assert_int_equal(core_nodes(w->cores[0], nodes), 1);
        assert_true(node_id_equal(nodes[0], node_id(1)));
}

static void test_no_more_nodes_than_a_view_can_have(void **state) {
        _cleanup_(world_freep) World *w = world_new(1);
        Event e = { .type = EVENT_VIEW,
                .view = { .domain = node_id(1), .epoch = 2, .n_new = EVENT_NODES_MAX } };
        NodeId nodes[EVENT_NODES_MAX];

        (void) state;
        for (uint16_t i = 0; i < EVENT_NODES_MAX; i++)
                e.view.new[i] = node_id(100 + i);
        world_apply(w, &e);
        assert_int_equal(core_nodes(w->cores[0], nodes), EVENT_NODES_MAX);
        assert_int_equal(nodes[EVENT_NODES_MAX - 1].number, 100 + EVENT_NODES_MAX - 2);
}

static void test_abandonment_forgets_what_waited(void **state) {
        _cleanup_(world_freep) World *w = halted_pair();
        CoreInfo info;

        (void) state;
        vote(w, 10, 1, GS_VOTE_APPROVE);
        assert_int_equal(core_abandon(w->cores[0], GS_GROUP_DISSOLVED, NULL), 0);
        core_info(w->cores[0], &info);
        assert_int_equal(info.n_held, 0);
        assert_false(info.halted);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_rank_is_order_of_admission),
                cmocka_unit_test(test_departures_fail_by_group_name_then_seniority),
                cmocka_unit_test(test_departed_count_by_default_in_the_running_phase),
                cmocka_unit_test(test_events_of_nodes_gone_are_dropped),
                cmocka_unit_test(test_the_connection_of_pseudo_providers_is_nobodys),
                cmocka_unit_test(test_newcomer_goes_on_from_the_snapshot),
                cmocka_unit_test(test_restore_tells_of_running_phases),
                cmocka_unit_test(test_loser_dissolves_and_is_a_newcomer),
                cmocka_unit_test(test_loss_of_the_engine_is_announced),
                cmocka_unit_test(test_epoch_of_a_lost_domain_is_remembered),
                cmocka_unit_test(test_nothing_of_a_snapshot_is_notified_here),
                cmocka_unit_test(test_hash_is_taken_by_all_at_one_position_and_compared),
                cmocka_unit_test(test_without_quorum_nothing_takes_effect),
                cmocka_unit_test(test_without_quorum_proposals_collide_and_limits_are_dropped),
                cmocka_unit_test(test_with_quorum_back_the_queue_is_applied_in_order),
                cmocka_unit_test(test_a_script_of_a_node_gone_is_not_waited_for),
                cmocka_unit_test(test_joins_of_a_node_gone_do_not_wait),
                cmocka_unit_test(test_sync_says_the_epoch_of_the_last_view_with_quorum),
                cmocka_unit_test(test_one_node_of_a_number),
                cmocka_unit_test(test_no_more_nodes_than_a_view_can_have),
                cmocka_unit_test(test_abandonment_forgets_what_waited),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
