/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What kind of world a seed makes: how many nodes and groups, how rough, and which attributes its groups
 * have. */

#include <stdio.h>

#include "sim.h"

static uint16_t draw_limit(Rng *rng) {
        static const uint16_t limits[] = { 0, 0, 1, 1, 2, 3, 5, 65535 };

        return limits[rng_below(rng, ELEMENTSOF(limits))];
}

static void draw_source(char *ret, size_t size, Rng *rng, uint32_t group, bool chains) {
        uint32_t what = rng_below(rng, 100);

        ret[0] = 0;
        if (group > 0 && what < (chains ? 90 : 35))
                snprintf(ret, size, "g%u", group - 1);
        else if (what >= 96)
                snprintf(ret, size, "%s", rng_chance(rng, 50) ? "HostMembership" : "enMembership");
        else if (what >= 94)
                snprintf(ret, size, "g%u", rng_below(rng, GROUPS_MAX)); /* may be itself, or close a cycle */
}

static void draw_group(GsAttributes *ret, Rng *rng, uint32_t group, bool chains) {
        *ret = (GsAttributes) {
                .client_version = (int16_t) rng_below(rng, 3),
                .batch_control = (uint8_t) rng_below(rng, 8),
                .num_phases = rng_chance(rng, 60) ? GS_N_PHASE : GS_1_PHASE,
                .reflection_num_phases = rng_chance(rng, 40) ? GS_N_PHASE : GS_1_PHASE,
                .default_vote = (uint8_t) rng_below(rng, 5) < 3 ? GS_VOTE_APPROVE : GS_VOTE_REJECT,
                .merge_control = GS_DISSOLVE_MERGE,
                .time_limit = draw_limit(rng),
                .reflection_time_limit = draw_limit(rng),
        };
        if (rng_chance(rng, 10))
                ret->default_vote = GS_VOTE_NULL;
        snprintf(ret->group, sizeof(ret->group), "g%u", group);
        draw_source(ret->source, sizeof(ret->source), rng, group, chains);
}

/* One long chain of source groups on one node, longer than allowed. */
static void draw_deep(Profile *ret) {
        ret->n_nodes = 1;
        ret->n_groups = GROUPS_MAX;
        ret->n_steps = 400;
        ret->speed = 30;
        ret->faults = ret->noise = 0;
        ret->alien = 0;
        for (uint32_t g = 0; g < GROUPS_MAX; g++) {
                ret->groups[g].num_phases = GS_1_PHASE;
                ret->groups[g].source[0] = '\0';
                if (g > 0)
                        snprintf(ret->groups[g].source, sizeof(ret->groups[g].source), "g%u", g - 1);
        }
}

/* Two groups of which each may want to be the other's source. */
static void draw_cycle(Profile *ret) {
        ret->cycles = true;
        ret->n_nodes = ret->n_nodes > 2 ? 2 : ret->n_nodes;
        ret->n_groups = 2;
        ret->quorum = false;
        ret->alien = 0;
        ret->groups[0].num_phases = GS_1_PHASE;
        ret->groups[0].source[0] = '\0';
        ret->groups[1].num_phases = GS_N_PHASE;
        snprintf(ret->groups[1].source, sizeof(ret->groups[1].source), "g0");
}

void profile_draw(Profile *ret, Rng *rng) {
        static const uint32_t nodes[] = { 1, 2, 2, 3, 3, 3, 4, 5, 5, 7 };
        bool chains = rng_chance(rng, 30), deep = rng_chance(rng, 3);

        *ret = (Profile) {
                .n_nodes = nodes[rng_below(rng, ELEMENTSOF(nodes))],
                .n_groups = 1 + rng_below(rng, 5),
                .n_steps = 60 + rng_below(rng, 240),
                .faults = rng_below(rng, 3) * rng_below(rng, 5),
                .lateness = rng_below(rng, 3) * 15,
                .noise = rng_below(rng, 3) * 3,
                .speed = 40 + rng_below(rng, 50),
                .quorum = rng_chance(rng, 30),
                .duplicate_numbers = rng_chance(rng, 3),
        };
        if (rng_chance(rng, 3))
                ret->alien = (uint16_t) (1 + rng_below(rng, ret->n_nodes));
        for (uint32_t g = 0; g < GROUPS_MAX; g++)
                draw_group(ret->groups + g, rng, g, chains);
        if (deep)
                draw_deep(ret);
        else if (rng_chance(rng, 3))
                draw_cycle(ret);
}

void profile_distort(GsAttributes *a, Rng *rng) {
        switch (rng_below(rng, 7)) {
        case 0:
                a->client_version++;
                break;
        case 1:
                a->batch_control ^= (uint8_t) (1 + rng_below(rng, 7));
                break;
        case 2:
                a->num_phases ^= GS_1_PHASE ^ GS_N_PHASE;
                break;
        case 3:
                a->default_vote = (uint8_t) (a->default_vote == GS_VOTE_APPROVE ? GS_VOTE_REJECT
                                                                                : GS_VOTE_APPROVE);
                break;
        case 4:
                a->time_limit ^= 1;
                break;
        case 5:
                a->reflection_time_limit ^= 2;
                break;
        default:
                a->reflection_num_phases ^= GS_1_PHASE ^ GS_N_PHASE;
                break;
        }
}
