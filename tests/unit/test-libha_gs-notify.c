/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What callbacks are shown (gsapi.md 4 and 4.1). */

#include "libha_gs-recorder.h"

static const GsProvider three[] = { { 1, NODE }, { 5, 2 }, { 9, 3 } };
static const GsProvider two[] = { { 4, 4 }, { 5, 5 } };
static const GsLeave leaves[] = { { GS_VOLUNTARY_LEAVE, 77 }, { GS_HOST_FAILURE, 0 } };

static void assert_list(const ShownList *list, const GsProvider *wanted, unsigned n) {
        assert_true(list->is);
        assert_int_equal(list->n, n);
        for (unsigned i = 0; i < n; i++) {
                assert_int_equal(list->list[i].gs_instance_number, wanted[i].instance);
                assert_int_equal(list->list[i].gs_node_number, wanted[i].node);
        }
}

static void assert_bytes(const ShownBytes *bytes, const char *wanted) {
        assert_true(bytes->is);
        assert_int_equal(bytes->n, strlen(wanted));
        assert_memory_equal(bytes->bytes, wanted, strlen(wanted));
}

/* ---- proposals ---- */

static const GsAttributes all_attributes = {
        .client_version = -3,
        .time_limit = 11,
        .reflection_time_limit = 12,
        .batch_control = GS_BATCH_LEAVES | GS_DEACTIVATE_ON_FAILURE,
        .num_phases = GS_N_PHASE,
        .reflection_num_phases = GS_1_PHASE,
        .default_vote = GS_VOTE_REJECT,
        .group = "group",
        .source = "source",
};

static const GsNotification full = {
        .type = GS_N_PHASE_NOTIFICATION,
        .request = GS_EXPEL,
        .group = 16,
        .protocol = 3,
        .phase = 2,
        .n_phase = true,
        .votes = true,
        .time_limit = 30,
        .summary = GS_EXPLICIT_APPROVE | GS_DEFAULT_APPROVE,
        .proposed_by = { 9, 3 },
        .whats_changed = GS_ONGOING_MEMBERSHIP | GS_EXPEL_INFORMATION | GS_REFLECTED_SOURCE_STATE_VALUE |
                         GS_UPDATED_PROVIDER_MESSAGE,
        .n_current = 3,
        .current = three,
        .n_changing = 2,
        .changing = two,
        .leaves = leaves,
        .deactivate_phase = 4,
        .deactivate_flag = BYTES("flag"),
        .state = BYTES("now"),
        .proposed_state = BYTES("then"),
        .source_state = BYTES("there"),
        .message = BYTES("message"),
        .attributes = &all_attributes,
};

static void assert_attributes(const Shown *s) {
        assert_int_equal(s->attributes.gs_version, 1);
        assert_int_equal(s->attributes.gs_sizeof_group_attributes, sizeof(ha_gs_group_attributes_t));
        assert_int_equal(s->attributes.gs_client_version, -3);
        assert_int_equal(s->attributes.gs_batch_control, HA_GS_BATCH_LEAVES | HA_GS_DEACTIVATE_ON_FAILURE);
        assert_int_equal(s->attributes.gs_num_phases, HA_GS_N_PHASE);
        assert_int_equal(s->attributes.gs_source_reflection_num_phases, HA_GS_1_PHASE);
        assert_int_equal(s->attributes.gs_group_default_vote, HA_GS_VOTE_REJECT);
        assert_int_equal(s->attributes.gs_merge_control, HA_GS_DISSOLVE_MERGE);
        assert_int_equal(s->attributes.gs_time_limit, 11);
        assert_int_equal(s->attributes.gs_source_reflection_time_limit, 12);
        assert_string_equal(s->group_name, "group");
        assert_string_equal(s->source_name, "source");
}

static void a_full_proposal(_unused_ void **state) {
        const Shown *s;
        ha_gs_token_t token;

        (void) start_client(no_error);
        token = join("group", 1);
        say_notification(token, NOTIFICATION_LIST_FULL, &full);
        s = next_shown();

        assert_int_equal(s->type, HA_GS_N_PHASE_NOTIFICATION);
        assert_int_equal(s->token, token);
        assert_int_equal(s->request, HA_GS_EXPEL);
        assert_int_equal(s->summary, HA_GS_EXPLICIT_APPROVE | HA_GS_DEFAULT_APPROVE);
        assert_int_equal(s->time_limit, 30);
        assert_int_equal(s->proposal.gs_phase_info.gs_num_phases, HA_GS_N_PHASE);
        assert_int_equal(s->proposal.gs_phase_info.gs_phase_number, 2);
        assert_int_equal(s->proposal.gs_proposed_by.gs_instance_number, 9);
        assert_int_equal(s->proposal.gs_proposed_by.gs_node_number, 3);
        assert_int_equal(s->proposal.gs_whats_changed, full.whats_changed);
        assert_list(&s->current, three, 3);
        assert_list(&s->changing, two, 2);
        assert_int_equal(s->n_leaves, 2);
        assert_int_equal(s->leaves[0].gs_voluntary_or_failure, HA_GS_VOLUNTARY_LEAVE);
        assert_int_equal(s->leaves[0].gs_voluntary_leave_code, 77);
        assert_int_equal(s->leaves[1].gs_voluntary_or_failure, HA_GS_HOST_FAILURE);
        assert_int_equal(s->expel.gs_deactivate_phase, 4);
        assert_string_equal(s->flag, "flag");
        assert_bytes(&s->state, "now");
        assert_bytes(&s->proposed_state, "then");
        assert_bytes(&s->source_state, "there");
        assert_bytes(&s->message, "message");
        assert_attributes(s);
}

/* Only the state value is always there: of length 0 until it is set (gsapi.md 1.6). */
static void an_empty_proposal(_unused_ void **state) {
        const GsNotification n = { .type = GS_REJECTED_NOTIFICATION, .request = GS_LEAVE };
        const Shown *s;
        ha_gs_token_t token;

        (void) start_client(no_error);
        token = join("group", 1);
        say_notification(token, NOTIFICATION_LIST_FULL, &n);
        s = next_shown();
        assert_int_equal(s->type, HA_GS_REJECTED_NOTIFICATION);
        assert_int_equal(s->proposal.gs_phase_info.gs_num_phases, HA_GS_1_PHASE);
        assert_int_equal(s->proposal.gs_phase_info.gs_phase_number, 0);
        assert_list(&s->current, NULL, 0);
        assert_bytes(&s->state, "");
        assert_null(s->proposal.gs_changing_providers);
        assert_null(s->proposal.gs_leave_info);
        assert_null(s->proposal.gs_expel_info);
        assert_null(s->proposal.gs_proposed_state_value);
        assert_null(s->proposal.gs_source_state_value);
        assert_null(s->proposal.gs_provider_message);
        assert_null(s->proposal.gs_new_group_attributes);
}

static void the_longest_of_everything(_unused_ void **state) {
        char message[GS_MESSAGE_MAX], flag[GS_FLAG_MAX], value[GS_STATE_MAX];
        const GsNotification n = {
                .type = GS_APPROVED_NOTIFICATION,
                .request = GS_EXPEL,
                .whats_changed = GS_EXPEL_INFORMATION,
                .deactivate_flag = { .data = flag, .size = sizeof(flag) },
                .state = { .data = value, .size = sizeof(value) },
                .message = { .data = message, .size = sizeof(message) },
        };
        const Shown *s;
        ha_gs_token_t token;

        memset(message, 'm', sizeof(message));
        memset(flag, 'f', sizeof(flag));
        memset(value, 'v', sizeof(value));
        (void) start_client(no_error);
        token = join("group", 1);
        say_notification(token, NOTIFICATION_LIST_FULL, &n);
        s = next_shown();
        assert_int_equal(s->message.n, sizeof(message));
        assert_memory_equal(s->message.bytes, message, sizeof(message));
        assert_memory_equal(s->state.bytes, value, sizeof(value));
        assert_int_equal(strlen(s->flag), sizeof(flag));
}

static void an_announcement(_unused_ void **state) {
        const GsNotification n = {
                .type = GS_ANNOUNCEMENT_NOTIFICATION,
                .summary = GS_TIME_LIMIT_EXCEEDED,
                .n_changing = 2,
                .changing = two,
        };
        const Shown *s;
        ha_gs_token_t token;

        (void) start_client(no_error);
        token = join("group", 1);
        say_notification(token, NOTIFICATION_LIST_NONE, &n);
        s = next_shown();
        assert_int_equal(s->type, HA_GS_ANNOUNCEMENT_NOTIFICATION);
        assert_int_equal(s->token, token);
        assert_int_equal(s->summary, HA_GS_TIME_LIMIT_EXCEEDED);
        assert_list(&s->changing, two, 2);
}

/* ---- subscriptions ---- */

static const Shown *subscription(ha_gs_token_t token, NotificationList list, GsNotification n) {
        n.type = GS_SUBSCRIPTION_NOTIFICATION;
        n.request = GS_SUBSCRIPTION;
        say_notification(token, list, &n);
        return next_shown();
}

static void subscriptions(_unused_ void **state) {
        const uint32_t deaths[] = { 0, 1 };
        ha_gs_token_t token;
        const Shown *s;

        (void) start_client(no_error);
        token = subscribe("group", HA_GS_SUBSCRIBE_STATE_AND_MEMBERSHIP);

        s = subscription(token, NOTIFICATION_LIST_FULL,
                        (GsNotification){ .subscription_type = GS_SUBSCRIBE_STATE | GS_SUBSCRIBE_MEMBERSHIP,
                                        .n_current = 3,
                                        .current = three,
                                        .state = BYTES("now") });
        assert_int_equal(s->token, token);
        assert_int_equal(s->subscription_type, HA_GS_SUBSCRIPTION_STATE | HA_GS_SUBSCRIPTION_MEMBERSHIP);
        assert_list(&s->current, three, 3);
        assert_bytes(&s->state, "now");
        assert_false(s->changing.is || s->special);

        s = subscription(token, NOTIFICATION_LIST_APPEND,
                        (GsNotification){ .subscription_type =
                                                          GS_SUBSCRIBE_DELTA_JOINS | GS_SUBSCRIBE_MEMBERSHIP,
                                        .n_current = 5,
                                        .n_changing = 2,
                                        .changing = two });
        assert_list(&s->changing, two, 2);
        assert_int_equal(s->current.n, 5);
        assert_false(s->state.is || s->special);

        s = subscription(token, NOTIFICATION_LIST_REMOVE,
                        (GsNotification){ .subscription_type = GS_SUBSCRIBE_DELTA_LEAVES |
                                                               GS_SUBSCRIPTION_SPECIAL_DATA,
                                        .n_current = 3,
                                        .n_changing = 2,
                                        .changing = two,
                                        .deaths = deaths });
        assert_false(s->current.is || s->state.is);
        assert_true(s->special);
        assert_int_equal(s->special_data.gs_length, 1);
        assert_int_equal(s->special_data.gs_flag, HA_GS_ADAPTER_DEATH_ARRAY);
        assert_int_equal(s->special_block.gs_special_flag, HA_GS_ADAPTER_DEATH_ARRAY);
        assert_null(s->special_block.gs_next_special_block);
        assert_int_equal(s->special_block.gs_special_num_entries, 2);
        assert_int_equal(s->special_block.gs_special_length, 4);
        assert_int_equal(s->deaths[0], 0);
        assert_int_equal(s->deaths[1], 1);

        /* An unset state value is shown as one of no bytes. */
        s = subscription(token, NOTIFICATION_LIST_NONE,
                        (GsNotification){ .subscription_type = GS_SUBSCRIBE_STATE });
        assert_bytes(&s->state, "");
}

/* ---- membership lists ---- */

/* Many changes, against a list that is kept here. */
static void membership_lists(_unused_ void **state) {
        GsProvider model[LIST_MAX], change[8];
        unsigned n = 0, random = 1;
        uint16_t next = 0;
        ha_gs_token_t token;

        (void) start_client(no_error);
        token = join("group", 1);
        for (unsigned round = 0; round < 2000; round++) {
                GsNotification notification = { .type = GS_APPROVED_NOTIFICATION,
                        .request = GS_PROVIDER_MESSAGE };
                NotificationList list = round == 0 ? NOTIFICATION_LIST_FULL : NOTIFICATION_LIST_SAME;
                unsigned k = 0;

                random = random * 1103515245 + 12345;
                if (random >> 30 == 0 && n + 8 <= LIST_MAX) {
                        for (k = 1 + (random >> 16) % 8; notification.n_changing < k; next++)
                                change[notification.n_changing++] = model[n++] =
                                                (GsProvider){ next % 1000, next / 1000 };
                        list = round == 0 ? list : NOTIFICATION_LIST_APPEND;
                } else if (random >> 30 == 1 && n > 0) {
                        k = 1 + (random >> 16) % (n < 8 ? n : 8);
                        for (unsigned i = 0; i < k; i++) {
                                unsigned who = (random >> (8 + i)) % n;

                                change[notification.n_changing++] = model[who];
                                memmove(model + who, model + who + 1, (--n - who) * sizeof(*model));
                        }
                        list = round == 0 ? list : NOTIFICATION_LIST_REMOVE;
                } else if (random >> 28 == 8)
                        list = NOTIFICATION_LIST_FULL;

                notification.changing = change;
                notification.current = model;
                notification.n_current = n;
                say_notification(token, list, &notification);
                assert_list(&next_shown()->current, model, n);
        }
        assert_true(next > 500);
}

/* ---- frames longer than a datagram ---- */

static uint8_t *long_frame(int32_t token, GsProvider *list, uint32_t n, size_t *ret_size) {
        GsNotification notification = {
                .type = GS_APPROVED_NOTIFICATION,
                .request = GS_PROVIDER_MESSAGE,
                .n_current = n,
                .current = list,
                .message = BYTES("long"),
        };
        size_t size = notification_size(&notification, NOTIFICATION_LIST_FULL);
        uint8_t *frame = malloc(size);
        ssize_t length;

        for (uint32_t i = 0; i < n; i++)
                list[i] = (GsProvider){ (uint16_t) (i % 32768), (uint16_t) (i / 32768) };
        length = notification_encode(&notification, token, NOTIFICATION_LIST_FULL, frame, size);
        assert_true(length > 0);
        *ret_size = (size_t) length;
        return frame;
}

static void say_parts(const uint8_t *frame, size_t size, size_t part) {
        uint8_t datagram[FRAME_SIZE_MAX];

        for (size_t i = 0; i < size; i += part) {
                FrameWriter w = frame_begin(datagram, sizeof(datagram), FRAME_PART, 0);
                size_t n = size - i < part ? size - i : part;

                for (size_t k = 0; k < n; k++)
                        frame_put_u8(&w, frame[i + k]);
                say(datagram, frame_finish(&w));
                assert_int_equal(ha_gs_dispatch(HA_GS_NON_BLOCKING), HA_GS_OK);
        }
}

static unsigned n_long;
static uint32_t long_count;

static void on_long(const ha_gs_approved_notification_t *block) {
        const ha_gs_membership_t *list = block->gs_proposal->gs_current_providers;

        n_long++;
        long_count = list->gs_count;
        for (uint32_t i = 0; i < long_count && long_count > 1; i++)
                if (list->gs_providers[i].gs_instance_number != (short) (i % 32768) ||
                                list->gs_providers[i].gs_node_number != (short) (i / 32768))
                        fail_msg("provider %u is another", i);
}

static void long_frames(_unused_ void **state) {
        static const size_t parts[] = { 100000, 60000, 7, 1 };
        static GsProvider list[100000];
        ha_gs_group_attributes_t attributes = attributes_of((char *) "group");
        ha_gs_proposal_info_t info = join_of(&attributes, 1);
        ha_gs_token_t token;
        size_t size;

        (void) start_client(no_error);
        info.gs_join_request.gs_protocol_approved_callback = on_long;
        assert_int_equal(ha_gs_join(&token, &info), HA_GS_OK);
        for (size_t i = 0; i < ELEMENTSOF(parts); i++) {
                uint32_t n = parts[i] > 50000 ? 100000 : 100;
                _cleanup_(freep) uint8_t *frame = long_frame(token, list, n, &size);

                n_long = 0;
                say_parts(frame, size, parts[i] > 60000 ? FRAME_SIZE_MAX - FRAME_HEAD_SIZE : parts[i]);
                dispatch_until(&n_long, 1);
                assert_int_equal(long_count, n);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                recorder_test(a_full_proposal),
                recorder_test(an_empty_proposal),
                recorder_test(the_longest_of_everything),
                recorder_test(an_announcement),
                recorder_test(subscriptions),
                recorder_test(membership_lists),
                recorder_test(long_frames),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
