/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Target group: its providers may be only where the source group has one, and hear of each of its states.
 *
 *      sample_target GROUP SOURCE_GROUP INSTANCE
 *
 * It makes the state of the source its own, by a vote. When the last provider of the source group on this
 * node goes, it is cast out, and waits for the next one.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sample_utility.h"

static char *group, *source;
static int instance, node;
static ha_gs_token_t token;
static bool in_group;    /* or on the way into it */
static time_t not_until; /* there was no source: try again at this time */

static bool about_me(const ha_gs_proposal_t *p) {
        return is_in(p->gs_changing_providers, instance, node);
}

static void on_n_phase(const ha_gs_n_phase_notification_t *n) {
        const ha_gs_state_value_t *state = NULL;
        char text[300];
        ha_gs_rc_t rc;

        say_proposal("n-phase", n->gs_protocol_type, n->gs_summary_code, n->gs_proposal);
        if (n->gs_protocol_type == HA_GS_SOURCE_STATE_REFLECTION) {
                state = n->gs_proposal->gs_source_state_value;
                say("reflected:%s", state_text("source", state, text, sizeof(text)));
        }

        /* What rides on a vote is the group's new state if all approve. */
        rc = ha_gs_vote(n->gs_provider_token, HA_GS_VOTE_APPROVE, state, NULL, HA_GS_NULL_VOTE);
        say("voted: approve, %s", name_of_rc(rc));
}

static void out_of_it(const char *why) {
        say("out of the group: %s", why);
        in_group = false;
        not_until = time(NULL) + 1;
}

static void on_approved(const ha_gs_approved_notification_t *n) {
        say_proposal("approved", n->gs_protocol_type, n->gs_summary_code, n->gs_proposal);
        if (n->gs_protocol_type != HA_GS_JOIN && about_me(n->gs_proposal))
                out_of_it(name_of_protocol(n->gs_protocol_type));
}

static void on_rejected(const ha_gs_rejected_notification_t *n) {
        say_proposal("rejected", n->gs_protocol_type, n->gs_summary_code, n->gs_proposal);
        if (n->gs_protocol_type == HA_GS_JOIN && about_me(n->gs_proposal))
                out_of_it("rejected");
}

static void on_delayed_error(const ha_gs_delayed_error_notification_t *n) {
        if (n->gs_delayed_return_code != HA_GS_NO_SOURCE_GROUP_PROVIDER &&
                        n->gs_delayed_return_code != HA_GS_INVALID_SOURCE_GROUP)
                sample_stop = 1;
        out_of_it(name_of_rc(n->gs_delayed_return_code));
}

static ha_gs_rc_t join(void) {
        ha_gs_group_attributes_t attributes = {
                .gs_version = 1,
                .gs_sizeof_group_attributes = sizeof(attributes),
                .gs_client_version = 1,
                .gs_batch_control = HA_GS_BATCH_BOTH,
                .gs_num_phases = HA_GS_1_PHASE,
                .gs_source_reflection_num_phases = HA_GS_N_PHASE,
                .gs_group_default_vote = HA_GS_VOTE_APPROVE,
                .gs_merge_control = HA_GS_DISSOLVE_MERGE,
                .gs_source_reflection_time_limit = 10,
                .gs_group_name = group,
                .gs_source_group_name = source,
        };
        ha_gs_proposal_info_t info = {
                .gs_join_request = {
                        .gs_group_attributes = &attributes,
                        .gs_provider_instance = (short) instance,
                        .gs_provider_local_name = (char *) "sample_target",
                        .gs_n_phase_protocol_callback = on_n_phase,
                        .gs_protocol_approved_callback = on_approved,
                        .gs_protocol_rejected_callback = on_rejected,
                        .gs_announcement_callback = say_announcement,
                },
        };
        ha_gs_rc_t rc = ha_gs_join(&token, &info);

        in_group = rc == HA_GS_OK;
        return rc;
}

static void serve(ha_gs_descriptor_t descriptor) {
        ha_gs_rc_t rc;

        in_group = false;
        not_until = 0;
        rc = ha_gs_get_node_number(&node);
        while (rc == HA_GS_OK && !sample_stop) {
                if (!in_group && time(NULL) >= not_until)
                        rc = join();
                if (rc == HA_GS_OK)
                        rc = sample_wait(descriptor, 1000);
        }
        if (rc != HA_GS_OK)
                say("lost: %s", name_of_rc(rc));
}

int main(int argc, char **argv) {
        ha_gs_descriptor_t descriptor;

        instance = argc == 4 ? number_of(argv[3], 32767) : -1;
        if (instance < 0) {
                (void) fprintf(stderr, "usage: sample_target GROUP SOURCE_GROUP INSTANCE\n");
                return EXIT_FAILURE;
        }
        group = argv[1];
        source = argv[2];

        sample_start();
        while (!sample_stop && sample_connect(&descriptor, NULL, on_delayed_error))
                serve(descriptor);
        ha_gs_quit();
        return EXIT_SUCCESS;
}
