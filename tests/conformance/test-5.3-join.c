/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* gsapi.md 5.3 and 5.4: coming and going. */

#include <string.h>

#include "story.h"

#define APPROVE HA_GS_VOTE_APPROVE

typedef ha_gs_group_attributes_t Attributes;

static void membership_begins_with_the_approval(void) {
        Attributes g = group("g", HA_GS_N_PHASE);
        Cast c = cast(1, &g);
        Seat s = join(client(), &g, 2);

        check(s.token > 0);
        everyone(&c, "n-phase JOIN");
        expect(s, "n-phase JOIN");
        returns(HA_GS_NOT_A_MEMBER, change_state(s, HA_GS_1_PHASE, 0, "x"));
        returns(HA_GS_NOT_A_MEMBER, leave(s, HA_GS_1_PHASE, 0, 0));
        vote_all(&c, APPROVE);
        ok(vote(s, APPROVE));
        everyone(&c, "approved JOIN");
        expect(s, "approved JOIN");
        ok(change_state(s, HA_GS_1_PHASE, 0, "x"));
        expect(s, "approved STATE_VALUE_CHANGE");
        everyone(&c, "approved STATE_VALUE_CHANGE");
}

static void all_callbacks_but_merge_are_required(void) {
        static const int all[] = { WITHOUT_N_PHASE, WITHOUT_APPROVED, WITHOUT_REJECTED,
                WITHOUT_ANNOUNCEMENT };
        Attributes g = group("g", HA_GS_1_PHASE);
        Actor *a = client();

        for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
                JoinPart p = { .instance = 1, .without = all[i] };

                attributes_pack(&g, &p.attributes);
                returns(HA_GS_BAD_PARAMETER, play(a, part_join, &p, sizeof(p)));
        }
}

static void a_failed_join_ends_its_token(void) {
        Attributes g = group("g", HA_GS_1_PHASE);
        Cast c = cast(1, &g);
        Seat s = join(client(), &g, 1);

        expect(s, "error JOIN code=DUPLICATE_INSTANCE_NUMBER failing=JOIN instance=1");
        quiet(s.actor);
        returns(HA_GS_BAD_MEMBER_TOKEN, send_text(s, HA_GS_1_PHASE, 0, "m"));
        returns(HA_GS_BAD_MEMBER_TOKEN, goodbye(s));
        quiet_cast(&c);
}

static void a_rejected_join_ends_its_token(void) {
        Attributes g = group("g", HA_GS_N_PHASE);
        Cast c = cast(1, &g);
        Seat s = join(client(), &g, 2), again;

        everyone(&c, "n-phase JOIN");
        expect(s, "n-phase JOIN");
        vote_all(&c, HA_GS_VOTE_REJECT);
        ok(vote(s, APPROVE));
        everyone(&c, "rejected JOIN");
        expect(s, "rejected JOIN");
        quiet(s.actor);
        returns(HA_GS_BAD_MEMBER_TOKEN, send_text(s, HA_GS_1_PHASE, 0, "m"));

        again = join(s.actor, &g, 2);
        check(again.token > s.token);
        everyone(&c, "n-phase JOIN");
        expect(again, "n-phase JOIN");
        vote_all(&c, APPROVE);
        ok(vote(again, APPROVE));
        everyone(&c, "approved JOIN");
        expect(again, "approved JOIN");
}

/* Founding: a group is there for others from its first approved join on. */
static void a_group_is_there_when_its_founder_is_in(void) {
        Attributes g = group("g", HA_GS_N_PHASE);
        Actor *a = client();
        Seat s = join(client(), &g, 1), w;

        expect(s, "n-phase JOIN members=- changing=1/5");
        w = subscribe(a, g.gs_group_name, HA_GS_SUBSCRIBE_MEMBERSHIP);
        expect(w, "error SUBSCRIPTION code=UNKNOWN_GROUP");
        ok(vote(s, APPROVE));
        expect(s, "approved JOIN members=1/5");
        w = subscribe(a, g.gs_group_name, HA_GS_SUBSCRIBE_MEMBERSHIP);
        expect(w, "subscription MEMBERSHIP members=1/5");
}

static void if_the_founder_is_rejected_the_next_one_founds(void) {
        Attributes g = group("g", HA_GS_N_PHASE);
        Seat s = join(client(), &g, 1), t;

        expect(s, "n-phase JOIN");
        t = join(client(), &g, 2);
        quiet(t.actor);
        ok(vote(s, HA_GS_VOTE_REJECT));
        expect(s, "rejected JOIN");
        expect(t, "n-phase JOIN members=- changing=2/5");
        ok(vote(t, APPROVE));
        expect(t, "approved JOIN members=2/5");
}

/* ---- leave ---- */

static void a_leave_shows_its_code_and_ends_the_token(void) {
        Attributes g = group("g", HA_GS_1_PHASE);
        Cast c = cast(2, &g);

        ok(leave(c.seat[1], HA_GS_N_PHASE, 22, 4711));
        everyone(&c, "n-phase LEAVE limit=22 by=2/5 changing=2/5 leaves=VOLUNTARY_LEAVE:4711 "
                     "members=1/5,2/5");
        vote_all(&c, APPROVE);
        everyone(&c, "approved LEAVE changing=2/5 leaves=VOLUNTARY_LEAVE:4711 members=1/5");
        quiet_cast(&c);
        returns(HA_GS_BAD_MEMBER_TOKEN, send_text(c.seat[1], HA_GS_1_PHASE, 0, "m"));
}

static void a_rejected_leaver_stays(void) {
        Attributes g = group("g", HA_GS_1_PHASE);
        Cast c = cast(2, &g);

        ok(leave(c.seat[1], HA_GS_N_PHASE, 0, 1));
        everyone(&c, "n-phase LEAVE");
        ok(vote(c.seat[0], HA_GS_VOTE_REJECT));
        ok(vote(c.seat[1], APPROVE));
        everyone(&c, "rejected LEAVE members=1/5,2/5 changing=2/5 changed=REJECTED_MEMBERSHIP");
        ok(send_text(c.seat[1], HA_GS_1_PHASE, 0, "m"));
        everyone(&c, "approved PROVIDER_MESSAGE members=1/5,2/5");
}

/* ---- goodbye ---- */

static void after_goodbye_nothing_is_heard(void) {
        Attributes g = group("g", HA_GS_1_PHASE);
        Cast c = cast(2, &g);
        Seat s = c.seat[1];

        /* What was sent before and has not been dispatched is not heard either. */
        actor_deafen(s.actor, true);
        ok(send_text(c.seat[0], HA_GS_1_PHASE, 0, "m"));
        expect(c.seat[0], "approved PROVIDER_MESSAGE");
        ok(goodbye(s));
        actor_deafen(s.actor, false);
        expect(c.seat[0], "approved FAILURE_LEAVE changing=2/5 leaves=PROVIDER_SAID_GOODBYE members=1/5");
        ok(send_text(c.seat[0], HA_GS_1_PHASE, 0, "m"));
        expect(c.seat[0], "approved PROVIDER_MESSAGE");
        quiet(s.actor);
        returns(HA_GS_BAD_MEMBER_TOKEN, goodbye(s));
        returns(HA_GS_BAD_MEMBER_TOKEN, send_text(s, HA_GS_1_PHASE, 0, "m"));
}

static void goodbye_needs_nobodys_consent(void) {
        Attributes g = group("g", HA_GS_N_PHASE);
        Cast c = cast(2, &g);

        ok(send_text(c.seat[0], HA_GS_N_PHASE, 0, "m"));
        everyone(&c, "n-phase PROVIDER_MESSAGE");
        ok(goodbye(c.seat[1]));
        cast_drop(&c, 1);
        ok(vote(c.seat[0], APPROVE));
        everyone(&c, "approved PROVIDER_MESSAGE summary=EXPLICIT_APPROVE+DEFAULT_APPROVE+PROVIDER_FAILED");
        everyone(&c, "n-phase FAILURE_LEAVE changing=2/5 leaves=PROVIDER_SAID_GOODBYE");
        vote_all(&c, HA_GS_VOTE_REJECT);
        everyone(&c, "approved FAILURE_LEAVE members=1/5");
}

static void goodbye_of_one_group_leaves_the_others(void) {
        Attributes g = group("g", HA_GS_1_PHASE), h = group("h", HA_GS_1_PHASE);
        Actor *a = client();
        Seat s = join(a, &g, 1), t = join(a, &h, 1);

        expect(s, "approved JOIN");
        expect(t, "approved JOIN");
        ok(goodbye(s));
        ok(send_text(t, HA_GS_1_PHASE, 0, "m"));
        expect(t, "approved PROVIDER_MESSAGE members=1/5");
}

/* Who is queued is dropped; for who is voted on the default votes, and he leaves if he was approved. */
static void goodbye_takes_a_join_back(void) {
        Attributes g = group("g", HA_GS_N_PHASE);
        Cast c = cast(1, &g);
        Seat trying = join(client(), &g, 2), queued;

        everyone(&c, "n-phase JOIN changing=2/5");
        expect(trying, "n-phase JOIN");
        queued = join(client(), &g, 3);
        quiet(queued.actor);
        ok(goodbye(queued));
        ok(goodbye(trying));
        vote_all(&c, APPROVE);
        everyone(&c, "approved JOIN members=1/5,2/5 "
                     "summary=EXPLICIT_APPROVE+DEFAULT_APPROVE+PROVIDER_FAILED");
        everyone(&c, "n-phase FAILURE_LEAVE changing=2/5 leaves=PROVIDER_SAID_GOODBYE");
        vote_all(&c, APPROVE);
        everyone(&c, "approved FAILURE_LEAVE members=1/5");
}

static void quit_leaves_all_groups_at_once(void) {
        Attributes g = group("g", HA_GS_1_PHASE), h = group("h", HA_GS_1_PHASE);
        Cast c = cast(1, &g), d = cast(1, &h);
        Actor *a = client();

        enter(a, &c, &g, 2);
        enter(a, &d, &h, 3);
        quit(a);
        expect(c.seat[0], "approved FAILURE_LEAVE changing=2/5 leaves=PROVIDER_FAILURE members=1/5");
        expect(d.seat[0], "approved FAILURE_LEAVE changing=3/5 leaves=PROVIDER_FAILURE members=1/5");
}

/* ---- blocks ---- */

/* The parts of an actor overwrite what they gave as soon as the routine returns: see parts.c. */
static void blocks_are_copied(void) {
        Attributes g = group("g", HA_GS_1_PHASE), other = g;
        Cast c = cast(2, &g);
        short nobody = 77;
        Seat s, w;

        actor_deafen(c.seat[0].actor, true);
        ok(change_state(c.seat[0], HA_GS_1_PHASE, 0, "state"));
        ok(send_text(c.seat[0], HA_GS_1_PHASE, 0, "text"));
        ok(expel_instances(c.seat[0], HA_GS_1_PHASE, 0, 0, "flag", 1, &nobody));
        other.gs_client_version = 2;
        ok(change_attributes(c.seat[0], HA_GS_1_PHASE, 0, &other));
        s = join(c.seat[0].actor, &g, 3);
        w = subscribe(c.seat[0].actor, group_name("nobody"), HA_GS_SUBSCRIBE_STATE);
        actor_deafen(c.seat[0].actor, false);
        everyone(&c, "approved STATE_VALUE_CHANGE state=\"state\"");
        everyone(&c, "approved PROVIDER_MESSAGE message=\"text\"");
        expect(c.seat[0], "error EXPEL code=UNKNOWN_PROVIDER list=77/5 flag=\"flag\"");
        everyone(&c, words("approved GROUP_ATTRIBUTE_CHANGE attributes=2,3,1,1,1,0,0,0 group=\"%s\"",
                                     g.gs_group_name));
        expect(s, words("error JOIN code=BAD_GROUP_ATTRIBUTES instance=3 attributes=1,3,1,1,1,0,0,0 "
                        "group=\"%s\"",
                                  g.gs_group_name));
        expect(w, words("error SUBSCRIPTION control=1 group=\"%s\"", group_name("nobody")));
}

STORIES("test-5.3-join", CASE("5-03", blocks_are_copied),
                CASE("5.3-01", membership_begins_with_the_approval),
                CASE("5.3-03", all_callbacks_but_merge_are_required),
                CASE("5.3-04", a_failed_join_ends_its_token), CASE("5.3-05", a_rejected_join_ends_its_token),
                CASE("5.3-06", a_group_is_there_when_its_founder_is_in),
                CASE("5.3-07", if_the_founder_is_rejected_the_next_one_founds),
                CASE("5.4-01", a_leave_shows_its_code_and_ends_the_token),
                CASE("5.4-02", a_rejected_leaver_stays), CASE("5.4-03", after_goodbye_nothing_is_heard),
                CASE("5.4-04", goodbye_needs_nobodys_consent),
                CASE("5.4-04b", goodbye_of_one_group_leaves_the_others),
                CASE("5.4-06", quit_leaves_all_groups_at_once), CASE("5.4-07", goodbye_takes_a_join_back));
