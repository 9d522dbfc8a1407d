/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the files of manager/ share: the connection, and the words for its failures. */

#include <systemd/sd-bus.h>

#include "manager/manager.h"
#include "util/fault.h"

#define SYSTEMD_SERVICE "org.freedesktop.systemd1"
#define SYSTEMD_PATH "/org/freedesktop/systemd1"
#define SYSTEMD_MANAGER "org.freedesktop.systemd1.Manager"
#define SYSTEMD_UNIT "org.freedesktop.systemd1.Unit"
#define SYSTEMD_SERVICE_UNIT "org.freedesktop.systemd1.Service"
#define SYSTEMD_JOB "org.freedesktop.systemd1.Job"

struct Manager {
        sd_bus *bus;
        bool is_private; /* systemd's own socket, not the system bus */
};

/*
 * The sentence for a failed call. `what`: what was tried, as in "cannot reload systemd". A connection that
 * broke is recognised and said so. Returns `error`.
 */
int manager_fault(const Manager *m, char **reterr, int error, const sd_bus_error *e, const char *what,
                const char *unit);

/* The object path of a unit. Free it. */
int manager_unit_path(const char *unit, char **ret);
