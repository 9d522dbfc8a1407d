/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The log writer among others: what they do to its file, what they put in its place, and who may read it. */

#include "log-fixture.h"

/* ---- what others do to the file ---- */

static void test_a_file_moved_by_somebody_else_is_opened_anew(void **state) {
        _cleanup_(logfile_freep) LogFile *f = NULL;
        Fixture *x = *state;
        char moved[400];

        (void) snprintf(moved, sizeof(moved), "%s.1", x->path);
        f = open_log(x, 10);
        put(x, f, 7);
        assert_int_equal(logfile_flush(f), 0);
        put(x, f, 1);
        assert_int_equal(rename(x->path, moved), 0);
        assert_int_equal(logfile_flush(f), 0);
        put(x, f, 9);
        assert_int_equal(logfile_flush(f), 0);

        assert_holds(moved, 1, 7);
        assert_holds(x->path, 8, 17);
        assert_false(exists(x->backup)); /* the new file has its own count */
        put(x, f, 1);
        assert_int_equal(logfile_flush(f), 0);
        assert_holds(x->backup, 8, 17);
}

static void test_a_removed_file_is_made_again(void **state) {
        _cleanup_(logfile_freep) LogFile *f = NULL;
        Fixture *x = *state;

        f = open_log(x, 10);
        put(x, f, 10);
        assert_int_equal(logfile_flush(f), 0);
        assert_int_equal(unlink(x->path), 0);
        put(x, f, 2);
        assert_int_equal(logfile_flush(f), 0);
        assert_holds(x->path, 11, 12);
        assert_false(exists(x->backup));
}

/* As logrotate's copytruncate does it: no hole may be left where the old lines were. */
static void test_a_truncated_file_begins_again(void **state) {
        _cleanup_(logfile_freep) LogFile *f = NULL;
        Fixture *x = *state;

        f = open_log(x, 10);
        put(x, f, 8);
        assert_int_equal(logfile_flush(f), 0);
        assert_int_equal(truncate(x->path, 0), 0);
        put(x, f, 10);
        assert_int_equal(logfile_flush(f), 0);
        assert_holds(x->path, 9, 18);
        assert_false(exists(x->backup));
}

static void test_lines_appended_by_somebody_else_count(void **state) {
        _cleanup_(logfile_freep) LogFile *f = NULL;
        char line[LOG_LINE_MAX + 1];
        Fixture *x = *state;
        size_t length;

        f = open_log(x, 5);
        put(x, f, 3);
        assert_int_equal(logfile_flush(f), 0);
        length = line_make(x->next++, line);
        line[length] = '\n';
        write_text(x->path, O_APPEND, line, length + 1);
        put(x, f, 2);
        assert_int_equal(logfile_flush(f), 0);
        assert_holds(x->backup, 1, 5);
        assert_holds(x->path, 6, 6);
}

/* Even a queue that no longer fits into the file that came in its place. */
static void test_a_fuller_file_in_its_place_is_rotated_in_time(void **state) {
        _cleanup_(logfile_freep) LogFile *f = NULL, *other = NULL;
        Fixture *x = *state, elsewhere = *x;

        (void) snprintf(elsewhere.path, sizeof(elsewhere.path), "%s/other", x->directory);
        other = open_log(&elsewhere, 100);
        put(&elsewhere, other, 95);
        other = logfile_free(other);

        f = open_log(x, 100);
        x->next = 96;
        put(x, f, 10);
        assert_int_equal(rename(elsewhere.path, x->path), 0);
        assert_int_equal(logfile_flush(f), 0);
        assert_holds(x->backup, 1, 100);
        assert_holds(x->path, 101, 105);
}

/* A copy, down to the last byte: only the inode is another. */
static void test_a_copy_in_its_place_is_opened_anew(void **state) {
        _cleanup_(logfile_freep) LogFile *f = NULL;
        Fixture *x = *state;
        char copy[400];
        Bytes b;

        f = open_log(x, 10);
        put(x, f, 2);
        assert_int_equal(logfile_flush(f), 0);
        assert_int_equal(file_read(x->path, 1 << 20, &b), 0);
        (void) snprintf(copy, sizeof(copy), "%s/copy", x->directory);
        write_text(copy, 0, b.data, b.size);
        bytes_done(&b);
        assert_int_equal(rename(copy, x->path), 0);
        put(x, f, 2);
        assert_int_equal(logfile_flush(f), 0);
        assert_holds(x->path, 1, 4);
}

/* ---- what is no log file ---- */

static void assert_refused(Fixture *x, int error) {
        _cleanup_(logfile_freep) LogFile *f = NULL;

        assert_int_equal(logfile_new(x->path, 10, TEST_IDENT, &f), LOGFILE_E_SUSPENDED);
        assert_int_equal(logfile_error(f), error);
        put(x, f, 1);
        assert_int_equal(logfile_retry(f), 0);

        assert_int_equal(remove(x->path), 0);
        assert_resumes(x, f);
}

static void test_a_symbolic_link_is_not_followed(void **state) {
        Fixture *x = *state;
        char target[400];
        struct stat st;

        (void) snprintf(target, sizeof(target), "%s/target", x->directory);
        write_text(target, 0, "precious", 8);
        assert_int_equal(symlink(target, x->path), 0);
        assert_refused(x, -ELOOP);
        assert_int_equal(stat(target, &st), 0);
        assert_int_equal(st.st_size, 8);
}

static void test_a_link_put_in_its_place_later_is_not_followed(void **state) {
        _cleanup_(logfile_freep) LogFile *f = NULL;
        Fixture *x = *state;
        char target[400];

        /* Even to the very file that we write to. */
        (void) snprintf(target, sizeof(target), "%s/target", x->directory);
        f = open_log(x, 10);
        put(x, f, 2);
        assert_int_equal(logfile_flush(f), 0);
        assert_int_equal(rename(x->path, target), 0);
        assert_int_equal(symlink(target, x->path), 0);
        put(x, f, 2);
        assert_int_equal(logfile_flush(f), LOGFILE_E_SUSPENDED);
        assert_int_equal(logfile_error(f), -ELOOP);
        assert_holds(target, 1, 2);
        assert_int_equal(unlink(x->path), 0);
        assert_resumes(x, f);
}

static void test_what_is_no_file_is_refused_and_not_waited_for(void **state) {
        Fixture *x = *state;

        assert_int_equal(mkdir(x->path, 0700), 0);
        assert_refused(x, -EISDIR);
        assert_int_equal(remove(x->path), 0);
        x->next = 1;
        assert_int_equal(mkfifo(x->path, 0600), 0);
        assert_refused(x, -EBADFD);
}

/* ---- who may read it ---- */

static void assert_mode(const char *path, mode_t mode) {
        struct stat st;

        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_mode & 07777, mode);
}

static void test_mode_is_0640_whatever_the_umask(void **state) {
        static const mode_t masks[] = { 0, 022, 077, 0777 };
        Fixture *x = *state;

        for (size_t i = 0; i < ELEMENTSOF(masks); i++) {
                mode_t former = umask(masks[i]);
                LogFile *f;

                (void) unlink(x->path);
                (void) unlink(x->backup);
                f = open_log(x, 1);
                put(x, f, 2);
                f = logfile_free(f);
                (void) umask(former);
                assert_mode(x->path, 0640);
                assert_mode(x->backup, 0640);
        }
}

static void test_group_is_that_of_the_directory(void **state) {
        Fixture *x = *state;
        struct stat st;
        LogFile *f;

        if (geteuid() != 0) /* nobody else has a second group for sure */
                skip();

        assert_int_equal(chown(x->directory, (uid_t) -1, 4), 0);
        f = open_log(x, 1);
        put(x, f, 2);
        f = logfile_free(f);
        assert_int_equal(stat(x->path, &st), 0);
        assert_int_equal(st.st_gid, 4);
        assert_int_equal(st.st_uid, 0);

        assert_int_equal(unlink(x->path), 0);
        assert_int_equal(chdir(x->directory), 0);
        assert_int_equal(logfile_new("log", 1, TEST_IDENT, &f), 0);
        f = logfile_free(f);
        assert_int_equal(chdir("/"), 0);
        assert_int_equal(stat(x->path, &st), 0);
        assert_int_equal(st.st_gid, 4);
}

static unsigned count_descriptors(bool inherited) {
        unsigned n = 0;

        for (int fd = 3; fd < 256; fd++) {
                int flags = fcntl(fd, F_GETFD);

                if (flags >= 0 && (!inherited || !(flags & FD_CLOEXEC)))
                        n++;
        }
        return n;
}

static void test_descriptors_are_neither_leaked_nor_inherited(void **state) {
        unsigned n = count_descriptors(false), n_inherited = count_descriptors(true);
        _cleanup_(logfile_freep) LogFile *f = NULL;
        Fixture *x = *state;

        f = open_log(x, 10);
        assert_int_equal(count_descriptors(false), n + 1);
        for (unsigned i = 0; i < 20; i++) {
                put(x, f, 15);
                assert_int_equal(logfile_flush(f), 0);
                assert_int_equal(unlink(x->path), 0);
        }
        assert_int_equal(count_descriptors(false), n + 1);
        assert_int_equal(count_descriptors(true), n_inherited);
        f = logfile_free(f);
        assert_int_equal(count_descriptors(false), n);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                fixture_test(test_a_file_moved_by_somebody_else_is_opened_anew),
                fixture_test(test_a_removed_file_is_made_again),
                fixture_test(test_a_truncated_file_begins_again),
                fixture_test(test_lines_appended_by_somebody_else_count),
                fixture_test(test_a_fuller_file_in_its_place_is_rotated_in_time),
                fixture_test(test_a_copy_in_its_place_is_opened_anew),
                fixture_test(test_a_symbolic_link_is_not_followed),
                fixture_test(test_a_link_put_in_its_place_later_is_not_followed),
                fixture_test(test_what_is_no_file_is_refused_and_not_waited_for),
                fixture_test(test_mode_is_0640_whatever_the_umask),
                fixture_test(test_group_is_that_of_the_directory),
                fixture_test(test_descriptors_are_neither_leaked_nor_inherited),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
