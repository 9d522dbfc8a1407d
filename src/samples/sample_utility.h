/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the sample programs have in common: how they connect and wait, and what turns the structures of
 * ha_gs.h into lines for people. hags-samples(7) tells what each program shows.
 */

#include <signal.h>
#include <stdbool.h>

#include <ha_gs.h>

/* Set by SIGINT and SIGTERM, once sample_start() was called. */
extern volatile sig_atomic_t sample_stop;

/* Before anything else: line-buffered output and the signals above. */
void sample_start(void);

/* A line of output, with what the program is called in front. */
__attribute__((format(printf, 1, 2))) void say(const char *format, ...);

/*
 * Connect, asking again until the daemon accepts us or sample_stop is set. The daemon is told to check every
 * three seconds whether we still dispatch, and which script ends us when others expel us (NULL: none).
 */
bool sample_connect(ha_gs_descriptor_t *ret, const char *script, ha_gs_delayed_error_cb_t *on_error);

/*
 * Sleep until something has arrived, but no longer than that, and run the callbacks for it. HA_GS_NOT_OK:
 * the connection is lost.
 */
ha_gs_rc_t sample_wait(ha_gs_descriptor_t descriptor, int milliseconds);

/* The number of a constant that somebody may type: -1 if `text` is no number from 0 to `limit`. */
int number_of(const char *text, int limit);

const char *name_of_rc(ha_gs_rc_t rc);
const char *name_of_protocol(ha_gs_request_t protocol);
const char *name_of_vote(ha_gs_vote_value_t vote);

bool is_in(const ha_gs_membership_t *list, int instance, int node);

/* " LABEL: 1/0 2/0", instance and node of each, into `buffer`; an empty string if there is no list. */
const char *list_text(const char *label, const ha_gs_membership_t *list, char *buffer, size_t size);

/* " LABEL: 'value'", with dots for what cannot be printed; an empty string if there is no value. */
const char *state_text(const char *label, const ha_gs_state_value_t *state, char *buffer, size_t size);

/* Both callbacks only print: "approved: state change of 1/0 after 2 phases, members: ..., state: ...". */
void say_proposal(const char *what, ha_gs_request_t protocol, ha_gs_summary_code_t summary,
                const ha_gs_proposal_t *proposal);
void say_announcement(const ha_gs_announcement_notification_t *n);
