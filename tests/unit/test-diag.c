/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What hagsns, hagsgr, hagscl and hagsvote make of a made-up answer: text as in tests/unit/diag-golden/, and
 * JSON. HAGS_WRITE_GOLDEN=1 writes these files anew, to be looked at before they are committed.
 */

#include "diag-answer.h"

#include <time.h>

#include "diag/json.h"
#include "diag/programs.h"
#include "diag/text.h"
#include "util/fs.h"

static int set_up(_unused_ void **state) {
        (void) setenv("TZ", "UTC", 1);
        tzset();
        return 0;
}

/* ---- whole outputs ---- */

static void assert_golden(const char *name, const char *text) {
        _cleanup_(bytes_done) Bytes golden = {};
        char path[128];

        (void) snprintf(path, sizeof(path), "tests/unit/diag-golden/%s",
                        name); /* from the top of the tree */
        if (getenv("HAGS_WRITE_GOLDEN")) {
                _cleanup_(fclosep) FILE *f = fopen(path, "we");

                assert_non_null(f);
                assert_true(fputs(text, f) >= 0);
                return;
        }
        assert_int_equal(file_read(path, 1 << 20, &golden), 0);
        if (strcmp(golden.data, text) != 0)
                fail_msg("%s: it printed:\n%s", name, text);
}

static void assert_text(const Program *program, const CommandLine *l, const char *name) {
        _cleanup_(answer_done) Answer a = make_answer();
        _cleanup_(freep) char *text = NULL;
        size_t size = 0;
        FILE *to = open_memstream(&text, &size);

        assert_non_null(to);
        assert_int_equal(program->print(to, &a, l), 0);
        assert_int_equal(fclose(to), 0);
        assert_golden(name, text);
}

static void assert_json(const Program *program, const CommandLine *l, const char *name) {
        _cleanup_(answer_done) Answer a = make_answer();
        _cleanup_(freep) char *text = NULL;
        json_auto_t *object = json_answer(&a);

        program->fill_json(&object, &a, l);
        assert_non_null(object);
        text = json_dumps(object, JSON_INDENT(2));
        assert_non_null(text);
        assert_golden(name, text);
}

static void test_text(_unused_ void **state) {
        assert_text(&program_hagsns, &(CommandLine){}, "hagsns");
        assert_text(&program_hagsgr, &(CommandLine){}, "hagsgr");
        assert_text(&program_hagscl, &(CommandLine){}, "hagscl");
        assert_text(&program_hagsvote, &(CommandLine){}, "hagsvote");
}

static void test_long_text(_unused_ void **state) {
        const CommandLine longer = { .longer = true };

        assert_text(&program_hagsns, &longer, "hagsns-l");
        assert_text(&program_hagsgr, &longer, "hagsgr-l");
        assert_text(&program_hagscl, &longer, "hagscl-l");
        assert_text(&program_hagsvote, &longer, "hagsvote-l");
}

static void test_json(_unused_ void **state) {
        assert_json(&program_hagsns, &(CommandLine){ .json = true }, "hagsns.json");
        assert_json(&program_hagsgr, &(CommandLine){ .json = true }, "hagsgr.json");
        assert_json(&program_hagscl, &(CommandLine){ .json = true }, "hagscl.json");
        assert_json(&program_hagsvote, &(CommandLine){ .json = true }, "hagsvote.json");
}

/* Of a group only its own clients: the answer is of that group, but has all clients. */
static void test_clients_of_a_group(_unused_ void **state) {
        assert_text(&program_hagscl, &(CommandLine){ .group = "x" }, "hagscl-a");
}

/* ---- parts ---- */

static char *printed(void (*print)(FILE *to)) {
        char *text = NULL;
        size_t size = 0;
        FILE *to = open_memstream(&text, &size);

        assert_non_null(to);
        print(to);
        assert_int_equal(fclose(to), 0);
        return text;
}

static void print_list(FILE *to) {
        TextList list = { .to = to, .title = "Some words:", .indent = 4 };
        TextList none = { .to = to, .title = "None:" };

        for (unsigned i = 0; i < 30; i++)
                text_list_put(&list, "[%u/2047]", i);
        text_list_end(&list);
        text_list_end(&none);
}

static void test_lists_are_folded(_unused_ void **state) {
        _cleanup_(freep) char *text = printed(print_list);

        assert_memory_equal(text, "Some words: [0/2047] ", 21);
        for (char *line = text, *end; *line; line = end + 1) {
                end = strchr(line, '\n');
                assert_non_null(end);
                assert_true(end - line <= TEXT_WIDTH);
                assert_true(line == text || strncmp(line, "     [", 6) == 0);
        }
        assert_null(strstr(text, "None"));
}

static void test_bytes_are_made_harmless(_unused_ void **state) {
        char text[TEXT_ESCAPED(8)];

        text_escape(text, "a \\\n\t\x1b\x7f\xff", 8);
        assert_string_equal(text, "a \\\\\\n\\t\\x1b\\x7f\\xff");
        text_escape(text, "", 0);
        assert_string_equal(text, "");
}

static void print_spans(FILE *to) {
        text_put_span(to, 0);
        text_put_span(to, 59999999);
        text_put_span(to, 86399 * SECOND);
        text_put_span(to, 86400 * SECOND);
        text_put_span(to, (100 * 86400 + 61) * SECOND);
}

static void test_spans_have_the_form_of_pssp(_unused_ void **state) {
        _cleanup_(freep) char *text = printed(print_spans);

        assert_string_equal(text, "0:0:00:0:5923:59:591d 0:0:0100d 0:1:1");
}

static void test_json_of_odd_values(_unused_ void **state) {
        json_auto_t *name = json_name("a\xff"), *never = json_time(0), *digits = json_digits(UINT64_MAX),
                    *nobody = json_provider_name((GsProvider){}), *set = json_object(),
                    *spoilt = json_object();

        assert_string_equal(json_string_value(name), "a\\xff");
        assert_true(json_is_null(never));
        assert_true(json_is_null(nobody));
        assert_string_equal(json_string_value(digits), "18446744073709551615");

        json_put(&set, "x", json_integer(1));
        assert_int_equal(json_object_size(set), 1);
        json_put(&spoilt, "x", NULL);
        assert_null(spoilt);
        json_put(&spoilt, "y", json_integer(1));
        json_add(&spoilt, json_integer(1));
        assert_null(spoilt);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_text),
                cmocka_unit_test(test_long_text),
                cmocka_unit_test(test_json),
                cmocka_unit_test(test_clients_of_a_group),
                cmocka_unit_test(test_lists_are_folded),
                cmocka_unit_test(test_bytes_are_made_harmless),
                cmocka_unit_test(test_spans_have_the_form_of_pssp),
                cmocka_unit_test(test_json_of_odd_values),
        };

        return cmocka_run_group_tests(tests, set_up, NULL);
}
