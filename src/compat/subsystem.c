/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Registrations and units as SRC's subsystems: see subsystem.h. */

#include "compat/subsystem.h"

#include <string.h>

#include "compat/message.h"
#include "manager/dropin.h"
#include "manager/unit-name.h"
#include "util/fault.h"
#include "util/parse.h"

/* ---- what is on file ---- */

void subsystems_done(Subsystems *s) {
        for (size_t i = 0; i < s->n; i++)
                free(s->list[i].unit);
        free(s->list);
        *s = (Subsystems){ 0 };
}

int current_partition(const Compat *c, char ret[static SYSPAR_NAME_MAX + 1], char **reterr) {
        const char *name = secure_getenv("SP_NAME");

        if (!name || !*name)
                name = c->config.partition;
        if (!syspar_name_is_valid(name))
                return fault(reterr, -EINVAL,
                                "'%s' ($SP_NAME) is not a partition name; 1 to %d letters, digits, '_' and "
                                "'-' are, beginning with a letter or digit",
                                name, SYSPAR_NAME_MAX);
        (void) strcpy(ret, name);
        return 0;
}

int node_number_of(const Compat *c, const char *syspar, unsigned *ret, char **reterr) {
        _cleanup_(registration_done) Registration registration = { 0 };
        _cleanup_(bytes_done) Bytes file = { 0 };
        int r;

        r = dropin_read(syspar, DROPIN_SUBSYSTEM, &file);
        if (r < 0)
                return fault(reterr, r, "cannot read the registration of partition %s: %s", syspar,
                                strerror(-r));
        *ret = r > 0 && registration_parse(&file, &registration) >= 0 ? registration.node_number
                                                                      : c->config.node_number;
        return 0;
}

static int append(Subsystems *s, const char *syspar, bool workstation, bool current) {
        char with_partition[SUBSYSTEM_NAME_MAX + 1];
        Subsystem *larger;
        int r;

        larger = reallocarray(s->list, s->n + 1, sizeof(*larger));
        if (!larger)
                return -ENOMEM;
        s->list = larger;

        larger[s->n] = (Subsystem){ 0 };
        r = unit_name(syspar, &larger[s->n].unit);
        if (r < 0)
                return r;
        (void) snprintf(with_partition, sizeof(with_partition), SUBSYSTEM_GROUP ".%s", syspar);
        (void) strcpy(larger[s->n].syspar, syspar);
        (void) strcpy(larger[s->n].name, workstation ? with_partition : SUBSYSTEM_GROUP);
        if (!workstation)
                (void) strcpy(larger[s->n].synonym, with_partition);
        else if (current)
                (void) strcpy(larger[s->n].synonym, SUBSYSTEM_GROUP);
        s->n++;
        return 0;
}

int subsystems_load(const Compat *c, Subsystems *ret, char **reterr) {
        _cleanup_(subsystems_done) Subsystems s = { 0 };
        _cleanup_(strings_freep) char **syspars = NULL;
        char current[SYSPAR_NAME_MAX + 1];
        int r;

        r = current_partition(c, current, reterr);
        if (r >= 0)
                r = dropin_list(&syspars, reterr);
        for (char **syspar = syspars; r >= 0 && syspar && *syspar; syspar++) {
                unsigned number;

                if (!dropin_exists(*syspar, DROPIN_SUBSYSTEM))
                        continue;
                r = node_number_of(c, *syspar, &number, reterr);
                if (r >= 0)
                        r = append(&s, *syspar, number == 0, strcmp(*syspar, current) == 0);
        }
        if (r < 0)
                return r;

        *ret = s;
        s = (Subsystems){ 0 };
        return 0;
}

/* ---- choosing ---- */

/* Keep one, under the name that was asked for. */
static void keep_one(Subsystems *s, size_t i, const char *name) {
        Subsystem kept = s->list[i];

        if (strcmp(kept.name, name) != 0) {
                (void) strcpy(kept.synonym, kept.name);
                (void) strcpy(kept.name, name);
        }
        s->list[i].unit = NULL;
        for (size_t j = 0; j < s->n; j++)
                free(s->list[j].unit);
        s->list[0] = kept;
        s->n = 1;
}

static int select_name(Subsystems *s, const char *name, char **reterr) {
        /* A name goes before a synonym: registrations of a node and of a workstation may both be there. */
        for (int synonym = 0; synonym <= 1; synonym++)
                for (size_t i = 0; i < s->n; i++)
                        if (*name && strcmp(synonym ? s->list[i].synonym : s->list[i].name, name) == 0) {
                                keep_one(s, i, name);
                                return 0;
                        }
        return fault(reterr, -ENOENT, MESSAGE_NOT_ON_FILE, name);
}

static int select_pid(Compat *c, Subsystems *s, const char *text, char **reterr) {
        uint64_t wanted;

        if (parse_u64(text, 1, INT32_MAX, &wanted) < 0)
                return fault(reterr, -EINVAL, "'%s' is no PID", text);

        for (size_t i = 0; i < s->n; i++) {
                SubsystemState state;
                pid_t pid;
                int r;

                r = subsystem_ask(c, &s->list[i], &state, &pid, reterr);
                if (r < 0)
                        return r;
                if (pid == (pid_t) wanted) {
                        keep_one(s, i, s->list[i].name);
                        return 0;
                }
        }
        return fault(reterr, -ENOENT, MESSAGE_NO_RECORDS);
}

int subsystems_select(Compat *c, const CommandLine *line, Subsystems *ret, char **reterr) {
        _cleanup_(subsystems_done) Subsystems s = { 0 };
        const char *group = line->value['g'];
        int r;

        if (line->given['a'] + line->given['g'] + line->given['s'] + line->given['p'] != 1)
                return fault(reterr, -EINVAL,
                                "exactly one of the options that choose a subsystem must be given; see %s "
                                "--help",
                                c->name);

        r = subsystems_load(c, &s, reterr);
        if (r >= 0 && group && (strcmp(group, SUBSYSTEM_GROUP) != 0 || s.n == 0))
                r = fault(reterr, -ENOENT, MESSAGE_GROUP_NOT_ON_FILE, group);
        else if (r >= 0 && line->value['s'])
                r = select_name(&s, line->value['s'], reterr);
        else if (r >= 0 && line->value['p'])
                r = select_pid(c, &s, line->value['p'], reterr);
        if (r < 0)
                return r;

        *ret = s;
        s = (Subsystems){ 0 };
        return 0;
}

int subsystems_select_running(Compat *c, const CommandLine *line, Subsystems *ret, char **reterr) {
        _cleanup_(subsystems_done) Subsystems s = { 0 };
        const char *name = line->value['g'] ?: line->value['s'];
        int r;

        r = subsystems_select(c, line, &s, reterr);
        if (r >= 0)
                r = subsystems_leave_out(c, &s, SUBSYSTEM_INOPERATIVE, NULL, reterr);
        if (r < 0)
                return r;
        if (s.n == 0)
                return name ? fault(reterr, -ESRCH, MESSAGE_INOPERATIVE, name)
                            : fault(reterr, -ESRCH, MESSAGE_NO_RECORDS);

        *ret = s;
        s = (Subsystems){ 0 };
        return 0;
}

/* ---- states ---- */

SubsystemState subsystem_state_of(const UnitState *unit) {
        bool stop = unit->job_type && strcmp(unit->job_type, "stop") == 0;
        bool start = unit->job_type && strcmp(unit->job_type, "start") == 0;

        if (strcmp(unit->active_state, "deactivating") == 0)
                return SUBSYSTEM_STOPPING;
        if (strcmp(unit->active_state, "activating") == 0)
                return stop ? SUBSYSTEM_WARNED : SUBSYSTEM_STARTING;
        if (strcmp(unit->active_state, "inactive") == 0 || strcmp(unit->active_state, "failed") == 0)
                return start ? SUBSYSTEM_STARTING : SUBSYSTEM_INOPERATIVE;
        return stop ? SUBSYSTEM_WARNED : SUBSYSTEM_ACTIVE;
}

const char *subsystem_state_to_string(SubsystemState state) {
        static const char *const words[_SUBSYSTEM_STATE_MAX] = {
                [SUBSYSTEM_INOPERATIVE] = "inoperative",
                [SUBSYSTEM_STARTING] = "starting",
                [SUBSYSTEM_ACTIVE] = "active",
                [SUBSYSTEM_WARNED] = "warned to stop",
                [SUBSYSTEM_STOPPING] = "stopping",
        };

        return words[state];
}

int subsystem_ask(Compat *c, const Subsystem *s, SubsystemState *ret, pid_t *ret_pid, char **reterr) {
        _cleanup_(unit_state_done) UnitState unit = { 0 };
        Manager *m;
        int r;

        r = compat_manager(c, &m, reterr);
        if (r >= 0)
                r = manager_unit_state(m, s->unit, &unit, reterr);
        if (r < 0)
                return r;

        *ret = subsystem_state_of(&unit);
        *ret_pid = *ret == SUBSYSTEM_INOPERATIVE ? 0 : unit.main_pid;
        return 0;
}

/* ---- all of them ---- */

int subsystems_leave_out(Compat *c, Subsystems *s, SubsystemState state,
                void (*left_out)(Compat *c, const Subsystem *s), char **reterr) {
        for (size_t i = 0; i < s->n;) {
                SubsystemState present;
                pid_t pid;
                int r;

                r = subsystem_ask(c, &s->list[i], &present, &pid, reterr);
                if (r < 0)
                        return r;
                if (present != state) {
                        i++;
                        continue;
                }
                if (left_out)
                        left_out(c, &s->list[i]);
                free(s->list[i].unit);
                s->n--;
                memmove(&s->list[i], &s->list[i + 1], (s->n - i) * sizeof(s->list[i]));
        }
        return 0;
}

int subsystems_run_jobs(Compat *c, const Subsystems *s, JobKind kind,
                void (*done)(const Subsystem *s, const UnitJob *job), char **reterr) {
        UnitJob *jobs = NULL;
        Manager *m;
        int r;

        r = compat_manager(c, &m, reterr);
        if (r < 0)
                return r;
        jobs = calloc(s->n + 1, sizeof(*jobs));
        if (!jobs)
                return -ENOMEM;
        for (size_t i = 0; i < s->n; i++)
                jobs[i].unit = s->list[i].unit;

        r = manager_run_jobs(m, kind, jobs, s->n, NULL, NULL, reterr);
        for (size_t i = 0; r >= 0 && i < s->n; i++)
                if (jobs[i].result < 0)
                        compat_complain(c, &jobs[i].message, jobs[i].result);
                else
                        done(&s->list[i], &jobs[i]);

        for (size_t i = 0; i < s->n; i++)
                free(jobs[i].message);
        free(jobs);
        return r;
}
