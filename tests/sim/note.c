/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Notes: copies of what came out of a core, to compare and to print. */

#include <string.h>

#include "note.h"

Value value_of(GsBytes bytes) {
        Value v = { .hash = 0xcbf29ce484222325u, .size = bytes.size };
        const uint8_t *p = bytes.data;

        for (uint32_t i = 0; i < bytes.size; i++)
                v.hash = (v.hash ^ p[i]) * 0x100000001b3u;
        if (bytes.size > 0)
                memcpy(v.head, bytes.data, bytes.size < sizeof(v.head) ? bytes.size : sizeof(v.head) - 1);
        return v;
}

bool value_equal(const Value *a, const Value *b) {
        return a->size == b->size && (a->size == 0 || a->hash == b->hash);
}

static void list_copy(NoteList *ret, uint32_t n, const GsProvider *names) {
        ret->n = n;
        if (n > NOTE_LIST_MAX)
                n = NOTE_LIST_MAX;
        for (uint32_t i = 0; i < n; i++)
                ret->names[i] = names[i];
}

void note_from_notification(Note *ret, const CoreNotification *n) {
        uint32_t n_changing = n->n_changing < NOTE_LIST_MAX ? n->n_changing : NOTE_LIST_MAX;

        *ret = (Note) {
                .kind = NOTE_NOTIFICATION,
                .type = n->type,
                .request = n->request,
                .phase = { .group = n->group, .protocol = n->protocol, .phase = n->phase },
                .n_phase = n->n_phase,
                .votes = n->votes,
                .time_limit = n->time_limit,
                .summary = n->summary,
                .proposed_by = n->proposed_by,
                .whats_changed = n->whats_changed,
                .has_leaves = n->leaves,
                .has_deaths = n->deaths,
                .deactivate_phase = n->deactivate_phase,
                .flag = value_of(n->deactivate_flag),
                .state = value_of(n->state),
                .proposed_state = value_of(n->proposed_state),
                .source_state = value_of(n->source_state),
                .message = value_of(n->message),
                .has_attributes = n->attributes,
                .error = n->error,
                .serial = n->serial,
                .subscription_type = n->subscription_type,
        };
        if (n->group_name)
                snprintf(ret->group_name, sizeof(ret->group_name), "%s", n->group_name);
        list_copy(&ret->current, n->n_current, n->current);
        list_copy(&ret->changing, n->n_changing, n->changing);
        for (uint32_t i = 0; i < n_changing && n->leaves; i++)
                ret->leaves[i] = n->leaves[i];
        for (uint32_t i = 0; i < n_changing && n->deaths; i++)
                ret->deaths[i] = n->deaths[i];
        if (n->attributes)
                ret->attributes = *n->attributes;
}

void note_from_phase(Note *ret, NoteKind kind, const CorePhase *phase) {
        *ret = (Note) {
                .kind = kind,
                .request = phase->request,
                .phase = phase->phase,
                .time_limit = phase->limit,
        };
        snprintf(ret->group_name, sizeof(ret->group_name), "%s", phase->group_name);
}

void note_from_script(Note *ret, const CoreScript *script) {
        *ret = (Note) {
                .kind = NOTE_SCRIPT,
                .phase = script->phase,
                .time_limit = script->limit,
                .flag = value_of(script->flag),
                .script_provider = script->provider,
        };
        snprintf(ret->group_name, sizeof(ret->group_name), "%s", script->group_name);
}

static bool list_equal(const NoteList *a, const NoteList *b) {
        if (a->n != b->n)
                return false;
        for (uint32_t i = 0; i < a->n && i < NOTE_LIST_MAX; i++)
                if (!gs_provider_equal(a->names[i], b->names[i]))
                        return false;
        return true;
}

static bool leaves_equal(const Note *a, const Note *b) {
        for (uint32_t i = 0; i < a->changing.n && a->has_leaves; i++)
                if (a->leaves[i].reasons != b->leaves[i].reasons || a->leaves[i].code != b->leaves[i].code)
                        return false;
        for (uint32_t i = 0; i < a->changing.n && a->has_deaths; i++)
                if (a->deaths[i] != b->deaths[i])
                        return false;
        return a->has_leaves == b->has_leaves && a->has_deaths == b->has_deaths;
}

static bool attributes_equal(const GsAttributes *a, const GsAttributes *b) {
        return a->client_version == b->client_version && a->time_limit == b->time_limit &&
               a->reflection_time_limit == b->reflection_time_limit &&
               a->batch_control == b->batch_control && a->num_phases == b->num_phases &&
               a->reflection_num_phases == b->reflection_num_phases && a->default_vote == b->default_vote &&
               a->merge_control == b->merge_control && strcmp(a->group, b->group) == 0 &&
               strcmp(a->source, b->source) == 0;
}

const char *note_difference(const Note *a, const Note *b) {
        const struct {
                const char *name;
                bool equal;
        } fields[] = {
                { "kind", a->kind == b->kind },
                { "type", a->type == b->type },
                { "request", a->request == b->request },
                { "group name", strcmp(a->group_name, b->group_name) == 0 },
                { "group", a->phase.group == b->phase.group },
                { "protocol", a->phase.protocol == b->phase.protocol },
                { "phase", a->phase.phase == b->phase.phase },
                { "n_phase", a->n_phase == b->n_phase },
                { "votes", a->votes == b->votes },
                { "equal", a->equal == b->equal },
                { "time_limit", a->time_limit == b->time_limit },
                { "summary", a->summary == b->summary },
                { "proposed_by", gs_provider_equal(a->proposed_by, b->proposed_by) },
                { "whats_changed", a->whats_changed == b->whats_changed },
                { "current", list_equal(&a->current, &b->current) },
                { "changing", list_equal(&a->changing, &b->changing) },
                { "leaves or deaths", leaves_equal(a, b) },
                { "deactivate_phase", a->deactivate_phase == b->deactivate_phase },
                { "flag", value_equal(&a->flag, &b->flag) },
                { "state", value_equal(&a->state, &b->state) },
                { "proposed_state", value_equal(&a->proposed_state, &b->proposed_state) },
                { "source_state", value_equal(&a->source_state, &b->source_state) },
                { "message", value_equal(&a->message, &b->message) },
                { "attributes", a->has_attributes == b->has_attributes &&
                                                (!a->has_attributes || attributes_equal(&a->attributes,
                                                                                       &b->attributes)) },
                { "error", a->error == b->error },
                { "serial", a->serial == b->serial },
                { "subscription_type", a->subscription_type == b->subscription_type },
                { "script's provider", gs_provider_equal(a->script_provider, b->script_provider) },
        };

        for (size_t i = 0; i < ELEMENTSOF(fields); i++)
                if (!fields[i].equal)
                        return fields[i].name;
        return NULL;
}

static const char *const kind_names[_NOTE_KIND_MAX] = {
        [NOTE_NOTIFICATION] = "notification",
        [NOTE_TOKEN_DEAD] = "token-dead",
        [NOTE_PHASE_BEGUN] = "phase-begun",
        [NOTE_PHASE_ENDED] = "phase-ended",
        [NOTE_SCRIPT] = "script",
        [NOTE_HASH_TAKEN] = "hash-taken",
        [NOTE_HASH_COMPARED] = "hash-compared",
};
static const char *const type_names[] = { "responsiveness", "query", "delayed-error", "n-phase", "approved",
        "rejected", "announcement", "subscription", "merge" };
static const char *const request_names[_GS_REQUEST_MAX] = { "responsiveness", "join", "failure-leave",
        "leave", "expel", "state", "message", "cast-out", "reflection", "merge", "subscription",
        "attributes" };

static void print_list(FILE *f, const char *name, const NoteList *list, const Note *note) {
        fprintf(f, " %s=[", name);
        for (uint32_t i = 0; i < list->n && i < NOTE_LIST_MAX; i++) {
                fprintf(f, "%s%u/%u", i > 0 ? " " : "", list->names[i].instance, list->names[i].node);
                if (note && note->has_leaves)
                        fprintf(f, ":%#x,%u", note->leaves[i].reasons, note->leaves[i].code);
                if (note && note->has_deaths)
                        fprintf(f, ":death%u", note->deaths[i]);
        }
        fputc(']', f);
}

static void print_value(FILE *f, const char *name, const Value *v) {
        if (v->size > 0)
                fprintf(f, " %s=\"%s\"(%u)", name, v->head, v->size);
}

void note_print(FILE *f, const Note *n) {
        fputs(n->kind == NOTE_NOTIFICATION ? type_names[n->type] : kind_names[n->kind], f);
        fprintf(f, " %s %s", request_names[n->request], n->group_name);
        if (n->phase.protocol || n->phase.phase || n->phase.group)
                fprintf(f, " group=%llu protocol=%llu phase=%u", (unsigned long long) n->phase.group,
                                (unsigned long long) n->phase.protocol, n->phase.phase);
        fprintf(f, "%s%s", n->n_phase ? " n-phase" : "", n->votes ? " votes" : "");
        if (n->time_limit > 0)
                fprintf(f, " limit=%u", n->time_limit);
        if (n->summary)
                fprintf(f, " summary=%#x", n->summary);
        if (n->whats_changed)
                fprintf(f, " changed=%#x", n->whats_changed);
        if (n->proposed_by.node)
                fprintf(f, " by=%u/%u", n->proposed_by.instance, n->proposed_by.node);
        if (n->current.n > 0)
                print_list(f, "current", &n->current, NULL);
        if (n->changing.n > 0)
                print_list(f, "changing", &n->changing, n);
        if (n->kind == NOTE_SCRIPT)
                fprintf(f, " of=%u/%u", n->script_provider.instance, n->script_provider.node);
        if (n->deactivate_phase)
                fprintf(f, " deactivate=%u", n->deactivate_phase);
        print_value(f, "flag", &n->flag);
        print_value(f, "state", &n->state);
        print_value(f, "proposed", &n->proposed_state);
        print_value(f, "source", &n->source_state);
        print_value(f, "message", &n->message);
        if (n->has_attributes)
                fprintf(f, " attributes={v%d batch%u phases%u/%u vote%u limits %u/%u merge%u source '%s'}",
                                n->attributes.client_version, n->attributes.batch_control,
                                n->attributes.num_phases, n->attributes.reflection_num_phases,
                                n->attributes.default_vote, n->attributes.time_limit,
                                n->attributes.reflection_time_limit, n->attributes.merge_control,
                                n->attributes.source);
        if (n->error)
                fprintf(f, " error=%d", n->error);
        if (n->serial)
                fprintf(f, " serial=%u", n->serial);
        if (n->subscription_type)
                fprintf(f, " subscription=%#x", n->subscription_type);
        if (n->kind == NOTE_HASH_COMPARED)
                fprintf(f, " equal=%d", n->equal);
        fputc('\n', f);
}
