/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * hags.conf and syspar.d (control.md section 2): what the administrator configured, checked, with the
 * built-in defaults where nothing was said.
 *
 * Layers, later wins key by key: for each of /usr/lib/hags, /run/hags and /etc/hags first hags.conf, then
 * hags.conf.d/ *.conf beside it in the order of their names. A missing file is no error, one that cannot be
 * read is. An unknown section or key is a warning, as is one that stands in the wrong kind of file; an
 * invalid value is an error. All name file, line and key.
 *
 * The form: `[Section]`, `Key=value`, names in exactly that case. A line that begins with # or ; is a
 * comment; a blank followed by ; begins one behind a value, # does not. Blanks around names and values do
 * not count, nor does a \r at the end of a line or a byte order mark at the beginning of the file. There are
 * no continuation lines, and no quotes. A section may come again; of a key that comes again the last counts;
 * an empty value is invalid. A line that is not a comment is shorter than 200 bytes (libinih's limit) and
 * has no NUL byte.
 */

#include <stdbool.h>
#include <stdint.h>

#include "util/strings.h"
#include "util/syspar-name.h"

typedef enum EngineType {
        ENGINE_LOCAL,    /* embedded: one host, nothing to configure */
        ENGINE_COROSYNC, /* corosync's closed process groups */
} EngineType;

typedef struct Config {
        unsigned node_number; /* 0: the control workstation */
        bool node_number_set; /* somebody wrote Number=, be it 0 */

        char partition[SYSPAR_NAME_MAX + 1];
        char *address; /* syspar.d only: the partition's IP address, or NULL */
        bool hacws;
        bool edit_services;

        char *log_directory; /* absolute, without .. and control characters */
        uint64_t log_lines;
        uint64_t log_max_total_size; /* bytes */
        unsigned log_max_incarnations;

        EngineType engine;
        bool quorum;
        uint64_t settle_time; /* microseconds */

        unsigned max_connections; /* these three a uid */
        unsigned max_memberships;
        uint64_t max_queued_bytes;
        uint64_t max_connection_queued_bytes;
} Config;

/* Told of everything that is odd but no error, one sentence at a time. */
typedef void (*ConfigWarning)(void *userdata, const char *text);

/*
 * Load the configuration of this host. `root` is put before every path ("" in production). `warn` may be
 * NULL. On failure *reterr says file, line and key; -EINVAL for an invalid value or line and for a corosync
 * engine without [Node] Number=, -ENOMEM, or the error of reading.
 */
int config_load(const char *root, ConfigWarning warn, void *userdata, Config *ret, char **reterr);

/*
 * Lay /etc/hags/syspar.d/<syspar>.conf, if it exists, over a configuration that config_load() made:
 * Address=, [Log] and [Engine]. Returns 1 if the file exists, 0 if not. Errors as config_load(); *c is then
 * unchanged.
 */
int config_load_partition(const char *root, const char *syspar, ConfigWarning warn, void *userdata,
                Config *c, char **reterr);

/*
 * The names of all partitions that have a file <syspar>.conf in syspar.d, sorted (util/strings.h). A name
 * that no partition can have is warned about and left out.
 */
int config_list_partitions(const char *root, ConfigWarning warn, void *userdata, char ***ret, char **reterr);

void config_done(Config *c);
