/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every kind of protocol, and a client that is lost in one of its phases: see play.h. */

#include "play.h"

#include <signal.h>
#include <string.h>

#include "client.h"

#define PHASES 3
#define TARGET 0 /* the groups */
#define SOURCE 1
#define PATIENCE_MS 10000

static const struct {
        ha_gs_request_t kind;
        const char *name;
} kinds[] = {
        { HA_GS_JOIN, "join" },
        { HA_GS_FAILURE_LEAVE, "failure leave" },
        { HA_GS_LEAVE, "leave" },
        { HA_GS_EXPEL, "expel" },
        { HA_GS_STATE_VALUE_CHANGE, "state value change" },
        { HA_GS_PROVIDER_MESSAGE, "provider message" },
        { HA_GS_CAST_OUT, "cast-out" },
        { HA_GS_SOURCE_STATE_REFLECTION, "source state reflection" },
        { HA_GS_GROUP_ATTRIBUTE_CHANGE, "attribute change" },
};
static const char *const end_names[_PLAY_END_MAX] = { "dies", "quits", "says goodbye", "is stopped" };

uint32_t play_count(void) {
        return (uint32_t) ELEMENTSOF(kinds) * PHASES * PLAY_CLIENTS * _PLAY_END_MAX * 2;
}

void play_begin(Play *ret, uint32_t i) {
        *ret = (Play){ .is_on = true };
        ret->votes_before = i % 2;
        i /= 2;
        ret->end = (PlayEnd) (i % _PLAY_END_MAX);
        i /= _PLAY_END_MAX;
        ret->victim = i % PLAY_CLIENTS;
        i /= PLAY_CLIENTS;
        ret->phase = (int) (i % PHASES) + 1;
        ret->kind = kinds[i / PHASES].kind;
}

void play_describe(FILE *f, uint32_t i) {
        Play play;

        play_begin(&play, i);
        fprintf(f, "play %u: in phase %d of a %s client %u %s %s it votes", i, play.phase,
                        kinds[i / 2 / _PLAY_END_MAX / PLAY_CLIENTS / PHASES].name, play.victim,
                        end_names[play.end], play.votes_before ? "after" : "before");
}

static bool has_source(const Play *play) {
        return play->kind == HA_GS_CAST_OUT || play->kind == HA_GS_SOURCE_STATE_REFLECTION;
}

void play_groups(const Play *play, GsAttributes ret[2]) {
        ret[TARGET] = (GsAttributes){
                .num_phases = GS_N_PHASE,
                .reflection_num_phases = GS_N_PHASE,
                .default_vote = GS_VOTE_APPROVE,
                .group = "target",
        };
        ret[SOURCE] = ret[TARGET];
        ret[SOURCE].num_phases = GS_1_PHASE;
        (void) snprintf(ret[SOURCE].group, sizeof(ret[SOURCE].group), "source");
        if (has_source(play))
                (void) snprintf(ret[TARGET].source, sizeof(ret[TARGET].source), "source");
}

/* ---- the actors ---- */

/* Wait until it is so, for as long as the daemon needs; nobody waits for ever in a group that goes on. */
#define wait_until(condition)                                                 \
        do                                                                    \
                for (int _ms = 0; !(condition); _ms++) {                      \
                        if (_ms > PATIENCE_MS)                                \
                                client_fail("waits in vain: %s", #condition); \
                        client_wait_and_dispatch(1);                          \
                        if (me.lost)                                          \
                                client_fail("the connection is lost");        \
                }                                                             \
        while (false)

/* How many clients are somewhere before it begins. */
static uint32_t n_prepared(const Play *play) {
        return PLAY_CLIENTS - 1 + (has_source(play) || play->kind == HA_GS_FAILURE_LEAVE);
}

/* One after the other, the source first: so each has its place. */
static void prepare(Play *play, Seat *seat) {
        bool is_last = me.number == PLAY_CLIENTS - 1, source = has_source(play);

        if (is_last && !source && play->kind != HA_GS_FAILURE_LEAVE)
                return;
        wait_until(play->n_ready == (is_last && source ? 0 : me.number + source));
        ask_join(seat, is_last && source ? SOURCE : TARGET, (uint16_t) me.number);
        wait_until(seat->state == SEAT_MEMBER);
        play->n_ready++;
}

/* Until it is not refused: the protocol before may not have ended yet for who proposes. */
static void propose(const Play *play, Seat *seat, ha_gs_request_t kind, ha_gs_num_phases_t phases) {
        do {
                me.is_refused = false;
                if (ask_proposal(seat, kind, (Phases){ phases, 0 }) == HA_GS_OK)
                        wait_until(me.is_refused || play->is_lost || play->is_over);
                else
                        client_wait_and_dispatch(1);
        } while (!play->is_lost && !play->is_over);
}

/* Who begins the protocol, and how. */
static void begin(const Play *play, Seat *seat) {
        bool is_last = me.number == PLAY_CLIENTS - 1;

        switch (play->kind) {
        case HA_GS_JOIN:
                if (is_last)
                        ask_join(seat, TARGET, (uint16_t) me.number);
                break;
        case HA_GS_FAILURE_LEAVE:
        case HA_GS_CAST_OUT:
                if (is_last)
                        ask_goodbye(seat);
                break;
        case HA_GS_SOURCE_STATE_REFLECTION:
                if (is_last)
                        propose(play, seat, HA_GS_STATE_VALUE_CHANGE, HA_GS_1_PHASE);
                break;
        default:
                if (me.number == (play->kind == HA_GS_LEAVE))
                        propose(play, seat, play->kind, HA_GS_N_PHASE);
                break;
        }
}

static void lose(Play *play, Seat *seat) {
        play->is_lost = true;
        switch (play->end) {
        case PLAY_DIES:
                (void) raise(SIGKILL);
                break;
        case PLAY_QUITS:
                ha_gs_quit();
                _exit(EXIT_SUCCESS);
        case PLAY_SAYS_GOODBYE:
                ask_goodbye(seat);
                break;
        default:
                (void) raise(SIGSTOP);
                break;
        }
}

ha_gs_rc_t play_vote(const ha_gs_n_phase_notification_t *n) {
        int phase = n->gs_proposal->gs_phase_info.gs_phase_number;
        Play *play = &me.setup->play;
        bool now = play->n_ready == n_prepared(play) && n->gs_protocol_type == play->kind &&
                   phase == play->phase && me.number == play->victim && !play->is_lost;
        ha_gs_rc_t rc;

        if (now && !play->votes_before)
                lose(play, me.seats);
        rc = ask_vote(n->gs_provider_token, phase < PHASES ? HA_GS_VOTE_CONTINUE : HA_GS_VOTE_APPROVE);
        if (now && play->votes_before)
                lose(play, me.seats);
        return rc;
}

void play_end(ha_gs_request_t kind) {
        Play *play = &me.setup->play;

        if (play->is_on && kind == play->kind && play->n_ready == n_prepared(play))
                play->is_over = true;
}

/* The group works: it approves a message, once nothing else is left to be done in it. */
static void try_the_group(Seat *seat) {
        const Phases one = { HA_GS_1_PHASE, 0 };

        do {
                me.is_answered = me.is_refused = false;
                if (ask_proposal(seat, HA_GS_PROVIDER_MESSAGE, one) == HA_GS_OK)
                        wait_until(me.is_answered || seat->state != SEAT_MEMBER);
                else
                        client_wait_and_dispatch(1);
        } while (seat->state == SEAT_MEMBER && (me.is_refused || !me.is_answered));
}

void play_run(void) {
        Play *play = &me.setup->play;
        Seat *seat = me.seats;

        client_connect();
        prepare(play, seat);
        wait_until(play->n_ready == n_prepared(play));
        begin(play, seat);
        wait_until(play->is_lost || play->is_over);
        if (seat->state != SEAT_FREE)
                try_the_group(seat);
        client_complete();
        _exit(EXIT_SUCCESS);
}
