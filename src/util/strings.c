/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lists of strings: see strings.h. */

#include "util/strings.h"

#include <string.h>

size_t strings_count(char *const *list) {
        size_t n = 0;

        while (list && list[n])
                n++;
        return n;
}

bool strings_contain(char *const *list, const char *s) {
        for (; list && *list; list++)
                if (strcmp(*list, s) == 0)
                        return true;
        return false;
}

/* Put a copy of `s` at position `at` of a list of `n`. */
static int insert(char ***list, size_t n, size_t at, const char *s) {
        _cleanup_(freep) char *copy = NULL;
        char **larger;

        copy = strdup(s);
        if (!copy)
                return -ENOMEM;

        larger = reallocarray(*list, n + 2, sizeof(*larger));
        if (!larger)
                return -ENOMEM;

        memmove(larger + at + 1, larger + at, (n - at) * sizeof(*larger));
        larger[at] = TAKE_PTR(copy);
        larger[n + 1] = NULL;
        *list = larger;
        return 0;
}

int strings_add(char ***list, const char *s) {
        size_t n = strings_count(*list);

        return insert(list, n, n, s);
}

int strings_add_sorted(char ***list, const char *s) {
        size_t n = strings_count(*list), at = 0;

        while (at < n && strcmp((*list)[at], s) < 0)
                at++;
        if (at < n && strcmp((*list)[at], s) == 0)
                return 0;

        return insert(list, n, at, s);
}

char **strings_free(char **list) {
        for (char **s = list; s && *s; s++)
                free(*s);
        free(list);
        return NULL;
}
