/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The definition of a service, asked of systemd: see definition.h. */

#include "manager/definition.h"

#include <string.h>

#include "manager/manager-internal.h"

void unit_definition_done(UnitDefinition *d) {
        free(d->path);
        free(d->arguments);
        free(d->user);
        free(d->restart);
        *d = (UnitDefinition){ 0 };
}

/* The words of a command behind its first, as one text. */
static int join_arguments(sd_bus_message *m, char **ret) {
        const char *word;
        char *text = NULL;
        size_t size = 0, n = 0;
        FILE *f;
        int r;

        r = sd_bus_message_enter_container(m, 'a', "s");
        if (r < 0)
                return r;
        f = open_memstream(&text, &size);
        if (!f)
                return -ENOMEM;
        while ((r = sd_bus_message_read(m, "s", &word)) > 0)
                if (n++ > 0)
                        (void) fprintf(f, "%s%s", n > 2 ? " " : "", word);
        if (fclose(f) != 0 && r >= 0)
                r = -ENOMEM;
        if (r < 0) {
                free(text);
                return r;
        }
        *ret = text;
        return sd_bus_message_exit_container(m);
}

/* The first command of ExecStart=: path, words, and eight fields of its last run. */
static int get_command(Manager *m, const char *path, UnitDefinition *d) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        const char *program = "";
        int r;

        r = sd_bus_get_property(m->bus, SYSTEMD_SERVICE, path, SYSTEMD_SERVICE_UNIT, "ExecStart", NULL,
                        &reply, "a(sasbttttuii)");
        if (r >= 0)
                r = sd_bus_message_enter_container(reply, 'a', "(sasbttttuii)");
        if (r >= 0)
                r = sd_bus_message_enter_container(reply, 'r', "sasbttttuii");
        if (r > 0) {
                r = sd_bus_message_read(reply, "s", &program);
                if (r >= 0)
                        r = join_arguments(reply, &d->arguments);
        } else if (r == 0)
                r = (d->arguments = strdup("")) ? 0 : -ENOMEM;
        if (r < 0)
                return r;
        d->path = strdup(program);
        return d->path ? 0 : -ENOMEM;
}

static int get_string(Manager *m, const char *path, const char *property, char **ret) {
        return sd_bus_get_property_string(
                        m->bus, SYSTEMD_SERVICE, path, SYSTEMD_SERVICE_UNIT, property, NULL, ret);
}

int manager_unit_definition(Manager *m, const char *unit, UnitDefinition *ret, char **reterr) {
        _cleanup_(unit_definition_done) UnitDefinition d = { 0 };
        _cleanup_(freep) char *path = NULL;
        int r;

        r = manager_unit_path(unit, &path);
        if (r >= 0)
                r = get_command(m, path, &d);
        if (r >= 0)
                r = get_string(m, path, "User", &d.user);
        if (r >= 0)
                r = get_string(m, path, "Restart", &d.restart);
        if (r >= 0)
                r = sd_bus_get_property_trivial(m->bus, SYSTEMD_SERVICE, path, SYSTEMD_SERVICE_UNIT, "Nice",
                                NULL, 'i', &d.nice);
        if (r < 0)
                return manager_fault(m, reterr, r, NULL, "cannot ask systemd for the definition of", unit);

        *ret = d;
        d = (UnitDefinition){ 0 };
        return 0;
}
