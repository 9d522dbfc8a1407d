/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hagsgroup watch: tell each change of a group's members and state, unseen by them. */

#include "hagsgroup/event.h"
#include "hagsgroup/follow.h"
#include "hagsgroup/subcommand.h"

#define RETRY_USEC (UINT64_C(300) * 1000)

static struct {
        const Follower *follower;
        char group[GS_GROUP_NAME_MAX + 1];
        ha_gs_rc_t refused;
        bool seen;  /* it was there */
        bool waits; /* until it is there again */
        bool dissolved;
} watch;

static void tell(const Event *event) {
        follow_tell(watch.follower, event);
}

/* A notification may have several changes: one event each, those of members first. */
static void on_subscription(const ha_gs_subscription_notification_t *n) {
        ha_gs_subscription_type_t type = n->gs_subscription_type;
        const ha_gs_membership_t *members = n->gs_full_membership, *changed = n->gs_changing_membership;

        watch.seen = true;
        follow_begun();
        if (type & HA_GS_SUBSCRIPTION_GS_HAS_DIED) /* the end of the connection is at hand */
                return;
        if (type & HA_GS_SUBSCRIPTION_DELTA_JOIN)
                tell(&(Event){ .name = "joined", .changed = changed, .members = members });
        else if (type & HA_GS_SUBSCRIPTION_DELTA_LEAVE)
                tell(&(Event){ .name = "left", .changed = changed, .members = members });
        else if (type & HA_GS_SUBSCRIPTION_MEMBERSHIP)
                tell(&(Event){ .name = "members", .members = members });
        if (type & HA_GS_SUBSCRIPTION_STATE && n->gs_state_value && n->gs_state_value->gs_length > 0)
                tell(&(Event){ .name = "state", .state = n->gs_state_value });
        if (type & HA_GS_SUBSCRIPTION_DISSOLVED) {
                tell(&(Event){ .name = "dissolved" });
                watch.dissolved = true;
        }
}

static void on_delayed_error(const ha_gs_delayed_error_notification_t *n) {
        watch.refused = n->gs_delayed_return_code;
}

static int begin(_unused_ const Follower *f, char **reterr) {
        ha_gs_proposal_info_t info = {
                .gs_subscribe_request = {
                        .gs_subscription_control = HA_GS_SUBSCRIBE_STATE_AND_MEMBERSHIP,
                        .gs_subscription_group = watch.group,
                        .gs_subscription_callback = on_subscription,
                },
        };
        ha_gs_token_t token;
        ha_gs_rc_t rc = ha_gs_subscribe(&token, &info);

        watch.refused = HA_GS_OK;
        watch.waits = false;
        if (rc == HA_GS_NOT_OK)
                return CLIENT_E_LOST;
        return rc == HA_GS_OK ? 0 : client_fault(rc, "cannot watch the group", reterr);
}

/* A daemon that has begun anew has no groups until somebody joins them again, and nobody to tell us then. */
static int step(const Follower *f, char **reterr) {
        if (watch.dissolved)
                return FOLLOW_E_END;
        if (watch.waits)
                return begin(f, reterr);
        if (watch.refused == HA_GS_OK)
                return 0;
        if (watch.refused == HA_GS_UNKNOWN_GROUP && watch.seen) {
                follow_wake(RETRY_USEC);
                watch.waits = true;
                return 0;
        }
        return client_no_group(watch.group, watch.refused, reterr);
}

int subcommand_watch(const Options *o, char **reterr) {
        const Follower f = {
                .o = o, .group = watch.group, .delayed_error = on_delayed_error, .begin = begin, .step = step
        };
        int r;

        r = group_name("", o->operands[0], watch.group, reterr);
        if (r < 0)
                return r;
        watch.follower = &f;
        return follow(&f, reterr);
}
