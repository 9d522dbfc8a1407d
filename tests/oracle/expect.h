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

/* A request of a client, as the daemon's state machine heard of it. */
typedef struct Request {
        uint32_t at;
        int32_t token;
        Asked asked;
        Note note;
} Request;

/* A connection that a client of ours had, as one daemon's record tells it. */
typedef struct Line {
        unsigned client, before; /* whose; how many it had before */
        unsigned daemon;
        uint32_t connection;
        bool abandoned; /* that daemon was stopped, and said so */
        bool down;      /* the daemon noticed its end */
        bool told;      /* it was still a client to the daemon that was stopped */
        uint32_t n, size;
        Expected *expected;
        uint32_t n_requests, requests_size;
        Request *requests;
        unsigned n_dead;
        int32_t dead[LINE_TOKENS_MAX]; /* tokens that the daemon ended */
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

/* The request of this kind for this token; NULL: none. */
const Request *line_request(const Line *line, Asked asked, int32_t token);
/* The daemon ended this token, at some time. */
bool line_is_dead(const Line *line, int32_t token);
