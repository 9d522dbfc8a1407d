/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ha_gs_dispatch(): the one place where callbacks run (gsapi.md 5.2). */

#include "libha_gs/connection.h"
#include "libha_gs/inbox.h"
#include "libha_gs/notify.h"

/*
 * How often NON_BLOCKING reads, if there is always more: the buffer of the socket does not hold so much, so
 * all that had arrived is run; but a daemon that is as quick as the callbacks does not keep the caller here.
 */
#define READS_MAX 64

static int notify(Item *item) {
        if (item->type == FRAME_PING)
                return notify_ping();
        if (item->token->state == TOKEN_DEAD)
                return 0;
        if (item->type == FRAME_NOTIFICATION)
                return notify_event(item);
        if (item->type == FRAME_DELAYED_ERROR)
                return notify_error(item);

        token_end(item->token);
        return 0;
}

static void run(Item *item) {
        if (notify(item) < 0)
                connection_break(client.connection);
        inbox_finish(item);
}

/* Not if another thread does, or the callbacks are too slow for what is there already. */
static bool may_read(bool more, unsigned n_reads) {
        return more && n_reads < READS_MAX && !client.connection->watched &&
               client.inbox_bytes <= INBOX_BYTES_MAX;
}

/* Nothing can be run: wait until something comes, or until there is room for more. */
static void wait(void) {
        Connection *c = client.connection;

        if (c->watched || client.inbox_bytes > INBOX_BYTES_MAX)
                (void) pthread_cond_wait(&client.work, &client.lock);
        else
                connection_watch(c, -1);
}

static ha_gs_rc_t dispatch(bool blocking) {
        unsigned n_reads = 0;
        bool more = true;
        Item *item;

        for (;;) {
                item = inbox_pop();
                if (item)
                        run(item);
                else if (client_status() != HA_GS_OK)
                        return client_status();
                else if (may_read(more, n_reads)) {
                        more = connection_read(client.connection);
                        n_reads++;
                } else if (!blocking)
                        return HA_GS_OK;
                else {
                        wait();
                        more = true;
                        n_reads = 0;
                }
        }
}

ha_gs_rc_t ha_gs_dispatch(const ha_gs_dispatch_flag_t dispatch_flags) {
        _cleanup_(client_leave) _unused_ int cancel = client_enter();
        ha_gs_rc_t r;

        if (!client.connection)
                return HA_GS_NO_INIT;
        if (client_in_callback())
                return HA_GS_NOT_OK;
        if (dispatch_flags != HA_GS_NON_BLOCKING && dispatch_flags != HA_GS_BLOCKING)
                return HA_GS_BAD_PARAMETER;

        client.n_dispatchers++;
        r = dispatch(dispatch_flags == HA_GS_BLOCKING);
        client.n_dispatchers--;
        return r;
}
