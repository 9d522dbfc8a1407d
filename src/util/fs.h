/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Files read and replaced whole. Whoever writes a file that must never be seen half-written uses this
 * module: a temporary file in the directory of the real one, same mode, owner, ACL and extended attributes,
 * fsync, rename, fsync of the directory (control.md section 3).
 *
 * The temporary file of FILE is always `.FILE.hags-new`. One writer at a time is the caller's business (a
 * lock, or being the only process that may write there), so a file of that name is the rest of a killed run:
 * the next replacement takes it away, and file_sweep() does so where none is due.
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "util/macro.h"

#define FILE_TEMPORARY_SUFFIX ".hags-new"

/* Bytes of a file. `data` has a NUL behind the last byte that is not counted, for those who parse text. */
typedef struct Bytes {
        char *data;
        size_t size;
} Bytes;

void bytes_done(Bytes *b);

/* Read `fd` to its end. At most `max` bytes (-EFBIG above). Errors: those of read(). */
int fd_read(int fd, size_t max, Bytes *ret);

/* Read `path` whole. At most `max` bytes (-EFBIG above). Errors: those of open() and read(); -EISDIR. */
int file_read(const char *path, size_t max, Bytes *ret);

/*
 * Replace the file that `path` denotes (a symbolic link is followed and stays) by `size` bytes of `data`.
 * Mode, owner, ACL and extended attributes of an existing file are kept; a new file gets `mode`, whatever
 * the umask. On failure the old file is as it was and no temporary file is left. Errors: those of the calls
 * made; -ENOLINK for a symbolic link that leads nowhere.
 */
int file_replace(const char *path, const void *data, size_t size, mode_t mode);

/*
 * Would file_replace() (or file_remove()) fail, even for root? 0, or why: -EROFS, -EPERM (immutable or
 * append-only file or directory), -EBUSY (a mount point), -ENOENT or -ENOTDIR (the directory), -ENOLINK,
 * -EISDIR. Permissions are not looked at, so that anybody may ask. Writes nothing.
 */
int file_check_replaceable(const char *path);

/* Remove a file (of a symbolic link, the link), durably. Returns 1, or 0 if it was not there. */
int file_remove(const char *path);

/* Remove the rest of a killed file_replace() of `path`, if there is one. Returns as file_remove(). */
int file_sweep(const char *path);

/* The same for all files that match a shell pattern, whose last part is ".*" FILE_TEMPORARY_SUFFIX. */
void files_sweep(const char *pattern);

/* mkdir() that takes an existing directory for success, whatever the umask; its parent must exist. */
int directory_make(const char *path, mode_t mode);

/* fsync() the directory that holds `path`. */
int directory_sync_parent(const char *path);
