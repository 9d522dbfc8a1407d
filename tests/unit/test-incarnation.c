/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The incarnation: one more at every start, whatever became of its file. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hagsd/incarnation.h"
#include "util/fs.h"
#include "util/macro.h"

typedef struct Fixture {
        char directory[64];
        char state[80];
        char logs[80];
        char file[96];
        char *warning;
} Fixture;

static int set_up(void **state) {
        Fixture *f = calloc(1, sizeof(*f));

        (void) strcpy(f->directory, "/tmp/test-incarnation-XXXXXX");
        if (!mkdtemp(f->directory))
                return -1;
        (void) snprintf(f->state, sizeof(f->state), "%s/state", f->directory);
        (void) snprintf(f->logs, sizeof(f->logs), "%s/logs", f->directory);
        (void) snprintf(f->file, sizeof(f->file), "%s/incarnation", f->state);
        *state = f;
        return mkdir(f->state, 0755) < 0 || mkdir(f->logs, 0755) < 0 ? -1 : 0;
}

static int tear_down(void **state) {
        _cleanup_(freep) char *command = NULL;
        Fixture *f = *state;

        if (asprintf(&command, "rm -rf %s", f->directory) < 0 || system(command) != 0)
                return -1;
        free(f->warning);
        free(f);
        return 0;
}

static void write_file(const char *path, const char *data, size_t size) {
        int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

        assert_true(fd >= 0);
        assert_int_equal(write(fd, data, size), size);
        assert_int_equal(close(fd), 0);
}

static void make_log(const Fixture *f, const char *name) {
        char path[160];

        (void) snprintf(path, sizeof(path), "%s/%s", f->logs, name);
        write_file(path, "", 0);
}

static void assert_next(Fixture *f, int result, uint64_t wanted) {
        uint64_t n = 0;

        free(f->warning);
        f->warning = NULL;
        assert_int_equal(incarnation_next(f->state, f->logs, "sp_x", &n, &f->warning), result);
        assert_true(n == wanted);
        assert_int_equal(f->warning != NULL, result == INCARNATION_E_RECOVERED);
}

static void test_first_start_is_number_1(void **state) {
        assert_next(*state, 0, 1);
}

static void test_first_start_needs_no_log_directory(void **state) {
        Fixture *f = *state;

        assert_int_equal(rmdir(f->logs), 0);
        assert_next(f, 0, 1);
}

static void test_next_is_one_more_than_stored(void **state) {
        Fixture *f = *state;

        assert_int_equal(incarnation_store(f->state, 1, NULL), 0);
        assert_next(f, 0, 2);
        assert_int_equal(incarnation_store(f->state, 2, NULL), 0);
        assert_next(f, 0, 3);
        assert_int_equal(incarnation_store(f->state, UINT64_MAX - 1, NULL), 0);
        assert_next(f, 0, UINT64_MAX);
}

/* A start that got no further than this takes no number. */
static void test_asking_alone_changes_nothing(void **state) {
        Fixture *f = *state;

        assert_int_equal(incarnation_store(f->state, 7, NULL), 0);
        assert_next(f, 0, 8);
        assert_next(f, 0, 8);
}

static void test_file_is_the_number_and_a_newline(void **state) {
        _cleanup_(bytes_done) Bytes b = { 0 };
        Fixture *f = *state;

        assert_int_equal(incarnation_store(f->state, 17, NULL), 0);
        assert_int_equal(file_read(f->file, 100, &b), 0);
        assert_string_equal(b.data, "17\n");
}

static void test_lost_file_counts_on_from_the_logs(void **state) {
        Fixture *f = *state;

        make_log(f, "hags_5_11.sp_x");
        make_log(f, "hags.sp_x_0_12.sp_x.bak");
        make_log(f, "hags_5_99.sp_y");
        assert_next(f, INCARNATION_E_RECOVERED, 13);
        assert_non_null(strstr(f->warning, f->file));
}

static void test_damaged_file_counts_on_from_the_logs(void **state) {
        static const struct {
                const char *data;
                size_t size;
        } damaged[] = {
                { "", 0 },
                { "\n", 1 },
                { "17", 2 },
                { "17\n\n", 4 },
                { "0\n", 2 },
                { "-1\n", 3 },
                { "17 \n", 4 },
                { " 17\n", 4 },
                { "1\0007\n", 4 },
                { "17\0", 3 },
                { "17\n\0\n", 5 },
                { "0x11\n", 5 },
                { "18446744073709551615\n", 21 },
                { "99999999999999999999999999999999999999\n", 39 },
        };
        Fixture *f = *state;

        make_log(f, "hags_5_41.sp_x");
        for (size_t i = 0; i < ELEMENTSOF(damaged); i++) {
                write_file(f->file, damaged[i].data, damaged[i].size);
                assert_next(f, INCARNATION_E_RECOVERED, 42);
        }
}

static void test_damaged_file_without_logs_is_warned_about(void **state) {
        Fixture *f = *state;

        write_file(f->file, "x\n", 2);
        assert_next(f, INCARNATION_E_RECOVERED, 1);
        assert_non_null(strstr(f->warning, "damaged"));
}

static void test_unreadable_file_counts_on_from_the_logs(void **state) {
        Fixture *f = *state;

        make_log(f, "hags_5_3.sp_x");
        assert_int_equal(mkdir(f->file, 0755), 0);
        assert_next(f, INCARNATION_E_RECOVERED, 4);
        assert_non_null(strstr(f->warning, "Is a directory"));
}

static void test_store_replaces_a_damaged_file(void **state) {
        Fixture *f = *state;

        write_file(f->file, "damaged and longer than any number of this kind\n", 48);
        assert_int_equal(incarnation_store(f->state, 5, NULL), 0);
        assert_next(f, 0, 6);
}

static void test_store_that_fails_is_told(void **state) {
        Fixture *f = *state;

        assert_int_equal(rmdir(f->state), 0);
        assert_int_equal(incarnation_store(f->state, 5, &f->warning), -ENOENT);
        assert_non_null(strstr(f->warning, f->file));
}

static void test_time_of_the_last_store_is_known(void **state) {
        struct timespec times[2] = { { .tv_sec = 1000 }, { .tv_sec = 4000000000 } };
        Fixture *f = *state;
        time_t t = 0;

        assert_int_equal(incarnation_stored_at(f->state, &t), -ENOENT);
        assert_int_equal(incarnation_store(f->state, 5, NULL), 0);
        assert_int_equal(utimensat(AT_FDCWD, f->file, times, 0), 0);
        assert_int_equal(incarnation_stored_at(f->state, &t), 0);
        assert_true(t == 4000000000);
}

#define incarnation_test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
        const struct CMUnitTest tests[] = {
                incarnation_test(test_first_start_is_number_1),
                incarnation_test(test_first_start_needs_no_log_directory),
                incarnation_test(test_next_is_one_more_than_stored),
                incarnation_test(test_asking_alone_changes_nothing),
                incarnation_test(test_file_is_the_number_and_a_newline),
                incarnation_test(test_lost_file_counts_on_from_the_logs),
                incarnation_test(test_damaged_file_counts_on_from_the_logs),
                incarnation_test(test_damaged_file_without_logs_is_warned_about),
                incarnation_test(test_unreadable_file_counts_on_from_the_logs),
                incarnation_test(test_store_replaces_a_damaged_file),
                incarnation_test(test_store_that_fails_is_told),
                incarnation_test(test_time_of_the_last_store_is_known),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
