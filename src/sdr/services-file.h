/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * /etc/services on disk: what services.h computes, read from and put into the real file. The file is
 * replaced whole (util/fs.h); a symbolic link, mode, owner, ACL and extended attributes stay. Functions
 * return a negative errno value with a sentence in *reterr.
 */

#include <stdint.h>

#include "util/fs.h"

/* Read the file. 1 with *ret, 0 if there is none. */
int services_file_read(const char *path, Bytes *ret, char **reterr);

/*
 * Give partition `syspar` its lines with `port`. 1 if the file was changed, 0 if it was right already. With
 * `dry` only whether that could be done is found out: the file is read, a conflict (-EEXIST) and a file that
 * cannot be replaced (-EROFS, -EPERM, -EBUSY) are errors, nothing is written.
 */
int services_file_add(const char *path, const char *syspar, uint16_t port, bool dry, char **reterr);

/* Take out our lines of a partition, or of all (NULL). Values and `dry` as above. */
int services_file_remove(const char *path, const char *syspar, bool dry, char **reterr);
