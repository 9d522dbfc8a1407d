/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Hash tables of linked things, and the hash functions of the state machine. */

#include <endian.h>
#include <string.h>

#include "core/table.h"
#include "util/macro.h"

#define SLOTS_MIN 8

static int table_grow(Table *table) {
        size_t n_slots = table->n_slots > 0 ? table->n_slots * 2 : SLOTS_MIN;
        TableLink **slots = calloc(n_slots, sizeof(TableLink *));

        if (!slots)
                return -ENOMEM;

        for (size_t i = 0; i < table->n_slots; i++)
                for (TableLink *link = table->slots[i], *next; link; link = next) {
                        TableLink **slot = &slots[link->hash & (n_slots - 1)];

                        next = link->next;
                        link->next = *slot;
                        *slot = link;
                }

        free(table->slots);
        table->slots = slots;
        table->n_slots = n_slots;
        return 0;
}

int table_insert(Table *table, TableLink *link, uint64_t hash) {
        TableLink **slot;

        if (table->n >= table->n_slots && table_grow(table) < 0)
                return -ENOMEM;

        link->hash = hash;
        slot = &table->slots[hash & (table->n_slots - 1)];
        link->next = *slot;
        *slot = link;
        table->n++;
        return 0;
}

void table_remove(Table *table, TableLink *link) {
        TableLink **at = &table->slots[link->hash & (table->n_slots - 1)];

        while (*at != link)
                at = &(*at)->next;
        *at = link->next;

        if (--table->n == 0) {
                free(table->slots);
                *table = (Table){};
        }
}

static TableLink *link_with(TableLink *link, uint64_t hash) {
        while (link && link->hash != hash)
                link = link->next;
        return link;
}

TableLink *table_find(const Table *table, uint64_t hash) {
        return table->n == 0 ? NULL : link_with(table->slots[hash & (table->n_slots - 1)], hash);
}

TableLink *table_find_next(const TableLink *link) {
        return link_with(link->next, link->hash);
}

TableLink *table_each(const Table *table, const TableLink *previous) {
        size_t slot = 0;

        if (previous) {
                if (previous->next)
                        return previous->next;
                slot = (previous->hash & (table->n_slots - 1)) + 1;
        }
        for (; slot < table->n_slots; slot++)
                if (table->slots[slot])
                        return table->slots[slot];
        return NULL;
}

/* The finalizer of splitmix64: every bit of the input changes half of the output. */
static uint64_t mix(uint64_t x) {
        x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
        x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
        return x ^ (x >> 31);
}

uint64_t hash_words(uint64_t seed, const uint64_t *words, size_t n) {
        for (size_t i = 0; i < n; i++)
                seed = mix((seed + UINT64_C(0x9e3779b97f4a7c15)) ^ words[i]);
        return seed;
}

/* Words are little-endian: the hash of a state is compared between machines. */
uint64_t hash_bytes(uint64_t seed, const void *data, size_t size) {
        const uint8_t *p = data;
        uint64_t word, total = size;

        for (; size >= sizeof(word); size -= sizeof(word), p += sizeof(word)) {
                memcpy(&word, p, sizeof(word));
                seed = hash_words(seed, &(uint64_t){ le64toh(word) }, 1);
        }
        if (size > 0) {
                word = 0;
                memcpy(&word, p, size);
                seed = hash_words(seed, &(uint64_t){ le64toh(word) }, 1);
        }
        return hash_words(seed, &total, 1);
}
