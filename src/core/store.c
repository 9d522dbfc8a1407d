/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Bytes that grow only: a value that is set again and again costs no allocation. */

#include <string.h>

#include "core/state.h"

#define STORE_UNIT 64

int store_set(Store *store, const void *data, uint32_t size) {
        if (size > store->capacity) {
                uint32_t capacity = (size + STORE_UNIT - 1) / STORE_UNIT * STORE_UNIT;
                uint8_t *grown = realloc(store->capacity > 0 ? store->data : NULL, capacity);

                if (!grown)
                        return -ENOMEM;
                store->data = grown;
                store->capacity = capacity;
        }
        if (size > 0)
                memcpy(store->data, data, size);
        store->size = size;
        return 0;
}

void store_free(Store *store) {
        if (store->capacity > 0)
                free(store->data);
        *store = (Store){};
}
