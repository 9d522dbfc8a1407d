/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names and number of log files: see logprune.h. */

#include "log/logprune.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include "util/macro.h"
#include "util/syspar-name.h"

/* The longest name: hags.<syspar>_<10 digits>_<20 digits>.<syspar>.bak and its NUL. */
#define LOG_NAME_SIZE (2 * SYSPAR_NAME_MAX + 48)

/* One log file of the partition that is looked at. */
typedef struct Entry {
        char name[LOG_NAME_SIZE];
        uint64_t incarnation;
        bool is_backup;
        uint64_t size;
} Entry;

/* All of them, in no order. */
typedef struct Listing {
        DIR *directory; /* NULL if it is missing */
        Entry *entries;
        size_t n_entries;
        size_t room;
} Listing;

static void listing_done(Listing *l) {
        if (l->directory)
                (void) closedir(l->directory);
        free(l->entries);
}

/* ---- names ---- */

int logname_make(const char *syspar, unsigned node, uint64_t incarnation, char **ret) {
        char *name;
        int r;

        if (node == 0)
                r = asprintf(&name, "hags.%s_%u_%" PRIu64 ".%s", syspar, node, incarnation, syspar);
        else
                r = asprintf(&name, "hags_%u_%" PRIu64 ".%s", node, incarnation, syspar);
        if (r < 0)
                return -ENOMEM;

        *ret = name;
        return 0;
}

/* Each of these steps over what it is named after, if *s begins so. */
static bool skip(const char **s, const char *prefix) {
        size_t n = strlen(prefix);

        if (strncmp(*s, prefix, n) != 0)
                return false;
        *s += n;
        return true;
}

/* A number as we print it: no leading zero. The highest is left out, so that one can always be added. */
static bool skip_number(const char **s, uint64_t *ret) {
        const char *digits = *s;
        uint64_t value = 0;

        for (; **s >= '0' && **s <= '9'; (*s)++)
                if (__builtin_mul_overflow(value, 10, &value) ||
                                __builtin_add_overflow(value, (uint64_t) (**s - '0'), &value))
                        return false;

        *ret = value;
        return *s > digits && value < UINT64_MAX && (*digits != '0' || *s == digits + 1);
}

static bool name_parse(const char *name, const char *syspar, Entry *ret) {
        const char *s = name;
        uint64_t node;

        if (strlen(name) >= LOG_NAME_SIZE || !skip(&s, "hags"))
                return false;
        if (skip(&s, ".") && !skip(&s, syspar))
                return false;
        if (!skip(&s, "_") || !skip_number(&s, &node) || node > UINT32_MAX)
                return false;
        if (!skip(&s, "_") || !skip_number(&s, &ret->incarnation))
                return false;
        if (!skip(&s, ".") || !skip(&s, syspar))
                return false;

        ret->is_backup = skip(&s, ".bak");
        (void) stpcpy(ret->name, name);
        return *s == 0;
}

/* ---- the directory ---- */

static int listing_add(Listing *l, const Entry *entry) {
        if (l->n_entries == l->room) {
                size_t room = l->room * 2 + 16;
                Entry *larger = reallocarray(l->entries, room, sizeof(*larger));

                if (!larger)
                        return -ENOMEM;
                l->entries = larger;
                l->room = room;
        }

        l->entries[l->n_entries++] = *entry;
        return 0;
}

/* A missing directory is an empty one. Whatever has a log file's name and is no regular file is none. */
static int listing_read(Listing *l, const char *directory, const char *syspar) {
        struct dirent *dirent;

        l->directory = opendir(directory);
        if (!l->directory)
                return errno == ENOENT ? 0 : -errno;

        while (errno = 0, (dirent = readdir(l->directory))) {
                struct stat st;
                Entry entry;
                int r;

                if (!name_parse(dirent->d_name, syspar, &entry))
                        continue;
                if (fstatat(dirfd(l->directory), entry.name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
                                !S_ISREG(st.st_mode))
                        continue;

                entry.size = (uint64_t) st.st_size;
                r = listing_add(l, &entry);
                if (r < 0)
                        return r;
        }
        return -errno;
}

static int compare_newest_first(const void *a, const void *b) {
        const Entry *x = a, *y = b;

        if (x->incarnation != y->incarnation)
                return x->incarnation < y->incarnation ? 1 : -1;
        return (int) x->is_backup - (int) y->is_backup;
}

/*
 * Walk from the newest file to the oldest: from the first that is too much on, all but the current ones go.
 */
static int remove_excess(const Listing *l, uint64_t current, const LogLimits *limits) {
        uint64_t bytes = 0, n_incarnations = 1, last = current;
        int n_removed = 0, error = 0;

        for (size_t i = 0; i < l->n_entries; i++) {
                const Entry *e = &l->entries[i];

                bytes += e->size;
                if (e->incarnation != last && e->incarnation != current)
                        n_incarnations++;
                last = e->incarnation;

                if (e->incarnation == current)
                        continue;
                if (bytes <= limits->max_bytes && n_incarnations <= limits->max_incarnations)
                        continue;

                if (unlinkat(dirfd(l->directory), e->name, 0) >= 0)
                        n_removed++;
                else if (errno != ENOENT && error == 0)
                        error = -errno;
        }
        return error < 0 ? error : n_removed;
}

int logprune(const char *directory, const char *syspar, uint64_t current, const LogLimits *limits) {
        _cleanup_(listing_done) Listing l = { 0 };
        int r;

        r = listing_read(&l, directory, syspar);
        if (r < 0 || l.n_entries == 0)
                return r;

        qsort(l.entries, l.n_entries, sizeof(*l.entries), compare_newest_first);
        return remove_excess(&l, current, limits);
}

int logprune_highest(const char *directory, const char *syspar, uint64_t *ret) {
        _cleanup_(listing_done) Listing l = { 0 };
        uint64_t highest = 0;
        int r;

        r = listing_read(&l, directory, syspar);
        if (r < 0)
                return r;

        for (size_t i = 0; i < l.n_entries; i++)
                if (l.entries[i].incarnation > highest)
                        highest = l.entries[i].incarnation;

        *ret = highest;
        return 0;
}
