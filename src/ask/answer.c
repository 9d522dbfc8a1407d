/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The answer to a question for a report: see answer.h. */

#include "ask/answer.h"

#include <string.h>

/* ---- memory ---- */

typedef struct Body {
        struct Body *next;
        uint8_t data[];
} Body;

/* Room for one more behind `n` elements, whose array grows when that is a power of two. */
static void *append(void *array, uint32_t n, size_t size) {
        void **at = array;
        void *grown;

        if ((n & (n - 1)) == 0) {
                grown = reallocarray(*at, n > 0 ? (size_t) n * 2 : 1, size);
                if (!grown)
                        return NULL;
                *at = grown;
        }
        return (char *) *at + n * size;
}

void answer_done(Answer *a) {
        for (Body *body = a->bodies, *next; body; body = next) {
                next = body->next;
                free(body);
        }
        free(a->nodes);
        free(a->groups);
        free(a->providers);
        free(a->subscribers);
        free(a->clients);
        *a = (Answer){};
}

/* ---- records ---- */

static int add_node(Answer *a, const NodeId *node) {
        NodeId *p = append(&a->nodes, a->n_nodes, sizeof(*p));

        if (!p)
                return -ENOMEM;
        *p = *node;
        a->n_nodes++;
        return 0;
}

static int add_group(Answer *a, const ReportGroup *group) {
        AnswerGroup *p = append(&a->groups, a->n_groups, sizeof(*p));

        if (!p)
                return -ENOMEM;
        *p = (AnswerGroup){ .group = *group, .provider = a->n_providers, .subscriber = a->n_subscribers };
        a->n_groups++;
        return 0;
}

static int add_provider(Answer *a, const ReportProvider *provider) {
        ReportProvider *p;

        if (a->n_groups == 0)
                return -EBADMSG;
        p = append(&a->providers, a->n_providers, sizeof(*p));
        if (!p)
                return -ENOMEM;
        *p = *provider;
        a->n_providers++;
        a->groups[a->n_groups - 1].n_providers++;
        return 0;
}

static int add_subscriber(Answer *a, const ReportSubscriber *subscriber) {
        ReportSubscriber *p;

        if (a->n_groups == 0)
                return -EBADMSG;
        p = append(&a->subscribers, a->n_subscribers, sizeof(*p));
        if (!p)
                return -ENOMEM;
        *p = *subscriber;
        a->n_subscribers++;
        a->groups[a->n_groups - 1].n_subscribers++;
        return 0;
}

static int add_client(Answer *a, const ReportClient *client) {
        ReportClient *p = append(&a->clients, a->n_clients, sizeof(*p));

        if (!p)
                return -ENOMEM;
        *p = *client;
        a->n_clients++;
        return 0;
}

/* Whether those who are said to be in a group can be found by their counts. */
static bool counts_are_sound(const Answer *a) {
        for (uint32_t i = 0; i < a->n_groups; i++) {
                const AnswerGroup *g = &a->groups[i];
                uint64_t n = (uint64_t) g->group.n_members + g->group.n_trial + g->group.n_joins;

                if (g->n_providers > 0 && g->n_providers != n)
                        return false;
        }
        return true;
}

static int add_record(Answer *a, const ReportRecord *record) {
        if (a->complete || (a->n_records == 0) != (record->kind == REPORT_KIND_DOMAIN))
                return -EBADMSG;

        switch (record->kind) {
        case REPORT_KIND_DOMAIN:
                a->domain = record->domain;
                return 0;
        case REPORT_KIND_NODE:
                return add_node(a, &record->node);
        case REPORT_KIND_GROUP:
                return add_group(a, &record->group);
        case REPORT_KIND_PROVIDER:
                return add_provider(a, &record->provider);
        case REPORT_KIND_SUBSCRIBER:
                return add_subscriber(a, &record->subscriber);
        case REPORT_KIND_CLIENT:
                return add_client(a, &record->client);
        default:
                a->complete = true;
                return record->n_records == a->n_records && counts_are_sound(a) ? 0 : -EBADMSG;
        }
}

int answer_take(Answer *a, FrameReader body) {
        Body *copy = malloc(sizeof(*copy) + body.size);
        ReportRecord record;
        FrameReader records;
        int r;

        if (!copy)
                return -ENOMEM;
        copy->next = a->bodies;
        a->bodies = copy;
        memcpy(copy->data, body.data, body.size);
        records = (FrameReader){ .data = copy->data, .size = body.size };

        while ((r = report_get(&records, &record)) > 0) {
                r = add_record(a, &record);
                if (r < 0)
                        return r;
                a->n_records++;
        }
        return r < 0 ? r : a->complete;
}

/* ---- asking ---- */

int ask_report_send(Ask *ask, const ReportQuestion *question, char **reterr) {
        uint8_t frame[FRAME_HEAD_SIZE + sizeof(*question) + 8];
        ssize_t n;

        n = report_encode_question(question, ask->serial + 1, frame, sizeof(frame));
        return n < 0 ? (int) n : ask_send(ask, frame, (size_t) n, reterr);
}

int ask_report(Ask *ask, const ReportQuestion *question, Answer *ret, char **reterr) {
        _cleanup_(answer_done) Answer a = {};
        FrameReader body;
        int r;

        r = ask_report_send(ask, question, reterr);
        while (r == 0) {
                r = ask_receive(ask, FRAME_REPORT, &body, reterr);
                if (r < 0)
                        return r;
                r = answer_take(&a, body);
                if (r == -EBADMSG)
                        return ask_not_understood(ask, reterr);
        }
        if (r < 0)
                return r;

        *ret = a;
        a = (Answer){};
        return 0;
}

int ask_fence(Ask *ask, const char *group, uint64_t *ret_fence, ReportProvider *ret_senior, char **reterr) {
        ReportQuestion question = { .parts = REPORT_GROUPS | REPORT_PROVIDERS };
        _cleanup_(answer_done) Answer a = {};
        int r;

        if (strlen(group) >= sizeof(question.group))
                return ANSWER_E_NO_GROUP;
        (void) strcpy(question.group, group);
        r = ask_report(ask, &question, &a, reterr);
        if (r < 0)
                return r;
        if (a.n_groups == 0 || a.groups[0].group.n_members == 0 || a.groups[0].n_providers == 0)
                return ANSWER_E_NO_GROUP;

        *ret_fence = a.groups[0].group.fence;
        *ret_senior = a.providers[a.groups[0].provider];
        return 0;
}
