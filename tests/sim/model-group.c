/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The oracle: joins, the queues of a group and the order of its protocols (gsapi.md 1.5, 1.7, 3.5, 3.6;
 * stream.md 3). */

#include <assert.h>
#include <string.h>

#include "model.h"

static const char *const system_names[SYSTEM_GROUPS] = {
        "HostMembership",
        "enMembership",
        "cssMembership",
        "cssRawMembership",
        "trMembership",
        "fiMembership",
        "atMembership",
        "loMembership",
};

const char *model_system_name(uint32_t index) {
        return system_names[index];
}

int model_system_find(const char *name) {
        for (int i = 0; i < SYSTEM_GROUPS; i++)
                if (strcmp(name, system_names[i]) == 0)
                        return i;
        return -1;
}

uint32_t model_groups(Oracle *o, Group *ret[ORACLE_GROUPS]) {
        uint32_t n = 0;

        for (uint32_t i = 0; i < ORACLE_GROUPS; i++) {
                uint32_t k = n;

                if (!o->groups[i].name[0])
                        continue;
                for (; k > 0 && strcmp(ret[k - 1]->name, o->groups[i].name) > 0; k--)
                        ret[k] = ret[k - 1];
                ret[k] = o->groups + i;
                n++;
        }
        return n;
}

Group *model_group_find(Oracle *o, const char *name) {
        for (uint32_t i = 0; i < ORACLE_GROUPS; i++)
                if (o->groups[i].name[0] && strcmp(o->groups[i].name, name) == 0)
                        return o->groups + i;
        return NULL;
}

int model_member_find(const Group *g, const Who *who) {
        for (uint32_t i = 0; i < g->n_members; i++)
                if (same_who(g->members + i, who))
                        return (int) i;
        return -1;
}

bool model_group_has_node(Oracle *o, const char *name, uint16_t node) {
        int s = model_system_find(name);
        const Group *g = model_group_find(o, name);

        for (uint32_t i = 0; s >= 0 && i < o->system[s].n; i++)
                if (o->system[s].members[i].node == node)
                        return true;
        for (uint32_t i = 0; g && i < g->n_members; i++)
                if (g->members[i].name.node == node)
                        return true;
        return false;
}

static int trial_find(const Group *g, const Who *who) {
        for (uint32_t i = 0; g->p.runs && g->p.request == GS_JOIN && i < g->p.n_changing; i++)
                if (same_who(g->p.changing + i, who))
                        return (int) i;
        return -1;
}

static bool is_known(const Group *g, const Who *who) {
        for (uint32_t i = 0; i < g->n_joiners; i++)
                if (same_who(&g->joiners[i].who, who))
                        return true;
        return model_member_find(g, who) >= 0 || trial_find(g, who) >= 0;
}

/* --- join --- */

static bool is_reserved(const char *name) {
        for (uint32_t i = 0; i < SYSTEM_GROUPS; i++)
                if (strncmp(name, system_names[i], strlen(system_names[i])) == 0)
                        return true;
        return false;
}

static bool is_valid(const GsAttributes *a) {
        return a->merge_control == GS_DISSOLVE_MERGE && a->batch_control < 8 && a->group[0] &&
               (a->num_phases == GS_1_PHASE || a->num_phases == GS_N_PHASE) &&
               (a->reflection_num_phases == GS_1_PHASE || a->reflection_num_phases == GS_N_PHASE) &&
               (a->default_vote == GS_VOTE_NULL || a->default_vote == GS_VOTE_APPROVE ||
                               a->default_vote == GS_VOTE_REJECT);
}

static bool same_attributes(const GsAttributes *a, const GsAttributes *b) {
        return a->client_version == b->client_version && a->batch_control == b->batch_control &&
               a->num_phases == b->num_phases && a->reflection_num_phases == b->reflection_num_phases &&
               a->default_vote == b->default_vote && a->merge_control == b->merge_control &&
               a->time_limit == b->time_limit && a->reflection_time_limit == b->reflection_time_limit &&
               strcmp(a->source, b->source) == 0;
}

static bool has_members(Oracle *o, const char *name) {
        const Group *g = model_group_find(o, name);

        return model_system_find(name) >= 0 || (g && g->n_members > 0);
}

static GsReturn source_error(Oracle *o, const GsAttributes *a, uint16_t node) {
        const char *above = a->source;

        if (!above[0])
                return GS_OK;
        if (!has_members(o, above))
                return GS_INVALID_SOURCE_GROUP;
        for (uint32_t depth = 1; above[0]; depth++) {
                const Group *g = model_group_find(o, above);

                if (strcmp(above, a->group) == 0 || depth > 8)
                        return GS_INVALID_SOURCE_GROUP;
                above = g ? g->attributes.source : "";
        }
        return model_group_has_node(o, a->source, node) ? GS_OK : GS_NO_SOURCE_GROUP_PROVIDER;
}

static bool is_leaving_soon(const Group *g, const Who *who) {
        for (uint32_t i = 0; i < g->n_leavers; i++)
                if (same_who(&g->leavers[i].who, who))
                        return true;
        for (uint32_t i = 0; g->p.runs && i < g->p.n_changing; i++)
                if ((g->p.request == GS_CAST_OUT || g->p.request == GS_FAILURE_LEAVE) &&
                                same_who(g->p.changing + i, who))
                        return true;
        return false;
}

static bool holds_name(const Group *g, const Who *holder, GsProvider name) {
        return gs_provider_equal(holder->name, name) && !holder->dead && !is_leaving_soon(g, holder);
}

static bool is_duplicate(const Group *g, GsProvider name) {
        for (uint32_t i = 0; i < g->n_members; i++)
                if (holds_name(g, g->members + i, name))
                        return true;
        for (uint32_t i = 0; g->p.runs && g->p.request == GS_JOIN && i < g->p.n_changing; i++)
                if (holds_name(g, g->p.changing + i, name))
                        return true;
        for (uint32_t i = 0; i < g->n_joiners; i++)
                if (gs_provider_equal(g->joiners[i].who.name, name))
                        return true;
        return false;
}

static Group *group_new(Oracle *o, const GsAttributes *attributes) {
        for (uint32_t i = 0; i < ORACLE_GROUPS; i++) {
                Group *g = o->groups + i;

                if (g->name[0])
                        continue;
                memset(g, 0, sizeof(*g));
                memcpy(g->name, attributes->group, sizeof(g->name));
                g->id = o->next_id++;
                g->attributes = *attributes;
                return g;
        }
        assert(false);
        return NULL;
}

void model_group_join(Oracle *o, const Event *e) {
        const GsAttributes *a = &e->join.attributes;
        Who who = {
                .node = e->sender,
                .client = e->client,
                .name = { .instance = e->join.instance, .node = e->sender.number },
                .has_script = e->join.has_script,
        };
        Group *g = model_group_find(o, a->group);
        GsReturn error = GS_OK;

        for (uint32_t i = 0; i < ORACLE_GROUPS; i++)
                if (o->groups[i].name[0] && is_known(o->groups + i, &who))
                        return;
        if (is_reserved(a->group))
                error = GS_INVALID_GROUP;
        else if (!is_valid(a) || (g && !same_attributes(a, &g->attributes)))
                error = GS_BAD_GROUP_ATTRIBUTES;
        else if ((error = source_error(o, a, who.node.number)) == GS_OK && g && is_duplicate(g, who.name))
                error = GS_DUPLICATE_INSTANCE_NUMBER;
        if (error != GS_OK) {
                say_error(o, &who, GS_JOIN, error, 0, a->group);
                say_token_dead(o, &who);
                return;
        }
        if (!g)
                g = group_new(o, a);
        assert(g->n_joiners < QUEUE_MAX);
        g->joiners[g->n_joiners++] = (Joiner) { .who = who, .attributes = *a };
        model_group_touch(o, g);
}

/* --- failures --- */

static void mark_dead(Group *g, const Who *who) {
        for (uint32_t i = 0; i < g->n_members; i++)
                if (same_who(g->members + i, who))
                        g->members[i].dead = true;
        for (uint32_t i = 0; i < g->p.n_changing; i++)
                if (same_who(g->p.changing + i, who))
                        g->p.changing[i].dead = true;
        for (uint32_t i = 0; i < g->p.n_roll; i++)
                if (same_who(&g->p.roll[i].who, who))
                        g->p.roll[i].who.dead = true;
        for (uint32_t i = 0; i < g->n_leavers; i++)
                if (same_who(&g->leavers[i].who, who))
                        g->leavers[i].who.dead = true;
}

static void push_leaver(Oracle *o, Group *g, const Who *who, bool cast_out, uint32_t reason) {
        if (is_leaving_soon(g, who))
                return;
        assert(g->n_leavers < MEMBERS_MAX);
        g->leavers[g->n_leavers++] = (Leaver) { .who = *who, .cast_out = cast_out, .reason = reason };
        model_group_touch(o, g);
}

static void fail_one(Oracle *o, Group *g, const Who *who, uint32_t reason) {
        Who copy = *who;

        if (copy.dead)
                return;
        mark_dead(g, &copy);
        copy.dead = true;
        for (uint32_t i = 0; i < g->n_leavers; i++)
                if (same_who(&g->leavers[i].who, &copy)) {
                        g->leavers[i].cast_out = false;
                        g->leavers[i].reason = reason;
                }
        push_leaver(o, g, &copy, false, reason);
        model_group_touch(o, g);
}

/* By seniority, then who is on trial; a queued joiner is forgotten. `who` may leave the token open (a whole
 * process). */
static bool is_meant(const Who *who, const Who *meant) {
        return node_id_equal(who->node, meant->node) &&
               (meant->client.connection == 0 || who->client.connection == meant->client.connection) &&
               (meant->client.token == 0 || who->client.token == meant->client.token);
}

void model_group_fail(Oracle *o, Group *g, const Who *meant, uint32_t reason) {
        for (uint32_t i = 0; i < g->n_members; i++)
                if (is_meant(g->members + i, meant))
                        fail_one(o, g, g->members + i, reason);
        for (uint32_t i = 0; g->p.runs && g->p.request == GS_JOIN && i < g->p.n_changing; i++)
                if (is_meant(g->p.changing + i, meant))
                        fail_one(o, g, g->p.changing + i, reason);
        for (uint32_t i = 0; i < g->n_joiners; i++)
                if (is_meant(&g->joiners[i].who, meant)) {
                        memmove(g->joiners + i, g->joiners + i + 1,
                                        (--g->n_joiners - i) * sizeof(g->joiners[0]));
                        model_group_touch(o, g);
                        i--;
                }
}

void model_group_source_gone(Oracle *o, const char *source, uint16_t node) {
        Group *groups[ORACLE_GROUPS];
        uint32_t n = model_groups(o, groups);

        for (uint32_t k = 0; k < n; k++) {
                Group *g = groups[k];

                if (strcmp(g->attributes.source, source) != 0)
                        continue;
                for (uint32_t i = 0; i < g->n_members; i++)
                        if (g->members[i].name.node == node && !g->members[i].dead)
                                push_leaver(o, g, g->members + i, true, GS_SOURCE_PROVIDER_LEAVE);
                for (uint32_t i = 0; g->p.runs && g->p.request == GS_JOIN && i < g->p.n_changing; i++)
                        if (g->p.changing[i].name.node == node && !g->p.changing[i].dead)
                                push_leaver(o, g, g->p.changing + i, true, GS_SOURCE_PROVIDER_LEAVE);
        }
}

void model_group_reflect(Oracle *o, const char *source, const Value *state) {
        Group *groups[ORACLE_GROUPS];
        uint32_t n = model_groups(o, groups);

        for (uint32_t k = 0; k < n; k++) {
                Group *g = groups[k];

                if (strcmp(g->attributes.source, source) != 0 || g->n_members == 0)
                        continue;
                assert(g->n_reflections < ORACLE_REFLECTIONS);
                g->reflections[g->n_reflections++] = *state;
                model_group_touch(o, g);
        }
}

/* --- which protocol comes next --- */

static void protocol_clear(Group *g, GsRequest request) {
        memset(&g->p, 0, sizeof(g->p));
        g->p.request = request;
        g->p.n_phase = g->attributes.num_phases == GS_N_PHASE;
        g->p.limit = g->attributes.time_limit;
}

static void begin_leaves(Oracle *o, Group *g) {
        bool cast_out = g->leavers[0].cast_out, all = g->attributes.batch_control & GS_BATCH_LEAVES;
        Protocol *p = &g->p;
        uint32_t kept = 0;

        protocol_clear(g, cast_out ? GS_CAST_OUT : GS_FAILURE_LEAVE);
        for (uint32_t i = 0; i < g->n_leavers; i++) {
                const Leaver *l = g->leavers + i;

                if (l->cast_out != cast_out || (!all && i > 0)) {
                        g->leavers[kept++] = *l;
                        continue;
                }
                p->changing[p->n_changing] = l->who;
                p->wants_script[p->n_changing] = (g->attributes.batch_control & GS_DEACTIVATE_ON_FAILURE) &&
                                                 l->reason == GS_PROVIDER_FAILURE;
                if (p->wants_script[p->n_changing])
                        p->deactivate_phase = 1;
                p->leaves[p->n_changing++] = (GsLeave) { .reasons = l->reason };
        }
        g->n_leavers = kept;
        model_protocol_begin(o, g);
}

/* False: nobody of the queue may join. */
static bool begin_joins(Oracle *o, Group *g) {
        bool founding = g->n_members == 0;
        Joiner rest[QUEUE_MAX];
        Protocol p = {};
        uint32_t kept = 0;

        for (uint32_t i = 0; i < g->n_joiners; i++) {
                const Joiner *j = g->joiners + i;
                GsReturn error;

                if (p.n_changing > 0 && !(g->attributes.batch_control & GS_BATCH_JOINS)) {
                        rest[kept++] = *j;
                        continue;
                }
                if (founding && p.n_changing == 0)
                        error = source_error(o, &j->attributes, j->who.node.number);
                else if (!same_attributes(&j->attributes, &g->attributes))
                        error = GS_BAD_GROUP_ATTRIBUTES;
                else
                        error = source_error(o, &j->attributes, j->who.node.number);
                if (error != GS_OK) {
                        say_error(o, &j->who, GS_JOIN, error, 0, g->name);
                        say_token_dead(o, &j->who);
                        continue;
                }
                if (founding && p.n_changing == 0)
                        g->attributes = j->attributes;
                p.changing[p.n_changing++] = j->who;
        }
        memcpy(g->joiners, rest, kept * sizeof(rest[0]));
        g->n_joiners = kept;
        if (p.n_changing == 0)
                return false;
        protocol_clear(g, GS_JOIN);
        memcpy(g->p.changing, p.changing, sizeof(p.changing));
        g->p.n_changing = p.n_changing;
        model_protocol_begin(o, g);
        return true;
}

static void begin_reflection(Oracle *o, Group *g) {
        protocol_clear(g, GS_SOURCE_STATE_REFLECTION);
        g->p.n_phase = g->attributes.reflection_num_phases == GS_N_PHASE;
        g->p.limit = g->attributes.reflection_time_limit;
        g->p.source_state = g->reflections[0];
        memmove(g->reflections, g->reflections + 1, --g->n_reflections * sizeof(g->reflections[0]));
        model_protocol_begin(o, g);
}

static bool begin_next(Oracle *o, Group *g) {
        if (g->n_leavers > 0)
                begin_leaves(o, g);
        else if (g->n_joiners > 0)
                (void) begin_joins(o, g);
        else if (g->n_reflections > 0)
                begin_reflection(o, g);
        else
                return false;
        return true;
}

void model_group_touch(Oracle *o, Group *g) {
        uint32_t index = (uint32_t) (g - o->groups);

        for (uint32_t i = 0; i < o->n_work; i++)
                if (o->work[i] == index)
                        return;
        o->work[o->n_work++] = index;
}

/* The first of the list does all that it can; whom that concerns comes after those who wait already. */
void model_group_work(Oracle *o) {
        while (o->n_work > 0) {
                Group *g = o->groups + o->work[0];

                while (g->p.runs ? model_protocol_advance(o, g, false) : begin_next(o, g))
                        ;
                memmove(o->work, o->work + 1, --o->n_work * sizeof(o->work[0]));
                if (!g->p.runs && g->n_members == 0)
                        g->name[0] = 0;
        }
}
