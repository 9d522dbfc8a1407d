/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The state machine of Group Services: one ordered event in, notifications out through a sink. No I/O, no
 * clock, no globals. Every node of a domain applies the same events in the same order and so holds the same
 * state; what differs from node to node is only whom the sink is called for: the providers and subscribers
 * of `self`.
 *
 * An engine that wants to drive it
 *  - applies every event of the stream with core_apply(), one after the other, VIEW included;
 *  - at a change of members stops, exchanges core_sync() of everybody, lets sync_decide() (sync.h) decide,
 *    applies the VIEW that comes of it, and sends core_snapshot() of just that position to the new nodes;
 *  - as a new node applies the same VIEW (which empties a core that lost), then core_restore()s that
 *    snapshot and goes on with the first event after the VIEW;
 *  - arms a timer at phase_begun() and multicasts LIMIT when it fires, runs the script at script_wanted()
 *    and multicasts SCRIPT_RESULT, each at its own pace: an event that comes too late is dropped and
 *    counted;
 *  - drops frames whose domain or epoch is not the current one, and after a VIEW that kept its core sends
 *    again, in order and under the new epoch, what it had sent and not yet seen delivered;
 *  - sends no event of a client before it has a domain: after a fresh VIEW, or when core_restore() returned;
 *  - forgets timers and scripts when the core lost its state: by core_abandon(), or by a VIEW that names
 * this node as a loser. phase_ended() is not called for them;
 *  - begins anew, with a new core and a new incarnation, when it lost its engine;
 *  - gives each round a `ring` that grows on every node and differs on the two sides of a split.
 *
 * Out of memory in core_apply() is fatal for this node: it returns -ENOMEM, and so does every later call;
 * the node starts again as a newcomer. The others never notice a difference.
 *
 * Where gsapi.md and stream.md leave a choice, the file DECISIONS in this folder names the one taken.
 */

#include <stddef.h>
#include <stdint.h>

#include "util/macro.h"
#include "wire/event.h"
#include "wire/notification.h"

typedef struct Core Core;

enum {
        _CORE_E_SUCCESS,

        CORE_E_UNKNOWN_GROUP,   /* core_subscribe(): no such group: HA_GS_UNKNOWN_GROUP */
        CORE_E_NOT_ESTABLISHED, /* core_subscribe(): no domain yet: ask again after VIEW or restore */
};

typedef struct CoreConfig {
        NodeId self;
        uint64_t hash_seed; /* of lookup tables; never visible */
} CoreConfig;

/* Pointers are valid until the callback returns. */
typedef GsNotification CoreNotification;

/* A phase whose votes are awaited. */
typedef struct CorePhase {
        const char *group_name;
        EventPhase phase;
        GsRequest request;
        uint16_t limit; /* seconds; 0: none */
} CorePhase;

typedef struct CoreScript {
        const char *group_name;
        EventPhase phase;    /* for SCRIPT_RESULT */
        GsClient client;     /* whose script; its connection may be gone already (deactivate on failure) */
        GsProvider provider; /* the script's arguments: instance, node, limit, flag */
        uint16_t limit;
        GsBytes flag;
} CoreScript;

/* What comes out. Each may be NULL, and so may the sink. A callback may call the queries below,
 * and nothing else of the core. */
typedef struct CoreSink {
        void *userdata;
        /*
         * To a local provider or subscriber. A delayed error of a join ends its token: token_dead() follows.
         */
        void (*notify)(void *userdata, GsClient to, const CoreNotification *notification);
        /*
         * Nothing more will be sent to this token. Not called for one that failed or said goodbye: it was
         * silent before.
         */
        void (*token_dead)(void *userdata, GsClient client);
        /*
         * On every node. Begun is called again for a running phase by core_restore() and when quorum came
         * back.
         */
        void (*phase_begun)(void *userdata, const CorePhase *phase);
        void (*phase_ended)(void *userdata, const CorePhase *phase);
        /* On the node of the provider only. */
        void (*script_wanted)(void *userdata, const CoreScript *script);
        /* HASH: taken here (multicast it), or another's compared with the one taken here. */
        void (*hash_taken)(void *userdata, uint64_t position, uint64_t hash);
        void (*hash_compared)(void *userdata, NodeId sender, uint64_t position, bool equal);
        /*
         * An event without effect: too late, of a foreign node, or against the rules. For counting and
         * tracing.
         */
        void (*dropped)(void *userdata, const Event *event, const char *why);
} CoreSink;

/* 0 or -ENOMEM. A new core is a newcomer: it waits for VIEW or restore and drops everything else. */
int core_new(const CoreConfig *config, Core **ret);
Core *core_free(Core *core);
DEFINE_CLEANUP(Core *, core_free)

/* 0 or -ENOMEM. */
int core_apply(Core *core, const Event *event, const CoreSink *sink);

/*
 * The state is lost: providers get an announcement with this summary (GS_GROUP_DISSOLVED of a domain that
 * lost, or GS_GROUP_SERVICES_HAS_DIED_HORRIBLY without an engine), subscribers their last notification, all
 * tokens end, and the core is a newcomer's, but for the epoch, which core_sync() goes on to say: so this
 * node does not give one (domain, epoch) to two histories. 0 or -ENOMEM.
 */
int core_abandon(Core *core, uint32_t summary, const CoreSink *sink);

/*
 * The whole shared state as bytes, the same on every node, to be cut into chunks at will. core_restore()
 * wants a core without a domain; it returns 0, or -EBADMSG (bytes that are no snapshot) or -ENOMEM, and then
 * the core is empty.
 */
int core_snapshot(const Core *core, uint8_t **ret, size_t *ret_size);
int core_restore(Core *core, const void *data, size_t size, const CoreSink *sink);

/* Of the whole shared state: equal on all nodes at one position. */
uint64_t core_hash(const Core *core);

/*
 * Subscribers are local: no event, no hash, no snapshot. `control`: GS_SUBSCRIBE_* bits, at least one.
 * Returns 0 after the first notification, or one of CORE_E_*, or -ENOMEM (which leaves the core as it was).
 */
int core_subscribe(Core *core, GsClient client, uint32_t control, const char *group, const CoreSink *sink);
void core_unsubscribe(Core *core, GsClient client);
void core_unsubscribe_all(Core *core, uint32_t connection);

/* What this node says in a SYNC round: fills all but version, quorate and ring. */
void core_sync(const Core *core, EventSync *ret);

/* The nodes of the domain by rank, the senior first. Returns how many; at most EVENT_NODES_MAX. */
size_t core_nodes(const Core *core, NodeId *ret);
/* The rank of a node, or -1. */
int core_rank(const Core *core, NodeId node);

/* For diagnostics. */
typedef enum CoreBallot {
        CORE_BALLOT_NONE,    /* no phase runs, or not on its roll */
        CORE_BALLOT_WAITING, /* has not voted */
        CORE_BALLOT_VOTED,
        CORE_BALLOT_FAILED, /* the default vote stands */
        CORE_BALLOT_SCRIPT, /* its script runs */
} CoreBallot;

typedef struct CoreProviderInfo {
        GsProvider name;
        NodeId node;
        GsClient client;
        bool joined;            /* false: on trial in the running join, or queued */
        uint32_t leave_reasons; /* not 0: a failure leave or cast-out of it is queued or runs */
        bool target;            /* the running protocol would remove it: expel, failure leave, cast-out */
        CoreBallot ballot;
        GsVote vote; /* if voted */
} CoreProviderInfo;

typedef struct CoreSubscriberInfo {
        GsClient client;
        uint32_t control;
} CoreSubscriberInfo;

typedef struct CoreGroupInfo {
        const GsAttributes *attributes;
        uint64_t group;
        GsBytes state;
        bool system;
        uint32_t n_providers; /* in order of seniority, then who is on trial, then who is queued */
        const CoreProviderInfo *providers;
        uint32_t n_members;
        uint64_t reign; /* position of the event that made the first of them the senior one; 0: no members */
        bool running;   /* an n-phase protocol: */
        GsRequest request;
        EventPhase phase;
        uint16_t limit;
        GsVote default_vote;
        GsProvider proposed_by;
        GsBytes proposed_state; /* size 0: none */
        uint32_t n_queued_leaves;
        uint32_t n_queued_joins;
        uint32_t n_queued_reflections;
        uint32_t n_local_subscribers;
        const CoreSubscriberInfo *local_subscribers; /* in the order they came */
} CoreGroupInfo;

typedef struct CoreInfo {
        NodeId domain; /* number 0 and incarnation 0: none */
        uint64_t epoch;
        uint64_t position;
        bool halted; /* no quorum */
        uint32_t n_nodes;
        uint32_t n_groups; /* with a provider or one on trial; system groups not counted */
        uint32_t n_providers;
        uint32_t n_local_subscribers;
        uint32_t n_held;    /* events that wait for quorum */
        uint64_t n_dropped; /* since core_new() */
} CoreInfo;

void core_info(const Core *core, CoreInfo *ret);
/*
 * Visit every group in order of name; `visit` returning non-zero ends it. 0, what it returned, or -ENOMEM.
 */
int core_each_group(
                const Core *core, int (*visit)(void *userdata, const CoreGroupInfo *group), void *userdata);
/* The same for the group of that id, or of that name; 0 if there is none. */
int core_visit_group(const Core *core, uint64_t id,
                int (*visit)(void *userdata, const CoreGroupInfo *group), void *userdata);
int core_visit_group_named(const Core *core, const char *name,
                int (*visit)(void *userdata, const CoreGroupInfo *group), void *userdata);

/* Does a provider of this connection of this node exist, be it dead, with its leave still to come? */
bool core_has_connection(const Core *core, uint32_t connection);
