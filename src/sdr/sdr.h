/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The System Data Repository's class Syspar_ports: which port belongs to which subsystem in which partition.
 * The master is on the control workstation, a node has a copy (control.md section 1).
 *
 * The file is text: a first line `Syspar_ports 1` (class and version), then one line an object, `<syspar>
 * <subsystem> <port>`; blank lines and lines beginning with # are allowed and not kept. Anything else is
 * damage: a port outside 1..65535, a pair of partition and subsystem or a port that comes twice, a last line
 * without its newline (the file was cut short), an empty file. Damage is an error that names file and line,
 * and whoever gets it writes nothing. Other subsystems than hags are kept.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/fs.h"
#include "util/syspar-name.h"

#define SDR_SUBSYSTEM "hags"
#define SDR_PORT_FIRST 10000
#define SDR_PORT_LAST 10100

/* The largest file that is read. More ports than there are do not fill it. */
#define SDR_FILE_MAX ((size_t) 16 << 20)

/* The name of a subsystem is made as that of a partition. */
typedef struct SdrObject {
        char syspar[SYSPAR_NAME_MAX + 1];
        char subsystem[SYSPAR_NAME_MAX + 1];
        uint16_t port;
} SdrObject;

typedef struct Sdr {
        SdrObject *objects; /* sorted by partition, then subsystem; no port comes twice */
        size_t n_objects;
} Sdr;

void sdr_done(Sdr *sdr);

/* Parse the bytes of a file; `name` stands in messages. -EBADMSG for damage, -EPROTO for another version. */
int sdr_parse(const char *name, const Bytes *file, Sdr *ret, char **reterr);

/* The bytes of a file; parse and format are inverse. -ENOMEM. */
int sdr_format(const Sdr *sdr, Bytes *ret);

/* Load `path`; a missing file is an empty repository. Errors as sdr_parse(), or of reading. */
int sdr_load(const char *path, Sdr *ret, char **reterr);

/* Replace `path` by the repository; a new file gets mode 0644. Errors of file_replace(). */
int sdr_store(const char *path, const Sdr *sdr, char **reterr);

/* The port of hags in a partition, 0 if there is none. */
uint16_t sdr_port(const Sdr *sdr, const char *syspar);

/* Record the port of hags in a partition. -EEXIST if it has one, or the port belongs to another; -ENOMEM. */
int sdr_add(Sdr *sdr, const char *syspar, uint16_t port);

/* Remove every object of subsystem hags. Returns how many there were. */
size_t sdr_remove_all(Sdr *sdr);

/*
 * Lay an imported repository over this one. As a copy (`is_copy`, on a node): it becomes what the import is.
 * As the master: new objects are added, an object that the master has with another port, or a port that it
 * gave to another one, is an error (-EEXIST) naming both. Returns how many objects came, went or changed; on
 * failure *sdr is unchanged.
 */
int sdr_import(Sdr *sdr, const Sdr *imported, bool is_copy, char **reterr);

/*
 * The lowest port of 10000..10100 that neither the repository nor any line of /etc/services (`services`, may
 * be NULL) uses. -ENOSPC with a sentence that counts the holders of both kinds.
 */
int sdr_allocate_port(const Sdr *sdr, const Bytes *services, uint16_t *ret, char **reterr);
