/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the clients of one uid use up: see user.h. */

#include "session/user.h"

#include <assert.h>

int user_get(Users *users, uid_t uid, User **ret) {
        User *u;

        for (u = users->first; u && u->uid != uid; u = u->next)
                ;
        if (!u) {
                u = malloc(sizeof(*u));
                if (!u)
                        return -ENOMEM;
                *u = (User){ .users = users, .next = users->first, .uid = uid };
                users->first = u;
        }

        *ret = u;
        return 0;
}

User *user_put(User *u) {
        User **at;

        if (!u)
                return NULL;
        for (unsigned slot = 0; slot < _USER_SLOT_MAX; slot++)
                if (u->used[slot] > 0)
                        return NULL;

        for (at = &u->users->first; *at != u; at = &(*at)->next)
                ;
        *at = u->next;
        free(u);
        return NULL;
}

int user_charge(User *u, UserSlot slot, uint64_t n) {
        uint64_t limit = u->users->limits[slot];

        if (u->used[slot] > limit || n > limit - u->used[slot])
                return USER_E_QUOTA;
        u->used[slot] += n;
        return 0;
}

void user_discharge(User *u, UserSlot slot, uint64_t n) {
        assert(n <= u->used[slot]);
        u->used[slot] -= n;
}
