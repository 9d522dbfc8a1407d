/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The attributes of a group, as programs see them. It needs nothing of a connection, so hagsgroup uses it
 * too. */

#include "libha_gs/ha_gs.h"
#include "wire/gs.h"

/* A group attributes block (gsapi.md 4) that shows these; its pointers are into them. */
ha_gs_group_attributes_t attributes_show(GsAttributes *attributes);
