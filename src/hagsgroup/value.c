/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A value that set or send is given: see value.h. */

#include "hagsgroup/value.h"

#include <string.h>

#include "util/fault.h"

int value_read(const char *operand, const char *what, size_t most, char *buffer, size_t *ret_size,
                char **reterr) {
        size_t size;

        if (strcmp(operand, "-") == 0) {
                size = fread(buffer, 1, most + 1, stdin);
                if (ferror(stdin))
                        return fault(reterr, -EIO, "cannot read %s from standard input", what);
        } else {
                size = strnlen(operand, most + 1);
                memcpy(buffer, operand, size);
        }
        if (size == 0 || size > most)
                return fault(reterr, -EINVAL, "%s has to have 1 to %zu bytes", what, most);
        *ret_size = size;
        return 0;
}
