/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the caller gives, checked (gsapi.md 4.2, 5 and 7) and brought into the form in which it is sent. Each
 * returns HA_GS_OK, or the code for the caller; *ret is then undefined. Bytes in it are the caller's.
 */

#include "libha_gs/api.h"
#include "wire/client.h"

/* BAD_PARAMETER: none, or an empty one; NAME_TOO_LONG. */
ha_gs_rc_t check_group_name(const char *name);

/* BAD_PARAMETER: no block; BAD_GROUP_ATTRIBUTES: of another size, or with a value out of its range. */
ha_gs_rc_t check_attributes(const ha_gs_group_attributes_t *block, GsAttributes *ret);

/* NULL is fine, and gives no bytes; else BAD_PARAMETER unless it has 1 to so many bytes. */
ha_gs_rc_t check_state(const ha_gs_state_value_t *value, GsBytes *ret);
ha_gs_rc_t check_message(const ha_gs_provider_message_t *value, GsBytes *ret);

/* For ha_gs_init(). BAD_PARAMETER; NAME_TOO_LONG: the script. */
ha_gs_rc_t check_hello(const ha_gs_responsiveness_t *responsiveness, const char *script,
                ha_gs_responsiveness_cb_t *callback, ClientHello *ret);

ha_gs_rc_t check_join(const ha_gs_join_request_t *request, GsAttributes *ret);
ha_gs_rc_t check_subscribe(const ha_gs_subscribe_request_t *request);

/* Proposals; each writes type and body of the event. */
ha_gs_rc_t check_state_change(const ha_gs_state_change_request_t *request, Event *ret);
ha_gs_rc_t check_message_request(const ha_gs_message_request_t *request, Event *ret);
ha_gs_rc_t check_leave(const ha_gs_leave_request_t *request, Event *ret);
ha_gs_rc_t check_expel(const ha_gs_expel_request_t *request, Event *ret);
/* `current`: BAD_PARAMETER if something else is changed than may be. */
ha_gs_rc_t check_change_attributes(
                const ha_gs_change_attributes_t *request, const GsAttributes *current, Event *ret);
