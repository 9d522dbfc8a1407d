/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The processes that come of COMMAND: see tree.h. */

#include "hagsgroup/tree.h"

#include <dirent.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "util/macro.h"
#include "util/parse.h"

typedef struct Process {
        pid_t pid;
        pid_t parent;
        bool dead; /* waits to be reaped */
        bool below;
} Process;

typedef struct Processes {
        Process *list;
        size_t n, size;
} Processes;

static void processes_done(Processes *p) {
        free(p->list);
}

/* proc(5): "PID (COMM) STATE PPID ...", where COMM may have any character. */
static bool read_process(pid_t pid, Process *ret) {
        char path[64], text[512], *end;
        _cleanup_(fclosep) FILE *f = NULL;
        size_t n;

        (void) snprintf(path, sizeof(path), "/proc/%d/stat", (int) pid);
        f = fopen(path, "re");
        if (!f)
                return false;
        n = fread(text, 1, sizeof(text) - 1, f);
        text[n] = 0;
        end = strrchr(text, ')');
        if (!end || strlen(end) < 4)
                return false;

        *ret = (Process){ .pid = pid, .dead = end[2] == 'Z' || end[2] == 'X' };
        return sscanf(end + 4, "%d", &ret->parent) == 1;
}

static int add(Processes *p, const Process *process) {
        if (p->n == p->size) {
                size_t size = p->size > 0 ? 2 * p->size : 256;
                Process *list = reallocarray(p->list, size, sizeof(*list));

                if (!list)
                        return -ENOMEM;
                p->list = list;
                p->size = size;
        }
        p->list[p->n++] = *process;
        return 0;
}

static int read_all(Processes *ret) {
        _cleanup_(processes_done) Processes p = {};
        DIR *d = opendir("/proc");
        struct dirent *entry;
        Process process;
        uint64_t pid;
        int r = 0;

        while (d && r == 0 && (entry = readdir(d)))
                if (parse_u64(entry->d_name, 1, INT32_MAX, &pid) == 0 && read_process((pid_t) pid, &process))
                        r = add(&p, &process);
        if (d)
                (void) closedir(d);
        if (r == 0) {
                *ret = p;
                p = (Processes){};
        }
        return r;
}

static bool was_before(const Tree *t, pid_t pid) {
        for (size_t i = 0; i < t->n_before; i++)
                if (t->before[i] == pid)
                        return true;
        return false;
}

static bool is_below(const Processes *p, const Tree *t, const Process *process) {
        if (process->parent == getpid())
                return !was_before(t, process->pid);
        for (size_t i = 0; i < p->n; i++)
                if (p->list[i].pid == process->parent)
                        return p->list[i].below;
        return false;
}

/* A child may have a lower PID than its parent: again, until nothing new is found. */
static void mark(Processes *p, const Tree *t) {
        for (bool found = true; found;) {
                found = false;
                for (size_t i = 0; i < p->n; i++)
                        if (!p->list[i].below && is_below(p, t, &p->list[i]))
                                p->list[i].below = found = true;
        }
}

int tree_begin(Tree *ret) {
        _cleanup_(processes_done) Processes p = {};
        siginfo_t info;
        Tree t = {};
        int r;

        (void) prctl(PR_SET_CHILD_SUBREAPER, 1);
        if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0 && errno == ECHILD) {
                *ret = t; /* nearly always, and /proc need not be read */
                return 0;
        }
        r = read_all(&p);
        if (r < 0)
                return r;
        t.before = malloc((p.n + 1) * sizeof(*t.before));
        if (!t.before)
                return -ENOMEM;
        for (size_t i = 0; i < p.n; i++)
                if (p.list[i].parent == getpid())
                        t.before[t.n_before++] = p.list[i].pid;
        *ret = t;
        return 0;
}

void tree_done(Tree *t) {
        free(t->before);
        *t = (Tree){};
}

int tree_signal(const Tree *t, int number) {
        _cleanup_(processes_done) Processes p = {};
        int n = 0, r;

        r = read_all(&p);
        if (r < 0)
                return r;
        mark(&p, t);
        for (size_t i = 0; i < p.n; i++)
                if (p.list[i].below && !p.list[i].dead && kill(p.list[i].pid, number) == 0)
                        n++;
        return n;
}
