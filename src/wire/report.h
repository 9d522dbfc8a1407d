/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What a running hagsd tells of its domain, groups and clients, to all who may be its clients: the commands
 * hagsns, hagsgr, hagscl and hagsvote ask it.
 *
 *      client                            daemon
 *      REPORT_QUESTION          ->
 *                               <-       REPORT, REPORT, ... with the serial of the question
 *
 * A REPORT is a frame of whole records; the answer ends with the record END. It is made between two events
 * of the stream, so it shows one position of it, however long it takes to travel. DOMAIN comes first, and a
 * NODE for each node that is up, by rank; then GROUP by group, in order of name, each followed by its
 * PROVIDERs and SUBSCRIBERs; then the CLIENTs. One question at a time: the next one when END has come.
 *
 * A record is a u8 kind and the fields of its struct, in their order. Strict: what decodes encodes to the
 * same bytes again.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "wire/frame.h"
#include "wire/gs.h"
#include "wire/status.h"

#define REPORT_VERSION 1 /* of the records, asked for in the question */
#define REPORT_RELEASE_MAX 31
#define REPORT_RECORD_MAX 1024 /* no record takes more bytes */

enum { /* parts of an answer, besides the domain */
        REPORT_GROUPS = 0x01,
        REPORT_PROVIDERS = 0x02,   /* of these groups */
        REPORT_SUBSCRIBERS = 0x04, /* of these groups, on this node */
        REPORT_CLIENTS = 0x08,     /* all of this node but the one that asks */
        REPORT_RUNNING = 0x10,     /* of the groups only those in which an n-phase protocol runs */
        _REPORT_ALL = 0x1f,
};

typedef struct ReportQuestion {
        uint8_t parts;
        char group[GS_GROUP_NAME_MAX + 1]; /* of the groups only this one, if it is there; "": all */
} ReportQuestion;

typedef enum ReportKind {
        REPORT_KIND_DOMAIN = 1,
        REPORT_KIND_NODE,
        REPORT_KIND_GROUP,
        REPORT_KIND_PROVIDER,
        REPORT_KIND_SUBSCRIBER,
        REPORT_KIND_CLIENT,
        REPORT_KIND_END,
        _REPORT_KIND_MAX,
} ReportKind;

/* All in microseconds. */
typedef struct ReportMoment {
        uint64_t at;  /* CLOCK_REALTIME; 0: it has not come yet */
        uint64_t age; /* CLOCK_MONOTONIC since then */
} ReportMoment;

typedef struct ReportDomain {
        char syspar[SYSPAR_NAME_MAX + 1];
        char release[REPORT_RELEASE_MAX + 1]; /* version of the daemon's program */
        NodeId self;
        uint32_t pid;
        ReportMoment started; /* the process */
        uint64_t engine_took; /* from the start of the process to the engine's being there */
        DomainState state;
        NodeId domain; /* the node that established it; {0, 0}: none */
        ReportMoment established;
        uint64_t established_took; /* from the engine's being there to that */
        ReportMoment view;         /* when the present view began */
        uint64_t epoch;            /* its number */
        uint64_t position;         /* how many events of the stream were applied */
        uint64_t n_dropped;        /* events without effect, since the start */
        uint32_t n_held;           /* events that wait for quorum */
        uint32_t n_groups;         /* without system groups */
        uint32_t n_providers;
        uint32_t n_subscribers; /* on this node, as the next */
        uint32_t n_clients;     /* without the one that asks */
        TraceLevel trace;
} ReportDomain;

typedef struct ReportProtocol {
        GsRequest request;
        uint64_t sequence; /* of the group's protocols */
        uint32_t phase;
        uint16_t limit;         /* seconds, of each phase; 0: none */
        uint64_t age;           /* microseconds since this phase began on this node */
        GsVote default_vote;    /* that stands for those who do not vote */
        GsProvider proposed_by; /* {0, 0}: Group Services */
        GsBytes proposed_state; /* size 0: none */
} ReportProtocol;

typedef struct ReportGroup {
        GsAttributes attributes; /* the name is in it */
        uint64_t id;
        bool system;
        uint64_t fence;         /* see report_fence(); 0: no members */
        GsBytes state;          /* size 0: never set */
        uint32_t n_members;     /* the first providers are these, by seniority */
        uint32_t n_trial;       /* behind them those whose join runs */
        uint32_t n_joins;       /* behind them those whose join is queued */
        uint32_t n_leaves;      /* queued failure leaves and cast-outs */
        uint32_t n_reflections; /* queued */
        uint32_t n_subscribers; /* on this node */
        bool running;
        ReportProtocol protocol; /* if running */
} ReportGroup;

typedef enum ReportBallot {
        REPORT_BALLOT_NONE,    /* has no vote now */
        REPORT_BALLOT_WAITING, /* has not voted */
        REPORT_BALLOT_VOTED,
        REPORT_BALLOT_FAILED, /* is dead: the default vote stands */
        REPORT_BALLOT_SCRIPT, /* its deactivate script runs */
        _REPORT_BALLOT_MAX,
} ReportBallot;

typedef struct ReportProvider {
        GsProvider name;
        uint64_t incarnation;   /* of its node's daemon */
        GsClient client;        /* there */
        uint32_t leave_reasons; /* not 0: it fails, or is cast out */
        bool target;            /* the running protocol would remove it: expel, failure leave, cast-out */
        ReportBallot ballot;
        GsVote vote; /* if voted */
        pid_t pid;   /* 0: of another node, or gone */
        uid_t uid;
} ReportProvider;

typedef struct ReportSubscriber {
        GsClient client;
        uint32_t control; /* GS_SUBSCRIBE_* bits */
        pid_t pid;
        uid_t uid;
} ReportSubscriber;

typedef struct ReportClient {
        uint32_t connection; /* 0: it has not said what it wants */
        pid_t pid;
        uid_t uid;
        uint32_t memberships;  /* tokens of providers and subscribers */
        uint64_t queued_bytes; /* not read by it yet */
} ReportClient;

typedef struct ReportRecord {
        ReportKind kind;
        union {
                ReportDomain domain;
                NodeId node;
                ReportGroup group;
                ReportProvider provider;
                ReportSubscriber subscriber;
                ReportClient client;
                uint32_t n_records; /* END: so many were before it */
        };
} ReportRecord;

enum {
        _REPORT_E_SUCCESS,

        REPORT_E_VERSION, /* the question wants records of another version */
};

/* The length of the frame, or -EMSGSIZE, or -EINVAL. */
ssize_t report_encode_question(const ReportQuestion *question, uint32_t serial, void *buffer, size_t size);
/* 0, REPORT_E_VERSION or -EBADMSG. */
int report_get_question(FrameReader *body, ReportQuestion *ret);

/* Append a record: 0; -EMSGSIZE, and it is as if nothing was appended; -EINVAL: no decoder would take it. */
int report_put(FrameWriter *w, const ReportRecord *record);

/* Take the next record off a body: 1; 0: that was all; -EBADMSG. Bytes in *ret point into the frame. */
int report_get(FrameReader *body, ReportRecord *ret);

/*
 * The fencing number of a group's senior provider, who is the one to hold a lock: greater than those of all
 * that were senior in this group before it, and the same as long as it stays senior. `reign` is the position
 * of the stream at which it became that (core.h), which grows as long as the domain lives; the incarnation
 * of the domain, which is on one host that of the daemon, grows with each restart. It has no more than 63
 * bits for the first 2^19 incarnations, so that a shell can compare it.
 *
 * Whoever asks for the sake of its own lock must see that it is still the senior provider: the number is
 * that of whoever is senior at the position of the answer.
 */
#define REPORT_FENCE_POSITION_BITS 44

static inline uint64_t report_fence(NodeId domain, uint64_t reign) {
        return reign > 0 ? (domain.incarnation << REPORT_FENCE_POSITION_BITS) + reign : 0;
}
