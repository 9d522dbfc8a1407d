/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The answer to a question for a report (wire/report.h), put together from its frames. */

#include "ask/ask.h"
#include "wire/report.h"

typedef struct AnswerGroup {
        ReportGroup group;
        uint32_t provider; /* of Answer.providers the first one of this group, and so many follow */
        uint32_t n_providers;
        uint32_t subscriber;
        uint32_t n_subscribers;
} AnswerGroup;

/* Begins zeroed. */
typedef struct Answer {
        ReportDomain domain;
        NodeId *nodes; /* by rank */
        AnswerGroup *groups;
        ReportProvider *providers;
        ReportSubscriber *subscribers;
        ReportClient *clients;
        uint32_t n_nodes;
        uint32_t n_groups;
        uint32_t n_providers;
        uint32_t n_subscribers;
        uint32_t n_clients;

        uint32_t n_records;
        bool complete;
        void *bodies; /* of the frames: the bytes of records point into them */
} Answer;

/* Take in the next body of its frames. 1: that was the last one; 0; -EBADMSG, or -ENOMEM. */
int answer_take(Answer *answer, FrameReader body);

void answer_done(Answer *answer);

/* The providers of a group of it; NULL unless the question was for them. */
static inline const ReportProvider *answer_providers(const Answer *a, const AnswerGroup *g) {
        return g->n_providers > 0 ? &a->providers[g->provider] : NULL;
}

static inline const ReportSubscriber *answer_subscribers(const Answer *a, const AnswerGroup *g) {
        return g->n_subscribers > 0 ? &a->subscribers[g->subscriber] : NULL;
}

/* Send the question only; the answer is taken body by body, as it comes. Errors as ask_send(). */
int ask_report_send(Ask *ask, const ReportQuestion *question, char **reterr);

/* Ask, and wait for all of the answer. 0, or a negative errno value with a sentence. */
int ask_report(Ask *ask, const ReportQuestion *question, Answer *ret, char **reterr);

enum {
        _ANSWER_E_SUCCESS,

        ANSWER_E_NO_GROUP, /* there is no such group, or nobody is in it */
};

/*
 * The fencing number of a group (report_fence()) and its senior provider, whose it is: whoever asks for its
 * own lock has to see that this is itself. 0, ANSWER_E_NO_GROUP, or a negative errno value with a sentence.
 */
int ask_fence(Ask *ask, const char *group, uint64_t *ret_fence, ReportProvider *ret_senior, char **reterr);
