/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the clients heard against what they should have heard: see judge.h. */

#include "judge.h"

#include <assert.h>
#include <stdarg.h>
#include <string.h>

#include "expect.h"

typedef struct Trial {
        Verdict *verdict;
        FILE *trace;
        unsigned client, connection; /* whose diary is read: its number, and how many connections before */
        const Line *line;
        bool is_last_daemon; /* it knew who was there when it was stopped */
        bool is_gone;        /* and this client was not */
        bool met[LINE_NOTES_MAX];
        uint32_t low;                    /* all below are met */
        uint32_t at;                     /* of the last that was met */
        int32_t closed[LINE_TOKENS_MAX]; /* these need not hear anything */
        unsigned n_closed;
        bool is_unsure;   /* the last of them may */
        bool is_complete; /* its client has got an answer after all that it asked for */
        bool is_lost;     /* its client noticed the end of the daemon */
} Trial;

static void fail(Trial *t, const char *format, ...) _printf_(2, 3);
static void fail(Trial *t, const char *format, ...) {
        Verdict *v = t->verdict;
        va_list args;
        int n;

        if (v->failed)
                return;
        v->failed = true;
        n = snprintf(v->failure, sizeof(v->failure), "client %u, connection %u: ", t->client, t->connection);
        va_start(args, format);
        (void) vsnprintf(v->failure + n, sizeof(v->failure) - (size_t) n, format, args);
        va_end(args);
}

static bool is_closed(const Trial *t, int32_t token) {
        for (unsigned i = 0; i < t->n_closed; i++)
                if (t->closed[i] == token)
                        return true;
        return false;
}

/* All that happened before `at` must have been heard. */
static void insist(Trial *t, uint32_t at) {
        const Line *line = t->line;

        while (t->low < line->n && t->met[t->low])
                t->low++;
        for (uint32_t i = t->low; i < line->n && line->expected[i].at < at; i++)
                if (!t->met[i] && !is_closed(t, line->expected[i].token)) {
                        fail(t, "token %d did not hear of record %u", line->expected[i].token,
                                        line->expected[i].at);
                        return;
                }
}

static void hear(Trial *t, const Entry *e) {
        const Line *line = t->line;
        const char *difference;
        uint32_t i = t->low;
        Note expected;

        while (i < line->n && (t->met[i] || line->expected[i].token != e->token))
                i++;
        if (is_closed(t, e->token) && !t->is_unsure) {
                fail(t, "token %d hears something after it was closed", e->token);
                return;
        }
        if (i == line->n) {
                fail(t, "token %d hears something that it should not", e->token);
                return;
        }
        expected = line->expected[i].note;
        if (e->vote != GS_OK && e->vote != GS_VOTE_NOT_EXPECTED)
                expected.votes = false;
        t->met[i] = true;
        difference = note_difference(&e->note, &expected);
        if (difference && strcmp(difference, "votes") != 0)
                fail(t, "token %d hears another %s at record %u", e->token, difference,
                                line->expected[i].at);
        else if (e->vote >= 0 && (e->vote == GS_OK) != expected.votes)
                fail(t, "token %d: ha_gs_vote() returns %d at record %u", e->token, e->vote,
                                line->expected[i].at);
        else if (line->expected[i].at < t->at)
                fail(t, "token %d hears of record %u after another token heard of %u", e->token,
                                line->expected[i].at, t->at);
        t->at = line->expected[i].at;
        t->verdict->n_heard++;
        insist(t, t->at);
}

/* The record at which the daemon answered the last question of a client: this token's unsubscription. */
static uint32_t answer_of(Trial *t, int32_t token) {
        const Request *r = line_request(t->line, ASKED_UNSUBSCRIPTION, token);

        if (!r)
                fail(t, "the unsubscription of token %d is answered, but was not done", token);
        return r ? r->at : 0;
}

static void read_entry(Trial *t, const Entry *e) {
        if (t->trace && e->type == ENTRY_NOTE) {
                fprintf(t->trace, "  client %u heard, token %d: ", t->client, e->token);
                note_print(t->trace, &e->note);
        }
        switch (e->type) {
        case ENTRY_NOTE:
                hear(t, e);
                break;
        case ENTRY_CLOSED:
        case ENTRY_UNSURE:
                assert(t->n_closed < LINE_TOKENS_MAX);
                t->closed[t->n_closed++] = e->token;
                t->is_unsure = e->type == ENTRY_UNSURE; /* the connection is lost: it is the last one */
                break;
        case ENTRY_COMPLETE:
                insist(t, answer_of(t, e->token));
                t->is_complete = true;
                break;
        case ENTRY_LOST:
                t->is_lost = true;
                if (t->line->abandoned)
                        insist(t, UINT32_MAX);
                break;
        default:
                break;
        }
}

/* ---- what was asked for, and what the daemon heard of it ---- */

/* Subscriptions are not in the stream, so of their place among the others nothing is promised. */
static bool is_local(Asked asked) {
        return asked == ASKED_SUBSCRIPTION || asked == ASKED_UNSUBSCRIPTION;
}

/* The next request in the record, from the i-th on. */
static uint32_t request_next(const Line *line, uint32_t i, bool local) {
        while (i < line->n_requests && is_local(line->requests[i].asked) != local)
                i++;
        return i;
}

static bool same_request(const Entry *e, const Request *r) {
        return e->asked == r->asked && e->token == r->token && !note_difference(&e->note, &r->note);
}

/*
 * In their order all requests got there unchanged, but for those to a token that the daemon had ended, and
 * the last ones of a client that did not wait for the answer. One more may have been on its way.
 */
static void judge_requests(Trial *t, const Entry *entries, unsigned n, bool local) {
        const Line *line = t->line;
        uint32_t r = request_next(line, 0, local);
        bool all = t->is_complete && t->is_last_daemon;

        for (unsigned i = 0; i < n; i++) {
                const Entry *e = entries + i;

                if (e->type != ENTRY_ASKED || is_local(e->asked) != local)
                        continue;
                if (r < line->n_requests && same_request(e, line->requests + r))
                        r = request_next(line, r + 1, local);
                else if (!line_is_dead(line, e->token) && (r < line->n_requests || all))
                        fail(t, "request %d of token %d does not arrive as it was made", (int) e->asked,
                                        e->token);
        }
        if (r < line->n_requests && request_next(line, r + 1, local) < line->n_requests)
                fail(t, "the daemon hears of a request of token %d that was not made",
                                line->requests[r].token);
}

/* The entries of one connection, to the next one or the end. Returns where. */
static unsigned judge_connection(Trial *t, const Diary *diary, unsigned from) {
        unsigned i = from + 1;

        assert(diary->entries[from].type == ENTRY_CONNECTED);
        if (t->trace)
                fprintf(t->trace, "client %u, connection %u: record %u of daemon %u\n", t->client,
                                t->connection, t->line->connection, t->line->daemon);
        for (uint32_t k = 0; t->trace && k < t->line->n; k++) {
                fprintf(t->trace, "  should hear of record %u, token %d: ", t->line->expected[k].at,
                                t->line->expected[k].token);
                note_print(t->trace, &t->line->expected[k].note);
        }
        for (; i < diary->n && diary->entries[i].type != ENTRY_CONNECTED; i++)
                if (!t->verdict->failed || t->trace)
                        read_entry(t, diary->entries + i);
        judge_requests(t, diary->entries + from, i - from, true);
        judge_requests(t, diary->entries + from, i - from, false);
        if (t->is_last_daemon && t->line->told && !t->is_lost && (t->is_gone || i < diary->n))
                fail(t, "the daemon has not noticed that it is gone");
        if (t->is_lost && t->line->down)
                fail(t, "the daemon has cut it off");
        return i;
}

static void judge_client(
                const Case *c, unsigned client, const Expectations *all, FILE *trace, Verdict *ret) {
        static const Line nobody = { 0 }; /* the daemon has never heard of this connection */
        const Diary *diary = c->diaries[client];
        unsigned connection = 0;

        for (unsigned i = 0; i < diary->n; connection++) {
                Trial t = {
                        .verdict = ret,
                        .trace = trace,
                        .client = client,
                        .connection = connection,
                        .is_gone = c->gone[client],
                        .line = expectations_line(all, client, connection) ?: &nobody,
                };

                t.is_last_daemon = t.line->daemon + 1 == c->n_daemons;
                i = judge_connection(&t, diary, i);
        }
        if (diary->failure[0]) {
                ret->failed = true;
                (void) snprintf(ret->failure, sizeof(ret->failure), "client %u: %s", client, diary->failure);
        }
}

void judge(const Case *c, FILE *trace, Verdict *ret) {
        Expectations all = { 0 };

        *ret = (Verdict){ 0 };
        for (unsigned i = 0; i < c->n_daemons; i++)
                expectations_read(&all, i, c->records[i], trace);
        ret->n_events = all.n_events;
        for (unsigned i = 0; i < c->n_clients; i++)
                judge_client(c, i, &all, trace, ret);
        expectations_done(&all);
}
