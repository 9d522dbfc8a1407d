/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sentences for a person. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "util/fault.h"

static bool out_of_memory;

int __wrap_vasprintf(char **ret, const char *format, va_list ap) _printf_(2, 0);
int __real_vasprintf(char **ret, const char *format, va_list ap) _printf_(2, 0);

/* A failing vasprintf() leaves its result undefined. */
int __wrap_vasprintf(char **ret, const char *format, va_list ap) {
        if (!out_of_memory)
                return __real_vasprintf(ret, format, ap);
        *ret = (char *) 1;
        return -1;
}

/* The same call as the C library has it with _FORTIFY_SOURCE, with which distributions build. */
int __wrap___vasprintf_chk(char **ret, int flag, const char *format, va_list ap) _printf_(3, 0);

int __wrap___vasprintf_chk(char **ret, _unused_ int flag, const char *format, va_list ap) {
        return __wrap_vasprintf(ret, format, ap);
}

static void test_a_fault_is_its_error_and_a_sentence(void **state) {
        _cleanup_(freep) char *error = NULL;

        (void) state;
        assert_int_equal(fault(&error, -EPERM, "%s line %d", "f", 3), -EPERM);
        assert_string_equal(error, "f line 3");
        assert_string_equal(fault_text(error, -EPERM), "f line 3");
}

static void test_a_later_fault_replaces_the_sentence(void **state) {
        _cleanup_(freep) char *error = NULL;

        (void) state;
        (void) fault(&error, -EPERM, "first");
        assert_int_equal(fault(&error, -EIO, "second"), -EIO);
        assert_string_equal(error, "second");
}

static void test_nobody_need_want_the_sentence(void **state) {
        (void) state;
        assert_int_equal(fault(NULL, -EIO, "unheard"), -EIO);
}

static void test_without_a_sentence_the_error_has_words(void **state) {
        char *error = NULL;

        (void) state;
        (void) fault(&error, -EPERM, "first");
        out_of_memory = true;
        assert_int_equal(fault(&error, -ENOENT, "second"), -ENOENT);
        out_of_memory = false;
        assert_null(error);
        assert_string_equal(fault_text(error, -ENOENT), strerror(ENOENT));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_a_fault_is_its_error_and_a_sentence),
                cmocka_unit_test(test_a_later_fault_replaces_the_sentence),
                cmocka_unit_test(test_nobody_need_want_the_sentence),
                cmocka_unit_test(test_without_a_sentence_the_error_has_words),
        };

        return cmocka_run_group_tests_name("fault", tests, NULL, NULL);
}
