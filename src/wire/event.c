/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The bytes of the events: see event.h, and codec.h for how a layout is written down. */

#include "wire/event.h"

#include "util/macro.h"
#include "wire/codec.h"

#define EVENT_MAGIC UINT32_C(0x44474148) /* "HAGD" */
#define HEAD_LENGTH_OFFSET 8

static void code_proposal(Codec *c, EventProposal *v) {
        code_u32(c, &v->serial);
        v->num_phases = code_ranged(c, v->num_phases, GS_1_PHASE, GS_N_PHASE);
        code_u16(c, &v->time_limit);
}

static void code_phase(Codec *c, EventPhase *v) {
        code_u64(c, &v->group);
        code_u64(c, &v->protocol);
        code_u32(c, &v->phase);
}

static void code_join(Codec *c, EventJoin *v) {
        code_bounded(c, &v->instance, GS_INSTANCE_MAX);
        code_bool(c, &v->has_script);
        code_attributes(c, &v->attributes);
}

static void code_expel(Codec *c, EventExpel *v) {
        code_proposal(c, &v->proposal);
        code_u32(c, &v->deactivate_phase);
        code_bytes(c, &v->flag, 0, GS_FLAG_MAX);
        code_bounded(c, &v->n_targets, EVENT_TARGETS_MAX);
        for (unsigned i = 0; i < v->n_targets && !c->invalid; i++)
                code_provider(c, &v->targets[i]);
}

static void code_vote(Codec *c, EventVote *v) {
        code_phase(c, &v->phase);
        v->value = code_ranged(c, v->value, GS_VOTE_APPROVE, GS_VOTE_REJECT);
        v->default_value = code_ranged(c, v->default_value, GS_VOTE_NULL, GS_VOTE_REJECT);
        if (v->default_value == GS_VOTE_CONTINUE)
                c->invalid = true;
        code_bytes(c, &v->state, 0, GS_STATE_MAX);
        code_bytes(c, &v->message, 0, GS_MESSAGE_MAX);
}

static void code_script_result(Codec *c, EventScriptResult *v) {
        uint32_t status = c->r ? 0 : (uint32_t) v->status;

        code_phase(c, &v->phase);
        code_provider(c, &v->provider);
        code_u32(c, &status);
        v->status = (int32_t) status;
        code_bool(c, &v->by_limit);
}

static void code_links(Codec *c, EventLinks *v) {
        code_bounded(c, &v->n_links, EVENT_LINKS_MAX);
        for (unsigned i = 0; i < v->n_links && !c->invalid; i++) {
                v->links[i].kind = code_ranged(c, v->links[i].kind, 0, _LINK_KIND_MAX - 1);
                code_bounded(c, &v->links[i].number, GS_INSTANCE_MAX);
                v->links[i].state = code_ranged(c, v->links[i].state, 0, _LINK_STATE_MAX - 1);
        }
}

static void code_view(Codec *c, EventView *v) {
        code_node(c, &v->domain);
        code_u64(c, &v->epoch);
        code_bool(c, &v->fresh);
        code_bool(c, &v->halted);
        code_bounded(c, &v->n_left, EVENT_NODES_MAX);
        for (unsigned i = 0; i < v->n_left && !c->invalid; i++)
                code_node(c, &v->left[i]);
        code_bounded(c, &v->n_new, EVENT_NODES_MAX);
        for (unsigned i = 0; i < v->n_new && !c->invalid; i++) {
                code_node(c, &v->new[i]);
                code_bool(c, &v->loser[i]);
        }
}

static void code_sync(Codec *c, EventSync *v) {
        code_u16(c, &v->version_max);
        code_u16(c, &v->version_min);
        code_node(c, &v->node);
        code_node(c, &v->domain);
        code_u64(c, &v->epoch);
        code_u64(c, &v->active_epoch);
        code_u64(c, &v->position);
        code_u64(c, &v->hash);
        code_bounded(c, &v->size, EVENT_NODES_MAX);
        code_bool(c, &v->quorate);
        code_u64(c, &v->ring);
}

static void code_chunk(Codec *c, EventChunk *v) {
        code_u64(c, &v->epoch);
        code_u64(c, &v->offset);
        code_u64(c, &v->total);
        code_bytes(c, &v->bytes, 1, EVENT_CHUNK_MAX);
        if (v->offset > v->total || v->bytes.size > v->total - v->offset)
                c->invalid = true;
}

static bool has_client(EventType type) {
        return type >= EVENT_JOIN && type <= EVENT_VOTE;
}

static bool has_connection(EventType type) {
        return has_client(type) || type == EVENT_PROCESS_DOWN || type == EVENT_RESPONSIVENESS;
}

static void code_client(Codec *c, Event *e) {
        uint32_t token = c->r ? 0 : (uint32_t) e->client.token;

        if (has_connection(e->type))
                code_u32(c, &e->client.connection);
        if (has_client(e->type)) {
                code_u32(c, &token);
                e->client.token = (int32_t) token;
        }
}

static void code_of_client(Codec *c, Event *e) {
        switch (e->type) {
        case EVENT_JOIN:
                code_join(c, &e->join);
                break;
        case EVENT_LEAVE:
                code_proposal(c, &e->leave.proposal);
                code_u32(c, &e->leave.code);
                break;
        case EVENT_EXPEL:
                code_expel(c, &e->expel);
                break;
        case EVENT_STATE_CHANGE:
                code_proposal(c, &e->state_change.proposal);
                code_bytes(c, &e->state_change.state, 1, GS_STATE_MAX);
                break;
        case EVENT_MESSAGE:
                code_proposal(c, &e->message.proposal);
                code_bytes(c, &e->message.message, 1, GS_MESSAGE_MAX);
                break;
        case EVENT_ATTRIBUTES:
                code_proposal(c, &e->attributes.proposal);
                code_attributes(c, &e->attributes.attributes);
                break;
        case EVENT_VOTE:
                code_vote(c, &e->vote);
                break;
        default: /* GOODBYE: the client alone */
                break;
        }
}

static void code_body(Codec *c, Event *e) {
        if (has_client(e->type)) {
                code_of_client(c, e);
                return;
        }

        switch (e->type) {
        case EVENT_PROCESS_DOWN: /* the connection alone */
        case EVENT_NODE_LEAVING:
                break;
        case EVENT_RESPONSIVENESS:
                code_bool(c, &e->responsiveness.back);
                break;
        case EVENT_SCRIPT_RESULT:
                code_script_result(c, &e->script_result);
                break;
        case EVENT_LIMIT:
                code_phase(c, &e->limit);
                break;
        case EVENT_LINKS:
                code_links(c, &e->links);
                break;
        case EVENT_HASH:
                code_u64(c, &e->hash.position);
                code_u64(c, &e->hash.hash);
                break;
        case EVENT_VIEW:
                code_view(c, &e->view);
                break;
        case EVENT_SYNC:
                code_sync(c, &e->sync);
                break;
        case EVENT_CHUNK:
                code_chunk(c, &e->chunk);
                break;
        default:
                c->invalid = true;
        }
}

const char *event_type_to_string(EventType type) {
        static const char *const names[] = {
                [EVENT_JOIN] = "JOIN",
                [EVENT_LEAVE] = "LEAVE",
                [EVENT_GOODBYE] = "GOODBYE",
                [EVENT_EXPEL] = "EXPEL",
                [EVENT_STATE_CHANGE] = "STATE_CHANGE",
                [EVENT_MESSAGE] = "MESSAGE",
                [EVENT_ATTRIBUTES] = "ATTRIBUTES",
                [EVENT_VOTE] = "VOTE",
                [EVENT_PROCESS_DOWN] = "PROCESS_DOWN",
                [EVENT_RESPONSIVENESS] = "RESPONSIVENESS",
                [EVENT_SCRIPT_RESULT] = "SCRIPT_RESULT",
                [EVENT_LIMIT] = "LIMIT",
                [EVENT_NODE_LEAVING] = "NODE_LEAVING",
                [EVENT_LINKS] = "LINKS",
                [EVENT_HASH] = "HASH",
                [EVENT_VIEW] = "VIEW",
                [EVENT_SYNC] = "SYNC",
                [EVENT_CHUNK] = "CHUNK",
        };

        return (unsigned) type < ELEMENTSOF(names) && names[type] ? names[type] : "?";
}

bool event_is_sendable(EventType type) {
        return type >= EVENT_JOIN && type < _EVENT_TYPE_MAX && type != EVENT_VIEW;
}

static void code_head(Codec *c, EventHead *head, uint32_t *length) {
        uint32_t magic = EVENT_MAGIC;
        uint16_t zero = 0;

        code_u32(c, &magic);
        code_u16(c, &head->version);
        code_bounded(c, &head->sender.number, GS_NODE_MAX);
        code_u32(c, length);
        code_bounded(c, &head->domain.number, GS_NODE_MAX);
        code_u16(c, &zero);
        code_u64(c, &head->domain.incarnation);
        code_u64(c, &head->epoch);
        code_u64(c, &head->sender.incarnation);
        if (magic != EVENT_MAGIC || zero != 0)
                c->invalid = true;
}

FrameWriter event_begin(void *buffer, size_t size, const EventHead *head) {
        FrameWriter w = { .data = buffer, .size = size };
        EventHead copy = *head;
        uint32_t length = 0;

        code_head(&(Codec){ .w = &w }, &copy, &length);
        return w;
}

int event_put(FrameWriter *w, const Event *event) {
        FrameWriter attempt = *w;
        Codec c = { .w = &attempt };
        uint8_t type = event->type;

        code_u8(&c, &type);
        /* The codec only reads when it writes. */
        code_client(&c, (Event *) event);
        code_body(&c, (Event *) event);
        if (c.invalid)
                return -EINVAL;
        if (attempt.bad)
                return -EMSGSIZE;

        *w = attempt;
        return 0;
}

int event_put_request(FrameWriter *w, const Event *event) {
        Codec c = { .w = w };
        uint32_t token = (uint32_t) event->client.token;
        uint8_t type = event->type;

        if (!has_client(event->type))
                return -EINVAL;
        code_u8(&c, &type);
        code_u32(&c, &token);
        code_of_client(&c, (Event *) event);
        return c.invalid ? -EINVAL : w->bad ? -EMSGSIZE : 0;
}

int event_get_request(FrameReader *body, Event *ret) {
        Codec c = { .r = body };
        uint32_t token = 0;
        uint8_t type = 0;

        code_u8(&c, &type);
        code_u32(&c, &token);
        ret->type = type;
        ret->client.token = (int32_t) token;
        if (!has_client(ret->type))
                return -EBADMSG;
        code_of_client(&c, ret);
        return body->bad || c.invalid ? -EBADMSG : 0;
}

ssize_t event_finish(FrameWriter *w) {
        if (w->bad)
                return -EMSGSIZE;

        for (unsigned i = 0; i < sizeof(uint32_t); i++)
                w->data[HEAD_LENGTH_OFFSET + i] = (uint8_t) (w->used >> (8 * i));
        return (ssize_t) w->used;
}

int event_decode_head(const void *data, size_t size, EventHead *ret, FrameReader *ret_body) {
        FrameReader r = { .data = data, .size = size };
        Codec c = { .r = &r };
        EventHead head = {};
        uint32_t length = 0;

        code_head(&c, &head, &length);
        if (r.bad || c.invalid || length != size)
                return -EBADMSG;

        *ret = head;
        *ret_body = r;
        return 0;
}

int event_get(FrameReader *body, NodeId sender, Event *ret) {
        Codec c = { .r = body };
        uint8_t type = 0;

        if (body->bad)
                return -EBADMSG;
        if (body->size == 0)
                return 0;

        code_u8(&c, &type);
        ret->type = type;
        ret->sender = sender;
        ret->client = (GsClient){};
        code_client(&c, ret);
        code_body(&c, ret);
        if (body->bad || c.invalid) {
                body->bad = true;
                return -EBADMSG;
        }
        return 1;
}
