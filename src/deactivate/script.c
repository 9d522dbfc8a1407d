/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which scripts may be run, and with what arguments: see script.h. */

#include "deactivate/script.h"

#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include "util/fault.h"

void script_fill_arguments(const DeactivateRequest *request, const Client *client, ScriptArguments *ret) {
        (void) snprintf(ret->pid, sizeof(ret->pid), "%d", (int) client->pid);
        (void) snprintf(ret->limit, sizeof(ret->limit), "%u", (unsigned) request->limit);
        (void) snprintf(ret->instance, sizeof(ret->instance), "%u", (unsigned) request->provider.instance);
        (void) snprintf(ret->node, sizeof(ret->node), "%u", (unsigned) request->provider.node);

        ret->argv[0] = (char *) request->script;
        ret->argv[1] = ret->pid;
        ret->argv[2] = ret->limit;
        ret->argv[3] = (char *) request->flag;
        ret->argv[4] = (char *) request->group;
        ret->argv[5] = ret->instance;
        ret->argv[6] = ret->node;
        ret->argv[7] = NULL;
}

static int fault_open(const char *path, char **reterr) {
        return fault(reterr, -errno, "cannot open the script '%s': %s", path, strerror(errno));
}

/* The mode of a symbolic link says that everybody may write. */
static int check_root_alone(int fd, const char *path, const char *name, char **reterr) {
        struct stat st;

        if (fstat(fd, &st) < 0)
                return fault_open(path, reterr);
        if (st.st_uid != 0 || st.st_mode & (S_IWGRP | S_IWOTH))
                return fault(reterr, -EPERM,
                                "the script '%s' is not run as root: '%s' in its path is a symbolic link, "
                                "or does not belong to root, or can be written by others",
                                path, *name ? name : "/");
        return 0;
}

/* Step by step, each from the directory that has just been checked: nobody can exchange one in between. */
static int open_as_root(const char *path, int *ret_fd, char **reterr) {
        char copy[DEACTIVATE_SCRIPT_MAX + 1], *rest = copy, *name;
        _cleanup_(closep) int at = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
        int r;

        (void) snprintf(copy, sizeof(copy), "%s", path);
        while ((name = strsep(&rest, "/"))) {
                _cleanup_(closep) int directory = TAKE_FD(at);

                at = *name ? openat(directory, name, O_PATH | O_NOFOLLOW | O_CLOEXEC) : TAKE_FD(directory);
                if (at < 0)
                        return fault_open(path, reterr);
                r = check_root_alone(at, path, name, reterr);
                if (r < 0)
                        return r;
        }

        *ret_fd = TAKE_FD(at);
        return 0;
}

int script_open(const char *path, uid_t uid, int *ret_fd, char **reterr) {
        _cleanup_(closep) int fd = -EBADF;
        struct stat st;
        int r;

        if (path[0] != '/')
                return fault(reterr, -EINVAL, "the path of the script '%s' is not absolute", path);

        if (uid == 0) {
                r = open_as_root(path, &fd, reterr);
                if (r < 0)
                        return r;
        } else {
                fd = open(path, O_PATH | O_CLOEXEC);
                if (fd < 0)
                        return fault_open(path, reterr);
        }

        if (fstat(fd, &st) < 0)
                return fault_open(path, reterr);
        if (!S_ISREG(st.st_mode))
                return fault(reterr, -EACCES, "the script '%s' is no regular file", path);

        *ret_fd = TAKE_FD(fd);
        return 0;
}
