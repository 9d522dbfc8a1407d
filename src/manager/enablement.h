/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Which instances are enabled, read from the links that systemctl enable makes. systemd itself keeps no list
 * of the instances of a template, and answers for hags.target only what it last loaded; the links are the
 * truth.
 */

#include <stdbool.h>

/* Is hags@<syspar>.service wanted by hags.target? */
bool enablement_instance(const char *syspar);

/* Is hags.target wanted by multi-user.target? */
bool enablement_target(void);

/* All enabled partitions, added to a sorted list. Returns 0 or a negative errno value with a sentence. */
int enablement_list(char ***list, char **reterr);

/* Has an administrator masked the instance, or the template that it is made from? */
bool enablement_is_masked(const char *syspar);
