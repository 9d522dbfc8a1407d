/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The log file writer. What it knows of the file (which inode, how long, how many lines) is compared with
 * the file itself before each write, and found out anew from its bytes when they differ. So nothing that
 * others do to the file, that a failed call left behind or that a killed process did not get to do needs a
 * case of its own: a wrong size, a torn last line, a file too many or too few, all are mended by
 * open_file(), or by the next one.
 */

#include "log/logfile.h"

#include <assert.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <time.h>

#define FILE_MODE 0640
#define QUEUE_SIZE ((size_t) 64 * 1024)
#define ROOM_TO_RESUME (16 * 1024)

struct LogFile {
        char *path;
        char *backup;
        char *ident;
        uint64_t max_lines;

        int fd;
        dev_t device;
        ino_t inode;
        off_t size; /* of the whole lines in the file: what it must have when we look at it again */
        uint64_t n_lines;

        bool suspended;
        bool told;        /* the caller knows of this suspension */
        int error;        /* why it began */
        uint64_t gap;     /* lines missing since it began */
        uint64_t missing; /* lines missing in all */

        size_t queued; /* bytes, always whole lines */
        char queue[QUEUE_SIZE];
};

/* Where the first `max` lines of `data` end, or all whole ones if they are fewer; *ret_lines: how many. */
static size_t find_lines(const char *data, size_t size, uint64_t max, uint64_t *ret_lines) {
        const char *p = data;
        uint64_t n = 0;

        while (n < max) {
                const char *newline = memchr(p, '\n', size - (size_t) (p - data));

                if (!newline)
                        break;
                p = newline + 1;
                n++;
        }

        *ret_lines = n;
        return (size_t) (p - data);
}

/* ---- the file ---- */

/* Find out what the file holds. Behind its last newline is the rest of a killed or failed write: cut it. */
static int take_stock(int fd, off_t *ret_size, uint64_t *ret_lines) {
        off_t offset = 0, whole = 0;
        uint64_t n_lines = 0;
        char block[16 * 1024];
        ssize_t n;

        while ((n = pread(fd, block, sizeof(block), offset)) > 0) {
                uint64_t n_found;
                size_t end = find_lines(block, (size_t) n, UINT64_MAX, &n_found);

                if (n_found > 0)
                        whole = offset + (off_t) end;
                n_lines += n_found;
                offset += n;
        }
        if (n < 0)
                return -errno;
        if (whole < offset && ftruncate(fd, whole) < 0)
                return -errno;

        *ret_size = whole;
        *ret_lines = n_lines;
        return 0;
}

/* Best effort: a log that nobody may read is better than none. Group first, for no wrong one may read it. */
static void set_access(const LogFile *f, int fd, const struct stat *st) {
        _cleanup_(freep) char *copy = strdup(f->path);
        struct stat parent;

        if (copy && stat(dirname(copy), &parent) >= 0 && parent.st_gid != st->st_gid)
                (void) !fchown(fd, (uid_t) -1, parent.st_gid);
        (void) fchmod(fd, FILE_MODE);
}

static void close_file(LogFile *f) {
        closep(&f->fd);
        f->fd = -EBADF;
}

/* Open the file of that name, instead of any we had. */
static int open_file(LogFile *f) {
        _cleanup_(closep) int fd = -EBADF;
        struct stat st;
        int r;

        close_file(f);

        fd = open(f->path, O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC, FILE_MODE);
        if (fd < 0 || fstat(fd, &st) < 0)
                return -errno;
        if (!S_ISREG(st.st_mode))
                return -EBADFD;

        /* Not only for a file that we just made: its maker may have been killed before this. */
        set_access(f, fd, &st);

        r = take_stock(fd, &f->size, &f->n_lines);
        if (r < 0)
                return r;

        f->device = st.st_dev;
        f->inode = st.st_ino;
        f->fd = TAKE_FD(fd);
        return 0;
}

/* Make sure that the file we write to is the one of that name, and as we left it. */
static int check_file(LogFile *f) {
        struct stat st;

        if (f->fd >= 0 && lstat(f->path, &st) >= 0 && st.st_dev == f->device && st.st_ino == f->inode &&
                        st.st_size == f->size)
                return 0;

        return open_file(f);
}

/* Killed between the two steps: the next open_file() does the second. */
static int rotate(LogFile *f) {
        /* Moved away by somebody else since check_file()? Then there is nothing left to rename. */
        if (rename(f->path, f->backup) < 0 && errno != ENOENT)
                return -errno;

        return open_file(f);
}

/* ---- the queue ---- */

/* `size` bytes at its head are in the file now; `lines` of them. */
static void queue_written(LogFile *f, size_t size, uint64_t lines) {
        f->size += (off_t) size;
        f->n_lines += lines;
        f->queued -= size;
        memmove(f->queue, f->queue + size, f->queued);
}

/* A write failed behind `done` bytes: keep whole lines, cut a torn one. What stays, check_file() sees. */
static void queue_torn(LogFile *f, size_t done) {
        uint64_t n_lines;
        size_t whole;

        whole = find_lines(f->queue, done, UINT64_MAX, &n_lines);
        queue_written(f, whole, n_lines);
        if (done > whole)
                (void) !ftruncate(f->fd, f->size);
}

/* Write as many queued lines as the file has room for. */
static int write_lines(LogFile *f) {
        uint64_t n_lines;
        size_t size, done = 0;

        size = find_lines(f->queue, f->queued, f->max_lines - f->n_lines, &n_lines);

        while (done < size) {
                ssize_t n = write(f->fd, f->queue + done, size - done);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n <= 0) {
                        int error = n < 0 ? -errno : -EIO;

                        queue_torn(f, done);
                        return error;
                }
                done += (size_t) n;
        }

        queue_written(f, size, n_lines);
        return 0;
}

static int write_queue(LogFile *f) {
        int r;

        r = check_file(f);
        while (r >= 0 && f->queued > 0)
                r = f->n_lines >= f->max_lines ? rotate(f) : write_lines(f);
        return r;
}

static void suspend(LogFile *f, int error) {
        (void) find_lines(f->queue, f->queued, UINT64_MAX, &f->gap);
        f->missing += f->gap;
        f->queued = 0;
        f->error = error;
        f->suspended = true;
        f->told = false;
}

static void flush(LogFile *f) {
        int r;

        if (f->suspended || f->queued == 0)
                return;

        r = write_queue(f);
        if (r < 0)
                suspend(f, r);
}

static void enqueue(LogFile *f, const char *text, size_t length) {
        memcpy(f->queue + f->queued, text, length);
        f->queue[f->queued + length] = '\n';
        f->queued += length + 1;
}

/* ---- what callers see ---- */

int logfile_new(const char *path, uint64_t max_lines, const char *ident, LogFile **ret) {
        _cleanup_(logfile_freep) LogFile *f = NULL;
        int r;

        assert(max_lines > 0);

        f = calloc(1, sizeof(*f));
        if (!f)
                return -ENOMEM;

        f->fd = -EBADF;
        f->max_lines = max_lines;
        f->path = strdup(path);
        f->ident = strdup(ident);
        if (!f->path || !f->ident || asprintf(&f->backup, "%s.bak", path) < 0)
                return -ENOMEM;

        r = open_file(f);
        if (r < 0)
                suspend(f, r);
        f->told = true;

        *ret = TAKE_PTR(f);
        return r < 0 ? LOGFILE_E_SUSPENDED : 0;
}

LogFile *logfile_free(LogFile *f) {
        if (!f)
                return NULL;

        flush(f);
        close_file(f);
        free(f->path);
        free(f->backup);
        free(f->ident);
        free(f);
        return NULL;
}

void logfile_append(LogFile *f, const char *text, size_t length) {
        if (length > LOG_LINE_MAX - 1)
                length = LOG_LINE_MAX - 1;
        if (length + 1 > QUEUE_SIZE - f->queued)
                flush(f);

        if (f->suspended) {
                f->gap++;
                f->missing++;
                return;
        }
        enqueue(f, text, length);
}

int logfile_flush(LogFile *f) {
        flush(f);
        if (!f->suspended || f->told)
                return 0;

        f->told = true;
        return LOGFILE_E_SUSPENDED;
}

/* The line that says what is not there, as the only one in the queue. */
static void enqueue_gap(LogFile *f) {
        char text[256], line[LOG_LINE_MAX];
        struct timespec now;
        size_t length;

        (void) clock_gettime(CLOCK_REALTIME, &now);
        (void) snprintf(text, sizeof(text),
                        "%" PRIu64 " %s missing here: the log file could not be written (%s)", f->gap,
                        f->gap == 1 ? "line is" : "lines are", strerror(-f->error));
        length = logline_format(line, &now, f->ident, getpid(), LOG_WARNING, text);
        enqueue(f, line, length);
}

/* Room for more than one line? The last bytes of a full disk are no reason to resume, again and again. */
static int check_room(LogFile *f) {
        if (fallocate(f->fd, FALLOC_FL_KEEP_SIZE, f->size, ROOM_TO_RESUME) >= 0)
                return 0;
        return errno == ENOSPC || errno == EDQUOT ? -errno : 0; /* else it is just not supported */
}

int logfile_retry(LogFile *f) {
        int r;

        if (!f->suspended)
                return 0;

        r = check_file(f);
        if (r >= 0)
                r = check_room(f);
        if (r >= 0 && f->gap > 0) {
                enqueue_gap(f);
                r = write_queue(f);
                f->queued = 0;
        }
        if (r < 0)
                return 0;

        f->suspended = false;
        return LOGFILE_E_RESUMED;
}

bool logfile_suspended(const LogFile *f) {
        return f->suspended;
}

int logfile_error(const LogFile *f) {
        return f->error;
}

uint64_t logfile_missing(const LogFile *f) {
        return f->missing;
}

const char *logfile_path(const LogFile *f) {
        return f->path;
}
