/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What random clients ask for: joins, proposals, expels, subscriptions, goodbyes, deaths; and, rarely,
 * nonsense. */

#include <string.h>

#include "sim.h"
#include "story.h"

static Event event_of(Daemon *d, EventType type, const Connection *c, const Token *t) {
        return (Event) {
                .type = type,
                .sender = d->self,
                .client = { .connection = c ? c->serial : 0, .token = t ? t->number : 0 },
        };
}

static GsBytes random_bytes(Rng *rng, char *buffer, const char *prefix, uint32_t max) {
        uint32_t size = (uint32_t) sprintf(buffer, "%s%u", prefix, rng_below(rng, 100));

        if (rng_chance(rng, 3)) {
                memset(buffer + size, 'x', max - size);
                size = max;
        }
        return (GsBytes) { buffer, size };
}

static EventProposal random_proposal(Daemon *d) {
        static const uint16_t limits[] = { 0, 1, 1, 2, 3, 5 };
        Rng *rng = &d->world->rng;

        return (EventProposal) {
                .serial = ++d->last_serial,
                .num_phases = rng_chance(rng, 60) ? GS_N_PHASE : GS_1_PHASE,
                .time_limit = limits[rng_below(rng, ELEMENTSOF(limits))],
        };
}

static void wish_join(Daemon *d, Connection *c, Token *t) {
        static const char *const reserved[] = { "HostMembership", "enMembership", "cssMembershipX" };
        Rng *rng = &d->world->rng;
        Event e;

        t->group = (uint8_t) rng_below(rng, d->world->profile.n_groups);
        if (d->world->profile.n_groups == GROUPS_MAX) /* a deep chain grows from its beginning */
                t->group = (uint8_t) (d->last_token % GROUPS_MAX);
        *t = (Token) {
                .state = TOKEN_JOINING,
                .number = ++d->last_token,
                .group = t->group,
                .instance = (uint16_t) rng_below(rng, 4),
        };
        e = event_of(d, EVENT_JOIN, c, t);
        e.join.instance = t->instance;
        e.join.has_script = rng_chance(rng, 40);
        e.join.attributes = d->world->profile.groups[t->group];
        if (rng_chance(rng, d->world->profile.noise))
                profile_distort(&e.join.attributes, rng);
        if (rng_chance(rng, d->world->profile.noise) && rng_chance(rng, 20))
                snprintf(e.join.attributes.group, sizeof(e.join.attributes.group), "%s",
                                reserved[rng_below(rng, 3)]);
        if (d->world->profile.cycles && t->group == 0 && rng_chance(rng, 50))
                snprintf(e.join.attributes.source, sizeof(e.join.attributes.source), "g1");
        daemon_submit(d, &e);
}

/* Somebody in the same group, wherever he is. */
static GsProvider random_target(World *w, uint8_t group) {
        for (uint32_t tries = 0; tries < 20; tries++) {
                const Daemon *d = w->daemons + 1 + rng_below(&w->rng, w->profile.n_nodes);
                const Token *t = d->connections[rng_below(&w->rng, CONNECTIONS_MAX)].tokens +
                                 rng_below(&w->rng, TOKENS_MAX);

                if (d->up && t->state == TOKEN_MEMBER && t->group == group)
                        return (GsProvider) { .instance = t->instance, .node = d->self.number };
        }
        return (GsProvider) { .instance = (uint16_t) rng_below(&w->rng, 4),
                .node = (uint16_t) (1 + rng_below(&w->rng, 3)) };
}

static void wish_expel(Daemon *d, Connection *c, Token *t) {
        static char flag[GS_FLAG_MAX];
        Rng *rng = &d->world->rng;
        Event e = event_of(d, EVENT_EXPEL, c, t);

        e.expel.proposal = random_proposal(d);
        e.expel.deactivate_phase = rng_below(rng, 4);
        if (e.expel.proposal.num_phases == GS_1_PHASE && !rng_chance(rng, d->world->profile.noise))
                e.expel.deactivate_phase %= 2;
        if (rng_chance(rng, 50))
                e.expel.flag = random_bytes(rng, flag, "f", GS_FLAG_MAX);
        e.expel.n_targets = (uint16_t) (1 + rng_below(rng, 3));
        for (uint32_t i = 0; i < e.expel.n_targets; i++) {
                e.expel.targets[i] = random_target(d->world, t->group);
                for (uint32_t k = 0; k < i; k++)
                        if (gs_provider_equal(e.expel.targets[i], e.expel.targets[k]) &&
                                        !rng_chance(rng, d->world->profile.noise)) {
                                e.expel.n_targets--;
                                i--;
                                break;
                        }
        }
        daemon_submit(d, &e);
}

static void wish_attributes(Daemon *d, Connection *c, Token *t) {
        Event e = event_of(d, EVENT_ATTRIBUTES, c, t);
        GsAttributes *base = d->world->profile.groups + t->group;

        e.attributes.proposal = random_proposal(d);
        e.attributes.attributes = *base;
        profile_distort(&e.attributes.attributes, &d->world->rng);
        if (rng_chance(&d->world->rng, d->world->profile.noise))
                snprintf(e.attributes.attributes.source, sizeof(e.attributes.attributes.source), "g0");
        else if (rng_chance(&d->world->rng, 50))
                *base = e.attributes.attributes; /* later joiners believe that it will be approved */
        daemon_submit(d, &e);
}

static void wish_proposal(Daemon *d, Connection *c, Token *t) {
        static char bytes[GS_MESSAGE_MAX];
        uint32_t dice = rng_below(&d->world->rng, 100);
        Event e;

        if (dice < 30) {
                e = event_of(d, EVENT_STATE_CHANGE, c, t);
                e.state_change.proposal = random_proposal(d);
                e.state_change.state = random_bytes(&d->world->rng, bytes, "s", GS_STATE_MAX);
        } else if (dice < 60) {
                e = event_of(d, EVENT_MESSAGE, c, t);
                e.message.proposal = random_proposal(d);
                e.message.message = random_bytes(&d->world->rng, bytes, "m", GS_MESSAGE_MAX);
        } else if (dice < 75) {
                wish_expel(d, c, t);
                return;
        } else if (dice < 85) {
                wish_attributes(d, c, t);
                return;
        } else if (dice < 93) {
                e = event_of(d, EVENT_LEAVE, c, t);
                e.leave.proposal = random_proposal(d);
                e.leave.code = rng_below(&d->world->rng, 10);
        } else {
                e = event_of(d, EVENT_GOODBYE, c, t);
                t->state = TOKEN_LEAVING;
                t->vote_at = 0;
        }
        daemon_submit(d, &e);
}

static void wish_subscribe(Daemon *d, Connection *c, Token *t) {
        static const char *const groups[] = { "g0", "g0", "g1", "g2", "g3", "g4", "HostMembership",
                "enMembership", "cssMembership", "none" };
        const char *group = groups[rng_below(&d->world->rng, ELEMENTSOF(groups))];
        uint32_t control = 1 + rng_below(&d->world->rng, 15);
        CoreSink sink = sink_of(d);
        GsClient client;
        int r;

        if (d->n_subscriptions == SUBSCRIPTIONS_MAX)
                return;
        *t = (Token) { .state = TOKEN_SUBSCRIBER, .number = ++d->last_token };
        client = (GsClient) { .connection = c->serial, .token = t->number };
        world_trace(d->world, "  %u/%u.%d subscribes to %s, control %#x", d->slot, c->serial, t->number,
                        group, control);
        r = core_subscribe(d->core, client, control, group, &sink);
        story_subscribed(d, client, control, group, r);
        if (r != 0) {
                t->state = TOKEN_DEAD;
                return;
        }
        d->subscriptions[d->n_subscriptions] = (Subscription) { .client = client, .control = control };
        snprintf(d->subscriptions[d->n_subscriptions++].group, GS_GROUP_NAME_MAX + 1, "%s", group);
        sink_hand_out(d);
}

static void unsubscribe(Daemon *d, Connection *c, Token *t) {
        GsClient client = { .connection = c->serial, .token = t->number };

        core_unsubscribe(d->core, client);
        client_token_dead(d, client);
}

static void connection_down(Daemon *d, Connection *c) {
        Event e = event_of(d, EVENT_PROCESS_DOWN, c, NULL);

        core_unsubscribe_all(d->core, c->serial);
        for (uint32_t i = 0; i < TOKENS_MAX; i++) {
                GsClient client = { .connection = c->serial, .token = c->tokens[i].number };

                if (c->tokens[i].state == TOKEN_SUBSCRIBER)
                        client_token_dead(d, client);
        }
        daemon_submit(d, &e);
        c->up = false;
}

static void connection_up(Daemon *d, Connection *c) {
        *c = (Connection) { .up = true,
                .serial = c->serial +
                          (c->serial == 0 ? 1 + (uint32_t) (c - d->connections) : CONNECTIONS_MAX) };
}

static void observe(Daemon *d) {
        Event e = event_of(d, EVENT_HASH, NULL, NULL);

        if (rng_chance(&d->world->rng, 60)) {
                e.type = EVENT_LINKS;
                e.links.n_links = (uint16_t) rng_below(&d->world->rng, 3);
                for (uint16_t i = 0; i < e.links.n_links; i++)
                        e.links.links[i] = (EventLink) {
                                .kind = rng_chance(&d->world->rng, 70) ? LINK_ENET
                                                                       : (LinkKind) rng_below(&d->world->rng,
                                                                                         _LINK_KIND_MAX),
                                .number = i,
                                .state = (LinkState) rng_below(&d->world->rng, _LINK_STATE_MAX),
                        };
        }
        daemon_submit(d, &e);
}

/* What no library would send, but a core must survive: a vote for another phase, a second goodbye, ... */
static void nonsense(Daemon *d, Connection *c, Token *t) {
        static const EventType types[] = { EVENT_VOTE, EVENT_GOODBYE, EVENT_STATE_CHANGE, EVENT_LEAVE,
                EVENT_LIMIT, EVENT_SCRIPT_RESULT };
        Rng *rng = &d->world->rng;
        Event e = event_of(d, types[rng_below(rng, ELEMENTSOF(types))], c, t);
        EventPhase phase = t->last;

        phase.phase += rng_below(rng, 3) - 1;
        phase.protocol += rng_chance(rng, 20);
        if (e.type == EVENT_VOTE) {
                e.vote.phase = phase;
                e.vote.value = (GsVote) (1 + rng_below(rng, 3));
        } else if (e.type == EVENT_STATE_CHANGE) {
                e.state_change.proposal = random_proposal(d);
                e.state_change.state = (GsBytes) { "nonsense", 8 };
        } else if (e.type == EVENT_LEAVE) {
                e.leave.proposal = random_proposal(d);
        } else if (e.type == EVENT_LIMIT) {
                e.client = (GsClient) {};
                e.limit = phase;
        } else if (e.type == EVENT_SCRIPT_RESULT) {
                e.client = (GsClient) {};
                e.script_result = (EventScriptResult) {
                        .phase = phase,
                        .provider = random_target(d->world, t->group),
                        .status = (int32_t) rng_below(rng, 2),
                };
        } else {
                t->state = t->state == TOKEN_FREE ? TOKEN_FREE : TOKEN_LEAVING;
        }
        daemon_submit(d, &e);
}

static void token_act(Daemon *d, Connection *c, Token *t) {
        if (rng_chance(&d->world->rng, d->world->profile.noise) && t->state != TOKEN_SUBSCRIBER) {
                nonsense(d, c, t);
                return;
        }
        switch (t->state) {
        case TOKEN_FREE:
        case TOKEN_DEAD:
                if (rng_chance(&d->world->rng, 75))
                        wish_join(d, c, t);
                else
                        wish_subscribe(d, c, t);
                break;
        case TOKEN_MEMBER:
                wish_proposal(d, c, t);
                break;
        case TOKEN_SUBSCRIBER:
                if (rng_chance(&d->world->rng, 20))
                        unsubscribe(d, c, t);
                break;
        default:
                break;
        }
}

void client_act(Daemon *d) {
        Rng *rng = &d->world->rng;
        Connection *c = d->connections + rng_below(rng, CONNECTIONS_MAX);
        uint32_t dice = rng_below(rng, 100);

        if (!daemon_established(d))
                return;
        if (!c->up)
                connection_up(d, c);
        if (dice < 3) {
                connection_down(d, c);
        } else if (dice < 5) {
                observe(d);
        } else if (dice < 7) {
                Event e = event_of(d, EVENT_RESPONSIVENESS, c, NULL);

                e.responsiveness.back = rng_chance(rng, 50);
                daemon_submit(d, &e);
        } else {
                token_act(d, c, c->tokens + rng_below(rng, TOKENS_MAX));
        }
}
