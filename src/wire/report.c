/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The question for a report, and the records of its answer: see report.h. */

#include "wire/report.h"

#include <errno.h>
#include <string.h>

#include "wire/codec.h"

/* ---- parts of records ---- */

static void code_string(Codec *c, char *s, size_t size) {
        if (c->r)
                frame_get_string(c->r, s, size);
        else if (!memchr(s, 0, size))
                c->invalid = true;
        else
                frame_put_string(c->w, s);
}

static void code_moment(Codec *c, ReportMoment *v) {
        code_u64(c, &v->at);
        code_u64(c, &v->age);
}

static void code_client(Codec *c, GsClient *v) {
        uint32_t token = (uint32_t) v->token;

        code_u32(c, &v->connection);
        code_u32(c, &token);
        v->token = (int32_t) token;
}

static void code_process(Codec *c, pid_t *pid, uid_t *uid) {
        uint32_t p = (uint32_t) *pid, u = *uid;

        code_u32(c, &p);
        code_u32(c, &u);
        if (p > INT32_MAX)
                c->invalid = true;
        *pid = (pid_t) p;
        *uid = u;
}

/* ---- records ---- */

static void code_domain(Codec *c, ReportDomain *v) {
        code_string(c, v->syspar, sizeof(v->syspar));
        if (c->r && !c->r->bad && !syspar_name_is_valid(v->syspar))
                c->invalid = true;
        code_string(c, v->release, sizeof(v->release));
        code_node(c, &v->self);
        code_u32(c, &v->pid);
        code_moment(c, &v->started);
        code_u64(c, &v->engine_took);
        v->state = code_ranged(c, v->state, 0, _DOMAIN_STATE_MAX - 1);
        code_node(c, &v->domain);
        code_moment(c, &v->established);
        code_u64(c, &v->established_took);
        code_moment(c, &v->view);
        code_u64(c, &v->epoch);
        code_u64(c, &v->position);
        code_u64(c, &v->n_dropped);
        code_u32(c, &v->n_held);
        code_u32(c, &v->n_groups);
        code_u32(c, &v->n_providers);
        code_u32(c, &v->n_subscribers);
        code_u32(c, &v->n_clients);
        v->trace = code_ranged(c, v->trace, 0, _TRACE_LEVEL_MAX - 1);
}

static void code_protocol(Codec *c, ReportProtocol *v) {
        v->request = code_ranged(c, v->request, GS_JOIN, _GS_REQUEST_MAX - 1);
        code_u64(c, &v->sequence);
        code_u32(c, &v->phase);
        code_u16(c, &v->limit);
        code_u64(c, &v->age);
        v->default_vote = code_ranged(c, v->default_vote, GS_VOTE_NULL, GS_VOTE_REJECT);
        code_provider(c, &v->proposed_by);
        code_bytes(c, &v->proposed_state, 0, GS_STATE_MAX);
}

static void code_group(Codec *c, ReportGroup *v) {
        code_attributes(c, &v->attributes);
        code_u64(c, &v->id);
        code_bool(c, &v->system);
        code_u64(c, &v->fence);
        code_bytes(c, &v->state, 0, GS_STATE_MAX);
        code_u32(c, &v->n_members);
        code_u32(c, &v->n_trial);
        code_u32(c, &v->n_joins);
        code_u32(c, &v->n_leaves);
        code_u32(c, &v->n_reflections);
        code_u32(c, &v->n_subscribers);
        code_bool(c, &v->running);
        if (v->running)
                code_protocol(c, &v->protocol);
}

static void code_group_provider(Codec *c, ReportProvider *v) {
        code_provider(c, &v->name);
        code_u64(c, &v->incarnation);
        code_client(c, &v->client);
        code_u32(c, &v->leave_reasons);
        code_bool(c, &v->target);
        v->ballot = code_ranged(c, v->ballot, 0, _REPORT_BALLOT_MAX - 1);
        v->vote = code_ranged(c, v->vote, GS_VOTE_NULL, GS_VOTE_REJECT);
        code_process(c, &v->pid, &v->uid);
}

static void code_subscriber(Codec *c, ReportSubscriber *v) {
        code_client(c, &v->client);
        code_u32(c, &v->control);
        code_process(c, &v->pid, &v->uid);
}

static void code_connection(Codec *c, ReportClient *v) {
        code_u32(c, &v->connection);
        code_process(c, &v->pid, &v->uid);
        code_u32(c, &v->memberships);
        code_u64(c, &v->queued_bytes);
}

static void code_record(Codec *c, ReportRecord *v) {
        v->kind = code_ranged(c, v->kind, REPORT_KIND_DOMAIN, _REPORT_KIND_MAX - 1);
        if (c->invalid)
                return;

        switch (v->kind) {
        case REPORT_KIND_DOMAIN:
                code_domain(c, &v->domain);
                break;
        case REPORT_KIND_NODE:
                code_node(c, &v->node);
                break;
        case REPORT_KIND_GROUP:
                code_group(c, &v->group);
                break;
        case REPORT_KIND_PROVIDER:
                code_group_provider(c, &v->provider);
                break;
        case REPORT_KIND_SUBSCRIBER:
                code_subscriber(c, &v->subscriber);
                break;
        case REPORT_KIND_CLIENT:
                code_connection(c, &v->client);
                break;
        default:
                code_u32(c, &v->n_records);
                break;
        }
}

int report_put(FrameWriter *w, const ReportRecord *record) {
        ReportRecord copy = *record; /* writing changes nothing, but has the type of reading */
        FrameWriter before = *w;
        Codec c = { .w = w };

        code_record(&c, &copy);
        if (!c.invalid && !w->bad)
                return 0;
        *w = before;
        return c.invalid ? -EINVAL : -EMSGSIZE;
}

int report_get(FrameReader *body, ReportRecord *ret) {
        Codec c = { .r = body };

        if (body->bad)
                return -EBADMSG;
        if (body->size == 0)
                return 0;

        *ret = (ReportRecord){};
        code_record(&c, ret);
        return body->bad || c.invalid ? -EBADMSG : 1;
}

/* ---- the question ---- */

static void code_question(Codec *c, ReportQuestion *v) {
        code_u8(c, &v->parts);
        if (v->parts & ~_REPORT_ALL)
                c->invalid = true;
        code_name(c, v->group);
}

ssize_t report_encode_question(const ReportQuestion *question, uint32_t serial, void *buffer, size_t size) {
        FrameWriter w = frame_begin(buffer, size, FRAME_REPORT_QUESTION, serial);
        ReportQuestion copy = *question;
        Codec c = { .w = &w };

        frame_put_u16(&w, REPORT_VERSION);
        code_question(&c, &copy);
        return c.invalid ? -EINVAL : frame_finish(&w);
}

int report_get_question(FrameReader *body, ReportQuestion *ret) {
        uint16_t version = frame_get_u16(body);
        Codec c = { .r = body };

        if (!body->bad && version != REPORT_VERSION)
                return REPORT_E_VERSION;

        *ret = (ReportQuestion){};
        code_question(&c, ret);
        return body->bad || c.invalid || body->size > 0 ? -EBADMSG : 0;
}
