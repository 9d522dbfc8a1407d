/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Where the daemon is, and how one begins to talk to it.
 *
 * The domain is HA_DOMAIN_NAME; without that the only one on this host, or `default`. The subsystem,
 * HA_GS_SUBSYS, is `hags` or `hags.DOMAIN`: no other is here. Sockets are sought below HAGS_RUN_DIRECTORY
 * instead of /run/hags where that is set, unless the program is set-user-id.
 */

#include "libha_gs/connection.h"
#include "wire/client.h"

/*
 * Connect and say hello; the lock is not needed, and nobody else uses the connection, which has a socket
 * already. HA_GS_OK with the socket non-blocking, HA_GS_SOCK_INIT_FAILED, or HA_GS_CONNECT_FAILED: no such
 * domain here, refused, or no answer by the deadline.
 */
ha_gs_rc_t connect_daemon(Connection *c, const ClientHello *hello);
