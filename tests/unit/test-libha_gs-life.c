/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The life of a token, from join or subscription to its end, and what may be done with it meanwhile. */

#include "libha_gs-recorder.h"

static GsNotification phase(uint64_t protocol, uint32_t number) {
        return (GsNotification){
                .type = GS_N_PHASE_NOTIFICATION,
                .request = GS_PROVIDER_MESSAGE,
                .group = 16,
                .protocol = protocol,
                .phase = number,
                .n_phase = true,
                .votes = true,
                .n_current = 1,
        };
}

static void the_whole_way(_unused_ void **state) {
        GsNotification n = phase(2, 1);
        const Event *event;
        ha_gs_token_t token;

        (void) start_client(no_error);
        token = join("group", 3);

        assert_int_equal(send_message(token, "hello"), HA_GS_OK);
        event = heard_event(EVENT_MESSAGE);
        assert_int_equal(event->client.token, token);
        assert_int_equal(event->message.message.size, 5);
        assert_memory_equal(event->message.message.data, "hello", 5);

        say_notification(token, NOTIFICATION_LIST_SAME, &n);
        assert_int_equal(next_shown()->type, HA_GS_N_PHASE_NOTIFICATION);
        assert_int_equal(vote(token, HA_GS_VOTE_APPROVE), HA_GS_OK);
        event = heard_event(EVENT_VOTE);
        assert_int_equal(event->vote.value, GS_VOTE_APPROVE);
        assert_int_equal(event->vote.phase.group, 16);
        assert_int_equal(event->vote.phase.protocol, 2);
        assert_int_equal(event->vote.phase.phase, 1);

        assert_int_equal(ha_gs_goodbye(token), HA_GS_OK);
        assert_int_equal(heard_event(EVENT_GOODBYE)->client.token, token);
        assert_int_equal(ha_gs_goodbye(token), HA_GS_BAD_MEMBER_TOKEN);
        ha_gs_quit();
        assert_int_equal(ha_gs_dispatch(HA_GS_NON_BLOCKING), HA_GS_NO_INIT);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                recorder_test(the_whole_way),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
