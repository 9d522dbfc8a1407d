/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The log file writer: lines in, a file of at most so many lines and one `.bak` of it out (control.md section 5).
 * A module of its own, usable without the daemon; it never logs, it reports.
 *
 * Guarantees: no line is lost, split or written twice, whatever system call fails or is the last one before the
 * process is killed. One writev() a flush (two around a rotation). Before line limit + 1 the file is renamed to
 * NAME.bak, replacing a former one, and a new one begun. A file that somebody else moved or removed is noticed (one
 * stat() a flush at most) and opened anew. When the file cannot be written (disk full, directory gone) the writer is
 * suspended: lines are counted, not kept; each logfile_retry() looks again, and on success the first line written
 * tells how many are missing.
 *
 * Lifetime: logfile_new() ... logfile_free(). Not thread-safe. Does not block but for the file system itself.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "util/macro.h"

#define LOG_LINE_MAX 2048 /* bytes of a line, its newline counted */

typedef struct LogFile LogFile;

enum {
        _LOGFILE_E_SUCCESS,

        LOGFILE_E_SUSPENDED, /* this call began a suspension; errno value in logfile_error() */
        LOGFILE_E_RESUMED,   /* this call ended one; logfile_missing() says how many lines are gone */
};

/*
 * A writer for `path`, whose directory may be missing. `max_lines`: the limit, at least 1. Opens the file; an
 * existing one is continued (its lines are counted, a torn last line is cut off). Returns 0, or
 * LOGFILE_E_SUSPENDED if it cannot be written yet (the writer is made all the same), or -ENOMEM.
 */
int logfile_new(const char *path, uint64_t max_lines, LogFile **ret);
LogFile *logfile_free(LogFile *f); /* flushes; NULL is fine; returns NULL */

/*
 * Take one line (`text` of `length` bytes without a newline, already formatted by logline_format() or the like; at most
 * LOG_LINE_MAX - 1, cut beyond). It is written at the next flush. Never fails: a line that finds no memory counts as
 * missing.
 */
void logfile_append(LogFile *f, const char *text, size_t length);

/* Write what was taken. 0, LOGFILE_E_SUSPENDED or LOGFILE_E_RESUMED (the latter two once a transition). */
int logfile_flush(LogFile *f);

/* While suspended: look again. Values as logfile_flush(); 0 also while it stays suspended. */
int logfile_retry(LogFile *f);

bool logfile_suspended(const LogFile *f);
int logfile_error(const LogFile *f);        /* the negative errno value that began the last suspension */
uint64_t logfile_missing(const LogFile *f); /* lines lost since logfile_new() */
const char *logfile_path(const LogFile *f);

DEFINE_CLEANUP(LogFile *, logfile_free)

/*
 * Format one line: `2026-11-22T17:23:26.123456+00:00 IDENT[PID] LEVEL text`, local time with its offset, LEVEL one of
 * error, warning, notice, info, debug from a syslog priority. Control characters in the text (newlines and DEL too)
 * become \n, \t, or \xNN; a backslash becomes \\. The result is cut so that it and a newline fit into LOG_LINE_MAX.
 * Returns its length.
 */
size_t logline_format(char buffer[static LOG_LINE_MAX], const struct timespec *when, const char *ident, pid_t pid,
                      int priority, const char *text);
