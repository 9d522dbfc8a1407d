/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What diagnostics see (core.h): every group, its providers, the running protocol and who has voted. */

#include "core-world.h"

typedef struct Seen {
        unsigned n;
        char names[8][GS_GROUP_NAME_MAX + 1];
        CoreGroupInfo group; /* the one called "g" */
        CoreProviderInfo providers[8];
        CoreSubscriberInfo *subscribers; /* room for them; NULL: not looked at */
        char *state;                     /* room for the proposed one, too */
} Seen;

static int see(void *userdata, const CoreGroupInfo *group) {
        Seen *seen = userdata;

        strcpy(seen->names[seen->n++], group->attributes->group);
        if (strcmp(group->attributes->group, "g") == 0) {
                seen->group = *group;
                memcpy(seen->providers, group->providers, group->n_providers * sizeof(*group->providers));
                if (seen->state)
                        (void) snprintf(seen->state, GS_STATE_MAX, "%.*s", (int) group->proposed_state.size,
                                        (const char *) group->proposed_state.data);
                if (seen->subscribers)
                        memcpy(seen->subscribers, group->local_subscribers,
                                        group->n_local_subscribers * sizeof(*group->local_subscribers));
        }
        return 0;
}

static int stop(void *userdata, const CoreGroupInfo *group) {
        (void) group;
        ++*(unsigned *) userdata;
        return 5;
}

static void test_groups_come_by_name(void **state) {
        _cleanup_(world_freep) World *w = world_new(1);
        GsAttributes b = attributes_of("b", GS_1_PHASE), a = attributes_of("a", GS_1_PHASE);
        Seen seen = {};
        unsigned n = 0;

        (void) state;
        join(w, 10, 1, 1, &b);
        join(w, 10, 2, 1, &a);
        assert_int_equal(core_each_group(w->cores[0], see, &seen), 0);
        assert_int_equal(seen.n, 3);
        assert_string_equal(seen.names[0], "HostMembership");
        assert_string_equal(seen.names[1], "a");
        assert_string_equal(seen.names[2], "b");
        assert_int_equal(core_each_group(w->cores[0], stop, &n), 5);
        assert_int_equal(n, 1);
}

static void test_running_protocol_tells_who_has_voted(void **state) {
        _cleanup_(world_freep) World *w = world_new(2);
        GsAttributes a = attributes_of("g", GS_1_PHASE);
        Seen seen = {};

        (void) state;
        join(w, 10, 1, 1, &a);
        join_as(w, 11, 1, 2, &a, true);
        join(w, 20, 1, 3, &a);
        join(w, 12, 1, 4, &a);
        change_state(w, 10, 1, GS_1_PHASE, "value");
        expel(w, 10, 1, GS_N_PHASE, 9, 1, "2/1");
        vote_with(w, 10, 1, GS_VOTE_CONTINUE, GS_VOTE_REJECT, "", "");
        simple(w, EVENT_PROCESS_DOWN, 20, 0);
        join(w, 13, 1, 5, &a);

        assert_int_equal(core_each_group(w->cores[0], see, &seen), 0);
        assert_true(seen.group.running);
        assert_int_equal(seen.group.request, GS_EXPEL);
        assert_int_equal(seen.group.phase.phase, 1);
        assert_int_equal(seen.group.limit, 9);
        assert_int_equal(seen.group.proposed_by.instance, 1);
        assert_int_equal(seen.group.default_vote, GS_VOTE_REJECT);
        assert_int_equal(seen.group.state.size, 5);
        assert_int_equal(seen.group.n_members, 4);
        assert_int_equal(seen.group.n_providers, 5);
        assert_int_equal(seen.group.n_queued_joins, 1);
        assert_int_equal(seen.group.n_queued_leaves, 1);
        assert_int_equal(seen.providers[0].ballot, CORE_BALLOT_VOTED);
        assert_int_equal(seen.providers[0].vote, GS_VOTE_CONTINUE);
        assert_int_equal(seen.providers[1].ballot, CORE_BALLOT_SCRIPT);
        assert_int_equal(seen.providers[2].ballot, CORE_BALLOT_FAILED);
        assert_int_equal(seen.providers[2].leave_reasons, GS_PROVIDER_FAILURE);
        assert_int_equal(seen.providers[3].ballot, CORE_BALLOT_WAITING);
        assert_true(seen.providers[3].joined);
        assert_true(seen.providers[1].target);
        assert_false(seen.providers[0].target);
        assert_int_equal(seen.providers[4].ballot, CORE_BALLOT_NONE);
        assert_false(seen.providers[4].joined);
}

static void test_proposed_state_is_shown_while_it_is_voted_on(void **state) {
        _cleanup_(world_freep) World *w = world_new(1);
        GsAttributes a = attributes_of("g", GS_1_PHASE);
        Seen seen = {};

        (void) state;
        join(w, 10, 1, 1, &a);
        change_state(w, 10, 1, GS_1_PHASE, "old");
        change_state(w, 10, 1, GS_N_PHASE, "newer");
        seen.state = malloc(GS_STATE_MAX);
        assert_int_equal(core_each_group(w->cores[0], see, &seen), 0);
        assert_int_equal(seen.group.proposed_state.size, 5);
        assert_string_equal(seen.state, "newer");
        free(seen.state);
}

static void test_who_is_on_trial_is_shown_after_the_members(void **state) {
        _cleanup_(world_freep) World *w = world_new(1);
        GsAttributes s = attributes_of("s", GS_1_PHASE), a = attributes_of("g", GS_N_PHASE);
        Seen seen = {};
        CoreInfo info;

        (void) state;
        strcpy(a.source, "s");
        join(w, 10, 1, 1, &s);
        join(w, 10, 2, 1, &a);
        change_state(w, 10, 1, GS_1_PHASE, "x"); /* nobody is in the target to reflect it to */
        vote(w, 10, 2, GS_VOTE_APPROVE);
        join(w, 11, 1, 2, &a);
        change_state(w, 10, 1, GS_1_PHASE, "y");
        assert_int_equal(core_subscribe(w->cores[0], (GsClient){ 19, 1 }, 1, "g", NULL), 0);

        assert_int_equal(core_each_group(w->cores[0], see, &seen), 0);
        assert_int_equal(seen.group.n_members, 1);
        assert_int_equal(seen.group.n_providers, 2);
        assert_int_equal(seen.group.n_queued_reflections, 1);
        assert_int_equal(seen.group.n_local_subscribers, 1);
        assert_int_equal(seen.providers[1].name.instance, 2);
        assert_int_equal(seen.providers[1].ballot, CORE_BALLOT_WAITING);
        assert_false(seen.providers[1].joined);

        core_info(w->cores[0], &info);
        assert_int_equal(info.n_nodes, 1);
        assert_int_equal(info.n_groups, 2);
        assert_int_equal(info.n_providers, 2);
        assert_int_equal(info.n_local_subscribers, 1);
        assert_int_equal(info.domain.number, 1);
}

/* What a lock's holder is told apart by (wire/report.h): greater for each, and the same for all of its time.
 */
static void test_reign_grows_with_each_senior_member(void **state) {
        _cleanup_(world_freep) World *w = world_new(2);
        GsAttributes a = attributes_of("g", GS_1_PHASE);
        uint64_t first, second;
        Seen seen = {};

        (void) state;
        join(w, 10, 1, 1, &a);
        assert_int_equal(core_visit_group_named(w->cores[0], "g", see, &seen), 0);
        first = seen.group.reign;
        assert_true(first > 0);

        join(w, 11, 1, 2, &a);
        join(w, 20, 1, 3, &a);
        change_state(w, 10, 1, GS_1_PHASE, "value");
        simple(w, EVENT_PROCESS_DOWN, 20, 0);
        assert_int_equal(core_visit_group_named(w->cores[0], "g", see, &seen), 0);
        assert_true(seen.group.reign == first);

        simple(w, EVENT_PROCESS_DOWN, 10, 0);
        assert_int_equal(core_visit_group_named(w->cores[0], "g", see, &seen), 0);
        second = seen.group.reign;
        assert_true(second > first);

        simple(w, EVENT_PROCESS_DOWN, 11, 0);
        seen = (Seen){};
        assert_int_equal(core_visit_group_named(w->cores[0], "g", see, &seen), 0);
        assert_int_equal(seen.n, 0);
        join(w, 12, 1, 1, &a);
        assert_int_equal(core_visit_group_named(w->cores[0], "g", see, &seen), 0);
        assert_true(seen.group.reign > second);
}

/* A record that a subscriber keeps is the same on all nodes when the group is founded again. */
static void test_reign_is_forgotten_with_the_group(void **state) {
        _cleanup_(world_freep) World *w = world_new(2);
        GsAttributes a = attributes_of("g", GS_N_PHASE);
        Seen seen = {};

        (void) state;
        join(w, 10, 1, 1, &a);
        vote(w, 10, 1, GS_VOTE_APPROVE);
        assert_int_equal(core_subscribe(w->cores[0], (GsClient){ 19, 1 }, 1, "g", NULL), 0);
        simple(w, EVENT_PROCESS_DOWN, 10, 0);
        join(w, 10, 2, 1, &a);
        assert_int_equal(core_visit_group_named(w->cores[0], "g", see, &seen), 0);
        assert_int_equal(seen.group.n_members, 0);
        assert_int_equal(seen.group.reign, 0);
        vote(w, 10, 2, GS_VOTE_APPROVE);
        assert_int_equal(core_visit_group_named(w->cores[0], "g", see, &seen), 0);
        assert_true(seen.group.reign > 0);
}

static void test_subscribers_are_listed_as_they_came(void **state) {
        _cleanup_(world_freep) World *w = world_new(1);
        GsAttributes a = attributes_of("g", GS_1_PHASE);
        CoreSubscriberInfo subscribers[2];
        Seen seen = {};

        (void) state;
        join(w, 10, 1, 1, &a);
        assert_int_equal(core_subscribe(w->cores[0], (GsClient){ 19, 1 }, GS_SUBSCRIBE_STATE, "g", NULL), 0);
        assert_int_equal(
                        core_subscribe(w->cores[0], (GsClient){ 12, 5 }, GS_SUBSCRIBE_MEMBERSHIP, "g", NULL),
                        0);
        seen.subscribers = subscribers;
        assert_int_equal(core_each_group(w->cores[0], see, &seen), 0);
        assert_int_equal(seen.group.n_local_subscribers, 2);
        assert_int_equal(subscribers[0].client.connection, 19);
        assert_int_equal(subscribers[0].control, GS_SUBSCRIBE_STATE);
        assert_int_equal(subscribers[1].client.connection, 12);
        assert_int_equal(subscribers[1].client.token, 5);
        assert_int_equal(subscribers[1].control, GS_SUBSCRIBE_MEMBERSHIP);
}

static void test_dropped_events_are_counted(void **state) {
        _cleanup_(world_freep) World *w = world_new(1);
        CoreInfo before, after;

        (void) state;
        core_info(w->cores[0], &before);
        simple(w, EVENT_GOODBYE, 10, 1);
        core_info(w->cores[0], &after);
        assert_int_equal(after.n_dropped, before.n_dropped + 1);
        assert_int_equal(after.position, before.position + 1);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_groups_come_by_name),
                cmocka_unit_test(test_running_protocol_tells_who_has_voted),
                cmocka_unit_test(test_proposed_state_is_shown_while_it_is_voted_on),
                cmocka_unit_test(test_who_is_on_trial_is_shown_after_the_members),
                cmocka_unit_test(test_reign_grows_with_each_senior_member),
                cmocka_unit_test(test_reign_is_forgotten_with_the_group),
                cmocka_unit_test(test_subscribers_are_listed_as_they_came),
                cmocka_unit_test(test_dropped_events_are_counted),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
