/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Responsiveness checks (gsapi.md 3.10): a PING each interval, unless the last one is unanswered. Who does
 * not answer within the limit, or answers that it is not well, is announced once; its first good answer
 * after that, too.
 */

#include "log/log.h"
#include "session/session-internal.h"
#include "util/clock.h"

struct Responsive {
        sd_event_source *timer;
        uint64_t interval; /* microseconds */
        uint64_t limit;
        uint64_t asked; /* when the last PING was sent, or when it all began */
        bool waiting;   /* for its answer */
        bool lost;      /* that was announced */
};

/* Ring `usec` after the last PING. */
static void timer_set(Session *s, uint64_t usec) {
        sd_event_source *timer = s->responsive->timer;

        if (sd_event_source_set_time(timer, s->responsive->asked + usec) < 0 ||
                        sd_event_source_set_enabled(timer, SD_EVENT_ONESHOT) < 0)
                session_fail(s, "it cannot be waited for");
}

/* A client that provides for nothing has nobody to be announced to. */
static void announce(Session *s, bool back) {
        const Event event = {
                .type = EVENT_RESPONSIVENESS,
                .client.connection = s->connection,
                .responsiveness.back = back,
        };

        if (s->responsive->lost != back || (!back && s->tokens.n[TOKEN_PROVIDER] == 0))
                return;
        s->responsive->lost = !back;
        log_info("Process %d of user %u %s", (int) s->peer.pid, (unsigned) s->peer.uid,
                        back ? "is responsive again" : "does not answer its responsiveness check");
        if (s->tokens.n[TOKEN_PROVIDER] > 0)
                session_submit(s, &event);
}

static int on_timer(_unused_ sd_event_source *source, _unused_ uint64_t now, void *userdata) {
        Session *s = userdata;
        Responsive *r = s->responsive;

        if (r->waiting)
                announce(s, /* back= */ false);
        else {
                r->asked = clock_usec(CLOCK_MONOTONIC);
                r->waiting = true;
                session_put_empty(s, FRAME_PING, 0);
                timer_set(s, r->limit);
        }
        session_settle(s);
        return 0;
}

void responsive_answered(Session *s, bool well) {
        Responsive *r = s->responsive;

        if (!r) {
                log_debug("Process %d answers a question that it was not asked", (int) s->peer.pid);
                return;
        }
        announce(s, /* back= */ well);
        r->waiting = false;
        timer_set(s, r->interval);
}

int responsive_start(Session *s, const ClientHello *hello) {
        Responsive *p;
        int r;

        if (hello->responsiveness == CLIENT_NO_RESPONSIVENESS)
                return 0;
        p = malloc(sizeof(*p));
        if (!p)
                return -ENOMEM;
        *p = (Responsive){
                .interval = hello->interval * USEC_PER_SEC,
                .limit = (hello->response_limit > 0 ? hello->response_limit : hello->interval) *
                         USEC_PER_SEC,
                .asked = clock_usec(CLOCK_MONOTONIC),
        };
        s->responsive = p;

        r = sd_event_add_time(s->server->event, &p->timer, CLOCK_MONOTONIC, p->asked + p->interval,
                        /* accuracy= */ 0, on_timer, s);
        return r < 0 ? r : 0;
}

void responsive_stop(Session *s) {
        if (!s->responsive)
                return;
        (void) sd_event_source_disable_unref(s->responsive->timer);
        free(s->responsive);
        s->responsive = NULL;
}
