/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The laws of the /etc/services editor, for any bytes: what the property test (files that it generates) and
 * the fuzz target (files that libFuzzer finds) both check. A law is a function that returns NULL, or what is
 * wrong. Which lines are ours is decided here by a regular expression, independently of the code under test.
 */

#include <ctype.h>
#include <regex.h>
#include <stdint.h>
#include <string.h>

#include "sdr/services.h"

#define LAW_HEADER "# This file was made by hagsctrl. # hagsctrl\n"
#define LAW_BLANK "[ \t\v\f\r]"
#define LAW_NAME "hags\\.[A-Za-z0-9][A-Za-z0-9_-]{0,23}"
#define LAW_PORT "([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])"
#define LAW_LINE \
        "^" LAW_BLANK "*" LAW_NAME LAW_BLANK "+" LAW_PORT "/(tcp|udp)" LAW_BLANK "*# hagsctrl" LAW_BLANK "*$"

/* The partitions that the laws are tried with, and the index that means any partition. */
#define LAW_N_SYSPARS 3
#define LAW_EVERY LAW_N_SYSPARS

static const char *const law_syspars[LAW_N_SYSPARS] = { "p", "pp", "sp_prod" };

/* Is it a line of law_syspars[which], or of any partition (LAW_EVERY)? */
static inline bool law_line_is_ours(const char *text, size_t length, unsigned which) {
        const char *syspar = which == LAW_EVERY ? "" : law_syspars[which];
        regmatch_t range = { .rm_so = 0, .rm_eo = (regoff_t) length };
        static regex_t compiled;
        static bool ready;
        const char *name;

        if (!ready && regcomp(&compiled, LAW_LINE, REG_EXTENDED | REG_NOSUB) != 0)
                abort();
        ready = true;

        /* A regular expression takes its time: first what is quickly seen. */
        name = memmem(text, length, "hags.", 5);
        if (!name || !memmem(text, length, "# hagsctrl", 10) || memchr(text, 0, length))
                return false;
        name += strlen("hags.");
        if (strncmp(name, syspar, strlen(syspar)) != 0 || (*syspar && isgraph(name[strlen(syspar)])))
                return false;

        return regexec(&compiled, text, 1, &range, REG_STARTEND) == 0;
}

/* The file without the lines of one partition, or of every one: what removing must give. */
static inline Bytes law_without(const Bytes *file, unsigned which) {
        Bytes rest = { .data = malloc(file->size + 1) };
        size_t next;

        if (!rest.data)
                abort();

        for (size_t i = 0; i < file->size; i = next) {
                const char *line = file->data + i, *newline = memchr(line, '\n', file->size - i);
                size_t length = newline ? (size_t) (newline - line) : file->size - i;

                next = i + length + (newline ? 1 : 0);
                if (law_line_is_ours(line, length, which))
                        continue;
                memcpy(rest.data + rest.size, line, next - i);
                rest.size += next - i;
        }
        return rest;
}

static inline Bytes law_copy(const Bytes *file) {
        Bytes copy = { .data = malloc(file->size + 1), .size = file->size };

        if (!copy.data)
                abort();
        if (file->size > 0)
                memcpy(copy.data, file->data, file->size);
        copy.data[copy.size] = 0;
        return copy;
}

static inline bool law_equal(const Bytes *a, const Bytes *b) {
        return a->size == b->size && (a->size == 0 || memcmp(a->data, b->data, a->size) == 0);
}

static inline bool law_is_header(const Bytes *file) {
        return law_equal(file, &(Bytes){ (char *) LAW_HEADER, strlen(LAW_HEADER) });
}

static inline bool law_has_port(const Bytes *file, const char *syspar, uint16_t port) {
        ServicesEntry entry;

        services_lookup(file, syspar, &entry);
        return entry.tcp_port == port && entry.udp_port == port;
}

/* Removing takes the lines of ours and nothing else. */
static inline const char *law_remove(const Bytes *file, unsigned which) {
        _cleanup_(bytes_done) Bytes rest = law_without(file, which), new = law_copy(file);
        int r;

        r = services_remove(&new, which == LAW_EVERY ? NULL : law_syspars[which]);
        if (!law_equal(&new, &rest))
                return "removing did not leave what is not ours";
        if (law_is_header(&rest))
                return r == SERVICES_E_EMPTY ? NULL : "a file that we made is not given up";
        if (law_equal(file, &rest))
                return r == SERVICES_E_UNCHANGED ? NULL : "removing nothing is not said to be that";
        return r == 0 ? NULL : "removing lines is not said to be that";
}

static inline const char *law_conflict(const Bytes *file, unsigned which, const ServicesLine *line) {
        size_t n = 1;

        if (line->text < file->data || line->text + line->length > file->data + file->size)
                return "the conflicting line is not in the file";
        if (line->text > file->data && line->text[-1] != '\n')
                return "the conflicting line does not begin where a line does";
        for (const char *p = file->data; p < line->text; p++)
                n += *p == '\n';
        if (n != line->number)
                return "the conflicting line has the wrong number";
        if (law_line_is_ours(line->text, line->length, which))
                return "a line of ours is a conflict";
        if (!memmem(line->text, line->length, law_syspars[which], strlen(law_syspars[which])))
                return "the conflicting line does not name the partition";
        return NULL;
}

/* Adding gives the partition its port, changes nothing else, is done once, and removing undoes it. */
static inline const char *law_add(const Bytes *file, unsigned which, uint16_t port) {
        _cleanup_(bytes_done) Bytes rest = law_without(file, which), new = law_copy(file);
        _cleanup_(bytes_done) Bytes new_rest = { 0 };
        const char *syspar = law_syspars[which];
        ServicesLine line = { 0 };
        bool used = false;
        int r;

        r = services_add(&new, syspar, port, &line);
        if (r != 0 && !law_equal(&new, file))
                return "the file is changed though nothing is added";
        if (r == SERVICES_E_CONFLICT)
                return law_conflict(&new, which, &line);
        if (r == SERVICES_E_UNCHANGED)
                return law_has_port(file, syspar, port) ? NULL : "what is missing is not added";
        if (r != 0)
                return "adding fails";

        if (!law_has_port(&new, syspar, port))
                return "the port is not there after adding";
        if (services_add(&new, syspar, port, NULL) != SERVICES_E_UNCHANGED)
                return "adding twice changes something";
        services_used_ports(&new, port, port, &used);
        if (!used)
                return "the port that was added is not in use";

        new_rest = law_without(&new, which);
        if (!law_equal(&new_rest, &rest))
                return "adding changed a line that is not ours";
        return law_remove(&new, which);
}

/*
 * Partitions added and removed in any order: what was there without them is there again, byte for byte.
 * `order` has every partition twice: the first time it is added, the second time removed.
 */
static inline const char *law_several(const Bytes *file, const unsigned order[static 2 * LAW_N_SYSPARS],
                                      uint16_t port) {
        _cleanup_(bytes_done) Bytes before = law_without(file, LAW_EVERY);
        _cleanup_(bytes_done) Bytes now = law_without(file, LAW_EVERY);
        bool added[LAW_N_SYSPARS] = { false };

        for (size_t i = 0; i < 2 * LAW_N_SYSPARS; i++) {
                unsigned which = order[i];
                int r;

                if (added[which])
                        r = services_remove(&now, law_syspars[which]);
                else
                        r = services_add(&now, law_syspars[which], (uint16_t) (port + which), NULL);
                added[which] = true;

                if (r == SERVICES_E_CONFLICT)
                        return NULL; /* law_add() looks at those */
                if (r == SERVICES_E_EMPTY)
                        return law_is_header(&before) ? NULL : "a file that is not ours is given up";
        }
        return law_equal(&now, &before) ? NULL : "adding and removing several is not the identity";
}

/* All of them. Returns NULL, or which law is broken. */
static inline const char *services_laws(const Bytes *file, const unsigned order[static 2 * LAW_N_SYSPARS],
                                        uint16_t port) {
        const char *broken = NULL;

        for (unsigned which = 0; which < LAW_N_SYSPARS && !broken; which++) {
                broken = law_remove(file, which);
                if (!broken)
                        broken = law_add(file, which, port);
        }
        if (!broken)
                broken = law_remove(file, LAW_EVERY);
        return broken ? broken : law_several(file, order, port);
}
