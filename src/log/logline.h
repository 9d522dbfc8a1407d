/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * One line of the log file: its head and its text, which is made fit to be one line of printable UTF-8,
 * whatever a client may have put into it (control.md section 5).
 */

#include <stddef.h>
#include <sys/types.h>
#include <time.h>

#define LOG_LINE_MAX 2048 /* bytes of a line, its newline counted */

/*
 * Format one line: `2026-11-22T17:23:26.123456+00:00 IDENT[PID] LEVEL text`, local time with its offset,
 * LEVEL one of error, warning, notice, info, debug from a syslog priority. Text and ident as
 * logline_escape() makes them. The result is terminated, and cut so that it and a newline fit into
 * LOG_LINE_MAX. Returns its length.
 */
size_t logline_format(char buffer[static LOG_LINE_MAX], const struct timespec *when, const char *ident,
                pid_t pid, int priority, const char *text);

/*
 * Copy `text` into `buffer` of `size` bytes (at least 1), with all control characters (newline, DEL and
 * those of C1 among them) and all bytes that are no UTF-8 written as \n, \t or \xNN, and a backslash as \\.
 * Terminated, and cut at the end of a character or escape where it does not fit. Returns its length.
 */
size_t logline_escape(char *buffer, size_t size, const char *text);
