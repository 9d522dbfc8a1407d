/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The attributes block (gsapi.md 1.5): what is valid, what every joiner must match, what a protocol can
 * change.
 */

#include <string.h>

#include "core/state.h"

static bool name_valid(const char *name) {
        return strnlen(name, GS_GROUP_NAME_MAX + 1) <= GS_GROUP_NAME_MAX;
}

/* gsapi.md 1.5, table. The library and the session refuse such a block at once; this is the last word. */
bool attributes_valid(const GsAttributes *a) {
        return a->batch_control <= (GS_BATCH_BOTH | GS_DEACTIVATE_ON_FAILURE) &&
               a->num_phases >= GS_1_PHASE && a->num_phases <= GS_N_PHASE &&
               a->reflection_num_phases >= GS_1_PHASE && a->reflection_num_phases <= GS_N_PHASE &&
               a->default_vote <= GS_VOTE_REJECT && a->default_vote != GS_VOTE_CONTINUE &&
               a->merge_control == GS_DISSOLVE_MERGE && name_valid(a->group) && a->group[0] != '\0' &&
               name_valid(a->source);
}

/* gsapi.md 1.5: what no protocol can change. */
bool attributes_same_identity(const GsAttributes *a, const GsAttributes *b) {
        return a->merge_control == b->merge_control && strcmp(a->group, b->group) == 0 &&
               strcmp(a->source, b->source) == 0;
}

/* gsapi.md 1.5: every joiner's attributes must equal the group's current ones. */
bool attributes_equal(const GsAttributes *a, const GsAttributes *b) {
        return attributes_same_identity(a, b) && a->client_version == b->client_version &&
               a->time_limit == b->time_limit && a->reflection_time_limit == b->reflection_time_limit &&
               a->batch_control == b->batch_control && a->num_phases == b->num_phases &&
               a->reflection_num_phases == b->reflection_num_phases && a->default_vote == b->default_vote;
}

Terms attributes_terms(const GsAttributes *a) {
        return (Terms){
                .client_version = a->client_version,
                .time_limit = a->time_limit,
                .reflection_time_limit = a->reflection_time_limit,
                .batch_control = a->batch_control,
                .num_phases = a->num_phases,
                .reflection_num_phases = a->reflection_num_phases,
                .default_vote = a->default_vote,
        };
}

void attributes_set_terms(GsAttributes *a, Terms terms) {
        a->client_version = terms.client_version;
        a->time_limit = terms.time_limit;
        a->reflection_time_limit = terms.reflection_time_limit;
        a->batch_control = terms.batch_control;
        a->num_phases = terms.num_phases;
        a->reflection_num_phases = terms.reflection_num_phases;
        a->default_vote = terms.default_vote;
}
