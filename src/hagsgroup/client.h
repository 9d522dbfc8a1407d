/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The connection of this process to Group Services, and waiting on it. There is one, as in the library,
 * whose callbacks have no argument for their user either.
 */

#include "ask/ask.h"
#include "hagsgroup/options.h"
#include "libha_gs/ha_gs.h"
#include "util/macro.h"
#include "wire/gs.h"

/* Of the groups of lock, elect and barrier, so that they never meet those of other programs. */
#define PREFIX_LOCK "lock:"
#define PREFIX_ELECT "elect:"
#define PREFIX_BARRIER "barrier:"

/* Answers of the functions of hagsgroup's modules. None is an exit status, as these are passed up, too. */
enum {
        CLIENT_E_TIMEOUT = 256, /* the deadline has come */
        CLIENT_E_LOST,          /* the connection to the daemon is lost */

        MEMBER_E_ATTRIBUTES, /* the group has others, with a sentence */
        MEMBER_E_REJECTED,   /* the group voted against us, with a sentence */

        ATTRIBUTES_E_NO_GROUP, /* there is no such group, or nobody is in it */

        FOLLOW_E_END, /* there is nothing to follow any more */
};

/* CLOCK_MONOTONIC in microseconds, `usec` from now; UINT64_MAX is never. */
uint64_t deadline_in(uint64_t usec);

/* Milliseconds until then, for poll(): -1: never. */
int deadline_ms(uint64_t deadline);

/*
 * Connect to the daemon of the partition of the options, with their deactivate script. Delayed errors go to
 * the callback. 0, or a negative errno value with a sentence: it does not run here, or does not let us in.
 */
int client_connect(const Options *o, ha_gs_delayed_error_cb_t *delayed_error, char **reterr);

/* One attempt to connect again, after a loss. 0, CLIENT_E_LOST: not yet; or -ENOMEM. */
#define CLIENT_RETRY_USEC (UINT64_C(100) * 1000) /* a good time until the next one */
int client_try_again(const Options *o, ha_gs_delayed_error_cb_t *delayed_error);

/*
 * The same until it succeeds: try until the daemon is back, and say so on standard error unless --quiet.
 * 0 or CLIENT_E_TIMEOUT, or -ENOMEM.
 */
int client_reconnect(const Options *o, ha_gs_delayed_error_cb_t *delayed_error, uint64_t deadline);

/* The descriptor, for poll(); the node's number; the partition. After client_connect(). */
int client_fd(void);
int client_node(void);
const char *client_syspar(void);

/* Run the callbacks for what has arrived. 0 or CLIENT_E_LOST. */
int client_dispatch(void);

/*
 * Open a second connection to the daemon, for questions; each may take so long, and no longer than a
 * default. After client_connect(). 0, CLIENT_E_LOST, or a negative errno value with a sentence.
 */
int client_ask(uint64_t timeout_usec, Ask *ret, char **reterr);

/*
 * A question failed with `r`: does that mean that the connection is lost? The end of this one may come a
 * moment later than that of the other.
 */
bool client_lost_by(int r);

/* Wait until something arrives, and run the callbacks for it. 0, CLIENT_E_TIMEOUT or CLIENT_E_LOST. */
int client_wait(uint64_t deadline);

/* Is a provider of that instance number of this node in the list? */
bool client_is_in(const ha_gs_membership_t *list, int instance);
/* Is it the first one? */
bool client_is_first(const ha_gs_membership_t *list, int instance);

/* Sentences. Each returns the negative errno value that belongs to it. */
int client_lost(char **reterr);
int client_fault(ha_gs_rc_t rc, const char *what, char **reterr); /* `what` "cannot join x" */

/* That group cannot be had, most likely as it is not there. Returns STATUS_NO. */
int client_no_group(const char *group, ha_gs_rc_t rc, char **reterr);

/* On standard error, unless --quiet. */
void notice(const Options *o, const char *format, ...) _printf_(2, 3);

/*
 * The name of the group of a tool: prefix and name. Without a prefix it is one for all programs, and must
 * not look like one of a tool if somebody is to be in it. -EINVAL with a sentence.
 */
int group_name(const char *prefix, const char *name, char ret[static GS_GROUP_NAME_MAX + 1], char **reterr);
int group_name_to_join(const char *name, char ret[static GS_GROUP_NAME_MAX + 1], char **reterr);
