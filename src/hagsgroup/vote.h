/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* How join votes: as --vote says, itself or by the exit status of a command. */

#include "hagsgroup/follow.h"

/*
 * Vote in that phase, now or when the command has ended. A command that still runs for an earlier phase is
 * told to end: its vote was not awaited. 0 or a negative errno value.
 */
int vote(const Options *o, const char *group, const ha_gs_n_phase_notification_t *n);

/* The protocol has ended without us, or the connection: no vote is awaited any more. */
void vote_forget(void);

/* A child has ended: if it was the command, that is its vote. */
void vote_reaped(pid_t pid, int wait_status);
