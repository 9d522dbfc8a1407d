/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The log file writer: lines in, a file of at most so many lines and one `.bak` of it out (control.md
 * section 5). A module of its own, usable without the daemon; it never logs, it reports.
 *
 * Guarantees: no line is lost, split or written twice, whatever system call fails or is the last one before
 * the process is killed. One write() a flush (two around a rotation). Before line limit + 1 the file is
 * renamed to NAME.bak, replacing a former one, and a new one begun. A file that somebody else moved, removed
 * or truncated is noticed (one lstat() a flush) and opened anew. When the file cannot be written (disk full,
 * directory gone) the writer is suspended: lines are counted, not kept; each logfile_retry() looks again,
 * and on success the first line written tells how many are missing.
 *
 * Lifetime: logfile_new() ... logfile_free(). Not thread-safe. Does not block but for the file system
 * itself.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "log/logline.h"
#include "util/macro.h"

typedef struct LogFile LogFile;

enum {
        _LOGFILE_E_SUCCESS,

        LOGFILE_E_SUSPENDED, /* a suspension began; errno value in logfile_error() */
        LOGFILE_E_RESUMED,   /* this call ended one; logfile_missing() says how many lines are gone */
};

/*
 * A writer for `path`, whose directory may be missing. `max_lines`: the limit, at least 1. `ident`: who
 * speaks in the line that counts missing ones. Opens the file: a new one gets mode 0640 whatever the umask,
 * and the group of its directory if we may give it; an existing one is continued (its lines are counted, a
 * torn last line is cut off; if it has the limit or more of them, it is rotated before the next). A symbolic
 * link (-ELOOP) or anything else that is no regular file (-EBADFD, -EISDIR) is never written to. Returns 0,
 * or LOGFILE_E_SUSPENDED if the file cannot be written yet (the writer is made all the same), or -ENOMEM.
 */
int logfile_new(const char *path, uint64_t max_lines, const char *ident, LogFile **ret);
LogFile *logfile_free(LogFile *f); /* flushes; NULL is fine; returns NULL */

/*
 * Take one line (`text` of `length` bytes without a newline, as logline_format() makes it; at most
 * LOG_LINE_MAX - 1, cut beyond). It is written at the next flush at the latest: before that only if the
 * queue of fixed size is full. Never fails.
 */
void logfile_append(LogFile *f, const char *text, size_t length);

/*
 * Write what was taken. 0, or LOGFILE_E_SUSPENDED, once a suspension, if this flush or an append since the
 * last began it.
 */
int logfile_flush(LogFile *f);

/* While suspended: look again. LOGFILE_E_RESUMED, or 0 if it stays suspended (or was not). */
int logfile_retry(LogFile *f);

bool logfile_suspended(const LogFile *f);
int logfile_error(const LogFile *f);        /* the negative errno value that began the last suspension */
uint64_t logfile_missing(const LogFile *f); /* lines lost since logfile_new() */
const char *logfile_path(const LogFile *f);

DEFINE_CLEANUP(LogFile *, logfile_free)
