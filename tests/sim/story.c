/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tree of what was applied, and the judgement: story.h. */

#include <assert.h>
#include <string.h>

#include "oracle.h"
#include "story.h"

#define ROUNDS_MAX 4096

struct Tale {
        Tale *parent, *child, *sibling;
        Tale *before; /* the one made before this, wherever it is in the tree */
        Event *event;
        uint64_t key;
        uint64_t hash;
        uint32_t depth;
        Outcome outcome;
        Oracle *oracle; /* the state after the event: of those who have no child yet, and of every VIEW */
};

typedef struct Round {
        bool decided;
        EventView view;
        Tale *tale;
} Round;

struct Story {
        World *world;
        Tale root, *last;
        Tale *last_active; /* with quorum: the VIEW of the latest ring in which a side went on */
        uint32_t n_rounds;
        Round *rounds[ROUNDS_MAX];
};

Story *story_new(World *w) {
        Story *s = calloc(1, sizeof(*s));

        assert(s);
        s->world = w;
        s->root.oracle = oracle_new();
        return s;
}

Story *story_free(Story *s) {
        if (!s)
                return NULL;
        for (Tale *t = s->last, *before; t; t = before) {
                before = t->before;
                free(t->event);
                outcome_clear(&t->outcome);
                oracle_free(t->oracle);
                free(t);
        }
        oracle_free(s->root.oracle);
        for (uint32_t i = 0; i < ROUNDS_MAX; i++)
                free(s->rounds[i]);
        free(s);
        return NULL;
}

static size_t event_size(const Event *e) {
        switch (e->type) {
        case EVENT_VIEW:
        case EVENT_SYNC:
        case EVENT_CHUNK:
                return sizeof(*e);
        case EVENT_EXPEL:
                return offsetof(Event, expel.targets) + e->expel.n_targets * sizeof(e->expel.targets[0]);
        case EVENT_LINKS:
                return offsetof(Event, links.links) + e->links.n_links * sizeof(e->links.links[0]);
        case EVENT_JOIN:
                return offsetof(Event, join) + sizeof(e->join);
        case EVENT_ATTRIBUTES:
                return offsetof(Event, attributes) + sizeof(e->attributes);
        default:
                return offsetof(Event, vote) + sizeof(e->vote);
        }
}

/* Bytes in it stay where the frame is, which lives as long as the world. */
static Event *event_copy(const Event *e) {
        size_t size = event_size(e);
        Event *copy = malloc(size);

        assert(copy);
        memcpy(copy, e, size);
        return copy;
}

/* The oracle's state after `t`, as a copy of its own. */
static Oracle *oracle_at(const Tale *t) {
        Outcome unused = {};
        Oracle *o;

        if (t->oracle)
                return oracle_copy(t->oracle);
        o = oracle_at(t->parent);
        oracle_apply(o, t->event, &unused);
        outcome_clear(&unused);
        return o;
}

static Tale *tale_extend(Story *s, Tale *parent, const Event *event, uint64_t key) {
        Tale *t = calloc(1, sizeof(*t));
        bool keep = !parent->parent || parent->event->type == EVENT_VIEW;

        assert(t);
        t->before = s->last;
        s->last = t;
        t->parent = parent;
        t->event = event_copy(event);
        t->key = key;
        t->depth = parent->depth + 1;
        t->oracle = parent->oracle && !keep ? TAKE_PTR(parent->oracle) : oracle_at(parent);
        t->sibling = parent->child;
        parent->child = t;
        oracle_apply(t->oracle, t->event, &t->outcome);
        return t;
}

static bool same_client(GsClient a, GsClient b) {
        return a.connection == b.connection && a.token == b.token;
}

static void blame(Daemon *d, const char *what, GsClient to) {
        world_fail(d->world, "node %u, client %u.%d: %s", d->slot, to.connection, to.token, what);
}

/* For a trace: all that came out and all that should have. */
static void print_both(Daemon *d, const Outcome *outcome) {
        FILE *f = d->world->trace;

        for (uint32_t i = 0; i < d->n_captured; i++) {
                fprintf(f, "      the core to %u.%d: ", d->captured[i].to.connection,
                                d->captured[i].to.token);
                note_print(f, &d->captured[i].note);
        }
        for (uint32_t i = 0; i < outcome->n_deliveries; i++) {
                const Delivery *v = outcome->deliveries + i;

                if (v->node.number != 0 && !node_id_equal(v->node, d->self))
                        continue;
                fprintf(f, "      the oracle to %u.%d: ", v->to.connection, v->to.token);
                note_print(f, outcome->notes + v->note);
        }
        for (uint32_t i = 0; i < outcome->n_publications; i++)
                fprintf(f, "      the oracle to subscribers of %s%s\n", outcome->publications[i].group,
                                outcome->publications[i].dissolved ? ": dissolved" : "");
}

/* Calls that are for no client are ordered by group only. */
static bool is_about(const Captured *c, GsClient to, const Note *note) {
        return same_client(c->to, to) && c->note.kind != NOTE_HASH_TAKEN &&
               c->note.kind != NOTE_HASH_COMPARED &&
               (to.connection != 0 || c->note.phase.group == note->phase.group);
}

/* The next thing that this client should have heard is this, and it did. */
static void expect(Daemon *d, GsClient to, const Note *note, bool votes) {
        Note expected = *note;

        expected.votes = votes;
        for (uint32_t i = 0; i < d->n_captured; i++) {
                Captured *c = d->captured + i;
                const char *difference;
                char what[64];

                if (c->matched || !is_about(c, to, note))
                        continue;
                c->matched = true;
                difference = note_difference(&c->note, &expected);
                if (difference) {
                        snprintf(what, sizeof(what), "another %s", difference);
                        blame(d, what, to);
                }
                return;
        }
        blame(d, "heard nothing", to);
}

static void expect_published(Daemon *d, const Outcome *outcome, const Subscription *s) {
        for (uint32_t i = 0; i < outcome->n_publications; i++) {
                const Publication *p = outcome->publications + i;
                Note note;

                if (strcmp(p->group, s->group) != 0 || !oracle_published(p, s->control, &note))
                        continue;
                expect(d, s->client, &note, false);
                if (p->dissolved) {
                        expect(d, s->client, &(Note) { .kind = NOTE_TOKEN_DEAD }, false);
                        return;
                }
        }
}

static void expect_outcome(Daemon *d, const Outcome *outcome) {
        for (uint32_t i = 0; i < outcome->n_deliveries && !d->world->failed; i++) {
                const Delivery *v = outcome->deliveries + i;

                if (v->node.number == 0 || node_id_equal(v->node, d->self))
                        expect(d, v->to, outcome->notes + v->note, v->votes);
        }
        for (uint32_t k = 0; k < d->n_subscriptions && !d->world->failed; k++)
                expect_published(d, outcome, d->subscriptions + k);
        for (uint32_t i = 0; i < d->n_captured && !d->world->failed; i++)
                if (!d->captured[i].matched && d->captured[i].note.kind != NOTE_HASH_TAKEN &&
                                d->captured[i].note.kind != NOTE_HASH_COMPARED)
                        blame(d, "heard something that it should not", d->captured[i].to);
        if (d->world->failed && d->world->trace)
                print_both(d, outcome);
}

static bool descends(const Tale *t, const Tale *from) {
        while (t && t->depth > from->depth)
                t = t->parent;
        return t == from;
}

/*
 * Quorum=yes: if anybody is here who came from the side that went on last, it is his history that goes on; a
 * node that went on alone in a ring that the others had left already cannot know better.
 */
static void check_active(Daemon *d, Tale *t) {
        Tale *last = d->world->story->last_active;

        for (uint32_t i = 0; last && i < d->view.n_members; i++) {
                const Daemon *other = d->world->daemons + d->view.members[i];

                if (other->up && other->view.ring == d->view.ring && other->said_at && !descends(t, last) &&
                                descends(other->said_at, last))
                        world_fail(d->world, "node %u undoes what the side of node %u approved with quorum",
                                        d->slot, other->slot);
        }
        if (!last || t->key > last->key)
                d->world->story->last_active = t;
}

void story_apply(Daemon *d, const Event *event, uint64_t key) {
        World *w = d->world;
        Tale *from = d->at ? d->at : &w->story->root, *t;
        uint64_t hash = core_hash(d->core);

        for (t = from->child; t && t->key != key;)
                t = t->sibling;
        if (!t) {
                t = tale_extend(w->story, from, event, key);
                t->hash = hash;
                if (event->type == EVENT_VIEW && d->view.ring < ROUNDS_MAX)
                        w->story->rounds[d->view.ring]->tale = t;
                if (event->type == EVENT_VIEW && w->profile.quorum && !event->view.halted)
                        check_active(d, t);
        } else if (t->hash != hash) {
                world_fail(w, "node %u: its hash differs from that of another node at the same place",
                                d->slot);
        }
        w->digest = (w->digest ^ hash) * 0x100000001b3u;
        d->at = t;
        expect_outcome(d, &t->outcome);
}

void story_lost(Daemon *d, uint32_t summary) {
        Outcome outcome = {};

        if (d->at) {
                Oracle *o = oracle_at(d->at);

                oracle_lost(o, summary, &outcome);
                oracle_free(o);
        }
        expect_outcome(d, &outcome);
        outcome_clear(&outcome);
}

void story_restored(Daemon *d, uint64_t ring) {
        Outcome outcome = {};
        Oracle *o;

        d->at = d->world->story->rounds[ring] ? d->world->story->rounds[ring]->tale : NULL;
        if (!d->at) {
                world_fail(d->world, "node %u was restored to a place that nobody has seen", d->slot);
                return;
        }
        if (core_hash(d->core) != d->at->hash)
                world_fail(d->world, "node %u: restored to another hash", d->slot);
        o = oracle_at(d->at);
        oracle_restored(o, &outcome);
        expect_outcome(d, &outcome);
        outcome_clear(&outcome);
        oracle_free(o);
}

void story_subscribed(Daemon *d, GsClient client, uint32_t control, const char *group, int error) {
        Oracle *o = oracle_at(d->at);
        Outcome none = {};
        Note note;

        if (oracle_subscribe(o, group, control, &note) != (error == 0))
                world_fail(d->world, "node %u: core_subscribe() to %s: %d", d->slot, group, error);
        else if (error == 0)
                expect(d, client, &note, false);
        expect_outcome(d, &none);
        oracle_free(o);
}

static bool same_view(const EventView *a, const EventView *b) {
        bool same = node_id_equal(a->domain, b->domain) && a->epoch == b->epoch && a->fresh == b->fresh &&
                    a->halted == b->halted && a->n_new == b->n_new;

        for (uint32_t i = 0; same && i < a->n_new; i++)
                same = node_id_equal(a->new[i], b->new[i]) && a->loser[i] == b->loser[i];
        return same;
}

void story_decided(Daemon *d, const SyncDecision *decision) {
        World *w = d->world;
        Round **round;

        if (d->view.ring >= ROUNDS_MAX) {
                world_fail(w, "more views than a story can hold");
                return;
        }
        round = w->story->rounds + d->view.ring;
        if (!*round) {
                *round = calloc(1, sizeof(**round));
                assert(*round);
                (*round)->view = decision->view;
        }
        if (!same_view(&(*round)->view, &decision->view))
                world_fail(w, "node %u decides another view than the first node of its ring", d->slot);
        if (w->profile.quorum && !decision->view.halted && d->view.n_members * 2 <= w->profile.n_nodes)
                world_fail(w, "node %u goes on without quorum", d->slot);
}

/* --- the history once more --- */

static Tale *random_end(World *w) {
        Tale *t = w->story->root.child;

        if (!t)
                return NULL;
        for (;;) {
                uint32_t n = 0;

                for (Tale *c = t->child; c; c = c->sibling)
                        n++;
                if (n == 0)
                        return t;
                t = t->child;
                for (uint32_t i = rng_below(&w->rng, n); i > 0; i--)
                        t = t->sibling;
        }
}

static bool same_snapshot(const Core *a, const Core *b) {
        _cleanup_(freep) uint8_t *one = NULL, *two = NULL;
        size_t n_one, n_two;

        return core_snapshot(a, &one, &n_one) == 0 && core_snapshot(b, &two, &n_two) == 0 &&
               n_one == n_two && memcmp(one, two, n_one) == 0;
}

static Core *restored_copy(World *w, const Core *core, const CoreConfig *config) {
        _cleanup_(freep) uint8_t *bytes = NULL;
        Core *copy = NULL;
        size_t size;

        if (core_snapshot(core, &bytes, &size) < 0 || core_new(config, &copy) < 0 ||
                        core_restore(copy, bytes, size, NULL) < 0)
                world_fail(w, "a snapshot of the history cannot be restored");
        return copy;
}

static void replay_path(World *w, Tale **path, uint32_t n) {
        CoreConfig config = { .self = { .number = GS_NODE_MAX, .incarnation = 1 }, .hash_seed = ~w->seed };
        uint32_t cut = 1 + rng_below(&w->rng, n);
        _cleanup_(core_freep) Core *core = NULL, *copy = NULL;
        int r;

        r = core_new(&config, &core);
        assert(r == 0);
        for (uint32_t i = 0; i < n && !w->failed; i++) {
                if (core_apply(core, path[i]->event, NULL) < 0 || core_hash(core) != path[i]->hash)
                        world_fail(w, "the history, event %u (%s): a fresh core comes to another hash", i,
                                        event_type_to_string(path[i]->event->type));
                if (copy && (core_apply(copy, path[i]->event, NULL) < 0 || core_hash(copy) != path[i]->hash))
                        world_fail(w,
                                        "the history, event %u (%s): a core restored at event %u comes to "
                                        "another hash",
                                        i, event_type_to_string(path[i]->event->type), cut);
                if (i + 1 == cut && !w->failed)
                        copy = restored_copy(w, core, &config);
        }
        if (!w->failed && copy && !same_snapshot(core, copy))
                world_fail(w, "the history: snapshots of equal states differ");
}

uint32_t story_path(World *w, const Event ***ret) {
        Tale *end = random_end(w);

        *ret = calloc(end ? end->depth : 1, sizeof(**ret));
        assert(*ret);
        for (Tale *t = end; t && t->parent; t = t->parent)
                (*ret)[t->depth - 1] = t->event;
        return end ? end->depth : 0;
}

void story_replay(World *w) {
        Tale *end = random_end(w), **path;

        if (!end)
                return;
        path = calloc(end->depth, sizeof(*path));
        assert(path);
        for (Tale *t = end; t->parent; t = t->parent)
                path[t->depth - 1] = t;
        replay_path(w, path, end->depth);
        free(path);
}
