/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Parts for test-4.2-codes.c: every routine done right but for its token, do_*, and everything that a caller
 * can do wrong with it.
 */

#include "parts.h"

/* malloc() of the program is that of its libraries too, unless a sanitizer has its own: build.sh. */
#ifndef OWN_MALLOC
#define OWN_MALLOC 1
#endif

/* What each of them needs to know; the token is in and out. */
typedef struct Wrong {
        int token;
        char group[PART_NAME_MAX], busy[PART_NAME_MAX], other[PART_NAME_MAX];
} Wrong;

Part do_unsubscribe, do_vote, do_state, do_message, do_leave, do_expel, do_attributes, do_goodbye, do_join,
                do_subscribe, do_dispatch, do_node_number, do_adapter_info, init_again, init_nowhere,
                init_without_descriptors, init_to_nothing, init_with_long_script, join_nothing,
                join_without_token, join_without_attributes, join_negative, join_long_name, join_long_source,
                join_long_local_name, join_invalid, join_different, join_duplicate, join_system,
                join_sourceless, join_without_source_provider, subscribe_nothing, subscribe_to_no_name,
                subscribe_for_nothing, subscribe_without_callback, subscribe_long_name, subscribe_unknown,
                vote_null, vote_unknown, vote_default_continue, vote_long_state, vote_long_message,
                state_nothing, state_null, state_phases, state_no_bytes, message_nothing, message_null,
                message_phases, leave_nothing, leave_phases, expel_nothing, expel_nobody, expel_phases,
                expel_script_phase, expel_twice, expel_unknown, attributes_nothing, attributes_null,
                attributes_phases, attributes_other_name, attributes_invalid, dispatch_how,
                node_number_nowhere, adapter_nothing, no_ffdc_id, ffdc_id_nowhere, join_without_memory,
                subscribe_without_memory;
