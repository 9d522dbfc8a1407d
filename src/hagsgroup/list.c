/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hagsgroup list: the groups of the domain. GSAPI does not tell them; the daemon does who asks it. */

#include "ask/answer.h"
#include "diag/text.h"
#include "hagsgroup/client.h"
#include "hagsgroup/print.h"
#include "hagsgroup/subcommand.h"

static json_t *group_json(const ReportGroup *g) {
        json_t *object = json_object();

        json_put(&object, "group", json_name(g->attributes.group));
        json_put(&object, "members", json_integer(g->n_members));
        json_put(&object, "system", json_boolean(g->system));
        json_put(&object, "state", json_bytes(g->state));
        json_put(&object, "fence", g->fence > 0 ? json_digits(g->fence) : json_null());
        return object;
}

static int print_as_json(const Answer *a) {
        json_t *object = print_begin_json(NULL), *groups = json_array();

        for (uint32_t i = 0; i < a->n_groups; i++)
                json_add(&groups, group_json(&a->groups[i].group));
        json_put(&object, "groups", groups);
        return print_json(object);
}

static void on_delayed_error(_unused_ const ha_gs_delayed_error_notification_t *n) {
}

int subcommand_list(const Options *o, char **reterr) {
        ReportQuestion question = { .parts = REPORT_GROUPS };
        _cleanup_(answer_done) Answer a = {};
        _cleanup_(ask_close) Ask ask = ASK_NONE;
        int r;

        /* So it is asked which partition is meant where none is named: what the library finds. */
        r = client_connect(o, on_delayed_error, reterr);
        if (r == 0)
                r = client_ask(o->timeout, &ask, reterr);
        if (r == CLIENT_E_LOST)
                return client_lost(reterr);
        if (r == 0)
                r = ask_report(&ask, &question, &a, reterr);
        if (r < 0)
                return r;
        if (o->json)
                return print_as_json(&a);

        for (uint32_t i = 0; i < a.n_groups; i++) {
                text_put_string(stdout, a.groups[i].group.attributes.group);
                (void) putchar('\n');
        }
        return STATUS_OK;
}
