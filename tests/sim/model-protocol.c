/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The oracle: phases, votes and what an approval changes (gsapi.md 3.2 to 3.4, 3.7; stream.md 4). */

#include <assert.h>
#include <string.h>

#include "model.h"

static bool is_target_protocol(GsRequest request) {
        return request == GS_FAILURE_LEAVE || request == GS_CAST_OUT || request == GS_EXPEL;
}

static bool is_leave_protocol(GsRequest request) {
        return is_target_protocol(request) || request == GS_LEAVE;
}

static bool is_changing(const Protocol *p, const Who *who) {
        for (uint32_t i = 0; i < p->n_changing; i++)
                if (same_who(p->changing + i, who))
                        return true;
        return false;
}

static void make_roll(Group *g) {
        Protocol *p = &g->p;

        memset(p->roll, 0, sizeof(p->roll));
        p->n_roll = 0;
        for (uint32_t i = 0; i < g->n_members; i++)
                if (!is_target_protocol(p->request) || !is_changing(p, g->members + i))
                        p->roll[p->n_roll++].who = g->members[i];
        for (uint32_t i = 0; i < p->n_changing && p->request == GS_JOIN; i++)
                p->roll[p->n_roll++].who = p->changing[i];
}

static void begin_scripts(Oracle *o, Group *g) {
        Protocol *p = &g->p;

        p->scripts_done = true;
        for (uint32_t i = 0; i < p->n_changing; i++) {
                if (!p->wants_script[i])
                        continue;
                if (!p->changing[i].has_script)
                        p->scripts[i] = SCRIPT_GOOD;
                else if (p->changing[i].gone)
                        p->scripts[i] = SCRIPT_BAD;
                else {
                        p->scripts[i] = SCRIPT_RUNS;
                        say_script(o, g, p->changing + i, p->phase);
                }
        }
}

static void begin_phase(Oracle *o, Group *g) {
        Protocol *p = &g->p;

        p->phase++;
        memset(p->scripts, 0, sizeof(p->scripts));
        say_phase(o, g, NOTE_PHASE_BEGUN);
        make_roll(g);
        say_n_phase(o, g);
        if (p->deactivate_phase == p->phase)
                begin_scripts(o, g);
}

/* --- the end of a protocol --- */

static void forget_leaver(Group *g, const Who *who) {
        for (uint32_t i = 0; i < g->n_leavers; i++)
                if (same_who(&g->leavers[i].who, who)) {
                        memmove(g->leavers + i, g->leavers + i + 1,
                                        (--g->n_leavers - i) * sizeof(g->leavers[0]));
                        return;
                }
}

static void change_membership(Group *g) {
        const Protocol *p = &g->p;

        for (uint32_t i = 0; i < p->n_changing; i++) {
                int k = model_member_find(g, p->changing + i);

                if (p->request == GS_JOIN) {
                        assert(g->n_members < MEMBERS_MAX);
                        g->members[g->n_members++] = p->changing[i];
                } else if (is_leave_protocol(p->request) && k >= 0) {
                        forget_leaver(g, p->changing + i);
                        memmove(g->members + k, g->members + k + 1,
                                        (--g->n_members - (uint32_t) k) * sizeof(g->members[0]));
                }
        }
}

static void late_scripts(Oracle *o, Group *g) {
        Protocol *p = &g->p;

        if (p->deactivate_phase == 0 || p->scripts_done)
                return;
        for (uint32_t i = 0; i < p->n_changing; i++)
                if (p->wants_script[i] && p->changing[i].has_script && !p->changing[i].gone)
                        say_script(o, g, p->changing + i, 0);
}

/* What the end of this protocol means to the groups that have this one as their source. */
static void tell_targets(Oracle *o, Group *g, bool left, bool state) {
        for (uint32_t i = 0; left && i < g->p.n_changing; i++)
                if (!model_group_has_node(o, g->name, g->p.changing[i].name.node))
                        model_group_source_gone(o, g->name, g->p.changing[i].name.node);
        if (state && g->n_members > 0)
                model_group_reflect(o, g->name, &g->state);
}

static void approve(Oracle *o, Group *g, bool voted_down) {
        Protocol *p = &g->p;
        bool left = is_leave_protocol(p->request);
        bool state = p->proposed_state.size > 0 && !voted_down;

        change_membership(g);
        if (state)
                g->state = p->proposed_state;
        if (p->request == GS_GROUP_ATTRIBUTE_CHANGE)
                g->attributes = p->attributes;
        say_end(o, g, GS_APPROVED_NOTIFICATION, voted_down);
        late_scripts(o, g);
        say_published(o, g, left || p->request == GS_JOIN, state);
        for (uint32_t i = 0; i < p->n_changing && left; i++)
                say_token_dead(o, p->changing + i);
        p->runs = false;
        tell_targets(o, g, left, state);
        if (g->n_members == 0) {
                g->state = (Value){};
                g->n_reflections = 0;
        }
}

static void reject(Oracle *o, Group *g) {
        Protocol *p = &g->p;

        say_end(o, g, GS_REJECTED_NOTIFICATION, false);
        p->runs = false;
        for (uint32_t i = 0; i < p->n_changing && p->request == GS_JOIN; i++) {
                say_token_dead(o, p->changing + i);
                forget_leaver(g, p->changing + i);
        }
}

/* --- the end of a phase --- */

static bool is_complete(const Protocol *p) {
        for (uint32_t i = 0; i < p->n_roll; i++)
                if (!p->roll[i].voted && !p->roll[i].who.dead)
                        return false;
        for (uint32_t i = 0; i < p->n_changing; i++)
                if (p->scripts[i] == SCRIPT_RUNS)
                        return false;
        return true;
}

static bool is_deserted(const Protocol *p) {
        for (uint32_t i = 0; i < p->n_roll; i++)
                if (!p->roll[i].who.dead)
                        return false;
        return p->n_roll > 0;
}

/* What stands for those who do not vote. */
static GsVote default_vote(Group *g) {
        GsVote set = GS_VOTE_NULL;

        for (uint32_t i = 0; i < g->p.n_roll; i++) {
                const Voter *v = g->p.roll + i;

                if (v->voted && v->default_value != GS_VOTE_NULL && set != GS_VOTE_REJECT)
                        set = v->default_value;
        }
        if (set != GS_VOTE_NULL)
                g->p.default_vote = set;
        if (g->p.default_vote != GS_VOTE_NULL)
                return g->p.default_vote;
        return g->attributes.default_vote == GS_VOTE_APPROVE ? GS_VOTE_APPROVE : GS_VOTE_REJECT;
}

static uint32_t bit_of(GsVote vote, bool explicit) {
        if (vote == GS_VOTE_APPROVE)
                return explicit ? GS_EXPLICIT_APPROVE : GS_DEFAULT_APPROVE;
        if (vote == GS_VOTE_REJECT)
                return explicit ? GS_EXPLICIT_REJECT : GS_DEFAULT_REJECT;
        return 0;
}

typedef struct Ballot {
        bool reject, go_on;
        uint32_t summary;
        NoteList tardy, vain, late;
} Ballot;

static void cast(Ballot *b, GsVote vote, bool explicit) {
        b->reject = b->reject || vote == GS_VOTE_REJECT;
        b->go_on = b->go_on || vote == GS_VOTE_CONTINUE;
        b->summary |= bit_of(vote, explicit);
}

static void list_add(NoteList *list, GsProvider name) {
        list->names[list->n++] = name;
}

static void count_scripts(Protocol *p, Ballot *b, GsVote by_default) {
        for (uint32_t i = 0; i < p->n_changing; i++) {
                if (p->scripts[i] == SCRIPT_RUNS)
                        p->scripts[i] = SCRIPT_LATE;
                if (p->scripts[i] == SCRIPT_BAD) {
                        b->summary |= GS_DEACTIVATE_UNSUCCESSFUL;
                        list_add(&b->vain, p->changing[i].name);
                        p->failed_target[i] = true;
                } else if (p->scripts[i] == SCRIPT_LATE) {
                        b->summary |= GS_DEACTIVATE_TIME_LIMIT_EXCEEDED;
                        list_add(&b->late, p->changing[i].name);
                        p->failed_target[i] = true;
                }
                if (p->failed_target[i])
                        cast(b, by_default, false);
        }
}

static void count(Group *g, Ballot *b) {
        GsVote by_default = default_vote(g);
        Protocol *p = &g->p;

        for (uint32_t i = 0; i < p->n_roll; i++) {
                const Voter *v = p->roll + i;

                if (v->voted) {
                        cast(b, v->value, true);
                        continue;
                }
                cast(b, by_default, false);
                if (v->who.dead) {
                        b->summary |= GS_PROVIDER_FAILED;
                } else {
                        b->summary |= GS_TIME_LIMIT_EXCEEDED;
                        list_add(&b->tardy, v->who.name);
                }
        }
        count_scripts(p, b, by_default);
}

static void take_riders(Protocol *p) {
        bool state = false;

        for (uint32_t i = 0; i < p->n_roll; i++) {
                if (!state && p->roll[i].state.size > 0) {
                        p->proposed_state = p->roll[i].state;
                        p->state_is_shown = false;
                        state = true;
                }
                if (p->message.size == 0)
                        p->message = p->roll[i].message;
        }
}

static void announce(Oracle *o, const Group *g, const Ballot *b) {
        if (b->tardy.n > 0)
                say_announcement(o, g, GS_TIME_LIMIT_EXCEEDED, &b->tardy, true);
        if (b->vain.n > 0)
                say_announcement(o, g, GS_DEACTIVATE_UNSUCCESSFUL, &b->vain, true);
        if (b->late.n > 0)
                say_announcement(o, g, GS_DEACTIVATE_TIME_LIMIT_EXCEEDED, &b->late, true);
}

static void end_phase(Oracle *o, Group *g) {
        Protocol *p = &g->p;
        bool gone_anyway = p->request == GS_FAILURE_LEAVE || p->request == GS_CAST_OUT;
        bool deserted = is_deserted(p);
        Ballot b = {};

        say_phase(o, g, NOTE_PHASE_ENDED);
        count(g, &b);
        take_riders(p);
        p->summary = b.summary;
        if (b.reject || deserted) {
                if (gone_anyway)
                        approve(o, g, true);
                else
                        reject(o, g);
        } else if (b.go_on) {
                begin_phase(o, g);
        } else {
                approve(o, g, false);
        }
        if (!deserted)
                announce(o, g, &b);
}

bool model_protocol_advance(Oracle *o, Group *g, bool by_limit) {
        if (!by_limit && !is_complete(&g->p))
                return false;
        end_phase(o, g);
        return true;
}

void model_protocol_begin(Oracle *o, Group *g) {
        Protocol *p = &g->p;

        g->last_protocol++;
        p->runs = true;
        if (p->n_phase)
                begin_phase(o, g);
        else
                approve(o, g, false);
}

/* --- votes, limits, scripts --- */

void model_protocol_vote(Oracle *o, Group *g, const Who *who, const EventVote *vote) {
        Protocol *p = &g->p;

        if (!p->runs || vote->phase.group != g->id || vote->phase.protocol != g->last_protocol ||
                        vote->phase.phase != p->phase)
                return;
        for (uint32_t i = 0; i < p->n_roll; i++) {
                Voter *v = p->roll + i;

                if (!same_who(&v->who, who) || v->voted)
                        continue;
                v->voted = true;
                v->value = vote->value;
                v->default_value = vote->default_value;
                v->state = value_of(vote->state);
                v->message = value_of(vote->message);
                model_group_touch(o, g);
        }
}

static Group *group_by_id(Oracle *o, uint64_t id) {
        for (uint32_t i = 0; i < ORACLE_GROUPS; i++)
                if (o->groups[i].name[0] && o->groups[i].id == id)
                        return o->groups + i;
        return NULL;
}

void model_protocol_limit(Oracle *o, const EventPhase *limit) {
        Group *g = group_by_id(o, limit->group);

        if (!g || !g->p.runs || g->p.limit == 0 || limit->protocol != g->last_protocol ||
                        limit->phase != g->p.phase)
                return;
        model_group_touch(o, g);
        (void) model_protocol_advance(o, g, true);
}

/* Nothing is remembered of scripts that run after the approval: whatever the provider's node says is told.
 */
static void late_script_result(Oracle *o, Group *g, const Event *e) {
        const EventScriptResult *r = &e->script_result;
        NoteList about = { .n = 1, .names = { r->provider } };

        if (e->sender.number != r->provider.node)
                return;
        if (r->by_limit)
                say_announcement(o, g, GS_DEACTIVATE_TIME_LIMIT_EXCEEDED, &about, true);
        else if (r->status != 0)
                say_announcement(o, g, GS_DEACTIVATE_UNSUCCESSFUL, &about, true);
}

void model_protocol_script_result(Oracle *o, const Event *e) {
        const EventScriptResult *r = &e->script_result;
        Group *g = group_by_id(o, r->phase.group);

        if (!g)
                return;
        if (r->phase.phase == 0) {
                late_script_result(o, g, e);
                return;
        }
        if (!g->p.runs || r->phase.protocol != g->last_protocol || r->phase.phase != g->p.phase)
                return;
        for (uint32_t i = 0; i < g->p.n_changing; i++)
                if (g->p.scripts[i] == SCRIPT_RUNS &&
                                gs_provider_equal(g->p.changing[i].name, r->provider) &&
                                node_id_equal(g->p.changing[i].node, e->sender)) {
                        g->p.scripts[i] = r->by_limit      ? SCRIPT_LATE
                                          : r->status != 0 ? SCRIPT_BAD
                                                           : SCRIPT_GOOD;
                        model_group_touch(o, g);
                }
}
