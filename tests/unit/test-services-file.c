/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* /etc/services on disk: what is written, what is only looked at, and what is said when it cannot be. */

#include "fs-fixture.h"

#include "sdr/services-file.h"

#define HEADER "# This file was made by hagsctrl. # hagsctrl\n"
#define TWENTY "of twenty characters"
#define OURS "hags.p 10001/tcp # hagsctrl\nhags.p 10001/udp # hagsctrl\n"

static int add(bool dry, char **reterr) {
        return services_file_add(in_base("services"), "p", 10001, dry, reterr);
}

static int take_out(bool dry, char **reterr) {
        return services_file_remove(in_base("services"), "p", dry, reterr);
}

static void test_a_file_is_given_its_lines_once(void **state) {
        (void) state;
        make_file("services", "ssh 22/tcp\n", 0640);
        assert_int_equal(add(false, NULL), 1);
        assert_file("services", "ssh 22/tcp\n" OURS);
        assert_int_equal(status_of("services").st_mode, S_IFREG | 0640);
        assert_int_equal(add(false, NULL), 0);
        assert_int_equal(take_out(false, NULL), 1);
        assert_file("services", "ssh 22/tcp\n");
        assert_int_equal(take_out(false, NULL), 0);
}

static void test_a_missing_file_is_made_and_removed_again(void **state) {
        (void) state;
        assert_int_equal(take_out(false, NULL), 0);
        assert_int_equal(add(false, NULL), 1);
        assert_file("services", HEADER OURS);
        assert_int_equal(status_of("services").st_mode, S_IFREG | 0644);
        assert_int_equal(take_out(false, NULL), 1);
        assert_false(exists("services"));
}

static void test_an_empty_file_stays_one(void **state) {
        (void) state;
        make_file("services", "", 0644);
        assert_int_equal(add(false, NULL), 1);
        assert_file("services", OURS);
        assert_int_equal(take_out(false, NULL), 1);
        assert_file("services", "");
}

static void test_a_dry_run_says_the_same_and_writes_nothing(void **state) {
        (void) state;
        assert_int_equal(add(true, NULL), 1);
        assert_false(exists("services"));
        assert_int_equal(add(false, NULL), 1);
        assert_int_equal(add(true, NULL), 0);
        assert_int_equal(take_out(true, NULL), 1);
        assert_file("services", HEADER OURS);
}

static void test_a_conflict_shows_the_line_and_what_to_do(void **state) {
        static const char text[] = "a 1/tcp\nhags.p\t9/tcp # \x1b[31m" TWENTY TWENTY TWENTY "and more\n";
        _cleanup_(freep) char *error = NULL, *expected = NULL;

        (void) state;
        make_file("services", text, 0644);
        assert_int_equal(add(false, &error), -EEXIST);
        assert_true(asprintf(&expected,
                             "%s line 2, \"hags.p 9/tcp # ?[31m" TWENTY TWENTY TWENTY "\", gives hags.p "
                             "another port than the 10001 of the SDR; correct or remove that line",
                             in_base("services")) > 0);
        assert_string_equal(error, expected);
        assert_file("services", text);
        assert_int_equal(add(true, NULL), -EEXIST);
}

static void test_what_cannot_be_read_or_replaced_is_named(void **state) {
        _cleanup_(freep) char *error = NULL;

        (void) state;
        assert_int_equal(symlink("nowhere", in_base("services")), 0);
        for (int dry = 0; dry < 2; dry++) {
                assert_int_equal(add(dry, &error), -ENOLINK);
                assert_non_null(strstr(error, "/services: it is a symbolic link that leads nowhere"));
        }
        assert_int_equal(unlink(in_base("services")), 0);

        assert_int_equal(mkdir(in_base("services"), 0755), 0);
        assert_int_equal(add(false, &error), -EISDIR);
        assert_non_null(strstr(error, "cannot read "));
        assert_int_equal(take_out(false, &error), -EISDIR);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_a_file_is_given_its_lines_once),
                TEST(test_a_missing_file_is_made_and_removed_again),
                TEST(test_an_empty_file_stays_one),
                TEST(test_a_dry_run_says_the_same_and_writes_nothing),
                TEST(test_a_conflict_shows_the_line_and_what_to_do),
                TEST(test_what_cannot_be_read_or_replaced_is_named),
        };

        return cmocka_run_group_tests_name("services-file", tests, NULL, NULL);
}
