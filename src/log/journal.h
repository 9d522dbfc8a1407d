/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Entries for the journal, in its native protocol: a datagram of lines NAME=value to journald's socket. Not
 * sd_journal_sendv(), which waits for a journald that hangs as long as that hangs: the watchdog would then
 * kill a daemon that has no other fault.
 */

#include <stddef.h>

/*
 * Send one entry of `size` bytes: complete lines, whose values have no newline. A queue that is full may
 * hold us up for a tenth of a second, once, until it takes entries again. Returns 0, or a negative errno
 * value: the entry is lost.
 */
int journal_send(const char *fields, size_t size);
