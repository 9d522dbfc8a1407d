/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The words of the GSAPI inside the daemon: enumerations with the values of ha_gs.h, the limits of every
 * length, and the small structs that events, the state machine and the clients' frames have in common.
 */

#include <stdbool.h>
#include <stdint.h>

#define GS_GROUP_NAME_MAX 32
#define GS_STATE_MAX 256
#define GS_MESSAGE_MAX 2048
#define GS_FLAG_MAX 256
#define GS_INSTANCE_MAX 32767
#define GS_NODE_MAX 2047

typedef enum GsPhases { GS_1_PHASE = 1, GS_N_PHASE = 2 } GsPhases;

typedef enum GsVote { GS_VOTE_NULL, GS_VOTE_APPROVE, GS_VOTE_CONTINUE, GS_VOTE_REJECT, _GS_VOTE_MAX } GsVote;

enum { /* batch control */
        GS_NO_BATCHING = 0,
        GS_BATCH_JOINS = 1,
        GS_BATCH_LEAVES = 2,
        GS_BATCH_BOTH = 3,
        GS_DEACTIVATE_ON_FAILURE = 4,
};

typedef enum GsMerge {
        GS_DISSOLVE_MERGE, /* the only one that a group may have */
        GS_LARGER_MERGE,
        GS_SMALLER_MERGE,
        GS_DONTCARE_MERGE,
} GsMerge;

typedef enum GsNotificationType {
        GS_RESPONSIVENESS_NOTIFICATION,
        GS_QUERY_NOTIFICATION,
        GS_DELAYED_ERROR_NOTIFICATION,
        GS_N_PHASE_NOTIFICATION,
        GS_APPROVED_NOTIFICATION,
        GS_REJECTED_NOTIFICATION,
        GS_ANNOUNCEMENT_NOTIFICATION,
        GS_SUBSCRIPTION_NOTIFICATION,
        GS_MERGE_NOTIFICATION,
} GsNotificationType;

typedef enum GsRequest {
        GS_RESPONSIVENESS,
        GS_JOIN,
        GS_FAILURE_LEAVE,
        GS_LEAVE,
        GS_EXPEL,
        GS_STATE_VALUE_CHANGE,
        GS_PROVIDER_MESSAGE,
        GS_CAST_OUT,
        GS_SOURCE_STATE_REFLECTION,
        GS_MERGE,
        GS_SUBSCRIPTION,
        GS_GROUP_ATTRIBUTE_CHANGE,
        _GS_REQUEST_MAX,
} GsRequest;

enum { /* summary code */
        GS_EXPLICIT_APPROVE = 0x0001,
        GS_EXPLICIT_REJECT = 0x0002,
        GS_DEFAULT_APPROVE = 0x0004,
        GS_DEFAULT_REJECT = 0x0008,
        GS_TIME_LIMIT_EXCEEDED = 0x0010,
        GS_PROVIDER_FAILED = 0x0020,
        GS_RESPONSIVENESS_NO_RESPONSE = 0x0040,
        GS_RESPONSIVENESS_RESPONSE = 0x0080,
        GS_GROUP_DISSOLVED = 0x0100,
        GS_GROUP_SERVICES_HAS_DIED_HORRIBLY = 0x0200,
        GS_DEACTIVATE_UNSUCCESSFUL = 0x0400,
        GS_DEACTIVATE_TIME_LIMIT_EXCEEDED = 0x0800,
        GS_GROUP_ATTRIBUTES_CHANGED = 0x1000,
};

enum { /* what a proposal changes */
        GS_NO_CHANGE = 0x0000,
        GS_PROPOSED_MEMBERSHIP = 0x0001,
        GS_ONGOING_MEMBERSHIP = 0x0002,
        GS_PROPOSED_STATE_VALUE = 0x0004,
        GS_ONGOING_STATE_VALUE = 0x0008,
        GS_UPDATED_PROVIDER_MESSAGE = 0x0010,
        GS_UPDATED_MEMBERSHIP = 0x0020,
        GS_REJECTED_MEMBERSHIP = 0x0040,
        GS_UPDATED_STATE_VALUE = 0x0080,
        GS_REJECTED_STATE_VALUE = 0x0100,
        GS_REFLECTED_SOURCE_STATE_VALUE = 0x0200,
        GS_EXPEL_INFORMATION = 0x0400,
        GS_PROPOSED_GROUP_ATTRIBUTES = 0x0800,
        GS_ONGOING_GROUP_ATTRIBUTES = 0x1000,
        GS_UPDATED_GROUP_ATTRIBUTES = 0x2000,
        GS_REJECTED_GROUP_ATTRIBUTES = 0x4000,
};

enum { /* leave reasons */
        GS_VOLUNTARY_LEAVE = 0x01,
        GS_PROVIDER_FAILURE = 0x02,
        GS_HOST_FAILURE = 0x04,
        GS_PROVIDER_EXPELLED = 0x08,
        GS_SOURCE_PROVIDER_LEAVE = 0x10,
        GS_PROVIDER_SAID_GOODBYE = 0x20,
};

typedef enum GsReturn {
        GS_OK,
        GS_NOT_OK,
        GS_EXISTS,
        GS_NO_INIT,
        GS_NAME_TOO_LONG,
        GS_NO_MEMORY,
        GS_NOT_A_MEMBER,
        GS_BAD_CLIENT_TOKEN,
        GS_BAD_MEMBER_TOKEN,
        GS_BAD_PARAMETER,
        GS_UNKNOWN_GROUP,
        GS_INVALID_GROUP,
        GS_NO_SOURCE_GROUP_PROVIDER,
        GS_BAD_GROUP_ATTRIBUTES,
        GS_WRONG_OLD_STATE,
        GS_DUPLICATE_INSTANCE_NUMBER,
        GS_COLLIDE,
        GS_SOCK_CREATE_FAILED,
        GS_SOCK_INIT_FAILED,
        GS_CONNECT_FAILED,
        GS_VOTE_NOT_EXPECTED,
        GS_NOT_SUPPORTED,
        GS_INVALID_SOURCE_GROUP,
        GS_UNKNOWN_PROVIDER,
        GS_INVALID_DEACTIVATE_PHASE,
        GS_PROVIDER_APPEARS_TWICE,
        GS_BACKLEVEL_PROVIDERS,
} GsReturn;

enum { /* subscription control; the low four bits and the high ones are the subscription type too */
        GS_SUBSCRIBE_STATE = 0x01,
        GS_SUBSCRIBE_DELTA_JOINS = 0x02,
        GS_SUBSCRIBE_DELTA_LEAVES = 0x04,
        GS_SUBSCRIBE_MEMBERSHIP = 0x08,
        GS_SUBSCRIPTION_SPECIAL_DATA = 0x40,
        GS_SUBSCRIPTION_DISSOLVED = 0x80,
        GS_SUBSCRIPTION_GS_HAS_DIED = 0x100,
};

/* "join", "failure leave" and so on, for people; "?" for what is none. */
const char *gs_request_to_string(GsRequest request);
/* "approve" and so on, "none" for the null vote. */
const char *gs_vote_to_string(GsVote vote);

/* What a client sees of a provider; aligned as the union of ha_gs.h that shows it. */
typedef struct GsProvider {
        _Alignas(uint32_t) uint16_t instance;
        uint16_t node;
} GsProvider;

typedef struct GsLeave {
        uint32_t reasons;
        uint32_t code; /* of a voluntary leave */
} GsLeave;

typedef struct GsAttributes {
        int16_t client_version;
        uint16_t time_limit;
        uint16_t reflection_time_limit;
        uint8_t batch_control;
        uint8_t num_phases;
        uint8_t reflection_num_phases;
        uint8_t default_vote;
        uint8_t merge_control;
        char group[GS_GROUP_NAME_MAX + 1];
        char source[GS_GROUP_NAME_MAX + 1]; /* "": none */
} GsAttributes;

/* Bytes that somebody else owns. */
typedef struct GsBytes {
        const void *data;
        uint32_t size;
} GsBytes;

/* One run of one daemon on one node. */
typedef struct NodeId {
        uint64_t incarnation;
        uint16_t number;
} NodeId;

/* A token of a connection of that daemon. */
typedef struct GsClient {
        uint32_t connection;
        int32_t token;
} GsClient;

static inline bool node_id_equal(NodeId a, NodeId b) {
        return a.number == b.number && a.incarnation == b.incarnation;
}

static inline bool gs_provider_equal(GsProvider a, GsProvider b) {
        return a.instance == b.instance && a.node == b.node;
}
