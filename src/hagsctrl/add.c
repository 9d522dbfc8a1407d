/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hagsctrl -a: add the current partition. */

#include <string.h>
#include <sys/stat.h>

#include "hagsctrl/actions.h"
#include "hagsctrl/steps.h"
#include "manager/enablement.h"
#include "sdr/services-file.h"
#include "util/fault.h"
#include "util/paths.h"

/* What -a is to bring about, and which of it is there already. */
typedef struct Addition {
        Registration registration; /* the port is in it; the strings belong to the configuration */
        bool enable;               /* the instance and the target; not with HACWS=yes */

        bool has_declaration;
        bool has_port;
        bool has_services;
        bool has_registration;
        bool has_enablement;
} Addition;

/* ---- looking ---- */

/* The port: the one that the SDR has; else, on the control workstation, a new one. */
static int look_at_port(Context *c, Addition *a, char **reterr) {
        _cleanup_(bytes_done) Bytes services = { 0 };
        _cleanup_(sdr_done) Sdr sdr = { 0 };
        int r;

        r = sdr_load(PATH_SDR_PORTS, &sdr, reterr);
        if (r < 0)
                return r;

        a->registration.port = sdr_port(&sdr, c->syspar);
        a->has_port = a->registration.port != 0;
        if (a->has_port)
                return 0;
        if (!context_is_workstation(c))
                return fault(reterr, -ENOENT,
                                "no port number for hags in the SDR for partition %s; add it on the control "
                                "workstation first, then take its SDR over with hagsctrl --sdr-import",
                                c->syspar);

        /* A directory that is not there yet will be made. */
        r = file_check_replaceable(PATH_SDR_PORTS);
        if (r < 0 && r != -ENOENT)
                return fault(reterr, r, "cannot write " PATH_SDR_PORTS ": %s", strerror(-r));

        r = services_file_read(PATH_SERVICES, &services, reterr);
        if (r < 0)
                return r;
        return sdr_allocate_port(&sdr, r > 0 ? &services : NULL, &a->registration.port, reterr);
}

static int look_at_services(Context *c, Addition *a, char **reterr) {
        int r;

        if (!c->config.edit_services) {
                a->has_services = true;
                return 0;
        }

        r = services_file_add(PATH_SERVICES, c->syspar, a->registration.port, /* dry= */ true, reterr);
        a->has_services = r == 0;
        return r;
}

static int look_at_registration(Context *c, Addition *a, char **reterr) {
        _cleanup_(bytes_done) Bytes wanted = { 0 }, present = { 0 };
        int r;

        if (enablement_is_masked(c->syspar))
                return fault(reterr, -ERFKILL,
                                "hags@%s.service is masked; run systemctl unmask hags@%s.service first",
                                c->syspar, c->syspar);

        a->registration.node_number = c->config.node_number;
        a->registration.address = context_is_workstation(c) ? c->config.address : NULL;
        a->registration.log_directory =
                        strcmp(c->config.log_directory, PATH_LOG_DIR) == 0 ? NULL : c->config.log_directory;

        r = registration_format(c->syspar, &a->registration, &wanted);
        if (r < 0)
                return r;
        r = dropin_read(c->syspar, DROPIN_SUBSYSTEM, &present);
        a->has_registration = r > 0 && present.size == wanted.size &&
                              memcmp(present.data, wanted.data, wanted.size) == 0;

        return a->has_registration ? 0 : dropin_check(c->syspar, DROPIN_SUBSYSTEM, reterr);
}

static void look_at_enablement(Context *c, Addition *a) {
        a->enable = !c->config.hacws;
        a->has_enablement = a->enable ? enablement_instance(c->syspar) && enablement_target()
                                      : !enablement_instance(c->syspar);
}

static int look(Context *c, Addition *a, char **reterr) {
        int r;

        a->has_declaration = c->declared;
        if (!c->declared && !c->options->create)
                return fault(reterr, -ENOENT,
                                "partition %s is not known on this control workstation; declare it with "
                                "--create if the name is right",
                                c->syspar);

        r = look_at_port(c, a, reterr);
        if (r >= 0)
                r = look_at_services(c, a, reterr);
        if (r >= 0)
                r = look_at_registration(c, a, reterr);
        look_at_enablement(c, a);
        return r;
}

/* ---- doing ---- */

static bool is_complete(const Addition *a) {
        return a->has_declaration && a->has_port && a->has_services && a->has_registration &&
               a->has_enablement;
}

/* A log directory that is not there is no reason to refuse, but worth knowing before the start. */
static void warn_of_log_directory(const Context *c) {
        struct stat st;

        if (stat(c->config.log_directory, &st) < 0 || !S_ISDIR(st.st_mode))
                warn("the log directory %s does not exist; make it, writable by user " NAME_USER
                     ", before hagsd is started",
                                c->config.log_directory);
}

int action_add(Context *c, char **reterr) {
        char *const syspars[] = { c->syspar, NULL };
        _cleanup_(plan_done) Plan plan = { 0 };
        Addition a = { 0 };
        int r;

        r = look(c, &a, reterr);
        if (r < 0)
                return r;

        warn_of_log_directory(c);
        if (is_complete(&a)) {
                say(c, "Partition %s is added already: port %u, node %u.", c->syspar,
                                (unsigned) a.registration.port, a.registration.node_number);
                return 0;
        }

        plan_stop(&plan, syspars, /* target= */ false);
        if (!a.has_declaration)
                plan_declare(&plan, c->syspar);
        if (!a.has_port)
                plan_store_port(&plan, c->syspar, a.registration.port);
        if (!a.has_services)
                plan_add_services(&plan, c->syspar, a.registration.port);
        if (!a.has_registration)
                plan_register(&plan, c->syspar, &a.registration);
        if (!a.has_enablement) {
                if (a.enable)
                        plan_enable(&plan, syspars, /* target= */ true);
                else
                        plan_disable(&plan, syspars, /* target= */ false);
        }
        plan_reload(&plan);

        r = plan_run(&plan, c, /* keep_going= */ false, reterr);
        if (r >= 0 && !c->options->dry_run)
                say(c, "Partition %s added as hags@%s.service: port %u, node %u%s.", c->syspar, c->syspar,
                                (unsigned) a.registration.port, a.registration.node_number,
                                context_is_workstation(c) ? " (control workstation)" : "");
        return r;
}
