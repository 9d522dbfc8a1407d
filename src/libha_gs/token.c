/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tokens and groups: see token.h. */

#include "libha_gs/token.h"

#include <search.h>
#include <string.h>

/* Of their numbers, with which they begin. */
static int compare_tokens(const void *a, const void *b) {
        int32_t x = *(const int32_t *) a, y = *(const int32_t *) b;

        return (x > y) - (x < y);
}

static int compare_groups(const void *a, const void *b) {
        const Group *x = a, *y = b;

        return strcmp(x->name, y->name);
}

/* ---- groups: there while they have tokens ---- */

static Group *group_unref(Group *group) {
        if (group && --group->n_refs == 0) {
                (void) tdelete(group, &client.groups, compare_groups);
                free(group);
        }
        return NULL;
}

DEFINE_CLEANUP(Group *, group_unref)

static Group *group_ref_by_name(const char *name) {
        _cleanup_(freep) Group *group = NULL;
        Group **found;

        group = calloc(1, sizeof(*group));
        if (!group)
                return NULL;
        (void) strncpy(group->name, name, sizeof(group->name) - 1);

        found = tsearch(group, &client.groups, compare_groups);
        if (!found)
                return NULL;
        (*found)->n_refs++;
        return *found == group ? TAKE_PTR(group) : *found;
}

/* ---- tokens ---- */

int32_t token_number_new(void) {
        return client.last_token < INT32_MAX ? ++client.last_token : 0;
}

Token *token_new(TokenState state, const char *group_name) {
        _cleanup_(group_unrefp) Group *group = NULL;
        _cleanup_(freep) Token *token = NULL;

        token = calloc(1, sizeof(*token));
        group = group_ref_by_name(group_name);
        if (!token || !group)
                return NULL;

        token->number = token_number_new();
        if (token->number == 0 || !tsearch(token, &client.tokens, compare_tokens))
                return NULL;

        token->n_refs = 1; /* the table's */
        token->state = state;
        token->group = TAKE_PTR(group);
        return TAKE_PTR(token);
}

Token *token_find(int32_t number) {
        Token **found = tfind(&number, &client.tokens, compare_tokens);

        return found ? *found : NULL;
}

Token *token_ref(Token *token) {
        token->n_refs++;
        return token;
}

Token *token_unref(Token *token) {
        if (token && --token->n_refs == 0) {
                group_unref(token->group);
                members_done(&token->members);
                free(token);
        }
        return NULL;
}

void token_end(Token *token) {
        if (!token || token->state == TOKEN_DEAD)
                return;

        (void) tdelete(token, &client.tokens, compare_tokens);
        token->state = TOKEN_DEAD;
        token_unref(token);
}

static void end_node(void *node) {
        Token *token = node;

        token->state = TOKEN_DEAD;
        token_unref(token);
}

void tokens_end(void) {
        tdestroy(client.tokens, end_node);
        client.tokens = NULL;
}
