/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Notifications carry the list of members once, and then how it changed: so a client must come to the list
 * that the state machine meant, whatever happened. The real core, fed with random events of this node and
 * another, speaks to a client that keeps its lists by the frames alone. __wrap_log_line() takes what is
 * logged.
 */

#include "core/core.h"
#include "session-client.h"

#define STEPS 3000
#define TOKENS_MAX 2048
#define MEMBERS_MAX 64
#define GROUPS 3

typedef struct List {
        uint32_t n;
        GsProvider members[MEMBERS_MAX];
} List;

/* A notification that is on its way: what the list of its token must be then. */
typedef struct Told {
        int32_t token;
        bool shown;
        List list;
} Told;

typedef struct Story {
        Fixture *f;
        int client;
        Core *core;
        CoreSink sink;
        uint32_t dice;
        int32_t last[2]; /* tokens, of this node and of the other */
        EventPhase phases[GROUPS];
        Told told[4096];
        unsigned n_told;
        unsigned n_heard[_NOTIFICATION_LIST_MAX];
        List lists[TOKENS_MAX]; /* as the client knows them */
        bool subscriber[TOKENS_MAX];
} Story;

static uint32_t roll(Story *s, uint32_t n) {
        s->dice = s->dice * 1664525 + 1013904223;
        return (s->dice >> 8) % n;
}

static NodeId node_id(unsigned node) {
        return (NodeId){ .number = (uint16_t) (node + 1), .incarnation = 1000 };
}

/* ---- the wiring ---- */

static bool shows_list(const GsNotification *n) {
        return n->type != GS_ANNOUNCEMENT_NOTIFICATION &&
               (n->type != GS_SUBSCRIPTION_NOTIFICATION || n->subscription_type & GS_SUBSCRIBE_MEMBERSHIP);
}

static void on_notify(void *userdata, GsClient to, const GsNotification *n) {
        Story *s = userdata;
        Told *told = &s->told[s->n_told];

        if (n->type == GS_DELAYED_ERROR_NOTIFICATION) {
                session_server_error(s->f->server, to, n->request, n->error, NULL);
                return;
        }
        assert_true(++s->n_told < ELEMENTSOF(s->told) && n->n_current <= MEMBERS_MAX);
        *told = (Told){ .token = to.token, .shown = shows_list(n), .list.n = n->n_current };
        if (n->n_current > 0)
                memcpy(told->list.members, n->current, n->n_current * sizeof(GsProvider));
        session_server_notify(s->f->server, to, n);
}

static void on_token_dead(void *userdata, GsClient client) {
        Story *s = userdata;

        session_server_token_dead(s->f->server, client);
}

static void on_phase_begun(void *userdata, const CorePhase *phase) {
        Story *s = userdata;

        s->phases[phase->group_name[0] - 'A'] = phase->phase;
}

/* ---- the client ---- */

static bool list_has(const List *list, GsProvider who) {
        for (uint32_t i = 0; i < list->n; i++)
                if (gs_provider_equal(list->members[i], who))
                        return true;
        return false;
}

static void list_update(List *list, const NotificationFrame *frame) {
        const GsNotification *n = &frame->n;
        List changing = { .n = n->n_changing }, kept = {};

        if (n->n_changing > 0)
                memcpy(changing.members, n->changing, n->n_changing * sizeof(GsProvider));
        switch (frame->list) {
        case NOTIFICATION_LIST_FULL:
                list->n = n->n_current;
                if (n->n_current > 0)
                        memcpy(list->members, n->current, n->n_current * sizeof(GsProvider));
                break;
        case NOTIFICATION_LIST_APPEND:
                for (uint32_t i = 0; i < changing.n; i++)
                        list->members[list->n++] = changing.members[i];
                break;
        case NOTIFICATION_LIST_REMOVE:
                for (uint32_t i = 0; i < list->n; i++)
                        if (!list_has(&changing, list->members[i]))
                                kept.members[kept.n++] = list->members[i];
                *list = kept;
                break;
        default:
                break;
        }
}

static void hear(Story *s, const Told *told) {
        List *list = &s->lists[told->token];
        NotificationFrame frame;

        assert_int_equal(notification_decode(&inbox_body, &frame), 0);
        assert_int_equal(frame.token, told->token);
        assert_int_equal(frame.list != NOTIFICATION_LIST_NONE, told->shown);
        list_update(list, &frame);
        s->n_heard[frame.list]++;
        if (!told->shown)
                return;
        assert_int_equal(frame.n.n_current, told->list.n);
        assert_int_equal(list->n, told->list.n);
        assert_memory_equal(list->members, told->list.members, list->n * sizeof(GsProvider));
}

static void hear_all(Story *s) {
        unsigned n = 0, type;

        session_server_flush(s->f->server);
        do {
                while ((type = next_frame(s->f, s->client)) != 0)
                        if (type == FRAME_NOTIFICATION)
                                hear(s, &s->told[n++]);
        } while (sd_event_run(s->f->event, 0) > 0);
        assert_int_equal(n, s->n_told);
        assert_true(s->last[0] < TOKENS_MAX);
        s->n_told = 0;
}

/* ---- the story ---- */

static void apply(Story *s, Event *event, unsigned node) {
        event->sender = node_id(node);
        event->client.connection = 1;
        assert_int_equal(core_apply(s->core, event, &s->sink), 0);
}

/* Group A: one-phase; B: n-phase, one change at a time; C: n-phase with batches, target of A. */
static GsAttributes attributes_of(unsigned group) {
        GsAttributes a = {
                .batch_control = group == 2 ? GS_BATCH_BOTH : GS_NO_BATCHING,
                .time_limit = 5,
                .num_phases = group == 0 ? GS_1_PHASE : GS_N_PHASE,
                .reflection_num_phases = GS_1_PHASE,
                .default_vote = GS_VOTE_APPROVE,
                .group = { (char) ('A' + group) },
                .source = { group == 2 ? 'A' : 0 },
        };

        return a;
}

static void join_somewhere(Story *s, unsigned node) {
        Event e = { .type = EVENT_JOIN, .client.token = ++s->last[node] };

        e.join.instance = (uint16_t) roll(s, 20);
        e.join.attributes = attributes_of(roll(s, GROUPS));
        if (node == 0)
                join(s->client, e.client.token);
        settle(s->f);
        apply(s, &e, node);
}

static void subscribe_somewhere(Story *s) {
        const char name[] = { (char) ('A' + roll(s, GROUPS)), 0 };
        GsClient client = { .connection = 1, .token = ++s->last[0] };

        s->subscriber[client.token] = true;
        send_subscribe(s->client, client.token);
        settle(s->f);
        if (core_subscribe(s->core, client, 1 + roll(s, 15), name, &s->sink) != 0)
                session_server_token_dead(s->f->server, client);
}

static void propose_something(Story *s, unsigned node, int32_t token) {
        static const EventType types[] = { EVENT_LEAVE, EVENT_EXPEL, EVENT_STATE_CHANGE, EVENT_MESSAGE };
        Event e = make_request(types[roll(s, ELEMENTSOF(types))], token);

        e.leave.proposal.num_phases = roll(s, 2) ? GS_1_PHASE : GS_N_PHASE;
        e.leave.proposal.time_limit = 5;
        if (e.type == EVENT_EXPEL) {
                e.expel.n_targets = (uint16_t) (1 + roll(s, 2));
                e.expel.targets[0] = (GsProvider){ (uint16_t) roll(s, 10), (uint16_t) (1 + roll(s, 2)) };
                e.expel.targets[1] =
                                (GsProvider){ (uint16_t) (10 + roll(s, 10)), (uint16_t) (1 + roll(s, 2)) };
        }
        apply(s, &e, node);
}

/* All who can vote do, but for some whom the limit ends the phase without. */
static void vote_in(Story *s, unsigned group) {
        const GsVote value = roll(s, 4) == 0   ? GS_VOTE_REJECT
                             : roll(s, 3) == 0 ? GS_VOTE_CONTINUE
                                               : GS_VOTE_APPROVE;
        EventPhase phase = s->phases[group];

        for (unsigned node = 0; node < 2; node++)
                for (int32_t token = s->last[node]; token > 0 && token > s->last[node] - 40; token--) {
                        Event e = { .type = EVENT_VOTE, .client.token = token };

                        e.vote = (EventVote){ .phase = phase, .value = value };
                        if (roll(s, 50) > 0)
                                apply(s, &e, node);
                        hear_all(s);
                }
        apply(s, &(Event){ .type = EVENT_LIMIT, .limit = phase }, 0);
}

static void step(Story *s) {
        unsigned node = roll(s, 2);
        int32_t token = s->last[node] > 0 ? s->last[node] - (int32_t) roll(s, 30) : 0;

        switch (roll(s, 10)) {
        case 0:
        case 1:
                join_somewhere(s, node);
                break;
        case 2:
                subscribe_somewhere(s);
                break;
        case 3: /* goodbye; of this node also to the session */
                if (token <= 0)
                        break;
                if (node == 0 && s->subscriber[token])
                        break;
                if (node == 0)
                        request(s->client, EVENT_GOODBYE, token, 0);
                settle(s->f);
                apply(s, &(Event){ .type = EVENT_GOODBYE, .client.token = token }, node);
                break;
        case 4:
                if (roll(s, 30) == 0) /* all that the other node provides for fails at once */
                        apply(s, &(Event){ .type = EVENT_PROCESS_DOWN }, 1);
                break;
        case 5:
        case 6:
                propose_something(s, node, token);
                break;
        default:
                vote_in(s, roll(s, GROUPS));
        }
        hear_all(s);
}

static void establish(Story *s) {
        Event e = { .type = EVENT_VIEW, .view = { .fresh = true, .epoch = 1, .n_new = 2 } };

        assert_int_equal(core_new(&(CoreConfig){ .self = node_id(0) }, &s->core), 0);
        e.view.domain = e.view.new[0] = node_id(0);
        e.view.new[1] = node_id(1);
        apply(s, &e, 0);
        hear_all(s);
}

static void tell_story(Fixture *f, uint32_t seed) {
        static Story story;
        Story *s = &story;

        *s = (Story){ .f = f, .dice = seed, .client = welcome_client(f, &plain_hello) };
        s->sink = (CoreSink){
                .userdata = s,
                .notify = on_notify,
                .token_dead = on_token_dead,
                .phase_begun = on_phase_begun,
        };
        establish(s);
        for (unsigned i = 0; i < STEPS; i++)
                step(s);
        s->core = core_free(s->core);
        (void) close(s->client);

        /* It was no story about nothing. */
        for (NotificationList list = 0; list < _NOTIFICATION_LIST_MAX; list++)
                assert_in_range(s->n_heard[list], 50, 1000000);
}

static void test_client_comes_to_the_lists_that_were_meant(void **state) {
        Fixture *f = *state;

        f->server = session_server_free(f->server);
        endpoint_remove(f->path);
        f->limits.memberships = 100000;
        for (uint32_t seed = 1; seed <= 5; seed++) {
                serve(f, true);
                tell_story(f, seed);
                f->server = session_server_free(f->server);
                endpoint_remove(f->path);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                session_test(test_client_comes_to_the_lists_that_were_meant),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
