/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The two drop-ins that hagsctrl writes beside hags@<syspar>.service:
 *
 *      10-subsystem.conf   the registration, what mkssys put into SRC's database: port, node number, address
 *      50-trace.conf       long tracing from the next start on
 *
 * A partition is registered if the first exists. The unit asserts it, so that systemctl cannot start a
 * partition that was never added. Both files are whole or not there (util/fs.h); systemd must be reloaded
 * behind every change.
 */

#include <stdbool.h>
#include <stdint.h>

#include "util/fs.h"
#include "util/syspar-name.h"

typedef struct Registration {
        uint16_t port;
        unsigned node_number;
        char *address;       /* NULL: none */
        char *log_directory; /* NULL: the default one, which the unit may write anyway */
} Registration;

void registration_done(Registration *r);

/* The text of the drop-in. -ENOMEM. */
int registration_format(const char *syspar, const Registration *r, Bytes *ret);

/* The opposite, tolerant of what an administrator added. -EBADMSG: port or node number are missing or wrong.
 */
int registration_parse(const Bytes *file, Registration *ret);

typedef enum Dropin {
        DROPIN_SUBSYSTEM,
        DROPIN_TRACE,
        _DROPIN_MAX,
} Dropin;

/* Where a drop-in is. Free it. -ENOMEM. */
int dropin_path(const char *syspar, Dropin which, char **ret);

/* The whole file. 1 with *ret, 0 if there is none; errors of reading. */
int dropin_read(const char *syspar, Dropin which, Bytes *ret);

bool dropin_exists(const char *syspar, Dropin which);

/* Could it be written? 0 or a negative errno value with a sentence. Writes nothing. */
int dropin_check(const char *syspar, Dropin which, char **reterr);

/* Write or replace it, with its directory. */
int dropin_store(const char *syspar, Dropin which, const Bytes *content, char **reterr);

/* Remove it, and its directory with the last drop-in there. 1 if it was there, else 0. */
int dropin_remove(const char *syspar, Dropin which, char **reterr);

/* The text of the trace drop-in: one of our lifetime, not to be freed. */
Bytes dropin_trace_content(void);

/* All partitions that have one of the two, sorted; free with strings_free(). */
int dropin_list(char ***ret, char **reterr);

/* Remove what a killed run left: temporary files beside any drop-in, directories without one. */
void dropin_sweep(void);
