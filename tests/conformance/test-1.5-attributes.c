/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* gsapi.md 1.5 and 1.6: the attributes of a group, and its state value. */

#include <stdio.h>
#include <string.h>

#include "story.h"

typedef ha_gs_group_attributes_t Attributes;

/* ---- what each member of the block may be ---- */

typedef struct Change {
        const char *what;
        void (*make)(Attributes *g);
} Change;

static void other_client_version(Attributes *g) {
        g->gs_client_version++;
}
static void other_batching(Attributes *g) {
        g->gs_batch_control = HA_GS_BATCH_JOINS;
}
static void other_script_flag(Attributes *g) {
        g->gs_batch_control = (ha_gs_batch_ctrl_t) 7;
}
static void other_phases(Attributes *g) {
        g->gs_num_phases = HA_GS_N_PHASE;
}
static void other_reflection(Attributes *g) {
        g->gs_source_reflection_num_phases = HA_GS_N_PHASE;
}
static void other_default_vote(Attributes *g) {
        g->gs_group_default_vote = HA_GS_VOTE_REJECT;
}
static void other_limit(Attributes *g) {
        g->gs_time_limit = 30;
}
static void other_reflection_limit(Attributes *g) {
        g->gs_source_reflection_time_limit = 30;
}

/* What a group can change later, too. */
static const Change mutable_ones[] = {
        { "client version", other_client_version },
        { "batch control", other_batching },
        { "deactivate on failure", other_script_flag },
        { "phases", other_phases },
        { "reflection's phases", other_reflection },
        { "default vote", other_default_vote },
        { "time limit", other_limit },
        { "reflection's time limit", other_reflection_limit },
};
#define N_MUTABLE (sizeof(mutable_ones) / sizeof(*mutable_ones))

static void whoever_joins_must_give_the_same(void) {
        Attributes g = group("g", HA_GS_1_PHASE), source = group("s", HA_GS_1_PHASE), other;
        Cast c = cast(1, &g), d = cast(1, &source);
        Actor *a = client();
        Seat s;

        for (size_t i = 0; i < N_MUTABLE; i++) {
                other = g;
                mutable_ones[i].make(&other);
                printf("%s\n", mutable_ones[i].what);
                s = join(a, &other, 2);
                expect(s, "error JOIN code=BAD_GROUP_ATTRIBUTES instance=2");
        }
        other = g;
        other.gs_source_group_name = source.gs_group_name;
        s = join(a, &other, 2);
        expect(s, "error JOIN code=BAD_GROUP_ATTRIBUTES");
        quiet_cast(&c);
        quiet_cast(&d);

        /* Strings are compared, not pointers: of another process, they never are the same. */
        s = join(a, &g, 2);
        expect(s, "approved JOIN members=1/5,2/5");
        everyone(&c, "approved JOIN members=1/5,2/5");
}

static void bad_version(Attributes *g) {
        g->gs_version = -1;
}
static void bad_size(Attributes *g) {
        g->gs_sizeof_group_attributes = 1;
}
static void bad_batching(Attributes *g) {
        g->gs_batch_control = (ha_gs_batch_ctrl_t) 8;
}
static void no_phases(Attributes *g) {
        g->gs_num_phases = (ha_gs_num_phases_t) 0;
}
static void bad_phases(Attributes *g) {
        g->gs_num_phases = (ha_gs_num_phases_t) 3;
}
static void bad_reflection(Attributes *g) {
        g->gs_source_reflection_num_phases = (ha_gs_num_phases_t) 3;
}
static void default_continue(Attributes *g) {
        g->gs_group_default_vote = HA_GS_VOTE_CONTINUE;
}
static void bad_default(Attributes *g) {
        g->gs_group_default_vote = (ha_gs_vote_value_t) 4;
}
static void larger_merge(Attributes *g) {
        g->gs_merge_control = HA_GS_LARGER_MERGE;
}
static void smaller_merge(Attributes *g) {
        g->gs_merge_control = HA_GS_SMALLER_MERGE;
}
static void any_merge(Attributes *g) {
        g->gs_merge_control = HA_GS_DONTCARE_MERGE;
}
static void no_name(Attributes *g) {
        g->gs_group_name = NULL;
}
static void empty_name(Attributes *g) {
        g->gs_group_name = (char *) "";
}

static const Change invalid_ones[] = {
        { "version", bad_version },
        { "size", bad_size },
        { "batch control", bad_batching },
        { "0 phases", no_phases },
        { "phases", bad_phases },
        { "reflection's phases", bad_reflection },
        { "default vote continue", default_continue },
        { "default vote", bad_default },
        { "larger merge", larger_merge },
        { "smaller merge", smaller_merge },
        { "any merge", any_merge },
        { "no name", no_name },
        { "empty name", empty_name },
};

static void an_invalid_block_is_refused_at_once(void) {
        Attributes g = group("g", HA_GS_1_PHASE);
        Actor *a = client();
        Seat s;

        for (size_t i = 0; i < sizeof(invalid_ones) / sizeof(*invalid_ones); i++) {
                Attributes bad = g;

                invalid_ones[i].make(&bad);
                printf("%s\n", invalid_ones[i].what);
                returns(HA_GS_BAD_GROUP_ATTRIBUTES, try_join(a, &bad, 1, &s));
        }
        s = join(a, &g, 1);
        expect(s, "approved JOIN members=1/5");
}

static void phases_and_limit_are_those_of_joins_and_failures(void) {
        Attributes g = group("g", HA_GS_N_PHASE);
        Seat s;
        Cast c;

        g.gs_time_limit = 77;
        g.gs_source_reflection_num_phases = HA_GS_1_PHASE;
        c = cast(2, &g);
        s = join(client(), &g, 3);
        everyone(&c, "n-phase JOIN phases=n phase=1 limit=77");
        expect(s, "n-phase JOIN phases=n phase=1 limit=77");
        vote_all(&c, HA_GS_VOTE_APPROVE);
        ok(vote(s, HA_GS_VOTE_REJECT));
        everyone(&c, "rejected JOIN");
        expect(s, "rejected JOIN");
        cast_kill(&c, 1);
        everyone(&c, "n-phase FAILURE_LEAVE phases=n phase=1 limit=77");
        vote_all(&c, HA_GS_VOTE_APPROVE);
        everyone(&c, "approved FAILURE_LEAVE");
}

static void a_default_vote_of_null_rejects(void) {
        Attributes g = group("g", HA_GS_1_PHASE);
        Cast c;

        g.gs_group_default_vote = HA_GS_NULL_VOTE;
        c = cast(2, &g);
        ok(send_text(c.seat[0], HA_GS_N_PHASE, 0, "m"));
        everyone(&c, "n-phase PROVIDER_MESSAGE");
        cast_kill(&c, 1);
        vote_all(&c, HA_GS_VOTE_APPROVE);
        everyone(&c, "rejected PROVIDER_MESSAGE summary=EXPLICIT_APPROVE+DEFAULT_REJECT+PROVIDER_FAILED");
        everyone(&c, "approved FAILURE_LEAVE");
}

static void the_group_may_change_them(void) {
        Attributes g = group("g", HA_GS_1_PHASE), other;
        Cast c = cast(2, &g);

        for (size_t i = 0; i < N_MUTABLE; i++) {
                other = g;
                mutable_ones[i].make(&other);
                printf("%s\n", mutable_ones[i].what);
                ok(change_attributes(c.seat[0], HA_GS_1_PHASE, 0, &other));
                everyone(&c, words("approved GROUP_ATTRIBUTE_CHANGE summary=GROUP_ATTRIBUTES_CHANGED by=1/5 "
                                   "changed=UPDATED_GROUP_ATTRIBUTES attributes=%d,%d,%d,%d,%d,%d,%d,%d "
                                   "group=\"%s\"",
                                             other.gs_client_version, other.gs_batch_control,
                                             other.gs_num_phases, other.gs_source_reflection_num_phases,
                                             other.gs_group_default_vote, other.gs_merge_control,
                                             other.gs_time_limit, other.gs_source_reflection_time_limit,
                                             other.gs_group_name));
        }
}

static void who_joins_later_must_give_the_new_ones(void) {
        Attributes g = group("g", HA_GS_1_PHASE), other = g;
        Cast c = cast(1, &g);
        Seat s;

        other.gs_client_version = 9;
        ok(change_attributes(c.seat[0], HA_GS_1_PHASE, 0, &other));
        everyone(&c, "approved GROUP_ATTRIBUTE_CHANGE");
        s = join(client(), &g, 2);
        expect(s, "error JOIN code=BAD_GROUP_ATTRIBUTES");
        s = join(s.actor, &other, 2);
        expect(s, "approved JOIN members=1/5,2/5");
        everyone(&c, "approved JOIN members=1/5,2/5");
}

/* He who was queued, and gave what the group had then. */
static void who_waits_for_his_turn_must_give_the_new_ones(void) {
        Attributes g = group("g", HA_GS_1_PHASE), other = g;
        Cast c = cast(1, &g);
        Seat s;

        other.gs_client_version = 9;
        ok(change_attributes(c.seat[0], HA_GS_N_PHASE, 0, &other));
        everyone(&c, "n-phase GROUP_ATTRIBUTE_CHANGE");
        s = join(client(), &g, 2);
        quiet(s.actor);
        vote_all(&c, HA_GS_VOTE_APPROVE);
        everyone(&c, "approved GROUP_ATTRIBUTE_CHANGE");
        expect(s, "error JOIN code=BAD_GROUP_ATTRIBUTES");
}

static void new_phases_and_limits_count_from_then_on(void) {
        Attributes g = group("g", HA_GS_1_PHASE), other = g;
        Cast c = cast(1, &g);
        Seat s;

        other.gs_num_phases = HA_GS_N_PHASE;
        other.gs_time_limit = 66;
        ok(change_attributes(c.seat[0], HA_GS_1_PHASE, 0, &other));
        everyone(&c, "approved GROUP_ATTRIBUTE_CHANGE");
        s = join(client(), &other, 2);
        everyone(&c, "n-phase JOIN limit=66");
        expect(s, "n-phase JOIN limit=66");
        vote_all(&c, HA_GS_VOTE_APPROVE);
        ok(vote(s, HA_GS_VOTE_APPROVE));
        everyone(&c, "approved JOIN");
        expect(s, "approved JOIN");
}

static void a_change_is_voted_on(void) {
        Attributes g = group("g", HA_GS_1_PHASE), other = g;
        Cast c = cast(2, &g);
        Seat s;

        other.gs_client_version = 9;
        ok(change_attributes(c.seat[0], HA_GS_N_PHASE, 0, &other));
        everyone(&c, "n-phase GROUP_ATTRIBUTE_CHANGE changed=PROPOSED_GROUP_ATTRIBUTES "
                     "attributes=9,3,1,1,1,0,0,0");
        vote_all(&c, HA_GS_VOTE_CONTINUE);
        everyone(&c, "n-phase GROUP_ATTRIBUTE_CHANGE changed=ONGOING_GROUP_ATTRIBUTES "
                     "attributes=9,3,1,1,1,0,0,0");
        vote_all(&c, HA_GS_VOTE_REJECT);
        everyone(&c, "rejected GROUP_ATTRIBUTE_CHANGE changed=REJECTED_GROUP_ATTRIBUTES");
        s = join(client(), &g, 3);
        expect(s, "approved JOIN");
        everyone(&c, "approved JOIN");
}

static void names_and_merge_control_stay(void) {
        Attributes g = group("g", HA_GS_1_PHASE), source = group("s", HA_GS_1_PHASE), other;
        Cast c = cast(1, &g), d = cast(1, &source);

        other = g;
        other.gs_group_name = group_name("h");
        returns(HA_GS_BAD_PARAMETER, change_attributes(c.seat[0], HA_GS_1_PHASE, 0, &other));
        other = g;
        other.gs_source_group_name = source.gs_group_name;
        returns(HA_GS_BAD_PARAMETER, change_attributes(c.seat[0], HA_GS_1_PHASE, 0, &other));

        /* Of this one, any other value is an invalid block already. */
        other = g;
        other.gs_merge_control = HA_GS_LARGER_MERGE;
        returns(HA_GS_BAD_GROUP_ATTRIBUTES, change_attributes(c.seat[0], HA_GS_1_PHASE, 0, &other));
        quiet_cast(&d);
}

/* ---- the state value ---- */

static void a_state_value_is_any_bytes(void) {
        static const char bytes[] = { 0, 1, '"', ' ', '\\', (char) 0xff, 0 };
        Attributes g = group("g", HA_GS_1_PHASE);
        Cast c = cast(2, &g);

        ok(change_state_bytes(c.seat[0], HA_GS_1_PHASE, bytes, sizeof(bytes)));
        everyone(&c, "approved STATE_VALUE_CHANGE state=\"\\x00\\x01\\x22\\x20\\x5c\\xff\\x00\"");
}

static void it_changes_by_approved_protocols_alone(void) {
        Attributes g = group("g", HA_GS_1_PHASE);
        Cast c = cast(2, &g);

        ok(change_state(c.seat[0], HA_GS_1_PHASE, 0, "old"));
        everyone(&c, "approved STATE_VALUE_CHANGE changed=UPDATED_STATE_VALUE state=\"old\"");
        ok(change_state(c.seat[0], HA_GS_N_PHASE, 0, "new"));
        everyone(&c, "n-phase STATE_VALUE_CHANGE changed=PROPOSED_STATE_VALUE state=\"old\" "
                     "proposed=\"new\"");
        vote_all(&c, HA_GS_VOTE_CONTINUE);
        everyone(&c, "n-phase STATE_VALUE_CHANGE changed=ONGOING_STATE_VALUE state=\"old\" "
                     "proposed=\"new\"");
        vote_all(&c, HA_GS_VOTE_REJECT);
        everyone(&c, "rejected STATE_VALUE_CHANGE changed=REJECTED_STATE_VALUE state=\"old\" "
                     "proposed=\"new\"");
        ok(change_state(c.seat[1], HA_GS_N_PHASE, 0, "new"));
        everyone(&c, "n-phase STATE_VALUE_CHANGE state=\"old\" proposed=\"new\"");
        vote_all(&c, HA_GS_VOTE_APPROVE);
        everyone(&c, "approved STATE_VALUE_CHANGE changed=UPDATED_STATE_VALUE state=\"new\"");
}

static void it_is_empty_until_it_is_set(void) {
        Attributes g = group("g", HA_GS_1_PHASE);
        Seat s = join(client(), &g, 1), w;

        expect(s, "approved JOIN state=- !proposed");
        w = subscribe(client(), g.gs_group_name, HA_GS_SUBSCRIBE_STATE);
        expect(w, "subscription STATE state=-");
        ok(send_text(s, HA_GS_N_PHASE, 0, "m"));
        expect(s, "n-phase PROVIDER_MESSAGE state=-");
        ok(vote(s, HA_GS_VOTE_APPROVE));
        expect(s, "approved PROVIDER_MESSAGE state=-");
}

STORIES("test-1.5-attributes", CASE("1.5-01", whoever_joins_must_give_the_same),
                CASE("1.5-02", an_invalid_block_is_refused_at_once),
                CASE("1.5-04", a_default_vote_of_null_rejects),
                CASE("1.5-07", phases_and_limit_are_those_of_joins_and_failures),
                CASE("1.5-09", the_group_may_change_them), CASE("1.5-10", names_and_merge_control_stay),
                CASE("1.5-11", who_joins_later_must_give_the_new_ones),
                CASE("1.5-11b", who_waits_for_his_turn_must_give_the_new_ones),
                CASE("1.5-12", new_phases_and_limits_count_from_then_on),
                CASE("1.5-13", a_change_is_voted_on), CASE("1.6-01", a_state_value_is_any_bytes),
                CASE("1.6-02", it_is_empty_until_it_is_set),
                CASE("1.6-04", it_changes_by_approved_protocols_alone));
