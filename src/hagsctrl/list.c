/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * hagsctrl --list: every partition known on this host. One line a partition, with a header on a terminal
 * only; or JSON, whose fields are documented in hagsctrl(8): new ones may come, old ones do not change under
 * one "version".
 */

#include <inttypes.h>
#include <jansson.h>
#include <string.h>

#include "hagsctrl/actions.h"
#include "hagsctrl/known.h"
#include "ask/daemon-status.h"
#include "manager/dropin.h"
#include "manager/enablement.h"
#include "sdr/sdr.h"
#include "util/paths.h"
#include "util/strings.h"

#define JSON_VERSION 1
#define STATUS_WAIT_USEC (2 * UINT64_C(1000000))

/* What is shown of one partition. */
typedef struct Row {
        const char *syspar;
        uint16_t port; /* 0: none in the SDR */
        bool registered, enabled, trace_recorded;
        UnitState unit;
        Status *status; /* NULL: hagsd did not answer */
} Row;

static void row_done(Row *row) {
        unit_state_done(&row->unit);
        free(row->status);
}

/* A daemon that runs knows best whether it traces; else the drop-in tells how it will. */
static TraceLevel trace_of(const Row *row) {
        if (row->status)
                return row->status->trace;
        return row->trace_recorded ? TRACE_LONG : TRACE_SHORT;
}

static int gather(Context *c, const Sdr *sdr, const char *syspar, Row *ret, char **reterr) {
        _cleanup_(row_done) Row row = {
                .syspar = syspar,
                .port = sdr_port(sdr, syspar),
                .registered = dropin_exists(syspar, DROPIN_SUBSYSTEM),
                .enabled = enablement_instance(syspar),
                .trace_recorded = dropin_exists(syspar, DROPIN_TRACE),
        };
        _cleanup_(freep) char *unit = NULL;
        Manager *m;
        int r;

        r = context_manager(c, &m, reterr);
        if (r >= 0)
                r = unit_name(syspar, &unit);
        if (r >= 0)
                r = manager_unit_state(m, unit, &row.unit, reterr);
        if (r < 0)
                return r;

        if (row.unit.main_pid > 0) {
                row.status = malloc(sizeof(*row.status));
                if (row.status && daemon_status_ask(syspar, STATUS_WAIT_USEC, row.status, NULL) != 0) {
                        free(row.status);
                        row.status = NULL;
                }
        }

        *ret = row;
        row = (Row){ 0 };
        return 0;
}

/* ---- text ---- */

static void print_domain(const Row *row) {
        if (!row->status)
                (void) printf("-\n");
        else if (row->status->domain_state == DOMAIN_ESTABLISHED)
                (void) printf("established by node %u\n", (unsigned) row->status->domain_node);
        else
                (void) printf("%s\n", domain_state_to_string(row->status->domain_state));
}

static void print_header(int width) {
        if (isatty(STDOUT_FILENO))
                (void) printf("%-*s %-5s %-10s %-8s %-12s %-8s %-7s %-6s %-7s %s\n", width, "SYSPAR",
                                "PORT", "REGISTERED", "ENABLED", "STATE", "PID", "TRACE", "GROUPS",
                                "CLIENTS", "DOMAIN");
}

static void print_row(const Row *row, int width) {
        char port[8] = "-", pid[16] = "-", groups[16] = "-", clients[16] = "-";

        if (row->port != 0)
                (void) snprintf(port, sizeof(port), "%u", (unsigned) row->port);
        if (row->unit.main_pid > 0)
                (void) snprintf(pid, sizeof(pid), "%d", (int) row->unit.main_pid);
        if (row->status) {
                (void) snprintf(groups, sizeof(groups), "%" PRIu32, row->status->n_groups);
                (void) snprintf(clients, sizeof(clients), "%" PRIu32, row->status->n_clients);
        }

        (void) printf("%-*s %-5s %-10s %-8s %-12s %-8s %-7s %-6s %-7s ", width, row->syspar, port,
                        row->registered ? "yes" : "no", row->enabled ? "yes" : "no", row->unit.active_state,
                        pid, trace_level_to_string(trace_of(row)), groups, clients);
        print_domain(row);
}

/* ---- JSON ---- */

static json_t *json_number_or_null(bool known, json_int_t number) {
        return known ? json_integer(number) : json_null();
}

static json_t *json_domain(const Status *s) {
        json_t *domain, *nodes;

        if (!s)
                return json_null();

        nodes = json_array();
        for (size_t i = 0; i < s->n_up_nodes; i++)
                (void) json_array_append_new(nodes, json_integer(s->up_nodes[i]));

        domain = json_object();
        (void) json_object_set_new(domain, "state", json_string(domain_state_to_string(s->domain_state)));
        (void) json_object_set_new(domain, "established_by",
                        json_number_or_null(s->domain_state == DOMAIN_ESTABLISHED, s->domain_node));
        (void) json_object_set_new(domain, "up_nodes", nodes);
        (void) json_object_set_new(domain, "groups", json_integer(s->n_groups));
        (void) json_object_set_new(domain, "providers", json_integer(s->n_providers));
        return domain;
}

static json_t *json_row(const Row *row) {
        const struct {
                const char *name;
                json_t *value;
        } fields[] = {
                { "syspar", json_string(row->syspar) },
                { "unit", json_sprintf(UNIT_PREFIX "%s" UNIT_SUFFIX, row->syspar) },
                { "port", json_number_or_null(row->port != 0, row->port) },
                { "registered", json_boolean(row->registered) },
                { "enabled", json_boolean(row->enabled) },
                { "active_state", json_string(row->unit.active_state) },
                { "sub_state", json_string(row->unit.sub_state) },
                { "pid", json_number_or_null(row->unit.main_pid > 0, row->unit.main_pid) },
                { "trace", json_string(trace_level_to_string(trace_of(row))) },
                { "trace_recorded", json_boolean(row->trace_recorded) },
                { "incarnation", json_number_or_null(row->status,
                                                 row->status ? (json_int_t) row->status->incarnation : 0) },
                { "clients", json_number_or_null(row->status, row->status ? row->status->n_clients : 0) },
                { "subscribers", json_number_or_null(row->status,
                                                 row->status ? row->status->n_subscribers : 0) },
                { "domain", json_domain(row->status) },
        };
        json_t *object = json_object();

        for (size_t i = 0; i < ELEMENTSOF(fields); i++)
                (void) json_object_set_new(object, fields[i].name, fields[i].value);
        return object;
}

/* ---- both ---- */

static int widest(char *const *partitions) {
        size_t width = strlen("SYSPAR");

        for (; partitions && *partitions; partitions++)
                if (strlen(*partitions) > width)
                        width = strlen(*partitions);
        return (int) width;
}

static int list_all(Context *c, const Sdr *sdr, char *const *partitions, json_t *array, char **reterr) {
        int width = widest(partitions);

        for (; partitions && *partitions; partitions++) {
                _cleanup_(row_done) Row row = { 0 };
                int r;

                r = gather(c, sdr, *partitions, &row, reterr);
                if (r < 0)
                        return r;
                if (!array)
                        print_row(&row, width);
                else if (json_array_append_new(array, json_row(&row)) < 0)
                        return -ENOMEM;
        }
        return 0;
}

int action_list(Context *c, char **reterr) {
        _cleanup_(strings_freep) char **partitions = NULL;
        _cleanup_(sdr_done) Sdr sdr = { 0 };
        json_auto_t *array = NULL, *root = NULL;
        int r;

        r = sdr_load(PATH_SDR_PORTS, &sdr, reterr);
        if (r >= 0)
                r = known_partitions(c, &partitions, reterr);
        if (r < 0)
                return r;

        if (!c->options->json) {
                print_header(widest(partitions));
                return list_all(c, &sdr, partitions, NULL, reterr);
        }

        array = json_array();
        r = list_all(c, &sdr, partitions, array, reterr);
        if (r < 0)
                return r;

        root = json_pack("{s:i, s:i, s:O}", "version", JSON_VERSION, "node", (int) c->config.node_number,
                        "partitions", array);
        if (!root || json_dumpf(root, stdout, JSON_INDENT(2)) < 0)
                return -ENOMEM;
        (void) putchar('\n');
        return 0;
}
