/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * hagsgroup barrier: return when N are there.
 *
 * Each joins the group. When the senior member sees that there are N, it expels the first N of them, itself
 * among them: in one protocol, whose end is the end of the barrier for all, and which leaves the group to
 * those who have come for the next round. Nobody else may expel, so a round ends once.
 *
 * Whoever dies or runs out of time before breaks the barrier for all who are there: for all but N that are
 * complete, if it is none of them. The expel of those who are broken cannot be approved any more, as it
 * names one who is gone. They leave by saying goodbye, which breaks nothing; as long as one of them is
 * there, it is before all who come after them in the list, so none of these is the senior one and begins a
 * new round with them in it.
 *
 * N is an attribute of the group: whoever comes with another one is refused.
 */

#include <string.h>

#include "hagsgroup/member.h"
#include "hagsgroup/subcommand.h"
#include "hagsgroup/text.h"
#include "util/clock.h"
#include "util/fault.h"

#define ONCE_USEC USEC_PER_SEC  /* for joining, however little time there is */
#define RETRY_USEC USEC_PER_SEC /* of an expel, in a domain that had no quorum */
#define FLAG_END "end"          /* of the expel that ends a round */
#define LEAVE_TARDY 1u          /* the leave code of one whose time is over */

static struct {
        unsigned n;
        ha_gs_provider_t *members; /* at the last notification, by seniority */
        unsigned n_members;
        bool expelling; /* we have proposed the end */
        enum { WAITING, DONE, BROKEN, NO_MEMORY } verdict;
        ha_gs_provider_t by; /* who broke it */
        const char *how;
        unsigned n_were_there; /* then, with him */
} barrier;

static bool is_us(ha_gs_provider_t p) {
        return p.gs_instance_number == member_instance() && p.gs_node_number == client_node();
}

/* Its place by seniority, before the protocol that is being told of. */
static unsigned rank_of(ha_gs_provider_t who) {
        unsigned i = 0;

        while (i < barrier.n_members && barrier.members[i].gs_provider_id != who.gs_provider_id)
                i++;
        return i;
}

static unsigned our_rank(void) {
        unsigned i = 0;

        while (i < barrier.n_members && !is_us(barrier.members[i]))
                i++;
        return i;
}

static void break_by(ha_gs_provider_t who, const char *how) {
        barrier.verdict = BROKEN;
        barrier.by = who;
        barrier.how = how;
        barrier.n_were_there = barrier.n_members;
}

/* ---- what Group Services tells ---- */

static const char *how_it_breaks(ha_gs_leave_info_t leave) {
        if (leave.gs_voluntary_or_failure & HA_GS_VOLUNTARY_LEAVE)
                return leave.gs_voluntary_leave_code == LEAVE_TARDY ? "ran out of time" : NULL;
        if (leave.gs_voluntary_or_failure & HA_GS_PROVIDER_SAID_GOODBYE)
                return NULL;
        return leave.gs_voluntary_or_failure & HA_GS_PROVIDER_EXPELLED ? "was expelled" : "died";
}

/* One who comes after N that are complete, and so are about to end, does not break theirs. */
static bool concerns_us(ha_gs_provider_t who) {
        return barrier.n_members < barrier.n || our_rank() >= barrier.n || rank_of(who) < barrier.n;
}

static void on_departure(const ha_gs_proposal_t *p) {
        const ha_gs_membership_t *who = p->gs_changing_providers;
        const ha_gs_leave_array_t *why = p->gs_leave_info;

        for (unsigned i = 0; who && why && i < who->gs_count && i < why->gs_count; i++) {
                const char *how = how_it_breaks(why->gs_leave_codes[i]);

                if (how && barrier.verdict == WAITING && concerns_us(who->gs_providers[i]))
                        break_by(who->gs_providers[i], how);
        }
}

static bool is_end(const ha_gs_approved_notification_t *n) {
        const ha_gs_expel_info_t *info = n->gs_proposal->gs_expel_info;

        return n->gs_protocol_type == HA_GS_EXPEL && info && info->gs_deactivate_flag &&
               strcmp(info->gs_deactivate_flag, FLAG_END) == 0;
}

static int keep_members(const ha_gs_membership_t *list) {
        unsigned n = list ? list->gs_count : 0;
        ha_gs_provider_t *members = reallocarray(barrier.members, n + 1, sizeof(*members));

        if (!members)
                return -ENOMEM;
        if (n > 0)
                memcpy(members, list->gs_providers, n * sizeof(*members));
        barrier.members = members;
        barrier.n_members = n;
        return 0;
}

/* If that is our part. */
static void end_round(void) {
        ha_gs_proposal_info_t info = {
                .gs_expel_request = {
                        .gs_num_phases = HA_GS_1_PHASE,
                        .gs_expel_list = { .gs_count = barrier.n, .gs_providers = barrier.members },
                        .gs_deactivate_flag = (char *) FLAG_END,
                },
        };

        if (barrier.verdict == WAITING && !barrier.expelling && our_rank() == 0 &&
                        barrier.n_members >= barrier.n)
                barrier.expelling = ha_gs_expel(member_token(), &info) == HA_GS_OK;
}

static void on_approved(const ha_gs_approved_notification_t *n) {
        if (!is_end(n))
                on_departure(n->gs_proposal);
        else if (barrier.verdict == WAITING && !member_is_in())
                barrier.verdict = DONE;
        if (keep_members(n->gs_proposal->gs_current_providers) < 0)
                barrier.verdict = NO_MEMORY;
        end_round();
}

static void on_failed(const ha_gs_delayed_error_notification_t *n) {
        if (n->gs_protocol_type == HA_GS_EXPEL)
                barrier.expelling = false;
}

static const MemberHooks hooks = { .approved = on_approved, .failed = on_failed };

/* ---- waiting ---- */

/* Our time is over. Until the others hear of that, it may end all the same, or another may break it. */
static int give_up(void) {
        ha_gs_proposal_info_t info = {
                .gs_leave_request = { .gs_num_phases = HA_GS_1_PHASE, .gs_leave_code = LEAVE_TARDY },
        };
        uint64_t deadline = deadline_in(ONCE_USEC);
        int r = 0;

        if (ha_gs_leave(member_token(), &info) != HA_GS_OK)
                return CLIENT_E_TIMEOUT;
        while (r == 0 && barrier.verdict == WAITING && !member_is_lost())
                r = client_wait(deadline);
        return r;
}

static int wait_for_all(uint64_t deadline) {
        int r = 0;

        while (r == 0 && barrier.verdict == WAITING && !member_is_lost()) {
                uint64_t retry = deadline_in(RETRY_USEC);

                r = client_wait(deadline < retry ? deadline : retry);
                if (r == CLIENT_E_TIMEOUT && clock_usec(CLOCK_MONOTONIC) < deadline) {
                        end_round();
                        r = 0;
                }
        }
        return r == CLIENT_E_TIMEOUT ? give_up() : r;
}

static int say_broken(const char *name, char **reterr) {
        if (is_us(barrier.by))
                (void) fault(reterr, -ETIMEDOUT,
                                "barrier '%s' is broken: this process %s, with %u of %u there", name,
                                barrier.how, barrier.n_were_there, barrier.n);
        else
                (void) fault(reterr, -ECANCELED, "barrier '%s' is broken: %d/%d %s, with %u of %u there",
                                name, barrier.by.gs_instance_number, barrier.by.gs_node_number, barrier.how,
                                barrier.n_were_there, barrier.n);
        return STATUS_NO;
}

/* In the end nothing is left: who was broken says goodbye. */
static int wait_in_group(const Options *o, uint64_t deadline, char **reterr) {
        const char *name = o->operands[0];
        int r = wait_for_all(deadline);

        if (r == CLIENT_E_TIMEOUT) /* the domain does not work, and so is not told */
                return fault(reterr, -ETIMEDOUT, "barrier '%s': the domain does not answer; see hagsns",
                                name);
        if (r == CLIENT_E_LOST || member_is_lost())
                return client_lost(reterr);
        if (barrier.verdict == NO_MEMORY) /* the others see this process die */
                return -ENOMEM;
        if (r == 0 && barrier.verdict == BROKEN) {
                r = say_broken(name, reterr);
                member_leave();
        }
        return r;
}

int subcommand_barrier(const Options *o, char **reterr) {
        uint64_t deadline = deadline_in(o->timeout), once = deadline_in(ONCE_USEC);
        char group[GS_GROUP_NAME_MAX + 1];
        ha_gs_group_attributes_t attributes;
        int r;

        if (o->count == 0)
                return fault(reterr, -EINVAL, "-n is missing: how many take part");
        r = group_name(PREFIX_BARRIER, o->operands[0], group, reterr);
        if (r >= 0)
                r = member_connect(o, reterr);
        if (r < 0)
                return r;

        barrier.n = o->count;
        attributes = member_plain_attributes(group, (short) o->count);
        r = member_join(o, &attributes, &hooks, deadline > once ? deadline : once, reterr);
        if (r == MEMBER_E_ATTRIBUTES)
                return fault(reterr, -EINVAL, "others wait at barrier '%s' with another -n than %u",
                                o->operands[0], barrier.n);
        if (r == CLIENT_E_TIMEOUT)
                return fault(reterr, -ETIMEDOUT, "barrier '%s': the domain does not answer; see hagsns",
                                o->operands[0]);
        if (r == CLIENT_E_LOST)
                return client_lost(reterr);
        return r < 0 ? r : wait_in_group(o, deadline, reterr);
}
