/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The oracle: how notifications look (gsapi.md section 4, DECISIONS "Who gets what", "whats_changed"). */

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"

static uint32_t note_new(Outcome *out, const Note *note) {
        if (out->n_notes == out->notes_size) {
                out->notes_size = out->notes_size > 0 ? out->notes_size * 2 : 4;
                out->notes = realloc(out->notes, out->notes_size * sizeof(*out->notes));
                assert(out->notes);
        }
        out->notes[out->n_notes] = *note;
        return out->n_notes++;
}

static void deliver(Outcome *out, uint32_t note, NodeId node, GsClient to, bool votes) {
        if (out->n_deliveries == out->deliveries_size) {
                out->deliveries_size = out->deliveries_size > 0 ? out->deliveries_size * 2 : 16;
                out->deliveries = realloc(out->deliveries, out->deliveries_size * sizeof(*out->deliveries));
                assert(out->deliveries);
        }
        out->deliveries[out->n_deliveries++] =
                        (Delivery) { .node = node, .to = to, .note = note, .votes = votes };
}

static void deliver_to(Oracle *o, uint32_t note, const Who *who, bool votes) {
        if (!who->dead && !who->gone)
                deliver(o->out, note, who->node, who->client, votes);
}

Publication *publication_new(Oracle *o, const char *group, uint64_t id) {
        Outcome *out = o->out;
        Publication *p;

        if (out->n_publications == out->publications_size) {
                out->publications_size = out->publications_size > 0 ? out->publications_size * 2 : 2;
                out->publications = realloc(
                                out->publications, out->publications_size * sizeof(*out->publications));
                assert(out->publications);
        }
        p = &out->publications[out->n_publications++];
        *p = (Publication) { .id = id };
        snprintf(p->group, sizeof(p->group), "%s", group);
        return p;
}

static NoteList list_of(const Who *who, uint32_t n) {
        NoteList list = { .n = n };

        for (uint32_t i = 0; i < n; i++)
                list.names[i] = who[i].name;
        return list;
}

void say_phase(Oracle *o, const Group *g, NoteKind kind) {
        Note note = {
                .kind = kind,
                .request = g->p.request,
                .phase = { .group = g->id, .protocol = g->last_protocol, .phase = g->p.phase },
                .time_limit = g->p.limit,
        };

        memcpy(note.group_name, g->name, sizeof(note.group_name));
        deliver(o->out, note_new(o->out, &note), (NodeId) {}, (GsClient) {}, false);
}

static bool is_leaving(GsRequest request) {
        return request == GS_FAILURE_LEAVE || request == GS_CAST_OUT || request == GS_LEAVE ||
               request == GS_EXPEL;
}

/* What all notifications of a protocol have in common. */
static Note protocol_note(const Group *g, GsNotificationType type) {
        const Protocol *p = &g->p;
        Note note = {
                .kind = NOTE_NOTIFICATION,
                .type = type,
                .request = p->request,
                .phase = { .group = g->id, .protocol = g->last_protocol, .phase = p->phase },
                .n_phase = p->n_phase,
                .time_limit = p->limit,
                .summary = p->summary,
                .proposed_by = p->proposed_by,
                .current = list_of(g->members, g->n_members),
                .changing = list_of(p->changing, p->n_changing),
                .has_leaves = is_leaving(p->request),
                .state = g->state,
                .proposed_state = p->proposed_state,
                .message = p->message,
        };

        memcpy(note.group_name, g->name, sizeof(note.group_name));
        for (uint32_t i = 0; i < p->n_changing && note.has_leaves; i++)
                note.leaves[i] = p->leaves[i];
        if (p->message.size > 0)
                note.whats_changed |= GS_UPDATED_PROVIDER_MESSAGE;
        if (p->request == GS_EXPEL) {
                note.whats_changed |= GS_EXPEL_INFORMATION;
                note.deactivate_phase = p->deactivate_phase;
                note.flag = p->flag;
        }
        if (p->request == GS_SOURCE_STATE_REFLECTION) {
                note.whats_changed |= GS_REFLECTED_SOURCE_STATE_VALUE;
                note.source_state = p->source_state;
        }
        if (p->request == GS_GROUP_ATTRIBUTE_CHANGE) {
                note.has_attributes = true;
                note.attributes = p->attributes;
        }
        return note;
}

static bool on_roll(const Protocol *p, const Who *who) {
        for (uint32_t i = 0; i < p->n_roll; i++)
                if (same_who(&p->roll[i].who, who))
                        return true;
        return false;
}

static uint32_t membership_bit(GsRequest request, uint32_t bit) {
        return request == GS_JOIN || is_leaving(request) ? bit : 0;
}

static uint32_t attributes_bit(GsRequest request, uint32_t bit) {
        return request == GS_GROUP_ATTRIBUTE_CHANGE ? bit : 0;
}

void say_n_phase(Oracle *o, Group *g) {
        Protocol *p = &g->p;
        bool first = p->phase == 1;
        Note note = protocol_note(g, GS_N_PHASE_NOTIFICATION);
        uint32_t n;

        note.whats_changed |=
                        membership_bit(p->request, first ? GS_PROPOSED_MEMBERSHIP : GS_ONGOING_MEMBERSHIP);
        note.whats_changed |= attributes_bit(
                        p->request, first ? GS_PROPOSED_GROUP_ATTRIBUTES : GS_ONGOING_GROUP_ATTRIBUTES);
        if (p->proposed_state.size > 0)
                note.whats_changed |= p->state_is_shown ? GS_ONGOING_STATE_VALUE : GS_PROPOSED_STATE_VALUE;
        p->state_is_shown = p->proposed_state.size > 0;
        p->message = (Value) {};

        n = note_new(o->out, &note);
        for (uint32_t i = 0; i < g->n_members; i++)
                deliver_to(o, n, g->members + i, on_roll(p, g->members + i));
        for (uint32_t i = 0; i < p->n_changing && p->request == GS_JOIN; i++)
                deliver_to(o, n, p->changing + i, on_roll(p, p->changing + i));
}

void say_end(Oracle *o, Group *g, GsNotificationType type, bool state_rejected) {
        bool approved = type == GS_APPROVED_NOTIFICATION;
        const Protocol *p = &g->p;
        Note note = protocol_note(g, type);
        uint32_t n;

        note.whats_changed |= membership_bit(
                        p->request, approved ? GS_UPDATED_MEMBERSHIP : GS_REJECTED_MEMBERSHIP);
        note.whats_changed |= attributes_bit(
                        p->request, approved ? GS_UPDATED_GROUP_ATTRIBUTES : GS_REJECTED_GROUP_ATTRIBUTES);
        if (p->proposed_state.size > 0)
                note.whats_changed |= approved && !state_rejected ? GS_UPDATED_STATE_VALUE
                                                                  : GS_REJECTED_STATE_VALUE;
        if (approved && p->request == GS_GROUP_ATTRIBUTE_CHANGE)
                note.summary |= GS_GROUP_ATTRIBUTES_CHANGED;

        n = note_new(o->out, &note);
        for (uint32_t i = 0; i < g->n_members; i++)
                deliver_to(o, n, g->members + i, false);
        for (uint32_t i = 0; i < p->n_changing; i++)
                if (approved ? is_leaving(p->request) : p->request == GS_JOIN)
                        deliver_to(o, n, p->changing + i, false);
}

void say_announcement(Oracle *o, const Group *g, uint32_t summary, const NoteList *about, bool joiners_too) {
        Note note = { .kind = NOTE_NOTIFICATION,
                .type = GS_ANNOUNCEMENT_NOTIFICATION,
                .summary = summary,
                .changing = *about };
        uint32_t n;

        memcpy(note.group_name, g->name, sizeof(note.group_name));
        note.phase.group = g->id;
        note.current = list_of(g->members, g->n_members);
        n = note_new(o->out, &note);
        for (uint32_t i = 0; i < g->n_members; i++)
                deliver_to(o, n, g->members + i, false);
        for (uint32_t i = 0; i < g->p.n_changing && joiners_too && g->p.runs && g->p.request == GS_JOIN; i++)
                deliver_to(o, n, g->p.changing + i, false);
}

void say_error(Oracle *o, const Who *who, GsRequest request, GsReturn error, uint32_t serial,
                const char *group) {
        Note note = {
                .kind = NOTE_NOTIFICATION,
                .type = GS_DELAYED_ERROR_NOTIFICATION,
                .request = request,
                .error = error,
                .serial = serial,
        };

        snprintf(note.group_name, sizeof(note.group_name), "%s", group);
        deliver_to(o, note_new(o->out, &note), who, false);
}

void say_token_dead(Oracle *o, const Who *who) {
        deliver_to(o, note_new(o->out, &(Note) { .kind = NOTE_TOKEN_DEAD }), who, false);
}

void say_script(Oracle *o, const Group *g, const Who *who, uint32_t phase) {
        Note note = {
                .kind = NOTE_SCRIPT,
                .phase = { .group = g->id, .protocol = g->last_protocol, .phase = phase },
                .time_limit = g->p.limit,
                .flag = g->p.flag,
                .script_provider = who->name,
        };

        memcpy(note.group_name, g->name, sizeof(note.group_name));
        deliver(o->out, note_new(o->out, &note), who->node, who->client, false);
}

void say_published(Oracle *o, const Group *g, bool membership, bool state) {
        const Protocol *p = &g->p;
        Publication *pub;

        if (!membership && !state)
                return;
        pub = publication_new(o, g->name, g->id);
        pub->state_changed = state;
        pub->joined = membership && p->request == GS_JOIN;
        pub->left = membership && p->request != GS_JOIN;
        pub->state = g->state;
        pub->full = list_of(g->members, g->n_members);
        pub->changing = list_of(p->changing, p->n_changing);
        if (g->n_members == 0)
                publication_new(o, g->name, g->id)->dissolved = true;
}
