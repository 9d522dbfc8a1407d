/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The tokens of one connection that are alive. A client counts its tokens up and never uses one again
 * (client.h), so they are an ordered array of 8 bytes each: found by halving, added at the end, and the gaps
 * of those that died closed when they are as many as the living.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum TokenKind { TOKEN_NONE, TOKEN_PROVIDER, TOKEN_SUBSCRIBER, _TOKEN_KIND_MAX } TokenKind;

typedef struct Token {
        int32_t number;
        uint8_t kind; /* TOKEN_NONE: dead */
        bool listed;  /* the client has the list of members, which is sent to a provider once */
} Token;

typedef struct Tokens {
        Token *array;
        uint32_t n_places; /* taken, by the living and the dead */
        uint32_t n_allocated;
        uint32_t n[_TOKEN_KIND_MAX]; /* living ones, by kind */
        int32_t last;                /* the highest that was ever added */
} Tokens;

enum {
        _TOKENS_E_SUCCESS,

        TOKENS_E_USED, /* not greater than all before it */
};

/* 0, TOKENS_E_USED or -ENOMEM. */
int tokens_add(Tokens *tokens, int32_t number, TokenKind kind);

/* The living token, or NULL. It may move with the next tokens_add() or tokens_remove(). */
Token *tokens_find(const Tokens *tokens, int32_t number);

void tokens_remove(Tokens *tokens, Token *token);

static inline uint32_t tokens_count(const Tokens *tokens) {
        return tokens->n[TOKEN_PROVIDER] + tokens->n[TOKEN_SUBSCRIBER];
}

/* Forget all. */
void tokens_done(Tokens *tokens);
