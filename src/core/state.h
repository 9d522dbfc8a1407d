/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The state behind core.h, and what its files say to each other. Nobody outside this folder includes it.
 *
 * How one event goes: core_apply() finds its function in a table; that one marks what happened (who failed,
 * who voted, who wants in) and wakes the groups concerned; core_run() then lets each group, in the order
 * they were woken, do all that it can do: end a phase, begin the next protocol, or find that it is empty. So
 * everything that one event means is known before the first protocol of it begins.
 *
 * All functions that return int return 0 or -ENOMEM, and -ENOMEM ends this node (core.h).
 */

#include "core/core.h"
#include "core/table.h"

#define GROUP_ID_FIRST 16 /* below: the system groups */
#define SOURCE_DEPTH_MAX 8
#define EVENT_SIZE_MAX (8 * 1024)    /* more than any event that the core applies; VIEW has the most */
#define SYSTEM_CONNECTION UINT32_MAX /* of a node's pseudo-providers in system groups; no client has it */

typedef struct Client Client;
typedef struct Group Group;
typedef struct Held Held;
typedef struct Protocol Protocol;
typedef struct Provider Provider;
typedef struct Reflection Reflection;
typedef struct Subscriber Subscriber;

/* Bytes of our own (capacity > 0) or borrowed for the time of one event. */
typedef struct Store {
        uint8_t *data;
        uint32_t size;
        uint32_t capacity;
} Store;

/* A connection that holds providers; it goes with the last of them. */
struct Client {
        TableLink link; /* Core.clients, by node and connection */
        NodeId node;
        uint32_t connection;
        Provider *providers;
};

typedef enum Stage {
        STAGE_QUEUED, /* its join has not begun */
        STAGE_TRIAL,  /* its join runs */
        STAGE_MEMBER,
} Stage;

typedef enum LeaveStage {
        LEAVE_NONE,
        LEAVE_QUEUED, /* in Group.leaves, `reasons` tell why */
        LEAVE_RUNNING,
} LeaveStage;

typedef enum Ballot {
        BALLOT_NONE, /* not on the roll */
        BALLOT_WAITING,
        BALLOT_VOTED,
        BALLOT_FAILED, /* dead without a vote in this phase */
        BALLOT_TARDY,
} Ballot;

typedef enum ScriptStage {
        SCRIPT_NONE,
        SCRIPT_RUNNING,
        SCRIPT_DONE,    /* successful, or there was none to run */
        SCRIPT_VAIN,    /* unsuccessful: from now on the default vote stands for the target */
        SCRIPT_LIMITED, /* the same, by its limit */
} ScriptStage;

/* The attributes that a protocol can change, as a queued joiner wants them. */
typedef struct Terms {
        int16_t client_version;
        uint16_t time_limit;
        uint16_t reflection_time_limit;
        uint8_t batch_control;
        uint8_t num_phases;
        uint8_t reflection_num_phases;
        uint8_t default_vote;
} Terms;

struct Provider {
        TableLink link; /* Core.providers, by node, connection and token */
        Group *group;
        Client *client;
        Provider *client_next;
        Provider **client_at;
        Provider *queue_next; /* in Group.joins or Group.leaves */
        int32_t token;
        GsProvider name;
        uint32_t order; /* seniority; on trial: after all members */
        uint32_t reasons;
        Terms terms;
        uint8_t stage;
        uint8_t leave;
        bool local;     /* joined here; not by way of a snapshot: then whoever it was has lost its token */
        bool failed;    /* dead, or said goodbye: hears nothing any more */
        bool host_lost; /* its node was gone, even if it has come back since */
        bool has_script;
        bool target; /* expelled, cast out or failed by the running protocol: has no vote in it */
        /* Of the running phase; meaningless without one. */
        uint8_t ballot;
        uint8_t vote;
        uint8_t script;
};

typedef struct Queue {
        Provider *first;
        Provider *last;
        uint32_t n;
} Queue;

struct Reflection {
        Reflection *next;
        uint32_t size;
        uint8_t state[];
};

/*
 * A name's record. It is void (nobody in it, nothing to do) or founded; a void one stays only as long as
 * targets or local subscribers refer to it, and is no part of the shared state.
 */
struct Group {
        TableLink link;    /* Core.groups, by name */
        TableLink id_link; /* Core.groups_by_id, while founded */
        Group *ready_next;
        bool ready;
        bool founded;
        bool system;
        uint64_t id;
        uint64_t sequence; /* of the running or the last protocol */
        GsAttributes attributes;
        Store state;
        Provider **members; /* in order of seniority, and their names beside them */
        GsProvider *names;
        uint32_t n_members;
        uint32_t n_allocated;
        uint64_t reign; /* position of the event that made members[0] the senior one */
        Queue leaves;
        Queue joins;
        Reflection *reflections;
        Reflection **reflections_tail;
        Protocol *protocol; /* a running n-phase one */
        Group *source;
        Group *targets; /* by name */
        Group *target_next;
        Subscriber *subscribers; /* in the order they came */
};

struct Protocol {
        GsRequest request;
        bool n_phase;
        uint16_t limit;
        uint32_t phase; /* 0 before the first, and in one-phase protocols */
        GsProvider proposed_by;
        uint32_t n_changing;
        Provider **changing; /* one allocation for these three */
        GsProvider *names;
        GsLeave *leaves;
        Store state;   /* proposed */
        Store message; /* for the next notification */
        Store source_state;
        Store flag;
        uint32_t deactivate_phase;
        bool has_attributes;
        bool state_shown; /* in an earlier phase */
        GsAttributes attributes;
        uint32_t summary;    /* of the phase before */
        GsVote default_vote; /* set by a vote; NULL: the group's attribute */
        /* The running phase. */
        uint32_t n_roll;
        uint32_t n_alive;
        uint32_t n_waiting;
        uint32_t n_approve;
        uint32_t n_continue;
        uint32_t n_reject;
        uint32_t n_failed;
        uint32_t n_tardy;
        uint32_t n_scripts; /* running */
        uint32_t n_vain;    /* targets for whom the default vote stands, from the script phase on */
        GsVote phase_default;
        uint32_t state_by; /* order of the voter whose rider it is; UINT32_MAX: nobody's */
        uint32_t message_by;
};

struct Subscriber {
        TableLink link; /* Core.subscribers, by connection and token */
        GsClient client;
        uint32_t control;
        Group *group;
        Subscriber *next;
};

struct Held {
        Held *next;
        NodeId sender;
        uint32_t size;
        uint8_t bytes[];
};

struct Core {
        CoreConfig config;
        const CoreSink *sink; /* during one call */
        bool poisoned;
        bool established;
        bool halted;
        uint16_t view_size;
        NodeId domain;
        uint64_t epoch;
        uint64_t active_epoch; /* of the last view with quorum */
        uint64_t position;
        uint64_t history; /* a hash of all events up to here: equal states may have unequal pasts */
        uint64_t next_group;
        NodeId nodes[EVENT_NODES_MAX]; /* by rank */
        uint32_t n_nodes;
        uint32_t n_members; /* of all groups but system groups */
        Table groups;
        Table groups_by_id;
        Table clients;
        Table providers;
        Table subscribers;
        Group *ready;
        Group **ready_tail;
        Held *held;
        Held **held_tail;
        uint32_t n_held;
        uint64_t mark_position; /* local: where the last hash was taken */
        uint64_t mark_hash;
        uint64_t n_dropped;
        uint64_t n_notices; /* local: numbers what more than one provider is told */
};

/* core.c */
void core_listen(Core *core, const CoreSink *sink);
void core_drop(Core *core, const Event *event, const char *why);
void core_count(Core *core, const Event *event);
int core_run(Core *core);
int core_dispatch(Core *core, const Event *event);
void core_clear(Core *core);
int core_abandon_state(Core *core, uint32_t summary);

/* store.c */
int store_set(Store *store, const void *data, uint32_t size);
void store_free(Store *store);

static inline Store store_borrow(GsBytes bytes) {
        return (Store){ .data = (uint8_t *) bytes.data, .size = bytes.size };
}

static inline GsBytes store_bytes(const Store *store) {
        return (GsBytes){ .data = store->size > 0 ? store->data : NULL, .size = store->size };
}

/* provider.c */
int provider_new(Core *core, Group *group, NodeId node, GsClient client, GsProvider name, Provider **ret);
void provider_free(Core *core, Provider *provider);
Provider *provider_find(const Core *core, NodeId node, GsClient client);
Client *client_find(const Core *core, NodeId node, uint32_t connection);
void queue_append(Queue *queue, Provider *provider);
Provider *queue_take(Queue *queue);
void queue_remove(Queue *queue, Provider *provider);

static inline bool provider_hears(const Provider *p) {
        return p->local && !p->failed;
}

static inline GsClient provider_client(const Provider *p) {
        return (GsClient){ .connection = p->client->connection, .token = p->token };
}

/* group.c */
Group *group_find(const Core *core, const char *name);
Group *group_find_id(const Core *core, uint64_t id);
int group_get(Core *core, const char *name, Group **ret);
int group_found(Core *core, Group *group, const GsAttributes *attributes);
void group_wake(Core *core, Group *group);
int group_run(Core *core, Group *group);
void group_settle(Core *core, Group *group);
void group_free(Core *core, Group *group);
bool group_is_busy(const Group *group);
bool group_is_void(const Group *group);
void group_dissolve(Core *core, Group *group);
int groups_sorted(const Core *core, Group ***ret, size_t *ret_n);

/* member.c */
int members_reserve(Group *group, uint32_t n);
void members_add(Core *core, Group *group, Provider *provider);
void members_remove(Core *core, Group *group, Provider *const *gone, uint32_t n);
Provider *member_find(const Group *group, GsProvider name);
Provider *group_holder(const Group *group, GsProvider name);
bool group_has_member_on(const Group *group, uint16_t node);

/* attributes.c */
bool attributes_valid(const GsAttributes *attributes);
bool attributes_equal(const GsAttributes *a, const GsAttributes *b);
bool attributes_same_identity(const GsAttributes *a, const GsAttributes *b);
Terms attributes_terms(const GsAttributes *attributes);
void attributes_set_terms(GsAttributes *attributes, Terms terms);

/* join.c */
int join_apply(Core *core, const Event *event);
int join_start(Core *core, Group *group);

/* leave.c */
void provider_fail(Core *core, Provider *provider, uint32_t reason);
void provider_cast_out(Core *core, Provider *provider);
void providers_fail(Core *core, Provider **list, size_t n, uint32_t reason);
int goodbye_apply(Core *core, const Event *event);
int process_down_apply(Core *core, const Event *event);
int leave_start(Core *core, Group *group);
void providers_sort(Provider **list, size_t n);
int client_providers(const Client *client, Provider ***ret, size_t *ret_n);

/* propose.c */
int propose_apply(Core *core, const Event *event);
bool event_is_proposal(EventType type, GsRequest *ret_request);
const EventProposal *event_proposal(const Event *event);

/* protocol.c */
int protocol_set_changing(Protocol *p, uint32_t n);
void protocol_done(Protocol *p);
int protocol_begin(Core *core, Group *group, Protocol *p);
int protocol_end_phase(Core *core, Group *group);
bool protocol_removes(const Protocol *p);
EventPhase protocol_phase(const Group *group, uint32_t phase);
void protocol_tell_phase(Core *core, const Group *group, bool begun);

/* ballot.c */
typedef enum Result { RESULT_APPROVED, RESULT_CONTINUED, RESULT_REJECTED, RESULT_DESERTED } Result;

void ballot_begin(Group *group);
void ballot_fail(Provider *provider);
bool ballot_is_complete(const Group *group);
Result ballot_result(Group *group);
GsVote ballot_default(const Group *group);
int vote_apply(Core *core, const Event *event);
int limit_apply(Core *core, const Event *event);

/* script.c */
void scripts_begin(Core *core, Group *group);
void scripts_after_approval(Core *core, const Group *group, const Protocol *p);
void scripts_limit(Protocol *p);
void script_host_lost(Provider *provider);
int script_result_apply(Core *core, const Event *event);

/* source.c */
GsReturn source_check(const Core *core, const GsAttributes *attributes, uint16_t node);
int source_attach(Core *core, Group *target);
void source_detach(Core *core, Group *target);
void source_left(Core *core, Group *source, const Protocol *p);
int source_changed(Core *core, Group *source);
int reflection_start(Core *core, Group *group);
int reflection_append(Group *group, const void *state, uint32_t size);
void reflections_free(Group *group);

/* notice.c */
void notice_tell(Core *core, const Provider *to, const CoreNotification *n);
void notice_n_phase(Core *core, const Group *group);
void notice_approved(Core *core, const Group *group, const Protocol *p, uint32_t changed);
void notice_rejected(Core *core, const Group *group, const Protocol *p);
void notice_error(Core *core, NodeId node, GsClient client, const char *group, GsRequest request,
                GsReturn error, uint32_t serial);
void notice_token_dead(Core *core, const Provider *provider);

/* announce.c */
typedef struct Late {
        GsProvider *names; /* the tardy, then deactivated in vain, then those whose script met its limit */
        uint32_t n_tardy;
        uint32_t n_vain;
        uint32_t n_limited;
} Late;

int late_collect(const Group *group, Late *ret);
void late_tell(Core *core, const Group *group, const Late *late);
void late_done(Late *late);
void announce(Core *core, const Group *group, uint32_t summary, const GsProvider *about, uint32_t n);
int responsiveness_apply(Core *core, const Event *event);

/* subscriber.c */
int subscribers_tell(Core *core, const Group *group, const Protocol *p, uint32_t changed);
void subscribers_end(Core *core, Group *group, uint32_t type);

/* system.c */
bool system_name_reserved(const char *name);
bool system_name_exact(const char *name);
void system_attributes(const char *name, GsAttributes *ret);
uint64_t system_group_id(const char *name);
int system_hosts_arrive(Core *core, const NodeId *nodes, uint32_t n);
int links_apply(Core *core, const Event *event);

/* view.c */
int view_apply(Core *core, const Event *event);
int view_effect(Core *core, const Event *event);
int node_leaving_apply(Core *core, const Event *event);
bool node_forget(Core *core, NodeId node);

/* quorum.c */
bool quorum_may_hold(EventType type);
int quorum_hold(Core *core, const Event *event);
int quorum_regain(Core *core);
void quorum_forget(Core *core, NodeId node);
void quorum_clear(Core *core);
