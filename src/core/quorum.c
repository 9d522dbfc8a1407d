/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Without quorum nothing takes effect (stream.md 5, Quorum=yes): events wait, as the bytes that they are on
 * the wire, and are applied in order when quorum is back.
 */

#include <string.h>

#include "core/state.h"

static int held_append(Core *core, const Event *event) {
        uint8_t buffer[EVENT_SIZE_MAX];
        FrameWriter w = { .data = buffer, .size = sizeof(buffer) };
        Held *held;

        if (event_put(&w, event) < 0) {
                core_drop(core, event, "no such event");
                return 0;
        }

        held = malloc(sizeof(*held) + w.used);
        if (!held)
                return -ENOMEM;
        held->next = NULL;
        held->sender = event->sender;
        held->size = (uint32_t) w.used;
        memcpy(held->bytes, buffer, w.used);
        *core->held_tail = held;
        core->held_tail = &held->next;
        core->n_held++;
        return 0;
}

/* The types that ever wait: what quorum_hold() appends, and views. */
bool quorum_may_hold(EventType type) {
        switch (type) {
        case EVENT_JOIN:
        case EVENT_GOODBYE:
        case EVENT_VOTE:
        case EVENT_PROCESS_DOWN:
        case EVENT_RESPONSIVENESS:
        case EVENT_SCRIPT_RESULT:
        case EVENT_NODE_LEAVING:
        case EVENT_LINKS:
        case EVENT_VIEW:
                return true;
        default:
                return false;
        }
}

/* Proposals get a delayed COLLIDE; a limit is dropped, since timers begin anew; all else waits. */
int quorum_hold(Core *core, const Event *event) {
        const Provider *proposer;
        GsRequest request;

        if (event->type == EVENT_LIMIT) {
                core_drop(core, event, "no quorum");
                return 0;
        }
        if (!event_is_proposal(event->type, &request))
                return held_append(core, event);

        proposer = provider_find(core, event->sender, event->client);
        if (!proposer || proposer->failed)
                core_drop(core, event, "no such provider");
        else if (provider_hears(proposer))
                notice_error(core, event->sender, event->client, proposer->group->attributes.group, request,
                                GS_COLLIDE, event_proposal(event)->serial);
        return 0;
}

static Held *held_take(Core *core) {
        Held *held = core->held;

        core->held = held->next;
        if (!core->held)
                core->held_tail = &core->held;
        core->n_held--;
        return held;
}

/*
 * stream.md 3: a joiner that dies before its protocol began is dropped. What else its node did before
 * stands.
 */
void quorum_forget(Core *core, NodeId node) {
        Held **at = &core->held;

        while (*at) {
                Held *held = *at;

                if (held->bytes[0] == EVENT_JOIN && node_id_equal(held->sender, node)) {
                        *at = held->next;
                        free(held);
                        core->n_held--;
                } else
                        at = &held->next;
        }
        core->held_tail = at;
}

void quorum_clear(Core *core) {
        while (core->held)
                free(held_take(core));
}

/* Timers begin anew: every running phase is said to begin again, by group name. */
static int phases_renew(Core *core) {
        _cleanup_(freep) Group **groups = NULL;
        size_t n;

        if (groups_sorted(core, &groups, &n) < 0)
                return -ENOMEM;
        for (size_t i = 0; i < n; i++)
                if (groups[i]->protocol)
                        protocol_tell_phase(core, groups[i], true);
        return 0;
}

int quorum_regain(Core *core) {
        int r = phases_renew(core);

        while (core->held && r == 0) {
                _cleanup_(freep) Held *held = held_take(core);
                FrameReader body = { .data = held->bytes, .size = held->size };
                Event event;

                if (event_get(&body, held->sender, &event) <= 0)
                        continue;
                r = event.type == EVENT_VIEW ? view_effect(core, &event) : core_dispatch(core, &event);
                if (r == 0)
                        r = core_run(core);
        }
        return r;
}
