/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* To hold something as long as COMMAND runs: see hold.h. */

#include "hagsgroup/hold.h"

#include <inttypes.h>
#include <poll.h>
#include <string.h>

#include "ask/answer.h"
#include "hagsgroup/command.h"
#include "hagsgroup/member.h"
#include "hagsgroup/pair.h"
#include "hagsgroup/witness.h"
#include "util/clock.h"
#include "util/fault.h"
#include "util/paths.h"

#define CLIENT_VERSION 1
#define NOTICE_USEC USEC_PER_SEC /* of waiting for what the one before has left running */

typedef struct Hold {
        const Options *o;
        const HoldWords *words;
        char group[GS_GROUP_NAME_MAX + 1];
        const char *name; /* in it, without the prefix */
        Witness witness;
        bool lost;      /* what COMMAND ran for, the last time */
        bool may_again; /* COMMAND ran, and no signal told it to end */
} Hold;

/* ---- the line ---- */

static bool first; /* of all members, as of the last that was heard */

static void on_approved(const ha_gs_approved_notification_t *n) {
        first = member_is_in() && client_is_first(n->gs_proposal->gs_current_providers, member_instance());
}

static const MemberHooks hooks = { .approved = on_approved };

static int too_late(const Hold *h, char **reterr) {
        (void) fault(reterr, -ETIMEDOUT, "%s '%s' did not become free in time", h->words->what, h->name);
        return STATUS_TIMEOUT;
}

static int expelled(const Hold *h, char **reterr) {
        return fault(reterr, -ECANCELED, "this process was expelled from group '%s'", h->group);
}

static int reconnect(const Hold *h, uint64_t deadline, char **reterr) {
        int r = member_reconnect(h->o, deadline);

        return r == CLIENT_E_TIMEOUT ? too_late(h, reterr) : r;
}

/* Stand in the line until we are the first. 0, CLIENT_E_LOST, or what a subcommand returns. */
static int stand(const Hold *h, uint64_t deadline, char **reterr) {
        ha_gs_group_attributes_t attributes = member_plain_attributes(h->group, CLIENT_VERSION);
        int r;

        first = false;
        r = member_join(h->o, &attributes, &hooks, deadline, reterr);
        while (r == 0 && !first && member_is_in())
                r = client_wait(deadline);
        if (r == CLIENT_E_TIMEOUT) {
                member_leave();
                return too_late(h, reterr);
        }
        if (r == MEMBER_E_ATTRIBUTES || r == MEMBER_E_REJECTED)
                return -EPROTO;
        if (r != 0 || first)
                return r;
        return member_is_lost() ? CLIENT_E_LOST : expelled(h, reterr);
}

/* ---- the fencing number ---- */

/* 0; CLIENT_E_LOST: it is not ours any more; or a negative errno value with a sentence. */
static int find_fence(const Hold *h, char **reterr) {
        _cleanup_(ask_close) Ask ask = ASK_NONE;
        ReportProvider senior;
        char text[32];
        uint64_t fence;
        int r;

        r = client_ask(0, &ask, reterr);
        if (r == 0)
                r = ask_fence(&ask, h->group, &fence, &senior, reterr);
        if (r < 0)
                return client_lost_by(r) ? CLIENT_E_LOST : r;
        /* The group may have gone meanwhile, or another be the senior one. */
        if (r != 0 || senior.name.instance != member_instance() || senior.name.node != client_node())
                return CLIENT_E_LOST;

        (void) snprintf(text, sizeof(text), "%" PRIu64, fence);
        if (setenv("HAGS_FENCE", text, true) < 0 || setenv("HAGS_GROUP", h->group, true) < 0)
                return -errno;
        return 0;
}

/* ---- COMMAND ---- */

/* Since somebody else may now hold it. */
static uint64_t stop_for_loss(Hold *h, Command *c) {
        if (h->o->keep_on_loss) {
                notice(h->o, "lost %s '%s'; the command goes on all the same", h->words->what, h->name);
                witness_drop(&h->witness);
                return UINT64_MAX;
        }
        command_stop(c, h->o->kill_after > 0 ? SIGTERM : SIGKILL);
        return deadline_in(h->o->kill_after);
}

/* Is it still ours, as of what has arrived? 0, CLIENT_E_LOST, or a negative errno value with a sentence. */
static int check_hold(const Hold *h, char **reterr) {
        if (client_dispatch() == CLIENT_E_LOST || member_is_lost())
                return CLIENT_E_LOST;
        return member_is_in() && first ? 0 : expelled(h, reterr);
}

static void say_who_is_left(const Hold *h) {
        notice(h->o, "%s '%s' is held on by what the one before has left running; fuser %s/%s/%s names it",
                        h->words->what, h->name, ask_directory(), NAME_HOLDERS, h->witness.name);
}

/*
 * Wait until COMMAND has begun: until that of the one before has ended. 0, -ESTALE, CLIENT_E_LOST, or what a
 * subcommand returns.
 */
static int wait_for_begin(const Hold *h, Command *c, uint64_t deadline, char **reterr) {
        uint64_t notice_at = deadline_in(NOTICE_USEC), now;
        int r = 0;

        while (r == 0) {
                struct pollfd p[] = {
                        { .fd = c->start, .events = POLLIN },
                        { .fd = c->signals, .events = POLLIN },
                        { .fd = client_fd(), .events = POLLIN },
                        { .fd = pair_fd(), .events = POLLIN },
                };

                if (poll(p, ELEMENTSOF(p), deadline_ms(deadline < notice_at ? deadline : notice_at)) < 0 &&
                                errno != EINTR)
                        return -errno;
                if (p[0].revents)
                        return command_begun(c, h->o->command[0], reterr);

                now = clock_usec(CLOCK_MONOTONIC);
                if (now >= notice_at) {
                        say_who_is_left(h);
                        notice_at = UINT64_MAX;
                }
                r = p[3].revents ? -ECANCELED : command_handle(c);
                if (r == 0)
                        r = check_hold(h, reterr);
                if (r == 0 && now >= deadline)
                        r = too_late(h, reterr);
        }
        return r;
}

/* Begin with this witness, if it is one. 0, or as wait_for_begin(). */
static int begin_with(Hold *h, Command *c, uint64_t deadline, char **reterr) {
        bool wait = false;
        int r;

        r = witness_take(h->witness.fd, false);
        if (r == -EWOULDBLOCK) {
                wait = true;
                r = 0;
        }
        if (r == 0)
                r = command_start(h->o->command, h->witness.fd, wait, !h->o->keep_on_loss, c);
        if (r < 0)
                return r;

        r = wait_for_begin(h, c, wait ? deadline : UINT64_MAX, reterr);
        if (r != 0)
                command_abort(c);
        else if (wait && witness_take(h->witness.fd, false) < 0)
                witness_done(&h->witness); /* a signal has ended it before it had it */
        return r;
}

static int begin(Hold *h, Command *c, uint64_t deadline, char **reterr) {
        int r;

        do {
                command_done(c);
                witness_done(&h->witness);
                r = witness_open(client_syspar(), h->group, &h->witness, reterr);
                if (r == 0)
                        r = begin_with(h, c, deadline, reterr);
        } while (r == -ESTALE);
        return r;
}

/* Until COMMAND has ended. */
static int watch_over(Hold *h, Command *c) {
        uint64_t kill_at = UINT64_MAX;
        bool alone = false; /* the outer process has been killed */
        int r;

        while (h->lost && !h->o->keep_on_loss ? !command_is_gone(c) : !c->ended) {
                struct pollfd p[] = {
                        { .fd = c->signals, .events = POLLIN },
                        { .fd = h->lost ? -1 : client_fd(), .events = POLLIN },
                        { .fd = alone ? -1 : pair_fd(), .events = POLLIN },
                };

                if (poll(p, ELEMENTSOF(p), deadline_ms(kill_at)) < 0 && errno != EINTR)
                        return -errno;
                r = command_handle(c);
                if (r < 0)
                        return r;
                if (p[2].revents) {
                        alone = h->lost = true;
                        kill_at = h->o->keep_on_loss ? UINT64_MAX : 0;
                }
                if (clock_usec(CLOCK_MONOTONIC) >= kill_at) {
                        command_stop(c, SIGKILL);
                        kill_at = deadline_in(COMMAND_AGAIN_USEC);
                }
                if (h->lost || c->ended || check_hold(h, NULL) == 0)
                        continue;
                h->lost = true;
                kill_at = stop_for_loss(h, c);
        }
        return 0;
}

static int say_lost(const Hold *h, char **reterr) {
        if (h->may_again) {
                notice(h->o, "lost %s '%s' while the command ran: it was told to end", h->words->what,
                                h->name);
                return STATUS_FAILED;
        }
        return fault(reterr, -ECANCELED,
                        "lost %s '%s' while the command ran: it was told to end, as somebody else may hold "
                        "it now",
                        h->words->what, h->name);
}

/* As every subcommand; or CLIENT_E_LOST: before it has begun. */
static int run(Hold *h, uint64_t deadline, char **reterr) {
        _cleanup_(command_done) Command c = COMMAND_NONE;
        int r;

        pair_outlive(true);
        r = begin(h, &c, deadline, reterr);
        if (r == 0)
                r = watch_over(h, &c);
        if (r == 0)
                witness_drop(&h->witness);
        member_leave();
        witness_done(&h->witness);
        pair_outlive(false);
        if (r != 0)
                return r;

        h->may_again = h->o->again && !c.told;
        if (h->lost && !h->o->keep_on_loss)
                return say_lost(h, reterr);
        if (!h->may_again)
                pair_report(c.wait_status);
        return command_status(&c);
}

/* ---- all of it ---- */

/* Get it, however often the daemon goes meanwhile, and run COMMAND. As every subcommand. */
static int once(Hold *h, char **reterr) {
        uint64_t deadline = deadline_in(h->o->timeout);
        int r = h->lost ? CLIENT_E_LOST : 0;

        h->lost = h->may_again = false;
        for (;;) {
                if (r == CLIENT_E_LOST)
                        r = reconnect(h, deadline, reterr);
                if (r == 0)
                        r = stand(h, deadline, reterr);
                if (r == 0)
                        r = find_fence(h, reterr);
                if (r == 0)
                        r = run(h, deadline, reterr);
                if (r != CLIENT_E_LOST)
                        return r;
        }
}

int hold(const Options *o, const HoldWords *words, char **reterr) {
        Hold h = { .o = o, .words = words, .name = o->operands[0], .witness = WITNESS_NONE };
        int r;

        r = group_name(words->prefix, h.name, h.group, reterr);
        if (r >= 0)
                r = pair_split(!o->keep_on_loss);
        if (r >= 0)
                r = member_connect(o, reterr);
        if (r < 0)
                return r;

        do
                r = once(&h, reterr);
        while (h.may_again);
        return r;
}
