/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Guard: joins the group of state change clients, and expels those of them that do not respond any more.
 *
 *      sample_expel GROUP INSTANCE
 *
 * Stop a sample_schg with SIGSTOP, wait for its next responsiveness check, and see what becomes of it.
 */

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "sample_utility.h"

#define SILENT_MAX 16

static char *group;
static int instance, node;
static ha_gs_token_t token;

static ha_gs_provider_t silent[SILENT_MAX]; /* whom to expel */
static unsigned n_silent;
static time_t not_until; /* an expel is under way, or the group was busy */

static void note_silent(ha_gs_provider_t who) {
        if (n_silent < SILENT_MAX)
                silent[n_silent++] = who;
}

static void forget(ha_gs_provider_t who) {
        for (unsigned i = n_silent; i-- > 0;)
                if (silent[i].gs_provider_id == who.gs_provider_id)
                        silent[i] = silent[--n_silent];
}

static void on_announcement(const ha_gs_announcement_notification_t *n) {
        const ha_gs_membership_t *who = n->gs_announcement;

        say_announcement(n);
        for (unsigned i = 0; who && i < who->gs_count; i++) {
                if (n->gs_summary_code & HA_GS_RESPONSIVENESS_NO_RESPONSE)
                        note_silent(who->gs_providers[i]);
                if (n->gs_summary_code & HA_GS_RESPONSIVENESS_RESPONSE)
                        forget(who->gs_providers[i]);
        }
}

static void on_n_phase(const ha_gs_n_phase_notification_t *n) {
        ha_gs_vote_value_t vote = n->gs_proposal->gs_phase_info.gs_phase_number == 1 ? HA_GS_VOTE_CONTINUE
                                                                                     : HA_GS_VOTE_APPROVE;

        say_proposal("n-phase", n->gs_protocol_type, n->gs_summary_code, n->gs_proposal);
        (void) ha_gs_vote(n->gs_provider_token, vote, NULL, NULL, HA_GS_NULL_VOTE);
}

static void on_approved(const ha_gs_approved_notification_t *n) {
        const ha_gs_membership_t *who = n->gs_proposal->gs_changing_providers;

        say_proposal("approved", n->gs_protocol_type, n->gs_summary_code, n->gs_proposal);
        not_until = 0;
        if (n->gs_protocol_type != HA_GS_JOIN)
                for (unsigned i = 0; who && i < who->gs_count; i++)
                        forget(who->gs_providers[i]);
        if (n->gs_protocol_type != HA_GS_JOIN && is_in(who, instance, node))
                sample_stop = 1;
}

static void on_rejected(const ha_gs_rejected_notification_t *n) {
        say_proposal("rejected", n->gs_protocol_type, n->gs_summary_code, n->gs_proposal);
        not_until = 0;
        if (n->gs_protocol_type == HA_GS_JOIN &&
                        is_in(n->gs_proposal->gs_changing_providers, instance, node))
                sample_stop = 1;
}

static void on_delayed_error(const ha_gs_delayed_error_notification_t *n) {
        say("delayed error: %s, %s", name_of_protocol(n->gs_protocol_type),
                        name_of_rc(n->gs_delayed_return_code));
        if (n->gs_protocol_type == HA_GS_JOIN)
                sample_stop = 1;
}

/* With the attributes of sample_schg: they must be the same for all of a group. */
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
                        .gs_provider_local_name = (char *) "sample_expel",
                        .gs_n_phase_protocol_callback = on_n_phase,
                        .gs_protocol_approved_callback = on_approved,
                        .gs_protocol_rejected_callback = on_rejected,
                        .gs_announcement_callback = on_announcement,
                },
        };

        return ha_gs_join(&token, &info);
}

/* Their deactivate scripts start in phase 2, when all have seen who is to go. */
static void expel(void) {
        ha_gs_proposal_info_t info = {
                .gs_expel_request = {
                        .gs_num_phases = HA_GS_N_PHASE,
                        .gs_time_limit = 5,
                        .gs_expel_list = { .gs_count = n_silent, .gs_providers = silent },
                        .gs_deactivate_phase = 2,
                        .gs_deactivate_flag = (char *) "silent",
                },
        };

        say("expelling %u: %s", n_silent, name_of_rc(ha_gs_expel(token, &info)));
        not_until = time(NULL) + 2; /* COLLIDE, at once or delayed: again after that, or after an end */
}

static void serve(ha_gs_descriptor_t descriptor) {
        ha_gs_rc_t rc;

        n_silent = 0;
        not_until = 0;
        rc = ha_gs_get_node_number(&node);
        if (rc == HA_GS_OK)
                rc = join();
        while (rc == HA_GS_OK && !sample_stop) {
                if (n_silent > 0 && time(NULL) >= not_until)
                        expel();
                rc = sample_wait(descriptor, 1000);
        }
        if (rc != HA_GS_OK)
                say("lost: %s", name_of_rc(rc));
}

int main(int argc, char **argv) {
        ha_gs_descriptor_t descriptor;

        instance = argc == 3 ? number_of(argv[2], 32767) : -1;
        if (instance < 0) {
                (void) fprintf(stderr, "usage: sample_expel GROUP INSTANCE\n");
                return EXIT_FAILURE;
        }
        group = argv[1];

        sample_start();
        while (!sample_stop && sample_connect(&descriptor, NULL, on_delayed_error))
                serve(descriptor);
        ha_gs_quit();
        return EXIT_SUCCESS;
}
