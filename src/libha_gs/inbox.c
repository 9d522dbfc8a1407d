/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What has arrived: see inbox.h. */

#include "libha_gs/inbox.h"

#include <string.h>

/* Responsiveness checks run one after the other, too. */
static Group process_group;

static Group *group_of(const Item *item) {
        return item->token ? item->token->group : &process_group;
}

static void list_append(ItemList *list, Item *item) {
        item->next = NULL;
        if (list->first)
                list->last->next = item;
        else
                list->first = item;
        list->last = item;
}

static void list_prepend(ItemList *list, Item *item) {
        item->next = list->first;
        if (!list->first)
                list->last = item;
        list->first = item;
}

static Item *list_take(ItemList *list) {
        Item *item = list->first;

        if (item)
                list->first = item->next;
        return item;
}

static void item_free(Item *item) {
        client.inbox_bytes -= sizeof(*item) + item->size;
        token_unref(item->token);
        free(item);
}

int inbox_push(FrameType type, Token *token, const void *body, size_t size) {
        Item *item = malloc(sizeof(*item) + size);

        if (!item)
                return -ENOMEM;

        item->token = token ? token_ref(token) : NULL;
        item->type = type;
        item->size = size;
        if (size > 0)
                memcpy(item->body, body, size);
        list_append(&client.inbox, item);
        client.inbox_bytes += sizeof(*item) + size;
        return 0;
}

Item *inbox_pop(void) {
        Item *item;
        Group *group;

        while ((item = list_take(&client.inbox))) {
                group = group_of(item);
                if (group->running != client.n_forks) {
                        group->running = client.n_forks;
                        return item;
                }
                list_append(&group->waiting, item);
        }
        return NULL;
}

void inbox_finish(Item *item) {
        Group *group = group_of(item);
        Item *next = list_take(&group->waiting);

        group->running = 0;
        if (next)
                list_prepend(&client.inbox, next);
        item_free(item);
}

void inbox_clear(void) {
        Item *item, *next;

        while ((item = list_take(&client.inbox))) {
                while ((next = list_take(&group_of(item)->waiting)))
                        item_free(next);
                item_free(item);
        }
        while ((item = list_take(&process_group.waiting)))
                item_free(item);
}
