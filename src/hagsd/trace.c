/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Trace levels: see trace.h. */

#include "hagsd/trace.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "log/log.h"

static const int priorities[_TRACE_LEVEL_MAX] = {
        [TRACE_SHORT] = LOG_INFO,
        [TRACE_LONG] = LOG_DEBUG,
        [TRACE_EMERG] = LOG_EMERG,
        [TRACE_ALERT] = LOG_ALERT,
        [TRACE_CRIT] = LOG_CRIT,
        [TRACE_ERR] = LOG_ERR,
        [TRACE_WARNING] = LOG_WARNING,
        [TRACE_NOTICE] = LOG_NOTICE,
};

/* By priority. */
static const char *const log_levels[] = { "emerg", "alert", "crit", "err", "warning", "notice", "info",
        "debug" };

void trace_set_from_environment(void) {
        const char *text = secure_getenv("HAGS_TRACE");
        TraceLevel level = TRACE_SHORT;

        if (text && strcmp(text, trace_level_to_string(TRACE_LONG)) == 0)
                level = TRACE_LONG;
        else if (text && strcmp(text, trace_level_to_string(TRACE_SHORT)) != 0)
                log_warning("HAGS_TRACE='%s' is neither long nor short, ignoring", text);

        log_set_level(priorities[level]);
}

/* Who lowers the level finds that in the log, too. */
void trace_set(TraceLevel level, const char *why) {
        int before = log_get_level(), after = priorities[level];

        log_set_level(before > after ? before : after);
        log_notice("Tracing is %s now (%s)", trace_level_to_string(level), why);
        log_set_level(after);
}

TraceLevel trace_get(void) {
        TraceLevel level = TRACE_SHORT;

        while (level < _TRACE_LEVEL_MAX - 1 && priorities[level] != log_get_level())
                level++;
        return level;
}

int trace_set_log_level(const char *name, const char *why) {
        for (TraceLevel level = 0; level < _TRACE_LEVEL_MAX; level++)
                if (strcmp(log_levels[priorities[level]], name) == 0) {
                        trace_set(level, why);
                        return 0;
                }
        return -EINVAL;
}

const char *trace_get_log_level(void) {
        return log_levels[log_get_level()];
}
