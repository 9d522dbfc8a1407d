/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A guest in a group of others: see guest.h. */

#include "hagsgroup/guest.h"

#include "hagsgroup/attributes.h"
#include "hagsgroup/subcommand.h"
#include "hagsgroup/text.h"
#include "util/clock.h"
#include "util/fault.h"

#define ONCE_USEC (UINT64_C(5) * USEC_PER_SEC) /* for --timeout 0 */
#define RETRY_USEC USEC_PER_SEC /* of a proposal that collided, if nothing ends: a domain without quorum */

static struct {
        ha_gs_request_t protocol;
        enum { IDLE, SUBMITTED, COLLIDED, APPROVED, REJECTED, REFUSED } state;
        ha_gs_summary_code_t summary;
        ha_gs_rc_t error;
} guest;

/* ---- what becomes of it ---- */

static bool is_over(void) {
        return guest.state == APPROVED || guest.state == REJECTED || guest.state == REFUSED;
}

static bool is_ours(ha_gs_request_t protocol, const ha_gs_proposal_t *p) {
        return protocol == guest.protocol && p->gs_proposed_by.gs_instance_number == member_instance() &&
               p->gs_proposed_by.gs_node_number == client_node();
}

/* A protocol has ended: if ours collided with it, it may come again. */
static void on_end(ha_gs_request_t protocol, const ha_gs_proposal_t *p, ha_gs_summary_code_t summary,
                bool approved) {
        if (guest.state == SUBMITTED && is_ours(protocol, p)) {
                guest.state = approved ? APPROVED : REJECTED;
                guest.summary = summary;
        } else if (guest.state == COLLIDED)
                guest.state = IDLE;
}

static void on_approved(const ha_gs_approved_notification_t *n) {
        on_end(n->gs_protocol_type, n->gs_proposal, n->gs_summary_code, true);
        if (!member_is_in() && !is_over()) { /* others have expelled us */
                guest.state = REFUSED;
                guest.error = HA_GS_NOT_A_MEMBER;
        }
}

static void on_rejected(const ha_gs_rejected_notification_t *n) {
        on_end(n->gs_protocol_type, n->gs_proposal, n->gs_summary_code, false);
}

static void on_failed(const ha_gs_delayed_error_notification_t *n) {
        guest.state = n->gs_delayed_return_code == HA_GS_COLLIDE ? COLLIDED : REFUSED;
        guest.error = n->gs_delayed_return_code;
}

static const MemberHooks hooks = { .approved = on_approved, .rejected = on_rejected, .failed = on_failed };

/* ---- what we do ---- */

/*
 * Join, with what the group has now. It may be another group of that name a moment later: then once more.
 */
static int join(const Options *o, const char *group, uint64_t deadline, char **reterr) {
        Attributes attributes;
        int r;

        do {
                r = attributes_ask(group, &attributes, reterr);
                if (r == ATTRIBUTES_E_NO_GROUP)
                        return client_no_group(group, HA_GS_UNKNOWN_GROUP, reterr);
                if (r == 0)
                        r = member_join(o, &attributes.block, &hooks, deadline, reterr);
        } while (r == MEMBER_E_ATTRIBUTES && clock_usec(CLOCK_MONOTONIC) < deadline);
        return r == MEMBER_E_REJECTED ? STATUS_NO : r == MEMBER_E_ATTRIBUTES ? STATUS_TIMEOUT : r;
}

static void submit(const Proposal *p) {
        ha_gs_rc_t rc = p->submit(member_token(), &p->info);

        guest.state = rc == HA_GS_OK ? SUBMITTED : rc == HA_GS_COLLIDE ? COLLIDED : REFUSED;
        guest.error = rc;
}

/* Until the group has decided. 0 or CLIENT_E_*. */
static int propose(const Proposal *p, uint64_t deadline) {
        int r;

        for (;;) {
                uint64_t until = deadline, retry;

                if (guest.state == IDLE)
                        submit(p);
                if (is_over())
                        return 0;
                retry = deadline_in(RETRY_USEC);
                if (guest.state == COLLIDED && retry < until)
                        until = retry;
                r = client_wait(until);
                if (r == CLIENT_E_LOST || member_is_lost())
                        return CLIENT_E_LOST;
                if (r == CLIENT_E_TIMEOUT && until == deadline)
                        return r;
                if (r == CLIENT_E_TIMEOUT)
                        guest.state = IDLE;
        }
}

static int conclude(const char *group, const Proposal *p, char **reterr) {
        if (guest.state == APPROVED)
                return STATUS_OK;
        if (guest.state == REFUSED && guest.error == HA_GS_NOT_OK)
                return client_lost(reterr);
        (void) fault(reterr, -EPERM, "cannot %s group '%s': %s", p->what, group,
                        guest.state == REJECTED ? text_rejection(guest.summary) : text_rc(guest.error));
        return STATUS_NO;
}

int guest_propose(const Options *o, const char *group, const Proposal *proposal, char **reterr) {
        uint64_t deadline = deadline_in(o->timeout > 0 ? o->timeout : ONCE_USEC);
        int r;

        guest.protocol = proposal->protocol;
        r = member_connect(o, reterr);
        if (r == 0)
                r = join(o, group, deadline, reterr);
        if (r == 0)
                r = propose(proposal, deadline);
        if (r == CLIENT_E_LOST)
                return client_lost(reterr);
        if (r == 0)
                r = conclude(group, proposal, reterr);
        else if (r == CLIENT_E_TIMEOUT) {
                (void) fault(reterr, -ETIMEDOUT, "group '%s' did not decide in time", group);
                r = STATUS_TIMEOUT;
        }
        member_leave();
        return r;
}

ha_gs_num_phases_t guest_phases(const Options *o) {
        return o->phases == PHASES_N ? HA_GS_N_PHASE : HA_GS_1_PHASE;
}
