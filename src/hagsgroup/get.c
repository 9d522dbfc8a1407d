/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hagsgroup get: the state value of a group. */

#include "hagsgroup/look.h"
#include "hagsgroup/print.h"
#include "hagsgroup/subcommand.h"

static int print_as_json(const char *group, const Look *l) {
        json_t *object = print_begin_json(group);

        json_put(&object, "state", print_bytes_json(l->state, (int) l->state_size));
        return print_json(object);
}

/* The bytes as they are, and a newline; nothing if there are none. */
int subcommand_get(const Options *o, char **reterr) {
        _cleanup_(look_done) Look l = {};
        int r;

        r = look(o, &l, reterr);
        if (r != 0)
                return r;
        if (o->json)
                return print_as_json(o->operands[0], &l);

        if (l.state_size > 0) {
                (void) fwrite(l.state, 1, l.state_size, stdout);
                (void) putchar('\n');
        }
        return STATUS_OK;
}
