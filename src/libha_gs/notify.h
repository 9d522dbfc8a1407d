/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * From what has arrived to a callback. Each of these decodes, changes what the library knows of the token,
 * and then calls back, without the lock. 0; -EBADMSG: it cannot be so; -ENOMEM. After an error nothing was
 * called.
 */

#include "libha_gs/inbox.h"

/* FRAME_NOTIFICATION */
int notify_event(Item *item);

/* FRAME_DELAYED_ERROR */
int notify_error(Item *item);

/* FRAME_PING: also answers. */
int notify_ping(void);

/* At ha_gs_init(): take the first sample of the counter. */
void responsiveness_begin(void);
