/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hagsgroup join: be a member of a group, vote, and tell what happens. */

#include "hagsgroup/attributes.h"
#include "hagsgroup/event.h"
#include "hagsgroup/follow.h"
#include "hagsgroup/member.h"
#include "hagsgroup/subcommand.h"
#include "hagsgroup/text.h"
#include "hagsgroup/vote.h"
#include "util/fault.h"

#define CLIENT_VERSION 1

static struct {
        const Follower *follower;
        char group[GS_GROUP_NAME_MAX + 1];
        Attributes attributes;
        bool joined;
        int error; /* of a vote */
} join;

static void tell(const Event *event) {
        follow_tell(join.follower, event);
}

/* ---- what Group Services tells ---- */

static void tell_message(const ha_gs_proposal_t *p) {
        if (p->gs_whats_changed & HA_GS_UPDATED_PROVIDER_MESSAGE && p->gs_provider_message)
                tell(&(Event){ .name = "message",
                                .by = &p->gs_proposed_by,
                                .message = p->gs_provider_message });
}

static void tell_state(const ha_gs_proposal_t *p, const ha_gs_provider_t *by) {
        const ha_gs_state_value_t *state = p->gs_current_state_value;

        if (state && state->gs_length > 0)
                tell(&(Event){ .name = "state", .by = by, .state = state });
}

/* Who has just joined hears of all that is there; the others of what is new. */
static void tell_approved(const ha_gs_approved_notification_t *n) {
        const ha_gs_proposal_t *p = n->gs_proposal;
        const ha_gs_provider_t *by = member_proposer(n->gs_protocol_type, p);
        bool own = n->gs_protocol_type == HA_GS_JOIN &&
                   client_is_in(p->gs_changing_providers, member_instance());

        if (own)
                tell(&(Event){ .name = "members", .members = p->gs_current_providers });
        else if (p->gs_whats_changed & HA_GS_UPDATED_MEMBERSHIP)
                tell(&(Event){ .name = n->gs_protocol_type == HA_GS_JOIN ? "joined" : "left",
                                .changed = p->gs_changing_providers,
                                .leaves = p->gs_leave_info,
                                .members = p->gs_current_providers });
        if (own || p->gs_whats_changed & HA_GS_UPDATED_STATE_VALUE)
                tell_state(p, by);
        if (n->gs_protocol_type == HA_GS_GROUP_ATTRIBUTE_CHANGE)
                tell(&(Event){ .name = "attributes", .by = by });
        tell_message(p);
}

static void on_approved(const ha_gs_approved_notification_t *n) {
        vote_forget();
        if (member_is_in() && !join.joined) {
                join.joined = true;
                follow_begun();
        }
        tell_approved(n);
}

static void on_rejected(const ha_gs_rejected_notification_t *n) {
        const ha_gs_proposal_t *p = n->gs_proposal;
        char what[128];

        vote_forget();
        if (!join.joined) /* that was our join; it is said at the end */
                return;
        (void) snprintf(what, sizeof(what), "%s: %s", text_protocol(n->gs_protocol_type),
                        text_rejection(n->gs_summary_code));
        tell(&(Event){ .name = "rejected",
                        .by = member_proposer(n->gs_protocol_type, p),
                        .what = what,
                        .changed = p->gs_changing_providers });
        tell_message(p);
}

static void on_n_phase(const ha_gs_n_phase_notification_t *n) {
        int r = vote(join.follower->o, join.group, n);

        if (join.error == 0)
                join.error = r;
        tell_message(n->gs_proposal);
}

static void on_announcement(const ha_gs_announcement_notification_t *n) {
        const char *what = text_announcement(n->gs_summary_code);

        if (what)
                tell(&(Event){ .name = "announced", .what = what, .changed = n->gs_announcement });
}

static const MemberHooks hooks = {
        .approved = on_approved,
        .rejected = on_rejected,
        .n_phase = on_n_phase,
        .announced = on_announcement,
};

/* ---- joining ---- */

/* What a group has that is founded by this. */
static void make_attributes(const Options *o) {
        ha_gs_group_attributes_t *a = &join.attributes.block;

        *a = member_plain_attributes(join.group, CLIENT_VERSION);
        if (o->phases == PHASES_N || (o->phases == PHASES_ANY && o->vote != VOTE_ANY))
                a->gs_num_phases = HA_GS_N_PHASE;
        if (o->default_vote == VOTE_REJECT)
                a->gs_group_default_vote = HA_GS_VOTE_REJECT;
        a->gs_time_limit = member_time_limit(o);
}

/* Does a group have what the options ask for? */
static bool fits(const Options *o, const ha_gs_group_attributes_t *a) {
        if (o->phases != PHASES_ANY &&
                        a->gs_num_phases != (o->phases == PHASES_N ? HA_GS_N_PHASE : HA_GS_1_PHASE))
                return false;
        if (o->default_vote != VOTE_ANY && (a->gs_group_default_vote == HA_GS_VOTE_APPROVE) !=
                                                           (o->default_vote == VOTE_APPROVE))
                return false;
        return o->time_limit < 0 || a->gs_time_limit == o->time_limit;
}

static int begin(const Follower *f, char **reterr) {
        int r;

        join.joined = false;
        r = attributes_ask(join.group, &join.attributes, reterr);
        if (r == ATTRIBUTES_E_NO_GROUP) {
                make_attributes(f->o);
                r = 0;
        }
        if (r < 0)
                return client_lost_by(r) ? CLIENT_E_LOST : r;
        if (!fits(f->o, &join.attributes.block))
                return fault(reterr, -EEXIST,
                                "group '%s' is there, with other attributes than --phases, --time-limit and "
                                "--default-vote ask for; without them you take those that it has",
                                join.group);
        return member_begin(f->o, &join.attributes.block, &hooks, reterr);
}

static int expelled(char **reterr) {
        (void) fault(reterr, -ECANCELED, "this process was expelled from group '%s'", join.group);
        return STATUS_NO;
}

static int step(const Follower *f, char **reterr) {
        int r;

        if (join.error < 0)
                return join.error;
        if (member_is_lost())
                return CLIENT_E_LOST;
        if (join.joined)
                return member_is_in() ? 0 : expelled(reterr);

        r = member_progress(f->o, reterr);
        if (r == MEMBER_E_ATTRIBUTES) /* somebody has founded it meanwhile */
                return begin(f, reterr);
        return r == 1 ? 0 : r == MEMBER_E_REJECTED ? STATUS_NO : r;
}

static void reaped(_unused_ const Follower *f, pid_t pid, int wait_status) {
        vote_reaped(pid, wait_status);
}

static void leave(_unused_ const Follower *f) {
        member_leave();
}

int subcommand_join(const Options *o, char **reterr) {
        const Follower f = { .o = o,
                .group = join.group,
                .delayed_error = member_on_delayed_error,
                .begin = begin,
                .step = step,
                .reaped = reaped,
                .leave = leave };
        int r;

        r = group_name_to_join(o->operands[0], join.group, reterr);
        if (r < 0)
                return r;
        join.follower = &f;
        return follow(&f, reterr);
}
