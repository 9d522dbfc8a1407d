/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The commands of SRC: their layouts to the byte, as IBM's books show them (pssp-facts.md 3.1, 3.2 and 3.6),
 * the states, and the command line.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "compat/message.h"
#include "compat/row.h"

/* What `print` writes must be `wanted`. */
#define assert_prints(wanted, print)                       \
        do {                                               \
                _cleanup_(freep) char *_text = NULL;       \
                size_t _size = 0;                          \
                FILE *to = open_memstream(&_text, &_size); \
                                                           \
                assert_non_null(to);                       \
                print;                                     \
                assert_int_equal(fclose(to), 0);           \
                assert_string_equal(_text, wanted);        \
        } while (0)

static Subsystem subsystem(const char *name) {
        Subsystem s = { 0 };

        (void) snprintf(s.name, sizeof(s.name), "%s", name);
        return s;
}

/* ---- the short status ---- */

static void test_rows_have_their_columns(_unused_ void **state) {
        const Subsystem node = subsystem("hags"), workstation = subsystem("hags.k21sp2");

        assert_prints("Subsystem         Group            PID     Status\n", row_print_header(to));
        assert_prints(" hags             hags             11938   active\n",
                        row_print(to, &node, SUBSYSTEM_ACTIVE, 11938));
        assert_prints(" hags.k21sp2      hags             24804   active\n",
                        row_print(to, &workstation, SUBSYSTEM_ACTIVE, 24804));
}

static void test_without_a_pid_its_column_is_blank(_unused_ void **state) {
        const Subsystem s = subsystem("hags");

        assert_prints(" hags             hags                     inoperative\n",
                        row_print(to, &s, SUBSYSTEM_INOPERATIVE, 0));
        assert_prints(" hags             hags                     starting\n",
                        row_print(to, &s, SUBSYSTEM_STARTING, 0));
        assert_prints(" hags             hags             7       warned to stop\n",
                        row_print(to, &s, SUBSYSTEM_WARNED, 7));
        assert_prints(" hags             hags             7       stopping\n",
                        row_print(to, &s, SUBSYSTEM_STOPPING, 7));
}

static void test_columns_stay_apart_however_long(_unused_ void **state) {
        const Subsystem s = subsystem("hags.a23456789_123456789_1234");

        assert_int_equal(strlen(s.name), 29);
        assert_prints(" hags.a23456789_123456789_1234 hags             4194304 active\n",
                        row_print(to, &s, SUBSYSTEM_ACTIVE, 4194304));
}

/* ---- the long status ---- */

static AnswerGroup group(const char *name, uint32_t provider, uint32_t n_members, uint32_t n_subscribers) {
        AnswerGroup g = { .provider = provider, .n_providers = n_members };

        (void) snprintf(g.group.attributes.group, sizeof(g.group.attributes.group), "%s", name);
        g.group.n_members = n_members;
        g.group.n_subscribers = n_subscribers;
        return g;
}

static void test_the_long_status_is_that_of_the_book(_unused_ void **state) {
        ReportClient clients[] = { { .pid = 21344 }, { .pid = 17000 }, { .pid = 18852 }, { .pid = 23486 } };
        ReportProvider providers[17] = { 0 };
        AnswerGroup groups[] = { group("cssMembership", 0, 5, 0), group("WomSchg_1", 5, 5, 1),
                group("ha_em_peers", 10, 7, 0) };
        const Answer a = {
                .domain = { .self = { .number = 1 },
                                .state = DOMAIN_ESTABLISHED,
                                .domain = { .number = 9 },
                                .n_groups = 3 },
                .clients = clients,
                .n_clients = ELEMENTSOF(clients),
                .providers = providers,
                .n_providers = ELEMENTSOF(providers),
                .groups = groups,
                .n_groups = ELEMENTSOF(groups),
        };

        /* One of each group is here; all others are elsewhere. */
        for (size_t i = 0; i < ELEMENTSOF(providers); i++)
                providers[i].name.node = i == 0 || i == 7 || i == 16 ? 1 : 2;

        assert_prints(" 4 locally-connected clients.  Their PIDs:\n"
                      " 21344 17000 18852 23486\n"
                      " HA Group Services domain information:\n"
                      " Domain established by node 9.\n"
                      " Number of groups known locally: 3\n"
                      "                    Number of   Number of local\n"
                      " Group name         providers   providers/subscribers\n"
                      " cssMembership            5           1           0\n"
                      " WomSchg_1                5           1           1\n"
                      " ha_em_peers              7           1           0\n",
                        long_status_print(to, &a));
}

static void test_nobody_is_there(_unused_ void **state) {
        AnswerGroup groups[] = { group("HostMembership", 0, 0, 0) };
        Answer a = { .domain = { .state = DOMAIN_NOT_ESTABLISHED }, .groups = groups, .n_groups = 1 };

        groups[0].group.system = true;
        assert_prints(" 0 locally-connected clients.  Their PIDs:\n"
                      "\n"
                      " HA Group Services domain information:\n"
                      " Domain not established.\n"
                      " Number of groups known locally: 0\n"
                      "                    Number of   Number of local\n"
                      " Group name         providers   providers/subscribers\n",
                        long_status_print(to, &a));
}

/* Those whose join is not through are none yet; bytes of others do nothing to a terminal. */
static void test_only_members_count(_unused_ void **state) {
        ReportProvider providers[3] = { 0 };
        AnswerGroup groups[] = { group("a\033b_of_32_characters_and_not_les", 0, 3, 2000000) };
        const Answer a = { .domain = { .state = DOMAIN_RECOVERING, .n_groups = 1 },
                .providers = providers,
                .n_providers = 3,
                .groups = groups,
                .n_groups = 1 };

        groups[0].group.n_members = 2;
        assert_prints(" 0 locally-connected clients.  Their PIDs:\n"
                      "\n"
                      " HA Group Services domain information:\n"
                      " Domain recovering.\n"
                      " Number of groups known locally: 1\n"
                      "                    Number of   Number of local\n"
                      " Group name         providers   providers/subscribers\n"
                      " a\\x1bb_of_32_characters_and_not_les      2           2     2000000\n",
                        long_status_print(to, &a));
}

/* ---- definitions ---- */

static void test_a_definition_has_twenty_fields(_unused_ void **state) {
        const Definition d = { .name = "hags",
                .synonym = "hags.sp_prod",
                .arguments = "sp_prod",
                .path = "/usr/libexec/hags/hagsd",
                .uid = 996,
                .respawn = true,
                .priority = 20,
                .wait_seconds = 20 };

        assert_prints("#subsysname:synonym:cmdargs:path:uid:auditid:standin:standout:standerr:action:multi:"
                      "contact:svrkey:svrmtype:priority:signorm:sigforce:display:waittime:grpname:\n",
                        definition_print_header(to));
        assert_prints("hags:hags.sp_prod:sp_prod:/usr/libexec/hags/hagsd:996:0:/dev/null:"
                      "/run/systemd/journal/stdout:/run/systemd/journal/"
                      "stdout:-R:-Q:-K:0:0:20:0:0:-d:20:hags:\n",
                        definition_print(to, &d));
}

static void test_no_value_shifts_the_fields(_unused_ void **state) {
        const Definition d = { .name = "hags",
                .synonym = "",
                .arguments = "a:b\nc",
                .path = "/x:y",
                .priority = 0,
                .wait_seconds = 1 };

        assert_prints("hags::a?b?c:/x?y:0:0:/dev/null:/run/systemd/journal/stdout:/run/systemd/journal/"
                      "stdout:"
                      "-O:-Q:-K:0:0:0:0:0:-d:1:hags:\n",
                        definition_print(to, &d));
}

/* ---- states ---- */

static void test_states_of_systemd_are_those_of_src(_unused_ void **state) {
        static const struct {
                const char *active_state, *job_type, *wanted;
        } cases[] = {
                { "active", NULL, "active" },
                { "reloading", NULL, "active" },
                { "active", "restart", "active" },
                { "active", "stop", "warned to stop" },
                { "activating", NULL, "starting" },
                { "activating", "start", "starting" },
                { "activating", "stop", "warned to stop" },
                { "deactivating", "stop", "stopping" },
                { "deactivating", NULL, "stopping" },
                { "inactive", NULL, "inoperative" },
                { "failed", NULL, "inoperative" },
                { "inactive", "start", "starting" },
                { "failed", "start", "starting" },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                const UnitState unit = { .active_state = (char *) cases[i].active_state,
                        .job_type = (char *) cases[i].job_type };

                assert_string_equal(subsystem_state_to_string(subsystem_state_of(&unit)), cases[i].wanted);
        }
}

/* ---- the command line ---- */

#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static int parse(const Command *command, CommandLine *ret, char **ret_message, const char *const *words) {
        static char *argv[16]; /* the operands of *ret are there */
        int argc = 1;

        argv[0] = (char *) command->name;
        for (; *words; words++)
                argv[argc++] = (char *) *words;
        argv[argc] = NULL;
        return command_parse(command, argc, argv, ret, ret_message);
}

static void assert_refused(const Command *command, const char *sentence, const char *const *words) {
        _cleanup_(freep) char *message = NULL;
        CommandLine line;

        assert_true(parse(command, &line, &message, words) < 0);
        assert_non_null(message);
        if (strncmp(message, sentence, strlen(sentence)) != 0)
                fail_msg("%s", message);
}

static void test_letters_may_be_put_together(_unused_ void **state) {
        CommandLine line;

        assert_int_equal(parse(&command_lssrc, &line, NULL, WORDS("-ls", "hags")), 0);
        assert_true(line.given['l'] && line.given['s'] && !line.given['a']);
        assert_string_equal(line.value['s'], "hags");
        assert_int_equal(parse(&command_lssrc, &line, NULL, WORDS("-Sshags.x")), 0);
        assert_true(line.given['S']);
        assert_string_equal(line.value['s'], "hags.x");
        assert_int_equal(parse(&command_stopsrc, &line, NULL, WORDS("-cs", "hags")), 0);
        assert_true(line.given['c']);
}

static void test_operands_are_for_those_who_have_them(_unused_ void **state) {
        CommandLine line;

        assert_int_equal(parse(&command_SDRGetObjects, &line, NULL, WORDS("Syspar_ports", "-x", "port")), 0);
        assert_true(line.given['x']);
        assert_string_equal(line.operands[0], "Syspar_ports");
        assert_string_equal(line.operands[1], "port");
        assert_null(line.operands[2]);
        assert_refused(&command_lssrc, "unexpected argument 'hags'; usage: lssrc {", WORDS("-a", "hags"));
        assert_refused(&command_node_number, "unexpected argument 'x'; usage: node_number", WORDS("x"));
}

static void test_what_is_wrong_is_said(_unused_ void **state) {
        assert_refused(&command_lssrc, "unknown option -x; usage: lssrc {", WORDS("-x"));
        assert_refused(&command_lssrc, "unknown option '--all'; usage: lssrc {", WORDS("--all"));
        assert_refused(&command_lssrc, "option -s needs an argument; usage: lssrc {", WORDS("-s"));
        assert_refused(&command_lssrc, "option -s was given twice; usage: lssrc {",
                        WORDS("-s", "hags", "-s", "hags"));
        assert_refused(&command_lssrc, "option -h does not apply: other hosts are not asked from here;",
                        WORDS("-h", "node7", "-a"));
        assert_refused(&command_startsrc, "option -a does not apply: hagsd takes no arguments",
                        WORDS("-s", "hags", "-a", "-x"));
        assert_refused(&command_tracesoff, "unknown option -l; usage: tracesoff {", WORDS("-ls", "hags"));
}

static void test_help_needs_nothing_else(_unused_ void **state) {
        CommandLine line;

        assert_int_equal(parse(&command_startsrc, &line, NULL, WORDS("--help")), 0);
        assert_true(line.help && !line.version);
        assert_int_equal(parse(&command_syspar_ctrl, &line, NULL, WORDS("-a", "--version")), 0);
        assert_true(line.version && !line.given['a']);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_rows_have_their_columns),
                cmocka_unit_test(test_without_a_pid_its_column_is_blank),
                cmocka_unit_test(test_columns_stay_apart_however_long),
                cmocka_unit_test(test_the_long_status_is_that_of_the_book),
                cmocka_unit_test(test_nobody_is_there),
                cmocka_unit_test(test_only_members_count),
                cmocka_unit_test(test_a_definition_has_twenty_fields),
                cmocka_unit_test(test_no_value_shifts_the_fields),
                cmocka_unit_test(test_states_of_systemd_are_those_of_src),
                cmocka_unit_test(test_letters_may_be_put_together),
                cmocka_unit_test(test_operands_are_for_those_who_have_them),
                cmocka_unit_test(test_what_is_wrong_is_said),
                cmocka_unit_test(test_help_needs_nothing_else),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
