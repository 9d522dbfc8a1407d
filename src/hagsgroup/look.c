/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A look at a group, by a subscription: see look.h. */

#include "hagsgroup/look.h"

#include <string.h>

#include "hagsgroup/subcommand.h"
#include "util/clock.h"
#include "util/fault.h"

#define ONCE_USEC (UINT64_C(5) * USEC_PER_SEC) /* for --timeout 0 */

static struct {
        enum { LOOKING, SEEN, REFUSED, NO_MEMORY } state;
        ha_gs_rc_t error;
        Look look;
} view;

static void on_delayed_error(const ha_gs_delayed_error_notification_t *n) {
        view.state = REFUSED;
        view.error = n->gs_delayed_return_code;
}

/* The first one has all of it. */
static void on_subscription(const ha_gs_subscription_notification_t *n) {
        const ha_gs_membership_t *members = n->gs_full_membership;
        const ha_gs_state_value_t *state = n->gs_state_value;

        if (view.state != LOOKING)
                return;
        if (n->gs_subscription_type & (HA_GS_SUBSCRIPTION_DISSOLVED | HA_GS_SUBSCRIPTION_GS_HAS_DIED)) {
                view.state = REFUSED;
                view.error = HA_GS_UNKNOWN_GROUP;
                return;
        }

        view.look.n_members = members ? members->gs_count : 0;
        view.look.members = calloc(view.look.n_members + 1, sizeof(*view.look.members));
        view.state = view.look.members ? SEEN : NO_MEMORY;
        if (view.state == SEEN && view.look.n_members > 0)
                memcpy(view.look.members, members->gs_providers,
                                view.look.n_members * sizeof(*view.look.members));
        if (state && state->gs_length > 0) {
                view.look.state_size = (unsigned) state->gs_length;
                memcpy(view.look.state, state->gs_state, view.look.state_size);
        }
}

static int conclude(const char *group, Look *ret, char **reterr) {
        if (view.state == NO_MEMORY)
                return -ENOMEM;
        if (view.state == SEEN) {
                *ret = view.look;
                view.look = (Look){};
                return STATUS_OK;
        }
        return client_no_group(group, view.error, reterr);
}

int look(const Options *o, Look *ret, char **reterr) {
        char group[GS_GROUP_NAME_MAX + 1];
        ha_gs_proposal_info_t info = {
                .gs_subscribe_request = {
                        .gs_subscription_control = HA_GS_SUBSCRIBE_STATE | HA_GS_SUBSCRIBE_MEMBERSHIP,
                        .gs_subscription_group = group,
                        .gs_subscription_callback = on_subscription,
                },
        };
        uint64_t deadline = deadline_in(o->timeout > 0 ? o->timeout : ONCE_USEC);
        ha_gs_token_t token;
        ha_gs_rc_t rc;
        int r;

        r = group_name("", o->operands[0], group, reterr);
        if (r >= 0)
                r = client_connect(o, on_delayed_error, reterr);
        if (r < 0)
                return r;

        rc = ha_gs_subscribe(&token, &info);
        if (rc != HA_GS_OK)
                return client_fault(rc, "cannot look at the group", reterr);
        while (r == 0 && view.state == LOOKING)
                r = client_wait(deadline);
        if (r == CLIENT_E_TIMEOUT) {
                (void) fault(reterr, -ETIMEDOUT, "hagsd of partition %s did not answer in time",
                                client_syspar());
                return STATUS_TIMEOUT;
        }
        return r == CLIENT_E_LOST ? client_lost(reterr) : conclude(group, ret, reterr);
}

void look_done(Look *l) {
        free(l->members);
        *l = (Look){};
}
