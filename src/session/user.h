/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the clients of one uid use up, and its limits (control.md section 5, Clients). Everything that a
 * client can make the daemon keep is charged here and given back here; that nothing is left at the end is
 * asserted.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "util/macro.h"

typedef enum UserSlot {
        USER_CONNECTIONS,
        USER_MEMBERSHIPS,
        USER_QUEUED_BYTES,
        _USER_SLOT_MAX,
} UserSlot;

enum {
        _USER_E_SUCCESS,

        USER_E_QUOTA, /* that would be more than a uid may have; nothing was charged */
};

typedef struct User User;

/* All users who have something. Begins zeroed, but for the limits of each uid. */
typedef struct Users {
        User *first;
        uint64_t limits[_USER_SLOT_MAX];
} Users;

struct User {
        Users *users;
        User *next;
        uid_t uid;
        uint64_t used[_USER_SLOT_MAX];
};

/* The account of a uid. 0 or -ENOMEM. */
int user_get(Users *users, uid_t uid, User **ret);

/* Forget the account of one who uses nothing. NULL is fine; returns NULL. */
User *user_put(User *user);
DEFINE_CLEANUP(User *, user_put)

/* 0 or USER_E_QUOTA. */
int user_charge(User *user, UserSlot slot, uint64_t n);
void user_discharge(User *user, UserSlot slot, uint64_t n);
