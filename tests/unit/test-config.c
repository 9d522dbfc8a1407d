/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The configuration: layers, keys, the form of a file, what is said of mistakes. A root for each test. */

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "config/config.h"
#include "util/fs.h"

#define HOST "/etc/hags/hags.conf"
#define PARTITION "/etc/hags/syspar.d/p.conf"

/* ---- a root directory, and the warnings that reading it gave ---- */

static char root[64];
static char warnings[2048];

static int setup(void **state) {
        (void) state;
        (void) strcpy(root, "/tmp/test-config-XXXXXX");
        *warnings = 0;
        return mkdtemp(root) ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *where) {
        (void) st;
        (void) type;
        (void) where;
        return remove(path);
}

static int teardown(void **state) {
        (void) state;
        return nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void in_root(char path[static 256], const char *name) {
        (void) snprintf(path, 256, "%s%s", root, name);
}

static void write_bytes(const char *name, const char *data, size_t size) {
        char path[256];

        in_root(path, name);
        for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
                *slash = 0;
                (void) mkdir(path, 0755);
                *slash = '/';
        }
        assert_int_equal(file_replace(path, data, size, 0644), 0);
}

static void write_file(const char *name, const char *text) {
        write_bytes(name, text, strlen(text));
}

static void on_warning(void *userdata, const char *text) {
        size_t n = strlen(warnings);

        assert_ptr_equal(userdata, warnings);
        (void) snprintf(warnings + n, sizeof(warnings) - n, "%s\n", text + strlen(root));
}

static void load(Config *ret) {
        _cleanup_(freep) char *error = NULL;
        int r;

        r = config_load(root, on_warning, warnings, ret, &error);
        if (r != 0)
                fail_msg("config_load: %d, %s", r, error);
}

/* What is said when loading fails, without the root. */
static void assert_refused(const char *sentence) {
        _cleanup_(freep) char *error = NULL;
        Config c = { .log_lines = 77 };

        assert_int_equal(config_load(root, NULL, NULL, &c, &error), -EINVAL);
        assert_int_equal(c.log_lines, 77);
        assert_non_null(error);
        assert_string_equal(error + strlen(root), sentence);
}

/* ---- keys ---- */

static void test_a_host_without_configuration_works(void **state) {
        _cleanup_(config_done) Config c = { 0 };

        (void) state;
        load(&c);
        assert_int_equal(c.node_number, 0);
        assert_false(c.node_number_set);
        assert_string_equal(c.partition, "default");
        assert_null(c.address);
        assert_false(c.hacws);
        assert_true(c.edit_services);
        assert_string_equal(c.log_directory, "/var/ha/log");
        assert_int_equal(c.log_lines, 5000);
        assert_int_equal(c.log_max_total_size, 5 << 20);
        assert_int_equal(c.log_max_incarnations, 50);
        assert_int_equal(c.engine, ENGINE_LOCAL);
        assert_false(c.quorum);
        assert_int_equal(c.settle_time, 3000000);
        assert_int_equal(c.max_connections, 4096);
        assert_int_equal(c.max_memberships, 16384);
        assert_int_equal(c.max_queued_bytes, 64 << 20);
        assert_int_equal(c.max_connection_queued_bytes, 1 << 20);
        assert_string_equal(warnings, "");
}

static void test_every_key_is_read(void **state) {
        _cleanup_(config_done) Config c = { 0 };

        (void) state;
        write_file(HOST, "[Node]\nNumber=2047\n"
                         "[Partition]\nName=sp_prod\nHACWS=yes\nEditServices=no\n"
                         "[Log]\nDirectory=/srv/..x/a..\nLines=1\nMaxTotalSize=3G\n"
                         "MaxIncarnations=4294967295\n"
                         "[Engine]\nType=corosync\nQuorum=on\nSettleTime=1h\n"
                         "[Limits]\nConnections=7\nMemberships=4294967295\nQueuedBytes=65536\n"
                         "ConnectionQueuedBytes=64K\n");
        load(&c);
        assert_int_equal(c.node_number, 2047);
        assert_true(c.node_number_set);
        assert_string_equal(c.partition, "sp_prod");
        assert_true(c.hacws);
        assert_false(c.edit_services);
        assert_string_equal(c.log_directory, "/srv/..x/a..");
        assert_int_equal(c.log_lines, 1);
        assert_int_equal(c.log_max_total_size, UINT64_C(3) << 30);
        assert_int_equal(c.log_max_incarnations, 4294967295);
        assert_int_equal(c.engine, ENGINE_COROSYNC);
        assert_true(c.quorum);
        assert_int_equal(c.settle_time, 3600000000);
        assert_int_equal(c.max_connections, 7);
        assert_int_equal(c.max_memberships, 4294967295);
        assert_int_equal(c.max_queued_bytes, 65536);
        assert_int_equal(c.max_connection_queued_bytes, 65536);
        assert_string_equal(warnings, "");
}

typedef struct Invalid {
        const char *section, *key, *value;
} Invalid;

static void test_an_invalid_value_names_file_line_key_and_value(void **state) {
        static const Invalid invalid[] = {
                { "Node", "Number", "2048" },
                { "Node", "Number", "-1" },
                { "Node", "Number", "one" },
                { "Node", "Number", "18446744073709551616" },
                { "Partition", "Name", "" },
                { "Partition", "Name", "a.b" },
                { "Partition", "Name", "abcdefghijklmnopqrstuvwxy" },
                { "Partition", "HACWS", "maybe" },
                { "Partition", "EditServices", "2" },
                { "Log", "Directory", "var/log" },
                { "Log", "Directory", "" },
                { "Log", "Directory", "/.." },
                { "Log", "Directory", "/a/../b" },
                { "Log", "Directory", "/a\tb" },
                { "Log", "Directory", "/a\x7f" },
                { "Log", "Lines", "0" },
                { "Log", "Lines", "5000 # many" },
                { "Log", "Lines", "4294967296" },
                { "Log", "MaxTotalSize", "0" },
                { "Log", "MaxTotalSize", "5 M" },
                { "Log", "MaxTotalSize", "99999999999G" },
                { "Log", "MaxIncarnations", "0" },
                { "Log", "MaxIncarnations", "4294967296" },
                { "Engine", "Type", "Local" },
                { "Engine", "Type", "" },
                { "Engine", "Quorum", "" },
                { "Engine", "SettleTime", "3 days" },
                { "Engine", "SettleTime", "61min" },
                { "Limits", "Connections", "0" },
                { "Limits", "Memberships", "0" },
                { "Limits", "Memberships", "4294967296" },
                { "Limits", "QueuedBytes", "65535" },
                { "Limits", "ConnectionQueuedBytes", "65535" },
        };

        (void) state;
        for (size_t n = 0; n < ELEMENTSOF(invalid); n++) {
                const char *section = invalid[n].section, *key = invalid[n].key, *value = invalid[n].value;
                char text[256], begin[128], end[64];
                _cleanup_(freep) char *error = NULL;
                Config c = { .log_lines = 77 };

                (void) snprintf(text, sizeof(text), "# comment\n[%s]\n%s=%s\n", section, key, value);
                write_file(HOST, text);
                assert_int_equal(config_load(root, NULL, NULL, &c, &error), -EINVAL);
                assert_int_equal(c.log_lines, 77);

                (void) snprintf(begin, sizeof(begin), "%s" HOST " line 3: [%s] %s= must be ", root, section,
                                key);
                (void) snprintf(end, sizeof(end), ", not \"%s\"", value);
                assert_memory_equal(error, begin, strlen(begin));
                assert_string_equal(error + strlen(error) - strlen(end), end);
        }
}

static void test_what_is_unknown_is_a_warning(void **state) {
        _cleanup_(config_done) Config c = { 0 }, silent = { 0 };

        (void) state;
        write_file(HOST, "Lines=1\n[Log]\nlines=2\n\n[log]\nLines=3\n[Foo]\n"
                         "[Limits]\nMessages=4\nConnections=5\n");
        load(&c);
        assert_string_equal(warnings, HOST " line 1: unknown key [] Lines=, ignoring it\n"
                                      HOST " line 3: unknown key [Log] lines=, ignoring it\n"
                                      HOST " line 6: unknown key [log] Lines=, ignoring it\n"
                                      HOST " line 9: unknown key [Limits] Messages=, ignoring it\n");
        assert_int_equal(c.log_lines, 5000);
        assert_int_equal(c.max_connections, 5);
        assert_int_equal(config_load(root, NULL, NULL, &silent, NULL), 0);
}

static void test_a_key_in_the_wrong_kind_of_file_is_a_warning(void **state) {
        _cleanup_(config_done) Config c = { 0 };

        (void) state;
        write_file(HOST, "[Partition]\nAddress=not even one\n");
        write_file(PARTITION, "[Node]\nNumber=9999\n[Partition]\nName=-\nHACWS=?\n");
        load(&c);
        assert_int_equal(config_load_partition(root, "p", on_warning, warnings, &c, NULL), 1);
        assert_string_equal(
                warnings,
                HOST " line 2: [Partition] Address= belongs into syspar.d/<partition>.conf, ignoring it\n"
                PARTITION " line 2: [Node] Number= belongs into hags.conf, ignoring it\n"
                PARTITION " line 4: [Partition] Name= belongs into hags.conf, ignoring it\n"
                PARTITION " line 5: [Partition] HACWS= belongs into hags.conf, ignoring it\n");
        assert_int_equal(c.node_number, 0);
        assert_null(c.address);
}

static void test_corosync_needs_a_node_number(void **state) {
        _cleanup_(config_done) Config c = { 0 };
        _cleanup_(freep) char *error = NULL;

        (void) state;
        write_file(HOST, "[Engine]\nType=corosync\n");
        assert_int_equal(config_load(root, NULL, NULL, &c, &error), -EINVAL);
        assert_non_null(strstr(error, "[Engine] Type=corosync needs [Node] Number="));

        write_file(HOST, "[Engine]\nType=corosync\n[Node]\nNumber=0\n");
        load(&c);
        assert_int_equal(c.engine, ENGINE_COROSYNC);
}

/* ---- layers ---- */

static void test_later_layers_win_key_by_key(void **state) {
        _cleanup_(config_done) Config c = { 0 };

        (void) state;
        write_file("/usr/lib/hags/hags.conf", "[Log]\nLines=1\nMaxIncarnations=1\nDirectory=/1\n"
                                              "[Node]\nNumber=1\n");
        write_file("/usr/lib/hags/hags.conf.d/99.conf", "[Log]\nLines=2\nMaxIncarnations=2\nDirectory=/2\n");
        write_file("/run/hags/hags.conf", "[Log]\nLines=3\nMaxIncarnations=3\n[Limits]\nConnections=3\n");
        write_file("/etc/hags/hags.conf", "[Log]\nLines=4\n[Limits]\nConnections=4\n");
        write_file("/etc/hags/hags.conf.d/10.conf", "[Limits]\nConnections=10\n");
        write_file("/etc/hags/hags.conf.d/9.conf", "[Limits]\nConnections=9\n[Engine]\nQuorum=yes\n");
        write_file("/etc/hags/hags.conf.d/99.conf~", "[Limits]\nConnections=99\n");
        write_file("/etc/hags/hags.conf.d/.99.conf", "[Limits]\nConnections=99\n");
        write_file("/etc/hags/hags.conf.d/.conf", "[Limits]\nConnections=99\n");
        load(&c);
        assert_int_equal(c.node_number, 1);
        assert_string_equal(c.log_directory, "/2");
        assert_int_equal(c.log_max_incarnations, 3);
        assert_int_equal(c.log_lines, 4);
        assert_int_equal(c.max_connections, 9);
        assert_true(c.quorum);
        assert_string_equal(warnings, "");
}

static void test_a_mistake_in_a_drop_in_names_the_drop_in(void **state) {
        (void) state;
        write_file("/run/hags/hags.conf.d/a.conf", "\n[Log]\nLines=x\n");
        assert_refused("/run/hags/hags.conf.d/a.conf line 3: [Log] Lines= must be a number from 1 to "
                       "4294967295, not \"x\"");
}

static void test_what_cannot_be_read_is_named(void **state) {
        _cleanup_(freep) char *error = NULL;
        char path[256];
        Config c;

        (void) state;
        write_file("/etc/hags/hags.conf.d", "a file where a directory should be");
        assert_int_equal(config_load(root, NULL, NULL, &c, &error), -ENOTDIR);
        assert_non_null(strstr(error, "/etc/hags/hags.conf.d: "));

        in_root(path, "/run");
        assert_int_equal(mkdir(path, 0755), 0);
        in_root(path, "/run/hags");
        assert_int_equal(mkdir(path, 0755), 0);
        in_root(path, "/run/hags/hags.conf");
        assert_int_equal(mkdir(path, 0755), 0);
        assert_int_equal(config_load(root, NULL, NULL, &c, &error), -EISDIR);
        assert_non_null(strstr(error, "/run/hags/hags.conf: "));
}

/* ---- the form of a file ---- */

static void test_comments_blanks_and_line_ends_do_not_count(void **state) {
        _cleanup_(config_done) Config c = { 0 };

        (void) state;
        write_file(HOST, "\xef\xbb\xbf[Log] ; the log\r\n"
                         "\t Lines \t=\t 7  \r\n"
                         "  MaxIncarnations=8 ; blank and semicolon\r\n"
                         "\v\f MaxTotalSize=9\n"
                         " \t# Lines=1\n;Lines=2\n   ; Lines=3\n\n\r\n   \n"
                         "[Limits]  # of a user\nConnections=10\n"
                         "[Log]\nDirectory=/a;b=c\n"
                         "MaxTotalSize=11");
        load(&c);
        assert_int_equal(c.log_lines, 7);
        assert_int_equal(c.log_max_incarnations, 8);
        assert_int_equal(c.max_connections, 10);
        assert_string_equal(c.log_directory, "/a;b=c");
        assert_int_equal(c.log_max_total_size, 11);
        assert_string_equal(warnings, "");
}

static void test_a_comment_may_be_of_any_length(void **state) {
        _cleanup_(config_done) Config c = { 0 };
        char text[5000];

        (void) state;
        memset(text, ';', sizeof(text) - 1);
        memset(text, '#', 2500);
        text[2500] = '\n';
        text[sizeof(text) - 1] = 0;
        memcpy(text + 4900, "\n[Log]\nLines=1\n#", strlen("\n[Log]\nLines=1\n#"));
        write_file(HOST, text);
        load(&c);
        assert_int_equal(c.log_lines, 1);
}

static void test_a_long_line_is_an_error_and_not_cut(void **state) {
        _cleanup_(config_done) Config c = { 0 };
        char text[300] = "[Log]\nDirectory=/";
        size_t n = strlen(text);

        (void) state;
        memset(text + n, 'x', 6 + 199 - n);
        text[6 + 199] = 0;
        write_file(HOST, text);
        load(&c);
        assert_int_equal(strlen(c.log_directory), 199 - strlen("Directory="));

        text[6 + 199] = 'x';
        write_file(HOST, text);
        assert_refused(HOST " line 2: the line is too long, 199 bytes are the most");
}

static void test_what_is_no_configuration_is_an_error(void **state) {
        (void) state;
        write_file(HOST, "[Log]\n\nLines\nLines=x\nLines=y\n");
        assert_refused(HOST " line 4: [Log] Lines= must be a number from 1 to 4294967295, not \"x\"");
        write_file(HOST, "[Log]\n\nLines\nFoo=1\n");
        assert_refused(HOST " line 3: this is no [Section], no Key=value and no # comment");
        write_file(HOST, "[Log\nLines=1\n");
        assert_refused(HOST " line 1: this is no [Section], no Key=value and no # comment");
        write_file(HOST, "#\n[Log] Lines=1\n");
        assert_refused(HOST " line 2: there is more behind the [Section], it needs a line of its own");
        write_bytes(HOST, "[Log]\nLines=1\0002\n", strlen("[Log]\nLines=1") + 3);
        assert_refused(HOST " line 2: there is a NUL byte in the line");
}

static void test_of_a_key_that_comes_again_the_last_counts(void **state) {
        _cleanup_(config_done) Config c = { 0 };

        (void) state;
        write_file(HOST, "[Log]\nDirectory=/1\nDirectory=/2\n[Engine]\n[Log]\nDirectory=/3\n");
        load(&c);
        assert_string_equal(c.log_directory, "/3");
}

/* ---- partitions ---- */

static void test_a_partition_overrides_the_host(void **state) {
        _cleanup_(config_done) Config c = { 0 };

        (void) state;
        write_file(HOST, "[Log]\nLines=1\nMaxIncarnations=1\nDirectory=/host\n[Node]\nNumber=0\n");
        write_file(PARTITION, "[Partition]\nAddress=192.0.2.7\n[Log]\nLines=2\nDirectory=/partition\n"
                              "[Engine]\nType=corosync\nQuorum=yes\nSettleTime=5s\n");
        write_file("/etc/hags/syspar.d/six.conf", "[Partition]\nAddress=2001:db8::7\n");
        load(&c);

        assert_int_equal(config_load_partition(root, "none", on_warning, warnings, &c, NULL), 0);
        assert_string_equal(c.log_directory, "/host");

        assert_int_equal(config_load_partition(root, "p", on_warning, warnings, &c, NULL), 1);
        assert_string_equal(c.address, "192.0.2.7");
        assert_int_equal(c.log_lines, 2);
        assert_int_equal(c.log_max_incarnations, 1);
        assert_string_equal(c.log_directory, "/partition");
        assert_int_equal(c.engine, ENGINE_COROSYNC);
        assert_true(c.quorum);
        assert_int_equal(c.settle_time, 5000000);
        assert_string_equal(c.partition, "default");

        assert_int_equal(config_load_partition(root, "six", on_warning, warnings, &c, NULL), 1);
        assert_string_equal(c.address, "2001:db8::7");
        assert_string_equal(warnings, "");
}

static void test_a_mistake_in_a_partition_changes_nothing(void **state) {
        static const char *const mistakes[] = {
                "[Log]\nDirectory=/new\nLines=9\n[Partition]\nAddress=192.0.2\n",
                "[Log]\nDirectory=/new\nLines=9\n[Partition]\nAddress=host.example\n",
                "[Log]\nDirectory=/new\nLines=9\n[Partition]\nAddress=fe80::1%eth0\n",
                "[Log]\nDirectory=/new\nLines=9\n[Engine]\nType=corosync\n",
        };
        _cleanup_(config_done) Config c = { 0 };

        (void) state;
        load(&c);
        for (size_t i = 0; i < ELEMENTSOF(mistakes); i++) {
                _cleanup_(freep) char *error = NULL;

                write_file(PARTITION, mistakes[i]);
                assert_int_equal(config_load_partition(root, "p", NULL, NULL, &c, &error), -EINVAL);
                assert_non_null(error);
                assert_string_equal(c.log_directory, "/var/ha/log");
                assert_int_equal(c.log_lines, 5000);
                assert_int_equal(c.engine, ENGINE_LOCAL);
                assert_null(c.address);
        }
}

static void test_partitions_are_listed_in_order(void **state) {
        _cleanup_(strings_freep) char **names = NULL;

        (void) state;
        assert_int_equal(config_list_partitions(root, on_warning, warnings, &names, NULL), 0);
        assert_int_equal(strings_count(names), 0);

        write_file("/etc/hags/syspar.d/sp_test.conf", "");
        write_file("/etc/hags/syspar.d/sp_prod.conf", "");
        write_file("/etc/hags/syspar.d/a.conf.bak", "");
        write_file("/etc/hags/syspar.d/README", "");
        write_file("/etc/hags/syspar.d/.b.conf", "");
        write_file("/etc/hags/syspar.d/sp.dot.conf", "");
        assert_int_equal(config_list_partitions(root, on_warning, warnings, &names, NULL), 0);
        assert_int_equal(strings_count(names), 2);
        assert_string_equal(names[0], "sp_prod");
        assert_string_equal(names[1], "sp_test");
        assert_string_equal(warnings, "/etc/hags/syspar.d/sp.dot.conf is not of a partition: that is no "
                                      "valid name, ignoring the file\n");
}

static void test_partitions_that_cannot_be_listed_are_an_error(void **state) {
        _cleanup_(freep) char *error = NULL;
        char **names = NULL;

        (void) state;
        write_file("/etc/hags/syspar.d", "");
        assert_int_equal(config_list_partitions(root, NULL, NULL, &names, &error), -ENOTDIR);
        assert_non_null(strstr(error, "/etc/hags/syspar.d: "));
        assert_null(names);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_a_host_without_configuration_works),
                TEST(test_every_key_is_read),
                TEST(test_an_invalid_value_names_file_line_key_and_value),
                TEST(test_what_is_unknown_is_a_warning),
                TEST(test_a_key_in_the_wrong_kind_of_file_is_a_warning),
                TEST(test_corosync_needs_a_node_number),
                TEST(test_later_layers_win_key_by_key),
                TEST(test_a_mistake_in_a_drop_in_names_the_drop_in),
                TEST(test_what_cannot_be_read_is_named),
                TEST(test_comments_blanks_and_line_ends_do_not_count),
                TEST(test_a_comment_may_be_of_any_length),
                TEST(test_a_long_line_is_an_error_and_not_cut),
                TEST(test_what_is_no_configuration_is_an_error),
                TEST(test_of_a_key_that_comes_again_the_last_counts),
                TEST(test_a_partition_overrides_the_host),
                TEST(test_a_mistake_in_a_partition_changes_nothing),
                TEST(test_partitions_are_listed_in_order),
                TEST(test_partitions_that_cannot_be_listed_are_an_error),
        };

        return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
