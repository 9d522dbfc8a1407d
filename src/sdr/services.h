/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The editor of /etc/services (control.md section 3), as functions on the bytes of a file: no I/O, no state.
 * The file is somebody else's: every byte that is not a line of ours stays as and where it is, whatever it
 * may be.
 *
 * A line is ours, "marked", if it is an entry `hags.<syspar> <port>/<tcp or udp>` without aliases and its
 * only comment is the mark `# hagsctrl`; blanks may be anywhere between them, so an administrator may align
 * our lines, and a \r may end them. What else ends in the mark is not ours. Only marked lines are ever
 * removed.
 *
 * Other lines are read as the C library reads them: blanks, a name, blanks, `port/protocol`, aliases, and
 * nothing from a # or a NUL on. A line whose port is not 1 to 65535, in decimal without leading zeros, is no
 * entry.
 *
 * We write complete lines and put them behind the last newline, before a last line that has none: a missing
 * final newline stays missing, and taking our lines out again gives the identical bytes, for all bytes.
 *
 * A file that did not exist begins with a marked comment; when nothing but that comment is left, the file is
 * ours to remove.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/fs.h"
#include "util/syspar-name.h"

enum {
        _SERVICES_E_SUCCESS,

        SERVICES_E_UNCHANGED, /* nothing to do */
        SERVICES_E_CONFLICT,  /* a line that is not ours gives the name another port */
        SERVICES_E_EMPTY,     /* nothing is left of a file that we made: remove it */
};

/* A line of the file, for messages: `text` is not terminated and has no line end; `number` counts from 1. */
typedef struct ServicesLine {
        const char *text;
        size_t length;
        size_t number;
} ServicesLine;

/* What the file says of one partition: port 0 where no line has the protocol; the first line counts. */
typedef struct ServicesEntry {
        uint16_t tcp_port, udp_port;
        bool tcp_marked, udp_marked;
} ServicesEntry;

/*
 * Make sure that the file (`data` NULL: there is none) has `hags.<syspar>` with `port` for tcp and udp.
 * Marked lines with another port are replaced; other lines that already say the right thing, be it by an
 * alias, are used. Returns 0 and has edited *file, which must be malloc()ed, in place. Returns
 * SERVICES_E_UNCHANGED, SERVICES_E_CONFLICT with *ret_conflict (may be NULL) pointing into it, for a line of
 * any protocol, or -ENOMEM: *file is as it was.
 */
int services_add(Bytes *file, const char *syspar, uint16_t port, ServicesLine *ret_conflict);

/*
 * Take out the marked lines of one partition, or of all (`syspar` NULL). Returns 0 and has edited *file in
 * place; SERVICES_E_UNCHANGED; SERVICES_E_EMPTY.
 */
int services_remove(Bytes *file, const char *syspar);

/* What the file says of `syspar`. A partition that it does not know gives all zeroes. */
void services_lookup(const Bytes *file, const char *syspar, ServicesEntry *ret);

/* Set used[port - first] for every port of first..last that any line uses, of any protocol and name. */
void services_used_ports(const Bytes *file, uint16_t first, uint16_t last, bool *used);

/* Call `found` for every partition that has a marked line, in file order; a name may come more than once. */
void services_each_marked(
                const Bytes *file, void (*found)(void *userdata, const char *syspar), void *userdata);
