/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The story: a tree of all events that any core applied, branching where a domain was split. Whoever comes
 * to a place where another one was before must find the same hash; what each core put out is compared with
 * what the oracle derives from the same branch.
 */

#include "sim.h"

typedef struct Story Story;

Story *story_new(World *w);
Story *story_free(Story *story);

/* The daemon's core has applied this event (named by `key`: one key, one event) after the place where it
 * stood. */
void story_apply(Daemon *d, const Event *event, uint64_t key);
/* Its core lost its state in this VIEW, or without an engine. */
void story_lost(Daemon *d, uint32_t summary);
/* Its core was restored to the place of this VIEW. */
void story_restored(Daemon *d, uint64_t ring);
/* Its core accepted a subscription; `error`: what core_subscribe() returned. */
void story_subscribed(Daemon *d, GsClient client, uint32_t control, const char *group, int error);

/* The first node that decides about a ring leaves the result here, the others must come to the same. */
void story_decided(Daemon *d, const SyncDecision *decision);

/* The history once more: in a fresh core, and one restored from a snapshot at a random place; hashes must
 * agree. */
void story_replay(World *w);

/* The events from the beginning to some end; the array is the caller's. */
uint32_t story_path(World *w, const Event ***ret);
