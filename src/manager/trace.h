/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Tracing is switched in two places: a drop-in for all later starts, and the running daemon at once. Who
 * changes the drop-in holds the lock, and reloads systemd behind it (lock.h).
 */

#include "manager/manager.h"

/* Write or remove the drop-in; that systemd must be reloaded is remembered before. */
int trace_record(const char *syspar, bool on, char **reterr);

/*
 * Tell the running daemon, once no job of its unit is in the queue any more. One that does not run is fine:
 * the drop-in decides at its next start.
 */
int trace_tell(Manager *m, const char *syspar, bool on, char **reterr);
