/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The public header, for the library's own sources: what it declares is what the library exports, everything
 * else is compiled hidden.
 */

#include <netinet/in.h>

#pragma GCC visibility push(default)
#include "libha_gs/ha_gs.h"
#pragma GCC visibility pop
