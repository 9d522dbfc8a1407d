/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hagsgroup send: send a message to all members of a group. */

#include "hagsgroup/guest.h"
#include "hagsgroup/subcommand.h"
#include "hagsgroup/value.h"

int subcommand_send(const Options *o, char **reterr) {
        char group[GS_GROUP_NAME_MAX + 1], bytes[GS_MESSAGE_MAX + 1];
        ha_gs_provider_message_t message = { .gs_message = bytes };
        Proposal p = { .what = "send a message to", .protocol = HA_GS_PROVIDER_MESSAGE };
        size_t size;
        int r;

        r = group_name_to_join(o->operands[0], group, reterr);
        if (r == 0)
                r = value_read(o->operands[1], "a message", GS_MESSAGE_MAX, bytes, &size, reterr);
        if (r < 0)
                return r;

        message.gs_length = (int) size;
        p.submit = ha_gs_send_message;
        p.info.gs_message_request = (ha_gs_message_request_t){
                .gs_num_phases = guest_phases(o),
                .gs_time_limit = member_time_limit(o),
                .gs_message = &message,
        };
        return guest_propose(o, group, &p, reterr);
}
