/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Commands of a user that are run by sh(1) when something happens. */

#include <signal.h>
#include <sys/types.h>

#include "util/strings.h"

/* Append "NAME=value" to a list for shell_start(); NULL is an empty value. 0 or -ENOMEM. */
int shell_set(char ***environment, const char *name, const char *value);
/* The same for bytes; those with a NUL among them, which no variable can have, are an empty value. */
int shell_set_bytes(char ***environment, const char *name, const void *data, size_t size);

/*
 * Start a command with these variables besides our own; nothing on its standard input. It is told to end
 * when this process does. `mask`: the signals that it blocks. Its PID, or a negative errno value.
 */
pid_t shell_start(const char *command, char *const *environment, const sigset_t *mask);

/*
 * ---- a queue of them: one after the other ----
 */

#define SHELL_QUEUE_MAX 65536

/* Append. The list is taken over in any case. 0, -ENOBUFS: too many wait already; -ENOMEM. */
int shell_queue(const char *command, char **environment);

/* Start the next one if none runs. 0 or a negative errno value. */
int shell_queue_run(const sigset_t *mask);

/* A child has ended; true: it was of this queue. */
bool shell_queue_reaped(pid_t pid);

bool shell_queue_is_empty(void);
