/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * One command at a time that changes something, and what a killed one left behind.
 *
 * The lock is flock() on /run/hags/hagsctrl.lock, which the kernel drops with the process. Beside it stands
 * hagsctrl.reload as long as files of systemd were changed and systemd was not told: a run that was killed
 * in between is completed by the next one, whatever that does. It lives in /run because a boot reads all
 * files anyway.
 */

#include <stdbool.h>

#include "manager/manager.h"

/*
 * Wait for the lock: after 1 s a message behind the program's name that names the holder, after 120 s
 * -EBUSY. The descriptor holds it.
 */
int lock_take(int *ret, char **reterr);

/* Remember that systemd must be reloaded. To be called before the first change. */
int reload_mark(char **reterr);

/* Is a reload due, from this run or from one that was killed? */
bool reload_is_marked(void);

/* Reload systemd; nothing is due any more. */
int reload_now(Manager *m, char **reterr);
