/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* gsapi.md 3.7: expel, without scripts: those need their helper, and are tested in the lab. */

#include <string.h>

#include "story.h"

#define APPROVE HA_GS_VOTE_APPROVE
#define CONTINUE HA_GS_VOTE_CONTINUE

typedef ha_gs_group_attributes_t Attributes;

static void the_expelled_are_out_and_hear_of_it(void) {
        static const short list[] = { 2, 4 };
        Attributes g = group("g", HA_GS_1_PHASE);
        Cast c = cast(4, &g);

        ok(expel_instances(c.seat[0], HA_GS_N_PHASE, 44, 0, "flag", 2, list));
        everyone(&c, "n-phase EXPEL by=1/5 limit=44 members=1/5,2/5,3/5,4/5 changing=2/5,4/5 "
                     "changed=PROPOSED_MEMBERSHIP+EXPEL_INFORMATION "
                     "leaves=PROVIDER_EXPELLED,PROVIDER_EXPELLED "
                     "expel=0 flag=\"flag\"");
        ok(vote(c.seat[0], CONTINUE));
        ok(vote(c.seat[2], APPROVE));
        everyone(&c, "n-phase EXPEL phase=2 changed=ONGOING_MEMBERSHIP+EXPEL_INFORMATION expel=0");
        ok(vote(c.seat[0], APPROVE));
        ok(vote(c.seat[2], APPROVE));
        everyone(&c, "approved EXPEL by=1/5 members=1/5,3/5 changing=2/5,4/5 "
                     "changed=UPDATED_MEMBERSHIP+EXPEL_INFORMATION "
                     "leaves=PROVIDER_EXPELLED,PROVIDER_EXPELLED");
        quiet_cast(&c);
        returns(HA_GS_BAD_MEMBER_TOKEN, send_text(c.seat[1], HA_GS_1_PHASE, 0, "m"));
        returns(HA_GS_BAD_MEMBER_TOKEN, goodbye(c.seat[3]));

        /* Their processes live, and may come back. */
        cast_drop(&c, 3);
        c.seat[1] = join(c.seat[1].actor, &g, 2);
        everyone(&c, "approved JOIN members=1/5,3/5,2/5");
}

static void one_phase_expels_at_once(void) {
        Attributes g = group("g", HA_GS_1_PHASE);
        Cast c = cast(2, &g);

        ok(expel(c.seat[0], HA_GS_1_PHASE, 0, c.seat[1]));
        everyone(&c, "approved EXPEL phases=1 members=1/5 changing=2/5 leaves=PROVIDER_EXPELLED");
}

static void a_provider_may_name_himself(void) {
        Attributes g = group("g", HA_GS_1_PHASE);
        Cast c = cast(2, &g);

        ok(expel(c.seat[0], HA_GS_N_PHASE, 0, c.seat[0]));
        everyone(&c, "n-phase EXPEL changing=1/5");
        returns(HA_GS_VOTE_NOT_EXPECTED, vote(c.seat[0], APPROVE));
        ok(vote(c.seat[1], APPROVE));
        everyone(&c, "approved EXPEL members=2/5");
}

/* Nobody is left to vote: nobody objects. */
static void all_may_be_expelled(void) {
        static const short list[] = { 1, 2 };
        Attributes g = group("g", HA_GS_1_PHASE);
        Cast c = cast(2, &g);

        ok(expel_instances(c.seat[0], HA_GS_N_PHASE, 0, 0, NULL, 2, list));
        everyone(&c, "n-phase EXPEL changing=1/5,2/5");
        everyone(&c, "approved EXPEL members=-");
}

static void the_phase_of_scripts_in_one_phase_is_0_or_1(void) {
        static const short list[] = { 2 };
        Attributes g = group("g", HA_GS_1_PHASE);
        Cast c = cast(2, &g);

        returns(HA_GS_INVALID_DEACTIVATE_PHASE,
                        expel_instances(c.seat[0], HA_GS_1_PHASE, 0, 2, NULL, 1, list));
        ok(expel_instances(c.seat[0], HA_GS_1_PHASE, 0, 1, NULL, 1, list));
        everyone(&c, "approved EXPEL expel=1 members=1/5");
}

/* Providers without a deactivate script do not hold up the phase in which scripts run. */
static void without_a_script_there_is_nothing_to_wait_for(void) {
        static const short list[] = { 2 };
        Attributes g = group("g", HA_GS_1_PHASE);
        Cast c = cast(2, &g);

        ok(expel_instances(c.seat[0], HA_GS_N_PHASE, 0, 1, "x", 1, list));
        everyone(&c, "n-phase EXPEL expel=1 flag=\"x\"");
        ok(vote(c.seat[0], CONTINUE));
        everyone(&c, "n-phase EXPEL phase=2 summary=0");
        ok(vote(c.seat[0], APPROVE));
        everyone(&c, "approved EXPEL summary=EXPLICIT_APPROVE");
}

static void the_dead_can_be_expelled(void) {
        Attributes g = group("g", HA_GS_1_PHASE);
        Cast c = cast(3, &g);

        ok(expel(c.seat[0], HA_GS_N_PHASE, 0, c.seat[2]));
        everyone(&c, "n-phase EXPEL");
        cast_kill(&c, 2);
        vote_all(&c, APPROVE);
        everyone(&c, "approved EXPEL members=1/5,2/5 changing=3/5");
        quiet_cast(&c);
}

/* Nobody who may vote is left: whom it was about learns that it has ended. */
static void without_voters_it_ends(void) {
        Attributes g = group("g", HA_GS_1_PHASE);
        Cast c = cast(2, &g);

        ok(expel(c.seat[0], HA_GS_N_PHASE, 0, c.seat[1]));
        everyone(&c, "n-phase EXPEL");
        cast_kill(&c, 0);
        everyone(&c, "rejected EXPEL members=1/5,2/5");
        everyone(&c, "approved FAILURE_LEAVE members=2/5");
        ok(send_text(c.seat[1], HA_GS_1_PHASE, 0, "m"));
        everyone(&c, "approved PROVIDER_MESSAGE");
}

static void a_script_has_an_absolute_path(void) {
        static const char *const paths[] = { "script", "./script", "" };
        Actor *a = actor_start();

        for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
                InitPart init = init_plainly();

                init.has_script = true;
                strcpy(init.script, paths[i]);
                returns(HA_GS_BAD_PARAMETER, try_init(a, &init));
        }
}

STORIES("test-3.7-expel", CASE("3.7-01", the_expelled_are_out_and_hear_of_it),
                CASE("3.7-01b", one_phase_expels_at_once), CASE("3.7-02", a_provider_may_name_himself),
                CASE("3.7-02b", all_may_be_expelled),
                CASE("3.7-05", the_phase_of_scripts_in_one_phase_is_0_or_1),
                CASE("3.7-06", without_a_script_there_is_nothing_to_wait_for),
                CASE("3.7-09", the_dead_can_be_expelled), CASE("3.7-18", without_voters_it_ends),
                CASE("3.7-14", a_script_has_an_absolute_path));
