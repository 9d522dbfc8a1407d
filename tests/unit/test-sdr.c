/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The System Data Repository: its file, what counts as damage, import, and who gets which port. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "sdr/sdr.h"

#define TEXT(string) ((Bytes){ (char *) (string), strlen(string) })

static void parse(const char *text, Sdr *ret) {
        Bytes file = TEXT(text);

        assert_int_equal(sdr_parse("f", &file, ret, NULL), 0);
}

static void assert_holds(const Sdr *sdr, const char *text) {
        _cleanup_(bytes_done) Bytes file = { 0 };

        assert_int_equal(sdr_format(sdr, &file), 0);
        assert_string_equal(file.data, text);
        assert_int_equal(file.size, strlen(text));
}

static void assert_contains(const char *sentence, const char *part) {
        assert_non_null(sentence);
        if (!strstr(sentence, part))
                fail_msg("`%s` does not contain `%s`", sentence, part);
}

/* ---- the file ---- */

static void test_format_and_parse_are_inverse(void **state) {
        static const char text[] = "Syspar_ports 1\na hags 10000\na hats 10001\nb hags 65535\nb-_9 hags 1\n";
        _cleanup_(sdr_done) Sdr sdr = { 0 };

        (void) state;
        parse(text, &sdr);
        assert_int_equal(sdr.n_objects, 4);
        assert_holds(&sdr, text);
}

static void test_objects_are_sorted(void **state) {
        _cleanup_(sdr_done) Sdr sdr = { 0 };

        (void) state;
        parse("Syspar_ports 1\nb hags 3\na x 2\na hags 9\n", &sdr);
        assert_holds(&sdr, "Syspar_ports 1\na hags 9\na x 2\nb hags 3\n");
}

static void test_comments_and_blank_lines_are_not_kept(void **state) {
        _cleanup_(sdr_done) Sdr sdr = { 0 };

        (void) state;
        parse("Syspar_ports 1\n\n# made by hand\n \t\n  #x y z a b\n\ta  hags\t7 \n", &sdr);
        assert_holds(&sdr, "Syspar_ports 1\na hags 7\n");
}

static void test_an_empty_repository_is_a_head(void **state) {
        _cleanup_(sdr_done) Sdr sdr = { 0 };

        (void) state;
        assert_holds(&sdr, "Syspar_ports 1\n");
        parse("Syspar_ports 1\n", &sdr);
        assert_int_equal(sdr.n_objects, 0);
        assert_int_equal(sdr_port(&sdr, "a"), 0);
}

typedef struct Damage {
        const char *text;
        const char *place; /* how the sentence begins */
        const char *reason;
} Damage;

static void test_damage_names_file_and_line(void **state) {
        static const Damage damages[] = {
                { "", "/sdr line 1: ", "cut short" },
                { "Syspar_ports 1", "/sdr line 1: ", "cut short" },
                { "\nSyspar_ports 1\n", "/sdr line 1: ", "begins with" },
                { "# c\nSyspar_ports 1\n", "/sdr line 1: ", "begins with" },
                { "Syspar_portz 1\n", "/sdr line 1: ", "begins with" },
                { "Syspar_ports\n", "/sdr line 1: ", "begins with" },
                { "Syspar_ports one\n", "/sdr line 1: ", "begins with" },
                { "Syspar_ports 1 x\n", "/sdr line 1: ", "begins with" },
                { "Syspar_ports 1\r\n", "/sdr line 1: ", "begins with" },
                { "Syspar_ports 1\na hags 100", "/sdr line 2: ", "cut short" },
                { "Syspar_ports 1\n#", "/sdr line 2: ", "cut short" },
                { "Syspar_ports 1\n\na hags\n", "/sdr line 3: ", "three words" },
                { "Syspar_ports 1\na hags 1 2\n", "/sdr line 2: ", "three words" },
                { "Syspar_ports 1\n-a hags 1\n", "/sdr line 2: ", "name of a partition" },
                { "Syspar_ports 1\na.b hags 1\n", "/sdr line 2: ", "name of a partition" },
                { "Syspar_ports 1\nabcdefghijklmnopqrstuvwxy h 1\n", "/sdr line 2: ", "of a partition" },
                { "Syspar_ports 1\na ha/gs 1\n", "/sdr line 2: ", "name of a subsystem" },
                { "Syspar_ports 1\na abcdefghijklmnopqrstuvwxy 1\n", "/sdr line 2: ", "of a subsystem" },
                { "Syspar_ports 1\na hags 0\n", "/sdr line 2: ", "port" },
                { "Syspar_ports 1\na hags 65536\n", "/sdr line 2: ", "port" },
                { "Syspar_ports 1\na hags -1\n", "/sdr line 2: ", "port" },
                { "Syspar_ports 1\na hags 1x\n", "/sdr line 2: ", "port" },
                { "Syspar_ports 1\na hags 1\r\n", "/sdr line 2: ", "port" },
                { "Syspar_ports 1\nb hags 9\n#\na hags 9\n", "/sdr line 4: ", "line 2 already" },
                { "Syspar_ports 1\na hags 9\nb hags 1\na hags 8\n", "/sdr line 4: ", "line 2 already" },
                { "Syspar_ports 1\na hags 8\na hags 9\n", "/sdr line 3: ", "line 2 already" },
        };

        (void) state;
        for (size_t i = 0; i < ELEMENTSOF(damages); i++) {
                Sdr sdr = { .n_objects = 77 };
                _cleanup_(freep) char *error = NULL;
                Bytes file = TEXT(damages[i].text);

                assert_int_equal(sdr_parse("/sdr", &file, &sdr, &error), -EBADMSG);
                assert_int_equal(sdr.n_objects, 77);
                assert_non_null(error);
                assert_memory_equal(error, damages[i].place, strlen(damages[i].place));
                assert_contains(error, damages[i].reason);
                assert_contains(error, "restore the file");
        }
}

static void test_a_nul_byte_is_damage(void **state) {
        static const char text[] = "Syspar_ports 1\na hags 1\0\n";
        Bytes file = { (char *) text, sizeof(text) - 1 };
        _cleanup_(freep) char *error = NULL;
        Sdr sdr;

        (void) state;
        assert_int_equal(sdr_parse("f", &file, &sdr, &error), -EBADMSG);
        assert_contains(error, "f line 2: there is a NUL byte");
}

static void test_another_version_is_an_error_of_its_own(void **state) {
        Bytes file = TEXT("Syspar_ports 2\nwhat that version likes\n");
        _cleanup_(freep) char *error = NULL;
        Sdr sdr;

        (void) state;
        assert_int_equal(sdr_parse("f", &file, &sdr, &error), -EPROTO);
        assert_contains(error, "f line 1: the file is of version 2");
}

static void test_the_largest_repository_holds_every_port(void **state) {
        _cleanup_(bytes_done) Bytes file = { 0 };
        _cleanup_(sdr_done) Sdr sdr = { 0 };
        FILE *f;

        (void) state;
        f = open_memstream(&file.data, &file.size);
        assert_non_null(f);
        (void) fprintf(f, "Syspar_ports 1\n");
        for (unsigned port = 65535; port > 0; port--)
                (void) fprintf(f, "p%05u hags %u\n", port, port);
        assert_int_equal(fclose(f), 0);

        assert_int_equal(sdr_parse("f", &file, &sdr, NULL), 0);
        assert_int_equal(sdr.n_objects, 65535);
        assert_int_equal(sdr_port(&sdr, "p00001"), 1);
        assert_int_equal(sdr_port(&sdr, "p65535"), 65535);
}

static void test_store_and_load_keep_what_there_is(void **state) {
        char directory[] = "/tmp/test-sdr-XXXXXX", path[64];
        _cleanup_(sdr_done) Sdr sdr = { 0 }, loaded = { 0 };
        mode_t mask;
        struct stat st;

        (void) state;
        assert_non_null(mkdtemp(directory));
        (void) snprintf(path, sizeof(path), "%s/Syspar_ports", directory);

        assert_int_equal(sdr_load(path, &loaded, NULL), 0);
        assert_int_equal(loaded.n_objects, 0);

        parse("Syspar_ports 1\na hags 10000\nb hats 7\n", &sdr);
        mask = umask(077);
        assert_int_equal(sdr_store(path, &sdr, NULL), 0);
        (void) umask(mask);
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_mode & 07777, 0644);

        assert_int_equal(sdr_load(path, &loaded, NULL), 0);
        assert_holds(&loaded, "Syspar_ports 1\na hags 10000\nb hats 7\n");

        assert_int_equal(unlink(path), 0);
        assert_int_equal(rmdir(directory), 0);
}

static void test_what_cannot_be_read_or_written_is_named(void **state) {
        _cleanup_(freep) char *error = NULL;
        Sdr sdr = { 0 };

        (void) state;
        assert_int_equal(sdr_load("/", &sdr, &error), -EISDIR);
        assert_contains(error, "cannot read the ports in /: ");
        assert_int_equal(sdr_store("/does/not/exist", &sdr, &error), -ENOENT);
        assert_contains(error, "cannot write the ports to /does/not/exist: ");
}

/* ---- objects ---- */

static void test_only_hags_has_a_port_here(void **state) {
        _cleanup_(sdr_done) Sdr sdr = { 0 };

        (void) state;
        parse("Syspar_ports 1\na hags 3\nb hats 4\n", &sdr);
        assert_int_equal(sdr_port(&sdr, "a"), 3);
        assert_int_equal(sdr_port(&sdr, "b"), 0);
        assert_int_equal(sdr_port(&sdr, "aa"), 0);
}

static void test_add_gives_a_partition_one_port_of_its_own(void **state) {
        _cleanup_(sdr_done) Sdr sdr = { 0 };

        (void) state;
        parse("Syspar_ports 1\nb hats 4\n", &sdr);
        assert_int_equal(sdr_add(&sdr, "b", 10001), 0);
        assert_int_equal(sdr_add(&sdr, "c", 10003), 0);
        assert_int_equal(sdr_add(&sdr, "a", 10002), 0);
        assert_int_equal(sdr_add(&sdr, "a", 10004), -EEXIST); /* it has a port */
        assert_int_equal(sdr_add(&sdr, "d", 10003), -EEXIST); /* the port is taken */
        assert_int_equal(sdr_add(&sdr, "d", 4), -EEXIST);     /* by whomever */
        assert_holds(&sdr, "Syspar_ports 1\na hags 10002\nb hags 10001\nb hats 4\nc hags 10003\n");
}

static void test_remove_all_keeps_other_subsystems(void **state) {
        _cleanup_(sdr_done) Sdr sdr = { 0 };

        (void) state;
        parse("Syspar_ports 1\na hags 1\na hats 2\nb hags 3\nc hem 4\n", &sdr);
        assert_int_equal(sdr_remove_all(&sdr), 2);
        assert_holds(&sdr, "Syspar_ports 1\na hats 2\nc hem 4\n");
        assert_int_equal(sdr_remove_all(&sdr), 0);

        for (uint16_t port = 10; port < 30; port++) {
                char name[8];

                (void) snprintf(name, sizeof(name), "p%u", port);
                assert_int_equal(sdr_add(&sdr, name, port), 0);
        }
        assert_int_equal(sdr_remove_all(&sdr), 20);
}

/* ---- import ---- */

static void test_a_master_takes_what_is_new(void **state) {
        _cleanup_(sdr_done) Sdr sdr = { 0 }, import = { 0 };

        (void) state;
        parse("Syspar_ports 1\nb hags 2\nm hags 3\n", &sdr);
        parse("Syspar_ports 1\na hags 1\nb hags 2\nm hats 5\nz hags 4\n", &import);
        assert_int_equal(sdr_import(&sdr, &import, false, NULL), 3);
        assert_holds(&sdr, "Syspar_ports 1\na hags 1\nb hags 2\nm hags 3\nm hats 5\nz hags 4\n");
        assert_int_equal(sdr_import(&sdr, &import, false, NULL), 0);
}

static void test_a_master_never_changes_a_port(void **state) {
        _cleanup_(sdr_done) Sdr sdr = { 0 }, import = { 0 }, theft = { 0 };
        _cleanup_(freep) char *error = NULL;

        (void) state;
        parse("Syspar_ports 1\nb hags 2\n", &sdr);
        parse("Syspar_ports 1\na hags 1\nb hags 7\n", &import);
        assert_int_equal(sdr_import(&sdr, &import, false, &error), -EEXIST);
        assert_contains(error, "hags of partition b has port 2 in the SDR and port 7 in the import");

        parse("Syspar_ports 1\na hags 1\nc hats 2\n", &theft);
        assert_int_equal(sdr_import(&sdr, &theft, false, &error), -EEXIST);
        assert_contains(error, "port 2 belongs to hags of partition b in the SDR and to hats of c in");

        assert_holds(&sdr, "Syspar_ports 1\nb hags 2\n");
}

static void test_a_copy_becomes_what_the_master_has(void **state) {
        _cleanup_(sdr_done) Sdr sdr = { 0 }, import = { 0 }, none = { 0 };

        (void) state;
        parse("Syspar_ports 1\na hags 1\nb hags 2\nc hags 3\n", &sdr);
        parse("Syspar_ports 1\nb hags 2\nc hags 1\nd hags 4\n", &import);
        assert_int_equal(sdr_import(&sdr, &import, true, NULL), 3); /* a went, c changed, d came */
        assert_holds(&sdr, "Syspar_ports 1\nb hags 2\nc hags 1\nd hags 4\n");
        assert_int_equal(sdr_import(&sdr, &import, true, NULL), 0);
        assert_int_equal(sdr_import(&sdr, &none, true, NULL), 3);
        assert_holds(&sdr, "Syspar_ports 1\n");
}

/* ---- allocation ---- */

static void test_the_lowest_free_port_is_allocated(void **state) {
        Bytes services = TEXT("a 10000/tcp\nb 10002/ddp\nhags.x 10004/udp # hagsctrl\n");
        _cleanup_(sdr_done) Sdr sdr = { 0 };
        uint16_t port = 0;

        (void) state;
        assert_int_equal(sdr_allocate_port(&sdr, NULL, &port, NULL), 0);
        assert_int_equal(port, 10000);
        assert_int_equal(sdr_allocate_port(&sdr, &services, &port, NULL), 0);
        assert_int_equal(port, 10001);

        parse("Syspar_ports 1\na hags 10001\nb hats 10003\n", &sdr);
        assert_int_equal(sdr_allocate_port(&sdr, &services, &port, NULL), 0);
        assert_int_equal(port, 10005);
}

static void test_debian_leaves_94_ports(void **state) {
        Bytes services = TEXT("zabbix-agent\t10050/tcp\t\t\t# Zabbix Agent\nzabbix-trapper\t10051/tcp\n"
                              "amanda\t\t10080/tcp\nwebmin\t\t10000/tcp\nkamanda\t\t10081/tcp\n"
                              "amandaidx\t10082/tcp\namidxtape\t10083/tcp\n");
        _cleanup_(freep) char *error = NULL;
        _cleanup_(sdr_done) Sdr sdr = { 0 };
        uint16_t port;
        char name[8];

        (void) state;
        for (unsigned i = 0; i < 94; i++) {
                assert_int_equal(sdr_allocate_port(&sdr, &services, &port, NULL), 0);
                (void) snprintf(name, sizeof(name), "p%u", i);
                assert_int_equal(sdr_add(&sdr, name, port), 0);
        }
        assert_int_equal(port, 10100);

        port = 77;
        assert_int_equal(sdr_allocate_port(&sdr, &services, &port, &error), -ENOSPC);
        assert_int_equal(port, 77);
        assert_contains(error, "94 belong to partitions in the SDR, 7 to others in /etc/services");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_format_and_parse_are_inverse),
                cmocka_unit_test(test_objects_are_sorted),
                cmocka_unit_test(test_comments_and_blank_lines_are_not_kept),
                cmocka_unit_test(test_an_empty_repository_is_a_head),
                cmocka_unit_test(test_damage_names_file_and_line),
                cmocka_unit_test(test_a_nul_byte_is_damage),
                cmocka_unit_test(test_another_version_is_an_error_of_its_own),
                cmocka_unit_test(test_the_largest_repository_holds_every_port),
                cmocka_unit_test(test_store_and_load_keep_what_there_is),
                cmocka_unit_test(test_what_cannot_be_read_or_written_is_named),
                cmocka_unit_test(test_only_hags_has_a_port_here),
                cmocka_unit_test(test_add_gives_a_partition_one_port_of_its_own),
                cmocka_unit_test(test_remove_all_keeps_other_subsystems),
                cmocka_unit_test(test_a_master_takes_what_is_new),
                cmocka_unit_test(test_a_master_never_changes_a_port),
                cmocka_unit_test(test_a_copy_becomes_what_the_master_has),
                cmocka_unit_test(test_the_lowest_free_port_is_allocated),
                cmocka_unit_test(test_debian_leaves_94_ports),
        };

        return cmocka_run_group_tests_name("sdr", tests, NULL, NULL);
}
