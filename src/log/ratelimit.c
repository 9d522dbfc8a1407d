/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* So many events a period: see ratelimit.h. */

#include "log/ratelimit.h"

static bool period_is_over(const RateLimit *limit, uint64_t now) {
        return now - limit->began >= limit->interval;
}

bool ratelimit_pass(RateLimit *limit, uint64_t now) {
        if (limit->passed == 0 || period_is_over(limit, now)) {
                limit->began = now;
                limit->passed = 0;
        }

        if (limit->passed == limit->burst) {
                limit->suppressed++;
                return false;
        }
        limit->passed++;
        return true;
}

uint64_t ratelimit_collect(RateLimit *limit, uint64_t now) {
        uint64_t n = limit->suppressed;

        if (n == 0 || !period_is_over(limit, now))
                return 0;

        limit->suppressed = 0;
        return n;
}
