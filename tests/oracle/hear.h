/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * From the blocks of ha_gs.h to the notes of the simulation's oracle, and from its attributes to those of
 * ha_gs.h. The group's name, which no block shows, is the caller's to fill in.
 */

#include "../sim/note.h"
#include "libha_gs/ha_gs.h"

void hear_n_phase(Note *ret, const ha_gs_n_phase_notification_t *n);
void hear_approved(Note *ret, const ha_gs_approved_notification_t *n);
void hear_rejected(Note *ret, const ha_gs_rejected_notification_t *n);
void hear_announcement(Note *ret, const ha_gs_announcement_notification_t *n);
void hear_subscription(Note *ret, const ha_gs_subscription_notification_t *n);
void hear_delayed_error(Note *ret, const ha_gs_delayed_error_notification_t *n);

/* What a routine was asked for. Of a join also whether there is a script, which ha_gs_init() was told. */
void hear_request(Note *ret, ha_gs_request_t request, const ha_gs_proposal_info_t *info, bool has_script);
void hear_vote(Note *ret, ha_gs_vote_value_t vote, const ha_gs_state_value_t *proposed,
                const ha_gs_provider_message_t *text, ha_gs_vote_value_t by_default);

/* The names in *ret point into *a. */
void hear_attributes_back(ha_gs_group_attributes_t *ret, GsAttributes *a);
