/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A script as a child process: its world, its start, its end. */

#include <stdint.h>

#include "deactivate/client.h"
#include "wire/deactivate.h"

/*
 * Run the script of `request` as `client`, with its uid, gid and supplementary groups, no capabilities and
 * no way to gain any, in a session of its own, with / as working directory, /dev/null for input, output and
 * errors, no other descriptor but 3, the script itself, and no environment but PATH. Wait until it ends,
 * but no longer than until `deadline` (CLOCK_MONOTONIC, microseconds): it is then left to whoever ends the
 * caller's control group.
 *
 * Returns 0 with *ret how it ended. Where it could not be started, the negative errno value with a sentence
 * in *reterr.
 */
int run_script(const DeactivateRequest *request, const Client *client, uint64_t deadline,
                DeactivateAnswer *ret, char **reterr);
