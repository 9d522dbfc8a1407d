/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Partition to unit and back. */

#include "manager/unit-name.h"

#include <string.h>

#include "util/macro.h"

int unit_name(const char *syspar, char **ret) {
        return asprintf(ret, UNIT_PREFIX "%s" UNIT_SUFFIX, syspar) < 0 ? -ENOMEM : 0;
}

bool unit_name_parse(const char *unit, char ret_syspar[static SYSPAR_NAME_MAX + 1]) {
        const size_t prefix = strlen(UNIT_PREFIX), suffix = strlen(UNIT_SUFFIX);
        size_t n = strlen(unit);

        if (n < prefix + suffix || strncmp(unit, UNIT_PREFIX, prefix) != 0 ||
                        strcmp(unit + n - suffix, UNIT_SUFFIX) != 0)
                return false;

        n -= prefix + suffix;
        if (!syspar_name_is_valid_n(unit + prefix, n))
                return false;

        memcpy(ret_syspar, unit + prefix, n);
        ret_syspar[n] = 0;
        return true;
}
