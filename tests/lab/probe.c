/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * probe ATTEMPT...: tries what a service in a sandbox should not be able to do, each attempt a word or
 * word:argument, and prints for each `ATTEMPT allowed`, or the name of the error, as `ATTEMPT EROFS`.
 * What it creates it leaves there, so that one can look where it appeared.
 */

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "util/macro.h"

static bool try_write(const char *path) {
        return open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666) >= 0;
}

static bool try_read(const char *path) {
        return open(path, O_RDONLY | O_CLOEXEC) >= 0;
}

static bool try_socket(const char *family) {
        static const struct {
                const char *name;
                int family, type;
        } families[] = {
                { "unix", AF_UNIX, SOCK_SEQPACKET },
                { "inet", AF_INET, SOCK_STREAM },
                { "inet6", AF_INET6, SOCK_DGRAM },
                { "netlink", AF_NETLINK, SOCK_RAW },
        };

        for (size_t i = 0; i < ELEMENTSOF(families); i++)
                if (strcmp(families[i].name, family) == 0)
                        return socket(families[i].family, families[i].type | SOCK_CLOEXEC, 0) >= 0;

        errno = EINVAL;
        return false;
}

static bool try_user_namespace(_unused_ const char *argument) {
        return unshare(CLONE_NEWUSER) == 0;
}

static bool try_writable_code(_unused_ const char *argument) {
        return mmap(NULL, 4096, PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED;
}

static bool try_personality(_unused_ const char *argument) {
        return personality(PER_LINUX32) >= 0;
}

static bool try_setuid_bit(const char *path) {
        return try_write(path) && chmod(path, 04755) == 0;
}

static bool try_device(const char *path) {
        return mknod(path, S_IFCHR | 0600, 0x103 /* null */) == 0;
}

static bool try_root(_unused_ const char *argument) {
        return setuid(0) == 0;
}

static bool try_chroot(_unused_ const char *argument) {
        return chroot("/") == 0;
}

static bool try_host_name(const char *name) {
        return sethostname(name, strlen(name)) == 0;
}

/* `path`: a copy of this program with the set-user-ID bit, which then tries to have become root. */
static bool try_setuid_program(const char *path) {
        int status = 0;
        pid_t pid;

        pid = fork();
        if (pid == 0) {
                (void) execl(path, path, "root", NULL);
                _exit(EXIT_FAILURE);
        }
        if (pid < 0 || waitpid(pid, &status, 0) < 0)
                return false;
        errno = EPERM;
        return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static const struct {
        const char *word;
        bool (*run)(const char *argument);
} attempts[] = {
        { "write", try_write },
        { "read", try_read },
        { "socket", try_socket },
        { "user-namespace", try_user_namespace },
        { "writable-code", try_writable_code },
        { "personality", try_personality },
        { "setuid-bit", try_setuid_bit },
        { "device", try_device },
        { "root", try_root },
        { "chroot", try_chroot },
        { "host-name", try_host_name },
        { "setuid-program", try_setuid_program },
};

/* In a child of its own, so that no attempt changes what the next one may do. */
static bool attempt(const char *text) {
        const char *argument = strchrnul(text, ':');
        size_t length = (size_t) (argument - text);
        int status = 0;
        pid_t pid;

        argument += *argument == ':';
        pid = fork();
        if (pid < 0 || (pid > 0 && waitpid(pid, &status, 0) < 0))
                return false;
        if (pid > 0)
                return WIFEXITED(status) && WEXITSTATUS(status) == 0;

        for (size_t i = 0; i < ELEMENTSOF(attempts); i++)
                if (strlen(attempts[i].word) == length && strncmp(attempts[i].word, text, length) == 0) {
                        bool allowed = attempts[i].run(argument);

                        printf("%s %s\n", text, allowed ? "allowed" : strerrorname_np(errno));
                        fflush(stdout);
                        _exit(allowed ? EXIT_SUCCESS : EXIT_FAILURE);
                }

        printf("%s unknown\n", text);
        fflush(stdout);
        _exit(EXIT_FAILURE);
}

/* Success if all of it was allowed. */
int main(int argc, char **argv) {
        bool all = true;

        for (int i = 1; i < argc; i++)
                if (!attempt(argv[i]))
                        all = false;

        return all ? EXIT_SUCCESS : EXIT_FAILURE;
}
