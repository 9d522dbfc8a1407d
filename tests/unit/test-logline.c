/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a log line looks like, and that no text can make it look otherwise. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "log/logline.h"
#include "util/macro.h"

#define WHEN_TEXT "2026-11-22T17:23:26.123456+00:00"

static const struct timespec when = { .tv_sec = 1795368206, .tv_nsec = 123456789 };

static void assert_line(int priority, const char *text, const char *expected) {
        char line[LOG_LINE_MAX];
        size_t length;

        length = logline_format(line, &when, "hagsd", 4711, priority, text);
        assert_string_equal(line, expected);
        assert_int_equal(length, strlen(expected));
}

static void test_a_line_has_time_ident_pid_level_and_text(void **state _unused_) {
        assert_line(LOG_INFO, "Domain established by node 9.",
                    WHEN_TEXT " hagsd[4711] info Domain established by node 9.");
        assert_line(LOG_INFO, "", WHEN_TEXT " hagsd[4711] info ");
}

static void test_levels_are_named_by_priority(void **state _unused_) {
        assert_line(LOG_EMERG, "x", WHEN_TEXT " hagsd[4711] error x");
        assert_line(LOG_CRIT, "x", WHEN_TEXT " hagsd[4711] error x");
        assert_line(LOG_ERR, "x", WHEN_TEXT " hagsd[4711] error x");
        assert_line(LOG_WARNING, "x", WHEN_TEXT " hagsd[4711] warning x");
        assert_line(LOG_NOTICE, "x", WHEN_TEXT " hagsd[4711] notice x");
        assert_line(LOG_DEBUG, "x", WHEN_TEXT " hagsd[4711] debug x");
}

/* ---- time ---- */

static void assert_time(time_t seconds, long nanoseconds, const char *expected) {
        struct timespec t = { .tv_sec = seconds, .tv_nsec = nanoseconds };
        char line[LOG_LINE_MAX];

        (void) logline_format(line, &t, "i", 1, LOG_INFO, "x");
        *strchr(line, ' ') = 0;
        assert_string_equal(line, expected);
}

static void test_each_second_and_microsecond_has_its_own_time(void **state _unused_) {
        assert_time(0, 0, "1970-01-01T00:00:00.000000+00:00");
        assert_time(0, 999, "1970-01-01T00:00:00.000000+00:00");
        assert_time(0, 1000, "1970-01-01T00:00:00.000001+00:00");
        assert_time(0, 999999999, "1970-01-01T00:00:00.999999+00:00");
        assert_time(1, 0, "1970-01-01T00:00:01.000000+00:00");
        assert_time(0, 0, "1970-01-01T00:00:00.000000+00:00");
        assert_time(951782400, 0, "2000-02-29T00:00:00.000000+00:00");
        assert_time(-1, 0, "1969-12-31T23:59:59.000000+00:00");
}

/* libc reads the zone once a process, so each zone gets its own. */
static void assert_first_time(const char *zone, time_t seconds, const char *expected) {
        char command[256], answer[256] = "";
        FILE *pipe;

        (void) snprintf(command, sizeof(command), "TZ='%s' /proc/%d/exe %jd", zone, getpid(),
                        (intmax_t) seconds);
        pipe = popen(command, "r");
        assert_non_null(pipe);
        assert_non_null(fgets(answer, sizeof(answer), pipe));
        assert_int_equal(pclose(pipe), 0);
        *strchr(answer, ' ') = 0;
        assert_string_equal(answer, expected);
}

static void test_time_is_local_with_its_offset(void **state _unused_) {
        assert_first_time("UTC", 0, "1970-01-01T00:00:00.000000+00:00");
        assert_first_time("UTC", when.tv_sec, "2026-11-22T17:23:26.000000+00:00");
        assert_first_time("CET-1", when.tv_sec, "2026-11-22T18:23:26.000000+01:00");
        assert_first_time("IST-5:30", when.tv_sec, "2026-11-22T22:53:26.000000+05:30");
        assert_first_time("NST3:30", when.tv_sec, "2026-11-22T13:53:26.000000-03:30");
        assert_first_time("LINT-14", when.tv_sec, "2026-11-23T07:23:26.000000+14:00");
}

static void test_a_wrong_clock_still_gives_a_line(void **state _unused_) {
        static const time_t wrong[] = {
                INT64_MAX, INT64_MIN, INT64_MAX / 2, 67768036191676800, 253402300800,
        };

        assert_time(INT64_MAX, 0, "1900-01-01T00:00:00.000000+00:00");
        for (size_t i = 0; i < ELEMENTSOF(wrong); i++) {
                struct timespec t = { .tv_sec = wrong[i], .tv_nsec = 999999999 };
                char line[LOG_LINE_MAX];
                size_t length = logline_format(line, &t, "hagsd", 1, LOG_INFO, "text");

                assert_int_equal(length, strlen(line));
                assert_string_equal(strstr(line, ".999999+00:00"), ".999999+00:00 hagsd[1] info text");
        }
        assert_time(0, 0, "1970-01-01T00:00:00.000000+00:00");
}

/* ---- escapes ---- */

static void assert_escaped(const char *text, const char *expected) {
        char buffer[256], line[LOG_LINE_MAX];

        assert_int_equal(logline_escape(buffer, sizeof(buffer), text), strlen(expected));
        assert_string_equal(buffer, expected);
        (void) logline_format(line, &when, "i", 1, LOG_INFO, text);
        assert_string_equal(strstr(line, " info ") + strlen(" info "), expected);
}

static void test_control_characters_are_escaped(void **state _unused_) {
        assert_escaped("a\nb", "a\\nb");
        assert_escaped("a\tb", "a\\tb");
        assert_escaped("\n2026-11-22 hagsd[1] error forged", "\\n2026-11-22 hagsd[1] error forged");
        assert_escaped("a\rb\033[2J\001\037\177", "a\\x0db\\x1b[2J\\x01\\x1f\\x7f");
        assert_escaped("a\\nb\\", "a\\\\nb\\\\");
        assert_escaped(" ~", " ~");
}

static void test_utf8_is_kept_and_other_bytes_are_escaped(void **state _unused_) {
        assert_escaped("Grüße, 日本, 😀, \xc2\xa0.", "Grüße, 日本, 😀, \xc2\xa0.");
        assert_escaped("\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf"); /* the last one, U+10FFFF */
        assert_escaped("Gr\xfc\xdf", "Gr\\xfc\\xdf");
        assert_escaped("\x80\xbf", "\\x80\\xbf");
        assert_escaped("\xc2\x9b", "\\xc2\\x9b");                 /* CSI, a control character of C1 */
        assert_escaped("\xc0\xaf", "\\xc0\\xaf");                 /* overlong */
        assert_escaped("\xe0\x80\xaf", "\\xe0\\x80\\xaf");        /* overlong */
        assert_escaped("\xf0\x80\x80\xaf", "\\xf0\\x80\\x80\\xaf"); /* overlong */
        assert_escaped("\xed\xa0\x80", "\\xed\\xa0\\x80");        /* half of a surrogate pair */
        assert_escaped("\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"); /* beyond U+10FFFF */
        assert_escaped("\xf8\x88\x80\x80\x80", "\\xf8\\x88\\x80\\x80\\x80");
        assert_escaped("\xe6\x97", "\\xe6\\x97");                 /* cut off by the end */
        assert_escaped("\xe6\x97x", "\\xe6\\x97x");
}

/* ---- cutting ---- */

static void test_text_is_cut_so_that_a_newline_fits(void **state _unused_) {
        char text[2 * LOG_LINE_MAX] = "", line[LOG_LINE_MAX];

        memset(text, 'x', sizeof(text) - 1);
        assert_int_equal(logline_format(line, &when, "hagsd", 1, LOG_INFO, text), LOG_LINE_MAX - 1);
        assert_int_equal(strlen(line), LOG_LINE_MAX - 1);
}

static void test_characters_and_escapes_are_not_cut_in_the_middle(void **state _unused_) {
        char buffer[8];

        assert_int_equal(logline_escape(buffer, 8, "123456\n"), 6);
        assert_int_equal(logline_escape(buffer, 8, "12345\n8"), 7);
        assert_int_equal(logline_escape(buffer, 8, "1234\001"), 4);
        assert_int_equal(logline_escape(buffer, 8, "123456ü"), 6);
        assert_int_equal(logline_escape(buffer, 8, "12345ü"), 7);
        assert_int_equal(logline_escape(buffer, 8, "1234😀"), 4);
        assert_string_equal(buffer, "1234");
        assert_int_equal(logline_escape(buffer, 1, "x"), 0);
        assert_string_equal(buffer, "");
}

static void test_a_long_ident_leaves_room_for_the_text(void **state _unused_) {
        char ident[4000] = "", line[LOG_LINE_MAX];

        memset(ident, 'i', sizeof(ident) - 1);
        assert_in_range(logline_format(line, &when, ident, 1, LOG_INFO, "the text"), 1, 200);
        assert_non_null(strstr(line, "i[1] info the text"));
}

/* ---- any bytes ---- */

/*
 * Undo the escapes. What is not an escape must be printable; the result must be what went in, or its
 * beginning.
 */
static size_t unescape(const char *s, char *ret) {
        char *p = ret;

        while (*s) {
                unsigned byte;

                assert_true((unsigned char) *s >= 0x20 && *s != 0x7f);
                if (*s != '\\') {
                        *p++ = *s++;
                        continue;
                }
                if (s[1] == 'x') {
                        assert_int_equal(sscanf(s + 2, "%2x", &byte), 1);
                        *p++ = (char) byte;
                        s += 4;
                        continue;
                }
                *p++ = s[1] == 'n' ? '\n' : s[1] == 't' ? '\t' : s[1];
                assert_true(p[-1] == '\n' || p[-1] == '\t' || p[-1] == '\\');
                s += 2;
        }
        return (size_t) (p - ret);
}

static void test_any_bytes_give_one_line_that_tells_them(void **state _unused_) {
        /* Bytes that are often part of something, and all others. */
        static const unsigned char likely[] = "\n\t\\\x1b\x7f\xc2\x80\x9f\xa0\xe0\xed\xf0\xf4\xbf";
        uint32_t seed = 1;

        for (unsigned round = 0; round < 20000; round++) {
                char text[3000], line[LOG_LINE_MAX], *told, back[LOG_LINE_MAX];
                size_t size = round % 20 == 0 ? sizeof(text) - 1 : round % 50, length, n;

                for (size_t i = 0; i < size; i++) {
                        seed = seed * 1664525 + 1013904223;
                        text[i] = (char) (seed >> 31 ? likely[(seed >> 20) % (sizeof(likely) - 1)]
                                                     : 1 + (seed >> 20) % 255);
                }
                text[size] = 0;

                length = logline_format(line, &when, "hagsd", 1, LOG_INFO, text);
                assert_in_range(length, 1, LOG_LINE_MAX - 1);
                assert_int_equal(strlen(line), length);

                told = strstr(line, " info ") + strlen(" info ");
                n = unescape(told, back);
                assert_memory_equal(back, text, n);
                if (length < LOG_LINE_MAX - 1 - 4)
                        assert_int_equal(n, size);
        }
}

int main(int argc, char **argv) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_a_line_has_time_ident_pid_level_and_text),
                cmocka_unit_test(test_levels_are_named_by_priority),
                cmocka_unit_test(test_each_second_and_microsecond_has_its_own_time),
                cmocka_unit_test(test_time_is_local_with_its_offset),
                cmocka_unit_test(test_a_wrong_clock_still_gives_a_line),
                cmocka_unit_test(test_control_characters_are_escaped),
                cmocka_unit_test(test_utf8_is_kept_and_other_bytes_are_escaped),
                cmocka_unit_test(test_text_is_cut_so_that_a_newline_fits),
                cmocka_unit_test(test_characters_and_escapes_are_not_cut_in_the_middle),
                cmocka_unit_test(test_a_long_ident_leaves_room_for_the_text),
                cmocka_unit_test(test_any_bytes_give_one_line_that_tells_them),
        };
        char line[LOG_LINE_MAX];

        if (argc == 2) {
                struct timespec t = { 0 };

                (void) sscanf(argv[1], "%ld", &t.tv_sec);
                (void) logline_format(line, &t, "i", 1, LOG_INFO, "x");
                return puts(line) < 0;
        }

        (void) setenv("TZ", "UTC", 1);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
