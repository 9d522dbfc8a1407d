/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One file of configuration: the table of all keys, and libinih under it. For config.c only. */

#include "config/config.h"
#include "util/macro.h"

/* The two kinds of file; each key says in which it may stand. */
typedef enum ConfigFileKind {
        CONFIG_FILE_HOST = 1 << 0,      /* hags.conf and hags.conf.d */
        CONFIG_FILE_PARTITION = 1 << 1, /* syspar.d */
} ConfigFileKind;

/* Who is told what. */
typedef struct ConfigReader {
        ConfigWarning warn;
        void *userdata;
        char **reterr;
} ConfigReader;

/*
 * Lay the file over *c. Returns 1, or 0 if there is none. On failure, with a sentence as config_load(), *c
 * has those of its settings that came before.
 */
int config_file_read(const ConfigReader *reader, ConfigFileKind kind, const char *path, Config *c);

void config_warn(const ConfigReader *reader, const char *format, ...) _printf_(2, 3);
