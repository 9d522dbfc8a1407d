/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A look at a group, by a subscription: unseen by its members. */

#include "hagsgroup/client.h"

typedef struct Look {
        ha_gs_provider_t *members; /* by seniority */
        unsigned n_members;
        char state[GS_STATE_MAX];
        unsigned state_size; /* 0: it was never set */
} Look;

/*
 * Connect, and look at the group whose name the first operand is. 0; STATUS_NO or STATUS_TIMEOUT, or a
 * negative errno value, with a sentence.
 */
int look(const Options *o, Look *ret, char **reterr);
void look_done(Look *l);
