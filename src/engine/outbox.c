/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Events packed into multicasts: see outbox.h. */

#include "engine/outbox.h"

#include "util/macro.h"

static int outbox_grow(Outbox *outbox, const EventHead *head) {
        Pack *pack = outbox->spare ? TAKE_PTR(outbox->spare) : malloc(sizeof(*pack));

        if (!pack)
                return -ENOMEM;
        pack->next = NULL;
        pack->writer = event_begin(pack->data, sizeof(pack->data), head);
        *(outbox->last ? &outbox->last->next : &outbox->first) = pack;
        outbox->last = pack;
        return 0;
}

int outbox_put(Outbox *outbox, const EventHead *head, const Event *event) {
        int r;

        if (outbox->last) {
                r = event_put(&outbox->last->writer, event);
                if (r != -EMSGSIZE)
                        return r;
        }

        r = outbox_grow(outbox, head);
        return r < 0 ? r : event_put(&outbox->last->writer, event);
}

Pack *outbox_take(Outbox *outbox) {
        Pack *pack = outbox->first;

        if (!pack)
                return NULL;
        outbox->first = pack->next;
        if (!outbox->first)
                outbox->last = NULL;
        (void) event_finish(&pack->writer); /* it never has more than fits */
        return pack;
}

void outbox_recycle(Outbox *outbox, Pack *pack) {
        if (outbox->spare)
                free(pack);
        else
                outbox->spare = pack;
}

void outbox_done(Outbox *outbox) {
        Pack *pack;

        while ((pack = outbox_take(outbox)))
                free(pack);
        free(outbox->spare);
        *outbox = (Outbox){};
}
