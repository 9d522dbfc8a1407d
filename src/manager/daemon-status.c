/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The status question, asked of a running hagsd: see daemon-status.h. */

#include "manager/daemon-status.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>

#include "util/fault.h"
#include "util/macro.h"
#include "util/paths.h"

#define QUESTION_SERIAL 1

/*
 * The socket stands in a directory that user hags may write, and we may be root: talk only to the user whose
 * directory it is (systemd made it for hagsd) or to root, not to whatever a link in it leads to.
 */
static int check_peer(int fd, const char *directory) {
        struct ucred peer;
        socklen_t size = sizeof(peer);
        struct stat st;

        if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0 || stat(directory, &st) < 0)
                return -errno;
        return peer.uid == st.st_uid || peer.uid == 0 ? 0 : -EPERM;
}

static int connect_daemon(const char *syspar, uint64_t timeout_usec, int *ret) {
        const struct timeval limit = { .tv_sec = (time_t) (timeout_usec / 1000000),
                .tv_usec = (suseconds_t) (timeout_usec % 1000000) };
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        _cleanup_(closep) int fd = -EBADF;
        char directory[sizeof(PATH_RUN_DIR) + 1 + SYSPAR_NAME_MAX];
        int r;

        (void) snprintf(directory, sizeof(directory), PATH_RUN_DIR "/%s", syspar);
        (void) snprintf(address.sun_path, sizeof(address.sun_path), "%s/" NAME_SOCKET, directory);

        fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
        if (fd < 0)
                return -errno;

        /* Both limits hold for connect() too, which waits while the daemon's backlog is full. */
        if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) < 0 ||
                        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) < 0)
                return -errno;
        if (connect(fd, (struct sockaddr *) &address, sizeof(address)) < 0)
                return -errno;

        r = check_peer(fd, directory);
        if (r < 0)
                return r;

        *ret = TAKE_FD(fd);
        return 0;
}

static int understand(const void *data, size_t size, const char *syspar, Status *ret, char **reterr) {
        FrameReader body;
        FrameHead head;

        if (frame_decode_head(data, size, &head, &body) >= 0) {
                if (head.type == FRAME_REFUSED)
                        return fault(reterr, -EACCES,
                                        "hagsd of partition %s refused to tell its status (reason %u)",
                                        syspar, (unsigned) frame_get_u16(&body));
                if (head.type == FRAME_STATUS_ANSWER && head.serial == QUESTION_SERIAL &&
                                status_decode(&body, ret) >= 0)
                        return 0;
        }
        return fault(reterr, -EBADMSG,
                        "hagsd of partition %s gave an answer that this program does not understand; are "
                        "both of the same version?",
                        syspar);
}

static int ask(int fd, const char *syspar, Status *ret, char **reterr) {
        _cleanup_(freep) uint8_t *buffer = NULL;
        uint8_t question[FRAME_HEAD_SIZE];
        FrameWriter w;
        ssize_t n;

        buffer = malloc(FRAME_SIZE_MAX);
        if (!buffer)
                return -ENOMEM;

        w = frame_begin(question, sizeof(question), FRAME_STATUS_QUESTION, QUESTION_SERIAL);
        n = frame_finish(&w);
        if (n >= 0)
                n = send(fd, question, (size_t) n, MSG_NOSIGNAL);
        if (n >= 0 || errno == EPIPE) /* who is refused is told so and hung up on before it asks */
                n = TEMP_FAILURE_RETRY(recv(fd, buffer, FRAME_SIZE_MAX, 0));
        if (n == 0)
                errno = ECONNRESET;
        if (n <= 0)
                return fault(reterr, -errno, "hagsd of partition %s does not answer: %s", syspar,
                                errno == EAGAIN ? "no answer in time" : strerror(errno));

        return understand(buffer, (size_t) n, syspar, ret, reterr);
}

int daemon_status_ask(const char *syspar, uint64_t timeout_usec, Status *ret, char **reterr) {
        _cleanup_(closep) int fd = -EBADF;
        int r;

        r = connect_daemon(syspar, timeout_usec, &fd);
        if (r == -ENOENT || r == -ENOTDIR || r == -ECONNREFUSED)
                return DAEMON_STATUS_E_DOWN;
        if (r < 0)
                return fault(reterr, r, "cannot ask hagsd of partition %s: %s", syspar, strerror(-r));

        return ask(fd, syspar, ret, reterr);
}
