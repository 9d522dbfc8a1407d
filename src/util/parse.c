/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Text to values, strictly: see parse.h. */

#include "util/parse.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "util/macro.h"

/* The digits at the start of `s` as a number; *ret_rest points behind them. */
static int parse_digits(const char *s, uint64_t *ret, const char **ret_rest) {
        uint64_t value = 0;
        const char *p;

        for (p = s; *p >= '0' && *p <= '9'; p++)
                if (__builtin_mul_overflow(value, 10, &value) ||
                                __builtin_add_overflow(value, (uint64_t) (*p - '0'), &value))
                        return -ERANGE;

        if (p == s)
                return -EINVAL;

        *ret = value;
        *ret_rest = p;
        return 0;
}

int parse_u64(const char *s, uint64_t min, uint64_t max, uint64_t *ret) {
        const char *rest;
        uint64_t value;
        int r;

        r = parse_digits(s, &value, &rest);
        if (r < 0)
                return r;
        if (*rest)
                return -EINVAL;
        if (value < min || value > max)
                return -ERANGE;

        *ret = value;
        return 0;
}

int parse_boolean(const char *s, bool *ret) {
        static const char *const yes[] = { "1", "yes", "y", "true", "t", "on" };
        static const char *const no[] = { "0", "no", "n", "false", "f", "off" };

        for (size_t i = 0; i < ELEMENTSOF(yes); i++) {
                if (strcasecmp(s, yes[i]) == 0) {
                        *ret = true;
                        return 0;
                }
                if (strcasecmp(s, no[i]) == 0) {
                        *ret = false;
                        return 0;
                }
        }
        return -EINVAL;
}

typedef struct Suffix {
        const char *text;
        uint64_t factor;
} Suffix;

/* A number followed by one of `suffixes` (the empty one among them, where a plain number is right). */
static int parse_scaled(const char *s, const Suffix *suffixes, size_t n_suffixes, uint64_t *ret) {
        const char *rest;
        uint64_t value;
        int r;

        r = parse_digits(s, &value, &rest);
        if (r < 0)
                return r;

        for (size_t i = 0; i < n_suffixes; i++)
                if (strcmp(rest, suffixes[i].text) == 0)
                        return __builtin_mul_overflow(value, suffixes[i].factor, ret) ? -ERANGE : 0;

        return -EINVAL;
}

int parse_size(const char *s, uint64_t *ret) {
        static const Suffix suffixes[] = {
                { "", 1 },
                { "K", UINT64_C(1) << 10 },
                { "M", UINT64_C(1) << 20 },
                { "G", UINT64_C(1) << 30 },
        };
        uint64_t value;
        int r;

        r = parse_scaled(s, suffixes, ELEMENTSOF(suffixes), &value);
        if (r >= 0)
                *ret = value;
        return r;
}

int parse_timespan(const char *s, uint64_t *ret_usec) {
        static const Suffix suffixes[] = {
                { "", 1000000 },
                { "s", 1000000 },
                { "ms", 1000 },
                { "min", 60000000 },
                { "h", 3600000000 },
        };
        uint64_t value;
        int r;

        r = parse_scaled(s, suffixes, ELEMENTSOF(suffixes), &value);
        if (r >= 0)
                *ret_usec = value;
        return r;
}
