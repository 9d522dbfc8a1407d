/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Events as a line to read in a trace. */

#include "sim.h"

static void print_bytes(FILE *f, const char *name, GsBytes b) {
        if (b.size > 0)
                fprintf(f, " %s \"%.*s\"(%u)", name, (int) (b.size < 12 ? b.size : 12),
                                (const char *) b.data, b.size);
}

static void print_phase(FILE *f, const EventPhase *p) {
        fprintf(f, " group=%llu protocol=%llu phase=%u", (unsigned long long) p->group,
                        (unsigned long long) p->protocol, p->phase);
}

static void print_attributes(FILE *f, const GsAttributes *a) {
        fprintf(f, " %s source '%s' v%d batch%u phases%u/%u vote%u limits %u/%u merge%u", a->group,
                        a->source, a->client_version, a->batch_control, a->num_phases,
                        a->reflection_num_phases, a->default_vote, a->time_limit, a->reflection_time_limit,
                        a->merge_control);
}

static void print_nodes(FILE *f, const char *name, const NodeId *nodes, uint32_t n) {
        fprintf(f, " %s", name);
        for (uint32_t i = 0; i < n; i++)
                fprintf(f, " %u.%llu", nodes[i].number, (unsigned long long) nodes[i].incarnation);
}

static const EventProposal *proposal_of(const Event *e) {
        switch (e->type) {
        case EVENT_LEAVE:
                return &e->leave.proposal;
        case EVENT_EXPEL:
                return &e->expel.proposal;
        case EVENT_STATE_CHANGE:
                return &e->state_change.proposal;
        case EVENT_MESSAGE:
                return &e->message.proposal;
        case EVENT_ATTRIBUTES:
                return &e->attributes.proposal;
        default:
                return NULL;
        }
}

static void print_view(FILE *f, const EventView *v) {
        fprintf(f, " domain %u.%llu epoch %llu%s%s", v->domain.number,
                        (unsigned long long) v->domain.incarnation, (unsigned long long) v->epoch,
                        v->fresh ? " fresh" : "", v->halted ? " halted" : "");
        print_nodes(f, "left", v->left, v->n_left);
        print_nodes(f, "new", v->new, v->n_new);
}

static void print_sync(FILE *f, const EventSync *s) {
        fprintf(f, " domain %u.%llu epoch %llu active %llu position %llu size %u%s", s->domain.number,
                        (unsigned long long) s->domain.incarnation, (unsigned long long) s->epoch,
                        (unsigned long long) s->active_epoch, (unsigned long long) s->position, s->size,
                        s->quorate ? " quorate" : "");
}

static void print_body(FILE *f, const Event *e) {
        switch (e->type) {
        case EVENT_JOIN:
                fprintf(f, " instance %u%s", e->join.instance, e->join.has_script ? " script" : "");
                print_attributes(f, &e->join.attributes);
                break;
        case EVENT_EXPEL:
                fprintf(f, " deactivate=%u", e->expel.deactivate_phase);
                for (uint32_t i = 0; i < e->expel.n_targets; i++)
                        fprintf(f, " %u/%u", e->expel.targets[i].instance, e->expel.targets[i].node);
                break;
        case EVENT_STATE_CHANGE:
                print_bytes(f, "state", e->state_change.state);
                break;
        case EVENT_MESSAGE:
                print_bytes(f, "message", e->message.message);
                break;
        case EVENT_ATTRIBUTES:
                print_attributes(f, &e->attributes.attributes);
                break;
        case EVENT_VOTE:
                print_phase(f, &e->vote.phase);
                fprintf(f, " value %u default %u", e->vote.value, e->vote.default_value);
                print_bytes(f, "state", e->vote.state);
                print_bytes(f, "message", e->vote.message);
                break;
        case EVENT_RESPONSIVENESS:
                fputs(e->responsiveness.back ? " back" : " lost", f);
                break;
        case EVENT_SCRIPT_RESULT:
                print_phase(f, &e->script_result.phase);
                fprintf(f, " of %u/%u status %d%s", e->script_result.provider.instance,
                                e->script_result.provider.node, e->script_result.status,
                                e->script_result.by_limit ? " by limit" : "");
                break;
        case EVENT_LIMIT:
                print_phase(f, &e->limit);
                break;
        case EVENT_LINKS:
                for (uint32_t i = 0; i < e->links.n_links; i++)
                        fprintf(f, " %u:%u:%u", e->links.links[i].kind, e->links.links[i].number,
                                        e->links.links[i].state);
                break;
        case EVENT_HASH:
                fprintf(f, " position %llu", (unsigned long long) e->hash.position);
                break;
        case EVENT_VIEW:
                print_view(f, &e->view);
                break;
        case EVENT_SYNC:
                print_sync(f, &e->sync);
                break;
        default:
                break;
        }
}

void text_event(FILE *f, const Event *e) {
        const EventProposal *p = proposal_of(e);

        fprintf(f, "%s of %u", event_type_to_string(e->type), e->sender.number);
        if (e->client.connection)
                fprintf(f, "/%u.%d", e->client.connection, e->client.token);
        if (p)
                fprintf(f, " serial %u phases %u limit %u", p->serial, p->num_phases, p->time_limit);
        print_body(f, e);
        fputc('\n', f);
}
