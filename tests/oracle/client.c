/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The life of a random client: see client.h. */

#include "client.h"

#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

#define PATIENCE_MS 10000 /* for a daemon that is being started, or stopped */

Client me;

void client_fail(const char *format, ...) {
        va_list args;

        va_start(args, format);
        (void) vsnprintf(me.diary->failure, sizeof(me.diary->failure), format, args);
        va_end(args);
        _exit(EXIT_FAILURE);
}

void client_risk(uint32_t chance) {
        if (!me.setup->ending && !me.setup->play.is_on && rng_below(&me.rng, 10000) < chance)
                (void) raise(SIGKILL);
}

void client_check(const char *call, ha_gs_rc_t rc, const ha_gs_rc_t *allowed) {
        if (rc == HA_GS_OK || rc == HA_GS_NOT_OK)
                return;
        for (; *allowed != HA_GS_OK; allowed++)
                if (rc == *allowed)
                        return;
        client_fail("ha_gs_%s() returns %d", call, (int) rc);
}

Entry *client_entry(EntryType type, ha_gs_token_t token) {
        Entry *e = me.diary->entries + me.diary->n;

        if (me.diary->n == DIARY_ENTRIES)
                client_fail("the diary is full");
        e->type = type;
        e->token = token;
        e->vote = DIARY_VOTE_UNKNOWN;
        return e;
}

void client_note(EntryType type, ha_gs_token_t token) {
        (void) client_entry(type, token);
        me.diary->n++;
}

Seat *client_seat(ha_gs_token_t token) {
        for (uint32_t i = 0; i < CLIENT_SEATS; i++)
                if (me.seats[i].state != SEAT_FREE && me.seats[i].token == token)
                        return me.seats + i;
        return NULL;
}

static void nap(uint32_t microseconds) {
        const struct timespec t = { .tv_nsec = (long) microseconds * 1000 };

        (void) nanosleep(&t, NULL);
}

/* ---- one connection ---- */

static ha_gs_callback_rc_t on_responsiveness(const ha_gs_responsiveness_notification_t *n) {
        (void) n;
        return rng_chance(&me.rng, 30) ? HA_GS_CALLBACK_NOT_OK : HA_GS_CALLBACK_OK;
}

static ha_gs_rc_t init(void) {
        const ha_gs_responsiveness_t ping = {
                .gs_responsiveness_type = HA_GS_PING_RESPONSIVENESS,
                .gs_responsiveness_interval = 1,
                .gs_responsiveness_response_time_limit = 1,
        };
        bool checked = me.setup->slow && rng_chance(&me.rng, 50);

        me.has_script = rng_chance(&me.rng, 25);
        return ha_gs_init(&me.fd, HA_GS_SOCKET_NO_SIGNAL, checked ? &ping : NULL,
                        me.has_script ? "/bin/true" : NULL, checked ? on_responsiveness : NULL,
                        callback_delayed_error, NULL);
}

/* The first subscription is how the judge recognises the connection (diary.h). */
void client_connect(void) {
        char name[GS_GROUP_NAME_MAX + 1];
        Seat unused = { 0 };
        ha_gs_rc_t rc;

        memset(me.seats, 0, sizeof(me.seats));
        me.n_tokens = 0;
        me.lost = false;
        for (int tries = 0; (rc = init()) != HA_GS_OK; tries++) {
                if (rc != HA_GS_CONNECT_FAILED && rc != HA_GS_NOT_OK)
                        client_fail("ha_gs_init() returns %d", (int) rc);
                if (me.setup->ending)
                        _exit(EXIT_SUCCESS);
                if (tries == PATIENCE_MS)
                        client_fail("ha_gs_init() finds no daemon");
                nap(1000);
        }
        (void) snprintf(name, sizeof(name), DIARY_NAME, me.number, me.diary->n_connected++);
        client_note(ENTRY_CONNECTED, 0);
        ask_subscribe(&unused, name, HA_GS_SUBSCRIBE_STATE);
}

static void dispatch(void) {
        ha_gs_rc_t rc = ha_gs_dispatch(HA_GS_NON_BLOCKING);

        if (rc == HA_GS_OK)
                return;
        if (rc != HA_GS_NOT_OK)
                client_fail("ha_gs_dispatch() returns %d", (int) rc);
        client_note(ENTRY_LOST, 0);
        me.lost = true;
}

void client_wait_and_dispatch(int ms) {
        struct pollfd p = { .fd = me.fd, .events = POLLIN };

        if (ms > 0)
                (void) poll(&p, 1, ms);
        dispatch();
}

void client_complete(void) {
        Seat seat = { 0 };

        ask_subscribe(&seat, HA_GS_HOST_MEMBERSHIP_GROUP, HA_GS_SUBSCRIBE_MEMBERSHIP);
        if (seat.state == SEAT_SUBSCRIBER)
                ask_unsubscribe(&seat);
        dispatch();
        if (!me.lost && seat.token != 0 && seat.state == SEAT_FREE)
                client_note(ENTRY_COMPLETE, seat.token);
}

static void step(void) {
        uint32_t dice = rng_below(&me.rng, 100);

        me.steps--;
        client_risk(40);
        if (dice < 50)
                client_wait_and_dispatch((int) rng_below(&me.rng, me.setup->slow ? 250 : 3));
        else if (dice < 80)
                dispatch();
        else if (dice < 82)
                nap(rng_below(&me.rng, 3000));
        if (me.lost)
                return;
        if (dice == 99) {
                if (rng_chance(&me.rng, 50))
                        client_complete();
                ha_gs_quit();
                me.lost = true;
        } else {
                ask_act();
        }
}

/* ---- the end ---- */

static void end(void) {
        if (!me.lost)
                client_complete();
        if (rng_chance(&me.rng, 50))
                ha_gs_quit();
        _exit(EXIT_SUCCESS);
}

/* Listen and vote for as long as others need it, or until the daemon ends. */
static void linger(void) {
        bool to_the_end = rng_chance(&me.rng, 50);

        me.setup->moods[me.number] = to_the_end ? MOOD_STAYS : MOOD_LINGERS;
        while (!me.lost && (to_the_end || !me.setup->ending)) {
                client_wait_and_dispatch(5);
                if (!me.setup->ending)
                        for (uint32_t i = 0; i < CLIENT_SEATS; i++)
                                if (me.seats[i].owes_vote && me.seats[i].state != SEAT_FREE) {
                                        me.seats[i].owes_vote = false;
                                        (void) ask_vote(me.seats[i].token, HA_GS_NULL_VOTE);
                                }
        }
        me.setup->moods[me.number] = MOOD_BUSY;
}

void client_run(Setup *setup, Diary *diary, uint64_t seed, uint32_t number, uint32_t life) {
        bool lingers;

        me = (Client){
                .setup = setup,
                .diary = diary,
                .number = number,
                .rng = rng_make(seed, (uint64_t) (number + 1) << 32 | life),
                .steps = setup->n_steps,
        };
        if (setup->play.is_on)
                play_run();
        lingers = rng_chance(&me.rng, 60);
        for (;;) {
                client_connect();
                while (me.steps > 0 && !me.lost)
                        step();
                if (me.steps == 0 && lingers && !me.lost)
                        linger();
                if (me.steps == 0 && (!lingers || !me.lost || setup->ending))
                        end();
        }
}
