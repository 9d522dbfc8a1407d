/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * gsapi.md 4.2: every return code, at once or as a delayed error, of every routine that can give it. One
 * table says what is done wrong and what comes of it; all rows are tried in one and the same world.
 */

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "lines.h"
#include "story.h"

/* What a part of this file needs to know; the token is in and out. */
typedef struct Wrong {
        int token;
        char group[PART_NAME_MAX], busy[PART_NAME_MAX], other[PART_NAME_MAX];
} Wrong;

/* ---- each routine, done right, but for the token ---- */

static ha_gs_provider_t provider(int instance) {
        ha_gs_provider_t p;

        p.gs_instance_number = (short) instance;
        p.gs_node_number = NODE;
        return p;
}

static int do_unsubscribe(void *data) {
        return (int) ha_gs_unsubscribe(((Wrong *) data)->token);
}

static int do_vote(void *data) {
        return (int) ha_gs_vote(((Wrong *) data)->token, HA_GS_VOTE_APPROVE, NULL, NULL, HA_GS_NULL_VOTE);
}

static int state_of(void *data, int phases, const ha_gs_state_value_t *state) {
        ha_gs_proposal_info_t info = { .gs_state_change_request = { (ha_gs_num_phases_t) phases, 0,
                                                       (ha_gs_state_value_t *) state } };

        return (int) ha_gs_change_state_value(((Wrong *) data)->token, &info);
}

static int do_state(void *data) {
        return state_of(data, HA_GS_1_PHASE, &(ha_gs_state_value_t){ 1, (char *) "s" });
}

static int message_of(void *data, int phases, const ha_gs_provider_message_t *message) {
        ha_gs_proposal_info_t info = { .gs_message_request = { (ha_gs_num_phases_t) phases, 0,
                                                       (ha_gs_provider_message_t *) message } };

        return (int) ha_gs_send_message(((Wrong *) data)->token, &info);
}

static int do_message(void *data) {
        return message_of(data, HA_GS_1_PHASE, &(ha_gs_provider_message_t){ 1, (char *) "m" });
}

static int leave_of(void *data, int phases) {
        ha_gs_proposal_info_t info = { .gs_leave_request = { (ha_gs_num_phases_t) phases, 0, 0 } };

        return (int) ha_gs_leave(((Wrong *) data)->token, &info);
}

static int do_leave(void *data) {
        return leave_of(data, HA_GS_1_PHASE);
}

static int expel_of(void *data, int phases, unsigned script_phase, int n, ha_gs_provider_t *list) {
        ha_gs_proposal_info_t info = { .gs_expel_request = { (ha_gs_num_phases_t) phases, 0,
                                                       { (unsigned) n, list }, script_phase, NULL } };

        return (int) ha_gs_expel(((Wrong *) data)->token, &info);
}

static int do_expel(void *data) {
        return expel_of(data, HA_GS_1_PHASE, 0, 1, &(ha_gs_provider_t){ .gs_provider_id = provider(2).gs_provider_id });
}

static ha_gs_group_attributes_t attributes(const char *name) {
        ha_gs_group_attributes_t g = group("g", HA_GS_1_PHASE);

        g.gs_group_name = (char *) name;
        return g;
}

static int attributes_of(void *data, int phases, const ha_gs_group_attributes_t *g) {
        ha_gs_proposal_info_t info = { .gs_change_attributes_request = { (ha_gs_num_phases_t) phases, 0,
                                                       (ha_gs_group_attributes_t *) g, NULL } };

        return (int) ha_gs_change_attributes(((Wrong *) data)->token, &info);
}

static int do_attributes(void *data) {
        ha_gs_group_attributes_t g = attributes(((Wrong *) data)->group);

        g.gs_client_version = 7;
        return attributes_of(data, HA_GS_1_PHASE, &g);
}

static int do_goodbye(void *data) {
        return (int) ha_gs_goodbye(((Wrong *) data)->token);
}

typedef struct Routine {
        const char *name;
        Part *part;
        bool proposes;
} Routine;

static const Routine token_routines[] = {
        { "ha_gs_unsubscribe", do_unsubscribe, false }, { "ha_gs_vote", do_vote, false },
        { "ha_gs_change_state_value", do_state, true }, { "ha_gs_send_message", do_message, true },
        { "ha_gs_leave", do_leave, true },              { "ha_gs_expel", do_expel, true },
        { "ha_gs_change_attributes", do_attributes, true }, { "ha_gs_goodbye", do_goodbye, false },
};
#define N_TOKEN_ROUTINES (sizeof(token_routines) / sizeof(*token_routines))

static int join_of(Wrong *w, const ha_gs_group_attributes_t *g, short instance) {
        ha_gs_proposal_info_t info = { .gs_join_request = { (ha_gs_group_attributes_t *) g, instance, NULL,
                                                       report_n_phase, report_approved, report_rejected,
                                                       report_announcement, NULL } };

        return (int) ha_gs_join(&w->token, &info);
}

static int do_join(void *data) {
        Wrong *w = data;
        ha_gs_group_attributes_t g = attributes(w->group);

        return join_of(w, &g, 9);
}

static int subscribe_of(Wrong *w, const char *name, unsigned control, ha_gs_subscriber_cb_t *callback) {
        ha_gs_proposal_info_t info = { .gs_subscribe_request = { control, (char *) name, callback } };

        return (int) ha_gs_subscribe(&w->token, &info);
}

static int do_subscribe(void *data) {
        Wrong *w = data;

        return subscribe_of(w, w->group, HA_GS_SUBSCRIBE_STATE, report_subscription);
}

static int do_dispatch(void *data) {
        (void) data;
        return (int) ha_gs_dispatch(HA_GS_NON_BLOCKING);
}

static int do_node_number(void *data) {
        (void) data;
        return (int) ha_gs_get_node_number(&(int){ 0 });
}

static int do_adapter_info(void *data) {
        ha_gs_adapter_info info = { .ip_addr.ip4.s_addr = htonl(0xc0000201) }; /* 192.0.2.1: nobody's */

        (void) data;
        return (int) ha_gs_get_adapter_info(&info);
}

static const Routine other_routines[] = {
        { "ha_gs_join", do_join, false }, { "ha_gs_subscribe", do_subscribe, false },
        { "ha_gs_dispatch", do_dispatch, false }, { "ha_gs_get_node_number", do_node_number, false },
        { "ha_gs_get_adapter_info", do_adapter_info, false },
};
#define N_OTHER_ROUTINES (sizeof(other_routines) / sizeof(*other_routines))

/* ---- each thing done wrong ---- */

static int init_again(void *data) {
        ha_gs_descriptor_t d;

        (void) data;
        return (int) ha_gs_init(&d, HA_GS_SOCKET_NO_SIGNAL, NULL, NULL, NULL, report_delayed_error, NULL);
}

static int init_nowhere(void *data) {
        (void) data;
        (void) setenv("HA_DOMAIN_NAME", "nowhere", 1);
        return init_again(NULL);
}

static int init_without_descriptors(void *data) {
        struct rlimit none = { 0, 0 };

        (void) data;
        (void) setrlimit(RLIMIT_NOFILE, &none);
        return init_again(NULL);
}

static int init_with(ha_gs_descriptor_t *d, int options, const char *script, ha_gs_delayed_error_cb_t *callback) {
        return (int) ha_gs_init(d, (ha_gs_socket_ctrl_t) options, NULL, script, NULL, callback, NULL);
}

static int init_to_nothing(void *data) {
        (void) data;
        return init_with(NULL, HA_GS_SOCKET_NO_SIGNAL, NULL, report_delayed_error);
}

static int init_with_long_script(void *data) {
        char script[258];
        ha_gs_descriptor_t d;

        (void) data;
        memset(script, 's', sizeof(script));
        script[0] = '/';
        script[257] = 0;
        return init_with(&d, HA_GS_SOCKET_NO_SIGNAL, script, report_delayed_error);
}

static int join_nothing(void *data) {
        return (int) ha_gs_join(&((Wrong *) data)->token, NULL);
}

static int join_without_token(void *data) {
        Wrong *w = data;
        ha_gs_group_attributes_t g = attributes(w->group);
        ha_gs_proposal_info_t info = { .gs_join_request = { &g, 9, NULL, report_n_phase, report_approved,
                                                       report_rejected, report_announcement, NULL } };

        return (int) ha_gs_join(NULL, &info);
}

static int join_without_attributes(void *data) {
        return join_of(data, NULL, 9);
}

static int join_negative(void *data) {
        ha_gs_group_attributes_t g = attributes(((Wrong *) data)->group);

        return join_of(data, &g, -1);
}

static int join_long_name(void *data) {
        ha_gs_group_attributes_t g = attributes("123456789012345678901234567890123");

        return join_of(data, &g, 9);
}

static int join_long_source(void *data) {
        ha_gs_group_attributes_t g = attributes(((Wrong *) data)->other);

        g.gs_source_group_name = (char *) "123456789012345678901234567890123";
        return join_of(data, &g, 9);
}

static int join_long_local_name(void *data) {
        Wrong *w = data;
        ha_gs_group_attributes_t g = attributes(w->group);
        ha_gs_proposal_info_t info = { .gs_join_request = { &g, 9, (char *) "123456789012345678901234567890123",
                                                       report_n_phase, report_approved, report_rejected,
                                                       report_announcement, NULL } };

        return (int) ha_gs_join(&w->token, &info);
}

static int join_invalid(void *data) {
        ha_gs_group_attributes_t g = attributes(((Wrong *) data)->group);

        g.gs_num_phases = (ha_gs_num_phases_t) 3;
        return join_of(data, &g, 9);
}

static int join_different(void *data) {
        ha_gs_group_attributes_t g = attributes(((Wrong *) data)->group);

        g.gs_client_version = 2;
        return join_of(data, &g, 9);
}

static int join_duplicate(void *data) {
        ha_gs_group_attributes_t g = attributes(((Wrong *) data)->group);

        return join_of(data, &g, 1);
}

static int join_system(void *data) {
        ha_gs_group_attributes_t g = attributes(HA_GS_HOST_MEMBERSHIP_GROUP);

        return join_of(data, &g, 9);
}

static int join_sourceless(void *data) {
        ha_gs_group_attributes_t g = attributes(((Wrong *) data)->other);

        g.gs_source_group_name = (char *) "conformance.nobody";
        return join_of(data, &g, 9);
}

static int join_without_source_provider(void *data) {
        ha_gs_group_attributes_t g = attributes(((Wrong *) data)->other);

        g.gs_source_group_name = (char *) HA_GS_CSS_RAW_MEMBERSHIP_GROUP;
        return join_of(data, &g, 9);
}

static int subscribe_nothing(void *data) {
        return (int) ha_gs_subscribe(&((Wrong *) data)->token, NULL);
}

static int subscribe_to_no_name(void *data) {
        return subscribe_of(data, NULL, HA_GS_SUBSCRIBE_STATE, report_subscription);
}

static int subscribe_for_nothing(void *data) {
        return subscribe_of(data, ((Wrong *) data)->group, 0, report_subscription);
}

static int subscribe_without_callback(void *data) {
        return subscribe_of(data, ((Wrong *) data)->group, HA_GS_SUBSCRIBE_STATE, NULL);
}

static int subscribe_long_name(void *data) {
        return subscribe_of(data, "123456789012345678901234567890123", HA_GS_SUBSCRIBE_STATE,
                        report_subscription);
}

static int subscribe_unknown(void *data) {
        return subscribe_of(data, ((Wrong *) data)->other, HA_GS_SUBSCRIBE_STATE, report_subscription);
}

static int vote_with_bytes(void *data, int state_length, int message_length) {
        static char bytes[4096];
        ha_gs_state_value_t state = { state_length, bytes };
        ha_gs_provider_message_t message = { message_length, bytes };

        return (int) ha_gs_vote(((Wrong *) data)->token, HA_GS_VOTE_APPROVE, &state, &message, HA_GS_NULL_VOTE);
}

static int vote_null(void *data) {
        return (int) ha_gs_vote(((Wrong *) data)->token, HA_GS_NULL_VOTE, NULL, NULL, HA_GS_NULL_VOTE);
}

static int vote_unknown(void *data) {
        return (int) ha_gs_vote(((Wrong *) data)->token, (ha_gs_vote_value_t) 4, NULL, NULL, HA_GS_NULL_VOTE);
}

static int vote_default_continue(void *data) {
        return (int) ha_gs_vote(((Wrong *) data)->token, HA_GS_VOTE_APPROVE, NULL, NULL, HA_GS_VOTE_CONTINUE);
}

static int vote_long_state(void *data) {
        return vote_with_bytes(data, 257, 1);
}

static int vote_long_message(void *data) {
        return vote_with_bytes(data, 1, 2049);
}

static int state_nothing(void *data) {
        return (int) ha_gs_change_state_value(((Wrong *) data)->token, NULL);
}

static int state_null(void *data) {
        return state_of(data, HA_GS_1_PHASE, NULL);
}

static int state_phases(void *data) {
        return state_of(data, 3, &(ha_gs_state_value_t){ 1, (char *) "s" });
}

static int state_no_bytes(void *data) {
        return state_of(data, HA_GS_1_PHASE, &(ha_gs_state_value_t){ 1, NULL });
}

static int message_nothing(void *data) {
        return (int) ha_gs_send_message(((Wrong *) data)->token, NULL);
}

static int message_null(void *data) {
        return message_of(data, HA_GS_1_PHASE, NULL);
}

static int message_phases(void *data) {
        return message_of(data, 0, &(ha_gs_provider_message_t){ 1, (char *) "m" });
}

static int leave_nothing(void *data) {
        return (int) ha_gs_leave(((Wrong *) data)->token, NULL);
}

static int leave_phases(void *data) {
        return leave_of(data, 3);
}

static int expel_nothing(void *data) {
        return (int) ha_gs_expel(((Wrong *) data)->token, NULL);
}

static int expel_nobody(void *data) {
        return expel_of(data, HA_GS_1_PHASE, 0, 0, NULL);
}

static int expel_phases(void *data) {
        return expel_of(data, 3, 0, 1, &(ha_gs_provider_t){ .gs_provider_id = provider(2).gs_provider_id });
}

static int expel_script_phase(void *data) {
        return expel_of(data, HA_GS_1_PHASE, 2, 1,
                        &(ha_gs_provider_t){ .gs_provider_id = provider(2).gs_provider_id });
}

static int expel_twice(void *data) {
        ha_gs_provider_t list[] = { provider(2), provider(3), provider(2) };

        return expel_of(data, HA_GS_1_PHASE, 0, 3, list);
}

static int expel_unknown(void *data) {
        ha_gs_provider_t list[] = { provider(2), provider(77) };

        return expel_of(data, HA_GS_1_PHASE, 0, 2, list);
}

static int attributes_nothing(void *data) {
        return (int) ha_gs_change_attributes(((Wrong *) data)->token, NULL);
}

static int attributes_null(void *data) {
        return attributes_of(data, HA_GS_1_PHASE, NULL);
}

static int attributes_phases(void *data) {
        ha_gs_group_attributes_t g = attributes(((Wrong *) data)->group);

        return attributes_of(data, 3, &g);
}

static int attributes_other_name(void *data) {
        ha_gs_group_attributes_t g = attributes(((Wrong *) data)->other);

        return attributes_of(data, HA_GS_1_PHASE, &g);
}

static int attributes_invalid(void *data) {
        ha_gs_group_attributes_t g = attributes(((Wrong *) data)->group);

        g.gs_num_phases = (ha_gs_num_phases_t) 3;
        return attributes_of(data, HA_GS_1_PHASE, &g);
}

static int dispatch_how(void *data) {
        (void) data;
        return (int) ha_gs_dispatch((ha_gs_dispatch_flag_t) 2);
}

static int node_number_nowhere(void *data) {
        (void) data;
        return (int) ha_gs_get_node_number(NULL);
}

static int adapter_nothing(void *data) {
        (void) data;
        return (int) ha_gs_get_adapter_info(NULL);
}

static int no_ffdc_id(void *data) {
        fc_eid_t id;

        (void) data;
        return (int) ha_gs_get_ffdc_id(id);
}

static int ffdc_id_nowhere(void *data) {
        (void) data;
        return (int) ha_gs_get_ffdc_id(NULL);
}

/* malloc() of the program is that of its libraries too, unless a sanitizer has put its own there. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define OWN_MALLOC 0
#else
#define OWN_MALLOC 1

static bool no_memory;
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t size);

void *malloc(size_t size) {
        errno = ENOMEM;
        return no_memory ? NULL : __libc_malloc(size);
}

void *calloc(size_t n, size_t size) {
        errno = ENOMEM;
        return no_memory ? NULL : __libc_calloc(n, size);
}

void *realloc(void *p, size_t size) {
        errno = ENOMEM;
        return no_memory ? NULL : __libc_realloc(p, size);
}

static int join_without_memory(void *data) {
        int code;

        no_memory = true;
        code = do_join(data);
        no_memory = false;
        return code;
}

static int subscribe_without_memory(void *data) {
        int code;

        no_memory = true;
        code = do_subscribe(data);
        no_memory = false;
        return code;
}

#endif

/* ---- the table ---- */

typedef enum Who {
        STRANGER,   /* has not called ha_gs_init() */
        CLIENT,     /* is in no group */
        MEMBER,     /* of `group`, in which nothing happens */
        BUSY,       /* of `busy`, in which a message is voted on, and it knows */
        WAITING,    /* wants to join that */
        SUBSCRIBER, /* of `group` */
        GONE,       /* the token of one who said goodbye */
        INVENTED,   /* a token that never was */
        _WHO_MAX,
} Who;

typedef struct Row {
        Who who;
        Part *part;
        ha_gs_rc_t code;   /* at once, or */
        const char *error; /* a delayed error */
} Row;

#define SYNC(who, part, code) { who, part, code, NULL }
#define DELAYED(who, part, error) { who, part, HA_GS_OK, error }

static const Row rows[] = {
        SYNC(CLIENT, init_again, HA_GS_EXISTS),
        SYNC(STRANGER, init_to_nothing, HA_GS_BAD_PARAMETER),
        SYNC(STRANGER, init_with_long_script, HA_GS_NAME_TOO_LONG),

        SYNC(CLIENT, join_nothing, HA_GS_BAD_PARAMETER),
        SYNC(CLIENT, join_without_token, HA_GS_BAD_PARAMETER),
        SYNC(CLIENT, join_negative, HA_GS_BAD_PARAMETER),
        SYNC(CLIENT, join_without_attributes, HA_GS_BAD_PARAMETER),
        SYNC(CLIENT, join_invalid, HA_GS_BAD_GROUP_ATTRIBUTES),
        SYNC(CLIENT, join_long_name, HA_GS_NAME_TOO_LONG),
        SYNC(CLIENT, join_long_source, HA_GS_NAME_TOO_LONG),
        SYNC(CLIENT, join_long_local_name, HA_GS_NAME_TOO_LONG),
#if OWN_MALLOC
        SYNC(CLIENT, join_without_memory, HA_GS_NO_MEMORY),
        SYNC(CLIENT, subscribe_without_memory, HA_GS_NO_MEMORY),
#endif
        DELAYED(CLIENT, join_different, "error JOIN code=BAD_GROUP_ATTRIBUTES"),
        DELAYED(CLIENT, join_duplicate, "error JOIN code=DUPLICATE_INSTANCE_NUMBER"),
        DELAYED(CLIENT, join_system, "error JOIN code=INVALID_GROUP"),
        DELAYED(CLIENT, join_sourceless, "error JOIN code=INVALID_SOURCE_GROUP"),
        DELAYED(CLIENT, join_without_source_provider, "error JOIN code=NO_SOURCE_GROUP_PROVIDER"),

        SYNC(CLIENT, subscribe_nothing, HA_GS_BAD_PARAMETER),
        SYNC(CLIENT, subscribe_to_no_name, HA_GS_BAD_PARAMETER),
        SYNC(CLIENT, subscribe_for_nothing, HA_GS_BAD_PARAMETER),
        SYNC(CLIENT, subscribe_without_callback, HA_GS_BAD_PARAMETER),
        SYNC(CLIENT, subscribe_long_name, HA_GS_NAME_TOO_LONG),
        DELAYED(CLIENT, subscribe_unknown, "error SUBSCRIPTION code=UNKNOWN_GROUP"),

        SYNC(MEMBER, do_unsubscribe, HA_GS_BAD_MEMBER_TOKEN),

        SYNC(MEMBER, do_vote, HA_GS_VOTE_NOT_EXPECTED),
        SYNC(WAITING, do_vote, HA_GS_VOTE_NOT_EXPECTED),
        SYNC(BUSY, vote_null, HA_GS_BAD_PARAMETER),
        SYNC(BUSY, vote_unknown, HA_GS_BAD_PARAMETER),
        SYNC(BUSY, vote_default_continue, HA_GS_BAD_PARAMETER),
        SYNC(BUSY, vote_long_state, HA_GS_BAD_PARAMETER),
        SYNC(BUSY, vote_long_message, HA_GS_BAD_PARAMETER),

        SYNC(MEMBER, state_nothing, HA_GS_BAD_PARAMETER),
        SYNC(MEMBER, state_null, HA_GS_BAD_PARAMETER),
        SYNC(MEMBER, state_no_bytes, HA_GS_BAD_PARAMETER),
        SYNC(MEMBER, state_phases, HA_GS_BAD_PARAMETER),
        SYNC(MEMBER, message_nothing, HA_GS_BAD_PARAMETER),
        SYNC(MEMBER, message_null, HA_GS_BAD_PARAMETER),
        SYNC(MEMBER, message_phases, HA_GS_BAD_PARAMETER),
        SYNC(MEMBER, leave_nothing, HA_GS_BAD_PARAMETER),
        SYNC(MEMBER, leave_phases, HA_GS_BAD_PARAMETER),

        SYNC(MEMBER, expel_nothing, HA_GS_BAD_PARAMETER),
        SYNC(MEMBER, expel_nobody, HA_GS_BAD_PARAMETER),
        SYNC(MEMBER, expel_phases, HA_GS_BAD_PARAMETER),
        SYNC(MEMBER, expel_script_phase, HA_GS_INVALID_DEACTIVATE_PHASE),
        DELAYED(MEMBER, expel_twice, "error EXPEL code=PROVIDER_APPEARS_TWICE"),
        DELAYED(MEMBER, expel_unknown, "error EXPEL code=UNKNOWN_PROVIDER"),

        SYNC(MEMBER, attributes_nothing, HA_GS_BAD_PARAMETER),
        SYNC(MEMBER, attributes_null, HA_GS_BAD_PARAMETER),
        SYNC(MEMBER, attributes_phases, HA_GS_BAD_PARAMETER),
        SYNC(MEMBER, attributes_other_name, HA_GS_BAD_PARAMETER),
        SYNC(MEMBER, attributes_invalid, HA_GS_BAD_GROUP_ATTRIBUTES),

        SYNC(CLIENT, dispatch_how, HA_GS_BAD_PARAMETER),
        SYNC(CLIENT, node_number_nowhere, HA_GS_BAD_PARAMETER),
        SYNC(CLIENT, adapter_nothing, HA_GS_BAD_PARAMETER),
        SYNC(CLIENT, do_adapter_info, HA_GS_NOT_OK),
        SYNC(CLIENT, no_ffdc_id, HA_GS_NOT_OK),
        SYNC(CLIENT, ffdc_id_nowhere, HA_GS_BAD_PARAMETER),

        SYNC(STRANGER, init_nowhere, HA_GS_CONNECT_FAILED),
        SYNC(STRANGER, init_without_descriptors, HA_GS_SOCK_CREATE_FAILED),
};
#define N_ROWS (sizeof(rows) / sizeof(*rows))

/* ---- the world ---- */

typedef struct World {
        Cast members, busy;
        Seat who[_WHO_MAX];
        Wrong names;
} World;

static void world_make(World *w) {
        ha_gs_group_attributes_t g = group("g", HA_GS_1_PHASE), busy = group("busy", HA_GS_1_PHASE);
        Seat gone;

        *w = (World){ .members = cast_here(3, &g), .busy = cast_here(2, &busy) };
        (void) snprintf(w->names.group, PART_NAME_MAX, "%s", g.gs_group_name);
        (void) snprintf(w->names.busy, PART_NAME_MAX, "%s", busy.gs_group_name);
        (void) snprintf(w->names.other, PART_NAME_MAX, "%s", group_name("other"));

        w->who[STRANGER] = seat_of(actor_start(), 0);
        w->who[CLIENT] = seat_of(client_start(), 0);
        w->who[MEMBER] = w->members.seat[0];
        w->who[BUSY] = w->busy.seat[0];
        returned(HA_GS_OK, send_text(w->busy.seat[1], HA_GS_N_PHASE, 0, "m"), "ha_gs_send_message()");
        everyone_here(&w->busy, "n-phase PROVIDER_MESSAGE");
        w->who[WAITING] = join_here(client_start(), &busy, 3);
        quiet_here(w->who[WAITING].actor);
        w->who[SUBSCRIBER] = subscribe_here(client_start(), g.gs_group_name, HA_GS_SUBSCRIBE_STATE);
        (void) expect_here(w->who[SUBSCRIBER], "subscription STATE");

        gone = join_here(w->who[CLIENT].actor, &g, 8);
        (void) expect_here(gone, "approved JOIN");
        everyone_here(&w->members, "approved JOIN");
        returned(HA_GS_OK, goodbye(gone), "ha_gs_goodbye()");
        everyone_here(&w->members, "approved FAILURE_LEAVE");
        w->who[GONE] = gone;
        w->who[INVENTED] = seat_of(w->who[CLIENT].actor, 123456789);
}

static ha_gs_rc_t provoke(const World *w, Who who, Part *part, Seat *ret) {
        Wrong wrong = w->names;
        ha_gs_rc_t code;

        wrong.token = w->who[who].token;
        if (who == BUSY || who == WAITING)
                memcpy(wrong.group, w->names.busy, sizeof(wrong.group));
        code = (ha_gs_rc_t) play(w->who[who].actor, part, &wrong, sizeof(wrong));
        *ret = seat_of(w->who[who].actor, wrong.token);
        return code;
}

static void every_row_of_the_table(void) {
        World w;
        Seat s;

        world_make(&w);
        for (size_t i = 0; i < N_ROWS; i++) {
                printf("row %zu: %s %s\n", i, code_name(rows[i].code), rows[i].error ? rows[i].error : "");
                returns(rows[i].code, provoke(&w, rows[i].who, rows[i].part, &s));
                if (rows[i].error)
                        expect(s, rows[i].error);
        }
}

static void routines_with_a_token_want_a_valid_one(void) {
        static const Who no_provider[] = { SUBSCRIBER, GONE, INVENTED };
        World w;
        Seat s;

        world_make(&w);
        for (size_t i = 0; i < N_TOKEN_ROUTINES; i++)
                for (size_t k = 0; k < sizeof(no_provider) / sizeof(*no_provider); k++) {
                        if (no_provider[k] == SUBSCRIBER && token_routines[i].part == do_unsubscribe)
                                continue;
                        printf("%s %zu\n", token_routines[i].name, k);
                        returns(HA_GS_BAD_MEMBER_TOKEN, provoke(&w, no_provider[k], token_routines[i].part, &s));
                }
}

static void before_init_there_is_nothing(void) {
        World w;
        Seat s;

        world_make(&w);
        for (size_t i = 0; i < N_TOKEN_ROUTINES; i++) {
                printf("%s\n", token_routines[i].name);
                returns(HA_GS_NO_INIT, provoke(&w, STRANGER, token_routines[i].part, &s));
        }
        for (size_t i = 0; i < N_OTHER_ROUTINES; i++) {
                printf("%s\n", other_routines[i].name);
                returns(HA_GS_NO_INIT, provoke(&w, STRANGER, other_routines[i].part, &s));
        }
}

static void proposals_are_for_members_and_collide(void) {
        World w;
        Seat s;

        world_make(&w);
        for (size_t i = 0; i < N_TOKEN_ROUTINES; i++) {
                if (!token_routines[i].proposes)
                        continue;
                printf("%s\n", token_routines[i].name);
                returns(HA_GS_NOT_A_MEMBER, provoke(&w, WAITING, token_routines[i].part, &s));
                returns(HA_GS_COLLIDE, provoke(&w, BUSY, token_routines[i].part, &s));
        }
}

static void every_routine_says_that_the_connection_is_lost(void) {
        const char *domain = domain_name("x");
        ha_gs_group_attributes_t g = group("g", HA_GS_1_PHASE);
        InitPart init = init_plainly();
        Wrong wrong = { .token = 0 };
        Seat s, w;
        Actor *a;

        daemon_do("start", domain);
        a = actor_start();
        actor_domain(a, domain);
        ok(try_init(a, &init));
        s = join(a, &g, 1);
        expect(s, "approved JOIN");
        w = subscribe(a, g.gs_group_name, HA_GS_SUBSCRIBE_STATE);
        expect(w, "subscription STATE");
        daemon_do("kill", domain);
        expect_process(a, "dispatch NOT_OK");
        (void) strcpy(wrong.group, g.gs_group_name);
        for (size_t i = 0; i < N_TOKEN_ROUTINES; i++) {
                printf("%s\n", token_routines[i].name);
                wrong.token = token_routines[i].part == do_unsubscribe ? w.token : s.token;
                returns(HA_GS_NOT_OK, play(a, token_routines[i].part, &wrong, sizeof(wrong)));
        }
        for (size_t i = 0; i < N_OTHER_ROUTINES; i++) {
                printf("%s\n", other_routines[i].name);
                returns(HA_GS_NOT_OK, play(a, other_routines[i].part, &wrong, sizeof(wrong)));
        }
}

STORIES("test-4.2-codes", CASE("4.2-01", every_row_of_the_table),
                CASE("4.2-02", every_routine_says_that_the_connection_is_lost),
                CASE("4.2-03", before_init_there_is_nothing),
                CASE("4.2-04", routines_with_a_token_want_a_valid_one),
                CASE("4.2-05", proposals_are_for_members_and_collide));
