/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A made-up answer of the daemon, for the tests of what the diagnostic commands make of one. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "ask/answer.h"

#define SECOND UINT64_C(1000000)
#define NOON (UINT64_C(1795521600) * SECOND) /* of Nov 24, 2026 */

static inline void add_record(FrameWriter *w, uint32_t *n, ReportRecord record) {
        assert_int_equal(report_put(w, &record), 0);
        ++*n;
}

static inline ReportRecord provider_record(
                uint16_t instance, uint16_t node, pid_t pid, ReportBallot ballot, GsVote vote) {
        return (ReportRecord){
                .kind = REPORT_KIND_PROVIDER,
                .provider = { .name = { instance, node },
                                .incarnation = node == 5 ? 17 : 3,
                                .client = { instance, 1 },
                                .ballot = ballot,
                                .vote = vote,
                                .pid = pid,
                                .uid = 4000000000 },
        };
}

static inline ReportRecord group_record(const char *name, uint64_t id, uint32_t n_members) {
        ReportRecord r = {
                .kind = REPORT_KIND_GROUP,
                .group = { .attributes = { .client_version = 1,
                                           .num_phases = GS_N_PHASE,
                                           .reflection_num_phases = GS_1_PHASE,
                                           .default_vote = GS_VOTE_APPROVE },
                                .id = id,
                                .fence = n_members > 0 ? 1000 + id : 0,
                                .n_members = n_members },
        };

        (void) snprintf(r.group.attributes.group, sizeof(r.group.attributes.group), "%s", name);
        return r;
}

static inline ReportRecord domain_record(void) {
        return (ReportRecord){
                .kind = REPORT_KIND_DOMAIN,
                .domain = { .syspar = "sp_prod",
                                .release = "0.1.0",
                                .self = { .number = 5, .incarnation = 17 },
                                .pid = 4711,
                                .started = { NOON - 937162 * SECOND, 937162 * SECOND },
                                .engine_took = 69249 * SECOND,
                                .state = DOMAIN_ESTABLISHED,
                                .domain = { .number = 9, .incarnation = 3 },
                                .established = { NOON - 7 * SECOND, 7 * SECOND },
                                .established_took = 15 * SECOND,
                                .view = { NOON - 3 * SECOND, 3 * SECOND },
                                .epoch = 2,
                                .position = 1234,
                                .n_groups = 2,
                                .n_providers = 5,
                                .n_subscribers = 1,
                                .n_clients = 3,
                                .n_dropped = 4 },
        };
}

/* A join is voted on. */
static inline void add_db(FrameWriter *w, uint32_t *n) {
        ReportRecord r = group_record("db", 16, 4);

        r.group.attributes.time_limit = 60;
        r.group.attributes.batch_control = GS_BATCH_BOTH | GS_DEACTIVATE_ON_FAILURE;
        r.group.state = (GsBytes){ "primary=1", 9 };
        r.group.n_trial = r.group.n_joins = 1;
        r.group.n_subscribers = 1;
        r.group.running = true;
        r.group.protocol = (ReportProtocol){ .request = GS_JOIN,
                .sequence = 8,
                .phase = 2,
                .limit = 60,
                .age = 12 * SECOND,
                .default_vote = GS_VOTE_REJECT };
        add_record(w, n, r);

        add_record(w, n, provider_record(1, 9, 0, REPORT_BALLOT_VOTED, GS_VOTE_APPROVE));
        add_record(w, n, provider_record(2, 5, 302, REPORT_BALLOT_WAITING, GS_VOTE_NULL));
        add_record(w, n, provider_record(3, 5, 303, REPORT_BALLOT_VOTED, GS_VOTE_CONTINUE));
        r = provider_record(4, 5, 0, REPORT_BALLOT_FAILED, GS_VOTE_NULL);
        r.provider.leave_reasons = GS_PROVIDER_FAILURE;
        add_record(w, n, r);
        add_record(w, n, provider_record(5, 5, 302, REPORT_BALLOT_WAITING, GS_VOTE_NULL));
        add_record(w, n, provider_record(6, 9, 0, REPORT_BALLOT_NONE, GS_VOTE_NULL));
        r = (ReportRecord){ .kind = REPORT_KIND_SUBSCRIBER,
                .subscriber = { .client = { 3, 2 }, .control = 9, .pid = 303, .uid = 4000000000 } };
        add_record(w, n, r);
}

/* It is idle, and its name and value have odd bytes. */
static inline void add_web(FrameWriter *w, uint32_t *n) {
        ReportRecord r = group_record("web\x1b[2J\\", 17, 1);

        r.group.attributes.num_phases = GS_1_PHASE;
        (void) strcpy(r.group.attributes.source, "db");
        r.group.state = (GsBytes){ "\xc3\x28\n", 3 };
        add_record(w, n, r);
        add_record(w, n, provider_record(1, 5, 301, REPORT_BALLOT_NONE, GS_VOTE_NULL));
}

static inline void add_client(FrameWriter *w, uint32_t *n, ReportClient client) {
        add_record(w, n, (ReportRecord){ .kind = REPORT_KIND_CLIENT, .client = client });
}

/* Two nodes, three groups, four clients. */
static inline Answer make_answer(void) {
        static uint8_t frame[FRAME_SIZE_MAX];
        FrameWriter w = frame_begin(frame, sizeof(frame), FRAME_REPORT, 1);
        FrameReader body;
        FrameHead head;
        ReportRecord r;
        Answer a = {};
        uint32_t n = 0;

        add_record(&w, &n, domain_record());
        add_record(&w, &n, (ReportRecord){ .kind = REPORT_KIND_NODE, .node = { 3, 9 } });
        add_record(&w, &n, (ReportRecord){ .kind = REPORT_KIND_NODE, .node = { 17, 5 } });

        r = group_record("HostMembership", 1, 2);
        r.group.system = true;
        add_record(&w, &n, r);
        add_record(&w, &n, provider_record(0, 9, 0, REPORT_BALLOT_NONE, GS_VOTE_NULL));
        add_record(&w, &n, provider_record(0, 5, 0, REPORT_BALLOT_NONE, GS_VOTE_NULL));
        add_db(&w, &n);
        add_web(&w, &n);

        add_client(&w, &n, (ReportClient){ 3, 303, 4000000000, 2, 99 });
        add_client(&w, &n, (ReportClient){ 2, 302, 4000000000, 1, 0 });
        add_client(&w, &n, (ReportClient){ 1, 301, 4000000000, 1, 0 });
        add_client(&w, &n, (ReportClient){ .pid = 300 });
        add_record(&w, &n, (ReportRecord){ .kind = REPORT_KIND_END, .n_records = n });

        assert_int_equal(frame_decode_head(frame, (size_t) frame_finish(&w), &head, &body), 0);
        assert_int_equal(answer_take(&a, body), 1);
        return a;
}
