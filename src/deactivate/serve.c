/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The one connection that a run of the helper is for: see serve.h. */

#include "deactivate/serve.h"

#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

#include "deactivate/client.h"
#include "deactivate/run.h"
#include "util/clock.h"
#include "util/fault.h"
#include "util/macro.h"
#include "wire/deactivate.h"

#define PATIENCE_MS 10000 /* hagsd has sent its request before it is accepted */

static int check_caller(int fd, uid_t daemon, char **reterr) {
        struct ucred peer;
        socklen_t size = sizeof(peer);

        if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
                return fault(reterr, -errno, "standard input is no connection of hagsd: %s",
                                strerror(errno));
        if (peer.uid != daemon && peer.uid != 0)
                return fault(reterr, -EPERM, "process %d of user %u may not ask for scripts", (int) peer.pid,
                                (unsigned) peer.uid);
        return 0;
}

/* Close all descriptors that came with a datagram but the first one. Returns how many there were. */
static size_t take_descriptors(struct msghdr *message, int *ret_first) {
        size_t n = 0;

        for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
                size_t size = c->cmsg_len - CMSG_LEN(0);

                if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
                        continue;
                for (size_t at = 0; at + sizeof(int) <= size; at += sizeof(int)) {
                        int fd;

                        memcpy(&fd, CMSG_DATA(c) + at, sizeof(fd));
                        if (n++ == 0)
                                *ret_first = fd;
                        else
                                (void) close(fd);
                }
        }
        return n;
}

/* With more descriptors than fit, the kernel closes the others and says so. */
static int receive(int fd, DeactivateRequest *ret, int *ret_connection, char **reterr) {
        union {
                struct cmsghdr align;
                char data[CMSG_SPACE(sizeof(int))];
        } control;
        char frame[DEACTIVATE_FRAME_MAX];
        struct iovec iov = { .iov_base = frame, .iov_len = sizeof(frame) };
        struct msghdr message = {
                .msg_iov = &iov,
                .msg_iovlen = 1,
                .msg_control = &control,
                .msg_controllen = sizeof(control),
        };
        struct pollfd arrival = { .fd = fd, .events = POLLIN };
        _cleanup_(closep) int connection = -EBADF;
        size_t n_descriptors;
        ssize_t n;

        if (poll(&arrival, 1, PATIENCE_MS) == 0)
                return fault(reterr, -ETIMEDOUT, "hagsd connected, but sends no request");
        n = recvmsg(fd, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
        if (n < 0)
                return fault(reterr, -errno, "cannot receive the request: %s", strerror(errno));

        n_descriptors = take_descriptors(&message, &connection);
        if (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC) || n_descriptors != 1 ||
                        deactivate_decode_request(frame, (size_t) n, ret) < 0)
                return fault(reterr, -EBADMSG, "what hagsd sent is no request with one connection");

        *ret_connection = TAKE_FD(connection);
        return 0;
}

static int handle(int fd, uid_t daemon, DeactivateAnswer *ret, char **reterr) {
        uint64_t limit, begin = clock_usec(CLOCK_MONOTONIC);
        _cleanup_(closep) int connection = -EBADF;
        _cleanup_(client_done) Client client = { 0 };
        DeactivateRequest request = { 0 };
        int r;

        r = receive(fd, &request, &connection, reterr);
        if (r < 0)
                return r;
        r = client_identify(connection, daemon, &client, reterr);
        if (r < 0)
                return r;

        limit = request.limit > 0 ? request.limit : DEACTIVATE_LIMIT_DEFAULT;
        return run_script(&request, &client, begin + limit * USEC_PER_SEC, ret, reterr);
}

int serve(int fd, uid_t daemon, char **reterr) {
        char frame[DEACTIVATE_FRAME_MAX];
        DeactivateAnswer answer;
        ssize_t n;
        int r;

        r = check_caller(fd, daemon, reterr);
        if (r < 0)
                return r;

        r = handle(fd, daemon, &answer, reterr);
        if (r < 0)
                answer = (DeactivateAnswer){ .end = DEACTIVATE_NOT_STARTED, .value = (uint16_t) -r };

        /* A hagsd that has ended in the meantime has no use for it. */
        n = deactivate_encode_answer(&answer, frame, sizeof(frame));
        (void) send(fd, frame, (size_t) n, MSG_NOSIGNAL | MSG_DONTWAIT);
        return r;
}
