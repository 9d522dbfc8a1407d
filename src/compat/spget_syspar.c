/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* spget_syspar: address or name of the current partition. */

#include <string.h>

#include "compat/subsystem.h"
#include "manager/dropin.h"
#include "util/fault.h"

static const CommandOption options[] = {
        { 'n', NULL, "print the name of the partition, not its address", NULL },
        { 0 },
};

/* The address as it is registered, or else configured; c->config then has that of the partition. */
static int print_address(Compat *c, const char *syspar, char **reterr) {
        _cleanup_(registration_done) Registration registration = { 0 };
        _cleanup_(bytes_done) Bytes file = { 0 };
        const char *address = c->config.address;

        if (dropin_read(syspar, DROPIN_SUBSYSTEM, &file) > 0)
                (void) registration_parse(&file, &registration);
        if (registration.address)
                address = registration.address;
        if (!address)
                return fault(reterr, -ENOENT,
                                "the address of partition %s is not known; on the control workstation "
                                "[Partition] Address= in /etc/hags/syspar.d/%s.conf gives it one",
                                syspar, syspar);
        (void) puts(address);
        return 0;
}

static int run(Compat *c, const CommandLine *line, char **reterr) {
        char syspar[SYSPAR_NAME_MAX + 1];
        bool configured;
        int r;

        r = current_partition(c, syspar, reterr);
        if (r < 0)
                return r;

        configured = strcmp(syspar, c->config.partition) == 0;
        r = config_load_partition("", syspar, NULL, NULL, &c->config, reterr);
        if (r < 0)
                return r;
        if (r == 0 && !configured && !dropin_exists(syspar, DROPIN_SUBSYSTEM))
                return fault(reterr, -ENOENT, "partition %s ($SP_NAME) is not known on this host", syspar);

        if (!line->given['n'])
                return print_address(c, syspar, reterr);
        (void) puts(syspar);
        return 0;
}

const Command command_spget_syspar = {
        .name = "spget_syspar",
        .synopsis = "[-n]",
        .purpose = "Print the address of the current system partition.",
        .options = options,
        .run = run,
};
