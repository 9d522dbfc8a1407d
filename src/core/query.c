/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What diagnostics and the engine ask; nothing here changes anything. */

#include "core/state.h"

void core_sync(const Core *core, EventSync *ret) {
        ret->node = core->config.self;
        ret->domain = core->domain;
        ret->epoch = core->epoch;
        ret->position = core->position;
        ret->hash = core->established ? core_hash(core) : 0;
        ret->size = core->view_size;
        ret->active_epoch = core->active_epoch;
}

/* The records with an id are those with somebody in them; system groups have the lowest ids. */
static uint32_t count_groups(const Core *core) {
        uint32_t n = (uint32_t) core->groups_by_id.n;

        for (uint64_t id = 0; id < GROUP_ID_FIRST; id++)
                n -= group_find_id(core, id) != NULL;
        return n;
}

/* It is asked often, so it counts nothing that there may be many of. */
void core_info(const Core *core, CoreInfo *ret) {
        *ret = (CoreInfo){
                .domain = core->domain,
                .epoch = core->epoch,
                .position = core->position,
                .halted = core->halted,
                .n_nodes = core->n_nodes,
                .n_groups = count_groups(core),
                .n_providers = core->n_members,
                .n_local_subscribers = (uint32_t) core->subscribers.n,
                .n_held = core->n_held,
                .n_dropped = core->n_dropped,
        };
}

static CoreBallot ballot_of(const Provider *p) {
        static const CoreBallot ballots[] = {
                [BALLOT_NONE] = CORE_BALLOT_NONE,
                [BALLOT_WAITING] = CORE_BALLOT_WAITING,
                [BALLOT_VOTED] = CORE_BALLOT_VOTED,
                [BALLOT_FAILED] = CORE_BALLOT_FAILED,
                [BALLOT_TARDY] = CORE_BALLOT_WAITING,
        };

        if (!p->group->protocol || p->stage == STAGE_QUEUED)
                return CORE_BALLOT_NONE;
        return p->target && p->script == SCRIPT_RUNNING ? CORE_BALLOT_SCRIPT : ballots[p->ballot];
}

static CoreProviderInfo provider_info(const Provider *p) {
        CoreBallot ballot = ballot_of(p);

        return (CoreProviderInfo){
                .name = p->name,
                .node = p->client->node,
                .client = provider_client(p),
                .joined = p->stage == STAGE_MEMBER,
                .leave_reasons = p->leave == LEAVE_NONE ? 0 : p->reasons,
                .target = p->group->protocol && p->stage == STAGE_MEMBER && p->target,
                .ballot = ballot,
                .vote = ballot == CORE_BALLOT_VOTED ? p->vote : GS_VOTE_NULL,
        };
}

static uint32_t count_subscribers(const Group *group) {
        uint32_t n = 0;

        for (const Subscriber *s = group->subscribers; s; s = s->next)
                n++;
        return n;
}

static void group_fill_info(const Group *group, CoreProviderInfo *providers, CoreSubscriberInfo *subscribers,
                CoreGroupInfo *ret) {
        const Protocol *p = group->protocol;
        uint32_t n = 0;

        for (uint32_t i = 0; i < group->n_members; i++)
                providers[n++] = provider_info(group->members[i]);
        for (uint32_t i = 0; p && p->request == GS_JOIN && i < p->n_changing; i++)
                providers[n++] = provider_info(p->changing[i]);
        for (const Provider *q = group->joins.first; q; q = q->queue_next)
                providers[n++] = provider_info(q);

        *ret = (CoreGroupInfo){
                .attributes = &group->attributes,
                .group = group->id,
                .state = store_bytes(&group->state),
                .system = group->system,
                .n_providers = n,
                .providers = providers,
                .n_members = group->n_members,
                .reign = group->n_members > 0 ? group->reign : 0,
                .local_subscribers = subscribers,
                .n_queued_leaves = group->leaves.n,
                .n_queued_joins = group->joins.n,
        };
        if (p) {
                ret->running = true;
                ret->request = p->request;
                ret->phase = protocol_phase(group, p->phase);
                ret->limit = p->limit;
                ret->default_vote = ballot_default(group);
                ret->proposed_by = p->proposed_by;
                ret->proposed_state = store_bytes(&p->state);
        }
        for (const Reflection *reflection = group->reflections; reflection; reflection = reflection->next)
                ret->n_queued_reflections++;
        for (const Subscriber *s = group->subscribers; s; s = s->next)
                subscribers[ret->n_local_subscribers++] =
                                (CoreSubscriberInfo){ .client = s->client, .control = s->control };
}

typedef int (*Visit)(void *userdata, const CoreGroupInfo *group);

static int group_visit(const Group *group, Visit visit, void *userdata) {
        uint32_t n_trial = group->protocol ? group->protocol->n_changing : 0;
        _cleanup_(freep) CoreSubscriberInfo *subscribers = NULL;
        _cleanup_(freep) CoreProviderInfo *providers = NULL;
        CoreGroupInfo info;

        providers = malloc((group->n_members + n_trial + group->joins.n + 1) * sizeof(*providers));
        subscribers = malloc((count_subscribers(group) + 1) * sizeof(*subscribers));
        if (!providers || !subscribers)
                return -ENOMEM;
        group_fill_info(group, providers, subscribers, &info);
        return visit(userdata, &info);
}

/* A record that stays only because it is the source of another is no group. */
static bool group_is_shown(const Group *group) {
        return !group_is_void(group) || group->subscribers;
}

int core_each_group(const Core *core, Visit visit, void *userdata) {
        _cleanup_(freep) Group **groups = NULL;
        size_t n;
        int r = 0;

        if (core->poisoned || groups_sorted(core, &groups, &n) < 0)
                return -ENOMEM;

        for (size_t i = 0; i < n && r == 0; i++)
                if (group_is_shown(groups[i]))
                        r = group_visit(groups[i], visit, userdata);
        return r;
}

int core_visit_group(const Core *core, uint64_t id, Visit visit, void *userdata) {
        const Group *group = core->poisoned ? NULL : group_find_id(core, id);

        return group ? group_visit(group, visit, userdata) : 0;
}

int core_visit_group_named(const Core *core, const char *name, Visit visit, void *userdata) {
        const Group *group = core->poisoned ? NULL : group_find(core, name);

        return group && group_is_shown(group) ? group_visit(group, visit, userdata) : 0;
}

bool core_has_connection(const Core *core, uint32_t connection) {
        return client_find(core, core->config.self, connection);
}
