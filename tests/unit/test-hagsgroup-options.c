/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The command line of hagsgroup: what is an option, an operand or a part of COMMAND, and what is wrong. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "hagsgroup/options.h"
#include "util/macro.h"

/* All options there are, one operand, and COMMAND. */
static const Subcommand runs = {
        .name = "runs",
        .operands = "NAME [--] COMMAND...",
        .options = UINT32_MAX,
        .n_least = 1,
        .n_most = 1,
        .has_command = true,
};
/* Few options, one or two operands. */
static const Subcommand asks = {
        .name = "asks",
        .operands = "GROUP [X]",
        .options = OPTION(TIMEOUT) | OPTION(QUIET) | OPTION(COUNT),
        .n_least = 1,
        .n_most = 2,
};

static char *words[32]; /* is rearranged */

static int parse(const Subcommand *s, const char *line, Options *ret, char **reterr) {
        static char copy[256];
        int n = 0;

        (void) snprintf(copy, sizeof(copy), "%s", line);
        words[n++] = (char *) s->name;
        for (char *save = NULL, *word = strtok_r(copy, " ", &save); word;
                        word = strtok_r(NULL, " ", &save)) {
                assert_true(n + 1 < (int) ELEMENTSOF(words));
                words[n++] = word;
        }
        words[n] = NULL;
        return subcommand_parse(s, n, words, ret, reterr);
}

/* The words of a list, with blanks between them. */
static const char *join(char **list) {
        static char text[256];

        text[0] = 0;
        for (; list && *list; list++) {
                (void) strcat(text, *list);
                (void) strcat(text, list[1] ? " " : "");
        }
        return text;
}

static void assert_parts(const Subcommand *s, const char *line, const char *operands, const char *command) {
        _cleanup_(freep) char *error = NULL;
        Options o;

        if (parse(s, line, &o, &error) < 0)
                fail_msg("%s: %s", line, error);
        assert_string_equal(join(o.operands), operands);
        assert_string_equal(join(o.command), command);
}

static void test_words_are_options_operands_or_the_command(_unused_ void **state) {
        assert_parts(&runs, "x true", "x", "true");
        assert_parts(&runs, "x -- true --quiet", "x", "true --quiet");
        assert_parts(&runs, "--quiet x --json -- true -- x", "x", "true -- x");
        assert_parts(&runs, "x --timeout 5 true --timeout 6", "x", "true --timeout 6");
        assert_parts(&runs, "-- -x true", "-x", "true");
        assert_parts(&runs, "-q -- -x -- true", "-x", "-- true");
        assert_parts(&asks, "g x -q", "g x", "");
        assert_parts(&asks, "-n3 g", "g", "");
        assert_parts(&asks, "g -- -q", "g -q", "");
        assert_parts(&asks, "-- g -q", "g -q", "");
        assert_parts(&asks, "g --timeout=1 x --quiet", "g x", "");
}

static void assert_wrong(const Subcommand *s, const char *line, const char *sentence) {
        _cleanup_(freep) char *error = NULL;
        Options o;

        assert_int_equal(parse(s, line, &o, &error), -EINVAL);
        assert_string_equal(error, sentence);
}

static void test_what_is_wrong_is_named(_unused_ void **state) {
        assert_wrong(&runs, "x",
                        "something is missing; usage: hagsgroup runs [OPTION...] NAME [--] COMMAND...");
        assert_wrong(&runs, "--again",
                        "something is missing; usage: hagsgroup runs [OPTION...] NAME [--] COMMAND...");
        assert_wrong(&asks, "", "something is missing; usage: hagsgroup asks [OPTION...] GROUP [X]");
        assert_wrong(&asks, "a b c", "unexpected argument 'c'; usage: hagsgroup asks [OPTION...] GROUP [X]");
        assert_wrong(&asks, "a --json", "asks has no option '--json'; see hagsgroup asks --help");
        assert_wrong(&asks, "a -z", "asks has no option -z; see hagsgroup asks --help");
        assert_wrong(&asks, "a --timeout", "option --timeout needs an argument");
        assert_wrong(&asks, "a --timeout x",
                        "--timeout: 'x' is no time; a number of seconds is, or one with ms, s, min or h");
        assert_wrong(&asks, "a -n 0", "--count: '0' is no number from 1 to 32767");
        assert_wrong(&asks, "a -n 32768", "--count: '32768' is no number from 1 to 32767");
        assert_wrong(&runs, "--on-loss x x true", "--on-loss: 'x' is not stop or continue");
        assert_wrong(&runs, "--vote exec: x true", "--vote: 'exec:' is not approve, reject or exec:CMD");
        assert_wrong(&runs, "--deactivate-script x x true", "--deactivate-script: 'x' is no absolute path");
}

static void test_what_is_not_given(_unused_ void **state) {
        Options o;

        assert_int_equal(parse(&runs, "x true", &o, NULL), 0);
        assert_int_equal(o.timeout, UINT64_MAX);
        assert_int_equal(o.kill_after, 1000000);
        assert_int_equal(o.instance, -1);
        assert_int_equal(o.time_limit, -1);
        assert_int_equal(o.script_phase, -1);
        assert_int_equal(o.count, 0);
        assert_false(o.quiet || o.json || o.keep_on_loss || o.again || o.help);
        assert_true(o.vote == VOTE_ANY && o.default_vote == VOTE_ANY && o.phases == PHASES_ANY);
        assert_null(o.syspar);
}

static void test_what_is_given(_unused_ void **state) {
        Options o;

        assert_int_equal(parse(&runs,
                                         "--timeout 2min --kill-after 0 --on-loss continue --again "
                                         "--instance 0 "
                                         "--vote exec:true --phases n x true",
                                         &o, NULL),
                        0);
        assert_int_equal(o.timeout, 120000000);
        assert_int_equal(o.kill_after, 0);
        assert_true(o.keep_on_loss && o.again);
        assert_int_equal(o.instance, 0);
        assert_true(o.vote == VOTE_EXEC && o.phases == PHASES_N);
        assert_string_equal(o.vote_exec, "true");

        assert_int_equal(parse(&runs, "--default-vote reject --time-limit 0 --deactivate-phase 2 x true", &o,
                                         NULL),
                        0);
        assert_true(o.default_vote == VOTE_REJECT && o.time_limit == 0 && o.script_phase == 2);

        assert_int_equal(parse(&asks, "--help", &o, NULL), 0); /* whatever is missing */
        assert_true(o.help);
}

static void test_help_names_what_a_subcommand_has(_unused_ void **state) {
        _cleanup_(freep) char *text = NULL;
        size_t size = 0;
        FILE *to = open_memstream(&text, &size);

        assert_non_null(to);
        subcommand_print_help(to, &asks);
        assert_int_equal(fclose(to), 0);
        assert_non_null(strstr(text, "usage: hagsgroup asks [OPTION...] GROUP [X]\n"));
        assert_non_null(strstr(text, "  -n, --count N "));
        assert_non_null(strstr(text, "      --timeout TIME "));
        assert_non_null(strstr(text, "  -h, --help "));
        assert_null(strstr(text, "--json"));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_words_are_options_operands_or_the_command),
                cmocka_unit_test(test_what_is_wrong_is_named),
                cmocka_unit_test(test_what_is_not_given),
                cmocka_unit_test(test_what_is_given),
                cmocka_unit_test(test_help_names_what_a_subcommand_has),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
