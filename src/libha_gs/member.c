/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How tokens come and go: join, subscribe, goodbye, unsubscribe. */

#include <string.h>

#include "libha_gs/check.h"
#include "libha_gs/connection.h"
#include "libha_gs/token.h"

#define JOIN_SIZE_MAX 512

/* Send what makes the token known to the daemon; without that it is none. */
static ha_gs_rc_t submit(Token *t, const void *frame, ssize_t size, ha_gs_token_t *ret) {
        ha_gs_rc_t r;

        r = connection_send(frame, size);
        if (r != HA_GS_OK) {
                token_end(t);
                return r;
        }
        *ret = t->number;
        return HA_GS_OK;
}

static Token *token_of_join(const ha_gs_join_request_t *q, const GsAttributes *attributes) {
        Token *t = token_new(TOKEN_JOINING, attributes->group);

        if (!t)
                return NULL;

        t->provider = (GsProvider){ .instance = (uint16_t) q->gs_provider_instance,
                .node = client.connection->node_number };
        t->attributes = *attributes;
        t->has_local_name = q->gs_provider_local_name;
        (void) strcpy(t->local_name, t->has_local_name ? q->gs_provider_local_name : "");
        t->n_phase_callback = q->gs_n_phase_protocol_callback;
        t->approved_callback = q->gs_protocol_approved_callback;
        t->rejected_callback = q->gs_protocol_rejected_callback;
        t->announcement_callback = q->gs_announcement_callback;
        t->merge_callback = q->gs_merge_callback;
        return t;
}

ha_gs_rc_t ha_gs_join(ha_gs_token_t *provider_token, const ha_gs_proposal_info_t *proposal_info) {
        _cleanup_(client_leave) _unused_ int cancel = client_enter();
        uint8_t frame[JOIN_SIZE_MAX];
        GsAttributes attributes;
        Event event;
        ha_gs_rc_t r;
        Token *t;

        r = client_status();
        if (r != HA_GS_OK)
                return r;
        if (!provider_token || !proposal_info)
                return HA_GS_BAD_PARAMETER;
        r = check_join(&proposal_info->gs_join_request, &attributes);
        if (r != HA_GS_OK)
                return r;
        t = token_of_join(&proposal_info->gs_join_request, &attributes);
        if (!t)
                return HA_GS_NO_MEMORY;

        event.type = EVENT_JOIN;
        event.client.token = t->number;
        event.join = (EventJoin){ .instance = t->provider.instance, .attributes = attributes };
        return submit(t, frame, client_encode_request(&event, t->local_name, 0, frame, sizeof(frame)),
                        provider_token);
}

ha_gs_rc_t ha_gs_subscribe(ha_gs_token_t *subscriber_token, const ha_gs_proposal_info_t *proposal_info) {
        _cleanup_(client_leave) _unused_ int cancel = client_enter();
        const ha_gs_subscribe_request_t *q;
        uint8_t frame[JOIN_SIZE_MAX];
        ClientSubscribe subscribe;
        ha_gs_rc_t r;
        Token *t;

        r = client_status();
        if (r != HA_GS_OK)
                return r;
        if (!subscriber_token || !proposal_info)
                return HA_GS_BAD_PARAMETER;
        q = &proposal_info->gs_subscribe_request;
        r = check_subscribe(q);
        if (r != HA_GS_OK)
                return r;
        t = token_new(TOKEN_SUBSCRIBER, q->gs_subscription_group);
        if (!t)
                return HA_GS_NO_MEMORY;

        t->control = q->gs_subscription_control;
        t->subscriber_callback = q->gs_subscription_callback;
        subscribe = (ClientSubscribe){ .token = t->number, .control = t->control };
        (void) strcpy(subscribe.group, t->group->name);
        return submit(t, frame, client_encode_subscribe(&subscribe, frame, sizeof(frame)), subscriber_token);
}

/* ---- the ways out: the token is dead at once, so what is queued for it is not dispatched any more ---- */

ha_gs_rc_t ha_gs_goodbye(ha_gs_token_t provider_token) {
        _cleanup_(client_leave) _unused_ int cancel = client_enter();
        uint8_t frame[FRAME_HEAD_SIZE + 16];
        uint32_t serial = connection_new_serial();
        Event event;
        ha_gs_rc_t r;
        Token *t;

        r = client_status();
        if (r != HA_GS_OK)
                return r;
        t = token_find(provider_token);
        if (!t || t->state == TOKEN_SUBSCRIBER)
                return HA_GS_BAD_MEMBER_TOKEN;

        token_end(t);
        event.type = EVENT_GOODBYE;
        event.client.token = provider_token;
        r = connection_send(frame, client_encode_request(&event, "", serial, frame, sizeof(frame)));
        return r == HA_GS_OK ? connection_await(serial) : r;
}

ha_gs_rc_t ha_gs_unsubscribe(ha_gs_token_t subscriber_token) {
        _cleanup_(client_leave) _unused_ int cancel = client_enter();
        uint8_t frame[FRAME_HEAD_SIZE + 16];
        uint32_t serial = connection_new_serial();
        ha_gs_rc_t r;
        Token *t;

        r = client_status();
        if (r != HA_GS_OK)
                return r;
        t = token_find(subscriber_token);
        if (!t || t->state != TOKEN_SUBSCRIBER)
                return HA_GS_BAD_MEMBER_TOKEN;

        token_end(t);
        r = connection_send(frame, client_encode_token(FRAME_UNSUBSCRIBE, serial, subscriber_token, frame,
                                                   sizeof(frame)));
        return r == HA_GS_OK ? connection_await(serial) : r;
}
