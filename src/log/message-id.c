/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The labels and their ids, from the one list in message-id.h. */

#include "log/message-id.h"

#define MESSAGE_ID_DEFINE(name, uuid) const MessageId MESSAGE_##name = { .label = #name, .id = uuid };
MESSAGE_ID_LIST(MESSAGE_ID_DEFINE)
