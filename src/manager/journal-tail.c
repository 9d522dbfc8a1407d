/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The last journal lines of one run of a unit, read with sd-journal: see journal-tail.h. */

#include "manager/journal-tail.h"

#include <string.h>
#include <systemd/sd-journal.h>

#include "util/macro.h"

#define SETTLE_USEC (500 * UINT64_C(1000))

/* What the unit's processes wrote carries _SYSTEMD_INVOCATION_ID, what PID 1 says of it INVOCATION_ID. */
static int match_invocation(sd_journal *j, sd_id128_t id) {
        char match[64], text[SD_ID128_STRING_MAX];
        int r;

        (void) sd_id128_to_string(id, text);
        (void) snprintf(match, sizeof(match), "_SYSTEMD_INVOCATION_ID=%s", text);
        r = sd_journal_add_match(j, match, 0);
        if (r >= 0)
                r = sd_journal_add_disjunction(j);
        if (r >= 0) {
                (void) snprintf(match, sizeof(match), "INVOCATION_ID=%s", text);
                r = sd_journal_add_match(j, match, 0);
        }
        return r;
}

/* Stand `n` entries before the end. Returns how many there are, at most n. */
static int seek_tail(sd_journal *j, unsigned n) {
        int r;

        r = sd_journal_seek_tail(j);
        if (r >= 0)
                r = sd_journal_previous_skip(j, n);
        return r;
}

static void print_entry(FILE *to, sd_journal *j, const char *indent) {
        static const char field[] = "MESSAGE=";
        const char *data;
        size_t size;

        if (sd_journal_get_data(j, "MESSAGE", (const void **) &data, &size) < 0 || size < strlen(field))
                return;

        (void) fprintf(to, "%s", indent);
        for (size_t i = strlen(field); i < size;
                        i++) /* whatever a process wrote must not reach the terminal raw */
                (void) fputc((unsigned char) data[i] < ' ' || data[i] == 0x7f ? '?' : data[i], to);
        (void) fputc('\n', to);
}

void journal_print_tail(FILE *to, sd_id128_t invocation_id, unsigned max_lines, const char *indent) {
        _cleanup_(sd_journal_closep) sd_journal *j = NULL;
        int r;

        if (sd_id128_is_null(invocation_id) || sd_journal_open(&j, SD_JOURNAL_LOCAL_ONLY) < 0 ||
                        match_invocation(j, invocation_id) < 0)
                return;

        r = seek_tail(j, max_lines);
        if (r == 0 && sd_journal_wait(j, SETTLE_USEC) >= 0)
                r = seek_tail(j, max_lines);

        for (; r > 0; r = sd_journal_next(j))
                print_entry(to, j, indent);
}
