/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What each connection should hear: see expect.h. */

#include "expect.h"

#include <assert.h>
#include <string.h>

#include "../sim/oracle.h"
#include "../sim/sim.h"
#include "record.h"

#define SUBSCRIBERS_MAX 256

typedef struct Subscriber {
        GsClient client;
        uint32_t control;
        char group[GS_GROUP_NAME_MAX + 1];
} Subscriber;

/* The reading of one record. */
typedef struct Reading {
        Expectations *all;
        FILE *trace;
        unsigned daemon, first_line;
        Oracle *oracle;
        uint32_t at;
        const Event *event; /* that is applied */
        uint32_t n_subscribers;
        Subscriber subscribers[SUBSCRIBERS_MAX];
} Reading;

static Line *line_of(const Reading *r, uint32_t connection) {
        for (unsigned i = r->first_line; i < r->all->n_lines; i++)
                if (r->all->lines[i]->connection == connection)
                        return r->all->lines[i];
        return NULL;
}

/* ---- what a client sees of a note ---- */

/* A delayed error shows what was asked for. */
static void show_failing_event(Note *note, const Event *e) {
        const EventProposal *p = &e->leave.proposal; /* in all of them the first */

        note->n_phase = p->num_phases == GS_N_PHASE;
        note->time_limit = p->time_limit;
        switch (e->type) {
        case EVENT_LEAVE:
                note->leaves[0].code = e->leave.code;
                break;
        case EVENT_STATE_CHANGE:
                note->state = value_of(e->state_change.state);
                break;
        case EVENT_MESSAGE:
                note->message = value_of(e->message.message);
                break;
        case EVENT_ATTRIBUTES:
                note->has_attributes = true;
                note->attributes = e->attributes.attributes;
                break;
        default:
                note->deactivate_phase = e->expel.deactivate_phase;
                note->flag = value_of(e->expel.flag);
                note->changing.n = e->expel.n_targets;
                for (uint32_t i = 0; i < e->expel.n_targets && i < NOTE_LIST_MAX; i++)
                        note->changing.names[i] = e->expel.targets[i];
                break;
        }
}

static void show_failing_join(Note *note, const Line *line, int32_t token) {
        for (unsigned i = 0; i < line->n_joins; i++)
                if (line->joins[i].token == token) {
                        note->has_attributes = true;
                        note->attributes = line->joins[i].attributes;
                        note->changing.n = 1;
                        note->changing.names[0] = (GsProvider) { .instance = line->joins[i].instance };
                        memcpy(note->group_name, note->attributes.group, sizeof(note->group_name));
                        return;
                }
}

/* Ids and serials are between library and daemon, and not every block has every field. */
static void hide(Note *note) {
        note->phase.group = note->phase.protocol = 0;
        note->serial = 0;
        if (note->type != GS_N_PHASE_NOTIFICATION)
                note->time_limit = 0;
        if (note->type == GS_ANNOUNCEMENT_NOTIFICATION)
                note->current.n = 0;
}

static void expect(Reading *r, GsClient to, const Note *note, bool votes) {
        Line *line = line_of(r, to.connection);
        Expected *e;

        if (!line || note->kind != NOTE_NOTIFICATION)
                return;
        if (line->n == line->size) {
                line->size = line->size > 0 ? line->size * 2 : 64;
                line->expected = realloc(line->expected, line->size * sizeof(*line->expected));
                assert(line->expected && line->n < LINE_NOTES_MAX);
        }
        e = line->expected + line->n++;
        *e = (Expected) { .at = r->at, .token = to.token, .note = *note };
        e->note.votes = votes;
        hide(&e->note);
        if (note->type == GS_DELAYED_ERROR_NOTIFICATION && note->request == GS_JOIN)
                show_failing_join(&e->note, line, to.token);
        else if (note->type == GS_DELAYED_ERROR_NOTIFICATION && note->request != GS_SUBSCRIPTION)
                show_failing_event(&e->note, r->event);
}

/* ---- what comes of a record ---- */

static void expect_published(Reading *r, const Outcome *outcome, uint32_t *subscriber) {
        Subscriber s = r->subscribers[*subscriber];
        Note note;

        for (uint32_t i = 0; i < outcome->n_publications; i++) {
                const Publication *p = outcome->publications + i;

                if (strcmp(p->group, s.group) != 0 || !oracle_published(p, s.control, &note))
                        continue;
                expect(r, s.client, &note, false);
                if (p->dissolved) {
                        memmove(r->subscribers + *subscriber, r->subscribers + *subscriber + 1,
                                        (--r->n_subscribers - *subscriber) * sizeof(s));
                        return;
                }
        }
        ++*subscriber;
}

static void expect_outcome(Reading *r, Outcome *outcome) {
        for (uint32_t i = 0; i < outcome->n_deliveries; i++) {
                const Delivery *d = outcome->deliveries + i;

                expect(r, d->to, outcome->notes + d->note, d->votes);
        }
        for (uint32_t i = 0; i < r->n_subscribers;)
                expect_published(r, outcome, &i);
        outcome_clear(outcome);
}

static void read_event(Reading *r, const uint8_t *bytes, uint32_t size) {
        static Event event; /* nobody holds it: there is always quorum */
        Outcome outcome = { 0 };
        FrameReader body;
        EventHead head;
        Line *line;

        assert(event_decode_head(bytes, size, &head, &body) == 0);
        assert(event_get(&body, head.sender, &event) == 1);
        if (r->trace)
                text_event(r->trace, &event);
        line = line_of(r, event.client.connection);
        if (event.type == EVENT_JOIN && line) {
                assert(line->n_joins < LINE_TOKENS_MAX);
                line->joins[line->n_joins].token = event.client.token;
                line->joins[line->n_joins].instance = event.join.instance;
                line->joins[line->n_joins++].attributes = event.join.attributes;
        }
        r->event = &event;
        oracle_apply(r->oracle, &event, &outcome);
        expect_outcome(r, &outcome);
        r->all->n_events++;
}

static void unsubscribe(Reading *r, GsClient client) {
        for (uint32_t i = 0; i < r->n_subscribers; i++)
                if (r->subscribers[i].client.connection == client.connection &&
                                (client.token == 0 || r->subscribers[i].client.token == client.token)) {
                        memmove(r->subscribers + i, r->subscribers + i + 1,
                                        (--r->n_subscribers - i) * sizeof(r->subscribers[0]));
                        i--;
                }
}

static void read_unsubscribe(Reading *r, GsClient client) {
        Line *line = line_of(r, client.connection);

        unsubscribe(r, client);
        if (!line)
                return;
        assert(line->n_closings < LINE_TOKENS_MAX);
        line->closings[line->n_closings].token = client.token;
        line->closings[line->n_closings++].at = r->at;
}

static void read_subscribe(Reading *r, const Record *record) {
        unsigned client, before;
        Note note;

        if (sscanf(record->group, DIARY_NAME, &client, &before) == 2) {
                Line *line = calloc(1, sizeof(*line));

                assert(line && r->all->n_lines < LINES_MAX);
                *line = (Line) {
                        .client = client,
                        .before = before,
                        .daemon = r->daemon,
                        .connection = record->client.connection,
                };
                r->all->lines[r->all->n_lines++] = line;
        }
        if (oracle_subscribe(r->oracle, record->group, record->number, &note)) {
                assert(r->n_subscribers < SUBSCRIBERS_MAX);
                r->subscribers[r->n_subscribers].client = record->client;
                r->subscribers[r->n_subscribers].control = record->number;
                memcpy(r->subscribers[r->n_subscribers++].group, record->group, sizeof(record->group));
        } else {
                note = (Note) {
                        .kind = NOTE_NOTIFICATION,
                        .type = GS_DELAYED_ERROR_NOTIFICATION,
                        .request = GS_SUBSCRIPTION,
                        .error = GS_UNKNOWN_GROUP,
                        .subscription_type = record->number,
                };
                memcpy(note.group_name, record->group, sizeof(note.group_name));
        }
        expect(r, record->client, &note, false);
}

static void read_abandon(Reading *r, uint32_t summary) {
        Outcome outcome = { 0 };

        oracle_lost(r->oracle, summary, &outcome);
        expect_outcome(r, &outcome);
        for (unsigned i = r->first_line; i < r->all->n_lines; i++)
                r->all->lines[i]->abandoned = true;
}

static void read_record(Reading *r, const Record *record, const uint8_t *bytes) {
        static const char *const names[] = { "", "subscribe", "unsubscribe", "unsubscribe all", "abandon" };

        r->at++;
        if (r->trace)
                fprintf(r->trace, "record %u: ", r->at);
        if (r->trace && record->type != RECORD_EVENT)
                fprintf(r->trace, "%s of %u.%d, %s, %#x\n", names[record->type], record->client.connection,
                                record->client.token, record->group, record->number);
        switch (record->type) {
        case RECORD_EVENT:
                read_event(r, bytes, record->size);
                break;
        case RECORD_SUBSCRIBE:
                read_subscribe(r, record);
                break;
        case RECORD_UNSUBSCRIBE:
                read_unsubscribe(r, record->client);
                break;
        case RECORD_UNSUBSCRIBE_ALL:
                unsubscribe(r, record->client);
                break;
        case RECORD_ABANDON:
                read_abandon(r, record->number);
                break;
        }
}

void expectations_read(Expectations *all, unsigned daemon, const char *path, FILE *trace) {
        static uint8_t bytes[EVENT_MULTICAST_MAX];
        Reading r = { .all = all, .trace = trace, .daemon = daemon, .first_line = all->n_lines };
        _cleanup_(fclosep) FILE *f = fopen(path, "re");
        Record record;

        if (!f)
                return; /* it did nothing */
        r.oracle = oracle_new();
        while (fread(&record, sizeof(record), 1, f) == 1) {
                assert(record.size <= sizeof(bytes));
                if (record.size > 0 && fread(bytes, record.size, 1, f) != 1)
                        break;
                read_record(&r, &record, bytes);
        }
        r.oracle = oracle_free(r.oracle);
}

void expectations_done(Expectations *all) {
        for (unsigned i = 0; i < all->n_lines; i++) {
                free(all->lines[i]->expected);
                free(all->lines[i]);
        }
        *all = (Expectations) { 0 };
}

const Line *expectations_line(const Expectations *all, unsigned client, unsigned before) {
        for (unsigned i = 0; i < all->n_lines; i++)
                if (all->lines[i]->client == client && all->lines[i]->before == before)
                        return all->lines[i];
        return NULL;
}

uint32_t line_unsubscribed(const Line *line, int32_t token) {
        for (unsigned i = 0; i < line->n_closings; i++)
                if (line->closings[i].token == token)
                        return line->closings[i].at;
        return 0;
}
