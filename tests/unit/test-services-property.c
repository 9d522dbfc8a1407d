/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The laws of the /etc/services editor (services-laws.h) for generated files: pieces of entries, ours and
 * theirs, whole and broken, between any bytes, with all kinds of line ends. A run is named by its number
 * alone: a failure says which, and HAGS_PROPERTY_FIRST with HAGS_PROPERTY_RUNS=1 repeats it.
 */

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "services-laws.h"
#include "util/parse.h"

/* A sanitizer takes several times as long, and finds what it looks for in fewer runs. */
#ifdef __SANITIZE_ADDRESS__
#define DEFAULT_RUNS 100000
#else
#define DEFAULT_RUNS 1000000
#endif
#define PORT 10001

/* splitmix64: good numbers from a seed as plain as 1, 2, 3. */
static uint64_t random_state;

static uint64_t random_u64(void) {
        uint64_t z = random_state += UINT64_C(0x9e3779b97f4a7c15);

        z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
        z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
        return z ^ (z >> 31);
}

static unsigned random_below(unsigned n) {
        return (unsigned) (random_u64() % n);
}

typedef struct Writer {
        char data[4096 + 1]; /* a NUL behind the last byte, as Bytes have */
        size_t size;
} Writer;

static void put(Writer *w, const char *text, size_t length) {
        if (w->size + length < sizeof(w->data)) {
                memcpy(w->data + w->size, text, length);
                w->size += length;
        }
}

typedef struct Piece {
        const char *text;
        size_t length;
} Piece;

#define P(literal) { (literal), sizeof(literal) - 1 }

static void put_bytes(Writer *w, unsigned n) {
        while (n-- > 0) {
                char c = (char) random_u64();

                put(w, &c, 1);
        }
}

static void put_one_of(Writer *w, const Piece *pieces, size_t n) {
        const Piece *piece = &pieces[random_below((unsigned) n)];

        put(w, piece->text, piece->length);
}

#define PUT_ONE_OF(w, ...)                                       \
        do {                                                     \
                static const Piece pieces[] = { __VA_ARGS__ };   \
                                                                 \
                put_one_of((w), pieces, ELEMENTSOF(pieces));     \
        } while (false)

/* A piece that stands here twice comes twice as often. */
static void put_entry(Writer *w) {
        PUT_ONE_OF(w, P(""), P(""), P(""), P(" "), P("\t"), P("#"));
        PUT_ONE_OF(w, P("hags.p"), P("hags.p"), P("hags.pp"), P("hags.sp_prod"), P("hags.other"), P("ssh"),
                   P("hags.-p"), P("hags.abcdefghijklmnopqrstuvwxy"));
        PUT_ONE_OF(w, P(" "), P(" "), P("\t\t"), P("\v\f\r "), P(""));
        PUT_ONE_OF(w, P("10001/"), P("10001/"), P("10001/"), P("10002/"), P("65535/"), P("65536/"), P("0/"),
                   P("010001/"), P("10001"));
        PUT_ONE_OF(w, P("tcp"), P("tcp"), P("udp"), P("udp"), P("sctp"), P(""));
        PUT_ONE_OF(w, P(""), P(""), P(""), P(" hags.p"), P(" x hags.pp "), P("\thags.sp_prod"));
        PUT_ONE_OF(w, P(""), P(" # hagsctrl"), P(" # hagsctrl"), P(" # hagsctrl"), P("# hagsctrl "),
                   P(" # x # hagsctrl"), P(" # hagsctrl hags.p"), P(" #hagsctrl"));
}

/* A file of up to six lines: entries, sometimes with a byte changed, or noise; any may have no end. */
static void generate(Writer *w) {
        unsigned lines = random_below(7);

        w->size = 0;
        if (random_below(16) == 0)
                put(w, LAW_HEADER, strlen(LAW_HEADER));

        for (unsigned i = 0; i < lines; i++) {
                size_t start = w->size;

                if (random_below(4) == 0)
                        put_bytes(w, random_below(40));
                else
                        put_entry(w);
                if (random_below(6) == 0 && w->size > start)
                        w->data[start + random_below((unsigned) (w->size - start))] = (char) random_u64();
                PUT_ONE_OF(w, P("\n"), P("\n"), P("\n"), P("\r\n"), P("\r"), P("\n\n"), P("\0\n"), P(""));
        }
}

/* Every partition twice, shuffled. */
static void generate_order(unsigned order[static 2 * LAW_N_SYSPARS]) {
        for (unsigned i = 0; i < 2 * LAW_N_SYSPARS; i++) {
                unsigned j = random_below(i + 1);

                order[i] = order[j];
                order[j] = i / 2;
        }
}

static uint64_t number_from_environment(const char *name, uint64_t otherwise) {
        const char *text = secure_getenv(name);
        uint64_t value = otherwise;

        if (text && parse_u64(text, 0, UINT64_MAX, &value) < 0)
                fail_msg("%s=%s is no number", name, text);
        return value;
}

static void dump(const Bytes *file) {
        fputc('"', stderr);
        for (size_t i = 0; i < file->size; i++)
                if (file->data[i] >= ' ' && file->data[i] <= '~')
                        fputc(file->data[i], stderr);
                else
                        fprintf(stderr, "\\%03o", (unsigned char) file->data[i]);
        fputs("\"\n", stderr);
}

static void test_add_and_remove_keep_the_laws_for_generated_files(void **state) {
        uint64_t first = number_from_environment("HAGS_PROPERTY_FIRST", 0);
        uint64_t runs = number_from_environment("HAGS_PROPERTY_RUNS", DEFAULT_RUNS);

        (void) state;
        for (uint64_t run = first; run < first + runs; run++) {
                unsigned order[2 * LAW_N_SYSPARS] = { 0 };
                const char *broken;
                Writer w;
                Bytes file;

                random_state = run;
                generate(&w);
                generate_order(order);

                w.data[w.size] = 0;
                file = (Bytes){ w.data, w.size };
                broken = services_laws(&file, order, PORT);
                if (broken) {
                        dump(&file);
                        fail_msg("run %" PRIu64 ": %s", run, broken);
                }
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_add_and_remove_keep_the_laws_for_generated_files),
        };

        return cmocka_run_group_tests_name("services-property", tests, NULL, NULL);
}
