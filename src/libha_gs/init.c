/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ha_gs_init() and ha_gs_quit() (gsapi.md 5.1 and 5.4). */

#include <sys/socket.h>

#include "libha_gs/check.h"
#include "libha_gs/connect.h"
#include "libha_gs/notify.h"

static ha_gs_rc_t check_init(const ha_gs_descriptor_t *descriptor, ha_gs_socket_ctrl_t options,
                ha_gs_delayed_error_cb_t *delayed_error_callback) {
        if (!descriptor || !delayed_error_callback)
                return HA_GS_BAD_PARAMETER;
        if (((unsigned) options & ~HA_GS_ENABLE_ADAPTER_INFO) != HA_GS_SOCKET_NO_SIGNAL)
                return HA_GS_BAD_PARAMETER;
        return HA_GS_OK;
}

/* A connection that is known to whoever forks meanwhile; the lock is free while it comes about. */
static ha_gs_rc_t establish(const ClientHello *hello, Connection **ret) {
        _cleanup_(connection_unrefp) Connection *c = connection_new();
        ha_gs_rc_t r;

        if (!c)
                return HA_GS_NO_MEMORY;
        c->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
        if (c->fd < 0)
                return HA_GS_SOCK_CREATE_FAILED;

        client.pending = c;
        (void) pthread_mutex_unlock(&client.lock);
        r = connect_daemon(c, hello);
        (void) pthread_mutex_lock(&client.lock);
        client.pending = NULL;

        if (r == HA_GS_OK)
                *ret = TAKE_PTR(c);
        return r;
}

/* What an earlier connection has left is gone now, and not before: a failed attempt changes nothing. */
static void begin(Connection *c, const ha_gs_responsiveness_t *responsiveness) {
        connection_close();
        client.connection = c;
        client.responsiveness = responsiveness ? *responsiveness : (ha_gs_responsiveness_t){};
        client.ffdc_id[0] = 0;
        responsiveness_begin();
}

ha_gs_rc_t ha_gs_init(ha_gs_descriptor_t *ha_gs_descriptor, const ha_gs_socket_ctrl_t socket_options,
                const ha_gs_responsiveness_t *responsiveness_control, const char *deactivate_script,
                ha_gs_responsiveness_cb_t *responsiveness_callback,
                ha_gs_delayed_error_cb_t *delayed_error_callback,
                _unused_ ha_gs_query_cb_t *query_callback) {
        _cleanup_(client_leave) _unused_ int cancel = client_enter();
        Connection *c = NULL;
        ClientHello hello;
        ha_gs_rc_t r;

        if (client_status() == HA_GS_OK || client.pending)
                return HA_GS_EXISTS;

        r = check_init(ha_gs_descriptor, socket_options, delayed_error_callback);
        if (r == HA_GS_OK)
                r = check_hello(responsiveness_control, deactivate_script, responsiveness_callback, &hello);
        if (r == HA_GS_OK)
                r = client_watch_forks();
        if (r == HA_GS_OK)
                r = establish(&hello, &c);
        if (r != HA_GS_OK)
                return r;

        begin(c, responsiveness_control);
        client.responsiveness_callback = responsiveness_callback;
        client.delayed_error_callback = delayed_error_callback;
        client.adapter_info = socket_options & HA_GS_ENABLE_ADAPTER_INFO;
        *ha_gs_descriptor = c->fd;
        return HA_GS_OK;
}

void ha_gs_quit(void) {
        _cleanup_(client_leave) _unused_ int cancel = client_enter();

        connection_close();
}
