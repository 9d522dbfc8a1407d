/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A world: nodes with a daemon each (the real core, and the little wiring that a daemon is), random clients,
 * a simulated network (net.h), virtual time, and the story of what was applied, which the oracle judges
 * (story.h). One seed determines everything that happens in it.
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "core/core.h"
#include "core/sync.h"
#include "net.h"
#include "note.h"
#include "rng.h"

#define SLOTS NET_NODES_MAX /* 1 .. 7 */
#define CONNECTIONS_MAX 3
#define TOKENS_MAX 4
#define GROUPS_MAX 11
#define ARMED_MAX 64
#define SCRIPTS_MAX 64
#define SUBSCRIPTIONS_MAX 16

typedef struct Tale Tale;
typedef struct World World;

typedef enum TokenState {
        TOKEN_FREE,
        TOKEN_JOINING,
        TOKEN_MEMBER,
        TOKEN_SUBSCRIBER,
        TOKEN_LEAVING, /* said goodbye: nothing may come once that is applied */
        TOKEN_DEAD,    /* nothing may come any more */
} TokenState;

typedef struct Token {
        TokenState state;
        int32_t number;
        uint8_t group;
        uint16_t instance;
        /* the phase that waits for this provider's vote, and when it will vote; 0: not waiting */
        EventPhase pending;
        uint64_t vote_at;
        EventPhase last; /* of the last n-phase notification */
        bool has_seen;
        Value seen; /* state value of the group, as last told */
} Token;

typedef struct Connection {
        bool up;
        uint32_t serial;
        Token tokens[TOKENS_MAX];
} Connection;

typedef struct Armed {
        EventPhase phase;
        uint64_t deadline; /* without this node's delay by rank */
        uint16_t limit;
        bool sent;
} Armed;

typedef struct Script {
        uint64_t due;
        EventScriptResult result;
} Script;

typedef struct Subscription {
        GsClient client;
        uint32_t control;
        char group[GS_GROUP_NAME_MAX + 1];
} Subscription;

typedef struct Captured {
        GsClient to;
        Note note;
        bool matched;
        uint64_t notice; /* its number, which others may have as well */
} Captured;

typedef struct FrameList {
        uint32_t *frames;
        uint32_t n, size;
} FrameList;

typedef struct Daemon {
        World *world;
        uint16_t slot;
        bool up;     /* the process lives */
        bool online; /* its engine has the network */
        NodeId self;
        Core *core;
        Tale *at; /* what its core has applied; NULL: no domain */
        NodeId domain;
        uint64_t epoch;

        /* a SYNC round */
        bool syncing;
        NetView view;
        EventSync said[SLOTS];
        uint32_t n_said;
        Tale *said_at; /* where it stood when it said its own in the ring of `view` */

        /* a newcomer that waits for its snapshot */
        bool waiting;
        Tale *cut;
        uint8_t *snapshot;
        uint64_t snapshot_got;
        FrameList held;

        /* a senior that sends one */
        uint8_t *outgoing;
        uint64_t outgoing_size, outgoing_sent;

        uint8_t *open_buffer; /* the multicast that is being filled */
        FrameWriter open;
        bool is_open;
        FrameList unacked; /* own frames that it has not delivered itself yet */

        uint32_t n_armed;
        Armed armed[ARMED_MAX];
        uint32_t n_scripts;
        Script scripts[SCRIPTS_MAX];

        uint32_t last_serial;
        int32_t last_token;
        Connection connections[CONNECTIONS_MAX];
        uint32_t n_subscriptions;
        Subscription subscriptions[SUBSCRIPTIONS_MAX];

        uint32_t n_captured, captured_size;
        Captured *captured;
} Daemon;

typedef struct Frame {
        uint8_t *bytes;
        uint32_t size;
} Frame;

/* What kind of world: drawn from the seed. */
typedef struct Profile {
        uint32_t n_nodes;
        uint32_t n_groups;
        uint32_t n_steps;
        uint32_t faults;   /* percent of steps that cut, kill, start or heal */
        uint32_t lateness; /* percent of votes that are late or never given */
        uint32_t noise;    /* percent of events against the rules */
        uint32_t speed;    /* percent of steps that move frames */
        bool quorum;
        uint16_t alien;         /* this slot speaks no version that the others do; 0: none */
        bool cycles;            /* the first group would have the second as its source, and that the first */
        bool duplicate_numbers; /* the last slot claims the number of the first */
        GsAttributes groups[GROUPS_MAX];
} Profile;

struct World {
        uint64_t seed, salt;
        Rng rng; /* of this step */
        uint32_t step;
        Profile profile;
        FILE *trace;
        uint64_t now; /* milliseconds */
        Net *net;
        uint8_t color[SLOTS];
        Daemon daemons[SLOTS];
        uint64_t last_incarnation[SLOTS];
        uint32_t n_frames, frames_size;
        Frame *frames;
        struct Story *story;
        uint32_t n_applied;
        uint64_t digest; /* of all hashes */
        bool failed;
        char failure[512];
};

/* The run is wrong: say why, once. */
void world_fail(World *w, const char *format, ...) _printf_(2, 3);
void world_trace(World *w, const char *format, ...) _printf_(2, 3);

/* profile.c */
void profile_draw(Profile *ret, Rng *rng);
/* Change one attribute, so that it is another group's. */
void profile_distort(GsAttributes *a, Rng *rng);

/* daemon.c: one node's wiring */
void daemon_start(Daemon *d);
void daemon_die(Daemon *d);
void daemon_engine_lost(Daemon *d);
void daemon_engine_back(Daemon *d);
bool daemon_established(const Daemon *d);
/* Multicast one event, maybe together with the one before. */
void daemon_submit(Daemon *d, const Event *event);
void daemon_flush(Daemon *d);
void daemon_hear_events(Daemon *d, uint32_t frame);
/* After a VIEW that kept the core: what was on the way is sent again under the new epoch. */
void daemon_send_again(Daemon *d);
uint32_t daemon_frame_of(Daemon *d, const Event *event);
/* Take one item off the network. False: there was none. */
bool daemon_consume(Daemon *d);
void daemon_send_chunk(Daemon *d);
/* Timers and scripts that are due. */
void daemon_tick(Daemon *d);
void daemon_apply(Daemon *d, const Event *event, uint64_t key);
void frame_list_push(FrameList *list, uint32_t frame);
void frame_list_clear(FrameList *list);

/* round.c: SYNC rounds and state transfer */
void round_begin(Daemon *d, const NetView *view);
void round_hear(Daemon *d, const EventSync *said);
void transfer_hear(Daemon *d, const EventChunk *chunk);
void transfer_clear(Daemon *d);

/* oracle-sync.c: what is wrong with the decision of a round, or NULL */
const char *oracle_decision(const Daemon *d, const SyncDecision *x, const NodeId *members, size_t n_members);

/* sink.c: from the core to clients */
CoreSink sink_of(Daemon *d);
/* Clients hear what the last call of the core put out. */
void sink_hand_out(Daemon *d);

/* client.c */
void client_act(Daemon *d);
void client_vote_due(Daemon *d);
void client_hear(Daemon *d, GsClient to, const Note *note);
void client_token_dead(Daemon *d, GsClient client);
void client_lost_domain(Daemon *d);
Token *client_token(Daemon *d, GsClient client);

/* corpus.c: frames and a history as seeds of the fuzzers, below this directory */
void corpus_write(World *w, const char *dir);

/* text.c */
void text_event(FILE *f, const Event *event);

/* world.c */
typedef struct Run {
        uint64_t seed;
        const uint8_t *skip; /* a byte for each step: leave it out; NULL: none */
        FILE *trace;
        const char *corpus; /* where to write it; NULL: not */
        uint64_t salt;      /* of the lookup tables; may change nothing */
} Run;

typedef struct Result {
        bool failed;
        char failure[512];
        uint32_t n_steps;
        uint32_t n_applied;
        uint64_t digest;
} Result;

void world_run(const Run *run, Result *ret);
