/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The daemon is stopped, or killed, under clients that keep it busy, and started again: with the real
 * library, each client in a process of its own, as programs do it.
 */

#include "hagsd-fixture.h"

#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include "libha_gs/ha_gs.h"

#define CLIENTS 20
#define NOTICE_MS 1000 /* until HA_GS_NOT_OK */
#define RETURN_MS 4000 /* until a client is back in its group, by itself */

/* What a client tells of itself. */
typedef struct Told {
        atomic_uint n_joined;    /* so often */
        atomic_uint n_messages;  /* it has seen so many */
        atomic_bool is_warned;   /* Group Services have died horribly, said the announcement */
        atomic_bool has_words;   /* ha_gs_get_ffdc_id() */
        _Atomic uint64_t lost;   /* when, in milliseconds */
        _Atomic uint64_t joined; /* the last time */
} Told;

static Told *told; /* of each client, shared */
static unsigned me;
static ha_gs_token_t token;

/* ---- a client ---- */

static void say_something(void) {
        char text[] = "busy";
        ha_gs_provider_message_t message = { .gs_length = 4, .gs_message = text };
        ha_gs_proposal_info_t info = { 0 };

        info.gs_message_request =
                        (ha_gs_message_request_t){ .gs_num_phases = HA_GS_1_PHASE, .gs_message = &message };
        (void) ha_gs_send_message(token, &info);
}

static void on_n_phase(const ha_gs_n_phase_notification_t *n) {
        (void) ha_gs_vote(n->gs_provider_token, HA_GS_VOTE_APPROVE, NULL, NULL, HA_GS_NULL_VOTE);
}

static void on_approved(const ha_gs_approved_notification_t *n) {
        const ha_gs_proposal_t *p = n->gs_proposal;

        if (n->gs_protocol_type == HA_GS_PROVIDER_MESSAGE)
                told[me].n_messages++;
        if (n->gs_protocol_type != HA_GS_JOIN)
                return;
        for (unsigned i = 0; i < p->gs_changing_providers->gs_count; i++)
                if (p->gs_changing_providers->gs_providers[i].gs_instance_number == (short) me) {
                        told[me].joined = now_ms();
                        told[me].n_joined++;
                }
}

static void on_rejected(_unused_ const ha_gs_rejected_notification_t *n) {
}

static void on_announcement(const ha_gs_announcement_notification_t *n) {
        if (n->gs_summary_code & HA_GS_GROUP_SERVICES_HAS_DIED_HORRIBLY)
                told[me].is_warned = true;
}

static void on_error(_unused_ const ha_gs_delayed_error_notification_t *n) {
}

static bool join(void) {
        char name[] = "busy";
        ha_gs_group_attributes_t attributes = {
                .gs_version = 1,
                .gs_sizeof_group_attributes = sizeof(attributes),
                .gs_batch_control = HA_GS_BATCH_BOTH,
                .gs_num_phases = HA_GS_N_PHASE,
                .gs_source_reflection_num_phases = HA_GS_1_PHASE,
                .gs_group_default_vote = HA_GS_VOTE_APPROVE,
                .gs_group_name = name,
        };
        ha_gs_proposal_info_t info = { 0 };

        info.gs_join_request = (ha_gs_join_request_t){
                .gs_group_attributes = &attributes,
                .gs_provider_instance = (short) me,
                .gs_n_phase_protocol_callback = on_n_phase,
                .gs_protocol_approved_callback = on_approved,
                .gs_protocol_rejected_callback = on_rejected,
                .gs_announcement_callback = on_announcement,
        };
        return ha_gs_join(&token, &info) == HA_GS_OK;
}

/* In and busy, for as long as there is a daemon; and again, when there is one. */
static void client_live(void) {
        ha_gs_descriptor_t fd;
        fc_eid_t words;

        for (;;) {
                while (ha_gs_init(&fd, HA_GS_SOCKET_NO_SIGNAL, NULL, NULL, NULL, on_error, NULL) != HA_GS_OK)
                        (void) poll(NULL, 0, 10);
                if (!join())
                        continue;
                do {
                        struct pollfd p = { .fd = fd, .events = POLLIN };

                        say_something();
                        (void) poll(&p, 1, 20);
                } while (ha_gs_dispatch(HA_GS_NON_BLOCKING) == HA_GS_OK);
                told[me].lost = now_ms();
                told[me].has_words = ha_gs_get_ffdc_id(words) == HA_GS_OK;
        }
}

/* ---- the test ---- */

static pid_t clients[CLIENTS];

static void start_clients(void) {
        told = mmap(NULL, CLIENTS * sizeof(*told), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
                        0);
        assert_true(told != MAP_FAILED);
        for (unsigned i = 0; i < CLIENTS; i++) {
                clients[i] = fork();
                assert_true(clients[i] >= 0);
                if (clients[i] > 0)
                        continue;
                (void) prctl(PR_SET_PDEATHSIG, SIGKILL);
                me = i;
                client_live();
        }
}

static void end_clients(void) {
        for (unsigned i = 0; i < CLIENTS; i++) {
                assert_int_equal(kill(clients[i], SIGKILL), 0);
                assert_int_equal(waitpid(clients[i], NULL, 0), clients[i]);
        }
        assert_int_equal(munmap(told, CLIENTS * sizeof(*told)), 0);
}

static bool all_joined(unsigned times, unsigned n_messages) {
        for (unsigned i = 0; i < CLIENTS; i++)
                if (told[i].n_joined < times || told[i].n_messages < n_messages)
                        return false;
        return true;
}

/* The daemon of the domain of which the library finds the socket: in the place where systemd would make it.
 */
static void start_busy(Fixture *f) {
        (void) mkdir("/run/hags/sp_x", 0755);
        set_variable(f, "RUNTIME_DIRECTORY", "/run/hags/sp_x");
        assert_int_equal(setenv("HA_DOMAIN_NAME", "sp_x", 1), 0);
        start(f);
        start_clients();
        wait_for(f, all_joined(1, 100));
}

static void restart(Fixture *f, int sig, int status) {
        uint64_t ended, started;

        assert_int_equal(kill(f->pid, sig), 0);
        assert_int_equal(await_end(f), status);
        ended = now_ms();
        (void) poll(NULL, 0, NOTICE_MS);
        for (unsigned i = 0; i < CLIENTS; i++) {
                assert_true(told[i].lost > 0 && told[i].lost <= ended + NOTICE_MS);
                assert_int_equal(told[i].is_warned, sig == SIGTERM);
                assert_int_equal(told[i].has_words, sig == SIGTERM);
                told[i].n_messages = 0;
        }
        started = now_ms();
        start(f);
        wait_for(f, all_joined(2, 100));
        for (unsigned i = 0; i < CLIENTS; i++)
                assert_true(told[i].joined <= started + RETURN_MS);
}

static void test_stopped_daemon_tells_its_busy_clients_and_they_come_back(void **state) {
        Fixture *f = *state;

        start_busy(f);
        restart(f, SIGTERM, 0);
        end_clients();
}

static void test_busy_clients_of_a_killed_daemon_notice_and_come_back(void **state) {
        Fixture *f = *state;

        start_busy(f);
        restart(f, SIGKILL, 128 + SIGKILL);
        end_clients();
}

int main(void) {
        const struct CMUnitTest tests[] = {
                hagsd_test(test_stopped_daemon_tells_its_busy_clients_and_they_come_back),
                hagsd_test(test_busy_clients_of_a_killed_daemon_notice_and_come_back),
        };

        return cmocka_run_group_tests(tests, fixture_group_setup, NULL);
}
