/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * conformance [--list] [--lab] [CASE...] - tells the cases, or those that are named, many at a time: they
 * mostly wait. Prints TAP, in the order of the list, with what was heard in the cases that failed. With
 * --lab those that need more than a daemon.
 */

#include "tell.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "story.h"

#define JOBS 8
#define SECONDS_MAX 120
#define CASES_MAX 1024

typedef struct Run {
        const char *file;
        const Case *test;
        pid_t pid; /* 0: has not begun, or has ended */
        int status;
        FILE *output;
} Run;

static Stories *all;
static Run runs[CASES_MAX];
static size_t n_runs;

void stories_add(Stories *s) {
        Stories **place = &all;

        while (*place && strcmp((*place)->file, s->file) < 0)
                place = &(*place)->next;
        s->next = *place;
        *place = s;
}

static void begin(Run *r) {
        r->output = tmpfile();
        if (!r->output)
                exit(2);
        r->pid = fork();
        if (r->pid < 0)
                exit(2);
        if (r->pid > 0) {
                (void) setpgid(r->pid, r->pid);
                return;
        }

        (void) setpgid(0, 0);
        if (dup2(fileno(r->output), STDOUT_FILENO) < 0 || dup2(STDOUT_FILENO, STDERR_FILENO) < 0)
                _exit(2);
        (void) alarm(SECONDS_MAX);
        story_begin(r->test->number);
        r->test->story();
        story_end();
        (void) fflush(stdout);
        _exit(0);
}

/* Wait for one to end, and end all of its actors. */
static void end_one(void) {
        int status;
        pid_t pid = wait(&status);

        for (size_t i = 0; i < n_runs; i++)
                if (runs[i].pid == pid) {
                        (void) kill(-pid, SIGKILL);
                        runs[i].pid = 0;
                        runs[i].status = status;
                        return;
                }
}

static void print_output(Run *r, const char *before) {
        char line[32768];

        rewind(r->output);
        while (fgets(line, sizeof(line), r->output))
                printf("%s%s", before, line);
}

/* Returns whether it did not fail. */
static bool print(size_t number, Run *r) {
        bool good = WIFEXITED(r->status) && WEXITSTATUS(r->status) == 0;
        bool skipped = WIFEXITED(r->status) && WEXITSTATUS(r->status) == 77;
        char title[200];

        (void) snprintf(title, sizeof(title), "%s", r->test->title);
        for (char *c = title; *c; c++)
                if (*c == '_')
                        *c = ' ';
        printf("%sok %zu - %s %s", good || skipped ? "" : "not ", number, r->test->number, title);
        if (skipped) {
                print_output(r, " # SKIP ");
        } else {
                printf("\n");
                if (!good)
                        print_output(r, "#   ");
                if (WIFSIGNALED(r->status))
                        printf("#   ended by signal %d\n", WTERMSIG(r->status));
        }
        return good || skipped;
}

static bool wanted(const Case *c, char **names) {
        if (!*names)
                return true;
        for (; *names; names++)
                if (strcmp(*names, c->number) == 0)
                        return true;
        return false;
}

static void choose(bool lab, char **names) {
        for (Stories *s = all; s; s = s->next)
                for (size_t i = 0; i < s->n && n_runs < CASES_MAX; i++)
                        if ((strncmp(s->file, "lab-", 4) == 0) == lab && wanted(&s->cases[i], names))
                                runs[n_runs++] = (Run){ .file = s->file, .test = &s->cases[i] };
}

static void run_all(void) {
        size_t running = 0;

        for (size_t i = 0; i < n_runs; i++) {
                if (running == JOBS)
                        end_one();
                else
                        running++;
                begin(&runs[i]);
        }
        while (running-- > 0)
                end_one();
}

int main(int argc, char **argv) {
        bool list = argc > 1 && strcmp(argv[1], "--list") == 0;
        bool lab = argc > 1 && strcmp(argv[1], "--lab") == 0;
        size_t bad = 0;

        choose(lab || list, argv + 1 + (list || lab));
        if (list) {
                choose(false, argv + 2);
                for (size_t i = 0; i < n_runs; i++)
                        printf("%s:%s\n", runs[i].file, runs[i].test->number);
                return 0;
        }

        (void) signal(SIGPIPE, SIG_IGN);
        run_all();
        for (size_t i = 0; i < n_runs; i++)
                bad += !print(i + 1, &runs[i]);
        printf("1..%zu\n", n_runs);
        return bad > 0;
}
