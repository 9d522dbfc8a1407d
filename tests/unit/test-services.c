/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The editor of /etc/services, rule by rule; test-services-property.c has its laws for generated files. */

#include <netdb.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "sdr/services.h"

#define BYTES(literal) ((Bytes){ (char *) (literal), sizeof(literal) - 1 })

#define HEADER "# This file was made by hagsctrl. # hagsctrl\n"
#define TCP(name, port) "hags." name " " #port "/tcp # hagsctrl\n"
#define UDP(name, port) "hags." name " " #port "/udp # hagsctrl\n"
#define BOTH(name, port) TCP(name, port) UDP(name, port)

static void assert_bytes_equal(Bytes actual, Bytes expected) {
        assert_int_equal(actual.size, expected.size);
        if (expected.size > 0)
                assert_memory_equal(actual.data, expected.data, expected.size);
        if (actual.data)
                assert_int_equal(actual.data[actual.size], 0);
}

/* What is edited must be allocated. No bytes at all stay that: there is no file. */
static Bytes copy_of(Bytes b) {
        char *data = b.data ? malloc(b.size + 1) : NULL;

        if (!data)
                return (Bytes){ 0 };
        memcpy(data, b.data, b.size);
        data[b.size] = 0;
        return (Bytes){ data, b.size };
}

static void assert_add_gives(Bytes old, const char *syspar, uint16_t port, int result, Bytes expected) {
        _cleanup_(bytes_done) Bytes file = copy_of(old);

        assert_int_equal(services_add(&file, syspar, port, NULL), result);
        assert_bytes_equal(file, expected);
}

static void assert_remove_gives(Bytes old, const char *syspar, int result, Bytes expected) {
        _cleanup_(bytes_done) Bytes file = copy_of(old);

        assert_int_equal(services_remove(&file, syspar), result);
        assert_bytes_equal(file, expected);
}

static void assert_add(Bytes old, const char *syspar, uint16_t port, Bytes expected) {
        assert_add_gives(old, syspar, port, 0, expected);
}

static void assert_add_returns(Bytes old, const char *syspar, uint16_t port, int result) {
        assert_add_gives(old, syspar, port, result, old);
}

static void assert_remove(Bytes old, const char *syspar, Bytes expected) {
        assert_remove_gives(old, syspar, 0, expected);
}

static void assert_remove_returns(Bytes old, const char *syspar, int result) {
        assert_remove_gives(old, syspar, result, old);
}

/* Add, look it up, remove: the bytes are the same again. */
static void assert_round_trip(Bytes old) {
        _cleanup_(bytes_done) Bytes file = copy_of(old);
        ServicesEntry entry;

        assert_int_equal(services_add(&file, "sp_prod", 10003, NULL), 0);
        assert_int_equal(services_add(&file, "sp_test", 10004, NULL), 0);
        services_lookup(&file, "sp_prod", &entry);
        assert_int_equal(entry.tcp_port, 10003);
        assert_int_equal(entry.udp_port, 10003);
        assert_int_equal(services_remove(&file, "sp_prod"), 0);
        services_lookup(&file, "sp_prod", &entry);
        assert_int_equal(entry.tcp_port, 0);
        assert_int_equal(services_remove(&file, "sp_test"), 0);
        assert_bytes_equal(file, old);
}

/* ---- where lines go ---- */

static void test_add_appends_complete_lines(void **state) {
        (void) state;
        assert_add(BYTES("ssh 22/tcp\n"), "p", 10001, BYTES("ssh 22/tcp\n" BOTH("p", 10001)));
        assert_add(BYTES("\n"), "p", 10001, BYTES("\n" BOTH("p", 10001)));
}

static void test_add_keeps_a_missing_final_newline_missing(void **state) {
        (void) state;
        assert_add(BYTES("ssh 22/tcp\nwww 80/tcp"), "p", 10001,
                   BYTES("ssh 22/tcp\n" BOTH("p", 10001) "www 80/tcp"));
        assert_add(BYTES("ssh 22/tcp"), "p", 10001, BYTES(BOTH("p", 10001) "ssh 22/tcp"));
}

static void test_add_to_an_empty_file_makes_no_header(void **state) {
        (void) state;
        assert_add(BYTES(""), "p", 10001, BYTES(BOTH("p", 10001)));
        assert_remove(BYTES(BOTH("p", 10001)), "p", BYTES(""));
}

static void test_add_makes_a_missing_file_with_a_header(void **state) {
        (void) state;
        assert_add((Bytes){ 0 }, "p", 10001, BYTES(HEADER BOTH("p", 10001)));
}

static void test_add_takes_the_longest_name_and_port(void **state) {
        static const char name[] = "abcdefghijklmnopqrstuvwx";

        (void) state;
        assert_add(BYTES(""), name, 65535, BYTES(BOTH("abcdefghijklmnopqrstuvwx", 65535)));
}

static void test_crlf_nul_and_long_lines_are_copied_through(void **state) {
        Bytes big = { .size = 1 << 20 };

        (void) state;
        assert_round_trip(BYTES("ssh 22/tcp\r\nwww 80/tcp\r\n"));
        assert_round_trip(BYTES("a\0b\n\0\n\0"));
        assert_round_trip(BYTES("\xff\xfe\n\r\r\n\n\n"));

        big.data = malloc(big.size);
        assert_non_null(big.data);
        memset(big.data, 'x', big.size);
        assert_round_trip(big);
        memcpy(big.data + 1000, "hags.sp_prod", 12);
        big.data[big.size - 3] = '\n';
        assert_round_trip(big);
        free(big.data);
}

/* ---- what is there already ---- */

static void test_add_changes_nothing_when_all_is_there(void **state) {
        (void) state;
        assert_add_returns(BYTES(BOTH("p", 10001)), "p", 10001, SERVICES_E_UNCHANGED);
        assert_add_returns(BYTES("hags.p 10001/tcp\nhags.p\t10001/udp # theirs\n"), "p", 10001,
                           SERVICES_E_UNCHANGED);
        assert_add_returns(BYTES(UDP("p", 10001) "\n  hags.p 10001/tcp"), "p", 10001, SERVICES_E_UNCHANGED);
}

static void test_add_puts_in_only_the_missing_protocol(void **state) {
        (void) state;
        assert_add(BYTES("hags.p 10001/tcp\n"), "p", 10001, BYTES("hags.p 10001/tcp\n" UDP("p", 10001)));
        assert_add(BYTES(UDP("p", 10001)), "p", 10001, BYTES(UDP("p", 10001) TCP("p", 10001)));
}

static void test_an_alias_is_as_good_as_a_name(void **state) {
        (void) state;
        assert_add(BYTES("gs 10001/tcp x hags.p y\n"), "p", 10001,
                   BYTES("gs 10001/tcp x hags.p y\n" UDP("p", 10001)));
        assert_add_returns(BYTES("gs 10002/tcp x\thags.p\n"), "p", 10001, SERVICES_E_CONFLICT);
}

static void test_a_name_in_a_comment_is_none(void **state) {
        (void) state;
        assert_add(BYTES("#hags.p 9/tcp\ngs 9/tcp # hags.p\ngs 9/tcp#hags.p\n"), "p", 10001,
                   BYTES("#hags.p 9/tcp\ngs 9/tcp # hags.p\ngs 9/tcp#hags.p\n" BOTH("p", 10001)));
}

static void test_a_longer_or_shorter_name_is_another(void **state) {
        (void) state;
        assert_add(BYTES("hags.pp 9/tcp\nxhags.p 9/tcp\nHAGS.P 9/tcp\n"), "p", 10001,
                   BYTES("hags.pp 9/tcp\nxhags.p 9/tcp\nHAGS.P 9/tcp\n" BOTH("p", 10001)));
}

static void test_add_replaces_marked_lines_with_another_port(void **state) {
        (void) state;
        assert_add(BYTES("a 1/tcp\n" BOTH("p", 10009) "b 2/tcp\n"), "p", 10001,
                   BYTES("a 1/tcp\nb 2/tcp\n" BOTH("p", 10001)));
        assert_add(BYTES(TCP("p", 10001) UDP("p", 10009) UDP("p", 10010)), "p", 10001,
                   BYTES(BOTH("p", 10001)));
        assert_add(BYTES(BOTH("p", 10001) TCP("p", 10009)), "p", 10001, BYTES(BOTH("p", 10001)));
        assert_add(BYTES("hags.p 10009/tcp # hagsctrl"), "p", 10001, BYTES(BOTH("p", 10001)));
}

static void test_a_line_of_theirs_with_another_port_is_a_conflict(void **state) {
        Bytes file = BYTES("a 1/tcp\r\n\n\thags.p 10009/tcp  # theirs\r\nb 2/tcp\n");
        ServicesLine line = { 0 };

        (void) state;
        assert_int_equal(services_add(&file, "p", 10001, &line), SERVICES_E_CONFLICT);
        assert_int_equal(line.number, 3);
        assert_int_equal(line.length, strlen("\thags.p 10009/tcp  # theirs\r"));
        assert_ptr_equal(line.text, strstr(file.data, "\thags.p"));

        assert_add_returns(BYTES("hags.p 10001/tcp\nhags.p 9/sctp\n"), "p", 10001, SERVICES_E_CONFLICT);
        assert_add_returns(BYTES(TCP("p", 10009) "hags.p 9/udp"), "p", 10001, SERVICES_E_CONFLICT);
}

static void test_another_protocol_with_the_port_does_not_count(void **state) {
        (void) state;
        assert_add(BYTES("hags.p 10001/sctp\nhags.p 10001/TCP\n"), "p", 10001,
                   BYTES("hags.p 10001/sctp\nhags.p 10001/TCP\n" BOTH("p", 10001)));
}

static void test_what_is_no_entry_is_ignored(void **state) {
        static const char *const lines[] = {
                "hags.p 0/tcp\n",      "hags.p 65536/tcp\n",       "hags.p 99999999999999999999/tcp\n",
                "hags.p -1/tcp\n",     "hags.p 9\n",               "hags.p 9/\n",
                "hags.p /tcp\n",       "hags.p\n",                 "hags.p 9 /tcp\n",
                "hags.p tcp/9\n",      "hags.p 9x/tcp\n",          "hags.p 0x9/tcp\n",
                "hags.p # 9/tcp\n",    "hags.p 0/tcp # hagsctrl\n", "hags.p\n9/tcp\n",
                "hags.p 09/tcp\n",
        };
        char expected[256];

        (void) state;
        for (size_t i = 0; i < ELEMENTSOF(lines); i++) {
                (void) snprintf(expected, sizeof(expected), "%s%s", lines[i], BOTH("p", 10001));
                assert_add((Bytes){ (char *) lines[i], strlen(lines[i]) }, "p", 10001,
                           (Bytes){ expected, strlen(expected) });
        }
}

/* ---- which lines are ours ---- */

static void test_remove_takes_marked_lines_only(void **state) {
        (void) state;
        assert_remove(BYTES("a 1/tcp\n" TCP("p", 10001) "hags.p 10001/tcp\n" UDP("p", 10001) "b"), "p",
                      BYTES("a 1/tcp\nhags.p 10001/tcp\nb"));
        assert_remove_returns(BYTES("hags.p 10001/tcp\nhags.p 10001/udp # theirs\n"), "p",
                              SERVICES_E_UNCHANGED);
        assert_remove_returns(BYTES(""), "p", SERVICES_E_UNCHANGED);
        assert_remove_returns((Bytes){ 0 }, NULL, SERVICES_E_UNCHANGED);
}

static void test_remove_takes_one_partition_or_all(void **state) {
        (void) state;
        assert_remove(BYTES("a\n" BOTH("p", 10001) "b\n" BOTH("pp", 10002) "c\n"), "p",
                      BYTES("a\nb\n" BOTH("pp", 10002) "c\n"));
        assert_remove(BYTES("a\n" BOTH("p", 10001) "b\n" BOTH("pp", 10002) "c\n"), NULL, BYTES("a\nb\nc\n"));
        assert_remove_returns(BYTES(BOTH("pp", 10002)), "p", SERVICES_E_UNCHANGED);
}

static void test_remove_takes_a_marked_last_line_without_newline(void **state) {
        (void) state;
        assert_remove(BYTES("a\nhags.p 1/tcp # hagsctrl"), "p", BYTES("a\n"));
        assert_remove(BYTES("a\nhags.p 1/tcp # hagsctrl"), NULL, BYTES("a\n"));
}

static void test_a_marked_line_that_somebody_aligned_is_still_ours(void **state) {
        (void) state;
        assert_remove(BYTES("x\n \thags.p\t\t10001/udp\t\t# hagsctrl \t\r\ny\r\n"), "p", BYTES("x\ny\r\n"));
        assert_remove(BYTES("hags.p 10001/udp# hagsctrl\n"), NULL, BYTES(""));
}

static void test_what_only_ends_in_the_mark_is_not_ours(void **state) {
        static const char *const lines[] = {
                "# hagsctrl\n",
                "hags.p 1/tcp alias # hagsctrl\n",
                "hags.p 1/tcp # mine # hagsctrl\n",
                "hags.p 1/tcp ## hagsctrl\n",
                "hags.p 1/tcp # hagsctrl.\n",
                "hags.p 1/tcp #hagsctrl\n",
                "hags.p 1/sctp # hagsctrl\n",
                "hags.p 65536/tcp # hagsctrl\n",
                "gs 1/tcp hags.p # hagsctrl\n",
                "gs 1/tcp # hagsctrl\n",
                "hags. 1/tcp # hagsctrl\n",
                "hags.-p 1/tcp # hagsctrl\n",
                "hags.a.b 1/tcp # hagsctrl\n",
                "hags.abcdefghijklmnopqrstuvwxy 1/tcp # hagsctrl\n",
                "#hags.p 1/tcp # hagsctrl\n",
                "hags.p\n1/tcp # hagsctrl\n",
                "hags.p 1/tcp \n# hagsctrl\n",
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTSOF(lines); i++) {
                Bytes line = { (char *) lines[i], strlen(lines[i]) };

                assert_remove_returns(line, "p", SERVICES_E_UNCHANGED);
                assert_remove_returns(line, NULL, SERVICES_E_UNCHANGED);
        }
        assert_remove_returns(BYTES("hags.p 1/tcp\0 # hagsctrl\n"), NULL, SERVICES_E_UNCHANGED);
        assert_remove_returns(BYTES("hags.p 1/tcp # hagsctrl\0\n"), NULL, SERVICES_E_UNCHANGED);
        assert_add_returns(BYTES("hags.p 1/tcp # mine # hagsctrl\n"), "p", 2, SERVICES_E_CONFLICT);
}

static void test_a_file_that_we_made_is_ours_to_remove(void **state) {
        (void) state;
        assert_remove_gives(BYTES(HEADER BOTH("p", 1)), "p", SERVICES_E_EMPTY, BYTES(HEADER));
        assert_remove_gives(BYTES(HEADER BOTH("p", 1) BOTH("q", 2)), NULL, SERVICES_E_EMPTY, BYTES(HEADER));
        assert_remove_returns(BYTES(HEADER), "p", SERVICES_E_EMPTY);
        assert_remove(BYTES(HEADER BOTH("p", 10001) BOTH("q", 10002)), "p", BYTES(HEADER BOTH("q", 10002)));
        assert_remove(BYTES(HEADER "a 1/tcp\n" BOTH("p", 10001)), "p", BYTES(HEADER "a 1/tcp\n"));
        assert_remove_returns(BYTES(HEADER "a 1/tcp\n"), "p", SERVICES_E_UNCHANGED);
}

/* ---- questions ---- */

static void test_lookup_tells_ports_and_marks(void **state) {
        Bytes file = BYTES(TCP("p", 10001) "x 10002/udp hags.p\n" UDP("p", 10003)
                           "hags.q 7/sctp\nhags.q 8/tcp\nhags.q 9/tcp");
        ServicesEntry entry;

        (void) state;
        services_lookup(&file, "p", &entry);
        assert_int_equal(entry.tcp_port, 10001);
        assert_true(entry.tcp_marked);
        assert_int_equal(entry.udp_port, 10002); /* the first line, as getservbyname() does */
        assert_false(entry.udp_marked);

        services_lookup(&file, "q", &entry);
        assert_int_equal(entry.tcp_port, 8);
        assert_int_equal(entry.udp_port, 0);
        assert_false(entry.tcp_marked || entry.udp_marked);

        services_lookup(&file, "none", &entry);
        assert_int_equal(entry.tcp_port, 0);
        assert_int_equal(entry.udp_port, 0);
        assert_false(entry.tcp_marked || entry.udp_marked);
}

static void test_used_ports_are_of_any_name_and_protocol(void **state) {
        Bytes file = BYTES("a 10000/tcp\nb 10001/ddp x\n#c 10002/tcp\nd 9999/tcp\ne 10005/tcp\n"
                           "hags.p 10003/udp");
        bool used[6] = { false }; /* one more than asked for: it must stay as it is */

        (void) state;
        services_used_ports(&file, 10000, 10004, used);
        assert_true(used[0]);
        assert_true(used[1]);
        assert_false(used[2]);
        assert_true(used[3]);
        assert_false(used[4]);
        assert_false(used[5]);

        services_used_ports(&(Bytes){ 0 }, 10000, 10004, used);
        assert_true(used[0]);
}

static void collect(void *userdata, const char *syspar) {
        char *list = userdata;

        (void) sprintf(list + strlen(list), "%s ", syspar);
}

static void test_each_marked_names_every_partition_of_ours(void **state) {
        Bytes file = BYTES(HEADER BOTH("q", 2) "hags.x 1/tcp\nhags.y 1/tcp z # hagsctrl\n" TCP("p_1-", 1)
                           "# hagsctrl");
        char list[100] = "";

        (void) state;
        services_each_marked(&file, collect, list);
        assert_string_equal(list, "q q p_1- ");
        services_each_marked(&(Bytes){ 0 }, collect, list);
        assert_string_equal(list, "q q p_1- ");
}

/* ---- layouts of real systems ---- */

static void test_layouts_of_real_systems_survive(void **state) {
        _cleanup_(bytes_done) Bytes real = { 0 };

        (void) state;
        /* Debian: tabs, aliases, a comment behind the entry, sections */
        assert_round_trip(BYTES("# Network services, Internet style\n#\n\ntcpmux\t\t1/tcp\t\t\t\t# TCP mux\n"
                                "echo\t\t7/udp\ndiscard\t\t9/tcp\t\tsink null\nwebmin\t\t10000/tcp\n"
                                "zabbix-agent\t10050/tcp\t\t\t# Zabbix Agent\n\n# Local services\n"));
        /* RHEL: blanks, columns, numbers with long descriptions, upper case in names */
        assert_round_trip(BYTES("# /etc/services:\n# $Id$\n# service-name  port/protocol  [aliases ...]\n\n"
                                "ssh             22/tcp                          # The Secure Shell (SSH)\n"
                                "ndmp            10000/tcp                       # Network Data Management\n"
                                "3gpp-cbsp       48049/tcp               # 3GPP Cell Broadcast Service\n"));
        /* BSD: tab before the port, a comment of several words glued to the entry, no blank line */
        assert_round_trip(BYTES("#\n# $FreeBSD$\n#\nrtmp\t\t  1/ddp\t   #Routing Table Maintenance\n"
                                "compressnet\t  2/tcp\t   #Management Utility\nhttp\t\t 80/tcp\t   www\n"));
        /* A container image: one line, none ends */
        assert_round_trip(BYTES("domain 53/udp"));
        /* Saved on another system */
        assert_round_trip(BYTES("\xef\xbb\xbf# services\r\nssh 22/tcp\r\n\r\nwww 80/tcp\x1a"));

        if (file_read("/etc/services", 64 << 20, &real) >= 0)
                assert_round_trip(real);
}

/* ---- the C library as the judge ---- */

/* In a child with a mount namespace of its own: does getservbyname() find what services_lookup() finds? */
static int compare_with_libc(const Bytes *file, const char *path) {
        ServicesEntry entry;
        struct servent *s;
        FILE *f;

        f = fopen(path, "we");
        if (!f || fwrite(file->data, 1, file->size, f) != file->size || fclose(f) != 0)
                return 2;
        if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
            mount(path, "/etc/services", NULL, MS_BIND, NULL) < 0)
                return 3;

        services_lookup(file, "p", &entry);
        s = getservbyname("hags.p", "tcp");
        if (entry.tcp_port != (s ? ntohs((uint16_t) s->s_port) : 0))
                return 4;
        s = getservbyname("hags.p", "udp");
        return entry.udp_port != (s ? ntohs((uint16_t) s->s_port) : 0) ? 5 : 0;
}

static void assert_libc_agrees(Bytes file) {
        char path[] = "/tmp/test-services-XXXXXX";
        int fd, status;
        pid_t pid;

        fd = mkstemp(path);
        assert_true(fd >= 0);
        close(fd);

        pid = fork();
        assert_true(pid >= 0);
        if (pid == 0)
                _exit(compare_with_libc(&file, path));

        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_int_equal(unlink(path), 0);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 0);
}

static void test_lines_are_read_as_the_c_library_does(void **state) {
        static const char *const lines[] = {
                BOTH("p", 10001),
                "x 9/tcp\r\nhags.p 10001/udp\r\n",
                " \t\v\f hags.p\v10001/tcp\f\r",
                "gs 10001/tcp x hags.p # comment",
                "gs 10001/tcp x#hags.p",
                "#hags.p 10001/tcp",
                "hags.p 10001/tcp#comment",
                "hags.p 10001/TCP",
                "hags.p 10001",
                "hags.p 10001 tcp",
                "hags.p x/tcp",
                "hags.pp 10001/tcp",
                "hags.p 10001/sctp\nhags.p 10002/udp\nhags.p 10003/udp\n",
        };

        (void) state;
        if (geteuid() != 0 || access("/etc/services", F_OK) < 0)
                skip();

        for (size_t i = 0; i < ELEMENTSOF(lines); i++)
                assert_libc_agrees((Bytes){ (char *) lines[i], strlen(lines[i]) });
        assert_libc_agrees(BYTES("hags.p 10001/tcp\0x\nhags.p 10001/udp\0 x\n"));
        assert_libc_agrees(BYTES("hags.p\0 10001/tcp\n\0hags.p 10001/udp\n"));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_add_appends_complete_lines),
                cmocka_unit_test(test_add_keeps_a_missing_final_newline_missing),
                cmocka_unit_test(test_add_to_an_empty_file_makes_no_header),
                cmocka_unit_test(test_add_makes_a_missing_file_with_a_header),
                cmocka_unit_test(test_add_takes_the_longest_name_and_port),
                cmocka_unit_test(test_crlf_nul_and_long_lines_are_copied_through),
                cmocka_unit_test(test_add_changes_nothing_when_all_is_there),
                cmocka_unit_test(test_add_puts_in_only_the_missing_protocol),
                cmocka_unit_test(test_an_alias_is_as_good_as_a_name),
                cmocka_unit_test(test_a_name_in_a_comment_is_none),
                cmocka_unit_test(test_a_longer_or_shorter_name_is_another),
                cmocka_unit_test(test_add_replaces_marked_lines_with_another_port),
                cmocka_unit_test(test_a_line_of_theirs_with_another_port_is_a_conflict),
                cmocka_unit_test(test_another_protocol_with_the_port_does_not_count),
                cmocka_unit_test(test_what_is_no_entry_is_ignored),
                cmocka_unit_test(test_remove_takes_marked_lines_only),
                cmocka_unit_test(test_remove_takes_one_partition_or_all),
                cmocka_unit_test(test_remove_takes_a_marked_last_line_without_newline),
                cmocka_unit_test(test_a_marked_line_that_somebody_aligned_is_still_ours),
                cmocka_unit_test(test_what_only_ends_in_the_mark_is_not_ours),
                cmocka_unit_test(test_a_file_that_we_made_is_ours_to_remove),
                cmocka_unit_test(test_lookup_tells_ports_and_marks),
                cmocka_unit_test(test_used_ports_are_of_any_name_and_protocol),
                cmocka_unit_test(test_each_marked_names_every_partition_of_ours),
                cmocka_unit_test(test_layouts_of_real_systems_survive),
                cmocka_unit_test(test_lines_are_read_as_the_c_library_does),
        };

        return cmocka_run_group_tests_name("services", tests, NULL, NULL);
}
