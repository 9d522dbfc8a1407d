/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who may be a client: see access.h. */

#include "session/access.h"

#include <errno.h>
#include <grp.h>
#include <stdlib.h>

#include "util/macro.h"
#include "util/peer.h"

int access_resolve(const char *group, Access *ret) {
        const struct group *entry;

        *ret = (Access){ .has_group = false };

        /* getgrnam() leaves errno alone or sets one of these where nothing failed but the search. */
        errno = 0;
        /* cppcheck-suppress getgrnamCalled ; there are no threads */
        entry = getgrnam(group);
        if (!entry)
                return errno == 0 || errno == ENOENT || errno == ESRCH ? ACCESS_E_NO_GROUP : -errno;

        *ret = (Access){ .has_group = true, .group = entry->gr_gid };
        return 0;
}

int access_check(const Access *a, int fd, struct ucred *ret_peer) {
        _cleanup_(freep) gid_t *groups = NULL;
        socklen_t size = sizeof(*ret_peer);
        struct ucred peer;
        size_t n_groups = 0;
        int r;

        if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
                return -errno;
        *ret_peer = peer;

        if (peer.uid == 0)
                return 0;
        if (!a->has_group)
                return ACCESS_E_DENIED;
        if (peer.gid == a->group)
                return 0;

        r = peer_groups(fd, &groups, &n_groups);
        if (r < 0)
                return r;

        for (size_t i = 0; i < n_groups; i++)
                if (groups[i] == a->group)
                        return 0;

        return ACCESS_E_DENIED;
}
