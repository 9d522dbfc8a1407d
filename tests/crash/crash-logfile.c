/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The log writer killed before every one of its system calls. For each scenario and each N: a child writes
 * numbered lines and is killed with SIGKILL before its N-th system call; then another one goes on with the
 * same file. No line that was reported as flushed may be lost, none may be there twice, torn or out of
 * order, and both files stay within the limit. Each kill is also tried with the last, unreported write torn
 * in the middle.
 *
 * What was reported is noted in memory that child and parent share, which costs the child no system call.
 */

#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "log/logfile.h"
#include "util/fs.h"

#define LIMIT 5
#define LINES_MAX 1000

typedef struct Shared {
        unsigned next;               /* the next line to write */
        bool flushed[LINES_MAX + 1]; /* reported as written */
} Shared;

typedef struct Test {
        char directory[256];
        char path[300], backup[320], moved[320];
        Shared *shared;
        char failure[512];
} Test;

/* ---- lines ---- */

static size_t line_make(unsigned n, char line[static LOG_LINE_MAX]) {
        return (size_t) sprintf(line, "%u %.*s", n, (int) (n * 7 % 60),
                                "the quick brown fox jumps over the lazy dog and the lazy dog");
}

static void put(Test *t, LogFile *f, unsigned count) {
        char line[LOG_LINE_MAX];

        for (; count > 0; count--, t->shared->next++)
                logfile_append(f, line, line_make(t->shared->next, line));
}

/* Flush, and note which lines must be there from now on. */
static void flush(Test *t, LogFile *f, unsigned first) {
        (void) logfile_flush(f);
        if (!logfile_suspended(f))
                memset(t->shared->flushed + first, true, t->shared->next - first);
}

static void put_and_flush(Test *t, LogFile *f, unsigned count) {
        unsigned first = t->shared->next;

        put(t, f, count);
        flush(t, f, first);
}

/* ---- scenarios: what a child does ---- */

static void write_over_rotations(Test *t, LogFile *f) {
        for (unsigned i = 0; i < 12; i++)
                put_and_flush(t, f, 1 + i % 4);
        put_and_flush(t, f, 3 * LIMIT);
}

/* As a full disk does it: part of a flush is written, then EFBIG. */
static void write_beyond_a_full_disk(Test *t, LogFile *f) {
        struct rlimit limit, full;

        (void) signal(SIGXFSZ, SIG_IGN);
        (void) getrlimit(RLIMIT_FSIZE, &limit);
        full = limit;

        put_and_flush(t, f, 3);
        full.rlim_cur = 100;
        (void) setrlimit(RLIMIT_FSIZE, &full);
        put_and_flush(t, f, 7);
        put_and_flush(t, f, 2);
        (void) logfile_retry(f);
        (void) setrlimit(RLIMIT_FSIZE, &limit);
        (void) logfile_retry(f);
        put_and_flush(t, f, 4);
}

static void write_while_others_move_the_file(Test *t, LogFile *f) {
        put_and_flush(t, f, 4);
        (void) rename(t->path, t->moved);
        put_and_flush(t, f, 1);
        put_and_flush(t, f, 3);
}

static void write_while_the_directory_is_away(Test *t, LogFile *f) {
        char away[300];

        (void) snprintf(away, sizeof(away), "%s.away", t->directory);
        put_and_flush(t, f, 4);
        (void) rename(t->directory, away);
        put_and_flush(t, f, 2);
        (void) logfile_retry(f);
        (void) rename(away, t->directory);
        (void) logfile_retry(f);
        put_and_flush(t, f, 2);
}

static void write_a_little(Test *t, LogFile *f) {
        put_and_flush(t, f, 1);
        put_and_flush(t, f, 1);
}

/* ---- scenarios: what there is before ---- */

static bool write_before(Test *t, unsigned n_lines, const char *torn) {
        _cleanup_(fclosep) FILE *file = fopen(t->path, "we");
        char line[LOG_LINE_MAX];

        if (!file)
                return false;
        for (; n_lines > 0; n_lines--, t->shared->next++) {
                (void) line_make(t->shared->next, line);
                t->shared->flushed[t->shared->next] = true;
                if (fprintf(file, "%s\n", line) < 0)
                        return false;
        }
        return fputs(torn, file) >= 0;
}

static bool prepare_nothing(Test *t _unused_) {
        return true;
}

static bool prepare_torn_file(Test *t) {
        return write_before(t, LIMIT - 1, "5 the qui");
}

static bool prepare_full_and_torn_file(Test *t) {
        return write_before(t, LIMIT, "6 the qu");
}

typedef struct Scenario {
        const char *name;
        bool (*prepare)(Test *t);
        void (*write)(Test *t, LogFile *f);
} Scenario;

static const Scenario scenarios[] = {
        { "rotation after rotation", prepare_nothing, write_over_rotations },
        { "a full disk that is freed", prepare_nothing, write_beyond_a_full_disk },
        { "a file moved by somebody else", prepare_nothing, write_while_others_move_the_file },
        { "a directory that goes away and comes back", prepare_nothing, write_while_the_directory_is_away },
        { "a file whose last line is torn", prepare_torn_file, write_a_little },
        { "a full file with a torn line behind", prepare_full_and_torn_file, write_a_little },
};

/* ---- the tracer ---- */

static _Noreturn void drive(Test *t, void (*write_lines)(Test *t, LogFile *f), bool traced) {
        LogFile *f;

        if (traced && (ptrace(PTRACE_TRACEME, 0, 0, 0) < 0 || raise(SIGSTOP) != 0))
                _exit(EXIT_FAILURE);
        if (logfile_new(t->path, LIMIT, "crash", &f) < 0)
                _exit(EXIT_FAILURE);
        write_lines(t, f);
        (void) logfile_free(f);
        _exit(EXIT_SUCCESS);
}

/* Let the child run, and kill it before its n-th system call. Returns whether it got that far, or -errno. */
static int trace(pid_t pid, unsigned n) {
        bool entering = true;
        int status;

        if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
                return -ECHILD;
        if (ptrace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL) < 0)
                return -errno;

        for (;;) {
                if (ptrace(PTRACE_SYSCALL, pid, 0, 0) < 0 || waitpid(pid, &status, 0) != pid)
                        return -errno;
                if (!WIFSTOPPED(status))
                        return WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS ? 0 : -ECHILD;
                if (WSTOPSIG(status) != (SIGTRAP | 0x80))
                        continue;

                if (entering && --n == 0) {
                        (void) kill(pid, SIGKILL);
                        return waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) ? 1 : -ECHILD;
                }
                entering = !entering;
        }
}

static int run_killed(Test *t, const Scenario *s, unsigned n) {
        pid_t pid = fork();

        if (pid == 0)
                drive(t, s->write, true);
        return pid < 0 ? -errno : trace(pid, n);
}

static int run_undisturbed(Test *t) {
        int status;
        pid_t pid;

        pid = fork();
        if (pid == 0)
                drive(t, write_a_little, false);
        if (pid < 0 || waitpid(pid, &status, 0) != pid)
                return -errno;
        return WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS ? 0 : -ECHILD;
}

/* ---- the verdict ---- */

static bool _printf_(2, 3) fail(Test *t, const char *format, ...) {
        va_list ap;

        va_start(ap, format);
        (void) vsnprintf(t->failure, sizeof(t->failure), format, ap);
        va_end(ap);
        return false;
}

typedef struct Seen {
        unsigned n_lines;
        unsigned first;
        unsigned last;    /* line number */
        unsigned counted; /* by lines that tell of missing ones, since the last number */
} Seen;

/* From the last number to this one, all must be accounted for; those before the first were rotated away. */
static bool check_number(Test *t, Seen *seen, unsigned n) {
        if (n <= seen->last)
                return fail(t, "line %u comes after line %u", n, seen->last);
        if (seen->last > 0 && seen->counted > n - seen->last - 1)
                return fail(t, "%u lines are said to miss before line %u, but do not", seen->counted, n);
        for (unsigned i = seen->last + 1; seen->last > 0 && i < n; i++)
                if (t->shared->flushed[i])
                        return fail(t, "line %u was flushed and is lost", i);

        if (seen->first == 0)
                seen->first = n;
        seen->last = n;
        seen->counted = 0;
        return true;
}

static bool check_line(Test *t, Seen *seen, const char *line) {
        const char *gap = strstr(line, " missing here: ");
        char expected[LOG_LINE_MAX];
        unsigned n;

        if (gap && sscanf(strstr(line, "] warning "), "] warning %u", &n) == 1) {
                seen->counted += n;
                return true;
        }
        if (sscanf(line, "%u ", &n) != 1 || n == 0 || n >= t->shared->next)
                return fail(t, "there is a line \"%s\"", line);
        (void) line_make(n, expected);
        if (strcmp(line, expected) != 0)
                return fail(t, "line %u is torn: \"%s\"", n, line);
        return check_number(t, seen, n);
}

static bool check_file(Test *t, const char *path, Seen *seen) {
        bool good = true;
        Bytes b;
        int r;

        seen->n_lines = 0;
        r = file_read(path, 1 << 20, &b);
        if (r < 0)
                return r == -ENOENT || fail(t, "cannot read %s: %s", path, strerror(-r));

        for (char *line = b.data, *end; good && line < b.data + b.size; line = end + 1, seen->n_lines++) {
                end = strchr(line, '\n');
                if (!end) {
                        good = fail(t, "%s ends in half a line: \"%s\"", path, line);
                        break;
                }
                *end = 0;
                good = check_line(t, seen, line);
        }
        bytes_done(&b);
        return good && (seen->n_lines <= LIMIT || fail(t, "%s has %u lines", path, seen->n_lines));
}

static bool check(Test *t) {
        Seen seen = { 0 };

        if (!check_file(t, t->moved, &seen) || !check_file(t, t->backup, &seen))
                return false;
        if (seen.n_lines < LIMIT && seen.first > 1)
                return fail(t, "lines before %u are gone, but the .bak has %u", seen.first, seen.n_lines);

        return check_file(t, t->path, &seen) &&
               (seen.last == t->shared->next - 1 || fail(t, "the last line is %u", seen.last));
}

/* ---- one kill ---- */

static int remove_one(const char *path, const struct stat *st _unused_, int flag _unused_, struct FTW *ftw) {
        return ftw->level > 0 ? remove(path) : 0;
}

/* Tear what no flush has reported yet in the middle, as a write that was killed half-way does. */
static void tear(Test *t) {
        size_t keep = 0;
        Bytes b;

        if (file_read(t->path, 1 << 20, &b) < 0)
                return;
        for (char *line = b.data, *end; (end = strchr(line, '\n')); line = end + 1) {
                unsigned n;

                if (sscanf(line, "%u ", &n) == 1 && n < LINES_MAX && t->shared->flushed[n])
                        keep = (size_t) (end + 1 - b.data);
        }
        (void) !truncate(t->path, (off_t) (keep + (b.size - keep) / 2));
        bytes_done(&b);
}

/* The directory may be away when the child is killed; whoever took it brings it back. */
static void bring_back(Test *t) {
        char away[300];

        (void) snprintf(away, sizeof(away), "%s.away", t->directory);
        (void) rename(away, t->directory);
}

/* Returns whether there was an n-th system call to be killed before; -1 with t->failure. */
static int try_kill(Test *t, const Scenario *s, unsigned n, bool torn) {
        int killed, r;

        (void) nftw(t->directory, remove_one, 8, FTW_DEPTH | FTW_PHYS);
        *t->shared = (Shared){ .next = 1 };
        if (!s->prepare(t))
                return fail(t, "cannot prepare %s", t->path) - 1;

        killed = run_killed(t, s, n);
        if (killed < 0)
                return fail(t, "tracing failed: %s", strerror(-killed)) - 1;

        bring_back(t);
        if (torn && killed)
                tear(t);
        r = run_undisturbed(t);
        if (r < 0)
                return fail(t, "the next one failed: %s", strerror(-r)) - 1;
        return check(t) ? killed : -1;
}

static bool run(Test *t, unsigned number, const Scenario *s) {
        unsigned n = 0;
        int killed = 1;

        while (killed > 0) {
                n++;
                killed = try_kill(t, s, n, false);
                if (killed > 0)
                        killed = try_kill(t, s, n, true);
        }

        if (killed < 0)
                printf("not ok %u - %s: killed before system call %u: %s\n", number, s->name, n, t->failure);
        else
                printf("ok %u - %s: killed before each of %u system calls\n", number, s->name, n - 1);
        (void) fflush(stdout); /* before the next fork */
        return killed == 0;
}

int main(void) {
        const char *base = getenv("TMPDIR");
        bool good = true;
        Test t;

        (void) snprintf(t.directory, sizeof(t.directory), "%s/hags-crash-XXXXXX", base ? base : "/tmp");
        t.shared = mmap(NULL, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (t.shared == MAP_FAILED || !mkdtemp(t.directory)) {
                perror("crash-logfile");
                return EXIT_FAILURE;
        }
        (void) snprintf(t.path, sizeof(t.path), "%s/log", t.directory);
        (void) snprintf(t.backup, sizeof(t.backup), "%s/log.bak", t.directory);
        (void) snprintf(t.moved, sizeof(t.moved), "%s/log.moved", t.directory);

        for (unsigned i = 0; i < ELEMENTSOF(scenarios); i++)
                good = run(&t, i + 1, &scenarios[i]) && good;
        printf("1..%zu\n", ELEMENTSOF(scenarios));

        (void) nftw(t.directory, remove_one, 8, FTW_DEPTH | FTW_PHYS);
        (void) rmdir(t.directory);
        return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
