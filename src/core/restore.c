/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A snapshot read back. Total: any bytes give a state whose hash is the one that they end with, or -EBADMSG.
 */

#include <string.h>

#include "core/snapshot.h"

/* Reading one group. `bad` of the reader also stands for what cannot be true; memory is told apart. */
typedef struct Loader {
        FrameReader r;
        Core *core;
        bool no_memory;
} Loader;

static void load_bad(Loader *l) {
        l->r.bad = true;
}

static bool load_failed(const Loader *l) {
        return l->r.bad || l->no_memory;
}

/* A number from 0 to `max`; a larger one is bad and reads as 0. */
static uint32_t load_ranged(Loader *l, uint32_t value, uint32_t max) {
        if (value <= max)
                return value;
        load_bad(l);
        return 0;
}

/* A count of things of at least `size` bytes each: no more of them than there are bytes left. */
static uint32_t load_count(Loader *l, size_t size) {
        return load_ranged(l, frame_get_u32(&l->r), (uint32_t) (l->r.size / size));
}

static GsBytes load_bytes(Loader *l, uint32_t max) {
        uint32_t size = load_ranged(l, frame_get_u32(&l->r), max);
        GsBytes bytes = { .data = l->r.data, .size = size };

        if (size > l->r.size) {
                load_bad(l);
                return (GsBytes){};
        }
        l->r.data += size;
        l->r.size -= size;
        return bytes;
}

static Store load_store(Loader *l, uint32_t max) {
        GsBytes bytes = load_bytes(l, max);
        Store store = {};

        if (!load_failed(l) && store_set(&store, bytes.data, bytes.size) < 0)
                l->no_memory = true;
        return store;
}

static NodeId load_node(Loader *l) {
        uint16_t number = (uint16_t) load_ranged(l, frame_get_u16(&l->r), GS_NODE_MAX);

        return (NodeId){ .number = number, .incarnation = frame_get_u64(&l->r) };
}

static Terms load_terms(Loader *l) {
        Terms terms;

        terms.client_version = (int16_t) frame_get_u16(&l->r);
        terms.time_limit = frame_get_u16(&l->r);
        terms.reflection_time_limit = frame_get_u16(&l->r);
        terms.batch_control = frame_get_u8(&l->r);
        terms.num_phases = frame_get_u8(&l->r);
        terms.reflection_num_phases = frame_get_u8(&l->r);
        terms.default_vote = frame_get_u8(&l->r);
        return terms;
}

static Provider *load_provider(Loader *l, Group *group, Stage stage, bool running) {
        NodeId node = load_node(l);
        uint32_t connection = frame_get_u32(&l->r);
        int32_t token = (int32_t) frame_get_u32(&l->r);
        GsProvider name = { .instance = (uint16_t) load_ranged(l, frame_get_u16(&l->r), GS_INSTANCE_MAX),
                .node = node.number };
        GsClient client = { .connection = connection, .token = token };
        Provider *p;

        if (load_failed(l))
                return NULL;
        if (provider_find(l->core, node, client)) {
                load_bad(l);
                return NULL;
        }
        if (provider_new(l->core, group, node, client, name, &p) < 0) {
                l->no_memory = true;
                return NULL;
        }

        p->stage = stage;
        p->failed = load_ranged(l, frame_get_u8(&l->r), true);
        p->host_lost = load_ranged(l, frame_get_u8(&l->r), true);
        p->has_script = load_ranged(l, frame_get_u8(&l->r), true);
        p->reasons = frame_get_u32(&l->r);
        if (stage == STAGE_QUEUED)
                p->terms = load_terms(l);
        else if (running) {
                p->ballot = (uint8_t) load_ranged(l, frame_get_u8(&l->r), BALLOT_FAILED);
                p->vote = (uint8_t) load_ranged(l, frame_get_u8(&l->r), GS_VOTE_REJECT);
                if ((p->ballot == BALLOT_VOTED) != (p->vote != GS_VOTE_NULL))
                        load_bad(l);
        }
        return p;
}

static void load_members(Loader *l, Group *group, bool running) {
        uint32_t n = load_count(l, 1);

        for (uint32_t i = 0; i < n && !load_failed(l); i++) {
                Provider *p = load_provider(l, group, STAGE_MEMBER, running);

                if (p && members_reserve(group, 1) < 0)
                        l->no_memory = true;
                else if (p)
                        members_add(l->core, group, p);
        }
}

static void load_changing(Loader *l, Group *group, Protocol *p) {
        bool forced = p->request == GS_FAILURE_LEAVE || p->request == GS_CAST_OUT;
        uint32_t n = load_count(l, 1);

        if (load_failed(l))
                return;
        if ((n > 0) != (p->request == GS_JOIN || protocol_removes(p)) || (p->request == GS_LEAVE && n > 1)) {
                load_bad(l);
                return;
        }
        if (n == 0)
                return;
        if (protocol_set_changing(p, n) < 0) {
                l->no_memory = true;
                return;
        }

        p->n_changing = 0;
        for (uint32_t i = 0; i < n && !load_failed(l); i++) {
                Provider *q;

                if (p->request == GS_JOIN)
                        q = load_provider(l, group, STAGE_TRIAL, true);
                else {
                        uint32_t order = frame_get_u32(&l->r);

                        q = order < group->n_members ? group->members[order] : NULL;
                        p->leaves[i].reasons = frame_get_u32(&l->r);
                        p->leaves[i].code = frame_get_u32(&l->r);
                }
                if (!q || q->target) {
                        load_bad(l);
                        return;
                }
                if (p->request == GS_JOIN)
                        q->order = group->n_members + i;
                else {
                        q->script = (uint8_t) load_ranged(l, frame_get_u8(&l->r), SCRIPT_LIMITED);
                        q->target = p->request != GS_LEAVE;
                        q->leave = forced ? LEAVE_RUNNING : LEAVE_NONE;
                }
                p->changing[i] = q;
                p->names[i] = q->name;
                p->n_changing++;
        }
}

static void count_ballot(Protocol *p, const Provider *q) {
        p->n_roll += q->ballot != BALLOT_NONE;
        p->n_alive += q->ballot != BALLOT_NONE && !q->failed;
        p->n_waiting += q->ballot == BALLOT_WAITING;
        p->n_failed += q->ballot == BALLOT_FAILED;
        p->n_approve += q->ballot == BALLOT_VOTED && q->vote == GS_VOTE_APPROVE;
        p->n_continue += q->ballot == BALLOT_VOTED && q->vote == GS_VOTE_CONTINUE;
        p->n_reject += q->ballot == BALLOT_VOTED && q->vote == GS_VOTE_REJECT;
}

static void count_ballots(const Group *group, Protocol *p) {
        for (uint32_t i = 0; i < group->n_members; i++)
                count_ballot(p, group->members[i]);
        for (uint32_t i = 0; i < p->n_changing; i++) {
                if (p->request == GS_JOIN)
                        count_ballot(p, p->changing[i]);
                p->n_scripts += p->changing[i]->script == SCRIPT_RUNNING;
                p->n_vain += p->changing[i]->script == SCRIPT_VAIN ||
                             p->changing[i]->script == SCRIPT_LIMITED;
        }
}

static void load_protocol(Loader *l, Group *group, GsRequest request) {
        Protocol *p = calloc(1, sizeof(*p));

        if (!p) {
                l->no_memory = true;
                return;
        }
        group->protocol = p;
        p->request = request;
        p->n_phase = true;
        p->limit = frame_get_u16(&l->r);
        p->phase = frame_get_u32(&l->r);
        p->proposed_by.instance = frame_get_u16(&l->r);
        p->proposed_by.node = frame_get_u16(&l->r);
        p->deactivate_phase = frame_get_u32(&l->r);
        p->state_shown = load_ranged(l, frame_get_u8(&l->r), true);
        p->default_vote = load_ranged(l, frame_get_u8(&l->r), GS_VOTE_REJECT);
        p->phase_default = load_ranged(l, frame_get_u8(&l->r), GS_VOTE_REJECT);
        p->state_by = frame_get_u32(&l->r);
        p->message_by = frame_get_u32(&l->r);
        p->state = load_store(l, GS_STATE_MAX);
        p->message = load_store(l, GS_MESSAGE_MAX);
        p->source_state = load_store(l, GS_STATE_MAX);
        p->flag = load_store(l, GS_FLAG_MAX);
        p->has_attributes = request == GS_GROUP_ATTRIBUTE_CHANGE;
        if (p->has_attributes) {
                p->attributes = group->attributes;
                attributes_set_terms(&p->attributes, load_terms(l));
        }
        load_changing(l, group, p);
        count_ballots(group, p);
}

static void load_queues(Loader *l, Group *group) {
        uint32_t n = load_count(l, 1);
        GsBytes reflection;

        for (uint32_t i = 0; i < n && !load_failed(l); i++) {
                Provider *p = load_provider(l, group, STAGE_QUEUED, false);

                if (p)
                        queue_append(&group->joins, p);
        }

        n = load_count(l, sizeof(uint32_t));
        for (uint32_t i = 0; i < n && !load_failed(l); i++) {
                uint32_t order = frame_get_u32(&l->r);
                uint32_t trial = order - group->n_members;
                const Protocol *p = group->protocol;
                Provider *q = NULL;

                if (order < group->n_members)
                        q = group->members[order];
                else if (p && p->request == GS_JOIN && trial < p->n_changing)
                        q = p->changing[trial];
                if (!q || q->leave != LEAVE_NONE) {
                        load_bad(l);
                        return;
                }
                q->leave = LEAVE_QUEUED;
                queue_append(&group->leaves, q);
        }

        while (!load_failed(l) && (reflection = load_bytes(l, GS_STATE_MAX)).size > 0)
                if (reflection_append(group, reflection.data, reflection.size) < 0)
                        l->no_memory = true;
}

static void load_group(Loader *l) {
        GsAttributes attributes = { .merge_control = GS_DISSOLVE_MERGE };
        uint64_t id, next = l->core->next_group;
        uint8_t running;
        Group *group;
        int r;

        frame_get_string(&l->r, attributes.group, sizeof(attributes.group));
        frame_get_string(&l->r, attributes.source, sizeof(attributes.source));
        attributes_set_terms(&attributes, load_terms(l));
        id = frame_get_u64(&l->r);
        if (load_failed(l) || !attributes_valid(&attributes)) {
                load_bad(l);
                return;
        }

        if (group_get(l->core, attributes.group, &group) < 0) {
                l->no_memory = true;
                return;
        }
        if (group->founded || strcmp(attributes.source, attributes.group) == 0 ||
                        group_find_id(l->core, id) ||
                        (group->system && id != system_group_id(attributes.group))) {
                load_bad(l);
                return;
        }
        l->core->next_group = id;
        r = group_found(l->core, group, &attributes);
        l->core->next_group = next;
        if (r < 0) {
                l->no_memory = true;
                return;
        }

        group->sequence = frame_get_u64(&l->r);
        group->reign = frame_get_u64(&l->r);
        group->state = load_store(l, GS_STATE_MAX);
        running = frame_get_u8(&l->r);
        if (running != 0 &&
                        (!(running & SNAPSHOT_RUNNING) || (running & ~SNAPSHOT_RUNNING) >= _GS_REQUEST_MAX))
                load_bad(l);
        load_members(l, group, running != 0);
        if (running != 0 && !load_failed(l))
                load_protocol(l, group, running & ~SNAPSHOT_RUNNING);
        if (!load_failed(l))
                load_queues(l, group);
        if (group_is_void(group))
                load_bad(l);
}

/* One event that waits, and nothing behind it. */
static bool held_is_valid(NodeId sender, GsBytes bytes) {
        FrameReader body = { .data = bytes.data, .size = bytes.size };
        Event event;

        return event_get(&body, sender, &event) > 0 && body.size == 0 && quorum_may_hold(event.type);
}

static void load_held(Loader *l) {
        NodeId sender = load_node(l);
        GsBytes bytes = load_bytes(l, UINT16_MAX);
        Held *held;

        if (load_failed(l))
                return;
        if (!held_is_valid(sender, bytes)) {
                load_bad(l);
                return;
        }
        held = malloc(sizeof(*held) + bytes.size);
        if (!held) {
                l->no_memory = true;
                return;
        }
        held->next = NULL;
        held->sender = sender;
        held->size = bytes.size;
        memcpy(held->bytes, bytes.data, bytes.size);
        *l->core->held_tail = held;
        l->core->held_tail = &held->next;
        l->core->n_held++;
}

static void load_domain(Loader *l) {
        Core *core = l->core;
        uint32_t n_held;

        core->established = load_ranged(l, frame_get_u8(&l->r), true);
        core->halted = load_ranged(l, frame_get_u8(&l->r), true);
        core->domain = load_node(l);
        core->epoch = frame_get_u64(&l->r);
        core->active_epoch = frame_get_u64(&l->r);
        core->position = frame_get_u64(&l->r);
        core->history = frame_get_u64(&l->r);
        core->next_group = frame_get_u64(&l->r);
        core->view_size = frame_get_u16(&l->r);
        core->n_nodes = load_ranged(l, frame_get_u16(&l->r), EVENT_NODES_MAX);
        for (uint32_t i = 0; i < core->n_nodes; i++)
                core->nodes[i] = load_node(l);

        n_held = load_count(l, sizeof(uint32_t));
        for (uint32_t i = 0; i < n_held && !load_failed(l); i++)
                load_held(l);
}

/* No chain of sources may lead back to its beginning, or those who follow it would not come to an end. */
static bool sources_are_sane(const Core *core) {
        for (TableLink *link = NULL; (link = table_each(&core->groups, link));) {
                const Group *group = (Group *) link;
                size_t steps = 0;

                for (; group->source; group = group->source)
                        if (steps++ > core->groups.n)
                                return false;
        }
        return true;
}

/* Timers of running phases begin on the new node as well. */
static int phases_tell(Core *core, const CoreSink *sink) {
        _cleanup_(freep) Group **groups = NULL;
        size_t n;

        if (groups_sorted(core, &groups, &n) < 0)
                return -ENOMEM;
        core_listen(core, sink);
        for (size_t i = 0; i < n; i++)
                if (groups[i]->protocol)
                        protocol_tell_phase(core, groups[i], true);
        core->sink = NULL;
        return 0;
}

int core_restore(Core *core, const void *data, size_t size, const CoreSink *sink) {
        Loader l = { .r = { .data = data, .size = size }, .core = core };
        uint64_t epoch = core->epoch;
        uint32_t n_groups;

        if (core->poisoned)
                return -ENOMEM;
        if (core->established || frame_get_u32(&l.r) != SNAPSHOT_MAGIC ||
                        frame_get_u16(&l.r) != SNAPSHOT_VERSION)
                return -EBADMSG;

        load_domain(&l);
        n_groups = load_count(&l, 1);
        for (uint32_t i = 0; i < n_groups && !load_failed(&l); i++)
                load_group(&l);
        if (!load_failed(&l) && (!core->established || !sources_are_sane(core) ||
                                                frame_get_u64(&l.r) != core_hash(core) || l.r.size != 0))
                load_bad(&l);

        if (load_failed(&l) || phases_tell(core, sink) < 0) {
                core_clear(core);
                core->epoch = epoch;
                return l.r.bad && !l.no_memory ? -EBADMSG : -ENOMEM;
        }
        return 0;
}
