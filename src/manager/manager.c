/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The connection to systemd, and what is asked of it in one call each. Jobs are in job.c. */

#include "manager/manager-internal.h"

#include <string.h>
#include <systemd/sd-daemon.h>

#include "util/strings.h"

#define PRIVATE_ADDRESS "unix:path=/run/systemd/private"

/* Above systemd's own worst case: a reload of thousands of units takes seconds, a busy disk more. */
#define CALL_TIMEOUT_USEC (90 * UINT64_C(1000000))

/* ---- connection ---- */

/* systemd's private socket is no bus: no Hello, no names, no Subscribe needed. Root only. */
static int open_private(sd_bus **ret) {
        sd_bus *bus = NULL;
        int r;

        r = sd_bus_new(&bus);
        if (r < 0)
                return r;

        r = sd_bus_set_address(bus, PRIVATE_ADDRESS);
        if (r >= 0)
                r = sd_bus_start(bus);
        if (r < 0) {
                sd_bus_unref(bus);
                return r;
        }

        *ret = bus;
        return 0;
}

int manager_check_booted(char **reterr) {
        if (sd_booted() > 0)
                return 0;
        return fault(reterr, -ENODEV,
                        "this system was not booted with systemd, which hags needs as its resource "
                        "controller");
}

int manager_open(Manager **ret, char **reterr) {
        _cleanup_(manager_freep) Manager *m = NULL;
        int r, bus_error;

        r = manager_check_booted(reterr);
        if (r < 0)
                return r;

        m = calloc(1, sizeof(*m));
        if (!m)
                return -ENOMEM;

        bus_error = sd_bus_open_system(&m->bus);
        if (bus_error < 0) {
                r = open_private(&m->bus);
                if (r < 0)
                        return fault(reterr, r,
                                        "cannot reach systemd: neither the system bus (%s) nor its private "
                                        "socket (%s) answers; see systemctl status dbus.service",
                                        strerror(-bus_error), strerror(-r));
                m->is_private = true;
        }

        (void) sd_bus_set_method_call_timeout(m->bus, CALL_TIMEOUT_USEC);
        *ret = TAKE_PTR(m);
        return 0;
}

Manager *manager_free(Manager *m) {
        if (!m)
                return NULL;

        sd_bus_flush_close_unref(m->bus);
        free(m);
        return NULL;
}

static bool is_connection_loss(int error) {
        return error == -ECONNRESET || error == -ENOTCONN || error == -EPIPE || error == -ESHUTDOWN;
}

int manager_fault(const Manager *m, char **reterr, int error, const sd_bus_error *e, const char *what,
                const char *unit) {
        const char *why = e && e->message ? e->message : strerror(-error);

        if (is_connection_loss(error))
                why = m->is_private ? "systemd was re-executed and closed the connection; run the command "
                                      "again"
                                    : "the system bus closed the connection; run the command again";
        else if (error == -ETIMEDOUT)
                why = "systemd did not answer in time; run the command again";

        return fault(reterr, error, "%s%s%s: %s", what, unit ? " " : "", unit ? unit : "", why);
}

/* ---- units ---- */

int manager_unit_path(const char *unit, char **ret) {
        return sd_bus_path_encode("/org/freedesktop/systemd1/unit", unit, ret);
}

static int read_invocation_id(sd_bus_message *reply, UnitState *s) {
        const void *id;
        size_t size;
        int r;

        r = sd_bus_message_enter_container(reply, 'v', "ay");
        if (r >= 0)
                r = sd_bus_message_read_array(reply, 'y', &id, &size);
        if (r < 0)
                return r;
        if (size == sizeof(s->invocation_id))
                memcpy(&s->invocation_id, id, size);
        return sd_bus_message_exit_container(reply);
}

/* The path of the unit's job; "/" without one. */
static int read_job(sd_bus_message *reply, char **ret_job) {
        const char *path;
        int r;

        r = sd_bus_message_read(reply, "v", "(uo)", NULL, &path);
        if (r < 0)
                return r;
        *ret_job = strdup(path);
        return *ret_job ? 0 : -ENOMEM;
}

/* The properties of UnitState, and where each goes. */
static int read_property(sd_bus_message *reply, const char *name, UnitState *s, char **ret_job) {
        const struct {
                const char *name;
                const char *type;
                void *to;
        } wanted[] = {
                { "LoadState", "s", &s->load_state },
                { "ActiveState", "s", &s->active_state },
                { "SubState", "s", &s->sub_state },
                { "Result", "s", &s->result },
                { "MainPID", "u", &s->main_pid },
                { "ExecMainCode", "i", &s->exec_main_code },
                { "ExecMainStatus", "i", &s->exec_main_status },
        };
        int r;

        for (size_t i = 0; i < ELEMENTSOF(wanted); i++) {
                const char *text;

                if (strcmp(name, wanted[i].name) != 0)
                        continue;
                if (wanted[i].type[0] != 's')
                        return sd_bus_message_read(reply, "v", wanted[i].type, wanted[i].to);

                r = sd_bus_message_read(reply, "v", "s", &text);
                if (r < 0)
                        return r;
                free(*(char **) wanted[i].to);
                *(char **) wanted[i].to = strdup(text);
                return *(char **) wanted[i].to ? 0 : -ENOMEM;
        }

        if (strcmp(name, "InvocationID") == 0)
                return read_invocation_id(reply, s);
        if (strcmp(name, "Job") == 0 && !*ret_job)
                return read_job(reply, ret_job);
        return sd_bus_message_skip(reply, "v");
}

/* GetAll() of all interfaces at once: one round trip for whatever the caller looks at. */
static int read_properties(sd_bus_message *reply, UnitState *s, char **ret_job) {
        const char *name;
        int r;

        r = sd_bus_message_enter_container(reply, 'a', "{sv}");
        if (r < 0)
                return r;

        while ((r = sd_bus_message_enter_container(reply, 'e', "sv")) > 0) {
                r = sd_bus_message_read(reply, "s", &name);
                if (r >= 0)
                        r = read_property(reply, name, s, ret_job);
                if (r >= 0)
                        r = sd_bus_message_exit_container(reply);
                if (r < 0)
                        return r;
        }
        return r;
}

int manager_unit_state(Manager *m, const char *unit, UnitState *ret, char **reterr) {
        _cleanup_(sd_bus_error_free) sd_bus_error e = SD_BUS_ERROR_NULL;
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        _cleanup_(freep) char *path = NULL, *job = NULL;
        _cleanup_(unit_state_done) UnitState s = { 0 };
        int r;

        r = manager_unit_path(unit, &path);
        if (r < 0)
                return r;

        r = sd_bus_call_method(m->bus, SYSTEMD_SERVICE, path, "org.freedesktop.DBus.Properties", "GetAll",
                        &e, &reply, "s", "");
        if (r >= 0)
                r = read_properties(reply, &s, &job);
        if (r < 0)
                return manager_fault(m, reterr, r, &e, "cannot ask systemd for the state of", unit);
        if (!s.load_state || !s.active_state || !s.sub_state)
                return fault(reterr, -EBADMSG, "systemd did not tell the state of %s", unit);

        /* A job that has ended since then is none. */
        if (job && strcmp(job, "/") != 0)
                (void) sd_bus_get_property_string(
                                m->bus, SYSTEMD_SERVICE, job, SYSTEMD_JOB, "JobType", NULL, &s.job_type);

        *ret = s;
        s = (UnitState){ 0 };
        return 0;
}

void unit_state_done(UnitState *s) {
        free(s->load_state);
        free(s->active_state);
        free(s->sub_state);
        free(s->result);
        free(s->job_type);
        *s = (UnitState){ 0 };
}

int manager_list_loaded(Manager *m, const char *pattern, char ***ret, char **reterr) {
        _cleanup_(sd_bus_error_free) sd_bus_error e = SD_BUS_ERROR_NULL;
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        _cleanup_(strings_freep) char **list = NULL;
        const char *name;
        int r;

        r = sd_bus_call_method(m->bus, SYSTEMD_SERVICE, SYSTEMD_PATH, SYSTEMD_MANAGER, "ListUnitsByPatterns",
                        &e, &reply, "asas", 0, 1, pattern);
        if (r >= 0)
                r = sd_bus_message_enter_container(reply, 'a', "(ssssssouso)");
        while (r >= 0 && (r = sd_bus_message_read(reply, "(ssssssouso)", &name, NULL, NULL, NULL, NULL, NULL,
                                          NULL, NULL, NULL, NULL)) > 0)
                r = strings_add_sorted(&list, name);
        if (r < 0)
                return manager_fault(m, reterr, r, &e, "cannot list the units", pattern);

        *ret = TAKE_PTR(list);
        return 0;
}

/* ---- unit files ---- */

/* `flags` are the call's booleans behind the list: runtime, and for enabling also force. */
static int change_unit_files(Manager *m, const char *method, char **units, size_t n_flags, const int *flags,
                const char *what, char **reterr) {
        _cleanup_(sd_bus_error_free) sd_bus_error e = SD_BUS_ERROR_NULL;
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        int r;

        r = sd_bus_message_new_method_call(
                        m->bus, &call, SYSTEMD_SERVICE, SYSTEMD_PATH, SYSTEMD_MANAGER, method);
        if (r >= 0)
                r = sd_bus_message_append_strv(call, units);
        for (size_t i = 0; r >= 0 && i < n_flags; i++)
                r = sd_bus_message_append(call, "b", flags[i]);
        if (r >= 0)
                r = sd_bus_call(m->bus, call, 0, &e, NULL);

        return r < 0 ? manager_fault(m, reterr, r, &e, what, units[0]) : 0;
}

int manager_enable(Manager *m, char **units, char **reterr) {
        return change_unit_files(m, "EnableUnitFiles", units, 2,
                        (const int[]){ /* runtime= */ 0, /* force= */ 1 }, "cannot enable", reterr);
}

int manager_disable(Manager *m, char **units, char **reterr) {
        return change_unit_files(m, "DisableUnitFiles", units, 1, (const int[]){ /* runtime= */ 0 },
                        "cannot disable", reterr);
}

int manager_reload(Manager *m, char **reterr) {
        _cleanup_(sd_bus_error_free) sd_bus_error e = SD_BUS_ERROR_NULL;
        int r;

        r = sd_bus_call_method(
                        m->bus, SYSTEMD_SERVICE, SYSTEMD_PATH, SYSTEMD_MANAGER, "Reload", &e, NULL, NULL);
        return r < 0 ? manager_fault(m, reterr, r, &e, "cannot reload systemd's configuration", NULL) : 0;
}

void manager_forget_failure(Manager *m, const char *unit) {
        (void) sd_bus_call_method_async(m->bus, NULL, SYSTEMD_SERVICE, SYSTEMD_PATH, SYSTEMD_MANAGER,
                        "ResetFailedUnit", NULL, NULL, "s", unit);
}

int manager_kill_main(Manager *m, const char *unit, int signo, char **reterr) {
        _cleanup_(sd_bus_error_free) sd_bus_error e = SD_BUS_ERROR_NULL;
        int r;

        r = sd_bus_call_method(m->bus, SYSTEMD_SERVICE, SYSTEMD_PATH, SYSTEMD_MANAGER, "KillUnit", &e, NULL,
                        "ssi", unit, "main", (int32_t) signo);
        if (r >= 0)
                return 0;
        if (sd_bus_error_has_name(&e, "org.freedesktop.systemd1.NoSuchProcess") ||
                        sd_bus_error_has_name(&e, "org.freedesktop.systemd1.NoSuchUnit"))
                return -ESRCH;
        return manager_fault(m, reterr, r, &e, "cannot signal", unit);
}
