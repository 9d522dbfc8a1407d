/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A notification on its way from the state machine to the client library, and its frame.
 *
 * The membership list, which every notification of gsapi.md section 4 shows, is sent to a token once; from
 * then on only what changes it: so the cost of a protocol does not grow with the square of its group.
 */

#include "wire/frame.h"
#include "wire/gs.h"

/*
 * All that a notification block of gsapi.md section 4 needs. Pointers are valid until the callback returns.
 */
typedef struct GsNotification {
        GsNotificationType type;
        GsRequest request;
        const char *group_name;
        uint64_t group; /* these three name the phase in a vote */
        uint64_t protocol;
        uint32_t phase; /* approved and rejected: phases run; 0: one-phase */
        bool n_phase;
        bool votes; /* n-phase: this provider is on the roll */
        uint16_t time_limit;
        uint32_t summary;
        GsProvider proposed_by; /* {0, 0}: Group Services */
        uint32_t whats_changed;
        uint32_t n_current; /* membership before the change; approved and subscription: after */
        const GsProvider *current;
        uint32_t n_changing; /* joining or leaving; announcement: whom it is about */
        const GsProvider *changing;
        const GsLeave *leaves;  /* parallel to changing, or NULL */
        const uint32_t *deaths; /* parallel to changing, or NULL: 1 for an adapter that was deconfigured */
        uint32_t deactivate_phase;
        GsBytes deactivate_flag;
        GsBytes state; /* current value; size 0: never set */
        GsBytes proposed_state;
        GsBytes source_state;
        GsBytes message;
        const GsAttributes *attributes; /* new ones, or NULL */
        GsReturn error;                 /* delayed error: its code, and */
        uint32_t serial;                /* the failing proposal's; 0 for a join */
        uint32_t subscription_type;
        uint64_t notice; /* a number for all that are the same but for their `votes`; 0: the only one */
} GsNotification;

/* What a frame says of the membership list; `current` of the notification is that list at its end. */
typedef enum NotificationList {
        NOTIFICATION_LIST_NONE,   /* it has none: announcements, subscriptions without membership */
        NOTIFICATION_LIST_FULL,   /* the frame has it */
        NOTIFICATION_LIST_SAME,   /* as in the last frame to this token */
        NOTIFICATION_LIST_APPEND, /* the last one, and `changing` behind it */
        NOTIFICATION_LIST_REMOVE, /* the last one without `changing` */
        _NOTIFICATION_LIST_MAX,
} NotificationList;

/* As read. `n.current` is there with NOTIFICATION_LIST_FULL only; `n.n_current` always. */
typedef struct NotificationFrame {
        int32_t token;
        NotificationList list;
        GsNotification n; /* without group_name, which the token tells, and without what is of errors */
        GsAttributes attributes;
} NotificationFrame;

/* A frame that takes more than FRAME_SIZE_MAX bytes travels in parts (FRAME_PART). */
#define NOTIFICATION_SIZE_MAX (1024 * 1024)

/* No less than the frame of it takes, and no more than 1 KiB above it. */
size_t notification_size(const GsNotification *n, NotificationList list);

/* Write the frame. Its length, or -EMSGSIZE; -EINVAL: a value that no decoder would take. */
ssize_t notification_encode(
                const GsNotification *n, int32_t token, NotificationList list, void *buffer, size_t size);

/* The same frame for another token: `frame` is what notification_encode() wrote. */
void notification_set_token(void *frame, int32_t token);

/*
 * Read the body of a FRAME_NOTIFICATION that begins at a multiple of 4. The lists and bytes of *ret point
 * into the frame, which is changed in its place on machines of the other byte order. 0 or -EBADMSG; *ret is
 * then undefined.
 */
int notification_decode(FrameReader *body, NotificationFrame *ret);
