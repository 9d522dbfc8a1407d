/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files read and replaced whole: see fs.h for the rule that they are never seen half-written. */

#include "util/fs.h"

#include <fcntl.h>
#include <glob.h>
#include <libgen.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

void bytes_done(Bytes *b) {
        free(b->data);
        *b = (Bytes){ 0 };
}

/* ---- reading ---- */

int fd_read(int fd, size_t max, Bytes *ret) {
        _cleanup_(freep) char *data = NULL;
        size_t size = 0, room = 0;
        struct stat st;

        /* The size that fstat() tells is only a hint: pipes have none, /proc lies, files grow. */
        if (fstat(fd, &st) < 0)
                return -errno;
        room = st.st_size > 0 && (size_t) st.st_size < max ? (size_t) st.st_size + 1 : 4096;

        for (;;) {
                char *larger;
                ssize_t n;

                larger = realloc(data, room + 1);
                if (!larger)
                        return -ENOMEM;
                data = larger;

                n = read(fd, data + size, room - size);
                if (n < 0) {
                        if (errno == EINTR)
                                continue;
                        return -errno;
                }
                if (n == 0)
                        break;

                size += (size_t) n;
                if (size > max)
                        return -EFBIG;
                if (size == room)
                        room *= 2;
        }

        data[size] = 0;
        *ret = (Bytes){ .data = TAKE_PTR(data), .size = size };
        return 0;
}

int file_read(const char *path, size_t max, Bytes *ret) {
        _cleanup_(closep) int fd = -EBADF;

        fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
        if (fd < 0)
                return -errno;

        return fd_read(fd, max, ret);
}

/* ---- removing ---- */

/* Returns 1, or 0 if it was not there, which a read-only file system does not tell by itself. */
static int unlink_if_there(int directory, const char *name) {
        struct stat st;

        if (unlinkat(directory, name, 0) >= 0)
                return 1;
        if (errno == EROFS && fstatat(directory, name, &st, AT_SYMLINK_NOFOLLOW) >= 0)
                return -EROFS;
        return errno == ENOENT || errno == ENOTDIR ? 0 : -errno;
}

int file_remove(const char *path) {
        int r, synced;

        r = unlink_if_there(AT_FDCWD, path);
        if (r <= 0)
                return r;

        synced = directory_sync_parent(path);
        return synced < 0 ? synced : 1;
}

/* ---- where a file really is ---- */

/* A file that may not exist yet, with all links resolved, taken apart: `directory` is open, `name` in it. */
typedef struct Place {
        int directory;
        char name[NAME_MAX + 1];
        char temporary[NAME_MAX + 1];
        bool exists;
} Place;

static void place_done(Place *p) {
        closep(&p->directory);
}

/* realpath() that also takes a file that is yet to be made. */
static int resolve(const char *path, char **ret, bool *ret_exists) {
        _cleanup_(freep) char *copy = NULL, *parent = NULL;
        struct stat st;

        *ret = realpath(path, NULL);
        if (*ret) {
                *ret_exists = true;
                return 0;
        }
        if (errno != ENOENT)
                return -errno;
        if (lstat(path, &st) >= 0 && S_ISLNK(st.st_mode))
                return -ENOLINK;

        copy = strdup(path);
        if (!copy)
                return -ENOMEM;
        parent = realpath(dirname(copy), NULL);
        if (!parent)
                return -errno;
        if (asprintf(ret, "%s/%s", parent, strrchr(path, '/') ? strrchr(path, '/') + 1 : path) < 0)
                return -ENOMEM;
        *ret_exists = false;
        return 0;
}

static int place_open(const char *path, Place *ret) {
        _cleanup_(freep) char *real = NULL;
        Place p = { .directory = -EBADF };
        char *slash;
        int r;

        r = resolve(path, &real, &p.exists);
        if (r < 0)
                return r;

        slash = strrchr(real, '/');
        if (strlen(slash + 1) + strlen("." FILE_TEMPORARY_SUFFIX) > NAME_MAX)
                return -ENAMETOOLONG;
        (void) snprintf(p.name, sizeof(p.name), "%s", slash + 1);
        (void) snprintf(p.temporary, sizeof(p.temporary), ".%.*s" FILE_TEMPORARY_SUFFIX,
                        (int) (NAME_MAX - strlen("." FILE_TEMPORARY_SUFFIX)), slash + 1);

        slash[slash == real ? 1 : 0] = 0;
        p.directory = open(real, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (p.directory < 0)
                return -errno;

        *ret = p;
        return 0;
}

/* ---- replacing ---- */

static int write_all(int fd, const char *data, size_t size) {
        while (size > 0) {
                ssize_t n = write(fd, data, size);

                if (n < 0) {
                        if (errno == EINTR)
                                continue;
                        return -errno;
                }
                data += n;
                size -= (size_t) n;
        }
        return 0;
}

/* Extended attributes carry POSIX ACLs and security labels too, so this keeps all of them. */
static int copy_xattrs(int from, int to) {
        _cleanup_(freep) char *names = NULL, *value = NULL;
        ssize_t size;

        size = flistxattr(from, NULL, 0);
        if (size <= 0)
                return size < 0 && errno != ENOTSUP ? -errno : 0;

        names = malloc((size_t) size);
        value = malloc(XATTR_SIZE_MAX);
        if (!names || !value)
                return -ENOMEM;

        size = flistxattr(from, names, (size_t) size);
        if (size < 0)
                return -errno;

        for (const char *name = names; name < names + size; name += strlen(name) + 1) {
                ssize_t n = fgetxattr(from, name, value, XATTR_SIZE_MAX);

                if (n < 0 || fsetxattr(to, name, value, (size_t) n, 0) < 0)
                        return -errno;
        }
        return 0;
}

/* Give the new file what the old one had. The attributes come last: an ACL is one, and chmod alters it. */
static int copy_metadata(const Place *p, int to) {
        _cleanup_(closep) int from = -EBADF;
        struct stat st, mine;

        /* Not to wait for whoever opens the other end, should it be a FIFO. */
        from = openat(p->directory, p->name, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
        if (from < 0 || fstat(from, &st) < 0 || fstat(to, &mine) < 0)
                return -errno;
        if (!S_ISREG(st.st_mode))
                return S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;

        if ((st.st_uid != mine.st_uid || st.st_gid != mine.st_gid) && fchown(to, st.st_uid, st.st_gid) < 0)
                return -errno;

        /* The new file may have an ACL from its directory's default that the old one did not have. */
        if (fremovexattr(to, "system.posix_acl_access") < 0 && errno != ENODATA && errno != ENOTSUP)
                return -errno;
        if (fchmod(to, st.st_mode & 07777) < 0)
                return -errno;

        return copy_xattrs(from, to);
}

/* Make the temporary file complete and durable under its own name. */
static int write_temporary(const Place *p, const void *data, size_t size, mode_t mode) {
        _cleanup_(closep) int fd = -EBADF;
        int r;

        r = unlink_if_there(p->directory, p->temporary);
        if (r < 0)
                return r;

        fd = openat(p->directory, p->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd < 0)
                return -errno;

        r = write_all(fd, data, size);
        if (r < 0)
                return r;

        if (p->exists)
                r = copy_metadata(p, fd);
        else
                r = fchmod(fd, mode) < 0 ? -errno : 0;
        if (r < 0)
                return r;

        return fsync(fd) < 0 ? -errno : 0;
}

int file_replace(const char *path, const void *data, size_t size, mode_t mode) {
        _cleanup_(place_done) Place p = { .directory = -EBADF };
        int r;

        r = place_open(path, &p);
        if (r < 0)
                return r;

        r = write_temporary(&p, data, size, mode);
        if (r >= 0 && renameat(p.directory, p.temporary, p.directory, p.name) < 0)
                r = -errno;
        if (r < 0) {
                (void) unlinkat(p.directory, p.temporary, 0);
                return r;
        }

        return fsync(p.directory) < 0 ? -errno : 0;
}

/* ---- could it be replaced? ---- */

static int check_attributes(int dirfd, const char *name) {
        struct statx stx;

        if (statx(dirfd, name, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW, STATX_TYPE, &stx) < 0)
                return -errno;
        if (stx.stx_attributes & (STATX_ATTR_IMMUTABLE | STATX_ATTR_APPEND))
                return -EPERM;
        if (!*name)
                return 0;
        if (S_ISDIR(stx.stx_mode))
                return -EISDIR;
        return stx.stx_attributes & STATX_ATTR_MOUNT_ROOT ? -EBUSY : 0;
}

int file_check_replaceable(const char *path) {
        _cleanup_(place_done) Place p = { .directory = -EBADF };
        int r;

        r = place_open(path, &p);
        if (r < 0)
                return r;

        if (faccessat(p.directory, ".", W_OK, AT_EACCESS) < 0 && errno == EROFS)
                return -EROFS;

        r = check_attributes(p.directory, "");
        if (r < 0 || !p.exists)
                return r;
        return check_attributes(p.directory, p.name);
}

/* ---- sweeping ---- */

int file_sweep(const char *path) {
        _cleanup_(place_done) Place p = { .directory = -EBADF };
        int r;

        r = place_open(path, &p);
        if (r < 0) /* A directory that is not there holds nothing to sweep. */
                return r == -ENOENT || r == -ENOTDIR || r == -ENOLINK ? 0 : r;

        r = unlink_if_there(p.directory, p.temporary);
        if (r > 0 && fsync(p.directory) < 0)
                return -errno;
        return r;
}

void files_sweep(const char *pattern) {
        _cleanup_(globfree) glob_t found = { 0 };

        if (glob(pattern, GLOB_NOSORT, NULL, &found) != 0)
                return;
        for (size_t i = 0; i < found.gl_pathc; i++)
                (void) file_remove(found.gl_pathv[i]);
}

/* ---- directories ---- */

int directory_make(const char *path, mode_t mode) {
        struct stat st;

        if (mkdir(path, mode) < 0) {
                if (errno != EEXIST)
                        return -errno;
                if (stat(path, &st) < 0)
                        return -errno;
                return S_ISDIR(st.st_mode) ? 0 : -ENOTDIR;
        }

        if (chmod(path, mode) < 0)
                return -errno;
        return directory_sync_parent(path);
}

int directory_sync_parent(const char *path) {
        _cleanup_(freep) char *copy = NULL;
        _cleanup_(closep) int fd = -EBADF;

        copy = strdup(path);
        if (!copy)
                return -ENOMEM;

        fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0 || fsync(fd) < 0)
                return -errno;
        return 0;
}
