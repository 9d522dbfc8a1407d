/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A screen of characters as it is to look: see screen.h. */

#include "diag/screen.h"

#include <stdarg.h>
#include <string.h>

int screen_new(unsigned rows, unsigned columns, Screen *ret) {
        Screen s = { .rows = rows > 0 ? rows : 1, .columns = columns > 0 ? columns : 1 };
        size_t size = (size_t) s.rows * s.columns;

        s.cells = malloc(size);
        s.styles = malloc(size);
        if (!s.cells || !s.styles) {
                screen_done(&s);
                return -ENOMEM;
        }
        screen_clear(&s);
        *ret = s;
        return 0;
}

void screen_done(Screen *s) {
        free(s->cells);
        free(s->styles);
        *s = (Screen){};
}

void screen_clear(Screen *s) {
        memset(s->cells, ' ', (size_t) s->rows * s->columns);
        memset(s->styles, STYLE_PLAIN, (size_t) s->rows * s->columns);
}

void screen_put(Screen *s, unsigned row, unsigned column, unsigned width, Style style, const char *text) {
        size_t length = strlen(text), at;

        if (row >= s->rows || column >= s->columns)
                return;
        if (width > s->columns - column)
                width = s->columns - column;

        at = (size_t) row * s->columns + column;
        for (unsigned i = 0; i < width && i < length; i++) {
                char c = text[i] >= ' ' && text[i] < 0x7f ? text[i] : '?';

                s->cells[at + i] = i + 1 == width && length > width ? '~' : c;
                s->styles[at + i] = (uint8_t) style;
        }
}

void screen_printf(Screen *s, unsigned row, unsigned column, unsigned width, Style style, const char *format,
                ...) {
        char text[512];
        va_list ap;

        va_start(ap, format);
        (void) vsnprintf(text, sizeof(text), format, ap);
        va_end(ap);
        screen_put(s, row, column, width, style, text);
}

void screen_style_row(Screen *s, unsigned row, Style style) {
        if (row < s->rows)
                memset(s->styles + (size_t) row * s->columns, style, s->columns);
}
