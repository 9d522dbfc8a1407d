/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* gsapi.md 7: every limit, exactly at it and one above. */

#include <stdio.h>
#include <string.h>

#include "story.h"

typedef ha_gs_group_attributes_t Attributes;

/* `length` times the same letter, in a buffer that the next call uses again. */
static char *many(char letter, size_t length) {
        static char text[PART_BYTES_MAX];

        memset(text, letter, sizeof(text));
        text[length] = 0;
        return text;
}

/* A name of that length, which begins as all names of this case. */
static char *long_name(size_t length) {
        static char name[PART_NAME_MAX];

        memset(name, 'n', length);
        memcpy(name, group_name(""), strlen(group_name("")));
        name[length] = 0;
        return name;
}

static void a_group_name_has_32_bytes_at_most(void) {
        Attributes g = group("g", HA_GS_1_PHASE);
        Actor *a = client();
        Seat s, w;

        g.gs_group_name = long_name(32);
        s = join(a, &g, 1);
        expect(s, "approved JOIN");
        w = subscribe(a, long_name(32), HA_GS_SUBSCRIBE_MEMBERSHIP);
        expect(w, "subscription MEMBERSHIP members=1/5");
        g.gs_group_name = long_name(33);
        returns(HA_GS_NAME_TOO_LONG, try_join(a, &g, 2, &s));
        returns(HA_GS_NAME_TOO_LONG, try_subscribe(a, long_name(33), HA_GS_SUBSCRIBE_MEMBERSHIP, &w));
}

static void a_group_name_has_one_byte_at_least(void) {
        Attributes g = group("g", HA_GS_1_PHASE);
        char one[2] = "1";
        Actor *a = client();
        Seat s;

        g.gs_group_name = one;
        s = join(a, &g, 1);
        expect(s, "approved JOIN");
        g.gs_group_name = (char *) "";
        returns(HA_GS_BAD_GROUP_ATTRIBUTES, try_join(a, &g, 1, &s));
        returns(HA_GS_BAD_PARAMETER, try_subscribe(a, "", HA_GS_SUBSCRIBE_STATE, &s));
}

static void a_state_value_has_1_to_256_bytes(void) {
        Attributes g = group("g", HA_GS_1_PHASE);
        Cast c = cast(2, &g);

        ok(change_state_bytes(c.seat[0], HA_GS_1_PHASE, "1", 1));
        everyone(&c, "approved STATE_VALUE_CHANGE state=\"1\"");
        ok(change_state_bytes(c.seat[0], HA_GS_1_PHASE, many('s', 256), 256));
        everyone(&c, "approved STATE_VALUE_CHANGE state=256x\"s\"");
        returns(HA_GS_BAD_PARAMETER, change_state_bytes(c.seat[0], HA_GS_1_PHASE, many('s', 257), 257));
        returns(HA_GS_BAD_PARAMETER, change_state_bytes(c.seat[0], HA_GS_1_PHASE, "", 0));
        returns(HA_GS_BAD_PARAMETER, change_state_bytes(c.seat[0], HA_GS_1_PHASE, "", -1));
}

static void a_message_has_1_to_2048_bytes(void) {
        Attributes g = group("g", HA_GS_1_PHASE);
        Cast c = cast(2, &g);

        ok(send_bytes(c.seat[0], HA_GS_1_PHASE, "1", 1));
        everyone(&c, "approved PROVIDER_MESSAGE message=\"1\"");
        ok(send_bytes(c.seat[0], HA_GS_1_PHASE, many('m', 2048), 2048));
        everyone(&c, "approved PROVIDER_MESSAGE message=2048x\"m\"");
        returns(HA_GS_BAD_PARAMETER, send_bytes(c.seat[0], HA_GS_1_PHASE, many('m', 2049), 2049));
        returns(HA_GS_BAD_PARAMETER, send_bytes(c.seat[0], HA_GS_1_PHASE, "", 0));
        returns(HA_GS_BAD_PARAMETER, send_bytes(c.seat[0], HA_GS_1_PHASE, "", -1));
}

static ha_gs_rc_t vote_bytes(Seat s, int state_length, int message_length) {
        VotePart p = { .token = s.token, .value = HA_GS_VOTE_APPROVE };

        p.state.given = state_length >= 0;
        p.state.length = state_length;
        p.message.given = message_length >= 0;
        p.message.length = message_length;
        memset(p.state.data, 's', sizeof(p.state.data));
        memset(p.message.data, 'm', sizeof(p.message.data));
        return (ha_gs_rc_t) play(s.actor, part_vote, &p, sizeof(p));
}

static void riders_have_the_same_limits(void) {
        Attributes g = group("g", HA_GS_1_PHASE);
        Cast c = cast(1, &g);

        ok(send_text(c.seat[0], HA_GS_N_PHASE, 0, "m"));
        everyone(&c, "n-phase PROVIDER_MESSAGE");
        returns(HA_GS_BAD_PARAMETER, vote_bytes(c.seat[0], 257, -1));
        returns(HA_GS_BAD_PARAMETER, vote_bytes(c.seat[0], 0, -1));
        returns(HA_GS_BAD_PARAMETER, vote_bytes(c.seat[0], -1, 2049));
        returns(HA_GS_BAD_PARAMETER, vote_bytes(c.seat[0], -1, 0));
        ok(vote_bytes(c.seat[0], 256, 2048));
        everyone(&c, "approved PROVIDER_MESSAGE state=256x\"s\" message=2048x\"m\"");
}

static void a_local_name_has_32_bytes_at_most(void) {
        Attributes g = group("g", HA_GS_1_PHASE);
        Actor *a = client();

        for (int length = 32; length <= 33; length++) {
                JoinPart p = { .instance = (short) length, .has_local_name = true };

                attributes_pack(&g, &p.attributes);
                (void) strcpy(p.local_name, many('l', (size_t) length));
                returns(length == 32 ? HA_GS_OK : HA_GS_NAME_TOO_LONG, play(a, part_join, &p, sizeof(p)));
                if (length == 32)
                        expect(seat_of(a, p.token), "approved JOIN members=32/5");
        }
}

static void a_script_path_has_256_bytes_at_most(void) {
        for (int length = 256; length <= 257; length++) {
                InitPart init = init_plainly();

                init.has_script = true;
                (void) strcpy(init.script, many('s', (size_t) length));
                init.script[0] = '/';
                returns(length == 256 ? HA_GS_OK : HA_GS_NAME_TOO_LONG, try_init(actor_start(), &init));
        }
}

static void a_script_flag_has_256_bytes_at_most(void) {
        static const short list[] = { 2 };
        Attributes g = group("g", HA_GS_1_PHASE);
        Cast c = cast(2, &g);

        returns(HA_GS_BAD_PARAMETER,
                        expel_instances(c.seat[0], HA_GS_1_PHASE, 0, 0, many('f', 257), 1, list));
        ok(expel_instances(c.seat[0], HA_GS_1_PHASE, 0, 0, many('f', 256), 1, list));
        everyone(&c, "approved EXPEL flag=256x\"f\"");
}

static void an_instance_number_is_0_to_32767(void) {
        Attributes g = group("g", HA_GS_1_PHASE);
        Actor *a = client();
        Seat s = join(a, &g, 0), t, u;

        expect(s, "approved JOIN members=0/5");
        t = join(a, &g, 32767);
        expect(s, "approved JOIN members=0/5,32767/5");
        expect(t, "approved JOIN members=0/5,32767/5");
        returns(HA_GS_BAD_PARAMETER, try_join(a, &g, -1, &u));
        returns(HA_GS_BAD_PARAMETER, try_join(a, &g, -32768, &u));
}

/* 1000 are more than any fixed table of phases would hold. */
static void phases_have_no_maximum(void) {
        Attributes g = group("g", HA_GS_1_PHASE);
        Cast c = cast(1, &g);

        ok(send_text(c.seat[0], HA_GS_N_PHASE, 0, "m"));
        for (int phase = 1; phase <= 1000; phase++) {
                expect(c.seat[0], words("n-phase PROVIDER_MESSAGE phase=%d", phase));
                ok(vote(c.seat[0], phase == 1000 ? HA_GS_VOTE_APPROVE : HA_GS_VOTE_CONTINUE));
        }
        expect(c.seat[0], "approved PROVIDER_MESSAGE phase=1000");
}

static void a_limit_is_0_to_65535_seconds(void) {
        Attributes g = group("g", HA_GS_N_PHASE);
        Cast c;

        g.gs_time_limit = 65535;
        c = cast(1, &g);
        ok(send_text(c.seat[0], HA_GS_N_PHASE, 65535, "m"));
        everyone(&c, "n-phase PROVIDER_MESSAGE limit=65535");
        vote_all(&c, HA_GS_VOTE_APPROVE);
        everyone(&c, "approved PROVIDER_MESSAGE");
        cast_kill(&c, 0);
}

/* 64 groups, with one provider and one subscriber each, of one process; 64 providers in one group. */
static void there_may_be_many(void) {
        Attributes g = group("g", HA_GS_1_PHASE);
        Actor *a = client();
        Seat seats[64], s, w;
        char name[16];

        for (int i = 0; i < 64; i++) {
                (void) snprintf(name, sizeof(name), "n%d", i);
                g.gs_group_name = group_name(name);
                s = join(a, &g, 1);
                expect(s, "approved JOIN members=1/5");
                w = subscribe(a, g.gs_group_name, HA_GS_SUBSCRIBE_MEMBERSHIP);
                expect(w, "subscription MEMBERSHIP members=1/5");
        }
        g.gs_group_name = group_name("g");
        for (int i = 0; i < 64; i++) {
                seats[i] = join(a, &g, (short) i);
                for (int k = 0; k <= i; k++)
                        expect(seats[k], "approved JOIN");
        }
        ok(send_text(seats[63], HA_GS_1_PHASE, 0, "m"));
        for (int k = 0; k < 64; k++)
                expect(seats[k], "approved PROVIDER_MESSAGE by=63/5");
}

STORIES("test-7-limits", CASE("7-01", a_group_name_has_32_bytes_at_most),
                CASE("7-01b", a_group_name_has_one_byte_at_least),
                CASE("7-02", a_state_value_has_1_to_256_bytes), CASE("7-03", a_message_has_1_to_2048_bytes),
                CASE("7-04", riders_have_the_same_limits), CASE("7-05", a_local_name_has_32_bytes_at_most),
                CASE("7-06", a_script_path_has_256_bytes_at_most),
                CASE("7-07", a_script_flag_has_256_bytes_at_most),
                CASE("7-08", an_instance_number_is_0_to_32767), CASE("7-10", phases_have_no_maximum),
                CASE("7-11", there_may_be_many), CASE("7-12", a_limit_is_0_to_65535_seconds));
