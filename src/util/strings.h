/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Lists of strings: an allocated, NULL-terminated array of allocated strings. NULL is the empty list. */

#include <stdbool.h>
#include <stddef.h>

#include "util/macro.h"

size_t strings_count(char *const *list);
bool strings_contain(char *const *list, const char *s);

/* Append a copy of `s`. -ENOMEM leaves the list as it was. */
int strings_add(char ***list, const char *s);

/* The same, kept sorted (strcmp order) and without a second copy of what is there already. */
int strings_add_sorted(char ***list, const char *s);

/* Free list and strings; NULL is fine; returns NULL. */
char **strings_free(char **list);

DEFINE_CLEANUP(char **, strings_free)
