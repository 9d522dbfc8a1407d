/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the tests of the log writer share: a directory of their own, lines that can be told from each other
 * and from damaged ones, and a reader that accounts for every one of them.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include "log/logfile.h"
#include "util/fs.h"
#include "util/macro.h"

#define TEST_IDENT "test"

typedef struct Fixture {
        char directory[256];
        char path[300];
        char backup[320];
        uint64_t next; /* number of the next line that put() makes */
} Fixture;

static inline int fixture_setup(void **state) {
        const char *base = getenv("TMPDIR");
        Fixture *x = calloc(1, sizeof(*x));

        if (!x)
                return -1;
        (void) snprintf(x->directory, sizeof(x->directory), "%s/hags-log-XXXXXX", base ? base : "/tmp");
        if (!mkdtemp(x->directory))
                return -1;
        (void) snprintf(x->path, sizeof(x->path), "%s/log", x->directory);
        (void) snprintf(x->backup, sizeof(x->backup), "%s.bak", x->path);
        x->next = 1;
        *state = x;
        return 0;
}

static inline int fixture_remove(const char *path, const struct stat *st _unused_, int flag _unused_,
                                 struct FTW *ftw _unused_) {
        return remove(path);
}

static inline int fixture_teardown(void **state) {
        Fixture *x = *state;

        (void) nftw(x->directory, fixture_remove, 8, FTW_DEPTH | FTW_PHYS);
        free(x);
        return 0;
}

#define fixture_test(function) cmocka_unit_test_setup_teardown(function, fixture_setup, fixture_teardown)

/* ---- numbered lines ---- */

/* A small generator of our own, so that every platform tests the same. */
static inline uint64_t mix(uint64_t x) {
        x += 0x9e3779b97f4a7c15;
        x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
        x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
        return x ^ (x >> 31);
}

/*
 * Line `n`: its number and a filling that only this line has; mostly short, one in 64 up to the full length.
 */
static inline size_t line_make(uint64_t n, char line[static LOG_LINE_MAX]) {
        uint64_t random = mix(n);
        size_t length = (size_t) sprintf(line, "%" PRIu64 " ", n);
        size_t end = length + random % (random >> 32 & 63 ? 200 : LOG_LINE_MAX - length);

        for (; length < end; length++)
                line[length] = (char) ('a' + (random + length) % 26);
        line[end] = 0;
        return end;
}

static inline void put(Fixture *x, LogFile *f, uint64_t count) {
        char line[LOG_LINE_MAX];

        for (; count > 0; count--, x->next++)
                logfile_append(f, line, line_make(x->next, line));
}

/* The length in the file of lines `first` to `last`. */
static inline size_t lines_size(uint64_t first, uint64_t last) {
        char line[LOG_LINE_MAX];
        size_t size = 0;

        for (uint64_t n = first; n <= last; n++)
                size += line_make(n, line) + 1;
        return size;
}

/* ---- what is in the file ---- */

typedef struct Found {
        uint64_t first, last; /* numbered lines */
        uint64_t n_lines;     /* lines of any kind */
        uint64_t missing;     /* what the lines that count missing ones say */
        uint64_t gap;         /* of them, those before the next numbered line */
} Found;

/* "... test[PID] warning N lines are missing here: ..." */
static inline uint64_t gap_parse(const char *line) {
        const char *p = strstr(line, "] warning ");
        uint64_t n;

        if (!p || !strstr(line, " " TEST_IDENT "[") || sscanf(p, "] warning %" SCNu64, &n) != 1)
                return 0;
        return strstr(p, n == 1 ? " line is missing here: " : " lines are missing here: ") ? n : 0;
}

/*
 * Read one file: every line must be whole and as line_make() made it, numbers one up from line to line, but
 * where a line tells how many are missing. `*found` goes on from file to file.
 */
static inline void read_file(const char *path, Found *found) {
        Bytes b;

        assert_int_equal(file_read(path, (size_t) 1 << 30, &b), 0);
        for (char *line = b.data, *end; line < b.data + b.size; line = end + 1) {
                char expected[LOG_LINE_MAX];
                uint64_t n, gap;

                end = strchr(line, '\n');
                assert_non_null(end);
                *end = 0;
                found->n_lines++;

                gap = gap_parse(line);
                found->gap += gap;
                found->missing += gap;
                if (gap > 0)
                        continue;

                assert_int_equal(sscanf(line, "%" SCNu64 " ", &n), 1);
                (void) line_make(n, expected);
                assert_string_equal(line, expected);
                if (found->first == 0)
                        found->first = n;
                else
                        assert_int_equal(n, found->last + found->gap + 1);
                found->last = n;
                found->gap = 0;
        }
        bytes_done(&b);
}

static inline bool exists(const char *path) {
        struct stat st;

        return lstat(path, &st) >= 0;
}

static inline Found read_log(const Fixture *x) {
        Found found = { 0 };

        if (exists(x->backup))
                read_file(x->backup, &found);
        if (exists(x->path))
                read_file(x->path, &found);
        return found;
}

/* The file holds exactly these lines. */
static inline void assert_holds(const char *path, uint64_t first, uint64_t last) {
        Found found = { 0 };

        read_file(path, &found);
        assert_int_equal(found.first, first);
        assert_int_equal(found.last, last);
        assert_int_equal(found.n_lines, last - first + 1);
}

static inline void write_text(const char *path, int flags, const void *text, size_t size) {
        _cleanup_(closep) int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0640);

        assert_true(fd >= 0);
        assert_int_equal(write(fd, text, size), size);
}

static inline LogFile *open_log(const Fixture *x, uint64_t max_lines) {
        LogFile *f;

        assert_int_equal(logfile_new(x->path, max_lines, TEST_IDENT, &f), 0);
        return f;
}

/* The writer must resume now, every line accounted for: written, or counted by the line in its place. */
static inline void assert_resumes(Fixture *x, LogFile *f) {
        Found found;

        assert_int_equal(logfile_retry(f), LOGFILE_E_RESUMED);
        assert_false(logfile_suspended(f));
        assert_int_equal(logfile_retry(f), 0);

        put(x, f, 1);
        assert_int_equal(logfile_flush(f), 0);
        found = read_log(x);
        assert_int_equal(found.last, x->next - 1);
        assert_int_equal(found.missing, logfile_missing(f));
}
