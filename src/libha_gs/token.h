/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Tokens, each a membership or a subscription of this process, and their groups. Notifications of one group
 * run one after the other, whichever token they are for (gsapi.md 5.2), so a group is a name and who waits.
 */

#include "libha_gs/members.h"
#include "libha_gs/state.h"
#include "wire/event.h"
#include "wire/notification.h"

struct Group {
        unsigned n_refs;
        unsigned running; /* client.n_forks while a callback of it runs; else another number */
        ItemList waiting; /* taken from the inbox while one ran */
        char name[GS_GROUP_NAME_MAX + 1];
};

typedef enum TokenState {
        TOKEN_JOINING, /* until the first approval: that of its join */
        TOKEN_MEMBER,
        TOKEN_SUBSCRIBER,
        TOKEN_DEAD, /* not in the table; what is still queued for it is dropped */
} TokenState;

typedef struct Token {
        int32_t number; /* what it is found by, so it is first */
        unsigned n_refs;
        TokenState state;
        Group *group;
        Members members; /* as in the last notification */

        /* provider */
        GsProvider provider;
        GsAttributes attributes; /* as given; client version, phases, limits and the like may have changed
                                    since */
        char local_name[CLIENT_LOCAL_NAME_MAX + 1];
        bool has_local_name;
        ha_gs_n_phase_cb_t *n_phase_callback;
        ha_gs_approved_cb_t *approved_callback;
        ha_gs_rejected_cb_t *rejected_callback;
        ha_gs_announcement_cb_t *announcement_callback;
        ha_gs_merge_cb_t *merge_callback;
        bool in_protocol; /* an n-phase protocol was dispatched, and has not ended */
        bool may_vote;    /* in this phase of it: */
        EventPhase phase;

        /* subscriber */
        uint32_t control;
        ha_gs_subscriber_cb_t *subscriber_callback;
} Token;

/*
 * A new token with the next number, in the table; NULL: out of memory, or of numbers. Subscribers and
 * joining providers begin so.
 */
Token *token_new(TokenState state, const char *group_name);

/* NULL: dead, or never there. Stays the table's. */
Token *token_find(int32_t number);

Token *token_ref(Token *token);
Token *token_unref(Token *token);

/* Dead from now on. NULL or a dead one is fine. */
void token_end(Token *token);
/* The same for all. */
void tokens_end(void);

/* The number of a token that nobody has, or ever gets; 0: there are no more. */
int32_t token_number_new(void);
