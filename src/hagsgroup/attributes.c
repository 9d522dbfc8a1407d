/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The attributes of a group: see attributes.h. */

#include "hagsgroup/attributes.h"

#include <string.h>

#include "ask/answer.h"

static void translate(const GsAttributes *a, Attributes *ret) {
        (void) strcpy(ret->group, a->group);
        (void) strcpy(ret->source, a->source);
        ret->block = (ha_gs_group_attributes_t){
                .gs_version = 1,
                .gs_sizeof_group_attributes = sizeof(ha_gs_group_attributes_t),
                .gs_client_version = a->client_version,
                .gs_batch_control = (ha_gs_batch_ctrl_t) a->batch_control,
                .gs_num_phases = (ha_gs_num_phases_t) a->num_phases,
                .gs_source_reflection_num_phases = (ha_gs_num_phases_t) a->reflection_num_phases,
                .gs_group_default_vote = (ha_gs_vote_value_t) a->default_vote,
                .gs_merge_control = (ha_gs_merge_ctrl_t) a->merge_control,
                .gs_time_limit = a->time_limit,
                .gs_source_reflection_time_limit = a->reflection_time_limit,
                .gs_group_name = ret->group,
                .gs_source_group_name = ret->source[0] ? ret->source : NULL,
        };
}

int attributes_ask(const char *group, Attributes *ret, char **reterr) {
        ReportQuestion question = { .parts = REPORT_GROUPS };
        _cleanup_(answer_done) Answer a = {};
        _cleanup_(ask_close) Ask ask = ASK_NONE;
        int r;

        (void) snprintf(question.group, sizeof(question.group), "%s", group);
        r = client_ask(0, &ask, reterr);
        if (r == CLIENT_E_LOST)
                return client_lost(reterr);
        if (r == 0)
                r = ask_report(&ask, &question, &a, reterr);
        if (r < 0)
                return r;
        if (a.n_groups == 0 || a.groups[0].group.n_members == 0)
                return ATTRIBUTES_E_NO_GROUP;
        translate(&a.groups[0].group.attributes, ret);
        return 0;
}
