/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The witness of what is held on this host: see witness.h. */

#include "hagsgroup/witness.h"

#include <ctype.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "ask/ask.h"
#include "util/fault.h"
#include "util/paths.h"

#define DIRECTORY_MODE                                                                              \
        03770          /* as in tmpfiles.d: members make files for each other, and remove their own \
                        */
#define FILE_MODE 0640 /* to have a lock on it is enough that one can read it */

/* ---- the directory ---- */

/* Where tmpfiles.d was not there to make it: a run directory of tests. */
static int make_directory(const char *path) {
        const struct group *members = getgrnam(NAME_CLIENT_GROUP);

        if (mkdir(path, 0700) < 0)
                return errno == EEXIST ? 0 : -errno;
        if (members && chown(path, (uid_t) -1, members->gr_gid) < 0)
                return -errno;
        return chmod(path, DIRECTORY_MODE) < 0 ? -errno : 0;
}

static int open_directory(char **reterr) {
        char path[PATH_MAX];
        int fd, r = 0;

        (void) snprintf(path, sizeof(path), "%s/%s", ask_directory(), NAME_HOLDERS);
        fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0 && errno == ENOENT)
                r = make_directory(path);
        if (fd < 0 && r == 0)
                fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0)
                r = r < 0 ? r : -errno;
        return fd >= 0 ? fd
                       : fault(reterr, r, "cannot use %s: %s; systemd-tmpfiles --create makes it", path,
                                         strerror(-r));
}

/* ---- the file ---- */

/* The partition, a dot and the group, in which all that is special is %XX. */
static void make_name(const char *syspar, const char *group, char *to) {
        to = stpcpy(stpcpy(to, syspar), ".");
        for (; *group; group++)
                if (isalnum((unsigned char) *group) || strchr(":_-", *group))
                        *to++ = *group;
                else
                        to += sprintf(to, "%%%02X", (unsigned char) *group);
        *to = 0;
}

/*
 * In a directory of this kind nobody may open with O_CREAT what another one has made (protected_regular of
 * proc_sys_fs(5)); and nobody is trusted to have made a file, and not something to be led astray by.
 */
static int open_file(int directory, const char *name) {
        const int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
        struct stat st;
        mode_t before;
        int fd;

        do {
                fd = openat(directory, name, flags);
                if (fd >= 0 || errno != ENOENT)
                        break;
                before = umask(0);
                fd = openat(directory, name, flags | O_CREAT | O_EXCL, FILE_MODE);
                (void) umask(before);
        } while (fd < 0 && errno == EEXIST);

        if (fd >= 0 && fstat(fd, &st) == 0 && !S_ISREG(st.st_mode)) {
                (void) close(fd);
                errno = EEXIST;
                return -1;
        }
        return fd;
}

int witness_open(const char *syspar, const char *group, Witness *ret, char **reterr) {
        _cleanup_(witness_done) Witness w = WITNESS_NONE;

        w.directory = open_directory(reterr);
        if (w.directory < 0)
                return w.directory;
        make_name(syspar, group, w.name);
        w.fd = open_file(w.directory, w.name);
        if (w.fd < 0)
                return fault(reterr, -errno, "cannot open %s/%s/%s: %m", ask_directory(), NAME_HOLDERS,
                                w.name);
        *ret = w;
        w = WITNESS_NONE;
        return 0;
}

static bool is_linked(int fd) {
        struct stat st;

        return fstat(fd, &st) == 0 && st.st_nlink > 0;
}

int witness_take(int fd, bool wait) {
        if (TEMP_FAILURE_RETRY(flock(fd, LOCK_EX | (wait ? 0 : LOCK_NB))) < 0)
                return -errno;
        return is_linked(fd) ? 0 : -ESTALE;
}

void witness_drop(Witness *w) {
        /* It is ours, so nobody has made another one in the place of it. */
        if (w->fd >= 0 && is_linked(w->fd))
                (void) unlinkat(w->directory, w->name, 0);
        if (w->fd >= 0)
                (void) flock(w->fd, LOCK_UN);
        witness_done(w);
}

void witness_done(Witness *w) {
        closep(&w->fd);
        closep(&w->directory);
        *w = WITNESS_NONE;
}
