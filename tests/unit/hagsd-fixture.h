/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the tests of the whole daemon share: the real program, run in a directory of its own, and everything
 * around it that it talks to. In the mount namespace that fixture_group_setup() makes, /run is empty,
 * /etc/hags too, and /etc/group has one group of ours: nothing that the host has configured is seen, and no
 * journal but ours is written.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <grp.h>
#include <libgen.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>

#include "util/fs.h"
#include "util/macro.h"
#include "wire/status.h"

#define PATIENCE_MS 20000 /* how long what must happen may take on a busy machine */
#define PATH_GROUP "/run/group"
#define CLIENT_GROUP 54321
#define STRANGER 65534
#define VARIABLES_MAX 16

typedef struct Fixture {
        char directory[64];
        char logs[80];
        char state[80];
        char runtime[80];
        char socket[96];
        char stderr_path[96];

        char *variables[VARIABLES_MAX]; /* the daemon's environment */
        bool journal;                   /* its standard error is the journal's */
        pid_t pid;

        int notify, journal_fd;
        char notified[16 * 1024]; /* all that systemd was told, and the journal */
        char journaled[256 * 1024];
} Fixture;

/* ---- the world around it ---- */

static inline void write_text(const char *path, const char *text) {
        int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

        assert_true(fd >= 0);
        assert_int_equal(write(fd, text, strlen(text)), strlen(text));
        assert_int_equal(close(fd), 0);
}

/* Everybody but root needs a user namespace, in which there is only one user. */
static inline int enter_namespace(void) {
        unsigned uid = geteuid(), gid = getegid();
        char map[64];

        if (uid == 0)
                return unshare(CLONE_NEWNS);
        if (unshare(CLONE_NEWNS | CLONE_NEWUSER) < 0)
                return -1;

        (void) snprintf(map, sizeof(map), "0 %u 1", uid);
        write_text("/proc/self/uid_map", map);
        write_text("/proc/self/setgroups", "deny");
        (void) snprintf(map, sizeof(map), "0 %u 1", gid);
        write_text("/proc/self/gid_map", map);
        return 0;
}

static inline int fixture_group_setup(_unused_ void **state) {
        if (enter_namespace() < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
                return -1;
        if (mount("tmpfs", "/run", "tmpfs", 0, "mode=0755") < 0)
                return -1;
        if (mount("tmpfs", "/etc/hags", "tmpfs", 0, NULL) < 0 && errno != ENOENT)
                return -1;

        write_text(PATH_GROUP, "");
        if (mount(PATH_GROUP, "/etc/group", NULL, MS_BIND, NULL) < 0)
                return -1;
        if (mkdir("/run/hags", 0755) < 0 || mkdir("/run/systemd", 0755) < 0)
                return -1;
        return mkdir("/run/systemd/journal", 0755);
}

static inline int listen_datagrams(const char *path) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

        assert_true(fd >= 0);
        (void) unlink(path);
        (void) strcpy(address.sun_path, path);
        assert_int_equal(bind(fd, (struct sockaddr *) &address, sizeof(address)), 0);
        return fd;
}

/* Set or replace a variable of the daemon's environment. */
static inline void set_variable(Fixture *f, const char *name, const char *value) {
        size_t length = strlen(name), i;

        for (i = 0; f->variables[i]; i++)
                if (strncmp(f->variables[i], name, length) == 0 && f->variables[i][length] == '=')
                        break;
        assert_true(i < VARIABLES_MAX - 1);
        free(f->variables[i]);
        assert_true(asprintf(&f->variables[i], "%s=%s", name, value) > 0);
}

static inline void configure(const Fixture *f, const char *more) {
        char text[1024];

        (void) snprintf(text, sizeof(text), "[Log]\nDirectory=%s\n%s", f->logs, more);
        write_text("/run/hags/hags.conf", text);
}

static inline int fixture_setup(void **state) {
        Fixture *f = calloc(1, sizeof(*f));

        (void) strcpy(f->directory, "/tmp/test-hagsd-XXXXXX");
        if (!mkdtemp(f->directory) || chmod(f->directory, 0755) < 0)
                return -1;
        (void) snprintf(f->logs, sizeof(f->logs), "%s/logs", f->directory);
        (void) snprintf(f->state, sizeof(f->state), "%s/state", f->directory);
        (void) snprintf(f->runtime, sizeof(f->runtime), "%s/runtime", f->directory);
        (void) snprintf(f->socket, sizeof(f->socket), "%s/gsapi", f->runtime);
        (void) snprintf(f->stderr_path, sizeof(f->stderr_path), "%s/stderr", f->directory);
        if (mkdir(f->logs, 0755) < 0 || mkdir(f->state, 0755) < 0 || mkdir(f->runtime, 0755) < 0)
                return -1;

        f->notify = listen_datagrams("/run/systemd/notify");
        f->journal_fd = listen_datagrams("/run/systemd/journal/socket");
        set_variable(f, "HAGS_NODE", "0");
        set_variable(f, "HAGS_PORT", "10000");
        set_variable(f, "RUNTIME_DIRECTORY", f->runtime);
        set_variable(f, "STATE_DIRECTORY", f->state);
        set_variable(f, "NOTIFY_SOCKET", "/run/systemd/notify");
        configure(f, "");
        write_text(PATH_GROUP, "root:x:0:\nhagsuser:x:54321:\n");
        *state = f;
        return 0;
}

static inline int remove_one(const char *path, _unused_ const struct stat *st, _unused_ int type,
                _unused_ struct FTW *ftw) {
        return remove(path);
}

static inline int fixture_teardown(void **state) {
        Fixture *f = *state;

        if (f->pid > 0) {
                (void) kill(f->pid, SIGKILL);
                (void) waitpid(f->pid, NULL, 0);
        }
        closep(&f->notify);
        closep(&f->journal_fd);
        for (size_t i = 0; f->variables[i]; i++)
                free(f->variables[i]);
        (void) nftw(f->directory, remove_one, 16, FTW_DEPTH | FTW_PHYS);
        free(f);
        return 0;
}

/* ---- the daemon ---- */

/* The program that was built with this test, unless the environment names another. */
static inline const char *hagsd_binary(void) {
        static char path[PATH_MAX];
        const char *named = getenv("HAGSD_BINARY");
        char self[PATH_MAX] = "";

        assert_true(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
        (void) snprintf(path, sizeof(path), "%s/../../hagsd", dirname(self));
        return named ? named : path;
}

static inline void exec_daemon(const Fixture *f, char *const *arguments) {
        char stream[64], *environment[VARIABLES_MAX + 1];
        struct stat st;
        size_t n = 0;

        if (dup2(open(f->stderr_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644), STDERR_FILENO) < 0 ||
                        fstat(STDERR_FILENO, &st) < 0)
                _exit(99);
        (void) snprintf(stream, sizeof(stream), "JOURNAL_STREAM=%ju:%ju", (uintmax_t) st.st_dev,
                        (uintmax_t) st.st_ino);

        while (f->variables[n]) {
                environment[n] = f->variables[n];
                n++;
        }
        if (f->journal)
                environment[n++] = stream;
        environment[n] = NULL;
        (void) execve(hagsd_binary(), arguments, environment);
        _exit(99);
}

static inline void spawn(Fixture *f, const char *syspar) {
        char *arguments[] = { (char *) "hagsd", (char *) syspar, NULL };

        assert_int_equal(f->pid, 0);
        f->pid = fork();
        assert_true(f->pid >= 0);
        if (f->pid == 0)
                exec_daemon(f, arguments);
}

static inline uint64_t now_ms(void) {
        struct timespec t;

        (void) clock_gettime(CLOCK_MONOTONIC, &t);
        return (uint64_t) t.tv_sec * 1000 + (uint64_t) t.tv_nsec / 1000000;
}

/* Append what arrived at `fd`, a datagram a line or more, to a text. */
static inline void collect(int fd, char *text, size_t size) {
        size_t used = strlen(text);
        ssize_t n;

        while ((n = recv(fd, text + used, size - used - 2, 0)) > 0) {
                used += (size_t) n;
                text[used++] = '\n';
                text[used] = 0;
        }
}

static inline bool daemon_has_ended(Fixture *f) {
        siginfo_t info = { .si_pid = 0 };

        return waitid(P_PID, (id_t) f->pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid != 0;
}

static inline bool notified(Fixture *f, const char *what) {
        collect(f->notify, f->notified, sizeof(f->notified));
        return strstr(f->notified, what);
}

static inline bool journaled(Fixture *f, const char *what) {
        collect(f->journal_fd, f->journaled, sizeof(f->journaled));
        return strstr(f->journaled, what);
}

static inline bool said(Fixture *f, const char *what) {
        _cleanup_(bytes_done) Bytes b = { 0 };

        return file_read(f->stderr_path, 1 << 20, &b) >= 0 && strstr(b.data, what);
}

/* The log file of that name, in the log directory, has this in it. */
static inline bool file_has(const Fixture *f, const char *name, const char *what) {
        _cleanup_(bytes_done) Bytes b = { 0 };
        char path[256];

        (void) snprintf(path, sizeof(path), "%s/%s", f->logs, name);
        return file_read(path, 64 << 20, &b) >= 0 && strstr(b.data, what);
}

#define LOG_1 "hags.sp_x_0_1.sp_x" /* of the first start on the workstation */

static inline bool logged(Fixture *f, const char *what) {
        return file_has(f, LOG_1, what);
}

/* Wait until something becomes true of the fixture. */
#define wait_for(f, condition)                                                   \
        do {                                                                     \
                uint64_t _deadline = now_ms() + PATIENCE_MS;                     \
                                                                                 \
                while (!(condition)) {                                           \
                        if (now_ms() > _deadline || daemon_has_ended(f))         \
                                fail_msg("%s does not become true", #condition); \
                        (void) poll(NULL, 0, 10);                                \
                }                                                                \
        } while (false)

static inline void start(Fixture *f) {
        f->notified[0] = 0;
        spawn(f, "sp_x");
        wait_for(f, notified(f, "READY=1"));
}

/* Wait for the end of the daemon. Returns its exit status; a death by signal is 128 and its number. */
static inline int await_end(Fixture *f) {
        uint64_t deadline = now_ms() + PATIENCE_MS;
        int status;

        while (!daemon_has_ended(f)) {
                if (now_ms() > deadline)
                        fail_msg("the daemon does not end");
                (void) poll(NULL, 0, 10);
        }
        assert_int_equal(waitpid(f->pid, &status, 0), f->pid);
        f->pid = 0;
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static inline int stop(Fixture *f) {
        assert_int_equal(kill(f->pid, SIGTERM), 0);
        return await_end(f);
}

/* ---- its clients ---- */

static inline int try_connect(const Fixture *f) {
        struct timeval limit = { .tv_sec = PATIENCE_MS / 1000 };
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

        (void) strcpy(address.sun_path, f->socket);
        if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) < 0 ||
                        connect(fd, (struct sockaddr *) &address, sizeof(address)) < 0)
                closep(&fd);
        return fd;
}

static inline bool send_question(int fd) {
        uint8_t question[FRAME_HEAD_SIZE];
        FrameWriter w = frame_begin(question, sizeof(question), FRAME_STATUS_QUESTION, 4711);

        return send(fd, question, (size_t) frame_finish(&w), MSG_NOSIGNAL) == FRAME_HEAD_SIZE;
}

/* The answer's status, or the reason of a refusal (positive), or -1: something else, or the end. */
static inline int receive_answer(int fd, Status *ret) {
        static uint8_t answer[FRAME_SIZE_MAX];
        FrameReader body;
        FrameHead head;
        ssize_t n;

        n = recv(fd, answer, sizeof(answer), 0);
        if (n <= 0 || frame_decode_head(answer, (size_t) n, &head, &body) < 0)
                return -1;
        if (head.type == FRAME_REFUSED)
                return frame_get_u16(&body);
        if (head.type != FRAME_STATUS_ANSWER || head.serial != 4711)
                return -1;
        return status_decode(&body, ret) < 0 ? -1 : 0;
}

static inline Status ask_status(const Fixture *f) {
        _cleanup_(closep) int fd = try_connect(f);
        Status s;

        assert_true(fd >= 0);
        assert_true(send_question(fd));
        assert_int_equal(receive_answer(fd, &s), 0);
        return s;
}

/* Ask as another user with one more group. Returns what receive_answer() says; 98 or above: it failed. */
static inline int ask_status_as(const Fixture *f, uid_t uid, gid_t group) {
        int status;
        pid_t pid = fork();

        assert_true(pid >= 0);
        if (pid == 0) {
                Status s;
                int fd;

                if (setgroups(1, &group) < 0 || setgid(uid) < 0 || setuid(uid) < 0)
                        _exit(99);
                fd = try_connect(f);
                if (fd < 0)
                        _exit(98);
                (void) send_question(fd); /* may find the connection refused already */
                _exit(receive_answer(fd, &s));
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFEXITED(status));
        return WEXITSTATUS(status);
}

#define hagsd_test(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
