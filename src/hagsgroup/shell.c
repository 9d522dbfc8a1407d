/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Commands of a user that are run by sh(1): see shell.h. */

#include "hagsgroup/shell.h"

#include <fcntl.h>
#include <string.h>
#include <sys/prctl.h>

int shell_set_bytes(char ***environment, const char *name, const void *data, size_t size) {
        _cleanup_(freep) char *text = NULL;

        if (!data || memchr(data, 0, size))
                size = 0;
        if (asprintf(&text, "%s=%.*s", name, (int) size, size > 0 ? (const char *) data : "") < 0)
                return -ENOMEM;
        return strings_add(environment, text);
}

int shell_set(char ***environment, const char *name, const char *value) {
        return shell_set_bytes(environment, name, value, value ? strlen(value) : 0);
}

/* In the child. */
static _Noreturn void become(
                const char *command, char *const *environment, pid_t parent, const sigset_t *mask) {
        int fd = open("/dev/null", O_RDONLY);

        if (prctl(PR_SET_PDEATHSIG, SIGTERM) < 0 || getppid() != parent || fd < 0 ||
                        dup2(fd, STDIN_FILENO) < 0)
                _exit(126);
        if (fd != STDIN_FILENO)
                closep(&fd);
        for (char *const *e = environment; e && *e; e++)
                (void) putenv(*e);
        (void) sigprocmask(SIG_SETMASK, mask, NULL);
        (void) execl("/bin/sh", "sh", "-c", command, (char *) NULL);
        _exit(127);
}

pid_t shell_start(const char *command, char *const *environment, const sigset_t *mask) {
        pid_t parent = getpid(), pid = fork();

        if (pid == 0)
                become(command, environment, parent, mask);
        return pid > 0 ? pid : -errno;
}

/* ---- a queue ---- */

typedef struct Job {
        struct Job *next;
        const char *command;
        char **environment;
} Job;

static struct {
        Job *first, **end;
        unsigned n;
        pid_t pid; /* of the one that runs; 0: none */
} queue = { .end = &queue.first };

static void job_free(Job *job) {
        strings_free(job->environment);
        free(job);
}

int shell_queue(const char *command, char **environment) {
        _cleanup_(strings_freep) char **list = environment;
        Job *job;

        if (queue.n >= SHELL_QUEUE_MAX)
                return -ENOBUFS;
        job = malloc(sizeof(*job));
        if (!job)
                return -ENOMEM;
        *job = (Job){ .command = command, .environment = TAKE_PTR(list) };
        *queue.end = job;
        queue.end = &job->next;
        queue.n++;
        return 0;
}

int shell_queue_run(const sigset_t *mask) {
        Job *job = queue.first;
        pid_t pid;

        if (!job || queue.pid > 0)
                return 0;
        pid = shell_start(job->command, job->environment, mask);
        if (pid < 0)
                return pid;

        queue.pid = pid;
        queue.n--;
        queue.first = job->next;
        if (!queue.first)
                queue.end = &queue.first;
        job_free(job);
        return 0;
}

bool shell_queue_reaped(pid_t pid) {
        bool ours = pid == queue.pid;

        if (ours)
                queue.pid = 0;
        return ours;
}

bool shell_queue_is_empty(void) {
        return !queue.first && queue.pid == 0;
}
