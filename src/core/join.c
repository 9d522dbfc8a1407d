/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Joining: what refuses a join at its position, the queue, and the join protocol (gsapi.md 1.4, 1.5, 3.6;
 * stream.md 3).
 */

#include "core/state.h"

/*
 * stream.md 3: a holder that has failed, said goodbye or is being cast out gives its name up, so the join
 * waits.
 */
static bool name_is_taken(const Group *group, GsProvider name) {
        const Provider *holder = group_holder(group, name);

        return holder && holder->leave == LEAVE_NONE;
}

static GsReturn join_check(const Core *core, const Group *group, const EventJoin *join, GsProvider name) {
        GsReturn error;

        if (join->instance > GS_INSTANCE_MAX)
                return GS_BAD_PARAMETER;
        if (system_name_reserved(join->attributes.group))
                return GS_INVALID_GROUP;
        if (!attributes_valid(&join->attributes))
                return GS_BAD_GROUP_ATTRIBUTES;
        if (group && group->founded && !attributes_equal(&group->attributes, &join->attributes))
                return GS_BAD_GROUP_ATTRIBUTES;
        error = source_check(core, &join->attributes, name.node);
        if (error != GS_OK)
                return error;
        return group && name_is_taken(group, name) ? GS_DUPLICATE_INSTANCE_NUMBER : GS_OK;
}

int join_apply(Core *core, const Event *event) {
        const EventJoin *join = &event->join;
        GsProvider name = { .instance = join->instance, .node = event->sender.number };
        Group *group;
        GsReturn error;
        Provider *p;

        if (provider_find(core, event->sender, event->client)) {
                core_drop(core, event, "the token is in use");
                return 0;
        }

        error = join_check(core, group_find(core, join->attributes.group), join, name);
        if (error != GS_OK) {
                notice_error(core, event->sender, event->client, join->attributes.group, GS_JOIN, error, 0);
                return 0;
        }

        if (group_get(core, join->attributes.group, &group) < 0)
                return -ENOMEM;
        if (!group->founded && group_found(core, group, &join->attributes) < 0)
                return -ENOMEM;
        if (provider_new(core, group, event->sender, event->client, name, &p) < 0)
                return -ENOMEM;

        p->local = node_id_equal(event->sender, core->config.self);
        p->has_script = join->has_script;
        p->terms = attributes_terms(&join->attributes);
        queue_append(&group->joins, p);
        group_wake(core, group);
        return 0;
}

/*
 * The next queued joiner who may still join. What was true at its position may have changed while it waited:
 * the attributes by a protocol, its source provider by a leave. In an empty group it founds, with its own
 * attributes (stream.md 3): the join before it was rejected, or the last member left.
 */
static Provider *join_take(Core *core, Group *group, bool founds) {
        while (group->joins.first) {
                Provider *p = queue_take(&group->joins);
                GsAttributes wanted = group->attributes;
                GsReturn error = GS_OK;

                if (group->system)
                        return p;

                attributes_set_terms(&wanted, p->terms);
                if (founds)
                        group->attributes = wanted;
                if (!attributes_equal(&group->attributes, &wanted))
                        error = GS_BAD_GROUP_ATTRIBUTES;
                else
                        error = source_check(core, &wanted, p->name.node);
                if (error == GS_OK)
                        return p;

                notice_error(core, p->client->node, provider_client(p), group->attributes.group, GS_JOIN,
                                error, 0);
                provider_free(core, p);
        }
        return NULL;
}

/*
 * gsapi.md 3.6: one joiner, or with BATCH_JOINS all who accumulated; 3.1: phases and limit of the
 * attributes.
 */
int join_start(Core *core, Group *group) {
        Protocol p = { .request = GS_JOIN };
        uint32_t n = 0;

        if (protocol_set_changing(&p, group->joins.n) < 0)
                return -ENOMEM;

        do {
                Provider *joiner = join_take(core, group, group->n_members == 0 && n == 0);

                if (!joiner)
                        break;
                joiner->stage = STAGE_TRIAL;
                p.changing[n] = joiner;
                p.names[n++] = joiner->name;
        } while (group->attributes.batch_control & GS_BATCH_JOINS);

        p.n_changing = n;
        if (n == 0) {
                protocol_done(&p);
                return 0;
        }

        p.n_phase = group->attributes.num_phases == GS_N_PHASE;
        p.limit = group->attributes.time_limit;
        return protocol_begin(core, group, &p);
}
