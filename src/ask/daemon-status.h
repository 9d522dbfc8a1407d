/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The status question, asked of a running hagsd of this host. */

#include <stdint.h>

#include "wire/status.h"

enum {
        _DAEMON_STATUS_E_SUCCESS,

        DAEMON_STATUS_E_DOWN, /* nobody listens: hagsd of this partition does not run (or not yet) */
};

/*
 * Ask hagsd of a partition, waiting for at most `timeout_usec`. Returns 0 with the answer,
 * DAEMON_STATUS_E_DOWN, or a negative errno value with a sentence: refused, no answer in time, not
 * understood, or somebody else listening there.
 */
int daemon_status_ask(const char *syspar, uint64_t timeout_usec, Status *ret, char **reterr);
