/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The judgement of a run: the oracle of the simulation reads what the state machine was told, and says what
 * each client must have heard; that is compared with the diaries.
 *
 * What a token heard must be, in order, the beginning of what it should have; of two tokens of a connection
 * the one whose event was earlier must have heard it earlier. How long that beginning must be the client has
 * said itself (diary.h): until it closed the token, or all, up to a point, or to the end of a daemon that
 * was stopped.
 */

#include <stdio.h>

#include "diary.h"

#define JUDGE_DAEMONS_MAX 4

typedef struct Case {
        unsigned n_daemons; /* one after the other */
        const char *records[JUDGE_DAEMONS_MAX];
        unsigned n_clients;
        Diary **diaries;
        const bool *gone; /* parallel: the process had ended, and the last daemon had the time to notice */
} Case;

typedef struct Verdict {
        bool failed;
        char failure[512];
        unsigned n_events;
        unsigned n_heard; /* notes that were compared */
} Verdict;

/* `trace`: where to tell all that was done, expected and heard; or NULL. */
void judge(const Case *c, FILE *trace, Verdict *ret);
