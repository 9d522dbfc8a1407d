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

static void show_join(Note *note, const EventJoin *join) {
        note->has_attributes = true;
        note->attributes = join->attributes;
        note->changing.n = 1;
        note->changing.names[0] = (GsProvider){ .instance = join->instance };
}

static void show_proposal(Note *note, const Event *e) {
        const EventProposal *p = &e->leave.proposal; /* in all of them the first */

        note->n_phase = p->num_phases == GS_N_PHASE;
        note->time_limit = p->time_limit;
        switch (e->type) {
        case EVENT_LEAVE:
                note->serial = e->leave.code;
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

/* A delayed error shows what was asked for: of a join that, of others the event that is applied. */
static void show_failing(Note *note, const Line *line, int32_t token, const Event *event) {
        const Request *join = line_request(line, ASKED_PROPOSAL, token);

        if (note->request == GS_JOIN && join) {
                note->has_attributes = true;
                note->attributes = join->note.attributes;
                note->changing = join->note.changing;
                memcpy(note->group_name, note->attributes.group, sizeof(note->group_name));
        } else if (note->request != GS_JOIN && note->request != GS_SUBSCRIPTION) {
                show_proposal(note, event);
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

        if (line && note->kind == NOTE_TOKEN_DEAD) {
                assert(line->n_dead < LINE_TOKENS_MAX);
                line->dead[line->n_dead++] = to.token;
        }
        if (!line || note->kind != NOTE_NOTIFICATION)
                return;
        if (line->n == line->size) {
                line->size = line->size > 0 ? line->size * 2 : 64;
                line->expected = realloc(line->expected, line->size * sizeof(*line->expected));
                assert(line->expected && line->n < LINE_NOTES_MAX);
        }
        e = line->expected + line->n++;
        *e = (Expected){ .at = r->at, .token = to.token, .note = *note };
        e->note.votes = votes;
        hide(&e->note);
        if (note->type == GS_DELAYED_ERROR_NOTIFICATION)
                show_failing(&e->note, line, to.token, r->event);
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
                        expect(r, s.client, &(Note){ .kind = NOTE_TOKEN_DEAD }, false);
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

/* ---- what clients ask for ---- */

static void request(Reading *r, GsClient client, Asked asked, const Note *note) {
        Line *line = line_of(r, client.connection);

        if (!line)
                return;
        if (line->n_requests == line->requests_size) {
                line->requests_size = line->requests_size > 0 ? line->requests_size * 2 : 64;
                line->requests = realloc(line->requests, line->requests_size * sizeof(*line->requests));
                assert(line->requests);
        }
        line->requests[line->n_requests++] =
                        (Request){ .at = r->at, .token = client.token, .asked = asked, .note = *note };
}

static void connection_down(Reading *r, uint32_t connection) {
        Line *line = line_of(r, connection);

        if (line)
                line->down = true;
}

static void request_of_event(Reading *r, const Event *e) {
        static const GsRequest requests[] = {
                [EVENT_JOIN] = GS_JOIN,
                [EVENT_LEAVE] = GS_LEAVE,
                [EVENT_EXPEL] = GS_EXPEL,
                [EVENT_STATE_CHANGE] = GS_STATE_VALUE_CHANGE,
                [EVENT_MESSAGE] = GS_PROVIDER_MESSAGE,
                [EVENT_ATTRIBUTES] = GS_GROUP_ATTRIBUTE_CHANGE,
        };
        Note note = { 0 };

        if (e->type == EVENT_GOODBYE) {
                request(r, e->client, ASKED_GOODBYE, &note);
        } else if (e->type == EVENT_VOTE) {
                note.summary = e->vote.value;
                note.subscription_type = e->vote.default_value;
                note.phase.phase = e->vote.phase.phase;
                note.state = value_of(e->vote.state);
                note.message = value_of(e->vote.message);
                request(r, e->client, ASKED_VOTE, &note);
        } else if (e->type < EVENT_VOTE) {
                note.request = requests[e->type];
                note.deactivate_phase = e->type == EVENT_JOIN && e->join.has_script;
                if (e->type == EVENT_JOIN)
                        show_join(&note, &e->join);
                else
                        show_proposal(&note, e);
                request(r, e->client, ASKED_PROPOSAL, &note);
        }
}

/* ---- the record ---- */

static void read_event(Reading *r, const uint8_t *bytes, uint32_t size) {
        static Event event; /* nobody holds it: there is always quorum */
        Outcome outcome = { 0 };
        FrameReader body;
        EventHead head;

        assert(event_decode_head(bytes, size, &head, &body) == 0);
        assert(event_get(&body, head.sender, &event) == 1);
        if (r->trace)
                text_event(r->trace, &event);
        request_of_event(r, &event);
        if (event.type == EVENT_PROCESS_DOWN)
                connection_down(r, event.client.connection);
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

static void request_of_subscription(Reading *r, const Record *record) {
        Note note = { .request = GS_SUBSCRIPTION, .subscription_type = record->number };

        memcpy(note.group_name, record->group, sizeof(note.group_name));
        request(r, record->client, ASKED_SUBSCRIPTION, &note);
}

static void read_subscribe(Reading *r, const Record *record) {
        unsigned client, before;
        Note note;

        if (sscanf(record->group, DIARY_NAME, &client, &before) == 2) {
                Line *line = calloc(1, sizeof(*line));

                assert(line && r->all->n_lines < LINES_MAX);
                *line = (Line){
                        .client = client,
                        .before = before,
                        .daemon = r->daemon,
                        .connection = record->client.connection,
                };
                r->all->lines[r->all->n_lines++] = line;
        }
        request_of_subscription(r, record);
        if (oracle_subscribe(r->oracle, record->group, record->number, &note)) {
                assert(r->n_subscribers < SUBSCRIBERS_MAX);
                r->subscribers[r->n_subscribers].client = record->client;
                r->subscribers[r->n_subscribers].control = record->number;
                memcpy(r->subscribers[r->n_subscribers++].group, record->group, sizeof(record->group));
        } else {
                note = (Note){
                        .kind = NOTE_NOTIFICATION,
                        .type = GS_DELAYED_ERROR_NOTIFICATION,
                        .request = GS_SUBSCRIPTION,
                        .error = GS_UNKNOWN_GROUP,
                        .subscription_type = record->number,
                };
                memcpy(note.group_name, record->group, sizeof(note.group_name));
        }
        expect(r, record->client, &note, false);
        if (note.error != GS_OK)
                expect(r, record->client, &(Note){ .kind = NOTE_TOKEN_DEAD }, false);
}

static void read_abandon(Reading *r, uint32_t summary) {
        Outcome outcome = { 0 };

        oracle_lost(r->oracle, summary, &outcome);
        expect_outcome(r, &outcome);
        for (unsigned i = r->first_line; i < r->all->n_lines; i++) {
                Line *line = r->all->lines[i];

                line->abandoned = true;
                line->told = line->n > 0 && line->expected[line->n - 1].at == r->at;
        }
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
                unsubscribe(r, record->client);
                request(r, record->client, ASKED_UNSUBSCRIPTION, &(Note){ 0 });
                break;
        case RECORD_UNSUBSCRIBE_ALL:
                unsubscribe(r, record->client);
                connection_down(r, record->client.connection);
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
                free(all->lines[i]->requests);
                free(all->lines[i]);
        }
        *all = (Expectations){ 0 };
}

const Line *expectations_line(const Expectations *all, unsigned client, unsigned before) {
        for (unsigned i = 0; i < all->n_lines; i++)
                if (all->lines[i]->client == client && all->lines[i]->before == before)
                        return all->lines[i];
        return NULL;
}

const Request *line_request(const Line *line, Asked asked, int32_t token) {
        for (uint32_t i = 0; i < line->n_requests; i++)
                if (line->requests[i].asked == asked && line->requests[i].token == token)
                        return line->requests + i;
        return NULL;
}

bool line_is_dead(const Line *line, int32_t token) {
        for (unsigned i = 0; i < line->n_dead; i++)
                if (line->dead[i] == token)
                        return true;
        return false;
}
