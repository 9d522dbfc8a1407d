/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The words of the GSAPI, for people: see gs.h. */

#include "wire/gs.h"

#include "util/macro.h"

const char *gs_request_to_string(GsRequest request) {
        static const char *const names[] = {
                [GS_RESPONSIVENESS] = "responsiveness check",
                [GS_JOIN] = "join",
                [GS_FAILURE_LEAVE] = "failure leave",
                [GS_LEAVE] = "leave",
                [GS_EXPEL] = "expel",
                [GS_STATE_VALUE_CHANGE] = "state value change",
                [GS_PROVIDER_MESSAGE] = "provider message",
                [GS_CAST_OUT] = "cast-out",
                [GS_SOURCE_STATE_REFLECTION] = "source state reflection",
                [GS_MERGE] = "merge",
                [GS_SUBSCRIPTION] = "subscription",
                [GS_GROUP_ATTRIBUTE_CHANGE] = "attribute change",
        };

        return (unsigned) request < ELEMENTSOF(names) ? names[request] : "?";
}

const char *gs_vote_to_string(GsVote vote) {
        static const char *const names[_GS_VOTE_MAX] = {
                [GS_VOTE_NULL] = "none",
                [GS_VOTE_APPROVE] = "approve",
                [GS_VOTE_CONTINUE] = "continue",
                [GS_VOTE_REJECT] = "reject",
        };

        return (unsigned) vote < _GS_VOTE_MAX ? names[vote] : "?";
}
