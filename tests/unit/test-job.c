/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Jobs, against a systemd that is played by a child of the test and can misbehave as the real one hardly
 * does. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "manager/manager-internal.h"

#define UNIT "hags@x.service"
#define JOB_PATH SYSTEMD_PATH "/job/7"

/* How it plays. */
typedef struct Play {
        const char *refusal; /* StartUnit and StopUnit fail with this error */
        const char *result;  /* what JobRemoved says, at once; NULL: the signal is lost */
        const char *late;    /* the same, but said only just before the job is told to be gone */
        const char *state;   /* ActiveState afterwards */
        const char *how;     /* Result; NULL: success */
        bool hang_up;        /* when it has queued the job */
} Play;

static void send_removed(sd_bus *bus, const char *result) {
        assert_true(sd_bus_emit_signal(bus, SYSTEMD_PATH, SYSTEMD_MANAGER, "JobRemoved", "uoss", 7, JOB_PATH,
                                    UNIT, result) >= 0);
}

static int reply_job(sd_bus *bus, sd_bus_message *call, const Play *play) {
        if (play->refusal)
                return sd_bus_reply_method_errorf(call, play->refusal, "refused");

        assert_true(sd_bus_reply_method_return(call, "o", JOB_PATH) >= 0);
        if (play->result)
                send_removed(bus, play->result);
        if (play->hang_up) {
                (void) sd_bus_flush(bus);
                _exit(0);
        }
        return 1;
}

static int reply_property(sd_bus *bus, sd_bus_message *call, const Play *play) {
        const char *property;

        assert_true(sd_bus_message_read(call, "ss", NULL, &property) >= 0);
        if (strcmp(property, "Job") == 0) {
                if (play->late)
                        send_removed(bus, play->late);
                return sd_bus_reply_method_return(call, "v", "(uo)", 0, "/");
        }
        if (strcmp(property, "ActiveState") == 0)
                return sd_bus_reply_method_return(call, "v", "s", play->state);
        if (strcmp(property, "MainPID") == 0)
                return sd_bus_reply_method_return(call, "v", "u", 4711);
        return sd_bus_reply_method_return(call, "v", "t", UINT64_C(60000000)); /* a limit */
}

static int on_call(sd_bus_message *call, void *userdata, _unused_ sd_bus_error *error) {
        sd_bus *bus = sd_bus_message_get_bus(call);
        const char *member = sd_bus_message_get_member(call);
        const Play *play = userdata;

        if (strcmp(member, "StartUnit") == 0 || strcmp(member, "StopUnit") == 0)
                return reply_job(bus, call, play);
        if (strcmp(member, "Get") == 0)
                return reply_property(bus, call, play);
        if (strcmp(member, "GetAll") == 0)
                return sd_bus_reply_method_return(call, "a{sv}", 4, "LoadState", "s", "loaded",
                                "ActiveState", "s", play->state, "SubState", "s", "sub", "Result", "s",
                                play->how ? play->how : "success");
        return sd_bus_reply_method_return(call, NULL); /* ResetFailedUnit, Subscribe */
}

static void play_systemd(int fd, Play *play) {
        sd_id128_t id = SD_ID128_MAKE(68, 61, 67, 73, 68, 61, 67, 73, 68, 61, 67, 73, 68, 61, 67, 73);
        sd_bus *bus;
        int r;

        assert_true(sd_bus_new(&bus) >= 0 && sd_bus_set_fd(bus, fd, fd) >= 0);
        assert_true(sd_bus_set_server(bus, 1, id) >= 0 && sd_bus_add_filter(bus, NULL, on_call, play) >= 0);
        assert_true(sd_bus_start(bus) >= 0);
        while ((r = sd_bus_process(bus, NULL)) >= 0)
                if (r == 0)
                        (void) sd_bus_wait(bus, UINT64_MAX);
        _exit(0);
}

/* Run one job against this systemd. Free job->message. */
static int run(JobKind kind, Play play, UnitJob *job, char **reterr) {
        Manager m = { .is_private = true };
        int fds[2], r;
        pid_t child;

        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
        child = fork();
        assert_true(child >= 0);
        if (child == 0) {
                (void) close(fds[0]);
                play_systemd(fds[1], &play);
        }
        (void) close(fds[1]);

        assert_true(sd_bus_new(&m.bus) >= 0 && sd_bus_set_fd(m.bus, fds[0], fds[0]) >= 0);
        assert_true(sd_bus_start(m.bus) >= 0);
        *job = (UnitJob){ .unit = (char *) UNIT };
        r = manager_run_jobs(&m, kind, job, 1, NULL, NULL, reterr);

        sd_bus_close(m.bus);
        sd_bus_unref(m.bus);
        assert_int_equal(waitpid(child, NULL, 0), child);
        return r;
}

static void assert_success(JobKind kind, Play play) {
        UnitJob job;

        assert_int_equal(run(kind, play, &job, NULL), 0);
        if (job.result != 0 || job.message)
                fail_msg("%d: %s", job.result, job.message);
        assert_int_equal(job.main_pid, kind == JOB_START ? 4711 : 0);
}

static void assert_failure(JobKind kind, Play play, const char *part) {
        UnitJob job;

        assert_int_equal(run(kind, play, &job, NULL), 0);
        assert_true(job.result < 0);
        assert_non_null(job.message);
        if (!strstr(job.message, part))
                fail_msg("\"%s\" has not: %s", job.message, part);
        free(job.message);
}

static void test_a_start_is_done_when_the_unit_is_up(_unused_ void **state) {
        assert_success(JOB_START, (Play){ .result = "done", .state = "active" });
        assert_failure(JOB_START, (Play){ .result = "done", .state = "inactive" },
                        UNIT " did not stay up (now sub)");
        assert_failure(JOB_START, (Play){ .result = "assert", .state = "inactive" },
                        "run hagsctrl -a first");
        assert_failure(JOB_START, (Play){ .result = "canceled", .state = "active" },
                        "another request cancelled");
        assert_failure(JOB_START, (Play){ .result = "canceled", .state = "failed", .how = "signal" },
                        "another request cancelled");
        assert_failure(JOB_START, (Play){ .result = "failed", .state = "failed", .how = "timeout" },
                        UNIT " failed to start: timeout (now sub)");
}

static void test_a_stop_is_done_when_the_unit_is_down(_unused_ void **state) {
        assert_success(JOB_STOP, (Play){ .result = "done", .state = "inactive" });
        assert_success(JOB_STOP, (Play){ .result = "failed", .state = "failed" });
        assert_success(JOB_STOP, (Play){ .result = "canceled", .state = "inactive" });
        assert_failure(JOB_STOP, (Play){ .result = "canceled", .state = "active" },
                        "another request cancelled");
}

static void test_a_lost_signal_is_made_good_by_the_state(_unused_ void **state) {
        assert_success(JOB_START, (Play){ .state = "active" });
        assert_failure(JOB_START, (Play){ .state = "inactive" }, "did not stay up");
        assert_success(JOB_STOP, (Play){ .state = "inactive" });
        assert_failure(JOB_STOP, (Play){ .state = "active" }, "still runs");
}

static void test_a_signal_just_behind_the_look_counts(_unused_ void **state) {
        assert_failure(JOB_START, (Play){ .late = "assert", .state = "inactive" }, "run hagsctrl -a first");
}

static void test_a_refused_job(_unused_ void **state) {
        assert_success(JOB_STOP, (Play){ .refusal = "org.freedesktop.systemd1.NoSuchUnit" });
        assert_failure(JOB_START, (Play){ .refusal = "org.freedesktop.systemd1.NoSuchUnit" },
                        "cannot start " UNIT);
        assert_failure(JOB_START, (Play){ .refusal = "org.freedesktop.systemd1.UnitMasked" },
                        "systemctl unmask " UNIT);
}

static void test_a_cut_connection_is_told_and_ends_the_wait(_unused_ void **state) {
        _cleanup_(freep) char *message = NULL;
        UnitJob job;

        assert_true(run(JOB_STOP, (Play){ .hang_up = true }, &job, &message) < 0);
        assert_non_null(message);
        assert_non_null(strstr(message, "the stop was requested, its end not seen, of " UNIT));
        assert_non_null(strstr(message, "run the command again"));
        free(job.message);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_a_start_is_done_when_the_unit_is_up),
                cmocka_unit_test(test_a_stop_is_done_when_the_unit_is_down),
                cmocka_unit_test(test_a_lost_signal_is_made_good_by_the_state),
                cmocka_unit_test(test_a_signal_just_behind_the_look_counts),
                cmocka_unit_test(test_a_refused_job),
                cmocka_unit_test(test_a_cut_connection_is_told_and_ends_the_wait),
        };

        return cmocka_run_group_tests_name("job", tests, NULL, NULL);
}
