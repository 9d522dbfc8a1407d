/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The steps that actions are made of: what each says and does. See steps.h. */

#include "hagsctrl/steps.h"

#include <string.h>

#include "manager/lock.h"
#include "manager/trace.h"
#include "sdr/services-file.h"
#include "util/fault.h"
#include "util/paths.h"
#include "util/strings.h"

/* ---- texts ---- */

/* "hags@a.service hags@b.service hags.target", for a step's text. NULL where memory is short. */
static char *name_units(char *const *syspars, bool target) {
        size_t size = 0;
        char *text = NULL;
        FILE *f;

        f = open_memstream(&text, &size);
        if (!f)
                return NULL;
        for (char *const *s = syspars; s && *s; s++)
                (void) fprintf(f, "%shags@%s.service", s == syspars ? "" : " ", *s);
        if (target)
                (void) fprintf(f, "%s" NAME_TARGET, strings_count(syspars) > 0 ? " " : "");
        if (fclose(f) != 0) {
                free(text);
                return NULL;
        }
        return text;
}

static void add_unit_step(Plan *p, Step step, const char *verb) {
        _cleanup_(freep) char *units = name_units(step.syspars, step.target);

        if (!units)
                p->error = -ENOMEM;
        else if (*units)
                plan_add(p, step, "%s %s", verb, units);
}

/* ---- stopping ---- */

static int list_jobs(const Step *step, UnitJob **ret, size_t *ret_n) {
        size_t n = strings_count(step->syspars), n_all = n + (step->target ? 1 : 0);
        UnitJob *jobs;

        jobs = calloc(n_all, sizeof(*jobs));
        if (!jobs)
                return -ENOMEM;

        for (size_t i = 0; i < n_all; i++) {
                if (i < n ? unit_name(step->syspars[i], &jobs[i].unit) < 0
                          : !(jobs[i].unit = strdup(NAME_TARGET))) {
                        jobs[i].unit = NULL;
                        unit_jobs_free(jobs, n_all);
                        return -ENOMEM;
                }
        }

        *ret = jobs;
        *ret_n = n_all;
        return 0;
}

/* The first failure is the step's; with several units each of the others is told too. */
static int tell_failed_jobs(Context *c, UnitJob *jobs, size_t n, char **reterr) {
        int result = 0;

        for (size_t i = 0; i < n; i++) {
                if (jobs[i].result >= 0)
                        continue;
                if (result == 0)
                        result = fault(reterr, jobs[i].result, "%s",
                                        fault_text(jobs[i].message, jobs[i].result));
                else
                        complain(c, &jobs[i].message, jobs[i].result);
        }
        return result;
}

static int run_stop(Context *c, const Step *step, char **reterr) {
        UnitJob *jobs;
        Manager *m;
        size_t n;
        int r;

        r = context_manager(c, &m, reterr);
        if (r >= 0)
                r = list_jobs(step, &jobs, &n);
        if (r < 0)
                return r;

        r = manager_run_jobs(m, JOB_STOP, jobs, n, context_progress(c), c, reterr);
        context_progress_clear(c);
        if (r >= 0)
                r = tell_failed_jobs(c, jobs, n, reterr);
        unit_jobs_free(jobs, n);
        return r;
}

void plan_stop(Plan *p, char *const *syspars, bool target) {
        add_unit_step(p, (Step){ .run = run_stop, .syspars = syspars, .target = target },
                        "stop, if running,");
}

/* What is deleted is no failed unit either: systemctl --failed would name it until the next boot. */
static int run_forget(Context *c, const Step *step, char **reterr) {
        Manager *m;
        int r;

        r = context_manager(c, &m, reterr);
        for (char *const *syspar = step->syspars; r >= 0 && syspar && *syspar; syspar++) {
                _cleanup_(freep) char *unit = NULL;

                r = unit_name(*syspar, &unit);
                if (r >= 0)
                        manager_forget_failure(m, unit);
        }
        return r;
}

void plan_forget(Plan *p, char *const *syspars) {
        add_unit_step(p, (Step){ .run = run_forget, .syspars = syspars }, "forget failures of");
}

/* ---- declaring ---- */

static int run_declare(_unused_ Context *c, const Step *step, char **reterr) {
        static const char text[] = "# A system partition of this control workstation: see hags.conf(5).\n"
                                   "[Partition]\n";
        char path[sizeof(PATH_SYSPAR_DIR) + SYSPAR_NAME_MAX + sizeof("/.conf")];
        int r;

        r = directory_make(PATH_CONFIG_DIR, 0755);
        if (r >= 0)
                r = directory_make(PATH_SYSPAR_DIR, 0755);
        if (r < 0)
                return fault(reterr, r, "cannot make " PATH_SYSPAR_DIR ": %s", strerror(-r));

        (void) snprintf(path, sizeof(path), PATH_SYSPAR_DIR "/%s.conf", step->syspar);
        r = file_replace(path, text, strlen(text), 0644);
        if (r < 0)
                return fault(reterr, r, "cannot write %s: %s", path, strerror(-r));
        return 0;
}

void plan_declare(Plan *p, const char *syspar) {
        plan_add(p, (Step){ .run = run_declare, .syspar = syspar },
                        "declare partition %s in " PATH_SYSPAR_DIR "/%s.conf", syspar, syspar);
}

/* ---- the SDR ---- */

static int store_sdr(const Sdr *sdr, char **reterr) {
        int r;

        r = directory_make(PATH_LIB_DIR, 0755);
        if (r >= 0)
                r = directory_make(PATH_SDR_DIR, 0755);
        if (r < 0)
                return fault(reterr, r, "cannot make " PATH_SDR_DIR ": %s", strerror(-r));

        return sdr_store(PATH_SDR_PORTS, sdr, reterr);
}

static int run_store_port(_unused_ Context *c, const Step *step, char **reterr) {
        _cleanup_(sdr_done) Sdr sdr = { 0 };
        int r;

        r = sdr_load(PATH_SDR_PORTS, &sdr, reterr);
        if (r >= 0)
                r = sdr_add(&sdr, step->syspar, step->port);
        return r < 0 ? r : store_sdr(&sdr, reterr);
}

void plan_store_port(Plan *p, const char *syspar, uint16_t port) {
        plan_add(p, (Step){ .run = run_store_port, .syspar = syspar, .port = port },
                        "store port %u for hags in partition %s in the SDR, " PATH_SDR_PORTS,
                        (unsigned) port, syspar);
}

static int run_clear_ports(_unused_ Context *c, _unused_ const Step *step, char **reterr) {
        _cleanup_(sdr_done) Sdr sdr = { 0 };
        int r;

        r = sdr_load(PATH_SDR_PORTS, &sdr, reterr);
        if (r < 0)
                return r;
        return sdr_remove_all(&sdr) == 0 ? 0 : store_sdr(&sdr, reterr);
}

void plan_clear_ports(Plan *p) {
        plan_add(p, (Step){ .run = run_clear_ports },
                        "remove every port of hags from the SDR, " PATH_SDR_PORTS);
}

static int run_replace_sdr(_unused_ Context *c, const Step *step, char **reterr) {
        return store_sdr(step->sdr, reterr);
}

void plan_replace_sdr(Plan *p, const Sdr *sdr) {
        plan_add(p, (Step){ .run = run_replace_sdr, .sdr = sdr },
                        "store %zu ports in the SDR, " PATH_SDR_PORTS, sdr->n_objects);
}

/* ---- /etc/services ---- */

static int run_add_services(_unused_ Context *c, const Step *step, char **reterr) {
        return services_file_add(PATH_SERVICES, step->syspar, step->port, /* dry= */ false, reterr);
}

void plan_add_services(Plan *p, const char *syspar, uint16_t port) {
        plan_add(p, (Step){ .run = run_add_services, .syspar = syspar, .port = port },
                        "enter hags.%s %u/tcp and %u/udp in " PATH_SERVICES, syspar, (unsigned) port,
                        (unsigned) port);
}

static int run_remove_services(_unused_ Context *c, const Step *step, char **reterr) {
        return services_file_remove(PATH_SERVICES, step->syspar, /* dry= */ false, reterr);
}

void plan_remove_services(Plan *p, const char *syspar) {
        plan_add(p, (Step){ .run = run_remove_services, .syspar = syspar },
                        "remove the lines of %s%s from " PATH_SERVICES, syspar ? "hags." : "all partitions",
                        syspar ? syspar : "");
}

/* ---- registration ---- */

static int run_register(_unused_ Context *c, const Step *step, char **reterr) {
        _cleanup_(bytes_done) Bytes text = { 0 };
        int r;

        r = registration_format(step->syspar, step->registration, &text);
        if (r >= 0)
                r = reload_mark(reterr);
        return r < 0 ? r : dropin_store(step->syspar, DROPIN_SUBSYSTEM, &text, reterr);
}

void plan_register(Plan *p, const char *syspar, const Registration *registration) {
        plan_add(p, (Step){ .run = run_register, .syspar = syspar, .registration = registration },
                        "register hags@%s.service, in place of an old registration: node %u, port %u",
                        syspar, registration->node_number, (unsigned) registration->port);
}

/* Registration first: a tracing drop-in alone does not let the unit start. */
static int run_unregister(Context *c, const Step *step, char **reterr) {
        int r, result = 0;

        r = reload_mark(reterr);
        if (r < 0)
                return r;

        for (char *const *syspar = step->syspars; syspar && *syspar; syspar++) {
                for (Dropin which = 0; which < _DROPIN_MAX; which++) {
                        _cleanup_(freep) char *message = NULL;

                        r = dropin_remove(*syspar, which, &message);
                        if (r >= 0)
                                continue;
                        if (result == 0)
                                result = fault(reterr, r, "%s", fault_text(message, r));
                        else
                                complain(c, &message, r);
                }
        }
        return result;
}

void plan_unregister(Plan *p, char *const *syspars) {
        add_unit_step(p, (Step){ .run = run_unregister, .syspars = syspars },
                        "remove registration and tracing of");
}

/* ---- enablement ---- */

static int change_enablement(Context *c, const Step *step,
                int (*change)(Manager *m, char **units, char **reterr), char **reterr) {
        _cleanup_(strings_freep) char **units = NULL;
        Manager *m;
        int r;

        for (char *const *syspar = step->syspars; syspar && *syspar; syspar++) {
                _cleanup_(freep) char *unit = NULL;

                if (unit_name(*syspar, &unit) < 0 || strings_add(&units, unit) < 0)
                        return -ENOMEM;
        }
        if (step->target && strings_add(&units, NAME_TARGET) < 0)
                return -ENOMEM;

        r = context_manager(c, &m, reterr);
        if (r >= 0)
                r = reload_mark(reterr);
        return r < 0 ? r : change(m, units, reterr);
}

static int run_enable(Context *c, const Step *step, char **reterr) {
        return change_enablement(c, step, manager_enable, reterr);
}

static int run_disable(Context *c, const Step *step, char **reterr) {
        return change_enablement(c, step, manager_disable, reterr);
}

void plan_enable(Plan *p, char *const *syspars, bool target) {
        add_unit_step(p, (Step){ .run = run_enable, .syspars = syspars, .target = target }, "enable");
}

void plan_disable(Plan *p, char *const *syspars, bool target) {
        add_unit_step(p, (Step){ .run = run_disable, .syspars = syspars, .target = target }, "disable");
}

/* ---- tracing ---- */

static int run_trace_on(_unused_ Context *c, const Step *step, char **reterr) {
        return trace_record(step->syspar, /* on= */ true, reterr);
}

void plan_trace_on(Plan *p, const char *syspar) {
        plan_add(p, (Step){ .run = run_trace_on, .syspar = syspar },
                        "write the tracing drop-in of hags@%s.service", syspar);
}

static int run_trace_off(_unused_ Context *c, const Step *step, char **reterr) {
        return trace_record(step->syspar, /* on= */ false, reterr);
}

void plan_trace_off(Plan *p, const char *syspar) {
        plan_add(p, (Step){ .run = run_trace_off, .syspar = syspar },
                        "remove the tracing drop-in of hags@%s.service", syspar);
}

static int switch_trace(Context *c, const Step *step, bool on, char **reterr) {
        Manager *m;
        int r;

        r = context_manager(c, &m, reterr);
        return r < 0 ? r : trace_tell(m, step->syspar, on, reterr);
}

static int run_switch_on(Context *c, const Step *step, char **reterr) {
        return switch_trace(c, step, /* on= */ true, reterr);
}

static int run_switch_off(Context *c, const Step *step, char **reterr) {
        return switch_trace(c, step, /* on= */ false, reterr);
}

void plan_switch_trace(Plan *p, const char *syspar, bool on) {
        plan_add(p, (Step){ .run = on ? run_switch_on : run_switch_off, .syspar = syspar },
                        "switch the running daemon of hags@%s.service to %s tracing", syspar,
                        on ? "long" : "short");
}

/* ---- systemd ---- */

static int run_reload(Context *c, _unused_ const Step *step, char **reterr) {
        Manager *m;
        int r;

        r = context_manager(c, &m, reterr);
        return r < 0 ? r : reload_now(m, reterr);
}

void plan_reload(Plan *p) {
        plan_add(p, (Step){ .run = run_reload }, "reload systemd's configuration");
}
