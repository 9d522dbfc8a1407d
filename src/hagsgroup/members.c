/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hagsgroup members: who is in a group, in the order in which they joined. */

#include "hagsgroup/look.h"
#include "hagsgroup/print.h"
#include "hagsgroup/subcommand.h"

static int print_as_json(const char *group, const Look *l) {
        json_t *object = print_begin_json(group);

        json_put(&object, "members", print_members_json(l->members, l->n_members));
        return print_json(object);
}

int subcommand_members(const Options *o, char **reterr) {
        _cleanup_(look_done) Look l = {};
        int r;

        r = look(o, &l, reterr);
        if (r != 0)
                return r;
        if (o->json)
                return print_as_json(o->operands[0], &l);

        for (unsigned i = 0; i < l.n_members; i++)
                (void) printf("%d/%d\n", l.members[i].gs_instance_number, l.members[i].gs_node_number);
        return STATUS_OK;
}
