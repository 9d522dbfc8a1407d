/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The asking end, against a daemon that is this test: what is asked, taken, refused, and said of what fails.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "ask/answer.h"
#include "report-examples.h"

#define PATIENCE_USEC UINT64_C(10000000)
#define SHORT_USEC UINT64_C(50000)

typedef struct Fixture {
        char directory[64];
        char own[80]; /* of partition sp_prod */
        char path[96];
        int listener;
        int daemon; /* its end of the connection */
        Ask ask;
        char *message;
} Fixture;

/* ---- a daemon ---- */

static void listen_as(Fixture *f, uid_t uid) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };

        f->listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
        assert_true(f->listener >= 0);
        (void) strcpy(address.sun_path, f->path);
        assert_int_equal(bind(f->listener, (struct sockaddr *) &address, sizeof(address)), 0);
        assert_int_equal(seteuid(uid), 0);
        assert_int_equal(listen(f->listener, 4), 0);
        assert_int_equal(seteuid(getuid()), 0);
}

static int set_up(void **state) {
        Fixture *f = calloc(1, sizeof(*f));

        f->listener = f->daemon = -EBADF;
        f->ask = ASK_NONE;
        (void) strcpy(f->directory, "/tmp/test-ask-XXXXXX");
        if (!mkdtemp(f->directory))
                return -1;
        (void) snprintf(f->own, sizeof(f->own), "%s/sp_prod", f->directory);
        (void) snprintf(f->path, sizeof(f->path), "%s/gsapi", f->own);
        *state = f;
        return mkdir(f->own, 0755);
}

static int tear_down(void **state) {
        Fixture *f = *state;

        ask_close(&f->ask);
        closep(&f->listener);
        closep(&f->daemon);
        (void) unlink(f->path);
        (void) rmdir(f->own);
        (void) rmdir(f->directory);
        free(f->message);
        free(f);
        return 0;
}

static int try_open(Fixture *f, uint64_t usec) {
        return ask_open(f->directory, "sp_prod", usec, &f->ask, &f->message);
}

static void meet(Fixture *f, uint64_t usec) {
        listen_as(f, getuid());
        assert_int_equal(try_open(f, usec), 0);
        f->daemon = accept(f->listener, NULL, NULL);
        assert_true(f->daemon >= 0);
}

static void reply(Fixture *f, FrameWriter *w) {
        ssize_t n = frame_finish(w);

        assert_true(n > 0);
        assert_int_equal(send(f->daemon, w->data, (size_t) n, 0), n);
}

static void reply_records(Fixture *f, uint32_t serial, const ReportRecord *records, size_t n) {
        static uint8_t frame[FRAME_SIZE_MAX];
        FrameWriter w = frame_begin(frame, sizeof(frame), FRAME_REPORT, serial);

        for (size_t i = 0; i < n; i++)
                assert_int_equal(report_put(&w, &records[i]), 0);
        reply(f, &w);
}

static void refuse(Fixture *f, FrameRefusal reason) {
        uint8_t frame[64];
        FrameWriter w = frame_begin(frame, sizeof(frame), FRAME_REFUSED, 0);

        frame_put_u16(&w, (uint16_t) reason);
        reply(f, &w);
        closep(&f->daemon);
        f->daemon = -EBADF;
}

static void assert_said(Fixture *f, const char *what) {
        assert_non_null(f->message);
        if (!strstr(f->message, what))
                fail_msg("'%s' does not say '%s'", f->message, what);
        free(f->message);
        f->message = NULL;
}

/* ---- connecting ---- */

static void test_who_does_not_run_is_down(void **state) {
        Fixture *f = *state;

        assert_int_equal(ask_open("/no/such/directory", "sp_prod", PATIENCE_USEC, &f->ask, &f->message),
                        ASK_E_DOWN);
        assert_int_equal(try_open(f, PATIENCE_USEC), ASK_E_DOWN);
        listen_as(f, getuid());
        closep(&f->listener);
        f->listener = -EBADF;
        assert_int_equal(try_open(f, PATIENCE_USEC), ASK_E_DOWN);
        assert_null(f->message);
}

static void test_somebody_else_is_not_asked(void **state) {
        Fixture *f = *state;

        if (geteuid() != 0)
                skip(); /* needs another user */
        listen_as(f, 65534);
        assert_int_equal(try_open(f, PATIENCE_USEC), -EPERM);
        assert_said(f, "cannot ask hagsd of partition sp_prod: ");
}

static void test_owner_of_the_directory_is_asked(void **state) {
        Fixture *f = *state;

        if (geteuid() != 0)
                skip();
        assert_int_equal(chown(f->own, 65534, 65534), 0);
        listen_as(f, 65534);
        assert_int_equal(try_open(f, PATIENCE_USEC), 0);
}

static void test_path_that_no_socket_can_have(void **state) {
        char directory[128];
        Fixture *f = *state;

        memset(directory, 'x', sizeof(directory) - 1);
        directory[sizeof(directory) - 1] = 0;
        assert_int_equal(ask_open(directory, "sp_prod", PATIENCE_USEC, &f->ask, &f->message), -ENAMETOOLONG);
        assert_said(f, "cannot ask hagsd of partition sp_prod: File name too long");
}

static void test_directory_is_that_of_the_environment(_unused_ void **state) {
        assert_int_equal(unsetenv("HAGS_RUN_DIRECTORY"), 0);
        assert_string_equal(ask_directory(), "/run/hags");
        assert_int_equal(setenv("HAGS_RUN_DIRECTORY", "", 1), 0);
        assert_string_equal(ask_directory(), "/run/hags");
        assert_int_equal(setenv("HAGS_RUN_DIRECTORY", "/elsewhere", 1), 0);
        assert_string_equal(ask_directory(), "/elsewhere");
}

/* ---- what comes of a question ---- */

static void test_answer_is_put_together(void **state) {
        static uint8_t question[FRAME_SIZE_MAX];
        ReportRecord sound[N_EXAMPLES];
        _cleanup_(answer_done) Answer a = {};
        Fixture *f = *state;
        FrameReader body;
        ReportQuestion q;
        FrameHead head;
        ssize_t n;

        memcpy(sound, example_records, sizeof(sound));
        sound[2].group.n_trial = sound[2].group.n_joins = 0;
        meet(f, PATIENCE_USEC);
        reply_records(f, 1, sound, 3);
        reply_records(f, 1, sound + 3, N_EXAMPLES - 3);
        assert_int_equal(ask_report(&f->ask, &example_question, &a, &f->message), 0);

        n = recv(f->daemon, question, sizeof(question), 0);
        assert_int_equal(frame_decode_head(question, (size_t) n, &head, &body), 0);
        assert_int_equal(head.type, FRAME_REPORT_QUESTION);
        assert_int_equal(report_get_question(&body, &q), 0);
        assert_string_equal(q.group, example_question.group);

        assert_string_equal(a.domain.syspar, "sp_prod");
        assert_int_equal(a.n_nodes, 1);
        assert_int_equal(a.nodes[0].number, 2047);
        assert_int_equal(a.n_groups, 2);
        assert_int_equal(a.groups[0].n_providers, 1);
        assert_int_equal(a.groups[0].n_subscribers, 1);
        assert_int_equal(a.groups[1].n_providers, 0);
        assert_null(answer_providers(&a, &a.groups[1]));
        assert_int_equal(answer_providers(&a, &a.groups[0])->name.instance, 40);
        assert_int_equal(answer_subscribers(&a, &a.groups[0])->control, 50);
        assert_memory_equal(a.groups[0].group.state.data, "value", 5);
        assert_int_equal(a.n_clients, 1);
        assert_int_equal(a.clients[0].connection, 53);
}

static void refused(Fixture *f, FrameRefusal reason, int error, const char *said) {
        Answer a;

        meet(f, PATIENCE_USEC);
        refuse(f, reason);
        assert_int_equal(ask_report(&f->ask, &example_question, &a, &f->message), error);
        assert_said(f, said);
        ask_close(&f->ask);
        closep(&f->listener);
        (void) unlink(f->path);
}

static void test_refusals_say_what_to_do(void **state) {
        Fixture *f = *state;

        refused(f, FRAME_REFUSED_ACCESS, -EACCES,
                        "lets in only root and the members of group hagsuser; usermod");
        refused(f, FRAME_REFUSED_CONNECTIONS, -EUSERS, "[Limits] Connections= of hags.conf");
        refused(f, FRAME_REFUSED_PROTOCOL, -EPROTONOSUPPORT,
                        "restart it with the programs that are installed now");
        refused(f, FRAME_REFUSED_VERSION, -EPROTONOSUPPORT, "is of another version than this program");
        refused(f, 99, -EACCES, "refused to answer (reason 99)");
}

static void test_no_answer_in_time(void **state) {
        Fixture *f = *state;
        Answer a;

        meet(f, SHORT_USEC);
        assert_int_equal(ask_report(&f->ask, &example_question, &a, &f->message), -EAGAIN);
        assert_said(f, "hagsd of partition sp_prod does not answer: no answer in time");
}

static void test_end_of_the_connection(void **state) {
        Fixture *f = *state;
        Answer a;

        meet(f, PATIENCE_USEC);
        reply_records(f, 1, example_records, 2);
        closep(&f->daemon);
        f->daemon = -EBADF;
        assert_int_equal(ask_report(&f->ask, &example_question, &a, &f->message), -ECONNRESET);
        assert_said(f, "does not answer: Connection reset by peer");
}

/* An answer that no daemon of this version gives. */
static void not_understood(Fixture *f, uint32_t serial, const ReportRecord *records, size_t n) {
        Answer a;

        meet(f, PATIENCE_USEC);
        reply_records(f, serial, records, n);
        assert_int_equal(ask_report(&f->ask, &example_question, &a, &f->message), -EBADMSG);
        assert_said(f, "gave an answer that this program does not understand");
        ask_close(&f->ask);
        closep(&f->listener);
        closep(&f->daemon);
        (void) unlink(f->path);
}

static void test_unsound_answers_are_not_taken(void **state) {
        const ReportRecord *domain = &example_records[0], *group = &example_records[2];
        const ReportRecord end = { .kind = REPORT_KIND_END, .n_records = 1 };
        Fixture *f = *state;

        not_understood(f, 2, domain, 1);                               /* of another question */
        not_understood(f, 1, group, 1);                                /* without a domain */
        not_understood(f, 1, &example_records[3], 1);                  /* a provider of no group */
        not_understood(f, 1, (ReportRecord[]){ *domain, *domain }, 2); /* two domains */
        not_understood(f, 1, (ReportRecord[]){ *domain, example_records[3] }, 2);
        not_understood(f, 1, (ReportRecord[]){ *domain, example_records[4] }, 2);
        not_understood(f, 1, (ReportRecord[]){ *domain, *group, end }, 3); /* one too few */
        not_understood(f, 1, (ReportRecord[]){ *domain, end, end }, 3);    /* something behind the end */
        /* fewer providers than the group has */
        not_understood(f, 1,
                        (ReportRecord[]){ *domain, *group, example_records[3],
                                        { .kind = REPORT_KIND_END, .n_records = 3 } },
                        4);
}

static void test_what_is_no_frame_is_not_taken(void **state) {
        Fixture *f = *state;
        Answer a;

        meet(f, PATIENCE_USEC);
        assert_int_equal(send(f->daemon, "HAGS", 4, 0), 4);
        assert_int_equal(ask_report(&f->ask, &example_question, &a, &f->message), -EBADMSG);
        assert_said(f, "are both of the same version?");
}

static void test_one_connection_bears_many_questions(void **state) {
        const ReportRecord records[] = { example_records[0], { .kind = REPORT_KIND_END, .n_records = 1 } };
        Fixture *f = *state;

        meet(f, PATIENCE_USEC);
        for (uint32_t serial = 1; serial <= 3; serial++) {
                _cleanup_(answer_done) Answer a = {};

                reply_records(f, serial, records, 2);
                assert_int_equal(ask_report(&f->ask, &(ReportQuestion){}, &a, &f->message), 0);
        }
}

/* ---- fencing numbers ---- */

static void test_fence_comes_with_its_holder(void **state) {
        ReportRecord records[] = { example_records[0], example_records[2], example_records[3],
                { .kind = REPORT_KIND_END, .n_records = 3 } };
        Fixture *f = *state;
        ReportProvider senior;
        uint64_t fence;

        records[1].group.n_trial = records[1].group.n_joins = 0;
        meet(f, PATIENCE_USEC);
        reply_records(f, 1, records, ELEMENTSOF(records));
        assert_int_equal(ask_fence(&f->ask, "theGroup", &fence, &senior, &f->message), 0);
        assert_true(fence == UINT64_C(0x30000000001c));
        assert_int_equal(senior.name.instance, 40);
        assert_int_equal(senior.pid, 46);
}

static void test_no_fence_without_members(void **state) {
        ReportRecord records[] = { example_records[0], example_records[5],
                { .kind = REPORT_KIND_END, .n_records = 2 } };
        const ReportRecord none[] = { example_records[0], { .kind = REPORT_KIND_END, .n_records = 1 } };
        Fixture *f = *state;
        ReportProvider senior;
        uint64_t fence;

        meet(f, PATIENCE_USEC);
        reply_records(f, 1, records, ELEMENTSOF(records));
        assert_int_equal(ask_fence(&f->ask, "x", &fence, &senior, &f->message), ANSWER_E_NO_GROUP);
        reply_records(f, 2, none, ELEMENTSOF(none));
        assert_int_equal(ask_fence(&f->ask, "x", &fence, &senior, &f->message), ANSWER_E_NO_GROUP);
        assert_int_equal(ask_fence(&f->ask, "a name of more than thirty-two bytes", &fence, &senior,
                                         &f->message),
                        ANSWER_E_NO_GROUP);
}

#define ask_test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
        const struct CMUnitTest tests[] = {
                ask_test(test_who_does_not_run_is_down),
                ask_test(test_somebody_else_is_not_asked),
                ask_test(test_owner_of_the_directory_is_asked),
                ask_test(test_path_that_no_socket_can_have),
                ask_test(test_directory_is_that_of_the_environment),
                ask_test(test_answer_is_put_together),
                ask_test(test_refusals_say_what_to_do),
                ask_test(test_no_answer_in_time),
                ask_test(test_end_of_the_connection),
                ask_test(test_unsound_answers_are_not_taken),
                ask_test(test_what_is_no_frame_is_not_taken),
                ask_test(test_one_connection_bears_many_questions),
                ask_test(test_fence_comes_with_its_holder),
                ask_test(test_no_fence_without_members),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
