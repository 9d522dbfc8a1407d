/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Text to values, strictly: no leading blanks or signs, nothing left over, no locale, no overflow.
 * Every function returns 0, or -EINVAL for text that is no such value, or -ERANGE for one out of range;
 * *ret is written on success only.
 */

#include <stdbool.h>
#include <stdint.h>

/* A decimal number from `min` to `max` inclusive. */
int parse_u64(const char *s, uint64_t min, uint64_t max, uint64_t *ret);

/* systemd's words for booleans: 1 yes y true t on, 0 no n false f off; case does not matter. */
int parse_boolean(const char *s, bool *ret);

/* A number of bytes with an optional suffix K, M or G (powers of 1024). */
int parse_size(const char *s, uint64_t *ret);

/* A time span: a number with a unit ms, s, min or h, or without one seconds. The result is in microseconds.
 */
int parse_timespan(const char *s, uint64_t *ret_usec);
