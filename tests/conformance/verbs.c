/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The routines of the GSAPI as verbs of a story: what the teller has an actor call. See story.h. */

#include "story.h"

#include <stdio.h>
#include <string.h>

ha_gs_group_attributes_t group(const char *name, ha_gs_num_phases_t phases) {
        return (ha_gs_group_attributes_t){
                .gs_version = 1,
                .gs_sizeof_group_attributes = sizeof(ha_gs_group_attributes_t),
                .gs_client_version = 1,
                .gs_batch_control = HA_GS_BATCH_BOTH,
                .gs_num_phases = phases,
                .gs_source_reflection_num_phases = phases,
                .gs_group_default_vote = HA_GS_VOTE_APPROVE,
                .gs_merge_control = HA_GS_DISSOLVE_MERGE,
                .gs_group_name = group_name(name),
        };
}

Seat seat_of(Actor *a, ha_gs_token_t token) {
        return (Seat){ .actor = a, .token = token };
}

static void set_bytes(BytesPart *b, const void *bytes, int length) {
        b->given = bytes;
        b->length = length;
        if (bytes && length > 0)
                memcpy(b->data, bytes,
                                (size_t) length < sizeof(b->data) ? (size_t) length : sizeof(b->data));
}

static void set_text(BytesPart *b, const char *text) {
        set_bytes(b, text, text ? (int) strlen(text) : 0);
}

static ProposalPart proposal(Seat s, ha_gs_num_phases_t phases, ha_gs_time_limit_t limit) {
        return (ProposalPart){ .token = s.token, .phases = (int) phases, .limit = limit };
}

static ha_gs_rc_t propose(Seat s, Part *part, ProposalPart *p) {
        return (ha_gs_rc_t) play(s.actor, part, p, sizeof(*p));
}

ha_gs_rc_t try_join(Actor *a, const ha_gs_group_attributes_t *g, short instance, Seat *ret) {
        JoinPart p = { .instance = instance };
        ha_gs_rc_t code;

        attributes_pack(g, &p.attributes);
        code = (ha_gs_rc_t) play(a, part_join, &p, sizeof(p));
        *ret = (Seat){ a, p.token, instance };
        return code;
}

ha_gs_rc_t try_subscribe(Actor *a, const char *full_name, ha_gs_subscription_ctrl_t control, Seat *ret) {
        SubscribePart p = { .control = control, .has_group = true };
        ha_gs_rc_t code;

        (void) snprintf(p.group, sizeof(p.group), "%s", full_name);
        code = (ha_gs_rc_t) play(a, part_subscribe, &p, sizeof(p));
        *ret = seat_of(a, p.token);
        return code;
}

ha_gs_rc_t unsubscribe(Seat s) {
        return (ha_gs_rc_t) play(s.actor, part_unsubscribe, &s.token, sizeof(s.token));
}

ha_gs_rc_t vote_with(Seat s, ha_gs_vote_value_t value, const char *state, const char *message,
                ha_gs_vote_value_t default_vote) {
        VotePart p = { .token = s.token, .value = (int) value, .default_vote = (int) default_vote };

        set_text(&p.state, state);
        set_text(&p.message, message);
        return (ha_gs_rc_t) play(s.actor, part_vote, &p, sizeof(p));
}

ha_gs_rc_t vote(Seat s, ha_gs_vote_value_t value) {
        return vote_with(s, value, NULL, NULL, HA_GS_NULL_VOTE);
}

ha_gs_rc_t change_state_bytes(Seat s, ha_gs_num_phases_t phases, const void *bytes, int length) {
        ProposalPart p = proposal(s, phases, 0);

        set_bytes(&p.bytes, bytes, length);
        return propose(s, part_change_state, &p);
}

ha_gs_rc_t change_state(Seat s, ha_gs_num_phases_t phases, ha_gs_time_limit_t limit, const char *state) {
        ProposalPart p = proposal(s, phases, limit);

        set_text(&p.bytes, state);
        return propose(s, part_change_state, &p);
}

ha_gs_rc_t send_bytes(Seat s, ha_gs_num_phases_t phases, const void *bytes, int length) {
        ProposalPart p = proposal(s, phases, 0);

        set_bytes(&p.bytes, bytes, length);
        return propose(s, part_send_message, &p);
}

ha_gs_rc_t send_text(Seat s, ha_gs_num_phases_t phases, ha_gs_time_limit_t limit, const char *message) {
        ProposalPart p = proposal(s, phases, limit);

        set_text(&p.bytes, message);
        return propose(s, part_send_message, &p);
}

ha_gs_rc_t leave(Seat s, ha_gs_num_phases_t phases, ha_gs_time_limit_t limit, unsigned code) {
        ProposalPart p = proposal(s, phases, limit);

        p.code = code;
        return propose(s, part_leave, &p);
}

ha_gs_rc_t expel_instances(Seat s, ha_gs_num_phases_t phases, ha_gs_time_limit_t limit,
                unsigned script_phase, const char *flag, int n, const short *instances) {
        ProposalPart p = proposal(s, phases, limit);
        int node = 0;

        (void) play(s.actor, part_node_number, &node, sizeof(node));
        p.script_phase = script_phase;
        p.has_flag = flag;
        (void) snprintf(p.flag, sizeof(p.flag), "%s", flag ? flag : "");
        p.n_list = n;
        for (int i = 0; i < n; i++) {
                p.list[i].gs_instance_number = instances[i];
                p.list[i].gs_node_number = (short) node;
        }
        return propose(s, part_expel, &p);
}

ha_gs_rc_t expel(Seat s, ha_gs_num_phases_t phases, ha_gs_time_limit_t limit, Seat whom) {
        return expel_instances(s, phases, limit, 0, NULL, 1, &whom.instance);
}

ha_gs_rc_t change_attributes(Seat s, ha_gs_num_phases_t phases, ha_gs_time_limit_t limit,
                const ha_gs_group_attributes_t *g) {
        ProposalPart p = proposal(s, phases, limit);

        attributes_pack(g, &p.attributes);
        return propose(s, part_change_attributes, &p);
}

ha_gs_rc_t goodbye(Seat s) {
        return (ha_gs_rc_t) play(s.actor, part_goodbye, &s.token, sizeof(s.token));
}

/* ---- what goes well ---- */

Seat join_here(Actor *a, const ha_gs_group_attributes_t *g, short instance) {
        Seat s;

        returned(HA_GS_OK, try_join(a, g, instance, &s), "ha_gs_join()");
        return s;
}

Seat subscribe_here(Actor *a, const char *full_name, ha_gs_subscription_ctrl_t control) {
        Seat s;

        returned(HA_GS_OK, try_subscribe(a, full_name, control, &s), "ha_gs_subscribe()");
        return s;
}

static bool is_there(const Seat *s) {
        return s->actor && actor_lives(s->actor);
}

void everyone_here(const Cast *c, const char *want) {
        for (int i = 0; i < c->n; i++)
                if (is_there(&c->seat[i]))
                        (void) expect_here(c->seat[i], want);
}

void vote_all_here(const Cast *c, ha_gs_vote_value_t value) {
        for (int i = 0; i < c->n; i++)
                if (is_there(&c->seat[i]))
                        returned(HA_GS_OK, vote(c->seat[i], value), "ha_gs_vote()");
}

void quiet_cast_here(const Cast *c) {
        for (int i = 0; i < c->n; i++)
                if (is_there(&c->seat[i]))
                        quiet_here(c->seat[i].actor);
}

Seat enter_here(Actor *a, Cast *c, const ha_gs_group_attributes_t *g, short instance) {
        if (c->n == CAST_MAX)
                failed("the cast is too large");
        c->seat[c->n++] = join_here(a, g, instance);
        if (g->gs_num_phases == HA_GS_N_PHASE) {
                everyone_here(c, "n-phase JOIN phase=1");
                vote_all_here(c, HA_GS_VOTE_APPROVE);
        }
        everyone_here(c, "approved JOIN");
        return c->seat[c->n - 1];
}

Cast cast_here(int n, const ha_gs_group_attributes_t *g) {
        Cast c = { .n = 0 };

        while (c.n < n)
                (void) enter_here(client_start(), &c, g, (short) (c.n + 1));
        return c;
}

void cast_drop(Cast *c, int i) {
        c->seat[i].actor = NULL;
}

void cast_kill(Cast *c, int i) {
        actor_kill(c->seat[i].actor);
}
