/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Plays: every kind of protocol, and a client that is lost in one of its phases. Clients 0, 1 and 2 are in
 * the group, 0 the senior; 3 is whom the kind needs besides: a joiner, one that fails, or the provider of
 * the source group. The others must come to an end of the protocol and of their lost fellow's leave, and be
 * able to go on; what all of them hear is judged as always.
 */

#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>

#include "hear.h"

#define PLAY_CLIENTS 4

typedef enum PlayEnd {
        PLAY_DIES,
        PLAY_QUITS,
        PLAY_SAYS_GOODBYE,
        PLAY_STOPS, /* for a moment */
        _PLAY_END_MAX,
} PlayEnd;

typedef struct Play {
        bool is_on;
        ha_gs_request_t kind;
        int phase; /* in which it happens, of three that are voted on */
        uint32_t victim;
        PlayEnd end;
        bool votes_before;
        atomic_uint n_ready; /* clients that are where they should be before it begins */
        atomic_bool is_lost; /* the victim */
        atomic_bool is_over; /* somebody has seen the end of the protocol */
} Play;

/* How many there are; the i-th one; what it is about. */
uint32_t play_count(void);
void play_begin(Play *ret, uint32_t i);
void play_describe(FILE *f, uint32_t i);

/* The attributes of its groups: "target", and "source". */
void play_groups(const Play *play, GsAttributes ret[2]);

/* ---- inside the client ---- */

_Noreturn void play_run(void);
/* In place of what a random client does in this callback: whether and how to vote, and what then happens. */
ha_gs_rc_t play_vote(const ha_gs_n_phase_notification_t *n);
/* A protocol of this kind has ended. */
void play_end(ha_gs_request_t kind);
