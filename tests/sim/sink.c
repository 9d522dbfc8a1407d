/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From the core to the clients: every sink call is captured, judged by the story, and then handed out. */

#include <assert.h>
#include <string.h>

#include "sim.h"

#define SCRIPT_LIMIT_MS 4000 /* the longest that a script of ours runs */

static Note *capture(Daemon *d, GsClient to) {
        if (d->n_captured == d->captured_size) {
                d->captured_size = d->captured_size > 0 ? d->captured_size * 2 : 16;
                d->captured = realloc(d->captured, d->captured_size * sizeof(*d->captured));
                assert(d->captured);
        }
        d->captured[d->n_captured].to = to;
        d->captured[d->n_captured].matched = false;
        d->captured[d->n_captured].notice = 0;
        return &d->captured[d->n_captured++].note;
}

/* Sessions encode what has a number once, for the first who hears it: it must be the same but for votes. */
static void check_notice(const Daemon *d, Note *note, uint64_t notice) {
        const Note *before = d->n_captured > 1 ? &d->captured[d->n_captured - 2].note : NULL;
        bool votes = note->votes;

        if (notice == 0 || !before || d->captured[d->n_captured - 2].notice != notice)
                return;
        note->votes = before->votes;
        assert(!note_difference(before, note));
        note->votes = votes;
}

static void on_notify(void *userdata, GsClient to, const CoreNotification *n) {
        Daemon *d = userdata;
        Note *note = capture(d, to);

        note_from_notification(note, n);
        d->captured[d->n_captured - 1].notice = n->notice;
        check_notice(d, note, n->notice);
}

static void on_token_dead(void *userdata, GsClient client) {
        *capture(userdata, client) = (Note) { .kind = NOTE_TOKEN_DEAD };
}

static void on_phase_begun(void *userdata, const CorePhase *phase) {
        note_from_phase(capture(userdata, (GsClient) {}), NOTE_PHASE_BEGUN, phase);
}

static void on_phase_ended(void *userdata, const CorePhase *phase) {
        note_from_phase(capture(userdata, (GsClient) {}), NOTE_PHASE_ENDED, phase);
}

static void on_script_wanted(void *userdata, const CoreScript *script) {
        note_from_script(capture(userdata, script->client), script);
}

static void on_hash_taken(void *userdata, uint64_t position, uint64_t hash) {
        *capture(userdata, (GsClient) {}) = (Note) {
                .kind = NOTE_HASH_TAKEN,
                .phase = { .group = position, .protocol = hash },
        };
}

static void on_hash_compared(void *userdata, NodeId sender, uint64_t position, bool equal) {
        *capture(userdata, (GsClient) {}) = (Note) {
                .kind = NOTE_HASH_COMPARED,
                .phase = { .group = position },
                .proposed_by = { .node = sender.number },
                .equal = equal,
        };
}

static void on_dropped(void *userdata, const Event *event, const char *why) {
        Daemon *d = userdata;

        world_trace(d->world, "    dropped %s: %s", event_type_to_string(event->type), why);
}

CoreSink sink_of(Daemon *d) {
        d->n_captured = 0;
        return (CoreSink) {
                .userdata = d,
                .notify = on_notify,
                .token_dead = on_token_dead,
                .phase_begun = on_phase_begun,
                .phase_ended = on_phase_ended,
                .script_wanted = on_script_wanted,
                .hash_taken = on_hash_taken,
                .hash_compared = on_hash_compared,
                .dropped = on_dropped,
        };
}

static bool same_phase(const EventPhase *a, const EventPhase *b) {
        return a->group == b->group && a->protocol == b->protocol && a->phase == b->phase;
}

static void disarm(Daemon *d, const EventPhase *phase) {
        for (uint32_t i = 0; i < d->n_armed; i++)
                if (same_phase(&d->armed[i].phase, phase))
                        d->armed[i--] = d->armed[--d->n_armed];
}

static void arm(Daemon *d, const Note *note) {
        disarm(d, &note->phase);
        if (note->time_limit == 0)
                return;
        assert(d->n_armed < ARMED_MAX);
        d->armed[d->n_armed++] = (Armed) {
                .phase = note->phase,
                .deadline = d->world->now + note->time_limit * UINT64_C(1000),
                .limit = note->time_limit,
        };
}

static void start_script(Daemon *d, const Note *note) {
        Rng *rng = &d->world->rng;
        uint32_t takes = rng_below(rng, SCRIPT_LIMIT_MS);
        bool late = note->time_limit > 0 && takes > note->time_limit * 1000u;

        if (d->n_scripts == SCRIPTS_MAX)
                return;
        d->scripts[d->n_scripts++] = (Script) {
                .due = d->world->now + (late ? note->time_limit * 1000u : takes),
                .result = {
                        .phase = note->phase,
                        .provider = note->script_provider,
                        .status = late || rng_chance(rng, 30) ? 1 : 0,
                        .by_limit = late,
                },
        };
}

/* Any node may say its hash; the others compare. */
static void tell_hash(Daemon *d, const Note *note) {
        Event e = { .type = EVENT_HASH, .sender = d->self };

        e.hash = (EventHash) { .position = note->phase.group, .hash = note->phase.protocol };
        if (daemon_established(d) && rng_chance(&d->world->rng, 40))
                daemon_submit(d, &e);
}

void sink_hand_out(Daemon *d) {
        for (uint32_t i = 0; i < d->n_captured && !d->world->failed; i++) {
                const Captured *c = d->captured + i;

                if (d->world->trace) {
                        fprintf(d->world->trace, "    %u", d->slot);
                        if (c->to.connection)
                                fprintf(d->world->trace, " to %u.%d", c->to.connection, c->to.token);
                        fputs(": ", d->world->trace);
                        note_print(d->world->trace, &c->note);
                }
                switch (c->note.kind) {
                case NOTE_NOTIFICATION:
                        client_hear(d, c->to, &c->note);
                        break;
                case NOTE_TOKEN_DEAD:
                        client_token_dead(d, c->to);
                        break;
                case NOTE_PHASE_BEGUN:
                        arm(d, &c->note);
                        break;
                case NOTE_PHASE_ENDED:
                        disarm(d, &c->note.phase);
                        break;
                case NOTE_SCRIPT:
                        start_script(d, &c->note);
                        break;
                case NOTE_HASH_TAKEN:
                        tell_hash(d, &c->note);
                        break;
                case NOTE_HASH_COMPARED:
                        if (!c->note.equal)
                                world_fail(d->world, "node %u: another's hash differs", d->slot);
                        break;
                default:
                        break;
                }
        }
        d->n_captured = 0;
}
