/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The start of the daemon: what it refuses and with which exit status, and what it starts in spite of. */

#include <sysexits.h>

#include "hagsd-fixture.h"

/* ---- refused ---- */

/* It ends with this status and says so, under the label that an administrator knows. */
static void assert_refused(Fixture *f, const char *syspar, int status, const char *why) {
        spawn(f, syspar);
        assert_int_equal(await_end(f), status);
        assert_true(said(f, "GS_STARTERR_ER: "));
        assert_true(said(f, why));
        assert_false(notified(f, "READY=1"));
        assert_int_equal(unlink(f->stderr_path), 0);
}

static void test_wrong_partition_names_are_refused(void **state) {
        static const char *const wrong[] = {
                "",
                "-x",
                "_x",
                "a.b",
                "a/b",
                "a@b",
                "a b",
                "a\nb",
                "\xc3\xa4",
                "1234567890123456789012345",
        };

        for (size_t i = 0; i < ELEMENTSOF(wrong); i++)
                assert_refused(*state, wrong[i], EX_USAGE, "the name of a system partition");
}

static int run_with(Fixture *f, char *const *arguments) {
        f->pid = fork();
        assert_true(f->pid >= 0);
        if (f->pid == 0)
                exec_daemon(f, arguments);
        return await_end(f);
}

static void test_no_argument_and_two_are_refused(void **state) {
        char *none[] = { (char *) "hagsd", NULL };
        char *two[] = { (char *) "hagsd", (char *) "sp_x", (char *) "sp_y", NULL };
        Fixture *f = *state;

        assert_int_equal(run_with(f, none), EX_USAGE);
        assert_int_equal(run_with(f, two), EX_USAGE);
        assert_true(said(f, "GS_STARTERR_ER: "));
}

static void test_partition_that_is_not_registered_is_refused(void **state) {
        Fixture *f = *state;

        set_variable(f, "HAGS_NODE", "");
        assert_refused(f, "sp_x", EX_CONFIG, "hagsctrl -a");
        set_variable(f, "HAGS_NODE", "0");
        set_variable(f, "HAGS_PORT", "100000");
        assert_refused(f, "sp_x", EX_CONFIG, "HAGS_PORT='100000'");
}

static void test_wrong_configuration_is_refused_with_file_and_line(void **state) {
        Fixture *f = *state;

        write_text("/run/hags/hags.conf", "[Log]\nLines=many\n");
        assert_refused(f, "sp_x", EX_CONFIG, "/run/hags/hags.conf line 2");
}

static void test_engine_that_is_not_installed_is_refused(void **state) {
        Fixture *f = *state;

        configure(f, "[Node]\nNumber=0\n[Engine]\nType=corosync\n");
        assert_refused(f, "sp_x", EX_CONFIG, "the corosync engine module is not installed");
}

/* No number is taken by a start that a wrong configuration ended. */
static void test_refused_start_takes_no_incarnation(void **state) {
        Fixture *f = *state;

        set_variable(f, "HAGS_PORT", "x");
        assert_refused(f, "sp_x", EX_CONFIG, "HAGS_PORT='x'");
        set_variable(f, "HAGS_PORT", "10000");
        start(f);
        assert_true(ask_status(f).incarnation == 1);
}

static void test_incarnation_that_cannot_be_stored_is_refused(void **state) {
        Fixture *f = *state;

        set_variable(f, "STATE_DIRECTORY", "/nonexistent");
        assert_refused(f, "sp_x", EX_IOERR,
                        "cannot store the incarnation number in '/nonexistent/incarnation'");
}

static void test_full_disk_of_the_state_is_refused(void **state) {
        Fixture *f = *state;
        static const char block[4096];
        char path[128];
        int fd;

        assert_int_equal(mount("tmpfs", f->state, "tmpfs", 0, "size=16k"), 0);
        (void) snprintf(path, sizeof(path), "%s/ballast", f->state);
        fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        while (write(fd, block, sizeof(block)) > 0)
                ;
        (void) close(fd);

        assert_refused(f, "sp_x", EX_IOERR, "No space left on device");
        assert_int_equal(unlink(path), 0);
        start(f);
        assert_int_equal(stop(f), 0);
        assert_int_equal(umount(f->state), 0);
}

static void test_file_in_the_way_of_the_socket_is_refused_and_kept(void **state) {
        _cleanup_(bytes_done) Bytes b = { 0 };
        Fixture *f = *state;

        write_text(f->socket, "precious");
        assert_refused(f, "sp_x", EX_CANTCREAT, "is in the way of the client socket");
        assert_int_equal(file_read(f->socket, 100, &b), 0);
        assert_string_equal(b.data, "precious");
}

static void test_second_daemon_of_a_partition_is_refused(void **state) {
        Fixture *f = *state;
        pid_t first;

        start(f);
        first = f->pid;
        f->pid = 0;
        spawn(f, "sp_x");
        assert_int_equal(await_end(f), EX_CANTCREAT);
        assert_true(said(f, "is served by another process"));
        f->pid = first;
        assert_int_equal(ask_status(f).pid, first);
}

/* ---- started all the same ---- */

static void test_every_start_has_its_incarnation(void **state) {
        Fixture *f = *state;

        for (uint64_t i = 1; i <= 3; i++) {
                char name[64];

                start(f);
                assert_true(ask_status(f).incarnation == i);
                assert_true(ask_status(f).domain_incarnation == i);
                assert_int_equal(stop(f), 0);
                (void) snprintf(name, sizeof(name), "hags.sp_x_0_%u.sp_x", (unsigned) i);
                assert_true(file_has(f, name, "ready"));
        }
}

static void test_killed_daemon_is_followed_by_the_next(void **state) {
        Fixture *f = *state;

        start(f);
        assert_int_equal(kill(f->pid, SIGKILL), 0);
        assert_int_equal(await_end(f), 128 + SIGKILL);
        start(f);
        assert_true(ask_status(f).incarnation == 2);
}

static void test_damaged_incarnation_is_recovered_from_the_logs_and_said(void **state) {
        Fixture *f = *state;
        char path[128];

        (void) snprintf(path, sizeof(path), "%s/hags.sp_x_0_41.sp_x", f->logs);
        write_text(path, "");
        (void) snprintf(path, sizeof(path), "%s/incarnation", f->state);
        write_text(path, "rubbish");
        start(f);
        assert_true(said(f, "cannot be used: damaged"));
        assert_true(ask_status(f).incarnation == 42);
}

static void test_clock_behind_the_last_start_is_said(void **state) {
        struct timespec times[2] = { { .tv_sec = 4000000000 }, { .tv_sec = 4000000000 } };
        Fixture *f = *state;
        char path[128];

        start(f);
        assert_int_equal(stop(f), 0);
        assert_false(said(f, "The clock"));

        (void) snprintf(path, sizeof(path), "%s/incarnation", f->state);
        assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
        start(f);
        assert_true(said(f, "The clock is wrong, or was set back"));
        assert_true(said(f, "2096-10-02 07:06:40 UTC"));
}

static void test_registration_wins_over_the_configuration_and_that_is_said(void **state) {
        Fixture *f = *state;

        set_variable(f, "HAGS_NODE", "5");
        configure(f, "[Node]\nNumber=6\n[Partition]\nName=sp_y\n");
        start(f);
        assert_int_equal(ask_status(f).node_number, 5);
        assert_true(said(f, "node number 6, the registration 5"));
        assert_true(said(f, "partition sp_y, the registration sp_x"));
        assert_true(said(f, "hagsctrl -a"));
}

static void test_address_of_a_workstation_is_compared(void **state) {
        Fixture *f = *state;

        set_variable(f, "HAGS_ADDRESS", "192.0.2.1");
        start(f);
        assert_true(said(f, "address none, the registration 192.0.2.1"));
}

static void test_registration_that_agrees_is_no_matter(void **state) {
        Fixture *f = *state;

        set_variable(f, "HAGS_NODE", "5");
        configure(f, "[Node]\nNumber=5\n[Partition]\nName=sp_x\n");
        start(f);
        assert_false(said(f, "hagsctrl -a"));
}

static void test_unknown_keys_are_warned_about(void **state) {
        Fixture *f = *state;

        configure(f, "[Log]\nColour=blue\n");
        start(f);
        assert_true(said(f, "Colour"));
}

static void test_old_logs_are_removed_at_the_start(void **state) {
        Fixture *f = *state;

        configure(f, "MaxIncarnations=2\n");
        for (int i = 0; i < 4; i++) {
                start(f);
                assert_int_equal(stop(f), 0);
        }
        assert_false(file_has(f, "hags.sp_x_0_2.sp_x", ""));
        assert_true(file_has(f, "hags.sp_x_0_3.sp_x", ""));
        assert_true(file_has(f, "hags.sp_x_0_4.sp_x", "Old log files removed: 1"));
}

/* Whenever it comes: before the daemon has its signals it is killed, from then on it ends in order, each
 * time. */
static void test_a_stop_in_the_middle_of_the_start_is_an_orderly_end(void **state) {
        Fixture *f = *state;
        unsigned n_orderly = 0;

        for (unsigned usec = 0; n_orderly < 20; usec += 200 + usec / 50) {
                int status;

                spawn(f, "sp_x");
                (void) usleep(usec);
                status = stop(f);
                assert_true(status == 0 || status == 128 + SIGTERM);
                n_orderly += status == 0;

                (void) notified(f, ""); /* systemd reads, too */
                f->notified[0] = 0;
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                hagsd_test(test_wrong_partition_names_are_refused),
                hagsd_test(test_no_argument_and_two_are_refused),
                hagsd_test(test_partition_that_is_not_registered_is_refused),
                hagsd_test(test_wrong_configuration_is_refused_with_file_and_line),
                hagsd_test(test_engine_that_is_not_installed_is_refused),
                hagsd_test(test_refused_start_takes_no_incarnation),
                hagsd_test(test_incarnation_that_cannot_be_stored_is_refused),
                hagsd_test(test_full_disk_of_the_state_is_refused),
                hagsd_test(test_file_in_the_way_of_the_socket_is_refused_and_kept),
                hagsd_test(test_second_daemon_of_a_partition_is_refused),
                hagsd_test(test_every_start_has_its_incarnation),
                hagsd_test(test_killed_daemon_is_followed_by_the_next),
                hagsd_test(test_damaged_incarnation_is_recovered_from_the_logs_and_said),
                hagsd_test(test_clock_behind_the_last_start_is_said),
                hagsd_test(test_registration_wins_over_the_configuration_and_that_is_said),
                hagsd_test(test_address_of_a_workstation_is_compared),
                hagsd_test(test_registration_that_agrees_is_no_matter),
                hagsd_test(test_unknown_keys_are_warned_about),
                hagsd_test(test_old_logs_are_removed_at_the_start),
                hagsd_test(test_a_stop_in_the_middle_of_the_start_is_an_orderly_end),
        };

        return cmocka_run_group_tests(tests, fixture_group_setup, NULL);
}
