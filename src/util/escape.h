/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Bytes of others, written so that they can do nothing to a terminal and stay on one line, whatever the
 * locale: printable ASCII as it is, but for \ ; all else as \n, \t or \x1b.
 */

#include <stddef.h>
#include <stdio.h>

/* No byte takes more than 4 characters. */
#define TEXT_ESCAPED(size) (4 * (size) + 1)

void text_escape(char *buffer, const void *data, size_t size);
void text_put_bytes(FILE *to, const void *data, size_t size);
void text_put_string(FILE *to, const char *s);
