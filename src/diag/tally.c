/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The votes of a phase, counted: see tally.h. */

#include "diag/tally.h"

Tally tally(const Answer *a, const AnswerGroup *g, int node) {
        const ReportProvider *providers = answer_providers(a, g);
        Tally t = {};

        for (uint32_t i = 0; i < g->n_providers; i++) {
                ReportBallot ballot = providers[i].ballot;

                if (node >= 0 && providers[i].name.node != node)
                        continue;
                t.roll += ballot != REPORT_BALLOT_NONE;
                t.voted += ballot == REPORT_BALLOT_VOTED;
                t.waiting += ballot == REPORT_BALLOT_WAITING;
                t.failed += ballot == REPORT_BALLOT_FAILED;
                t.scripts += ballot == REPORT_BALLOT_SCRIPT;
        }
        return t;
}
