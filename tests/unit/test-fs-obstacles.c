/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Files that cannot be replaced: what is said, and that everything stays as it was. What needs a mount,
 * another owner or file attributes runs as root, in a mount namespace of this process, and is skipped
 * otherwise.
 */

#include <linux/fs.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>

#include "fs-fixture.h"

static bool has_namespace;

static int group_setup(void **state) {
        (void) state;
        has_namespace = geteuid() == 0 && unshare(CLONE_NEWNS) == 0 &&
                        mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
        return 0;
}

static int change_flags(const char *path, int add, int remove_) {
        _cleanup_(closep) int fd = -EBADF;
        int flags;

        fd = open(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0 || ioctl(fd, FS_IOC_GETFLAGS, &flags) < 0)
                return -1;
        flags = (flags | add) & ~remove_;
        return ioctl(fd, FS_IOC_SETFLAGS, &flags);
}

static int make_removable(const char *path, const struct stat *st, int type, struct FTW *where) {
        (void) st;
        (void) type;
        (void) where;
        (void) umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW);
        (void) change_flags(path, 0, FS_IMMUTABLE_FL | FS_APPEND_FL);
        return 0;
}

static int teardown_obstacles(void **state) {
        if (nftw(base, make_removable, 16, FTW_PHYS) != 0)
                return -1;
        return teardown(state);
}

static void assert_not_replaceable(const char *name, int error) {
        const char *temporary = strchr(name, '/') ? "d/.f.hags-new" : ".f.hags-new";

        assert_int_equal(file_check_replaceable(in_base(name)), error);
        assert_int_equal(replace(name, "new"), error);
        assert_file(name, "old");
        assert_false(exists(temporary));
}

static void test_a_directory_of_somebody_else_is_an_error_that_is_not_foretold(void **state) {
        int check, replaced;

        (void) state;
        if (geteuid() != 0)
                skip();
        make_file("f", "old", 0666);
        assert_int_equal(chmod(base, 0755), 0);
        assert_int_equal(seteuid(65534), 0);
        check = file_check_replaceable(in_base("f"));
        replaced = replace("f", "new");
        assert_int_equal(seteuid(0), 0);
        assert_int_equal(check, 0);
        assert_int_equal(replaced, -EACCES);
        assert_file("f", "old");
}

static void test_a_read_only_file_system_is_an_error(void **state) {
        (void) state;
        if (!has_namespace)
                skip();
        assert_int_equal(mkdir(in_base("d"), 0755), 0);
        make_file("d/f", "old", 0644);
        assert_int_equal(mount(in_base("d"), in_base("d"), NULL, MS_BIND, NULL), 0);
        assert_int_equal(mount(NULL, in_base("d"), NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL), 0);
        assert_not_replaceable("d/f", -EROFS);
        assert_int_equal(file_check_replaceable(in_base("d/none")), -EROFS);
        assert_int_equal(file_remove(in_base("d/f")), -EROFS);
        assert_int_equal(file_remove(in_base("d/none")), 0);
        assert_int_equal(file_sweep(in_base("d/f")), 0);
}

static void test_an_immutable_file_or_directory_is_an_error(void **state) {
        static const int flags[] = { FS_IMMUTABLE_FL, FS_APPEND_FL };

        (void) state;
        assert_int_equal(mkdir(in_base("d"), 0755), 0);
        make_file("d/f", "old", 0644);
        if (geteuid() != 0 || change_flags(in_base("d/f"), FS_IMMUTABLE_FL, 0) < 0)
                skip();

        for (size_t i = 0; i < ELEMENTSOF(flags); i++) {
                assert_int_equal(change_flags(in_base("d/f"), flags[i], FS_IMMUTABLE_FL & ~flags[i]), 0);
                assert_not_replaceable("d/f", -EPERM);
                assert_int_equal(file_remove(in_base("d/f")), -EPERM);
                assert_int_equal(change_flags(in_base("d/f"), 0, flags[i]), 0);
        }

        assert_int_equal(change_flags(in_base("d"), FS_IMMUTABLE_FL, 0), 0);
        assert_not_replaceable("d/f", -EPERM);
        assert_int_equal(file_check_replaceable(in_base("d/none")), -EPERM);
        assert_int_equal(change_flags(in_base("d"), FS_APPEND_FL, FS_IMMUTABLE_FL), 0);
        assert_int_equal(file_check_replaceable(in_base("d/f")), -EPERM);
}

static void test_a_mount_point_is_an_error(void **state) {
        (void) state;
        if (!has_namespace)
                skip();
        make_file("f", "hidden", 0644);
        make_file("above", "old", 0644);
        assert_int_equal(mount(in_base("above"), in_base("f"), NULL, MS_BIND, NULL), 0);
        assert_not_replaceable("f", -EBUSY);
        assert_int_equal(file_remove(in_base("f")), -EBUSY);
        assert_int_equal(umount(in_base("f")), 0);
        assert_file("f", "hidden");
}

static void test_a_full_disk_leaves_the_old_file_and_nothing_else(void **state) {
        static char large[1 << 20];

        (void) state;
        if (!has_namespace)
                skip();
        assert_int_equal(mkdir(in_base("d"), 0755), 0);
        assert_int_equal(mount("tmpfs", in_base("d"), "tmpfs", 0, "size=256k"), 0);
        make_file("d/f", "old", 0644);
        memset(large, 'x', sizeof(large));
        assert_int_equal(file_replace(in_base("d/f"), large, sizeof(large), 0644), -ENOSPC);
        assert_file("d/f", "old");
        assert_false(exists("d/.f.hags-new"));
        assert_int_equal(file_replace(in_base("d/none"), large, sizeof(large), 0644), -ENOSPC);
        assert_false(exists("d/none"));
        assert_false(exists("d/.none.hags-new"));
        assert_int_equal(replace("d/f", "new"), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown_obstacles)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_a_directory_of_somebody_else_is_an_error_that_is_not_foretold),
                TEST(test_a_read_only_file_system_is_an_error),
                TEST(test_an_immutable_file_or_directory_is_an_error),
                TEST(test_a_mount_point_is_an_error),
                TEST(test_a_full_disk_leaves_the_old_file_and_nothing_else),
        };

        return cmocka_run_group_tests_name("fs-obstacles", tests, group_setup, NULL);
}
