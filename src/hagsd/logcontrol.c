/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Log level and target over the bus: see logcontrol.h. */

#include "hagsd/logcontrol.h"

#include <string.h>

#include "hagsd/trace.h"
#include "log/log.h"
#include "util/macro.h"
#include "util/paths.h"

#define OBJECT "/org/freedesktop/LogControl1"
#define INTERFACE "org.freedesktop.LogControl1"
#define CAUSE "LogControl1"

#define TARGET_AUTO "auto"
#define TARGET_JOURNAL "journal"

/* ---- reading ---- */

static int get_level(_unused_ sd_bus *bus, _unused_ const char *path, _unused_ const char *interface,
                _unused_ const char *property, sd_bus_message *reply, _unused_ void *userdata,
                _unused_ sd_bus_error *reterr) {
        return sd_bus_message_append(reply, "s", trace_get_log_level());
}

static int get_target(_unused_ sd_bus *bus, _unused_ const char *path, _unused_ const char *interface,
                _unused_ const char *property, sd_bus_message *reply, _unused_ void *userdata,
                _unused_ sd_bus_error *reterr) {
        return sd_bus_message_append(reply, "s", log_get_journal_detail() ? TARGET_JOURNAL : TARGET_AUTO);
}

static int get_identifier(_unused_ sd_bus *bus, _unused_ const char *path, _unused_ const char *interface,
                _unused_ const char *property, sd_bus_message *reply, _unused_ void *userdata,
                _unused_ sd_bus_error *reterr) {
        return sd_bus_message_append(reply, "s", "hagsd");
}

/* ---- changing ---- */

/* Never called, as on_call() is first; the vtable wants it for what can be written. */
static int set_refused(_unused_ sd_bus *bus, _unused_ const char *path, _unused_ const char *interface,
                _unused_ const char *property, _unused_ sd_bus_message *value, _unused_ void *userdata,
                _unused_ sd_bus_error *reterr) {
        return -EACCES;
}

static int set_level(const char *level, sd_bus_error *reterr) {
        if (trace_set_log_level(level, CAUSE) < 0)
                return sd_bus_error_setf(reterr, SD_BUS_ERROR_INVALID_ARGS,
                                "There is no log level '%s': it is emerg, alert, crit, err, warning, "
                                "notice, info or debug",
                                level);
        return 0;
}

static int set_target(const char *target, sd_bus_error *reterr) {
        bool journal = strcmp(target, TARGET_JOURNAL) == 0;

        if (!journal && strcmp(target, TARGET_AUTO) != 0)
                return sd_bus_error_setf(reterr, SD_BUS_ERROR_INVALID_ARGS,
                                "hagsd has no log target '%s': it is auto (all into the log file, notice "
                                "and above into the journal) or journal (all into both)",
                                target);
        log_set_journal_detail(journal);
        log_notice("The log target is %s now (" CAUSE ")", target);
        return 0;
}

static int apply(sd_bus_message *call, sd_bus_error *reterr) {
        const char *interface, *property, *value;

        if (sd_bus_message_read(call, "ssv", &interface, &property, "s", &value) < 0)
                return sd_bus_error_set(reterr, SD_BUS_ERROR_INVALID_ARGS, "The value must be a string");
        if (strcmp(interface, INTERFACE) != 0)
                return sd_bus_error_setf(reterr, SD_BUS_ERROR_UNKNOWN_INTERFACE,
                                "There is no interface '%s' here", interface);
        if (strcmp(property, "LogLevel") == 0)
                return set_level(value, reterr);
        if (strcmp(property, "LogTarget") == 0)
                return set_target(value, reterr);
        if (strcmp(property, "SyslogIdentifier") == 0)
                return sd_bus_error_setf(
                                reterr, SD_BUS_ERROR_PROPERTY_READ_ONLY, "'%s' is read-only", property);
        return sd_bus_error_setf(reterr, SD_BUS_ERROR_UNKNOWN_PROPERTY, "There is no '%s' here", property);
}

/* ---- who wants it ---- */

static void change_done(LogChange *change) {
        change->question = sd_bus_slot_unref(change->question);
        change->call = sd_bus_message_unref(change->call);
}

static int judge(sd_bus_message *answer, sd_bus_message *call, sd_bus_error *reterr) {
        uint32_t uid;

        if (sd_bus_message_is_method_error(answer, NULL) || sd_bus_message_read(answer, "u", &uid) < 0)
                return sd_bus_error_set(reterr, SD_BUS_ERROR_ACCESS_DENIED,
                                "The bus does not say who asks for this, which only root may");
        if (uid != 0)
                return sd_bus_error_set(reterr, SD_BUS_ERROR_ACCESS_DENIED, "Only root may change this");
        return apply(call, reterr);
}

static int on_caller(sd_bus_message *answer, void *userdata, _unused_ sd_bus_error *reterr) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        LogChange *change = userdata;

        if (judge(answer, change->call, &error) < 0)
                (void) sd_bus_reply_method_error(change->call, &error);
        else
                (void) sd_bus_reply_method_return(change->call, NULL);
        change_done(change);
        return 0;
}

static LogChange *free_place(LogControl *lc) {
        for (size_t i = 0; i < LOGCONTROL_CHANGES_MAX; i++)
                if (!lc->changes[i].call)
                        return &lc->changes[i];
        return NULL;
}

/*
 * All calls to the object come here before sd-bus looks at its table. Left to that, a Set has the caller
 * looked up by a call that waits for the bus.
 */
static int on_call(sd_bus_message *m, void *userdata, sd_bus_error *reterr) {
        LogChange *change;
        int r;

        if (!sd_bus_message_is_method_call(m, "org.freedesktop.DBus.Properties", "Set"))
                return 0;

        change = free_place(userdata);
        if (!change)
                return sd_bus_error_set(reterr, SD_BUS_ERROR_LIMITS_EXCEEDED, "Too many ask at once");
        r = sd_bus_call_method_async(sd_bus_message_get_bus(m), &change->question, "org.freedesktop.DBus",
                        "/org/freedesktop/DBus", "org.freedesktop.DBus", "GetConnectionUnixUser", on_caller,
                        change, "s", sd_bus_message_get_sender(m));
        if (r < 0)
                return r;
        change->call = sd_bus_message_ref(m);
        return 1;
}

/* ---- the object, on each connection ---- */

static int on_prepare(void *userdata, sd_bus *bus) {
        static const sd_bus_vtable table[] = {
                SD_BUS_VTABLE_START(0),
                SD_BUS_WRITABLE_PROPERTY("LogLevel", "s", get_level, set_refused, 0, 0),
                SD_BUS_WRITABLE_PROPERTY("LogTarget", "s", get_target, set_refused, 0, 0),
                SD_BUS_PROPERTY("SyslogIdentifier", "s", get_identifier, 0, 0),
                SD_BUS_VTABLE_END,
        };
        int r;

        r = sd_bus_add_object(bus, NULL, OBJECT, on_call, userdata);
        return r < 0 ? r : sd_bus_add_object_vtable(bus, NULL, OBJECT, INTERFACE, table, userdata);
}

static void on_lost(void *userdata) {
        LogControl *lc = userdata;

        for (size_t i = 0; i < LOGCONTROL_CHANGES_MAX; i++)
                change_done(&lc->changes[i]);
}

int logcontrol_open(LogControl *lc, sd_event *event, const char *syspar) {
        static const BusHooks hooks = { .prepare = on_prepare, .lost = on_lost };
        char name[BUS_NAME_MAX + 1];

        *lc = (LogControl){ 0 };
        (void) snprintf(name, sizeof(name), BUS_NAME_PREFIX "%s", syspar);
        return bus_open(&lc->bus, event, name, &hooks, lc);
}

void logcontrol_done(LogControl *lc) {
        on_lost(lc);
        bus_done(&lc->bus);
}
