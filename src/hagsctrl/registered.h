/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What was registered by hagsctrl -a, held against what is configured now. */

#include "hagsctrl/context.h"

/* Is the current partition registered? 0, or -ENOENT with a sentence that names hagsctrl -a. */
int registered_check(Context *c, char **reterr);

/*
 * The registration wins over hags.conf for what it records (control.md section 2). Where the two differ, an
 * administrator who changed hags.conf is told how to make it count.
 */
void registered_warn_of_difference(Context *c);
