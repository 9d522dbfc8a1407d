/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The three standard streams of a command. */

/*
 * To be called first in main(). Where a standard stream is closed, the next file opened would take its
 * number, and be given our words: /dev/null takes it instead.
 */
void streams_open(void);
