/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Which scripts may be run, and with what arguments (gsapi.md 3.7). */

#include "deactivate/client.h"
#include "wire/deactivate.h"

#define SCRIPT_ARGUMENTS 7 /* script pid limit flag group instance node */

typedef struct ScriptArguments {
        char *argv[SCRIPT_ARGUMENTS + 1]; /* into the request, and into the numbers below */
        char pid[16], limit[16], instance[16], node[16];
} ScriptArguments;

/* Make argv of a request, which must stay where it is for as long as *ret is used. */
void script_fill_arguments(const DeactivateRequest *request, const Client *client, ScriptArguments *ret);

/*
 * Open `path` with O_PATH, for a process that is already `uid`: what it may not reach is not reached. It
 * must be absolute and lead to a regular file. For root moreover the file and each directory on the way must
 * belong to root and be writable by nobody else, and none of them be a symbolic link: else whoever can
 * replace one of them decides what root runs. A sticky directory such as /tmp is no exception: everybody can
 * put a file there before root does.
 *
 * Returns 0, or with a sentence in *reterr -EINVAL: not absolute, -EACCES: no regular file, -EPERM: not
 * root's alone, or the error of openat().
 */
int script_open(const char *path, uid_t uid, int *ret_fd, char **reterr);
