/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * One run: a daemon of its own, random clients, and what disturbs them; then the judgement. All that is
 * random comes from the seed, but for what the processes make of it: they run at their own pace.
 */

#include "client.h"
#include "judge.h"

typedef struct Place {
        char syspar[16];    /* a partition of this job's own */
        char directory[64]; /* state, logs, records, and what daemons say to nobody */
        char runtime[64];
        bool plays;         /* seeds are numbers of plays (play.h) */
        const char *daemon; /* the program: with recorder.c */
        Setup *setup;       /* shared with the clients */
        Diary *diaries[CLIENTS_MAX];
} Place;

/* Make the place of a job, below /run, which is the caller's own; one run at a time can be there. */
void place_make(Place *ret, unsigned job, const char *daemon);

void run(Place *place, uint64_t seed, FILE *trace, Verdict *ret);
