/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * LD_PRELOAD of a program of which one call shall fail: the FAIL_NTH-th system call that it or libsystemd
 * makes (FAIL_KIND=call), or the FAIL_NTH-th allocation (memory). Which one that was goes to the file
 * FAIL_REPORT; there is none if the program did not make so many. FAIL_OTHER=1: with its second error.
 *
 * It knows the calls of the table at its end. What it does for itself it does without them.
 */

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <unistd.h>

static unsigned long nth, so_far;
static bool of_memory, other;
static bool spares; /* whoever is called now */

__attribute__((constructor)) static void configure(void) {
        const char *n = getenv("FAIL_NTH"), *kind = getenv("FAIL_KIND");

        of_memory = kind && strcmp(kind, "memory") == 0;
        other = getenv("FAIL_OTHER");
        so_far = 0;
        nth = n ? strtoul(n, NULL, 10) : 0;
}

static void report(unsigned long number, const char *name, int error) {
        const char *path = getenv("FAIL_REPORT");
        char text[128];
        int fd, n;

        n = snprintf(text, sizeof(text), "call %lu, %s(): %s\n", number, name, strerrorname_np(error));
        fd = (int) syscall(SYS_openat, AT_FDCWD, path ? path : "", O_WRONLY | O_CREAT | O_APPEND, 0644);
        (void) syscall(SYS_write, fd, text, n);
        (void) syscall(SYS_close, fd);
}

/* Is it this one? Then errno is set. */
static bool fails(bool is_memory, const char *name, int error, int other_error) {
        if (is_memory != of_memory || nth == 0 || spares || ++so_far != nth)
                return false;
        if (other)
                error = other_error;
        nth = 0;
        report(so_far, name, error);
        errno = error;
        return true;
}

/* The real one; dlsym() may allocate, which is passed through (below). */
#define REAL(name, ...)                                                      \
        ({                                                                   \
                static __typeof__(&name) _real;                              \
                                                                             \
                if (!_real)                                                  \
                        _real = (__typeof__(&name)) dlsym(RTLD_NEXT, #name); \
                _real(__VA_ARGS__);                                          \
        })

#define CALL(type, name, parameters, error, other_error, ...) \
        type name parameters;                                 \
        type name parameters {                                \
                if (fails(false, #name, error, other_error))  \
                        return (type) -1;                     \
                return REAL(name, __VA_ARGS__);               \
        }

/* ---- memory ---- */

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t size);

void *malloc(size_t size) {
        return fails(true, "malloc", ENOMEM, ENOMEM) ? NULL : __libc_malloc(size);
}

void *calloc(size_t n, size_t size) {
        return fails(true, "calloc", ENOMEM, ENOMEM) ? NULL : __libc_calloc(n, size);
}

void *realloc(void *p, size_t size) {
        return fails(true, "realloc", ENOMEM, ENOMEM) ? NULL : __libc_realloc(p, size);
}

void *reallocarray(void *p, size_t n, size_t size) {
        size_t all;

        if (__builtin_mul_overflow(n, size, &all)) {
                errno = ENOMEM;
                return NULL;
        }
        return realloc(p, all);
}

/* ---- calls that are not like the others ---- */

static mode_t mode_of(int flags, va_list args) {
        return flags & (O_CREAT | __O_TMPFILE) ? va_arg(args, mode_t) : 0;
}

#define OPEN(name, parameters, ...)                          \
        int name parameters;                                 \
        int name parameters {                                \
                mode_t mode;                                 \
                va_list args;                                \
                                                             \
                va_start(args, flags);                       \
                mode = mode_of(flags, args);                 \
                va_end(args);                                \
                if (fails(false, #name, EMFILE, ENOSPC))     \
                        return -1;                           \
                return REAL(name, __VA_ARGS__, flags, mode); \
        }

OPEN(open, (const char *path, int flags, ...), path)
OPEN(open64, (const char *path, int flags, ...), path)
OPEN(openat, (int fd, const char *path, int flags, ...), fd, path)
OPEN(openat64, (int fd, const char *path, int flags, ...), fd, path)

/* What fails is closed all the same. */
int close(int fd) {
        bool failed = fails(false, "close", EIO, EINTR);
        int saved = errno;
        int r = REAL(close, fd);

        if (!failed)
                return r;
        errno = saved;
        return -1;
}

int ioctl(int fd, unsigned long request, ...) {
        va_list args;
        void *p;

        va_start(args, request);
        p = va_arg(args, void *);
        va_end(args);
        return fails(false, "ioctl", EIO, EINVAL) ? -1 : REAL(ioctl, fd, request, p);
}

/* glibc's does not survive every one of its allocations. */
struct group *getgrnam(const char *name) {
        struct group *g;

        spares = true;
        g = REAL(getgrnam, name);
        spares = false;
        return g;
}

/* ---- all the others, with two errors that they might give ---- */

int pidfd_open(pid_t pid, unsigned flags);
int signalfd(int fd, const sigset_t *mask, int flags);
int rename(const char *from, const char *to);
int renameat(int from_fd, const char *from, int to_fd, const char *to);
ssize_t getrandom(void *buffer, size_t size, unsigned flags);

#define ADDRESS const struct sockaddr *address, socklen_t length

CALL(int, accept4, (int fd, struct sockaddr *a, socklen_t *n, int flags), EMFILE, ECONNABORTED, fd, a, n,
                flags)
CALL(int, bind, (int fd, ADDRESS), EADDRINUSE, EACCES, fd, address, length)
CALL(int, connect, (int fd, ADDRESS), ECONNREFUSED, EAGAIN, fd, address, length)
CALL(int, epoll_create1, (int flags), EMFILE, ENOMEM, flags)
CALL(int, epoll_ctl, (int e, int op, int fd, struct epoll_event *v), ENOMEM, ENOSPC, e, op, fd, v)
CALL(int, epoll_wait, (int e, struct epoll_event *v, int n, int ms), EINTR, ENOMEM, e, v, n, ms)
CALL(int, fallocate, (int fd, int mode, off_t offset, off_t size), ENOSPC, EOPNOTSUPP, fd, mode, offset,
                size)
CALL(int, fchmod, (int fd, mode_t mode), EPERM, EIO, fd, mode)
CALL(int, fchown, (int fd, uid_t u, gid_t g), EPERM, EIO, fd, u, g)
CALL(int, fstat, (int fd, struct stat *st), EIO, ENOMEM, fd, st)
CALL(int, fsync, (int fd), EIO, ENOSPC, fd)
CALL(int, ftruncate, (int fd, off_t size), EIO, EINTR, fd, size)
CALL(ssize_t, getrandom, (void *p, size_t n, unsigned flags), EAGAIN, ENOSYS, p, n, flags)
CALL(int, getsockopt, (int fd, int l, int o, void *p, socklen_t *n), ENOBUFS, EINVAL, fd, l, o, p, n)
CALL(int, listen, (int fd, int backlog), EADDRINUSE, EOPNOTSUPP, fd, backlog)
CALL(int, lstat, (const char *path, struct stat *st), EACCES, EIO, path, st)
CALL(int, pidfd_open, (pid_t pid, unsigned flags), EMFILE, ENOSYS, pid, flags)
CALL(ssize_t, read, (int fd, void *p, size_t n), EIO, EINTR, fd, p, n)
CALL(ssize_t, recv, (int fd, void *p, size_t n, int flags), ENOMEM, EINTR, fd, p, n, flags)
CALL(int, recvmmsg, (int fd, struct mmsghdr *m, unsigned n, int flags, struct timespec *t), ENOMEM, EINTR,
                fd, m, n, flags, t)
CALL(int, rename, (const char *from, const char *to), ENOSPC, EIO, from, to)
CALL(int, renameat, (int f, const char *from, int t, const char *to), ENOSPC, EIO, f, from, t, to)
CALL(ssize_t, send, (int fd, const void *p, size_t n, int flags), ENOBUFS, EINTR, fd, p, n, flags)
CALL(int, sendmmsg, (int fd, struct mmsghdr *m, unsigned n, int flags), ENOBUFS, EINTR, fd, m, n, flags)
CALL(ssize_t, sendmsg, (int fd, const struct msghdr *m, int flags), ENOBUFS, EINTR, fd, m, flags)
CALL(int, setsockopt, (int fd, int l, int o, const void *p, socklen_t n), ENOMEM, EINVAL, fd, l, o, p, n)
CALL(int, signalfd, (int fd, const sigset_t *mask, int flags), EMFILE, ENOMEM, fd, mask, flags)
CALL(int, socket, (int domain, int type, int protocol), EMFILE, ENOBUFS, domain, type, protocol)
CALL(int, stat, (const char *path, struct stat *st), EACCES, EIO, path, st)
CALL(int, timerfd_create, (clockid_t clock, int flags), EMFILE, ENOMEM, clock, flags)
CALL(int, timerfd_settime, (int fd, int flags, const struct itimerspec *v, struct itimerspec *o), ENOMEM,
                EINVAL, fd, flags, v, o)
CALL(int, unlink, (const char *path), EIO, EACCES, path)
CALL(int, unlinkat, (int fd, const char *path, int flags), EIO, EACCES, fd, path, flags)
CALL(ssize_t, write, (int fd, const void *p, size_t n), ENOSPC, EINTR, fd, p, n)
CALL(ssize_t, writev, (int fd, const struct iovec *v, int n), ENOSPC, EINTR, fd, v, n)
