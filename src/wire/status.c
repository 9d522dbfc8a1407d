/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The status answer: see status.h. The body has the fields of the struct, in its order. */

#include "wire/status.h"

#include <errno.h>

#include "util/macro.h"

/* The highest node number there is; STATUS_NODES_MAX nodes have the numbers below it. */
#define NODE_LIMIT STATUS_NODES_MAX

ssize_t status_encode(const Status *status, uint32_t serial, void *buffer, size_t size) {
        FrameWriter w = frame_begin(buffer, size, FRAME_STATUS_ANSWER, serial);

        frame_put_string(&w, status->syspar);
        frame_put_u16(&w, status->node_number);
        frame_put_u64(&w, status->incarnation);
        frame_put_u32(&w, status->pid);
        frame_put_u64(&w, status->started);
        frame_put_u64(&w, status->uptime);
        frame_put_u8(&w, (uint8_t) status->domain_state);
        frame_put_u16(&w, status->domain_node);
        frame_put_u64(&w, status->domain_incarnation);
        frame_put_u32(&w, status->n_clients);
        frame_put_u8(&w, (uint8_t) status->trace);
        frame_put_u8(&w, (uint8_t) status->log_state);
        frame_put_u64(&w, status->log_missing);
        frame_put_string(&w, status->log_path);
        frame_put_u16(&w, status->n_up_nodes);
        for (size_t i = 0; i < status->n_up_nodes; i++)
                frame_put_u16(&w, status->up_nodes[i]);
        if (status->has_counts) {
                frame_put_u32(&w, status->n_groups);
                frame_put_u32(&w, status->n_providers);
                frame_put_u32(&w, status->n_subscribers);
        }

        return frame_finish(&w);
}

/* The length is checked before anything is stored, so that no count can lead outside the array. */
static void decode_up_nodes(FrameReader *r, Status *s) {
        s->n_up_nodes = frame_get_u16(r);
        if (s->n_up_nodes > STATUS_NODES_MAX) {
                r->bad = true;
                return;
        }

        for (size_t i = 0; i < s->n_up_nodes; i++) {
                s->up_nodes[i] = frame_get_u16(r);
                if (i > 0 && s->up_nodes[i] <= s->up_nodes[i - 1])
                        r->bad = true;
        }
}

static bool status_is_sound(const Status *s) {
        return syspar_name_is_valid(s->syspar) && s->node_number < NODE_LIMIT &&
               s->domain_node < NODE_LIMIT && s->domain_state < _DOMAIN_STATE_MAX &&
               s->trace < _TRACE_LEVEL_MAX && s->log_state < _LOG_STATE_MAX &&
               (s->n_up_nodes == 0 || s->up_nodes[s->n_up_nodes - 1] < NODE_LIMIT);
}

int status_decode(FrameReader *body, Status *ret) {
        Status s = { 0 };

        frame_get_string(body, s.syspar, sizeof(s.syspar));
        s.node_number = frame_get_u16(body);
        s.incarnation = frame_get_u64(body);
        s.pid = frame_get_u32(body);
        s.started = frame_get_u64(body);
        s.uptime = frame_get_u64(body);
        s.domain_state = frame_get_u8(body);
        s.domain_node = frame_get_u16(body);
        s.domain_incarnation = frame_get_u64(body);
        s.n_clients = frame_get_u32(body);
        s.trace = frame_get_u8(body);
        s.log_state = frame_get_u8(body);
        s.log_missing = frame_get_u64(body);
        frame_get_string(body, s.log_path, sizeof(s.log_path));
        decode_up_nodes(body, &s);
        s.has_counts = body->size > 0;
        if (s.has_counts) {
                s.n_groups = frame_get_u32(body);
                s.n_providers = frame_get_u32(body);
                s.n_subscribers = frame_get_u32(body);
        }
        if (body->bad || body->size > 0 || !status_is_sound(&s))
                return -EBADMSG;

        *ret = s;
        return 0;
}

const char *domain_state_to_string(DomainState state) {
        static const char *const names[_DOMAIN_STATE_MAX] = {
                [DOMAIN_NOT_ESTABLISHED] = "not established",
                [DOMAIN_ESTABLISHED] = "established",
                [DOMAIN_RECOVERING] = "recovering",
                [DOMAIN_NO_QUORUM] = "no quorum",
        };

        return state < _DOMAIN_STATE_MAX ? names[state] : "unknown";
}

const char *trace_level_to_string(TraceLevel level) {
        static const char *const names[_TRACE_LEVEL_MAX] = {
                [TRACE_SHORT] = "short",
                [TRACE_LONG] = "long",
                [TRACE_EMERG] = "emerg",
                [TRACE_ALERT] = "alert",
                [TRACE_CRIT] = "crit",
                [TRACE_ERR] = "err",
                [TRACE_WARNING] = "warning",
                [TRACE_NOTICE] = "notice",
        };

        return level < _TRACE_LEVEL_MAX ? names[level] : "unknown";
}
