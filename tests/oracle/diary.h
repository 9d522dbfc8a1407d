/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What a client process notices, in memory that it shares with the judge: an entry counts when it is
 * complete, so that whatever kills the process in between leaves a truthful beginning.
 */

#include <stdatomic.h>

#include "../sim/note.h"

#define DIARY_ENTRIES 4096
#define DIARY_VOTE_UNKNOWN (-1)

/*
 * How the judge finds the connection of a client in the record: the first thing that a client does on its
 * connection is to subscribe to a group that nobody has, named by its number and how many connections it had
 * before.
 */
#define DIARY_NAME "who-%u-%u"

typedef enum EntryType {
        ENTRY_CONNECTED, /* by ha_gs_init() */
        ENTRY_ASKED,     /* a routine has returned HA_GS_OK */
        ENTRY_NOTE,      /* a callback was called */
        ENTRY_CLOSED,    /* by ha_gs_goodbye() or ha_gs_unsubscribe(): nothing of this token follows */
        ENTRY_UNSURE,    /* by the same, in vain: nothing needs to follow */
        ENTRY_LOST,      /* HA_GS_NOT_OK */
        ENTRY_COMPLETE,  /* all that the daemon had said when it heard of the unsubscription of this token */
} EntryType;

/* What a routine asks for. */
typedef enum Asked {
        ASKED_PROPOSAL, /* join, or of a provider; which one is in the note */
        ASKED_VOTE,
        ASKED_GOODBYE,
        ASKED_SUBSCRIPTION,
        ASKED_UNSUBSCRIPTION,
} Asked;

typedef struct Entry {
        EntryType type;
        int32_t token;
        Asked asked;
        int vote;  /* of an n-phase notification: what ha_gs_vote() returned in the callback */
        Note note; /* as far as a client sees it; delayed errors with the failing request; what was asked */
} Entry;

typedef struct Diary {
        atomic_uint n;
        unsigned n_connected;
        char failure[256]; /* what the client itself found wrong */
        Entry entries[DIARY_ENTRIES];
} Diary;
