/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hagsctrl --sdr-import: take ports from a copy of the SDR, as a node does from its control workstation. */

#include <string.h>

#include "hagsctrl/actions.h"
#include "hagsctrl/steps.h"
#include "util/fault.h"
#include "util/paths.h"

#define IMPORT_SIZE_MAX ((size_t) 1 << 20)

/* Everything is read and understood before anything is written. */
static int read_import(const char *path, Sdr *ret, char **reterr) {
        bool is_stdin = strcmp(path, "-") == 0;
        _cleanup_(bytes_done) Bytes file = { 0 };
        int r;

        r = is_stdin ? fd_read(STDIN_FILENO, IMPORT_SIZE_MAX, &file)
                     : file_read(path, IMPORT_SIZE_MAX, &file);
        if (r < 0)
                return fault(reterr, r, "cannot read %s: %s", is_stdin ? "standard input" : path,
                                strerror(-r));

        return sdr_parse(is_stdin ? "standard input" : path, &file, ret, reterr);
}

int action_sdr_import(Context *c, char **reterr) {
        _cleanup_(sdr_done) Sdr imported = { 0 }, sdr = { 0 };
        _cleanup_(plan_done) Plan plan = { 0 };
        int r, n_changed;

        r = read_import(c->options->import_path, &imported, reterr);
        if (r >= 0)
                r = sdr_load(PATH_SDR_PORTS, &sdr, reterr);
        if (r < 0)
                return r;

        n_changed = sdr_import(&sdr, &imported, /* is_copy= */ !context_is_workstation(c), reterr);
        if (n_changed < 0)
                return n_changed;

        if (n_changed > 0)
                plan_replace_sdr(&plan, &sdr);
        r = plan_run(&plan, c, /* keep_going= */ false, reterr);
        if (r >= 0 && !c->options->dry_run)
                say(c, "%d %s of the SDR changed, %zu in all.", n_changed, n_changed == 1 ? "port" : "ports",
                                sdr.n_objects);
        return r;
}
