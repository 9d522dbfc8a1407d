/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The System Data Repository's ports: see sdr.h for the file and what counts as damage. */

#include "sdr/sdr.h"

#include <string.h>

#include "sdr/services.h"
#include "util/fault.h"
#include "util/parse.h"
#include "util/paths.h"

#define CLASS "Syspar_ports"
#define VERSION "1"
#define BLANKS " \t"

void sdr_done(Sdr *sdr) {
        free(sdr->objects);
        *sdr = (Sdr){ 0 };
}

/* ---- objects in memory ---- */

static int compare(const void *a, const void *b) {
        const SdrObject *x = a, *y = b;
        int r = strcmp(x->syspar, y->syspar);

        return r != 0 ? r : strcmp(x->subsystem, y->subsystem);
}

static void sort(Sdr *sdr) {
        if (sdr->n_objects > 0)
                qsort(sdr->objects, sdr->n_objects, sizeof(*sdr->objects), compare);
}

/* There is room for n_objects rounded up to a power of two, so that is when to take more. */
static int append(Sdr *sdr, const SdrObject *object) {
        size_t n = sdr->n_objects;

        if ((n & (n - 1)) == 0) {
                SdrObject *larger = reallocarray(sdr->objects, n > 0 ? 2 * n : 1, sizeof(*larger));

                if (!larger)
                        return -ENOMEM;
                sdr->objects = larger;
        }

        sdr->objects[sdr->n_objects++] = *object;
        return 0;
}

static int append_all(Sdr *sdr, const Sdr *more) {
        int r = 0;

        for (size_t i = 0; i < more->n_objects && r >= 0; i++)
                r = append(sdr, &more->objects[i]);
        return r;
}

/* The object of the same partition and subsystem. */
static const SdrObject *find(const Sdr *sdr, const SdrObject *key) {
        if (sdr->n_objects == 0)
                return NULL;
        return bsearch(key, sdr->objects, sdr->n_objects, sizeof(*sdr->objects), compare);
}

static const SdrObject *find_port(const Sdr *sdr, uint16_t port) {
        for (size_t i = 0; i < sdr->n_objects; i++)
                if (sdr->objects[i].port == port)
                        return &sdr->objects[i];
        return NULL;
}

static SdrObject make_object(const char *syspar, uint16_t port) {
        SdrObject o = { .subsystem = SDR_SUBSYSTEM, .port = port };

        (void) snprintf(o.syspar, sizeof(o.syspar), "%s", syspar);
        return o;
}

/* ---- the file ---- */

typedef struct Parser {
        const char *name;
        size_t line;
        Sdr sdr;
        size_t *line_of_port; /* ports are unique, so this also tells the line of any object */
        char **reterr;
} Parser;

static void parser_done(Parser *p) {
        sdr_done(&p->sdr);
        free(p->line_of_port);
}

#define REMEDY "; correct that line or restore the file from a copy"
#define damage(p, format, ...) \
        fault((p)->reterr, -EBADMSG, "%s line %zu: " format REMEDY, (p)->name, (p)->line, ##__VA_ARGS__)

/* The words of a line, at most `max`; returns how many there are, max + 1 if there are more. */
static size_t split(char *line, char **words, size_t max) {
        char *saved = NULL, *word = strtok_r(line, BLANKS, &saved);
        size_t n = 0;

        for (; word && n < max; word = strtok_r(NULL, BLANKS, &saved))
                words[n++] = word;
        return word ? max + 1 : n;
}

static int parse_head(Parser *p, char *line) {
        char *words[2];
        uint64_t version;

        if (split(line, words, 2) != 2 || strcmp(words[0], CLASS) != 0 ||
                        parse_u64(words[1], 1, UINT64_MAX, &version) < 0)
                return damage(p, "an SDR file of ports begins with the line `" CLASS " " VERSION "`");

        if (strcmp(words[1], VERSION) != 0)
                return fault(p->reterr, -EPROTO,
                                "%s line %zu: the file is of version %s, this program knows version " VERSION
                                "; use the version of hags that wrote it",
                                p->name, p->line, words[1]);
        return 0;
}

static int parse_object(Parser *p, char *line) {
        SdrObject object = { 0 };
        char *words[3];
        uint64_t port;
        size_t n;

        n = split(line, words, 3);
        if (n == 0 || *words[0] == '#')
                return 0;
        if (n != 3)
                return damage(p, "an object has three words, `<syspar> <subsystem> <port>`");
        if (!syspar_name_is_valid(words[0]))
                return damage(p, "the first word is no name of a partition");
        if (!syspar_name_is_valid(words[1]))
                return damage(p, "the second word is no name of a subsystem");
        if (parse_u64(words[2], 1, UINT16_MAX, &port) < 0)
                return damage(p, "the port is no number from 1 to 65535");
        if (p->line_of_port[port] > 0)
                return damage(p, "the port is that of line %zu already", p->line_of_port[port]);

        p->line_of_port[port] = p->line;
        object.port = (uint16_t) port;
        (void) snprintf(object.syspar, sizeof(object.syspar), "%s", words[0]);
        (void) snprintf(object.subsystem, sizeof(object.subsystem), "%s", words[1]);
        return append(&p->sdr, &object);
}

static int parse_lines(Parser *p, char *text, size_t size) {
        char *next = text, *end = text + size;
        int r;

        for (p->line = 1; next < end || p->line == 1; p->line++) {
                char *line = next, *newline = memchr(line, '\n', (size_t) (end - line));

                if (!newline)
                        return damage(p, "the file ends within a line, it was cut short");
                *newline = 0;
                next = newline + 1;

                if (strlen(line) != (size_t) (newline - line))
                        return damage(p, "there is a NUL byte in the line");
                r = p->line == 1 ? parse_head(p, line) : parse_object(p, line);
                if (r < 0)
                        return r;
        }
        return 0;
}

/* Sort the objects and see that no two are of the same partition and subsystem. */
static int parse_end(Parser *p) {
        sort(&p->sdr);

        for (size_t i = 1; i < p->sdr.n_objects; i++) {
                const SdrObject *a = &p->sdr.objects[i - 1], *b = &p->sdr.objects[i];
                size_t x = p->line_of_port[a->port], y = p->line_of_port[b->port];

                if (compare(a, b) != 0)
                        continue;
                p->line = x < y ? y : x;
                return damage(p, "%s of partition %s has a port in line %zu already", a->subsystem,
                                a->syspar, x < y ? x : y);
        }
        return 0;
}

int sdr_parse(const char *name, const Bytes *file, Sdr *ret, char **reterr) {
        _cleanup_(parser_done) Parser p = { .name = name, .reterr = reterr };
        _cleanup_(freep) char *text = NULL;
        int r;

        text = malloc(file->size + 1);
        p.line_of_port = calloc(UINT16_MAX + 1, sizeof(*p.line_of_port));
        if (!text || !p.line_of_port)
                return -ENOMEM;
        if (file->size > 0)
                memcpy(text, file->data, file->size);

        r = parse_lines(&p, text, file->size);
        if (r >= 0)
                r = parse_end(&p);
        if (r < 0)
                return r;

        *ret = p.sdr;
        p.sdr = (Sdr){ 0 };
        return 0;
}

int sdr_format(const Sdr *sdr, Bytes *ret) {
        _cleanup_(freep) char *text = NULL;
        size_t size = 0;
        bool failed;
        FILE *f;

        f = open_memstream(&text, &size);
        if (!f)
                return -ENOMEM;

        (void) fprintf(f, CLASS " " VERSION "\n");
        for (size_t i = 0; i < sdr->n_objects; i++) {
                const SdrObject *o = &sdr->objects[i];

                (void) fprintf(f, "%s %s %u\n", o->syspar, o->subsystem, o->port);
        }

        /* Memory is all that can run out, and a stream remembers that it did. */
        failed = ferror(f);
        if (fclose(f) != 0 || failed)
                return -ENOMEM;

        *ret = (Bytes){ .data = TAKE_PTR(text), .size = size };
        return 0;
}

int sdr_load(const char *path, Sdr *ret, char **reterr) {
        _cleanup_(bytes_done) Bytes file = { 0 };
        int r;

        r = file_read(path, SDR_FILE_MAX, &file);
        if (r == -ENOENT) {
                *ret = (Sdr){ 0 };
                return 0;
        }
        if (r < 0)
                return fault(reterr, r, "cannot read the ports in %s: %s", path, strerror(-r));

        return sdr_parse(path, &file, ret, reterr);
}

int sdr_store(const char *path, const Sdr *sdr, char **reterr) {
        _cleanup_(bytes_done) Bytes file = { 0 };
        int r;

        r = sdr_format(sdr, &file);
        if (r >= 0)
                r = file_replace(path, file.data, file.size, 0644);
        if (r < 0)
                return fault(reterr, r, "cannot write the ports to %s: %s", path, strerror(-r));
        return 0;
}

/* ---- questions and changes ---- */

uint16_t sdr_port(const Sdr *sdr, const char *syspar) {
        SdrObject key = make_object(syspar, 0);
        const SdrObject *found = find(sdr, &key);

        return found ? found->port : 0;
}

int sdr_add(Sdr *sdr, const char *syspar, uint16_t port) {
        SdrObject object = make_object(syspar, port);
        int r;

        if (find(sdr, &object) || find_port(sdr, port))
                return -EEXIST;

        r = append(sdr, &object);
        if (r >= 0)
                sort(sdr);
        return r;
}

size_t sdr_remove_all(Sdr *sdr) {
        size_t kept = 0, n;

        for (size_t i = 0; i < sdr->n_objects; i++)
                if (strcmp(sdr->objects[i].subsystem, SDR_SUBSYSTEM) != 0)
                        sdr->objects[kept++] = sdr->objects[i];

        n = sdr->n_objects - kept;
        sdr->n_objects = kept;
        return n;
}

/* ---- import ---- */

/* How many objects differ between what was and what is to be. */
static int count_changes(const Sdr *old, const Sdr *new) {
        int n = 0;

        for (size_t i = 0; i < new->n_objects; i++) {
                const SdrObject *was = find(old, &new->objects[i]);

                n += !was || was->port != new->objects[i].port;
        }
        for (size_t i = 0; i < old->n_objects; i++)
                n += !find(new, &old->objects[i]);
        return n;
}

/* What a master becomes: all that it has and all that is new. */
static int merge(const Sdr *sdr, const Sdr *imported, Sdr *result, char **reterr) {
        int r = append_all(result, sdr);

        for (size_t i = 0; i < imported->n_objects && r >= 0; i++) {
                const SdrObject *o = &imported->objects[i];
                const SdrObject *same = find(sdr, o), *holder = find_port(sdr, o->port);

                if (same && same->port != o->port)
                        return fault(reterr, -EEXIST,
                                        "%s of partition %s has port %u in the SDR and port %u "
                                        "in the import; correct the import",
                                        o->subsystem, o->syspar, same->port, o->port);
                if (!same && holder)
                        return fault(reterr, -EEXIST,
                                        "port %u belongs to %s of partition %s in the SDR and to "
                                        "%s of %s in the import; correct the import",
                                        o->port, holder->subsystem, holder->syspar, o->subsystem, o->syspar);
                if (!same)
                        r = append(result, o);
        }
        return r;
}

int sdr_import(Sdr *sdr, const Sdr *imported, bool is_copy, char **reterr) {
        _cleanup_(sdr_done) Sdr result = { 0 };
        Sdr old = *sdr;
        int r;

        r = is_copy ? append_all(&result, imported) : merge(sdr, imported, &result, reterr);
        if (r < 0)
                return r;

        sort(&result);
        r = count_changes(sdr, &result);
        *sdr = result;
        result = old;
        return r;
}

/* ---- allocation ---- */

int sdr_allocate_port(const Sdr *sdr, const Bytes *services, uint16_t *ret, char **reterr) {
        bool used[SDR_PORT_LAST - SDR_PORT_FIRST + 1] = { false };
        unsigned n_sdr = 0, n_services = 0;

        if (services)
                services_used_ports(services, SDR_PORT_FIRST, SDR_PORT_LAST, used);

        for (unsigned port = SDR_PORT_FIRST; port <= SDR_PORT_LAST; port++) {
                if (find_port(sdr, (uint16_t) port)) {
                        n_sdr++;
                } else if (used[port - SDR_PORT_FIRST]) {
                        n_services++;
                } else {
                        *ret = (uint16_t) port;
                        return 0;
                }
        }

        return fault(reterr, -ENOSPC,
                        "no port from %u to %u is free: %u belong to partitions in the SDR, "
                        "%u to others in " PATH_SERVICES "; take lines that are not needed out of that file",
                        SDR_PORT_FIRST, SDR_PORT_LAST, n_sdr, n_services);
}
