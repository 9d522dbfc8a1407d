/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * As whom a script runs. The kernel tells it of the client's connection; nothing that hagsd sends counts
 * (stream.md section 7).
 */

#include <stddef.h>
#include <sys/types.h>

#include "util/macro.h"

typedef struct Client {
        pid_t pid; /* may have ended already */
        uid_t uid;
        gid_t gid;
        gid_t *groups; /* supplementary ones */
        size_t n_groups;
} Client;

/*
 * The client at the other end of `fd`. It must be a connection that somebody accepted, SOCK_SEQPACKET and
 * AF_UNIX, from a client with an unnamed socket. That leaves out what hagsd can make without a client: of a
 * socketpair() both ends are unnamed; and the connecting end of a connection, for which the kernel names
 * whoever listens (root, where that is systemd), has a peer with a name. Who cannot be told, for being in
 * another PID namespace, or is `daemon`, hagsd's own user, is refused too.
 *
 * Returns 0, or with a sentence in *reterr -ENOTSOCK: no such connection, -ESRCH: no process, -EPERM:
 * hagsd's user, or the error of a system call.
 */
int client_identify(int fd, uid_t daemon, Client *ret, char **reterr);

void client_done(Client *client);
