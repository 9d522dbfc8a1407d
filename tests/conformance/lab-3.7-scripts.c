/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * gsapi.md 3.7, stream.md 7: deactivate scripts. They are run for the daemon by a service of systemd, so
 * these cases are told on a node of the lab, where SCRIPT is deactivate-script.sh: it writes down what it
 * was given and how it was run, and then does what the flag says.
 */

#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "story.h"

#define SCRIPT "/usr/local/lib/deactivate-script.sh"
#define STRANGER 65534

typedef ha_gs_group_attributes_t Attributes;

static Seat join_with_script(Actor *a, Cast *c, const Attributes *g, short instance) {
        InitPart init = init_plainly();

        init.has_script = true;
        (void) strcpy(init.script, SCRIPT);
        returned(HA_GS_OK, try_init(a, &init), "ha_gs_init()");
        return enter_here(a, c, g, instance);
}

/* Two members, and a third one that has a script. */
static Cast with_target(const Attributes *g) {
        Cast c = cast_here(2, g);

        (void) join_with_script(actor_start(), &c, g, 3);
        return c;
}
#define with_target(g) (HERE, with_target(g))

/* What the script of that group and instance has written down; NULL: it has not run, or not yet. */
static const char *written(const Attributes *g, int instance) {
        static char text[4096];
        char path[256];
        size_t n;
        FILE *f;

        (void) snprintf(path, sizeof(path), "/tmp/script.%s.%d", g->gs_group_name, instance);
        f = fopen(path, "re");
        if (!f)
                return NULL;
        n = fread(text, 1, sizeof(text) - 1, f);
        (void) fclose(f);
        text[n] = 0;
        return text;
}

static const char *script_ran_here(const Attributes *g, int instance) {
        long deadline = now_ms() + PATIENCE_MS;
        const char *text;

        while (!(text = written(g, instance))) {
                if (now_ms() > deadline)
                        failed("the script of %d has not run", instance);
                (void) poll(NULL, 0, 10);
        }
        return text;
}
#define script_ran(g, instance) (HERE, script_ran_here(g, instance))

/* Scripts with the flag `wait` do so for this. */
static void let_go(const Attributes *g) {
        char path[256];
        FILE *f;

        (void) snprintf(path, sizeof(path), "/tmp/go.%s", g->gs_group_name);
        f = fopen(path, "we");
        check(f && fclose(f) == 0);
}

static ha_gs_rc_t expel_third(const Cast *c, ha_gs_num_phases_t phases, ha_gs_time_limit_t limit,
                unsigned script_phase, const char *flag) {
        const short third = 3;

        return expel_instances(c->seat[0], phases, limit, script_phase, flag, 1, &third);
}

static void vote_both(const Cast *c, ha_gs_vote_value_t value) {
        returned(HA_GS_OK, vote(c->seat[0], value), "ha_gs_vote()");
        returned(HA_GS_OK, vote(c->seat[1], value), "ha_gs_vote()");
}

/* ---- when ---- */

static void scripts_run_from_their_phase_on(void) {
        Attributes g = group("g", HA_GS_1_PHASE);
        Cast c = with_target(&g);

        ok(expel_third(&c, HA_GS_N_PHASE, 0, 2, "ok"));
        everyone(&c, "n-phase EXPEL phase=1 expel=2 flag=\"ok\"");
        quiet_cast(&c);
        check(!written(&g, 3));
        vote_both(&c, HA_GS_VOTE_CONTINUE);
        everyone(&c, "n-phase EXPEL phase=2 summary=0");
        script_ran(&g, 3);
        vote_both(&c, HA_GS_VOTE_APPROVE);
        everyone(&c, "approved EXPEL phase=2 summary=EXPLICIT_APPROVE members=1/5,2/5");
}

static void a_phase_of_0_runs_none(void) {
        Attributes g = group("g", HA_GS_1_PHASE);
        const short fourth = 4;
        Cast c = with_target(&g);

        (void) join_with_script(actor_start(), &c, &g, 4);
        ok(expel_third(&c, HA_GS_N_PHASE, 0, 0, "ok"));
        everyone(&c, "n-phase EXPEL expel=0");
        vote_both(&c, HA_GS_VOTE_APPROVE);
        ok(vote(c.seat[3], HA_GS_VOTE_APPROVE));
        everyone(&c, "approved EXPEL members=1/5,2/5,4/5");
        cast_drop(&c, 2);

        /* When a later one has run, an earlier one would have. */
        ok(expel_instances(c.seat[0], HA_GS_1_PHASE, 0, 1, "ok", 1, &fourth));
        everyone(&c, "approved EXPEL members=1/5,2/5");
        script_ran(&g, 4);
        check(!written(&g, 3));
}

static void if_voting_ends_before_they_run_at_approval(void) {
        Attributes g = group("g", HA_GS_1_PHASE);
        Cast c = with_target(&g);

        ok(expel_third(&c, HA_GS_N_PHASE, 0, 5, "fail"));
        everyone(&c, "n-phase EXPEL expel=5");
        vote_both(&c, HA_GS_VOTE_APPROVE);
        everyone(&c, "approved EXPEL phase=1 summary=EXPLICIT_APPROVE members=1/5,2/5");
        cast_drop(&c, 2);
        script_ran(&g, 3);
        everyone(&c, "announcement DEACTIVATE_UNSUCCESSFUL members=3/5");
}

static void a_rejected_expel_runs_none(void) {
        Attributes g = group("g", HA_GS_1_PHASE);
        Cast c = with_target(&g);

        ok(expel_third(&c, HA_GS_N_PHASE, 0, 2, "ok"));
        everyone(&c, "n-phase EXPEL");
        vote_both(&c, HA_GS_VOTE_REJECT);
        everyone(&c, "rejected EXPEL members=1/5,2/5,3/5");
        ok(leave(c.seat[2], HA_GS_1_PHASE, 0, 0));
        everyone(&c, "approved LEAVE");
        check(!written(&g, 3));
}

static void their_phase_waits_for_them(void) {
        Attributes g = group("g", HA_GS_1_PHASE);
        Cast c = with_target(&g);

        ok(expel_third(&c, HA_GS_N_PHASE, 0, 1, "wait"));
        everyone(&c, "n-phase EXPEL");
        vote_both(&c, HA_GS_VOTE_APPROVE);
        script_ran(&g, 3);
        quiet_cast(&c);
        let_go(&g);
        everyone(&c, "approved EXPEL summary=EXPLICIT_APPROVE members=1/5,2/5");
}

static void in_one_phase_they_come_after_the_approval(void) {
        Attributes g = group("g", HA_GS_1_PHASE);
        Cast c = with_target(&g);

        ok(expel_third(&c, HA_GS_1_PHASE, 0, 1, "wait-fail"));
        everyone(&c, "approved EXPEL phases=1 members=1/5,2/5");
        cast_drop(&c, 2);
        script_ran(&g, 3);
        quiet_cast(&c);
        let_go(&g);
        everyone(&c, "announcement DEACTIVATE_UNSUCCESSFUL members=3/5");
}

/* ---- how they end ---- */

static void for_an_unsuccessful_one_the_default_votes(void) {
        Attributes g = group("g", HA_GS_1_PHASE);
        Cast c = with_target(&g);

        ok(expel_third(&c, HA_GS_N_PHASE, 0, 1, "fail"));
        everyone(&c, "n-phase EXPEL");
        vote_both(&c, HA_GS_VOTE_APPROVE);
        everyone(&c, "approved EXPEL summary=EXPLICIT_APPROVE+DEFAULT_APPROVE+DEACTIVATE_UNSUCCESSFUL "
                     "members=1/5,2/5");
        cast_drop(&c, 2);
        everyone(&c, "announcement DEACTIVATE_UNSUCCESSFUL members=3/5");
}

static void that_may_save_the_target(void) {
        Attributes g = group("g", HA_GS_1_PHASE);
        Cast c;

        g.gs_group_default_vote = HA_GS_VOTE_REJECT;
        c = with_target(&g);
        ok(expel_third(&c, HA_GS_N_PHASE, 0, 1, "fail"));
        everyone(&c, "n-phase EXPEL");
        vote_both(&c, HA_GS_VOTE_APPROVE);
        everyone(&c, "rejected EXPEL summary=EXPLICIT_APPROVE+DEFAULT_REJECT+DEACTIVATE_UNSUCCESSFUL "
                     "members=1/5,2/5,3/5");
        everyone(&c, "announcement DEACTIVATE_UNSUCCESSFUL members=3/5");
}

static void over_the_limit_they_are_killed(void) {
        Attributes g = group("g", HA_GS_1_PHASE);
        Cast c = with_target(&g);
        long deadline;
        pid_t pid;

        ok(expel_third(&c, HA_GS_N_PHASE, 1, 1, "sleep"));
        everyone(&c, "n-phase EXPEL limit=1");
        vote_both(&c, HA_GS_VOTE_APPROVE);
        pid = atoi(word(script_ran(&g, 3), "self"));
        check(pid > 1 && kill(pid, 0) == 0);
        everyone(&c, "approved EXPEL "
                     "summary=EXPLICIT_APPROVE+DEFAULT_APPROVE+DEACTIVATE_TIME_LIMIT_EXCEEDED "
                     "members=1/5,2/5");
        cast_drop(&c, 2);
        everyone(&c, "announcement DEACTIVATE_TIME_LIMIT_EXCEEDED members=3/5");
        for (deadline = now_ms() + PATIENCE_MS; kill(pid, 0) == 0; (void) poll(NULL, 0, 10))
                check(now_ms() < deadline);
}

/* ---- what they are given ---- */

static void arguments_are_pid_limit_flag_group_instance_node(void) {
        Attributes g = group("g", HA_GS_1_PHASE);
        Cast c = with_target(&g);
        char want[512];

        ok(expel_third(&c, HA_GS_N_PHASE, 44, 1, "a flag"));
        everyone(&c, "n-phase EXPEL");
        vote_both(&c, HA_GS_VOTE_APPROVE);
        (void) snprintf(want, sizeof(want), "arguments=[%d][44][a flag][%s][3][5] ",
                        actor_pid(c.seat[2].actor), g.gs_group_name);
        check(strstr(script_ran(&g, 3), want));
        everyone(&c, "approved EXPEL");
}

static void without_a_flag_that_is_empty(void) {
        Attributes g = group("g", HA_GS_1_PHASE);
        Cast c = with_target(&g);

        ok(expel_third(&c, HA_GS_N_PHASE, 0, 1, NULL));
        everyone(&c, "n-phase EXPEL");
        vote_both(&c, HA_GS_VOTE_APPROVE);
        check(strstr(script_ran(&g, 3), "][0][]["));
        everyone(&c, "approved EXPEL");
}

static void they_run_as_the_target_and_with_nothing(void) {
        const struct group *clients = getgrnam("hagsuser");
        Attributes g = group("g", HA_GS_1_PHASE);
        const char *text;
        char want[64];
        Cast c;

        check(clients);
        c = cast(2, &g);
        (void) join_with_script(actor_start_as(STRANGER, clients->gr_gid), &c, &g, 3);
        ok(expel_third(&c, HA_GS_N_PHASE, 0, 1, "ok"));
        everyone(&c, "n-phase EXPEL");
        vote_both(&c, HA_GS_VOTE_APPROVE);
        text = script_ran(&g, 3);
        printf("%s\n", text);
        (void) snprintf(want, sizeof(want), " uid=%d gid=%d groups=%d,%d ", STRANGER, STRANGER, STRANGER,
                        (int) clients->gr_gid);
        check(strstr(text, want));
        check(strstr(text, " cwd=/ "));
        check(strstr(text, " fds=/dev/null,/dev/null,/dev/null "));
        check(strstr(text, " leader=yes "));
        everyone(&c, "approved EXPEL");
}

/* ---- failures ---- */

static void on_failure_they_run_too_if_the_group_says_so(void) {
        Attributes g = group("g", HA_GS_N_PHASE);
        Cast c;

        g.gs_batch_control = (ha_gs_batch_ctrl_t) (HA_GS_BATCH_BOTH | HA_GS_DEACTIVATE_ON_FAILURE);
        c = with_target(&g);
        cast_kill(&c, 2);
        everyone(&c, "n-phase FAILURE_LEAVE phase=1 changing=3/5");
        script_ran(&g, 3);
        vote_both(&c, HA_GS_VOTE_APPROVE);
        everyone(&c, "approved FAILURE_LEAVE summary=EXPLICIT_APPROVE members=1/5,2/5");
}

/* Not where the group does not say so, nor for who says goodbye. */
static void else_they_do_not(void) {
        Attributes g = group("g", HA_GS_1_PHASE), i = group("i", HA_GS_1_PHASE),
                   h = group("h", HA_GS_1_PHASE);
        Cast c = with_target(&g), d, e;

        cast_kill(&c, 2);
        everyone(&c, "approved FAILURE_LEAVE members=1/5,2/5");
        i.gs_batch_control = HA_GS_DEACTIVATE_ON_FAILURE;
        e = with_target(&i);
        ok(goodbye(e.seat[2]));
        cast_drop(&e, 2);
        everyone(&e, "approved FAILURE_LEAVE leaves=PROVIDER_SAID_GOODBYE");
        d = with_target(&h);
        ok(expel_third(&d, HA_GS_1_PHASE, 0, 1, "ok"));
        everyone(&d, "approved EXPEL");
        script_ran(&h, 3);
        check(!written(&g, 3));
        check(!written(&i, 3));
}

STORIES("lab-3.7-scripts", CASE("3.7-03", scripts_run_from_their_phase_on),
                CASE("3.7-04", a_phase_of_0_runs_none),
                CASE("3.7-07", if_voting_ends_before_they_run_at_approval),
                CASE("3.7-07b", a_rejected_expel_runs_none), CASE("3.7-08", their_phase_waits_for_them),
                CASE("3.7-10", for_an_unsuccessful_one_the_default_votes),
                CASE("3.7-10b", that_may_save_the_target), CASE("3.7-11", over_the_limit_they_are_killed),
                CASE("3.7-12", arguments_are_pid_limit_flag_group_instance_node),
                CASE("3.7-12b", without_a_flag_that_is_empty),
                CASE("3.7-13", they_run_as_the_target_and_with_nothing),
                CASE("3.7-16", on_failure_they_run_too_if_the_group_says_so),
                CASE("3.7-16b", else_they_do_not),
                CASE("3.7-17", in_one_phase_they_come_after_the_approval));
