/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A name on the system bus: see bus.h. */

#include "hagsd/bus.h"

#include <string.h>

#include "log/log.h"
#include "util/clock.h"
#include "util/macro.h"
#include "util/paths.h"

/* sd-bus itself gives the authentication 25 s. */
#define CALL_USEC (10 * USEC_PER_SEC)

/* A bus that is just restarted is there again at once; one that is not there costs six wake-ups a minute. */
#define RETRY_LOST_USEC (1 * USEC_PER_SEC)
#define RETRY_USEC (10 * USEC_PER_SEC)
#define RETRY_ACCURACY_USEC (250 * UINT64_C(1000))

/* D-Bus Specification, RequestName */
#define NAME_REPLY_PRIMARY_OWNER 1

static void retry_later(Bus *b) {
        (void) sd_event_source_set_time_relative(b->retry, b->owns_name ? RETRY_LOST_USEC : RETRY_USEC);
        (void) sd_event_source_set_enabled(b->retry, SD_EVENT_ONESHOT);
        b->owns_name = false;
}

static void no_bus(Bus *b, const char *why) {
        if (b->told != BUS_TOLD_NO_BUS)
                log_info("There is no system bus: %s. Until there is, systemctl cannot change log level and "
                         "target",
                                why);
        b->told = BUS_TOLD_NO_BUS;
        retry_later(b);
}

static void no_name(Bus *b, const char *why) {
        if (b->told != BUS_TOLD_NO_NAME)
                log_warning("The bus name %s cannot be had: %s. Until it can, systemctl cannot change log "
                            "level and target; look at " PATH_BUS_POLICY,
                                b->name, why);
        b->told = BUS_TOLD_NO_NAME;
        retry_later(b);
}

/* ---- what the bus says ---- */

static int on_name(sd_bus_message *m, void *userdata, _unused_ sd_bus_error *reterr) {
        const sd_bus_error *error = sd_bus_message_get_error(m);
        uint32_t answer = 0;
        Bus *b = userdata;

        /* Of the end of a connection hears on_disconnected(). */
        if (sd_bus_is_open(b->connection) <= 0)
                return 0;
        if (error)
                no_name(b, error->message ?: error->name);
        else if (sd_bus_message_read(m, "u", &answer) < 0 || answer != NAME_REPLY_PRIMARY_OWNER)
                no_name(b, "it belongs to another process");
        else {
                /* At a start that is as it should be, and no news. */
                log_full(b->told == BUS_TOLD_NOTHING ? LOG_DEBUG : LOG_INFO, NULL, "The bus name %s is ours",
                                b->name);
                b->owns_name = true;
                b->told = BUS_TOLD_NOTHING;
        }
        return 0;
}

/* Within the connection's own dispatching: it is let go of when the timer runs out. */
static int on_disconnected(_unused_ sd_bus_message *m, void *userdata, _unused_ sd_bus_error *reterr) {
        Bus *b = userdata;

        b->hooks->lost(b->userdata);
        no_bus(b, "the connection has ended");
        return 0;
}

/* ---- connecting ---- */

static int prepare(Bus *b, sd_bus *bus) {
        int r;

        r = sd_bus_set_address(bus, BUS_ADDRESS);
        if (r >= 0)
                r = sd_bus_set_bus_client(bus, /* b= */ true);
        if (r >= 0)
                r = sd_bus_set_method_call_timeout(bus, CALL_USEC);
        /* At the end of the loop it would be flushed, which waits. */
        if (r >= 0)
                r = sd_bus_set_close_on_exit(bus, /* b= */ false);
        if (r >= 0)
                r = sd_bus_attach_event(bus, b->event, SD_EVENT_PRIORITY_NORMAL);
        /* This signal comes of sd-bus, not over the bus: nothing is subscribed, which would wait, too. */
        if (r >= 0)
                r = sd_bus_match_signal(bus, NULL, NULL, "/org/freedesktop/DBus/Local",
                                "org.freedesktop.DBus.Local", "Disconnected", on_disconnected, b);
        return r < 0 ? r : b->hooks->prepare(b->userdata, bus);
}

static int try_connect(Bus *b) {
        _cleanup_(sd_bus_close_unrefp) sd_bus *bus = NULL;
        int r;

        r = sd_bus_new(&bus);
        if (r >= 0)
                r = prepare(b, bus);
        if (r >= 0)
                r = sd_bus_start(bus);
        if (r >= 0)
                r = sd_bus_request_name_async(bus, NULL, b->name, /* flags= */ 0, on_name, b);
        if (r < 0)
                return r;

        b->connection = TAKE_PTR(bus);
        return 0;
}

static void disconnect(Bus *b) {
        b->connection = sd_bus_close_unref(b->connection);
}

static int on_retry(_unused_ sd_event_source *source, _unused_ uint64_t now, void *userdata) {
        Bus *b = userdata;
        int r;

        if (b->connection)
                b->hooks->lost(b->userdata);
        disconnect(b);
        r = try_connect(b);
        if (r < 0)
                no_bus(b, strerror(-r));
        return 0;
}

int bus_open(Bus *b, sd_event *event, const char *name, const BusHooks *hooks, void *userdata) {
        int r;

        *b = (Bus){ .event = event, .hooks = hooks, .userdata = userdata };
        (void) snprintf(b->name, sizeof(b->name), "%s", name);
        r = sd_event_add_time(
                        event, &b->retry, CLOCK_MONOTONIC, UINT64_MAX, RETRY_ACCURACY_USEC, on_retry, b);
        return r < 0 ? r : on_retry(b->retry, 0, b);
}

void bus_done(Bus *b) {
        disconnect(b);
        b->retry = sd_event_source_disable_unref(b->retry);
}
