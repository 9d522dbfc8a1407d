/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the stories of the conformance suite are told with. It knows <ha_gs.h> and nothing else of the
 * implementation.
 *
 * A case is a story, run in a process of its own, the teller. Its actors are processes too: each is a client
 * of Group Services that does what the teller says and reports every callback as a line of text:
 *
 *      static void a_reject_beats_a_continue(void) {
 *              ha_gs_group_attributes_t g = group("g", HA_GS_N_PHASE);
 *              Cast c = cast(2, &g);
 *
 *              ok(send_text(c.seat[0], HA_GS_N_PHASE, 0, "hello"));
 *              everyone(&c, "n-phase PROVIDER_MESSAGE phase=1");
 *              ok(vote(c.seat[0], HA_GS_VOTE_CONTINUE));
 *              ok(vote(c.seat[1], HA_GS_VOTE_REJECT));
 *              everyone(&c, "rejected PROVIDER_MESSAGE");
 *      }
 *
 * A line is a kind, a name, and words: see lines.h. What is expected must come next to that token, and must
 * have all the words that are named; "!word" says that there is no word `word=`. At the end of a case
 * nothing may be left that was not expected, so each case says all that happens.
 *
 * The number of the node must be NODE: identities in lines end in it.
 *
 * There is no sleep: quiet() waits until all that can have been said to an actor has arrived.
 */

#include <ha_gs.h>

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "parts.h"

#define NODE 5
#define ACTORS_MAX 96
#define CAST_MAX 16
#define PATIENCE_MS 10000 /* for what must happen, on a busy machine */

typedef struct Actor Actor;

/* What a token stands for: a provider or subscriber of an actor's. */
typedef struct Seat {
        Actor *actor;
        ha_gs_token_t token;
        short instance;
} Seat;

/* Providers of one group, each of an actor's own, in the order in which they joined: instances 1, 2, ... */
typedef struct Cast {
        int n;
        Seat seat[CAST_MAX];
} Cast;

/* ---- where in the story we are: the verbs below note it by themselves ---- */

void at(const char *file, int line);
#define HERE at(__FILE__, __LINE__)

/* End the case: it failed, or cannot be tested here. */
__attribute__((__format__(__printf__, 1, 2), __noreturn__)) void failed(const char *format, ...);
__attribute__((__format__(__printf__, 1, 2), __noreturn__)) void skip(const char *format, ...);
#define check(condition) (HERE, (condition) ? (void) 0 : failed("untrue: %s", #condition))

/* What a routine returned. */
void returned(ha_gs_rc_t want, ha_gs_rc_t got, const char *what);
#define ok(call) (HERE, returned(HA_GS_OK, call, #call))
#define returns(code, call) (HERE, returned(code, call, #call))

/* ---- actors ---- */

Actor *actor_start(void);                      /* a process that is no client yet */
Actor *actor_start_as(uid_t uid, gid_t group); /* with one supplementary group, or (gid_t) -1 */
Actor *client_start(void);
InitPart init_plainly(void); /* what client_start() gives ha_gs_init(): no checks, no script */
ha_gs_rc_t try_init(Actor *a, const InitPart *init);
void actor_domain(Actor *a, const char *domain); /* its HA_DOMAIN_NAME; NULL: unset */

/* Have it run a part in its process: the data goes there and comes back. Returns what the part returns. */
int play(Actor *a, Part *part, void *data, size_t size);
/* The same, but without waiting: the part does not come back before something else happens. */
void play_begin(Actor *a, Part *part, void *data, size_t size);
int play_end(Actor *a, void *data, size_t size);

pid_t actor_pid(const Actor *a);
bool actor_lives(const Actor *a);
void actor_kill(Actor *a);   /* dies at once, and has died when this returns */
void actor_freeze(Actor *a); /* SIGSTOP; what it has to say comes after actor_thaw() */
void actor_thaw(Actor *a);
void actor_deafen(Actor *a, bool deaf); /* it does not dispatch */
/* Whatever it may still hear is not part of the story. */
void actor_leave_alone(Actor *a);

#define client() (HERE, client_start())

/* ---- groups ---- */

/* The full name of a group of this case: no other case has it. */
char *group_name(const char *name);

/* Attributes of a group: default vote approve, both batched, no limits; reflections as other protocols. */
ha_gs_group_attributes_t group(const char *name, ha_gs_num_phases_t phases);

/* ---- routines: what they return is the caller's to look at ---- */

ha_gs_rc_t try_join(Actor *a, const ha_gs_group_attributes_t *g, short instance, Seat *ret);
ha_gs_rc_t try_subscribe(Actor *a, const char *full_name, ha_gs_subscription_ctrl_t control, Seat *ret);
ha_gs_rc_t unsubscribe(Seat s);
ha_gs_rc_t vote(Seat s, ha_gs_vote_value_t value);
/* With riders, NULL for none, and a default vote. */
ha_gs_rc_t vote_with(Seat s, ha_gs_vote_value_t value, const char *state, const char *message,
                ha_gs_vote_value_t default_vote);
ha_gs_rc_t change_state(Seat s, ha_gs_num_phases_t phases, ha_gs_time_limit_t limit, const char *state);
ha_gs_rc_t change_state_bytes(Seat s, ha_gs_num_phases_t phases, const void *bytes, int length);
ha_gs_rc_t send_text(Seat s, ha_gs_num_phases_t phases, ha_gs_time_limit_t limit, const char *message);
ha_gs_rc_t send_bytes(Seat s, ha_gs_num_phases_t phases, const void *bytes, int length);
ha_gs_rc_t leave(Seat s, ha_gs_num_phases_t phases, ha_gs_time_limit_t limit, unsigned code);
ha_gs_rc_t expel(Seat s, ha_gs_num_phases_t phases, ha_gs_time_limit_t limit, Seat whom);
ha_gs_rc_t expel_instances(Seat s, ha_gs_num_phases_t phases, ha_gs_time_limit_t limit,
                unsigned script_phase, const char *flag, int n, const short *instances);
ha_gs_rc_t change_attributes(Seat s, ha_gs_num_phases_t phases, ha_gs_time_limit_t limit,
                const ha_gs_group_attributes_t *g);
ha_gs_rc_t goodbye(Seat s);
void quit(Actor *a);

/* A token of the actor's, or an invented one. */
Seat seat_of(Actor *a, ha_gs_token_t token);

/* ---- and the same as parts of a story, which go well ---- */

Seat join_here(Actor *a, const ha_gs_group_attributes_t *g, short instance);
Seat subscribe_here(Actor *a, const char *full_name, ha_gs_subscription_ctrl_t control);
Cast cast_here(int n, const ha_gs_group_attributes_t *g);
Seat enter_here(Actor *a, Cast *c, const ha_gs_group_attributes_t *g, short instance);
void vote_all_here(const Cast *c, ha_gs_vote_value_t value);

/* Submit a join. */
#define join(a, g, instance) (HERE, join_here(a, g, instance))
#define subscribe(a, full_name, control) (HERE, subscribe_here(a, full_name, control))
/* Actors who have joined one after the other; whatever that took has been heard and voted for. */
#define cast(n, g) (HERE, cast_here(n, g))
/* One more of them: returns when it is approved. */
#define enter(a, c, g, instance) (HERE, enter_here(a, c, g, instance))
/* All who live. */
#define vote_all(c, value) (HERE, vote_all_here(c, value))
/* It dies, and is skipped from now on wherever the whole cast is meant. */
void cast_kill(Cast *c, int i);
/* Take it out of the cast, alive. */
void cast_drop(Cast *c, int i);

/* ---- what is heard ---- */

const char *expect_here(Seat s, const char *want);
const char *expect_process_here(Actor *a, const char *want);
void everyone_here(const Cast *c, const char *want);
void quiet_here(Actor *a);
void quiet_cast_here(const Cast *c);

/* The next line for that token has these words. Returns it, until the next call. */
#define expect(s, words) (HERE, expect_here(s, words))
/* The next line that is of no token. */
#define expect_process(a, words) (HERE, expect_process_here(a, words))
#define everyone(c, words) (HERE, everyone_here(c, words))
/* Nothing else is said to it. */
#define quiet(a) (HERE, quiet_here(a))
#define quiet_cast(c) (HERE, quiet_cast_here(c))
/* The next unread line for the token, or NULL: looks only at what has arrived. */
const char *heard(Seat s);
/* As which line of its actor's, counted from 0, the last one that was expected came. */
int heard_at(void);

/* Words as printf() makes them, in a buffer that the next call uses again. */
__attribute__((__format__(__printf__, 1, 2))) const char *words(const char *format, ...);

/* The value of a word of a line, in a buffer that the next call uses again; "" if there is none. */
const char *word(const char *line, const char *name);

long now_ms(void);

/* ---- the daemon, as the program CONFORMANCE_DAEMON can: see daemon.sh ---- */

void daemon_do_here(const char *verb, const char *domain);
#define daemon_do(verb, domain) (HERE, daemon_do_here(verb, domain))
/* The name of a domain of this case. */
const char *domain_name(const char *name);

/* ---- cases ---- */

typedef struct Case {
        const char *number; /* of the statement that it is about; "b" and so on for further ones */
        const char *title;
        void (*story)(void);
} Case;

typedef struct Stories {
        const char *file; /* as INDEX names it; "lab-...": told with --lab only */
        const Case *cases;
        size_t n;
        struct Stories *next;
} Stories;

void stories_add(Stories *s);

#define CASE(number, function) \
        { number, #function, function }

/* At the end of a file: its name and its cases. */
#define STORIES(name, ...)                                                                           \
        static const Case file_cases[] = { __VA_ARGS__ };                                            \
        static Stories file_stories = { name, file_cases, sizeof(file_cases) / sizeof(Case), NULL }; \
        __attribute__((__constructor__)) static void file_add(void) {                                \
                stories_add(&file_stories);                                                          \
        }                                                                                            \
        struct Stories
