/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * hagsgroup is a table of subcommands (main.c), each a function in the file of its name. It returns the exit
 * status, or a negative errno value for "hagsgroup itself failed". Whatever is not success has a sentence in
 * *reterr, but for the status of COMMAND and what --quiet leaves out.
 */

#include "hagsgroup/options.h"

/* Exit statuses: those of timeout(1) and env(1). */
enum {
        STATUS_OK = 0,
        STATUS_NO = 1,        /* the answer is no: rejected, no such group or member, a broken barrier */
        STATUS_TIMEOUT = 124, /* the time of --timeout is over */
        STATUS_FAILED = 125,  /* hagsgroup itself failed, or lost what it held */
        STATUS_CANNOT_RUN = 126,
        STATUS_NOT_FOUND = 127, /* COMMAND */
        STATUS_SIGNAL = 128,    /* and the number of the signal that COMMAND died of */
};

int subcommand_barrier(const Options *o, char **reterr);
int subcommand_elect(const Options *o, char **reterr);
int subcommand_expel(const Options *o, char **reterr);
int subcommand_get(const Options *o, char **reterr);
int subcommand_join(const Options *o, char **reterr);
int subcommand_list(const Options *o, char **reterr);
int subcommand_lock(const Options *o, char **reterr);
int subcommand_members(const Options *o, char **reterr);
int subcommand_send(const Options *o, char **reterr);
int subcommand_set(const Options *o, char **reterr);
int subcommand_watch(const Options *o, char **reterr);
