/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The editor of /etc/services: see services.h for which lines are ours and what happens to the others. */

#include "sdr/services.h"

#include <string.h>

#define NAME_PREFIX "hags."
#define MARK "# hagsctrl"
#define HEADER "# This file was made by hagsctrl. " MARK "\n"

#define NAME_MAX_LENGTH (sizeof(NAME_PREFIX) - 1 + SYSPAR_NAME_MAX)
#define LINE_MAX_LENGTH (NAME_MAX_LENGTH + sizeof(" 65535/tcp " MARK "\n") - 1)

/* Bytes inside a file; never terminated. */
typedef struct Span {
        const char *text;
        size_t length;
} Span;

#define SPAN(literal) ((Span){ (literal), sizeof(literal) - 1 })

static bool span_equal(Span a, Span b) {
        return a.length == b.length && memcmp(a.text, b.text, a.length) == 0;
}

/* ---- lines ---- */

/* A line: `text` is without the newline, `size` counts it, if there is one. */
typedef struct Line {
        Span text;
        size_t offset;
        size_t size;
} Line;

/*
 * Find the next line at or behind *cursor, the beginning of a line, that contains `word`, and move *cursor
 * behind it. memmem() leaps over the lines that cannot matter, and as a line is found once, however many
 * words stand in it, the time is linear for lines of any length.
 */
static bool next_line_with(const Bytes *file, Span word, size_t *cursor, Line *ret) {
        const char *from, *end, *hit, *before, *newline;

        if (*cursor >= file->size)
                return false;

        from = file->data + *cursor;
        end = file->data + file->size;
        hit = memmem(from, (size_t) (end - from), word.text, word.length);
        if (!hit)
                return false;

        before = memrchr(from, '\n', (size_t) (hit - from));
        if (before)
                from = before + 1;
        newline = memchr(hit, '\n', (size_t) (end - hit));

        *ret = (Line){
                .text = { from, (size_t) ((newline ? newline : end) - from) },
                .offset = (size_t) (from - file->data),
                .size = (size_t) ((newline ? newline + 1 : end) - from),
        };
        *cursor = ret->offset + ret->size;
        return true;
}

static size_t line_number(const Bytes *file, const Line *line) {
        const char *p = file->data, *end = file->data + line->offset;
        size_t n = 1;

        while ((p = memchr(p, '\n', (size_t) (end - p)))) {
                n++;
                p++;
        }
        return n;
}

/* ---- entries: what the C library's getservbyname() makes of a line ---- */

typedef enum Protocol {
        PROTOCOL_TCP,
        PROTOCOL_UDP,
        _PROTOCOL_OURS, /* how many we register */
        PROTOCOL_OTHER = _PROTOCOL_OURS,
} Protocol;

static const Span protocol_names[_PROTOCOL_OURS] = {
        [PROTOCOL_TCP] = { "tcp", 3 },
        [PROTOCOL_UDP] = { "udp", 3 },
};

typedef struct Entry {
        Span name;
        Span aliases;
        uint16_t port;
        Protocol protocol;
        bool is_ours; /* written by hagsctrl: marked, and of the form that it writes */
} Entry;

static bool is_blank(char c) {
        return c == ' ' || c == '\t' || c == '\v' || c == '\f' || c == '\r';
}

static Span next_word(Span *rest) {
        Span word;

        for (; rest->length > 0 && is_blank(*rest->text); rest->length--)
                rest->text++;

        word = *rest;
        for (; rest->length > 0 && !is_blank(*rest->text); rest->length--)
                rest->text++;

        word.length -= rest->length;
        return word;
}

/* `10000/tcp`. Not a leading zero: the C library takes that for octal, and nobody means it. */
static bool parse_port_and_protocol(Span word, uint16_t *ret_port, Protocol *ret_protocol) {
        Protocol protocol = PROTOCOL_TCP;
        unsigned port = 0;
        size_t i;

        for (i = 0; i < word.length && word.text[i] >= '0' && word.text[i] <= '9'; i++) {
                port = port * 10 + (unsigned) (word.text[i] - '0');
                if (port > UINT16_MAX)
                        return false;
        }
        if (port == 0 || *word.text == '0' || i + 1 >= word.length || word.text[i] != '/')
                return false;

        word = (Span){ word.text + i + 1, word.length - i - 1 };
        while (protocol < _PROTOCOL_OURS && !span_equal(word, protocol_names[protocol]))
                protocol++;

        *ret_port = (uint16_t) port;
        *ret_protocol = protocol;
        return true;
}

/* `hags.` and a valid name of a partition; *ret is that name. */
static bool name_is_ours(Span name, Span *ret) {
        Span prefix = SPAN(NAME_PREFIX), syspar;

        if (name.length < prefix.length || memcmp(name.text, prefix.text, prefix.length) != 0)
                return false;

        syspar = (Span){ name.text + prefix.length, name.length - prefix.length };
        if (!syspar_name_is_valid_n(syspar.text, syspar.length))
                return false;

        *ret = syspar;
        return true;
}

static bool is_mark(Span comment) {
        while (comment.length > 0 && is_blank(comment.text[comment.length - 1]))
                comment.length--;
        return span_equal(comment, SPAN(MARK));
}

/* The part of a line that the C library reads: up to a comment or, as of every string, a NUL. */
static Span without_comment(Span line) {
        size_t n = 0;

        while (n < line.length && line.text[n] != '#' && line.text[n] != 0)
                n++;
        return (Span){ line.text, n };
}

static bool entry_parse(Span line, Entry *ret) {
        Span rest = without_comment(line), comment, aliases, syspar;
        Entry e;

        comment = (Span){ line.text + rest.length, line.length - rest.length };
        e.name = next_word(&rest);
        if (!parse_port_and_protocol(next_word(&rest), &e.port, &e.protocol))
                return false;

        e.aliases = aliases = rest;
        e.is_ours = e.protocol < _PROTOCOL_OURS && is_mark(comment) && next_word(&aliases).length == 0 &&
                    name_is_ours(e.name, &syspar);
        *ret = e;
        return true;
}

static bool entry_is_named(const Entry *e, Span name) {
        Span rest = e->aliases, alias;

        if (span_equal(e->name, name))
                return true;

        while ((alias = next_word(&rest)).length > 0)
                if (span_equal(alias, name))
                        return true;
        return false;
}

/* The next line that says something of the service `name`. */
static bool next_entry_named(
                const Bytes *file, Span name, size_t *cursor, Line *ret_line, Entry *ret_entry) {
        while (next_line_with(file, name, cursor, ret_line))
                if (entry_parse(ret_line->text, ret_entry) && entry_is_named(ret_entry, name))
                        return true;
        return false;
}

/* The next line of ours, of any partition. */
static bool next_entry_marked(const Bytes *file, size_t *cursor, Line *ret_line, Entry *ret_entry) {
        while (next_line_with(file, SPAN(MARK), cursor, ret_line))
                if (entry_parse(ret_line->text, ret_entry) && ret_entry->is_ours)
                        return true;
        return false;
}

static Span service_name(const char *syspar, char buffer[static NAME_MAX_LENGTH + 1]) {
        (void) snprintf(buffer, NAME_MAX_LENGTH + 1, NAME_PREFIX "%s", syspar);
        return (Span){ buffer, strlen(buffer) };
}

/* ---- editing in place: a large file is neither copied nor held twice ---- */

static void keep(Bytes *file, size_t *kept, size_t from, size_t to) {
        if (*kept != from)
                memmove(file->data + *kept, file->data + from, to - from);
        *kept += to - from;
}

/*
 * Take out our lines of `name`, or of every partition (NULL), but those that say `right_port`; what stays
 * moves up. Returns whether there were any.
 */
static bool cut(Bytes *file, const Span *name, uint16_t right_port) {
        size_t cursor = 0, kept = 0, taken = 0;
        Entry entry;
        Line line;

        while (name ? next_entry_named(file, *name, &cursor, &line, &entry)
                    : next_entry_marked(file, &cursor, &line, &entry)) {
                if (!entry.is_ours || entry.port == right_port)
                        continue;
                keep(file, &kept, taken, line.offset);
                taken = line.offset + line.size;
        }
        if (taken == 0)
                return false;

        keep(file, &kept, taken, file->size);
        file->size = kept;
        file->data[kept] = 0;
        return true;
}

/* Put `text` behind the last newline: an incomplete last line stays the last one, and stays incomplete. */
static void insert(Bytes *file, Span text) {
        char *at = file->data, *newline = memrchr(file->data, '\n', file->size);

        if (newline)
                at = newline + 1;

        memmove(at + text.length, at, (size_t) (file->data + file->size - at));
        memcpy(at, text.text, text.length);
        file->size += text.length;
        file->data[file->size] = 0;
}

/* ---- the interface ---- */

static int conflict(const Bytes *file, const Line *line, ServicesLine *ret) {
        if (ret)
                *ret = (ServicesLine){
                        .text = line->text.text,
                        .length = line->text.length,
                        .number = line_number(file, line),
                };
        return SERVICES_E_CONFLICT;
}

/* What add puts in: the header of a file that is yet to be made, and a line for each protocol not there. */
static Span format_addition(char *buffer, size_t size, bool header, Span name, uint16_t port,
                const bool present[static _PROTOCOL_OURS]) {
        size_t n = 0;

        if (header)
                n += (size_t) snprintf(buffer, size, "%s", HEADER);

        for (Protocol p = 0; p < _PROTOCOL_OURS; p++)
                if (!present[p])
                        n += (size_t) snprintf(buffer + n, size - n, "%.*s %u/%s %s\n", (int) name.length,
                                        name.text, port, protocol_names[p].text, MARK);

        return (Span){ buffer, n };
}

int services_add(Bytes *file, const char *syspar, uint16_t port, ServicesLine *ret_conflict) {
        char name_buffer[NAME_MAX_LENGTH + 1], text[sizeof(HEADER) + _PROTOCOL_OURS * LINE_MAX_LENGTH];
        Span name = service_name(syspar, name_buffer), addition;
        bool present[_PROTOCOL_OURS] = { false }, wrong = false;
        size_t cursor = 0;
        char *larger;
        Entry entry;
        Line line;

        while (next_entry_named(file, name, &cursor, &line, &entry)) {
                if (entry.port != port && !entry.is_ours)
                        return conflict(file, &line, ret_conflict);
                if (entry.port != port)
                        wrong = true;
                else if (entry.protocol < _PROTOCOL_OURS)
                        present[entry.protocol] = true;
        }

        if (present[PROTOCOL_TCP] && present[PROTOCOL_UDP] && !wrong)
                return SERVICES_E_UNCHANGED;

        addition = format_addition(text, sizeof(text), !file->data, name, port, present);
        larger = realloc(file->data, file->size + addition.length + 1);
        if (!larger)
                return -ENOMEM;
        file->data = larger;

        if (wrong)
                (void) cut(file, &name, port);
        insert(file, addition);
        return 0;
}

/* Is nothing left of a file that services_add() made? */
static bool is_only_header(const Bytes *file) {
        return span_equal((Span){ file->data, file->size }, SPAN(HEADER));
}

int services_remove(Bytes *file, const char *syspar) {
        char name_buffer[NAME_MAX_LENGTH + 1];
        Span name = service_name(syspar ? syspar : "", name_buffer);
        bool changed = cut(file, syspar ? &name : NULL, 0);

        if (is_only_header(file))
                return SERVICES_E_EMPTY;
        return changed ? 0 : SERVICES_E_UNCHANGED;
}

void services_lookup(const Bytes *file, const char *syspar, ServicesEntry *ret) {
        char name_buffer[NAME_MAX_LENGTH + 1];
        Span name = service_name(syspar, name_buffer);
        ServicesEntry found = { 0 };
        size_t cursor = 0;
        Entry entry;
        Line line;

        while (next_entry_named(file, name, &cursor, &line, &entry))
                if (entry.protocol == PROTOCOL_TCP && found.tcp_port == 0) {
                        found.tcp_port = entry.port;
                        found.tcp_marked = entry.is_ours;
                } else if (entry.protocol == PROTOCOL_UDP && found.udp_port == 0) {
                        found.udp_port = entry.port;
                        found.udp_marked = entry.is_ours;
                }

        *ret = found;
}

void services_used_ports(const Bytes *file, uint16_t first, uint16_t last, bool *used) {
        size_t cursor = 0;
        Entry entry;
        Line line;

        while (next_line_with(file, SPAN("/"), &cursor, &line))
                if (entry_parse(line.text, &entry) && entry.port >= first && entry.port <= last)
                        used[entry.port - first] = true;
}

void services_each_marked(
                const Bytes *file, void (*found)(void *userdata, const char *syspar), void *userdata) {
        size_t cursor = 0;
        Entry entry;
        Line line;

        while (next_entry_marked(file, &cursor, &line, &entry)) {
                char syspar[SYSPAR_NAME_MAX + 1];
                Span name = { 0 };

                (void) name_is_ours(entry.name, &name);
                (void) snprintf(syspar, sizeof(syspar), "%.*s", (int) name.length, name.text);
                found(userdata, syspar);
        }
}
