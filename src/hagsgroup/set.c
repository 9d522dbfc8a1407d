/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hagsgroup set: change the state value of a group. */

#include "hagsgroup/guest.h"
#include "hagsgroup/subcommand.h"
#include "hagsgroup/value.h"

int subcommand_set(const Options *o, char **reterr) {
        char group[GS_GROUP_NAME_MAX + 1], bytes[GS_STATE_MAX + 1];
        ha_gs_state_value_t state = { .gs_state = bytes };
        Proposal p = { .what = "change the state of", .protocol = HA_GS_STATE_VALUE_CHANGE };
        size_t size;
        int r;

        r = group_name_to_join(o->operands[0], group, reterr);
        if (r == 0)
                r = value_read(o->operands[1], "a state value", GS_STATE_MAX, bytes, &size, reterr);
        if (r < 0)
                return r;

        state.gs_length = (int) size;
        p.submit = ha_gs_change_state_value;
        p.info.gs_state_change_request = (ha_gs_state_change_request_t){
                .gs_num_phases = guest_phases(o),
                .gs_time_limit = member_time_limit(o),
                .gs_new_state = &state,
        };
        return guest_propose(o, group, &p, reterr);
}
