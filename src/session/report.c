/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The answer to a question for a report (wire/report.h). It is made at once and whole, as it shows one
 * moment; but it may have more bytes than a connection may have queued, so it has a queue of its own, whose
 * frames go out when there is nothing else to say. Its memory is charged to the user, and the client is not
 * read until all of it is sent: so a client has one answer at a time, and one that does not read it waits
 * for itself.
 */

#include "wire/report.h"
#include "session/session-internal.h"

struct ReportSink {
        Session *session;
        uint32_t serial;
        uint32_t n_records;
        FrameWriter frame; /* the one that is being filled; without data: none */
};

static int frame_open(ReportSink *sink) {
        uint8_t *data;
        int r;

        r = queue_reserve(&sink->session->report, FRAME_SIZE_MAX, &data);
        if (r < 0)
                return r;
        sink->frame = frame_begin(data, FRAME_SIZE_MAX, FRAME_REPORT, sink->serial);
        return 0;
}

static int frame_close(ReportSink *sink) {
        ssize_t size = frame_finish(&sink->frame);

        if (size < 0)
                return (int) size;
        queue_commit(&sink->session->report, (size_t) size);
        sink->frame = (FrameWriter){};
        return session_charge(sink->session) ? 0 : -EDQUOT;
}

int report_sink_put(ReportSink *sink, const ReportRecord *record) {
        int r = 0;

        if (!sink->frame.data)
                r = frame_open(sink);
        if (r >= 0)
                r = report_put(&sink->frame, record);
        if (r == -EMSGSIZE) {
                r = frame_close(sink);
                if (r >= 0)
                        r = frame_open(sink);
                if (r >= 0)
                        r = report_put(&sink->frame, record);
        }
        if (r >= 0)
                sink->n_records++;
        return r;
}

static int put_client(ReportSink *sink, const Session *s) {
        const ReportRecord record = {
                .kind = REPORT_KIND_CLIENT,
                .client = { .connection = s->connection,
                                .pid = s->peer.pid,
                                .uid = s->peer.uid,
                                .memberships = tokens_count(&s->tokens),
                                .queued_bytes = session_queued(s) },
        };

        return report_sink_put(sink, &record);
}

static int put_clients(ReportSink *sink) {
        int r = 0;

        for (const Session *s = sink->session->server->sessions; s && r >= 0; s = s->next)
                if (s != sink->session)
                        r = put_client(sink, s);
        return r;
}

static int answer(Session *s, const ReportQuestion *question, uint32_t serial) {
        ReportSink sink = { .session = s, .serial = serial };
        int r;

        r = s->server->hooks.report(s->server->userdata, question, &sink);
        if (r >= 0 && question->parts & REPORT_CLIENTS)
                r = put_clients(&sink);
        if (r >= 0)
                r = report_sink_put(&sink,
                                &(ReportRecord){ .kind = REPORT_KIND_END, .n_records = sink.n_records });
        return r < 0 ? r : frame_close(&sink);
}

void session_handle_report(Session *s, const FrameHead *head, FrameReader *body) {
        ReportQuestion question;
        int r;

        if (queue_size(&s->report) > 0) {
                session_fail(s, "it asked again before it had the answer");
                return;
        }
        r = report_get_question(body, &question);
        if (r == REPORT_E_VERSION) {
                session_refuse(s, head->serial, FRAME_REFUSED_VERSION,
                                "it wants a report of a version that this daemon does not know");
                return;
        }
        if (r < 0) {
                session_fail(s, "its question is malformed");
                return;
        }
        r = answer(s, &question, head->serial);
        if (r == -EDQUOT)
                session_fail(s, "its user's clients do not read, and more waits than "
                                "[Limits] QueuedBytes= allows");
        else if (r < 0)
                session_fail(s, "its question cannot be answered");
        else
                session_set_pending(s);
}
