/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Memory: none left when the last group is gone, none taken in steady state, and its end is the node's
 * (core.h).
 */

#include "core-world.h"

static long n_live, n_taken, n_until_failure = -1;

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
void __real_free(void *p);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);
void __wrap_free(void *p);

static bool fails(void) {
        n_taken++;
        if (n_until_failure < 0 || n_until_failure-- > 0)
                return false;
        n_until_failure = 0; /* and none succeeds after it */
        return true;
}

void *__wrap_malloc(size_t size) {
        void *p = fails() ? NULL : __real_malloc(size);

        n_live += !!p;
        return p;
}

void *__wrap_calloc(size_t n, size_t size) {
        void *p = fails() ? NULL : __real_calloc(n, size);

        n_live += !!p;
        return p;
}

void *__wrap_realloc(void *p, size_t size) {
        void *q = fails() ? NULL : __real_realloc(p, size);

        n_live += q && !p;
        return q;
}

void __wrap_free(void *p) {
        n_live -= !!p;
        __real_free(p);
}

/* An event by its bytes would allocate nothing either, but here all must be the core's. */
static int apply(Core *core, const Event *event) {
        return core_apply(core, event, NULL);
}

static Event view_of(uint16_t number) {
        Event e = { .type = EVENT_VIEW, .view = { .fresh = true, .n_new = 1 } };

        e.view.new[0] = node_id(number);
        e.view.domain = node_id(number);
        return e;
}

static Event join_of(int token, uint16_t instance, const GsAttributes *a) {
        Event e = event_of(EVENT_JOIN, 10, token);

        e.join = (EventJoin){ .instance = instance, .attributes = *a };
        return e;
}

static bool subscribing; /* the last call of live() was core_subscribe() */

static int subscribe(Core *core, int token, const char *group) {
        int r;

        subscribing = true;
        r = core_subscribe(core, (GsClient){ 19, token }, 0xf, group, NULL);
        subscribing = r < 0;
        return r;
}

/* A life up to its fullest moment: a join under vote, others queued, a reflection, events held for quorum.
 */
static int live_half(Core *core) {
        GsAttributes s = attributes_of("s", GS_1_PHASE), t = attributes_of("a", GS_N_PHASE);
        Event view = view_of(1), state = event_of(EVENT_STATE_CHANGE, 10, 1),
              vote = event_of(EVENT_VOTE, 10, 3);
        Event links = { .type = EVENT_LINKS, .sender = node_id(1) }, halt = { .type = EVENT_VIEW };
        Event limit = { .type = EVENT_LIMIT, .sender = node_id(1) }, expel = event_of(EVENT_EXPEL, 10, 2);
        Event answer = event_of(EVENT_RESPONSIVENESS, 10, 0), message = event_of(EVENT_MESSAGE, 10, 20);
        int r;

        strcpy(t.source, "s");
        t.time_limit = 1;
        state.state_change.proposal = proposal_of(GS_1_PHASE, 0);
        state.state_change.state = (GsBytes){ "value", 5 };
        expel.expel.proposal = proposal_of(GS_N_PHASE, 0);
        expel.expel.flag = (GsBytes){ "flag", 4 };
        expel.expel.n_targets = 1;
        expel.expel.targets[0] = (GsProvider){ 1, 1 };
        limit.limit = (EventPhase){ .group = 17, .protocol = 1, .phase = 1 };
        vote.vote = (EventVote){ .phase = { 17, 2, 1 }, .value = GS_VOTE_CONTINUE };
        vote.vote.state = (GsBytes){ "rider", 5 };
        vote.vote.message = (GsBytes){ "word", 4 };
        halt.view.domain = node_id(1);
        halt.view.halted = true;
        links.links.n_links = 1;
        links.links.links[0].state = LINK_UP;

        for (uint16_t i = 2; i < 12; i++)
                view.view.new[view.view.n_new++] = node_id(i);
        r = apply(core, &view);
        r = r ?: apply(core, &links);
        for (int i = 1; i <= 6; i++) {
                Event e = join_of(i, (uint16_t) i, i < 3 ? &s : &t);

                r = r ?: apply(core, &e);
        }
        r = r ?: subscribe(core, 1, "s");
        r = r ?: apply(core, &limit);
        r = r ?: apply(core, &vote);
        for (int i = 0; i < 8; i++) {
                GsAttributes a = attributes_of("0", GS_1_PHASE);
                Event e;

                a.group[0] = (char) ('0' + i);
                if (i == 7) {
                        strcpy(a.source, "s");
                        a.reflection_num_phases = GS_N_PHASE;
                }
                e = join_of(20 + i, 20, &a);
                r = r ?: apply(core, &e);
        }
        r = r ?: apply(core, &state);
        r = r ?: apply(core, &answer);
        r = r ?: apply(core, &expel);
        message.message.proposal = proposal_of(GS_N_PHASE, 0);
        message.message.message = (GsBytes){ "m", 1 };
        r = r ?: apply(core, &message);
        state.client.token = 21;
        state.state_change.proposal.num_phases = GS_N_PHASE;
        r = r ?: apply(core, &state);
        r = r ?: subscribe(core, 3, "cssMembership");
        r = r ?: apply(core, &halt);
        return r ?: apply(core, &answer);
}

/* And to its end. Everything that allocates happens; stops at the first error. */
static int live(Core *core) {
        Event resume = { .type = EVENT_VIEW, .view = { .domain = node_id(1) } };
        Event down = event_of(EVENT_PROCESS_DOWN, 10, 0), again = view_of(1);
        Event links = { .type = EVENT_LINKS, .sender = node_id(1) };
        Event leaving = { .type = EVENT_NODE_LEAVING, .sender = node_id(1) };
        GsAttributes a = attributes_of("s", GS_1_PHASE);
        Event leave = event_of(EVENT_LEAVE, 10, 7), join = join_of(7, 7, &a);
        int r = live_half(core);

        leave.leave.proposal = proposal_of(GS_1_PHASE, 0);
        resume.view.left[resume.view.n_left++] = node_id(5);
        links.links.n_links = 1;
        links.links.links[0].state = LINK_DECONFIGURED;

        r = r ?: apply(core, &resume);
        r = r ?: apply(core, &down);
        r = r ?: apply(core, &join);
        r = r ?: apply(core, &leave);
        r = r ?: subscribe(core, 2, "enMembership");
        r = r ?: apply(core, &links);
        r = r ?: apply(core, &again);
        return r ?: apply(core, &leaving);
}

static void test_out_of_memory_is_the_end_and_nothing_else(void **state) {
        CoreConfig config = { .self = node_id(1) };
        long before = n_live;

        (void) state;
        for (long n = 0;; n++) {
                Core *core;
                uint8_t *bytes = NULL;
                Event view;
                size_t size;
                int r;

                if (n == 0) {
                        n_until_failure = 0;
                        assert_int_equal(core_new(&config, &core), -ENOMEM);
                        n_until_failure = -1;
                }
                assert_int_equal(core_new(&config, &core), 0);
                subscribing = false;
                n_until_failure = n;
                r = live(core);
                if (r == 0) {
                        n_until_failure = -1;
                        (void) core_free(core);
                        assert_true(n > 40); /* so many places were tried */
                        break;
                }
                assert_int_equal(r, -ENOMEM);
                n_until_failure = -1;
                view = view_of(1);
                /* A subscription that failed left the core as it was; an event that failed ended it. */
                if (!subscribing) {
                        assert_int_equal(core_apply(core, &view, NULL), -ENOMEM);
                        assert_int_equal(core_snapshot(core, &bytes, &size), -ENOMEM);
                        assert_int_equal(core_subscribe(core, (GsClient){ 19, 1 }, 1, "s", NULL), -ENOMEM);
                        assert_int_equal(core_abandon(core, 0, NULL), -ENOMEM);
                        assert_int_equal(core_restore(core, "", 0, NULL), -ENOMEM);
                        assert_int_equal(core_each_group(core, NULL, NULL), -ENOMEM);
                } else
                        assert_int_equal(core_apply(core, &view, NULL), 0);
                (void) core_free(core);
                assert_int_equal(n_live, before);
        }
        assert_int_equal(n_live, before);
}

static int see_nothing(void *userdata, const CoreGroupInfo *group) {
        (void) userdata;
        (void) group;
        return 0;
}

static void test_snapshot_and_restore_out_of_memory_leave_nothing(void **state) {
        CoreConfig config = { .self = node_id(1) };
        uint8_t *bytes;
        Core *core;
        size_t size;
        int r;

        (void) state;
        assert_int_equal(core_new(&config, &core), 0);
        assert_int_equal(live_half(core), 0);
        n_until_failure = 0;
        for (long n = 1; (r = core_snapshot(core, &bytes, &size)) < 0; n++) {
                assert_int_equal(r, -ENOMEM);
                n_until_failure = n;
        }
        for (long n = 0;; n++) {
                n_until_failure = n;
                r = core_each_group(core, see_nothing, NULL);
                n_until_failure = -1;
                if (r == 0)
                        break;
                assert_int_equal(r, -ENOMEM);
        }
        (void) core_free(core);

        assert_int_equal(core_new(&config, &core), 0);
        for (long n = 0;; n++) {
                long before = n_live;

                n_until_failure = n;
                r = core_restore(core, bytes, size, NULL);
                n_until_failure = -1;
                if (r == 0)
                        break;
                assert_int_equal(r, -ENOMEM);
                assert_int_equal(n_live, before);
        }
        (void) core_free(core);
        free(bytes);
}

static void test_memory_is_back_when_the_last_group_is_gone(void **state) {
        CoreConfig config = { .self = node_id(1) };
        GsAttributes a = attributes_of("g0", GS_1_PHASE);
        Event view = view_of(1), down = event_of(EVENT_PROCESS_DOWN, 10, 0);
        _cleanup_(core_freep) Core *core = NULL;
        long before;

        (void) state;
        assert_int_equal(core_new(&config, &core), 0);
        assert_int_equal(apply(core, &view), 0);
        before = n_live;
        for (int i = 0; i < 1000; i++) {
                Event e;

                a.group[1] = (char) ('0' + i % 50);
                e = join_of(i, (uint16_t) i, &a);
                assert_int_equal(apply(core, &e), 0);
        }
        assert_true(n_live > before);
        assert_int_equal(apply(core, &down), 0);
        assert_int_equal(n_live, before);
}

static void test_a_message_and_a_vote_take_no_memory(void **state) {
        CoreConfig config = { .self = node_id(1) };
        GsAttributes a = attributes_of("g", GS_1_PHASE);
        Event view = view_of(1), message = event_of(EVENT_MESSAGE, 10, 0),
              vote = event_of(EVENT_VOTE, 10, 0);
        _cleanup_(core_freep) Core *core = NULL;
        long before;

        (void) state;
        assert_int_equal(core_new(&config, &core), 0);
        assert_int_equal(apply(core, &view), 0);
        for (int i = 0; i < 10; i++) {
                Event e = join_of(i, (uint16_t) i, &a);

                assert_int_equal(apply(core, &e), 0);
        }
        message.message.proposal = proposal_of(GS_1_PHASE, 0);
        message.message.message = (GsBytes){ "m", 1 };
        before = n_taken;
        assert_int_equal(apply(core, &message), 0);
        assert_int_equal(n_taken, before);

        message.message.proposal.num_phases = GS_N_PHASE;
        assert_int_equal(apply(core, &message), 0);
        vote.vote = (EventVote){ .phase = { 16, 12, 1 }, .value = GS_VOTE_CONTINUE };
        before = n_taken;
        for (int i = 0; i < 10; i++) {
                vote.client.token = i;
                assert_int_equal(apply(core, &vote), 0);
        }
        assert_int_equal(n_taken, before);
        vote.vote.phase.phase = 2; /* so they were counted */
        assert_int_equal(apply(core, &vote), 0);
        assert_int_equal(n_taken, before);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_out_of_memory_is_the_end_and_nothing_else),
                cmocka_unit_test(test_snapshot_and_restore_out_of_memory_leave_nothing),
                cmocka_unit_test(test_memory_is_back_when_the_last_group_is_gone),
                cmocka_unit_test(test_a_message_and_a_vote_take_no_memory),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
