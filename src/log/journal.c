/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Entries for the journal: see journal.h. */

#include "log/journal.h"

#include <stdbool.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include "util/macro.h"

#define PATIENCE_USEC 100000

/* A journald that is just busy is waited for: a start may have more to say than its queue has places. */
static int make_socket(void) {
        const struct timeval patience = { .tv_usec = PATIENCE_USEC };
        int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

        if (fd < 0)
                return -errno;
        (void) setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
        return fd;
}

int journal_send(const char *fields, size_t size) {
        static const struct sockaddr_un address = {
                .sun_family = AF_UNIX,
                .sun_path = "/run/systemd/journal/socket",
        };
        static int fd = -EBADF;
        static bool stuck;
        ssize_t n;

        if (fd < 0)
                fd = make_socket();
        if (fd < 0)
                return fd;

        /* Unconnected: a journald that was started again is found by the next entry. */
        n = sendto(fd, fields, size, MSG_NOSIGNAL | (stuck ? MSG_DONTWAIT : 0),
                        (const struct sockaddr *) &address, sizeof(address));
        stuck = n < 0 && errno == EAGAIN;
        return n < 0 ? -errno : 0;
}
