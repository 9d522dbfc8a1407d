/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* node_number: the number of this node, as it is registered, or else configured. */

#include "compat/subsystem.h"
#include "manager/dropin.h"

static const CommandOption options[] = { { 0 } };

static int run(Compat *c, _unused_ const CommandLine *line, char **reterr) {
        char syspar[SYSPAR_NAME_MAX + 1];
        unsigned number;
        int r;

        r = current_partition(c, syspar, reterr);
        if (r >= 0)
                r = node_number_of(c, syspar, &number, reterr);
        if (r >= 0)
                (void) printf("%u\n", number);
        return r;
}

const Command command_node_number = {
        .name = "node_number",
        .synopsis = "",
        .purpose = "Print the number of this node; 0 is the control workstation.",
        .options = options,
        .run = run,
};
