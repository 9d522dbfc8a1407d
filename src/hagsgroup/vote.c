/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How join votes: see vote.h. */

#include "hagsgroup/vote.h"

#include <sys/wait.h>

#include "hagsgroup/event.h"
#include "hagsgroup/member.h"
#include "hagsgroup/shell.h"
#include "hagsgroup/text.h"

#define EXIT_CONTINUE 75 /* EX_TEMPFAIL: ask me again */

static struct {
        pid_t pid; /* 0: no command runs */
        ha_gs_token_t token;
} command;

static void cast(ha_gs_token_t token, ha_gs_vote_value_t value) {
        (void) ha_gs_vote(token, value, NULL, NULL, HA_GS_NULL_VOTE);
}

static int set_number(char ***environment, const char *name, int number) {
        char text[16];

        (void) snprintf(text, sizeof(text), "%d", number);
        return shell_set(environment, name, text);
}

/* What only a vote has; the rest is as for events. */
static int set_phase(char ***environment, const ha_gs_n_phase_notification_t *n) {
        const ha_gs_state_value_t *proposed = n->gs_proposal->gs_proposed_state_value;
        int r;

        r = shell_set(environment, "HAGS_PROTOCOL", text_protocol(n->gs_protocol_type));
        if (r == 0)
                r = set_number(environment, "HAGS_PHASE", n->gs_proposal->gs_phase_info.gs_phase_number);
        if (r == 0)
                r = set_number(environment, "HAGS_TIME_LIMIT", n->gs_time_limit);
        if (r == 0)
                r = shell_set_bytes(environment, "HAGS_PROPOSED_STATE", proposed ? proposed->gs_state : NULL,
                                proposed ? (size_t) proposed->gs_length : 0);
        return r;
}

static int ask(const Options *o, const char *group, const ha_gs_n_phase_notification_t *n) {
        const ha_gs_proposal_t *p = n->gs_proposal;
        _cleanup_(strings_freep) char **environment = NULL;
        Event event = {
                .name = "vote",
                .by = member_proposer(n->gs_protocol_type, p),
                .changed = p->gs_changing_providers,
                .state = p->gs_current_state_value,
                .message = p->gs_provider_message,
                .members = p->gs_current_providers,
        };
        int r;

        r = event_set(&environment, group, &event);
        if (r == 0)
                r = set_phase(&environment, n);
        if (r == 0)
                r = command.pid = shell_start(o->vote_exec, environment, follow_mask());
        return r < 0 ? r : 0;
}

int vote(const Options *o, const char *group, const ha_gs_n_phase_notification_t *n) {
        bool own = n->gs_protocol_type == HA_GS_JOIN &&
                   client_is_in(n->gs_proposal->gs_changing_providers, member_instance());

        vote_forget();
        command.token = n->gs_provider_token;
        if (o->vote == VOTE_EXEC && !own)
                return ask(o, group, n);
        cast(n->gs_provider_token, o->vote == VOTE_REJECT && !own ? HA_GS_VOTE_REJECT : HA_GS_VOTE_APPROVE);
        return 0;
}

void vote_forget(void) {
        if (command.pid > 0)
                (void) kill(command.pid, SIGTERM);
        command.pid = 0;
}

void vote_reaped(pid_t pid, int wait_status) {
        int status = WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : -1;

        if (pid != command.pid)
                return;
        command.pid = 0;
        cast(command.token, status == 0               ? HA_GS_VOTE_APPROVE
                            : status == EXIT_CONTINUE ? HA_GS_VOTE_CONTINUE
                                                      : HA_GS_VOTE_REJECT);
}
