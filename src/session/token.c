/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tokens of one connection: see token.h. */

#include "session/token.h"

#include "util/macro.h"

#define ALLOCATED_MIN 4

static void close_gaps(Tokens *t) {
        uint32_t n = 0;

        for (uint32_t i = 0; i < t->n_places; i++)
                if (t->array[i].kind != TOKEN_NONE)
                        t->array[n++] = t->array[i];
        t->n_places = n;
}

/* The array has room for `n`, from now on. */
static int resize(Tokens *t, uint32_t n) {
        Token *array = realloc(t->array, n * sizeof(*array));

        if (!array)
                return -ENOMEM;
        t->array = array;
        t->n_allocated = n;
        return 0;
}

int tokens_add(Tokens *t, int32_t number, TokenKind kind) {
        int r;

        if (number <= t->last)
                return TOKENS_E_USED;
        if (t->n_places == t->n_allocated) {
                r = resize(t, t->n_allocated > 0 ? t->n_allocated * 2 : ALLOCATED_MIN);
                if (r < 0)
                        return r;
        }

        t->array[t->n_places++] = (Token){ .number = number, .kind = kind };
        t->n[kind]++;
        t->last = number;
        return 0;
}

Token *tokens_find(const Tokens *t, int32_t number) {
        uint32_t begin = 0, end = t->n_places;

        while (begin < end) {
                uint32_t middle = begin + (end - begin) / 2;

                if (t->array[middle].number < number)
                        begin = middle + 1;
                else
                        end = middle;
        }
        if (begin == t->n_places || t->array[begin].number != number || t->array[begin].kind == TOKEN_NONE)
                return NULL;
        return &t->array[begin];
}

void tokens_remove(Tokens *t, Token *token) {
        t->n[token->kind]--;
        token->kind = TOKEN_NONE;
        if (t->n_places < 2 * tokens_count(t) || t->n_places < ALLOCATED_MIN)
                return;

        close_gaps(t);
        if (t->n_places == 0)
                tokens_done(t);
        else if (t->n_allocated > 4 * t->n_places)
                (void) resize(t, 2 * t->n_places); /* too much memory is no error */
}

void tokens_done(Tokens *t) {
        int32_t last = t->last;

        free(t->array);
        *t = (Tokens){ .last = last };
}
