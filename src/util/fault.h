/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A failure that a person must act on is one sentence, made where it is understood best and printed once,
 * at the top: what failed, why, and what to do. Functions that can fail so take a last parameter
 * `char **reterr` and fill it through fault(); programs print it behind their name. Failures that only a
 * program acts on stay plain negative errno values.
 */

#include "util/macro.h"

/*
 * Store the sentence in *reterr (any former one is freed; reterr may be NULL) and return `error`, so that
 * `return fault(reterr, -EINVAL, "...")` is one statement. `error`: a negative errno value; the sentence
 * does not name it by itself, write strerror() text into it where that helps. Out of memory: *reterr becomes
 * NULL, and fault_text() then still finds words.
 */
int fault(char **reterr, int error, const char *format, ...) _printf_(3, 4);

/* The sentence for the user: `message`, or strerror(-error) where none could be made. Never NULL. */
const char *fault_text(const char *message, int error);
