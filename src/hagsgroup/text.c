/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Words for the numbers of ha_gs.h: see text.h. */

#include "hagsgroup/text.h"

#include <stddef.h>

#include "util/macro.h"

const char *text_rc(ha_gs_rc_t rc) {
        switch (rc) {
        case HA_GS_NAME_TOO_LONG:
                return "a name is too long";
        case HA_GS_NO_MEMORY:
                return "out of memory";
        case HA_GS_BAD_MEMBER_TOKEN:
        case HA_GS_NOT_A_MEMBER:
                return "this process is not in the group any more";
        case HA_GS_BAD_PARAMETER:
                return "a value is not allowed";
        case HA_GS_UNKNOWN_GROUP:
                return "there is no such group";
        case HA_GS_INVALID_GROUP:
                return "the name belongs to a group that Group Services keeps itself";
        case HA_GS_NO_SOURCE_GROUP_PROVIDER:
                return "its source group has no provider on this node";
        case HA_GS_BAD_GROUP_ATTRIBUTES:
                return "those who are in it have joined with other attributes";
        case HA_GS_DUPLICATE_INSTANCE_NUMBER:
                return "the instance number is in use on this node";
        case HA_GS_COLLIDE:
                return "another protocol of the group runs";
        case HA_GS_SOCK_CREATE_FAILED:
        case HA_GS_SOCK_INIT_FAILED:
                return "cannot make a socket";
        case HA_GS_INVALID_SOURCE_GROUP:
                return "its source group is not there";
        case HA_GS_UNKNOWN_PROVIDER:
                return "it has no such member";
        case HA_GS_INVALID_DEACTIVATE_PHASE:
                return "there is no such phase in which deactivate scripts could start";
        case HA_GS_PROVIDER_APPEARS_TWICE:
                return "a member is named twice";
        case HA_GS_BACKLEVEL_PROVIDERS:
                return "it has members whose library is too old";
        default:
                return "hagsd refuses it";
        }
}

const char *text_protocol(ha_gs_request_t protocol) {
        static const char *const words[] = {
                [HA_GS_JOIN] = "join",
                [HA_GS_FAILURE_LEAVE] = "failure",
                [HA_GS_LEAVE] = "leave",
                [HA_GS_EXPEL] = "expel",
                [HA_GS_STATE_VALUE_CHANGE] = "state",
                [HA_GS_PROVIDER_MESSAGE] = "message",
                [HA_GS_CAST_OUT] = "cast-out",
                [HA_GS_SOURCE_STATE_REFLECTION] = "reflection",
                [HA_GS_GROUP_ATTRIBUTE_CHANGE] = "attributes",
        };

        return (size_t) protocol < ELEMENTSOF(words) && words[protocol] ? words[protocol] : "unknown";
}

typedef struct Word {
        unsigned bit;
        const char *word;
} Word;

/* The word of the first bit that is set, or NULL. */
static const char *first_word(const Word *words, size_t n, unsigned bits) {
        for (size_t i = 0; i < n; i++)
                if (bits & words[i].bit)
                        return words[i].word;
        return NULL;
}

const char *text_reason(ha_gs_leave_reasons_t reasons) {
        static const Word words[] = {
                { HA_GS_PROVIDER_FAILURE, "failure" },
                { HA_GS_HOST_FAILURE, "host-failure" },
                { HA_GS_PROVIDER_SAID_GOODBYE, "goodbye" },
                { HA_GS_VOLUNTARY_LEAVE, "leave" },
                { HA_GS_PROVIDER_EXPELLED, "expelled" },
                { HA_GS_SOURCE_PROVIDER_LEAVE, "cast-out" },
        };

        return first_word(words, ELEMENTSOF(words), reasons) ?: "unknown";
}

const char *text_rejection(ha_gs_summary_code_t summary) {
        static const Word words[] = {
                { HA_GS_EXPLICIT_REJECT, "a member voted against it" },
                { HA_GS_TIME_LIMIT_EXCEEDED, "a member did not vote in time" },
                { HA_GS_PROVIDER_FAILED, "a member failed before it voted" },
                { HA_GS_DEACTIVATE_UNSUCCESSFUL, "a deactivate script failed" },
                { HA_GS_DEACTIVATE_TIME_LIMIT_EXCEEDED, "a deactivate script took too long" },
                { HA_GS_DEFAULT_REJECT, "the default vote is to reject" },
        };

        return first_word(words, ELEMENTSOF(words), summary) ?: "nobody voted for it";
}

const char *text_announcement(ha_gs_summary_code_t summary) {
        static const Word words[] = {
                { HA_GS_TIME_LIMIT_EXCEEDED, "did not vote in time" },
                { HA_GS_RESPONSIVENESS_NO_RESPONSE, "does not respond" },
                { HA_GS_RESPONSIVENESS_RESPONSE, "responds again" },
                { HA_GS_DEACTIVATE_TIME_LIMIT_EXCEEDED, "deactivate script took too long" },
                { HA_GS_DEACTIVATE_UNSUCCESSFUL, "deactivate script failed" },
        };

        return first_word(words, ELEMENTSOF(words), summary);
}
