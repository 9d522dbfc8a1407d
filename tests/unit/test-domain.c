/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The wiring: what a session submits comes back to sessions, through engine and state machine; and what is
 * told of the domain. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <poll.h>
#include <string.h>

#include "hagsd/domain.h"
#include "util/clock.h"

#define HEARD_MAX 32

/* One call to the sessions. */
typedef struct Heard {
        GsClient to;
        GsNotificationType type;
        GsRequest request;
        GsReturn error;
        uint32_t summary, serial;
        EventPhase phase;
        bool dead;
} Heard;

static struct {
        Heard calls[HEARD_MAX];
        unsigned n, flushes, changes;
        int failed;
} heard;

static SessionServer *const sessions = (SessionServer *) &heard; /* never looked into */

void __wrap_session_server_notify(SessionServer *server, GsClient to, const GsNotification *n);
void __wrap_session_server_notify(SessionServer *server, GsClient to, const GsNotification *n) {
        assert_ptr_equal(server, sessions);
        assert_true(heard.n < HEARD_MAX);
        heard.calls[heard.n++] = (Heard){
                .to = to,
                .type = n->type,
                .request = n->request,
                .summary = n->summary,
                .phase = { .group = n->group, .protocol = n->protocol, .phase = n->phase },
        };
}

void __wrap_session_server_error(
                SessionServer *server, GsClient to, GsRequest request, GsReturn error, const Event *failing);
void __wrap_session_server_error(SessionServer *server, GsClient to, GsRequest request, GsReturn error,
                const Event *failing) {
        assert_ptr_equal(server, sessions);
        heard.calls[heard.n++] = (Heard){
                .to = to,
                .type = GS_DELAYED_ERROR_NOTIFICATION,
                .request = request,
                .error = error,
                .serial = failing ? failing->message.proposal.serial : 0,
        };
}

void __wrap_session_server_token_dead(SessionServer *server, GsClient client);
void __wrap_session_server_token_dead(SessionServer *server, GsClient client) {
        assert_ptr_equal(server, sessions);
        heard.calls[heard.n++] = (Heard){ .to = client, .dead = true };
}

void __wrap_session_server_flush(SessionServer *server);
void __wrap_session_server_flush(SessionServer *server) {
        assert_ptr_equal(server, sessions);
        heard.flushes++;
}

int __real_core_apply(Core *core, const Event *event, const CoreSink *sink);
int __wrap_core_apply(Core *core, const Event *event, const CoreSink *sink);
static bool out_of_memory;
int __wrap_core_apply(Core *core, const Event *event, const CoreSink *sink) {
        return out_of_memory ? -ENOMEM : __real_core_apply(core, event, sink);
}

static char logged[256];

void __wrap_log_group_line(int priority, const char *group, const char *file, int line, const char *function,
                const char *format, ...) _printf_(6, 7);
void __wrap_log_group_line(_unused_ int priority, const char *group, _unused_ const char *file,
                _unused_ int line, _unused_ const char *function, const char *format, ...) {
        va_list ap;
        int n = snprintf(logged, sizeof(logged), "%s: ", group);

        va_start(ap, format);
        (void) vsnprintf(logged + n, sizeof(logged) - (size_t) n, format, ap);
        va_end(ap);
}

static void on_change(_unused_ void *userdata) {
        heard.changes++;
}

static void on_failed(_unused_ void *userdata, int error) {
        heard.failed = error;
}

/* ---- a domain and what clients do ---- */

static int setup(void **state) {
        const DomainHooks hooks = { .changed = on_change, .failed = on_failed };
        const NodeId self = { .number = 7, .incarnation = 42 };
        Domain *d = calloc(1, sizeof(*d));
        sd_event *event = NULL;

        out_of_memory = false;
        assert_int_equal(sd_event_new(&event), 0);
        assert_int_equal(domain_open(d, event, self, "sp_x", &hooks, d), 0);
        domain_set_server(d, sessions);
        memset(&heard, 0, sizeof(heard));
        *state = d;
        return 0;
}

static int teardown(void **state) {
        Domain *d = *state;

        domain_done(d);
        assert_null(sd_event_unref(d->event));
        free(d);
        return 0;
}

static void run(Domain *d) {
        while (sd_event_run(d->event, 0) > 0)
                ;
}

static void join(Domain *d, uint32_t connection, uint16_t instance, GsPhases phases, uint16_t limit) {
        Event e = {
                .type = EVENT_JOIN,
                .client = { .connection = connection, .token = 1 },
                .join = { .instance = instance,
                                .attributes = { .batch_control = GS_BATCH_BOTH,
                                                .num_phases = phases,
                                                .reflection_num_phases = GS_1_PHASE,
                                                .default_vote = GS_VOTE_APPROVE,
                                                .time_limit = limit,
                                                .group = "g" } },
        };

        assert_int_equal(domain_submit(d, &e), 0);
        run(d);
}

static void say(Domain *d, uint32_t connection, uint32_t serial, GsPhases phases) {
        Event e = {
                .type = EVENT_MESSAGE,
                .client = { .connection = connection, .token = 1 },
                .message = { .proposal = { .serial = serial, .num_phases = phases },
                                .message = { .data = "hello", .size = 5 } },
        };

        assert_int_equal(domain_submit(d, &e), 0);
}

static void vote(Domain *d, uint32_t connection, EventPhase phase) {
        Event e = {
                .type = EVENT_VOTE,
                .client = { .connection = connection, .token = 1 },
                .vote = { .phase = phase, .value = GS_VOTE_APPROVE },
        };

        assert_int_equal(domain_submit(d, &e), 0);
        run(d);
}

static void forget(void) {
        memset(&heard, 0, sizeof(heard));
}

static void assert_heard(unsigned i, uint32_t connection, GsNotificationType type, GsRequest request) {
        assert_true(heard.n > i);
        assert_int_equal(heard.calls[i].to.connection, connection);
        assert_int_equal(heard.calls[i].type, type);
        assert_int_equal(heard.calls[i].request, request);
}

/* ---- the path ---- */

static void test_a_join_comes_back_as_a_notification(void **state) {
        Domain *d = *state;

        join(d, 1, 5, GS_1_PHASE, 0);
        assert_int_equal(heard.n, 1);
        assert_heard(0, 1, GS_APPROVED_NOTIFICATION, GS_JOIN);
        assert_int_equal(heard.flushes, 1);
        assert_true(heard.changes > 0);
        assert_true(domain_needs_connection(d, 1));
        assert_false(domain_needs_connection(d, 2));
}

static void test_one_turn_is_one_flush(void **state) {
        Domain *d = *state;

        join(d, 1, 5, GS_1_PHASE, 0);
        forget();
        for (uint32_t i = 1; i <= 3; i++)
                say(d, 1, i, GS_1_PHASE);
        assert_int_equal(heard.n, 0);
        run(d);
        assert_int_equal(heard.n, 3);
        assert_int_equal(heard.flushes, 1);
}

static void test_a_refused_proposal_comes_back_whole(void **state) {
        Domain *d = *state;

        join(d, 1, 5, GS_1_PHASE, 0);
        say(d, 1, 11, GS_N_PHASE);
        say(d, 1, 12, GS_1_PHASE);
        forget();
        run(d);
        assert_heard(0, 1, GS_N_PHASE_NOTIFICATION, GS_PROVIDER_MESSAGE);
        assert_heard(1, 1, GS_DELAYED_ERROR_NOTIFICATION, GS_PROVIDER_MESSAGE);
        assert_int_equal(heard.calls[1].error, GS_COLLIDE);
        assert_int_equal(heard.calls[1].serial, 12);
}

static void test_a_refused_join_ends_its_token(void **state) {
        Domain *d = *state;

        join(d, 1, 5, GS_1_PHASE, 0);
        forget();
        join(d, 2, 5, GS_1_PHASE, 0);
        assert_int_equal(heard.n, 2);
        assert_heard(0, 2, GS_DELAYED_ERROR_NOTIFICATION, GS_JOIN);
        assert_int_equal(heard.calls[0].error, GS_DUPLICATE_INSTANCE_NUMBER);
        assert_int_equal(heard.calls[0].serial, 0);
        assert_true(heard.calls[1].dead);
}

static void test_subscribers_are_served_between_two_events(void **state) {
        const GsClient client = { .connection = 9, .token = 3 };
        Domain *d = *state;

        assert_int_equal(domain_subscribe(d, client, GS_SUBSCRIBE_MEMBERSHIP, "g"), GS_UNKNOWN_GROUP);
        join(d, 1, 5, GS_1_PHASE, 0);
        forget();
        assert_int_equal(domain_subscribe(d, client, GS_SUBSCRIBE_MEMBERSHIP, "g"), GS_OK);
        assert_heard(0, 9, GS_SUBSCRIPTION_NOTIFICATION, GS_SUBSCRIPTION);

        domain_unsubscribe(d, client);
        assert_int_equal(domain_subscribe(d, client, GS_SUBSCRIBE_MEMBERSHIP, "g"), GS_OK);
        domain_unsubscribe_all(d, 9);
        forget();
        join(d, 2, 6, GS_1_PHASE, 0);
        assert_int_equal(heard.n, 2); /* the two providers alone */
}

static void test_a_limit_ends_the_phase(void **state) {
        uint64_t begun = clock_usec(CLOCK_MONOTONIC);
        Domain *d = *state;

        join(d, 1, 5, GS_N_PHASE, 1);
        assert_heard(0, 1, GS_N_PHASE_NOTIFICATION, GS_JOIN);
        while (heard.n == 1 && clock_usec(CLOCK_MONOTONIC) - begun < 10 * USEC_PER_SEC)
                assert_true(sd_event_run(d->event, USEC_PER_SEC) >= 0);
        assert_true(clock_usec(CLOCK_MONOTONIC) - begun >= USEC_PER_SEC);
        assert_heard(1, 1, GS_APPROVED_NOTIFICATION, GS_JOIN);
        assert_true(heard.calls[1].summary & GS_TIME_LIMIT_EXCEEDED);
        assert_string_equal(logged, "g: A time limit of 1 s has passed: join in group g waits for 5/7");
}

/* ---- the end ---- */

static void test_the_end_is_announced_and_is_the_end(void **state) {
        Domain *d = *state;

        join(d, 1, 5, GS_1_PHASE, 0);
        forget();
        domain_end(d);
        assert_heard(0, 1, GS_ANNOUNCEMENT_NOTIFICATION, 0);
        assert_int_equal(heard.calls[0].summary, GS_GROUP_SERVICES_HAS_DIED_HORRIBLY);
        assert_true(heard.calls[1].dead);
        assert_int_equal(heard.n, 2);

        say(d, 1, 1, GS_1_PHASE);
        run(d);
        domain_end(d);
        assert_int_equal(heard.n, 2);
        assert_int_equal(heard.failed, 0);
}

static void test_without_memory_it_is_over_and_said_once(void **state) {
        Domain *d = *state;

        out_of_memory = true;
        join(d, 1, 5, GS_1_PHASE, 0);
        assert_int_equal(heard.failed, -ENOMEM);
        heard.failed = 0;
        out_of_memory = false;
        join(d, 2, 6, GS_1_PHASE, 0);
        assert_int_equal(heard.failed, 0);
        assert_int_equal(heard.n, 0);
}

/* ---- what is told ---- */

static void assert_described(Domain *d, unsigned n_clients, const char *wanted) {
        _cleanup_(freep) char *text = domain_describe(d, n_clients);

        assert_string_equal(text, wanted);
}

static void test_the_domain_is_established_by_this_node_alone(void **state) {
        Domain *d = *state;
        static Status s;

        domain_fill_status(d, &s);
        assert_int_equal(s.domain_state, DOMAIN_ESTABLISHED);
        assert_int_equal(s.domain_node, 7);
        assert_true(s.domain_incarnation == 42);
        assert_int_equal(s.n_up_nodes, 1);
        assert_int_equal(s.up_nodes[0], 7);
        assert_true(s.has_counts);
        assert_int_equal(s.n_groups, 0);
}

static void test_the_counts_are_told(void **state) {
        Domain *d = *state;
        static Status s;

        assert_described(d, 0, "Domain sp_x established by node 7; 0 groups, 0 providers, 0 clients");
        join(d, 1, 5, GS_1_PHASE, 0);
        assert_described(d, 1, "Domain sp_x established by node 7; 1 group, 1 provider, 1 client");
        join(d, 2, 6, GS_1_PHASE, 0);
        assert_described(d, 2, "Domain sp_x established by node 7; 1 group, 2 providers, 2 clients");
        assert_int_equal(domain_subscribe(d, (GsClient){ 9, 3 }, GS_SUBSCRIBE_STATE, "g"), GS_OK);
        domain_fill_status(d, &s);
        assert_int_equal(s.n_groups, 1);
        assert_int_equal(s.n_providers, 2);
        assert_int_equal(s.n_subscribers, 1);
}

static void test_a_protocol_that_waits_says_for_whom(void **state) {
        Domain *d = *state;

        for (uint32_t i = 1; i <= 6; i++)
                join(d, i, i, GS_1_PHASE, 0);
        forget();
        say(d, 1, 1, GS_N_PHASE);
        run(d);
        vote(d, 2, heard.calls[0].phase);
        assert_described(d, 6, "Domain sp_x established by node 7; 1 group, 6 providers, 6 clients");
        (void) poll(NULL, 0, 1050);
        assert_described(d, 6,
                        "Domain sp_x established by node 7; 1 group, 6 providers, 6 clients; provider "
                        "message "
                        "in group g waits for 1/7, 3/7, 4/7, 5/7 and 1 more");
        for (uint32_t i = 3; i <= 5; i++)
                vote(d, i, heard.calls[0].phase);
        assert_described(d, 6,
                        "Domain sp_x established by node 7; 1 group, 6 providers, 6 clients; provider "
                        "message "
                        "in group g waits for 1/7, 6/7");
}

#define domain_test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                domain_test(test_a_join_comes_back_as_a_notification),
                domain_test(test_one_turn_is_one_flush),
                domain_test(test_a_refused_proposal_comes_back_whole),
                domain_test(test_a_refused_join_ends_its_token),
                domain_test(test_subscribers_are_served_between_two_events),
                domain_test(test_a_limit_ends_the_phase),
                domain_test(test_the_end_is_announced_and_is_the_end),
                domain_test(test_without_memory_it_is_over_and_said_once),
                domain_test(test_the_domain_is_established_by_this_node_alone),
                domain_test(test_the_counts_are_told),
                domain_test(test_a_protocol_that_waits_says_for_whom),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
