/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Delayed errors. The failing request is shown as the routine was given it: a proposal comes back with the
 * error, of a join or subscription the token remembers it.
 */

#include <string.h>

#include "libha_gs/attributes.h"
#include "libha_gs/notify.h"

/* Everything that the pointers of a request block point to. */
typedef struct Request {
        ha_gs_proposal_info_t info;
        GsAttributes attributes;
        ha_gs_group_attributes_t attributes_block;
        ha_gs_state_value_t state;
        ha_gs_provider_message_t message;
        char flag[GS_FLAG_MAX + 1];
} Request;

static void show_join(Request *q, Token *t) {
        q->attributes_block = attributes_show(&t->attributes);
        q->info.gs_join_request = (ha_gs_join_request_t){
                .gs_group_attributes = &q->attributes_block,
                .gs_provider_instance = (short) t->provider.instance,
                .gs_provider_local_name = t->has_local_name ? t->local_name : NULL,
                .gs_n_phase_protocol_callback = t->n_phase_callback,
                .gs_protocol_approved_callback = t->approved_callback,
                .gs_protocol_rejected_callback = t->rejected_callback,
                .gs_announcement_callback = t->announcement_callback,
                .gs_merge_callback = t->merge_callback,
        };
}

static void show_subscribe(Request *q, Token *t) {
        q->info.gs_subscribe_request = (ha_gs_subscribe_request_t){
                .gs_subscription_control = t->control,
                .gs_subscription_group = t->group->name,
                .gs_subscription_callback = t->subscriber_callback,
        };
}

static void show_leave(Request *q, const EventLeave *e) {
        q->info.gs_leave_request = (ha_gs_leave_request_t){
                .gs_num_phases = (ha_gs_num_phases_t) e->proposal.num_phases,
                .gs_time_limit = e->proposal.time_limit,
                .gs_leave_code = e->code,
        };
}

static void show_expel(Request *q, EventExpel *e) {
        if (e->flag.size > 0)
                memcpy(q->flag, e->flag.data, e->flag.size);
        q->flag[e->flag.size] = 0;
        q->info.gs_expel_request = (ha_gs_expel_request_t){
                .gs_num_phases = (ha_gs_num_phases_t) e->proposal.num_phases,
                .gs_time_limit = e->proposal.time_limit,
                .gs_expel_list = { .gs_count = e->n_targets,
                                .gs_providers = (ha_gs_provider_t *) e->targets },
                .gs_deactivate_phase = e->deactivate_phase,
                .gs_deactivate_flag = e->flag.size > 0 ? q->flag : NULL,
        };
}

static void show_state_change(Request *q, const EventStateChange *e) {
        q->state = (ha_gs_state_value_t){ .gs_length = (int) e->state.size,
                .gs_state = (char *) e->state.data };
        q->info.gs_state_change_request = (ha_gs_state_change_request_t){
                .gs_num_phases = (ha_gs_num_phases_t) e->proposal.num_phases,
                .gs_time_limit = e->proposal.time_limit,
                .gs_new_state = &q->state,
        };
}

static void show_message(Request *q, const EventMessage *e) {
        q->message = (ha_gs_provider_message_t){ .gs_length = (int) e->message.size,
                .gs_message = (char *) e->message.data };
        q->info.gs_message_request = (ha_gs_message_request_t){
                .gs_num_phases = (ha_gs_num_phases_t) e->proposal.num_phases,
                .gs_time_limit = e->proposal.time_limit,
                .gs_message = &q->message,
        };
}

static void show_attributes(Request *q, EventAttributes *e) {
        q->attributes_block = attributes_show(&e->attributes);
        q->info.gs_change_attributes_request = (ha_gs_change_attributes_t){
                .gs_num_phases = (ha_gs_num_phases_t) e->proposal.num_phases,
                .gs_time_limit = e->proposal.time_limit,
                .gs_group_attributes = &q->attributes_block,
        };
}

/* -EBADMSG: the event is none of that request. */
static int show_proposal(Request *q, GsRequest request, Event *event) {
        static const EventType types[_GS_REQUEST_MAX] = {
                [GS_LEAVE] = EVENT_LEAVE,
                [GS_EXPEL] = EVENT_EXPEL,
                [GS_STATE_VALUE_CHANGE] = EVENT_STATE_CHANGE,
                [GS_PROVIDER_MESSAGE] = EVENT_MESSAGE,
                [GS_GROUP_ATTRIBUTE_CHANGE] = EVENT_ATTRIBUTES,
        };

        if (event->type != types[request])
                return -EBADMSG;

        switch (event->type) {
        case EVENT_LEAVE:
                show_leave(q, &event->leave);
                return 0;
        case EVENT_EXPEL:
                show_expel(q, &event->expel);
                return 0;
        case EVENT_STATE_CHANGE:
                show_state_change(q, &event->state_change);
                return 0;
        case EVENT_MESSAGE:
                show_message(q, &event->message);
                return 0;
        case EVENT_ATTRIBUTES:
                show_attributes(q, &event->attributes);
                return 0;
        default:
                return -EBADMSG;
        }
}

static int show_request(Request *q, Token *t, ClientError *e) {
        *q = (Request){};
        if (e->request == GS_JOIN && !e->has_event && t->state != TOKEN_SUBSCRIBER)
                show_join(q, t);
        else if (e->request == GS_SUBSCRIPTION && !e->has_event && t->state == TOKEN_SUBSCRIBER)
                show_subscribe(q, t);
        else if (e->has_event && t->state != TOKEN_SUBSCRIBER)
                return show_proposal(q, e->request, &e->event);
        else
                return -EBADMSG;
        return 0;
}

int notify_error(Item *item) {
        FrameReader body = { .data = item->body, .size = item->size };
        ha_gs_delayed_error_cb_t *callback = client.delayed_error_callback;
        ha_gs_delayed_error_notification_t block;
        Token *t = item->token;
        ClientError e;
        Request q;
        int r;

        r = client_get_error(&body, &e);
        if (r < 0)
                return r;
        r = show_request(&q, t, &e);
        if (r < 0)
                return r;

        block = (ha_gs_delayed_error_notification_t){
                .gs_notification_type = HA_GS_DELAYED_ERROR_NOTIFICATION,
                .gs_request_token = t->number,
                .gs_protocol_type = (ha_gs_request_t) e.request,
                .gs_delayed_return_code = (ha_gs_rc_t) e.error,
                .gs_failing_request = &q.info,
        };
        client_begin_callback();
        callback(&block);
        client_end_callback();

        /* A join or subscription that failed ends its token; the daemon says so, too. */
        if (!e.has_event)
                token_end(t);
        return 0;
}
