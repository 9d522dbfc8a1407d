/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Source and target groups: admission, cast-outs, reflections (gsapi.md 1.7). */

#include <string.h>

#include "core/state.h"

/* A chain of sources longer than the limit, or one that leads back to `name`. */
static bool chain_is_bad(const Group *source, const char *name) {
        unsigned depth = 1;

        for (; source; source = source->source, depth++)
                if (depth > SOURCE_DEPTH_MAX || strcmp(source->attributes.group, name) == 0)
                        return true;
        return false;
}

/* gsapi.md 1.7: whether the source of these attributes lets a provider on `node` in. */
GsReturn source_check(const Core *core, const GsAttributes *attributes, uint16_t node) {
        const Group *source;

        if (attributes->source[0] == '\0')
                return GS_OK;

        source = group_find(core, attributes->source);
        if (strcmp(attributes->source, attributes->group) == 0)
                return GS_INVALID_SOURCE_GROUP;
        if (!source || source->n_members == 0)
                return system_name_exact(attributes->source) ? GS_NO_SOURCE_GROUP_PROVIDER
                                                             : GS_INVALID_SOURCE_GROUP;
        if (chain_is_bad(source, attributes->group))
                return GS_INVALID_SOURCE_GROUP;
        return group_has_member_on(source, node) ? GS_OK : GS_NO_SOURCE_GROUP_PROVIDER;
}

/* Link the group to the source that its attributes name; among its targets it stands by name. */
int source_attach(Core *core, Group *target) {
        Group **at;
        Group *source;

        if (target->attributes.source[0] == '\0')
                return 0;
        if (group_get(core, target->attributes.source, &source) < 0)
                return -ENOMEM;

        for (at = &source->targets; *at; at = &(*at)->target_next)
                if (strcmp((*at)->attributes.group, target->attributes.group) > 0)
                        break;
        target->target_next = *at;
        target->source = source;
        *at = target;
        return 0;
}

void source_detach(Core *core, Group *target) {
        Group *source = target->source;
        Group **at;

        if (!source)
                return;
        for (at = &source->targets; *at != target; at = &(*at)->target_next)
                ;
        *at = target->target_next;
        target->target_next = NULL;
        target->source = NULL;
        if (group_is_void(source))
                group_wake(core, source);
}

/* Members by seniority, then who is on trial: that one is cast out as soon as it has joined. */
static void target_cast_out(Core *core, Group *target, uint16_t node) {
        const Protocol *p = target->protocol;

        for (uint32_t i = 0; i < target->n_members; i++)
                if (target->names[i].node == node)
                        provider_cast_out(core, target->members[i]);
        for (uint32_t i = 0; p && p->request == GS_JOIN && i < p->n_changing; i++)
                if (p->names[i].node == node)
                        provider_cast_out(core, p->changing[i]);
}

/*
 * gsapi.md 1.7: the last source provider on a node has left: cast-out in every target, once this protocol is
 * complete.
 */
void source_left(Core *core, Group *source, const Protocol *p) {
        for (uint32_t i = 0; source->targets && i < p->n_changing; i++) {
                if (group_has_member_on(source, p->names[i].node))
                        continue;
                for (Group *target = source->targets; target; target = target->target_next)
                        target_cast_out(core, target, p->names[i].node);
        }
}

int reflection_append(Group *group, const void *state, uint32_t size) {
        Reflection *reflection = malloc(sizeof(*reflection) + size);

        if (!reflection)
                return -ENOMEM;
        reflection->next = NULL;
        reflection->size = size;
        memcpy(reflection->state, state, size);
        *group->reflections_tail = reflection;
        group->reflections_tail = &reflection->next;
        return 0;
}

static Reflection *reflection_take(Group *group) {
        Reflection *reflection = group->reflections;

        group->reflections = reflection->next;
        if (!group->reflections)
                group->reflections_tail = &group->reflections;
        return reflection;
}

void reflections_free(Group *group) {
        while (group->reflections)
                free(reflection_take(group));
}

/* gsapi.md 1.7: each approved source state value change is reflected in every target, none is left out. */
int source_changed(Core *core, Group *source) {
        for (Group *target = source->targets; target; target = target->target_next) {
                if (target->n_members == 0)
                        continue;
                if (reflection_append(target, source->state.data, source->state.size) < 0)
                        return -ENOMEM;
                group_wake(core, target);
        }
        return 0;
}

/* gsapi.md 3.1: phases and limit of the source reflection attributes. */
int reflection_start(Core *core, Group *group) {
        _cleanup_(freep) Reflection *reflection = reflection_take(group);
        Protocol p = {
                .request = GS_SOURCE_STATE_REFLECTION,
                .n_phase = group->attributes.reflection_num_phases == GS_N_PHASE,
                .limit = group->attributes.reflection_time_limit,
                .source_state = store_borrow(
                                (GsBytes){ .data = reflection->state, .size = reflection->size }),
        };

        return protocol_begin(core, group, &p);
}
