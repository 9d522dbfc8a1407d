/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the tests of hags-deactivate share: clients that connect as whatever user, and an empty /run of the
 * test's own, below directories of root, for scripts. Other users can only be played by root.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "util/macro.h"

#define DAEMON 54321 /* plays user hags */
#define ALICE 12345
#define TEAM 12346

static inline void need_root(void) {
        if (geteuid() != 0)
                skip();
}

/* An empty /run that is gone with this process, and where everybody may write into /run/open. */
static inline int world_setup(_unused_ void **state) {
        if (geteuid() != 0)
                return 0;
        if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
                        mount("tmpfs", "/run", "tmpfs", 0, "mode=0755") < 0)
                return -1;
        (void) umask(0);
        return mkdir("/run/open", 0777);
}

static inline void write_file(const char *path, mode_t mode, const char *text) {
        int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0700);

        assert_true(fd >= 0);
        assert_int_equal(write(fd, text, strlen(text)), strlen(text));
        assert_int_equal(fchmod(fd, mode), 0);
        assert_int_equal(close(fd), 0);
}

/* ---- clients ---- */

static inline struct sockaddr_un address_of(const char *path) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };

        (void) snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
        return address;
}

static inline int listen_at(const char *path, int type) {
        const struct sockaddr_un address = address_of(path);
        int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

        assert_true(fd >= 0);
        (void) unlink(path);
        assert_int_equal(bind(fd, (const struct sockaddr *) &address, sizeof(address)), 0);
        assert_int_equal(chmod(path, 0666), 0);
        assert_int_equal(listen(fd, 10), 0);
        return fd;
}

static inline int connect_to(const char *path, int type) {
        const struct sockaddr_un address = address_of(path);
        int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

        assert_true(fd >= 0);
        assert_int_equal(connect(fd, (const struct sockaddr *) &address, sizeof(address)), 0);
        return fd;
}

/* The path of this process's listening socket. */
static inline const char *client_socket(void) {
        static char path[64];

        (void) snprintf(path, sizeof(path), "/tmp/test-deactivate-%d", (int) getpid());
        return path;
}

typedef struct TestClient {
        int fd; /* the accepted connection */
        pid_t pid;
} TestClient;

/* A process that connects as that user, and stays until it is killed; without root, as the test's own. */
static inline TestClient client_start(uid_t uid, const gid_t *groups, size_t n_groups) {
        _cleanup_(closep) int listener = listen_at(client_socket(), SOCK_SEQPACKET);
        const char *path = client_socket();
        TestClient client;

        client.pid = fork();
        assert_true(client.pid >= 0);
        if (client.pid == 0) {
                if (geteuid() == 0 && (setgroups(n_groups, groups) < 0 || setresgid(uid, uid, uid) < 0 ||
                                                      setresuid(uid, uid, uid) < 0))
                        _exit(1);
                (void) prctl(PR_SET_PDEATHSIG, SIGKILL);
                (void) connect_to(path, SOCK_SEQPACKET);
                for (;;)
                        (void) pause();
        }

        client.fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        assert_true(client.fd >= 0);
        (void) unlink(path);
        return client;
}

static inline void client_kill(TestClient *client) {
        if (client->pid > 0) {
                (void) kill(client->pid, SIGKILL);
                (void) waitpid(client->pid, NULL, 0);
        }
        client->pid = 0;
}

static inline void client_end(TestClient *client) {
        client_kill(client);
        closep(&client->fd);
}
