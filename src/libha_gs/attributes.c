/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The attributes of a group, as programs see them: see attributes.h. */

#include "libha_gs/attributes.h"

#include <stddef.h>

ha_gs_group_attributes_t attributes_show(GsAttributes *a) {
        return (ha_gs_group_attributes_t){
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
                .gs_group_name = a->group,
                .gs_source_group_name = a->source[0] ? a->source : NULL,
        };
}
