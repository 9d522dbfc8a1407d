/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * hagsgroup as two processes, for what must not go on when hagsgroup is killed, by a signal that nobody can
 * catch: the outer one, which the user has started and signals; and the inner one, its child, which does all
 * of the work and is the parent of COMMAND. Where one of them is killed, the other one is there to end
 * COMMAND and all that has come of it.
 */

#include <stdbool.h>

/*
 * Become two. In the inner one it returns 0. In the outer one it does not return, but passes signals on, and
 * ends as the inner one does or pair_report() says. If the inner one is killed, with `bound` the outer one
 * first kills all that it has left. A negative errno value: there is no inner one.
 */
int pair_split(bool bound);

/*
 * Whether the inner one outlives the outer one: while COMMAND runs. It then has to look at pair_fd(). Else
 * the kernel kills it together with the outer one.
 */
void pair_outlive(bool outlive);

/* In the inner one: it is readable when the outer one has ended. */
int pair_fd(void);

/* In the inner one: COMMAND has ended so, and the outer one is to end alike. */
void pair_report(int wait_status);

/* The PID that the user knows. */
int pair_pid(void);
