/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a provider proposes, and votes. */

#include "libha_gs/check.h"
#include "libha_gs/connection.h"
#include "libha_gs/token.h"

#define REQUEST_SIZE_MAX 4096 /* the longest are an expel list and a vote with both riders */

static ha_gs_rc_t find_provider(ha_gs_token_t number, Token **ret) {
        ha_gs_rc_t r = client_status();
        Token *t;

        if (r != HA_GS_OK)
                return r;
        t = token_find(number);
        if (!t || t->state == TOKEN_SUBSCRIBER)
                return HA_GS_BAD_MEMBER_TOKEN;
        *ret = t;
        return HA_GS_OK;
}

static ha_gs_rc_t find_proposer(ha_gs_token_t number, const ha_gs_proposal_info_t *info, Token **ret) {
        Token *t;
        ha_gs_rc_t r;

        r = find_provider(number, &t);
        if (r != HA_GS_OK)
                return r;
        if (t->state == TOKEN_JOINING)
                return HA_GS_NOT_A_MEMBER;
        if (!info)
                return HA_GS_BAD_PARAMETER;
        *ret = t;
        return HA_GS_OK;
}

static ha_gs_rc_t send_event(const Token *t, Event *event, uint32_t serial) {
        uint8_t frame[REQUEST_SIZE_MAX];

        event->client.token = t->number;
        return connection_send(frame, client_encode_request(event, "", serial, frame, sizeof(frame)));
}

/* stream.md 1: what has been dispatched decides whether something runs; the rest is seen by the group. */
static ha_gs_rc_t propose(const Token *t, Event *event, EventProposal *proposal) {
        if (t->in_protocol)
                return HA_GS_COLLIDE;
        proposal->serial = connection_new_serial();
        return send_event(t, event, 0);
}

ha_gs_rc_t ha_gs_change_state_value(
                ha_gs_token_t provider_token, const ha_gs_proposal_info_t *proposal_info) {
        _cleanup_(client_leave) _unused_ int cancel = client_enter();
        Event event;
        ha_gs_rc_t r;
        Token *t;

        r = find_proposer(provider_token, proposal_info, &t);
        if (r == HA_GS_OK)
                r = check_state_change(&proposal_info->gs_state_change_request, &event);
        return r == HA_GS_OK ? propose(t, &event, &event.state_change.proposal) : r;
}

ha_gs_rc_t ha_gs_send_message(ha_gs_token_t provider_token, const ha_gs_proposal_info_t *proposal_info) {
        _cleanup_(client_leave) _unused_ int cancel = client_enter();
        Event event;
        ha_gs_rc_t r;
        Token *t;

        r = find_proposer(provider_token, proposal_info, &t);
        if (r == HA_GS_OK)
                r = check_message_request(&proposal_info->gs_message_request, &event);
        return r == HA_GS_OK ? propose(t, &event, &event.message.proposal) : r;
}

ha_gs_rc_t ha_gs_expel(ha_gs_token_t provider_token, const ha_gs_proposal_info_t *proposal_info) {
        _cleanup_(client_leave) _unused_ int cancel = client_enter();
        Event event;
        ha_gs_rc_t r;
        Token *t;

        r = find_proposer(provider_token, proposal_info, &t);
        if (r == HA_GS_OK)
                r = check_expel(&proposal_info->gs_expel_request, &event);
        return r == HA_GS_OK ? propose(t, &event, &event.expel.proposal) : r;
}

ha_gs_rc_t ha_gs_leave(ha_gs_token_t provider_token, const ha_gs_proposal_info_t *proposal_info) {
        _cleanup_(client_leave) _unused_ int cancel = client_enter();
        Event event;
        ha_gs_rc_t r;
        Token *t;

        r = find_proposer(provider_token, proposal_info, &t);
        if (r == HA_GS_OK)
                r = check_leave(&proposal_info->gs_leave_request, &event);
        return r == HA_GS_OK ? propose(t, &event, &event.leave.proposal) : r;
}

ha_gs_rc_t ha_gs_change_attributes(
                ha_gs_token_t provider_token, const ha_gs_proposal_info_t *proposal_info) {
        _cleanup_(client_leave) _unused_ int cancel = client_enter();
        Event event;
        ha_gs_rc_t r;
        Token *t;

        r = find_proposer(provider_token, proposal_info, &t);
        if (r == HA_GS_OK)
                r = check_change_attributes(
                                &proposal_info->gs_change_attributes_request, &t->attributes, &event);
        return r == HA_GS_OK ? propose(t, &event, &event.attributes.proposal) : r;
}

/* ---- votes ---- */

static ha_gs_rc_t check_vote(ha_gs_vote_value_t value, ha_gs_vote_value_t default_value,
                const ha_gs_state_value_t *state, const ha_gs_provider_message_t *message, EventVote *ret) {
        ha_gs_rc_t r;

        if (value != HA_GS_VOTE_APPROVE && value != HA_GS_VOTE_CONTINUE && value != HA_GS_VOTE_REJECT)
                return HA_GS_BAD_PARAMETER;
        if (default_value != HA_GS_NULL_VOTE && default_value != HA_GS_VOTE_APPROVE &&
                        default_value != HA_GS_VOTE_REJECT)
                return HA_GS_BAD_PARAMETER;

        ret->value = (GsVote) value;
        ret->default_value = (GsVote) default_value;
        r = check_state(state, &ret->state);
        return r == HA_GS_OK ? check_message(message, &ret->message) : r;
}

ha_gs_rc_t ha_gs_vote(ha_gs_token_t provider_token, ha_gs_vote_value_t vote_value,
                const ha_gs_state_value_t *proposed_state_value,
                const ha_gs_provider_message_t *provider_message, ha_gs_vote_value_t default_vote_value) {
        _cleanup_(client_leave) _unused_ int cancel = client_enter();
        Event event;
        ha_gs_rc_t r;
        Token *t;

        r = find_provider(provider_token, &t);
        if (r == HA_GS_OK)
                r = check_vote(vote_value, default_vote_value, proposed_state_value, provider_message,
                                &event.vote);
        if (r != HA_GS_OK)
                return r;
        if (!t->may_vote)
                return HA_GS_VOTE_NOT_EXPECTED;

        t->may_vote = false;
        event.type = EVENT_VOTE;
        event.vote.phase = t->phase;
        return send_event(t, &event, 0);
}
