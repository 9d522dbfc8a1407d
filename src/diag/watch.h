/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* hagsgr --watch: the groups of a partition on a terminal, as they change. */

/* Returns 0 when the user leaves, or a negative errno value with a sentence. `group`: only this one, or
 * NULL. */
int watch(const char *syspar, const char *group, char **reterr);
