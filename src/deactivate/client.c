/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* As whom a script runs: see client.h. */

#include "deactivate/client.h"

#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "util/fault.h"
#include "util/peer.h"

static bool option_is(int fd, int option, int wanted) {
        socklen_t size = sizeof(int);
        int value;

        return getsockopt(fd, SOL_SOCKET, option, &value, &size) >= 0 && value == wanted;
}

/* Has this end of the connection (getsockname) or the other one (getpeername) a name, and is there one? */
static bool is_named(int fd, int (*get)(int fd, struct sockaddr *address, socklen_t *size), bool wanted) {
        struct sockaddr_un address;
        socklen_t size = sizeof(address);

        return get(fd, (struct sockaddr *) &address, &size) >= 0 && (size > sizeof(sa_family_t)) == wanted;
}

static bool is_accepted(int fd) {
        return option_is(fd, SO_DOMAIN, AF_UNIX) && option_is(fd, SO_TYPE, SOCK_SEQPACKET) &&
               is_named(fd, getsockname, true) && is_named(fd, getpeername, false);
}

int client_identify(int fd, uid_t daemon, Client *ret, char **reterr) {
        struct ucred peer;
        socklen_t size = sizeof(peer);
        Client client = { 0 };
        int r;

        if (!is_accepted(fd))
                return fault(reterr, -ENOTSOCK, "what came with the request is not a client's connection");
        if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
                return fault(reterr, -errno, "cannot find out who the client is: %s", strerror(errno));
        if (peer.pid <= 0 || peer.uid == (uid_t) -1 || peer.gid == (gid_t) -1)
                return fault(reterr, -ESRCH, "the client is no process that can be seen from here");
        if (peer.uid == daemon)
                return fault(reterr, -EPERM, "process %d is no client: it is of hagsd's own user",
                                (int) peer.pid);

        r = peer_groups(fd, &client.groups, &client.n_groups);
        if (r < 0)
                return fault(reterr, r, "cannot find out the groups of the client: %s", strerror(-r));

        client.pid = peer.pid;
        client.uid = peer.uid;
        client.gid = peer.gid;
        *ret = client;
        return 0;
}

void client_done(Client *client) {
        free(client->groups);
        *client = (Client){ 0 };
}
