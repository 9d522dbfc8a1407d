/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What happens in a group, told: see event.h. */

#include "hagsgroup/event.h"

#include <inttypes.h>
#include <string.h>

#include "diag/text.h"
#include "hagsgroup/output.h"
#include "hagsgroup/print.h"
#include "hagsgroup/shell.h"
#include "hagsgroup/text.h"
#include "util/clock.h"

/* ---- as a line ---- */

static const char *reason(const Event *e, unsigned i) {
        if (!e->leaves || i >= e->leaves->gs_count)
                return NULL;
        return text_reason(e->leaves->gs_leave_codes[i].gs_voluntary_or_failure);
}

static void put_list(FILE *to, const ha_gs_membership_t *list, const Event *with_reasons) {
        for (unsigned i = 0; i < list->gs_count; i++) {
                const char *why = with_reasons ? reason(with_reasons, i) : NULL;

                (void) fprintf(to, " %d/%d", list->gs_providers[i].gs_instance_number,
                                list->gs_providers[i].gs_node_number);
                if (why)
                        (void) fprintf(to, " %s", why);
        }
}

static void put_text(FILE *to, const Event *e) {
        (void) fputs(e->name, to);
        if (e->by)
                (void) fprintf(to, " %d/%d", e->by->gs_instance_number, e->by->gs_node_number);
        if (e->what)
                (void) fprintf(to, " %s", e->what);
        if (e->n_missing > 0)
                (void) fprintf(to, " %" PRIu64, e->n_missing);
        if (e->changed)
                put_list(to, e->changed, e);
        else if (e->members)
                put_list(to, e->members, NULL);
        if (e->state || e->message)
                (void) fputc(' ', to);
        if (e->state)
                text_put_bytes(to, e->state->gs_state, (size_t) e->state->gs_length);
        if (e->message)
                text_put_bytes(to, e->message->gs_message, (size_t) e->message->gs_length);
        (void) fputc('\n', to);
}

/* ---- as JSON ---- */

static json_t *changed_json(const Event *e) {
        json_t *array = json_array();

        for (unsigned i = 0; i < e->changed->gs_count; i++) {
                json_t *one = print_provider_json(e->changed->gs_providers[i]);

                if (reason(e, i))
                        json_put(&one, "reason", json_string(reason(e, i)));
                json_add(&array, one);
        }
        return array;
}

static json_t *event_json(const char *group, const Event *e) {
        json_t *object = print_begin_json(group);

        json_put(&object, "time", json_time(clock_usec(CLOCK_REALTIME)));
        json_put(&object, "event", json_string(e->name));
        if (e->by)
                json_put(&object, "by", print_provider_json(*e->by));
        if (e->what)
                json_put(&object, "what", json_string(e->what));
        if (e->changed)
                json_put(&object, "changed", changed_json(e));
        if (e->members)
                json_put(&object, "members",
                                print_members_json(e->members->gs_providers, e->members->gs_count));
        if (e->state)
                json_put(&object, "state", print_bytes_json(e->state->gs_state, e->state->gs_length));
        if (e->message)
                json_put(&object, "message",
                                print_bytes_json(e->message->gs_message, e->message->gs_length));
        if (e->n_missing > 0)
                json_put(&object, "missing", json_number(e->n_missing));
        return object;
}

static int put_json(FILE *to, const char *group, const Event *e) {
        json_auto_t *object = event_json(group, e);

        if (!object || json_dumpf(object, to, JSON_COMPACT) < 0)
                return -ENOMEM;
        (void) fputc('\n', to);
        return 0;
}

static int print(const Options *o, const char *group, const Event *e) {
        _cleanup_(freep) char *line = NULL;
        size_t size = 0;
        FILE *to;
        int r = 0;

        if (o->quiet)
                return 0;
        to = open_memstream(&line, &size);
        if (!to)
                return -ENOMEM;
        if (o->json)
                r = put_json(to, group, e);
        else
                put_text(to, e);
        if (fclose(to) != 0)
                r = -ENOMEM;
        return r < 0 ? r : output_put(line, size);
}

/* ---- as commands ---- */

/* All of them are set for each event: what is not told is empty, and not what somebody else had there. */

static int set_list(char ***environment, const char *name, const ha_gs_membership_t *list) {
        _cleanup_(freep) char *text = NULL;
        size_t size = 0;
        FILE *to = open_memstream(&text, &size);

        if (!to)
                return -ENOMEM;
        if (list)
                put_list(to, list, NULL);
        if (fclose(to) != 0)
                return -ENOMEM;
        return shell_set(environment, name, size > 0 ? text + 1 : NULL);
}

static int set_reasons(char ***environment, const Event *e) {
        _cleanup_(freep) char *text = NULL;
        size_t size = 0;
        FILE *to = open_memstream(&text, &size);

        if (!to)
                return -ENOMEM;
        for (unsigned i = 0; e->changed && i < e->changed->gs_count && reason(e, i); i++)
                (void) fprintf(to, " %s", reason(e, i));
        if (fclose(to) != 0)
                return -ENOMEM;
        return shell_set(environment, "HAGS_REASONS", size > 0 ? text + 1 : NULL);
}

static int set_values(char ***environment, const Event *e) {
        char number[24] = "";
        int r;

        if (e->n_missing > 0)
                (void) snprintf(number, sizeof(number), "%" PRIu64, e->n_missing);
        r = shell_set(environment, "HAGS_MISSING", number);
        if (r == 0)
                r = shell_set(environment, "HAGS_WHAT", e->what);
        if (r == 0)
                r = shell_set_bytes(environment, "HAGS_STATE", e->state ? e->state->gs_state : NULL,
                                e->state ? (size_t) e->state->gs_length : 0);
        if (r == 0)
                r = shell_set_bytes(environment, "HAGS_MESSAGE", e->message ? e->message->gs_message : NULL,
                                e->message ? (size_t) e->message->gs_length : 0);
        return r;
}

int event_set(char ***environment, const char *group, const Event *e) {
        ha_gs_membership_t by = { .gs_count = 1, .gs_providers = (ha_gs_provider_t *) e->by };
        int r;

        r = shell_set(environment, "HAGS_GROUP", group);
        if (r == 0)
                r = shell_set(environment, "HAGS_EVENT", e->name);
        if (r == 0)
                r = set_list(environment, "HAGS_MEMBERS", e->members);
        if (r == 0)
                r = set_list(environment, "HAGS_CHANGED", e->changed);
        if (r == 0)
                r = set_reasons(environment, e);
        if (r == 0)
                r = set_list(environment, "HAGS_BY", e->by ? &by : NULL);
        return r < 0 ? r : set_values(environment, e);
}

static int queue(const char *command, const char *group, const Event *e) {
        _cleanup_(strings_freep) char **environment = NULL;
        int r;

        if (!command)
                return 0;
        r = event_set(&environment, group, e);
        return r < 0 ? r : shell_queue(command, TAKE_PTR(environment));
}

/* ---- both ---- */

/* Of each so many were left out since the last that was told. */
static struct { uint64_t lines, commands; } missing;

static int put_commands(const Options *o, const char *group, const Event *e) {
        int r = queue(o->exec, group, e);

        if (r == 0 && e->state)
                r = queue(o->state_exec, group, e);
        return r;
}

typedef int (*Put)(const Options *o, const char *group, const Event *e);

static int put_missing(Put put, uint64_t *n_missing, const Options *o, const char *group) {
        int r = 0;

        if (*n_missing > 0)
                r = put(o, group, &(Event){ .name = "missing", .n_missing = *n_missing });
        if (r == 0)
                *n_missing = 0;
        return r;
}

static int tell(Put put, uint64_t *n_missing, const Options *o, const char *group, const Event *e) {
        int r = put_missing(put, n_missing, o, group);

        if (r == 0)
                r = put(o, group, e);
        if (r != -ENOBUFS)
                return r;
        ++*n_missing;
        return 0;
}

int event_tell(const Options *o, const char *group, const Event *event) {
        int r = tell(put_commands, &missing.commands, o, group, event);

        return r < 0 ? r : tell(print, &missing.lines, o, group, event);
}

int event_tell_missing(const Options *o, const char *group) {
        int r = put_missing(put_commands, &missing.commands, o, group);

        return r < 0 ? r : put_missing(print, &missing.lines, o, group);
}
