/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A connection to a running hagsd, to ask it something: see ask.h. */

#include "ask/ask.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>

#include "util/clock.h"
#include "util/fault.h"
#include "util/paths.h"

const char *ask_directory(void) {
        const char *value = secure_getenv("HAGS_RUN_DIRECTORY");

        return value && value[0] ? value : PATH_RUN_DIR;
}

void ask_close(Ask *a) {
        closep(&a->fd);
        free(a->frame);
        *a = ASK_NONE;
}

/* ---- connecting ---- */

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

static int try_connect(const char *directory, const char *syspar, uint64_t timeout_usec, int *ret) {
        const struct timeval limit = { .tv_sec = (time_t) (timeout_usec / USEC_PER_SEC),
                .tv_usec = (suseconds_t) (timeout_usec % USEC_PER_SEC) };
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        char own[sizeof(address.sun_path)]; /* directory of the partition */
        _cleanup_(closep) int fd = -EBADF;
        int n, r;

        n = snprintf(own, sizeof(own), "%s/%s", directory, syspar);
        if (n < 0 || (size_t) n + sizeof("/" NAME_SOCKET) > sizeof(address.sun_path))
                return -ENAMETOOLONG;
        (void) stpcpy(stpcpy(address.sun_path, own), "/" NAME_SOCKET);

        fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
        if (fd < 0)
                return -errno;

        /* Both limits hold for connect() too, which waits while the daemon's backlog is full. */
        if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) < 0 ||
                        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) < 0)
                return -errno;
        if (connect(fd, (struct sockaddr *) &address, sizeof(address)) < 0)
                return -errno;

        r = check_peer(fd, own);
        if (r < 0)
                return r;

        *ret = TAKE_FD(fd);
        return 0;
}

int ask_open(const char *directory, const char *syspar, uint64_t timeout_usec, Ask *ret, char **reterr) {
        _cleanup_(ask_close) Ask a = ASK_NONE;
        int r;

        (void) snprintf(a.syspar, sizeof(a.syspar), "%s", syspar);
        a.frame = malloc(FRAME_SIZE_MAX);
        if (!a.frame)
                return -ENOMEM;

        r = try_connect(directory, syspar, timeout_usec, &a.fd);
        if (r == -ENOENT || r == -ENOTDIR || r == -ECONNREFUSED)
                return ASK_E_DOWN;
        if (r < 0)
                return fault(reterr, r, "cannot ask hagsd of partition %s: %s", syspar,
                                r == -EAGAIN ? "no answer in time" : strerror(-r));

        *ret = a;
        a = ASK_NONE;
        return 0;
}

/* ---- asking ---- */

static int no_answer(const Ask *a, int error, char **reterr) {
        return fault(reterr, error, "hagsd of partition %s does not answer: %s", a->syspar,
                        error == -EAGAIN ? "no answer in time" : strerror(-error));
}

int ask_send(Ask *a, const void *question, size_t size, char **reterr) {
        ssize_t n = TEMP_FAILURE_RETRY(send(a->fd, question, size, MSG_NOSIGNAL));

        /* Who is refused is told so and hung up on before it asks. */
        if (n < 0 && errno != EPIPE)
                return no_answer(a, -errno, reterr);
        a->serial++;
        return 0;
}

int ask_not_understood(const Ask *a, char **reterr) {
        return fault(reterr, -EBADMSG,
                        "hagsd of partition %s gave an answer that this program does not understand; are "
                        "both of the same version?",
                        a->syspar);
}

static int refused(const Ask *a, FrameReader body, char **reterr) {
        unsigned reason = frame_get_u16(&body);

        switch (reason) {
        case FRAME_REFUSED_ACCESS:
                return fault(reterr, -EACCES,
                                "hagsd of partition %s lets in only root and the members of "
                                "group " NAME_CLIENT_GROUP "; usermod -a -G " NAME_CLIENT_GROUP
                                " USER makes one, from the next login on",
                                a->syspar);
        case FRAME_REFUSED_CONNECTIONS:
                return fault(reterr, -EUSERS,
                                "hagsd of partition %s lets this user in no more often: [Limits] "
                                "Connections= of hags.conf",
                                a->syspar);
        case FRAME_REFUSED_PROTOCOL:
        case FRAME_REFUSED_VERSION:
                return fault(reterr, -EPROTONOSUPPORT,
                                "hagsd of partition %s is of another version than this program and does not "
                                "know the question; restart it with the programs that are installed now",
                                a->syspar);
        default:
                return fault(reterr, -EACCES, "hagsd of partition %s refused to answer (reason %u)",
                                a->syspar, reason);
        }
}

int ask_receive(Ask *a, FrameType type, FrameReader *ret, char **reterr) {
        FrameReader body;
        FrameHead head;
        ssize_t n;

        n = TEMP_FAILURE_RETRY(recv(a->fd, a->frame, FRAME_SIZE_MAX, 0));
        if (n <= 0)
                return no_answer(a, n == 0 ? -ECONNRESET : -errno, reterr);

        if (frame_decode_head(a->frame, (size_t) n, &head, &body) < 0)
                return ask_not_understood(a, reterr);
        if (head.type == FRAME_REFUSED)
                return refused(a, body, reterr);
        if (head.type != type || head.serial != a->serial)
                return ask_not_understood(a, reterr);

        *ret = body;
        return 0;
}
