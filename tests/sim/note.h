/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What came out of a core, or should have: a copy of one sink call that has no pointers, so that what the
 * oracle expects and what a core did can be compared field by field and printed.
 */

#include <stdio.h>

#include "core/core.h"

#define NOTE_LIST_MAX 64

/* Bytes of a client, kept as their size, their hash and their beginning. */
typedef struct Value {
        uint64_t hash;
        uint32_t size;
        char head[12];
} Value;

typedef enum NoteKind {
        NOTE_NOTIFICATION,
        NOTE_TOKEN_DEAD,
        NOTE_PHASE_BEGUN,
        NOTE_PHASE_ENDED,
        NOTE_SCRIPT,
        NOTE_HASH_TAKEN,
        NOTE_HASH_COMPARED,
        _NOTE_KIND_MAX,
} NoteKind;

typedef struct NoteList {
        uint32_t n;
        GsProvider names[NOTE_LIST_MAX];
} NoteList;

typedef struct Note {
        NoteKind kind;
        GsNotificationType type;
        GsRequest request;
        char group_name[GS_GROUP_NAME_MAX + 1];
        EventPhase phase;
        bool n_phase;
        bool votes;
        bool equal; /* of a hash */
        uint16_t time_limit;
        uint32_t summary;
        GsProvider proposed_by;
        uint32_t whats_changed;
        NoteList current;
        NoteList changing;
        bool has_leaves;
        bool has_deaths;
        GsLeave leaves[NOTE_LIST_MAX];
        uint32_t deaths[NOTE_LIST_MAX];
        uint32_t deactivate_phase;
        Value flag;
        Value state;
        Value proposed_state;
        Value source_state;
        Value message;
        bool has_attributes;
        GsAttributes attributes;
        GsReturn error;
        uint32_t serial;
        uint32_t subscription_type;
        GsProvider script_provider;
} Note;

Value value_of(GsBytes bytes);
bool value_equal(const Value *a, const Value *b);

void note_from_notification(Note *ret, const CoreNotification *n);
void note_from_phase(Note *ret, NoteKind kind, const CorePhase *phase);
void note_from_script(Note *ret, const CoreScript *script);

/* NULL if equal, else the name of the first field that differs. */
const char *note_difference(const Note *a, const Note *b);
void note_print(FILE *f, const Note *note);
