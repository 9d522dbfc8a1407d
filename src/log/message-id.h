/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What an administrator acts on has a MESSAGE_ID= in the journal and PSSP's error label in its text
 * (pssp-facts.md 2.7). An id never changes its meaning; a new meaning gets a new id.
 */

typedef struct MessageId {
        const char *label; /* PSSP's, as in AIX's error log: GS_AUTH_DENIED_ST */
        const char *id;    /* 32 hexadecimal digits */
} MessageId;

#define MESSAGE_ID_LIST(X)                                       \
        X(GS_STARTERR_ER, "82a03c84a326412893ca2884314635c0")    \
        X(GS_STOP_ST, "e71241526c2e48e498bd92cf66cd1331")        \
        X(GS_AUTH_DENIED_ST, "27994f92a873404d88595cd3c96d48f1") \
        X(GS_CLNT_SOCK_ER, "cc91047d6bd540d9bd6cb4234c16cda8")   \
        X(GS_ERROR_ER, "863706e6b0e24b208882978fc9cccf1b")

#define MESSAGE_ID_DECLARE(name, uuid) extern const MessageId MESSAGE_##name;
MESSAGE_ID_LIST(MESSAGE_ID_DECLARE)
