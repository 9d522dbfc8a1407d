/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What happens in a group, as watch and join tell it: a line on standard output, and the commands of --exec
 * and --state-exec. Nothing of it waits; if too much is waiting for the reader or for commands, events are
 * left out for him or for them and counted, and the next one that has room is "missing", with their number.
 */

#include "hagsgroup/options.h"
#include "libha_gs/ha_gs.h"

/* What is NULL or 0 is not told. */
typedef struct Event {
        const char *name; /* one word; the first of the line */
        const ha_gs_provider_t *by;
        const char *what; /* more words */
        const ha_gs_membership_t *changed;
        const ha_gs_leave_array_t *leaves; /* why; parallel to changed */
        const ha_gs_state_value_t *state;
        const ha_gs_provider_message_t *message;
        const ha_gs_membership_t *members; /* who is in the group now; not in lines, if there is more */
        uint64_t n_missing;
} Event;

/* Append to the environment of a command what it is to know of the event. 0 or -ENOMEM. */
int event_set(char ***environment, const char *group, const Event *event);

/* 0, or a negative errno value. */
int event_tell(const Options *o, const char *group, const Event *event);

/* Behind the last event, when there is room: what is missing, if anything. 0 or a negative errno value. */
int event_tell_missing(const Options *o, const char *group);
