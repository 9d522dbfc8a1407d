/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the sample programs have in common: see sample_utility.h. */

#include "sample_utility.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <time.h>

volatile sig_atomic_t sample_stop;

static void on_signal(int number) {
        (void) number;
        sample_stop = 1;
}

void sample_start(void) {
        struct sigaction action;

        /* Without SA_RESTART: select() is to return when the signal comes. */
        memset(&action, 0, sizeof(action));
        action.sa_handler = on_signal;
        (void) sigaction(SIGINT, &action, NULL);
        (void) sigaction(SIGTERM, &action, NULL);
        (void) setvbuf(stdout, NULL, _IOLBF, 0);
}

void say(const char *format, ...) {
        va_list arguments;

        va_start(arguments, format);
        (void) vprintf(format, arguments);
        va_end(arguments);
        (void) putchar('\n');
}

/* ---- the connection ---- */

/* That it was called is the answer: whoever dispatches is alive. */
static ha_gs_callback_rc_t on_ping(const ha_gs_responsiveness_notification_t *n) {
        (void) n;
        return HA_GS_CALLBACK_OK;
}

bool sample_connect(ha_gs_descriptor_t *ret, const char *script, ha_gs_delayed_error_cb_t *on_error) {
        const struct timespec pause = { .tv_nsec = 300 * 1000 * 1000 };
        const ha_gs_responsiveness_t responsiveness = {
                .gs_responsiveness_type = HA_GS_PING_RESPONSIVENESS,
                .gs_responsiveness_interval = 3,
                .gs_responsiveness_response_time_limit = 2,
        };
        ha_gs_rc_t rc, before = HA_GS_OK;

        while (!sample_stop) {
                rc = ha_gs_init(ret, HA_GS_SOCKET_NO_SIGNAL, &responsiveness, script, on_ping, on_error,
                                NULL);
                if (rc == HA_GS_OK) {
                        say("connected");
                        return true;
                }
                if (rc != before)
                        say("cannot connect: %s; trying again", name_of_rc(rc));
                before = rc;
                (void) nanosleep(&pause, NULL);
        }
        return false;
}

ha_gs_rc_t sample_wait(ha_gs_descriptor_t descriptor, int milliseconds) {
        struct timeval limit = {
                .tv_sec = milliseconds / 1000,
                .tv_usec = milliseconds % 1000 * 1000,
        };
        fd_set readable;

        FD_ZERO(&readable);
        FD_SET(descriptor, &readable);
        if (select(descriptor + 1, &readable, NULL, NULL, &limit) < 0 && errno != EINTR)
                return HA_GS_NOT_OK;
        return ha_gs_dispatch(HA_GS_NON_BLOCKING);
}

/* ---- words and lines ---- */

int number_of(const char *text, int limit) {
        char *end;
        long number = strtol(text, &end, 10);

        return end == text || *end || number < 0 || number > limit ? -1 : (int) number;
}

const char *name_of_rc(ha_gs_rc_t rc) {
        static const char *const names[] = {
                [HA_GS_OK] = "HA_GS_OK",
                [HA_GS_NOT_OK] = "HA_GS_NOT_OK",
                [HA_GS_EXISTS] = "HA_GS_EXISTS",
                [HA_GS_NO_INIT] = "HA_GS_NO_INIT",
                [HA_GS_NAME_TOO_LONG] = "HA_GS_NAME_TOO_LONG",
                [HA_GS_NO_MEMORY] = "HA_GS_NO_MEMORY",
                [HA_GS_NOT_A_MEMBER] = "HA_GS_NOT_A_MEMBER",
                [HA_GS_BAD_CLIENT_TOKEN] = "HA_GS_BAD_CLIENT_TOKEN",
                [HA_GS_BAD_MEMBER_TOKEN] = "HA_GS_BAD_MEMBER_TOKEN",
                [HA_GS_BAD_PARAMETER] = "HA_GS_BAD_PARAMETER",
                [HA_GS_UNKNOWN_GROUP] = "HA_GS_UNKNOWN_GROUP",
                [HA_GS_INVALID_GROUP] = "HA_GS_INVALID_GROUP",
                [HA_GS_NO_SOURCE_GROUP_PROVIDER] = "HA_GS_NO_SOURCE_GROUP_PROVIDER",
                [HA_GS_BAD_GROUP_ATTRIBUTES] = "HA_GS_BAD_GROUP_ATTRIBUTES",
                [HA_GS_WRONG_OLD_STATE] = "HA_GS_WRONG_OLD_STATE",
                [HA_GS_DUPLICATE_INSTANCE_NUMBER] = "HA_GS_DUPLICATE_INSTANCE_NUMBER",
                [HA_GS_COLLIDE] = "HA_GS_COLLIDE",
                [HA_GS_SOCK_CREATE_FAILED] = "HA_GS_SOCK_CREATE_FAILED",
                [HA_GS_SOCK_INIT_FAILED] = "HA_GS_SOCK_INIT_FAILED",
                [HA_GS_CONNECT_FAILED] = "HA_GS_CONNECT_FAILED",
                [HA_GS_VOTE_NOT_EXPECTED] = "HA_GS_VOTE_NOT_EXPECTED",
                [HA_GS_NOT_SUPPORTED] = "HA_GS_NOT_SUPPORTED",
                [HA_GS_INVALID_SOURCE_GROUP] = "HA_GS_INVALID_SOURCE_GROUP",
                [HA_GS_UNKNOWN_PROVIDER] = "HA_GS_UNKNOWN_PROVIDER",
                [HA_GS_INVALID_DEACTIVATE_PHASE] = "HA_GS_INVALID_DEACTIVATE_PHASE",
                [HA_GS_PROVIDER_APPEARS_TWICE] = "HA_GS_PROVIDER_APPEARS_TWICE",
                [HA_GS_BACKLEVEL_PROVIDERS] = "HA_GS_BACKLEVEL_PROVIDERS",
        };

        return (size_t) rc < sizeof(names) / sizeof(*names) ? names[rc] : "unknown code";
}

const char *name_of_protocol(ha_gs_request_t protocol) {
        switch (protocol) {
        case HA_GS_JOIN:
                return "join";
        case HA_GS_FAILURE_LEAVE:
                return "failure leave";
        case HA_GS_LEAVE:
                return "leave";
        case HA_GS_EXPEL:
                return "expel";
        case HA_GS_STATE_VALUE_CHANGE:
                return "state change";
        case HA_GS_PROVIDER_MESSAGE:
                return "message";
        case HA_GS_CAST_OUT:
                return "cast-out";
        case HA_GS_SOURCE_STATE_REFLECTION:
                return "reflection";
        case HA_GS_SUBSCRIPTION:
                return "subscription";
        case HA_GS_GROUP_ATTRIBUTE_CHANGE:
                return "attribute change";
        default:
                return "unknown protocol";
        }
}

const char *name_of_vote(ha_gs_vote_value_t vote) {
        return vote == HA_GS_VOTE_APPROVE ? "approve" : vote == HA_GS_VOTE_CONTINUE ? "continue" : "reject";
}

bool is_in(const ha_gs_membership_t *list, int instance, int node) {
        for (unsigned i = 0; list && i < list->gs_count; i++)
                if (list->gs_providers[i].gs_instance_number == instance &&
                                list->gs_providers[i].gs_node_number == node)
                        return true;
        return false;
}

const char *list_text(const char *label, const ha_gs_membership_t *list, char *buffer, size_t size) {
        size_t used = 0;

        buffer[0] = 0;
        if (!list)
                return buffer;

        used = (size_t) snprintf(buffer, size, " %s:", label);
        for (unsigned i = 0; i < list->gs_count && used < size; i++)
                used += (size_t) snprintf(buffer + used, size - used, " %d/%d",
                                list->gs_providers[i].gs_instance_number,
                                list->gs_providers[i].gs_node_number);
        return buffer;
}

const char *state_text(const char *label, const ha_gs_state_value_t *state, char *buffer, size_t size) {
        size_t used;

        buffer[0] = 0;
        if (!state)
                return buffer;

        used = (size_t) snprintf(buffer, size, " %s: '", label);
        for (int i = 0; i < state->gs_length && used + 2 < size; i++)
                buffer[used++] = isprint((unsigned char) state->gs_state[i]) ? state->gs_state[i] : '.';
        buffer[used++] = '\'';
        buffer[used] = 0;
        return buffer;
}

void say_proposal(const char *what, ha_gs_request_t protocol, ha_gs_summary_code_t summary,
                const ha_gs_proposal_t *p) {
        char members[512], changing[512], state[300], proposed[300];

        say("%s: %s, phase %d, summary 0x%x;%s%s%s%s", what, name_of_protocol(protocol),
                        p->gs_phase_info.gs_phase_number, summary,
                        list_text("members", p->gs_current_providers, members, sizeof(members)),
                        list_text("changing", p->gs_changing_providers, changing, sizeof(changing)),
                        state_text("state", p->gs_current_state_value, state, sizeof(state)),
                        state_text("proposed", p->gs_proposed_state_value, proposed, sizeof(proposed)));
}

void say_announcement(const ha_gs_announcement_notification_t *n) {
        char providers[512];

        say("announcement: summary 0x%x;%s", n->gs_summary_code,
                        list_text("about", n->gs_announcement, providers, sizeof(providers)));
}
