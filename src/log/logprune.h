/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The names of log files, and which of them go at the start of the daemon (control.md section 5, Log file).
 * A file is a partition's if its name is exactly `hags_<node>_<incarnation>.<syspar>` or
 * `hags.<syspar>_<node>_<incarnation>.<syspar>`, each also with `.bak`: as a partition's name has no dot, no
 * file is two partitions', be one called `bak` or `1_2`. Every other name is somebody else's.
 */

#include <stdint.h>

/* The name, without a directory, of a log file; the workstation's form for node 0. 0 or -ENOMEM. */
int logname_make(const char *syspar, unsigned node, uint64_t incarnation, char **ret);

typedef struct LogLimits {
        uint64_t max_bytes;        /* in all files of the partition, the current one counted */
        unsigned max_incarnations; /* the current one counted */
} LogLimits;

/*
 * Remove the oldest log files of one partition, until the rest is within both limits. Age is the
 * incarnation, and a .bak is older than what follows it. The files of the `current` incarnation stay, and
 * whatever is no regular file. Returns how many were removed (a missing directory holds none), or the
 * negative errno value of reading the directory or of the first file that could not be removed; the others
 * are gone all the same.
 */
int logprune(const char *directory, const char *syspar, uint64_t current, const LogLimits *limits);

/*
 * The highest incarnation that log file names of a partition tell, 0 if there is none: for a daemon that
 * lost count. One more always fits. 0, or the negative errno value of reading the directory; a missing one
 * holds none.
 */
int logprune_highest(const char *directory, const char *syspar, uint64_t *ret);
