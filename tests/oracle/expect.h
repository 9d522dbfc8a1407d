/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What each connection should hear, worked out by the oracle of tests/sim from a record. */

#include <stdio.h>

#include "diary.h"

#define LINE_NOTES_MAX 8192 /* of a connection */
#define LINE_TOKENS_MAX 512
#define LINES_MAX 256

typedef struct Expected {
        uint32_t at; /* number of the record */
        int32_t token;
        Note note;
} Expected;

/* A connection that a client of ours had, as one daemon's record tells it. */
typedef struct Line {
        unsigned client, before; /* whose; how many it had before */
        unsigned daemon;
        uint32_t connection;
        bool abandoned; /* that daemon was stopped, and said so */
        uint32_t n, size;
        Expected *expected;
        unsigned n_joins, n_closings;
        struct {
                int32_t token;
                uint16_t instance;
                GsAttributes attributes;
        } joins[LINE_TOKENS_MAX];
        struct {
                int32_t token;
                uint32_t at;
        } closings[LINE_TOKENS_MAX]; /* by UNSUBSCRIBE */
} Line;

typedef struct Expectations {
        unsigned n_lines;
        unsigned n_events;
        Line *lines[LINES_MAX];
} Expectations;

/* Add what a daemon's record leads to. */
void expectations_read(Expectations *all, unsigned daemon, const char *path, FILE *trace);
void expectations_done(Expectations *all);

/* NULL: no daemon has heard of it. */
const Line *expectations_line(const Expectations *all, unsigned client, unsigned before);

/* The record in which this token was unsubscribed; 0: none. */
uint32_t line_unsubscribed(const Line *line, int32_t token);
