/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* gsapi.md 3.3, stream.md 3: state values and messages that ride on votes. */

#include "story.h"

#define APPROVE HA_GS_VOTE_APPROVE
#define CONTINUE HA_GS_VOTE_CONTINUE
#define REJECT HA_GS_VOTE_REJECT
#define NONE HA_GS_NULL_VOTE

typedef ha_gs_group_attributes_t Attributes;

static void a_state_on_a_vote_is_proposed_in_the_next_phase(void) {
        Attributes g = group("g", HA_GS_1_PHASE);
        Cast c = cast(2, &g);

        ok(change_state(c.seat[0], HA_GS_N_PHASE, 0, "first"));
        everyone(&c, "n-phase STATE_VALUE_CHANGE changed=PROPOSED_STATE_VALUE proposed=\"first\"");
        ok(vote_with(c.seat[1], CONTINUE, "second", NULL, NONE));
        ok(vote(c.seat[0], CONTINUE));
        everyone(&c, "n-phase STATE_VALUE_CHANGE phase=2 changed=PROPOSED_STATE_VALUE proposed=\"second\" "
                     "state=-");
        vote_all(&c, CONTINUE);
        everyone(&c, "n-phase STATE_VALUE_CHANGE phase=3 changed=ONGOING_STATE_VALUE proposed=\"second\" "
                     "state=-");
        vote_all(&c, APPROVE);
        everyone(&c, "approved STATE_VALUE_CHANGE changed=UPDATED_STATE_VALUE state=\"second\"");
}

static void a_state_on_the_last_vote_counts(void) {
        Attributes g = group("g", HA_GS_1_PHASE);
        Cast c = cast(2, &g);

        ok(send_text(c.seat[0], HA_GS_N_PHASE, 0, "m"));
        everyone(&c, "n-phase PROVIDER_MESSAGE !proposed");
        ok(vote(c.seat[0], APPROVE));
        ok(vote_with(c.seat[1], APPROVE, "s", NULL, NONE));
        everyone(&c, "approved PROVIDER_MESSAGE changed=UPDATED_STATE_VALUE state=\"s\"");
}

static void a_rejected_protocol_drops_it(void) {
        Attributes g = group("g", HA_GS_1_PHASE);
        Cast c = cast(2, &g);

        ok(change_state(c.seat[0], HA_GS_1_PHASE, 0, "old"));
        everyone(&c, "approved STATE_VALUE_CHANGE");
        ok(send_text(c.seat[0], HA_GS_N_PHASE, 0, "m"));
        everyone(&c, "n-phase PROVIDER_MESSAGE");
        ok(vote_with(c.seat[0], CONTINUE, "s", NULL, NONE));
        ok(vote(c.seat[1], CONTINUE));
        everyone(&c, "n-phase PROVIDER_MESSAGE proposed=\"s\" state=\"old\"");
        vote_all(&c, REJECT);
        everyone(&c, "rejected PROVIDER_MESSAGE changed=REJECTED_STATE_VALUE proposed=\"s\" state=\"old\"");
        ok(send_text(c.seat[0], HA_GS_1_PHASE, 0, "m"));
        everyone(&c, "approved PROVIDER_MESSAGE state=\"old\" !proposed");
}

/* Begin a protocol of each kind; whoever votes first brings a state value. */
static void any_protocol_can_change_the_state(void) {
        Attributes g = group("g", HA_GS_N_PHASE), changed = g;
        Cast c = cast(4, &g);
        Seat s;

        s = join(client(), &g, 9);
        everyone(&c, "n-phase JOIN");
        expect(s, "n-phase JOIN");
        ok(vote_with(s, APPROVE, "join", NULL, NONE));
        vote_all(&c, APPROVE);
        everyone(&c, "approved JOIN state=\"join\"");
        expect(s, "approved JOIN state=\"join\" changed=UPDATED_MEMBERSHIP+UPDATED_STATE_VALUE");

        actor_kill(s.actor);
        everyone(&c, "n-phase FAILURE_LEAVE");
        ok(vote_with(c.seat[0], APPROVE, "failure", NULL, NONE));
        for (int i = 1; i < 4; i++)
                ok(vote(c.seat[i], APPROVE));
        everyone(&c, "approved FAILURE_LEAVE state=\"failure\"");

        ok(leave(c.seat[3], HA_GS_N_PHASE, 0, 0));
        everyone(&c, "n-phase LEAVE");
        ok(vote_with(c.seat[3], APPROVE, "leave", NULL, NONE));
        for (int i = 0; i < 3; i++)
                ok(vote(c.seat[i], APPROVE));
        everyone(&c, "approved LEAVE state=\"leave\"");
        cast_drop(&c, 3);

        ok(expel(c.seat[0], HA_GS_N_PHASE, 0, c.seat[2]));
        everyone(&c, "n-phase EXPEL");
        ok(vote_with(c.seat[0], APPROVE, "expel", NULL, NONE));
        ok(vote(c.seat[1], APPROVE));
        everyone(&c, "approved EXPEL state=\"expel\"");
        cast_drop(&c, 2);

        changed.gs_client_version = 2;
        ok(change_attributes(c.seat[0], HA_GS_N_PHASE, 0, &changed));
        everyone(&c, "n-phase GROUP_ATTRIBUTE_CHANGE");
        ok(vote_with(c.seat[0], APPROVE, "attributes", NULL, NONE));
        ok(vote(c.seat[1], APPROVE));
        everyone(&c, "approved GROUP_ATTRIBUTE_CHANGE state=\"attributes\"");
}

static void a_message_on_a_vote_is_in_the_next_notification(void) {
        Attributes g = group("g", HA_GS_1_PHASE);
        Cast c = cast(2, &g);

        ok(change_state(c.seat[0], HA_GS_N_PHASE, 0, "s"));
        everyone(&c, "n-phase STATE_VALUE_CHANGE phase=1 !message");
        ok(vote_with(c.seat[1], CONTINUE, NULL, "two", NONE));
        ok(vote(c.seat[0], CONTINUE));
        everyone(&c, "n-phase STATE_VALUE_CHANGE phase=2 message=\"two\" proposed=\"s\" "
                     "changed=ONGOING_STATE_VALUE+UPDATED_PROVIDER_MESSAGE");
        vote_all(&c, CONTINUE);
        everyone(&c, "n-phase STATE_VALUE_CHANGE phase=3 changed=ONGOING_STATE_VALUE !message");
        ok(vote_with(c.seat[1], APPROVE, NULL, "three", NONE));
        ok(vote(c.seat[0], APPROVE));
        everyone(&c, "approved STATE_VALUE_CHANGE message=\"three\" "
                     "changed=UPDATED_PROVIDER_MESSAGE+UPDATED_STATE_VALUE");

        ok(change_state(c.seat[0], HA_GS_N_PHASE, 0, "t"));
        everyone(&c, "n-phase STATE_VALUE_CHANGE phase=1");
        ok(vote_with(c.seat[1], REJECT, NULL, "because", NONE));
        ok(vote(c.seat[0], APPROVE));
        everyone(&c, "rejected STATE_VALUE_CHANGE message=\"because\" "
                     "changed=UPDATED_PROVIDER_MESSAGE+REJECTED_STATE_VALUE");
}

static void a_message_that_is_voted_on_is_shown_once(void) {
        Attributes g = group("g", HA_GS_1_PHASE);
        Cast c = cast(2, &g);

        ok(send_text(c.seat[0], HA_GS_N_PHASE, 0, "m"));
        everyone(&c, "n-phase PROVIDER_MESSAGE phase=1 message=\"m\" changed=UPDATED_PROVIDER_MESSAGE");
        vote_all(&c, CONTINUE);
        everyone(&c, "n-phase PROVIDER_MESSAGE phase=2 !message");
        vote_all(&c, APPROVE);
        everyone(&c, "approved PROVIDER_MESSAGE !message");
}

/* The senior-most voter's rider counts, in whatever order the votes come; each kind for itself. */
static void of_several_riders_the_seniors_is_kept(void) {
        Attributes g = group("g", HA_GS_1_PHASE);
        Cast c = cast(3, &g);

        ok(send_text(c.seat[0], HA_GS_N_PHASE, 0, "m"));
        everyone(&c, "n-phase PROVIDER_MESSAGE");
        ok(vote_with(c.seat[2], CONTINUE, "s3", "m3", NONE));
        ok(vote_with(c.seat[1], CONTINUE, "s2", NULL, NONE));
        ok(vote(c.seat[0], CONTINUE));
        everyone(&c, "n-phase PROVIDER_MESSAGE phase=2 proposed=\"s2\" message=\"m3\"");
        ok(vote_with(c.seat[2], CONTINUE, "s3", "m3", NONE));
        ok(vote_with(c.seat[0], CONTINUE, "s1", NULL, NONE));
        ok(vote_with(c.seat[1], CONTINUE, "s2", "m2", NONE));
        everyone(&c, "n-phase PROVIDER_MESSAGE phase=3 proposed=\"s1\" message=\"m2\"");

        /* In each phase anew: a junior's replaces what a senior gave in an earlier one. */
        ok(vote_with(c.seat[2], CONTINUE, "s3", "m3", NONE));
        ok(vote(c.seat[0], CONTINUE));
        ok(vote(c.seat[1], CONTINUE));
        everyone(&c, "n-phase PROVIDER_MESSAGE phase=4 proposed=\"s3\" message=\"m3\"");
        vote_all(&c, APPROVE);
        everyone(&c, "approved PROVIDER_MESSAGE state=\"s3\"");
}

static void a_joiner_is_junior_to_all_members(void) {
        Attributes g = group("g", HA_GS_N_PHASE);
        Cast c = cast(1, &g);
        Seat s = join(client(), &g, 0);

        everyone(&c, "n-phase JOIN");
        expect(s, "n-phase JOIN");
        ok(vote_with(s, CONTINUE, "joiner", "joiner", NONE));
        ok(vote_with(c.seat[0], CONTINUE, "member", NULL, NONE));
        everyone(&c, "n-phase JOIN phase=2 proposed=\"member\" message=\"joiner\"");
        expect(s, "n-phase JOIN phase=2 proposed=\"member\" message=\"joiner\"");
        ok(vote(s, APPROVE));
        vote_all(&c, APPROVE);
        everyone(&c, "approved JOIN state=\"member\"");
        expect(s, "approved JOIN state=\"member\"");
}

STORIES("test-3.3-riders", CASE("3.3-26", a_state_on_a_vote_is_proposed_in_the_next_phase),
                CASE("3.3-26b", a_state_on_the_last_vote_counts),
                CASE("3.3-27", any_protocol_can_change_the_state),
                CASE("3.3-28", a_message_on_a_vote_is_in_the_next_notification),
                CASE("3.3-28b", a_message_that_is_voted_on_is_shown_once),
                CASE("3.3-29", of_several_riders_the_seniors_is_kept),
                CASE("3.3-29b", a_joiner_is_junior_to_all_members),
                CASE("3.3-30", a_rejected_protocol_drops_it));
