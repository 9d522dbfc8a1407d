/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From the environment to a welcome: see connect.h. */

#include "libha_gs/connect.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "util/clock.h"
#include "util/paths.h"

#define SUBSYSTEM "hags"
#define DEFAULT_DOMAIN "default"

/* ---- where ---- */

/* NULL unless it is set to something. */
static const char *variable(const char *name) {
        const char *value = getenv(name);

        return value && value[0] ? value : NULL;
}

static const char *run_directory(void) {
        const char *value = secure_getenv("HAGS_RUN_DIRECTORY");

        return value && value[0] ? value : PATH_RUN_DIR;
}

static bool is_served(const char *directory, const char *name) {
        struct sockaddr_un address; /* for its size: no longer path can be connected to */
        int n;

        if (!syspar_name_is_valid(name))
                return false;
        n = snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s/" NAME_SOCKET, directory, name);
        return n > 0 && (size_t) n < sizeof(address.sun_path) && access(address.sun_path, F_OK) == 0;
}

/* The only domain with a socket; else, or if the directory cannot be read, `default`. */
static void find_only_domain(const char *directory, char ret[static SYSPAR_NAME_MAX + 1]) {
        DIR *d = opendir(directory);
        struct dirent *entry;
        unsigned n = 0;

        while (d && (entry = readdir(d)))
                if (is_served(directory, entry->d_name) && n++ == 0)
                        (void) strcpy(ret, entry->d_name);
        if (d)
                (void) closedir(d);
        if (n != 1)
                (void) strcpy(ret, DEFAULT_DOMAIN);
}

/* False: the environment names what cannot be here. */
static bool find_domain(const char *directory, char ret[static SYSPAR_NAME_MAX + 1]) {
        const char *domain = variable("HA_DOMAIN_NAME"), *subsystem = variable("HA_GS_SUBSYS");

        if (subsystem && strcmp(subsystem, SUBSYSTEM) != 0) {
                if (strncmp(subsystem, SUBSYSTEM ".", strlen(SUBSYSTEM ".")) != 0)
                        return false;
                subsystem += strlen(SUBSYSTEM ".");
                if (domain && strcmp(domain, subsystem) != 0)
                        return false;
                domain = subsystem;
        }

        if (!domain)
                find_only_domain(directory, ret);
        else if (syspar_name_is_valid(domain))
                (void) strcpy(ret, domain);
        else
                return false;
        return true;
}

static bool find_address(struct sockaddr_un *ret) {
        const char *directory = run_directory();
        char domain[SYSPAR_NAME_MAX + 1];
        int n;

        if (!find_domain(directory, domain))
                return false;
        *ret = (struct sockaddr_un){ .sun_family = AF_UNIX };
        n = snprintf(ret->sun_path, sizeof(ret->sun_path), "%s/%s/" NAME_SOCKET, directory, domain);
        return n > 0 && (size_t) n < sizeof(ret->sun_path);
}

/* ---- connecting ---- */

static int limit_connect(int fd, uint64_t usec) {
        struct timeval limit = { .tv_sec = (time_t) (usec / USEC_PER_SEC),
                .tv_usec = (suseconds_t) (usec % USEC_PER_SEC) };

        return setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
}

/* A blocking connect(), as only that waits for a daemon whose backlog is full. */
static ha_gs_rc_t connect_by(int fd, uint64_t deadline) {
        struct sockaddr_un address;
        uint64_t now;
        int r;

        if (!find_address(&address))
                return HA_GS_CONNECT_FAILED;

        do {
                now = clock_usec(CLOCK_MONOTONIC);
                if (now >= deadline)
                        return HA_GS_CONNECT_FAILED;
                if (limit_connect(fd, deadline - now) < 0)
                        return HA_GS_SOCK_INIT_FAILED;
                r = connect(fd, (const struct sockaddr *) &address, sizeof(address));
        } while (r < 0 && errno == EINTR);
        if (r < 0)
                return HA_GS_CONNECT_FAILED;

        return fcntl(fd, F_SETFL, O_NONBLOCK) < 0 ? HA_GS_SOCK_INIT_FAILED : HA_GS_OK;
}

/* ---- the hello ---- */

/* One datagram; its length, or -1. */
static ssize_t receive_by(Connection *c, uint64_t deadline) {
        struct pollfd p = { .fd = c->fd, .events = POLLIN };
        uint64_t now;
        ssize_t n;

        for (;;) {
                n = recv(c->fd, c->datagrams, FRAME_SIZE_MAX, MSG_DONTWAIT);
                if (n >= 0 || (errno != EAGAIN && errno != EINTR))
                        return n;
                now = clock_usec(CLOCK_MONOTONIC);
                if (now >= deadline)
                        return -1;
                (void) poll(&p, 1, (int) ((deadline - now + 999) / 1000));
        }
}

static bool is_welcome(const void *data, size_t size, ClientWelcome *ret) {
        FrameReader body;
        FrameHead head;

        return frame_decode_head(data, size, &head, &body) == 0 && head.version == FRAME_VERSION &&
               head.type == FRAME_WELCOME && client_get_welcome(&body, ret) == 0 &&
               ret->version >= CLIENT_VERSION_MIN && ret->version <= CLIENT_VERSION_MAX;
}

ha_gs_rc_t connect_daemon(Connection *c, const ClientHello *hello) {
        uint64_t deadline = clock_usec(CLOCK_MONOTONIC) + DEADLINE_USEC;
        uint8_t frame[FRAME_HEAD_SIZE + sizeof(*hello) + 16];
        ClientWelcome welcome;
        ha_gs_rc_t r;
        ssize_t n;

        r = connect_by(c->fd, deadline);
        if (r != HA_GS_OK)
                return r;

        n = client_encode_hello(hello, frame, sizeof(frame));
        if (n < 0 || send(c->fd, frame, (size_t) n, MSG_NOSIGNAL) != n)
                return HA_GS_CONNECT_FAILED;
        n = receive_by(c, deadline);
        if (n < 0 || !is_welcome(c->datagrams, (size_t) n, &welcome))
                return HA_GS_CONNECT_FAILED;

        c->node_number = welcome.node_number;
        return HA_GS_OK;
}
