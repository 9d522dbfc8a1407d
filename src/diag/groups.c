/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hagsgr: groups, their providers by seniority, and their state values. */

#include <inttypes.h>

#include "diag/json.h"
#include "diag/programs.h"
#include "diag/tally.h"
#include "diag/text.h"
#include "util/clock.h"

#define INDENT "    "

/* ---- text ---- */

/* One line of those who have that role; nothing if there are none. */
static void print_role(FILE *to, const Answer *a, const AnswerGroup *g, const char *title, uint32_t first,
                uint32_t n) {
        const ReportProvider *providers = answer_providers(a, g);
        TextList list = { .to = to, .title = title, .indent = 8 };

        for (uint32_t i = 0; i < n && first + i < g->n_providers; i++)
                text_list_put_provider(&list, providers[first + i].name);
        text_list_end(&list);
}

static void print_state(FILE *to, const ReportGroup *g) {
        if (g->state.size == 0) {
                (void) fputs(INDENT "State value: none\n", to);
                return;
        }
        (void) fprintf(to, INDENT "State value of %" PRIu32 " byte%s: [", g->state.size,
                        g->state.size == 1 ? "" : "s");
        text_put_bytes(to, g->state.data, g->state.size);
        (void) fputs("]\n", to);
}

static void print_protocol(FILE *to, const Answer *a, const AnswerGroup *g) {
        const ReportProtocol *p = &g->group.protocol;
        uint64_t limit = p->limit * USEC_PER_SEC;
        Tally t = tally(a, g, -1);

        (void) fputs(INDENT "N-phase protocol of type [", to);
        text_put_request(to, p->request);
        (void) fprintf(to, "] in phase [%" PRIu32 "] since (", p->phase);
        text_put_span(to, p->age);
        (void) fprintf(to, "): %" PRIu32 " of %" PRIu32 " have voted", t.voted, t.roll);
        if (limit > 0) {
                (void) fputs(", the limit ends in (", to);
                text_put_span(to, p->age < limit ? limit - p->age : 0);
                (void) fputc(')', to);
        }
        (void) fputc('\n', to);
}

static void put_reason(void *userdata, const char *word) {
        (void) fprintf(userdata, ", %s", word);
}

static void print_provider(FILE *to, const ReportProvider *p, const char *role) {
        (void) fprintf(to,
                        INDENT INDENT "[%u/%u] %s, incarnation %" PRIu64 ", connection %" PRIu32
                                      ", token %" PRId32,
                        (unsigned) p->name.instance, (unsigned) p->name.node, role, p->incarnation,
                        p->client.connection, p->client.token);
        if (p->pid > 0)
                (void) fprintf(to, ", PID %d of UID %u", (int) p->pid, (unsigned) p->uid);
        text_each_reason(p->leave_reasons, put_reason, to);
        (void) fputc('\n', to);
}

static const char *batching(uint8_t control) {
        static const char *const words[] = { "none", "joins", "leaves", "joins and leaves" };

        return words[control & GS_BATCH_BOTH];
}

static void print_phases(FILE *to, uint8_t phases, uint16_t limit) {
        (void) fputs(phases == GS_N_PHASE ? "n phases" : "one phase", to);
        if (limit > 0)
                (void) fprintf(to, " with a limit of %u s", (unsigned) limit);
}

static void print_attributes(FILE *to, const GsAttributes *a) {
        (void) fprintf(to,
                        INDENT "Attributes: client version %d, default vote %s, batching of %s%s\n" INDENT
                               "Joins and failures: ",
                        a->client_version, gs_vote_to_string(a->default_vote), batching(a->batch_control),
                        a->batch_control & GS_DEACTIVATE_ON_FAILURE ? ", deactivation on failure" : "");
        print_phases(to, a->num_phases, a->time_limit);
        (void) fputs("; source reflections: ", to);
        print_phases(to, a->reflection_num_phases, a->reflection_time_limit);
        (void) fputc('\n', to);
        if (a->source[0]) {
                (void) fputs(INDENT "Source group: [", to);
                text_put_string(to, a->source);
                (void) fputs("]\n", to);
        }
}

static void print_more(FILE *to, const Answer *a, const AnswerGroup *g) {
        const ReportSubscriber *subscribers = answer_subscribers(a, g);
        const ReportProvider *providers = answer_providers(a, g);
        const ReportGroup *r = &g->group;

        (void) fprintf(to, INDENT "Group id: %" PRIu64, r->id);
        if (r->fence > 0)
                (void) fprintf(to, ", fencing number: %" PRIu64, r->fence);
        (void) fputc('\n', to);
        print_attributes(to, &r->attributes);
        (void) fprintf(to,
                        INDENT "Queued joins: %" PRIu32 ", failure leaves and cast-outs: %" PRIu32
                               ", reflections: %" PRIu32 "\n",
                        r->n_joins, r->n_leaves, r->n_reflections);
        for (uint32_t i = 0; i < g->n_providers; i++)
                print_provider(to, &providers[i], text_role(r, i));
        for (uint32_t i = 0; i < g->n_subscribers; i++)
                (void) fprintf(to,
                                INDENT INDENT "subscriber, connection %" PRIu32 ", token %" PRId32
                                              ", PID %d of UID %u\n",
                                subscribers[i].client.connection, subscribers[i].client.token,
                                (int) subscribers[i].pid, (unsigned) subscribers[i].uid);
}

static void print_group(FILE *to, const Answer *a, const AnswerGroup *g, bool longer) {
        const ReportGroup *r = &g->group;

        (void) fputs("Group name [", to);
        text_put_string(to, r->attributes.group);
        (void) fprintf(to, "] number of providers [%" PRIu32 "] local subscribers [%" PRIu32 "]\n",
                        r->n_members, r->n_subscribers);
        print_role(to, a, g, INDENT "Providers:", 0, r->n_members);
        print_role(to, a, g, INDENT "Joining:", r->n_members, r->n_trial);
        print_role(to, a, g, INDENT "Joins queued:", r->n_members + r->n_trial, r->n_joins);
        print_state(to, r);
        if (r->running)
                print_protocol(to, a, g);
        if (longer)
                print_more(to, a, g);
}

static int print_groups(FILE *to, const Answer *a, const CommandLine *l) {
        (void) fprintf(to, "Number of groups: %" PRIu32 "\n", a->n_groups);
        for (uint32_t i = 0; i < a->n_groups; i++)
                print_group(to, a, &a->groups[i], l->longer);
        return 0;
}

/* ---- JSON ---- */

static void fill_groups(json_t **object, const Answer *a, _unused_ const CommandLine *l) {
        json_t *groups = json_array();

        for (uint32_t i = 0; i < a->n_groups; i++)
                json_add(&groups, json_group(a, &a->groups[i]));
        json_put(object, "groups", groups);
}

const Program program_hagsgr = {
        .name = "hagsgr",
        .purpose = "Show the groups of a partition: providers by seniority, state value, running protocol.",
        .features = PROGRAM_HAS_GROUP | PROGRAM_HAS_NAMES | PROGRAM_HAS_WATCH,
        .parts = REPORT_GROUPS | REPORT_PROVIDERS | REPORT_SUBSCRIBERS,
        .print = print_groups,
        .fill_json = fill_groups,
};
