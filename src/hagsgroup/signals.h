/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Signals as what one reads from a descriptor, and dying of one. */

#include <signal.h>
#include <stddef.h>

/*
 * From now on these signals and SIGCHLD do nothing but make the descriptor readable that is returned; or a
 * negative errno value. Those that are ignored stay so, as nohup(1) and the & of scripts want it.
 * *ret_before is what was blocked before, for children.
 */
int signals_catch(const int *numbers, size_t n, sigset_t *ret_before);

/* End this process by that signal, so that our parent sees it. Returns if the signal does not end it. */
void signals_die(int number);
