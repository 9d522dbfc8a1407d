/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One sentence for a person: see fault.h for who makes it and who prints it. */

#include "util/fault.h"

#include <stdarg.h>
#include <string.h>

int fault(char **reterr, int error, const char *format, ...) {
        va_list ap;
        char *text;

        if (!reterr)
                return error;

        va_start(ap, format);
        if (vasprintf(&text, format, ap) < 0)
                text = NULL;
        va_end(ap);

        free(*reterr);
        *reterr = text;
        return error;
}

const char *fault_text(const char *message, int error) {
        return message ? message : strerror(-error);
}
