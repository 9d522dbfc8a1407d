/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What lssrc prints, to the byte: see row.h. */

#include "compat/row.h"

#include <inttypes.h>
#include <string.h>

#include "util/escape.h"

#define PATH_JOURNAL_STDOUT "/run/systemd/journal/stdout"

void row_print_header(FILE *to) {
        (void) fputs("Subsystem         Group            PID     Status\n", to);
}

void row_print(FILE *to, const Subsystem *s, SubsystemState state, pid_t pid) {
        char text[16] = "";

        if (pid > 0)
                (void) snprintf(text, sizeof(text), "%d", (int) pid);
        (void) fprintf(to, " %-16s %-16s %-7s %s\n", s->name, SUBSYSTEM_GROUP, text,
                        subsystem_state_to_string(state));
}

/* ---- definitions ---- */

void definition_print_header(FILE *to) {
        (void) fputs("#subsysname:synonym:cmdargs:path:uid:auditid:standin:standout:standerr:action:multi:"
                     "contact:svrkey:svrmtype:priority:signorm:sigforce:display:waittime:grpname:\n",
                        to);
}

/* A colon within a field would shift all that follow. */
static void put_field(FILE *to, const char *text) {
        for (; *text; text++)
                (void) fputc(*text == ':' || *text < ' ' ? '?' : *text, to);
        (void) fputc(':', to);
}

/*
 * Standard output and error go to the journal. One instance (-Q), controlled through a socket (-K), which is
 * to say that refresh and tracing work; shown when inactive, too (-d).
 */
void definition_print(FILE *to, const Definition *d) {
        put_field(to, d->name);
        put_field(to, d->synonym);
        put_field(to, d->arguments);
        put_field(to, d->path);
        (void) fprintf(to, "%u:0:/dev/null:" PATH_JOURNAL_STDOUT ":" PATH_JOURNAL_STDOUT ":",
                        (unsigned) d->uid);
        (void) fprintf(to, "%s:-Q:-K:0:0:%d:0:0:-d:%u:" SUBSYSTEM_GROUP ":\n", d->respawn ? "-R" : "-O",
                        d->priority, d->wait_seconds);
}

/* ---- the long status ---- */

static uint32_t count_local_providers(const Answer *a, const AnswerGroup *g) {
        const ReportProvider *providers = answer_providers(a, g);
        uint32_t n = 0;

        for (uint32_t i = 0; providers && i < g->group.n_members; i++)
                n += providers[i].name.node == a->domain.self.number;
        return n;
}

static void print_group(FILE *to, const Answer *a, const AnswerGroup *g) {
        char name[TEXT_ESCAPED(GS_GROUP_NAME_MAX)];

        text_escape(name, g->group.attributes.group, strlen(g->group.attributes.group));
        (void) fprintf(to, " %-19s%7" PRIu32 "%12" PRIu32 "%12" PRIu32 "\n", name, g->group.n_members,
                        count_local_providers(a, g), g->group.n_subscribers);
}

static void print_domain(FILE *to, const ReportDomain *d) {
        (void) fputs(" HA Group Services domain information:\n", to);
        if (d->state == DOMAIN_ESTABLISHED)
                (void) fprintf(to, " Domain established by node %u.\n", (unsigned) d->domain.number);
        else
                (void) fprintf(to, " Domain %s.\n", domain_state_to_string(d->state));
}

/* "1 locally-connected clients." is PSSP's, too, which neither counted its system groups. */
void long_status_print(FILE *to, const Answer *a) {
        (void) fprintf(to, " %" PRIu32 " locally-connected clients.  Their PIDs:\n", a->n_clients);
        for (uint32_t i = 0; i < a->n_clients; i++)
                (void) fprintf(to, " %d", (int) a->clients[i].pid);
        (void) fputc('\n', to);

        print_domain(to, &a->domain);
        (void) fprintf(to,
                        " Number of groups known locally: %" PRIu32 "\n"
                        "                    Number of   Number of local\n"
                        " Group name         providers   providers/subscribers\n",
                        a->domain.n_groups);
        for (uint32_t i = 0; i < a->n_groups; i++)
                if (!a->groups[i].group.system)
                        print_group(to, a, &a->groups[i]);
}
