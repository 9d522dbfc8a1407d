/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * This process as a provider of a group: joining with an instance number that is free, being told of what
 * happens there, leaving. There is one membership at a time.
 */

#include "hagsgroup/client.h"

/* What the group's notifications are for. Each may be NULL. */
typedef struct MemberHooks {
        void (*approved)(const ha_gs_approved_notification_t *n);
        void (*rejected)(const ha_gs_rejected_notification_t *n);
        void (*n_phase)(const ha_gs_n_phase_notification_t *n); /* NULL: approve */
        void (*announced)(const ha_gs_announcement_notification_t *n);
        void (*failed)(const ha_gs_delayed_error_notification_t *n); /* of what was proposed */
} MemberHooks;

/* Attributes of a group of a tool: joins and leaves are not voted on. */
ha_gs_group_attributes_t member_plain_attributes(const char *group, short client_version);

/* What --time-limit says, or what it is without. */
ha_gs_time_limit_t member_time_limit(const Options *o);

/*
 * Connect, for a membership. As client_connect() and client_reconnect(): whoever has lost the daemon begins
 * here again.
 */
int member_connect(const Options *o, char **reterr);
int member_reconnect(const Options *o, uint64_t deadline);
/* For those who connect themselves. */
void member_on_delayed_error(const ha_gs_delayed_error_notification_t *n);

/*
 * Begin to join: hooks are called from here on. Without --instance it takes a number that is free, beginning
 * with one that comes of the PID. The attributes must stay where they are until it has joined. 0,
 * CLIENT_E_LOST, or a negative errno value with a sentence.
 */
int member_begin(const Options *o, const ha_gs_group_attributes_t *attributes, const MemberHooks *hooks,
                char **reterr);

/*
 * How far is it? To be called after each dispatch until it says something: 1: we are in, or were; 0: not
 * yet; CLIENT_E_LOST; one of MEMBER_E_*, or a negative errno value with a sentence.
 */
int member_progress(const Options *o, char **reterr);

/* Both, and waiting until it is done, a second in any case. 0, CLIENT_E_TIMEOUT, or as member_progress(). */
int member_join(const Options *o, const ha_gs_group_attributes_t *attributes, const MemberHooks *hooks,
                uint64_t deadline, char **reterr);

/* Are we in it? Not any more when we were expelled, or the group or the daemon ended: that is a loss. */
bool member_is_in(void);
bool member_is_lost(void);

/* The member who has proposed what a notification tells of; NULL: Group Services has. */
const ha_gs_provider_t *member_proposer(ha_gs_request_t protocol, const ha_gs_proposal_t *p);

int member_instance(void);
ha_gs_token_t member_token(void);

/* Leave; when it returns, the group has us no more. Nothing happens where we are in none. */
void member_leave(void);
