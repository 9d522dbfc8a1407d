/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * hags-compat: the commands of AIX's System Resource Controller and of PSSP. Which one it is, the name tells
 * by which it was called. Each is in the file of its name.
 */

#include <string.h>
#include <sys/stat.h>

#include "compat/command.h"
#include "util/fault.h"
#include "util/streams.h"

static const Command *const commands[] = {
        &command_lssrc,
        &command_startsrc,
        &command_stopsrc,
        &command_traceson,
        &command_tracesoff,
        &command_refresh,
        &command_spget_syspar,
        &command_node_number,
        &command_SDRGetObjects,
        &command_syspar_ctrl,
};

static const Command *find(const char *name) {
        for (size_t i = 0; i < ELEMENTSOF(commands); i++)
                if (strcmp(commands[i]->name, name) == 0)
                        return commands[i];
        return NULL;
}

static int no_such_command(const char *name, char **reterr) {
        _cleanup_(freep) char *text = NULL;
        size_t size = 0;
        FILE *f;

        f = open_memstream(&text, &size);
        for (size_t i = 0; f && i < ELEMENTSOF(commands); i++)
                (void) fprintf(f, " %s", commands[i]->name);
        if (!f || fclose(f) != 0)
                return -ENOMEM;
        return fault(reterr, -EINVAL,
                        "'%s' is no command of this program; call it by a link that has one of these "
                        "names:%s",
                        name, text);
}

static void on_config_warning(void *userdata, const char *text) {
        compat_warn(userdata, "warning: %s", text);
}

static int run(const Command *command, Compat *c, int argc, char **argv, char **reterr) {
        CommandLine line;
        int r;

        r = command_parse(command, argc, argv, &line, reterr);
        if (r < 0)
                return r;
        if (line.help)
                command_print_help(stdout, command);
        else if (line.version)
                (void) printf("%s (hags %s)\n", command->name, HAGS_VERSION);
        if (line.help || line.version)
                return 0;

        if (command->needs_root && geteuid() != 0)
                return fault(reterr, -EPERM, "this needs root; run it with sudo");
        r = config_load("", on_config_warning, c, &c->config, reterr);
        return r < 0 ? r : command->run(c, &line, reterr);
}

int main(int argc, char **argv) {
        const char *slash = argc > 0 ? strrchr(argv[0], '/') : NULL;
        const char *name = slash ? slash + 1 : argc > 0 ? argv[0] : "";
        _cleanup_(freep) char *message = NULL;
        const Command *command = find(name);
        Compat c = { .name = command ? command->name : "hags-compat" };
        int r;

        streams_open();
        (void) umask(0022); /* nothing that is made here is a secret */

        r = command ? run(command, &c, argc, argv, &message) : no_such_command(name, &message);
        if (r < 0)
                compat_complain(&c, &message, r);

        errno = EIO;
        if (fflush(stdout) != 0 || ferror(stdout)) {
                r = fault(&message, -errno, "cannot write to standard output: %s", strerror(errno));
                compat_complain(&c, &message, r);
        }

        config_done(&c.config);
        c.manager = manager_free(c.manager);
        return c.failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
