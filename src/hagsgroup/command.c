/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* COMMAND: see command.h. */

#include "hagsgroup/command.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#include "hagsgroup/signals.h"
#include "hagsgroup/subcommand.h"
#include "hagsgroup/witness.h"
#include "util/fault.h"

/* What is passed on. SIGTSTP and its kind are not: the terminal sends them to COMMAND as well. */
static const int passed[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGALRM, SIGWINCH };

static bool ends_programs(int number) {
        return number == SIGHUP || number == SIGINT || number == SIGQUIT || number == SIGTERM;
}

/* ---- the beginning ---- */

int command_prepare(Command *ret) {
        int r;

        *ret = COMMAND_NONE;
        r = tree_begin(&ret->tree);
        if (r >= 0)
                r = ret->signals = signals_catch(passed, ELEMENTSOF(passed), &ret->before);
        return r < 0 ? r : 0;
}

/* In the child. Returns why it cannot: negative is the errno value of the witness, positive execvp()'s. */
static int become(char **argv, int witness, bool wait, bool bound, pid_t parent, const sigset_t *mask) {
        int r;

        /* As we may have been killed already: then nobody will tell us. */
        if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
                _exit(STATUS_FAILED);
        (void) sigprocmask(SIG_SETMASK, mask, NULL);
        r = wait ? witness_take(witness, true) : 0;
        if (r < 0)
                return r;
        if (!bound)
                (void) prctl(PR_SET_PDEATHSIG, 0);
        (void) fcntl(witness, F_SETFD, 0);
        (void) execvp(argv[0], argv);
        return errno;
}

int command_start(char **argv, int witness, bool wait, bool bound, Command *ret) {
        _cleanup_(closep) int read_end = -EBADF, write_end = -EBADF;
        _cleanup_(command_donep) Command *undo = ret;
        pid_t parent = getpid();
        int pipe_fds[2], error, r;

        r = command_prepare(ret);
        if (r < 0)
                return r;
        if (pipe2(pipe_fds, O_CLOEXEC) < 0)
                return -errno;
        read_end = pipe_fds[0];
        write_end = pipe_fds[1];

        ret->pid = fork();
        if (ret->pid < 0)
                return -errno;
        if (ret->pid == 0) {
                error = become(argv, witness, wait, bound, parent, &ret->before);
                (void) !write(write_end, &error, sizeof(error));
                _exit(STATUS_CANNOT_RUN);
        }
        ret->start = TAKE_FD(read_end);
        (void) TAKE_PTR(undo);
        return 0;
}

/* The pipe ends, without an error in it, by a successful execve() or by a signal to the child. */
int command_begun(Command *c, const char *name, char **reterr) {
        int error = 0;

        if (TEMP_FAILURE_RETRY(read(c->start, &error, sizeof(error))) != sizeof(error)) {
                closep(&c->start);
                c->start = -EBADF;
                return 0;
        }
        command_abort(c);
        if (error == -ESTALE)
                return error;
        error = abs(error);
        (void) fault(reterr, -error, "cannot run '%s': %s", name, strerror(error));
        return error == ENOENT ? STATUS_NOT_FOUND : STATUS_CANNOT_RUN;
}

void command_abort(Command *c) {
        if (!c->ended) {
                (void) kill(c->pid, SIGKILL);
                (void) TEMP_FAILURE_RETRY(waitpid(c->pid, NULL, 0));
        }
        c->ended = true;
}

/* ---- while it runs ---- */

static void reap(Command *c) {
        int status;
        pid_t pid;

        while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
                if (pid == c->pid) {
                        c->wait_status = status;
                        c->ended = true;
                }
}

/* What a terminal sends, it has sent to COMMAND too: that is in the same process group. */
static void pass(Command *c, const struct signalfd_siginfo *info) {
        int number = (int) info->ssi_signo;

        c->told |= ends_programs(number);
        if (info->ssi_code != SI_KERNEL && !c->ended)
                (void) kill(c->pid, number);
}

int command_handle(Command *c) {
        struct signalfd_siginfo info;
        bool died = false;
        ssize_t n;

        while ((n = TEMP_FAILURE_RETRY(read(c->signals, &info, sizeof(info)))) == sizeof(info)) {
                if (info.ssi_signo == SIGCHLD)
                        died = true;
                else
                        pass(c, &info);
        }
        if (n < 0 && errno != EAGAIN)
                return -errno;
        if (died)
                reap(c);
        if (died && c->killed)
                (void) tree_signal(&c->tree, SIGKILL); /* those who were born meanwhile */
        return 0;
}

void command_stop(Command *c, int number) {
        c->killed |= number == SIGKILL;
        if (tree_signal(&c->tree, number) < 0 && !c->ended)
                (void) kill(c->pid, number);
        if (number != SIGKILL)
                (void) tree_signal(&c->tree, SIGCONT); /* who is stopped would not hear of it */
}

bool command_is_gone(const Command *c) {
        return c->ended && tree_signal(&c->tree, 0) <= 0;
}

int command_status(const Command *c) {
        if (WIFSIGNALED(c->wait_status))
                return STATUS_SIGNAL + WTERMSIG(c->wait_status);
        return WEXITSTATUS(c->wait_status);
}

/* ---- the end ---- */

void command_done(Command *c) {
        if (!c)
                return;
        if (c->signals >= 0)
                (void) sigprocmask(SIG_SETMASK, &c->before, NULL);
        closep(&c->signals);
        closep(&c->start);
        tree_done(&c->tree);
        *c = COMMAND_NONE;
}

void command_die_alike(const Command *c) {
        if (c->ended && WIFSIGNALED(c->wait_status))
                signals_die(WTERMSIG(c->wait_status));
}
