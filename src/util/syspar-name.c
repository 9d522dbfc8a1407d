/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The one place that decides what a partition may be called (control.md section 1). */

#include "util/syspar-name.h"

#include <string.h>

/* Not isalnum(): the answer must not depend on the locale. */
static bool is_alphanumeric(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool syspar_name_is_valid_n(const char *name, size_t length) {
        if (length == 0 || length > SYSPAR_NAME_MAX || !is_alphanumeric(name[0]))
                return false;

        for (size_t i = 1; i < length; i++)
                if (!is_alphanumeric(name[i]) && name[i] != '_' && name[i] != '-')
                        return false;

        return true;
}

bool syspar_name_is_valid(const char *name) {
        return name && syspar_name_is_valid_n(name, strnlen(name, SYSPAR_NAME_MAX + 1));
}
