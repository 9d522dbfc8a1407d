/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The floor that an idle hagsd is compared with: an sd-event loop with its watchdog, and nothing else. */

#include <stdlib.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>

int main(void) {
        sd_event *event;

        if (sd_event_new(&event) < 0 || sd_event_set_watchdog(event, 1) < 0 || sd_notify(0, "READY=1") < 0)
                return EXIT_FAILURE;
        return sd_event_loop(event) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
