/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Random clients of one node: what they hear and check, and when they vote. What they ask for is in wish.c.
 */

#include <string.h>

#include "sim.h"
#include "story.h"

Token *client_token(Daemon *d, GsClient client) {
        for (uint32_t c = 0; c < CONNECTIONS_MAX; c++)
                for (uint32_t t = 0; t < TOKENS_MAX && d->connections[c].serial == client.connection; t++)
                        if (d->connections[c].tokens[t].state != TOKEN_FREE &&
                                        d->connections[c].tokens[t].number == client.token)
                                return d->connections[c].tokens + t;
        return NULL;
}

static void plan_vote(Daemon *d, Token *t, const Note *note) {
        Rng *rng = &d->world->rng;

        t->pending = note->phase;
        t->vote_at = d->world->now + 1;
        if (rng_chance(rng, d->world->profile.lateness))
                t->vote_at = rng_chance(rng, 40) ? UINT64_MAX : d->world->now + rng_below(rng, 5000);
}

/* The group's state value changes with an approval that says so, and never else. */
static void check_state(Daemon *d, Token *t, const Note *note) {
        bool updated = note->type == GS_APPROVED_NOTIFICATION &&
                       note->whats_changed & GS_UPDATED_STATE_VALUE;

        if (note->type != GS_N_PHASE_NOTIFICATION && note->type != GS_APPROVED_NOTIFICATION &&
                        note->type != GS_REJECTED_NOTIFICATION)
                return;
        if (t->has_seen && !updated && !value_equal(&t->seen, &note->state))
                world_fail(d->world, "node %u: token %d sees a new state value without an approval", d->slot,
                                t->number);
        t->seen = note->state;
        t->has_seen = true;
}

/* The rules of a provider's life that hold whatever the oracle thinks. */
static void provider_hear(Daemon *d, Token *t, const Note *note) {
        check_state(d, t, note);
        if (note->type == GS_N_PHASE_NOTIFICATION) {
                bool next = note->phase.protocol == t->last.protocol &&
                            note->phase.phase == t->last.phase + 1;

                if (!next && (note->phase.phase != 1 || note->phase.protocol == t->last.protocol))
                        world_fail(d->world,
                                        "node %u: token %d hears phase %u of protocol %llu twice or out of "
                                        "order",
                                        d->slot, t->number, note->phase.phase,
                                        (unsigned long long) note->phase.protocol);
                t->last = note->phase;
                t->vote_at = 0;
                if (note->votes)
                        plan_vote(d, t, note);
                return;
        }
        if (note->type == GS_APPROVED_NOTIFICATION || note->type == GS_REJECTED_NOTIFICATION) {
                if (rng_chance(&d->world->rng, 90))
                        t->vote_at = 0; /* else it votes too late */
                if (note->type == GS_APPROVED_NOTIFICATION && t->state == TOKEN_JOINING)
                        t->state = TOKEN_MEMBER;
        }
}

/* Until its PROCESS_DOWN is applied the core speaks to a connection that is gone; nobody hears it. */
static bool is_gone(const Daemon *d, GsClient client) {
        for (uint32_t c = 0; c < CONNECTIONS_MAX; c++)
                if (d->connections[c].serial == client.connection)
                        return !d->connections[c].up;
        return true;
}

void client_hear(Daemon *d, GsClient to, const Note *note) {
        Token *t = client_token(d, to);

        if (is_gone(d, to))
                return;
        if (!t || t->state == TOKEN_DEAD) {
                world_fail(d->world, "node %u: a notification after the end of token %u.%d", d->slot,
                                to.connection, to.token);
                return;
        }
        if (t->state == TOKEN_SUBSCRIBER && note->type != GS_SUBSCRIPTION_NOTIFICATION)
                world_fail(d->world, "node %u: subscriber %u.%d hears of something else", d->slot,
                                to.connection, to.token);
        else if (t->state != TOKEN_SUBSCRIBER)
                provider_hear(d, t, note);
}

void client_token_dead(Daemon *d, GsClient client) {
        Token *t = client_token(d, client);

        if (is_gone(d, client))
                return;
        if (!t || t->state == TOKEN_DEAD) {
                world_fail(d->world, "node %u: token %u.%d ends twice", d->slot, client.connection,
                                client.token);
                return;
        }
        for (uint32_t i = 0; i < d->n_subscriptions; i++)
                if (d->subscriptions[i].client.connection == client.connection &&
                                d->subscriptions[i].client.token == client.token)
                        d->subscriptions[i--] = d->subscriptions[--d->n_subscriptions];
        t->state = TOKEN_DEAD;
        t->vote_at = 0;
}

/* All tokens have ended, those too whose join had not been ordered yet; the connections stay. */
void client_lost_domain(Daemon *d) {
        if (d->n_subscriptions > 0)
                world_fail(d->world, "node %u: a subscription outlives its domain", d->slot);
        for (uint32_t c = 0; c < CONNECTIONS_MAX; c++)
                for (uint32_t t = 0; t < TOKENS_MAX; t++)
                        if (d->connections[c].tokens[t].state != TOKEN_FREE)
                                d->connections[c].tokens[t].state = TOKEN_DEAD;
}

static void vote(Daemon *d, uint32_t connection, Token *t) {
        static char state[GS_STATE_MAX], message[GS_MESSAGE_MAX];
        Rng *rng = &d->world->rng;
        uint32_t dice = rng_below(rng, 100);
        Event e = { .type = EVENT_VOTE,
                .sender = d->self,
                .client = { .connection = connection, .token = t->number } };

        e.vote.phase = t->pending;
        e.vote.value = dice < 70                           ? GS_VOTE_APPROVE
                       : dice < 88 && t->pending.phase < 4 ? GS_VOTE_CONTINUE
                                                           : GS_VOTE_REJECT;
        if (dice >= 97 && t->pending.phase >= 4)
                e.vote.value = GS_VOTE_CONTINUE;
        e.vote.default_value = rng_chance(rng, 15) ? (rng_chance(rng, 50) ? GS_VOTE_APPROVE : GS_VOTE_REJECT)
                                                   : GS_VOTE_NULL;
        if (rng_chance(rng, 20))
                e.vote.state = (GsBytes) { state,
                        (uint32_t) snprintf(state, sizeof(state), "vs%u", rng_below(rng, 1000)) };
        if (rng_chance(rng, 20))
                e.vote.message = (GsBytes) { message,
                        (uint32_t) snprintf(message, sizeof(message), "vm%u", rng_below(rng, 1000)) };
        daemon_submit(d, &e);
        if (rng_chance(rng, d->world->profile.noise))
                daemon_submit(d, &e);
        t->vote_at = 0;
}

void client_vote_due(Daemon *d) {
        if (!daemon_established(d))
                return;
        for (uint32_t c = 0; c < CONNECTIONS_MAX; c++)
                for (uint32_t k = 0; k < TOKENS_MAX && d->connections[c].up; k++) {
                        Token *t = d->connections[c].tokens + k;

                        if (t->vote_at > 0 && t->vote_at <= d->world->now && t->state != TOKEN_DEAD)
                                vote(d, d->connections[c].serial, t);
                }
}
