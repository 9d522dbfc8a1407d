/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lssrc: the status of subsystems, short of systemd, long of the daemon; and their definitions. */

#include <pwd.h>
#include <string.h>

#include "compat/message.h"
#include "compat/row.h"
#include "manager/definition.h"
#include "util/clock.h"
#include "util/fault.h"
#include "util/parse.h"

#define PRIORITY 20                                /* AIX's for what is not nice */
#define TIMEOUT_USEC (UINT64_C(10) * USEC_PER_SEC) /* of each step of an answer */

#define NO_SUBSERVERS "hags has no subservers"

static const CommandOption options[] = {
        { 'a', NULL, "all subsystems", NULL },
        OPTION_GROUP,
        OPTION_SUBSYSTEM,
        OPTION_PID,
        { 'l', NULL, "with -s or -p: the long status, asked of the daemon", NULL },
        { 'S', NULL, "alone or with -s: definitions, with colons between their fields", NULL },
        OPTION_HOST,
        { 't', "TYPE", NULL, NO_SUBSERVERS },
        { 'o', "OBJECT", NULL, NO_SUBSERVERS },
        { 'P', "PID", NULL, NO_SUBSERVERS },
        { 0 },
};

/* A header, and what `show` prints of each; all of it or nothing, for who counts lines. */
static int show_all(Compat *c, const Subsystems *s, void (*header)(FILE *to),
                int (*show)(Compat *c, const Subsystem *s, FILE *to, char **reterr), char **reterr) {
        _cleanup_(freep) char *text = NULL;
        size_t size = 0;
        int r = 0;
        FILE *to;

        to = open_memstream(&text, &size);
        if (!to)
                return -ENOMEM;
        header(to);
        for (size_t i = 0; r >= 0 && i < s->n; i++)
                r = show(c, &s->list[i], to, reterr);
        if (fclose(to) != 0 && r >= 0)
                r = -ENOMEM;
        if (r >= 0)
                (void) fputs(text, stdout);
        return r;
}

/* ---- short ---- */

static int show_short(Compat *c, const Subsystem *s, FILE *to, char **reterr) {
        SubsystemState state;
        pid_t pid;
        int r;

        r = subsystem_ask(c, s, &state, &pid, reterr);
        if (r >= 0)
                row_print(to, s, state, pid);
        return r;
}

/* ---- long ---- */

static int ask_daemon(const Subsystem *s, Answer *ret, char **reterr) {
        const ReportQuestion question = { .parts = REPORT_GROUPS | REPORT_PROVIDERS | REPORT_CLIENTS };
        _cleanup_(ask_close) Ask ask = ASK_NONE;
        int r;

        r = ask_open(ask_directory(), s->syspar, TIMEOUT_USEC, &ask, reterr);
        if (r == ASK_E_DOWN)
                return fault(reterr, -ECONNREFUSED, MESSAGE_NOT_PASSED, s->name);
        return r < 0 ? r : ask_report(&ask, &question, ret, reterr);
}

static int show_long(Compat *c, const Subsystem *s, char **reterr) {
        _cleanup_(answer_done) Answer answer = { 0 };
        SubsystemState state;
        pid_t pid;
        int r;

        r = subsystem_ask(c, s, &state, &pid, reterr);
        if (r >= 0)
                r = ask_daemon(s, &answer, reterr);
        if (r < 0)
                return r;

        row_print_header(stdout);
        row_print(stdout, s, state, pid);
        long_status_print(stdout, &answer);
        return 0;
}

/* ---- definitions ---- */

/* User= of systemd: a name or a number; nothing is root. */
static int find_user(const char *name, uid_t *ret) {
        const struct passwd *user;
        uint64_t number = 0;

        if (*name && parse_u64(name, 0, UINT32_MAX - 1, &number) < 0) {
                user = getpwnam(name);
                if (!user)
                        return -ESRCH;
                number = user->pw_uid;
        }
        *ret = (uid_t) number;
        return 0;
}

static int show_definition(Compat *c, const Subsystem *s, FILE *to, char **reterr) {
        _cleanup_(unit_definition_done) UnitDefinition unit = { 0 };
        Manager *m;
        uid_t uid;
        int r;

        r = compat_manager(c, &m, reterr);
        if (r >= 0)
                r = manager_unit_definition(m, s->unit, &unit, reterr);
        if (r < 0)
                return r;

        r = find_user(unit.user, &uid);
        if (r < 0)
                return fault(reterr, r, "user %s, as which %s is to run, does not exist", unit.user,
                                s->unit);

        definition_print(to, &(Definition){ .name = s->name,
                                             .synonym = s->synonym,
                                             .arguments = unit.arguments,
                                             .path = unit.path,
                                             .uid = uid,
                                             .respawn = strcmp(unit.restart, "no") != 0,
                                             .priority = PRIORITY + unit.nice,
                                             .wait_seconds = JOB_CANCEL_SECONDS });
        return 0;
}

static int show_definitions(Compat *c, const CommandLine *line, char **reterr) {
        _cleanup_(subsystems_done) Subsystems s = { 0 };
        int r;

        if (line->given['a'] || line->given['g'] || line->given['p'] || line->given['l'])
                return fault(reterr, -EINVAL, "-S goes alone or with -s only");

        r = line->given['s'] ? subsystems_select(c, line, &s, reterr) : subsystems_load(c, &s, reterr);
        if (r < 0)
                return r;

        return show_all(c, &s, definition_print_header, show_definition, reterr);
}

static int run(Compat *c, const CommandLine *line, char **reterr) {
        _cleanup_(subsystems_done) Subsystems s = { 0 };
        int r;

        if (line->given['S'])
                return show_definitions(c, line, reterr);
        if (line->given['l'] && (line->given['a'] || line->given['g']))
                return fault(reterr, -EINVAL, "-l goes with -s and -p only");

        r = subsystems_select(c, line, &s, reterr);
        if (r < 0)
                return r;
        return line->given['l'] ? show_long(c, &s.list[0], reterr)
                                : show_all(c, &s, row_print_header, show_short, reterr);
}

const Command command_lssrc = {
        .name = "lssrc",
        .synopsis = "{-a | -g GROUP | [-l] -s SUBSYSTEM | [-l] -p PID | -S [-s SUBSYSTEM]}",
        .purpose = "Show the status of subsystems.",
        .options = options,
        .run = run,
};
