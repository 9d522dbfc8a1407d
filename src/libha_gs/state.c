/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The lock, callbacks, and forked processes: see state.h. */

#include "libha_gs/state.h"

#include "libha_gs/connection.h"
#include "libha_gs/inbox.h"

Client client = {
        .lock = PTHREAD_MUTEX_INITIALIZER,
        .work = PTHREAD_COND_INITIALIZER,
        .progress = PTHREAD_COND_INITIALIZER,
        .n_forks = 1,
};

/* One byte: every process has room for that, whenever it loads the library. */
static __thread bool in_callback __attribute__((__tls_model__("initial-exec")));

int client_enter(void) {
        int cancel;

        (void) pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
        (void) pthread_mutex_lock(&client.lock);
        return cancel;
}

/* What was read outside ha_gs_dispatch() must not be forgotten until more arrives. */
void client_leave(int *cancel) {
        if (client.inbox.first && client.n_dispatchers == 0)
                connection_wake_user();
        (void) pthread_mutex_unlock(&client.lock);
        (void) pthread_setcancelstate(*cancel, NULL);
}

ha_gs_rc_t client_status(void) {
        if (!client.connection)
                return HA_GS_NO_INIT;
        return client.connection->lost ? HA_GS_NOT_OK : HA_GS_OK;
}

/* ---- callbacks ---- */

void client_begin_callback(void) {
        /* Another thread goes on with the rest, or takes over the watch. */
        (void) pthread_cond_signal(&client.work);
        in_callback = true;
        (void) pthread_mutex_unlock(&client.lock);
}

void client_end_callback(void) {
        (void) pthread_mutex_lock(&client.lock);
        in_callback = false;
}

bool client_in_callback(void) {
        return in_callback;
}

/* ---- fork ---- */

static void before_fork(void) {
        (void) pthread_mutex_lock(&client.lock);
}

static void after_fork_in_parent(void) {
        (void) pthread_mutex_unlock(&client.lock);
}

/*
 * The other threads are gone, with what they waited for and the callbacks they ran; the connection is the
 * parent's. This thread may be in a callback, and comes back to a dispatch that has nothing more to do.
 */
static void after_fork_in_child(void) {
        client.n_forks++;
        client.n_dispatchers = in_callback ? 1 : 0;
        client.work = (pthread_cond_t) PTHREAD_COND_INITIALIZER;
        client.progress = (pthread_cond_t) PTHREAD_COND_INITIALIZER;
        connection_forget();
        (void) pthread_mutex_unlock(&client.lock);
}

ha_gs_rc_t client_watch_forks(void) {
        if (!client.forks_seen &&
                        pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child) != 0)
                return HA_GS_NO_MEMORY;
        client.forks_seen = true;
        return HA_GS_OK;
}
