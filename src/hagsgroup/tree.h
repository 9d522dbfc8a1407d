/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The processes that come of COMMAND: its children and theirs. Where a parent ends, they become children of
 * this process, so all that is below it is theirs but for what was there before.
 */

#include <sys/types.h>

typedef struct Tree {
        pid_t *before; /* children of this process that are none of COMMAND's */
        size_t n_before;
} Tree;

/* Before COMMAND is started. 0 or -ENOMEM. */
int tree_begin(Tree *ret);
void tree_done(Tree *t);

/* Send a signal to all of them that run. Returns how many these are, or -ENOMEM. */
int tree_signal(const Tree *t, int number);
