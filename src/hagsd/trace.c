/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Trace levels: see trace.h. */

#include "hagsd/trace.h"

#include <stdlib.h>
#include <string.h>

#include "log/log.h"

static const int priorities[_TRACE_LEVEL_MAX] = {
        [TRACE_SHORT] = LOG_INFO,
        [TRACE_LONG] = LOG_DEBUG,
};

void trace_set_from_environment(void) {
        const char *text = secure_getenv("HAGS_TRACE");
        TraceLevel level = TRACE_SHORT;

        if (text && strcmp(text, trace_level_to_string(TRACE_LONG)) == 0)
                level = TRACE_LONG;
        else if (text && strcmp(text, trace_level_to_string(TRACE_SHORT)) != 0)
                log_warning("HAGS_TRACE='%s' is neither long nor short, ignoring", text);

        log_set_level(priorities[level]);
}

void trace_set(TraceLevel level, const char *why) {
        log_set_level(priorities[level]);
        log_notice("Tracing is %s now (%s)", trace_level_to_string(level), why);
}

TraceLevel trace_get(void) {
        return log_get_level() >= LOG_DEBUG ? TRACE_LONG : TRACE_SHORT;
}
