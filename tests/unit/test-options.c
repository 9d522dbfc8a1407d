/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The command line of hagsctrl: which lines are accepted, and what the others are told. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "hagsctrl/options.h"
#include "util/macro.h"

/* Parse words as if typed behind the program's name. */
static int parse(Options *ret, char **ret_message, const char *const *words) {
        char *argv[16] = { (char *) "hagsctrl" };
        int argc = 1;

        for (; *words; words++)
                argv[argc++] = (char *) *words;
        return options_parse(argc, argv, ret, ret_message);
}

#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void test_every_flag_has_a_long_form(_unused_ void **state) {
        static const struct {
                const char *letter, *name;
                Action action;
        } forms[] = {
                { "-a", "--add", ACTION_ADD },
                { "-s", "--start", ACTION_START },
                { "-k", "--stop", ACTION_STOP },
                { "-d", "--delete", ACTION_DELETE },
                { "-c", "--clean", ACTION_CLEAN },
                { "-u", "--unconfigure", ACTION_UNCONFIGURE },
                { "-t", "--trace-on", ACTION_TRACE_ON },
                { "-o", "--trace-off", ACTION_TRACE_OFF },
                { "-r", "--refresh", ACTION_REFRESH },
                { "-h", "--help", ACTION_HELP },
        };

        for (size_t i = 0; i < ELEMENTSOF(forms); i++) {
                Options o;

                assert_int_equal(parse(&o, NULL, WORDS(forms[i].letter)), 0);
                assert_int_equal(o.action, forms[i].action);
                assert_int_equal(parse(&o, NULL, WORDS(forms[i].name)), 0);
                assert_int_equal(o.action, forms[i].action);
        }
}

static void test_modifiers_are_taken(_unused_ void **state) {
        Options o;

        assert_int_equal(
                        parse(&o, NULL, WORDS("-a", "--create", "--syspar", "sp_x", "--quiet", "--dry-run")),
                        0);
        assert_true(o.create && o.quiet && o.dry_run && !o.force && !o.json);
        assert_string_equal(o.syspar, "sp_x");

        assert_int_equal(parse(&o, NULL, WORDS("--json", "--list")), 0);
        assert_int_equal(o.action, ACTION_LIST);
        assert_true(o.json);

        assert_int_equal(parse(&o, NULL, WORDS("--sdr-import", "-")), 0);
        assert_int_equal(o.action, ACTION_SDR_IMPORT);
        assert_string_equal(o.import_path, "-");
        assert_null(o.syspar);
}

static void assert_refused(const char *const *words, const char *part) {
        Options o = { .action = ACTION_VERSION };
        _cleanup_(freep) char *message = NULL;

        assert_int_equal(parse(&o, &message, words), -EINVAL);
        assert_non_null(message);
        if (!strstr(message, part) || strchr(message, '\n'))
                fail_msg("\"%s\" should be one line with \"%s\"", message, part);
        assert_int_equal(o.action, ACTION_VERSION); /* untouched */
}

static void test_not_exactly_one_action_is_refused(_unused_ void **state) {
        assert_refused(WORDS("--quiet"), "no action");
        assert_refused(WORDS("-a", "-s"), "-a and -s cannot be used together");
        assert_refused(WORDS("-aa"), "-a and -a cannot be used together");
        assert_refused(WORDS("-h", "--version"), "-h and --version cannot be used together");
        assert_refused(WORDS("--list", "-k"), "--list and -k cannot be used together");
}

static void test_what_is_not_understood_is_named(_unused_ void **state) {
        assert_refused(WORDS("-x"), "-x");
        assert_refused(WORDS("-ax"), "-x");
        assert_refused(WORDS("-a\xc3\xa4"), "unknown option -?");
        assert_refused(WORDS("--bogus"), "--bogus");
        assert_refused(WORDS("--s"), "--s");
        assert_refused(WORDS("-a", "word"), "'word'");
        assert_refused(WORDS("-a", "--syspar"), "--syspar needs an argument");
        assert_refused(WORDS("--sdr-import"), "--sdr-import needs an argument");
}

static void test_modifiers_go_with_their_action_only(_unused_ void **state) {
        assert_refused(WORDS("-s", "--create"), "--create goes with -a");
        assert_refused(WORDS("-c", "--force"), "--force goes with -u");
        assert_refused(WORDS("-a", "--json"), "--json goes with --list");
}

static void test_what_acts_on_all_partitions_takes_none(_unused_ void **state) {
        assert_refused(WORDS("-c", "--syspar", "sp_x"), "--syspar does not go with -c");
        assert_refused(WORDS("--syspar", "sp_x", "-u"), "--syspar does not go with");
        assert_refused(WORDS("--list", "--syspar", "sp_x"), "--syspar does not go with");
        assert_refused(WORDS("--sdr-import", "-", "--syspar", "sp_x"), "--syspar does not go with");
}

static void test_help_names_every_option_once(_unused_ void **state) {
        static const char *const names[] = { "--add", "--start", "--stop", "--delete", "--clean",
                "--unconfigure", "--trace-on", "--trace-off", "--refresh", "--list", "--sdr-import",
                "--version", "--help", "--syspar", "--create", "--force", "--json", "--dry-run", "--quiet" };
        _cleanup_(freep) char *text = NULL;
        size_t size;
        FILE *f;

        f = open_memstream(&text, &size);
        options_print_help(f);
        fclose(f);

        for (size_t i = 0; i < ELEMENTSOF(names); i++) {
                char column[32];
                const char *at;

                (void) snprintf(column, sizeof(column), " %s ", names[i]);
                at = strstr(text, column);
                assert_non_null(at);
        }
        for (const char *line = text; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
                assert_true(strcspn(line, "\n") <= 80);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_every_flag_has_a_long_form),
                cmocka_unit_test(test_modifiers_are_taken),
                cmocka_unit_test(test_not_exactly_one_action_is_refused),
                cmocka_unit_test(test_what_is_not_understood_is_named),
                cmocka_unit_test(test_modifiers_go_with_their_action_only),
                cmocka_unit_test(test_what_acts_on_all_partitions_takes_none),
                cmocka_unit_test(test_help_names_every_option_once),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
