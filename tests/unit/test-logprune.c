/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names of log files, and which of them go. */

#include "log-fixture.h"

#include <dirent.h>

#include "log/logprune.h"

/* ---- a file that cannot be removed ---- */

static const char *stuck;
static int stuck_error;

int __real_unlinkat(int dirfd, const char *name, int flags);
int __wrap_unlinkat(int dirfd, const char *name, int flags);

int __wrap_unlinkat(int dirfd, const char *name, int flags) {
        if (!stuck || strcmp(name, stuck) != 0)
                return __real_unlinkat(dirfd, name, flags);
        errno = stuck_error;
        return -1;
}

static const LogLimits plenty = { .max_bytes = 5 << 20, .max_incarnations = 50 };

/* ---- names ---- */

static void assert_name(const char *syspar, unsigned node, uint64_t incarnation, const char *expected) {
        _cleanup_(freep) char *name = NULL;

        assert_int_equal(logname_make(syspar, node, incarnation, &name), 0);
        assert_string_equal(name, expected);
}

static void test_names_are_those_of_pssp(void **state _unused_) {
        assert_name("sp_prod", 9, 1, "hags_9_1.sp_prod");
        assert_name("sp_prod", 0, 17, "hags.sp_prod_0_17.sp_prod");
        assert_name("bak", 2047, UINT64_MAX, "hags_2047_18446744073709551615.bak");
}

/* ---- a directory of files ---- */

static void make_file(const Fixture *x, const char *name, size_t size) {
        char path[800];

        (void) snprintf(path, sizeof(path), "%s/%s", x->directory, name);
        write_text(path, 0, "", 0);
        assert_int_equal(truncate(path, (off_t) size), 0);
}

static void make_log(const Fixture *x, const char *syspar, unsigned node, uint64_t incarnation,
                     const char *suffix, size_t size) {
        _cleanup_(freep) char *name = NULL, *full = NULL;

        assert_int_equal(logname_make(syspar, node, incarnation, &name), 0);
        assert_true(asprintf(&full, "%s%s", name, suffix) > 0);
        make_file(x, full, size);
}

static bool has(const Fixture *x, const char *name) {
        char path[800];

        (void) snprintf(path, sizeof(path), "%s/%s", x->directory, name);
        return exists(path);
}

static unsigned count_files(const Fixture *x) {
        DIR *d = opendir(x->directory);
        unsigned n = 0;

        assert_non_null(d);
        while (readdir(d))
                n++;
        (void) closedir(d);
        return n - 2;
}

/* ---- what goes ---- */

static void test_the_oldest_incarnations_go(void **state) {
        LogLimits limits = { .max_bytes = UINT64_MAX, .max_incarnations = 50 };
        Fixture *x = *state;

        for (uint64_t i = 1; i <= 60; i++) {
                make_log(x, "p", 5, i, "", 10);
                make_log(x, "p", 5, i, ".bak", 10);
        }
        assert_int_equal(logprune(x->directory, "p", 60, &limits), 20);
        assert_int_equal(count_files(x), 100);
        assert_false(has(x, "hags_5_10.p"));
        assert_false(has(x, "hags_5_10.p.bak"));
        assert_true(has(x, "hags_5_11.p.bak"));
        assert_int_equal(logprune(x->directory, "p", 60, &limits), 0);

        /* The current one counts before it has a file. */
        assert_int_equal(logprune(x->directory, "p", 61, &limits), 2);
        assert_false(has(x, "hags_5_11.p"));
        assert_true(has(x, "hags_5_12.p"));
}

static void test_the_oldest_bytes_go(void **state) {
        LogLimits limits = { .max_bytes = 1000, .max_incarnations = 50 };
        Fixture *x = *state;

        make_log(x, "p", 5, 9, "", 1);
        make_log(x, "p", 5, 9, ".bak", 200);
        make_log(x, "p", 5, 10, "", 300);
        make_log(x, "p", 5, 10, ".bak", 400);
        make_log(x, "p", 5, 11, "", 100);

        /* There are 1001 bytes. A .bak is older than its file. */
        assert_int_equal(logprune(x->directory, "p", 11, &limits), 1);
        assert_false(has(x, "hags_5_9.p.bak"));
        assert_int_equal(count_files(x), 4);

        limits.max_bytes = 801;
        assert_int_equal(logprune(x->directory, "p", 11, &limits), 0);
        limits.max_bytes = 799; /* no file survives a newer one, though it alone would still fit */
        assert_int_equal(logprune(x->directory, "p", 11, &limits), 2);
        assert_true(has(x, "hags_5_10.p"));
        assert_true(has(x, "hags_5_11.p"));
        assert_int_equal(count_files(x), 2);
}

static void test_age_is_a_number_not_a_text(void **state) {
        LogLimits limits = { .max_bytes = UINT64_MAX, .max_incarnations = 3 };
        Fixture *x = *state;

        for (uint64_t i = 8; i <= 11; i++)
                make_log(x, "p", 5, i, "", 10);
        assert_int_equal(logprune(x->directory, "p", 11, &limits), 1);
        assert_false(has(x, "hags_5_8.p"));
}

static void test_the_current_incarnation_stays(void **state) {
        LogLimits limits = { .max_bytes = 0, .max_incarnations = 1 };
        Fixture *x = *state;

        make_log(x, "p", 0, 7, "", 1000);
        make_log(x, "p", 0, 7, ".bak", 1000);
        make_log(x, "p", 0, 8, "", 1000); /* whatever made this one, it is none of ours */
        assert_int_equal(logprune(x->directory, "p", 7, &limits), 1);
        assert_true(has(x, "hags.p_0_7.p"));
        assert_true(has(x, "hags.p_0_7.p.bak"));
        assert_int_equal(count_files(x), 2);

        /* Nor does the current one count twice. */
        limits = (LogLimits){ .max_bytes = UINT64_MAX, .max_incarnations = 3 };
        make_log(x, "p", 0, 8, "", 1000);
        make_log(x, "p", 0, 6, "", 1000);
        assert_int_equal(logprune(x->directory, "p", 7, &limits), 0);
}

static void test_both_forms_of_a_name_are_the_partitions(void **state) {
        LogLimits limits = { .max_bytes = UINT64_MAX, .max_incarnations = 1 };
        Fixture *x = *state;

        make_file(x, "hags_5_1.p", 1);
        make_file(x, "hags_6_2.p.bak", 1);
        make_file(x, "hags.p_0_3.p", 1);
        make_file(x, "hags.p_0_4.p.bak", 1);
        assert_int_equal(logprune(x->directory, "p", 9, &limits), 4);
        assert_int_equal(count_files(x), 0);
}

/* ---- what stays ---- */

static void test_files_of_others_stay(void **state) {
        static const char *const foreign[] = {
                "hags_5_1.pp", "hags_5_1.q", "hags.q_0_1.q", "hags.p_0_1.q", "hags.q_0_1.p", "hags_5_1.bak",
                "hags_5_1.p.bak.bak", "hags_5_1.p.1", "hags_5_1.p.gz", "hags_5_1.p~", ".hags_5_1.p",
                "hags_5_1.p.", "hags_5_01.p", "hags_05_1.p", "hags_5_+1.p", "hags_5_-1.p", "hags_5_ 1.p",
                "hags_5_0x1.p", "hags_5_.p", "hags__1.p", "hags_5_1_1.p", "hags_5_1p", "hags_5_1.P",
                "HAGS_5_1.p", "xhags_5_1.p", "hags5_1.p", "hags.p_0_1.p.bakx", "hags.p.p_0_1.p",
                "hags._0_1.p", "hagsglsm_5_1.p", "hags_5_1", "hags.p", "hags", "hags_4294967296_1.p",
                "hags_5_18446744073709551616.p", "hags_5_99999999999999999999999999.p",
        };
        LogLimits limits = { .max_bytes = 0, .max_incarnations = 1 };
        Fixture *x = *state;

        for (size_t i = 0; i < ELEMENTSOF(foreign); i++)
                make_file(x, foreign[i], 100);
        make_file(x, "hags_5_1.p", 100);

        assert_int_equal(logprune(x->directory, "p", 9, &limits), 1);
        for (size_t i = 0; i < ELEMENTSOF(foreign); i++)
                assert_true(has(x, foreign[i]));
}

static void test_a_partition_may_be_called_bak_or_like_numbers(void **state) {
        LogLimits limits = { .max_bytes = 0, .max_incarnations = 1 };
        Fixture *x = *state;

        make_file(x, "hags_5_1.bak", 1);      /* bak's file */
        make_file(x, "hags_5_1.bak.bak", 1);  /* its .bak */
        make_file(x, "hags_5_1.p.bak", 1);    /* p's .bak */
        make_file(x, "hags.1_2_0_3.1_2", 1);  /* 1_2's on the workstation */
        make_file(x, "hags.1_0_3.1", 1);      /* 1's */
        make_file(x, "hags_1_2.1_2.bak", 1);  /* 1_2's on a node */

        assert_int_equal(logprune(x->directory, "bak", 9, &limits), 2);
        assert_true(has(x, "hags_5_1.p.bak"));
        assert_int_equal(logprune(x->directory, "1_2", 9, &limits), 2);
        assert_true(has(x, "hags.1_0_3.1"));
        assert_int_equal(logprune(x->directory, "1", 9, &limits), 1);
        assert_int_equal(logprune(x->directory, "p", 9, &limits), 1);
        assert_int_equal(count_files(x), 0);
}

static void test_only_regular_files_go(void **state) {
        LogLimits limits = { .max_bytes = 0, .max_incarnations = 1 };
        Fixture *x = *state;
        char path[400];

        (void) snprintf(path, sizeof(path), "%s/hags_5_1.p", x->directory);
        assert_int_equal(mkdir(path, 0700), 0);
        (void) snprintf(path, sizeof(path), "%s/hags_5_2.p", x->directory);
        assert_int_equal(symlink("hags_5_1.p", path), 0);
        assert_int_equal(logprune(x->directory, "p", 9, &limits), 0);
        assert_int_equal(count_files(x), 2);
}

static void test_a_file_that_cannot_go_is_told_and_the_others_go(void **state) {
        LogLimits limits = { .max_bytes = 0, .max_incarnations = 1 };
        Fixture *x = *state;

        for (uint64_t i = 1; i <= 5; i++)
                make_log(x, "p", 5, i, "", 10);

        stuck = "hags_5_3.p";
        stuck_error = EPERM;
        assert_int_equal(logprune(x->directory, "p", 9, &limits), -EPERM);
        assert_int_equal(count_files(x), 1);
        assert_true(has(x, stuck));

        stuck_error = ENOENT; /* somebody else was quicker */
        assert_int_equal(logprune(x->directory, "p", 9, &limits), 0);
        stuck = NULL;
}

static void test_a_missing_directory_holds_nothing(void **state) {
        Fixture *x = *state;
        uint64_t highest = 5;

        assert_int_equal(logprune(x->path, "p", 9, &plenty), 0);
        assert_int_equal(logprune_highest(x->path, "p", &highest), 0);
        assert_int_equal(highest, 0);
        make_file(x, "log", 1);
        assert_int_equal(logprune(x->path, "p", 9, &plenty), -ENOTDIR);
        highest = 5;
        assert_int_equal(logprune_highest(x->path, "p", &highest), -ENOTDIR);
        assert_int_equal(highest, 5);
}

/* ---- the highest incarnation ---- */

static void test_the_highest_incarnation_is_found_in_names_of_the_partition(void **state) {
        Fixture *x = *state;
        uint64_t highest;

        assert_int_equal(logprune_highest(x->directory, "p", &highest), 0);
        assert_int_equal(highest, 0);

        make_file(x, "hags_5_9.p", 1);
        make_file(x, "hags_5_10.p.bak", 1);
        make_file(x, "hags_5_11.q", 1);
        make_file(x, "hags_5_012.p", 1);
        make_file(x, "hags_5_18446744073709551615.p", 1); /* plus one would be zero */
        assert_int_equal(logprune_highest(x->directory, "p", &highest), 0);
        assert_int_equal(highest, 10);

        make_file(x, "hags.p_0_18446744073709551614.p", 1);
        assert_int_equal(logprune_highest(x->directory, "p", &highest), 0);
        assert_int_equal(highest, UINT64_MAX - 1);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_names_are_those_of_pssp),
                fixture_test(test_the_oldest_incarnations_go),
                fixture_test(test_the_oldest_bytes_go),
                fixture_test(test_age_is_a_number_not_a_text),
                fixture_test(test_the_current_incarnation_stays),
                fixture_test(test_both_forms_of_a_name_are_the_partitions),
                fixture_test(test_files_of_others_stay),
                fixture_test(test_a_partition_may_be_called_bak_or_like_numbers),
                fixture_test(test_only_regular_files_go),
                fixture_test(test_a_file_that_cannot_go_is_told_and_the_others_go),
                fixture_test(test_a_missing_directory_holds_nothing),
                fixture_test(test_the_highest_incarnation_is_found_in_names_of_the_partition),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
