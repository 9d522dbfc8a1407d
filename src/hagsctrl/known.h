/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Which partitions there are on this host, gathered from every place that can tell. */

#include "hagsctrl/context.h"

/*
 * Every partition of which there is anything to clean: registration or tracing drop-ins, links of
 * hags.target, loaded units, marked lines of /etc/services (control.md section 3, -c). Sorted; free with
 * strings_free().
 */
int known_instances(Context *c, char ***ret, char **reterr);

/* These, and those that are configured, declared in syspar.d, or have a port in the SDR. */
int known_partitions(Context *c, char ***ret, char **reterr);

/* May the current partition be acted on? 0, or -ENOENT with a sentence if there is no trace of it anywhere.
 */
int known_check_current(Context *c, char **reterr);
