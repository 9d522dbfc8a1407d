/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An action's steps, printed or executed: see plan.h. */

#include "hagsctrl/plan.h"

#include <stdarg.h>

#include "util/fault.h"

void plan_add(Plan *p, Step step, const char *format, ...) {
        Step *larger;
        va_list ap;
        int r;

        if (p->error < 0)
                return;

        va_start(ap, format);
        r = vasprintf(&step.text, format, ap);
        va_end(ap);

        larger = r < 0 ? NULL : reallocarray(p->steps, p->n_steps + 1, sizeof(*larger));
        if (!larger) {
                if (r >= 0)
                        free(step.text);
                p->error = -ENOMEM;
                return;
        }

        p->steps = larger;
        p->steps[p->n_steps++] = step;
}

static void print(const Plan *p) {
        for (size_t i = 0; i < p->n_steps; i++)
                (void) printf("%zu. %s\n", i + 1, p->steps[i].text);
}

int plan_run(Plan *p, Context *c, bool keep_going, char **reterr) {
        if (p->error < 0)
                return p->error;
        if (c->options->dry_run) {
                print(p);
                return 0;
        }

        for (size_t i = 0; i < p->n_steps; i++) {
                const Step *step = &p->steps[i];
                _cleanup_(freep) char *message = NULL;
                int r;

                r = step->run(c, step, &message);
                if (r >= 0)
                        continue;
                if (!keep_going)
                        return fault(reterr, r, "%s", fault_text(message, r));
                complain(c, &message, r);
        }
        return 0;
}

void plan_done(Plan *p) {
        for (size_t i = 0; i < p->n_steps; i++)
                free(p->steps[i].text);
        free(p->steps);
        *p = (Plan){ 0 };
}
