/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One protocol of a group from begin to end: phases, and what approval and rejection do (gsapi.md 3.2 to
 * 3.4).
 */

#include "core/state.h"

/* Room for `n` changing providers, their names and leave codes. */
int protocol_set_changing(Protocol *p, uint32_t n) {
        p->changing = calloc(n, sizeof(Provider *) + sizeof(GsLeave) + sizeof(GsProvider));
        if (!p->changing)
                return -ENOMEM;
        p->leaves = (GsLeave *) (p->changing + n);
        p->names = (GsProvider *) (p->leaves + n);
        p->n_changing = n;
        return 0;
}

void protocol_done(Protocol *p) {
        free(p->changing);
        p->changing = NULL;
        p->n_changing = 0;
        store_free(&p->state);
        store_free(&p->message);
        store_free(&p->source_state);
        store_free(&p->flag);
}

bool protocol_removes(const Protocol *p) {
        return p->request == GS_FAILURE_LEAVE || p->request == GS_CAST_OUT || p->request == GS_LEAVE ||
               p->request == GS_EXPEL;
}

EventPhase protocol_phase(const Group *group, uint32_t phase) {
        return (EventPhase){ .group = group->id, .protocol = group->sequence, .phase = phase };
}

void protocol_tell_phase(Core *core, const Group *group, bool begun) {
        const Protocol *p = group->protocol;
        CorePhase phase = {
                .group_name = group->attributes.group,
                .phase = protocol_phase(group, p->phase),
                .request = p->request,
                .limit = p->limit,
        };

        if (begun && core->sink->phase_begun)
                core->sink->phase_begun(core->sink->userdata, &phase);
        if (!begun && core->sink->phase_ended)
                core->sink->phase_ended(core->sink->userdata, &phase);
}

/* Membership first: what is true for everybody before anybody is told. */
static int approve_membership(Core *core, Group *group, const Protocol *p) {
        const Provider *senior = group->n_members > 0 ? group->members[0] : NULL;

        if (p->request == GS_JOIN) {
                if (members_reserve(group, p->n_changing) < 0)
                        return -ENOMEM;
                for (uint32_t i = 0; i < p->n_changing; i++)
                        members_add(core, group, p->changing[i]);
        } else if (protocol_removes(p))
                members_remove(core, group, p->changing, p->n_changing);

        if (group->n_members > 0 && group->members[0] != senior)
                group->reign = core->position;
        return 0;
}

/* Take those who left out of the state; one that lives learns that its token ends. */
static void free_changing(Core *core, const Protocol *p) {
        for (uint32_t i = 0; i < p->n_changing; i++) {
                notice_token_dead(core, p->changing[i]);
                provider_free(core, p->changing[i]);
        }
}

/*
 * gsapi.md 3.2 and 3.3: membership, state value and attributes take effect, everybody is told, and what
 * follows in target groups is queued. With `proposals` false it is a removal that was voted down: the
 * provider is gone regardless (gsapi.md 3.1), but what was proposed along with it is dropped.
 */
static int protocol_approve(Core *core, Group *group, Protocol *p, bool proposals) {
        bool removes = protocol_removes(p);
        uint32_t changed = removes || p->request == GS_JOIN ? GS_UPDATED_MEMBERSHIP : 0;

        if (approve_membership(core, group, p) < 0)
                return -ENOMEM;
        if (p->state.size > 0 && proposals) {
                if (store_set(&group->state, p->state.data, p->state.size) < 0)
                        return -ENOMEM;
                changed |= GS_UPDATED_STATE_VALUE;
        } else if (p->state.size > 0)
                changed |= GS_REJECTED_STATE_VALUE;
        if (p->has_attributes) {
                group->attributes = p->attributes;
                p->summary |= GS_GROUP_ATTRIBUTES_CHANGED;
                changed |= GS_UPDATED_GROUP_ATTRIBUTES;
        }

        notice_approved(core, group, p, changed);
        if (removes)
                scripts_after_approval(core, group, p);
        if (subscribers_tell(core, group, p, changed) < 0)
                return -ENOMEM;

        if (removes) {
                source_left(core, group, p);
                free_changing(core, p);
        }
        if (changed & GS_UPDATED_STATE_VALUE && source_changed(core, group) < 0)
                return -ENOMEM;
        if (removes && group->n_members == 0)
                group_dissolve(core, group);
        group_wake(core, group);
        return 0;
}

/*
 * gsapi.md 3.3: proposals are dropped, the group is unchanged. Deserted by all voters (stream.md 4) there is
 * nobody to tell, but the living targets of an expel, who must learn that it has ended.
 */
static void protocol_reject(Core *core, const Group *group, Protocol *p) {
        notice_rejected(core, group, p);
        if (p->request == GS_JOIN)
                free_changing(core, p);
        else
                for (uint32_t i = 0; i < p->n_changing; i++)
                        p->changing[i]->target = false;
}

static void phase_begin(Core *core, Group *group) {
        Protocol *p = group->protocol;

        p->phase++;
        ballot_begin(group);
        protocol_tell_phase(core, group, true);
        notice_n_phase(core, group);
        p->message.size = 0;
        p->state_shown = p->state.size > 0;
        scripts_begin(core, group);
}

/* An n-phase protocol outlives its event: what it borrowed of that becomes its own. */
static int store_own(Store *store) {
        Store own = {};

        if (store_set(&own, store->data, store->size) < 0)
                return -ENOMEM;
        *store = own;
        return 0;
}

/* Takes over what `p` points to, in any case. */
int protocol_begin(Core *core, Group *group, Protocol *p) {
        Protocol *running;
        int r;

        group->sequence++;
        for (uint32_t i = 0; i < p->n_changing; i++)
                p->changing[i]->target = p->request != GS_JOIN && p->request != GS_LEAVE;

        if (!p->n_phase) {
                r = protocol_approve(core, group, p, true);
                protocol_done(p);
                return r;
        }

        running = malloc(sizeof(*running));
        if (!running || store_own(&p->state) < 0 || store_own(&p->message) < 0 ||
                        store_own(&p->source_state) < 0 || store_own(&p->flag) < 0) {
                free(running);
                protocol_done(p);
                return -ENOMEM;
        }
        *running = *p;
        group->protocol = running;
        group_wake(core, group);
        phase_begin(core, group);
        return 0;
}

/*
 * stream.md 4: the phase is over; gsapi.md 3.3: the next notification first, then the announcement of the
 * tardy.
 */
int protocol_end_phase(Core *core, Group *group) {
        Protocol *p = group->protocol;
        Result result = ballot_result(group);
        bool regardless = p->request == GS_FAILURE_LEAVE || p->request == GS_CAST_OUT;
        _cleanup_(late_done) Late late = {};

        if (late_collect(group, &late) < 0)
                return -ENOMEM;
        protocol_tell_phase(core, group, false);

        if (result == RESULT_CONTINUED)
                phase_begin(core, group);
        else {
                if (result != RESULT_APPROVED && !regardless)
                        protocol_reject(core, group, p);
                else if (protocol_approve(core, group, p, result == RESULT_APPROVED) < 0)
                        return -ENOMEM;
                group->protocol = NULL;
                protocol_done(p);
                free(p);
        }

        if (result != RESULT_DESERTED)
                late_tell(core, group, &late);
        return 0;
}
