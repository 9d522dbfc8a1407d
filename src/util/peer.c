/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who is at the other end of a local connection: see peer.h. */

#include "util/peer.h"

#include <sys/socket.h>

#include "util/macro.h"

int peer_groups(int fd, gid_t **ret, size_t *ret_n) {
        _cleanup_(freep) gid_t *groups = NULL;
        socklen_t size = 0;
        gid_t none;

        /* With too little room the kernel answers -ERANGE and the size. A socket's groups never change. */
        if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, &none, &size) < 0 && errno != ERANGE)
                return -errno;

        groups = malloc(size ? size : 1);
        if (!groups)
                return -ENOMEM;
        if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &size) < 0)
                return -errno;

        *ret = TAKE_PTR(groups);
        *ret_n = size / sizeof(gid_t);
        return 0;
}
