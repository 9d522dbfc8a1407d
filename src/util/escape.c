/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Bytes of others as text: see escape.h. */

#include "util/escape.h"

#include <string.h>

/* How one byte is written: printable ASCII as it is. */
static const char *spell(unsigned char c, char buffer[static 5]) {
        switch (c) {
        case '\\':
                return "\\\\";
        case '\n':
                return "\\n";
        case '\t':
                return "\\t";
        default:
                (void) snprintf(buffer, 5, c >= ' ' && c < 0x7f ? "%c" : "\\x%02x", c);
                return buffer;
        }
}

void text_put_bytes(FILE *to, const void *data, size_t size) {
        const unsigned char *bytes = data;
        char buffer[5];

        for (size_t i = 0; i < size; i++)
                (void) fputs(spell(bytes[i], buffer), to);
}

void text_escape(char *buffer, const void *data, size_t size) {
        const unsigned char *bytes = data;
        char one[5];

        *buffer = 0;
        for (size_t i = 0; i < size; i++)
                buffer = stpcpy(buffer, spell(bytes[i], one));
}

void text_put_string(FILE *to, const char *s) {
        text_put_bytes(to, s, strlen(s));
}
