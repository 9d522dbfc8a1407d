/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What an actor does: the routines of the GSAPI, each as a part that the teller has it play. A part runs in
 * the actor's process; all that it needs travels in its data, so there are no pointers in it.
 */

#include <ha_gs.h>

#include <stdbool.h>
#include <stddef.h>

#define PART_SIZE_MAX 12288
#define PART_NAME_MAX 320
#define PART_BYTES_MAX 4096
#define PART_LIST_MAX 64

typedef int Part(void *data);

typedef struct InitPart {
        int options;
        int type, interval, limit; /* of responsiveness checks; type -1: NULL */
        int counter_length;        /* the counter is the actor's */
        bool no_counter;
        bool no_responsiveness_callback, no_delayed_error_callback;
        bool has_script;
        char script[PART_NAME_MAX];
        int descriptor; /* out */
} InitPart;

typedef struct AttributesPart {
        ha_gs_group_attributes_t block;
        bool has_group, has_source;
        char group[PART_NAME_MAX], source[PART_NAME_MAX];
} AttributesPart;

enum { /* which callbacks a join has not */
        WITHOUT_N_PHASE = 1,
        WITHOUT_APPROVED = 2,
        WITHOUT_REJECTED = 4,
        WITHOUT_ANNOUNCEMENT = 8,
};

typedef struct JoinPart {
        AttributesPart attributes;
        bool no_attributes;
        short instance;
        bool has_local_name;
        char local_name[PART_NAME_MAX];
        int without;
        int token; /* out */
} JoinPart;

typedef struct BytesPart {
        bool given;
        int length; /* what is said; the buffer is always large enough */
        char data[PART_BYTES_MAX];
} BytesPart;

typedef struct ProposalPart {
        int token;
        int phases, limit;
        unsigned code;
        BytesPart bytes;           /* state or message */
        AttributesPart attributes; /* of a change */
        int n_list;
        ha_gs_provider_t list[PART_LIST_MAX];
        unsigned script_phase;
        bool has_flag;
        char flag[PART_NAME_MAX];
} ProposalPart;

typedef struct VotePart {
        int token;
        int value, default_vote;
        BytesPart state, message;
} VotePart;

typedef struct SubscribePart {
        unsigned control;
        bool has_group;
        char group[PART_NAME_MAX];
        bool no_callback;
        int token; /* out */
} SubscribePart;

Part part_init, part_join, part_subscribe, part_unsubscribe, part_vote, part_change_state, part_send_message,
                part_leave, part_expel, part_change_attributes, part_goodbye, part_quit, part_domain,
                part_deafen, part_settle, part_answer, part_count, part_node_number;

/* Attributes to and from their form without pointers. */
void attributes_pack(const ha_gs_group_attributes_t *g, AttributesPart *ret);
ha_gs_group_attributes_t *attributes_unpack(AttributesPart *p);

/* ---- the actor itself ---- */

/* For parts of a test's own: what runs inside a callback, after it was reported. NULL: nothing. */
typedef struct Hooks {
        void (*n_phase)(const ha_gs_n_phase_notification_t *);
        void (*approved)(const ha_gs_approved_notification_t *);
        void (*responsiveness)(const ha_gs_responsiveness_notification_t *);
} Hooks;
extern Hooks hooks;

/* The callbacks, each of which reports a line. */
ha_gs_n_phase_cb_t report_n_phase;
ha_gs_approved_cb_t report_approved;
ha_gs_rejected_cb_t report_rejected;
ha_gs_announcement_cb_t report_announcement;
ha_gs_subscriber_cb_t report_subscription;
ha_gs_delayed_error_cb_t report_delayed_error;
ha_gs_responsiveness_cb_t report_responsiveness;

/* Tell the teller something of a token, or of token 0, the process. Threads may. */
__attribute__((__format__(__printf__, 2, 3))) void report(ha_gs_token_t token, const char *format, ...);

/* Does what it is told until the teller closes the socket. */
__attribute__((__noreturn__)) void actor_run(int fd);
