/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A small world for the tests of src/core: one core a node, all fed with the same events by way of their
 * bytes, and a transcript of what comes out. After every event all cores must have one hash, and a core
 * restored from a snapshot of that position must have it too. So every test proves determinism and snapshots
 * besides its own rule.
 *
 * A line of the transcript is one call of the sink: "connection.token what ...". Connections of node N are
 * N0 to N9. Calls that happen on every node are taken from the first one.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/core.h"

#define WORLD_NODES 4

typedef struct World {
        unsigned n;
        Core *cores[WORLD_NODES]; /* of node i + 1 */
        CoreSink sinks[WORLD_NODES];
        struct WorldEar {
                struct World *world;
                bool first;
        } ears[WORLD_NODES];
        char text[65536];
        size_t used;
        uint64_t group; /* the last phase that began: what votes are for */
        uint64_t protocol;
        uint32_t phase;
} World;

static inline void say(World *w, const char *format, ...) _printf_(2, 3);
static inline void say(World *w, const char *format, ...) {
        va_list ap;

        va_start(ap, format);
        w->used += (size_t) vsnprintf(w->text + w->used, sizeof(w->text) - w->used, format, ap);
        va_end(ap);
        assert_true(w->used < sizeof(w->text));
}

static inline const char *request_name(GsRequest request) {
        static const char *const names[] = { "-", "JOIN", "FAILURE", "LEAVE", "EXPEL", "STATE", "MESSAGE",
                "CAST_OUT", "REFLECTION", "MERGE", "SUBSCRIBE", "ATTRIBUTES" };

        return names[request];
}

static inline void say_list(World *w, const char *before, const GsProvider *list, uint32_t n) {
        say(w, "%s", before);
        for (uint32_t i = 0; i < n; i++)
                say(w, "%s%u/%u", i > 0 ? "," : "", list[i].instance, list[i].node);
        say(w, ")");
}

static inline void say_bytes(World *w, const char *before, GsBytes bytes) {
        if (bytes.size > 0)
                say(w, "%s%.*s", before, (int) bytes.size, (const char *) bytes.data);
}

static inline void on_notify(void *userdata, GsClient to, const CoreNotification *n) {
        static const char *const types[] = { "", "", "error", "phase", "approved", "rejected", "announce",
                "told" };
        World *w = ((struct WorldEar *) userdata)->world;

        say(w, "%u.%d %s %s", to.connection, to.token, types[n->type], request_name(n->request));
        if (n->type == GS_DELAYED_ERROR_NOTIFICATION) {
                say(w, " %d serial %u\n", n->error, n->serial);
                return;
        }
        if (n->type == GS_SUBSCRIPTION_NOTIFICATION)
                say(w, " type %x", n->subscription_type);
        if (n->n_phase)
                say(w, " #%u%s", n->phase, n->votes ? " votes" : "");
        if (n->time_limit > 0)
                say(w, " limit %u", n->time_limit);
        if (n->summary != 0)
                say(w, " summary %x", n->summary);
        if (n->whats_changed != 0)
                say(w, " what %x", n->whats_changed);
        if (n->proposed_by.node != 0)
                say(w, " by %u/%u", n->proposed_by.instance, n->proposed_by.node);
        say_list(w, " (", n->current, n->n_current);
        if (n->n_changing > 0)
                say_list(w, " ~(", n->changing, n->n_changing);
        for (uint32_t i = 0; n->leaves && i < n->n_changing; i++)
                say(w, " why %x:%u", n->leaves[i].reasons, n->leaves[i].code);
        for (uint32_t i = 0; n->deaths && i < n->n_changing; i++)
                say(w, " death %u", n->deaths[i]);
        if (n->deactivate_phase > 0)
                say(w, " deactivate %u", n->deactivate_phase);
        say_bytes(w, " flag ", n->deactivate_flag);
        say_bytes(w, " state ", n->state);
        say_bytes(w, " proposed ", n->proposed_state);
        say_bytes(w, " source ", n->source_state);
        say_bytes(w, " message ", n->message);
        if (n->attributes)
                say(w, " version %d", n->attributes->client_version);
        say(w, "\n");
}

static inline void on_token_dead(void *userdata, GsClient client) {
        say(((struct WorldEar *) userdata)->world, "%u.%d dead\n", client.connection, client.token);
}

static inline void on_phase_begun(void *userdata, const CorePhase *phase) {
        struct WorldEar *ear = userdata;

        if (!ear->first)
                return;
        say(ear->world, "begun %s %s #%u\n", phase->group_name, request_name(phase->request),
                        phase->phase.phase);
        ear->world->group = phase->phase.group;
        ear->world->protocol = phase->phase.protocol;
        ear->world->phase = phase->phase.phase;
}

static inline void on_phase_ended(void *userdata, const CorePhase *phase) {
        struct WorldEar *ear = userdata;

        if (ear->first)
                say(ear->world, "ended %s #%u\n", phase->group_name, phase->phase.phase);
}

static inline void on_script_wanted(void *userdata, const CoreScript *script) {
        World *w = ((struct WorldEar *) userdata)->world;

        say(w, "script %u/%u of %u.%d phase %u limit %u", script->provider.instance, script->provider.node,
                        script->client.connection, script->client.token, script->phase.phase, script->limit);
        say_bytes(w, " flag ", script->flag);
        say(w, "\n");
        w->group = script->phase.group;
        w->protocol = script->phase.protocol;
}

static inline void on_hash_taken(void *userdata, uint64_t position, uint64_t hash) {
        struct WorldEar *ear = userdata;

        if (ear->first)
                say(ear->world, "hash %s\n", position > 0 && hash > 0 ? "taken" : "missing");
}

static inline void on_hash_compared(void *userdata, NodeId sender, uint64_t position, bool equal) {
        struct WorldEar *ear = userdata;

        (void) position;
        if (ear->first)
                say(ear->world, "hash of %u %s\n", sender.number, equal ? "equal" : "differs");
}

static inline void on_dropped(void *userdata, const Event *event, const char *why) {
        struct WorldEar *ear = userdata;

        (void) why;
        if (ear->first)
                say(ear->world, "dropped %s\n", event_type_to_string(event->type));
}

static inline NodeId node_id(uint16_t number) {
        return (NodeId){ .number = number, .incarnation = 1000 + number };
}

typedef struct Counted {
        uint32_t n_groups;
        uint32_t n_members;
} Counted;

static inline int world_count(void *userdata, const CoreGroupInfo *group) {
        Counted *counted = userdata;

        if (!group->system) {
                counted->n_groups += group->n_providers > 0;
                counted->n_members += group->n_members;
        }
        return 0;
}

/* What the core keeps count of is what is there. */
static inline void world_check_counts(const Core *core) {
        Counted counted = {};
        CoreInfo info;

        assert_int_equal(core_each_group(core, world_count, &counted), 0);
        core_info(core, &info);
        assert_int_equal(info.n_groups, counted.n_groups);
        assert_int_equal(info.n_providers, counted.n_members);
}

static inline void world_check_snapshot(World *w, const Core *core, uint64_t hash) {
        CoreConfig config = { .self = { .number = 99, .incarnation = 1 }, .hash_seed = 4711 };
        _cleanup_(core_freep) Core *copy = NULL;
        _cleanup_(freep) uint8_t *bytes = NULL;
        size_t size;

        (void) w;
        assert_int_equal(core_snapshot(core, &bytes, &size), 0);
        assert_int_equal(core_new(&config, &copy), 0);
        assert_int_equal(core_restore(copy, bytes, size, NULL), 0);
        assert_true(core_hash(copy) == hash);
        world_check_counts(copy);
}

/* The event as it comes off the wire. */
static inline void world_recode(const Event *event, void *buffer, size_t size, Event *ret) {
        EventHead head = { .version = EVENT_VERSION, .sender = event->sender }, decoded;
        FrameWriter w = event_begin(buffer, size, &head);
        FrameReader body;
        ssize_t length;

        assert_int_equal(event_put(&w, event), 0);
        length = event_finish(&w);
        assert_true(length > 0);
        assert_int_equal(event_decode_head(buffer, (size_t) length, &decoded, &body), 0);
        assert_int_equal(event_get(&body, decoded.sender, ret), 1);
        assert_int_equal(body.size, 0);
}

static inline void world_apply(World *w, const Event *event) {
        static uint8_t buffer[EVENT_MULTICAST_MAX];
        static Event decoded;
        uint64_t hash = 0;

        world_recode(event, buffer, sizeof(buffer), &decoded);
        for (unsigned i = 0; i < w->n; i++) {
                EventSync sync;

                if (!w->cores[i])
                        continue;
                assert_int_equal(core_apply(w->cores[i], &decoded, &w->sinks[i]), 0);
                core_sync(w->cores[i], &sync);
                if (sync.domain.incarnation == 0)
                        continue;
                if (hash == 0) {
                        hash = core_hash(w->cores[i]);
                        world_check_snapshot(w, w->cores[i], hash);
                }
                assert_true(core_hash(w->cores[i]) == hash);
                world_check_counts(w->cores[i]);
        }
}

/* What came out since the last time, as a whole. */
static inline void expect(World *w, const char *text) {
        assert_string_equal(w->text, text);
        w->used = 0;
        w->text[0] = '\0';
}

static inline void forget(World *w) {
        w->used = 0;
        w->text[0] = '\0';
}

static inline void world_add_core(World *w, unsigned i) {
        CoreConfig config = { .self = node_id((uint16_t) (i + 1)), .hash_seed = 77 * (i + 1) };

        assert_int_equal(core_new(&config, &w->cores[i]), 0);
        w->ears[i] = (struct WorldEar){ .world = w, .first = i == 0 };
        w->sinks[i] = (CoreSink){
                .userdata = &w->ears[i],
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

static inline void view(World *w, bool fresh, bool halted, const char *left, const char *new) {
        Event e = { .type = EVENT_VIEW, .view = { .fresh = fresh, .halted = halted, .epoch = 1 } };

        e.view.domain = node_id(1);
        for (; *left; left++)
                e.view.left[e.view.n_left++] = node_id((uint16_t) (*left - '0'));
        for (; *new; new ++)
                e.view.new[e.view.n_new++] = node_id((uint16_t) (*new - '0'));
        world_apply(w, &e);
}

static inline World *world_new(unsigned n) {
        World *w = calloc(1, sizeof(*w));

        assert_non_null(w);
        w->n = n;
        for (unsigned i = 0; i < n; i++)
                world_add_core(w, i);
        view(w, true, false, "", n == 1 ? "1" : n == 2 ? "12" : n == 3 ? "123" : "1234");
        forget(w);
        return w;
}

static inline World *world_free(World *w) {
        for (unsigned i = 0; i < w->n; i++)
                (void) core_free(w->cores[i]);
        free(w);
        return NULL;
}
DEFINE_CLEANUP(World *, world_free)

/*
 * ---- events, as short as a test wants them; the client is connection.token, its node connection / 10 ----
 */

static inline Event event_of(EventType type, unsigned connection, int token) {
        return (Event){
                .type = type,
                .sender = node_id((uint16_t) (connection / 10)),
                .client = { .connection = connection, .token = token },
        };
}

static inline GsAttributes attributes_of(const char *group, GsPhases phases) {
        GsAttributes a = {
                .batch_control = GS_BATCH_BOTH,
                .num_phases = phases,
                .reflection_num_phases = GS_1_PHASE,
                .default_vote = GS_VOTE_APPROVE,
        };

        strcpy(a.group, group);
        return a;
}

static inline void join_as(World *w, unsigned connection, int token, uint16_t instance,
                const GsAttributes *a, bool script) {
        Event e = event_of(EVENT_JOIN, connection, token);

        e.join = (EventJoin){ .instance = instance, .has_script = script, .attributes = *a };
        world_apply(w, &e);
}

static inline void join(World *w, unsigned connection, int token, uint16_t instance, const GsAttributes *a) {
        join_as(w, connection, token, instance, a, false);
}

static inline EventProposal proposal_of(GsPhases phases, uint16_t limit) {
        return (EventProposal){ .serial = 7, .num_phases = phases, .time_limit = limit };
}

static inline void message(World *w, unsigned connection, int token, GsPhases phases, const char *text) {
        Event e = event_of(EVENT_MESSAGE, connection, token);

        e.message.proposal = proposal_of(phases, 0);
        e.message.message = (GsBytes){ text, (uint32_t) strlen(text) };
        world_apply(w, &e);
}

static inline void change_state_in(World *w, unsigned connection, int token, GsPhases phases, uint16_t limit,
                const char *text) {
        Event e = event_of(EVENT_STATE_CHANGE, connection, token);

        e.state_change.proposal = proposal_of(phases, limit);
        e.state_change.state = (GsBytes){ text, (uint32_t) strlen(text) };
        world_apply(w, &e);
}

static inline void change_state(
                World *w, unsigned connection, int token, GsPhases phases, const char *text) {
        change_state_in(w, connection, token, phases, 0, text);
}

static inline void leave(World *w, unsigned connection, int token, GsPhases phases, uint32_t code) {
        Event e = event_of(EVENT_LEAVE, connection, token);

        e.leave.proposal = proposal_of(phases, 0);
        e.leave.code = code;
        world_apply(w, &e);
}

static inline void change_attributes(
                World *w, unsigned connection, int token, GsPhases phases, const GsAttributes *a) {
        Event e = event_of(EVENT_ATTRIBUTES, connection, token);

        e.attributes.proposal = proposal_of(phases, 0);
        e.attributes.attributes = *a;
        world_apply(w, &e);
}

/* Targets as "instance/node,instance/node", one digit each. */
static inline void expel(World *w, unsigned connection, int token, GsPhases phases, uint16_t limit,
                uint32_t deactivate_phase, const char *targets) {
        Event e = event_of(EVENT_EXPEL, connection, token);

        e.expel.proposal = proposal_of(phases, limit);
        e.expel.deactivate_phase = deactivate_phase;
        e.expel.flag = (GsBytes){ "now", 3 };
        for (; *targets; targets += targets[3] ? 4 : 3)
                e.expel.targets[e.expel.n_targets++] =
                                (GsProvider){ (uint16_t) (targets[0] - '0'), (uint16_t) (targets[2] - '0') };
        world_apply(w, &e);
}

static inline void simple(World *w, EventType type, unsigned connection, int token) {
        Event e = event_of(type, connection, token);

        world_apply(w, &e);
}

static inline EventPhase phase_now(const World *w) {
        return (EventPhase){ .group = w->group, .protocol = w->protocol, .phase = w->phase };
}

static inline void vote_with(World *w, unsigned connection, int token, GsVote value, GsVote by_default,
                const char *state, const char *text) {
        Event e = event_of(EVENT_VOTE, connection, token);

        e.vote = (EventVote){ .phase = phase_now(w), .value = value, .default_value = by_default };
        e.vote.state = (GsBytes){ state, (uint32_t) strlen(state) };
        e.vote.message = (GsBytes){ text, (uint32_t) strlen(text) };
        world_apply(w, &e);
}

static inline void vote(World *w, unsigned connection, int token, GsVote value) {
        vote_with(w, connection, token, value, GS_VOTE_NULL, "", "");
}

static inline void limit(World *w) {
        Event e = { .type = EVENT_LIMIT, .sender = node_id(1), .limit = phase_now(w) };

        world_apply(w, &e);
}

static inline void script_result(
                World *w, uint16_t instance, uint16_t node, uint32_t phase, int status, bool by_limit) {
        Event e = { .type = EVENT_SCRIPT_RESULT, .sender = node_id(node) };

        e.script_result = (EventScriptResult){
                .phase = phase_now(w),
                .provider = { instance, node },
                .status = status,
                .by_limit = by_limit,
        };
        e.script_result.phase.phase = phase;
        world_apply(w, &e);
}
