/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A value that set or send is given: an operand, or - for standard input. */

#include <stddef.h>

/*
 * The bytes of it: 1 to `most`. Into `buffer`, which has room for `most` and one more. -EINVAL with a
 * sentence, which calls it `what`, or another negative errno value with one.
 */
int value_read(const char *operand, const char *what, size_t most, char *buffer, size_t *ret_size,
                char **reterr);
