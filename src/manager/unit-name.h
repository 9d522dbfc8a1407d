/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Partition to unit and back: hags@<syspar>.service. */

#include <stdbool.h>

#include "util/syspar-name.h"

#define UNIT_PREFIX "hags@"
#define UNIT_SUFFIX ".service"

/* The unit of a partition; free it. -ENOMEM. */
int unit_name(const char *syspar, char **ret);

/* The partition of a unit. False: not an instance of ours; `ret_syspar` is then undefined. */
bool unit_name_parse(const char *unit, char ret_syspar[static SYSPAR_NAME_MAX + 1]);
