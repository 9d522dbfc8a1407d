/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * hags.conf and syspar.d (control.md section 2): what the administrator configured, checked, with the
 * built-in defaults where nothing was said.
 *
 * Layers, later wins key by key: for each of /usr/lib/hags, /run/hags and /etc/hags first hags.conf, then
 * hags.conf.d/ *.conf beside it in the order of their names. A missing file is no error. An unknown section or
 * key is a warning, an invalid value an error; both name file, line and key.
 */

#include <stdbool.h>
#include <stdint.h>

#include "util/macro.h"
#include "util/syspar-name.h"

#define NODE_NUMBER_MAX 2047

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

        char *log_directory;
        uint64_t log_lines;
        uint64_t log_max_total_size; /* bytes */
        unsigned log_max_incarnations;

        EngineType engine;
        bool quorum;
        uint64_t settle_time; /* microseconds */

        unsigned max_connections; /* a uid */
} Config;

/* Told of everything that is odd but no error, one sentence at a time. */
typedef void (*ConfigWarning)(void *userdata, const char *text);

/*
 * Load the configuration of this host. `root` is put before every path ("" in production). `warn` may be NULL.
 * On failure *reterr says file, line and key; -EINVAL for an invalid value, -ENOMEM, or the error of reading.
 */
int config_load(const char *root, ConfigWarning warn, void *userdata, Config *ret, char **reterr);

/*
 * Lay /etc/hags/syspar.d/<syspar>.conf, if it exists, over a configuration that config_load() made: Address=,
 * [Log] and [Engine]. Returns 1 if the file exists, 0 if not. Errors as config_load(); *c is then unchanged.
 */
int config_load_partition(const char *root, const char *syspar, ConfigWarning warn, void *userdata, Config *c,
                          char **reterr);

/*
 * The names of all partitions that have a file in syspar.d, sorted, NULL-terminated; free with
 * config_names_free(). Files whose name is no valid partition name are warned about and left out.
 */
int config_list_partitions(const char *root, ConfigWarning warn, void *userdata, char ***ret, char **reterr);

void config_done(Config *c);
char **config_names_free(char **names);

DEFINE_CLEANUP(char **, config_names_free)
