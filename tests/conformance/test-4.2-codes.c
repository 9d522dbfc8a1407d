/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * gsapi.md 4.2: every return code, at once or as a delayed error, of every routine that can give it. One
 * table says what is done wrong and what comes of it; all rows are tried in one and the same world.
 */

#include <stdio.h>
#include <string.h>

#include "lines.h"
#include "story.h"
#include "wrong.h"

typedef struct Routine {
        const char *name;
        Part *part;
        bool proposes;
} Routine;

static const Routine token_routines[] = {
        { "ha_gs_unsubscribe", do_unsubscribe, false },
        { "ha_gs_vote", do_vote, false },
        { "ha_gs_change_state_value", do_state, true },
        { "ha_gs_send_message", do_message, true },
        { "ha_gs_leave", do_leave, true },
        { "ha_gs_expel", do_expel, true },
        { "ha_gs_change_attributes", do_attributes, true },
        { "ha_gs_goodbye", do_goodbye, false },
};
#define N_TOKEN_ROUTINES (sizeof(token_routines) / sizeof(*token_routines))

static const Routine other_routines[] = {
        { "ha_gs_join", do_join, false },
        { "ha_gs_subscribe", do_subscribe, false },
        { "ha_gs_dispatch", do_dispatch, false },
        { "ha_gs_get_node_number", do_node_number, false },
        { "ha_gs_get_adapter_info", do_adapter_info, false },
};
#define N_OTHER_ROUTINES (sizeof(other_routines) / sizeof(*other_routines))

/* ---- the table ---- */

typedef enum Who {
        STRANGER,   /* has not called ha_gs_init() */
        CLIENT,     /* is in no group */
        MEMBER,     /* of `group`, in which nothing happens */
        BUSY,       /* of `busy`, in which a message is voted on, and it knows */
        WAITING,    /* wants to join that */
        SUBSCRIBER, /* of `group` */
        GONE,       /* the token of one who said goodbye */
        INVENTED,   /* a token that never was */
        _WHO_MAX,
} Who;

typedef struct Row {
        Who who;
        Part *part;
        ha_gs_rc_t code;   /* at once, or */
        const char *error; /* a delayed error */
} Row;

#define SYNC(who, part, code) \
        { who, part, code, NULL }
#define DELAYED(who, part, error) \
        { who, part, HA_GS_OK, error }

static const Row rows[] = {
        SYNC(CLIENT, init_again, HA_GS_EXISTS),
        SYNC(STRANGER, init_to_nothing, HA_GS_BAD_PARAMETER),
        SYNC(STRANGER, init_with_long_script, HA_GS_NAME_TOO_LONG),

        SYNC(CLIENT, join_nothing, HA_GS_BAD_PARAMETER),
        SYNC(CLIENT, join_without_token, HA_GS_BAD_PARAMETER),
        SYNC(CLIENT, join_negative, HA_GS_BAD_PARAMETER),
        SYNC(CLIENT, join_without_attributes, HA_GS_BAD_PARAMETER),
        SYNC(CLIENT, join_invalid, HA_GS_BAD_GROUP_ATTRIBUTES),
        SYNC(CLIENT, join_long_name, HA_GS_NAME_TOO_LONG),
        SYNC(CLIENT, join_long_source, HA_GS_NAME_TOO_LONG),
        SYNC(CLIENT, join_long_local_name, HA_GS_NAME_TOO_LONG),
#if OWN_MALLOC
        SYNC(CLIENT, join_without_memory, HA_GS_NO_MEMORY),
        SYNC(CLIENT, subscribe_without_memory, HA_GS_NO_MEMORY),
#endif
        DELAYED(CLIENT, join_different, "error JOIN code=BAD_GROUP_ATTRIBUTES"),
        DELAYED(CLIENT, join_duplicate, "error JOIN code=DUPLICATE_INSTANCE_NUMBER"),
        DELAYED(CLIENT, join_system, "error JOIN code=INVALID_GROUP"),
        DELAYED(CLIENT, join_sourceless, "error JOIN code=INVALID_SOURCE_GROUP"),
        DELAYED(CLIENT, join_without_source_provider, "error JOIN code=NO_SOURCE_GROUP_PROVIDER"),

        SYNC(CLIENT, subscribe_nothing, HA_GS_BAD_PARAMETER),
        SYNC(CLIENT, subscribe_to_no_name, HA_GS_BAD_PARAMETER),
        SYNC(CLIENT, subscribe_for_nothing, HA_GS_BAD_PARAMETER),
        SYNC(CLIENT, subscribe_without_callback, HA_GS_BAD_PARAMETER),
        SYNC(CLIENT, subscribe_long_name, HA_GS_NAME_TOO_LONG),
        DELAYED(CLIENT, subscribe_unknown, "error SUBSCRIPTION code=UNKNOWN_GROUP"),

        SYNC(MEMBER, do_unsubscribe, HA_GS_BAD_MEMBER_TOKEN),

        SYNC(MEMBER, do_vote, HA_GS_VOTE_NOT_EXPECTED),
        SYNC(WAITING, do_vote, HA_GS_VOTE_NOT_EXPECTED),
        SYNC(BUSY, vote_null, HA_GS_BAD_PARAMETER),
        SYNC(BUSY, vote_unknown, HA_GS_BAD_PARAMETER),
        SYNC(BUSY, vote_default_continue, HA_GS_BAD_PARAMETER),
        SYNC(BUSY, vote_long_state, HA_GS_BAD_PARAMETER),
        SYNC(BUSY, vote_long_message, HA_GS_BAD_PARAMETER),

        SYNC(MEMBER, state_nothing, HA_GS_BAD_PARAMETER),
        SYNC(MEMBER, state_null, HA_GS_BAD_PARAMETER),
        SYNC(MEMBER, state_no_bytes, HA_GS_BAD_PARAMETER),
        SYNC(MEMBER, state_phases, HA_GS_BAD_PARAMETER),
        SYNC(MEMBER, message_nothing, HA_GS_BAD_PARAMETER),
        SYNC(MEMBER, message_null, HA_GS_BAD_PARAMETER),
        SYNC(MEMBER, message_phases, HA_GS_BAD_PARAMETER),
        SYNC(MEMBER, leave_nothing, HA_GS_BAD_PARAMETER),
        SYNC(MEMBER, leave_phases, HA_GS_BAD_PARAMETER),

        SYNC(MEMBER, expel_nothing, HA_GS_BAD_PARAMETER),
        SYNC(MEMBER, expel_nobody, HA_GS_BAD_PARAMETER),
        SYNC(MEMBER, expel_phases, HA_GS_BAD_PARAMETER),
        SYNC(MEMBER, expel_script_phase, HA_GS_INVALID_DEACTIVATE_PHASE),
        DELAYED(MEMBER, expel_twice, "error EXPEL code=PROVIDER_APPEARS_TWICE"),
        DELAYED(MEMBER, expel_unknown, "error EXPEL code=UNKNOWN_PROVIDER"),

        SYNC(MEMBER, attributes_nothing, HA_GS_BAD_PARAMETER),
        SYNC(MEMBER, attributes_null, HA_GS_BAD_PARAMETER),
        SYNC(MEMBER, attributes_phases, HA_GS_BAD_PARAMETER),
        SYNC(MEMBER, attributes_other_name, HA_GS_BAD_PARAMETER),
        SYNC(MEMBER, attributes_invalid, HA_GS_BAD_GROUP_ATTRIBUTES),

        SYNC(CLIENT, dispatch_how, HA_GS_BAD_PARAMETER),
        SYNC(CLIENT, node_number_nowhere, HA_GS_BAD_PARAMETER),
        SYNC(CLIENT, adapter_nothing, HA_GS_BAD_PARAMETER),
        SYNC(CLIENT, do_adapter_info, HA_GS_NOT_OK),
        SYNC(CLIENT, no_ffdc_id, HA_GS_NOT_OK),
        SYNC(CLIENT, ffdc_id_nowhere, HA_GS_BAD_PARAMETER),

        SYNC(STRANGER, init_nowhere, HA_GS_CONNECT_FAILED),
        SYNC(STRANGER, init_without_descriptors, HA_GS_SOCK_CREATE_FAILED),
};
#define N_ROWS (sizeof(rows) / sizeof(*rows))

/* ---- the world ---- */

typedef struct World {
        Cast members, busy;
        Seat who[_WHO_MAX];
        Wrong names;
} World;

static void world_make(World *w) {
        ha_gs_group_attributes_t g = group("g", HA_GS_1_PHASE), busy = group("busy", HA_GS_1_PHASE);
        Seat gone;

        *w = (World){ .members = cast_here(3, &g), .busy = cast_here(2, &busy) };
        (void) snprintf(w->names.group, PART_NAME_MAX, "%s", g.gs_group_name);
        (void) snprintf(w->names.busy, PART_NAME_MAX, "%s", busy.gs_group_name);
        (void) snprintf(w->names.other, PART_NAME_MAX, "%s", group_name("other"));

        w->who[STRANGER] = seat_of(actor_start(), 0);
        w->who[CLIENT] = seat_of(client_start(), 0);
        w->who[MEMBER] = w->members.seat[0];
        w->who[BUSY] = w->busy.seat[0];
        returned(HA_GS_OK, send_text(w->busy.seat[1], HA_GS_N_PHASE, 0, "m"), "ha_gs_send_message()");
        everyone_here(&w->busy, "n-phase PROVIDER_MESSAGE");
        w->who[WAITING] = join_here(client_start(), &busy, 3);
        quiet_here(w->who[WAITING].actor);
        w->who[SUBSCRIBER] = subscribe_here(client_start(), g.gs_group_name, HA_GS_SUBSCRIBE_STATE);
        (void) expect_here(w->who[SUBSCRIBER], "subscription STATE");

        gone = join_here(w->who[CLIENT].actor, &g, 8);
        (void) expect_here(gone, "approved JOIN");
        everyone_here(&w->members, "approved JOIN");
        returned(HA_GS_OK, goodbye(gone), "ha_gs_goodbye()");
        everyone_here(&w->members, "approved FAILURE_LEAVE");
        w->who[GONE] = gone;
        w->who[INVENTED] = seat_of(w->who[CLIENT].actor, 123456789);
}

static ha_gs_rc_t provoke(const World *w, Who who, Part *part, Seat *ret) {
        Wrong wrong = w->names;
        ha_gs_rc_t code;

        wrong.token = w->who[who].token;
        if (who == BUSY || who == WAITING)
                memcpy(wrong.group, w->names.busy, sizeof(wrong.group));
        code = (ha_gs_rc_t) play(w->who[who].actor, part, &wrong, sizeof(wrong));
        *ret = seat_of(w->who[who].actor, wrong.token);
        return code;
}

static void every_row_of_the_table(void) {
        World w;
        Seat s;

        world_make(&w);
        for (size_t i = 0; i < N_ROWS; i++) {
                printf("row %zu: %s %s\n", i, code_name(rows[i].code), rows[i].error ? rows[i].error : "");
                returns(rows[i].code, provoke(&w, rows[i].who, rows[i].part, &s));
                if (rows[i].error)
                        expect(s, rows[i].error);
        }
}

static void routines_with_a_token_want_a_valid_one(void) {
        static const Who no_provider[] = { SUBSCRIBER, GONE, INVENTED };
        World w;
        Seat s;

        world_make(&w);
        for (size_t i = 0; i < N_TOKEN_ROUTINES; i++)
                for (size_t k = 0; k < sizeof(no_provider) / sizeof(*no_provider); k++) {
                        if (no_provider[k] == SUBSCRIBER && token_routines[i].part == do_unsubscribe)
                                continue;
                        printf("%s %zu\n", token_routines[i].name, k);
                        returns(HA_GS_BAD_MEMBER_TOKEN,
                                        provoke(&w, no_provider[k], token_routines[i].part, &s));
                }
}

static void before_init_there_is_nothing(void) {
        World w;
        Seat s;

        world_make(&w);
        for (size_t i = 0; i < N_TOKEN_ROUTINES; i++) {
                printf("%s\n", token_routines[i].name);
                returns(HA_GS_NO_INIT, provoke(&w, STRANGER, token_routines[i].part, &s));
        }
        for (size_t i = 0; i < N_OTHER_ROUTINES; i++) {
                printf("%s\n", other_routines[i].name);
                returns(HA_GS_NO_INIT, provoke(&w, STRANGER, other_routines[i].part, &s));
        }
}

static void proposals_are_for_members_and_collide(void) {
        World w;
        Seat s;

        world_make(&w);
        for (size_t i = 0; i < N_TOKEN_ROUTINES; i++) {
                if (!token_routines[i].proposes)
                        continue;
                printf("%s\n", token_routines[i].name);
                returns(HA_GS_NOT_A_MEMBER, provoke(&w, WAITING, token_routines[i].part, &s));
                returns(HA_GS_COLLIDE, provoke(&w, BUSY, token_routines[i].part, &s));
        }
}

static void every_routine_says_that_the_connection_is_lost(void) {
        const char *domain = domain_name("x");
        ha_gs_group_attributes_t g = group("g", HA_GS_1_PHASE);
        InitPart init = init_plainly();
        Wrong wrong = { .token = 0 };
        Seat s, w;
        Actor *a;

        daemon_do("start", domain);
        a = actor_start();
        actor_domain(a, domain);
        ok(try_init(a, &init));
        s = join(a, &g, 1);
        expect(s, "approved JOIN");
        w = subscribe(a, g.gs_group_name, HA_GS_SUBSCRIBE_STATE);
        expect(w, "subscription STATE");
        daemon_do("kill", domain);
        expect_process(a, "dispatch NOT_OK");
        (void) strcpy(wrong.group, g.gs_group_name);
        for (size_t i = 0; i < N_TOKEN_ROUTINES; i++) {
                printf("%s\n", token_routines[i].name);
                wrong.token = token_routines[i].part == do_unsubscribe ? w.token : s.token;
                returns(HA_GS_NOT_OK, play(a, token_routines[i].part, &wrong, sizeof(wrong)));
        }
        for (size_t i = 0; i < N_OTHER_ROUTINES; i++) {
                printf("%s\n", other_routines[i].name);
                returns(HA_GS_NOT_OK, play(a, other_routines[i].part, &wrong, sizeof(wrong)));
        }
}

STORIES("test-4.2-codes", CASE("4.2-01", every_row_of_the_table),
                CASE("4.2-02", every_routine_says_that_the_connection_is_lost),
                CASE("4.2-03", before_init_there_is_nothing),
                CASE("4.2-04", routines_with_a_token_want_a_valid_one),
                CASE("4.2-05", proposals_are_for_members_and_collide));
