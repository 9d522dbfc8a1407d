/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What was registered by hagsctrl -a: see registered.h. */

#include "hagsctrl/registered.h"

#include <string.h>

#include "hagsctrl/known.h"
#include "manager/dropin.h"
#include "util/fault.h"

int registered_check(Context *c, char **reterr) {
        int r;

        if (dropin_exists(c->syspar, DROPIN_SUBSYSTEM))
                return 0;

        r = known_check_current(c, reterr);
        if (r < 0)
                return r;
        return fault(reterr, -ENOENT, "partition %s is not added; run hagsctrl -a first", c->syspar);
}

void registered_warn_of_difference(Context *c) {
        const char *configured = context_is_workstation(c) ? c->config.address : NULL;
        _cleanup_(registration_done) Registration registered = { 0 };
        _cleanup_(bytes_done) Bytes file = { 0 };

        if (dropin_read(c->syspar, DROPIN_SUBSYSTEM, &file) <= 0)
                return;

        if (registration_parse(&file, &registered) < 0) {
                warn("the registration of partition %s is damaged; run hagsctrl -a to write it again",
                                c->syspar);
                return;
        }
        if (registered.node_number != c->config.node_number)
                warn("partition %s is registered with node number %u, but configured with %u; the "
                     "registration counts; run hagsctrl -a to change it",
                                c->syspar, registered.node_number, c->config.node_number);
        if (strcmp(registered.address ? registered.address : "", configured ? configured : "") != 0)
                warn("partition %s is registered with %s%s, but configured with %s%s; the registration "
                     "counts; run hagsctrl -a to change it",
                                c->syspar, registered.address ? "address " : "no address",
                                registered.address ? registered.address : "",
                                configured ? "address " : "no address", configured ? configured : "");
}
