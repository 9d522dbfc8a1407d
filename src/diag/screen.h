/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A screen of characters as it is to look: drawn upon by view.h, shown by watch.c, and read by tests. */

#include <stdint.h>

#include "util/macro.h"

typedef enum Style {
        STYLE_PLAIN,
        STYLE_TITLE,    /* the first and the last line */
        STYLE_HEAD,     /* above the columns */
        STYLE_SELECTED, /* the line that the user is at */
        STYLE_DIM,
        STYLE_GOOD,
        STYLE_WAITING,
        STYLE_BAD,
        _STYLE_MAX,
} Style;

typedef struct Screen {
        unsigned rows;
        unsigned columns;
        char *cells;     /* rows x columns, printable ASCII */
        uint8_t *styles; /* of each cell */
} Screen;

/* Empty, of at least one row and column. -ENOMEM. */
int screen_new(unsigned rows, unsigned columns, Screen *ret);
void screen_done(Screen *s);

/* Nothing on it. */
void screen_clear(Screen *s);

/*
 * Write text into `width` columns from (row, column) on; what is longer is cut off there, with a ~ in the
 * last of them. What is outside of the screen is not there. Bytes that are no printable ASCII become '?'.
 */
void screen_put(Screen *s, unsigned row, unsigned column, unsigned width, Style style, const char *text);
void screen_printf(Screen *s, unsigned row, unsigned column, unsigned width, Style style, const char *format,
                ...) _printf_(6, 7);

/* Give all of a row that style. */
void screen_style_row(Screen *s, unsigned row, Style style);
