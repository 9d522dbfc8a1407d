/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A client of Group Services as the measurements want it: it waits with poll() and dispatches, and ends the
 * program where a call fails. It knows by itself who is a member; what else is approved is for the caller.
 */

#include "bench.h"
#include "libha_gs/ha_gs.h"

typedef struct GsCallbacks {
        ha_gs_n_phase_cb_t *n_phase;   /* NULL: it approves, as it should a join */
        ha_gs_approved_cb_t *approved; /* of all but joins and leaves; NULL: they are ignored */
} GsCallbacks;

/* Connect. The descriptor. */
int gs_open(const GsCallbacks *callbacks);
/* Ask to join group `name`, which batches; joins are with votes or without. */
ha_gs_token_t gs_join(const char *name, unsigned instance, ha_gs_num_phases_t phases);
/* So do `n` instances, from `first` on, of a group with votes; not all at once, and then wait. The last
 * token. */
ha_gs_token_t gs_join_many(int fd, const char *name, unsigned first, unsigned n);
/* How many of the tokens of this process are members. */
unsigned gs_joined(void);
/* Whether this one is. */
bool gs_is_member(ha_gs_token_t token);
/* How many members a group has, as somebody was told last. */
unsigned gs_members(void);
/* Propose a message of PAYLOAD bytes. */
void gs_send(ha_gs_token_t token, ha_gs_num_phases_t phases);
void gs_vote(ha_gs_token_t token, ha_gs_vote_value_t value);
/* Wait until something has arrived, and run its callbacks. */
void gs_turn(int fd);

/* One of the crew, in a group of all of it. */
typedef struct Member {
        unsigned rank; /* and instance */
        int gs, echo;  /* descriptors */
        ha_gs_token_t token;
} Member;

/* Connect to both, and wait until all are in the group. */
Member member_make(unsigned rank, const GsCallbacks *callbacks);
