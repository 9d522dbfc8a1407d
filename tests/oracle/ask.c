/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a random client asks for: joins, votes, proposals, subscriptions, goodbyes, and, rarely, nonsense. */

#include <string.h>

#include "../sim/sim.h"
#include "client.h"

#define ALLOW(...) ((const ha_gs_rc_t[]){ __VA_ARGS__ __VA_OPT__(, ) HA_GS_OK })

static const char *random_text(char *buffer, const char *prefix, int max, int *ret_size) {
        *ret_size = sprintf(buffer, "%s%u.%u", prefix, me.number, me.last_text++);
        if (rng_chance(&me.rng, 3)) {
                memset(buffer + *ret_size, 'x', (size_t) (max - *ret_size));
                *ret_size = max;
        }
        return buffer;
}

static bool noise(void) {
        return rng_chance(&me.rng, me.setup->noise);
}

/* The client's tokens are remembered for good: what comes later must be told from what was never there. */
static void seat_take(Seat *seat, SeatState state, ha_gs_token_t token, const char *group) {
        if (me.n_tokens == CLIENT_TOKENS_MAX)
                client_fail("more tokens than a client can remember");
        me.tokens[me.n_tokens].token = token;
        (void) snprintf(me.tokens[me.n_tokens++].group, sizeof(me.tokens[0].group), "%s", group);
        *seat = (Seat){ .state = state, .token = token };
}

/* ---- what the daemon is to hear of ---- */

static Note *asked(Asked what, ha_gs_token_t token) {
        Entry *e = client_entry(ENTRY_ASKED, token);

        e->asked = what;
        e->note = (Note){ 0 };
        return &e->note;
}

static void asked_request(ha_gs_token_t token, ha_gs_request_t request, const ha_gs_proposal_info_t *info) {
        hear_request(asked(request == HA_GS_SUBSCRIPTION ? ASKED_SUBSCRIPTION : ASKED_PROPOSAL, token),
                        request, info, me.has_script);
        me.diary->n++;
}

/* The client wanted to hear no more of this token. */
static void close_seat(Seat *seat, ha_gs_rc_t rc, Asked what) {
        if (rc == HA_GS_OK) {
                (void) asked(what, seat->token);
                me.diary->n++;
                client_note(ENTRY_CLOSED, seat->token);
                seat->state = SEAT_FREE;
        } else if (rc == HA_GS_NOT_OK) {
                client_note(ENTRY_UNSURE, seat->token);
        }
}

/* ---- join, vote, subscribe ---- */

void ask_join(Seat *seat, uint32_t group, uint16_t instance) {
        static const char *const reserved[] = { "HostMembership", "enMembership", "cssMembershipX" };
        GsAttributes mine = me.setup->groups[group];
        ha_gs_group_attributes_t attributes;
        ha_gs_proposal_info_t info = { 0 };
        ha_gs_token_t token = 0;
        ha_gs_rc_t rc;

        if (noise())
                profile_distort(&mine, &me.rng);
        if (noise() && rng_chance(&me.rng, 20))
                (void) snprintf(mine.group, sizeof(mine.group), "%s", reserved[rng_below(&me.rng, 3)]);
        hear_attributes_back(&attributes, &mine);
        info.gs_join_request = (ha_gs_join_request_t){
                .gs_group_attributes = &attributes,
                .gs_provider_instance = (short) instance,
                .gs_provider_local_name = rng_chance(&me.rng, 50) ? (char *) "oracle" : NULL,
                .gs_n_phase_protocol_callback = callback_n_phase,
                .gs_protocol_approved_callback = callback_approved,
                .gs_protocol_rejected_callback = callback_rejected,
                .gs_announcement_callback = callback_announcement,
        };
        rc = ha_gs_join(&token, &info);
        client_check("join", rc, ALLOW());
        if (rc != HA_GS_OK)
                return;
        asked_request(token, HA_GS_JOIN, &info);
        seat_take(seat, SEAT_JOINING, token, mine.group);
        seat->group = group;
        seat->name = (GsProvider){ .instance = instance, .node = 1 };
}

typedef struct Ballot {
        ha_gs_vote_value_t vote, by_default;
        ha_gs_state_value_t state, *proposed;
        ha_gs_provider_message_t message, *text;
        char state_text[GS_STATE_MAX + 1], message_text[GS_MESSAGE_MAX + 1];
} Ballot;

static void ballot_fill(Ballot *b, int phase) {
        uint32_t dice = rng_below(&me.rng, 100);

        b->vote = dice < 72                ? HA_GS_VOTE_APPROVE
                  : dice < 90 && phase < 4 ? HA_GS_VOTE_CONTINUE
                                           : HA_GS_VOTE_REJECT;
        b->by_default = rng_chance(&me.rng, 85)   ? HA_GS_NULL_VOTE
                        : rng_chance(&me.rng, 50) ? HA_GS_VOTE_APPROVE
                                                  : HA_GS_VOTE_REJECT;
        b->state.gs_state = (char *) random_text(b->state_text, "vs", GS_STATE_MAX, &b->state.gs_length);
        b->message.gs_message =
                        (char *) random_text(b->message_text, "vm", GS_MESSAGE_MAX, &b->message.gs_length);
        b->proposed = rng_chance(&me.rng, 20) ? &b->state : NULL;
        b->text = rng_chance(&me.rng, 20) ? &b->message : NULL;
}

ha_gs_rc_t ask_vote(ha_gs_token_t token, ha_gs_vote_value_t vote) {
        const Seat *seat = client_seat(token);
        int phase = seat ? seat->phase : 0;
        ha_gs_rc_t rc;
        Note *note;
        Ballot b;

        ballot_fill(&b, phase);
        if (vote != HA_GS_NULL_VOTE)
                b.vote = vote;
        rc = ha_gs_vote(token, b.vote, b.proposed, b.text, b.by_default);
        client_check("vote", rc, ALLOW(HA_GS_VOTE_NOT_EXPECTED, HA_GS_BAD_MEMBER_TOKEN));
        if (rc != HA_GS_OK)
                return rc;
        note = asked(ASKED_VOTE, token);
        hear_vote(note, b.vote, b.proposed, b.text, b.by_default);
        note->phase.phase = (uint32_t) phase;
        me.diary->n++;
        if (noise() && ha_gs_vote(token, b.vote, NULL, NULL, HA_GS_NULL_VOTE) == HA_GS_OK)
                client_fail("a second vote in a phase is accepted");
        return rc;
}

void ask_subscribe(Seat *seat, const char *group, uint32_t control) {
        ha_gs_proposal_info_t info = { 0 };
        ha_gs_token_t token = 0;
        ha_gs_rc_t rc;

        info.gs_subscribe_request = (ha_gs_subscribe_request_t){
                .gs_subscription_control = control,
                .gs_subscription_group = (char *) group,
                .gs_subscription_callback = callback_subscription,
        };
        rc = ha_gs_subscribe(&token, &info);
        client_check("subscribe", rc, ALLOW());
        if (rc != HA_GS_OK)
                return;
        asked_request(token, HA_GS_SUBSCRIPTION, &info);
        seat_take(seat, SEAT_SUBSCRIBER, token, group);
}

static void ask_random_subscription(Seat *seat) {
        static const char *const groups[] = { "g0", "g0", "g1", "g2", "g3", "g4", "HostMembership",
                "enMembership", "cssMembership", "none" };

        ask_subscribe(seat, groups[rng_below(&me.rng, ELEMENTSOF(groups))], 1 + rng_below(&me.rng, 15));
}

void ask_unsubscribe(Seat *seat) {
        ha_gs_rc_t rc = ha_gs_unsubscribe(seat->token);

        client_check("unsubscribe", rc, ALLOW(HA_GS_BAD_MEMBER_TOKEN));
        close_seat(seat, rc, ASKED_UNSUBSCRIPTION);
}

/* ---- what providers propose ---- */

/* While the block and what it points to are there. */
static ha_gs_rc_t propose(ha_gs_rc_t (*routine)(ha_gs_token_t, const ha_gs_proposal_info_t *),
                ha_gs_token_t token, ha_gs_request_t request, const ha_gs_proposal_info_t *info) {
        ha_gs_rc_t rc = routine(token, info);

        if (rc == HA_GS_OK)
                asked_request(token, request, info);
        return rc;
}

static Phases random_phases(void) {
        static const ha_gs_time_limit_t limits[] = { 0, 0, 1, 1, 2, 5 };

        return (Phases){
                .phases = rng_chance(&me.rng, 60) ? HA_GS_N_PHASE : HA_GS_1_PHASE,
                .limit = limits[rng_below(&me.rng, ELEMENTSOF(limits))],
        };
}

static ha_gs_rc_t ask_state(const Seat *seat, ha_gs_proposal_info_t *info, Phases p) {
        ha_gs_state_value_t state;
        char text[GS_STATE_MAX + 1];

        state.gs_state = (char *) random_text(text, "s", GS_STATE_MAX, &state.gs_length);
        info->gs_state_change_request = (ha_gs_state_change_request_t){ p.phases, p.limit, &state };
        return propose(ha_gs_change_state_value, seat->token, HA_GS_STATE_VALUE_CHANGE, info);
}

static ha_gs_rc_t ask_message(const Seat *seat, ha_gs_proposal_info_t *info, Phases p) {
        ha_gs_provider_message_t message;
        char text[GS_MESSAGE_MAX + 1];

        message.gs_message = (char *) random_text(text, "m", GS_MESSAGE_MAX, &message.gs_length);
        info->gs_message_request = (ha_gs_message_request_t){ p.phases, p.limit, &message };
        return propose(ha_gs_send_message, seat->token, HA_GS_PROVIDER_MESSAGE, info);
}

static GsProvider random_target(const Seat *seat) {
        uint32_t n = seat->members.n < NOTE_LIST_MAX ? seat->members.n : NOTE_LIST_MAX;

        if (n > 0 && !noise())
                return seat->members.names[rng_below(&me.rng, n)];
        return (GsProvider){ .instance = (uint16_t) rng_below(&me.rng, 12), .node = 1 };
}

static ha_gs_rc_t ask_expel(const Seat *seat, ha_gs_proposal_info_t *info, Phases p) {
        ha_gs_provider_t targets[3] = { 0 };
        char text[GS_FLAG_MAX + 1] = "";
        uint32_t n = 1 + rng_below(&me.rng, 3);
        int size;

        for (uint32_t i = 0; i < n; i++) {
                GsProvider target = random_target(seat);

                targets[i].gs_instance_number = (short) target.instance;
                targets[i].gs_node_number = (short) target.node;
                if (i > 0 && targets[i].gs_provider_id == targets[i - 1].gs_provider_id && !noise())
                        n = i;
        }
        (void) random_text(text, "f", GS_FLAG_MAX, &size);
        text[size] = 0;
        info->gs_expel_request = (ha_gs_expel_request_t){
                .gs_num_phases = p.phases,
                .gs_time_limit = p.limit,
                .gs_expel_list = { n, targets },
                .gs_deactivate_phase = rng_below(&me.rng, p.phases == HA_GS_N_PHASE || noise() ? 4 : 2),
                .gs_deactivate_flag = rng_chance(&me.rng, 50) ? text : NULL,
        };
        return propose(ha_gs_expel, seat->token, HA_GS_EXPEL, info);
}

static ha_gs_rc_t ask_attributes(const Seat *seat, ha_gs_proposal_info_t *info, Phases p) {
        GsAttributes mine = me.setup->groups[seat->group];
        ha_gs_group_attributes_t attributes;

        profile_distort(&mine, &me.rng);
        if (noise())
                (void) snprintf(mine.source, sizeof(mine.source), "g0");
        hear_attributes_back(&attributes, &mine);
        info->gs_change_attributes_request =
                        (ha_gs_change_attributes_t){ p.phases, p.limit, &attributes, NULL };
        return propose(ha_gs_change_attributes, seat->token, HA_GS_GROUP_ATTRIBUTE_CHANGE, info);
}

static ha_gs_rc_t ask_leave(const Seat *seat, ha_gs_proposal_info_t *info, Phases p) {
        info->gs_leave_request = (ha_gs_leave_request_t){ p.phases, p.limit, rng_below(&me.rng, 10) };
        return propose(ha_gs_leave, seat->token, HA_GS_LEAVE, info);
}

void ask_goodbye(Seat *seat) {
        ha_gs_rc_t rc = ha_gs_goodbye(seat->token);

        client_check("goodbye", rc, ALLOW(HA_GS_BAD_MEMBER_TOKEN, HA_GS_NOT_A_MEMBER));
        close_seat(seat, rc, ASKED_GOODBYE);
}

typedef struct Proposal {
        ha_gs_request_t kind;
        const char *name;
        ha_gs_rc_t (*ask)(const Seat *seat, ha_gs_proposal_info_t *info, Phases p);
        uint32_t share; /* percent of what a random client asks for */
} Proposal;

static const Proposal proposals[] = {
        { HA_GS_STATE_VALUE_CHANGE, "change_state_value", ask_state, 32 },
        { HA_GS_PROVIDER_MESSAGE, "send_message", ask_message, 32 },
        { HA_GS_EXPEL, "expel", ask_expel, 16 },
        { HA_GS_GROUP_ATTRIBUTE_CHANGE, "change_attributes", ask_attributes, 10 },
        { HA_GS_LEAVE, "leave", ask_leave, 10 },
};

ha_gs_rc_t ask_proposal(Seat *seat, ha_gs_request_t kind, Phases p) {
        ha_gs_proposal_info_t info = { 0 };
        const Proposal *proposal = proposals;
        ha_gs_rc_t rc;

        while (proposal->kind != kind)
                proposal++;
        rc = proposal->ask(seat, &info, p);
        client_check(proposal->name, rc,
                        ALLOW(HA_GS_COLLIDE, HA_GS_NOT_A_MEMBER, HA_GS_BAD_MEMBER_TOKEN, HA_GS_BAD_PARAMETER,
                                        HA_GS_PROVIDER_APPEARS_TWICE, HA_GS_INVALID_DEACTIVATE_PHASE));
        return rc;
}

static void ask_random_proposal(Seat *seat) {
        uint32_t dice = rng_below(&me.rng, 100);
        const Proposal *proposal = proposals;

        while (dice >= proposal->share)
                dice -= proposal++->share;
        (void) ask_proposal(seat, proposal->kind, random_phases());
}

/* ---- whatever comes to mind ---- */

static void ask_member(Seat *seat) {
        if (seat->owes_vote && rng_chance(&me.rng, 60)) {
                seat->owes_vote = false;
                (void) ask_vote(seat->token, HA_GS_NULL_VOTE);
        } else if (seat->state == SEAT_MEMBER || noise()) {
                if (rng_chance(&me.rng, 8))
                        ask_goodbye(seat);
                else
                        ask_random_proposal(seat);
        }
}

/* A token that has ended, or is of the other kind. */
static void ask_nonsense(Seat *seat) {
        Seat other = *seat;

        if (me.n_tokens > 0)
                other.token = me.tokens[rng_below(&me.rng, me.n_tokens)].token;
        if (other.token == seat->token)
                return;
        (void) ask_vote(other.token, HA_GS_NULL_VOTE);
        other.state = SEAT_MEMBER;
        ask_random_proposal(&other);
}

void ask_act(void) {
        Seat *seat = me.seats + rng_below(&me.rng, CLIENT_SEATS);

        if (noise()) {
                ask_nonsense(seat);
                return;
        }
        switch (seat->state) {
        case SEAT_FREE:
                if (rng_chance(&me.rng, 75))
                        ask_join(seat, rng_below(&me.rng, me.setup->n_groups),
                                        (uint16_t) rng_below(&me.rng, 12));
                else
                        ask_random_subscription(seat);
                break;
        case SEAT_SUBSCRIBER:
                if (rng_chance(&me.rng, 20))
                        ask_unsubscribe(seat);
                break;
        default:
                ask_member(seat);
                break;
        }
}
