/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Responsiveness announcements (gsapi.md 3.8, 3.10). */

#include "core-world.h"

static void responsiveness(World *w, unsigned connection, bool back) {
        Event e = event_of(EVENT_RESPONSIVENESS, connection, 0);

        e.responsiveness.back = back;
        world_apply(w, &e);
}

static void test_lost_client_is_announced_in_every_group_it_provides_for(void **state) {
        _cleanup_(world_freep) World *w = world_new(1);
        GsAttributes b = attributes_of("b", GS_1_PHASE);
        GsAttributes a = attributes_of("a", GS_1_PHASE);

        (void) state;
        join(w, 11, 1, 9, &b);
        join(w, 11, 2, 8, &b);
        join(w, 10, 1, 1, &a);
        join(w, 11, 3, 2, &a);
        forget(w);
        responsiveness(w, 11, false);
        expect(w, "10.1 announce - summary 40 (1/1,2/1) ~(2/1)\n"
                  "11.3 announce - summary 40 (1/1,2/1) ~(2/1)\n"
                  "11.1 announce - summary 40 (9/1,8/1) ~(9/1,8/1)\n"
                  "11.2 announce - summary 40 (9/1,8/1) ~(9/1,8/1)\n");
        responsiveness(w, 11, true);
        assert_non_null(strstr(w->text, "10.1 announce - summary 80 (1/1,2/1) ~(2/1)\n"));
}

static void test_unresponsive_client_stays_a_member(void **state) {
        _cleanup_(world_freep) World *w = world_new(1);
        GsAttributes a = attributes_of("a", GS_1_PHASE);

        (void) state;
        join(w, 10, 1, 1, &a);
        responsiveness(w, 10, false);
        forget(w);
        message(w, 10, 1, GS_1_PHASE, "m");
        expect(w, "10.1 approved MESSAGE what 10 by 1/1 (1/1) message m\n");
}

static void test_joiners_and_the_failed_are_not_announced(void **state) {
        _cleanup_(world_freep) World *w = world_new(1);
        GsAttributes a = attributes_of("a", GS_N_PHASE);

        (void) state;
        join(w, 10, 1, 1, &a);
        forget(w);
        responsiveness(w, 10, false);
        expect(w, "");
        vote(w, 10, 1, GS_VOTE_APPROVE);
        join(w, 11, 1, 2, &a);
        simple(w, EVENT_GOODBYE, 10, 1);
        forget(w);
        responsiveness(w, 10, false);
        responsiveness(w, 12, false);
        expect(w, "");
}

static void test_announcement_never_collides(void **state) {
        _cleanup_(world_freep) World *w = world_new(1);
        GsAttributes a = attributes_of("a", GS_N_PHASE);

        (void) state;
        join(w, 10, 1, 1, &a);
        vote(w, 10, 1, GS_VOTE_APPROVE);
        join(w, 11, 1, 2, &a);
        forget(w);
        responsiveness(w, 10, false);
        expect(w, "10.1 announce - summary 40 (1/1) ~(1/1)\n11.1 announce - summary 40 (1/1) ~(1/1)\n");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_lost_client_is_announced_in_every_group_it_provides_for),
                cmocka_unit_test(test_unresponsive_client_stays_a_member),
                cmocka_unit_test(test_joiners_and_the_failed_are_not_announced),
                cmocka_unit_test(test_announcement_never_collides),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
