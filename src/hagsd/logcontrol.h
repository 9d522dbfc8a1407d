/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * org.freedesktop.LogControl1 (systemd's D-Bus interface of that name), so that `systemctl
 * service-log-level` and `service-log-target` work (control.md sections 4 and 5). Everybody may read, as the
 * bus policy has it; who changes something must be root, which the daemon itself asks the bus for, without
 * waiting for it.
 */

#include "hagsd/bus.h"

#define LOGCONTROL_CHANGES_MAX 8

/* A change whose caller is being looked up. */
typedef struct LogChange {
        sd_bus_message *call; /* NULL: this place is free */
        sd_bus_slot *question;
} LogChange;

typedef struct LogControl {
        Bus bus;
        LogChange changes[LOGCONTROL_CHANGES_MAX];
} LogControl;

/*
 * Offer it as org.hags.s<syspar>: a letter in front, as no element of a bus name may begin with a digit;
 * what else a partition's name may have, an element may, too (syspar-name.h). Errors are those of sd-event.
 */
int logcontrol_open(LogControl *lc, sd_event *event, const char *syspar);

/* One that was never opened is fine if it is all zeroes. */
void logcontrol_done(LogControl *lc);
