/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The running daemon, from outside: its clients, its log, its signals. */

#include "hagsd-fixture.h"

/* ---- readiness and status ---- */

static void test_ready_daemon_tells_its_domain_and_serves(void **state) {
        Fixture *f = *state;
        struct stat st;

        start(f);
        assert_true(notified(
                        f, "STATUS=Domain sp_x established by node 0; 0 groups, 0 providers, 0 clients"));
        assert_int_equal(stat(f->socket, &st), 0);
        assert_int_equal(st.st_mode, S_IFSOCK | 0666);
        assert_int_equal(stop(f), 0);
}

static void test_status_answer_tells_the_truth(void **state) {
        Fixture *f = *state;
        uint64_t now = (uint64_t) time(NULL) * 1000000;
        char path[128];
        Status s;
        int other;

        set_variable(f, "HAGS_NODE", "7");
        configure(f, "[Node]\nNumber=7\n[Partition]\nName=sp_x\n");
        start(f);
        other = try_connect(f);
        assert_true(other >= 0);
        s = ask_status(f);

        assert_string_equal(s.syspar, "sp_x");
        assert_int_equal(s.node_number, 7);
        assert_true(s.incarnation == 1);
        assert_int_equal(s.pid, f->pid);
        assert_true(s.started + 1000000 >= now && s.started <= now + PATIENCE_MS * 1000);
        assert_true(s.uptime > 0 && s.uptime <= PATIENCE_MS * 1000);
        assert_int_equal(s.domain_state, DOMAIN_ESTABLISHED);
        assert_int_equal(s.domain_node, 7);
        assert_true(s.domain_incarnation == 1);
        assert_int_equal(s.n_clients, 1);
        assert_int_equal(s.trace, TRACE_SHORT);
        assert_int_equal(s.log_state, LOG_WRITING);
        assert_true(s.log_missing == 0);
        assert_int_equal(s.n_up_nodes, 1);
        assert_int_equal(s.up_nodes[0], 7);
        (void) snprintf(path, sizeof(path), "%s/hags_7_1.sp_x", f->logs);
        assert_string_equal(s.log_path, path);
        assert_int_equal(access(path, F_OK), 0);
        (void) close(other);
}

static void test_status_text_follows_the_clients(void **state) {
        Fixture *f = *state;
        int a, b;

        start(f);
        a = try_connect(f);
        b = try_connect(f);
        wait_for(f, notified(f, "; 0 groups, 0 providers, 2 clients"));
        (void) close(a);
        wait_for(f, notified(f, "; 0 groups, 0 providers, 1 client\n"));
        (void) close(b);
}

static void test_watchdog_is_fed(void **state) {
        Fixture *f = *state;

        set_variable(f, "WATCHDOG_USEC", "400000");
        start(f);
        wait_for(f, notified(f, "WATCHDOG=1"));
}

/* Its queue is full after some tens of messages. When it reads again, it hears what is true then. */
static void test_a_systemd_that_does_not_read_holds_nothing_up(void **state) {
        Fixture *f = *state;
        int client;

        set_variable(f, "WATCHDOG_USEC", "20000");
        start(f);
        (void) poll(NULL, 0, 500);
        client = try_connect(f);
        for (uint64_t begun = now_ms(); now_ms() < begun + 1500;)
                assert_int_equal(ask_status(f).pid, f->pid);

        wait_for(f, notified(f, "STATUS=Domain sp_x established by node 0; 0 groups, 0 providers, 1 "
                                "client"));
        f->notified[0] = 0;
        wait_for(f, notified(f, "WATCHDOG=1"));
        (void) close(client);
}

static long count_wakeups(const Fixture *f) {
        _cleanup_(bytes_done) Bytes b = { 0 };
        const char *line;
        char path[64];

        (void) snprintf(path, sizeof(path), "/proc/%d/status", (int) f->pid);
        assert_int_equal(file_read(path, 1 << 16, &b), 0);
        line = strstr(b.data, "\nvoluntary_ctxt_switches:");
        assert_non_null(line);
        return atol(line + strlen("\nvoluntary_ctxt_switches:"));
}

static void test_idle_daemon_sleeps(void **state) {
        Fixture *f = *state;
        long before;

        start(f);
        (void) poll(NULL, 0, 300); /* it goes to sleep behind READY=1 */
        before = count_wakeups(f);
        (void) poll(NULL, 0, 2500);
        assert_int_equal(count_wakeups(f), before);
}

/* ---- who is let in ---- */

static void test_members_of_the_group_are_let_in_and_strangers_are_not(void **state) {
        Fixture *f = *state;

        if (setgroups(0, NULL) < 0)
                skip();
        f->journal = true;
        start(f);
        assert_int_equal(ask_status_as(f, STRANGER, CLIENT_GROUP), 0);
        assert_int_equal(ask_status_as(f, STRANGER, CLIENT_GROUP + 1), FRAME_REFUSED_ACCESS);

        wait_for(f, journaled(f, "MESSAGE_ID=27994f92a873404d88595cd3c96d48f1"));
        assert_true(journaled(f, "HAGS_SYSPAR=sp_x"));
        assert_true(journaled(f, "HAGS_NODE=0"));
        assert_true(journaled(f, "HAGS_INCARNATION=1"));
        wait_for(f, logged(f, "GS_AUTH_DENIED_ST"));
}

static void test_without_the_group_only_root_is_let_in_and_that_is_said(void **state) {
        Fixture *f = *state;

        if (setgroups(0, NULL) < 0)
                skip();
        write_text(PATH_GROUP, "root:x:0:\n");
        start(f);
        assert_true(said(f, "GS_CLNT_SOCK_ER: There is no group hagsuser"));
        assert_int_equal(ask_status(f).n_clients, 0);
        assert_int_equal(ask_status_as(f, STRANGER, CLIENT_GROUP), FRAME_REFUSED_ACCESS);
        assert_int_equal(ask_status_as(f, STRANGER, 0), FRAME_REFUSED_ACCESS);
}

/* Besides the one who asks; -1: there is no room for that. */
static int n_connected(const Fixture *f) {
        _cleanup_(closep) int fd = try_connect(f);
        Status s;

        return send_question(fd) && receive_answer(fd, &s) == 0 ? (int) s.n_clients : -1;
}

static void test_connections_of_a_user_are_limited_as_configured(void **state) {
        Fixture *f = *state;
        int a, b, c;
        Status s;

        configure(f, "[Limits]\nConnections=2\n");
        start(f);
        a = try_connect(f);
        b = try_connect(f);
        c = try_connect(f);
        assert_int_equal(receive_answer(c, &s), FRAME_REFUSED_CONNECTIONS);
        (void) close(c);
        wait_for(f, logged(f, "Connections= allows"));
        (void) close(b);
        wait_for(f, n_connected(f) == 1);
        (void) close(a);
}

/* ---- bad clients ---- */

static void test_bad_frames_disconnect_only_their_sender(void **state) {
        Fixture *f = *state;
        int good, bad;
        Status s;
        char c;

        start(f);
        good = try_connect(f);
        bad = try_connect(f);
        assert_int_equal(send(bad, "rubbish", 7, MSG_NOSIGNAL), 7);
        assert_int_equal(recv(bad, &c, 1, 0), 0);
        wait_for(f, logged(f, "what it sent is no frame"));

        assert_true(send_question(good));
        assert_int_equal(receive_answer(good, &s), 0);
        assert_int_equal(s.n_clients, 0);
        (void) close(good);
        (void) close(bad);
}

/* Who does not read its answers gets no more questions in; nobody else notices. */
static void test_slow_client_is_not_read_and_others_are_served(void **state) {
        Fixture *f = *state;
        unsigned n_sent = 0, n_answers = 0;
        int slow;
        Status s;

        start(f);
        slow = try_connect(f);
        assert_int_equal(fcntl(slow, F_SETFL, O_NONBLOCK), 0);
        for (uint64_t quiet = now_ms(); now_ms() < quiet + 200;)
                if (send_question(slow)) {
                        n_sent++;
                        quiet = now_ms();
                        if (n_sent % 50 == 0)
                                assert_int_equal(ask_status(f).pid, f->pid);
                }
        assert_int_equal(ask_status(f).n_clients, 1);

        /* When it reads, it gets them all. */
        assert_int_equal(fcntl(slow, F_SETFL, 0), 0);
        while (n_answers < n_sent) {
                assert_int_equal(receive_answer(slow, &s), 0);
                n_answers++;
        }
        (void) close(slow);
}

static unsigned count_descriptors(const Fixture *f) {
        char path[64];
        unsigned n = 0;
        DIR *d;

        (void) snprintf(path, sizeof(path), "/proc/%d/fd", (int) f->pid);
        d = opendir(path);
        assert_non_null(d);
        while (readdir(d))
                n++;
        (void) closedir(d);
        return n;
}

static void test_clients_that_have_gone_leave_nothing_behind(void **state) {
        Fixture *f = *state;
        unsigned before;

        start(f);
        (void) ask_status(f);
        before = count_descriptors(f);
        for (int i = 0; i < 200; i++)
                (void) ask_status(f);
        wait_for(f, count_descriptors(f) <= before);
}

/* ---- trace and other signals ---- */

static void test_trace_signals_switch_and_are_logged(void **state) {
        Fixture *f = *state;

        start(f);
        assert_int_equal(ask_status(f).trace, TRACE_SHORT);
        assert_false(logged(f, "] debug "));
        assert_int_equal(kill(f->pid, SIGRTMIN + 22), 0);
        wait_for(f, logged(f, "Tracing is long now (SIGRTMIN+22"));
        assert_int_equal(ask_status(f).trace, TRACE_LONG);
        wait_for(f, logged(f, "] debug "));

        assert_int_equal(kill(f->pid, SIGRTMIN + 23), 0);
        wait_for(f, logged(f, "Tracing is short now (SIGRTMIN+23"));
        assert_int_equal(ask_status(f).trace, TRACE_SHORT);
}

static void test_trace_of_the_environment_holds_from_the_start(void **state) {
        Fixture *f = *state;

        set_variable(f, "HAGS_TRACE", "long");
        start(f);
        assert_int_equal(ask_status(f).trace, TRACE_LONG);
        assert_int_equal(stop(f), 0);

        set_variable(f, "HAGS_TRACE", "short");
        start(f);
        assert_int_equal(ask_status(f).trace, TRACE_SHORT);
        assert_false(said(f, "HAGS_TRACE"));
}

static void test_unknown_trace_level_is_warned_about_and_short(void **state) {
        Fixture *f = *state;

        set_variable(f, "HAGS_TRACE", "loud");
        start(f);
        assert_true(said(f, "HAGS_TRACE='loud' is neither long nor short"));
        assert_int_equal(ask_status(f).trace, TRACE_SHORT);
}

static void test_hangup_is_logged_and_changes_nothing(void **state) {
        Fixture *f = *state;

        start(f);
        assert_int_equal(kill(f->pid, SIGHUP), 0);
        wait_for(f, logged(f, "SIGHUP"));
        assert_int_equal(ask_status(f).pid, f->pid);
}

static void stop_with(Fixture *f, int signo, const char *name) {
        int client;
        char c;

        start(f);
        client = try_connect(f);
        assert_int_equal(kill(f->pid, signo), 0);
        assert_int_equal(await_end(f), 0);
        assert_true(notified(f, "STOPPING=1"));
        assert_int_equal(recv(client, &c, 1, 0), 0);
        assert_int_equal(access(f->socket, F_OK), -1);
        assert_true(said(f, "GS_STOP_ST"));
        assert_true(said(f, name));
        (void) close(client);
}

static void test_termination_is_told_to_all_and_is_a_success(void **state) {
        stop_with(*state, SIGTERM, "SIGTERM");
        assert_true(logged(*state, "GS_STOP_ST: Stopping: SIGTERM"));
}

static void test_interrupt_stops_the_same_way(void **state) {
        stop_with(*state, SIGINT, "SIGINT");
}

/* Nobody reads standard error any more, and a signal makes the daemon write there. */
static void test_lost_standard_error_does_no_harm(void **state) {
        Fixture *f = *state;
        int fds[2];

        (void) unlink(f->stderr_path);
        assert_int_equal(mkfifo(f->stderr_path, 0600), 0);
        fds[0] = open(f->stderr_path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
        start(f);
        (void) close(fds[0]);
        assert_int_equal(kill(f->pid, SIGHUP), 0);
        wait_for(f, logged(f, "SIGHUP"));
        assert_int_equal(stop(f), 0);
}

/* journald hangs, and the daemon has more to say than any queue of datagrams holds. */
static void test_a_journal_that_is_not_read_holds_nothing_up(void **state) {
        Fixture *f = *state;

        f->journal = true;
        start(f);
        for (int i = 0; i < 400; i++)
                assert_int_equal(kill(f->pid, SIGRTMIN + 22), 0);
        assert_int_equal(kill(f->pid, SIGRTMIN + 23), 0);
        wait_for(f, logged(f, "Tracing is short now"));
        assert_int_equal(ask_status(f).pid, f->pid);

        assert_false(journaled(f, "Tracing is short now"));
        assert_int_equal(kill(f->pid, SIGHUP), 0);
        wait_for(f, journaled(f, "entries are missing here: the journal did not take them"));
        wait_for(f, journaled(f, "SIGHUP"));
}

/* ---- the log ---- */

static void test_what_the_start_logs_is_written_before_anything_else_happens(void **state) {
        Fixture *f = *state;

        start(f);
        wait_for(f, logged(f, "incarnation 1, port 10000: ready"));
}

static void test_missing_log_directory_is_said_and_made_again_is_used(void **state) {
        Fixture *f = *state;
        Status s;

        assert_int_equal(rmdir(f->logs), 0);
        start(f);
        assert_true(said(f, "cannot write the log file"));
        s = ask_status(f);
        assert_int_equal(s.log_state, LOG_SUSPENDED);
        assert_true(s.log_missing > 0);

        /* Also while the loop has no quiet second. */
        assert_int_equal(mkdir(f->logs, 0755), 0);
        wait_for(f, ask_status(f).pid == (uint32_t) f->pid && said(f, "is written again"));
        wait_for(f, logged(f, "missing here"));
        s = ask_status(f);
        assert_int_equal(s.log_state, LOG_WRITING);
}

static void test_full_disk_is_survived_and_the_gap_counted(void **state) {
        Fixture *f = *state;
        char ballast[128];
        static const char block[4096];
        int fd;

        assert_int_equal(mount("tmpfs", f->logs, "tmpfs", 0, "size=64k"), 0);
        (void) snprintf(ballast, sizeof(ballast), "%s/ballast", f->logs);
        start(f);
        fd = open(ballast, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        while (write(fd, block, sizeof(block)) > 0)
                ;
        (void) close(fd);

        for (int i = 0; i < 200 && !said(f, "No space left"); i++) {
                assert_int_equal(kill(f->pid, SIGHUP), 0);
                (void) poll(NULL, 0, 10);
        }
        assert_true(said(f, "No space left"));
        assert_int_equal(ask_status(f).log_state, LOG_SUSPENDED);

        assert_int_equal(unlink(ballast), 0);
        wait_for(f, said(f, "is written again"));
        assert_int_equal(ask_status(f).log_state, LOG_WRITING);
        wait_for(f, logged(f, "missing here"));
        assert_int_equal(stop(f), 0);
        assert_int_equal(umount(f->logs), 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                hagsd_test(test_ready_daemon_tells_its_domain_and_serves),
                hagsd_test(test_status_answer_tells_the_truth),
                hagsd_test(test_status_text_follows_the_clients),
                hagsd_test(test_watchdog_is_fed),
                hagsd_test(test_a_systemd_that_does_not_read_holds_nothing_up),
                hagsd_test(test_idle_daemon_sleeps),
                hagsd_test(test_members_of_the_group_are_let_in_and_strangers_are_not),
                hagsd_test(test_without_the_group_only_root_is_let_in_and_that_is_said),
                hagsd_test(test_connections_of_a_user_are_limited_as_configured),
                hagsd_test(test_bad_frames_disconnect_only_their_sender),
                hagsd_test(test_slow_client_is_not_read_and_others_are_served),
                hagsd_test(test_clients_that_have_gone_leave_nothing_behind),
                hagsd_test(test_trace_signals_switch_and_are_logged),
                hagsd_test(test_trace_of_the_environment_holds_from_the_start),
                hagsd_test(test_unknown_trace_level_is_warned_about_and_short),
                hagsd_test(test_hangup_is_logged_and_changes_nothing),
                hagsd_test(test_termination_is_told_to_all_and_is_a_success),
                hagsd_test(test_interrupt_stops_the_same_way),
                hagsd_test(test_lost_standard_error_does_no_harm),
                hagsd_test(test_a_journal_that_is_not_read_holds_nothing_up),
                hagsd_test(test_what_the_start_logs_is_written_before_anything_else_happens),
                hagsd_test(test_missing_log_directory_is_said_and_made_again_is_used),
                hagsd_test(test_full_disk_is_survived_and_the_gap_counted),
        };

        return cmocka_run_group_tests(tests, fixture_group_setup, NULL);
}
