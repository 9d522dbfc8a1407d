/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From the command line to text or JSON: see program.h. */

#include "diag/program.h"

#include <dirent.h>
#include <string.h>

#include "config/config.h"
#include "diag/json.h"
#include "diag/text.h"
#include "util/clock.h"
#include "util/fault.h"
#include "util/strings.h"

#define TIMEOUT_USEC (UINT64_C(10) * USEC_PER_SEC) /* of each step of an answer */

/* ---- which partitions ---- */

static int current_partition(const CommandLine *l, char ret[static SYSPAR_NAME_MAX + 1], char **reterr) {
        const char *name = l->syspar ?: secure_getenv("SP_NAME");
        _cleanup_(config_done) Config config = {};
        int r;

        if (!name || !name[0]) {
                r = config_load("", NULL, NULL, &config, reterr);
                if (r < 0)
                        return r;
                name = config.partition;
        }
        if (!syspar_name_is_valid(name)) { /* of --syspar it is known */
                (void) fault(reterr, -EINVAL, "'%s' ($SP_NAME) is not a partition name", name);
                return PROGRAM_USAGE;
        }
        (void) strcpy(ret, name);
        return 0;
}

/* The partitions of this host that somebody answers for, by name. */
static int running_partitions(char ***ret) {
        _cleanup_(strings_freep) char **names = NULL;
        DIR *d = opendir(ask_directory());
        struct dirent *entry;
        int r = 0;

        while (d && r >= 0 && (entry = readdir(d))) {
                _cleanup_(ask_close) Ask ask = ASK_NONE;

                if (syspar_name_is_valid(entry->d_name) &&
                                ask_open(ask_directory(), entry->d_name, TIMEOUT_USEC, &ask, NULL) == 0)
                        r = strings_add_sorted(&names, entry->d_name);
        }
        if (d)
                (void) closedir(d);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(names);
        return 0;
}

static int is_down(const char *syspar, char **reterr) {
        _cleanup_(strings_freep) char **running = NULL;
        char names[256] = "";
        size_t n = 0;

        if (running_partitions(&running) >= 0)
                for (char **name = running; name && *name && n < sizeof(names); name++)
                        n += (size_t) snprintf(names + n, sizeof(names) - n, "%s%s",
                                        n > 0 ? ", " : "; partitions that run here: ", *name);
        (void) fault(reterr, -ECONNREFUSED,
                        "hagsd of partition %s does not run on this host; hagsctrl -s --syspar %s starts "
                        "it%s",
                        syspar, syspar, names);
        return PROGRAM_DOWN;
}

/* ---- one partition ---- */

static int print_names(const Answer *a) {
        for (uint32_t i = 0; i < a->n_groups; i++) {
                text_put_string(stdout, a->groups[i].group.attributes.group);
                (void) putchar('\n');
        }
        return 0;
}

static int print_json(const Program *program, const CommandLine *l, const Answer *a) {
        json_auto_t *object = json_answer(a);

        if (object)
                program->fill_json(&object, a, l);
        if (!object || json_dumpf(object, stdout, JSON_INDENT(2)) < 0)
                return -ENOMEM;
        (void) putchar('\n');
        return 0;
}

static int print(const Program *program, const CommandLine *l, const Answer *a) {
        if (l->command == COMMAND_NAMES)
                return print_names(a);
        if (l->json)
                return print_json(program, l, a);
        return program->print(stdout, a, l);
}

/* 0, PROGRAM_DOWN or PROGRAM_UNKNOWN, or a negative errno value; all but 0 come with a sentence. */
static int ask(const Program *program, const CommandLine *l, const char *syspar, Answer *ret,
                char **reterr) {
        ReportQuestion question = { .parts = program->parts };
        _cleanup_(answer_done) Answer a = {};
        _cleanup_(ask_close) Ask ask = ASK_NONE;
        int r;

        if (l->command == COMMAND_NAMES)
                question.parts = REPORT_GROUPS;
        if (program->features & PROGRAM_OF_VOTES && !l->longer && !l->group)
                question.parts |= REPORT_RUNNING;
        if (l->group)
                (void) strcpy(question.group, l->group);

        r = ask_open(ask_directory(), syspar, TIMEOUT_USEC, &ask, reterr);
        if (r == ASK_E_DOWN)
                return is_down(syspar, reterr);
        if (r >= 0)
                r = ask_report(&ask, &question, &a, reterr);
        if (r < 0)
                return r;
        if (l->group && a.n_groups == 0) {
                (void) fault(reterr, -ENOENT,
                                "partition %s has no group '%s'; hagsgr --names tells which it has", syspar,
                                l->group);
                return PROGRAM_UNKNOWN;
        }
        *ret = a;
        a = (Answer){};
        return 0;
}

static int show(const Program *program, const CommandLine *l, const char *syspar, char **reterr) {
        _cleanup_(answer_done) Answer a = {};
        int r = ask(program, l, syspar, &a, reterr);

        if (r != 0)
                return r;
        /* What is wrong at the beginning is said before the terminal is taken. */
        return l->command == COMMAND_WATCH ? program->watch(syspar, l->group, reterr)
                                           : print(program, l, &a);
}

/* ---- several ---- */

/* 0, ASK_E_DOWN, or a negative errno value with a sentence. */
static int domain_pid(const char *syspar, uint32_t *ret, char **reterr) {
        _cleanup_(answer_done) Answer a = {};
        _cleanup_(ask_close) Ask ask = ASK_NONE;
        int r;

        r = ask_open(ask_directory(), syspar, TIMEOUT_USEC, &ask, reterr);
        if (r == 0)
                r = ask_report(&ask, &(ReportQuestion){}, &a, reterr);
        if (r == 0)
                *ret = a.domain.pid;
        return r;
}

/* -p: whose hagsd it is. */
static int show_pid(const Program *program, const CommandLine *l, char *const *running, char **reterr) {
        uint32_t pid;
        int r;

        for (; running && *running; running++) {
                r = domain_pid(*running, &pid, reterr);
                if (r < 0)
                        return r;
                if (r == 0 && pid == (uint32_t) l->pid)
                        return show(program, l, *running, reterr);
        }
        (void) fault(reterr, -ESRCH, "no hagsd of this host has PID %d", (int) l->pid);
        return PROGRAM_DOWN;
}

/* -g: each behind its name. */
static int show_all(const Program *program, const CommandLine *l, char *const *running, char **reterr) {
        if (!running) {
                (void) fault(reterr, -ECONNREFUSED,
                                "no hagsd runs on this host; hagsctrl --list tells what there is");
                return PROGRAM_DOWN;
        }

        for (bool first = true; *running; running++, first = false) {
                int r;

                if (!l->json && l->command == COMMAND_ASK)
                        (void) printf("%sSubsystem hags.%s:\n", first ? "" : "\n", *running);
                r = show(program, l, *running, reterr);
                if (r != 0)
                        return r;
        }
        return 0;
}

static int run(const Program *program, const CommandLine *l, char **reterr) {
        _cleanup_(strings_freep) char **running = NULL;
        char syspar[SYSPAR_NAME_MAX + 1];
        int r;

        if (l->all || l->pid != 0) {
                r = running_partitions(&running);
                if (r < 0)
                        return r;
                return l->all ? show_all(program, l, running, reterr)
                              : show_pid(program, l, running, reterr);
        }

        r = current_partition(l, syspar, reterr);
        if (r != 0)
                return r;
        return show(program, l, syspar, reterr);
}

/* ---- the program ---- */

/* One line, whatever bytes the arguments and others' messages in it brought. */
static void complain(const Program *program, const char *sentence) {
        (void) fflush(stdout);
        (void) fprintf(stderr, "%s: ", program->name);
        text_put_string(stderr, sentence);
        (void) fputc('\n', stderr);
}

int program_main(const Program *program, int argc, char **argv) {
        _cleanup_(freep) char *message = NULL;
        CommandLine l = { 0 };
        int r;

        r = command_line_parse(program->name, program->features, argc, argv, &l, &message);
        if (r < 0) {
                complain(program, fault_text(message, r));
                return PROGRAM_USAGE;
        }

        if (l.command == COMMAND_HELP)
                command_line_print_help(stdout, program->name, program->features, program->purpose);
        else if (l.command == COMMAND_VERSION)
                (void) printf("%s %s\n", program->name, HAGS_VERSION);
        else
                r = run(program, &l, &message);

        if (r != 0)
                complain(program, fault_text(message, r));
        errno = EIO;
        if (fflush(stdout) != 0 || ferror(stdout)) {
                r = fault(&message, -errno, "cannot write to standard output: %s", strerror(errno));
                complain(program, fault_text(message, r));
        }
        return r < 0 ? PROGRAM_FAILED : r;
}
