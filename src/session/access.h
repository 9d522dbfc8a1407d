/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Who may be a client (control.md section 5, Clients): root, and whoever has the client group as primary or
 * supplementary group. The kernel tells the credentials of the moment of connect(); nothing that the client
 * sends counts.
 */

#include <stdbool.h>
#include <sys/socket.h>
#include <sys/types.h>

enum {
        _ACCESS_E_SUCCESS,

        ACCESS_E_NO_GROUP, /* there is no such group on this host: only root is let in */
        ACCESS_E_DENIED,   /* neither root nor a member */
};

typedef struct Access {
        bool has_group;
        gid_t group;
} Access;

/*
 * Look the client group up, once: name services may block, so this is no call for an event handler. *ret is
 * always written; on 0 the group's members are let in, on ACCESS_E_NO_GROUP or a negative errno value (the
 * lookup failed) only root.
 */
int access_resolve(const char *group, Access *ret);

/*
 * May the process at the other end of `fd` be a client? 0 or ACCESS_E_DENIED, both with its credentials in
 * *ret_peer, or the negative errno value of the socket.
 */
int access_check(const Access *a, int fd, struct ucred *ret_peer);
