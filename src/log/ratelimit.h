/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * So many events a period and no more, and a count of the others: for log entries that somebody else can
 * provoke. One of these per kind of event. `now` and the interval have the caller's unit and clock, which
 * never goes back.
 *
 *         n = ratelimit_collect(&limit, now);
 *         if (n > 0)
 *                 log_warning("%" PRIu64 " more were refused", n);
 *         if (ratelimit_pass(&limit, now))
 *                 log_event(...);
 */

#include <stdbool.h>
#include <stdint.h>

typedef struct RateLimit {
        uint64_t interval; /* the length of a period, which begins with its first event */
        uint64_t burst;    /* how many events may pass in it, at least 1 */

        uint64_t began;
        uint64_t passed;
        uint64_t suppressed;
} RateLimit;

/* An event at `now`. Returns whether it may be logged; if not, it is counted. */
bool ratelimit_pass(RateLimit *limit, uint64_t now);

/* How many events were suppressed, once their period is over; each is counted once. */
uint64_t ratelimit_collect(RateLimit *limit, uint64_t now);
