/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A client of Group Services that does what it reads, a line a command, and prints what comes of it: for
 * tests that look at Group Services from outside while something is in a certain state.
 *
 *      join GROUP INSTANCE PHASES LIMIT    PHASES: 1 or n, of joins and failure leaves
 *      many PREFIX N                       join N groups: PREFIX0, PREFIX1 and so on
 *      subscribe GROUP
 *      state GROUP PHASES LIMIT VALUE      propose a state value
 *      expel GROUP INSTANCE                in n phases
 *      vote GROUP VALUE                    approve, continue or reject
 *      goodbye GROUP
 *
 * It ends with its input.
 */

#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <ha_gs.h>

#define GROUPS_MAX 16384

/* Every token, and the group that it is of. */
typedef struct Place {
        ha_gs_token_t token;
        char group[40];
} Place;

static Place places[GROUPS_MAX];
static unsigned n_places;
static ha_gs_descriptor_t descriptor;
static bool quiet; /* too many joins to be told one by one */
static unsigned n_joined;

__attribute__((format(printf, 1, 2))) static void say(const char *format, ...) {
        va_list arguments;

        va_start(arguments, format);
        (void) vprintf(format, arguments);
        va_end(arguments);
        (void) putchar('\n');
        (void) fflush(stdout);
}

static ha_gs_token_t token_of(const char *group) {
        for (unsigned i = n_places; i > 0; i--)
                if (strcmp(places[i - 1].group, group) == 0)
                        return places[i - 1].token;
        return 0;
}

static const char *group_of(ha_gs_token_t token) {
        for (unsigned i = 0; i < n_places; i++)
                if (places[i].token == token)
                        return places[i].group;
        return "?";
}

static void remember(ha_gs_token_t token, const char *group) {
        if (n_places == GROUPS_MAX)
                exit(EXIT_FAILURE);
        places[n_places].token = token;
        (void) snprintf(places[n_places++].group, sizeof(places->group), "%s", group);
}

/* ---- what it hears ---- */

static void on_n_phase(const ha_gs_n_phase_notification_t *n) {
        say("phase %d of %s", n->gs_proposal->gs_phase_info.gs_phase_number, group_of(n->gs_provider_token));
}

static void on_approved(const ha_gs_approved_notification_t *n) {
        n_joined++;
        if (!quiet)
                say("approved in %s", group_of(n->gs_provider_token));
}

static void on_rejected(const ha_gs_rejected_notification_t *n) {
        say("rejected in %s", group_of(n->gs_provider_token));
}

static void on_announcement(const ha_gs_announcement_notification_t *n) {
        say("announced in %s", group_of(n->gs_provider_token));
}

static void on_subscription(const ha_gs_subscription_notification_t *n) {
        say("told of %s", group_of(n->gs_subscriber_token));
}

static void on_error(const ha_gs_delayed_error_notification_t *n) {
        say("error %d", (int) n->gs_delayed_return_code);
}

/* ---- what it does ---- */

static ha_gs_num_phases_t phases_of(const char *word) {
        return strcmp(word, "n") == 0 ? HA_GS_N_PHASE : HA_GS_1_PHASE;
}

static ha_gs_rc_t join(char *group, int instance, const char *phases, int limit) {
        ha_gs_group_attributes_t attributes = {
                .gs_version = 1,
                .gs_sizeof_group_attributes = sizeof(attributes),
                .gs_client_version = 1,
                .gs_num_phases = phases_of(phases),
                .gs_source_reflection_num_phases = HA_GS_1_PHASE,
                .gs_group_default_vote = HA_GS_VOTE_APPROVE,
                .gs_merge_control = HA_GS_DISSOLVE_MERGE,
                .gs_time_limit = (ha_gs_time_limit_t) limit,
                .gs_group_name = group,
        };
        ha_gs_proposal_info_t info = {
                .gs_join_request = { .gs_group_attributes = &attributes,
                                .gs_provider_instance = (short) instance,
                                .gs_n_phase_protocol_callback = on_n_phase,
                                .gs_protocol_approved_callback = on_approved,
                                .gs_protocol_rejected_callback = on_rejected,
                                .gs_announcement_callback = on_announcement },
        };
        ha_gs_token_t token;
        ha_gs_rc_t rc = ha_gs_join(&token, &info);

        if (rc == HA_GS_OK)
                remember(token, group);
        return rc;
}

static ha_gs_rc_t join_many(const char *prefix, unsigned n) {
        ha_gs_rc_t rc = HA_GS_OK;

        quiet = true;
        n_joined = 0;
        for (unsigned i = 0; i < n && rc == HA_GS_OK; i++) {
                char group[40];

                (void) snprintf(group, sizeof(group), "%s%u", prefix, i);
                rc = join(group, 1, "1", 0);
                if (rc == HA_GS_OK)
                        rc = ha_gs_dispatch(HA_GS_NON_BLOCKING);
        }
        while (rc == HA_GS_OK && n_joined < n)
                if (poll(&(struct pollfd){ .fd = descriptor, .events = POLLIN }, 1, -1) > 0)
                        rc = ha_gs_dispatch(HA_GS_NON_BLOCKING);
        quiet = false;
        say("joined %u", n_joined);
        return rc;
}

static ha_gs_rc_t subscribe(char *group) {
        ha_gs_proposal_info_t info = {
                .gs_subscribe_request = { .gs_subscription_control = HA_GS_SUBSCRIBE_STATE,
                                .gs_subscription_group = group,
                                .gs_subscription_callback = on_subscription },
        };
        ha_gs_token_t token;
        ha_gs_rc_t rc = ha_gs_subscribe(&token, &info);

        if (rc == HA_GS_OK)
                remember(token, group);
        return rc;
}

static ha_gs_rc_t change_state(const char *group, const char *phases, int limit, char *value) {
        ha_gs_state_value_t state = { .gs_length = (int) strlen(value), .gs_state = value };
        ha_gs_proposal_info_t info = {
                .gs_state_change_request = { .gs_num_phases = phases_of(phases),
                                .gs_time_limit = (ha_gs_time_limit_t) limit,
                                .gs_new_state = &state },
        };

        return ha_gs_change_state_value(token_of(group), &info);
}

static ha_gs_rc_t expel(const char *group, int instance) {
        ha_gs_provider_t target = { .gs_instance_number = (short) instance };
        ha_gs_proposal_info_t info = {
                .gs_expel_request = { .gs_num_phases = HA_GS_N_PHASE,
                                .gs_expel_list = { .gs_count = 1, .gs_providers = &target } },
        };
        int node = 0;

        (void) ha_gs_get_node_number(&node);
        target.gs_node_number = (short) node;
        return ha_gs_expel(token_of(group), &info);
}

static ha_gs_rc_t vote(const char *group, const char *value) {
        return ha_gs_vote(token_of(group),
                        strcmp(value, "approve") == 0    ? HA_GS_VOTE_APPROVE
                        : strcmp(value, "continue") == 0 ? HA_GS_VOTE_CONTINUE
                                                         : HA_GS_VOTE_REJECT,
                        NULL, NULL, HA_GS_NULL_VOTE);
}

static ha_gs_rc_t obey(char *line) {
        char none[] = "", *words[6] = { none, none, none, none, none, none };
        unsigned n = 0;

        for (char *word = strtok(line, " \n"); word && n < 6; word = strtok(NULL, " \n"))
                words[n++] = word;

        if (strcmp(words[0], "join") == 0)
                return join(words[1], atoi(words[2]), words[3], atoi(words[4]));
        if (strcmp(words[0], "many") == 0)
                return join_many(words[1], (unsigned) atoi(words[2]));
        if (strcmp(words[0], "subscribe") == 0)
                return subscribe(words[1]);
        if (strcmp(words[0], "state") == 0)
                return change_state(words[1], words[2], atoi(words[3]), words[4]);
        if (strcmp(words[0], "expel") == 0)
                return expel(words[1], atoi(words[2]));
        if (strcmp(words[0], "vote") == 0)
                return vote(words[1], words[2]);
        if (strcmp(words[0], "goodbye") == 0)
                return ha_gs_goodbye(token_of(words[1]));
        return HA_GS_BAD_PARAMETER;
}

int main(void) {
        struct pollfd fds[2] = { { .fd = STDIN_FILENO, .events = POLLIN }, { .events = POLLIN } };
        char line[512];
        ha_gs_rc_t rc;

        (void) setvbuf(stdin, NULL, _IONBF, 0); /* so that poll() sees what is left */
        rc = ha_gs_init(&descriptor, HA_GS_SOCKET_NO_SIGNAL, NULL, NULL, NULL, on_error, NULL);
        if (rc != HA_GS_OK) {
                say("no connection: %d", (int) rc);
                return EXIT_FAILURE;
        }
        say("connected");

        fds[1].fd = descriptor;
        while (poll(fds, 2, -1) > 0) {
                if (fds[1].revents && ha_gs_dispatch(HA_GS_NON_BLOCKING) != HA_GS_OK) {
                        say("lost");
                        return EXIT_FAILURE;
                }
                if (!fds[0].revents)
                        continue;
                if (!fgets(line, sizeof(line), stdin))
                        break;
                rc = obey(line);
                if (rc != HA_GS_OK)
                        say("refused: %d", (int) rc);
        }
        ha_gs_quit();
        return EXIT_SUCCESS;
}
