/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * killat N -- CMD ARGS...: runs CMD and kills it, by SIGKILL, before the N-th of its system calls that
 * change a file or send something, so that a test can stop a program wherever the world outside could see a
 * difference, and then look whether the next run mends it.
 * killat count -- CMD ARGS...: runs CMD, its output on standard error, and prints how many those calls are.
 *
 * Exit status: 99 if CMD was killed so; else that of CMD, or 128 + the number of the signal that ended it.
 * Only CMD itself is watched, not the processes that it starts.
 */

#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "util/macro.h"
#include "util/parse.h"

#define EXIT_KILLED 99
#define EXIT_TROUBLE 125

typedef struct Call {
        uint64_t number;
        const char *name;
        unsigned flags; /* if not 0: the argument, from 1, that holds the flags of open() */
} Call;

#define CALL(name) { SYS_##name, #name, 0 }

static const Call calls[] = {
#ifdef SYS_open /* what newer architectures have only in the form that takes a directory */
        { SYS_open, "open", 2 },
        CALL(creat),
        CALL(rename),
        CALL(link),
        CALL(unlink),
        CALL(mkdir),
        CALL(rmdir),
        CALL(symlink),
        CALL(mknod),
        CALL(chmod),
        CALL(chown),
        CALL(lchown),
#endif
        { SYS_openat, "openat", 3 },
        CALL(write),
        CALL(writev),
        CALL(pwrite64),
        CALL(pwritev),
        CALL(pwritev2),
        CALL(sendfile),
        CALL(splice),
        CALL(copy_file_range),
        CALL(truncate),
        CALL(ftruncate),
        CALL(fallocate),
        CALL(fsync),
        CALL(fdatasync),
        CALL(sync),
        CALL(syncfs),
        CALL(renameat),
        CALL(renameat2),
        CALL(linkat),
        CALL(unlinkat),
        CALL(mkdirat),
        CALL(symlinkat),
        CALL(mknodat),
        CALL(fchmod),
        CALL(fchmodat),
        CALL(fchown),
        CALL(fchownat),
        CALL(utimensat),
        CALL(setxattr),
        CALL(lsetxattr),
        CALL(fsetxattr),
        CALL(removexattr),
        CALL(lremovexattr),
        CALL(fremovexattr),
        CALL(connect),
        CALL(bind),
        CALL(sendto),
        CALL(sendmsg),
        CALL(sendmmsg),
};

/* The name of the call that `info` describes if it is one of those that count, else NULL. */
static const char *name_of(const struct __ptrace_syscall_info *info) {
        if (info->op != PTRACE_SYSCALL_INFO_ENTRY)
                return NULL;

        for (const Call *c = calls; c < calls + ELEMENTSOF(calls); c++)
                if (c->number == info->entry.nr) {
                        if (c->flags > 0 && !(info->entry.args[c->flags - 1] & (O_CREAT | O_TRUNC)))
                                return NULL;
                        return c->name;
                }

        return NULL;
}

static void trouble(const char *what) {
        perror(what);
        exit(EXIT_TROUBLE);
}

static pid_t start(char **argv, bool counting) {
        pid_t pid = fork();

        if (pid < 0)
                trouble("killat: fork");
        if (pid > 0)
                return pid;

        if (counting)
                (void) dup2(STDERR_FILENO, STDOUT_FILENO);
        if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
                trouble("killat: ptrace");
        execvp(argv[0], argv);
        trouble(argv[0]);
        return -1;
}

/*
 * Goes on from stop to stop until the process ends: a system call begins or ends, a signal arrives (it is
 * passed on), or an event of ptrace, as exec, is told (with nothing to pass on).
 */
static int watch(pid_t pid, uint64_t kill_at, uint64_t *ret_calls) {
        uint64_t n = 0;
        int status, signal_to_pass = 0;

        for (;;) {
                struct __ptrace_syscall_info info = {};
                const char *name;

                if (ptrace(PTRACE_SYSCALL, pid, NULL, (void *) (intptr_t) signal_to_pass) < 0)
                        trouble("killat: ptrace");
                if (waitpid(pid, &status, 0) < 0)
                        trouble("killat: waitpid");
                if (!WIFSTOPPED(status))
                        break;

                signal_to_pass = 0;
                if (WSTOPSIG(status) != (SIGTRAP | 0x80)) {
                        if (status >> 16 == 0)
                                signal_to_pass = WSTOPSIG(status);
                        continue;
                }

                if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, (void *) sizeof(info), &info) < 0)
                        trouble("killat: ptrace");
                name = name_of(&info);
                if (name && ++n == kill_at) {
                        fprintf(stderr, "killat: killed before call %" PRIu64 ", %s\n", n, name);
                        (void) kill(pid, SIGKILL);
                        (void) waitpid(pid, &status, 0);
                        return EXIT_KILLED;
                }
        }

        *ret_calls = n;
        return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int main(int argc, char **argv) {
        bool counting = argc > 1 && strcmp(argv[1], "count") == 0;
        uint64_t n = 0, kill_at = 0;
        int status;
        pid_t pid;

        if (argc < 4 || strcmp(argv[2], "--") != 0 ||
            (!counting && parse_u64(argv[1], 1, UINT64_MAX, &kill_at) < 0)) {
                fprintf(stderr, "usage: killat {N | count} -- CMD ARGS...\n");
                return EXIT_TROUBLE;
        }

        pid = start(argv + 3, counting);
        if (waitpid(pid, &status, 0) < 0)
                trouble("killat: waitpid");
        if (!WIFSTOPPED(status))
                return WEXITSTATUS(status);
        if (ptrace(PTRACE_SETOPTIONS, pid, NULL,
                   (void *) (PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC)) < 0)
                trouble("killat: ptrace");

        status = watch(pid, kill_at, &n);
        if (counting)
                printf("%" PRIu64 "\n", n);
        return status;
}
