/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Responsiveness checks (gsapi.md 3.10): the daemon asks, and this process says whether it is well. */

#include <string.h>

#include "libha_gs/connection.h"
#include "libha_gs/notify.h"

/* As much of it as there is; how the bytes make a number does not matter. */
static uint64_t sample(void) {
        uint64_t value = 0;

        memcpy(&value, client.responsiveness.gs_counter_location, client.responsiveness.gs_counter_length);
        return value;
}

void responsiveness_begin(void) {
        if (client.responsiveness.gs_responsiveness_type == HA_GS_COUNTER_RESPONSIVENESS)
                client.counter = sample();
}

/* Has the counter changed since the last check? */
static bool has_counted(void) {
        uint64_t former = client.counter;

        if (client.responsiveness.gs_responsiveness_type != HA_GS_COUNTER_RESPONSIVENESS)
                return false;
        client.counter = sample();
        return client.counter != former;
}

static bool ask_callback(void) {
        ha_gs_responsiveness_cb_t *callback = client.responsiveness_callback;
        ha_gs_responsiveness_notification_t block = {
                .gs_notification_type = HA_GS_RESPONSIVENESS_NOTIFICATION,
                .gs_responsiveness_information = client.responsiveness,
        };
        ha_gs_callback_rc_t r;

        client_begin_callback();
        r = callback(&block);
        client_end_callback();
        return r == HA_GS_CALLBACK_OK;
}

int notify_ping(void) {
        _cleanup_(connection_unrefp) Connection *asked = connection_ref(client.connection);
        uint8_t frame[FRAME_HEAD_SIZE + 1];
        bool well;

        if (client.responsiveness.gs_responsiveness_type == HA_GS_NO_RESPONSIVENESS)
                return -EBADMSG;

        well = has_counted() || ask_callback();
        if (client.connection == asked)
                (void) connection_send(frame, client_encode_pong(well, frame, sizeof(frame)));
        return 0;
}
