/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Lines on standard output that appear at once, and never make this process wait: who does not dispatch
 * holds up its group, and in the end is cut off. What the reader does not take is kept here.
 */

#include <stdbool.h>
#include <stddef.h>

#define OUTPUT_MAX (64u * 1024 * 1024) /* bytes that are kept */

/* A line, with its newline. 0; -ENOBUFS: too much is kept already; -ENOMEM. */
int output_put(const char *line, size_t size);

/* Write what the reader takes now. 0 or a negative errno value. */
int output_flush(void);

/* Is there something to write? */
bool output_is_pending(void);

/* Write all of it, and wait for the reader. 0 or a negative errno value. */
int output_finish(void);
