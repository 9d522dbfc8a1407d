/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The membership list of a token. The daemon sends it once, and then what changes it (notification.h); here
 * it is kept. A callback is shown a copy, which it may change as it likes.
 */

#include "libha_gs/api.h"
#include "wire/notification.h"

typedef struct Members {
        ha_gs_provider_t *list; /* room for `size` of them, and for a copy behind */
        uint32_t n, size;
} Members;

/* What the frame says of the list. 0, -EBADMSG (it does not come to the frame's count) or -ENOMEM. */
int members_apply(Members *members, const NotificationFrame *frame);

/* A copy, valid until the next call of either. */
ha_gs_provider_t *members_show(Members *members);

void members_done(Members *members);
