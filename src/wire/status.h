/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The status question: what a running hagsd tells of itself to root and to members of group hagsuser. It has
 * no body; its answer is the struct below. hagsctrl asks it, and so will lssrc -l and hagsns.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "util/syspar-name.h"
#include "wire/frame.h"

#define STATUS_NODES_MAX 2048
#define STATUS_PATH_MAX 4095

typedef enum DomainState {
        DOMAIN_NOT_ESTABLISHED,
        DOMAIN_ESTABLISHED,
        DOMAIN_RECOVERING,
        DOMAIN_NO_QUORUM,
        _DOMAIN_STATE_MAX,
} DomainState;

typedef enum LogState {
        LOG_WRITING,
        LOG_SUSPENDED, /* disk full or directory gone: lines are counted, not kept */
        _LOG_STATE_MAX,
} LogState;

typedef enum TraceLevel {
        TRACE_SHORT, /* log level info, the default */
        TRACE_LONG,  /* debug */
        /* Less than short: log levels that only LogControl1 sets. */
        TRACE_EMERG,
        TRACE_ALERT,
        TRACE_CRIT,
        TRACE_ERR,
        TRACE_WARNING,
        TRACE_NOTICE,
        _TRACE_LEVEL_MAX,
} TraceLevel;

typedef struct Status {
        char syspar[SYSPAR_NAME_MAX + 1];
        uint16_t node_number;
        uint64_t incarnation;
        uint32_t pid;
        uint64_t started; /* CLOCK_REALTIME, microseconds */
        uint64_t uptime;  /* CLOCK_MONOTONIC since the start, microseconds */
        DomainState domain_state;
        uint16_t domain_node;        /* the node that established the domain; 0 unless established */
        uint64_t domain_incarnation; /* its incarnation */
        uint32_t n_clients;          /* connections that were let in, the asking one not counted */
        TraceLevel trace;
        LogState log_state;
        uint64_t log_missing; /* lines lost while suspended, since the start */
        char log_path[STATUS_PATH_MAX + 1];
        uint16_t n_up_nodes;
        uint16_t up_nodes[STATUS_NODES_MAX]; /* ascending */
        bool has_counts;                     /* a daemon that had no groups yet does not say these: */
        uint32_t n_groups;                   /* of the domain */
        uint32_t n_providers;                /* of the domain: the memberships of all groups */
        uint32_t n_subscribers;              /* of this node */
} Status;

/* Encode. The length of the frame, or -EMSGSIZE. */
ssize_t status_encode(const Status *status, uint32_t serial, void *buffer, size_t size);

/*
 * Decode the body of a FRAME_STATUS_ANSWER. Strict: enums in range, a valid partition name, ascending nodes
 * not above 2047, nothing left over. 0 or -EBADMSG; *ret is written on success only.
 */
int status_decode(FrameReader *body, Status *ret);

/* "established", "not established", "recovering", "no quorum"; "short", "long", "emerg" to "notice". */
/* Never NULL. */
const char *domain_state_to_string(DomainState state);
const char *trace_level_to_string(TraceLevel level);
