/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The oracle: Group Services as plainly as gsapi.md, stream.md and the DECISIONS read, for one purpose: to
 * say what each client must see of a given stream. It shares no code with src/core. Its state is one struct
 * without pointers to itself: assignment copies it.
 */

#include "note.h"

#define ORACLE_NODES 8
#define ORACLE_GROUPS 12
#define ORACLE_PROVIDERS 48 /* of a group, or in one of its queues */
#define ORACLE_REFLECTIONS 64
#define ORACLE_HELD 512

/* To whom a note goes: node number 0 is every node. */
typedef struct Delivery {
        NodeId node;
        GsClient to;
        uint32_t note;
        bool votes;
} Delivery;

/* What subscribers are told of, before anybody's control flags. */
typedef struct Publication {
        char group[GS_GROUP_NAME_MAX + 1];
        uint64_t id;
        bool dissolved;
        bool died; /* Group Services themselves ended */
        bool state_changed;
        bool joined, left;
        Value state;
        NoteList full;
        NoteList changing;
        bool has_deaths;
        uint32_t deaths[NOTE_LIST_MAX];
} Publication;

typedef struct Outcome {
        Note *notes;
        uint32_t n_notes, notes_size;
        Delivery *deliveries;
        uint32_t n_deliveries, deliveries_size;
        Publication *publications;
        uint32_t n_publications, publications_size;
} Outcome;

typedef struct Oracle Oracle;

Oracle *oracle_new(void);
Oracle *oracle_copy(const Oracle *o);
Oracle *oracle_free(Oracle *o);

/* The event must live as long as the oracle: it may be held. */
void oracle_apply(Oracle *o, const Event *event, Outcome *ret);

/* What the clients of `node` see when its core loses this state. */
void oracle_lost(const Oracle *o, uint32_t summary, Outcome *ret);
/* What a core puts out when it is restored to this state. */
void oracle_restored(const Oracle *o, Outcome *ret);
/* A subscriber's first notification. False: no such group. */
bool oracle_subscribe(const Oracle *o, const char *group, uint32_t control, Note *ret);
/* What a publication is to a subscriber. False: nothing. */
bool oracle_published(const Publication *p, uint32_t control, Note *ret);

void outcome_clear(Outcome *outcome);
