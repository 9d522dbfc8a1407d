/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Leaving against one's will: failures, goodbyes and cast-outs, their queue and their protocols (gsapi.md
 * 3.1, 3.4, 3.6).
 */

#include <string.h>

#include "core/state.h"

/*
 * A provider is gone: it hears nothing any more, the default vote stands for it, and a failure leave is
 * queued (gsapi.md 2.7, 3.4). The first reason stays; but a queued cast-out becomes a failure (gsapi.md 1.7:
 * a whole node's failure is one failure leave). A joiner whose protocol has not begun is dropped (stream.md
 * 3).
 */
void provider_fail(Core *core, Provider *p, uint32_t reason) {
        Group *group = p->group;

        group_wake(core, group);
        if (p->stage == STAGE_QUEUED) {
                queue_remove(&group->joins, p);
                provider_free(core, p);
                return;
        }

        if (reason == GS_HOST_FAILURE)
                script_host_lost(p);
        if (p->failed)
                return;
        p->failed = true;
        ballot_fail(p);

        if (p->leave == LEAVE_NONE) {
                queue_append(&group->leaves, p);
                p->leave = LEAVE_QUEUED;
                p->reasons = reason;
        } else if (p->leave == LEAVE_QUEUED)
                p->reasons = reason;
}

/* gsapi.md 1.7: its last source provider on the node has left. */
void provider_cast_out(Core *core, Provider *p) {
        if (p->leave != LEAVE_NONE)
                return;
        queue_append(&p->group->leaves, p);
        p->leave = LEAVE_QUEUED;
        p->reasons = GS_SOURCE_PROVIDER_LEAVE;
        group_wake(core, p->group);
}

/* stream.md 5.4: departures in order of group name, then membership order. */
static int compare_providers(const void *a, const void *b) {
        const Provider *p = *(Provider *const *) a;
        const Provider *q = *(Provider *const *) b;
        int r = p->group == q->group ? 0 : strcmp(p->group->attributes.group, q->group->attributes.group);

        if (r != 0)
                return r;
        if (p->order != q->order)
                return p->order < q->order ? -1 : 1;
        return p->name.instance < q->name.instance ? -1 : p->name.instance > q->name.instance;
}

void providers_sort(Provider **list, size_t n) {
        qsort(list, n, sizeof(Provider *), compare_providers);
}

/* All who fail at once fail before the first protocol of it begins: that makes them one batch. */
void providers_fail(Core *core, Provider **list, size_t n, uint32_t reason) {
        providers_sort(list, n);
        for (size_t i = 0; i < n; i++)
                provider_fail(core, list[i], reason);
}

int client_providers(const Client *client, Provider ***ret, size_t *ret_n) {
        Provider **list;
        size_t n = 0;

        for (Provider *p = client->providers; p; p = p->client_next)
                n++;
        list = malloc((n + 1) * sizeof(Provider *));
        if (!list)
                return -ENOMEM;
        n = 0;
        for (Provider *p = client->providers; p; p = p->client_next)
                list[n++] = p;

        *ret = list;
        *ret_n = n;
        return 0;
}

/* gsapi.md 5.4, stream.md 4: to the others a failure; hagsd has silenced the token before. */
int goodbye_apply(Core *core, const Event *event) {
        Provider *p = provider_find(core, event->sender, event->client);

        if (!p || p->failed)
                core_drop(core, event, "no such provider");
        else
                provider_fail(core, p, GS_PROVIDER_SAID_GOODBYE);
        return 0;
}

/* gsapi.md 3.4: process death is HA_GS_PROVIDER_FAILURE of everything that it provided. */
int process_down_apply(Core *core, const Event *event) {
        Client *client = client_find(core, event->sender, event->client.connection);
        _cleanup_(freep) Provider **list = NULL;
        size_t n;

        if (!client)
                return 0;
        if (client_providers(client, &list, &n) < 0)
                return -ENOMEM;
        providers_fail(core, list, n, GS_PROVIDER_FAILURE);
        return 0;
}

/*
 * gsapi.md 3.6: one provider, or with BATCH_LEAVES all of the same protocol type who accumulated; failure
 * leaves and cast-outs do not mix. 3.7: DEACTIVATE_ON_FAILURE runs scripts for dead processes, from phase 1
 * on.
 */
int leave_start(Core *core, Group *group) {
        bool cast_out = group->leaves.first->reasons & GS_SOURCE_PROVIDER_LEAVE;
        bool batch = group->attributes.batch_control & GS_BATCH_LEAVES;
        Protocol p = { .request = cast_out ? GS_CAST_OUT : GS_FAILURE_LEAVE };
        Queue others = {};

        if (protocol_set_changing(&p, group->leaves.n) < 0)
                return -ENOMEM;

        p.n_changing = 0;
        while (group->leaves.first) {
                Provider *q = queue_take(&group->leaves);
                bool same = !!(q->reasons & GS_SOURCE_PROVIDER_LEAVE) == cast_out;

                if (!same || (p.n_changing > 0 && !batch)) {
                        queue_append(&others, q);
                        continue;
                }
                q->leave = LEAVE_RUNNING;
                p.changing[p.n_changing] = q;
                p.names[p.n_changing] = q->name;
                p.leaves[p.n_changing++] = (GsLeave){ .reasons = q->reasons };
        }
        group->leaves = others;

        p.n_phase = group->attributes.num_phases == GS_N_PHASE;
        p.limit = group->attributes.time_limit;
        if (!cast_out && group->attributes.batch_control & GS_DEACTIVATE_ON_FAILURE)
                p.deactivate_phase = 1;
        return protocol_begin(core, group, &p);
}
