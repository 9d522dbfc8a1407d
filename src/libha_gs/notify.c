/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Notifications of groups, as blocks for callbacks: see notify.h. The lists and bytes stay in the frame. */

#include "libha_gs/notify.h"
#include "libha_gs/attributes.h"

#include <string.h>

/* Everything that the pointers of a proposal or subscription block point to. */
typedef struct Shown {
        ha_gs_proposal_t proposal;
        ha_gs_membership_t current, changing;
        ha_gs_leave_array_t leaves;
        ha_gs_expel_info_t expel;
        char flag[GS_FLAG_MAX + 1];
        ha_gs_state_value_t state, proposed_state, source_state;
        ha_gs_provider_message_t message;
        ha_gs_group_attributes_t attributes;
        ha_gs_special_block_t deaths;
        ha_gs_special_data_t special;
} Shown;

/* ---- what it means for the token ---- */

static bool is_proposal(GsNotificationType type) {
        return type == GS_N_PHASE_NOTIFICATION || type == GS_APPROVED_NOTIFICATION ||
               type == GS_REJECTED_NOTIFICATION;
}

/* Does a token in this state get that? */
static bool fits(const Token *t, const NotificationFrame *f) {
        if (t->state == TOKEN_SUBSCRIBER)
                return f->n.type == GS_SUBSCRIPTION_NOTIFICATION &&
                       (!(f->n.subscription_type & GS_SUBSCRIBE_MEMBERSHIP) ||
                                       f->list != NOTIFICATION_LIST_NONE);

        return f->n.type == GS_ANNOUNCEMENT_NOTIFICATION ||
               (is_proposal(f->n.type) && f->list != NOTIFICATION_LIST_NONE);
}

/* The first approval that a joining provider hears of is that of its join (gsapi.md 5.3). */
static void token_follow(Token *t, const GsNotification *n) {
        if (!is_proposal(n->type))
                return;

        if (n->type == GS_APPROVED_NOTIFICATION && t->state == TOKEN_JOINING)
                t->state = TOKEN_MEMBER;
        t->in_protocol = n->type == GS_N_PHASE_NOTIFICATION;
        t->may_vote = t->in_protocol && n->votes;
        t->phase = (EventPhase){ .group = n->group, .protocol = n->protocol, .phase = n->phase };
}

static bool is_leave(GsRequest request) {
        return request == GS_LEAVE || request == GS_EXPEL || request == GS_CAST_OUT ||
               request == GS_FAILURE_LEAVE;
}

/* Does `n` concern the provider of this token? */
static bool is_about(const Token *t, const GsNotification *n) {
        for (uint32_t i = 0; i < n->n_changing; i++)
                if (gs_provider_equal(n->changing[i], t->provider))
                        return true;
        return false;
}

/* The daemon says TOKEN_DEAD behind it, but the caller may look before that arrives. */
static bool is_last(const Token *t, const GsNotification *n) {
        switch (n->type) {
        case GS_APPROVED_NOTIFICATION:
                return is_leave(n->request) && is_about(t, n);
        case GS_REJECTED_NOTIFICATION:
                return n->request == GS_JOIN && t->state == TOKEN_JOINING;
        case GS_ANNOUNCEMENT_NOTIFICATION:
                return n->summary & (GS_GROUP_DISSOLVED | GS_GROUP_SERVICES_HAS_DIED_HORRIBLY);
        default:
                return n->subscription_type & (GS_SUBSCRIPTION_DISSOLVED | GS_SUBSCRIPTION_GS_HAS_DIED);
        }
}

/* ---- blocks ---- */

/* What is in a frame of ours is ours to give away for writing. */
static ha_gs_membership_t *show_list(ha_gs_membership_t *block, const GsProvider *list, uint32_t n) {
        *block = (ha_gs_membership_t){ .gs_count = n, .gs_providers = (ha_gs_provider_t *) list };
        return block;
}

static ha_gs_state_value_t *show_value(ha_gs_state_value_t *block, const GsBytes *value) {
        *block = (ha_gs_state_value_t){ .gs_length = (int) value->size, .gs_state = (char *) value->data };
        return block;
}

static ha_gs_membership_t *show_members(Shown *s, Token *t) {
        s->current = (ha_gs_membership_t){ .gs_count = t->members.n,
                .gs_providers = members_show(&t->members) };
        return &s->current;
}

static ha_gs_leave_array_t *show_leaves(Shown *s, const GsNotification *n) {
        s->leaves = (ha_gs_leave_array_t){ .gs_count = n->n_changing,
                .gs_leave_codes = (ha_gs_leave_info_t *) n->leaves };
        return &s->leaves;
}

static ha_gs_expel_info_t *show_expel(Shown *s, const GsNotification *n) {
        if (n->deactivate_flag.size > 0)
                memcpy(s->flag, n->deactivate_flag.data, n->deactivate_flag.size);
        s->flag[n->deactivate_flag.size] = 0;
        s->expel = (ha_gs_expel_info_t){ .gs_deactivate_phase = (int) n->deactivate_phase,
                .gs_deactivate_flag = s->flag };
        return &s->expel;
}

static ha_gs_provider_message_t *show_message(Shown *s, const GsBytes *message) {
        s->message = (ha_gs_provider_message_t){ .gs_length = (int) message->size,
                .gs_message = (char *) message->data };
        return &s->message;
}

static ha_gs_proposal_t *show_proposal(Shown *s, Token *t, NotificationFrame *f) {
        const GsNotification *n = &f->n;

        s->attributes = attributes_show(&f->attributes);
        s->proposal = (ha_gs_proposal_t){
                .gs_phase_info = { .gs_num_phases = n->n_phase ? HA_GS_N_PHASE : HA_GS_1_PHASE,
                                .gs_phase_number = (int) n->phase },
                .gs_whats_changed = n->whats_changed,
                .gs_current_providers = show_members(s, t),
                .gs_changing_providers =
                                n->n_changing > 0 ? show_list(&s->changing, n->changing, n->n_changing)
                                                  : NULL,
                .gs_leave_info = n->leaves ? show_leaves(s, n) : NULL,
                .gs_expel_info = n->whats_changed & GS_EXPEL_INFORMATION ? show_expel(s, n) : NULL,
                .gs_current_state_value = show_value(&s->state, &n->state),
                .gs_proposed_state_value = n->proposed_state.size > 0 ? show_value(&s->proposed_state,
                                                                                        &n->proposed_state)
                                                                      : NULL,
                .gs_source_state_value = n->whats_changed & GS_REFLECTED_SOURCE_STATE_VALUE
                                                         ? show_value(&s->source_state, &n->source_state)
                                                         : NULL,
                .gs_provider_message = n->message.size > 0 ? show_message(s, &n->message) : NULL,
                .gs_new_group_attributes = n->attributes ? &s->attributes : NULL,
        };
        s->proposal.gs_proposed_by.gs_instance_number = (short) n->proposed_by.instance;
        s->proposal.gs_proposed_by.gs_node_number = (short) n->proposed_by.node;
        return &s->proposal;
}

static ha_gs_special_data_t *show_deaths(Shown *s, const GsNotification *n) {
        s->deaths = (ha_gs_special_block_t){ .gs_special_flag = HA_GS_ADAPTER_DEATH_ARRAY,
                .gs_special_num_entries = (int) n->n_changing,
                .gs_special_length = sizeof(ha_gs_adapter_death_t),
                .gs_special = (void *) n->deaths };
        s->special = (ha_gs_special_data_t){
                .gs_length = 1, .gs_flag = HA_GS_ADAPTER_DEATH_ARRAY, .gs_special_data = &s->deaths
        };
        return &s->special;
}

/* ---- callbacks ---- */

static void call_n_phase(Token *t, NotificationFrame *f, Shown *s) {
        ha_gs_n_phase_notification_t block = {
                .gs_notification_type = HA_GS_N_PHASE_NOTIFICATION,
                .gs_provider_token = t->number,
                .gs_protocol_type = (ha_gs_request_t) f->n.request,
                .gs_summary_code = f->n.summary,
                .gs_time_limit = f->n.time_limit,
                .gs_proposal = show_proposal(s, t, f),
        };

        client_begin_callback();
        t->n_phase_callback(&block);
        client_end_callback();
}

static void call_approved(Token *t, NotificationFrame *f, Shown *s) {
        ha_gs_approved_notification_t block = {
                .gs_notification_type = HA_GS_APPROVED_NOTIFICATION,
                .gs_provider_token = t->number,
                .gs_protocol_type = (ha_gs_request_t) f->n.request,
                .gs_summary_code = f->n.summary,
                .gs_proposal = show_proposal(s, t, f),
        };

        client_begin_callback();
        t->approved_callback(&block);
        client_end_callback();
}

static void call_rejected(Token *t, NotificationFrame *f, Shown *s) {
        ha_gs_rejected_notification_t block = {
                .gs_notification_type = HA_GS_REJECTED_NOTIFICATION,
                .gs_provider_token = t->number,
                .gs_protocol_type = (ha_gs_request_t) f->n.request,
                .gs_summary_code = f->n.summary,
                .gs_proposal = show_proposal(s, t, f),
        };

        client_begin_callback();
        t->rejected_callback(&block);
        client_end_callback();
}

static void call_announcement(Token *t, const GsNotification *n, Shown *s) {
        ha_gs_announcement_notification_t block = {
                .gs_notification_type = HA_GS_ANNOUNCEMENT_NOTIFICATION,
                .gs_provider_token = t->number,
                .gs_summary_code = n->summary,
                .gs_announcement = show_list(&s->changing, n->changing, n->n_changing),
        };

        client_begin_callback();
        t->announcement_callback(&block);
        client_end_callback();
}

static void call_subscriber(Token *t, const GsNotification *n, Shown *s) {
        uint32_t type = n->subscription_type;
        ha_gs_subscription_notification_t block = {
                .gs_notification_type = HA_GS_SUBSCRIPTION_NOTIFICATION,
                .gs_subscriber_token = t->number,
                .gs_subscription_type = type,
                .gs_state_value = type & GS_SUBSCRIBE_STATE ? show_value(&s->state, &n->state) : NULL,
                .gs_full_membership = type & GS_SUBSCRIBE_MEMBERSHIP ? show_members(s, t) : NULL,
                .gs_changing_membership =
                                n->n_changing > 0 ? show_list(&s->changing, n->changing, n->n_changing)
                                                  : NULL,
                .gs_subscription_special_data =
                                type & GS_SUBSCRIPTION_SPECIAL_DATA && n->deaths ? show_deaths(s, n) : NULL,
        };

        client_begin_callback();
        t->subscriber_callback(&block);
        client_end_callback();
}

static void call_back(Token *t, NotificationFrame *f) {
        Shown shown;

        switch (f->n.type) {
        case GS_N_PHASE_NOTIFICATION:
                call_n_phase(t, f, &shown);
                break;
        case GS_APPROVED_NOTIFICATION:
                call_approved(t, f, &shown);
                break;
        case GS_REJECTED_NOTIFICATION:
                call_rejected(t, f, &shown);
                break;
        case GS_ANNOUNCEMENT_NOTIFICATION:
                call_announcement(t, &f->n, &shown);
                break;
        default:
                call_subscriber(t, &f->n, &shown);
        }
}

int notify_event(Item *item) {
        FrameReader body = { .data = item->body, .size = item->size };
        Token *t = item->token;
        NotificationFrame f;
        bool last;
        int r;

        r = notification_decode(&body, &f);
        if (r < 0)
                return r;
        if (!fits(t, &f))
                return -EBADMSG;
        r = members_apply(&t->members, &f);
        if (r < 0)
                return r;

        last = is_last(t, &f.n);
        token_follow(t, &f.n);
        call_back(t, &f);
        if (last)
                token_end(t);
        return 0;
}
