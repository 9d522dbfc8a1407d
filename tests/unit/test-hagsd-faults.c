/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The daemon when one of its system calls fails, or one of its allocations (tests/faults/fail-nth.c), in a
 * story that goes from its start to its end: it goes on, or ends and can be started again; it never hangs,
 * and what its clients then do works. HAGS_FAULTS_STEP: 1 for each call in turn, else one of so many.
 */

#include "raw-client.h"

#define REPORT "/run/failed"
#define STEP_OF_CALLS 4
#define STEP_OF_MEMORY 16

/* ---- the story: two providers, a subscriber, somebody who asks ---- */

typedef enum Ending {
        ENDED_WELL,
        ENDED_CUT, /* somebody lost its connection */
        ENDED_NOT, /* nothing comes any more */
} Ending;

typedef struct Actor {
        struct pollfd poll;
        bool is_welcome;
        GsRequest approved; /* the last approval: of what, and how many there are then */
        uint32_t n_members;
} Actor;

static RawFrame frame;

static bool actor_send(const Actor *a, const void *data, ssize_t size) {
        return size > 0 && send(a->poll.fd, data, (size_t) size, MSG_NOSIGNAL) == size;
}

static bool actor_ask(const Actor *a, const Event *event) {
        uint8_t request[1024];

        return actor_send(a, request, raw_encode(event, request, sizeof(request)));
}

static bool actor_enter(Actor *a, const Fixture *f) {
        const ClientHello hello = { .version_min = CLIENT_VERSION_MIN, .version_max = CLIENT_VERSION_MAX };
        uint8_t request[64];

        *a = (Actor){ .poll = { .fd = try_connect(f), .events = POLLIN } };
        return a->poll.fd >= 0 &&
               actor_send(a, request, client_encode_hello(&hello, request, sizeof(request)));
}

static bool actor_hear(Actor *a) {
        const NotificationFrame *n = &frame.notification;

        if (raw_try_receive(a->poll.fd, &frame) <= 0)
                return false;
        if (frame.head.type == FRAME_WELCOME)
                a->is_welcome = true;
        if (frame.head.type != FRAME_NOTIFICATION)
                return frame.head.type != FRAME_REFUSED && frame.head.type != FRAME_LAST_WORDS;
        if (n->n.type == GS_APPROVED_NOTIFICATION || n->n.type == GS_SUBSCRIPTION_NOTIFICATION) {
                a->approved = n->n.request;
                a->n_members = n->n.n_current;
        }
        if (n->n.type == GS_N_PHASE_NOTIFICATION && n->n.votes) {
                const Event vote = raw_vote(n);

                return actor_ask(a, &vote);
        }
        return true;
}

/* All of them listen until `who` has seen that. */
static Ending await(Actor actors[], unsigned n, const Actor *who, GsRequest request, uint32_t n_members) {
        while (request == GS_RESPONSIVENESS ? !who->is_welcome
                                            : who->approved != request || who->n_members != n_members) {
                struct pollfd fds[3];

                for (unsigned i = 0; i < n; i++)
                        fds[i] = actors[i].poll;
                if (poll(fds, n, PATIENCE_MS) <= 0)
                        return ENDED_NOT;
                for (unsigned i = 0; i < n; i++)
                        if (fds[i].revents && !actor_hear(&actors[i]))
                                return ENDED_CUT;
        }
        return ENDED_WELL;
}

static Ending enter(Actor actors[], unsigned n, const Fixture *f) {
        Actor *a = &actors[n - 1];

        return actor_enter(a, f) ? await(actors, n, a, GS_RESPONSIVENESS, 0) : ENDED_CUT;
}

static Ending join(Actor actors[], unsigned n, const Fixture *f) {
        const Event event = raw_join(1, "g", (uint16_t) n, GS_N_PHASE);
        Actor *a = &actors[n - 1];
        Ending e = enter(actors, n, f);

        if (e != ENDED_WELL)
                return e;
        return actor_ask(a, &event) ? await(actors, n, a, GS_JOIN, n) : ENDED_CUT;
}

static Ending subscribe(Actor actors[], unsigned n, const Fixture *f) {
        const ClientSubscribe wanted = { .token = 1, .control = GS_SUBSCRIBE_MEMBERSHIP, .group = "g" };
        Actor *a = &actors[n - 1];
        uint8_t request[64];
        Ending e = enter(actors, n, f);

        if (e != ENDED_WELL)
                return e;
        if (!actor_send(a, request, client_encode_subscribe(&wanted, request, sizeof(request))))
                return ENDED_CUT;
        return await(actors, n, a, GS_SUBSCRIPTION, n - 1);
}

static Ending propose(Actor actors[], unsigned n) {
        const Event event = raw_message(1, GS_N_PHASE, "hello", 5);

        return actor_ask(&actors[0], &event) ? await(actors, n, &actors[0], GS_PROVIDER_MESSAGE, 2)
                                             : ENDED_CUT;
}

/* The second provider leaves without a word; then it is no more, for the subscriber too. */
static Ending fail_one(Actor actors[]) {
        Ending e;

        (void) close(actors[1].poll.fd);
        actors[1] = actors[2];
        actors[2].poll.fd = -1;
        actors[1].approved = GS_JOIN;
        e = await(actors, 2, &actors[0], GS_FAILURE_LEAVE, 1);
        return e == ENDED_WELL ? await(actors, 2, &actors[1], GS_SUBSCRIPTION, 1) : e;
}

static Ending ask(const Fixture *f, uint64_t *ret_incarnation) {
        _cleanup_(closep) int fd = try_connect(f);
        Status s;

        if (fd < 0 || !send_question(fd) || receive_answer(fd, &s) != 0)
                return ENDED_CUT;
        *ret_incarnation = s.incarnation;
        return ENDED_WELL;
}

static Ending tell(const Fixture *f, uint64_t *ret_incarnation) {
        Actor actors[3] = { { .poll.fd = -1 }, { .poll.fd = -1 }, { .poll.fd = -1 } };
        Ending e;

        e = join(actors, 1, f);
        e = e == ENDED_WELL ? join(actors, 2, f) : e;
        e = e == ENDED_WELL ? subscribe(actors, 3, f) : e;
        e = e == ENDED_WELL ? propose(actors, 3) : e;
        e = e == ENDED_WELL ? ask(f, ret_incarnation) : e;
        e = e == ENDED_WELL ? fail_one(actors) : e;
        for (unsigned i = 0; i < 3; i++)
                closep(&actors[i].poll.fd);
        return e;
}

/* ---- the daemon ---- */

static const char *what_failed(void) {
        static char text[128];
        _cleanup_(bytes_done) Bytes b = { 0 };

        if (file_read(REPORT, sizeof(text) - 1, &b) < 0)
                return NULL;
        (void) snprintf(text, sizeof(text), "%s", b.data);
        return text;
}

/* False: it ended before it was ready. */
static bool start_or_not(Fixture *f) {
        uint64_t deadline = now_ms() + PATIENCE_MS;

        f->notified[0] = 0;
        spawn(f, "sp_x");
        while (!notified(f, "READY=1")) {
                if (daemon_has_ended(f))
                        return false;
                if (now_ms() > deadline)
                        fail_msg("it does not get ready: %s", what_failed());
                (void) poll(NULL, 0, 1);
        }
        return true;
}

/* Only READY=1 may be lost on its way to systemd; then it must be serving all the same, or have ended. */
static void check_end(int status) {
        if (status != 0 && (status < 64 || status > 78))
                fail_msg("it ends with status %d: %s", status, what_failed());
}

static void preload(Fixture *f, const char *kind, unsigned long n, bool other) {
        char path[PATH_MAX + 64], number[32];
        char *directory = strdup(hagsd_binary());

        (void) snprintf(path, sizeof(path), "%s/tests/faults/fail-nth.so", dirname(directory));
        free(directory);
        (void) snprintf(number, sizeof(number), "%lu", n);
        set_variable(f, "LD_PRELOAD", n > 0 ? path : "");
        set_variable(f, "FAIL_KIND", kind);
        set_variable(f, "FAIL_NTH", number);
        set_variable(f, "FAIL_REPORT", REPORT);
        set_variable(f, other ? "FAIL_OTHER" : "FAIL_FIRST", "1");
        (void) unlink(REPORT);
}

static bool is_ending(Fixture *f) {
        uint64_t deadline = now_ms() + PATIENCE_MS;

        while (!daemon_has_ended(f) && now_ms() < deadline)
                (void) poll(NULL, 0, 1);
        return daemon_has_ended(f);
}

/* Whatever happened: now all works, and the incarnation is another one; or the daemon is about to end. */
static void check_works(Fixture *f, uint64_t *incarnation) {
        uint64_t now = 0;
        Ending e = tell(f, &now);

        if (e == ENDED_CUT && is_ending(f))
                return;
        if (e != ENDED_WELL)
                fail_msg("it does not work any more (%d): %s", (int) e, what_failed());
        assert_true(now >= *incarnation);
        *incarnation = now;
}

/* One run in which the n-th fails. Returns whether there were so many. */
static bool run_with_fault(
                Fixture *f, const char *kind, unsigned long n, bool other, uint64_t *incarnation) {
        uint64_t unused;

        preload(f, kind, n, other);
        if (start_or_not(f) && tell(f, &unused) == ENDED_NOT)
                fail_msg("its clients wait in vain: %s", what_failed());
        if (!daemon_has_ended(f) && what_failed())
                check_works(f, incarnation);
        if (!daemon_has_ended(f))
                (void) kill(f->pid, SIGTERM);
        check_end(await_end(f));
        if (!what_failed())
                return false;

        preload(f, kind, 0, other);
        start(f);
        ++*incarnation; /* at least one more than before */
        check_works(f, incarnation);
        assert_int_equal(stop(f), 0); /* so it had not ended before */
        return true;
}

static void run_with_all(Fixture *f, const char *kind, unsigned step, bool other) {
        const char *wanted = getenv("HAGS_FAULTS_STEP");
        uint64_t incarnation = 0;
        unsigned long n;

#ifdef __SANITIZE_ADDRESS__
        skip(); /* which wants to be the first that is loaded */
#endif
        step = wanted ? (unsigned) strtoul(wanted, NULL, 10) : step;
        for (n = 1; run_with_fault(f, kind, n, other, &incarnation); n += step)
                ;
        assert_true(n > 100); /* so many there are at least */
}

static void test_each_system_call_fails_once(void **state) {
        run_with_all(*state, "call", STEP_OF_CALLS, false);
}

static void test_each_system_call_fails_once_with_another_error(void **state) {
        run_with_all(*state, "call", STEP_OF_CALLS, true);
}

static void test_each_allocation_fails_once(void **state) {
        run_with_all(*state, "memory", STEP_OF_MEMORY, false);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                hagsd_test(test_each_system_call_fails_once),
                hagsd_test(test_each_system_call_fails_once_with_another_error),
                hagsd_test(test_each_allocation_fails_once),
        };

        return cmocka_run_group_tests(tests, fixture_group_setup, NULL);
}
