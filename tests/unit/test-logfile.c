/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The log writer where nothing fails: limits, rotation, the queue, and continuing a file. */

#include "log-fixture.h"

/* ---- how many system calls ---- */

static struct {
        unsigned lstats, writes, renames;
} calls;

int __real_lstat(const char *path, struct stat *st);
int __wrap_lstat(const char *path, struct stat *st);
ssize_t __real_write(int fd, const void *data, size_t size);
ssize_t __wrap_write(int fd, const void *data, size_t size);
int __real_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to);

int __wrap_lstat(const char *path, struct stat *st) {
        calls.lstats++;
        return __real_lstat(path, st);
}

ssize_t __wrap_write(int fd, const void *data, size_t size) {
        calls.writes++;
        return __real_write(fd, data, size);
}

int __wrap_rename(const char *from, const char *to) {
        calls.renames++;
        return __real_rename(from, to);
}

static void assert_calls_of_flush(LogFile *f, unsigned lstats, unsigned writes, unsigned renames) {
        memset(&calls, 0, sizeof(calls));
        assert_int_equal(logfile_flush(f), 0);
        assert_int_equal(calls.lstats, lstats);
        assert_int_equal(calls.writes, writes);
        assert_int_equal(calls.renames, renames);
}

static void test_one_write_a_flush_and_two_around_a_rotation(void **state) {
        _cleanup_(logfile_freep) LogFile *f = NULL;
        Fixture *x = *state;

        f = open_log(x, 100);
        assert_calls_of_flush(f, 0, 0, 0); /* nothing to write: nothing is done */

        put(x, f, 60);
        assert_calls_of_flush(f, 1, 1, 0);
        put(x, f, 60);
        assert_calls_of_flush(f, 1, 2, 1);
        put(x, f, 80);
        assert_calls_of_flush(f, 1, 1, 0);

        assert_holds(x->backup, 1, 100);
        assert_holds(x->path, 101, 200);
}

/* ---- limit and rotation ---- */

static void test_rotation_is_before_the_line_beyond_the_limit(void **state) {
        _cleanup_(logfile_freep) LogFile *f = NULL;
        Fixture *x = *state;

        f = open_log(x, 5);
        put(x, f, 5);
        assert_int_equal(logfile_flush(f), 0);
        assert_false(exists(x->backup));

        put(x, f, 1);
        assert_int_equal(logfile_flush(f), 0);
        assert_holds(x->backup, 1, 5);
        assert_holds(x->path, 6, 6);
}

static void test_25000_lines_leave_5000_and_5000(void **state) {
        _cleanup_(logfile_freep) LogFile *f = NULL;
        Fixture *x = *state;

        f = open_log(x, 5000);
        for (unsigned i = 0; i < 25000; i++) {
                put(x, f, 1);
                assert_int_equal(logfile_flush(f), 0);
        }

        assert_holds(x->backup, 15001, 20000);
        assert_holds(x->path, 20001, 25000);
}

static void test_a_limit_of_one_line_keeps_two(void **state) {
        _cleanup_(logfile_freep) LogFile *f = NULL;
        Fixture *x = *state;

        f = open_log(x, 1);
        put(x, f, 1000);
        assert_int_equal(logfile_flush(f), 0);
        assert_holds(x->backup, 999, 999);
        assert_holds(x->path, 1000, 1000);
}

/*
 * A million lines, random in length and in how many a flush; whatever the limits keep must be there exactly
 * once.
 */
static void put_a_million(Fixture *x, uint64_t max_lines) {
        _cleanup_(logfile_freep) LogFile *f = NULL;
        uint64_t left = 1000000;

        f = open_log(x, max_lines);
        while (left > 0) {
                uint64_t count = 1 + mix(left) % 700;

                if (count > left)
                        count = left;
                put(x, f, count);
                assert_int_equal(logfile_flush(f), 0);
                left -= count;
        }
        assert_int_equal(logfile_missing(f), 0);
}

static void test_a_million_lines_are_each_present_once(void **state) {
        Fixture *x = *state;

        put_a_million(x, 1000000);
        assert_false(exists(x->backup));
        assert_holds(x->path, 1, 1000000);
}

static void test_a_million_lines_over_one_rotation(void **state) {
        Fixture *x = *state;

        put_a_million(x, 500001);
        assert_holds(x->backup, 1, 500001);
        assert_holds(x->path, 500002, 1000000);
}

static void test_a_million_lines_over_many_rotations(void **state) {
        Fixture *x = *state;

        put_a_million(x, 5000);
        assert_holds(x->backup, 990001, 995000);
        assert_holds(x->path, 995001, 1000000);
}

static void test_any_limit_and_any_flushes_keep_the_newest_lines(void **state) {
        Fixture *x = *state;

        for (uint64_t round = 1; round <= 300; round++) {
                _cleanup_(logfile_freep) LogFile *f = NULL;
                uint64_t limit = 1 + mix(round) % 40, total = 1 + mix(round << 20) % 500;

                (void) unlink(x->path);
                (void) unlink(x->backup);
                x->next = 1;
                f = open_log(x, limit);
                while (x->next <= total) {
                        put(x, f, 1);
                        if (mix(x->next * round) % 4 == 0)
                                assert_int_equal(logfile_flush(f), 0);
                }
                assert_int_equal(logfile_flush(f), 0);

                assert_holds(x->path, (total - 1) / limit * limit + 1, total);
                if (total > limit)
                        assert_holds(x->backup, (total - 1) / limit * limit - limit + 1,
                                     (total - 1) / limit * limit);
        }
}

/* ---- the queue ---- */

static void test_free_writes_what_is_queued(void **state) {
        Fixture *x = *state;
        LogFile *f = open_log(x, 100);

        put(x, f, 3);
        assert_null(logfile_free(f));
        assert_null(logfile_free(NULL));
        assert_holds(x->path, 1, 3);
}

static void test_a_full_queue_is_written_before_the_flush(void **state) {
        _cleanup_(logfile_freep) LogFile *f = NULL;
        Fixture *x = *state;

        f = open_log(x, 1000000);
        memset(&calls, 0, sizeof(calls));
        put(x, f, 20000);
        assert_in_range(calls.writes, 2, 20000 / 100);
        assert_int_equal(logfile_flush(f), 0);
        assert_holds(x->path, 1, 20000);
}

static void test_an_overlong_line_is_cut(void **state) {
        _cleanup_(logfile_freep) LogFile *f = NULL;
        Fixture *x = *state;
        char line[LOG_LINE_MAX + 100];
        struct stat st;

        memset(line, 'x', sizeof(line));
        f = open_log(x, 10);
        logfile_append(f, line, sizeof(line));
        logfile_append(f, line, LOG_LINE_MAX - 1);
        logfile_append(f, "", 0);
        assert_int_equal(logfile_flush(f), 0);

        assert_int_equal(stat(x->path, &st), 0);
        assert_int_equal(st.st_size, 2 * LOG_LINE_MAX + 1);
}

/* ---- a file that is there already ---- */

static void test_an_existing_file_is_continued(void **state) {
        Fixture *x = *state;

        for (unsigned i = 0; i < 25; i++) {
                _cleanup_(logfile_freep) LogFile *f = open_log(x, 10);

                put(x, f, 1);
        }
        assert_holds(x->backup, 11, 20);
        assert_holds(x->path, 21, 25);
}

static void test_a_large_file_is_counted_right(void **state) {
        _cleanup_(logfile_freep) LogFile *f = NULL;
        Fixture *x = *state;

        f = open_log(x, 5000);
        put(x, f, 3210);
        f = logfile_free(f);
        f = open_log(x, 5000);
        put(x, f, 5000);
        assert_int_equal(logfile_flush(f), 0);
        assert_holds(x->backup, 1, 5000);
        assert_holds(x->path, 5001, 8210);
}

static void test_a_torn_last_line_is_cut_off_wherever_it_was_torn(void **state) {
        size_t before = lines_size(1, 9), line = lines_size(10, 10);
        Fixture *x = *state;

        for (size_t kept = 0; kept < line; kept++) {
                _cleanup_(logfile_freep) LogFile *f = NULL;

                (void) unlink(x->path);
                x->next = 1;
                f = open_log(x, 100);
                put(x, f, 10);
                f = logfile_free(f);
                assert_int_equal(truncate(x->path, (off_t) (before + kept)), 0);

                x->next = 10;
                f = open_log(x, 100);
                put(x, f, 2);
                f = logfile_free(f);
                assert_holds(x->path, 1, 11);
        }
}

static void test_a_file_without_one_whole_line_is_emptied(void **state) {
        _cleanup_(logfile_freep) LogFile *f = NULL;
        _cleanup_(freep) char *junk = calloc(1, 100000);
        Fixture *x = *state;

        assert_non_null(junk);
        write_text(x->path, 0, junk, 100000);
        f = open_log(x, 100);
        put(x, f, 1);
        assert_int_equal(logfile_flush(f), 0);
        assert_holds(x->path, 1, 1);
}

static void test_a_file_beyond_the_limit_is_rotated_whole_before_the_next_line(void **state) {
        _cleanup_(logfile_freep) LogFile *f = NULL;
        Fixture *x = *state;

        f = open_log(x, 1000);
        put(x, f, 300);
        f = logfile_free(f);

        f = open_log(x, 100);
        assert_false(exists(x->backup));
        put(x, f, 1);
        assert_int_equal(logfile_flush(f), 0);
        assert_holds(x->backup, 1, 300);
        assert_holds(x->path, 301, 301);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                fixture_test(test_one_write_a_flush_and_two_around_a_rotation),
                fixture_test(test_rotation_is_before_the_line_beyond_the_limit),
                fixture_test(test_25000_lines_leave_5000_and_5000),
                fixture_test(test_a_limit_of_one_line_keeps_two),
                fixture_test(test_a_million_lines_are_each_present_once),
                fixture_test(test_a_million_lines_over_one_rotation),
                fixture_test(test_a_million_lines_over_many_rotations),
                fixture_test(test_any_limit_and_any_flushes_keep_the_newest_lines),
                fixture_test(test_free_writes_what_is_queued),
                fixture_test(test_a_full_queue_is_written_before_the_flush),
                fixture_test(test_an_overlong_line_is_cut),
                fixture_test(test_an_existing_file_is_continued),
                fixture_test(test_a_large_file_is_counted_right),
                fixture_test(test_a_torn_last_line_is_cut_off_wherever_it_was_torn),
                fixture_test(test_a_file_without_one_whole_line_is_emptied),
                fixture_test(test_a_file_beyond_the_limit_is_rotated_whole_before_the_next_line),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
