/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The incarnation: one more at every start of the daemon of a partition (control.md section 5). With the
 * node number it tells one run of a daemon from all others, for ever, and it is part of the log file's name.
 * It is kept in the file `incarnation` of the state directory, as a number and a newline, and stored before
 * the daemon is ready.
 */

#include <stdint.h>
#include <time.h>

enum {
        _INCARNATION_E_SUCCESS,

        INCARNATION_E_RECOVERED, /* the file could not be used, but the names of the log files */
};

/*
 * The number of this start. 0 or INCARNATION_E_RECOVERED, which fills *ret_warning with what was wrong with
 * the file; a first start, with neither file nor logs, is number 1 and a success. -ENOMEM.
 */
int incarnation_next(const char *state_directory, const char *log_directory, const char *syspar,
                uint64_t *ret, char **ret_warning);

/* Store it. Errors are those of file_replace(), or -ENOMEM. */
int incarnation_store(const char *state_directory, uint64_t incarnation, char **reterr);

/* When one was stored last, by this host's clock then; -ENOENT if never. */
int incarnation_stored_at(const char *state_directory, time_t *ret);
