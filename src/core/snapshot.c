/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The shared state as bytes, little-endian: what newcomers get (restore.c reads it), and what the hash of a
 * state is made of, so that neither can forget what the other knows. What can be counted is not written but
 * counted again.
 */

#include <string.h>

#include "core/snapshot.h"

static void save_raw(Saver *s, const void *data, size_t size) {
        if (s->failed)
                return;
        if (size > s->capacity - s->size) {
                size_t capacity = (s->size + size) * 2;
                uint8_t *grown = realloc(s->data, capacity);

                if (!grown) {
                        s->failed = true;
                        return;
                }
                s->data = grown;
                s->capacity = capacity;
        }
        memcpy(s->data + s->size, data, size);
        s->size += size;
}

static void save_number(Saver *s, uint64_t value, size_t size) {
        uint8_t bytes[8];

        if (s->hashing) {
                s->hash = hash_words(s->hash, &value, 1);
                return;
        }
        for (size_t i = 0; i < size; i++)
                bytes[i] = (uint8_t) (value >> (8 * i));
        save_raw(s, bytes, size);
}

static void save_u8(Saver *s, uint8_t value) {
        save_number(s, value, 1);
}

static void save_u16(Saver *s, uint16_t value) {
        save_number(s, value, 2);
}

static void save_u32(Saver *s, uint32_t value) {
        save_number(s, value, 4);
}

static void save_u64(Saver *s, uint64_t value) {
        save_number(s, value, 8);
}

static void save_bytes(Saver *s, const void *data, uint32_t size) {
        save_u32(s, size);
        if (s->hashing)
                s->hash = hash_bytes(s->hash, data, size);
        else if (size > 0)
                save_raw(s, data, size);
}

static void save_name(Saver *s, const char *name) {
        save_u16(s, (uint16_t) strlen(name));
        if (s->hashing)
                s->hash = hash_bytes(s->hash, name, strlen(name));
        else
                save_raw(s, name, strlen(name));
}

static void save_node(Saver *s, NodeId node) {
        save_u16(s, node.number);
        save_u64(s, node.incarnation);
}

static void save_terms(Saver *s, Terms terms) {
        save_u16(s, (uint16_t) terms.client_version);
        save_u16(s, terms.time_limit);
        save_u16(s, terms.reflection_time_limit);
        save_u8(s, terms.batch_control);
        save_u8(s, terms.num_phases);
        save_u8(s, terms.reflection_num_phases);
        save_u8(s, terms.default_vote);
}

static void save_provider(Saver *s, const Provider *p) {
        save_node(s, p->client->node);
        save_u32(s, p->client->connection);
        save_u32(s, (uint32_t) p->token);
        save_u16(s, p->name.instance);
        save_u8(s, p->failed);
        save_u8(s, p->host_lost);
        save_u8(s, p->has_script);
        save_u32(s, p->reasons);
        if (p->stage == STAGE_QUEUED)
                save_terms(s, p->terms);
        else if (p->group->protocol) {
                save_u8(s, p->ballot);
                save_u8(s, p->ballot == BALLOT_VOTED ? p->vote : GS_VOTE_NULL);
        }
}

static void save_protocol(Saver *s, const Protocol *p) {
        save_u16(s, p->limit);
        save_u32(s, p->phase);
        save_u16(s, p->proposed_by.instance);
        save_u16(s, p->proposed_by.node);
        save_u32(s, p->deactivate_phase);
        save_u8(s, p->state_shown);
        save_u8(s, (uint8_t) p->default_vote);
        save_u8(s, (uint8_t) p->phase_default);
        save_u32(s, p->state_by);
        save_u32(s, p->message_by);
        save_bytes(s, p->state.data, p->state.size);
        save_bytes(s, p->message.data, p->message.size);
        save_bytes(s, p->source_state.data, p->source_state.size);
        save_bytes(s, p->flag.data, p->flag.size);
        if (p->has_attributes)
                save_terms(s, attributes_terms(&p->attributes));
}

/* Those on trial in full; of the others their place in the membership. */
static void save_changing(Saver *s, const Protocol *p) {
        save_u32(s, p->n_changing);
        for (uint32_t i = 0; i < p->n_changing; i++) {
                if (p->request == GS_JOIN) {
                        save_provider(s, p->changing[i]);
                        continue;
                }
                save_u32(s, p->changing[i]->order);
                save_u32(s, p->leaves[i].reasons);
                save_u32(s, p->leaves[i].code);
                save_u8(s, p->changing[i]->script);
        }
}

static void save_group(Saver *s, const Group *group) {
        save_name(s, group->attributes.group);
        save_name(s, group->attributes.source);
        save_terms(s, attributes_terms(&group->attributes));
        save_u64(s, group->id);
        save_u64(s, group->sequence);
        save_u64(s, group->reign);
        save_bytes(s, group->state.data, group->state.size);

        save_u8(s, group->protocol ? (uint8_t) (SNAPSHOT_RUNNING | group->protocol->request) : 0);
        save_u32(s, group->n_members);
        for (uint32_t i = 0; i < group->n_members; i++)
                save_provider(s, group->members[i]);
        if (group->protocol) {
                save_protocol(s, group->protocol);
                save_changing(s, group->protocol);
        }

        save_u32(s, group->joins.n);
        for (const Provider *p = group->joins.first; p; p = p->queue_next)
                save_provider(s, p);
        save_u32(s, group->leaves.n);
        for (const Provider *p = group->leaves.first; p; p = p->queue_next)
                save_u32(s, p->order);
        for (const Reflection *reflection = group->reflections; reflection; reflection = reflection->next)
                save_bytes(s, reflection->state, reflection->size);
        save_u32(s, 0); /* a state value is never empty: the end of the reflections */
}

static void save_domain(Saver *s, const Core *core) {
        save_u8(s, core->established);
        save_u8(s, core->halted);
        save_node(s, core->domain);
        save_u64(s, core->epoch);
        save_u64(s, core->active_epoch);
        save_u64(s, core->position);
        save_u64(s, core->history);
        save_u64(s, core->next_group);
        save_u16(s, core->view_size);
        save_u16(s, (uint16_t) core->n_nodes);
        for (uint32_t i = 0; i < core->n_nodes; i++)
                save_node(s, core->nodes[i]);

        save_u32(s, core->n_held);
        for (const Held *held = core->held; held; held = held->next) {
                save_node(s, held->sender);
                save_bytes(s, held->bytes, held->size);
        }
}

/* Groups are added up, so that no order of theirs is needed. */
uint64_t core_hash(const Core *core) {
        Saver domain = { .hashing = true };
        uint64_t sum = 0;

        save_domain(&domain, core);
        for (TableLink *link = NULL; (link = table_each(&core->groups, link));)
                if (!group_is_void((Group *) link)) {
                        Saver group = { .hashing = true };

                        save_group(&group, (Group *) link);
                        sum += group.hash;
                }
        return hash_words(domain.hash, &sum, 1);
}

int core_snapshot(const Core *core, uint8_t **ret, size_t *ret_size) {
        _cleanup_(freep) Group **groups = NULL;
        Saver s = {};
        uint32_t n_shared = 0;
        size_t n;

        if (core->poisoned || groups_sorted(core, &groups, &n) < 0)
                return -ENOMEM;

        save_u32(&s, SNAPSHOT_MAGIC);
        save_u16(&s, SNAPSHOT_VERSION);
        save_domain(&s, core);
        for (size_t i = 0; i < n; i++)
                n_shared += !group_is_void(groups[i]);
        save_u32(&s, n_shared);
        for (size_t i = 0; i < n; i++)
                if (!group_is_void(groups[i]))
                        save_group(&s, groups[i]);
        save_u64(&s, core_hash(core));
        if (s.failed) {
                free(s.data);
                return -ENOMEM;
        }

        *ret = s.data;
        *ret_size = s.size;
        return 0;
}
