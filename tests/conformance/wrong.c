/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What can be done wrong: see wrong.h. */

#include "wrong.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "story.h"

#define LONG_NAME "123456789012345678901234567890123" /* 33 bytes */

/* ---- each routine, done right, but for the token ---- */

static ha_gs_provider_t provider(int instance) {
        ha_gs_provider_t p;

        p.gs_instance_number = (short) instance;
        p.gs_node_number = NODE;
        return p;
}

static ha_gs_provider_t *second(void) {
        static ha_gs_provider_t p;

        p = provider(2);
        return &p;
}

int do_unsubscribe(void *data) {
        return (int) ha_gs_unsubscribe(((Wrong *) data)->token);
}

int do_vote(void *data) {
        return (int) ha_gs_vote(((Wrong *) data)->token, HA_GS_VOTE_APPROVE, NULL, NULL, HA_GS_NULL_VOTE);
}

static int state_of(void *data, int phases, const ha_gs_state_value_t *state) {
        ha_gs_state_change_request_t request = { (ha_gs_num_phases_t) phases, 0,
                (ha_gs_state_value_t *) state };
        ha_gs_proposal_info_t info = { .gs_state_change_request = request };

        return (int) ha_gs_change_state_value(((Wrong *) data)->token, &info);
}

int do_state(void *data) {
        return state_of(data, HA_GS_1_PHASE, &(ha_gs_state_value_t){ 1, (char *) "s" });
}

static int message_of(void *data, int phases, const ha_gs_provider_message_t *message) {
        ha_gs_message_request_t request = { (ha_gs_num_phases_t) phases, 0,
                (ha_gs_provider_message_t *) message };
        ha_gs_proposal_info_t info = { .gs_message_request = request };

        return (int) ha_gs_send_message(((Wrong *) data)->token, &info);
}

int do_message(void *data) {
        return message_of(data, HA_GS_1_PHASE, &(ha_gs_provider_message_t){ 1, (char *) "m" });
}

static int leave_of(void *data, int phases) {
        ha_gs_leave_request_t request = { (ha_gs_num_phases_t) phases, 0, 0 };
        ha_gs_proposal_info_t info = { .gs_leave_request = request };

        return (int) ha_gs_leave(((Wrong *) data)->token, &info);
}

int do_leave(void *data) {
        return leave_of(data, HA_GS_1_PHASE);
}

static int expel_of(void *data, int phases, unsigned script_phase, int n, ha_gs_provider_t *list) {
        ha_gs_expel_request_t request = { (ha_gs_num_phases_t) phases, 0, { (unsigned) n, list },
                script_phase, NULL };
        ha_gs_proposal_info_t info = { .gs_expel_request = request };

        return (int) ha_gs_expel(((Wrong *) data)->token, &info);
}

int do_expel(void *data) {
        return expel_of(data, HA_GS_1_PHASE, 0, 1, second());
}

static ha_gs_group_attributes_t attributes(const char *name) {
        ha_gs_group_attributes_t g = group("g", HA_GS_1_PHASE);

        g.gs_group_name = (char *) name;
        return g;
}

static int attributes_of(void *data, int phases, const ha_gs_group_attributes_t *g) {
        ha_gs_change_attributes_t request = { (ha_gs_num_phases_t) phases, 0, (ha_gs_group_attributes_t *) g,
                NULL };
        ha_gs_proposal_info_t info = { .gs_change_attributes_request = request };

        return (int) ha_gs_change_attributes(((Wrong *) data)->token, &info);
}

int do_attributes(void *data) {
        ha_gs_group_attributes_t g = attributes(((Wrong *) data)->group);

        g.gs_client_version = 7;
        return attributes_of(data, HA_GS_1_PHASE, &g);
}

int do_goodbye(void *data) {
        return (int) ha_gs_goodbye(((Wrong *) data)->token);
}

static int join_of(Wrong *w, const ha_gs_group_attributes_t *g, short instance) {
        ha_gs_join_request_t request = { (ha_gs_group_attributes_t *) g, instance, NULL, report_n_phase,
                report_approved, report_rejected, report_announcement, NULL };
        ha_gs_proposal_info_t info = { .gs_join_request = request };

        return (int) ha_gs_join(&w->token, &info);
}

int do_join(void *data) {
        Wrong *w = data;
        ha_gs_group_attributes_t g = attributes(w->group);

        return join_of(w, &g, 9);
}

static int subscribe_of(Wrong *w, const char *name, unsigned control, ha_gs_subscriber_cb_t *callback) {
        ha_gs_subscribe_request_t request = { control, (char *) name, callback };
        ha_gs_proposal_info_t info = { .gs_subscribe_request = request };

        return (int) ha_gs_subscribe(&w->token, &info);
}

int do_subscribe(void *data) {
        Wrong *w = data;

        return subscribe_of(w, w->group, HA_GS_SUBSCRIBE_STATE, report_subscription);
}

int do_dispatch(void *data) {
        (void) data;
        return (int) ha_gs_dispatch(HA_GS_NON_BLOCKING);
}

int do_node_number(void *data) {
        (void) data;
        return (int) ha_gs_get_node_number(&(int){ 0 });
}

int do_adapter_info(void *data) {
        ha_gs_adapter_info info = { .ip_addr.ip4.s_addr = htonl(0xc0000201) }; /* 192.0.2.1: nobody's */

        (void) data;
        return (int) ha_gs_get_adapter_info(&info);
}

/* ---- each thing done wrong ---- */

int init_again(void *data) {
        ha_gs_descriptor_t d;

        (void) data;
        return (int) ha_gs_init(&d, HA_GS_SOCKET_NO_SIGNAL, NULL, NULL, NULL, report_delayed_error, NULL);
}

int init_nowhere(void *data) {
        (void) data;
        (void) setenv("HA_DOMAIN_NAME", "nowhere", 1);
        return init_again(NULL);
}

int init_without_descriptors(void *data) {
        struct rlimit none = { 0, 0 };

        (void) data;
        (void) setrlimit(RLIMIT_NOFILE, &none);
        return init_again(NULL);
}

static int init_with(
                ha_gs_descriptor_t *d, int options, const char *script, ha_gs_delayed_error_cb_t *callback) {
        return (int) ha_gs_init(d, (ha_gs_socket_ctrl_t) options, NULL, script, NULL, callback, NULL);
}

int init_to_nothing(void *data) {
        (void) data;
        return init_with(NULL, HA_GS_SOCKET_NO_SIGNAL, NULL, report_delayed_error);
}

int init_with_long_script(void *data) {
        char script[258];
        ha_gs_descriptor_t d;

        (void) data;
        memset(script, 's', sizeof(script));
        script[0] = '/';
        script[257] = 0;
        return init_with(&d, HA_GS_SOCKET_NO_SIGNAL, script, report_delayed_error);
}

int join_nothing(void *data) {
        return (int) ha_gs_join(&((Wrong *) data)->token, NULL);
}

int join_without_token(void *data) {
        Wrong *w = data;
        ha_gs_group_attributes_t g = attributes(w->group);
        ha_gs_join_request_t request = { &g, 9, NULL, report_n_phase, report_approved, report_rejected,
                report_announcement, NULL };
        ha_gs_proposal_info_t info = { .gs_join_request = request };

        return (int) ha_gs_join(NULL, &info);
}

int join_without_attributes(void *data) {
        return join_of(data, NULL, 9);
}

int join_negative(void *data) {
        ha_gs_group_attributes_t g = attributes(((Wrong *) data)->group);

        return join_of(data, &g, -1);
}

int join_long_name(void *data) {
        ha_gs_group_attributes_t g = attributes(LONG_NAME);

        return join_of(data, &g, 9);
}

int join_long_source(void *data) {
        ha_gs_group_attributes_t g = attributes(((Wrong *) data)->other);

        g.gs_source_group_name = (char *) LONG_NAME;
        return join_of(data, &g, 9);
}

int join_long_local_name(void *data) {
        Wrong *w = data;
        ha_gs_group_attributes_t g = attributes(w->group);
        ha_gs_join_request_t request = { &g, 9, (char *) LONG_NAME, report_n_phase, report_approved,
                report_rejected, report_announcement, NULL };
        ha_gs_proposal_info_t info = { .gs_join_request = request };

        return (int) ha_gs_join(&w->token, &info);
}

int join_invalid(void *data) {
        ha_gs_group_attributes_t g = attributes(((Wrong *) data)->group);

        g.gs_num_phases = (ha_gs_num_phases_t) 3;
        return join_of(data, &g, 9);
}

int join_different(void *data) {
        ha_gs_group_attributes_t g = attributes(((Wrong *) data)->group);

        g.gs_client_version = 2;
        return join_of(data, &g, 9);
}

int join_duplicate(void *data) {
        ha_gs_group_attributes_t g = attributes(((Wrong *) data)->group);

        return join_of(data, &g, 1);
}

int join_system(void *data) {
        ha_gs_group_attributes_t g = attributes(HA_GS_HOST_MEMBERSHIP_GROUP);

        return join_of(data, &g, 9);
}

int join_sourceless(void *data) {
        ha_gs_group_attributes_t g = attributes(((Wrong *) data)->other);

        g.gs_source_group_name = (char *) "conformance.nobody";
        return join_of(data, &g, 9);
}

int join_without_source_provider(void *data) {
        ha_gs_group_attributes_t g = attributes(((Wrong *) data)->other);

        g.gs_source_group_name = (char *) HA_GS_CSS_RAW_MEMBERSHIP_GROUP;
        return join_of(data, &g, 9);
}

int subscribe_nothing(void *data) {
        return (int) ha_gs_subscribe(&((Wrong *) data)->token, NULL);
}

int subscribe_to_no_name(void *data) {
        return subscribe_of(data, NULL, HA_GS_SUBSCRIBE_STATE, report_subscription);
}

int subscribe_for_nothing(void *data) {
        return subscribe_of(data, ((Wrong *) data)->group, 0, report_subscription);
}

int subscribe_without_callback(void *data) {
        return subscribe_of(data, ((Wrong *) data)->group, HA_GS_SUBSCRIBE_STATE, NULL);
}

int subscribe_long_name(void *data) {
        return subscribe_of(data, LONG_NAME, HA_GS_SUBSCRIBE_STATE, report_subscription);
}

int subscribe_unknown(void *data) {
        return subscribe_of(data, ((Wrong *) data)->other, HA_GS_SUBSCRIBE_STATE, report_subscription);
}

static int vote_with_bytes(void *data, int state_length, int message_length) {
        static char bytes[4096];
        ha_gs_state_value_t state = { state_length, bytes };
        ha_gs_provider_message_t message = { message_length, bytes };

        return (int) ha_gs_vote(
                        ((Wrong *) data)->token, HA_GS_VOTE_APPROVE, &state, &message, HA_GS_NULL_VOTE);
}

int vote_null(void *data) {
        return (int) ha_gs_vote(((Wrong *) data)->token, HA_GS_NULL_VOTE, NULL, NULL, HA_GS_NULL_VOTE);
}

int vote_unknown(void *data) {
        return (int) ha_gs_vote(
                        ((Wrong *) data)->token, (ha_gs_vote_value_t) 4, NULL, NULL, HA_GS_NULL_VOTE);
}

int vote_default_continue(void *data) {
        return (int) ha_gs_vote(
                        ((Wrong *) data)->token, HA_GS_VOTE_APPROVE, NULL, NULL, HA_GS_VOTE_CONTINUE);
}

int vote_long_state(void *data) {
        return vote_with_bytes(data, 257, 1);
}

int vote_long_message(void *data) {
        return vote_with_bytes(data, 1, 2049);
}

int state_nothing(void *data) {
        return (int) ha_gs_change_state_value(((Wrong *) data)->token, NULL);
}

int state_null(void *data) {
        return state_of(data, HA_GS_1_PHASE, NULL);
}

int state_phases(void *data) {
        return state_of(data, 3, &(ha_gs_state_value_t){ 1, (char *) "s" });
}

int state_no_bytes(void *data) {
        return state_of(data, HA_GS_1_PHASE, &(ha_gs_state_value_t){ 1, NULL });
}

int message_nothing(void *data) {
        return (int) ha_gs_send_message(((Wrong *) data)->token, NULL);
}

int message_null(void *data) {
        return message_of(data, HA_GS_1_PHASE, NULL);
}

int message_phases(void *data) {
        return message_of(data, 0, &(ha_gs_provider_message_t){ 1, (char *) "m" });
}

int leave_nothing(void *data) {
        return (int) ha_gs_leave(((Wrong *) data)->token, NULL);
}

int leave_phases(void *data) {
        return leave_of(data, 3);
}

int expel_nothing(void *data) {
        return (int) ha_gs_expel(((Wrong *) data)->token, NULL);
}

int expel_nobody(void *data) {
        return expel_of(data, HA_GS_1_PHASE, 0, 0, NULL);
}

int expel_phases(void *data) {
        return expel_of(data, 3, 0, 1, second());
}

int expel_script_phase(void *data) {
        return expel_of(data, HA_GS_1_PHASE, 2, 1, second());
}

int expel_twice(void *data) {
        ha_gs_provider_t list[] = { provider(2), provider(3), provider(2) };

        return expel_of(data, HA_GS_1_PHASE, 0, 3, list);
}

int expel_unknown(void *data) {
        ha_gs_provider_t list[] = { provider(2), provider(77) };

        return expel_of(data, HA_GS_1_PHASE, 0, 2, list);
}

int attributes_nothing(void *data) {
        return (int) ha_gs_change_attributes(((Wrong *) data)->token, NULL);
}

int attributes_null(void *data) {
        return attributes_of(data, HA_GS_1_PHASE, NULL);
}

int attributes_phases(void *data) {
        ha_gs_group_attributes_t g = attributes(((Wrong *) data)->group);

        return attributes_of(data, 3, &g);
}

int attributes_other_name(void *data) {
        ha_gs_group_attributes_t g = attributes(((Wrong *) data)->other);

        return attributes_of(data, HA_GS_1_PHASE, &g);
}

int attributes_invalid(void *data) {
        ha_gs_group_attributes_t g = attributes(((Wrong *) data)->group);

        g.gs_num_phases = (ha_gs_num_phases_t) 3;
        return attributes_of(data, HA_GS_1_PHASE, &g);
}

int dispatch_how(void *data) {
        (void) data;
        return (int) ha_gs_dispatch((ha_gs_dispatch_flag_t) 2);
}

int node_number_nowhere(void *data) {
        (void) data;
        return (int) ha_gs_get_node_number(NULL);
}

int adapter_nothing(void *data) {
        (void) data;
        return (int) ha_gs_get_adapter_info(NULL);
}

int no_ffdc_id(void *data) {
        fc_eid_t id;

        (void) data;
        return (int) ha_gs_get_ffdc_id(id);
}

int ffdc_id_nowhere(void *data) {
        (void) data;
        return (int) ha_gs_get_ffdc_id(NULL);
}

#if OWN_MALLOC

static bool no_memory;
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t size);

void *malloc(size_t size) {
        return no_memory ? NULL : __libc_malloc(size);
}

void *calloc(size_t n, size_t size) {
        return no_memory ? NULL : __libc_calloc(n, size);
}

void *realloc(void *p, size_t size) {
        return no_memory ? NULL : __libc_realloc(p, size);
}

static int without_memory(Part *part, void *data) {
        int code;

        no_memory = true;
        code = part(data);
        no_memory = false;
        return code;
}

int join_without_memory(void *data) {
        return without_memory(do_join, data);
}

int subscribe_without_memory(void *data) {
        return without_memory(do_subscribe, data);
}

#endif
