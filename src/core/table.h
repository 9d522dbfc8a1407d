/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A hash table of things that carry their own link. For look-up only: what is visible never comes out in its
 * order, which the seed changes from process to process.
 */

#include <stddef.h>
#include <stdint.h>

typedef struct TableLink TableLink;

struct TableLink {
        TableLink *next;
        uint64_t hash;
};

typedef struct Table {
        TableLink **slots; /* NULL while empty */
        size_t n_slots;    /* a power of two */
        size_t n;
} Table;

/* 0 or -ENOMEM. */
int table_insert(Table *table, TableLink *link, uint64_t hash);
void table_remove(Table *table, TableLink *link);

/* The first link with that hash, and the next one after it; the caller compares keys. */
TableLink *table_find(const Table *table, uint64_t hash);
TableLink *table_find_next(const TableLink *link);

/* All links, in no order that may be seen; NULL begins. Nothing may be inserted or removed meanwhile. */
TableLink *table_each(const Table *table, const TableLink *previous);

uint64_t hash_words(uint64_t seed, const uint64_t *words, size_t n);
uint64_t hash_bytes(uint64_t seed, const void *data, size_t size);
