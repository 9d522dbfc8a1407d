/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Deactivate scripts: whom they are run for, when, and what their results count (gsapi.md 3.7, stream.md 4
 * and 7).
 */

#include "core/state.h"

/* DEACTIVATE_ON_FAILURE is for the death of the process alone: not for goodbyes, nor for nodes. */
static bool script_is_due(const Protocol *p, uint32_t i) {
        return p->changing[i]->has_script &&
               p->leaves[i].reasons & (GS_PROVIDER_EXPELLED | GS_PROVIDER_FAILURE);
}

static void script_want(Core *core, const Group *group, const Protocol *p, uint32_t i, uint32_t phase) {
        const Provider *target = p->changing[i];
        CoreScript script = {
                .group_name = group->attributes.group,
                .phase = protocol_phase(group, phase),
                .client = provider_client(target),
                .provider = target->name,
                .limit = p->limit,
                .flag = store_bytes(&p->flag),
        };

        if (target->local && !target->host_lost && core->sink->script_wanted)
                core->sink->script_wanted(core->sink->userdata, &script);
}

static void script_end(Protocol *p, Provider *target, ScriptStage how) {
        target->script = how;
        p->n_scripts--;
        if (how != SCRIPT_DONE)
                p->n_vain++;
}

/*
 * In its phase the script stands for the target's vote; a target whose node is down has failed already
 * (stream.md 7), also if what follows from that still waits behind this event (DECISIONS, Quorum).
 */
void scripts_begin(Core *core, Group *group) {
        Protocol *p = group->protocol;

        if (p->phase == 1)
                for (uint32_t i = 0; i < p->n_changing; i++)
                        p->changing[i]->script = SCRIPT_NONE;
        if (p->deactivate_phase != p->phase)
                return;

        for (uint32_t i = 0; i < p->n_changing; i++) {
                Provider *target = p->changing[i];

                if (!script_is_due(p, i)) {
                        target->script = SCRIPT_DONE;
                        continue;
                }
                p->n_scripts++;
                target->script = SCRIPT_RUNNING;
                if (target->host_lost || core_rank(core, target->client->node) < 0)
                        script_end(p, target, SCRIPT_VAIN);
                else
                        script_want(core, group, p, i, p->phase);
        }
}

/* stream.md 4: one-phase, or voting ended before the script's phase: approved first, then the script. */
void scripts_after_approval(Core *core, const Group *group, const Protocol *p) {
        if (p->deactivate_phase <= p->phase)
                return;
        for (uint32_t i = 0; i < p->n_changing; i++)
                if (script_is_due(p, i))
                        script_want(core, group, p, i, 0);
}

/* gsapi.md 3.3: the script must end within the limit, or counts as unsuccessful. */
void scripts_limit(Protocol *p) {
        for (uint32_t i = 0; i < p->n_changing && p->n_scripts > 0; i++)
                if (p->changing[i]->script == SCRIPT_RUNNING)
                        script_end(p, p->changing[i], SCRIPT_LIMITED);
}

void script_host_lost(Provider *target) {
        Protocol *p = target->group->protocol;

        target->host_lost = true;
        if (p && target->target && target->script == SCRIPT_RUNNING)
                script_end(p, target, SCRIPT_VAIN);
}

static Provider *script_target(const Group *group, const EventScriptResult *result) {
        const Protocol *p = group->protocol;

        if (!p || result->phase.protocol != group->sequence || result->phase.phase != p->phase ||
                        p->n_scripts == 0)
                return NULL;
        for (uint32_t i = 0; i < p->n_changing; i++)
                if (gs_provider_equal(p->names[i], result->provider))
                        return p->changing[i]->script == SCRIPT_RUNNING ? p->changing[i] : NULL;
        return NULL;
}

int script_result_apply(Core *core, const Event *event) {
        const EventScriptResult *result = &event->script_result;
        Group *group = group_find_id(core, result->phase.group);
        Provider *target;

        if (!group || result->provider.node != event->sender.number) {
                core_drop(core, event, "no such script");
                return 0;
        }

        if (result->phase.phase == 0) {
                if (result->by_limit)
                        announce(core, group, GS_DEACTIVATE_TIME_LIMIT_EXCEEDED, &result->provider, 1);
                else if (result->status != 0)
                        announce(core, group, GS_DEACTIVATE_UNSUCCESSFUL, &result->provider, 1);
                return 0;
        }

        target = script_target(group, result);
        if (!target) {
                core_drop(core, event, "no such script");
                return 0;
        }
        script_end(group->protocol, target,
                        result->by_limit      ? SCRIPT_LIMITED
                        : result->status != 0 ? SCRIPT_VAIN
                                              : SCRIPT_DONE);
        group_wake(core, group);
        return 0;
}
