/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * hagsgroup barrier: return when N are there.
 *
 * Each joins the group. When the senior member sees that there are N, it expels the first N of them, itself
 * among them: in one protocol, whose end is the end of the round for all, and which leaves the group to
 * those who have come for the next one.
 *
 * Whoever dies or runs out of time before breaks the barrier for all who are there: for all but N that are
 * complete, if it is none of them. An end that was proposed cannot be approved then any more, as it names
 * one who is gone. Those for whom it is broken expel each other, all at once again, and so leave nobody
 * behind who is stopped and has not heard of it. Only the senior member ends a round: it has nobody before
 * it who might be one of a broken round. If it does not, it is expelled as the one who breaks the barrier.
 *
 * So all of a round hear the same of it: members and protocols are the same for all, in the same order.
 *
 * N is an attribute of the group: whoever comes with another one is refused.
 */

#include <string.h>

#include "hagsgroup/member.h"
#include "hagsgroup/subcommand.h"
#include "util/clock.h"
#include "util/fault.h"

#define RETRY_USEC (UINT64_C(250) * 1000)          /* of an expel, in a domain that had no quorum */
#define PATIENCE_USEC (UINT64_C(5) * USEC_PER_SEC) /* with the senior member, and with the domain */

/* The flags of expels: what they are for. */
#define FLAG_END "end"
#define FLAG_RESET "reset"
#define FLAG_STUCK "stuck"

#define LEAVE_TARDY 1u /* the leave code of one whose time is over */

typedef struct List {
        ha_gs_provider_t *providers;
        unsigned n;
} List;

static struct {
        unsigned n;
        List members;   /* at the last notification, by seniority */
        uint64_t since; /* when the last one came */
        bool expelling; /* something is proposed */
        enum { WAITING, DONE, BROKEN, NO_MEMORY } verdict;
        ha_gs_provider_t by; /* who broke it */
        const char *how;
        unsigned n_were_there; /* then, with him */
        List broken;           /* for whom else it is, and who are there still */
} barrier;

static bool is_us(ha_gs_provider_t p) {
        return p.gs_instance_number == member_instance() && p.gs_node_number == client_node();
}

/* ---- lists ---- */

/* Where it is in the list; its length: nowhere. */
static unsigned find(const List *list, ha_gs_provider_t who) {
        unsigned i = 0;

        while (i < list->n && list->providers[i].gs_provider_id != who.gs_provider_id)
                i++;
        return i;
}

static unsigned our_rank(void) {
        unsigned i = 0;

        while (i < barrier.members.n && !is_us(barrier.members.providers[i]))
                i++;
        return i;
}

static void copy(List *to, const ha_gs_provider_t *from, unsigned n) {
        ha_gs_provider_t *providers = reallocarray(to->providers, n + 1, sizeof(*providers));

        if (!providers) {
                barrier.verdict = NO_MEMORY;
                return;
        }
        if (n > 0)
                memcpy(providers, from, n * sizeof(*providers));
        *to = (List){ .providers = providers, .n = n };
}

/* Those for whom it is broken, without who has left. */
static void keep_broken(void) {
        unsigned n = 0;

        for (unsigned i = 0; i < barrier.broken.n; i++)
                if (find(&barrier.members, barrier.broken.providers[i]) < barrier.members.n)
                        barrier.broken.providers[n++] = barrier.broken.providers[i];
        barrier.broken.n = n;
}

/* ---- what we do ---- */

static void expel(const ha_gs_provider_t *who, unsigned n, const char *flag) {
        ha_gs_proposal_info_t info = {
                .gs_expel_request = {
                        .gs_num_phases = HA_GS_1_PHASE,
                        .gs_expel_list = { .gs_count = n, .gs_providers = (ha_gs_provider_t *) who },
                        .gs_deactivate_flag = (char *) flag,
                },
        };

        barrier.expelling = ha_gs_expel(member_token(), &info) == HA_GS_OK;
}

/* All of our round are there. */
static bool is_complete(void) {
        return barrier.members.n >= barrier.n && our_rank() < barrier.n;
}

/* What is ours to propose now, if it is not proposed already. */
static void act(void) {
        bool patient = clock_usec(CLOCK_MONOTONIC) < barrier.since + PATIENCE_USEC;

        if (barrier.expelling || !member_is_in())
                return;
        if (barrier.verdict == BROKEN)
                expel(barrier.broken.providers, barrier.broken.n, FLAG_RESET);
        else if (barrier.verdict == WAITING && is_complete() && our_rank() == 0)
                expel(barrier.members.providers, barrier.n, FLAG_END);
        else if (barrier.verdict == WAITING && is_complete() && !patient)
                expel(barrier.members.providers, 1, FLAG_STUCK);
}

/* ---- what Group Services tells ---- */

static const char *flag_of(const ha_gs_approved_notification_t *n) {
        const ha_gs_expel_info_t *info = n->gs_proposal->gs_expel_info;

        return n->gs_protocol_type == HA_GS_EXPEL && info && info->gs_deactivate_flag
                               ? info->gs_deactivate_flag
                               : "";
}

/* NULL: it does not. */
static const char *how_it_breaks(ha_gs_leave_info_t leave, const char *flag) {
        if (leave.gs_voluntary_or_failure & HA_GS_VOLUNTARY_LEAVE)
                return leave.gs_voluntary_leave_code == LEAVE_TARDY ? "ran out of time" : NULL;
        if (!(leave.gs_voluntary_or_failure & HA_GS_PROVIDER_EXPELLED))
                return "died";
        return strcmp(flag, FLAG_STUCK) == 0 ? "did not respond" : "was expelled";
}

/* One who comes after N that are complete, and so are about to end, does not break theirs. */
static bool concerns(unsigned rank, unsigned by) {
        return barrier.members.n < barrier.n || rank >= barrier.n || by < barrier.n;
}

static void break_by(ha_gs_provider_t who, const char *how) {
        unsigned by = find(&barrier.members, who), n = 0;

        if (!concerns(our_rank(), by))
                return;
        barrier.verdict = BROKEN;
        barrier.by = who;
        barrier.how = how;
        barrier.n_were_there = barrier.members.n;

        copy(&barrier.broken, barrier.members.providers, barrier.members.n);
        for (unsigned i = 0; i < barrier.broken.n; i++)
                if (concerns(i, by))
                        barrier.broken.providers[n++] = barrier.broken.providers[i];
        barrier.broken.n = n;
}

static void on_departure(const ha_gs_proposal_t *p, const char *flag) {
        const ha_gs_membership_t *who = p->gs_changing_providers;
        const ha_gs_leave_array_t *why = p->gs_leave_info;

        for (unsigned i = 0; who && why && i < who->gs_count && i < why->gs_count; i++) {
                const char *how = how_it_breaks(why->gs_leave_codes[i], flag);

                if (how && barrier.verdict == WAITING)
                        break_by(who->gs_providers[i], how);
        }
}

static void on_approved(const ha_gs_approved_notification_t *n) {
        const ha_gs_membership_t *members = n->gs_proposal->gs_current_providers;
        const char *flag = flag_of(n);

        if (strcmp(flag, FLAG_END) == 0 && barrier.verdict == WAITING && !member_is_in())
                barrier.verdict = DONE;
        else if (strcmp(flag, FLAG_END) != 0 && strcmp(flag, FLAG_RESET) != 0)
                on_departure(n->gs_proposal, flag);

        copy(&barrier.members, members ? members->gs_providers : NULL, members ? members->gs_count : 0);
        barrier.since = clock_usec(CLOCK_MONOTONIC);
        keep_broken();
        act();
}

/* Somebody has left whom we have named: then it is other ones now. Else we try again in a while. */
static void on_failed(const ha_gs_delayed_error_notification_t *n) {
        if (n->gs_protocol_type != HA_GS_EXPEL)
                return;
        barrier.expelling = false;
        if (n->gs_delayed_return_code == HA_GS_UNKNOWN_PROVIDER)
                act();
}

static const MemberHooks hooks = { .approved = on_approved, .failed = on_failed };

/* ---- waiting ---- */

/* Until it is decided, and we are out of the group. 0, CLIENT_E_TIMEOUT or CLIENT_E_LOST. */
static int wait_for_end(uint64_t deadline) {
        int r = 0;

        while (barrier.verdict == WAITING || (barrier.verdict == BROKEN && member_is_in())) {
                uint64_t retry = deadline_in(RETRY_USEC);

                if (member_is_lost())
                        return CLIENT_E_LOST;
                r = client_wait(deadline < retry ? deadline : retry);
                if (r == CLIENT_E_LOST)
                        return r;
                if (clock_usec(CLOCK_MONOTONIC) >= deadline)
                        return CLIENT_E_TIMEOUT;
                if (r == CLIENT_E_TIMEOUT)
                        act();
        }
        return 0;
}

/*
 * Our time is over, unless all are there. Until the others hear of that, it may end all the same, or another
 * may break it.
 */
static int give_up(void) {
        ha_gs_proposal_info_t info = {
                .gs_leave_request = { .gs_num_phases = HA_GS_1_PHASE, .gs_leave_code = LEAVE_TARDY },
        };

        if (barrier.verdict == WAITING && !is_complete() && ha_gs_leave(member_token(), &info) != HA_GS_OK)
                return CLIENT_E_TIMEOUT;
        return wait_for_end(deadline_in(2 * PATIENCE_USEC)); /* with a senior one that does not respond */
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

static int no_answer(const char *name, char **reterr) {
        return fault(reterr, -ETIMEDOUT, "barrier '%s': the domain does not answer; see hagsns", name);
}

static int wait_in_group(const Options *o, uint64_t deadline, char **reterr) {
        const char *name = o->operands[0];
        int r = wait_for_end(deadline);

        if (r == CLIENT_E_TIMEOUT)
                r = give_up();
        if (barrier.verdict == NO_MEMORY) /* the others see this process die */
                return -ENOMEM;
        if (barrier.verdict == BROKEN)
                return say_broken(name, reterr);
        if (r == CLIENT_E_TIMEOUT)
                return no_answer(name, reterr);
        return r == CLIENT_E_LOST ? client_lost(reterr) : r;
}

int subcommand_barrier(const Options *o, char **reterr) {
        uint64_t deadline = deadline_in(o->timeout);
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
        r = member_join(o, &attributes, &hooks, deadline, reterr);
        if (r == MEMBER_E_ATTRIBUTES)
                return fault(reterr, -EINVAL, "others wait at barrier '%s' with another -n than %u",
                                o->operands[0], barrier.n);
        if (r == CLIENT_E_TIMEOUT)
                return no_answer(o->operands[0], reterr);
        if (r == CLIENT_E_LOST)
                return client_lost(reterr);
        return r < 0 ? r : wait_in_group(o, deadline, reterr);
}
