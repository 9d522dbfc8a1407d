/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Messages to systemd that nobody waits for: see notify.h. */

#include "hagsd/notify.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>

#include "util/macro.h"

/* A path, or with @ in front the name of an abstract socket. */
static int make_address(const char *name, struct sockaddr_un *ret, socklen_t *ret_size) {
        size_t length = strlen(name);

        if ((name[0] != '/' && name[0] != '@') || length >= sizeof(ret->sun_path))
                return -EAFNOSUPPORT;

        *ret = (struct sockaddr_un){ .sun_family = AF_UNIX };
        memcpy(ret->sun_path, name, length);
        if (name[0] == '@')
                ret->sun_path[0] = 0;
        *ret_size = (socklen_t) (offsetof(struct sockaddr_un, sun_path) + length + (name[0] == '/'));
        return 0;
}

int notify_send(const char *state) {
        const char *name = getenv("NOTIFY_SOCKET");
        _cleanup_(closep) int fd = -EBADF;
        struct sockaddr_un address;
        socklen_t size;
        int r;

        if (!name)
                return 0;
        r = make_address(name, &address, &size);
        if (r < 0)
                return r;
        fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0)
                return -errno;
        return sendto(fd, state, strlen(state), MSG_NOSIGNAL, (const struct sockaddr *) &address, size) < 0
                               ? -errno
                               : 0;
}

/* Twice in the time that systemd grants, as sd_watchdog_enabled(3) advises. */
static int arm(sd_event_source *timer, uint64_t usec) {
        int r = sd_event_source_set_time_relative(timer, usec / 2);

        return r < 0 ? r : sd_event_source_set_enabled(timer, SD_EVENT_ONESHOT);
}

static int on_watchdog(sd_event_source *timer, _unused_ uint64_t now, _unused_ void *userdata) {
        uint64_t usec;

        (void) notify_send("WATCHDOG=1");
        return sd_watchdog_enabled(/* unset_environment= */ 0, &usec) > 0 ? arm(timer, usec) : 0;
}

int notify_watchdog(sd_event *event, sd_event_source **ret) {
        sd_event_source *timer = NULL;
        uint64_t usec;
        int r;

        *ret = NULL;
        if (sd_watchdog_enabled(/* unset_environment= */ 0, &usec) <= 0)
                return 0;

        r = sd_event_add_time(event, &timer, CLOCK_MONOTONIC, UINT64_MAX, usec / 10, on_watchdog, NULL);
        if (r >= 0)
                r = arm(timer, usec);
        if (r < 0) {
                (void) sd_event_source_disable_unref(timer);
                return r;
        }
        *ret = timer;
        return 0;
}
