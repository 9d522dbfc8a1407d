/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which line reaches which sink, and with which fields. */

#include "log-fixture.h"

#include "log/log.h"

/* ---- the journal, caught ---- */

/* The fields of all entries since the last look: "NAME=value\n", an empty line after each. */
static char entry[16384];
static unsigned n_entries;

static int journal_error; /* why it takes none */

int __wrap_journal_send(const char *fields, size_t size);

int __wrap_journal_send(const char *fields, size_t size) {
        size_t used = strlen(entry);

        errno = EXDEV; /* log_line() must not let it out */
        if (journal_error < 0)
                return journal_error;

        assert_int_equal(fields[size - 1], '\n');
        (void) snprintf(entry + used, sizeof(entry) - used, "%.*s\n", (int) size, fields);
        n_entries++;
        return 0;
}

static void forget_entries(void) {
        entry[0] = 0;
        n_entries = 0;
}

static bool has_field(const char *field) {
        _cleanup_(freep) char *line = NULL;

        assert_true(asprintf(&line, "%s\n", field) > 0);
        for (const char *p = entry; (p = strstr(p, line)); p++)
                if (p == entry || p[-1] == '\n')
                        return true;
        return false;
}

static void assert_one_entry(const char *message, const char *other_field) {
        _cleanup_(freep) char *field = NULL;

        assert_int_equal(n_entries, 1);
        assert_true(asprintf(&field, "MESSAGE=%s", message) > 0);
        assert_true(has_field(field));
        assert_true(has_field(other_field));
        forget_entries();
}

/* ---- standard error, caught in a file ---- */

static int stderr_kept = -EBADF;
static char stderr_path[400];

static void set_journal_stream(ino_t difference) {
        char value[64];
        struct stat st;

        assert_int_equal(fstat(STDERR_FILENO, &st), 0);
        (void) snprintf(value, sizeof(value), "%ju:%ju", (uintmax_t) st.st_dev,
                        (uintmax_t) (st.st_ino + difference));
        assert_int_equal(setenv("JOURNAL_STREAM", value, 1), 0);
}

static int setup(void **state) {
        static const LogIdentity identity = {
                .ident = TEST_IDENT,
                .syspar = "sp_prod",
                .node_number = 9,
                .incarnation = 17,
        };
        Fixture *x;
        int fd;

        if (fixture_setup(state) < 0)
                return -1;

        x = *state;
        (void) snprintf(stderr_path, sizeof(stderr_path), "%s/stderr", x->directory);
        fd = open(stderr_path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        stderr_kept = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
        if (fd < 0 || stderr_kept < 0 || dup2(fd, STDERR_FILENO) < 0)
                return -1;
        (void) close(fd);

        set_journal_stream(0);
        forget_entries();
        log_set_identity(&identity);
        log_set_level(LOG_INFO);
        log_set_journal_detail(false);
        return 0;
}

static int teardown(void **state) {
        log_close();
        (void) dup2(stderr_kept, STDERR_FILENO);
        (void) close(stderr_kept);
        return fixture_teardown(state);
}

#define log_test(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

static void assert_text(const char *path, const char *expected) {
        Bytes b;

        assert_int_equal(file_read(path, 1 << 20, &b), 0);
        assert_string_equal(b.data, expected);
        bytes_done(&b);
}

/* The texts of the lines in the log file, their heads cut off: "LEVEL text\n" each. */
static void assert_file(const Fixture *x, const char *expected) {
        char texts[4096] = "", *end = texts, head[64];
        Bytes b;

        assert_false(log_flush());
        (void) snprintf(head, sizeof(head), " %s[%d] ", TEST_IDENT, getpid());
        assert_int_equal(file_read(x->path, 1 << 20, &b), 0);
        for (char *line = strtok(b.data, "\n"); line; line = strtok(NULL, "\n")) {
                char *text = strstr(line, head);

                assert_non_null(text);
                end += snprintf(end, (size_t) (texts + sizeof(texts) - end), "%s\n", text + strlen(head));
        }
        assert_string_equal(texts, expected);
        bytes_done(&b);
}

/* ---- which sink ---- */

static void test_without_a_file_lines_up_to_the_level_go_to_the_journal(void **state _unused_) {
        log_debug("d");
        assert_int_equal(n_entries, 0);
        log_info("i");
        assert_one_entry("i", "PRIORITY=6");
        log_error("e");
        assert_one_entry("e", "PRIORITY=3");
        log_set_level(LOG_DEBUG);
        log_debug("d");
        assert_one_entry("d", "PRIORITY=7");
        assert_text(stderr_path, "");
}

static void test_with_a_file_the_journal_gets_notice_and_above(void **state) {
        assert_int_equal(log_open_file(((Fixture *) *state)->path, 100), 0);
        log_debug("d");
        log_info("i");
        assert_int_equal(n_entries, 0);
        log_notice("n");
        assert_one_entry("n", "PRIORITY=5");
        log_warning("w");
        assert_one_entry("w", "PRIORITY=4");
        log_error("e");
        assert_one_entry("e", "PRIORITY=3");
        assert_file(*state, "info i\nnotice n\nwarning w\nerror e\n");
        assert_text(stderr_path, "");
}

static void test_the_level_is_that_of_both_sinks(void **state) {
        assert_int_equal(log_open_file(((Fixture *) *state)->path, 100), 0);
        assert_int_equal(log_get_level(), LOG_INFO);
        log_set_level(LOG_DEBUG);
        assert_int_equal(log_get_level(), LOG_DEBUG);
        log_debug("long");
        assert_int_equal(n_entries, 0);
        log_set_level(LOG_ERR);
        log_info("i");
        log_warning("w");
        assert_int_equal(n_entries, 0);
        log_error("e");
        assert_one_entry("e", "PRIORITY=3");
        assert_file(*state, "debug long\nerror e\n");
}

static void test_the_journal_gets_all_that_the_file_gets_where_it_is_to(void **state) {
        assert_int_equal(log_open_file(((Fixture *) *state)->path, 100), 0);
        assert_false(log_get_journal_detail());
        log_set_journal_detail(true);
        assert_true(log_get_journal_detail());
        log_debug("d");
        assert_int_equal(n_entries, 0);
        log_info("i");
        assert_one_entry("i", "PRIORITY=6");
        log_set_level(LOG_DEBUG);
        log_debug("d");
        assert_one_entry("d", "PRIORITY=7");
        log_set_journal_detail(false);
        log_debug("f");
        assert_int_equal(n_entries, 0);
        assert_file(*state, "info i\ndebug d\ndebug f\n");
}

static void test_after_close_lines_go_to_the_journal_again(void **state) {
        assert_int_equal(log_open_file(((Fixture *) *state)->path, 100), 0);
        assert_non_null(log_file());
        log_info("before");
        log_close();
        assert_null(log_file());
        assert_false(log_flush());
        assert_false(log_retry());
        assert_int_equal(n_entries, 0);
        log_info("after");
        assert_one_entry("after", "PRIORITY=6");
        assert_file(*state, "info before\n");
}

static void test_another_file_takes_the_place_of_the_first(void **state) {
        Fixture *x = *state, other = *x;

        (void) snprintf(other.path, sizeof(other.path), "%s/other", x->directory);
        assert_int_equal(log_open_file(x->path, 100), 0);
        log_info("one");
        assert_int_equal(log_open_file(other.path, 100), 0);
        log_info("two");
        assert_file(&other, "info two\n");
        assert_file(x, "info one\n");
}

/* ---- by hand ---- */

static void test_standard_error_takes_the_place_of_a_journal_that_is_not_there(void **state) {
        assert_int_equal(unsetenv("JOURNAL_STREAM"), 0);
        log_info("one");
        set_journal_stream(1); /* somebody redirected it since */
        log_notice("two: %s", "a\nb");
        assert_int_equal(setenv("JOURNAL_STREAM", "nonsense", 1), 0);
        assert_int_equal(log_open_file(((Fixture *) *state)->path, 100), 0);
        log_info("three");
        log_event(LOG_NOTICE, GS_STOP_ST, "four");

        assert_int_equal(n_entries, 0);
        assert_text(stderr_path, "test: one\ntest: two: a\\nb\ntest: GS_STOP_ST: four\n");
        assert_file(*state, "info three\nnotice GS_STOP_ST: four\n");
}

/* ---- what an entry has ---- */

static void test_an_entry_has_the_fields_of_its_writer(void **state _unused_) {
        char line[64];

        (void) snprintf(line, sizeof(line), "CODE_LINE=%d", __LINE__ + 1);
        log_event(LOG_ERR, GS_CLNT_SOCK_ER, "no %s", "group");
        assert_true(has_field("SYSLOG_IDENTIFIER=test"));
        assert_true(has_field("HAGS_SYSPAR=sp_prod"));
        assert_true(has_field("HAGS_NODE=9"));
        assert_true(has_field("HAGS_INCARNATION=17"));
        assert_true(has_field("CODE_FUNC=test_an_entry_has_the_fields_of_its_writer"));
        assert_true(has_field("CODE_FILE=" __FILE__));
        assert_true(has_field(line));
        assert_true(has_field("MESSAGE_ID=cc91047d6bd540d9bd6cb4234c16cda8"));
        assert_one_entry("GS_CLNT_SOCK_ER: no group", "PRIORITY=3");

        log_error("no label");
        assert_null(strstr(entry, "MESSAGE_ID="));
        assert_one_entry("no label", "PRIORITY=3");
}

/* A group's name is some client's choice. */
static void test_an_entry_about_a_group_names_it(void **state) {
        assert_int_equal(log_open_file(((Fixture *) *state)->path, 100), 0);
        log_group(LOG_NOTICE, "db\nPRIORITY=0", "in %s", "db");
        assert_true(has_field("HAGS_GROUP=db\\nPRIORITY=0"));
        assert_null(strstr(entry, "MESSAGE_ID="));
        assert_one_entry("in db", "PRIORITY=5");
        log_notice("of none");
        assert_null(strstr(entry, "HAGS_GROUP="));
        assert_one_entry("of none", "PRIORITY=5");
        assert_file(*state, "notice in db\nnotice of none\n");
}

static void test_what_the_journal_did_not_take_is_counted_in_it(void **state _unused_) {
        journal_error = -EAGAIN;
        log_notice("one");
        log_notice("two");
        log_notice("three");
        assert_int_equal(n_entries, 0);

        journal_error = 0;
        log_notice("four");
        assert_int_equal(n_entries, 2);
        assert_true(has_field("MESSAGE=3 entries are missing here: the journal did not take them"));
        assert_true(has_field("PRIORITY=4"));
        assert_true(has_field("MESSAGE=four"));
        forget_entries();

        log_notice("five");
        assert_one_entry("five", "PRIORITY=5");
}

static void test_what_is_not_known_yet_is_no_field(void **state _unused_) {
        LogIdentity identity = { .ident = "hagsd" };

        log_set_identity(&identity);
        log_info("x");
        assert_null(strstr(entry, "HAGS_"));
        assert_true(has_field("SYSLOG_IDENTIFIER=hagsd"));
        assert_one_entry("x", "PRIORITY=6");

        identity.syspar = "p"; /* on the workstation, whose node number is 0 */
        log_set_identity(&identity);
        log_info("x");
        assert_true(has_field("HAGS_SYSPAR=p"));
        assert_true(has_field("HAGS_NODE=0"));
        assert_null(strstr(entry, "HAGS_INCARNATION="));
}

static void test_message_ids_are_those_of_the_catalog(void **state _unused_) {
#define ASSERT_ID(name, uuid)                             \
        assert_string_equal(MESSAGE_##name.label, #name); \
        assert_string_equal(MESSAGE_##name.id, uuid);     \
        assert_int_equal(strlen(uuid), 32);
        MESSAGE_ID_LIST(ASSERT_ID)
}

static void test_errno_is_printed_and_left_alone(void **state) {
        assert_int_equal(log_open_file(((Fixture *) *state)->path, 100), 0);
        errno = ENOTTY;
        log_event(LOG_ERR, GS_STARTERR_ER, "cannot: %m");
        assert_int_equal(errno, ENOTTY);
        assert_one_entry("GS_STARTERR_ER: cannot: Inappropriate ioctl for device", "PRIORITY=3");
        log_debug("%m");
        assert_int_equal(errno, ENOTTY);
        assert_file(*state, "error GS_STARTERR_ER: cannot: Inappropriate ioctl for device\n");
}

static void test_control_characters_are_escaped_in_every_sink(void **state) {
        assert_int_equal(log_open_file(((Fixture *) *state)->path, 100), 0);
        log_notice("group %s", "x\nMESSAGE_ID=0\033[2J");
        assert_one_entry("group x\\nMESSAGE_ID=0\\x1b[2J", "PRIORITY=5");
        assert_file(*state, "notice group x\\nMESSAGE_ID=0\\x1b[2J\n");
}

static void test_a_long_message_is_cut_in_every_sink(void **state) {
        char text[3 * LOG_LINE_MAX] = "";
        Fixture *x = *state;
        struct stat st;

        memset(text, 'x', sizeof(text) - 1);
        assert_int_equal(log_open_file(x->path, 100), 0);
        log_notice("%s", text);
        assert_false(log_flush());
        text[LOG_LINE_MAX - 1] = 0;
        assert_one_entry(text, "HAGS_INCARNATION=17");
        assert_int_equal(stat(x->path, &st), 0);
        assert_int_equal(st.st_size, LOG_LINE_MAX);
}

static void test_a_line_for_no_sink_is_not_formatted(void **state) {
        int n = 0;

        assert_int_equal(log_open_file(((Fixture *) *state)->path, 100), 0);
        log_debug("x%n", &n);
        assert_int_equal(n, 0);
        log_info("x%n", &n);
        assert_int_equal(n, 1);
        assert_file(*state, "info x\n");
}

/* ---- what is wrong with the file ---- */

static void test_a_suspension_is_said_once_in_the_journal_and_its_end_too(void **state) {
        Fixture *x = *state, later = *x;
        char directory[300], message[1024];

        (void) snprintf(directory, sizeof(directory), "%s/later", x->directory);
        (void) snprintf(later.path, sizeof(later.path), "%s/later/log", x->directory);
        assert_int_equal(log_open_file(later.path, 100), LOGFILE_E_SUSPENDED);
        assert_true(has_field("MESSAGE_ID=863706e6b0e24b208882978fc9cccf1b"));
        assert_true(has_field("HAGS_INCARNATION=17"));
        (void) snprintf(message, sizeof(message),
                        "GS_ERROR_ER: cannot write the log file %s: No such file or directory; "
                        "make its directory again, and restart the unit if that does not help. "
                        "Until then lines are counted, not kept",
                        later.path);
        assert_one_entry(message, "PRIORITY=3");

        log_info("one");
        log_info("two");
        assert_true(log_flush());
        assert_true(log_retry());
        assert_true(logfile_suspended(log_file()));
        assert_int_equal(n_entries, 0);

        assert_int_equal(mkdir(directory, 0700), 0);
        assert_false(log_retry());
        (void) snprintf(message, sizeof(message),
                        "The log file %s is written again; lines missing since the start: 2", later.path);
        assert_one_entry(message, "PRIORITY=5");
        log_info("three");
        assert_file(&later, "warning 2 lines are missing here: the log file could not be written "
                            "(No such file or directory)\ninfo three\n");

        assert_int_equal(unlink(later.path), 0);
        assert_int_equal(rmdir(directory), 0);
        log_info("four");
        assert_int_equal(n_entries, 0);
        assert_true(log_flush());
        assert_int_equal(n_entries, 1);
        assert_true(log_flush());
        assert_int_equal(n_entries, 1);
}

/* Even if it began when there was nobody to flush any more. */
static void test_a_suspension_at_the_end_is_said(void **state) {
        Fixture *x = *state, later = *x;
        char directory[300];

        (void) snprintf(directory, sizeof(directory), "%s/later", x->directory);
        (void) snprintf(later.path, sizeof(later.path), "%s/later/log", x->directory);
        assert_int_equal(mkdir(directory, 0700), 0);
        assert_int_equal(log_open_file(later.path, 100), 0);
        log_info("the last words");
        assert_int_equal(unlink(later.path), 0);
        assert_int_equal(rmdir(directory), 0);
        log_close();
        assert_int_equal(n_entries, 1);
        assert_non_null(strstr(entry, "MESSAGE=GS_ERROR_ER: cannot write the log file "));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                log_test(test_without_a_file_lines_up_to_the_level_go_to_the_journal),
                log_test(test_with_a_file_the_journal_gets_notice_and_above),
                log_test(test_the_level_is_that_of_both_sinks),
                log_test(test_the_journal_gets_all_that_the_file_gets_where_it_is_to),
                log_test(test_after_close_lines_go_to_the_journal_again),
                log_test(test_another_file_takes_the_place_of_the_first),
                log_test(test_standard_error_takes_the_place_of_a_journal_that_is_not_there),
                log_test(test_an_entry_has_the_fields_of_its_writer),
                log_test(test_an_entry_about_a_group_names_it),
                log_test(test_what_the_journal_did_not_take_is_counted_in_it),
                log_test(test_what_is_not_known_yet_is_no_field),
                log_test(test_message_ids_are_those_of_the_catalog),
                log_test(test_errno_is_printed_and_left_alone),
                log_test(test_control_characters_are_escaped_in_every_sink),
                log_test(test_a_long_message_is_cut_in_every_sink),
                log_test(test_a_line_for_no_sink_is_not_formatted),
                log_test(test_a_suspension_is_said_once_in_the_journal_and_its_end_too),
                log_test(test_a_suspension_at_the_end_is_said),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
