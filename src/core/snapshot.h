/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What writing (snapshot.c) and reading (restore.c) of a snapshot have in common. */

#include "core/state.h"

#define SNAPSHOT_MAGIC UINT32_C(0x43474148) /* "HAGC" */
#define SNAPSHOT_VERSION 1
#define SNAPSHOT_RUNNING 0x80 /* a protocol runs, its request in the low bits */

typedef struct Saver {
        uint8_t *data;
        size_t size;
        size_t capacity;
        bool failed;  /* out of memory */
        bool hashing; /* no bytes, but a hash of all that they would say */
        uint64_t hash;
} Saver;
