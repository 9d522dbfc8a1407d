/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The attributes of a group. All of its members have to give the same ones, and GSAPI does not tell them:
 * the daemon does who asks it.
 */

#include "hagsgroup/client.h"

typedef struct Attributes {
        ha_gs_group_attributes_t block; /* its pointers are into these: */
        GsAttributes attributes;
} Attributes;

/*
 * Ask for those of the group of that name. After client_connect(). 0, ATTRIBUTES_E_NO_GROUP, or a negative
 * errno value with a sentence. *ret must stay where it is.
 */
int attributes_ask(const char *group, Attributes *ret, char **reterr);
