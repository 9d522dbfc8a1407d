/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files read and replaced whole: what is read, what is kept, and that nothing is ever seen half-written. */

#include <sys/xattr.h>

#include "fs-fixture.h"

/* ---- the calls that matter for durability are watched, and fail when told to ---- */

int __real_fsync(int fd);
int __real_renameat(int from_fd, const char *from, int to_fd, const char *to);
ssize_t __real_write(int fd, const void *data, size_t size);
int __wrap_fsync(int fd);
int __wrap_renameat(int from_fd, const char *from, int to_fd, const char *to);
ssize_t __wrap_write(int fd, const void *data, size_t size);

static char calls[64]; /* f: fsync of a file, d: of a directory, r: rename */
static char failing;   /* the one of them that fails */
static unsigned interruptions; /* so many writes are interrupted, and take one byte only */

static bool call(char what) {
        size_t n = strlen(calls);

        calls[n] = what;
        calls[n + 1] = 0;
        errno = EIO;
        return what != failing;
}

int __wrap_fsync(int fd) {
        struct stat st;

        assert_int_equal(fstat(fd, &st), 0);
        return call(S_ISDIR(st.st_mode) ? 'd' : 'f') ? __real_fsync(fd) : -1;
}

int __wrap_renameat(int from_fd, const char *from, int to_fd, const char *to) {
        return call('r') ? __real_renameat(from_fd, from, to_fd, to) : -1;
}

ssize_t __wrap_write(int fd, const void *data, size_t size) {
        if (interruptions == 0)
                return __real_write(fd, data, size);

        if (interruptions-- % 2 == 0) {
                errno = EINTR;
                return -1;
        }
        return __real_write(fd, data, 1);
}

static int setup_calls(void **state) {
        *calls = failing = 0;
        interruptions = 0;
        return setup(state);
}

/* ---- reading ---- */

static void test_all_bytes_are_read_with_a_nul_behind(void **state) {
        static const size_t sizes[] = { 0, 1, 4095, 4096, 4097, 8192, 100001 };

        (void) state;
        for (size_t i = 0; i < ELEMENTSOF(sizes); i++) {
                _cleanup_(freep) char *data = malloc(sizes[i] + 1);
                _cleanup_(bytes_done) Bytes b = { 0 };

                assert_non_null(data);
                for (size_t j = 0; j < sizes[i]; j++)
                        data[j] = (char) (j * 7 + j / 256);
                assert_int_equal(file_replace(in_base("f"), data, sizes[i], 0600), 0);
                assert_int_equal(file_read(in_base("f"), sizes[i], &b), 0);
                assert_int_equal(b.size, sizes[i]);
                assert_memory_equal(b.data, data, sizes[i]);
                assert_int_equal(b.data[b.size], 0);
        }
}

static void test_a_file_above_the_limit_is_refused(void **state) {
        Bytes b = { .size = 77 };

        (void) state;
        make_file("f", "12345", 0600);
        assert_int_equal(file_read(in_base("f"), 4, &b), -EFBIG);
        assert_int_equal(file_read("/proc/self/status", 10, &b), -EFBIG);
        assert_int_equal(b.size, 77);
        assert_null(b.data);
}

static void test_files_without_a_size_are_read(void **state) {
        _cleanup_(bytes_done) Bytes b = { 0 }, piped = { 0 };
        char text[5000];
        int ends[2];

        (void) state;
        assert_int_equal(file_read("/proc/self/status", 1 << 20, &b), 0);
        assert_memory_equal(b.data, "Name:", 5);

        assert_int_equal(pipe(ends), 0);
        memset(text, 'x', sizeof(text));
        assert_int_equal(__real_write(ends[1], text, sizeof(text)), sizeof(text));
        assert_int_equal(close(ends[1]), 0);
        assert_int_equal(fd_read(ends[0], 5000, &piped), 0);
        assert_int_equal(close(ends[0]), 0);
        assert_int_equal(piped.size, 5000);
        assert_memory_equal(piped.data, text, 5000);
}

static void test_what_is_no_file_is_not_read(void **state) {
        Bytes b;

        (void) state;
        assert_int_equal(file_read(base, 100, &b), -EISDIR);
        assert_int_equal(file_read(in_base("none"), 100, &b), -ENOENT);
        assert_int_equal(file_read(in_base("none/none"), 100, &b), -ENOENT);
}

/* ---- replacing ---- */

static void test_a_new_file_gets_its_mode_whatever_the_umask(void **state) {
        (void) state;
        (void) umask(0777);
        assert_int_equal(file_replace(in_base("a"), "x", 1, 0644), 0);
        (void) umask(0);
        assert_int_equal(file_replace(in_base("b"), "x", 1, 0600), 0);
        assert_int_equal(status_of("a").st_mode, S_IFREG | 0644);
        assert_int_equal(status_of("b").st_mode, S_IFREG | 0600);
        assert_file("a", "x");
}

static void test_the_mode_of_an_old_file_is_kept(void **state) {
        (void) state;
        make_file("f", "old", 0604);
        assert_int_equal(replace("f", "new and longer"), 0);
        assert_file("f", "new and longer");
        assert_int_equal(status_of("f").st_mode, S_IFREG | 0604);
        assert_int_equal(replace("f", ""), 0);
        assert_file("f", "");
}

static void test_the_owner_is_kept(void **state) {
        (void) state;
        if (geteuid() != 0)
                skip();
        make_file("f", "old", 0600);
        assert_int_equal(chown(in_base("f"), 1234, 5678), 0);
        assert_int_equal(chmod(in_base("f"), 06751), 0);
        assert_int_equal(replace("f", "new"), 0);
        assert_int_equal(status_of("f").st_uid, 1234);
        assert_int_equal(status_of("f").st_gid, 5678);
        assert_int_equal(status_of("f").st_mode, S_IFREG | 06751);
}

static void test_extended_attributes_are_kept(void **state) {
        char value[16];

        (void) state;
        make_file("f", "old", 0644);
        if (setxattr(in_base("f"), "user.hags", "v\0w", 3, 0) < 0)
                skip();
        assert_int_equal(setxattr(in_base("f"), "user.empty", "", 0, 0), 0);
        assert_int_equal(replace("f", "new"), 0);
        assert_int_equal(getxattr(in_base("f"), "user.hags", value, sizeof(value)), 3);
        assert_memory_equal(value, "v\0w", 3);
        assert_int_equal(getxattr(in_base("f"), "user.empty", value, sizeof(value)), 0);
}

/* An access control list as the kernel takes it: user::rw- user:<uid>:r-- group::r-- mask::r-- other::--- */
typedef struct AccessList {
        uint32_t version;
        struct {
                uint16_t tag, permissions;
                uint32_t id;
        } entries[5];
} AccessList;

static const AccessList more_readers = {
        .version = 2,
        .entries = { { 1, 6, -1U }, { 2, 4, 4711 }, { 4, 4, -1U }, { 16, 4, -1U }, { 32, 0, -1U } },
};

static void test_the_access_control_list_is_kept(void **state) {
        AccessList acl;

        (void) state;
        make_file("f", "old", 0640);
        if (setxattr(in_base("f"), "system.posix_acl_access", &more_readers, sizeof(more_readers), 0) < 0)
                skip();
        assert_int_equal(replace("f", "new"), 0);
        assert_int_equal(getxattr(in_base("f"), "system.posix_acl_access", &acl, sizeof(acl)), sizeof(acl));
        assert_memory_equal(&acl, &more_readers, sizeof(acl));
        assert_int_equal(status_of("f").st_mode, S_IFREG | 0640);
}

static void test_no_access_control_list_is_inherited_in_its_place(void **state) {
        (void) state;
        make_file("f", "old", 0640);
        if (setxattr(base, "system.posix_acl_default", &more_readers, sizeof(more_readers), 0) < 0)
                skip();
        assert_int_equal(replace("f", "new"), 0);
        assert_int_equal(getxattr(in_base("f"), "system.posix_acl_access", NULL, 0), -1);
        assert_int_equal(errno, ENODATA);
        assert_int_equal(status_of("f").st_mode, S_IFREG | 0640);

        assert_int_equal(replace("new", "new"), 0);
        assert_int_equal(status_of("new").st_mode, S_IFREG | 0644);
}

static void test_a_symbolic_link_is_followed_and_stays(void **state) {
        (void) state;
        assert_int_equal(mkdir(in_base("d"), 0755), 0);
        make_file("d/real", "old", 0640);
        assert_int_equal(symlink("d/real", in_base("one")), 0);
        assert_int_equal(symlink(in_base("one"), in_base("two")), 0);
        assert_int_equal(replace("two", "new"), 0);
        assert_true(S_ISLNK(status_of("one").st_mode));
        assert_true(S_ISLNK(status_of("two").st_mode));
        assert_int_equal(status_of("d/real").st_mode, S_IFREG | 0640);
        assert_file("d/real", "new");
        assert_false(exists(".two.hags-new"));
        assert_false(exists("d/.real.hags-new"));
}

static void test_a_link_that_leads_nowhere_is_an_error(void **state) {
        (void) state;
        assert_int_equal(symlink("nowhere", in_base("link")), 0);
        assert_int_equal(symlink("loop", in_base("loop")), 0);
        assert_int_equal(replace("link", "new"), -ENOLINK);
        assert_int_equal(file_check_replaceable(in_base("link")), -ENOLINK);
        assert_int_equal(replace("loop", "new"), -ELOOP);
        assert_false(exists("nowhere"));
        assert_false(exists(".link.hags-new"));
        assert_false(exists(".nowhere.hags-new"));
}

static void test_what_is_no_file_is_not_replaced(void **state) {
        (void) state;
        assert_int_equal(mkdir(in_base("d"), 0755), 0);
        make_file("f", "", 0644);
        assert_int_equal(mkfifo(in_base("fifo"), 0644), 0);
        assert_int_equal(replace("d", "new"), -EISDIR);
        assert_int_equal(replace("fifo", "new"), -EINVAL);
        assert_int_equal(replace("none/f", "new"), -ENOENT);
        assert_int_equal(replace("f/f", "new"), -ENOTDIR);
        assert_int_equal(file_check_replaceable(in_base("d")), -EISDIR);
        assert_int_equal(file_check_replaceable(in_base("none/f")), -ENOENT);
        assert_int_equal(file_check_replaceable(in_base("f/f")), -ENOTDIR);
        assert_false(exists(".d.hags-new"));
        assert_false(exists(".fifo.hags-new"));
}

static void test_a_name_leaves_room_for_that_of_the_temporary_file(void **state) {
        char name[NAME_MAX + 1];

        (void) state;
        memset(name, 'n', NAME_MAX);
        name[NAME_MAX] = 0;
        assert_int_equal(replace(name, "new"), -ENAMETOOLONG);
        name[NAME_MAX - strlen("..hags-new") + 1] = 0;
        assert_int_equal(replace(name, "new"), -ENAMETOOLONG);
        name[NAME_MAX - strlen("..hags-new")] = 0;
        assert_int_equal(replace(name, "new"), 0);
        assert_file(name, "new");
}

static void test_relative_paths_work(void **state) {
        _cleanup_(closep) int before = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        int created, replaced, removed;

        (void) state;
        assert_true(before >= 0);
        assert_int_equal(chdir(base), 0);
        created = file_replace("f", "1", 1, 0644);
        replaced = file_replace("./f", "2", 1, 0644);
        removed = file_remove("f");
        assert_int_equal(fchdir(before), 0);
        assert_int_equal(created, 0);
        assert_int_equal(replaced, 0);
        assert_int_equal(removed, 1);
}

static void test_short_and_interrupted_writes_go_on(void **state) {
        (void) state;
        interruptions = 7;
        assert_int_equal(replace("f", "0123456789"), 0);
        assert_int_equal(interruptions, 0);
        assert_file("f", "0123456789");
}

/* ---- never half-written ---- */

static void test_the_file_is_durable_before_its_name_and_the_name_before_the_end(void **state) {
        (void) state;
        assert_int_equal(replace("f", "new"), 0);
        assert_string_equal(calls, "frd");
        assert_int_equal(file_remove(in_base("f")), 1);
        assert_string_equal(calls, "frdd");
}

static void test_a_failure_leaves_the_old_file_and_nothing_else(void **state) {
        (void) state;
        make_file("f", "old", 0644);
        for (const char *what = "fr"; *what; what++) {
                failing = *what;
                assert_int_equal(replace("f", "new"), -EIO);
                assert_file("f", "old");
                assert_false(exists(".f.hags-new"));
                assert_int_equal(replace("none", "new"), -EIO);
                assert_false(exists("none"));
                assert_false(exists(".none.hags-new"));
        }

        failing = 'd';
        assert_int_equal(replace("f", "new"), -EIO); /* replaced, but nobody knows whether for good */
        assert_false(exists(".f.hags-new"));
}

static void test_the_rest_of_a_killed_run_is_swept(void **state) {
        (void) state;
        make_file("f", "old", 0644);
        make_file(".f.hags-new", "half of th", 0600);
        assert_int_equal(file_sweep(in_base("f")), 1);
        assert_string_equal(calls, "d");
        assert_false(exists(".f.hags-new"));
        assert_file("f", "old");
        assert_int_equal(file_sweep(in_base("f")), 0);
        assert_int_equal(file_sweep(in_base("none")), 0);
        assert_int_equal(file_sweep(in_base("none/f")), 0);
        assert_int_equal(file_sweep(in_base("f/f")), 0);

        make_file(".f.hags-new", "half of something longer", 0600);
        assert_int_equal(replace("f", "new"), 0);
        assert_file("f", "new");
        assert_false(exists(".f.hags-new"));
}

static void test_a_planted_temporary_file_is_not_written_through(void **state) {
        (void) state;
        make_file("victim", "precious", 0644);
        assert_int_equal(symlink("victim", in_base(".f.hags-new")), 0);
        assert_int_equal(replace("f", "new"), 0);
        assert_file("f", "new");
        assert_true(S_ISREG(status_of("f").st_mode));
        assert_file("victim", "precious");
}

static void test_sweeping_follows_the_link_to_where_the_file_is(void **state) {
        (void) state;
        assert_int_equal(mkdir(in_base("d"), 0755), 0);
        make_file("d/real", "old", 0644);
        make_file("d/.real.hags-new", "half", 0600);
        assert_int_equal(symlink("d/real", in_base("link")), 0);
        assert_int_equal(symlink("d/none", in_base("dangling")), 0);
        assert_int_equal(file_sweep(in_base("link")), 1);
        assert_false(exists("d/.real.hags-new"));
        assert_int_equal(file_sweep(in_base("dangling")), 0);
}

static void test_what_can_be_replaced_is_told_without_writing(void **state) {
        (void) state;
        make_file("f", "old", 0400);
        assert_int_equal(file_check_replaceable(in_base("f")), 0);
        assert_int_equal(file_check_replaceable(in_base("none")), 0);
        assert_file("f", "old");
        assert_false(exists("none"));
        assert_string_equal(calls, "");
}

/* ---- removing, directories ---- */

static void test_removing_says_whether_it_was_there(void **state) {
        (void) state;
        make_file("f", "", 0644);
        assert_int_equal(symlink("f", in_base("link")), 0);
        assert_int_equal(file_remove(in_base("link")), 1);
        assert_false(exists("link"));
        assert_true(exists("f"));
        assert_int_equal(file_remove(in_base("f/f")), 0);
        assert_int_equal(file_remove(in_base("f")), 1);
        assert_int_equal(file_remove(in_base("f")), 0);
        assert_int_equal(file_remove(in_base("none/f")), 0);
        assert_int_equal(file_remove(base), -EISDIR);
}

static void test_a_new_directory_gets_its_mode_whatever_the_umask(void **state) {
        (void) state;
        (void) umask(0777);
        assert_int_equal(directory_make(in_base("d"), 0755), 0);
        (void) umask(022);
        assert_int_equal(status_of("d").st_mode, S_IFDIR | 0755);
        assert_string_equal(calls, "d");
        assert_int_equal(directory_make(in_base("d"), 0700), 0);
        assert_int_equal(status_of("d").st_mode, S_IFDIR | 0755);
}

static void test_a_directory_is_not_made_where_something_else_is(void **state) {
        (void) state;
        make_file("f", "", 0644);
        assert_int_equal(symlink("none", in_base("dangling")), 0);
        assert_int_equal(symlink(".", in_base("link")), 0);
        assert_int_equal(directory_make(in_base("f"), 0755), -ENOTDIR);
        assert_int_equal(directory_make(in_base("dangling"), 0755), -ENOENT);
        assert_int_equal(directory_make(in_base("none/d"), 0755), -ENOENT);
        assert_int_equal(directory_make(in_base("link"), 0755), 0);
}

static void test_the_directory_of_a_path_is_synced(void **state) {
        (void) state;
        assert_int_equal(directory_sync_parent(in_base("whatever")), 0);
        assert_int_equal(directory_sync_parent("whatever"), 0);
        assert_string_equal(calls, "dd");
        assert_int_equal(directory_sync_parent(in_base("none/whatever")), -ENOENT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup_calls, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_all_bytes_are_read_with_a_nul_behind),
                TEST(test_a_file_above_the_limit_is_refused),
                TEST(test_files_without_a_size_are_read),
                TEST(test_what_is_no_file_is_not_read),
                TEST(test_a_new_file_gets_its_mode_whatever_the_umask),
                TEST(test_the_mode_of_an_old_file_is_kept),
                TEST(test_the_owner_is_kept),
                TEST(test_extended_attributes_are_kept),
                TEST(test_the_access_control_list_is_kept),
                TEST(test_no_access_control_list_is_inherited_in_its_place),
                TEST(test_a_symbolic_link_is_followed_and_stays),
                TEST(test_a_link_that_leads_nowhere_is_an_error),
                TEST(test_what_is_no_file_is_not_replaced),
                TEST(test_a_name_leaves_room_for_that_of_the_temporary_file),
                TEST(test_relative_paths_work),
                TEST(test_short_and_interrupted_writes_go_on),
                TEST(test_the_file_is_durable_before_its_name_and_the_name_before_the_end),
                TEST(test_a_failure_leaves_the_old_file_and_nothing_else),
                TEST(test_the_rest_of_a_killed_run_is_swept),
                TEST(test_a_planted_temporary_file_is_not_written_through),
                TEST(test_sweeping_follows_the_link_to_where_the_file_is),
                TEST(test_what_can_be_replaced_is_told_without_writing),
                TEST(test_removing_says_whether_it_was_there),
                TEST(test_a_new_directory_gets_its_mode_whatever_the_umask),
                TEST(test_a_directory_is_not_made_where_something_else_is),
                TEST(test_the_directory_of_a_path_is_synced),
        };

        return cmocka_run_group_tests_name("fs", tests, NULL, NULL);
}
