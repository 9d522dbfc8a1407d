/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The votes of a phase, counted. */

#include "ask/answer.h"

typedef struct Tally {
        uint32_t roll; /* all that follow */
        uint32_t voted;
        uint32_t waiting;
        uint32_t failed;  /* are dead: the default vote stands for them */
        uint32_t scripts; /* that run */
} Tally;

/* Of all providers, or of those of one node only; -1: all. */
Tally tally(const Answer *answer, const AnswerGroup *group, int node);
