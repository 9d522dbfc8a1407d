/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SDRGetObjects: the ports that the System Data Repository has, as objects of its class Syspar_ports. */

#include <string.h>

#include "compat/subsystem.h"
#include "sdr/sdr.h"
#include "util/fault.h"
#include "util/paths.h"

#define CLASS "Syspar_ports"

static const CommandOption options[] = {
        { 'x', NULL, "without the line of attribute names", NULL },
        { 'G', NULL, "the objects of all partitions, not of the current one", NULL },
        { 0 },
};

/* ---- attributes ---- */

typedef enum Attribute { SYSPAR, SUBSYSTEM, PORT, _ATTRIBUTE_MAX } Attribute;

static const char *const attribute_names[_ATTRIBUTE_MAX] = {
        [SYSPAR] = "syspar",
        [SUBSYSTEM] = "subsystem",
        [PORT] = "port",
};

/* The attribute of that name, which need not end there. */
static int find_attribute(const char *name, size_t length, Attribute *ret, char **reterr) {
        for (Attribute a = 0; a < _ATTRIBUTE_MAX; a++)
                if (strlen(attribute_names[a]) == length && strncmp(attribute_names[a], name, length) == 0) {
                        *ret = a;
                        return 0;
                }
        return fault(reterr, -EINVAL,
                        "class " CLASS " has no attribute '%.*s'; it has syspar, subsystem and port",
                        (int) length, name);
}

static const char *value_of(const SdrObject *o, Attribute a, char buffer[static 8]) {
        if (a == SYSPAR)
                return o->syspar;
        if (a == SUBSYSTEM)
                return o->subsystem;
        (void) snprintf(buffer, 8, "%u", (unsigned) o->port);
        return buffer;
}

/* ---- the query ---- */

typedef struct Query {
        const char *wanted[_ATTRIBUTE_MAX]; /* values that an object must have; NULL: any */
        Attribute shown[_ATTRIBUTE_MAX];
        size_t n_shown;
        bool bare;
} Query;

static int take_condition(Query *q, const char *word, const char *equals, char **reterr) {
        Attribute a;
        int r;

        r = find_attribute(word, (size_t) (equals - word), &a, reterr);
        if (r < 0)
                return r;
        if (q->wanted[a])
                return fault(reterr, -EINVAL, "attribute '%s' has two conditions", attribute_names[a]);
        q->wanted[a] = equals + strlen("==");
        return 0;
}

static int take_attribute(Query *q, const char *word, char **reterr) {
        Attribute a;
        int r;

        r = find_attribute(word, strlen(word), &a, reterr);
        if (r < 0)
                return r;
        for (size_t i = 0; i < q->n_shown; i++)
                if (q->shown[i] == a)
                        return fault(reterr, -EINVAL, "attribute '%s' was given twice", word);
        q->shown[q->n_shown++] = a;
        return 0;
}

/* Conditions, and the attributes to be shown: all, if none is named. */
static int parse_query(char *const *words, Query *q, char **reterr) {
        for (; *words; words++) {
                const char *equals = strstr(*words, "==");
                int r;

                r = equals ? take_condition(q, *words, equals, reterr) : take_attribute(q, *words, reterr);
                if (r < 0)
                        return r;
        }
        for (Attribute a = 0; q->n_shown == 0 && a < _ATTRIBUTE_MAX; a++)
                q->shown[a] = a;
        if (q->n_shown == 0)
                q->n_shown = _ATTRIBUTE_MAX;
        return 0;
}

static bool matches(const Query *q, const SdrObject *o) {
        char buffer[8];

        for (Attribute a = 0; a < _ATTRIBUTE_MAX; a++)
                if (q->wanted[a] && strcmp(q->wanted[a], value_of(o, a, buffer)) != 0)
                        return false;
        return true;
}

/* ---- printing: columns as wide as their widest value ---- */

static void measure(const Query *q, const Sdr *sdr, int width[static _ATTRIBUTE_MAX]) {
        char buffer[8];

        for (Attribute a = 0; a < _ATTRIBUTE_MAX; a++) {
                width[a] = q->bare ? 0 : (int) strlen(attribute_names[a]);
                for (size_t i = 0; i < sdr->n_objects; i++) {
                        int length = (int) strlen(value_of(&sdr->objects[i], a, buffer));

                        if (matches(q, &sdr->objects[i]) && length > width[a])
                                width[a] = length;
                }
        }
}

/* One line: of an object, or of the names (NULL). */
static void print_line(const Query *q, const int *width, const SdrObject *o) {
        for (size_t i = 0; i < q->n_shown; i++) {
                Attribute a = q->shown[i];
                bool last = i + 1 == q->n_shown;
                char buffer[8];

                (void) printf("%-*s%s", last ? 0 : width[a], o ? value_of(o, a, buffer) : attribute_names[a],
                                last ? "\n" : " ");
        }
}

static int run(Compat *c, const CommandLine *line, char **reterr) {
        Query query = { .bare = line->given['x'] };
        _cleanup_(sdr_done) Sdr sdr = { 0 };
        char current[SYSPAR_NAME_MAX + 1];
        int width[_ATTRIBUTE_MAX], r;

        if (!line->operands[0])
                return fault(reterr, -EINVAL, "no class was given; there is one, " CLASS);
        if (strcmp(line->operands[0], CLASS) != 0)
                return fault(reterr, -ENOENT, "there is no class '%s'; the only one is " CLASS,
                                line->operands[0]);

        r = parse_query(line->operands + 1, &query, reterr);
        if (r >= 0)
                r = current_partition(c, current, reterr);
        if (r >= 0)
                r = sdr_load(PATH_SDR_PORTS, &sdr, reterr);
        if (r < 0)
                return r;
        if (!line->given['G'] && !query.wanted[SYSPAR])
                query.wanted[SYSPAR] = current;

        measure(&query, &sdr, width);
        if (!query.bare)
                print_line(&query, width, NULL);
        for (size_t i = 0; i < sdr.n_objects; i++)
                if (matches(&query, &sdr.objects[i]))
                        print_line(&query, width, &sdr.objects[i]);
        return 0;
}

const Command command_SDRGetObjects = {
        .name = "SDRGetObjects",
        .synopsis = "[-G] [-x] " CLASS " [ATTRIBUTE==VALUE...] [ATTRIBUTE...]",
        .purpose = "Print objects of the System Data Repository.",
        .options = options,
        .has_operands = true,
        .run = run,
};
