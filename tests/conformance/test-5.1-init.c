/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* gsapi.md 5.1: what ha_gs_init() wants, and who may call it. */

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "story.h"

typedef ha_gs_group_attributes_t Attributes;

static void the_descriptor_tells_when_to_dispatch(void) {
        Attributes g = group("g", HA_GS_1_PHASE);
        Cast c = cast(1, &g);
        Actor *a = actor_start();
        InitPart init = init_plainly();
        Seat s;

        returns(HA_GS_OK, play(a, part_init, &init, sizeof(init)));
        check(init.descriptor >= 0);

        /* The actor itself dispatches when poll() says that it is readable, and never else. */
        s = enter(a, &c, &g, 2);
        ok(send_text(c.seat[0], HA_GS_1_PHASE, 0, "m"));
        everyone(&c, "approved PROVIDER_MESSAGE");
        quiet(s.actor);
}

/* With the descriptor: is it quiet now, and is it closed by exec()? */
static int part_look_at_descriptor(void *data) {
        int fd = *(int *) data;
        struct pollfd ready = { fd, POLLIN, 0 };

        return (fcntl(fd, F_GETFD) & FD_CLOEXEC ? 1 : 0) | (poll(&ready, 1, 0) == 0 ? 2 : 0);
}

static void the_descriptor_is_closed_by_exec(void) {
        Actor *a = actor_start();
        InitPart init = init_plainly();

        returns(HA_GS_OK, play(a, part_init, &init, sizeof(init)));
        check(play(a, part_look_at_descriptor, &init.descriptor, sizeof(int)) == 3);
}

static void socket_options_are_no_signal_and_adapter_info(void) {
        static const int right[] = { HA_GS_SOCKET_NO_SIGNAL,
                HA_GS_SOCKET_NO_SIGNAL | HA_GS_ENABLE_ADAPTER_INFO };
        static const int wrong[] = { 0, HA_GS_SOCKET_SIGNAL, HA_GS_ENABLE_ADAPTER_INFO,
                HA_GS_SOCKET_NO_SIGNAL | HA_GS_SOCKET_SIGNAL, HA_GS_SOCKET_NO_SIGNAL | 8 };
        InitPart init = init_plainly();

        for (size_t i = 0; i < sizeof(right) / sizeof(*right); i++) {
                init.options = right[i];
                ok(try_init(actor_start(), &init));
        }
        for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
                init.options = wrong[i];
                returns(HA_GS_BAD_PARAMETER, try_init(actor_start(), &init));
        }
}

static void a_script_may_be_given(void) {
        InitPart init = init_plainly();

        init.has_script = true;
        (void) strcpy(init.script, "/bin/true");
        ok(try_init(actor_start(), &init));
}

static void checks_need_a_callback_and_an_interval(void) {
        InitPart init = init_plainly();

        init.type = HA_GS_NO_RESPONSIVENESS;
        init.no_responsiveness_callback = true;
        ok(try_init(actor_start(), &init));

        init.interval = init.limit = 60;
        init.counter_length = 4;
        for (init.type = HA_GS_PING_RESPONSIVENESS; init.type <= HA_GS_COUNTER_RESPONSIVENESS; init.type++) {
                init.no_responsiveness_callback = true;
                returns(HA_GS_BAD_PARAMETER, try_init(actor_start(), &init));
                init.no_responsiveness_callback = false;
                ok(try_init(actor_start(), &init));
                init.interval = 0;
                returns(HA_GS_BAD_PARAMETER, try_init(actor_start(), &init));
                init.interval = 60;
        }
        returns(HA_GS_BAD_PARAMETER, try_init(actor_start(), &init)); /* no such type */
}

static void the_delayed_error_callback_is_required(void) {
        InitPart init = init_plainly();

        init.no_delayed_error_callback = true;
        returns(HA_GS_BAD_PARAMETER, try_init(actor_start(), &init));
}

static void a_second_init_says_exists(void) {
        Attributes g = group("g", HA_GS_1_PHASE);
        InitPart init = init_plainly();
        Actor *a = client();
        Seat s = join(a, &g, 1);

        expect(s, "approved JOIN");
        returns(HA_GS_EXISTS, try_init(a, &init));
        ok(send_text(s, HA_GS_1_PHASE, 0, "m"));
        expect(s, "approved PROVIDER_MESSAGE");
}

static void after_quit_init_works_again(void) {
        Attributes g = group("g", HA_GS_1_PHASE);
        InitPart init = init_plainly();
        Actor *a = client();
        Seat s = join(a, &g, 1), t;

        expect(s, "approved JOIN");
        quit(a);
        returns(HA_GS_NO_INIT, send_text(s, HA_GS_1_PHASE, 0, "m"));
        ok(try_init(a, &init));
        returns(HA_GS_BAD_MEMBER_TOKEN, send_text(s, HA_GS_1_PHASE, 0, "m"));
        t = join(a, &g, 1);
        expect(t, "approved JOIN members=1/5 changing=1/5");
        check(t.token != s.token);
}

static void without_a_daemon_it_cannot_connect(void) {
        Actor *a = actor_start();
        InitPart init = init_plainly();

        actor_domain(a, domain_name("nobody"));
        returns(HA_GS_CONNECT_FAILED, try_init(a, &init));
}

/* ---- who may ---- */

#define STRANGER 65534

static gid_t client_group(void) {
        const char *number = getenv("CONFORMANCE_GROUP");

        if (!number)
                skip("needs root, and CONFORMANCE_GROUP, the number of group hagsuser");
        return (gid_t) atoi(number);
}

static void root_may(void) {
        InitPart init = init_plainly();

        if (geteuid() != 0)
                skip("needs root");
        ok(try_init(actor_start(), &init));
}

static void a_member_of_hagsuser_may(void) {
        InitPart init = init_plainly();

        ok(try_init(actor_start_as(STRANGER, client_group()), &init));
}

static void others_are_refused(void) {
        InitPart init = init_plainly();

        (void) client_group();
        returns(HA_GS_CONNECT_FAILED, try_init(actor_start_as(STRANGER, (gid_t) -1), &init));
        returns(HA_GS_CONNECT_FAILED, try_init(actor_start_as(STRANGER, 65533), &init));
}

/* The daemon is there before its domain is, if there is a moment between. */
static void init_works_as_soon_as_the_daemon_accepts(void) {
        const char *domain = domain_name("x");
        Attributes g = group("g", HA_GS_1_PHASE);
        InitPart init = init_plainly();
        Actor *a = actor_start();
        long deadline = now_ms() + PATIENCE_MS;
        Seat s;

        actor_domain(a, domain);
        returns(HA_GS_CONNECT_FAILED, try_init(a, &init));
        daemon_do("begin", domain); /* does not wait for anything */
        while (try_init(a, &init) != HA_GS_OK)
                check(now_ms() < deadline);
        s = join(a, &g, 1);
        expect(s, "approved JOIN members=1/5");
        actor_leave_alone(a);
        daemon_do("stop", domain);
}

/* A daemon that does not move holds up these three, for as long as they are patient, and nobody else. */
static void only_three_routines_wait_and_not_for_ever(void) {
        const char *domain = domain_name("x");
        Attributes g = group("g", HA_GS_1_PHASE), h = group("h", HA_GS_1_PHASE);
        InitPart init = init_plainly();
        Actor *a = actor_start(), *b = actor_start(), *c = actor_start();
        Seat s, t, w;
        long began;

        daemon_do("start", domain);
        actor_domain(a, domain);
        actor_domain(b, domain);
        actor_domain(c, domain);
        ok(try_init(a, &init));
        ok(try_init(b, &init));
        s = join(a, &g, 1);
        expect(s, "approved JOIN");
        w = subscribe(b, g.gs_group_name, HA_GS_SUBSCRIBE_STATE);
        expect(w, "subscription STATE");

        daemon_do("freeze", domain);
        began = now_ms();
        t = join(a, &h, 1);
        (void) subscribe(a, g.gs_group_name, HA_GS_SUBSCRIBE_STATE);
        ok(change_state(s, HA_GS_1_PHASE, 0, "s"));
        ok(leave(s, HA_GS_1_PHASE, 0, 0));
        check(now_ms() - began < 4000);
        play_begin(a, part_goodbye, &t.token, sizeof(t.token));
        play_begin(b, part_unsubscribe, &w.token, sizeof(w.token));
        play_begin(c, part_init, &init, sizeof(init));
        returns(HA_GS_NOT_OK, play_end(a, NULL, 0));
        returns(HA_GS_NOT_OK, play_end(b, NULL, 0));
        returns(HA_GS_CONNECT_FAILED, play_end(c, NULL, 0));
        check(now_ms() - began > 4000 && now_ms() - began < 2 * PATIENCE_MS);
        actor_leave_alone(a);
        actor_leave_alone(b);
        daemon_do("kill", domain);
}

/* ---- fork ---- */

typedef struct ForkPart {
        int token;
        int send_code, dispatch_code;
} ForkPart;

/* What a child of this client gets from the library. */
static int part_fork(void *data) {
        ForkPart *p = data;
        ha_gs_provider_message_t message = { 1, (char *) "c" };
        ha_gs_proposal_info_t info = { .gs_message_request = { HA_GS_1_PHASE, 0, &message } };
        int pipes[2], codes[2], status;
        pid_t child;

        if (pipe(pipes) < 0)
                return -1;
        child = fork();
        if (child == 0) {
                codes[0] = (int) ha_gs_send_message(p->token, &info);
                codes[1] = (int) ha_gs_dispatch(HA_GS_NON_BLOCKING);
                ha_gs_quit();
                _exit(write(pipes[1], codes, sizeof(codes)) != sizeof(codes));
        }
        (void) close(pipes[1]);
        if (read(pipes[0], codes, sizeof(codes)) != sizeof(codes))
                return -1;
        (void) close(pipes[0]);
        p->send_code = codes[0];
        p->dispatch_code = codes[1];
        return child > 0 && waitpid(child, &status, 0) == child ? status : -1;
}

static void a_child_cannot_use_the_parents_connection(void) {
        Attributes g = group("g", HA_GS_1_PHASE);
        Cast c = cast(2, &g);
        ForkPart p = { .token = c.seat[0].token };

        check(play(c.seat[0].actor, part_fork, &p, sizeof(p)) == 0);
        check(p.send_code != HA_GS_OK);
        check(p.dispatch_code != HA_GS_OK);

        /* Nor has the child's end, or its ha_gs_quit(), ended the parent's. */
        quiet_cast(&c);
        ok(send_text(c.seat[0], HA_GS_1_PHASE, 0, "m"));
        everyone(&c, "approved PROVIDER_MESSAGE message=\"m\" members=1/5,2/5");
}

STORIES("test-5.1-init", CASE("5-05", only_three_routines_wait_and_not_for_ever),
                CASE("5.1-01", the_descriptor_tells_when_to_dispatch), CASE("5.1-02", root_may),
                CASE("5.1-02b", a_member_of_hagsuser_may), CASE("5.1-03", others_are_refused),
                CASE("5.1-04", socket_options_are_no_signal_and_adapter_info),
                CASE("5.1-05", a_script_may_be_given),
                CASE("5.1-06", checks_need_a_callback_and_an_interval),
                CASE("5.1-07", the_delayed_error_callback_is_required),
                CASE("5.1-08", a_second_init_says_exists), CASE("5.1-09", after_quit_init_works_again),
                CASE("5.1-10", without_a_daemon_it_cannot_connect),
                CASE("5.1-11", init_works_as_soon_as_the_daemon_accepts),
                CASE("5.1-12", a_child_cannot_use_the_parents_connection),
                CASE("5.1-13", the_descriptor_is_closed_by_exec));
