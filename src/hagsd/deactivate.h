/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Deactivate scripts, from the daemon's side (stream.md section 7): hags-deactivate runs them, one
 * connection each, and this module waits for its answer in the loop. A daemon has DEACTIVATE_RUNS_MAX of
 * them at once; others wait for their turn, and the time that they wait counts.
 *
 * The daemon gives a script up DEACTIVATE_GRACE seconds after its limit. The helper ends it at its limit;
 * what has been handed over to the helper goes on to its end or limit, also when the run is freed or the
 * daemon ends.
 */

#include <stdbool.h>
#include <systemd/sd-event.h>

#include "util/macro.h"
#include "wire/deactivate.h"

#define DEACTIVATE_RUNS_MAX 32 /* half of MaxConnections= of hags-deactivate.socket */
#define DEACTIVATE_GRACE 5     /* seconds */

typedef struct DeactivateRun DeactivateRun;

/*
 * How it ended, for EVENT_SCRIPT_RESULT. `status`: 0, successful; above 0, as a shell tells it: the exit
 * status, or 128 and the signal; below 0, the negative errno value why it was not run, or its end not heard
 * of. `by_limit`: it has not ended within its limit, status is -ETIMEDOUT. What was unsuccessful has been
 * logged already.
 *
 * Called from the loop, never from deactivate_run(), and once; may free the run.
 */
typedef void (*DeactivateHandler)(void *userdata, int status, bool by_limit);

/*
 * Have the script of `request` run for the client whose accepted connection is `client_fd`; both are copied.
 * The connection need not be alive, as for a client that has failed. That the helper cannot be reached is
 * no error here: the handler hears of it.
 *
 * Returns 0 and the run, which the caller frees, before or after its end; or -ENOMEM, -EMFILE or -EBADF: the
 * connection cannot be copied, or an error of sd-event. `event` must outlive the run.
 */
int deactivate_run(sd_event *event, const DeactivateRequest *request, int client_fd,
                DeactivateHandler handler, void *userdata, DeactivateRun **ret);

/* Forget the run; the handler is not called (any more). NULL is fine; returns NULL. */
DeactivateRun *deactivate_run_free(DeactivateRun *run);

DEFINE_CLEANUP(DeactivateRun *, deactivate_run_free)
