/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What watch and join have in common: they follow a group as long as they can, through restarts of the
 * daemon too, and run commands meanwhile.
 */

#include "hagsgroup/client.h"
#include "hagsgroup/signals.h"

typedef struct Follower {
        const Options *o;
        const char *group;
        ha_gs_delayed_error_cb_t *delayed_error;

        /* Connected, for the first time or again. 0, CLIENT_E_LOST, or what a subcommand returns. */
        int (*begin)(const struct Follower *f, char **reterr);
        /* Something may have come. 0: go on; FOLLOW_E_END, CLIENT_E_LOST, or what a subcommand returns. */
        int (*step)(const struct Follower *f, char **reterr);
        /* A child has ended that is none of the queue's. May be NULL. */
        void (*reaped)(const struct Follower *f, pid_t pid, int wait_status);
        /* A signal ends us: leave. NULL: signals end this process as any other. */
        void (*leave)(const struct Follower *f);
} Follower;

/* Follow. Returns the exit status, or as a subcommand. It may take no longer than --timeout to begin. */
int follow(const Follower *f, char **reterr);

/* The first beginning is done: from now on losses are survived, and --timeout is forgotten. */
void follow_begun(void);

/* Have step() called in that time at the latest, without anything that comes. */
void follow_wake(uint64_t usec);

/* What commands of shell_start() block. */
const sigset_t *follow_mask(void);

/* Tell an event; if that fails, follow() ends with the error. */
struct Event;
void follow_tell(const Follower *f, const struct Event *event);
