/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The log writer where system calls fail or do half: short writes, a full disk, a directory that is gone. */

#include "log-fixture.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>

/* ---- system calls that do what a test says ---- */

#define UNLIMITED SIZE_MAX

static struct {
        size_t most;        /* bytes that one write() takes */
        size_t room;        /* bytes until the disk is full */
        int write_error;    /* what it says then */
        unsigned n_eintr;   /* so many writes are interrupted first */
        int ftruncate_error, rename_error, open_error, fallocate_error;
} faults;

ssize_t __real_write(int fd, const void *data, size_t size);
ssize_t __wrap_write(int fd, const void *data, size_t size);
int __real_ftruncate(int fd, off_t size);
int __wrap_ftruncate(int fd, off_t size);
int __real_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to);
int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, mode_t mode);
int __real_fallocate(int fd, int mode, off_t offset, off_t size);
int __wrap_fallocate(int fd, int mode, off_t offset, off_t size);

static int fail_with(int error) {
        errno = error;
        return -1;
}

ssize_t __wrap_write(int fd, const void *data, size_t size) {
        if (faults.n_eintr > 0) {
                faults.n_eintr--;
                return fail_with(EINTR);
        }
        if (faults.room == 0)
                return faults.write_error == 0 ? 0 : fail_with(faults.write_error);

        if (size > faults.room)
                size = faults.room;
        if (size > faults.most)
                size = faults.most;
        if (faults.room != UNLIMITED)
                faults.room -= size;
        return __real_write(fd, data, size);
}

int __wrap_ftruncate(int fd, off_t size) {
        return faults.ftruncate_error ? fail_with(faults.ftruncate_error) : __real_ftruncate(fd, size);
}

int __wrap_rename(const char *from, const char *to) {
        if (faults.rename_error == ENOENT) /* somebody else is quicker */
                (void) unlink(from);
        return faults.rename_error ? fail_with(faults.rename_error) : __real_rename(from, to);
}

int __wrap_open(const char *path, int flags, mode_t mode) {
        if (faults.open_error && (flags & O_CREAT))
                return fail_with(faults.open_error);
        return __real_open(path, flags, mode);
}

int __wrap_fallocate(int fd, int mode, off_t offset, off_t size) {
        return faults.fallocate_error ? fail_with(faults.fallocate_error)
                                      : __real_fallocate(fd, mode, offset, size);
}

static void no_faults(void) {
        memset(&faults, 0, sizeof(faults));
        faults.most = faults.room = UNLIMITED;
}

static int setup(void **state) {
        no_faults();
        return fixture_setup(state);
}

#define fault_test(function) cmocka_unit_test_setup_teardown(function, setup, fixture_teardown)

static void assert_resumes_without_faults(Fixture *x, LogFile *f) {
        no_faults();
        assert_resumes(x, f);
}

/* ---- writes that do half ---- */

static void test_short_and_interrupted_writes_split_no_line(void **state) {
        static const size_t most[] = { 1, 2, 7, 100, 1000, 4096 };
        Fixture *x = *state;

        for (size_t i = 0; i < ELEMENTSOF(most); i++) {
                _cleanup_(logfile_freep) LogFile *f = NULL;

                (void) unlink(x->path);
                (void) unlink(x->backup);
                x->next = 1;
                faults.most = most[i];
                faults.n_eintr = 5;
                f = open_log(x, 300);
                put(x, f, 500);
                assert_int_equal(logfile_flush(f), 0);
                assert_int_equal(faults.n_eintr, 0);
                assert_holds(x->backup, 1, 300);
                assert_holds(x->path, 301, 500);
        }
}

/* The disk fills up at each byte of a flush in turn, which rotates too. */
static void disk_full_at_every_byte(Fixture *x, int write_error, int ftruncate_error) {
        size_t size = lines_size(4, 12);

        for (size_t room = 0; room < size; room += ftruncate_error ? 7 : 1) {
                _cleanup_(logfile_freep) LogFile *f = NULL;
                Found found;

                (void) unlink(x->path);
                (void) unlink(x->backup);
                no_faults();
                x->next = 1;
                f = open_log(x, 8);
                put(x, f, 3);
                assert_int_equal(logfile_flush(f), 0);

                faults.room = room;
                faults.write_error = write_error;
                faults.ftruncate_error = ftruncate_error;
                put(x, f, 9);
                assert_int_equal(logfile_flush(f), LOGFILE_E_SUSPENDED);
                assert_true(logfile_suspended(f));
                assert_int_equal(logfile_error(f), write_error ? -write_error : -EIO);

                if (!ftruncate_error) {
                        found = read_log(x);
                        assert_true(found.missing == 0 && found.last + logfile_missing(f) == 12);
                        assert_true(lines_size(4, found.last) <= room); /* all that was whole was kept */
                        assert_true(lines_size(4, found.last + 1) > room);
                }
                put(x, f, 2);
                assert_resumes_without_faults(x, f);
        }
}

static void test_disk_full_keeps_whole_lines_and_counts_the_others(void **state) {
        disk_full_at_every_byte(*state, ENOSPC, 0);
}

static void test_a_write_that_takes_nothing_is_an_error(void **state) {
        disk_full_at_every_byte(*state, 0, 0);
}

static void test_a_torn_line_that_cannot_be_cut_at_once_is_cut_on_resumption(void **state) {
        disk_full_at_every_byte(*state, EDQUOT, EIO);
}

static void test_a_torn_line_that_cannot_be_cut_is_never_continued(void **state) {
        _cleanup_(logfile_freep) LogFile *f = NULL;
        Fixture *x = *state;

        f = open_log(x, 100);
        faults.room = lines_size(1, 2) - 1;
        faults.write_error = EIO;
        faults.ftruncate_error = EIO;
        put(x, f, 5);
        assert_int_equal(logfile_flush(f), LOGFILE_E_SUSPENDED);

        faults.room = UNLIMITED; /* it could be written again, but for the torn line */
        assert_int_equal(logfile_retry(f), 0);
        assert_true(logfile_suspended(f));
        assert_resumes_without_faults(x, f);
}

/* ---- what a suspension looks like ---- */

static void test_a_suspension_is_told_once_and_lines_are_counted(void **state) {
        _cleanup_(logfile_freep) LogFile *f = NULL;
        Fixture *x = *state;

        f = open_log(x, 100);
        faults.room = 0;
        faults.write_error = ENOSPC;
        put(x, f, 1);
        assert_int_equal(logfile_flush(f), LOGFILE_E_SUSPENDED);

        for (uint64_t i = 1; i <= 5; i++) {
                assert_int_equal(logfile_missing(f), i);
                put(x, f, 1);
                assert_int_equal(logfile_flush(f), 0);
                assert_int_equal(logfile_retry(f), 0);
                faults.write_error = EIO; /* the reason stays the one that began it */
                assert_int_equal(logfile_error(f), -ENOSPC);
        }
        assert_resumes_without_faults(x, f);

        faults.room = 0;
        faults.write_error = EIO;
        put(x, f, 3);
        assert_int_equal(logfile_flush(f), LOGFILE_E_SUSPENDED);
        assert_int_equal(logfile_error(f), -EIO);
        assert_int_equal(logfile_missing(f), 6 + 3);
        assert_resumes_without_faults(x, f);
}

static void test_a_suspension_that_a_full_queue_began_is_told_by_the_flush(void **state) {
        _cleanup_(logfile_freep) LogFile *f = NULL;
        Fixture *x = *state;

        f = open_log(x, 100000);
        faults.room = 0;
        faults.write_error = ENOSPC;
        put(x, f, 5000);
        assert_true(logfile_suspended(f));
        assert_int_equal(logfile_missing(f), 5000);
        assert_int_equal(logfile_flush(f), LOGFILE_E_SUSPENDED);
        assert_int_equal(logfile_flush(f), 0);
        assert_resumes_without_faults(x, f);
}

static void test_the_line_that_counts_missing_ones_counts_for_the_limit(void **state) {
        _cleanup_(logfile_freep) LogFile *f = NULL;
        Fixture *x = *state;
        Found found = { 0 };

        f = open_log(x, 4);
        put(x, f, 4);
        assert_int_equal(logfile_flush(f), 0);
        faults.room = 0;
        faults.write_error = ENOSPC;
        put(x, f, 2);
        assert_int_equal(logfile_flush(f), LOGFILE_E_SUSPENDED);
        assert_resumes_without_faults(x, f);

        put(x, f, 2);
        assert_int_equal(logfile_flush(f), 0);
        assert_holds(x->backup, 1, 4);
        read_file(x->path, &found);
        assert_int_equal(found.n_lines, 4);
        assert_int_equal(found.missing, 2);
}

/* In the last bytes of a full disk there is room for that line, but for no other. */
static void test_a_writer_resumes_when_there_is_room_for_more_than_a_line(void **state) {
        _cleanup_(logfile_freep) LogFile *f = NULL;
        Fixture *x = *state;

        f = open_log(x, 100);
        for (unsigned i = 0; i < 2; i++) {
                faults.room = 0;
                faults.write_error = ENOSPC;
                put(x, f, 1);
                assert_int_equal(logfile_flush(f), LOGFILE_E_SUSPENDED);

                faults.room = UNLIMITED;
                faults.fallocate_error = ENOSPC;
                assert_int_equal(logfile_retry(f), 0);
                faults.fallocate_error = EDQUOT;
                assert_int_equal(logfile_retry(f), 0);
                faults.fallocate_error = EOPNOTSUPP; /* a file system that cannot say must not stop us */
                assert_int_equal(logfile_retry(f), LOGFILE_E_RESUMED);
        }
        assert_int_equal(read_log(x).missing, 2);
}

/* ---- rotation ---- */

static void test_a_failed_rotation_suspends_and_keeps_both_files(void **state) {
        _cleanup_(logfile_freep) LogFile *f = NULL;
        Fixture *x = *state;

        f = open_log(x, 5);
        put(x, f, 10);
        assert_int_equal(logfile_flush(f), 0);
        faults.rename_error = EACCES;
        put(x, f, 1);
        assert_int_equal(logfile_flush(f), LOGFILE_E_SUSPENDED);
        assert_int_equal(logfile_error(f), -EACCES);
        assert_int_equal(logfile_retry(f), 0);
        assert_holds(x->backup, 1, 5);
        assert_holds(x->path, 6, 10);
        assert_resumes_without_faults(x, f);
}

static void test_a_file_removed_at_the_moment_of_rotation_is_no_fault(void **state) {
        _cleanup_(logfile_freep) LogFile *f = NULL;
        Fixture *x = *state;

        f = open_log(x, 5);
        put(x, f, 10);
        assert_int_equal(logfile_flush(f), 0);
        faults.rename_error = ENOENT;
        put(x, f, 3);
        assert_int_equal(logfile_flush(f), 0);
        assert_holds(x->backup, 1, 5);
        assert_holds(x->path, 11, 13);
}

static void test_a_directory_in_the_place_of_the_bak_suspends(void **state) {
        _cleanup_(logfile_freep) LogFile *f = NULL;
        Fixture *x = *state;

        assert_int_equal(mkdir(x->backup, 0700), 0);
        f = open_log(x, 5);
        put(x, f, 6);
        assert_int_equal(logfile_flush(f), LOGFILE_E_SUSPENDED);
        assert_int_equal(logfile_error(f), -EISDIR);
        assert_int_equal(rmdir(x->backup), 0);
        assert_resumes_without_faults(x, f);
}

static void test_a_rotation_without_a_new_file_suspends_and_keeps_the_bak(void **state) {
        _cleanup_(logfile_freep) LogFile *f = NULL;
        Fixture *x = *state;

        f = open_log(x, 5);
        put(x, f, 5);
        assert_int_equal(logfile_flush(f), 0);
        faults.open_error = EMFILE;
        put(x, f, 3);
        assert_int_equal(logfile_flush(f), LOGFILE_E_SUSPENDED);
        assert_int_equal(logfile_error(f), -EMFILE);
        assert_int_equal(logfile_retry(f), 0);
        assert_false(exists(x->path));
        assert_holds(x->backup, 1, 5);
        assert_resumes_without_faults(x, f);
        assert_int_equal(read_log(x).missing, 3);
}

/* ---- the directory ---- */

static void test_a_directory_may_come_later(void **state) {
        Fixture *x = *state, later = *x;
        char directory[300];
        LogFile *f;

        (void) snprintf(directory, sizeof(directory), "%s/later", x->directory);
        (void) snprintf(later.path, sizeof(later.path), "%s/later/log", x->directory);
        assert_int_equal(logfile_new(later.path, 10, TEST_IDENT, &f), LOGFILE_E_SUSPENDED);
        assert_int_equal(logfile_error(f), -ENOENT);
        assert_int_equal(logfile_flush(f), 0); /* it was told already */
        assert_int_equal(logfile_retry(f), 0);

        assert_int_equal(mkdir(directory, 0700), 0);
        assert_int_equal(logfile_retry(f), LOGFILE_E_RESUMED);
        put(&later, f, 2);
        f = logfile_free(f);
        assert_holds(later.path, 1, 2); /* nothing was missing, so nothing is said of it */
}

static void test_a_directory_removed_and_made_again_is_used_again(void **state) {
        _cleanup_(logfile_freep) LogFile *f = NULL;
        Fixture *x = *state;
        Found found;

        f = open_log(x, 10);
        put(x, f, 3);
        assert_int_equal(logfile_flush(f), 0);
        assert_int_equal(unlink(x->path), 0);
        assert_int_equal(rmdir(x->directory), 0);

        put(x, f, 4);
        assert_int_equal(logfile_flush(f), LOGFILE_E_SUSPENDED);
        assert_int_equal(logfile_error(f), -ENOENT);
        put(x, f, 1);
        assert_int_equal(logfile_retry(f), 0);

        assert_int_equal(mkdir(x->directory, 0700), 0);
        assert_int_equal(logfile_retry(f), LOGFILE_E_RESUMED);
        put(x, f, 2);
        assert_int_equal(logfile_flush(f), 0);
        found = read_log(x);
        assert_int_equal(found.missing, 5);
        assert_int_equal(found.first, 9);
        assert_int_equal(found.last, 10);
}

/* ---- a real disk ---- */

/* A file system of 64 KiB over the test's directory, seen by this process alone. */
static bool mount_small_disk(const char *directory) {
        if (unshare(CLONE_NEWNS) < 0 && unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
                return false;
        return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) >= 0 &&
               mount("hags-test", directory, "tmpfs", 0, "size=64k") >= 0;
}

/* Fill it up, free some, until each size of the last write was seen; rotation is on. */
static void use_small_disk(Fixture *x) {
        _cleanup_(freep) char *filler = calloc(1, 24 * 1024);
        char path[400];

        assert_non_null(filler);
        (void) snprintf(path, sizeof(path), "%s/filler", x->directory);

        for (unsigned round = 0; round < 200; round++) {
                _cleanup_(logfile_freep) LogFile *f = NULL;
                uint64_t n_flushes = 0;

                (void) unlink(x->path);
                (void) unlink(x->backup);
                write_text(path, O_TRUNC, filler, 24 * 1024);
                x->next = 1 + round;
                f = open_log(x, 150);
                while (logfile_flush(f) == 0) {
                        assert_true(++n_flushes < 10000);
                        put(x, f, 1 + mix(round * 1000 + n_flushes) % 20);
                }
                assert_int_equal(logfile_error(f), -ENOSPC);
                assert_true(read_log(x).n_lines > 0);
                put(x, f, 10);
                assert_int_equal(logfile_retry(f), 0);

                assert_int_equal(unlink(path), 0);
                assert_resumes_without_faults(x, f);
        }
}

static void test_a_real_disk_full_and_freed(void **state) {
        Fixture *x = *state;
        int status;
        pid_t pid;

        pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
                if (!mount_small_disk(x->directory))
                        _exit(77);
                use_small_disk(x);
                _exit(0);
        }

        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFEXITED(status));
        if (WEXITSTATUS(status) == 77) /* neither root nor user namespaces */
                skip();
        assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                fault_test(test_short_and_interrupted_writes_split_no_line),
                fault_test(test_disk_full_keeps_whole_lines_and_counts_the_others),
                fault_test(test_a_write_that_takes_nothing_is_an_error),
                fault_test(test_a_torn_line_that_cannot_be_cut_at_once_is_cut_on_resumption),
                fault_test(test_a_torn_line_that_cannot_be_cut_is_never_continued),
                fault_test(test_a_suspension_is_told_once_and_lines_are_counted),
                fault_test(test_a_suspension_that_a_full_queue_began_is_told_by_the_flush),
                fault_test(test_the_line_that_counts_missing_ones_counts_for_the_limit),
                fault_test(test_a_writer_resumes_when_there_is_room_for_more_than_a_line),
                fault_test(test_a_failed_rotation_suspends_and_keeps_both_files),
                fault_test(test_a_file_removed_at_the_moment_of_rotation_is_no_fault),
                fault_test(test_a_directory_in_the_place_of_the_bak_suspends),
                fault_test(test_a_rotation_without_a_new_file_suspends_and_keeps_the_bak),
                fault_test(test_a_directory_may_come_later),
                fault_test(test_a_directory_removed_and_made_again_is_used_again),
                fault_test(test_a_real_disk_full_and_freed),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
