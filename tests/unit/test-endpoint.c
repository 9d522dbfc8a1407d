/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The client socket as a file: what it replaces, and what it leaves alone. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "session/endpoint.h"
#include "util/macro.h"

typedef struct Fixture {
        char directory[64];
        char path[80];
        char *message;
        int fd;
} Fixture;

static int set_up(void **state) {
        Fixture *f = calloc(1, sizeof(*f));

        f->fd = -EBADF;
        (void) strcpy(f->directory, "/tmp/test-endpoint-XXXXXX");
        if (!mkdtemp(f->directory))
                return -1;
        (void) snprintf(f->path, sizeof(f->path), "%s/gsapi", f->directory);
        *state = f;
        return 0;
}

static int tear_down(void **state) {
        Fixture *f = *state;

        closep(&f->fd);
        (void) unlink(f->path);
        (void) rmdir(f->path);
        (void) rmdir(f->directory);
        free(f->message);
        free(f);
        return 0;
}

static int connect_to(const char *path) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

        assert_true(fd >= 0);
        (void) strcpy(address.sun_path, path);
        if (connect(fd, (struct sockaddr *) &address, sizeof(address)) >= 0)
                return fd;
        (void) close(fd);
        return -1;
}

static void test_everybody_may_connect_whatever_the_umask(void **state) {
        Fixture *f = *state;
        mode_t saved = umask(0777);
        struct stat st;
        int client;

        assert_int_equal(endpoint_listen(f->path, &f->fd, &f->message), 0);
        assert_int_equal(umask(saved), 0777);

        assert_int_equal(stat(f->path, &st), 0);
        assert_int_equal(st.st_mode, S_IFSOCK | 0666);
        client = connect_to(f->path);
        assert_true(client >= 0);
        (void) close(client);
}

static void test_socket_is_neither_inherited_nor_blocking(void **state) {
        Fixture *f = *state;

        assert_int_equal(endpoint_listen(f->path, &f->fd, &f->message), 0);
        assert_true(fcntl(f->fd, F_GETFD) & FD_CLOEXEC);
        assert_true(fcntl(f->fd, F_GETFL) & O_NONBLOCK);
}

static void test_socket_of_a_killed_daemon_is_replaced(void **state) {
        Fixture *f = *state;
        int client;

        assert_int_equal(endpoint_listen(f->path, &f->fd, &f->message), 0);
        closep(&f->fd);
        assert_int_equal(connect_to(f->path), -1);

        assert_int_equal(endpoint_listen(f->path, &f->fd, &f->message), 0);
        client = connect_to(f->path);
        assert_true(client >= 0);
        (void) close(client);
}

/* `word` is what the sentence must say besides the path. */
static void assert_refused(Fixture *f, int error, const char *word) {
        int fd = 4711;

        assert_int_equal(endpoint_listen(f->path, &fd, &f->message), error);
        assert_int_equal(fd, 4711);
        assert_non_null(strstr(f->message, f->path));
        assert_non_null(strstr(f->message, word));
}

static void test_socket_of_a_running_daemon_is_left_alone(void **state) {
        Fixture *f = *state;
        int client;

        assert_int_equal(endpoint_listen(f->path, &f->fd, &f->message), 0);
        assert_refused(f, -EADDRINUSE, "another process");
        client = connect_to(f->path);
        assert_true(client >= 0);
        (void) close(client);
}

/* Nobody is accepted there at the moment, but it is no stale socket. */
static void test_socket_of_a_busy_daemon_is_left_alone(void **state) {
        Fixture *f = *state;
        int clients[2] = { -1, -1 };

        assert_int_equal(endpoint_listen(f->path, &f->fd, &f->message), 0);
        assert_int_equal(listen(f->fd, 0), 0);
        for (size_t i = 0; i < ELEMENTSOF(clients); i++)
                clients[i] = connect_to(f->path);
        assert_true(clients[0] >= 0);

        assert_refused(f, -EADDRINUSE, "another process");
        for (size_t i = 0; i < ELEMENTSOF(clients); i++)
                closep(&clients[i]);
}

static void test_file_in_the_way_is_left_alone(void **state) {
        Fixture *f = *state;
        struct stat st;
        int fd;

        fd = open(f->path, O_WRONLY | O_CREAT | O_EXCL, 0600);
        assert_int_equal(write(fd, "precious", 8), 8);
        (void) close(fd);

        assert_refused(f, -EEXIST, "in the way");
        assert_int_equal(stat(f->path, &st), 0);
        assert_int_equal(st.st_size, 8);
}

static void test_directory_in_the_way_is_left_alone(void **state) {
        Fixture *f = *state;
        struct stat st;

        assert_int_equal(mkdir(f->path, 0700), 0);
        assert_refused(f, -EEXIST, "in the way");
        assert_int_equal(stat(f->path, &st), 0);
}

/* Not even a link to a stale socket is followed: what it leads to is not ours. */
static void test_link_in_the_way_is_left_alone(void **state) {
        Fixture *f = *state;
        struct stat st;

        assert_int_equal(symlink("nowhere", f->path), 0);
        assert_refused(f, -EEXIST, "in the way");
        assert_int_equal(lstat(f->path, &st), 0);
        assert_true(S_ISLNK(st.st_mode));
}

static void test_missing_directory_is_told(void **state) {
        Fixture *f = *state;

        (void) strcat(f->directory, "x");
        (void) snprintf(f->path, sizeof(f->path), "%s/gsapi", f->directory);
        assert_refused(f, -ENOENT, "No such file");
        f->directory[strlen(f->directory) - 1] = 0;
}

static void test_path_longer_than_an_address_is_told(void **state) {
        Fixture *f = *state;
        char path[109] = "/";
        int fd;

        memset(path + 1, 'x', sizeof(path) - 2);
        assert_int_equal(endpoint_listen(path, &fd, &f->message), -ENAMETOOLONG);
        assert_non_null(strstr(f->message, "107 bytes"));
}

static void test_removed_socket_is_gone(void **state) {
        Fixture *f = *state;

        assert_int_equal(endpoint_listen(f->path, &f->fd, &f->message), 0);
        endpoint_remove(f->path);
        assert_int_equal(access(f->path, F_OK), -1);
}

#define endpoint_test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
        const struct CMUnitTest tests[] = {
                endpoint_test(test_everybody_may_connect_whatever_the_umask),
                endpoint_test(test_socket_is_neither_inherited_nor_blocking),
                endpoint_test(test_socket_of_a_killed_daemon_is_replaced),
                endpoint_test(test_socket_of_a_running_daemon_is_left_alone),
                endpoint_test(test_socket_of_a_busy_daemon_is_left_alone),
                endpoint_test(test_file_in_the_way_is_left_alone),
                endpoint_test(test_directory_in_the_way_is_left_alone),
                endpoint_test(test_link_in_the_way_is_left_alone),
                endpoint_test(test_missing_directory_is_told),
                endpoint_test(test_path_longer_than_an_address_is_told),
                endpoint_test(test_removed_socket_is_gone),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
