/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * How much goes into the log file (control.md section 5, Trace): short tracing always, long after hagsctrl
 * -t. It is set by the environment variable HAGS_TRACE at the start, and switched by systemd's signals for
 * it, or over the bus (logcontrol.h), where it is a log level: debug is long, info is short, and what is
 * less than short is for who asks for it by name.
 */

#include <signal.h>

#include "wire/status.h"

#define TRACE_SIGNAL_LONG (SIGRTMIN + 22)
#define TRACE_SIGNAL_SHORT (SIGRTMIN + 23)

/* As HAGS_TRACE=long or short says; short without it. Another value is warned about. */
void trace_set_from_environment(void);

/* Switch; `why` is logged with it. */
void trace_set(TraceLevel level, const char *why);

TraceLevel trace_get(void);

/* The same, as syslog(3) and systemd call levels: "emerg" to "debug". -EINVAL: there is no such level. */
int trace_set_log_level(const char *name, const char *why);
const char *trace_get_log_level(void);
