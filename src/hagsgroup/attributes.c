/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The attributes of a group: see attributes.h. */

#include "hagsgroup/attributes.h"

#include "ask/answer.h"
#include "libha_gs/attributes.h"

int attributes_ask(const char *group, Attributes *ret, char **reterr) {
        ReportQuestion question = { .parts = REPORT_GROUPS };
        _cleanup_(answer_done) Answer a = {};
        _cleanup_(ask_close) Ask ask = ASK_NONE;
        int r;

        (void) snprintf(question.group, sizeof(question.group), "%s", group);
        r = client_ask(0, &ask, reterr);
        if (r == CLIENT_E_LOST)
                return client_lost(reterr);
        if (r == 0)
                r = ask_report(&ask, &question, &a, reterr);
        if (r < 0)
                return r;
        if (a.n_groups == 0 || a.groups[0].group.n_members == 0)
                return ATTRIBUTES_E_NO_GROUP;
        ret->attributes = a.groups[0].group.attributes;
        ret->block = attributes_show(&ret->attributes);
        return 0;
}
