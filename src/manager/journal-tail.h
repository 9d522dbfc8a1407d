/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The last journal lines of one run of a unit, for somebody whose start just failed. */

#include <stdio.h>
#include <systemd/sd-id128.h>

/*
 * Print up to `max_lines` of what the processes of this invocation, and systemd about it, wrote, oldest
 * first, each with `indent` before it. Best effort: nothing is printed where the journal cannot be read or
 * says nothing within half a second (journald may be behind).
 */
void journal_print_tail(FILE *to, sd_id128_t invocation_id, unsigned max_lines, const char *indent);
