/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* JSON of values, and of what every answer begins with: see json.h. */

#include "diag/json.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "util/clock.h"

/* ---- composing ---- */

void json_put(json_t **object, const char *name, json_t *value) {
        if (*object && json_object_set_new(*object, name, value) >= 0)
                return;
        if (!*object)
                json_decref(value);
        json_decref(*object);
        *object = NULL;
}

void json_add(json_t **array, json_t *value) {
        if (*array && json_array_append_new(*array, value) >= 0)
                return;
        if (!*array)
                json_decref(value);
        json_decref(*array);
        *array = NULL;
}

/* ---- values ---- */

json_t *json_number(uint64_t number) {
        return json_integer((json_int_t) number);
}

json_t *json_digits(uint64_t number) {
        return json_sprintf("%" PRIu64, number);
}

json_t *json_pid(pid_t pid) {
        return pid > 0 ? json_integer(pid) : json_null();
}

json_t *json_uid(pid_t pid, uid_t uid) {
        return pid > 0 ? json_integer(uid) : json_null();
}

json_t *json_name(const char *name) {
        char escaped[4 * GS_GROUP_NAME_MAX + 1], *to = escaped;
        json_t *string = json_string(name);

        if (string)
                return string;
        for (const char *p = name; *p && to < escaped + sizeof(escaped) - 4; p++)
                if ((unsigned char) *p < 0x80)
                        *to++ = *p;
                else
                        to += sprintf(to, "\\x%02x", (unsigned char) *p);
        *to = 0;
        return json_string(escaped);
}

json_t *json_time(uint64_t usec) {
        time_t seconds = (time_t) (usec / USEC_PER_SEC);
        char text[32];
        struct tm tm;

        if (usec == 0 || !gmtime_r(&seconds, &tm))
                return json_null();
        (void) strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
        return json_sprintf("%s.%06uZ", text, (unsigned) (usec % USEC_PER_SEC));
}

/* Any bytes: as text if they are that, and in hexadecimal digits anyway. */
json_t *json_bytes(GsBytes bytes) {
        const unsigned char *data = bytes.data;
        char digits[2 * GS_MESSAGE_MAX + 1] = "";
        json_t *object, *text;

        if (bytes.size == 0 || bytes.size > GS_MESSAGE_MAX)
                return json_null();
        for (uint32_t i = 0; i < bytes.size; i++)
                (void) sprintf(digits + 2 * (size_t) i, "%02x", data[i]);
        text = json_stringn(bytes.data, bytes.size);

        object = json_object();
        json_put(&object, "size", json_integer(bytes.size));
        json_put(&object, "text", text ?: json_null());
        json_put(&object, "hex", json_string(digits));
        return object;
}

json_t *json_node(NodeId node) {
        json_t *object = json_object();

        json_put(&object, "number", json_integer(node.number));
        json_put(&object, "incarnation", json_number(node.incarnation));
        return object;
}

json_t *json_provider_name(GsProvider p) {
        json_t *object;

        if (p.instance == 0 && p.node == 0)
                return json_null();
        object = json_object();
        json_put(&object, "instance", json_integer(p.instance));
        json_put(&object, "node", json_integer(p.node));
        return object;
}

json_t *json_control(uint32_t control) {
        static const struct {
                uint32_t bit;
                const char *word;
        } words[] = {
                { GS_SUBSCRIBE_STATE, "state" },
                { GS_SUBSCRIBE_DELTA_JOINS, "delta_joins" },
                { GS_SUBSCRIBE_DELTA_LEAVES, "delta_leaves" },
                { GS_SUBSCRIBE_MEMBERSHIP, "membership" },
        };
        json_t *array = json_array();

        for (size_t i = 0; i < ELEMENTSOF(words); i++)
                if (control & words[i].bit)
                        json_add(&array, json_string(words[i].word));
        return array;
}

/* ---- the beginning of an answer ---- */

static json_t *json_domain(const Answer *a) {
        const ReportDomain *d = &a->domain;
        bool established = d->domain.number != 0 || d->domain.incarnation != 0;
        json_t *domain = json_object(), *nodes = json_array();

        for (uint32_t i = 0; i < a->n_nodes; i++)
                json_add(&nodes, json_node(a->nodes[i]));

        json_put(&domain, "state", json_string(domain_state_to_string(d->state)));
        json_put(&domain, "established_by", established ? json_node(d->domain) : json_null());
        json_put(&domain, "established_at", json_time(d->established.at));
        json_put(&domain, "view_began_at", json_time(d->view.at));
        json_put(&domain, "epoch", json_number(d->epoch));
        json_put(&domain, "position", json_number(d->position));
        json_put(&domain, "up_nodes", nodes);
        return domain;
}

json_t *json_answer(const Answer *a) {
        json_t *object = json_object();

        json_put(&object, "version", json_integer(JSON_VERSION));
        json_put(&object, "syspar", json_string(a->domain.syspar));
        json_put(&object, "node", json_node(a->domain.self));
        json_put(&object, "domain", json_domain(a));
        return object;
}
