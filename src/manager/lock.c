/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One command at a time: see lock.h. */

#include "manager/lock.h"

#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#include "util/fault.h"
#include "util/fs.h"
#include "util/paths.h"

#define PATH_RELOAD PATH_RUN_DIR "/hagsctrl.reload"

#define POLL_MS 50
#define TELL_MS 1000
#define GIVE_UP_MS 120000

/* The holder writes its PID into the file; an old one may stand there until it does. */
static void read_holder(int fd, char buffer[static 16]) {
        ssize_t n = pread(fd, buffer, 15, 0);

        buffer[n > 0 ? n : 0] = 0;
        buffer[strspn(buffer, "0123456789")] = 0;
        if (!*buffer)
                (void) snprintf(buffer, 16, "unknown");
}

static int wait_for_lock(int fd, char **reterr) {
        const struct timespec pause = { .tv_nsec = POLL_MS * 1000 * 1000 };
        char holder[16];

        for (unsigned waited = 0; flock(fd, LOCK_EX | LOCK_NB) < 0; waited += POLL_MS) {
                if (errno != EWOULDBLOCK)
                        return fault(reterr, -errno, "cannot lock " PATH_LOCK ": %s", strerror(errno));

                read_holder(fd, holder);
                if (waited >= GIVE_UP_MS)
                        return fault(reterr, -EBUSY,
                                        "another hagsctrl (PID %s) has held the lock for %d s; see what it "
                                        "waits for",
                                        holder, GIVE_UP_MS / 1000);
                if (waited == TELL_MS)
                        (void) fprintf(stderr, "%s: waiting for another hagsctrl (PID %s) to finish\n",
                                        program_invocation_short_name, holder);
                (void) nanosleep(&pause, NULL);
        }
        return 0;
}

int lock_take(int *ret, char **reterr) {
        _cleanup_(closep) int fd = -EBADF;
        int r;

        r = directory_make(PATH_RUN_DIR, 0755);
        if (r < 0)
                return fault(reterr, r, "cannot make " PATH_RUN_DIR ": %s", strerror(-r));

        /* Who can open the file, be it to read it, can lock it, and so keep root from it for ever. */
        fd = open(PATH_LOCK, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd < 0 || fchmod(fd, 0600) < 0)
                return fault(reterr, -errno, "cannot open " PATH_LOCK ": %s", strerror(errno));

        r = wait_for_lock(fd, reterr);
        if (r < 0)
                return r;

        /* Only for the message above; the lock itself does not depend on it. */
        if (ftruncate(fd, 0) >= 0)
                (void) dprintf(fd, "%d\n", (int) getpid());

        *ret = TAKE_FD(fd);
        return 0;
}

int reload_mark(char **reterr) {
        _cleanup_(closep) int fd = -EBADF;

        fd = open(PATH_RELOAD, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
        if (fd < 0)
                return fault(reterr, -errno, "cannot write " PATH_RELOAD ": %s", strerror(errno));
        return 0;
}

bool reload_is_marked(void) {
        return access(PATH_RELOAD, F_OK) >= 0;
}

int reload_now(Manager *m, char **reterr) {
        int r;

        r = manager_reload(m, reterr);
        if (r < 0)
                return r;
        if (unlink(PATH_RELOAD) < 0 && errno != ENOENT)
                return fault(reterr, -errno, "cannot remove " PATH_RELOAD ": %s", strerror(errno));
        return 0;
}
