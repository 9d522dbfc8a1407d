/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Notifications as lines of text. A line is a kind, the name of the protocol, and words `name=value`, for
 * whatever the block has: what is NULL has no word.
 *
 *      n-phase JOIN phase=1 limit=0 summary=0 by=0/0 changed=PROPOSED_MEMBERSHIP members=1/0 changing=2/0
 * ... approved STATE_VALUE_CHANGE phase=0 summary=0 by=1/0 changed=UPDATED_STATE_VALUE state="x"
 * proposed="x" rejected ... announcement TIME_LIMIT_EXCEEDED members=2/0 subscription STATE+MEMBERSHIP
 * state=- members=1/0 error JOIN code=DUPLICATE_INSTANCE_NUMBER group="x" ... responsiveness PING interval=1
 * ... dispatch NOT_OK
 *
 * phase    of n-phase: its number; else how many phases ran, with phases=1 or n before it
 * members  the membership list, in order, as instance/node; "-" if it is empty
 * leaves   a list of reasons, with :code if there is one; flags are joined by +
 * bytes    in quotes, with \xNN for what is not plain; 2048x"m" for long ones that are all the same;
 *          "-" for a length of 0 and a NULL pointer
 */

#include <ha_gs.h>

#include <stddef.h>

#define LINE_SIZE 24576

/* Names without their HA_GS_. */
const char *code_name(ha_gs_rc_t code);
const char *request_name(ha_gs_request_t request);

void line_n_phase(const ha_gs_n_phase_notification_t *n, char *line);
void line_approved(const ha_gs_approved_notification_t *n, char *line);
void line_rejected(const ha_gs_rejected_notification_t *n, char *line);
void line_announcement(const ha_gs_announcement_notification_t *n, char *line);
void line_subscription(const ha_gs_subscription_notification_t *n, char *line);
void line_delayed_error(const ha_gs_delayed_error_notification_t *n, char *line);
void line_responsiveness(const ha_gs_responsiveness_notification_t *n, char *line);
