/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The socket that clients connect to, as a file: /run/hags/<syspar>/gsapi, SOCK_SEQPACKET, mode 0666.
 * Everybody may connect; who is let in is decided by access.h, so that a stranger gets a clear refusal and
 * the log an entry.
 */

/*
 * Bind and listen at `path`. The socket of an earlier run that nobody serves any more is replaced; anything
 * else in the way stays untouched: -EADDRINUSE (a running daemon serves it), -EEXIST (no socket at all).
 * Other errors are those of the calls made. *reterr is always filled on failure.
 */
int endpoint_listen(const char *path, int *ret_fd, char **reterr);

/* Remove the file, at an orderly end; a daemon that is killed leaves it to its successor. */
void endpoint_remove(const char *path);
