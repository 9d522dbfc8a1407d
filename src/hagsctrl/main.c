/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * hagsctrl: the control command of Group Services. From the command line to one action (actions.h): what an
 * action needs before it may look at the system stands in one table.
 */

#include <signal.h>
#include <string.h>
#include <sys/stat.h>

#include "hagsctrl/actions.h"
#include "manager/dropin.h"
#include "manager/lock.h"
#include "util/fault.h"
#include "util/fs.h"
#include "util/paths.h"
#include "util/streams.h"

typedef struct ActionInfo {
        int (*run)(Context *c, char **reterr);
        bool has_partition; /* acts on the current partition, not on all */
        bool has_lock;      /* changes something */
        bool has_systemd;
} ActionInfo;

static const ActionInfo actions[_ACTION_MAX] = {
        [ACTION_ADD] = { action_add, .has_partition = true, .has_lock = true, .has_systemd = true },
        [ACTION_START] = { action_start, .has_partition = true, .has_lock = true, .has_systemd = true },
        [ACTION_STOP] = { action_stop, .has_partition = true, .has_lock = true, .has_systemd = true },
        [ACTION_DELETE] = { action_delete, .has_partition = true, .has_lock = true, .has_systemd = true },
        [ACTION_CLEAN] = { action_clean, .has_lock = true, .has_systemd = true },
        [ACTION_UNCONFIGURE] = { action_unconfigure, .has_lock = true, .has_systemd = true },
        [ACTION_TRACE_ON] = { action_trace_on, .has_partition = true, .has_lock = true,
                        .has_systemd = true },
        [ACTION_TRACE_OFF] = { action_trace_off, .has_partition = true, .has_lock = true,
                        .has_systemd = true },
        [ACTION_REFRESH] = { action_refresh, .has_partition = true },
        [ACTION_LIST] = { action_list, .has_systemd = true },
        [ACTION_SDR_IMPORT] = { action_sdr_import, .has_lock = true },
};

/* What a killed run left: temporary files, and changes that systemd was not told of. */
static int recover(Context *c, char **reterr) {
        Manager *m;
        int r;

        dropin_sweep();
        (void) file_sweep(PATH_SERVICES);
        (void) file_sweep(PATH_SDR_PORTS);
        files_sweep(PATH_SYSPAR_DIR "/.*" FILE_TEMPORARY_SUFFIX);

        if (!reload_is_marked())
                return 0;
        r = context_manager(c, &m, reterr);
        return r < 0 ? r : reload_now(m, reterr);
}

static int run(Context *c, char **reterr) {
        const ActionInfo *info = &actions[c->options->action];
        bool dry_run = c->options->dry_run;
        int r;

        if (geteuid() != 0 && !dry_run)
                return fault(reterr, -EPERM, "this needs root; run it with sudo, or see --dry-run");

        r = context_load_config(c, reterr);
        if (r >= 0 && info->has_partition)
                r = context_choose_partition(c, reterr);
        if (r >= 0 && info->has_systemd)
                r = manager_check_booted(reterr);
        if (r >= 0 && info->has_lock && !dry_run)
                r = lock_take(&c->lock, reterr);
        if (r >= 0 && info->has_lock && !dry_run)
                r = recover(c, reterr);
        if (r < 0)
                return r;

        /* What was begun is finished, also when nobody reads what is said of it any more. */
        if (info->has_lock && !dry_run)
                (void) signal(SIGPIPE, SIG_IGN);
        return info->run(c, reterr);
}

int main(int argc, char **argv) {
        _cleanup_(freep) char *message = NULL;
        Options options = { 0 };
        Context c = { .options = &options, .lock = -EBADF };
        int r;

        streams_open();
        (void) umask(0022); /* nothing that is made here is a secret, and hagsd must get to it */

        r = options_parse(argc, argv, &options, &message);
        if (r >= 0 && options.action == ACTION_HELP)
                options_print_help(stdout);
        else if (r >= 0 && options.action == ACTION_VERSION)
                (void) puts("hagsctrl " HAGS_VERSION);
        else if (r >= 0)
                r = run(&c, &message);

        if (r < 0)
                complain(&c, &message, r);

        errno = EIO;
        if (fflush(stdout) != 0 || ferror(stdout)) {
                r = fault(&message, -errno, "cannot write to standard output: %s", strerror(errno));
                complain(&c, &message, r);
        }

        context_done(&c);
        return c.failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
