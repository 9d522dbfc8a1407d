/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which partitions there are on this host: see known.h. */

#include "hagsctrl/known.h"

#include "manager/dropin.h"
#include "manager/enablement.h"
#include "sdr/sdr.h"
#include "sdr/services-file.h"
#include "sdr/services.h"
#include "util/fault.h"
#include "util/paths.h"
#include "util/strings.h"

static int add_loaded(Context *c, char ***list, char **reterr) {
        _cleanup_(strings_freep) char **units = NULL;
        Manager *m;
        int r;

        r = context_manager(c, &m, reterr);
        if (r >= 0)
                r = manager_list_loaded(m, UNIT_PREFIX "*" UNIT_SUFFIX, &units, reterr);

        for (char **unit = units; r >= 0 && unit && *unit; unit++) {
                char syspar[SYSPAR_NAME_MAX + 1];

                if (unit_name_parse(*unit, syspar))
                        r = strings_add_sorted(list, syspar);
        }
        return r;
}

typedef struct Gathering {
        char ***list;
        int error;
} Gathering;

static void on_marked(void *userdata, const char *syspar) {
        Gathering *g = userdata;

        if (g->error >= 0)
                g->error = strings_add_sorted(g->list, syspar);
}

static int add_services(char ***list, char **reterr) {
        _cleanup_(bytes_done) Bytes file = { 0 };
        Gathering g = { .list = list };
        int r;

        r = services_file_read(PATH_SERVICES, &file, reterr);
        if (r <= 0)
                return r;

        services_each_marked(&file, on_marked, &g);
        return g.error;
}

int known_instances(Context *c, char ***ret, char **reterr) {
        _cleanup_(strings_freep) char **list = NULL;
        _cleanup_(freep) char *message = NULL;
        int r;

        r = dropin_list(&list, reterr);
        if (r >= 0)
                r = enablement_list(&list, reterr);
        if (r >= 0)
                r = add_loaded(c, &list, reterr);
        if (r < 0)
                return r;

        /* A file that cannot be read is told, and keeps nobody from cleaning the rest. */
        r = add_services(&list, &message);
        if (r < 0)
                complain(c, &message, r);

        *ret = TAKE_PTR(list);
        return 0;
}

static int add_sdr(char ***list, char **reterr) {
        _cleanup_(sdr_done) Sdr sdr = { 0 };
        int r;

        r = sdr_load(PATH_SDR_PORTS, &sdr, reterr);
        for (size_t i = 0; r >= 0 && i < sdr.n_objects; i++)
                if (sdr_port(&sdr, sdr.objects[i].syspar) != 0)
                        r = strings_add_sorted(list, sdr.objects[i].syspar);
        return r;
}

static int add_declared(char ***list, char **reterr) {
        _cleanup_(strings_freep) char **declared = NULL;
        int r;

        r = config_list_partitions("", NULL, NULL, &declared, reterr);
        for (char **s = declared; r >= 0 && s && *s; s++)
                r = strings_add_sorted(list, *s);
        return r;
}

int known_partitions(Context *c, char ***ret, char **reterr) {
        _cleanup_(strings_freep) char **list = NULL;
        int r;

        r = known_instances(c, &list, reterr);
        if (r >= 0)
                r = strings_add_sorted(&list, c->config.partition);
        if (r >= 0)
                r = add_declared(&list, reterr);
        if (r >= 0)
                r = add_sdr(&list, reterr);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(list);
        return 0;
}

int known_check_current(Context *c, char **reterr) {
        _cleanup_(strings_freep) char **list = NULL;
        int r;

        if (c->declared || dropin_exists(c->syspar, DROPIN_SUBSYSTEM))
                return 0;

        r = known_partitions(c, &list, reterr);
        if (r < 0)
                return r;
        if (strings_contain(list, c->syspar))
                return 0;

        return fault(reterr, -ENOENT,
                        "there is no partition %s on this host; see hagsctrl --list, or add it with "
                        "hagsctrl -a --create --syspar %s",
                        c->syspar, c->syspar);
}
