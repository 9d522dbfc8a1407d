/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * How hagsgroup prints members and values: as "INSTANCE/NODE" and as they are, or as JSON with the fields of
 * the diagnostic commands (diag/json.h).
 */

#include "diag/json.h"
#include "libha_gs/ha_gs.h"

/* What each answer begins with: the version of the fields, the partition, the group (NULL: none). */
json_t *print_begin_json(const char *group);

json_t *print_provider_json(ha_gs_provider_t provider);
json_t *print_members_json(const ha_gs_provider_t *members, unsigned n);
json_t *print_bytes_json(const char *data, int size); /* size 0: null */

/* All of it on standard output, on one line. 0 or -ENOMEM. The object is taken. */
int print_json(json_t *object);
