/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * All that the library remembers: one connection to one daemon, as the API has no handle, and one lock for
 * everything. Each routine of the API takes the lock by client_enter() and gives it back when it returns. It
 * is free while a callback runs and while a thread waits; after either everything may have changed.
 *
 * No thread is cancelled inside the library: what it waits for would never be waited for again.
 */

#include <net/if.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "libha_gs/api.h"
#include "util/macro.h"
#include "wire/client.h"

typedef struct Connection Connection;
typedef struct Group Group;
typedef struct Item Item;

typedef struct ItemList {
        Item *first, *last;
} ItemList;

typedef struct Client {
        pthread_mutex_t lock;
        pthread_cond_t work;     /* something to run, or somebody has to watch the socket: for dispatchers */
        pthread_cond_t progress; /* something was read: for those who wait for an answer */

        Connection *connection; /* NULL: not initialised */
        Connection *pending;    /* ha_gs_init() makes it, and nobody else uses it */
        unsigned n_dispatchers; /* threads inside ha_gs_dispatch() */
        unsigned n_forks;       /* between this process and the one that loaded the library; from 1 */
        bool forks_seen;        /* the handlers are registered */

        ItemList inbox; /* arrived, and not run */
        size_t inbox_bytes;
        void *tokens, *groups; /* trees of tsearch(3) */
        int32_t last_token;    /* of all connections: a token is never used again */
        uint32_t last_serial;

        /* what ha_gs_init() was given */
        ha_gs_responsiveness_t responsiveness;
        ha_gs_responsiveness_cb_t *responsiveness_callback;
        ha_gs_delayed_error_cb_t *delayed_error_callback;
        bool adapter_info;

        uint64_t counter; /* the sample of the last check */
        char ffdc_id[CLIENT_WORDS_MAX + 1];
        char interface_name[IF_NAMESIZE];
} Client;

extern Client client;

/*
 * Take the lock; give it back when the variable leaves its scope:
 *      _cleanup_(client_leave) _unused_ int cancel = client_enter();
 */
int client_enter(void);
void client_leave(int *cancel);

/* OK, or what a routine returns without a connection: NO_INIT, NOT_OK. */
ha_gs_rc_t client_status(void);

/* Register what happens in a forked process: there nothing is initialised. HA_GS_OK or HA_GS_NO_MEMORY. */
ha_gs_rc_t client_watch_forks(void);

/* Before and after a callback: without the lock, and known as in one. */
void client_begin_callback(void);
void client_end_callback(void);
/* Is this thread in a callback? */
bool client_in_callback(void);
