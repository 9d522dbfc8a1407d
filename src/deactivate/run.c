/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A script as a child process: see run.h. */

#include "deactivate/run.h"

#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "deactivate/script.h"
#include "util/clock.h"
#include "util/fault.h"

#define SCRIPT_FD 3 /* where an interpreter finds the script, as /dev/fd/3 */

/* What a child that cannot become the script writes into the pipe to its parent, at once. */
typedef struct Failure {
        int error; /* negative errno value */
        char text[1024];
} Failure;

_Static_assert(sizeof(Failure) <= PIPE_BUF, "a failure is written in one piece");

/* ---- the child ---- */

/* For good: with no_new_privs nothing that is executed has more than its process had, as root neither. */
static int drop_capabilities(void) {
        struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
        const struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { 0 };

        /* Without permitted and inheritable ones there are no ambient ones either. */
        if (syscall(SYS_capset, &header, none) < 0)
                return -errno;
        return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? -errno : 0;
}

static int become(const Client *client, char **reterr) {
        int r;

        if (setgroups(client->n_groups, client->groups) < 0 ||
                        setresgid(client->gid, client->gid, client->gid) < 0 ||
                        setresuid(client->uid, client->uid, client->uid) < 0)
                return fault(reterr, -errno, "cannot become user %u: %s", (unsigned) client->uid,
                                strerror(errno));
        r = drop_capabilities();
        return r < 0 ? fault(reterr, r, "cannot drop capabilities: %s", strerror(-r)) : 0;
}

static int enter_world(char **reterr) {
        int null;

        /* Not to be closed at execution: it may be one of the three itself. */
        null = open("/dev/null", O_RDWR | O_NOCTTY);
        if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0 ||
                        dup2(null, STDERR_FILENO) < 0 ||
                        close_range(SCRIPT_FD, ~0U, CLOSE_RANGE_CLOEXEC) < 0 || chdir("/") < 0 ||
                        setsid() < 0)
                return fault(reterr, -errno, "cannot prepare the process of the script: %s",
                                strerror(errno));

        (void) umask(022);
        return 0;
}

static void reset_signals(void) {
        const uint64_t standard[8] = { 0 }; /* the kernel's struct, of which zeroes are SIG_DFL everywhere */
        sigset_t none;

        /* Not by signal(), which leaves the two alone that glibc keeps for itself. SIGKILL and SIGSTOP need
         * not be. */
        for (int i = 1; i < NSIG; i++)
                (void) syscall(SYS_rt_sigaction, i, standard, NULL, sizeof(uint64_t));
        (void) sigemptyset(&none);
        (void) sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Become the script. Returns only if that fails. */
static int execute(const DeactivateRequest *request, const Client *client, char **reterr) {
        static char *const environment[] = {
                (char *) "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", NULL
        };
        ScriptArguments arguments = { 0 };
        int fd, r;

        script_fill_arguments(request, client, &arguments);
        r = enter_world(reterr);
        if (r < 0)
                return r;
        r = become(client, reterr);
        if (r < 0)
                return r;
        r = script_open(request->script, client->uid, &fd, reterr);
        if (r < 0)
                return r;

        /* It stays open, or the kernel would execute no file that begins with #!. */
        if (fd == SCRIPT_FD ? fcntl(fd, F_SETFD, 0) < 0 : dup2(fd, SCRIPT_FD) < 0)
                return fault(reterr, -errno, "cannot keep the script open: %s", strerror(errno));
        reset_signals();
        (void) fexecve(SCRIPT_FD, arguments.argv, environment);
        return fault(reterr, -errno, "cannot execute the script '%s': %s", request->script, strerror(errno));
}

static _Noreturn void child(const DeactivateRequest *request, const Client *client, int report) {
        _cleanup_(freep) char *text = NULL;
        Failure failure = { 0 };

        report = fcntl(report, F_DUPFD_CLOEXEC, SCRIPT_FD + 1); /* out of the way */
        failure.error = execute(request, client, &text);
        (void) snprintf(failure.text, sizeof(failure.text), "%s", fault_text(text, failure.error));
        (void) !write(report, &failure, sizeof(failure));
        _exit(EXIT_FAILURE);
}

/* ---- the parent ---- */

/* Wait until the process ends. Returns whether it has, by the deadline. */
static int await_end(int pidfd, uint64_t deadline) {
        struct pollfd end = { .fd = pidfd, .events = POLLIN };
        uint64_t now;
        int r;

        do {
                now = clock_usec(CLOCK_MONOTONIC);
                if (now >= deadline)
                        return 0;
                /* Rounded up; a script's limit fits in an int. */
                r = poll(&end, 1, (int) ((deadline - now + 999) / 1000));
        } while (r == 0 || (r < 0 && errno == EINTR));

        return r < 0 ? -errno : 1;
}

/* How a process ended, which may have become the script or have failed to. */
static int judge_end(pid_t pid, int report, DeactivateAnswer *ret, char **reterr) {
        Failure failure;
        siginfo_t info;

        if (waitid(P_PID, (id_t) pid, &info, WEXITED) < 0)
                return fault(reterr, -errno, "cannot wait for the script: %s", strerror(errno));
        if (read(report, &failure, sizeof(failure)) == sizeof(failure))
                return fault(reterr, failure.error, "%s", failure.text);

        *ret = (DeactivateAnswer){
                .end = info.si_code == CLD_EXITED ? DEACTIVATE_EXITED : DEACTIVATE_KILLED,
                .value = (uint16_t) info.si_status,
        };
        return 0;
}

int run_script(const DeactivateRequest *request, const Client *client, uint64_t deadline,
                DeactivateAnswer *ret, char **reterr) {
        _cleanup_(closep) int report_read = -EBADF, report_write = -EBADF, pidfd = -EBADF;
        int fds[2], r;
        pid_t pid;

        if (pipe2(fds, O_CLOEXEC) < 0)
                return fault(reterr, -errno, "cannot make a pipe: %s", strerror(errno));
        report_read = fds[0];
        report_write = fds[1];

        pid = fork();
        if (pid < 0)
                return fault(reterr, -errno, "cannot make a process: %s", strerror(errno));
        if (pid == 0)
                child(request, client, report_write);
        closep(&report_write);
        report_write = -EBADF;

        pidfd = (int) syscall(SYS_pidfd_open, pid, 0);
        r = pidfd < 0 ? -errno : await_end(pidfd, deadline);
        if (r < 0)
                return fault(reterr, r, "cannot wait for the script: %s", strerror(-r));
        if (r > 0)
                return judge_end(pid, report_read, ret, reterr);

        *ret = (DeactivateAnswer){ .end = DEACTIVATE_BY_LIMIT };
        return 0;
}
