/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What systemd is told while the daemon serves: its status, and that it is alive. sd_notify(3), and with it
 * sd_event_set_watchdog(3), wait for a systemd that does not read for as long as it does not; these do not
 * wait at all.
 */

#include <systemd/sd-event.h>

/*
 * Send `state`, as sd_notify(3) has it. 0, also if there is no systemd to tell; -EAGAIN: it does not read at
 * the moment; or another error of the socket.
 */
int notify_send(const char *state);

/*
 * Tell systemd in time that the loop turns, if it wants to be told; *ret is NULL if it does not. Errors are
 * those of sd-event.
 */
int notify_watchdog(sd_event *event, sd_event_source **ret);
