/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Who is at the other end of a local connection, as the kernel tells it. */

#include <stddef.h>
#include <sys/types.h>

/*
 * The supplementary groups that the peer had when it connected, of which there may be 65,536, in an array to
 * free(); there may be none. Errors: those of getsockopt(), -ENODATA for a socket without peer; -ENOMEM.
 */
int peer_groups(int fd, gid_t **ret, size_t *ret_n);
