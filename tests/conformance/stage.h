/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What teller and actor send each other over a SOCK_SEQPACKET pair: a head and, behind it, the data of a
 * part, or a line. The actor is a fork of the teller, so the address of a part is the same in both.
 */

#include "parts.h"

typedef enum StageKind {
        STAGE_PART,  /* to the actor */
        STAGE_REPLY, /* value: what the part returned */
        STAGE_LINE,  /* value: the token */
} StageKind;

typedef struct StageHead {
        StageKind kind;
        int value;
        Part *part;
} StageHead;
