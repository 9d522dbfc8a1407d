/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The SDR file: any bytes are a repository or an error with a sentence; a repository that was parsed is
 * formatted and parsed to the same again, keeps its invariants, and imports into itself without a change.
 */

#include <stdint.h>
#include <string.h>

#include "sdr/sdr.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool right, const char *law) {
        if (right)
                return;
        fprintf(stderr, "law broken: %s\n", law);
        abort();
}

static void check_invariants(const Sdr *sdr) {
        for (size_t i = 0; i < sdr->n_objects; i++) {
                const SdrObject *o = &sdr->objects[i];
                int order;

                check(syspar_name_is_valid(o->syspar), "partitions have valid names");
                check(syspar_name_is_valid(o->subsystem), "subsystems have valid names");
                check(o->port != 0, "ports are valid");
                if (i == 0)
                        continue;
                order = strcmp(o[-1].syspar, o->syspar);
                check(order < 0 || (order == 0 && strcmp(o[-1].subsystem, o->subsystem) < 0), "sorted");
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_(bytes_done) Bytes text = { 0 }, text_again = { 0 };
        _cleanup_(sdr_done) Sdr sdr = { 0 }, again = { 0 };
        _cleanup_(freep) char *error = NULL;
        Bytes file = { (char *) data, size };
        int r;

        r = sdr_parse("input", &file, &sdr, &error);
        if (r < 0) {
                check((r == -EBADMSG || r == -EPROTO) && error && strncmp(error, "input line ", 11) == 0,
                      "damage is named");
                return 0;
        }

        check_invariants(&sdr);
        check(sdr_format(&sdr, &text) == 0, "what was parsed is formatted");
        check(sdr_parse("again", &text, &again, NULL) == 0, "what was formatted is parsed");
        check(sdr_format(&again, &text_again) == 0 && text.size == text_again.size &&
                      memcmp(text.data, text_again.data, text.size) == 0,
              "parse and format are inverse");
        check(sdr_import(&sdr, &again, false, NULL) == 0, "nothing is new to the master");
        check(sdr_import(&sdr, &again, true, NULL) == 0, "nothing is new to the copy");

        (void) sdr_remove_all(&sdr);
        check_invariants(&sdr);
        check(sdr_import(&sdr, &again, false, NULL) >= 0, "what was removed is imported again");
        check_invariants(&sdr);
        return 0;
}
