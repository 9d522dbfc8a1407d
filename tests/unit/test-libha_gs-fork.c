/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Forked processes: there nothing is initialised, and here nothing has happened (gsapi.md 5.1). */

#include <fcntl.h>
#include <sys/wait.h>

#include "libha_gs-recorder.h"

/* What an assertion would do in a child is end the parent's list of tests a second time. */
#define CHILD_EXPECTS(condition)                   \
        do {                                       \
                if (!(condition))                  \
                        _exit(__LINE__ % 200 + 1); \
        } while (0)

static void assert_child_is_well(pid_t pid) {
        int status;

        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 0);
}

static void child_begins_anew(int fd, ha_gs_token_t token) {
        ha_gs_descriptor_t own = -1;

        CHILD_EXPECTS(fcntl(fd, F_GETFD) < 0 && errno == EBADF);
        CHILD_EXPECTS(send_message(token, "none") == HA_GS_NO_INIT);
        (void) setenv("HA_DOMAIN_NAME", "nowhere", 1);
        CHILD_EXPECTS(ha_gs_init(&own, HA_GS_SOCKET_NO_SIGNAL, NULL, NULL, NULL, no_error, NULL) ==
                        HA_GS_CONNECT_FAILED);
        ha_gs_quit();
}

static void a_forked_process_has_no_connection(_unused_ void **state) {
        GsNotification n = approved();
        ha_gs_token_t token;
        pid_t pid;
        int fd;

        fd = start_client(no_error);
        token = join("group", 3);
        n_shown = 0;
        say_notification(token, NOTIFICATION_LIST_SAME, &n);
        pid = fork();
        if (pid == 0) {
                CHILD_EXPECTS(ha_gs_dispatch(HA_GS_NON_BLOCKING) == HA_GS_NO_INIT);
                child_begins_anew(fd, token);
                CHILD_EXPECTS(n_shown == 0);
                _exit(0);
        }
        assert_child_is_well(pid);

        /* And for this one nothing has happened. */
        assert_int_equal(ha_gs_dispatch(HA_GS_NON_BLOCKING), HA_GS_OK);
        assert_int_equal(n_shown, 1);
        assert_int_equal(send_message(token, "alive"), HA_GS_OK);
        (void) heard_event(EVENT_MESSAGE);
}

static pid_t child;

static void fork_here(_unused_ const Shown *s) {
        child = fork();
}

static void a_process_forked_in_a_callback(_unused_ void **state) {
        GsNotification n = approved();
        ha_gs_token_t token;
        ha_gs_rc_t r;
        int fd;

        fd = start_client(no_error);
        token = join("group", 3);
        n_shown = 0;
        in_callback = fork_here;
        say_notification(token, NOTIFICATION_LIST_SAME, &n);
        r = ha_gs_dispatch(HA_GS_NON_BLOCKING);
        if (child == 0) {
                CHILD_EXPECTS(r == HA_GS_NO_INIT);
                CHILD_EXPECTS(ha_gs_dispatch(HA_GS_BLOCKING) == HA_GS_NO_INIT);
                child_begins_anew(fd, token);
                _exit(0);
        }
        assert_int_equal(r, HA_GS_OK);
        assert_child_is_well(child);
        assert_int_equal(send_message(token, "alive"), HA_GS_OK);
        (void) heard_event(EVENT_MESSAGE);
}

/* Whatever other threads are about: waiting, in callbacks, or connecting. */
static void *dispatch_blocking(_unused_ void *argument) {
        return (void *) (uintptr_t) ha_gs_dispatch(HA_GS_BLOCKING);
}

static void rest(_unused_ const Shown *s) {
        (void) usleep(1000);
}

static void forks_while_threads_are_busy(_unused_ void **state) {
        GsNotification n = approved();
        pthread_t threads[3];
        ha_gs_token_t token;
        int fd;

        fd = start_client(no_error);
        token = start_join("group", 3);
        in_callback = rest;
        for (size_t i = 0; i < ELEMENTSOF(threads); i++)
                assert_int_equal(pthread_create(&threads[i], NULL, dispatch_blocking, NULL), 0);
        say_joined(token, 3);
        for (unsigned i = 0; i < 100; i++) {
                pid_t pid;

                say_notification(token, NOTIFICATION_LIST_SAME, &n);
                pid = fork();
                if (pid == 0) {
                        child_begins_anew(fd, token);
                        _exit(0);
                }
                assert_child_is_well(pid);
        }
        ha_gs_quit();
        for (size_t i = 0; i < ELEMENTSOF(threads); i++)
                assert_int_equal(pthread_join(threads[i], NULL), 0);
}

/* The half-made connection of another thread is closed, too: it must end with the parent. */
static void *init_in_vain(_unused_ void *argument) {
        ha_gs_descriptor_t fd;

        return (void *) (uintptr_t) ha_gs_init(
                        &fd, HA_GS_SOCKET_NO_SIGNAL, NULL, NULL, NULL, no_error, NULL);
}

static void a_fork_while_another_thread_connects(_unused_ void **state) {
        ha_gs_descriptor_t fd;
        pthread_t thread;
        pid_t pid;
        void *r;

        fake.silent = true;
        assert_int_equal(pthread_create(&thread, NULL, init_in_vain, NULL), 0);
        while (fake.peer < 0)
                (void) usleep(1000);
        (void) usleep(10000);
        assert_int_equal(ha_gs_init(&fd, HA_GS_SOCKET_NO_SIGNAL, NULL, NULL, NULL, no_error, NULL),
                        HA_GS_EXISTS);
        assert_int_equal(ha_gs_dispatch(HA_GS_NON_BLOCKING), HA_GS_NO_INIT);
        pid = fork();
        if (pid == 0) {
                (void) usleep(300000);
                _exit(0);
        }
        hang_up();
        assert_int_equal(pthread_join(thread, &r), 0);
        assert_int_equal((ha_gs_rc_t) (uintptr_t) r, HA_GS_CONNECT_FAILED);
        assert_child_is_well(pid);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                recorder_test(a_forked_process_has_no_connection),
                recorder_test(a_process_forked_in_a_callback),
                recorder_test(forks_while_threads_are_busy),
                recorder_test(a_fork_while_another_thread_connects),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
