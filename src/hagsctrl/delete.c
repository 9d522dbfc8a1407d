/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hagsctrl -d: delete the current partition's instance. */

#include <string.h>

#include "hagsctrl/actions.h"
#include "hagsctrl/known.h"
#include "hagsctrl/steps.h"
#include "manager/enablement.h"
#include "sdr/services-file.h"
#include "util/paths.h"
#include "util/strings.h"

/* Is any other partition left in the group: registered or enabled? */
static int others_are_left(const char *syspar, bool *ret, char **reterr) {
        _cleanup_(strings_freep) char **list = NULL;
        int r;

        r = dropin_list(&list, reterr);
        if (r >= 0)
                r = enablement_list(&list, reterr);
        if (r < 0)
                return r;

        *ret = strings_count(list) > (strings_contain(list, syspar) ? 1 : 0);
        return 0;
}

int action_delete(Context *c, char **reterr) {
        bool registered =
                        dropin_exists(c->syspar, DROPIN_SUBSYSTEM) || dropin_exists(c->syspar, DROPIN_TRACE);
        char *const syspars[] = { c->syspar, NULL }, *const nobody[] = { NULL };
        bool enabled = enablement_instance(c->syspar), others, target, services = false;
        _cleanup_(plan_done) Plan plan = { 0 };
        int r;

        r = known_check_current(c, reterr);
        if (r >= 0)
                r = others_are_left(c->syspar, &others, reterr);
        if (r >= 0 && c->config.edit_services) {
                r = services_file_remove(PATH_SERVICES, c->syspar, /* dry= */ true, reterr);
                services = r > 0;
        }
        if (r < 0)
                return r;

        target = !others && enablement_target();

        plan_stop(&plan, syspars, /* target= */ false);
        plan_forget(&plan, syspars);
        plan_disable(&plan, enabled ? syspars : nobody, target);
        if (registered)
                plan_unregister(&plan, syspars);
        if (services)
                plan_remove_services(&plan, c->syspar);
        if (enabled || target || registered)
                plan_reload(&plan);

        r = plan_run(&plan, c, /* keep_going= */ false, reterr);
        if (r >= 0 && !c->options->dry_run)
                say(c, "Partition %s is deleted. Its port stays in the SDR, its logs are kept.", c->syspar);
        return r;
}
