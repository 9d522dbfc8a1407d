/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Inside the oracle: its state, and what its files ask of each other. Everything is a plain list of fixed
 * size. */

#include "oracle.h"

#define MEMBERS_MAX 40
#define QUEUE_MAX 96
#define HOSTS 0 /* system group 0 is HostMembership, then one for each LinkKind */
#define SYSTEM_GROUPS (1 + _LINK_KIND_MAX)
#define SYSTEM_MEMBERS_MAX 64

typedef struct Who {
        NodeId node;
        GsClient client;
        GsProvider name;
        bool has_script;
        bool dead; /* failed or said goodbye: nothing is sent to it any more */
        bool gone; /* its node left the domain, though that may wait for quorum to take effect */
} Who;

/* A failure leave or a cast-out that waits. */
typedef struct Leaver {
        Who who;
        bool cast_out;
        uint32_t reason;
} Leaver;

typedef struct Joiner {
        Who who;
        GsAttributes attributes;
} Joiner;

typedef enum ScriptState { SCRIPT_NONE, SCRIPT_RUNS, SCRIPT_GOOD, SCRIPT_BAD, SCRIPT_LATE } ScriptState;

/* One on the roll of a phase. */
typedef struct Voter {
        Who who;
        bool voted;
        GsVote value, default_value;
        Value state, message;
} Voter;

/* The protocol that runs, or is about to end. */
typedef struct Protocol {
        bool runs;
        GsRequest request;
        bool n_phase;
        uint32_t phase;
        uint16_t limit;
        GsProvider proposed_by;
        uint32_t n_changing;
        Who changing[MEMBERS_MAX]; /* joiners, leavers, targets */
        GsLeave leaves[MEMBERS_MAX];
        ScriptState scripts[MEMBERS_MAX];
        bool wants_script[MEMBERS_MAX];
        bool failed_target[MEMBERS_MAX]; /* its script was unsuccessful: the default vote stands for it */
        uint32_t deactivate_phase;
        bool scripts_done;
        Value flag;
        Value proposed_state;
        bool state_is_shown;
        Value message; /* for the next notification only */
        Value source_state;
        GsAttributes attributes;
        GsVote default_vote; /* set by votes; NULL: not */
        uint32_t n_roll;
        Voter roll[MEMBERS_MAX];
        uint32_t summary; /* of the phase before */
} Protocol;

typedef struct Group {
        char name[GS_GROUP_NAME_MAX + 1]; /* "": no group */
        uint64_t id;
        uint64_t last_protocol;
        GsAttributes attributes;
        Value state;
        uint32_t n_members;
        Who members[MEMBERS_MAX];
        uint32_t n_leavers;
        Leaver leavers[MEMBERS_MAX];
        uint32_t n_joiners;
        Joiner joiners[QUEUE_MAX];
        uint32_t n_reflections;
        Value reflections[ORACLE_REFLECTIONS];
        Protocol p;
} Group;

typedef struct SystemGroup {
        uint32_t n;
        GsProvider members[SYSTEM_MEMBERS_MAX];
} SystemGroup;

struct Oracle {
        bool established;
        bool halted;
        NodeId domain;
        uint64_t next_id;
        uint32_t n_nodes;
        NodeId nodes[ORACLE_NODES];
        SystemGroup system[SYSTEM_GROUPS];
        Group groups[ORACLE_GROUPS];
        uint32_t n_work;
        uint32_t work[ORACLE_GROUPS]; /* groups that have something to do, in the order in which they were
                                         marked */
        uint32_t n_held;
        const Event *held[ORACLE_HELD];
        Outcome *out; /* of the event that is being applied */
};

static inline bool same_who(const Who *a, const Who *b) {
        return node_id_equal(a->node, b->node) && a->client.connection == b->client.connection &&
               a->client.token == b->client.token;
}

/* model-say.c: what goes out */
void say_phase(Oracle *o, const Group *g, NoteKind kind);
void say_n_phase(Oracle *o, Group *g);
/* The notification of the end, to members and, of an approval, to those who left by it. */
void say_end(Oracle *o, Group *g, GsNotificationType type, bool state_rejected);
void say_announcement(Oracle *o, const Group *g, uint32_t summary, const NoteList *about, bool joiners_too);
void say_error(Oracle *o, const Who *who, GsRequest request, GsReturn error, uint32_t serial,
                const char *group);
void say_token_dead(Oracle *o, const Who *who);
void say_script(Oracle *o, const Group *g, const Who *who, uint32_t phase);
void say_published(Oracle *o, const Group *g, bool membership, bool state);
Publication *publication_new(Oracle *o, const char *group, uint64_t id);

/* model-group.c: queues, and which protocol comes next */
/* The groups in the order of their names. */
uint32_t model_groups(Oracle *o, Group *ret[ORACLE_GROUPS]);
Group *model_group_find(Oracle *o, const char *name);
const char *model_system_name(uint32_t index);
int model_system_find(const char *name);
bool model_group_has_node(Oracle *o, const char *name, uint16_t node);
int model_member_find(const Group *g, const Who *who);
void model_group_join(Oracle *o, const Event *e);
void model_group_fail(Oracle *o, Group *g, const Who *who, uint32_t reason);
void model_group_touch(Oracle *o, Group *g);
void model_group_work(Oracle *o);
void model_group_source_gone(Oracle *o, const char *source, uint16_t node);
void model_group_reflect(Oracle *o, const char *source, const Value *state);

/* model-protocol.c: phases and ends */
void model_protocol_begin(Oracle *o, Group *g);
void model_protocol_vote(Oracle *o, Group *g, const Who *who, const EventVote *vote);
void model_protocol_script_result(Oracle *o, const Event *e);
void model_protocol_limit(Oracle *o, const EventPhase *limit);
/* If the phase is complete: end it, and what follows. False: it still waits. */
bool model_protocol_advance(Oracle *o, Group *g, bool by_limit);

/* model-propose.c */
void model_propose(Oracle *o, const Event *e, Group *g, const Who *who);

/* model-system.c: hosts and adapters */
void model_system_view(Oracle *o, const EventView *view);
void model_system_node_left(Oracle *o, NodeId node);
void model_system_links(Oracle *o, const Event *e);
