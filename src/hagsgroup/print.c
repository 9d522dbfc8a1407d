/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How hagsgroup prints: see print.h. */

#include "hagsgroup/print.h"

#include "hagsgroup/client.h"

json_t *print_begin_json(const char *group) {
        json_t *object = json_object();

        json_put(&object, "version", json_integer(JSON_VERSION));
        json_put(&object, "syspar", json_string(client_syspar()));
        if (group)
                json_put(&object, "group", json_name(group));
        return object;
}

json_t *print_provider_json(ha_gs_provider_t provider) {
        json_t *object = json_object();

        json_put(&object, "instance", json_integer(provider.gs_instance_number));
        json_put(&object, "node", json_integer(provider.gs_node_number));
        return object;
}

json_t *print_members_json(const ha_gs_provider_t *members, unsigned n) {
        json_t *array = json_array();

        for (unsigned i = 0; i < n; i++)
                json_add(&array, print_provider_json(members[i]));
        return array;
}

json_t *print_bytes_json(const char *data, int size) {
        return json_bytes((GsBytes){ .data = data, .size = (uint32_t) size });
}

int print_json(json_t *object) {
        int r = object ? json_dumpf(object, stdout, JSON_COMPACT) : -1;

        json_decref(object);
        if (r < 0)
                return -ENOMEM;
        (void) putchar('\n');
        return 0;
}
