/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* gsapi.md 1.2 to 1.4: groups, what one may be in them, who is who. */

#include <string.h>

#include "story.h"

#define ALL HA_GS_SUBSCRIBE_STATE_AND_MEMBERSHIP

static void one_name_is_one_group(void) {
        ha_gs_group_attributes_t g = group("g", HA_GS_1_PHASE), h = group("h", HA_GS_1_PHASE);
        Cast c = cast(2, &g), d = cast(1, &h);

        ok(send_text(c.seat[0], HA_GS_1_PHASE, 0, "to-g"));
        everyone(&c, "approved PROVIDER_MESSAGE members=1/5,2/5");
        quiet_cast(&d);
}

static void the_first_join_creates_the_group(void) {
        ha_gs_group_attributes_t g = group("g", HA_GS_1_PHASE);
        Actor *a = client();
        Seat s = subscribe(a, g.gs_group_name, ALL);

        expect(s, "error SUBSCRIPTION code=UNKNOWN_GROUP");
        s = join(a, &g, 1);
        expect(s, "approved JOIN members=1/5 changing=1/5 changed=UPDATED_MEMBERSHIP");
        s = subscribe(a, g.gs_group_name, ALL);
        expect(s, "subscription STATE+MEMBERSHIP members=1/5");
}

static void every_notification_shows_membership_and_state(void) {
        ha_gs_group_attributes_t g = group("g", HA_GS_N_PHASE);
        Cast c = cast(2, &g);

        ok(change_state(c.seat[0], HA_GS_1_PHASE, 0, "s"));
        everyone(&c, "approved STATE_VALUE_CHANGE members=1/5,2/5 state=\"s\"");
        ok(send_text(c.seat[0], HA_GS_N_PHASE, 0, "m"));
        everyone(&c, "n-phase PROVIDER_MESSAGE members=1/5,2/5 state=\"s\"");
        vote_all(&c, HA_GS_VOTE_CONTINUE);
        everyone(&c, "n-phase PROVIDER_MESSAGE phase=2 members=1/5,2/5 state=\"s\"");
        vote_all(&c, HA_GS_VOTE_REJECT);
        everyone(&c, "rejected PROVIDER_MESSAGE members=1/5,2/5 state=\"s\"");
}

static void the_state_is_lost_with_the_last_provider(void) {
        ha_gs_group_attributes_t g = group("g", HA_GS_1_PHASE);
        Actor *a = client();
        Seat s = join(a, &g, 1), w;

        expect(s, "approved JOIN");
        ok(change_state(s, HA_GS_1_PHASE, 0, "s"));
        expect(s, "approved STATE_VALUE_CHANGE state=\"s\"");
        ok(leave(s, HA_GS_1_PHASE, 0, 0));
        expect(s, "approved LEAVE members=-");
        w = subscribe(a, g.gs_group_name, ALL);
        expect(w, "error SUBSCRIPTION code=UNKNOWN_GROUP");

        /* The next one is another group: its founder's attributes count. */
        g.gs_client_version = 2;
        s = join(a, &g, 1);
        expect(s, "approved JOIN members=1/5 state=-");
}

static void the_list_is_in_the_order_of_joining(void) {
        static const short instances[] = { 30, 10, 20 };
        ha_gs_group_attributes_t g = group("g", HA_GS_1_PHASE);
        Cast c = { .n = 0 };

        for (int i = 0; i < 3; i++)
                enter(client(), &c, &g, instances[i]);
        ok(send_text(c.seat[2], HA_GS_1_PHASE, 0, "m"));
        everyone(&c, "approved PROVIDER_MESSAGE members=30/5,10/5,20/5");
        ok(leave(c.seat[0], HA_GS_1_PHASE, 0, 0));
        everyone(&c, "approved LEAVE members=10/5,20/5");
        cast_drop(&c, 0);
        enter(client(), &c, &g, 1);
        ok(send_text(c.seat[2], HA_GS_1_PHASE, 0, "m"));
        everyone(&c, "approved PROVIDER_MESSAGE members=10/5,20/5,1/5");
}

static void who_is_initialised_is_a_client(void) {
        Actor *a = client();
        int node = -1;

        ok(play(a, part_node_number, &node, sizeof(node)));
        check(node == NODE);
        quiet(a);
}

static void a_subscriber_has_no_say_and_is_not_seen(void) {
        ha_gs_group_attributes_t g = group("g", HA_GS_N_PHASE);
        Cast c = cast(1, &g);
        Actor *a = client(), *b = client();
        Seat s = subscribe(a, g.gs_group_name, ALL), t;

        expect(s, "subscription STATE+MEMBERSHIP members=1/5");
        t = subscribe(b, g.gs_group_name, ALL);
        expect(t, "subscription STATE+MEMBERSHIP members=1/5");
        quiet(a);
        quiet_cast(&c);

        ok(change_state(c.seat[0], HA_GS_N_PHASE, 0, "s"));
        everyone(&c, "n-phase STATE_VALUE_CHANGE members=1/5");
        quiet(a);
        returns(HA_GS_BAD_MEMBER_TOKEN, vote(s, HA_GS_VOTE_REJECT));
        returns(HA_GS_BAD_MEMBER_TOKEN, change_state(s, HA_GS_1_PHASE, 0, "t"));
        returns(HA_GS_BAD_MEMBER_TOKEN, leave(s, HA_GS_1_PHASE, 0, 0));
        vote_all(&c, HA_GS_VOTE_APPROVE);
        everyone(&c, "approved STATE_VALUE_CHANGE members=1/5");
        expect(s, "subscription STATE state=\"s\"");
        expect(t, "subscription STATE state=\"s\"");

        /* Its end is not seen either. */
        actor_kill(b);
        ok(unsubscribe(s));
}

static void one_process_may_be_in_many_groups(void) {
        ha_gs_group_attributes_t g = group("g", HA_GS_1_PHASE), h = group("h", HA_GS_1_PHASE);
        Actor *a = client();
        Seat s = join(a, &g, 1), t = join(a, &h, 1), u, v;

        check(s.token != t.token);
        expect(s, "approved JOIN members=1/5");
        expect(t, "approved JOIN members=1/5");
        u = subscribe(a, g.gs_group_name, ALL);
        v = subscribe(a, h.gs_group_name, ALL);
        expect(u, "subscription STATE+MEMBERSHIP members=1/5");
        expect(v, "subscription STATE+MEMBERSHIP members=1/5");
        check(u.token != v.token && u.token != s.token && u.token != t.token);

        ok(change_state(t, HA_GS_1_PHASE, 0, "x"));
        expect(t, "approved STATE_VALUE_CHANGE");
        expect(v, "subscription STATE state=\"x\"");
}

static void one_process_may_join_a_group_twice(void) {
        ha_gs_group_attributes_t g = group("g", HA_GS_1_PHASE);
        Actor *a = client();
        Seat s = join(a, &g, 1), t, u;

        expect(s, "approved JOIN members=1/5");
        t = join(a, &g, 2);
        expect(s, "approved JOIN members=1/5,2/5");
        expect(t, "approved JOIN members=1/5,2/5");
        u = join(a, &g, 2);
        expect(u, "error JOIN code=DUPLICATE_INSTANCE_NUMBER");
        ok(leave(s, HA_GS_1_PHASE, 0, 0));
        expect(s, "approved LEAVE changing=1/5");
        expect(t, "approved LEAVE changing=1/5 members=2/5");
}

static void an_instance_number_is_taken_once(void) {
        ha_gs_group_attributes_t g = group("g", HA_GS_1_PHASE), h = group("h", HA_GS_1_PHASE);
        Cast c = cast(1, &g);
        Actor *a = client();
        Seat s = join(a, &g, 1);

        expect(s, "error JOIN code=DUPLICATE_INSTANCE_NUMBER instance=1");
        quiet_cast(&c);
        s = join(a, &h, 1);
        expect(s, "approved JOIN members=1/5");
}

static void a_number_on_trial_or_queued_is_taken(void) {
        ha_gs_group_attributes_t g = group("g", HA_GS_N_PHASE);
        Cast c = cast(1, &g);
        Actor *a = client();
        Seat trying = join(client(), &g, 2), queued, s;

        everyone(&c, "n-phase JOIN changing=2/5");
        expect(trying, "n-phase JOIN");
        queued = join(client(), &g, 3);
        quiet(queued.actor);
        s = join(a, &g, 2);
        expect(s, "error JOIN code=DUPLICATE_INSTANCE_NUMBER");
        s = join(a, &g, 3);
        expect(s, "error JOIN code=DUPLICATE_INSTANCE_NUMBER");
        actor_leave_alone(c.seat[0].actor);
        actor_leave_alone(trying.actor);
        actor_leave_alone(queued.actor);
}

/* With `fail`, provider 2 of a group in which its failure leave is voted on; then somebody has its number.
 */
static void number_waits(void (*fail)(Seat s)) {
        ha_gs_group_attributes_t g = group("g", HA_GS_N_PHASE);
        Cast c = cast(2, &g);
        Seat s;

        fail(c.seat[1]);
        cast_drop(&c, 1);
        everyone(&c, "n-phase FAILURE_LEAVE changing=2/5");
        s = join(client(), &g, 2);
        quiet(s.actor);
        vote_all(&c, HA_GS_VOTE_APPROVE);
        everyone(&c, "approved FAILURE_LEAVE members=1/5");
        everyone(&c, "n-phase JOIN changing=2/5");
        expect(s, "n-phase JOIN changing=2/5 members=1/5");
        vote_all(&c, HA_GS_VOTE_APPROVE);
        ok(vote(s, HA_GS_VOTE_APPROVE));
        everyone(&c, "approved JOIN members=1/5,2/5");
        expect(s, "approved JOIN members=1/5,2/5");
}

static void fail_by_death(Seat s) {
        actor_kill(s.actor);
}

static void fail_by_goodbye(Seat s) {
        ok(goodbye(s));
}

static void the_number_of_one_who_died_waits_for_his_leave(void) {
        number_waits(fail_by_death);
}

static void the_number_of_one_who_said_goodbye_waits_for_his_leave(void) {
        number_waits(fail_by_goodbye);
}

static void a_joiner_who_dies_in_the_queue_is_dropped(void) {
        ha_gs_group_attributes_t g = group("g", HA_GS_1_PHASE);
        Cast c = cast(2, &g);
        Seat dies;

        ok(send_text(c.seat[0], HA_GS_N_PHASE, 0, "m"));
        everyone(&c, "n-phase PROVIDER_MESSAGE");
        dies = join(client(), &g, 3);
        quiet(dies.actor);
        actor_kill(dies.actor);
        quiet_cast(&c);
        vote_all(&c, HA_GS_VOTE_APPROVE);
        everyone(&c, "approved PROVIDER_MESSAGE");
}

static Seat join_with_local_name(
                Actor *a, const ha_gs_group_attributes_t *g, short instance, const char *name) {
        JoinPart p = { .instance = instance, .has_local_name = true };

        attributes_pack(g, &p.attributes);
        strcpy(p.local_name, name);
        ok(play(a, part_join, &p, sizeof(p)));
        return seat_of(a, p.token);
}

static void a_local_name_is_nobody_elses_business(void) {
        ha_gs_group_attributes_t g = group("g", HA_GS_1_PHASE);
        Seat s = join_with_local_name(client(), &g, 1, "somebody"), t, u;

        check(!strstr(expect(s, "approved JOIN members=1/5"), "somebody"));

        /* It is no identity: another may have the same, or none. */
        t = join_with_local_name(client(), &g, 2, "somebody");
        expect(t, "approved JOIN members=1/5,2/5");
        expect(s, "approved JOIN members=1/5,2/5");
        u = join(client(), &g, 3);
        expect(u, "approved JOIN members=1/5,2/5,3/5");
        expect(s, "approved JOIN members=1/5,2/5,3/5");
        expect(t, "approved JOIN members=1/5,2/5,3/5");
}

STORIES("test-1.2-group", CASE("1.2-01", one_name_is_one_group),
                CASE("1.2-02", the_first_join_creates_the_group),
                CASE("1.2-03", every_notification_shows_membership_and_state),
                CASE("1.2-06", the_state_is_lost_with_the_last_provider),
                CASE("1.2-07", the_list_is_in_the_order_of_joining),
                CASE("1.3-01", who_is_initialised_is_a_client),
                CASE("1.3-03", a_subscriber_has_no_say_and_is_not_seen),
                CASE("1.3-05", one_process_may_be_in_many_groups),
                CASE("1.3-06", one_process_may_join_a_group_twice),
                CASE("1.4-02", an_instance_number_is_taken_once),
                CASE("1.4-02b", a_number_on_trial_or_queued_is_taken),
                CASE("1.4-03", the_number_of_one_who_died_waits_for_his_leave),
                CASE("1.4-03b", the_number_of_one_who_said_goodbye_waits_for_his_leave),
                CASE("1.4-04", a_joiner_who_dies_in_the_queue_is_dropped),
                CASE("1.4-05", a_local_name_is_nobody_elses_business));
