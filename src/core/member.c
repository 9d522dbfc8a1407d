/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The membership list: the order of approved joins, which is the order of seniority (gsapi.md 1.2, stream.md
 * 3).
 */

#include "core/state.h"

#define MEMBERS_MIN 4

/* Make room for `n` more, so that members_add() cannot fail. */
int members_reserve(Group *group, uint32_t n) {
        uint32_t wanted = group->n_members + n;
        uint32_t n_allocated = group->n_allocated > 0 ? group->n_allocated : MEMBERS_MIN;
        Provider **members;
        GsProvider *names;

        if (wanted <= group->n_allocated)
                return 0;
        while (n_allocated < wanted)
                n_allocated *= 2;

        members = realloc(group->members, n_allocated * sizeof(Provider *));
        if (!members)
                return -ENOMEM;
        group->members = members;
        names = realloc(group->names, n_allocated * sizeof(GsProvider));
        if (!names)
                return -ENOMEM;
        group->names = names;
        group->n_allocated = n_allocated;
        return 0;
}

void members_add(Core *core, Group *group, Provider *p) {
        p->stage = STAGE_MEMBER;
        p->order = group->n_members;
        group->members[group->n_members] = p;
        group->names[group->n_members++] = p->name;
        core->n_members += !group->system;
}

/* Take all of `gone` out in one pass; the others keep their order. */
void members_remove(Core *core, Group *group, Provider *const *gone, uint32_t n) {
        uint32_t kept = 0;

        for (uint32_t i = 0; i < n; i++)
                group->members[gone[i]->order] = NULL;

        for (uint32_t i = 0; i < group->n_members; i++) {
                Provider *p = group->members[i];

                if (!p)
                        continue;
                p->order = kept;
                group->members[kept] = p;
                group->names[kept++] = p->name;
        }
        core->n_members -= group->system ? 0 : group->n_members - kept;
        group->n_members = kept;
}

Provider *member_find(const Group *group, GsProvider name) {
        for (uint32_t i = 0; i < group->n_members; i++)
                if (gs_provider_equal(group->names[i], name))
                        return group->members[i];
        return NULL;
}

/*
 * Who holds a name (gsapi.md 1.4): a member, one on trial or one queued; if several do, the one that will
 * keep it. One that has failed, or is being cast out, counts only if there is no other.
 */
Provider *group_holder(const Group *group, GsProvider name) {
        const Protocol *p = group->protocol;
        Provider *holder = member_find(group, name);

        if (p && p->request == GS_JOIN)
                for (uint32_t i = 0; i < p->n_changing && !holder; i++)
                        if (gs_provider_equal(p->names[i], name))
                                holder = p->changing[i];

        for (Provider *q = group->joins.first; q; q = q->queue_next)
                if (gs_provider_equal(q->name, name))
                        return q;
        return holder;
}

bool group_has_member_on(const Group *group, uint16_t node) {
        for (uint32_t i = 0; i < group->n_members; i++)
                if (group->names[i].node == node)
                        return true;
        return false;
}
