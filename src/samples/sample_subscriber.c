/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Subscriber: prints members and state of a group whenever they change, and takes no part in it.
 *
 *      sample_subscriber GROUP
 *
 * A group that does not exist yet, or no longer, is waited for. It may be one of the groups that Group
 * Services itself keeps, such as HostMembership.
 */

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "sample_utility.h"

static ha_gs_token_t token;
static bool subscribed;
static time_t not_until; /* the group was not there: ask again at this time */

static void on_change(const ha_gs_subscription_notification_t *n) {
        char members[512], changing[512], state[300];

        say("notification: type 0x%x;%s%s%s", n->gs_subscription_type,
                        list_text("members", n->gs_full_membership, members, sizeof(members)),
                        list_text("changing", n->gs_changing_membership, changing, sizeof(changing)),
                        state_text("state", n->gs_state_value, state, sizeof(state)));
        if (n->gs_subscription_type & HA_GS_SUBSCRIPTION_DISSOLVED) {
                say("the group is gone");
                subscribed = false;
        }
}

static void on_delayed_error(const ha_gs_delayed_error_notification_t *n) {
        say("delayed error: %s, %s", name_of_protocol(n->gs_protocol_type),
                        name_of_rc(n->gs_delayed_return_code));
        subscribed = false;
        not_until = time(NULL) + 1;
}

static ha_gs_rc_t subscribe(char *group) {
        ha_gs_proposal_info_t info = {
                .gs_subscribe_request = {
                        .gs_subscription_control = HA_GS_SUBSCRIBE_STATE_AND_MEMBERSHIP,
                        .gs_subscription_group = group,
                        .gs_subscription_callback = on_change,
                },
        };
        ha_gs_rc_t rc;

        rc = ha_gs_subscribe(&token, &info);
        subscribed = rc == HA_GS_OK;
        return rc;
}

static void serve(ha_gs_descriptor_t descriptor, char *group) {
        ha_gs_rc_t rc = HA_GS_OK;

        subscribed = false;
        not_until = 0;
        while (rc == HA_GS_OK && !sample_stop) {
                if (!subscribed && time(NULL) >= not_until)
                        rc = subscribe(group);
                if (rc == HA_GS_OK)
                        rc = sample_wait(descriptor, 1000);
        }
        if (rc == HA_GS_OK && subscribed)
                say("unsubscribed: %s", name_of_rc(ha_gs_unsubscribe(token)));
        else if (rc != HA_GS_OK)
                say("lost: %s", name_of_rc(rc));
}

int main(int argc, char **argv) {
        ha_gs_descriptor_t descriptor;

        if (argc != 2) {
                (void) fprintf(stderr, "usage: sample_subscriber GROUP\n");
                return EXIT_FAILURE;
        }

        sample_start();
        while (!sample_stop && sample_connect(&descriptor, NULL, on_delayed_error))
                serve(descriptor, argv[1]);
        ha_gs_quit();
        return EXIT_SUCCESS;
}
