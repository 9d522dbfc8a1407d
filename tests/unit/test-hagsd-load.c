/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The daemon at the sizes that it must bear: connections, groups, providers, client processes. */

#include "raw-client.h"

#include <sys/resource.h>

#define CONNECTIONS 4096 /* [Limits] Connections=, of a uid */
#define GROUPS 10000
#define PROVIDERS 1000
#define PROVIDERS_EACH 100 /* of a connection */
#define PROCESSES 2000
#define HANDFUL 64 /* requests before their answers are read */

/* A connection takes two descriptors there, and one here. */
static void allow_descriptors(void) {
        struct rlimit limit;

        assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
        limit.rlim_cur = limit.rlim_max;
        if (limit.rlim_max < 3 * CONNECTIONS || setrlimit(RLIMIT_NOFILE, &limit) < 0)
                skip();
}

/* Nobody here has the time to read what systemd is told, and who writes to it waits when it is much. */
static void start_unwatched(Fixture *f) {
        start(f);
        (void) close(f->notify);
        f->notify = -EBADF;
}

static void test_connections_up_to_the_limit_and_one_more(void **state) {
        static int fds[CONNECTIONS];
        static RawFrame frame;
        Fixture *f = *state;
        Status s;
        int one;

        allow_descriptors();
        start_unwatched(f);
        for (unsigned i = 0; i < CONNECTIONS; i++)
                fds[i] = raw_connect(f);

        one = try_connect(f);
        assert_int_equal(receive_answer(one, &s), FRAME_REFUSED_CONNECTIONS);
        (void) close(one);

        /* Those who are in are served, the last one too. */
        for (unsigned i = 0; i < 2; i++) {
                const Event join = raw_join(1, "g", (uint16_t) i, GS_1_PHASE);

                raw_request(fds[i * (CONNECTIONS - 1)], &join);
                raw_await(fds[i * (CONNECTIONS - 1)], 1, GS_JOIN, &frame);
        }
        assert_int_equal(frame.notification.n.n_current, 2);

        (void) close(fds[1]);
        do {
                one = try_connect(f);
                raw_hello(one);
                assert_true(raw_receive(one, &frame));
        } while (frame.head.type == FRAME_REFUSED && close(one) == 0);
        assert_int_equal(frame.head.type, FRAME_WELCOME);
        assert_int_equal(stop(f), 0);
        assert_true(raw_receive(one, &frame));
        assert_int_equal(frame.head.type, FRAME_LAST_WORDS);
        for (unsigned i = 0; i < CONNECTIONS; i++)
                (void) close(fds[i]);
        (void) close(one);
}

static void test_ten_thousand_groups(void **state) {
        static RawFrame frame;
        Fixture *f = *state;
        char name[32];
        int fd;

        start_unwatched(f);
        fd = raw_connect(f);
        for (int32_t begin = 0; begin < GROUPS; begin += HANDFUL) {
                int32_t end = begin + HANDFUL < GROUPS ? begin + HANDFUL : GROUPS;

                for (int32_t i = begin; i < end; i++) {
                        Event join;

                        (void) snprintf(name, sizeof(name), "group.%d", i);
                        join = raw_join(i + 1, name, 0, GS_1_PHASE);
                        raw_request(fd, &join);
                }
                for (int32_t i = begin; i < end; i++)
                        raw_await(fd, i + 1, GS_JOIN, &frame);
        }
        assert_int_equal(ask_status(f).n_groups, GROUPS);
        assert_int_equal(ask_status(f).n_providers, GROUPS);

        /* Each of them works, and all end with their provider. */
        for (int32_t i = 0; i < GROUPS; i += 997) {
                const Event message = raw_message(i + 1, GS_N_PHASE, "hello", 5);

                raw_request(fd, &message);
                raw_await(fd, i + 1, GS_PROVIDER_MESSAGE, &frame);
                assert_int_equal(frame.notification.n.phase, 1);
        }
        (void) close(fd);
        wait_for(f, ask_status(f).n_groups == 0);
        assert_int_equal(stop(f), 0);
}

/* ---- one large group ---- */

/* Several connections that read and vote, whatever comes, until all have seen what is waited for. */
typedef struct Crowd {
        struct pollfd fds[PROVIDERS / PROVIDERS_EACH];
        unsigned n_seen; /* approvals of the kind that is waited for */
        uint32_t n_current;
} Crowd;

static void crowd_read(Crowd *c, int fd, GsRequest request) {
        static RawFrame frame;
        const NotificationFrame *n = &frame.notification;

        assert_true(raw_receive(fd, &frame));
        if (frame.head.type != FRAME_NOTIFICATION)
                return;
        if (n->n.type == GS_N_PHASE_NOTIFICATION && n->n.votes) {
                const Event vote = raw_vote(n);

                raw_request(fd, &vote);
        } else if (n->n.type == GS_APPROVED_NOTIFICATION && n->n.request == request) {
                c->n_seen++;
                c->n_current = n->n.n_current;
        }
}

/* Until so many approvals have come, and the last one was of a group of this size. */
static void crowd_await(Crowd *c, unsigned n_fds, GsRequest request, unsigned n, uint32_t n_current) {
        while (c->n_seen < n || c->n_current != n_current) {
                assert_true(poll(c->fds, n_fds, PATIENCE_MS) > 0);
                for (unsigned i = 0; i < n_fds; i++)
                        if (c->fds[i].revents)
                                crowd_read(c, c->fds[i].fd, request);
        }
        c->n_seen = 0;
}

static void test_one_group_of_a_thousand_providers(void **state) {
        static Crowd crowd;
        const unsigned n_fds = ELEMENTSOF(crowd.fds);
        Fixture *f = *state;
        Event message;

        start_unwatched(f);
        for (unsigned i = 0; i < n_fds; i++)
                crowd.fds[i] = (struct pollfd){ .fd = raw_connect(f), .events = POLLIN };
        for (unsigned i = 0; i < PROVIDERS; i++) {
                Event join = raw_join((int32_t) (i / n_fds + 1), "crowd", (uint16_t) i, GS_N_PHASE);

                raw_request(crowd.fds[i % n_fds].fd, &join);
        }
        /* Joins are batched: how many protocols they take depends on the scheduler. */
        crowd_await(&crowd, n_fds, GS_JOIN, PROVIDERS, PROVIDERS);
        assert_int_equal(ask_status(f).n_providers, PROVIDERS);

        message = raw_message(1, GS_N_PHASE, "all together", 12);
        raw_request(crowd.fds[0].fd, &message);
        crowd_await(&crowd, n_fds, GS_PROVIDER_MESSAGE, PROVIDERS, PROVIDERS);

        for (unsigned i = 1; i < n_fds; i++)
                (void) close(crowd.fds[i].fd);
        crowd_await(&crowd, 1, GS_FAILURE_LEAVE, PROVIDERS_EACH, PROVIDERS_EACH);
        (void) close(crowd.fds[0].fd);
        wait_for(f, ask_status(f).n_groups == 0);
        assert_int_equal(stop(f), 0);
}

/* ---- many processes ---- */

static bool process_send(int fd, const Event *event) {
        uint8_t frame[1024];
        ssize_t size = raw_encode(event, frame, sizeof(frame));

        return send(fd, frame, (size_t) size, MSG_NOSIGNAL) == size;
}

/* In its own process, without the test's assertions: joins, votes, and goes with the first message. */
static bool process_live(const Fixture *f, unsigned number) {
        const ClientHello hello = { .version_min = CLIENT_VERSION_MIN, .version_max = CLIENT_VERSION_MAX };
        const Event join = raw_join(1, "crowd", (uint16_t) number, GS_N_PHASE);
        static RawFrame frame;
        int fd = try_connect(f);
        ssize_t size = client_encode_hello(&hello, frame.bytes, sizeof(frame.bytes));

        if (fd < 0 || send(fd, frame.bytes, (size_t) size, MSG_NOSIGNAL) != size || !process_send(fd, &join))
                return false;
        while (raw_try_receive(fd, &frame) > 0) {
                const NotificationFrame *n = &frame.notification;

                if (frame.head.type != FRAME_NOTIFICATION)
                        continue;
                if (n->n.type == GS_N_PHASE_NOTIFICATION && n->n.votes) {
                        const Event vote = raw_vote(n);

                        if (!process_send(fd, &vote))
                                return false;
                }
                if (n->n.type == GS_APPROVED_NOTIFICATION && n->n.request == GS_PROVIDER_MESSAGE)
                        return n->n.n_current == PROCESSES + 1;
        }
        return false;
}

static void test_two_thousand_client_processes(void **state) {
        static pid_t pids[PROCESSES];
        static RawFrame frame;
        const Event join = raw_join(1, "crowd", GS_INSTANCE_MAX, GS_N_PHASE);
        const Event message = raw_message(1, GS_N_PHASE, "go", 2);
        Fixture *f = *state;
        int fd;

        allow_descriptors();
        start_unwatched(f);
        fd = raw_connect(f);
        raw_request(fd, &join);
        raw_await(fd, 1, GS_JOIN, &frame);
        for (unsigned i = 0; i < PROCESSES; i++) {
                pids[i] = fork();
                assert_true(pids[i] >= 0);
                if (pids[i] == 0)
                        _exit(process_live(f, i) ? EXIT_SUCCESS : EXIT_FAILURE);
        }
        do
                raw_await(fd, 1, GS_JOIN, &frame);
        while (frame.notification.n.n_current < PROCESSES + 1);

        raw_request(fd, &message);
        raw_await(fd, 1, GS_PROVIDER_MESSAGE, &frame);
        for (unsigned i = 0; i < PROCESSES; i++) {
                int status;

                assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
                assert_int_equal(status, 0);
        }
        do
                raw_await(fd, 1, GS_FAILURE_LEAVE, &frame);
        while (frame.notification.n.n_current > 1);
        (void) close(fd);
        assert_int_equal(stop(f), 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                hagsd_test(test_connections_up_to_the_limit_and_one_more),
                hagsd_test(test_ten_thousand_groups),
                hagsd_test(test_one_group_of_a_thousand_providers),
                hagsd_test(test_two_thousand_client_processes),
        };

        return cmocka_run_group_tests(tests, fixture_group_setup, NULL);
}
