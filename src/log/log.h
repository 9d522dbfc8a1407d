/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The daemon's log: one call that reaches the journal (notice and above, with fields) and the log file
 * (everything up to the trace level). control.md section 5, Journal and Trace. Where standard error is not
 * the journal's, for a daemon run by hand, it takes the journal's place. One sink a line and place: while
 * there is no file, info and debug up to the level go to the journal too; with one they go to the file only,
 * notice and above to both.
 *
 * Process-wide state, for a program without threads. Levels are syslog's priorities: LOG_ERR, LOG_WARNING,
 * LOG_NOTICE, LOG_INFO (short trace, the default), LOG_DEBUG (long trace).
 */

#include <stdbool.h>
#include <stdint.h>
#include <syslog.h>

#include "log/logfile.h"
#include "log/message-id.h"
#include "util/macro.h"

/* Who is logging: the values of HAGS_SYSPAR=, HAGS_NODE= and HAGS_INCARNATION=, and of IDENT in the file. */
typedef struct LogIdentity {
        const char *ident;  /* "hagsd" */
        const char *syspar; /* NULL: not known yet; then the journal gets none of the three fields */
        unsigned node_number;
        uint64_t incarnation; /* 0: not known yet */
} LogIdentity;

/* May be called again when more is known (the incarnation). Strings are copied. */
void log_set_identity(const LogIdentity *identity);

/*
 * Write to a file from now on, instead of a former one. Returns as logfile_new(): LOGFILE_E_SUSPENDED is
 * said once in the journal by this module itself, as are later suspensions and resumptions.
 */
int log_open_file(const char *path, uint64_t max_lines);

/* The writer behind it, for the status answer; NULL before log_open_file(). */
const LogFile *log_file(void);

/*
 * Up to which priority lines are kept: in the file, and in the journal as far as that gets them. Where it is
 * above LOG_NOTICE, the journal loses what it leaves out.
 */
void log_set_level(int priority);
int log_get_level(void);

/* Is the journal to get all that the file gets, or notice and above? The file loses nothing by it. */
void log_set_journal_detail(bool all);
bool log_get_journal_detail(void);

/*
 * Once a loop turn: write what was logged in it. Returns true while suspended: call log_retry() in a second.
 */
bool log_flush(void);
/* Look again; what is to be said of it goes to the journal. Returns as log_flush(). */
bool log_retry(void);

/* Flush and close the file; later lines go to the journal only. */
void log_close(void);

/*
 * Log one line. `message_id`: one of message-id.h, whose label then begins the text, or NULL. The line is
 * formatted only if some sink takes it. errno is left alone, and %m works.
 */
void log_line(int priority, const MessageId *message_id, const char *file, int line, const char *function,
                const char *format, ...) _printf_(6, 7);

/* The same about a group, which the journal gets as HAGS_GROUP=. */
void log_group_line(int priority, const char *group, const char *file, int line, const char *function,
                const char *format, ...) _printf_(6, 7);

#define log_full(priority, id, ...) log_line((priority), (id), __FILE__, __LINE__, __func__, __VA_ARGS__)
#define log_group(priority, group, ...) \
        log_group_line((priority), (group), __FILE__, __LINE__, __func__, __VA_ARGS__)
#define log_error(...) log_full(LOG_ERR, NULL, __VA_ARGS__)
#define log_warning(...) log_full(LOG_WARNING, NULL, __VA_ARGS__)
#define log_notice(...) log_full(LOG_NOTICE, NULL, __VA_ARGS__)
#define log_info(...) log_full(LOG_INFO, NULL, __VA_ARGS__)
#define log_debug(...) log_full(LOG_DEBUG, NULL, __VA_ARGS__)
/* What an administrator acts on: log_event(LOG_ERR, GS_STARTERR_ER, "...") */
#define log_event(priority, label, ...) log_full((priority), &MESSAGE_##label, __VA_ARGS__)
