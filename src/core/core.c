/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The state machine from outside: made, fed with one event at a time, abandoned. */

#include "core/state.h"

int core_new(const CoreConfig *config, Core **ret) {
        Core *core = calloc(1, sizeof(*core));

        if (!core)
                return -ENOMEM;
        core->config = *config;
        core_clear(core);
        *ret = core;
        return 0;
}

/*
 * Everything shared and all subscribers are gone: a newcomer's core. The epoch stays: no later one may have
 * its number.
 */
void core_clear(Core *core) {
        TableLink *link;

        while ((link = table_each(&core->subscribers, NULL)))
                core_unsubscribe(core, ((Subscriber *) link)->client);
        while ((link = table_each(&core->providers, NULL)))
                provider_free(core, (Provider *) link);
        for (link = NULL; (link = table_each(&core->groups, link));)
                ((Group *) link)->source = NULL;
        while ((link = table_each(&core->groups, NULL)))
                group_free(core, (Group *) link);
        quorum_clear(core);

        core->held_tail = &core->held;
        core->ready = NULL;
        core->ready_tail = &core->ready;
        core->established = false;
        core->halted = false;
        core->view_size = 0;
        core->domain = (NodeId){};
        core->active_epoch = 0;
        core->position = 0;
        core->history = 0;
        core->next_group = GROUP_ID_FIRST;
        core->n_nodes = 0;
        core->n_members = 0;
        core->mark_position = 0;
}

Core *core_free(Core *core) {
        if (core) {
                core_clear(core);
                free(core);
        }
        return NULL;
}

/* Whom this call tells; nobody is a sink too. */
void core_listen(Core *core, const CoreSink *sink) {
        static const CoreSink silence = {};

        core->sink = sink ? sink : &silence;
}

void core_drop(Core *core, const Event *event, const char *why) {
        core->n_dropped++;
        if (core->sink->dropped)
                core->sink->dropped(core->sink->userdata, event, why);
}

/*
 * One more event of the history. Nodes that were cut off from each other may hold equal states although
 * their clients heard different things; the history tells them apart (stream.md 5.2, gsapi.md 2.1).
 */
void core_count(Core *core, const Event *event) {
        uint64_t sender[] = { event->sender.incarnation, event->sender.number };
        uint8_t bytes[EVENT_SIZE_MAX];
        FrameWriter w = { .data = bytes, .size = sizeof(bytes) };

        (void) event_put(&w, event); /* one that cannot be sent has no bytes */
        core->history = hash_bytes(hash_words(core->history, sender, ELEMENTSOF(sender)), bytes, w.used);
        core->position++;
}

/* Let every group that was woken do all that it can do, in the order they were woken. */
int core_run(Core *core) {
        int r = 0;

        while (core->ready && r == 0) {
                Group *group = core->ready;

                core->ready = group->ready_next;
                if (!core->ready)
                        core->ready_tail = &core->ready;
                group->ready = false;
                r = group_run(core, group);
        }
        return r;
}

/*
 * stream.md 5: each node takes the hash at the same position; later ones that say theirs are compared with
 * it.
 */
static int hash_apply(Core *core, const Event *event) {
        const EventHash *hash = &event->hash;

        if (hash->position == 0) {
                core->mark_position = core->position;
                core->mark_hash = core_hash(core);
                if (core->sink->hash_taken)
                        core->sink->hash_taken(core->sink->userdata, core->mark_position, core->mark_hash);
        } else if (hash->position == core->mark_position && core->sink->hash_compared)
                core->sink->hash_compared(core->sink->userdata, event->sender, hash->position,
                                hash->hash == core->mark_hash);
        return 0;
}

int core_dispatch(Core *core, const Event *event) {
        static int (*const apply[_EVENT_TYPE_MAX])(Core *, const Event *) = {
                [EVENT_JOIN] = join_apply,
                [EVENT_LEAVE] = propose_apply,
                [EVENT_GOODBYE] = goodbye_apply,
                [EVENT_EXPEL] = propose_apply,
                [EVENT_STATE_CHANGE] = propose_apply,
                [EVENT_MESSAGE] = propose_apply,
                [EVENT_ATTRIBUTES] = propose_apply,
                [EVENT_VOTE] = vote_apply,
                [EVENT_PROCESS_DOWN] = process_down_apply,
                [EVENT_RESPONSIVENESS] = responsiveness_apply,
                [EVENT_SCRIPT_RESULT] = script_result_apply,
                [EVENT_LIMIT] = limit_apply,
                [EVENT_NODE_LEAVING] = node_leaving_apply,
                [EVENT_LINKS] = links_apply,
        };

        return apply[event->type](core, event);
}

static int event_apply(Core *core, const Event *event) {
        if (event->type == EVENT_VIEW)
                return view_apply(core, event);
        if (!core->established || event->type < EVENT_JOIN || event->type > EVENT_HASH)
                return 0;

        core_count(core, event);
        if (core_rank(core, event->sender) < 0 ||
                        (event->type <= EVENT_RESPONSIVENESS &&
                                        event->client.connection == SYSTEM_CONNECTION)) {
                core_drop(core, event, "a foreign sender");
                return 0;
        }

        if (event->type == EVENT_HASH)
                return hash_apply(core, event);
        if (event->type == EVENT_NODE_LEAVING)
                (void) node_forget(core, event->sender);
        return core->halted ? quorum_hold(core, event) : core_dispatch(core, event);
}

int core_apply(Core *core, const Event *event, const CoreSink *sink) {
        int r = -ENOMEM;

        if (core->poisoned)
                return r;

        core_listen(core, sink);
        r = event_apply(core, event);
        if (r == 0)
                r = core_run(core);
        core->sink = NULL;
        core->poisoned = r < 0;
        return r;
}

/* gsapi.md 3.9: every provider hears why, every subscriber too, and all tokens end. By group name. */
int core_abandon_state(Core *core, uint32_t summary) {
        _cleanup_(freep) Group **groups = NULL;
        uint32_t type = summary & GS_GROUP_DISSOLVED ? GS_SUBSCRIPTION_DISSOLVED
                                                     : GS_SUBSCRIPTION_GS_HAS_DIED;
        size_t n;

        if (groups_sorted(core, &groups, &n) < 0)
                return -ENOMEM;

        for (size_t i = 0; i < n; i++) {
                Group *group = groups[i];
                const Protocol *p = group->protocol;

                announce(core, group, summary, group->names, group->n_members);
                for (uint32_t k = 0; k < group->n_members; k++)
                        notice_token_dead(core, group->members[k]);
                for (uint32_t k = 0; p && p->request == GS_JOIN && k < p->n_changing; k++)
                        notice_token_dead(core, p->changing[k]);
                for (Provider *q = group->joins.first; q; q = q->queue_next)
                        notice_token_dead(core, q);
                subscribers_end(core, group, type);
        }
        core_clear(core);
        return 0;
}

int core_abandon(Core *core, uint32_t summary, const CoreSink *sink) {
        int r = -ENOMEM;

        if (core->poisoned)
                return r;
        core_listen(core, sink);
        r = core_abandon_state(core, summary);
        core->sink = NULL;
        core->poisoned = r < 0;
        return r;
}
