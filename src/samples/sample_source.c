/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Source group: each line of standard input becomes the state value of the group, and sample_target sees it.
 *
 *      sample_source GROUP INSTANCE
 *
 * Everything is one-phase here: nobody votes. At the end of the input it leaves the group, and all targets
 * on this node have to go.
 */

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sample_utility.h"

typedef enum Stage { STAGE_JOINING, STAGE_IDLE, STAGE_CHANGING, STAGE_LEAVING, STAGE_OUT } Stage;

static char *group;
static int instance, node;
static ha_gs_token_t token;
static Stage stage;
static char line[257]; /* of the input, until it is the state; empty: read the next one */
static bool ended;     /* so is the input */
static int status = EXIT_SUCCESS;

/* Of our own proposals there is one at a time, so that we know which one has ended. */
static void on_approved(const ha_gs_approved_notification_t *n) {
        const ha_gs_proposal_t *p = n->gs_proposal;

        say_proposal("approved", n->gs_protocol_type, n->gs_summary_code, p);
        if (is_in(p->gs_changing_providers, instance, node))
                stage = n->gs_protocol_type == HA_GS_JOIN ? STAGE_IDLE : STAGE_OUT;
        else if (p->gs_proposed_by.gs_instance_number == instance &&
                        p->gs_proposed_by.gs_node_number == node) {
                line[0] = 0;
                stage = STAGE_IDLE;
        }
}

/* Must be there, but with one phase only nothing is ever voted on. */
static void on_n_phase(const ha_gs_n_phase_notification_t *n) {
        (void) ha_gs_vote(n->gs_provider_token, HA_GS_VOTE_APPROVE, NULL, NULL, HA_GS_NULL_VOTE);
}

static void on_rejected(const ha_gs_rejected_notification_t *n) {
        say_proposal("rejected", n->gs_protocol_type, n->gs_summary_code, n->gs_proposal);
        stage = stage == STAGE_JOINING ? STAGE_OUT : STAGE_IDLE;
}

static void on_delayed_error(const ha_gs_delayed_error_notification_t *n) {
        say("delayed error: %s, %s", name_of_protocol(n->gs_protocol_type),
                        name_of_rc(n->gs_delayed_return_code));
        if (stage == STAGE_JOINING)
                status = EXIT_FAILURE;
        stage = stage == STAGE_JOINING ? STAGE_OUT : STAGE_IDLE;
}

static ha_gs_rc_t join(void) {
        ha_gs_group_attributes_t attributes = {
                .gs_version = 1,
                .gs_sizeof_group_attributes = sizeof(attributes),
                .gs_client_version = 1,
                .gs_batch_control = HA_GS_BATCH_BOTH,
                .gs_num_phases = HA_GS_1_PHASE,
                .gs_source_reflection_num_phases = HA_GS_1_PHASE,
                .gs_group_default_vote = HA_GS_VOTE_APPROVE,
                .gs_merge_control = HA_GS_DISSOLVE_MERGE,
                .gs_group_name = group,
        };
        ha_gs_proposal_info_t info = {
                .gs_join_request = {
                        .gs_group_attributes = &attributes,
                        .gs_provider_instance = (short) instance,
                        .gs_provider_local_name = (char *) "sample_source",
                        .gs_n_phase_protocol_callback = on_n_phase,
                        .gs_protocol_approved_callback = on_approved,
                        .gs_protocol_rejected_callback = on_rejected,
                        .gs_announcement_callback = say_announcement,
                },
        };

        stage = STAGE_JOINING;
        return ha_gs_join(&token, &info);
}

static ha_gs_rc_t leave(void) {
        ha_gs_proposal_info_t info = { .gs_leave_request = { .gs_num_phases = HA_GS_1_PHASE } };

        stage = STAGE_LEAVING;
        return ha_gs_leave(token, &info);
}

static ha_gs_rc_t change_state(void) {
        ha_gs_state_value_t state = { .gs_length = (int) strlen(line), .gs_state = line };
        ha_gs_proposal_info_t info = {
                .gs_state_change_request = { .gs_num_phases = HA_GS_1_PHASE, .gs_new_state = &state },
        };

        stage = STAGE_CHANGING;
        return ha_gs_change_state_value(token, &info);
}

/* Two descriptors in one loop. The input is looked at only when the group is done with the line before. */
static ha_gs_rc_t turn(ha_gs_descriptor_t descriptor) {
        bool again = stage == STAGE_IDLE && (ended || line[0]);
        struct pollfd fds[] = {
                { .fd = descriptor, .events = POLLIN },
                { .fd = stage == STAGE_IDLE && !again ? fileno(stdin) : -1, .events = POLLIN },
        };
        ha_gs_rc_t rc;

        if (poll(fds, 2, again ? 1000 : -1) < 0)
                return errno == EINTR ? HA_GS_OK : HA_GS_NOT_OK;
        rc = ha_gs_dispatch(HA_GS_NON_BLOCKING);
        if (rc != HA_GS_OK || stage != STAGE_IDLE || (!again && !fds[1].revents))
                return rc;

        if (!again) {
                ended = !fgets(line, sizeof(line), stdin);
                line[strcspn(line, "\n")] = 0;
        }
        if (line[0] || ended)
                rc = line[0] ? change_state() : leave();
        if (rc == HA_GS_COLLIDE) {
                stage = STAGE_IDLE;
                rc = HA_GS_OK;
        }
        return rc;
}

int main(int argc, char **argv) {
        ha_gs_descriptor_t descriptor;
        ha_gs_rc_t rc;

        instance = argc == 3 ? number_of(argv[2], 32767) : -1;
        if (instance < 0) {
                (void) fprintf(stderr, "usage: sample_source GROUP INSTANCE\n");
                return EXIT_FAILURE;
        }
        group = argv[1];

        sample_start();
        /* What stdio has read ahead, poll() would not see. */
        (void) setvbuf(stdin, NULL, _IONBF, 0);
        while (stage != STAGE_OUT && !sample_stop && sample_connect(&descriptor, NULL, on_delayed_error)) {
                rc = ha_gs_get_node_number(&node);
                if (rc == HA_GS_OK)
                        rc = join();
                while (rc == HA_GS_OK && stage != STAGE_OUT && !sample_stop)
                        rc = turn(descriptor);
                if (rc != HA_GS_OK)
                        say("lost: %s", name_of_rc(rc));
        }
        ha_gs_quit();
        return status;
}
