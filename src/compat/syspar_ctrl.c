/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * syspar_ctrl: run the control scripts of the partition-sensitive subsystems. Each is an executable file in
 * one directory, called as its subsystem, and takes the letters of hagsctrl, which is the script of hags.
 * The partition it is to act in stands in $SP_NAME.
 */

#include <dirent.h>
#include <spawn.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "compat/message.h"
#include "compat/subsystem.h"
#include "manager/dropin.h"
#include "util/fault.h"
#include "util/paths.h"
#include "util/strings.h"

static const CommandOption options[] = {
        { 'a', NULL, "add the subsystems", NULL },
        { 'A', NULL, "add and start them", NULL },
        { 'd', NULL, "delete them", NULL },
        { 'D', NULL, "stop and delete them", NULL },
        { 'c', NULL, "clean them: delete them in all partitions", NULL },
        { 's', NULL, "start them", NULL },
        { 'k', NULL, "stop them", NULL },
        { 'r', NULL, "refresh them", NULL },
        { 'R', NULL, "restore them: delete, add and start them", NULL },
        { 't', NULL, "turn tracing on", NULL },
        { 'o', NULL, "turn tracing off", NULL },
        { 'u', NULL, "unconfigure them in all partitions", NULL },
        { 'E', NULL, "print the names of the subsystems", NULL },
        { 'h', NULL, "print this text", NULL },
        { 'G', NULL, "in every partition of this host", NULL },
        { 0 },
};

/* What a letter has each script do: letters of hagsctrl, one run each. */
typedef struct Action {
        char letter;
        const char *steps;
        bool adds;       /* with -G in partitions that are declared, not only in those that are registered */
        bool everywhere; /* the script itself acts in all partitions */
} Action;

static const Action actions[] = {
        { .letter = 'a', .steps = "a", .adds = true }, { .letter = 'A', .steps = "as", .adds = true },
        { .letter = 'd', .steps = "d" }, { .letter = 'D', .steps = "kd" },
        { .letter = 'c', .steps = "c", .everywhere = true }, { .letter = 's', .steps = "s" },
        { .letter = 'k', .steps = "k" }, { .letter = 'r', .steps = "r" },
        { .letter = 'R', .steps = "das", .adds = true }, { .letter = 't', .steps = "t" },
        { .letter = 'o', .steps = "o" }, { .letter = 'u', .steps = "u", .everywhere = true },
        { .letter = 'E', .steps = "" }, /* their names are printed */
};

/* What is taken down, is so in the opposite order. */
static bool is_downward(char step) {
        return strchr("kdcu", step);
}

/* ---- scripts and partitions ---- */

static bool is_script(const char *path) {
        struct stat st;

        return stat(path, &st) >= 0 && S_ISREG(st.st_mode) && access(path, X_OK) >= 0;
}

/* The names of the scripts, sorted. The names of subsystems have the form of those of partitions. */
static int list_scripts(const char *only, char ***ret, char **reterr) {
        _cleanup_(strings_freep) char **list = NULL;
        DIR *d = opendir(PATH_CONTROL_DIR);
        struct dirent *entry;
        int r = 0;

        if (!d)
                return fault(reterr, -errno, "cannot read " PATH_CONTROL_DIR ": %s", strerror(errno));
        while (r >= 0 && (entry = readdir(d))) {
                char path[sizeof(PATH_CONTROL_DIR) + sizeof(entry->d_name)];

                if (!syspar_name_is_valid(entry->d_name) || (only && strcmp(only, entry->d_name) != 0))
                        continue;
                (void) snprintf(path, sizeof(path), PATH_CONTROL_DIR "/%s", entry->d_name);
                if (is_script(path))
                        r = strings_add_sorted(&list, entry->d_name);
        }
        (void) closedir(d);
        if (r < 0)
                return r;
        if (!list)
                return only ? fault(reterr, -ENOENT, MESSAGE_NOT_ON_FILE, only)
                            : fault(reterr, -ENOENT, "there are no control scripts in " PATH_CONTROL_DIR);

        *ret = TAKE_PTR(list);
        return 0;
}

/* The partitions to act in. */
static int list_partitions(const Compat *c, bool all, bool declared, char ***ret, char **reterr) {
        _cleanup_(strings_freep) char **list = NULL, **more = NULL;
        char current[SYSPAR_NAME_MAX + 1];
        int r;

        r = current_partition(c, current, reterr);
        if (r >= 0 && all)
                r = dropin_list(&list, reterr);
        if (r >= 0 && (!all || declared))
                r = strings_add_sorted(&list, all ? c->config.partition : current);
        if (r >= 0 && all && declared && c->config.node_number == 0)
                r = config_list_partitions("", NULL, NULL, &more, reterr);
        for (char **name = more; r >= 0 && name && *name; name++)
                r = strings_add_sorted(&list, *name);
        if (r < 0)
                return r;
        if (!list)
                return fault(reterr, -ENOENT, MESSAGE_NO_RECORDS);

        *ret = TAKE_PTR(list);
        return 0;
}

/* ---- running ---- */

/* Run a script with one letter. 0, or a negative errno value with a sentence. */
static int run_script(const char *script, char step, const char *syspar, char **reterr) {
        char path[sizeof(PATH_CONTROL_DIR) + SYSPAR_NAME_MAX + 1], flag[] = { '-', step, 0 };
        char *argv[] = { path, flag, NULL };
        int r, status;
        pid_t pid;

        (void) snprintf(path, sizeof(path), PATH_CONTROL_DIR "/%s", script);
        (void) fflush(stdout);
        r = posix_spawn(&pid, path, NULL, NULL, argv, environ);
        if (r != 0)
                return fault(reterr, -r, "cannot run %s: %s", path, strerror(r));
        while (waitpid(pid, &status, 0) < 0)
                if (errno != EINTR)
                        return fault(reterr, -errno, "cannot wait for %s: %s", path, strerror(errno));
        if (WIFSIGNALED(status))
                return fault(reterr, -EIO, "%s %s ended by signal %d in partition %s", path, flag,
                                WTERMSIG(status), syspar);
        if (WEXITSTATUS(status) != 0)
                return fault(reterr, -EIO, "%s %s failed with exit status %d in partition %s", path, flag,
                                WEXITSTATUS(status), syspar);
        return 0;
}

/* What mkssys and rmssys said behind it. */
static int tell(const Compat *c, const char *script, char step, const char *syspar, char **reterr) {
        char name[2 * SYSPAR_NAME_MAX + 2];
        unsigned number;
        int r;

        if (step == 'd')
                (void) puts(MESSAGE_DELETED);
        if (step != 'a')
                return 0;

        r = node_number_of(c, syspar, &number, reterr);
        if (r < 0)
                return r;
        (void) snprintf(name, sizeof(name), "%s%s%s", script, number == 0 ? "." : "",
                        number == 0 ? syspar : "");
        (void) printf(MESSAGE_ADDED "\n", name);
        return 0;
}

/* All steps in one partition. A script that fails is complained about, and its further steps are left out.
 */
static int run_in_partition(Compat *c, char *const *scripts, const char *steps, const char *syspar) {
        size_t n = strings_count(scripts);
        _cleanup_(freep) bool *failed = calloc(n, sizeof(*failed));

        if (!failed || setenv("SP_NAME", syspar, /* overwrite= */ 1) < 0)
                return -ENOMEM;

        for (; *steps; steps++)
                for (size_t i = 0; i < n; i++) {
                        size_t which = is_downward(*steps) ? n - 1 - i : i;
                        _cleanup_(freep) char *message = NULL;
                        int r;

                        if (failed[which])
                                continue;
                        r = run_script(scripts[which], *steps, syspar, &message);
                        if (r >= 0)
                                r = tell(c, scripts[which], *steps, syspar, &message);
                        if (r < 0) {
                                compat_complain(c, &message, r);
                                failed[which] = true;
                        }
                }
        return 0;
}

/* The action that was asked for; NULL with a sentence: none, or several. */
static const Action *find_action(const CommandLine *line, char **reterr) {
        const Action *found = NULL;

        for (size_t i = 0; i < ELEMENTSOF(actions); i++) {
                if (!line->given[(int) actions[i].letter])
                        continue;
                if (found) {
                        (void) fault(reterr, -EINVAL, "-%c and -%c cannot be used together", found->letter,
                                        actions[i].letter);
                        return NULL;
                }
                found = &actions[i];
        }
        if (!found)
                (void) fault(reterr, -EINVAL, "no action was given; see syspar_ctrl -h");
        return found;
}

static int run_action(Compat *c, const CommandLine *line, const Action *action, char *const *scripts,
                char **reterr) {
        _cleanup_(strings_freep) char **partitions = NULL;
        int r;

        if (geteuid() != 0)
                return fault(reterr, -EPERM, "this needs root; run it with sudo");

        r = list_partitions(c, line->given['G'] && !action->everywhere, action->adds, &partitions, reterr);
        for (char **syspar = partitions; r >= 0 && *syspar; syspar++)
                r = run_in_partition(c, scripts, action->steps, *syspar);
        return r;
}

static int run(Compat *c, const CommandLine *line, char **reterr) {
        _cleanup_(strings_freep) char **scripts = NULL;
        const Action *action;
        int r;

        if (line->given['h']) {
                command_print_help(stdout, &command_syspar_ctrl);
                return 0;
        }
        action = find_action(line, reterr);
        if (!action)
                return -EINVAL;
        if (line->operands[0] && line->operands[1])
                return fault(reterr, -EINVAL, "unexpected argument '%s'; one subsystem can be named",
                                line->operands[1]);

        r = list_scripts(line->operands[0], &scripts, reterr);
        if (r < 0)
                return r;
        if (action->letter != 'E')
                return run_action(c, line, action, scripts, reterr);
        for (char **script = scripts; *script; script++)
                (void) puts(*script);
        return 0;
}

const Command command_syspar_ctrl = {
        .name = "syspar_ctrl",
        .synopsis = "[-G] {-a | -A | -d | -D | -c | -s | -k | -r | -R | -t | -o | -u | -E | -h} [SUBSYSTEM]",
        .purpose = "Run the control scripts of all subsystems, or of one.",
        .options = options,
        .has_operands = true,
        .run = run,
};
