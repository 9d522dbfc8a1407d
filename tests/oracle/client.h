/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A random client: a process with a connection to a real daemon, by ha_gs.h and nothing else. What it does
 * comes from one seed; what it hears it writes into its diary.
 */

#include "../sim/rng.h"
#include "diary.h"
#include "hear.h"
#include "play.h"

#define CLIENTS_MAX 6
#define CLIENT_GROUPS_MAX 11
#define CLIENT_SEATS 4        /* memberships and subscriptions at a time */
#define CLIENT_TOKENS_MAX 512 /* of a connection */

typedef enum Mood {
        MOOD_BUSY,
        MOOD_LINGERS, /* only listens and votes, for as long as others are busy */
        MOOD_STAYS,   /* the same, until the daemon ends */
} Mood;

/* What all clients of a run share. */
typedef struct Setup {
        uint32_t n_groups;
        uint32_t n_steps;                       /* of each client */
        uint32_t lateness;                      /* percent of votes that are late or never given */
        uint32_t noise;                         /* percent of calls against the rules */
        bool slow;                              /* long enough for time limits and responsiveness checks */
        GsAttributes groups[CLIENT_GROUPS_MAX]; /* as the clients believe them to be; any of them writes */
        Play play;
        _Atomic Mood moods[CLIENTS_MAX];
        atomic_bool ending; /* nobody needs to linger any longer */
} Setup;

typedef enum SeatState {
        SEAT_FREE,
        SEAT_JOINING,
        SEAT_MEMBER,
        SEAT_SUBSCRIBER,
} SeatState;

/* A token that is in use, or was: its place is only taken by another. */
typedef struct Seat {
        SeatState state;
        ha_gs_token_t token;
        uint32_t group;
        GsProvider name;
        bool owes_vote;
        int phase;
        NoteList members;
} Seat;

typedef struct Client {
        Setup *setup;
        Diary *diary;
        uint32_t number;
        Rng rng;
        uint32_t steps; /* still to be done */
        uint32_t last_text;
        bool lost; /* the connection */
        bool has_script;
        bool is_answered; /* the one-phase message that it proposed last: approved, or refused */
        bool is_refused;
        ha_gs_descriptor_t fd;
        Seat seats[CLIENT_SEATS];
        uint32_t n_tokens;
        struct {
                ha_gs_token_t token;
                char group[GS_GROUP_NAME_MAX + 1];
        } tokens[CLIENT_TOKENS_MAX];
} Client;

/* The whole life of client `number`; `life`: how many processes it had before. Does not return. */
_Noreturn void client_run(Setup *setup, Diary *diary, uint64_t seed, uint32_t number, uint32_t life);

/* ---- inside the client ---- */

extern Client me;

/* What the client itself finds wrong; does not return. */
_Noreturn void client_fail(const char *format, ...) _printf_(1, 2);
/* Die as by a signal from outside, in so many of ten thousand cases. */
void client_risk(uint32_t chance);
/* A call has returned: no other answer than OK, NOT_OK or one of these (ended by HA_GS_OK) is right. */
void client_check(const char *call, ha_gs_rc_t rc, const ha_gs_rc_t *allowed);

/* The next entry of the diary, to be filled in: it counts when its number is added. client_note(): both. */
Entry *client_entry(EntryType type, ha_gs_token_t token);
void client_note(EntryType type, ha_gs_token_t token);

Seat *client_seat(ha_gs_token_t token);

/* listen.c */
extern ha_gs_n_phase_cb_t callback_n_phase;
extern ha_gs_approved_cb_t callback_approved;
extern ha_gs_rejected_cb_t callback_rejected;
extern ha_gs_announcement_cb_t callback_announcement;
extern ha_gs_subscriber_cb_t callback_subscription;
extern ha_gs_delayed_error_cb_t callback_delayed_error;

void client_connect(void);
void client_wait_and_dispatch(int ms);
/* All that the daemon had for this connection when it answered is dispatched: the judge insists on it. */
void client_complete(void);

/* ask.c */
typedef struct Phases {
        ha_gs_num_phases_t phases;
        ha_gs_time_limit_t limit;
} Phases;

void ask_act(void);
void ask_join(Seat *seat, uint32_t group, uint16_t instance);
void ask_goodbye(Seat *seat);
/* The routine of that kind, with values of its own choice. */
ha_gs_rc_t ask_proposal(Seat *seat, ha_gs_request_t kind, Phases p);
/* HA_GS_NULL_VOTE: any. */
ha_gs_rc_t ask_vote(ha_gs_token_t token, ha_gs_vote_value_t vote);
void ask_subscribe(Seat *seat, const char *group, uint32_t control);
void ask_unsubscribe(Seat *seat);
