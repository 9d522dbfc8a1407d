/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What has arrived and waits for a thread. One list in order of arrival; an item whose group has a callback
 * running is put aside when its turn comes, and comes to the front when that callback returns. So a single
 * thread runs everything in order of arrival, many threads each group in order, and no item is looked at
 * more than twice.
 */

#include "libha_gs/token.h"

/* More than this is not read ahead of the callbacks: the daemon shall see that the client is slow. */
#define INBOX_BYTES_MAX (1024 * 1024)

struct Item {
        Item *next;
        Token *token; /* a reference; NULL: for the process, not for a group */
        FrameType type;
        size_t size; /* of the body */
        _Alignas(8) uint8_t body[];
};

/* Append; the token is referenced. 0 or -ENOMEM. */
int inbox_push(FrameType type, Token *token, const void *body, size_t size);

/* The next that may run; its group is then running, until inbox_finish(), which frees it. NULL: none. */
Item *inbox_pop(void);
void inbox_finish(Item *item);

/* Drop all. What waits for a callback that runs is dropped later: its token is dead then. */
void inbox_clear(void);
