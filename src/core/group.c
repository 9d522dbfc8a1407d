/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The records of groups: found by name and by id, founded, worked on until idle, dissolved. */

#include <string.h>

#include "core/state.h"

static uint64_t name_hash(const Core *core, const char *name) {
        return hash_bytes(core->config.hash_seed, name, strlen(name));
}

static uint64_t id_hash(const Core *core, uint64_t id) {
        return hash_words(core->config.hash_seed, &id, 1);
}

Group *group_find(const Core *core, const char *name) {
        TableLink *link = table_find(&core->groups, name_hash(core, name));

        for (; link; link = table_find_next(link))
                if (strcmp(((Group *) link)->attributes.group, name) == 0)
                        return (Group *) link;
        return NULL;
}

Group *group_find_id(const Core *core, uint64_t id) {
        TableLink *link = table_find(&core->groups_by_id, id_hash(core, id));

        for (; link; link = table_find_next(link)) {
                Group *group = (Group *) ((char *) link - offsetof(Group, id_link));

                if (group->id == id)
                        return group;
        }
        return NULL;
}

/* The record of that name, a void one if there was none. */
int group_get(Core *core, const char *name, Group **ret) {
        _cleanup_(freep) Group *group = NULL;
        Group *known = group_find(core, name);

        if (known) {
                *ret = known;
                return 0;
        }

        group = calloc(1, sizeof(*group));
        if (!group)
                return -ENOMEM;
        (void) strncpy(group->attributes.group, name, GS_GROUP_NAME_MAX);
        group->reflections_tail = &group->reflections;
        group->id = system_group_id(name);
        group->system = group->id != 0;
        if (table_insert(&core->groups, &group->link, name_hash(core, name)) < 0)
                return -ENOMEM;

        *ret = TAKE_PTR(group);
        return 0;
}

/* stream.md 3, founding: the first JOIN for an unknown name creates the record with its attributes. */
int group_found(Core *core, Group *group, const GsAttributes *attributes) {
        uint64_t id = group->system ? group->id : core->next_group;

        if (table_insert(&core->groups_by_id, &group->id_link, id_hash(core, id)) < 0)
                return -ENOMEM;
        if (!group->system)
                core->next_group++;

        group->founded = true;
        group->id = id;
        group->sequence = 0;
        group->reign = 0;
        group->attributes = *attributes;
        return source_attach(core, group);
}

/* Its name is free for another founder; the record may stay for those who refer to it. */
static void group_unfound(Core *core, Group *group) {
        table_remove(&core->groups_by_id, &group->id_link);
        source_detach(core, group);
        group->founded = false;
        group->attributes.source[0] = '\0';
        store_free(&group->state);
        free(group->members);
        free(group->names);
        group->members = NULL;
        group->names = NULL;
        group->n_allocated = 0;
}

void group_free(Core *core, Group *group) {
        if (group->founded)
                group_unfound(core, group);
        if (group->protocol) {
                protocol_done(group->protocol);
                free(group->protocol);
        }
        reflections_free(group);
        table_remove(&core->groups, &group->link);
        free(group);
}

void group_wake(Core *core, Group *group) {
        if (group->ready)
                return;
        group->ready = true;
        group->ready_next = NULL;
        *core->ready_tail = group;
        core->ready_tail = &group->ready_next;
}

/* stream.md 1: when a proposal collides. */
bool group_is_busy(const Group *group) {
        return group->protocol || group->leaves.first || group->joins.first || group->reflections;
}

bool group_is_void(const Group *group) {
        return group->n_members == 0 && !group_is_busy(group);
}

/* Let go of what nobody is in; forget a record that nobody refers to. */
void group_settle(Core *core, Group *group) {
        if (!group_is_void(group))
                return;
        if (group->founded)
                group_unfound(core, group);
        if (!group->targets && !group->subscribers && !group->ready)
                group_free(core, group);
}

/*
 * gsapi.md 1.2: the state value is lost with the last provider, and subscribers hear of it (5.8). System
 * groups stay, empty.
 */
void group_dissolve(Core *core, Group *group) {
        store_free(&group->state);
        reflections_free(group);
        if (!group->system)
                subscribers_end(core, group, GS_SUBSCRIPTION_DISSOLVED);
}

/*
 * stream.md 3, order of protocols: failure leaves and cast-outs, joins, source reflections; proposals start
 * by themselves.
 */
int group_run(Core *core, Group *group) {
        int r = 0;

        while (r == 0) {
                if (group->protocol) {
                        if (!ballot_is_complete(group))
                                return 0;
                        r = protocol_end_phase(core, group);
                } else if (group->leaves.first)
                        r = leave_start(core, group);
                else if (group->joins.first)
                        r = join_start(core, group);
                else if (group->reflections)
                        r = reflection_start(core, group);
                else {
                        group_settle(core, group);
                        return 0;
                }
        }
        return r;
}

static int compare_names(const void *a, const void *b) {
        return strcmp((*(Group *const *) a)->attributes.group, (*(Group *const *) b)->attributes.group);
}

/* Every record, by name. */
int groups_sorted(const Core *core, Group ***ret, size_t *ret_n) {
        Group **groups = malloc((core->groups.n + 1) * sizeof(Group *));
        size_t n = 0;

        if (!groups)
                return -ENOMEM;
        for (TableLink *link = NULL; (link = table_each(&core->groups, link));)
                groups[n++] = (Group *) link;
        qsort(groups, n, sizeof(Group *), compare_names);

        *ret = groups;
        *ret_n = n;
        return 0;
}
