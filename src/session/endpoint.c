/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The client socket as a file: see endpoint.h. */

#include "session/endpoint.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "util/fault.h"
#include "util/macro.h"

static int make_address(const char *path, struct sockaddr_un *ret, char **reterr) {
        size_t length = strlen(path);

        *ret = (struct sockaddr_un){ .sun_family = AF_UNIX };
        if (length >= sizeof(ret->sun_path))
                return fault(reterr, -ENAMETOOLONG,
                                "the path of the client socket, '%s', is longer than the %zu bytes "
                                "that a socket's may have",
                                path, sizeof(ret->sun_path) - 1);

        memcpy(ret->sun_path, path, length);
        return 0;
}

static int make_socket(char **reterr) {
        int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

        return fd >= 0 ? fd : fault(reterr, -errno, "cannot make a socket for clients: %m");
}

/* Does somebody listen there? EAGAIN says yes, too: with a full queue. */
static int probe(const struct sockaddr_un *address, char **reterr) {
        _cleanup_(closep) int fd = -EBADF;

        fd = make_socket(reterr);
        if (fd < 0)
                return fd;

        if (connect(fd, (const struct sockaddr *) address, sizeof(*address)) < 0 && errno != EAGAIN) {
                if (errno == ECONNREFUSED || errno == ENOENT)
                        return 0;
                return fault(reterr, -errno, "cannot find out whether '%s' is in use: %m",
                                address->sun_path);
        }

        return fault(reterr, -EADDRINUSE,
                        "the client socket '%s' is served by another process; stop that daemon first",
                        address->sun_path);
}

/* Take the socket of a daemon that was killed out of the way, and nothing else. */
static int clear_the_way(const struct sockaddr_un *address, char **reterr) {
        const char *path = address->sun_path;
        struct stat st;
        int r;

        if (lstat(path, &st) < 0) {
                if (errno == ENOENT)
                        return 0;
                return fault(reterr, -errno, "cannot look at '%s', where the client socket belongs: %m",
                                path);
        }
        if (!S_ISSOCK(st.st_mode))
                return fault(reterr, -EEXIST,
                                "'%s' is in the way of the client socket, and is no socket; remove it",
                                path);

        r = probe(address, reterr);
        if (r < 0)
                return r;

        if (unlink(path) < 0 && errno != ENOENT)
                return fault(reterr, -errno, "cannot remove '%s', the client socket of an earlier run: %m",
                                path);
        return 0;
}

/* bind() that gives the file mode 0666 at once: there is no moment with another one. */
static int bind_for_all(int fd, const struct sockaddr_un *address) {
        mode_t saved = umask(0111);
        int r = bind(fd, (const struct sockaddr *) address, sizeof(*address)) < 0 ? -errno : 0;

        (void) umask(saved);
        return r;
}

int endpoint_listen(const char *path, int *ret_fd, char **reterr) {
        _cleanup_(closep) int fd = -EBADF;
        struct sockaddr_un address;
        int r;

        r = make_address(path, &address, reterr);
        if (r < 0)
                return r;
        r = clear_the_way(&address, reterr);
        if (r < 0)
                return r;

        fd = make_socket(reterr);
        if (fd < 0)
                return fd;

        r = bind_for_all(fd, &address);
        if (r < 0)
                return fault(reterr, r, "cannot make the client socket '%s': %s", path, strerror(-r));
        if (listen(fd, SOMAXCONN) < 0)
                return fault(reterr, -errno, "cannot listen at the client socket '%s': %m", path);

        *ret_fd = TAKE_FD(fd);
        return 0;
}

void endpoint_remove(const char *path) {
        (void) unlink(path);
}
