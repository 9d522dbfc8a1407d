/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The incarnation on disk: see incarnation.h. */

#include "hagsd/incarnation.h"

#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "log/logprune.h"
#include "util/fault.h"
#include "util/fs.h"
#include "util/parse.h"

#define FILE_SIZE_MAX 32 /* 20 digits and a newline, and room to see that there is more */

static int file_path(const char *state_directory, char **ret) {
        return asprintf(ret, "%s/incarnation", state_directory) < 0 ? -ENOMEM : 0;
}

/* Digits and one newline, nothing else; and one more must fit. */
static int load(const char *path, uint64_t *ret) {
        _cleanup_(bytes_done) Bytes b = { 0 };
        int r;

        r = file_read(path, FILE_SIZE_MAX, &b);
        if (r < 0)
                return r;

        if (b.size == 0 || b.data[b.size - 1] != '\n' || strlen(b.data) != b.size)
                return -EBADMSG;
        b.data[b.size - 1] = 0;
        return parse_u64(b.data, 1, UINT64_MAX - 1, ret) < 0 ? -EBADMSG : 0;
}

int incarnation_next(const char *state_directory, const char *log_directory, const char *syspar,
                uint64_t *ret, char **ret_warning) {
        _cleanup_(freep) char *path = NULL;
        uint64_t last = 0;
        int r, q;

        r = file_path(state_directory, &path);
        if (r < 0)
                return r;

        r = load(path, &last);
        if (r == -ENOMEM)
                return r;
        if (r >= 0) {
                *ret = last + 1;
                return 0;
        }

        q = logprune_highest(log_directory, syspar, &last);
        *ret = last + 1;
        if (r == -ENOENT && q >= 0 && last == 0)
                return 0;

        (void) fault(ret_warning, r,
                        "The incarnation number in '%s' cannot be used: %s. "
                        "Taken instead, from the names of the log files in '%s' (%s): %" PRIu64,
                        path, r == -EBADMSG ? "damaged" : strerror(-r), log_directory,
                        q < 0       ? strerror(-q)
                        : last == 0 ? "none"
                                    : "the highest plus one",
                        *ret);
        return INCARNATION_E_RECOVERED;
}

int incarnation_store(const char *state_directory, uint64_t incarnation, char **reterr) {
        _cleanup_(freep) char *path = NULL;
        char text[FILE_SIZE_MAX];
        int r, n;

        r = file_path(state_directory, &path);
        if (r < 0)
                return r;

        n = snprintf(text, sizeof(text), "%" PRIu64 "\n", incarnation);
        r = file_replace(path, text, (size_t) n, 0644);
        if (r < 0)
                return fault(reterr, r, "cannot store the incarnation number in '%s': %s", path,
                                strerror(-r));
        return 0;
}

int incarnation_stored_at(const char *state_directory, time_t *ret) {
        _cleanup_(freep) char *path = NULL;
        struct stat st;
        int r;

        r = file_path(state_directory, &path);
        if (r < 0)
                return r;
        if (stat(path, &st) < 0)
                return -errno;

        *ret = st.st_mtime;
        return 0;
}
