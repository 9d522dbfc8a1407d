/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The votes of one phase: roll, riders, default vote, limit, result (gsapi.md 3.3, stream.md 4). */

#include "core/state.h"

static void roll_add(Protocol *p, Provider *q) {
        q->ballot = BALLOT_NONE;
        if (q->target)
                return;

        p->n_roll++;
        if (q->failed) {
                q->ballot = BALLOT_FAILED;
                p->n_failed++;
        } else {
                q->ballot = BALLOT_WAITING;
                p->n_waiting++;
                p->n_alive++;
        }
}

/* stream.md 4: the roll is the members at phase start, joiners included, those to be expelled excluded. */
void ballot_begin(Group *group) {
        Protocol *p = group->protocol;

        p->n_roll = p->n_alive = p->n_waiting = 0;
        p->n_approve = p->n_continue = p->n_reject = p->n_failed = p->n_tardy = 0;
        p->phase_default = GS_VOTE_NULL;
        p->state_by = p->message_by = UINT32_MAX;

        for (uint32_t i = 0; i < group->n_members; i++)
                roll_add(p, group->members[i]);
        if (p->request == GS_JOIN)
                for (uint32_t i = 0; i < p->n_changing; i++) {
                        p->changing[i]->order = group->n_members + i;
                        roll_add(p, p->changing[i]);
                }
}

/* stream.md 4: a vote that was delivered stands for its phase even if its voter dies afterwards. */
void ballot_fail(Provider *q) {
        Protocol *p = q->group->protocol;

        if (!p || q->ballot == BALLOT_NONE)
                return;
        p->n_alive--;
        if (q->ballot == BALLOT_WAITING) {
                q->ballot = BALLOT_FAILED;
                p->n_waiting--;
                p->n_failed++;
        }
}

bool ballot_is_complete(const Group *group) {
        return group->protocol->n_waiting == 0 && group->protocol->n_scripts == 0;
}

/*
 * gsapi.md 3.3: the group's attribute, unless a vote set another; NULL means reject. Of a phase's, REJECT is
 * stronger.
 */
GsVote ballot_default(const Group *group) {
        const Protocol *p = group->protocol;
        GsVote vote = p->phase_default != GS_VOTE_NULL  ? p->phase_default
                      : p->default_vote != GS_VOTE_NULL ? p->default_vote
                                                        : group->attributes.default_vote;

        return vote == GS_VOTE_APPROVE ? GS_VOTE_APPROVE : GS_VOTE_REJECT;
}

static uint32_t ballot_summary(const Group *group, GsVote by_default) {
        const Protocol *p = group->protocol;
        bool script_phase = p->phase == p->deactivate_phase;
        uint32_t summary = 0;

        if (p->n_approve > 0)
                summary |= GS_EXPLICIT_APPROVE;
        if (p->n_reject > 0)
                summary |= GS_EXPLICIT_REJECT;
        if (p->n_failed + p->n_tardy + p->n_vain > 0)
                summary |= by_default == GS_VOTE_APPROVE ? GS_DEFAULT_APPROVE : GS_DEFAULT_REJECT;
        if (p->n_failed > 0)
                summary |= GS_PROVIDER_FAILED;
        if (p->n_tardy > 0)
                summary |= GS_TIME_LIMIT_EXCEEDED;
        for (uint32_t i = 0; i < p->n_changing && script_phase; i++) {
                if (p->changing[i]->script == SCRIPT_VAIN)
                        summary |= GS_DEACTIVATE_UNSUCCESSFUL;
                if (p->changing[i]->script == SCRIPT_LIMITED)
                        summary |= GS_DEACTIVATE_TIME_LIMIT_EXCEEDED;
        }
        return summary;
}

/*
 * gsapi.md 3.3: REJECT beats CONTINUE beats APPROVE, explicit or by default. stream.md 4: if all on the roll
 * are gone, nobody is left to decide. A roll on which there never was anybody objects to nothing.
 */
Result ballot_result(Group *group) {
        Protocol *p = group->protocol;
        GsVote by_default = ballot_default(group);
        uint32_t n_default = p->n_failed + p->n_tardy + p->n_vain;

        p->summary = ballot_summary(group, by_default);
        p->default_vote = p->phase_default != GS_VOTE_NULL ? p->phase_default : p->default_vote;

        if (p->n_roll > 0 && p->n_alive == 0)
                return RESULT_DESERTED;
        if (p->n_reject > 0 || (n_default > 0 && by_default == GS_VOTE_REJECT))
                return RESULT_REJECTED;
        return p->n_continue > 0 ? RESULT_CONTINUED : RESULT_APPROVED;
}

/* gsapi.md 3.3, riders; stream.md 3: the senior-most voter's state value and message win, each by itself. */
static int riders_take(Protocol *p, const Provider *voter, const EventVote *vote) {
        if (vote->state.size > 0 && voter->order < p->state_by) {
                if (store_set(&p->state, vote->state.data, vote->state.size) < 0)
                        return -ENOMEM;
                p->state_by = voter->order;
                p->state_shown = false;
        }
        if (vote->message.size > 0 && voter->order < p->message_by) {
                if (store_set(&p->message, vote->message.data, vote->message.size) < 0)
                        return -ENOMEM;
                p->message_by = voter->order;
        }
        return 0;
}

static bool phase_is_current(const Group *group, const EventPhase *phase) {
        return group && group->protocol && phase->group == group->id && phase->protocol == group->sequence &&
               phase->phase == group->protocol->phase;
}

/* stream.md 2: a vote for a phase that has ended is dropped, counted and traced. */
int vote_apply(Core *core, const Event *event) {
        const EventVote *vote = &event->vote;
        Provider *voter = provider_find(core, event->sender, event->client);
        Protocol *p;

        if (!voter || !phase_is_current(voter->group, &vote->phase) || voter->ballot != BALLOT_WAITING) {
                core_drop(core, event, "no vote is expected");
                return 0;
        }
        if (vote->value < GS_VOTE_APPROVE || vote->value > GS_VOTE_REJECT ||
                        vote->state.size > GS_STATE_MAX || vote->message.size > GS_MESSAGE_MAX) {
                core_drop(core, event, "no such vote");
                return 0;
        }

        p = voter->group->protocol;
        voter->ballot = BALLOT_VOTED;
        voter->vote = vote->value;
        p->n_waiting--;
        if (vote->value == GS_VOTE_APPROVE)
                p->n_approve++;
        else if (vote->value == GS_VOTE_CONTINUE)
                p->n_continue++;
        else
                p->n_reject++;

        if (vote->default_value == GS_VOTE_REJECT ||
                        (vote->default_value == GS_VOTE_APPROVE && p->phase_default == GS_VOTE_NULL))
                p->phase_default = vote->default_value;
        group_wake(core, voter->group);
        return riders_take(p, voter, vote);
}

/* stream.md 4: the first LIMIT counts; who has not voted is tardy, and stays a member (gsapi.md 3.3). */
int limit_apply(Core *core, const Event *event) {
        Group *group = group_find_id(core, event->limit.group);
        Protocol *p;

        if (!phase_is_current(group, &event->limit) || group->protocol->limit == 0) {
                core_drop(core, event, "no such limit");
                return 0;
        }

        p = group->protocol;
        p->n_tardy = p->n_waiting;
        p->n_waiting = 0;
        for (uint32_t i = 0; i < group->n_members; i++)
                if (group->members[i]->ballot == BALLOT_WAITING)
                        group->members[i]->ballot = BALLOT_TARDY;
        for (uint32_t i = 0; i < p->n_changing && p->request == GS_JOIN; i++)
                if (p->changing[i]->ballot == BALLOT_WAITING)
                        p->changing[i]->ballot = BALLOT_TARDY;
        scripts_limit(p);
        group_wake(core, group);
        return 0;
}
