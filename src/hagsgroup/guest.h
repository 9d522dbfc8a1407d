/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A guest in a group of others: only members propose, so set, send and expel join for as long as their
 * proposal takes, with the attributes that the group has. It approves whatever is voted on meanwhile.
 */

#include "hagsgroup/member.h"

typedef struct Proposal {
        const char *what; /* "change the state of" */
        ha_gs_request_t protocol;
        ha_gs_proposal_info_t info;
        ha_gs_rc_t (*submit)(ha_gs_token_t token, const ha_gs_proposal_info_t *info);
} Proposal;

/*
 * Make that proposal in the group of that name, again as long as it collides with others, and wait for what
 * becomes of it. As every subcommand.
 */
int guest_propose(const Options *o, const char *group, const Proposal *proposal, char **reterr);

/* What --phases says of a proposal. */
ha_gs_num_phases_t guest_phases(const Options *o);
