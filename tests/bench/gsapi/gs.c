/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A client of Group Services: see gs.h. */

#include "gs.h"

#define BATCH 50 /* joins */

static GsCallbacks of_caller;
static bool *is_member; /* by token */
static size_t n_tokens;
static unsigned n_joined, n_members;

static void check(ha_gs_rc_t rc, const char *what) {
        if (rc != HA_GS_OK)
                die("%s gives %d", what, (int) rc);
}

static void on_error(const ha_gs_delayed_error_notification_t *n) {
        die("a request of type %d fails with %d", (int) n->gs_protocol_type,
                        (int) n->gs_delayed_return_code);
}

static void on_rejected(const ha_gs_rejected_notification_t *n) {
        die("a protocol of type %d is rejected", (int) n->gs_protocol_type);
}

static void on_announcement(const ha_gs_announcement_notification_t *n) {
        die("an announcement comes, with summary 0x%x", n->gs_summary_code);
}

static void on_n_phase(const ha_gs_n_phase_notification_t *n) {
        if (of_caller.n_phase)
                of_caller.n_phase(n);
        else
                gs_vote(n->gs_provider_token, HA_GS_VOTE_APPROVE);
}

static void on_approved(const ha_gs_approved_notification_t *n) {
        if (n->gs_protocol_type == HA_GS_JOIN) {
                n_joined += !is_member[n->gs_provider_token];
                is_member[n->gs_provider_token] = true;
        }
        if (n->gs_protocol_type == HA_GS_JOIN || n->gs_protocol_type == HA_GS_FAILURE_LEAVE)
                n_members = n->gs_proposal->gs_current_providers->gs_count;
        else if (of_caller.approved)
                of_caller.approved(n);
}

int gs_open(const GsCallbacks *callbacks) {
        ha_gs_descriptor_t fd;

        of_caller = *callbacks;
        check(ha_gs_init(&fd, HA_GS_SOCKET_NO_SIGNAL, NULL, NULL, NULL, on_error, NULL), "ha_gs_init");
        return fd;
}

static void know_token(ha_gs_token_t token) {
        size_t n = (size_t) token + 1;

        if (n <= n_tokens)
                return;
        is_member = reallocarray(is_member, n, sizeof(*is_member));
        if (!is_member)
                die("out of memory");
        while (n_tokens < n)
                is_member[n_tokens++] = false;
}

ha_gs_token_t gs_join(const char *name, unsigned instance, ha_gs_num_phases_t phases) {
        ha_gs_group_attributes_t attributes = {
                .gs_version = 1,
                .gs_sizeof_group_attributes = sizeof(attributes),
                .gs_batch_control = HA_GS_BATCH_BOTH,
                .gs_num_phases = phases,
                .gs_source_reflection_num_phases = HA_GS_1_PHASE,
                .gs_group_default_vote = HA_GS_VOTE_APPROVE,
                .gs_group_name = (char *) name,
        };
        ha_gs_proposal_info_t request = {
                .gs_join_request = {
                        .gs_group_attributes = &attributes,
                        .gs_provider_instance = (short) instance,
                        .gs_n_phase_protocol_callback = on_n_phase,
                        .gs_protocol_approved_callback = on_approved,
                        .gs_protocol_rejected_callback = on_rejected,
                        .gs_announcement_callback = on_announcement,
                },
        };
        ha_gs_token_t token;

        check(ha_gs_join(&token, &request), "ha_gs_join");
        know_token(token);
        return token;
}

/*
 * A batch of joins tells each of its members of all others: a thousand of one connection would be more than
 * may wait for it.
 */
ha_gs_token_t gs_join_many(int fd, const char *name, unsigned first, unsigned n) {
        ha_gs_token_t token = 0;

        for (unsigned i = 0; i < n; i += BATCH) {
                unsigned goal = n_joined;

                for (unsigned k = i; k < n && k < i + BATCH; k++, goal++)
                        token = gs_join(name, first + k, HA_GS_N_PHASE);
                while (n_joined < goal)
                        gs_turn(fd);
        }
        return token;
}

unsigned gs_joined(void) {
        return n_joined;
}

bool gs_is_member(ha_gs_token_t token) {
        return (size_t) token < n_tokens && is_member[token];
}

unsigned gs_members(void) {
        return n_members;
}

void gs_send(ha_gs_token_t token, ha_gs_num_phases_t phases) {
        static char payload[PAYLOAD];
        ha_gs_provider_message_t message = { .gs_length = PAYLOAD, .gs_message = payload };
        ha_gs_proposal_info_t request = {
                .gs_message_request = { .gs_num_phases = phases, .gs_message = &message },
        };

        check(ha_gs_send_message(token, &request), "ha_gs_send_message");
}

void gs_vote(ha_gs_token_t token, ha_gs_vote_value_t value) {
        check(ha_gs_vote(token, value, NULL, NULL, HA_GS_NULL_VOTE), "ha_gs_vote");
}

void gs_turn(int fd) {
        wait_readable(fd);
        check(ha_gs_dispatch(HA_GS_NON_BLOCKING), "ha_gs_dispatch");
}

Member member_make(unsigned rank, const GsCallbacks *callbacks) {
        Member m = { .rank = rank, .echo = echo_connect(), .gs = gs_open(callbacks) };

        m.token = gs_join("crew", rank, HA_GS_1_PHASE);
        while (gs_members() < CREW)
                gs_turn(m.gs);
        crew_meet();
        return m;
}
