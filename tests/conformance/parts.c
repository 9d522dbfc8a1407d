/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The parts of an actor: see parts.h. */

#include "parts.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lines.h"
#include "stage.h"

Hooks hooks;

/* The process. */
static struct {
        int teller;
        ha_gs_descriptor_t descriptor; /* -1: is no client */
        bool deaf;
        ha_gs_callback_rc_t answer;
        uint64_t counter;
        bool settled;
} self = { .teller = -1, .descriptor = -1, .answer = HA_GS_CALLBACK_OK };

/* ---- what is told to the teller ---- */

static void tell(const struct iovec *parts, int n) {
        struct msghdr message = { .msg_iov = (struct iovec *) parts, .msg_iovlen = (size_t) n };

        while (sendmsg(self.teller, &message, MSG_NOSIGNAL) < 0)
                if (errno != EINTR)
                        _exit(0); /* the case is over */
}

static void report_line(ha_gs_token_t token, const char *line) {
        StageHead head = { .kind = STAGE_LINE, .value = token };

        tell((struct iovec[]){ { &head, sizeof(head) }, { (void *) line, strlen(line) + 1 } }, 2);
}

void report(ha_gs_token_t token, const char *format, ...) {
        char line[1024];
        va_list args;

        va_start(args, format);
        (void) vsnprintf(line, sizeof(line), format, args);
        va_end(args);
        report_line(token, line);
}

void report_n_phase(const ha_gs_n_phase_notification_t *n) {
        char line[LINE_SIZE];

        line_n_phase(n, line);
        report_line(n->gs_provider_token, line);
        if (hooks.n_phase)
                hooks.n_phase(n);
}

void report_approved(const ha_gs_approved_notification_t *n) {
        char line[LINE_SIZE];

        line_approved(n, line);
        report_line(n->gs_provider_token, line);
        if (hooks.approved)
                hooks.approved(n);
}

void report_rejected(const ha_gs_rejected_notification_t *n) {
        char line[LINE_SIZE];

        line_rejected(n, line);
        report_line(n->gs_provider_token, line);
}

void report_announcement(const ha_gs_announcement_notification_t *n) {
        char line[LINE_SIZE];

        line_announcement(n, line);
        report_line(n->gs_provider_token, line);
}

void report_subscription(const ha_gs_subscription_notification_t *n) {
        char line[LINE_SIZE];

        line_subscription(n, line);
        report_line(n->gs_subscriber_token, line);
}

void report_delayed_error(const ha_gs_delayed_error_notification_t *n) {
        char line[LINE_SIZE];

        line_delayed_error(n, line);
        report_line(n->gs_request_token, line);
}

ha_gs_callback_rc_t report_responsiveness(const ha_gs_responsiveness_notification_t *n) {
        char line[LINE_SIZE];

        line_responsiveness(n, line);
        report_line(0, line);
        if (hooks.responsiveness)
                hooks.responsiveness(n);
        return self.answer;
}

/* ---- the routines ---- */

int part_init(void *data) {
        InitPart *p = data;
        ha_gs_responsiveness_t r = {
                .gs_responsiveness_type = (ha_gs_responsiveness_type_t) p->type,
                .gs_responsiveness_interval = (unsigned) p->interval,
                .gs_responsiveness_response_time_limit = (ha_gs_time_limit_t) p->limit,
                .gs_counter_location = p->no_counter ? NULL : &self.counter,
                .gs_counter_length = (unsigned) p->counter_length,
        };
        ha_gs_descriptor_t descriptor = -1;
        ha_gs_rc_t code;

        code = ha_gs_init(&descriptor, (ha_gs_socket_ctrl_t) p->options, p->type < 0 ? NULL : &r,
                        p->has_script ? p->script : NULL,
                        p->no_responsiveness_callback ? NULL : report_responsiveness,
                        p->no_delayed_error_callback ? NULL : report_delayed_error, NULL);
        if (code == HA_GS_OK)
                self.descriptor = descriptor;
        p->descriptor = descriptor;
        return (int) code;
}

ha_gs_group_attributes_t *attributes_unpack(AttributesPart *p) {
        p->block.gs_group_name = p->has_group ? p->group : NULL;
        p->block.gs_source_group_name = p->has_source ? p->source : NULL;
        return &p->block;
}

void attributes_pack(const ha_gs_group_attributes_t *g, AttributesPart *ret) {
        ret->block = *g;
        ret->has_group = g->gs_group_name;
        ret->has_source = g->gs_source_group_name;
        (void) snprintf(ret->group, sizeof(ret->group), "%s", ret->has_group ? g->gs_group_name : "");
        (void) snprintf(ret->source, sizeof(ret->source), "%s",
                        ret->has_source ? g->gs_source_group_name : "");
}

int part_join(void *data) {
        JoinPart *p = data;
        ha_gs_join_request_t request = {
                .gs_group_attributes = p->no_attributes ? NULL : attributes_unpack(&p->attributes),
                .gs_provider_instance = p->instance,
                .gs_provider_local_name = p->has_local_name ? p->local_name : NULL,
                .gs_n_phase_protocol_callback = p->without & WITHOUT_N_PHASE ? NULL : report_n_phase,
                .gs_protocol_approved_callback = p->without & WITHOUT_APPROVED ? NULL : report_approved,
                .gs_protocol_rejected_callback = p->without & WITHOUT_REJECTED ? NULL : report_rejected,
                .gs_announcement_callback = p->without & WITHOUT_ANNOUNCEMENT ? NULL : report_announcement,
        };
        ha_gs_proposal_info_t info = { .gs_join_request = request };
        int code = (int) ha_gs_join(&p->token, &info);

        /* Whatever the library keeps must be its own. */
        memset(&p->attributes, 'x', sizeof(p->attributes));
        memset(&info, 'x', sizeof(info));
        return code;
}

int part_subscribe(void *data) {
        SubscribePart *p = data;
        ha_gs_subscribe_request_t request = {
                .gs_subscription_control = p->control,
                .gs_subscription_group = p->has_group ? p->group : NULL,
                .gs_subscription_callback = p->no_callback ? NULL : report_subscription,
        };
        ha_gs_proposal_info_t info = { .gs_subscribe_request = request };
        int code = (int) ha_gs_subscribe(&p->token, &info);

        memset(p->group, 'x', sizeof(p->group));
        memset(&info, 'x', sizeof(info));
        return code;
}

int part_unsubscribe(void *data) {
        return (int) ha_gs_unsubscribe(*(int *) data);
}

int part_vote(void *data) {
        VotePart *p = data;
        ha_gs_state_value_t state = { p->state.length, p->state.data };
        ha_gs_provider_message_t message = { p->message.length, p->message.data };
        int code = (int) ha_gs_vote(p->token, (ha_gs_vote_value_t) p->value, p->state.given ? &state : NULL,
                        p->message.given ? &message : NULL, (ha_gs_vote_value_t) p->default_vote);

        memset(p->state.data, 'x', sizeof(p->state.data));
        memset(p->message.data, 'x', sizeof(p->message.data));
        return code;
}

int part_change_state(void *data) {
        ProposalPart *p = data;
        ha_gs_state_value_t state = { p->bytes.length, p->bytes.data };
        ha_gs_state_change_request_t request = {
                .gs_num_phases = (ha_gs_num_phases_t) p->phases,
                .gs_time_limit = (ha_gs_time_limit_t) p->limit,
                .gs_new_state = p->bytes.given ? &state : NULL,
        };
        ha_gs_proposal_info_t info = { .gs_state_change_request = request };
        int code = (int) ha_gs_change_state_value(p->token, &info);

        memset(p->bytes.data, 'x', sizeof(p->bytes.data));
        return code;
}

int part_send_message(void *data) {
        ProposalPart *p = data;
        ha_gs_provider_message_t message = { p->bytes.length, p->bytes.data };
        ha_gs_message_request_t request = {
                .gs_num_phases = (ha_gs_num_phases_t) p->phases,
                .gs_time_limit = (ha_gs_time_limit_t) p->limit,
                .gs_message = p->bytes.given ? &message : NULL,
        };
        ha_gs_proposal_info_t info = { .gs_message_request = request };
        int code = (int) ha_gs_send_message(p->token, &info);

        memset(p->bytes.data, 'x', sizeof(p->bytes.data));
        return code;
}

int part_leave(void *data) {
        ProposalPart *p = data;
        ha_gs_leave_request_t request = {
                .gs_num_phases = (ha_gs_num_phases_t) p->phases,
                .gs_time_limit = (ha_gs_time_limit_t) p->limit,
                .gs_leave_code = p->code,
        };
        ha_gs_proposal_info_t info = { .gs_leave_request = request };

        return (int) ha_gs_leave(p->token, &info);
}

int part_expel(void *data) {
        ProposalPart *p = data;
        ha_gs_expel_request_t request = {
                .gs_num_phases = (ha_gs_num_phases_t) p->phases,
                .gs_time_limit = (ha_gs_time_limit_t) p->limit,
                .gs_expel_list = { (unsigned) p->n_list, p->list },
                .gs_deactivate_phase = p->script_phase,
                .gs_deactivate_flag = p->has_flag ? p->flag : NULL,
        };
        ha_gs_proposal_info_t info = { .gs_expel_request = request };
        int code = (int) ha_gs_expel(p->token, &info);

        memset(p->list, 'x', sizeof(p->list));
        memset(p->flag, 'x', sizeof(p->flag));
        return code;
}

int part_change_attributes(void *data) {
        ProposalPart *p = data;
        ha_gs_change_attributes_t request = {
                .gs_num_phases = (ha_gs_num_phases_t) p->phases,
                .gs_time_limit = (ha_gs_time_limit_t) p->limit,
                .gs_group_attributes = attributes_unpack(&p->attributes),
        };
        ha_gs_proposal_info_t info = { .gs_change_attributes_request = request };
        int code = (int) ha_gs_change_attributes(p->token, &info);

        memset(&p->attributes, 'x', sizeof(p->attributes));
        return code;
}

int part_goodbye(void *data) {
        return (int) ha_gs_goodbye(*(int *) data);
}

int part_quit(void *data) {
        (void) data;
        ha_gs_quit();
        self.descriptor = -1;
        return HA_GS_OK;
}

int part_node_number(void *data) {
        return (int) ha_gs_get_node_number(data);
}

/* ---- the process ---- */

int part_domain(void *data) {
        const char *domain = data;

        return *domain ? setenv("HA_DOMAIN_NAME", domain, 1) : unsetenv("HA_DOMAIN_NAME");
}

int part_deafen(void *data) {
        self.deaf = *(int *) data;
        return 0;
}

/* What the responsiveness callback returns from now on. */
int part_answer(void *data) {
        self.answer = (ha_gs_callback_rc_t) * (int *) data;
        return 0;
}

/* Move the counter that responsiveness checks look at. */
int part_count(void *data) {
        (void) data;
        self.counter += 0x0101010101010101;
        return 0;
}

static void dispatch(void) {
        ha_gs_rc_t code = ha_gs_dispatch(HA_GS_NON_BLOCKING);

        if (code == HA_GS_OK)
                return;
        self.descriptor = -1;
        report(0, "dispatch %s", code_name(code));
}

static void settled(const ha_gs_approved_notification_t *n) {
        (void) n;
        self.settled = true;
}

static void ignore_n_phase(const ha_gs_n_phase_notification_t *n) {
        (void) n;
}

static void ignore_announcement(const ha_gs_announcement_notification_t *n) {
        (void) n;
}

static void ignore_rejected(const ha_gs_rejected_notification_t *n) {
        (void) n;
}

/*
 * Be alone in a group for a moment. What the daemon said to this process before it said that the join is
 * approved has then been dispatched.
 */
int part_settle(void *data) {
        static unsigned times;
        char name[32];
        ha_gs_group_attributes_t attributes = {
                .gs_version = 1,
                .gs_sizeof_group_attributes = sizeof(attributes),
                .gs_num_phases = HA_GS_1_PHASE,
                .gs_source_reflection_num_phases = HA_GS_1_PHASE,
                .gs_group_name = name,
        };
        ha_gs_join_request_t request = {
                .gs_group_attributes = &attributes,
                .gs_n_phase_protocol_callback = ignore_n_phase,
                .gs_protocol_approved_callback = settled,
                .gs_protocol_rejected_callback = ignore_rejected,
                .gs_announcement_callback = ignore_announcement,
        };
        ha_gs_proposal_info_t info = { .gs_join_request = request };
        ha_gs_token_t token = 0;
        ha_gs_rc_t code;

        (void) data;
        (void) snprintf(name, sizeof(name), "settle.%d.%u", (int) getpid(), ++times);
        self.settled = false;
        code = ha_gs_join(&token, &info);
        while (code == HA_GS_OK && !self.settled && self.descriptor >= 0) {
                struct pollfd ready = { self.descriptor, POLLIN, 0 };

                if (poll(&ready, 1, 20000) <= 0)
                        return HA_GS_NOT_OK;
                dispatch();
        }
        return (int) (code == HA_GS_OK && self.settled ? ha_gs_goodbye(token) : code);
}

/* Play one part. */
static void act(void) {
        static _Alignas(max_align_t) char data[PART_SIZE_MAX];
        StageHead head, reply = { .kind = STAGE_REPLY };
        struct iovec in[] = { { &head, sizeof(head) }, { data, sizeof(data) } };
        struct msghdr message = { .msg_iov = in, .msg_iovlen = 2 };
        ssize_t n = recvmsg(self.teller, &message, 0);

        if (n < (ssize_t) sizeof(head))
                _exit(0);
        reply.value = head.part(data);
        tell((struct iovec[]){ { &reply, sizeof(reply) }, { data, (size_t) n - sizeof(head) } }, 2);
}

void actor_run(int fd) {
        self.teller = fd;
        for (;;) {
                struct pollfd ready[] = {
                        { self.teller, POLLIN, 0 },
                        { self.deaf ? -1 : self.descriptor, POLLIN, 0 },
                };

                if (poll(ready, 2, -1) < 0)
                        continue;
                if (ready[1].revents)
                        dispatch();
                if (ready[0].revents)
                        act();
        }
}
