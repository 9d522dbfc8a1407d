/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Announcements (gsapi.md 3.8): ordered with the group's other notifications, no vote, never a collision. */

#include "core/state.h"

/* To everybody who hears the group's notifications just now: members, and who is on trial. */
void announce(Core *core, const Group *group, uint32_t summary, const GsProvider *about, uint32_t n) {
        const Protocol *p = group->protocol;
        CoreNotification notice = {
                .type = GS_ANNOUNCEMENT_NOTIFICATION,
                .group_name = group->attributes.group,
                .group = group->id,
                .summary = summary,
                .n_current = group->n_members,
                .current = group->names,
                .n_changing = n,
                .changing = about,
        };

        for (uint32_t i = 0; i < group->n_members; i++)
                notice_tell(core, group->members[i], &notice);
        if (p && p->request == GS_JOIN)
                for (uint32_t i = 0; i < p->n_changing; i++)
                        notice_tell(core, p->changing[i], &notice);
}

/* The tardy of the phase (gsapi.md 3.3) and the targets that were deactivated in vain in it (3.8). */
int late_collect(const Group *group, Late *ret) {
        const Protocol *p = group->protocol;
        bool scripts = p->phase == p->deactivate_phase && p->n_vain > 0;
        Late late = {};

        if (p->n_tardy == 0 && !scripts)
                return 0;
        late.names = malloc((p->n_tardy + p->n_vain) * sizeof(*late.names));
        if (!late.names)
                return -ENOMEM;

        for (uint32_t i = 0; i < group->n_members; i++)
                if (group->members[i]->ballot == BALLOT_TARDY)
                        late.names[late.n_tardy++] = group->names[i];
        for (uint32_t i = 0; i < p->n_changing && p->request == GS_JOIN; i++)
                if (p->changing[i]->ballot == BALLOT_TARDY)
                        late.names[late.n_tardy++] = p->names[i];
        for (uint32_t i = 0; i < p->n_changing && scripts; i++)
                if (p->changing[i]->script == SCRIPT_VAIN)
                        late.names[late.n_tardy + late.n_vain++] = p->names[i];
        for (uint32_t i = 0; i < p->n_changing && scripts; i++)
                if (p->changing[i]->script == SCRIPT_LIMITED)
                        late.names[late.n_tardy + late.n_vain + late.n_limited++] = p->names[i];

        *ret = late;
        return 0;
}

void late_tell(Core *core, const Group *group, const Late *late) {
        const GsProvider *vain;

        if (!late->names)
                return;
        vain = late->names + late->n_tardy;
        if (late->n_tardy > 0)
                announce(core, group, GS_TIME_LIMIT_EXCEEDED, late->names, late->n_tardy);
        if (late->n_vain > 0)
                announce(core, group, GS_DEACTIVATE_UNSUCCESSFUL, vain, late->n_vain);
        if (late->n_limited > 0)
                announce(core, group, GS_DEACTIVATE_TIME_LIMIT_EXCEEDED, vain + late->n_vain,
                                late->n_limited);
}

void late_done(Late *late) {
        free(late->names);
}

/* gsapi.md 3.10: in every group the client provides for; the client stays. */
int responsiveness_apply(Core *core, const Event *event) {
        Client *client = client_find(core, event->sender, event->client.connection);
        uint32_t summary = event->responsiveness.back ? GS_RESPONSIVENESS_RESPONSE
                                                      : GS_RESPONSIVENESS_NO_RESPONSE;
        _cleanup_(freep) Provider **list = NULL;
        _cleanup_(freep) GsProvider *names = NULL;
        size_t n_list, n = 0;

        if (!client)
                return 0;
        if (client_providers(client, &list, &n_list) < 0)
                return -ENOMEM;
        names = malloc((n_list + 1) * sizeof(*names));
        if (!names)
                return -ENOMEM;

        providers_sort(list, n_list);
        for (size_t i = 0; i < n_list; i++) {
                if (list[i]->stage == STAGE_MEMBER && !list[i]->failed)
                        names[n++] = list[i]->name;
                if (n > 0 && (i + 1 == n_list || list[i + 1]->group != list[i]->group)) {
                        announce(core, list[i]->group, summary, names, (uint32_t) n);
                        n = 0;
                }
        }
        return 0;
}
