/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * State change client: a provider that joins a group, votes, and changes the group's state value.
 *
 *      sample_schg GROUP INSTANCE [CHANGES [SCRIPT]]
 *
 * CHANGES is how often it changes the state, SCRIPT the deactivate script for those who expel it. It stays
 * in the group until SIGTERM or SIGINT, through restarts of the daemon too, or until it is expelled.
 */

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "sample_utility.h"

static char *group;
static int instance, node;
static int changes; /* how many are still to be made */

static ha_gs_token_t token;
static bool member;      /* our join was approved */
static bool proposed;    /* a change of ours is under way */
static time_t not_until; /* the group was busy: propose after the end of a protocol, or at this time */
static int status = EXIT_SUCCESS;

static void fail(void) {
        status = EXIT_FAILURE;
        sample_stop = 1;
}

static bool about_me(const ha_gs_proposal_t *p) {
        return is_in(p->gs_changing_providers, instance, node);
}

/* ---- what Group Services tells us ---- */

/* Two phases for everything: the first in which all hear of it, the last in which all agree. */
static void on_n_phase(const ha_gs_n_phase_notification_t *n) {
        ha_gs_vote_value_t vote = n->gs_proposal->gs_phase_info.gs_phase_number == 1 ? HA_GS_VOTE_CONTINUE
                                                                                     : HA_GS_VOTE_APPROVE;
        ha_gs_rc_t rc;

        say_proposal("n-phase", n->gs_protocol_type, n->gs_summary_code, n->gs_proposal);
        rc = ha_gs_vote(n->gs_provider_token, vote, NULL, NULL, HA_GS_NULL_VOTE);
        say("voted: %s, %s", name_of_vote(vote), name_of_rc(rc));
}

/* A protocol has ended: what was refused while it ran may be proposed now. */
static void on_end(ha_gs_request_t protocol, const ha_gs_proposal_t *p, bool approved) {
        not_until = 0;
        if (protocol == HA_GS_STATE_VALUE_CHANGE && p->gs_proposed_by.gs_instance_number == instance &&
                        p->gs_proposed_by.gs_node_number == node) {
                proposed = false;
                changes -= approved;
        }
}

static void on_approved(const ha_gs_approved_notification_t *n) {
        say_proposal("approved", n->gs_protocol_type, n->gs_summary_code, n->gs_proposal);
        on_end(n->gs_protocol_type, n->gs_proposal, true);

        if (!about_me(n->gs_proposal))
                return;
        member = n->gs_protocol_type == HA_GS_JOIN;
        if (!member) {
                say("out of the group");
                sample_stop = 1;
        }
}

static void on_rejected(const ha_gs_rejected_notification_t *n) {
        say_proposal("rejected", n->gs_protocol_type, n->gs_summary_code, n->gs_proposal);
        on_end(n->gs_protocol_type, n->gs_proposal, false);

        if (n->gs_protocol_type == HA_GS_JOIN && about_me(n->gs_proposal))
                fail();
}

static void on_collision(void) {
        proposed = false;
        not_until = time(NULL) + 2;
}

/* What a call could not know when it returned. */
static void on_delayed_error(const ha_gs_delayed_error_notification_t *n) {
        say("delayed error: %s, %s", name_of_protocol(n->gs_protocol_type),
                        name_of_rc(n->gs_delayed_return_code));
        if (n->gs_delayed_return_code == HA_GS_COLLIDE)
                on_collision();
        else
                fail();
}

/* ---- what we ask of it ---- */

static ha_gs_rc_t join(void) {
        ha_gs_group_attributes_t attributes = {
                .gs_version = 1,
                .gs_sizeof_group_attributes = sizeof(attributes),
                .gs_client_version = 1,
                .gs_batch_control = HA_GS_BATCH_BOTH,
                .gs_num_phases = HA_GS_N_PHASE,
                .gs_source_reflection_num_phases = HA_GS_1_PHASE,
                .gs_group_default_vote = HA_GS_VOTE_APPROVE,
                .gs_merge_control = HA_GS_DISSOLVE_MERGE,
                .gs_time_limit = 10,
                .gs_group_name = group,
        };
        ha_gs_proposal_info_t info = {
                .gs_join_request = {
                        .gs_group_attributes = &attributes,
                        .gs_provider_instance = (short) instance,
                        .gs_provider_local_name = (char *) "sample_schg",
                        .gs_n_phase_protocol_callback = on_n_phase,
                        .gs_protocol_approved_callback = on_approved,
                        .gs_protocol_rejected_callback = on_rejected,
                        .gs_announcement_callback = say_announcement,
                },
        };

        return ha_gs_join(&token, &info);
}

static void propose(void) {
        char text[64];
        ha_gs_state_value_t state = { .gs_state = text };
        ha_gs_proposal_info_t info = {
                .gs_state_change_request = {
                        .gs_num_phases = HA_GS_N_PHASE,
                        .gs_time_limit = 10,
                        .gs_new_state = &state,
                },
        };
        ha_gs_rc_t rc;

        state.gs_length = snprintf(text, sizeof(text), "%d more from %d", changes - 1, instance);
        rc = ha_gs_change_state_value(token, &info);
        say("proposed: '%s', %s", text, name_of_rc(rc));
        proposed = true;
        if (rc == HA_GS_COLLIDE)
                on_collision();
}

/* From the connection to its loss, or until we are to stop. */
static void serve(ha_gs_descriptor_t descriptor) {
        ha_gs_rc_t rc;

        proposed = false;
        not_until = 0;
        rc = ha_gs_get_node_number(&node);
        if (rc == HA_GS_OK)
                rc = join();
        while (rc == HA_GS_OK && !sample_stop) {
                if (member && changes > 0 && !proposed && time(NULL) >= not_until)
                        propose();
                rc = sample_wait(descriptor, 1000);
        }

        if (rc == HA_GS_OK && member)
                say("goodbye: %s", name_of_rc(ha_gs_goodbye(token)));
        else if (rc != HA_GS_OK)
                say("lost: %s", name_of_rc(rc));
        member = false;
}

int main(int argc, char **argv) {
        ha_gs_descriptor_t descriptor;

        instance = argc > 2 ? number_of(argv[2], 32767) : -1;
        changes = argc > 3 ? number_of(argv[3], 1000000) : 0;
        if (argc < 3 || argc > 5 || instance < 0 || changes < 0) {
                (void) fprintf(stderr, "usage: sample_schg GROUP INSTANCE [CHANGES [SCRIPT]]\n");
                return EXIT_FAILURE;
        }
        group = argv[1];

        sample_start();
        while (!sample_stop && sample_connect(&descriptor, argc > 4 ? argv[4] : NULL, on_delayed_error))
                serve(descriptor);

        ha_gs_quit();
        return status;
}
