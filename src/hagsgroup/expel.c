/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hagsgroup expel: remove members from a group, and run their deactivate scripts if that is wanted. */

#include <string.h>

#include "hagsgroup/guest.h"
#include "hagsgroup/subcommand.h"
#include "util/fault.h"
#include "util/parse.h"

/* "INSTANCE/NODE", as the other subcommands print it. */
static int parse_member(char *text, ha_gs_provider_t *ret, char **reterr) {
        char *slash = strchr(text, '/');
        uint64_t instance, node;
        int r = -EINVAL;

        if (slash) {
                *slash = 0;
                r = parse_u64(text, 0, GS_INSTANCE_MAX, &instance);
                if (r == 0)
                        r = parse_u64(slash + 1, 0, GS_NODE_MAX, &node);
                *slash = '/';
        }
        if (r < 0)
                return fault(reterr, -EINVAL,
                                "'%s' is no member; they are called INSTANCE/NODE, see hagsgroup members",
                                text);
        *ret = (ha_gs_provider_t){ .gs_provider_id = 0 };
        ret->gs_instance_number = (short) instance;
        ret->gs_node_number = (short) node;
        return 0;
}

/* A guest would count as one who is there. */
static int check_group(const char *name, char ret[static GS_GROUP_NAME_MAX + 1], char **reterr) {
        if (strncmp(name, PREFIX_BARRIER, strlen(PREFIX_BARRIER)) == 0)
                return group_name_to_join(name, ret, reterr);
        return group_name("", name, ret, reterr);
}

static int propose(
                const Options *o, const char *group, ha_gs_provider_t *members, unsigned n, char **reterr) {
        bool scripts = o->script_phase > 0;
        Proposal p = { .what = "expel from", .protocol = HA_GS_EXPEL, .submit = ha_gs_expel };
        ha_gs_expel_request_t *request = &p.info.gs_expel_request;

        /* Scripts are to have ended before it is approved, and that takes votes. */
        request->gs_num_phases = scripts && o->phases == PHASES_ANY ? HA_GS_N_PHASE : guest_phases(o);
        request->gs_time_limit = member_time_limit(o);
        request->gs_expel_list = (ha_gs_membership_t){ .gs_count = n, .gs_providers = members };
        request->gs_deactivate_phase = scripts ? (unsigned) o->script_phase : 0;
        request->gs_deactivate_flag = (char *) o->flag;
        return guest_propose(o, group, &p, reterr);
}

int subcommand_expel(const Options *o, char **reterr) {
        _cleanup_(freep) ha_gs_provider_t *members = NULL;
        char group[GS_GROUP_NAME_MAX + 1];
        unsigned n = 0;
        int r;

        if (o->flag && strlen(o->flag) > GS_FLAG_MAX)
                return fault(reterr, -EINVAL, "--deactivate-flag has to have no more than %d bytes",
                                GS_FLAG_MAX);
        r = check_group(o->operands[0], group, reterr);
        while (r == 0 && o->operands[1 + n])
                n++;
        if (r == 0)
                members = calloc(n, sizeof(*members));
        if (r == 0 && !members)
                return -ENOMEM;
        for (unsigned i = 0; r == 0 && i < n; i++)
                r = parse_member(o->operands[1 + i], &members[i], reterr);
        return r == 0 ? propose(o, group, members, n, reterr) : r;
}
