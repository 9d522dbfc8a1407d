/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * hagsctrl -c and -u: delete the instances of all partitions of this host. They work on what is there: a
 * step that fails for one partition is complained about and the rest is done all the same.
 */

#include <string.h>

#include "hagsctrl/actions.h"
#include "hagsctrl/known.h"
#include "hagsctrl/steps.h"
#include "ask/daemon-status.h"
#include "manager/enablement.h"
#include "sdr/sdr.h"
#include "util/fault.h"
#include "util/paths.h"
#include "util/strings.h"

/* How long -u waits for the answer of one hagsd. */
#define STATUS_WAIT_USEC (5 * UINT64_C(1000000))

/* Those of `all` for which `holds`. */
static int select_partitions(char *const *all, bool (*holds)(const char *syspar), char ***ret) {
        for (; all && *all; all++) {
                int r = holds(*all) ? strings_add(ret, *all) : 0;

                if (r < 0)
                        return r;
        }
        return 0;
}

static bool has_dropin(const char *syspar) {
        return dropin_exists(syspar, DROPIN_SUBSYSTEM) || dropin_exists(syspar, DROPIN_TRACE);
}

/* What -c cleans. The lists are kept until its plan has run. */
typedef struct Cleaning {
        char **all;
        char **enabled;
        char **registered;
} Cleaning;

static void cleaning_done(Cleaning *cl) {
        strings_free(cl->all);
        strings_free(cl->enabled);
        strings_free(cl->registered);
}

static int cleaning_look(Context *c, Cleaning *cl, char **reterr) {
        int r;

        r = known_instances(c, &cl->all, reterr);
        if (r >= 0)
                r = select_partitions(cl->all, enablement_instance, &cl->enabled);
        if (r >= 0)
                r = select_partitions(cl->all, has_dropin, &cl->registered);
        return r;
}

static void plan_clean(Context *c, const Cleaning *cl, Plan *plan) {
        bool target = enablement_target();

        plan_stop(plan, cl->all, /* target= */ true);
        plan_forget(plan, cl->all);
        plan_disable(plan, cl->enabled, target);
        if (cl->registered)
                plan_unregister(plan, cl->registered);
        if (c->config.edit_services)
                plan_remove_services(plan, NULL);
        if (cl->enabled || target || cl->registered)
                plan_reload(plan);
}

static int run_clean(Context *c, Plan *plan, const Cleaning *cl, const char *sdr, char **reterr) {
        size_t n = strings_count(cl->all);
        int r;

        r = plan_run(plan, c, /* keep_going= */ true, reterr);
        if (r >= 0 && !c->options->dry_run && !c->failed)
                say(c, "%zu %s cleaned. %s", n, n == 1 ? "partition" : "partitions", sdr);
        return r;
}

int action_clean(Context *c, char **reterr) {
        _cleanup_(cleaning_done) Cleaning cl = { 0 };
        _cleanup_(plan_done) Plan plan = { 0 };
        int r;

        r = cleaning_look(c, &cl, reterr);
        if (r < 0)
                return r;

        plan_clean(c, &cl, &plan);
        return run_clean(c, &plan, &cl, "The SDR keeps their ports.", reterr);
}

/* ---- unconfigure ---- */

/* "1 4 7": the nodes of a status answer other than this host. An empty string if there are none. */
static char *name_other_nodes(const Status *status) {
        char *text = NULL;
        size_t size = 0;
        FILE *f;

        f = open_memstream(&text, &size);
        if (!f)
                return NULL;
        for (size_t i = 0; i < status->n_up_nodes; i++)
                if (status->up_nodes[i] != status->node_number)
                        (void) fprintf(f, " %u", (unsigned) status->up_nodes[i]);
        if (fclose(f) != 0) {
                free(text);
                return NULL;
        }
        return text;
}

/*
 * A port that is given away again while nodes still use it leads to undefined behaviour: hagsctrl -c must
 * have run on every node first. Whoever is up in the domain has not done so.
 */
static int check_nodes(const char *syspar, bool has_port, bool force, char **reterr) {
        _cleanup_(freep) Status *status = malloc(sizeof(*status));
        _cleanup_(freep) char *message = NULL, *others = NULL;
        int r;

        r = status ? daemon_status_ask(syspar, STATUS_WAIT_USEC, status, &message) : -ENOMEM;
        if (r == DAEMON_STATUS_E_DOWN && !has_port)
                return 0;
        if (r != 0) {
                warn("which nodes are up in partition %s was not checked: %s", syspar,
                                r > 0 ? "its hagsd does not run here" : fault_text(message, r));
                return 0;
        }

        others = name_other_nodes(status);
        if (!others)
                return -ENOMEM;
        if (*others && !force)
                return fault(reterr, -EBUSY,
                                "partition %s is still up on node%s; run hagsctrl -c there first, or use "
                                "--force",
                                syspar, others);
        return 0;
}

/* A partition that was deleted here already may still be up on its nodes: the SDR has its port. */
static int check_all_nodes(Context *c, char **reterr) {
        _cleanup_(strings_freep) char **partitions = NULL;
        _cleanup_(sdr_done) Sdr sdr = { 0 };
        int r;

        r = sdr_load(PATH_SDR_PORTS, &sdr, reterr);
        if (r >= 0)
                r = known_partitions(c, &partitions, reterr);
        for (char **syspar = partitions; r >= 0 && syspar && *syspar; syspar++)
                r = check_nodes(*syspar, sdr_port(&sdr, *syspar) != 0, c->options->force, reterr);
        return r;
}

int action_unconfigure(Context *c, char **reterr) {
        _cleanup_(cleaning_done) Cleaning cl = { 0 };
        _cleanup_(plan_done) Plan plan = { 0 };
        int r;

        if (!context_is_workstation(c))
                return fault(reterr, -EPERM,
                                "this is node %u; only the control workstation can unconfigure; to clean "
                                "this node use hagsctrl -c",
                                c->config.node_number);

        r = check_all_nodes(c, reterr);
        if (r >= 0)
                r = cleaning_look(c, &cl, reterr);
        if (r < 0)
                return r;

        plan_clean(c, &cl, &plan);
        plan_clear_ports(&plan);
        return run_clean(c, &plan, &cl, "No ports are left in the SDR.", reterr);
}
