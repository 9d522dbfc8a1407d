/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What a daemon's state machine was told, in its order, in a file: events, and what is local to the node and
 * no event. recorder.c, linked into a daemon of our own, writes it to the file that HAGS_RECORD names; the
 * judge reads it. A record is this struct, and of an event a multicast (event.h) with it alone.
 */

#include "wire/gs.h"

typedef enum RecordType {
        RECORD_EVENT,
        RECORD_SUBSCRIBE,       /* client, number: control, group */
        RECORD_UNSUBSCRIBE,     /* client */
        RECORD_UNSUBSCRIBE_ALL, /* client.connection */
        RECORD_ABANDON,         /* number: summary */
} RecordType;

typedef struct Record {
        RecordType type;
        uint32_t size; /* bytes that follow */
        GsClient client;
        uint32_t number;
        char group[GS_GROUP_NAME_MAX + 1];
} Record;
