/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hagsvote: who is waited for, after the layout of PSSP (pssp-facts.md section 5). */

#include <inttypes.h>

#include "diag/json.h"
#include "diag/programs.h"
#include "diag/tally.h"
#include "diag/text.h"
#include "util/clock.h"

/* ---- text ---- */

static void put_voter(TextList *list, const ReportProvider *p, bool with_process) {
        if (with_process && p->pid > 0)
                text_list_put(list, "[%u/%u PID %d]", (unsigned) p->name.instance, (unsigned) p->name.node,
                                (int) p->pid);
        else
                text_list_put_provider(list, p->name);
}

static void print_targets(FILE *to, const Answer *a, const AnswerGroup *g) {
        const ReportProvider *providers = answer_providers(a, g);
        TextList list = { .to = to, .title = "It would remove:", .indent = 4 };

        for (uint32_t i = 0; i < g->n_providers; i++)
                if (providers[i].target)
                        text_list_put_provider(&list, providers[i].name);
        text_list_end(&list);
}

/* One line of all in that state; nothing if there are none. */
static void print_voters(FILE *to, const Answer *a, const AnswerGroup *g, const char *title,
                ReportBallot ballot, GsVote vote, bool with_process) {
        const ReportProvider *providers = answer_providers(a, g);
        TextList list = { .to = to, .title = title, .indent = 4 };

        for (uint32_t i = 0; i < g->n_providers; i++)
                if (providers[i].ballot == ballot &&
                                (ballot != REPORT_BALLOT_VOTED || providers[i].vote == vote))
                        put_voter(&list, &providers[i], with_process);
        text_list_end(&list);
}

static void print_phase(FILE *to, const ReportProtocol *p) {
        uint64_t limit = p->limit * USEC_PER_SEC;

        (void) fprintf(to, "GL in phase [%" PRIu32 "] of n-phase protocol of type [", p->phase);
        text_put_request(to, p->request);
        (void) fputs("].\n", to);

        if (p->proposed_by.instance == 0 && p->proposed_by.node == 0)
                (void) fputs("Proposed by Group Services. The phase began (", to);
        else
                (void) fprintf(to, "Proposed by [%u/%u]. The phase began (",
                                (unsigned) p->proposed_by.instance, (unsigned) p->proposed_by.node);
        text_put_span(to, p->age);
        if (limit == 0)
                (void) fputs(") ago and has no time limit.\n", to);
        else {
                (void) fprintf(to, ") ago, its time limit of %u s %s (", (unsigned) p->limit,
                                p->age < limit ? "ends in" : "ended");
                text_put_span(to, p->age < limit ? limit - p->age : p->age - limit);
                (void) fputs(p->age < limit ? ").\n" : ") ago.\n", to);
        }
}

static void print_counts(FILE *to, const char *title, Tally t) {
        (void) fprintf(to,
                        "%s\nNumber of providers: %" PRIu32 "\nNumber of providers not yet voted: %" PRIu32
                        "\n",
                        title, t.roll, t.waiting + t.scripts);
}

static void print_table(FILE *to, const Answer *a, const AnswerGroup *g) {
        const ReportProvider *providers = answer_providers(a, g);

        (void) fputs("ProviderId         PID  Voted?  Failed?  Vote\n", to);
        for (uint32_t i = 0; i < g->n_providers; i++) {
                const ReportProvider *p = &providers[i];
                char name[16], pid[16] = "-";

                if (p->ballot == REPORT_BALLOT_NONE)
                        continue;
                (void) snprintf(name, sizeof(name), "[%u/%u]", (unsigned) p->name.instance,
                                (unsigned) p->name.node);
                if (p->pid > 0)
                        (void) snprintf(pid, sizeof(pid), "%d", (int) p->pid);
                (void) fprintf(to, "%-12s %9s  %-6s  %-7s  %s\n", name, pid,
                                p->ballot == REPORT_BALLOT_VOTED ? "Yes" : "No",
                                p->ballot == REPORT_BALLOT_FAILED ? "Yes" : "No",
                                p->ballot == REPORT_BALLOT_VOTED    ? gs_vote_to_string(p->vote)
                                : p->ballot == REPORT_BALLOT_SCRIPT ? "its deactivate script runs"
                                : p->ballot == REPORT_BALLOT_FAILED ? "the default vote"
                                                                    : "-");
        }
}

static void print_votes(FILE *to, const Answer *a, const AnswerGroup *g, bool longer) {
        const ReportProtocol *p = &g->group.protocol;

        print_phase(to, p);
        print_targets(to, a, g);
        if (p->proposed_state.size > 0) {
                (void) fputs("Proposed state value: [", to);
                text_put_bytes(to, p->proposed_state.data, p->proposed_state.size);
                (void) fputs("]\n", to);
        }
        print_counts(to, "Local voting data:", tally(a, g, a->domain.self.number));
        print_counts(to, "Global voting data:", tally(a, g, -1));
        (void) fprintf(to, "Default vote: [%s]\n", gs_vote_to_string(p->default_vote));
        if (longer) {
                print_table(to, a, g);
                return;
        }
        print_voters(to, a, g, "Voted approve:", REPORT_BALLOT_VOTED, GS_VOTE_APPROVE, false);
        print_voters(to, a, g, "Voted continue:", REPORT_BALLOT_VOTED, GS_VOTE_CONTINUE, false);
        print_voters(to, a, g, "Voted reject:", REPORT_BALLOT_VOTED, GS_VOTE_REJECT, false);
        print_voters(to, a, g, "Failed:", REPORT_BALLOT_FAILED, GS_VOTE_NULL, false);
        print_voters(to, a, g, "Deactivate script runs:", REPORT_BALLOT_SCRIPT, GS_VOTE_NULL, true);
        print_voters(to, a, g, "Not yet voted:", REPORT_BALLOT_WAITING, GS_VOTE_NULL, true);
}

/* PSSP's group leader ran the protocol. Here nobody does; the node of the senior provider is shown. */
static void print_group(FILE *to, const Answer *a, const AnswerGroup *g, bool longer) {
        const ReportProvider *providers = answer_providers(a, g);

        (void) fputs("Group name [", to);
        text_put_string(to, g->group.attributes.group);
        if (providers)
                (void) fprintf(to, "] GL node [%u] voting data:\n", (unsigned) providers[0].name.node);
        else
                (void) fputs("] GL node [Unknown] voting data:\n", to);
        if (g->group.running)
                print_votes(to, a, g, longer);
        else
                (void) fputs("No protocol is currently executing in the group.\n", to);
}

/* System groups are neither counted nor shown: nobody votes in them. */
static int print_all(FILE *to, const Answer *a, const CommandLine *l) {
        bool any = false;

        (void) fprintf(to, "Number of groups: %" PRIu32 "\n", a->domain.n_groups);
        for (uint32_t i = 0; i < a->n_groups; i++)
                if (!a->groups[i].group.system || l->group) {
                        print_group(to, a, &a->groups[i], l->longer);
                        any = true;
                }
        if (!any)
                (void) fputs("No protocol is currently executing in any group.\n", to);
        return 0;
}

/* ---- JSON ---- */

static void fill_votes(json_t **object, const Answer *a, _unused_ const CommandLine *l) {
        json_t *groups = json_array();

        for (uint32_t i = 0; i < a->n_groups; i++)
                if (a->groups[i].group.running)
                        json_add(&groups, json_group(a, &a->groups[i]));
        json_put(object, "groups", groups);
}

const Program program_hagsvote = {
        .name = "hagsvote",
        .purpose = "Show the protocols that run in a partition: who has voted what, and who is waited for.",
        .features = PROGRAM_HAS_GROUP | PROGRAM_OF_VOTES,
        .parts = REPORT_GROUPS | REPORT_PROVIDERS,
        .print = print_all,
        .fill_json = fill_votes,
};
