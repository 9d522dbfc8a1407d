/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A story of a client and a daemon that may say anything: the input is what the daemon says, datagram by
 * datagram, and what the client does between. Whatever that is, callbacks see values within their bounds and
 * only tokens that live, and after a loss everything says so.
 *
 * An op is a byte; that of a datagram is followed by its length, two bytes, and by so many bytes.
 */

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "libha_gs/connection.h"
#include "libha_gs/token.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef enum Op {
        OP_SAY,
        OP_DISPATCH,
        OP_SEND,
        OP_VOTE,
        OP_GOODBYE,
        OP_UNSUBSCRIBE,
        OP_SAY_NOTHING_MORE,
        _OP_MAX,
} Op;

static int daemon_fd;
static ha_gs_token_t provider, joiner, subscriber; /* 0: gone */
static unsigned sum;                               /* of all that was shown, so that all is read */

static void require(bool condition) {
        if (!condition)
                abort();
}

/* ---- callbacks ---- */

static void look_at_bytes(const void *bytes, int n, int max) {
        require(n >= 0 && n <= max && (n == 0) == !bytes);
        for (int i = 0; i < n; i++)
                sum += ((const unsigned char *) bytes)[i];
}

static void look_at_state(const ha_gs_state_value_t *value) {
        if (value)
                look_at_bytes(value->gs_state, value->gs_length, GS_STATE_MAX);
}

static void look_at_list(const ha_gs_membership_t *list) {
        for (unsigned i = 0; list && i < list->gs_count; i++)
                sum += (unsigned) list->gs_providers[i].gs_provider_id;
}

static void look_at_attributes(const ha_gs_group_attributes_t *a) {
        require(strlen(a->gs_group_name) <= GS_GROUP_NAME_MAX);
        require(!a->gs_source_group_name || strlen(a->gs_source_group_name) <= GS_GROUP_NAME_MAX);
        require(a->gs_num_phases == HA_GS_1_PHASE || a->gs_num_phases == HA_GS_N_PHASE);
}

static void look_at_proposal(ha_gs_token_t token, const ha_gs_proposal_t *p) {
        require(token == provider || token == joiner);
        require(p->gs_current_providers && p->gs_current_state_value);
        look_at_list(p->gs_current_providers);
        look_at_list(p->gs_changing_providers);
        if (p->gs_leave_info) {
                require(p->gs_leave_info->gs_count ==
                                (p->gs_changing_providers ? p->gs_changing_providers->gs_count : 0));
                for (unsigned i = 0; i < p->gs_leave_info->gs_count; i++)
                        sum += p->gs_leave_info->gs_leave_codes[i].gs_voluntary_leave_code;
        }
        if (p->gs_expel_info)
                require(strlen(p->gs_expel_info->gs_deactivate_flag) <= GS_FLAG_MAX);
        look_at_state(p->gs_current_state_value);
        look_at_state(p->gs_proposed_state_value);
        look_at_state(p->gs_source_state_value);
        if (p->gs_provider_message)
                look_at_bytes(p->gs_provider_message->gs_message, p->gs_provider_message->gs_length,
                                GS_MESSAGE_MAX);
        if (p->gs_new_group_attributes)
                look_at_attributes(p->gs_new_group_attributes);
}

static void on_n_phase(const ha_gs_n_phase_notification_t *block) {
        look_at_proposal(block->gs_provider_token, block->gs_proposal);
}

static void on_approved(const ha_gs_approved_notification_t *block) {
        look_at_proposal(block->gs_provider_token, block->gs_proposal);
}

static void on_rejected(const ha_gs_rejected_notification_t *block) {
        look_at_proposal(block->gs_provider_token, block->gs_proposal);
}

static void on_announcement(const ha_gs_announcement_notification_t *block) {
        require(block->gs_provider_token == provider || block->gs_provider_token == joiner);
        look_at_list(block->gs_announcement);
}

static void on_subscription(const ha_gs_subscription_notification_t *block) {
        const ha_gs_special_data_t *special = block->gs_subscription_special_data;

        require(block->gs_subscriber_token == subscriber);
        look_at_state(block->gs_state_value);
        look_at_list(block->gs_full_membership);
        look_at_list(block->gs_changing_membership);
        for (int i = 0; special && i < special->gs_special_data->gs_special_num_entries; i++)
                sum += ((const ha_gs_adapter_death_t *) special->gs_special_data->gs_special)[i];
}

static void on_delayed_error(const ha_gs_delayed_error_notification_t *block) {
        const ha_gs_proposal_info_t *info = block->gs_failing_request;

        switch (block->gs_protocol_type) {
        case HA_GS_JOIN:
                look_at_attributes(info->gs_join_request.gs_group_attributes);
                break;
        case HA_GS_SUBSCRIPTION:
                require(strcmp(info->gs_subscribe_request.gs_subscription_group, "group") == 0);
                break;
        case HA_GS_EXPEL:
                look_at_list(&info->gs_expel_request.gs_expel_list);
                break;
        case HA_GS_STATE_VALUE_CHANGE:
                look_at_state(info->gs_state_change_request.gs_new_state);
                break;
        case HA_GS_PROVIDER_MESSAGE:
                look_at_bytes(info->gs_message_request.gs_message->gs_message,
                                info->gs_message_request.gs_message->gs_length, GS_MESSAGE_MAX);
                break;
        case HA_GS_GROUP_ATTRIBUTE_CHANGE:
                look_at_attributes(info->gs_change_attributes_request.gs_group_attributes);
                break;
        default:
                require(block->gs_protocol_type == HA_GS_LEAVE);
        }
}

static ha_gs_callback_rc_t on_check(_unused_ const ha_gs_responsiveness_notification_t *block) {
        return HA_GS_CALLBACK_OK;
}

/* ---- the two ---- */

static ha_gs_token_t join(char *group) {
        ha_gs_group_attributes_t attributes = {
                .gs_sizeof_group_attributes = sizeof(attributes),
                .gs_num_phases = HA_GS_N_PHASE,
                .gs_source_reflection_num_phases = HA_GS_1_PHASE,
                .gs_group_name = group,
        };
        ha_gs_proposal_info_t info = { .gs_join_request = { &attributes, 3, NULL, on_n_phase, on_approved,
                                                       on_rejected, on_announcement, NULL } };
        ha_gs_token_t token = 0;

        require(ha_gs_join(&token, &info) == HA_GS_OK);
        return token;
}

/* The same tokens and serials each time. */
static void start(void) {
        ha_gs_proposal_info_t info = { .gs_subscribe_request = {
                                                       HA_GS_SUBSCRIBE_STATE_AND_MEMBERSHIP,
                                                       (char *) "group",
                                                       on_subscription,
                                       } };
        int fds[2];

        require(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) == 0);
        client.last_token = 0;
        client.last_serial = 0;
        client.connection = connection_new();
        client.connection->fd = fds[0];
        client.delayed_error_callback = on_delayed_error;
        client.responsiveness_callback = on_check;
        client.responsiveness.gs_responsiveness_type = HA_GS_PING_RESPONSIVENESS;
        daemon_fd = fds[1];

        provider = join((char *) "group");
        joiner = join((char *) "other");
        require(ha_gs_subscribe(&subscriber, &info) == HA_GS_OK);
}

static void hear(void) {
        static uint8_t frame[FRAME_SIZE_MAX];

        while (recv(daemon_fd, frame, sizeof(frame), MSG_DONTWAIT) > 0)
                ;
}

static void say(const void *frame, size_t size) {
        (void) send(daemon_fd, frame, size, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void send_message(void) {
        ha_gs_provider_message_t message = { 5, (char *) "hello" };
        ha_gs_proposal_info_t info = { .gs_message_request = { HA_GS_N_PHASE, 0, &message } };

        (void) ha_gs_send_message(provider, &info);
        hear();
}

/* The answer is there already, as there is room for it: nobody shall wait. */
static void take_leave(ha_gs_rc_t (*routine)(ha_gs_token_t), ha_gs_token_t *token) {
        uint8_t frame[FRAME_HEAD_SIZE];
        FrameWriter w = frame_begin(frame, sizeof(frame), FRAME_DONE, client.last_serial + 1);

        (void) ha_gs_dispatch(HA_GS_NON_BLOCKING);
        say(frame, (size_t) frame_finish(&w));
        if (routine(*token) == HA_GS_OK)
                *token = 0;
        hear();
}

static bool say_next(const uint8_t **data, size_t *size) {
        size_t n;

        if (*size < 2)
                return false;
        n = (*data)[0] | (size_t) (*data)[1] << 8;
        n = n < *size - 2 ? n : *size - 2;
        say(*data + 2, n);
        *data += 2 + n;
        *size -= 2 + n;
        return true;
}

static void end(void) {
        ha_gs_rc_t r = ha_gs_dispatch(HA_GS_NON_BLOCKING);

        if (r != HA_GS_OK) {
                require(r == HA_GS_NOT_OK && ha_gs_dispatch(HA_GS_BLOCKING) == HA_GS_NOT_OK);
                require(ha_gs_goodbye(provider) == HA_GS_NOT_OK);
        }
        ha_gs_quit();
        (void) close(daemon_fd);
        require(!client.inbox.first && client.inbox_bytes == 0 && !client.tokens && !client.groups);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        bool more = true;

        start();
        while (more && size > 0) {
                Op op = *data++ % _OP_MAX;

                size--;
                if (op == OP_SAY)
                        more = say_next(&data, &size);
                else if (op == OP_DISPATCH)
                        (void) ha_gs_dispatch(HA_GS_NON_BLOCKING);
                else if (op == OP_SEND)
                        send_message();
                else if (op == OP_VOTE)
                        (void) ha_gs_vote(joiner, HA_GS_VOTE_APPROVE, NULL, NULL, HA_GS_NULL_VOTE);
                else if (op == OP_GOODBYE)
                        take_leave(ha_gs_goodbye, &provider);
                else if (op == OP_UNSUBSCRIBE)
                        take_leave(ha_gs_unsubscribe, &subscriber);
                else
                        (void) shutdown(daemon_fd, SHUT_WR);
                hear();
        }
        end();
        return 0;
}
