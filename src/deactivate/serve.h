/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The one connection that a run of the helper is for: a request, a script, an answer. */

#include <sys/types.h>

/*
 * Take the request from the connection `fd`, whose other end must be `daemon`, hagsd's user, or root; run
 * the script; answer. A request that is refused is answered as well: the script was not started.
 *
 * Returns 0 where the script was started, or the negative errno value with a sentence in *reterr: -EPERM:
 * the other end is somebody else, who gets no answer; -EBADMSG: what came is no request with one descriptor;
 * -ETIMEDOUT: nothing came; or why the script was not started.
 */
int serve(int fd, uid_t daemon, char **reterr);
