/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Callbacks that keep what they are shown, and a client that uses them. */

#include "libha_gs-fixture.h"

#define BYTES(s) \
        { .data = (s), .size = sizeof(s) - 1 }

#define SHOWN_MAX 64
#define LIST_MAX 64

typedef struct ShownList {
        bool is;
        unsigned n;
        ha_gs_provider_t list[LIST_MAX];
} ShownList;

typedef struct ShownBytes {
        bool is;
        int n;
        char bytes[GS_MESSAGE_MAX];
} ShownBytes;

/* One callback. */
typedef struct Shown {
        ha_gs_notification_type_t type;
        ha_gs_token_t token;
        ha_gs_request_t request;
        ha_gs_summary_code_t summary;
        ha_gs_time_limit_t time_limit;
        ha_gs_proposal_t proposal; /* its pointers lead nowhere any more; what they led to: */
        ShownList current, changing;
        ShownBytes state, proposed_state, source_state, message;
        unsigned n_leaves;
        ha_gs_leave_info_t leaves[LIST_MAX];
        ha_gs_expel_info_t expel;
        char flag[GS_FLAG_MAX + 1];
        ha_gs_group_attributes_t attributes;
        char group_name[GS_GROUP_NAME_MAX + 1], source_name[GS_GROUP_NAME_MAX + 1];
        ha_gs_subscription_type_t subscription_type;
        bool special;
        ha_gs_special_data_t special_data;
        ha_gs_special_block_t special_block;
        ha_gs_adapter_death_t deaths[LIST_MAX];
        ha_gs_rc_t error;
        ha_gs_proposal_info_t failing;
} Shown;

static Shown shown[SHOWN_MAX];
static unsigned n_shown;
/* Called in each callback, behind the keeping. */
static void (*in_callback)(const Shown *s);

static inline Shown *show(ha_gs_notification_type_t type, ha_gs_token_t token) {
        Shown *s = &shown[n_shown++ % SHOWN_MAX];

        *s = (Shown){ .type = type, .token = token };
        return s;
}

static inline void shown_done(const Shown *s) {
        if (in_callback)
                in_callback(s);
}

static inline void keep_list(ShownList *to, const ha_gs_membership_t *list) {
        if (!list)
                return;
        to->is = true;
        to->n = list->gs_count;
        assert_true(list->gs_count <= LIST_MAX);
        if (list->gs_count > 0)
                memcpy(to->list, list->gs_providers, list->gs_count * sizeof(*to->list));
}

static inline void keep_bytes(ShownBytes *to, int n, const void *bytes) {
        to->is = true;
        to->n = n;
        assert_true(n <= GS_MESSAGE_MAX);
        if (n > 0)
                memcpy(to->bytes, bytes, (size_t) n);
        else
                assert_null(bytes);
}

static inline void keep_state(ShownBytes *to, const ha_gs_state_value_t *value) {
        if (value)
                keep_bytes(to, value->gs_length, value->gs_state);
}

static inline void keep_attributes(Shown *s, const ha_gs_group_attributes_t *a) {
        s->attributes = *a;
        (void) strcpy(s->group_name, a->gs_group_name);
        (void) strcpy(s->source_name, a->gs_source_group_name ? a->gs_source_group_name : "");
}

static inline void keep_proposal(Shown *s, const ha_gs_proposal_t *p) {
        s->proposal = *p;
        keep_list(&s->current, p->gs_current_providers);
        keep_list(&s->changing, p->gs_changing_providers);
        keep_state(&s->state, p->gs_current_state_value);
        keep_state(&s->proposed_state, p->gs_proposed_state_value);
        keep_state(&s->source_state, p->gs_source_state_value);
        if (p->gs_provider_message)
                keep_bytes(&s->message, p->gs_provider_message->gs_length,
                                p->gs_provider_message->gs_message);
        if (p->gs_leave_info) {
                s->n_leaves = p->gs_leave_info->gs_count;
                memcpy(s->leaves, p->gs_leave_info->gs_leave_codes, s->n_leaves * sizeof(*s->leaves));
        }
        if (p->gs_expel_info) {
                s->expel = *p->gs_expel_info;
                (void) strcpy(s->flag, p->gs_expel_info->gs_deactivate_flag);
        }
        if (p->gs_new_group_attributes)
                keep_attributes(s, p->gs_new_group_attributes);
        /* What is shown may be changed: the library has its own. */
        if (s->current.n > 0)
                memset(p->gs_current_providers->gs_providers, 0xff, s->current.n * sizeof(ha_gs_provider_t));
}

static inline void on_n_phase(const ha_gs_n_phase_notification_t *block) {
        Shown *s = show(block->gs_notification_type, block->gs_provider_token);

        assert_int_equal(block->gs_notification_type, HA_GS_N_PHASE_NOTIFICATION);
        s->request = block->gs_protocol_type;
        s->summary = block->gs_summary_code;
        s->time_limit = block->gs_time_limit;
        keep_proposal(s, block->gs_proposal);
        shown_done(s);
}

static inline void on_approved(const ha_gs_approved_notification_t *block) {
        Shown *s = show(block->gs_notification_type, block->gs_provider_token);

        assert_int_equal(block->gs_notification_type, HA_GS_APPROVED_NOTIFICATION);
        s->request = block->gs_protocol_type;
        s->summary = block->gs_summary_code;
        keep_proposal(s, block->gs_proposal);
        shown_done(s);
}

static inline void on_rejected(const ha_gs_rejected_notification_t *block) {
        Shown *s = show(block->gs_notification_type, block->gs_provider_token);

        assert_int_equal(block->gs_notification_type, HA_GS_REJECTED_NOTIFICATION);
        s->request = block->gs_protocol_type;
        s->summary = block->gs_summary_code;
        keep_proposal(s, block->gs_proposal);
        shown_done(s);
}

static inline void on_announcement(const ha_gs_announcement_notification_t *block) {
        Shown *s = show(block->gs_notification_type, block->gs_provider_token);

        assert_int_equal(block->gs_notification_type, HA_GS_ANNOUNCEMENT_NOTIFICATION);
        s->summary = block->gs_summary_code;
        keep_list(&s->changing, block->gs_announcement);
        shown_done(s);
}

static inline void on_subscription(const ha_gs_subscription_notification_t *block) {
        Shown *s = show(block->gs_notification_type, block->gs_subscriber_token);

        assert_int_equal(block->gs_notification_type, HA_GS_SUBSCRIPTION_NOTIFICATION);
        s->subscription_type = block->gs_subscription_type;
        keep_state(&s->state, block->gs_state_value);
        keep_list(&s->current, block->gs_full_membership);
        keep_list(&s->changing, block->gs_changing_membership);
        if (block->gs_subscription_special_data) {
                s->special = true;
                s->special_data = *block->gs_subscription_special_data;
                s->special_block = *s->special_data.gs_special_data;
                memcpy(s->deaths, s->special_block.gs_special,
                                (size_t) s->special_block.gs_special_num_entries * sizeof(*s->deaths));
        }
        shown_done(s);
}

static inline void on_delayed_error(const ha_gs_delayed_error_notification_t *block) {
        Shown *s = show(block->gs_notification_type, block->gs_request_token);

        assert_int_equal(block->gs_notification_type, HA_GS_DELAYED_ERROR_NOTIFICATION);
        s->request = block->gs_protocol_type;
        s->error = block->gs_delayed_return_code;
        s->failing = *block->gs_failing_request;
        shown_done(s);
}

/* ---- a client ---- */

static inline ha_gs_proposal_info_t join_of(ha_gs_group_attributes_t *attributes, short instance) {
        return (ha_gs_proposal_info_t){ .gs_join_request = {
                                                        .gs_group_attributes = attributes,
                                                        .gs_provider_instance = instance,
                                                        .gs_provider_local_name = (char *) "local",
                                                        .gs_n_phase_protocol_callback = on_n_phase,
                                                        .gs_protocol_approved_callback = on_approved,
                                                        .gs_protocol_rejected_callback = on_rejected,
                                                        .gs_announcement_callback = on_announcement,
                                        } };
}

static inline ha_gs_token_t start_join(const char *group, short instance) {
        ha_gs_group_attributes_t attributes = attributes_of((char *) group);
        ha_gs_proposal_info_t info = join_of(&attributes, instance);
        ha_gs_token_t token = -1;

        assert_int_equal(ha_gs_join(&token, &info), HA_GS_OK);
        assert_true(token > 0);
        assert_int_equal(heard_event(EVENT_JOIN)->client.token, token);
        return token;
}

/* The next callback, which comes of what the daemon said last. */
static inline const Shown *next_shown(void) {
        unsigned wanted = n_shown + 1;

        dispatch_until(&n_shown, wanted);
        return &shown[(wanted - 1) % SHOWN_MAX];
}

/* The approval of a one-phase message in a group of one. */
static inline GsNotification approved(void) {
        return (GsNotification){
                .type = GS_APPROVED_NOTIFICATION, .request = GS_PROVIDER_MESSAGE, .n_current = 1
        };
}

/* The approval of a join: alone in the group from now on. */
static inline void say_joined(ha_gs_token_t token, uint16_t instance) {
        GsProvider self = { .instance = instance, .node = NODE };
        GsNotification n = {
                .type = GS_APPROVED_NOTIFICATION,
                .request = GS_JOIN,
                .group = 16,
                .protocol = 1,
                .whats_changed = GS_UPDATED_MEMBERSHIP,
                .n_current = 1,
                .current = &self,
                .n_changing = 1,
                .changing = &self,
        };

        say_notification(token, NOTIFICATION_LIST_FULL, &n);
}

static inline ha_gs_token_t join(const char *group, short instance) {
        ha_gs_token_t token = start_join(group, instance);

        say_joined(token, (uint16_t) instance);
        assert_int_equal(next_shown()->request, HA_GS_JOIN);
        return token;
}

static inline ha_gs_token_t subscribe(const char *group, unsigned control) {
        ha_gs_proposal_info_t info = { .gs_subscribe_request = {
                                                       .gs_subscription_control = control,
                                                       .gs_subscription_group = (char *) group,
                                                       .gs_subscription_callback = on_subscription,
                                       } };
        ha_gs_token_t token = -1;

        assert_int_equal(ha_gs_subscribe(&token, &info), HA_GS_OK);
        assert_int_equal(heard(FRAME_SUBSCRIBE)->subscribe.token, token);
        return token;
}

static inline ha_gs_proposal_info_t message_of(ha_gs_provider_message_t *message, const char *text) {
        *message = (ha_gs_provider_message_t){ .gs_length = (int) strlen(text),
                .gs_message = (char *) text };
        return (ha_gs_proposal_info_t){ .gs_message_request = { .gs_num_phases = HA_GS_1_PHASE,
                                                        .gs_message = message } };
}

static inline ha_gs_rc_t send_message(ha_gs_token_t token, const char *text) {
        ha_gs_provider_message_t message;
        ha_gs_proposal_info_t info = message_of(&message, text);

        return ha_gs_send_message(token, &info);
}

static inline ha_gs_rc_t vote(ha_gs_token_t token, ha_gs_vote_value_t value) {
        return ha_gs_vote(token, value, NULL, NULL, HA_GS_NULL_VOTE);
}

static inline int recorder_start(void **state) {
        n_shown = 0;
        in_callback = NULL;
        return fake_start(state);
}

#define recorder_test(name) cmocka_unit_test_setup_teardown(name, recorder_start, fake_stop)
