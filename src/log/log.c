/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which line goes where: see log.h. */

#include "log/log.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "log/journal.h"
#include "util/syspar-name.h"

/* The one state of this process. */
static struct {
        char ident[32];
        char syspar[SYSPAR_NAME_MAX + 1];
        unsigned node_number;
        uint64_t incarnation;
        int level;
        bool journal_detail;

        LogFile *file;
        pid_t pid;            /* for lines of the file, which are many */
        uint64_t undelivered; /* entries that the journal did not take, not told yet */
} state = { .ident = "hags", .level = LOG_INFO };

/* Where in the program a line was written, and about which group, or NULL. */
typedef struct Origin {
        const char *file;
        int line;
        const char *function;
        const char *group;
} Origin;

#define ORIGIN_HERE                                \
        &(Origin) {                                \
                __FILE__, __LINE__, __func__, NULL \
        }

void log_set_identity(const LogIdentity *identity) {
        (void) snprintf(state.ident, sizeof(state.ident), "%s", identity->ident);
        (void) snprintf(state.syspar, sizeof(state.syspar), "%s", identity->syspar ? identity->syspar : "");
        state.node_number = identity->node_number;
        state.incarnation = identity->incarnation;
}

void log_set_level(int priority) {
        state.level = priority;
}

int log_get_level(void) {
        return state.level;
}

void log_set_journal_detail(bool all) {
        state.journal_detail = all;
}

bool log_get_journal_detail(void) {
        return state.journal_detail;
}

/* ---- the journal, or standard error in its place ---- */

/* systemd tells a service which device and inode its standard error has if it leads to the journal. */
static bool under_journal(void) {
        const char *stream = getenv("JOURNAL_STREAM");
        char mine[2 * 20 + 2];
        struct stat st;

        if (!stream || fstat(STDERR_FILENO, &st) < 0)
                return false;

        (void) snprintf(mine, sizeof(mine), "%ju:%ju", (uintmax_t) st.st_dev, (uintmax_t) st.st_ino);
        return strcmp(stream, mine) == 0;
}

/* The fields of one journal entry, a line each. */
typedef struct Fields {
        char text[LOG_LINE_MAX + 1024];
        size_t used;
} Fields;

/* What does not fit is left out: only a path of the compiler's could be that long. */
static void _printf_(2, 3) fields_add(Fields *fields, const char *format, ...) {
        size_t room = sizeof(fields->text) - fields->used;
        char *field = fields->text + fields->used;
        va_list ap;
        int n;

        va_start(ap, format);
        n = vsnprintf(field, room, format, ap);
        va_end(ap);

        if (n < 0 || (size_t) n >= room)
                return;
        field[n] = '\n';
        fields->used += (size_t) n + 1;
}

static int send_to_journal(
                int priority, const MessageId *message_id, const Origin *origin, const char *text) {
        Fields fields = { .used = 0 };

        fields_add(&fields, "MESSAGE=%s", text);
        fields_add(&fields, "PRIORITY=%d", priority);
        fields_add(&fields, "SYSLOG_IDENTIFIER=%s", state.ident);
        fields_add(&fields, "CODE_FILE=%s", origin->file);
        fields_add(&fields, "CODE_LINE=%d", origin->line);
        fields_add(&fields, "CODE_FUNC=%s", origin->function);
        if (message_id)
                fields_add(&fields, "MESSAGE_ID=%s", message_id->id);
        if (*state.syspar) {
                fields_add(&fields, "HAGS_SYSPAR=%s", state.syspar);
                fields_add(&fields, "HAGS_NODE=%u", state.node_number);
        }
        if (*state.syspar && state.incarnation > 0)
                fields_add(&fields, "HAGS_INCARNATION=%" PRIu64, state.incarnation);

        if (origin->group) {
                char group[LOG_LINE_MAX];

                /* Some client chose it. */
                (void) logline_escape(group, sizeof(group), origin->group);
                fields_add(&fields, "HAGS_GROUP=%s", group);
        }

        return journal_send(fields.text, fields.used);
}

static void tell_undelivered(void) {
        char text[LOG_LINE_MAX];

        (void) snprintf(text, sizeof(text), "%" PRIu64 " %s missing here: the journal did not take %s",
                        state.undelivered, state.undelivered == 1 ? "entry is" : "entries are",
                        state.undelivered == 1 ? "it" : "them");
        if (send_to_journal(LOG_WARNING, NULL, ORIGIN_HERE, text) >= 0)
                state.undelivered = 0;
}

/* What the journal did not take is told in front of the first entry that it takes again. */
static void deliver(int priority, const MessageId *message_id, const Origin *origin, const char *text) {
        if (state.undelivered > 0)
                tell_undelivered();
        if (state.undelivered > 0 || send_to_journal(priority, message_id, origin, text) < 0)
                state.undelivered++;
}

/*
 * Escaped as in the file: journalctl hides a message with control characters, and clients can choose some
 * words.
 */
static void to_journal(int priority, const MessageId *message_id, const Origin *origin, const char *text) {
        char escaped[LOG_LINE_MAX];

        (void) logline_escape(escaped, sizeof(escaped), text);
        if (under_journal())
                deliver(priority, message_id, origin, escaped);
        else
                (void) fprintf(stderr, "%s: %s\n", state.ident, escaped);
}

/* ---- the file ---- */

static void to_file(int priority, const char *text) {
        char line[LOG_LINE_MAX];
        struct timespec now;
        size_t length;

        (void) clock_gettime(CLOCK_REALTIME, &now);
        length = logline_format(line, &now, state.ident, state.pid, priority, text);
        logfile_append(state.file, line, length);
}

/* What is in the way of writing, and what would mend it. */
static const char *advice(int error) {
        switch (-error) {
        case ENOSPC:
        case EDQUOT:
                return "make room on its file system";
        case ENOENT:
        case ENOTDIR:
                return "make its directory again, and restart the unit if that does not help";
        case EACCES:
        case EPERM:
                return "let the daemon's user write there";
        case EROFS: /* so is to the unit what its registration does not name */
                return "remount its file system, or run 'hagsctrl -a' if Directory= is new";
        case ELOOP:
        case EISDIR:
        case EBADFD:
                return "take away what is in its place, which is no regular file";
        default:
                return "look after its file system";
        }
}

/* Not to the file, and not counted as missing from it. */
static void tell_suspended(void) {
        int error = logfile_error(state.file);
        char text[LOG_LINE_MAX];

        (void) snprintf(text, sizeof(text),
                        "%s: cannot write the log file %s: %s; %s. Until then lines are counted, not kept",
                        MESSAGE_GS_ERROR_ER.label, logfile_path(state.file), strerror(-error),
                        advice(error));
        to_journal(LOG_ERR, &MESSAGE_GS_ERROR_ER, ORIGIN_HERE, text);
}

static void tell_resumed(void) {
        char text[LOG_LINE_MAX];

        (void) snprintf(text, sizeof(text),
                        "The log file %s is written again; lines missing since the start: %" PRIu64,
                        logfile_path(state.file), logfile_missing(state.file));
        to_journal(LOG_NOTICE, NULL, ORIGIN_HERE, text);
}

int log_open_file(const char *path, uint64_t max_lines) {
        _cleanup_(logfile_freep) LogFile *file = NULL;
        int r;

        r = logfile_new(path, max_lines, state.ident, &file);
        if (r < 0)
                return r;

        log_close();
        state.file = TAKE_PTR(file);
        state.pid = getpid();
        if (r == LOGFILE_E_SUSPENDED)
                tell_suspended();
        return r;
}

const LogFile *log_file(void) {
        return state.file;
}

bool log_flush(void) {
        if (!state.file)
                return false;

        if (logfile_flush(state.file) == LOGFILE_E_SUSPENDED)
                tell_suspended();
        return logfile_suspended(state.file);
}

bool log_retry(void) {
        if (!state.file)
                return false;

        if (logfile_retry(state.file) == LOGFILE_E_RESUMED)
                tell_resumed();
        return logfile_suspended(state.file);
}

void log_close(void) {
        (void) log_flush();
        state.file = logfile_free(state.file);
}

/* ---- one line ---- */

static void _printf_(4, 0) put(int priority, const MessageId *message_id, const Origin *origin,
                const char *format, va_list ap) {
        bool wanted = priority <= state.level, for_file = wanted && state.file;
        bool for_journal = wanted && (priority <= LOG_NOTICE || !state.file || state.journal_detail);
        char text[LOG_LINE_MAX];
        int saved = errno;
        size_t n = 0;

        if (!for_file && !for_journal)
                return;

        if (message_id)
                n = (size_t) (stpcpy(stpcpy(text, message_id->label), ": ") - text);
        (void) vsnprintf(text + n, sizeof(text) - n, format, ap);

        if (for_file)
                to_file(priority, text);
        if (for_journal)
                to_journal(priority, message_id, origin, text);
        errno = saved;
}

void log_line(int priority, const MessageId *message_id, const char *file, int line, const char *function,
                const char *format, ...) {
        va_list ap;

        va_start(ap, format);
        put(priority, message_id, &(Origin){ file, line, function, NULL }, format, ap);
        va_end(ap);
}

void log_group_line(int priority, const char *group, const char *file, int line, const char *function,
                const char *format, ...) {
        va_list ap;

        va_start(ap, format);
        put(priority, NULL, &(Origin){ file, line, function, group }, format, ap);
        va_end(ap);
}
