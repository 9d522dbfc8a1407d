/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the unit tells the daemon through its environment: the registration, which hagsctrl -a wrote into the
 * drop-in 10-subsystem.conf (control.md section 3), and the directories that systemd made for it.
 *
 *      HAGS_NODE          the node number, 0 on the control workstation
 *      HAGS_PORT          the port that is reserved for the partition
 *      HAGS_ADDRESS       the partition's address, if it has one
 *      RUNTIME_DIRECTORY  instead of /run/hags/<syspar>
 *      STATE_DIRECTORY    instead of /var/lib/hags/domain/<syspar>
 */

#include <stdint.h>

typedef struct Environment {
        unsigned node_number;
        uint16_t port;
        char *address; /* or NULL */
        char *runtime_directory;
        char *state_directory;
} Environment;

/* Read and check it. -ENODATA: the partition is not registered; -EINVAL: a value is wrong; -ENOMEM. */
int environment_read(const char *syspar, Environment *ret, char **reterr);

void environment_done(Environment *e);
