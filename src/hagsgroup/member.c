/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* This process as a provider of a group: see member.h. */

#include "hagsgroup/member.h"

#include "hagsgroup/pair.h"
#include "hagsgroup/text.h"
#include "util/clock.h"
#include "util/fault.h"

#define NUMBERS (GS_INSTANCE_MAX + 1)
#define STRIDE 7919 /* prime: from any number on it comes to all of them */
#define TRIES_MAX 1000
#define TIME_LIMIT 10          /* seconds, without --time-limit */
#define ONCE_USEC USEC_PER_SEC /* for joining, however little time there is */

static struct {
        ha_gs_token_t token;
        int instance;
        enum { OUT, JOINING, IN, LOST } state;
        bool joined;                  /* the join was approved, whatever has come since */
        ha_gs_rc_t error;             /* why the join failed */
        ha_gs_summary_code_t summary; /* why it was rejected */
        const MemberHooks *hooks;
        const ha_gs_group_attributes_t *attributes;
        unsigned n_tries;
} member;

/* ---- what Group Services tells ---- */

static void on_n_phase(const ha_gs_n_phase_notification_t *n) {
        if (member.hooks->n_phase)
                member.hooks->n_phase(n);
        else
                (void) ha_gs_vote(n->gs_provider_token, HA_GS_VOTE_APPROVE, NULL, NULL, HA_GS_NULL_VOTE);
}

static void on_approved(const ha_gs_approved_notification_t *n) {
        if (client_is_in(n->gs_proposal->gs_changing_providers, member.instance)) {
                member.state = n->gs_protocol_type == HA_GS_JOIN ? IN : OUT;
                member.joined = true;
        }
        if (member.hooks->approved)
                member.hooks->approved(n);
}

static void on_rejected(const ha_gs_rejected_notification_t *n) {
        if (n->gs_protocol_type == HA_GS_JOIN && member.state == JOINING &&
                        client_is_in(n->gs_proposal->gs_changing_providers, member.instance)) {
                member.state = OUT;
                member.error = HA_GS_OK;
                member.summary = n->gs_summary_code;
        }
        if (member.hooks->rejected)
                member.hooks->rejected(n);
}

static void on_announcement(const ha_gs_announcement_notification_t *n) {
        if (n->gs_summary_code & (HA_GS_GROUP_DISSOLVED | HA_GS_GROUP_SERVICES_HAS_DIED_HORRIBLY))
                member.state = LOST;
        if (member.hooks->announced)
                member.hooks->announced(n);
}

void member_on_delayed_error(const ha_gs_delayed_error_notification_t *n) {
        if (n->gs_request_token != member.token)
                return;
        if (n->gs_protocol_type == HA_GS_JOIN) {
                member.state = OUT;
                member.error = n->gs_delayed_return_code;
        } else if (member.hooks->failed)
                member.hooks->failed(n);
}

/* ---- what we ask of it ---- */

ha_gs_group_attributes_t member_plain_attributes(const char *group, short client_version) {
        return (ha_gs_group_attributes_t){
                .gs_version = 1,
                .gs_sizeof_group_attributes = sizeof(ha_gs_group_attributes_t),
                .gs_client_version = client_version,
                .gs_batch_control = HA_GS_BATCH_BOTH,
                .gs_num_phases = HA_GS_1_PHASE,
                .gs_source_reflection_num_phases = HA_GS_1_PHASE,
                .gs_group_default_vote = HA_GS_VOTE_APPROVE,
                .gs_merge_control = HA_GS_DISSOLVE_MERGE,
                .gs_group_name = (char *) group,
        };
}

ha_gs_time_limit_t member_time_limit(const Options *o) {
        return (ha_gs_time_limit_t) (o->time_limit >= 0 ? o->time_limit : TIME_LIMIT);
}

int member_connect(const Options *o, char **reterr) {
        return client_connect(o, member_on_delayed_error, reterr);
}

int member_reconnect(const Options *o, uint64_t deadline) {
        member.state = OUT;
        return client_reconnect(o, member_on_delayed_error, deadline);
}

static int try_join(char **reterr) {
        ha_gs_proposal_info_t info = {
                .gs_join_request = {
                        .gs_group_attributes = (ha_gs_group_attributes_t *) member.attributes,
                        .gs_provider_instance = (short) member.instance,
                        .gs_provider_local_name = (char *) "hagsgroup",
                        .gs_n_phase_protocol_callback = on_n_phase,
                        .gs_protocol_approved_callback = on_approved,
                        .gs_protocol_rejected_callback = on_rejected,
                        .gs_announcement_callback = on_announcement,
                },
        };
        ha_gs_rc_t rc;

        member.state = JOINING;
        member.joined = false;
        member.error = HA_GS_OK;
        member.summary = 0;
        member.n_tries++;
        rc = ha_gs_join(&member.token, &info);
        if (rc == HA_GS_NOT_OK)
                return CLIENT_E_LOST;
        return rc == HA_GS_OK ? 0 : client_fault(rc, "cannot join the group", reterr);
}

int member_begin(const Options *o, const ha_gs_group_attributes_t *attributes, const MemberHooks *hooks,
                char **reterr) {
        member.hooks = hooks;
        member.attributes = attributes;
        member.instance = o->instance >= 0 ? o->instance : pair_pid() % NUMBERS;
        member.n_tries = 0;
        return try_join(reterr);
}

static int why_not(const char *group, char **reterr) {
        if (member.error == HA_GS_OK) {
                (void) fault(reterr, -EPERM, "group '%s' does not let us join: %s", group,
                                text_rejection(member.summary));
                return MEMBER_E_REJECTED;
        }
        (void) fault(reterr, -EPROTO, "cannot join group '%s': %s", group, text_rc(member.error));
        return member.error == HA_GS_BAD_GROUP_ATTRIBUTES ? MEMBER_E_ATTRIBUTES : -EPROTO;
}

int member_progress(const Options *o, char **reterr) {
        if (member.state == LOST)
                return CLIENT_E_LOST;
        if (member.joined)
                return 1;
        if (member.state == JOINING)
                return 0;
        if (member.error != HA_GS_DUPLICATE_INSTANCE_NUMBER || o->instance >= 0 ||
                        member.n_tries >= TRIES_MAX)
                return why_not(member.attributes->gs_group_name, reterr);
        member.instance = (member.instance + STRIDE) % NUMBERS;
        return try_join(reterr);
}

int member_join(const Options *o, const ha_gs_group_attributes_t *attributes, const MemberHooks *hooks,
                uint64_t deadline, char **reterr) {
        uint64_t once = deadline_in(ONCE_USEC);
        int r = member_begin(o, attributes, hooks, reterr), progress = 0;

        while (r == 0 && progress == 0) {
                r = client_wait(deadline > once ? deadline : once);
                if (r == 0)
                        progress = member_progress(o, reterr);
        }
        if (r == CLIENT_E_TIMEOUT)
                member_leave();
        return r != 0 ? r : progress == 1 ? 0 : progress;
}

bool member_is_in(void) {
        return member.state == IN;
}

bool member_is_lost(void) {
        return member.state == LOST;
}

/* An id of 0 is that of nobody, but also that of instance 0 of node 0. */
const ha_gs_provider_t *member_proposer(ha_gs_request_t protocol, const ha_gs_proposal_t *p) {
        switch (protocol) {
        case HA_GS_FAILURE_LEAVE:
        case HA_GS_CAST_OUT:
        case HA_GS_SOURCE_STATE_REFLECTION:
        case HA_GS_JOIN:
                return p->gs_proposed_by.gs_provider_id != 0 ? &p->gs_proposed_by : NULL;
        default:
                return &p->gs_proposed_by;
        }
}

int member_instance(void) {
        return member.instance;
}

ha_gs_token_t member_token(void) {
        return member.token;
}

void member_leave(void) {
        if (member.state == JOINING || member.state == IN)
                (void) ha_gs_goodbye(member.token);
        member.state = OUT;
}
