/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Linked into a daemon with -Wl,--wrap, so that every call of the state machine that the clients can notice
 * is written down before it is made (record.h). The daemon itself knows nothing of it.
 */

#include <fcntl.h>
#include <string.h>
#include <sys/uio.h>

#include "core/core.h"
#include "record.h"

int __real_core_apply(Core *core, const Event *event, const CoreSink *sink);
int __wrap_core_apply(Core *core, const Event *event, const CoreSink *sink);
int __real_core_abandon(Core *core, uint32_t summary, const CoreSink *sink);
int __wrap_core_abandon(Core *core, uint32_t summary, const CoreSink *sink);
int __real_core_subscribe(
                Core *core, GsClient client, uint32_t control, const char *group, const CoreSink *sink);
int __wrap_core_subscribe(
                Core *core, GsClient client, uint32_t control, const char *group, const CoreSink *sink);
void __real_core_unsubscribe(Core *core, GsClient client);
void __wrap_core_unsubscribe(Core *core, GsClient client);
void __real_core_unsubscribe_all(Core *core, uint32_t connection);
void __wrap_core_unsubscribe_all(Core *core, uint32_t connection);

/* One write(), so that a daemon that is killed leaves whole records. */
static void record(const Record *r, void *bytes) {
        static int fd = -EBADF;
        struct iovec parts[] = { { (void *) r, sizeof(*r) }, { bytes, r->size } };

        if (fd < 0)
                fd = open(getenv("HAGS_RECORD") ?: "", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        if (writev(fd, parts, 2) != (ssize_t) (sizeof(*r) + r->size))
                abort();
}

static void record_event(const Event *event) {
        static uint8_t bytes[EVENT_MULTICAST_MAX];
        EventHead head = { .version = EVENT_VERSION, .sender = event->sender };
        FrameWriter w = event_begin(bytes, sizeof(bytes), &head);
        ssize_t size;

        if (event_put(&w, event) < 0 || (size = event_finish(&w)) < 0)
                abort();
        record(&(Record){ .type = RECORD_EVENT, .size = (uint32_t) size }, bytes);
}

int __wrap_core_apply(Core *core, const Event *event, const CoreSink *sink) {
        record_event(event);
        return __real_core_apply(core, event, sink);
}

int __wrap_core_abandon(Core *core, uint32_t summary, const CoreSink *sink) {
        record(&(Record){ .type = RECORD_ABANDON, .number = summary }, NULL);
        return __real_core_abandon(core, summary, sink);
}

int __wrap_core_subscribe(
                Core *core, GsClient client, uint32_t control, const char *group, const CoreSink *sink) {
        Record r = { .type = RECORD_SUBSCRIBE, .client = client, .number = control };

        (void) snprintf(r.group, sizeof(r.group), "%s", group);
        record(&r, NULL);
        return __real_core_subscribe(core, client, control, group, sink);
}

void __wrap_core_unsubscribe(Core *core, GsClient client) {
        record(&(Record){ .type = RECORD_UNSUBSCRIBE, .client = client }, NULL);
        __real_core_unsubscribe(core, client);
}

void __wrap_core_unsubscribe_all(Core *core, uint32_t connection) {
        record(&(Record){ .type = RECORD_UNSUBSCRIBE_ALL, .client.connection = connection }, NULL);
        __real_core_unsubscribe_all(core, connection);
}
