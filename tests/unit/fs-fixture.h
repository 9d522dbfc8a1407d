/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* For the tests of util/fs: an empty directory `base` for each, and short words for what is in it. */

#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "util/fs.h"

static char base[64];

static inline int setup(void **state) {
        (void) state;
        (void) strcpy(base, "/tmp/test-fs-XXXXXX");
        return mkdtemp(base) ? 0 : -1;
}

static inline int remove_one(const char *path, const struct stat *st, int type, struct FTW *where) {
        (void) st;
        (void) type;
        (void) where;
        return remove(path);
}

static inline int teardown(void **state) {
        (void) state;
        (void) umask(022);
        return nftw(base, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static inline const char *in_base(const char *name) {
        static char paths[4][PATH_MAX];
        static unsigned next;
        char *path = paths[next++ % ELEMENTSOF(paths)];

        (void) snprintf(path, PATH_MAX, "%s/%s", base, name);
        return path;
}

static inline void make_file(const char *name, const char *text, mode_t mode) {
        _cleanup_(closep) int fd = -EBADF;

        fd = open(in_base(name), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        assert_true(fd >= 0);
        assert_int_equal(write(fd, text, strlen(text)), strlen(text));
        assert_int_equal(fchmod(fd, mode), 0);
}

static inline void assert_file(const char *name, const char *text) {
        _cleanup_(bytes_done) Bytes b = { 0 };

        assert_int_equal(file_read(in_base(name), SIZE_MAX / 4, &b), 0);
        assert_string_equal(b.data, text);
        assert_int_equal(b.size, strlen(text));
}

static inline struct stat status_of(const char *name) {
        struct stat st;

        assert_int_equal(lstat(in_base(name), &st), 0);
        return st;
}

static inline bool exists(const char *name) {
        struct stat st;

        return lstat(in_base(name), &st) == 0;
}

static inline int replace(const char *name, const char *text) {
        return file_replace(in_base(name), text, strlen(text), 0644);
}
