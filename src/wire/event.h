/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The events of the stream (stream.md section 2) and their bytes between daemons.
 *
 * A multicast is a head of 40 bytes and then as many events as fit, each a u8 type and a body that the type
 * tells. All numbers are little-endian, there is no padding, and strings and bytes are a u16 length and the
 * bytes. Decoders are total: any bytes give events or -EBADMSG, every count and length is bounded, and what
 * decodes encodes to the same bytes again.
 *
 *      offset 0  u32 magic "HAGD"
 *             4  u16 version of the stream
 *             6  u16 node number of the sender
 *             8  u32 length of the whole multicast
 *            12  u16 node number, and
 *            16  u64 incarnation, of the node that established the domain; both 0: none
 *            14  u16 zero
 *            24  u64 epoch
 *            32  u64 incarnation of the sender
 */

#include <stddef.h>
#include <sys/types.h>

#include "wire/frame.h"
#include "wire/gs.h"

#define EVENT_HEAD_SIZE 40
#define EVENT_VERSION 1
#define EVENT_MULTICAST_MAX (64 * 1024)
#define EVENT_TARGETS_MAX 512
#define EVENT_LINKS_MAX 256
#define EVENT_NODES_MAX 128
#define EVENT_CHUNK_MAX (60 * 1024)

typedef enum EventType {
        /* of clients; the client is a token of a connection of the sender */
        EVENT_JOIN = 1,
        EVENT_LEAVE,
        EVENT_GOODBYE,
        EVENT_EXPEL,
        EVENT_STATE_CHANGE,
        EVENT_MESSAGE,
        EVENT_ATTRIBUTES,
        EVENT_VOTE,
        /* observations of the sender */
        EVENT_PROCESS_DOWN,
        EVENT_RESPONSIVENESS,
        EVENT_SCRIPT_RESULT,
        EVENT_LIMIT,
        EVENT_NODE_LEAVING,
        EVENT_LINKS,
        EVENT_HASH,
        /*
         * the result of a SYNC round: made by each node for itself, never taken from another
         * (event_is_sendable())
         */
        EVENT_VIEW,
        /* between engines; the core ignores them */
        EVENT_SYNC,
        EVENT_CHUNK,
        _EVENT_TYPE_MAX,
} EventType;

/* What all proposals have in common: LEAVE, EXPEL, STATE_CHANGE, MESSAGE, ATTRIBUTES. */
typedef struct EventProposal {
        uint32_t serial; /* the client's; a delayed error repeats it */
        GsPhases num_phases;
        uint16_t time_limit; /* seconds a phase; 0: none */
} EventProposal;

typedef struct EventJoin {
        uint16_t instance;
        bool has_script; /* the client named a deactivate script */
        GsAttributes attributes;
} EventJoin;

typedef struct EventLeave {
        EventProposal proposal;
        uint32_t code;
} EventLeave;

typedef struct EventExpel {
        EventProposal proposal;
        uint32_t deactivate_phase; /* 0: run no scripts */
        GsBytes flag;              /* 0..GS_FLAG_MAX bytes */
        uint16_t n_targets;
        GsProvider targets[EVENT_TARGETS_MAX];
} EventExpel;

typedef struct EventStateChange {
        EventProposal proposal;
        GsBytes state; /* 1..GS_STATE_MAX bytes */
} EventStateChange;

typedef struct EventMessage {
        EventProposal proposal;
        GsBytes message; /* 1..GS_MESSAGE_MAX bytes */
} EventMessage;

typedef struct EventAttributes {
        EventProposal proposal;
        GsAttributes attributes;
} EventAttributes;

/* Which phase of which protocol of which group a vote, a limit or a script's result is for. */
typedef struct EventPhase {
        uint64_t group;
        uint64_t protocol;
        uint32_t phase;
} EventPhase;

typedef struct EventVote {
        EventPhase phase;
        GsVote value;         /* APPROVE, CONTINUE or REJECT */
        GsVote default_value; /* NULL keeps what is; APPROVE or REJECT */
        GsBytes state;        /* 0 bytes: none proposed */
        GsBytes message;      /* 0 bytes: none */
} EventVote;

typedef struct EventResponsiveness {
        bool back; /* false: lost */
} EventResponsiveness;

typedef struct EventScriptResult {
        EventPhase phase; /* as in CoreScript; phase 0: ran after the approval */
        GsProvider provider;
        int32_t status; /* 0: successful */
        bool by_limit;  /* killed at its limit */
} EventScriptResult;

typedef enum LinkState {
        LINK_DOWN, /* failed */
        LINK_UP,
        LINK_DECONFIGURED,
        _LINK_STATE_MAX,
} LinkState;

typedef enum LinkKind { /* the adapter membership groups */
        LINK_ENET,
        LINK_CSS,
        LINK_CSS_RAW,
        LINK_TOKEN_RING,
        LINK_FDDI,
        LINK_ATM,
        LINK_LOOPBACK,
        _LINK_KIND_MAX,
} LinkKind;

typedef struct EventLink {
        LinkKind kind;
        uint16_t number; /* en0: 0 */
        LinkState state;
} EventLink;

/* All adapters of the sender; one that is not named any more is down. */
typedef struct EventLinks {
        uint16_t n_links;
        EventLink links[EVENT_LINKS_MAX];
} EventLinks;

/* Position 0: take a hash here. Else: this was my hash at that position. */
typedef struct EventHash {
        uint64_t position;
        uint64_t hash;
} EventHash;

typedef struct EventView {
        NodeId domain;
        uint64_t epoch;
        bool fresh;  /* nobody brought a domain: it begins here, empty */
        bool halted; /* Quorum=yes and no quorum */
        uint16_t n_left;
        NodeId left[EVENT_NODES_MAX]; /* were in the winning domain and are not in the view with its state */
        uint16_t n_new;
        NodeId new[EVENT_NODES_MAX]; /* in the order of their admission; get a snapshot unless fresh */
        bool loser[EVENT_NODES_MAX]; /* parallel: new[i] brought a domain that lost */
} EventView;

/* What a node says in a SYNC round (stream.md section 5); sync.h decides from these. */
typedef struct EventSync {
        uint16_t version_max; /* the newest stream version that this node speaks, and the oldest */
        uint16_t version_min;
        NodeId node;
        NodeId domain; /* number 0 and incarnation 0: none */
        uint64_t epoch;
        uint64_t active_epoch; /* of the last view that was not halted; same as epoch unless halted now */
        uint64_t position;     /* events applied, and */
        uint64_t hash;         /* the state that they led to */
        uint16_t size;         /* nodes in its last agreed view */
        bool quorate;          /* the ring has quorum now */
        uint64_t ring;         /* greater than that of any ring in which one of its members was before */
} EventSync;

/* A piece of a snapshot. */
typedef struct EventChunk {
        uint64_t epoch;
        uint64_t offset;
        uint64_t total;
        GsBytes bytes; /* 1..EVENT_CHUNK_MAX */
} EventChunk;

typedef struct Event {
        EventType type;
        NodeId sender;
        GsClient client; /* PROCESS_DOWN and RESPONSIVENESS: the connection alone */
        union {
                EventJoin join;
                EventLeave leave;
                EventExpel expel;
                EventStateChange state_change;
                EventMessage message;
                EventAttributes attributes;
                EventVote vote;
                EventResponsiveness responsiveness;
                EventScriptResult script_result;
                EventPhase limit;
                EventLinks links;
                EventHash hash;
                EventView view;
                EventSync sync;
                EventChunk chunk;
        };
} Event;

typedef struct EventHead {
        uint16_t version;
        NodeId sender;
        NodeId domain;
        uint64_t epoch;
} EventHead;

/* "JOIN"; "?" for what is no type. */
const char *event_type_to_string(EventType type);

/* False for VIEW: a node that gets one from another drops it. */
bool event_is_sendable(EventType type);

/*
 * Write a multicast: begin, put events, finish. event_put() returns 0, or -EMSGSIZE when the event does not
 * fit: what was put before stands, and the event belongs into the next multicast; or -EINVAL for an event
 * that no decoder would take (a count, length or value out of its bounds). event_finish() returns the
 * length, or -EMSGSIZE.
 */
FrameWriter event_begin(void *buffer, size_t size, const EventHead *head);
int event_put(FrameWriter *w, const Event *event);
ssize_t event_finish(FrameWriter *w);

/*
 * Read one: the head, then events until there are none. event_decode_head() returns 0 or -EBADMSG (the
 * version is the caller's to judge); event_get() returns 1 with an event, 0 at the end, or -EBADMSG. Bytes
 * in the event point into the multicast; of *ret only what the type of the event needs is written, and after
 * -EBADMSG it is undefined.
 */
int event_decode_head(const void *data, size_t size, EventHead *ret, FrameReader *ret_body);
int event_get(FrameReader *body, NodeId sender, Event *ret);

/*
 * A client's event as it stands in a frame between client and daemon: type, token, body; who the client is
 * the daemon knows by the connection. event_put_request() returns 0, -EINVAL (no event of a client, or a
 * value out of bounds) or -EMSGSIZE; event_get_request() 0 or -EBADMSG, and writes type, token and body of
 * *ret only.
 */
int event_put_request(FrameWriter *w, const Event *event);
int event_get_request(FrameReader *body, Event *ret);
