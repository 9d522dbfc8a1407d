/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * How the diagnostic commands write what has no obvious form: bytes of others, times, lists. All of it is
 * ASCII whatever the locale, and nothing of it can do anything to a terminal.
 */

#include <stdint.h>
#include <stdio.h>

#include "util/macro.h"
#include "wire/report.h"

#define TEXT_WIDTH 79

/* Bytes: printable ASCII as it is, but for \ ; all else as \n, \t or \x1b: at most 4 characters each. */
#define TEXT_ESCAPED(size) (4 * (size) + 1)
void text_escape(char *buffer, const void *data, size_t size);
void text_put_bytes(FILE *to, const void *data, size_t size);
void text_put_string(FILE *to, const char *s);

/* A time of day, by this host's clock and time zone: "Jun 19 18:34:20". */
void text_put_time(FILE *to, uint64_t usec);

/* A span in PSSP's form: "10d 20:19:22" or "0:0:15". */
void text_put_span(FILE *to, uint64_t usec);

/* The type of a protocol with capitals: "State Value Change". */
void text_put_request(FILE *to, GsRequest request);

/* "leave", "failure" and so on for the bits of leave reasons; calls back for each. */
void text_each_reason(uint32_t reasons, void (*put)(void *userdata, const char *word), void *userdata);

/* "member", "joining" or "queued": the role of the `i`th provider in its group. */
const char *text_role(const ReportGroup *group, uint32_t i);

/* A title and words behind it, in more lines where they do not fit into one. Without words there is no
 * title. */
typedef struct TextList {
        FILE *to;
        const char *title; /* until the first word */
        unsigned indent;   /* of further lines */
        unsigned column;
} TextList;

void text_list_put(TextList *list, const char *format, ...) _printf_(2, 3);
void text_list_end(TextList *list);

/* "[1/0]" */
void text_list_put_provider(TextList *list, GsProvider provider);
