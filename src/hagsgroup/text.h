/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The words of hagsgroup for what ha_gs.h has numbers for. */

#include "libha_gs/ha_gs.h"

/* What a return code says to a person: "another protocol of the group runs". Never NULL. */
const char *text_rc(ha_gs_rc_t rc);

/* "join", "failure", "leave", "expel", "state", "message", "cast-out", "reflection", "attributes". */
const char *text_protocol(ha_gs_request_t protocol);

/* The first of the reasons: "failure", "host-failure", "goodbye", "leave", "expelled", "cast-out". */
const char *text_reason(ha_gs_leave_reasons_t reasons);

/* What was announced; NULL: nothing for people. */
const char *text_announcement(ha_gs_summary_code_t summary);

/* Why it was voted down: "a member voted against it" and so on */
const char *text_rejection(ha_gs_summary_code_t summary);
