/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The Group Services application programming interface (GSAPI): the client's side of hagsd.
 *
 * A process calls ha_gs_init() and gets a descriptor. Whenever that is readable it calls ha_gs_dispatch(),
 * which calls the callbacks that it has given. With ha_gs_join() it becomes a provider of a group: it sees
 * all that happens in the group, in the same order as every other provider, proposes changes and votes on
 * them. With ha_gs_subscribe() it watches a group without being seen.
 *
 * Blocks and values that are handed to a routine are copied; what a callback gets is valid until it returns.
 * Zero a block before you fill it in: members may be added behind the present ones.
 *
 * See libha_gs(3), and ha_gs_init(3) and its kind for each routine.
 *
 * This header is C89, and C++.
 */

#ifndef HA_GS_H
#define HA_GS_H

#include <netinet/in.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- scalars ---- */

typedef int ha_gs_descriptor_t;            /* for select, poll or epoll; never read, write or close it */
typedef int ha_gs_token_t;                 /* one membership or subscription; positive, never used again */
typedef unsigned short ha_gs_time_limit_t; /* seconds; 0: no limit */
typedef char *ha_gs_group_name_t;          /* 1 to 32 bytes */

/* ha_gs_dispatch(): what to do when nothing is left to be done. */
typedef enum {
        HA_GS_NON_BLOCKING, /* return */
        HA_GS_BLOCKING      /* wait; returns only when the connection is lost */
} ha_gs_dispatch_flag_t;

/* ha_gs_init(): HA_GS_SOCKET_NO_SIGNAL, alone or or'ed with HA_GS_ENABLE_ADAPTER_INFO. */
typedef enum {
        HA_GS_SOCKET_NO_SIGNAL = 0x1,
        HA_GS_SOCKET_SIGNAL = 0x2,      /* refused: the library sends no signals */
        HA_GS_ENABLE_ADAPTER_INFO = 0x4 /* allows ha_gs_get_adapter_info() */
} ha_gs_socket_ctrl_t;

/* Whether a protocol is approved at once, or voted on in one or more phases. */
typedef enum { HA_GS_1_PHASE = 1, HA_GS_N_PHASE = 2 } ha_gs_num_phases_t;

typedef enum {
        HA_GS_NULL_VOTE,     /* as a default vote: leave it as it is; in group attributes: reject */
        HA_GS_VOTE_APPROVE,  /* accept, and end the protocol if all others accept too */
        HA_GS_VOTE_CONTINUE, /* go on to another phase */
        HA_GS_VOTE_REJECT    /* end it without effect */
} ha_gs_vote_value_t;

/* Which queued joins or failures share one protocol; HA_GS_DEACTIVATE_ON_FAILURE may be or'ed in. */
typedef enum {
        HA_GS_NO_BATCHING = 0,
        HA_GS_BATCH_JOINS = 1,
        HA_GS_BATCH_LEAVES = 2,
        HA_GS_BATCH_BOTH = 3,
        HA_GS_DEACTIVATE_ON_FAILURE = 4 /* run the deactivate script of a provider whose process failed */
} ha_gs_batch_ctrl_t;

/* What becomes of a group when two domains meet that both have it. */
typedef enum {
        HA_GS_DISSOLVE_MERGE, /* it is dissolved in the domain that gives way; the only one supported */
        HA_GS_LARGER_MERGE,
        HA_GS_SMALLER_MERGE,
        HA_GS_DONTCARE_MERGE
} ha_gs_merge_ctrl_t;

/* How Group Services finds out whether the process still does its work. */
typedef enum {
        HA_GS_NO_RESPONSIVENESS,
        HA_GS_PING_RESPONSIVENESS,   /* the callback is called each interval, and its answer counts */
        HA_GS_COUNTER_RESPONSIVENESS /* a counter must change each interval; if it did not, as PING */
} ha_gs_responsiveness_type_t;

/* What a responsiveness callback says of its process. */
typedef enum { HA_GS_CALLBACK_NOT_OK, HA_GS_CALLBACK_OK } ha_gs_callback_rc_t;

/* The first member of every notification: which of the blocks below it is. */
typedef enum {
        HA_GS_RESPONSIVENESS_NOTIFICATION,
        HA_GS_QUERY_NOTIFICATION, /* reserved */
        HA_GS_DELAYED_ERROR_NOTIFICATION,
        HA_GS_N_PHASE_NOTIFICATION,
        HA_GS_APPROVED_NOTIFICATION,
        HA_GS_REJECTED_NOTIFICATION,
        HA_GS_ANNOUNCEMENT_NOTIFICATION,
        HA_GS_SUBSCRIPTION_NOTIFICATION,
        HA_GS_MERGE_NOTIFICATION /* reserved */
} ha_gs_notification_type_t;

/* Protocols and other requests. */
typedef enum {
        HA_GS_RESPONSIVENESS,
        HA_GS_JOIN,
        HA_GS_FAILURE_LEAVE, /* of providers whose process or node failed, or who said goodbye */
        HA_GS_LEAVE,
        HA_GS_EXPEL,
        HA_GS_STATE_VALUE_CHANGE,
        HA_GS_PROVIDER_MESSAGE,
        HA_GS_CAST_OUT,                /* of providers on whose node the source group has none any more */
        HA_GS_SOURCE_STATE_REFLECTION, /* the state value of the source group changed */
        HA_GS_MERGE,                   /* reserved */
        HA_GS_SUBSCRIPTION,
        HA_GS_GROUP_ATTRIBUTE_CHANGE
} ha_gs_request_t;

/* How the phase before went, or what is announced; bits. */
typedef unsigned int ha_gs_summary_code_t;
#define HA_GS_EXPLICIT_APPROVE 0x0001 /* somebody voted so */
#define HA_GS_EXPLICIT_REJECT 0x0002
#define HA_GS_DEFAULT_APPROVE 0x0004 /* the default vote stood for somebody */
#define HA_GS_DEFAULT_REJECT 0x0008
#define HA_GS_TIME_LIMIT_EXCEEDED 0x0010        /* somebody did not vote in time */
#define HA_GS_PROVIDER_FAILED 0x0020            /* somebody failed before he voted */
#define HA_GS_RESPONSIVENESS_NO_RESPONSE 0x0040 /* a responsiveness check was not answered, or not well */
#define HA_GS_RESPONSIVENESS_RESPONSE 0x0080    /* is answered again */
#define HA_GS_GROUP_DISSOLVED 0x0100            /* the group is no more; so is the token */
#define HA_GS_GROUP_SERVICES_HAS_DIED_HORRIBLY 0x0200 /* the daemon ends, or lost its domain */
#define HA_GS_DEACTIVATE_UNSUCCESSFUL 0x0400          /* a deactivate script failed */
#define HA_GS_DEACTIVATE_TIME_LIMIT_EXCEEDED 0x0800
#define HA_GS_GROUP_ATTRIBUTES_CHANGED 0x1000 /* with the approval of an attribute change */

/* gs_whats_changed: which members of a proposal mean something; bits. */
typedef unsigned int ha_gs_updates_t;
#define HA_GS_NO_CHANGE 0x0000
#define HA_GS_PROPOSED_MEMBERSHIP 0x0001 /* first seen in this phase */
#define HA_GS_ONGOING_MEMBERSHIP 0x0002  /* seen in an earlier phase */
#define HA_GS_PROPOSED_STATE_VALUE 0x0004
#define HA_GS_ONGOING_STATE_VALUE 0x0008
#define HA_GS_UPDATED_PROVIDER_MESSAGE 0x0010 /* there is a message */
#define HA_GS_UPDATED_MEMBERSHIP 0x0020       /* approved */
#define HA_GS_REJECTED_MEMBERSHIP 0x0040
#define HA_GS_UPDATED_STATE_VALUE 0x0080
#define HA_GS_REJECTED_STATE_VALUE 0x0100
#define HA_GS_REFLECTED_SOURCE_STATE_VALUE 0x0200
#define HA_GS_EXPEL_INFORMATION 0x0400
#define HA_GS_PROPOSED_GROUP_ATTRIBUTES 0x0800
#define HA_GS_ONGOING_GROUP_ATTRIBUTES 0x1000
#define HA_GS_UPDATED_GROUP_ATTRIBUTES 0x2000
#define HA_GS_REJECTED_GROUP_ATTRIBUTES 0x4000

/* Why a provider leaves. */
typedef unsigned int ha_gs_leave_reasons_t;
#define HA_GS_VOLUNTARY_LEAVE 0x01   /* ha_gs_leave() */
#define HA_GS_PROVIDER_FAILURE 0x02  /* its process ended, or called ha_gs_quit() */
#define HA_GS_HOST_FAILURE 0x04      /* its node failed */
#define HA_GS_PROVIDER_EXPELLED 0x08 /* ha_gs_expel() */
#define HA_GS_SOURCE_PROVIDER_LEAVE 0x10
#define HA_GS_PROVIDER_SAID_GOODBYE 0x20 /* ha_gs_goodbye() */

/*
 * What routines return, and delayed errors say. OK from a routine that proposes something means that it was
 * submitted; what goes wrong later comes to the delayed error callback.
 */
typedef enum {
        HA_GS_OK = 0,
        HA_GS_NOT_OK,        /* the connection is lost: ha_gs_init() again, and join again */
        HA_GS_EXISTS,        /* is initialised already */
        HA_GS_NO_INIT,       /* ha_gs_init() has not been called, or ha_gs_quit() since */
        HA_GS_NAME_TOO_LONG, /* a name of a group, provider or script */
        HA_GS_NO_MEMORY,
        HA_GS_NOT_A_MEMBER,     /* the join is not complete */
        HA_GS_BAD_CLIENT_TOKEN, /* not used */
        HA_GS_BAD_MEMBER_TOKEN, /* no such provider or subscriber, or not any more */
        HA_GS_BAD_PARAMETER,
        HA_GS_UNKNOWN_GROUP,             /* subscription to a group that nobody has joined */
        HA_GS_INVALID_GROUP,             /* join: a name that is reserved */
        HA_GS_NO_SOURCE_GROUP_PROVIDER,  /* join: the source group has no provider on this node */
        HA_GS_BAD_GROUP_ATTRIBUTES,      /* invalid, or others than the group has */
        HA_GS_WRONG_OLD_STATE,           /* not used */
        HA_GS_DUPLICATE_INSTANCE_NUMBER, /* join: the number is in use in this group on this node */
        HA_GS_COLLIDE,                   /* another protocol runs in the group: propose again later */
        HA_GS_SOCK_CREATE_FAILED,
        HA_GS_SOCK_INIT_FAILED,
        HA_GS_CONNECT_FAILED,           /* no daemon of that domain here, or it refuses this process */
        HA_GS_VOTE_NOT_EXPECTED,        /* no phase waits for a vote of this provider, or not any more */
        HA_GS_NOT_SUPPORTED,            /* not used */
        HA_GS_INVALID_SOURCE_GROUP,     /* join: unknown, or the group itself, or a target of it */
        HA_GS_UNKNOWN_PROVIDER,         /* expel: not a member */
        HA_GS_INVALID_DEACTIVATE_PHASE, /* expel: above 1 in a one-phase protocol */
        HA_GS_PROVIDER_APPEARS_TWICE,   /* expel: in the list */
        HA_GS_BACKLEVEL_PROVIDERS       /* the group has providers of an older library */
} ha_gs_rc_t;

typedef union ha_gs_proposal_info_u ha_gs_proposal_info_t; /* completed below */

/* gs_subscription_control: what a subscriber wants to hear of; bits. */
typedef unsigned int ha_gs_subscription_ctrl_t;
#define HA_GS_SUBSCRIBE_STATE 0x01
#define HA_GS_SUBSCRIBE_DELTA_JOINS 0x02
#define HA_GS_SUBSCRIBE_DELTA_LEAVES 0x04
#define HA_GS_SUBSCRIBE_DELTAS_ONLY 0x06
#define HA_GS_SUBSCRIBE_MEMBERSHIP 0x08 /* the whole list, whenever it changes */
#define HA_GS_SUBSCRIBE_ALL_MEMBERSHIP 0x0e
#define HA_GS_SUBSCRIBE_STATE_AND_MEMBERSHIP 0x0f

/* gs_subscription_type: what a subscription notification tells; bits. */
typedef unsigned int ha_gs_subscription_type_t;
#define HA_GS_SUBSCRIPTION_STATE 0x01
#define HA_GS_SUBSCRIPTION_DELTA_JOIN 0x02
#define HA_GS_SUBSCRIPTION_DELTA_LEAVE 0x04
#define HA_GS_SUBSCRIPTION_MEMBERSHIP 0x08
#define HA_GS_SUBSCRIPTION_SPECIAL_DATA 0x40
/* The last two end the token: the last provider has left; the daemon ends, or lost its domain. */
#define HA_GS_SUBSCRIPTION_DISSOLVED 0x80
#define HA_GS_SUBSCRIPTION_GS_HAS_DIED 0x100

/* Groups that Group Services provides itself. They can be subscribed to, and named as source groups. */
#define HA_GS_HOST_MEMBERSHIP_GROUP "HostMembership" /* the nodes; instance number 0 */
#define HA_GS_ENET_MEMBERSHIP_GROUP "enMembership"   /* Ethernet adapters; the instance of en0 is 0 */
#define HA_GS_CSS_MEMBERSHIP_GROUP "cssMembership"
#define HA_GS_CSS_RAW_MEMBERSHIP_GROUP "cssRawMembership"

/* ---- subscription special data ---- */

/* One array: gs_special_num_entries entries of gs_special_length bytes. */
typedef struct ha_gs_special_block {
        unsigned int gs_special_flag; /* which one: one of the bits below */
        struct ha_gs_special_block *gs_next_special_block;
        int gs_special_num_entries;
        int gs_special_length;
        void *gs_special;
} ha_gs_special_block_t;

typedef struct {
        int gs_length;        /* number of blocks */
        unsigned int gs_flag; /* the flags of all of them */
        ha_gs_special_block_t *gs_special_data;
} ha_gs_special_data_t;

#define HA_GS_ADAPTER_DEATH_ARRAY 0x1 /* ha_gs_adapter_death_t, parallel to gs_changing_membership */
#define HA_GS_CURRENT_ADAPTER_ALIAS_ARRAY 0x2
#define HA_GS_CHANGING_ADAPTER_ALIAS_ARRAY 0x4

typedef unsigned int ha_gs_adapter_death_t; /* 1: the adapter was deconfigured; 0: it failed */

/* ---- identities, lists, values ---- */

/* A provider, as a group sees it: unique in the group. */
typedef union {
        struct {
                short _gs_instance_number; /* what it gave when it joined; unique in group and node */
                short _gs_node_number;
        } gs_provider_info;
        int gs_provider_id; /* both, for comparing */
} ha_gs_provider_t;
#define gs_instance_number gs_provider_info._gs_instance_number
#define gs_node_number gs_provider_info._gs_node_number

/* Providers, in the order in which they joined. */
typedef struct {
        unsigned int gs_count;
        ha_gs_provider_t *gs_providers;
} ha_gs_membership_t;

/* The state value of a group: 1 to 256 bytes; of length 0 until it is set first. */
typedef struct {
        int gs_length;
        char *gs_state;
} ha_gs_state_value_t;

/* A message: 1 to 2048 bytes. */
typedef struct {
        int gs_length;
        char *gs_message;
} ha_gs_provider_message_t;

typedef struct {
        ha_gs_num_phases_t gs_num_phases;
        int gs_phase_number; /* from 1; approved and rejected: phases that were run, 0 if one-phase */
} ha_gs_phase_info_t;

typedef struct {
        ha_gs_leave_reasons_t gs_voluntary_or_failure;
        unsigned int gs_voluntary_leave_code; /* gs_leave_code of ha_gs_leave() */
} ha_gs_leave_info_t;

/* Parallel to gs_changing_providers. */
typedef struct {
        unsigned int gs_count;
        ha_gs_leave_info_t *gs_leave_codes;
} ha_gs_leave_array_t;

typedef struct {
        int gs_deactivate_phase;
        char *gs_deactivate_flag;
} ha_gs_expel_info_t;

typedef struct {
        ha_gs_responsiveness_type_t gs_responsiveness_type;
        unsigned int gs_responsiveness_interval; /* seconds, not 0 */
        ha_gs_time_limit_t gs_responsiveness_response_time_limit;
        void *gs_counter_location;      /* with the counter, which must stay where it is */
        unsigned int gs_counter_length; /* 1, 2, 4 or 8 bytes */
} ha_gs_responsiveness_t;

/* What the providers of a group agree about: each must give the same when it joins. */
typedef struct {
        short gs_version;                 /* 1 */
        short gs_sizeof_group_attributes; /* sizeof(ha_gs_group_attributes_t) */
        short gs_client_version;          /* the application's own */
        ha_gs_batch_ctrl_t gs_batch_control;
        ha_gs_num_phases_t gs_num_phases; /* of joins, failure leaves and cast-outs */
        ha_gs_num_phases_t gs_source_reflection_num_phases;
        ha_gs_vote_value_t gs_group_default_vote; /* stands for who failed or did not vote; not CONTINUE */
        ha_gs_merge_ctrl_t gs_merge_control;      /* HA_GS_DISSOLVE_MERGE */
        ha_gs_time_limit_t gs_time_limit;         /* for a phase of joins, failure leaves and cast-outs */
        ha_gs_time_limit_t gs_source_reflection_time_limit;
        ha_gs_group_name_t gs_group_name;
        ha_gs_group_name_t gs_source_group_name; /* NULL or "": none */
} ha_gs_group_attributes_t;

/* What a protocol is about. Pointers to what it has not are NULL. */
typedef struct {
        ha_gs_phase_info_t gs_phase_info;
        ha_gs_provider_t gs_proposed_by; /* zero: Group Services */
        ha_gs_updates_t gs_whats_changed;
        ha_gs_membership_t *gs_current_providers;  /* before the change; approved: after it */
        ha_gs_membership_t *gs_changing_providers; /* who join, leave or are expelled */
        ha_gs_leave_array_t *gs_leave_info;
        ha_gs_expel_info_t *gs_expel_info;
        ha_gs_state_value_t *gs_current_state_value;
        ha_gs_state_value_t *gs_proposed_state_value;
        ha_gs_state_value_t *gs_source_state_value;
        ha_gs_provider_message_t *gs_provider_message;
        ha_gs_group_attributes_t *gs_new_group_attributes;
} ha_gs_proposal_t;

/* ---- notification blocks ---- */

/* Vote, now or later: ha_gs_vote(). Those to be expelled or cast out do not vote. */
typedef struct {
        ha_gs_notification_type_t gs_notification_type;
        ha_gs_token_t gs_provider_token;
        ha_gs_request_t gs_protocol_type;
        ha_gs_summary_code_t gs_summary_code; /* of the phase before */
        ha_gs_time_limit_t gs_time_limit;     /* for this phase */
        ha_gs_proposal_t *gs_proposal;
} ha_gs_n_phase_notification_t;

/* It is done. A one-phase protocol consists of this alone. */
typedef struct {
        ha_gs_notification_type_t gs_notification_type;
        ha_gs_token_t gs_provider_token;
        ha_gs_request_t gs_protocol_type;
        ha_gs_summary_code_t gs_summary_code;
        ha_gs_proposal_t *gs_proposal;
} ha_gs_approved_notification_t;
typedef ha_gs_approved_notification_t ha_gs_protocol_approved_notification_t;

/* It was voted down: the group is as it was. A token whose join was rejected is no more. */
typedef struct {
        ha_gs_notification_type_t gs_notification_type;
        ha_gs_token_t gs_provider_token;
        ha_gs_request_t gs_protocol_type;
        ha_gs_summary_code_t gs_summary_code;
        ha_gs_proposal_t *gs_proposal;
} ha_gs_rejected_notification_t;

/* Something happened to providers that is no change of the group. */
typedef struct {
        ha_gs_notification_type_t gs_notification_type;
        ha_gs_token_t gs_provider_token;
        ha_gs_summary_code_t gs_summary_code; /* what */
        ha_gs_membership_t *gs_announcement;  /* to whom */
} ha_gs_announcement_notification_t;

/* A responsiveness check; what is in it is what ha_gs_init() was given. */
typedef struct {
        ha_gs_notification_type_t gs_notification_type;
        ha_gs_responsiveness_t gs_responsiveness_information;
} ha_gs_responsiveness_notification_t;

/* A request that returned HA_GS_OK has failed. A join or subscription that failed ends its token. */
typedef struct {
        ha_gs_notification_type_t gs_notification_type;
        ha_gs_token_t gs_request_token;
        ha_gs_request_t gs_protocol_type;
        ha_gs_rc_t gs_delayed_return_code;
        ha_gs_proposal_info_t *gs_failing_request; /* a copy of what the routine was given */
} ha_gs_delayed_error_notification_t;

/* The first one shows the group as it is; later ones follow each approved change of what was selected. */
typedef struct {
        ha_gs_notification_type_t gs_notification_type;
        ha_gs_token_t gs_subscriber_token;
        ha_gs_subscription_type_t gs_subscription_type; /* which of these mean something; others are NULL */
        ha_gs_state_value_t *gs_state_value;
        ha_gs_membership_t *gs_full_membership;
        ha_gs_membership_t *gs_changing_membership;
        ha_gs_special_data_t *gs_subscription_special_data;
} ha_gs_subscription_notification_t;

/*
 * ---- callbacks ----
 *
 * All run inside ha_gs_dispatch(). They may call every routine but that one.
 */

typedef void ha_gs_n_phase_cb_t(const ha_gs_n_phase_notification_t *);
typedef void ha_gs_approved_cb_t(const ha_gs_approved_notification_t *);
typedef void ha_gs_rejected_cb_t(const ha_gs_rejected_notification_t *);
typedef void ha_gs_announcement_cb_t(const ha_gs_announcement_notification_t *);
typedef void ha_gs_subscriber_cb_t(const ha_gs_subscription_notification_t *);
typedef void ha_gs_delayed_error_cb_t(const ha_gs_delayed_error_notification_t *);
typedef ha_gs_callback_rc_t ha_gs_responsiveness_cb_t(const ha_gs_responsiveness_notification_t *);
typedef void ha_gs_query_cb_t(const void *); /* reserved: pass NULL */
typedef void ha_gs_merge_cb_t(const void *); /* reserved: pass NULL */

/* ---- request blocks ---- */

/* ha_gs_join(): all callbacks are needed, but for the merge callback. */
typedef struct {
        ha_gs_group_attributes_t *gs_group_attributes;
        short gs_provider_instance;   /* not negative; unique in group and node */
        char *gs_provider_local_name; /* for the daemon's log; up to 32 bytes, or NULL */
        ha_gs_n_phase_cb_t *gs_n_phase_protocol_callback;
        ha_gs_approved_cb_t *gs_protocol_approved_callback;
        ha_gs_rejected_cb_t *gs_protocol_rejected_callback;
        ha_gs_announcement_cb_t *gs_announcement_callback;
        ha_gs_merge_cb_t *gs_merge_callback;
} ha_gs_join_request_t;

/* ha_gs_change_state_value(). The limit, here and below, is for each phase. */
typedef struct {
        ha_gs_num_phases_t gs_num_phases;
        ha_gs_time_limit_t gs_time_limit;
        ha_gs_state_value_t *gs_new_state;
} ha_gs_state_change_request_t;

/* ha_gs_send_message() */
typedef struct {
        ha_gs_num_phases_t gs_num_phases;
        ha_gs_time_limit_t gs_time_limit;
        ha_gs_provider_message_t *gs_message;
} ha_gs_message_request_t;

/* ha_gs_leave() */
typedef struct {
        ha_gs_num_phases_t gs_num_phases;
        ha_gs_time_limit_t gs_time_limit;
        unsigned int gs_leave_code; /* shown to the others */
} ha_gs_leave_request_t;

/* ha_gs_expel() */
typedef struct {
        ha_gs_num_phases_t gs_num_phases;
        ha_gs_time_limit_t gs_time_limit;
        ha_gs_membership_t gs_expel_list;
        unsigned int gs_deactivate_phase; /* in which the targets' deactivate scripts start; 0: never */
        char *gs_deactivate_flag;         /* an argument of theirs; up to 256 bytes, or NULL */
} ha_gs_expel_request_t;

/* ha_gs_change_attributes(): all but group name, source group name and merge control may be changed. */
typedef struct {
        ha_gs_num_phases_t gs_num_phases;
        ha_gs_time_limit_t gs_time_limit;
        ha_gs_group_attributes_t *gs_group_attributes;
        ha_gs_membership_t *gs_backlevel_providers; /* in a delayed HA_GS_BACKLEVEL_PROVIDERS; else NULL */
} ha_gs_change_attributes_t;

/* ha_gs_subscribe() */
typedef struct {
        ha_gs_subscription_ctrl_t gs_subscription_control;
        ha_gs_group_name_t gs_subscription_group;
        ha_gs_subscriber_cb_t *gs_subscription_callback;
} ha_gs_subscribe_request_t;

union ha_gs_proposal_info_u {
        ha_gs_join_request_t gs_join_request;
        ha_gs_state_change_request_t gs_state_change_request;
        ha_gs_message_request_t gs_message_request;
        ha_gs_leave_request_t gs_leave_request;
        ha_gs_expel_request_t gs_expel_request;
        ha_gs_subscribe_request_t gs_subscribe_request;
        ha_gs_change_attributes_t gs_change_attributes_request;
};

/* ---- adapters and failure data ---- */

typedef union {
        struct in_addr ip4;
        struct in6_addr ip6; /* reserved */
} ha_gs_ip_addr;

typedef struct {
        ha_gs_ip_addr ip_addr;            /* in: an IPv4 address */
        short node_number;                /* out */
        const char *interface_name;       /* out: valid until the next call or ha_gs_quit() */
        ha_gs_provider_t gs_member_id;    /* reserved */
        ha_gs_group_name_t gs_group_name; /* reserved */
} ha_gs_adapter_info;

typedef char fc_eid_t[48]; /* a string */

/*
 * ---- routines ----
 *
 * All but ha_gs_init() give HA_GS_NO_INIT before it and after ha_gs_quit(), and HA_GS_NOT_OK once the
 * connection is lost; those that take a token HA_GS_BAD_MEMBER_TOKEN for one that is none, or of the other
 * kind. They can be called from several threads, and from callbacks. In a process that fork() made, nothing
 * is initialised: it may do so itself.
 */

/*
 * Connect to the daemon of the domain that the environment variable HA_DOMAIN_NAME names, and return the
 * descriptor. Without deactivate script, responsiveness checks or query callback: NULL.
 */
ha_gs_rc_t ha_gs_init(ha_gs_descriptor_t *ha_gs_descriptor, const ha_gs_socket_ctrl_t socket_options,
                const ha_gs_responsiveness_t *responsiveness_control, const char *deactivate_script,
                ha_gs_responsiveness_cb_t *responsiveness_callback,
                ha_gs_delayed_error_cb_t *delayed_error_callback, ha_gs_query_cb_t *query_callback);

/* Close the connection. The groups see every provider of this process fail. */
void ha_gs_quit(void);

/* Run the callbacks for what has arrived. From a callback: HA_GS_NOT_OK. */
ha_gs_rc_t ha_gs_dispatch(const ha_gs_dispatch_flag_t dispatch_flags);

/*
 * Join the group that the attributes name; the first who does makes it. The token is there at once,
 * membership begins with the approved notification.
 */
ha_gs_rc_t ha_gs_join(ha_gs_token_t *provider_token, const ha_gs_proposal_info_t *proposal_info);

/*
 * Vote in the phase whose notification this provider got last. The values may be NULL: a state value that
 * replaces the proposed one, and a message for the next notification.
 */
ha_gs_rc_t ha_gs_vote(ha_gs_token_t provider_token, ha_gs_vote_value_t vote_value,
                const ha_gs_state_value_t *proposed_state_value,
                const ha_gs_provider_message_t *provider_message, ha_gs_vote_value_t default_vote_value);

/* Proposals of a provider. HA_GS_COLLIDE, at once or delayed, if another protocol of the group runs. */
ha_gs_rc_t ha_gs_change_state_value(
                ha_gs_token_t provider_token, const ha_gs_proposal_info_t *proposal_info);
ha_gs_rc_t ha_gs_send_message(ha_gs_token_t provider_token, const ha_gs_proposal_info_t *proposal_info);
ha_gs_rc_t ha_gs_expel(ha_gs_token_t provider_token, const ha_gs_proposal_info_t *proposal_info);
ha_gs_rc_t ha_gs_leave(ha_gs_token_t provider_token, const ha_gs_proposal_info_t *proposal_info);
ha_gs_rc_t ha_gs_change_attributes(ha_gs_token_t provider_token, const ha_gs_proposal_info_t *proposal_info);

/* Leave now, asking nobody. After HA_GS_OK no callback is called for this token any more. */
ha_gs_rc_t ha_gs_goodbye(ha_gs_token_t provider_token);

/* Watch a group, and watch it no longer. */
ha_gs_rc_t ha_gs_subscribe(ha_gs_token_t *subscriber_token, const ha_gs_proposal_info_t *proposal_info);
ha_gs_rc_t ha_gs_unsubscribe(ha_gs_token_t subscriber_token);

/* The number of this node. */
ha_gs_rc_t ha_gs_get_node_number(int *node_number);

/* To which node and interface an address belongs; HA_GS_NOT_OK if it is not known. */
ha_gs_rc_t ha_gs_get_adapter_info(ha_gs_adapter_info *adapter);

/* What the daemon said last, for finding it in the journal; HA_GS_NOT_OK if it said nothing. */
ha_gs_rc_t ha_gs_get_ffdc_id(fc_eid_t fid);

#ifdef __cplusplus
}

/* In C++ an or of two enumerators is an int, which is none of them. */
inline ha_gs_socket_ctrl_t operator|(ha_gs_socket_ctrl_t a, ha_gs_socket_ctrl_t b) {
        return static_cast<ha_gs_socket_ctrl_t>(static_cast<int>(a) | static_cast<int>(b));
}
inline ha_gs_batch_ctrl_t operator|(ha_gs_batch_ctrl_t a, ha_gs_batch_ctrl_t b) {
        return static_cast<ha_gs_batch_ctrl_t>(static_cast<int>(a) | static_cast<int>(b));
}
#endif

#endif
