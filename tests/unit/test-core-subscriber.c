/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Subscribers and the system groups (gsapi.md 1.8, 4.1, 5.8; stream.md 3). */

#include "core-world.h"

static void subscribe(World *w, int token, uint32_t control, const char *group) {
        assert_int_equal(core_subscribe(w->cores[0], (GsClient){ 19, token }, control, group, &w->sinks[0]),
                        0);
}

static World *group_with(uint32_t control) {
        World *w = world_new(1);
        GsAttributes a = attributes_of("g", GS_1_PHASE);

        join(w, 10, 1, 1, &a);
        change_state(w, 10, 1, GS_1_PHASE, "s");
        forget(w);
        subscribe(w, 1, control, "g");
        return w;
}

static void test_unknown_group_is_refused(void **state) {
        _cleanup_(world_freep) World *w = world_new(1);
        GsAttributes a = attributes_of("g", GS_N_PHASE);

        (void) state;
        assert_int_equal(core_subscribe(w->cores[0], (GsClient){ 19, 1 }, 1, "g", NULL),
                        CORE_E_UNKNOWN_GROUP);
        join(w, 10, 1, 1, &a);
        assert_int_equal(core_subscribe(w->cores[0], (GsClient){ 19, 1 }, 1, "g", NULL),
                        CORE_E_UNKNOWN_GROUP);
        vote(w, 10, 1, GS_VOTE_APPROVE);
        assert_int_equal(core_subscribe(w->cores[0], (GsClient){ 19, 1 }, 1, "g", NULL), 0);
}

static void test_newcomer_has_no_groups_to_subscribe(void **state) {
        CoreConfig config = { .self = node_id(1) };
        _cleanup_(core_freep) Core *core = NULL;

        (void) state;
        assert_int_equal(core_new(&config, &core), 0);
        assert_int_equal(core_subscribe(core, (GsClient){ 19, 1 }, 1, "HostMembership", NULL),
                        CORE_E_NOT_ESTABLISHED);
}

static void test_first_notification_is_full_as_selected(void **state) {
        static const struct {
                uint32_t control;
                const char *text;
        } rows[] = {
                { GS_SUBSCRIBE_STATE, "19.1 told SUBSCRIBE type 1 () state s\n" },
                { GS_SUBSCRIBE_MEMBERSHIP, "19.1 told SUBSCRIBE type 8 (1/1)\n" },
                { GS_SUBSCRIBE_DELTA_JOINS, "19.1 told SUBSCRIBE type 8 (1/1)\n" },
                { GS_SUBSCRIBE_DELTA_LEAVES, "19.1 told SUBSCRIBE type 8 (1/1)\n" },
                { 0xf, "19.1 told SUBSCRIBE type 9 (1/1) state s\n" },
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_(world_freep) World *w = group_with(rows[i].control);

                expect(w, rows[i].text);
        }
}

/* One line, or none, was for subscriber 19.1. */
static void assert_subscriber_heard(World *w, const char *line) {
        const char *heard = strstr(w->text, "19.1");

        assert_int_equal(heard != NULL, *line != '\0');
        if (heard)
                assert_memory_equal(heard, line, strlen(line));
}

/* A join, a leave and a state change, as a subscriber of each kind hears of them. */
static void test_each_control_flag_selects_its_part(void **state) {
        static const struct {
                uint32_t control;
                const char *joined, *left, *changed;
        } rows[] = {
                { GS_SUBSCRIBE_STATE, "", "", "19.1 told SUBSCRIBE type 1 () state t\n" },
                { GS_SUBSCRIBE_MEMBERSHIP, "19.1 told SUBSCRIBE type 8 (1/1,2/1)\n",
                                "19.1 told SUBSCRIBE type 8 (1/1)\n", "" },
                { GS_SUBSCRIBE_DELTA_JOINS, "19.1 told SUBSCRIBE type 2 () ~(2/1)\n", "", "" },
                { GS_SUBSCRIBE_DELTA_LEAVES, "", "19.1 told SUBSCRIBE type 4 () ~(2/1)\n", "" },
                { 0xf, "19.1 told SUBSCRIBE type a (1/1,2/1) ~(2/1)\n",
                                "19.1 told SUBSCRIBE type c (1/1) ~(2/1)\n",
                                "19.1 told SUBSCRIBE type 1 () state t\n" },
        };
        GsAttributes a = attributes_of("g", GS_1_PHASE);

        (void) state;
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_(world_freep) World *w = group_with(rows[i].control);

                forget(w);
                join(w, 11, 1, 2, &a);
                assert_subscriber_heard(w, rows[i].joined);
                forget(w);
                leave(w, 11, 1, GS_1_PHASE, 0);
                assert_subscriber_heard(w, rows[i].left);
                forget(w);
                change_state(w, 10, 1, GS_1_PHASE, "t");
                assert_subscriber_heard(w, rows[i].changed);
        }
}

static void test_nothing_rejected_or_running_is_shown(void **state) {
        _cleanup_(world_freep) World *w = group_with(0xf);

        (void) state;
        forget(w);
        change_state(w, 10, 1, GS_N_PHASE, "no");
        vote(w, 10, 1, GS_VOTE_REJECT);
        message(w, 10, 1, GS_1_PHASE, "m");
        assert_null(strstr(w->text, "19.1"));
}

static void test_one_notification_for_membership_and_state_together(void **state) {
        _cleanup_(world_freep) World *w = group_with(0xf);
        GsAttributes a = attributes_of("g", GS_N_PHASE);

        (void) state;
        change_attributes(w, 10, 1, GS_1_PHASE, &a);
        join(w, 11, 1, 2, &a);
        vote_with(w, 10, 1, GS_VOTE_APPROVE, GS_VOTE_NULL, "both", "");
        forget(w);
        vote(w, 11, 1, GS_VOTE_APPROVE);
        assert_non_null(strstr(w->text, "19.1 told SUBSCRIBE type b (1/1,2/1) ~(2/1) state both\n"));
}

static void test_dissolution_is_the_last_notification(void **state) {
        _cleanup_(world_freep) World *w = group_with(GS_SUBSCRIBE_MEMBERSHIP);
        GsAttributes a = attributes_of("g", GS_1_PHASE);

        (void) state;
        forget(w);
        leave(w, 10, 1, GS_1_PHASE, 0);
        assert_non_null(strstr(w->text, "19.1 told SUBSCRIBE type 8 ()\n10.1 dead\n"
                                        "19.1 told SUBSCRIBE type 80 ()\n19.1 dead\n"));
        forget(w);
        join(w, 10, 2, 1, &a);
        assert_null(strstr(w->text, "19.1"));
}

static void test_unsubscribed_hear_nothing(void **state) {
        _cleanup_(world_freep) World *w = group_with(GS_SUBSCRIBE_STATE);
        CoreInfo info;

        (void) state;
        subscribe(w, 2, GS_SUBSCRIBE_STATE, "g");
        subscribe(w, 3, GS_SUBSCRIBE_STATE, "enMembership");
        core_unsubscribe(w->cores[0], (GsClient){ 19, 1 });
        core_unsubscribe(w->cores[0], (GsClient){ 19, 1 }); /* once more is no harm */
        forget(w);
        change_state(w, 10, 1, GS_1_PHASE, "t");
        assert_null(strstr(w->text, "19.1"));
        assert_non_null(strstr(w->text, "19.2"));
        assert_int_equal(core_subscribe(w->cores[0], (GsClient){ 18, 1 }, 1, "g", NULL), 0);
        core_unsubscribe_all(w->cores[0], 19);
        core_unsubscribe_all(w->cores[0], 19);
        core_info(w->cores[0], &info);
        assert_int_equal(info.n_local_subscribers, 1);
        core_unsubscribe_all(w->cores[0], 18);
        core_info(w->cores[0], &info);
        assert_int_equal(info.n_local_subscribers, 0);
}

static void test_subscribers_are_not_in_the_state(void **state) {
        _cleanup_(world_freep) World *w = world_new(1);
        uint64_t before = core_hash(w->cores[0]);

        (void) state;
        subscribe(w, 1, 0xf, "cssMembership");
        assert_true(core_hash(w->cores[0]) == before);
}

static void test_hosts_of_the_view_are_a_group(void **state) {
        _cleanup_(world_freep) World *w = world_new(3);

        (void) state;
        subscribe(w, 1, 0xe, "HostMembership");
        expect(w, "19.1 told SUBSCRIBE type 8 (0/1,0/2,0/3)\n");
        (void) core_free(w->cores[1]);
        w->cores[1] = NULL;
        view(w, false, false, "2", "");
        expect(w, "19.1 told SUBSCRIBE type c (0/1,0/3) ~(0/2)\n");
        simple(w, EVENT_NODE_LEAVING, 30, 0);
        expect(w, "19.1 told SUBSCRIBE type c (0/1) ~(0/3)\n");
}

static Event links(unsigned state0, unsigned state1) {
        Event e = { .type = EVENT_LINKS, .sender = node_id(1) };

        e.links.n_links = 2;
        e.links.links[0] = (EventLink){ .kind = LINK_ENET, .number = 0, .state = state0 };
        e.links.links[1] = (EventLink){ .kind = LINK_ENET, .number = 1, .state = state1 };
        return e;
}

static void test_adapters_are_groups_that_never_dissolve(void **state) {
        _cleanup_(world_freep) World *w = world_new(1);
        Event e = links(LINK_UP, LINK_UP);

        (void) state;
        subscribe(w, 1, 0xe, "enMembership");
        expect(w, "19.1 told SUBSCRIBE type 8 ()\n");
        world_apply(w, &e);
        expect(w, "19.1 told SUBSCRIBE type a (0/1,1/1) ~(0/1,1/1)\n");
        world_apply(w, &e);
        expect(w, "");
        e = links(LINK_DOWN, LINK_UP);
        world_apply(w, &e);
        expect(w, "19.1 told SUBSCRIBE type c (1/1) ~(0/1)\n");
        e.links.n_links = 0;
        world_apply(w, &e);
        expect(w, "19.1 told SUBSCRIBE type c () ~(1/1)\n");
        e = links(LINK_UP, LINK_DOWN);
        world_apply(w, &e);
        expect(w, "19.1 told SUBSCRIBE type a (0/1) ~(0/1)\n");
}

static void test_deconfigured_adapters_are_marked(void **state) {
        _cleanup_(world_freep) World *w = world_new(1);
        Event e = links(LINK_UP, LINK_UP);

        (void) state;
        subscribe(w, 1, 0xe, "enMembership");
        subscribe(w, 2, GS_SUBSCRIBE_MEMBERSHIP, "enMembership");
        world_apply(w, &e);
        forget(w);
        e = links(LINK_DECONFIGURED, LINK_DOWN);
        world_apply(w, &e);
        expect(w, "19.1 told SUBSCRIBE type 4c () ~(0/1,1/1) death 1 death 0\n19.2 told SUBSCRIBE type 8 "
                  "()\n");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_unknown_group_is_refused),
                cmocka_unit_test(test_newcomer_has_no_groups_to_subscribe),
                cmocka_unit_test(test_first_notification_is_full_as_selected),
                cmocka_unit_test(test_each_control_flag_selects_its_part),
                cmocka_unit_test(test_nothing_rejected_or_running_is_shown),
                cmocka_unit_test(test_one_notification_for_membership_and_state_together),
                cmocka_unit_test(test_dissolution_is_the_last_notification),
                cmocka_unit_test(test_unsubscribed_hear_nothing),
                cmocka_unit_test(test_subscribers_are_not_in_the_state),
                cmocka_unit_test(test_hosts_of_the_view_are_a_group),
                cmocka_unit_test(test_adapters_are_groups_that_never_dissolve),
                cmocka_unit_test(test_deconfigured_adapters_are_marked),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
