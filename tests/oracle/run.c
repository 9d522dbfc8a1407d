/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One run, from the start of its daemon to the judgement: see run.h. */

#include "run.h"

#include <assert.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "../sim/sim.h"
#include "ask/daemon-status.h"

#define PATIENCE_MS 20000 /* what takes longer hangs */

typedef struct ClientProcess {
        pid_t pid; /* 0: has ended */
        uint32_t lives;
        bool stopped;
} ClientProcess;

typedef struct Staging {
        Place *place;
        uint64_t seed;
        Rng rng;
        Verdict *verdict;
        uint64_t deadline;
        unsigned n_clients;
        ClientProcess clients[CLIENTS_MAX];
        bool gone[CLIENTS_MAX]; /* when the daemon was told to stop */
        uint32_t violence;      /* percent of looks at the clients at which something happens to them */
        unsigned n_stops_left;
        pid_t daemon;
        unsigned n_daemons;
        char records[JUDGE_DAEMONS_MAX][96];
} Staging;

static uint64_t now_ms(void) {
        struct timespec t;

        (void) clock_gettime(CLOCK_MONOTONIC, &t);
        return (uint64_t) t.tv_sec * 1000 + (uint64_t) t.tv_nsec / 1000000;
}

static void nap(uint32_t microseconds) {
        const struct timespec t = { .tv_nsec = (long) microseconds * 1000 };

        (void) nanosleep(&t, NULL);
}

static void fail(Staging *r, const char *format, ...) _printf_(2, 3);
static void fail(Staging *r, const char *format, ...) {
        va_list args;

        if (r->verdict->failed)
                return;
        r->verdict->failed = true;
        va_start(args, format);
        (void) vsnprintf(r->verdict->failure, sizeof(r->verdict->failure), format, args);
        va_end(args);
}

/* ---- the place ---- */

static void *shared(size_t size) {
        void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

        assert(p != MAP_FAILED);
        return p;
}

void place_make(Place *ret, unsigned job, const char *daemon) {
        char path[96];

        *ret = (Place){ .daemon = daemon, .setup = shared(sizeof(Setup)) };
        (void) snprintf(ret->syspar, sizeof(ret->syspar), "o%u", job);
        (void) snprintf(ret->directory, sizeof(ret->directory), "/run/oracle-%u", job);
        (void) snprintf(ret->runtime, sizeof(ret->runtime), "/run/hags/%s", ret->syspar);
        assert(mkdir(ret->directory, 0755) == 0 && mkdir(ret->runtime, 0755) == 0);
        (void) snprintf(path, sizeof(path), "%s/state", ret->directory);
        assert(mkdir(path, 0755) == 0);
        for (unsigned i = 0; i < CLIENTS_MAX; i++)
                ret->diaries[i] = shared(sizeof(Diary));
        assert(setenv("HA_DOMAIN_NAME", ret->syspar, 1) == 0);
}

/* ---- processes ---- */

static void redirect_stderr(const Place *p) {
        char path[96];

        (void) snprintf(path, sizeof(path), "%s/stderr", p->directory);
        (void) dup2(open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644), STDERR_FILENO);
}

static void exec_daemon(const Staging *r) {
        const Place *p = r->place;
        char path[96];

        (void) snprintf(path, sizeof(path), "%s/state", p->directory);
        (void) setenv("STATE_DIRECTORY", path, 1);
        (void) setenv("RUNTIME_DIRECTORY", p->runtime, 1);
        (void) setenv("HAGS_RECORD", r->records[r->n_daemons - 1], 1);
        (void) setenv("HAGS_NODE", "1", 1);
        (void) setenv("HAGS_PORT", "10000", 1);
        redirect_stderr(p);
        (void) execl(p->daemon, "hagsd", p->syspar, NULL);
        _exit(127);
}

static pid_t fork_mortal(void) {
        pid_t parent = getpid(), pid;

        (void) fflush(NULL);
        pid = fork();
        assert(pid >= 0);
        if (pid == 0 && (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent))
                _exit(127);
        return pid;
}

static void start_daemon(Staging *r) {
        char *record = r->records[r->n_daemons];

        assert(r->n_daemons < JUDGE_DAEMONS_MAX);
        (void) snprintf(record, sizeof(r->records[0]), "%s/record-%u", r->place->directory, r->n_daemons++);
        (void) unlink(record);
        r->daemon = fork_mortal();
        if (r->daemon == 0)
                exec_daemon(r);
}

static void start_client(Staging *r, unsigned number) {
        ClientProcess *c = r->clients + number;
        uint32_t life = c->lives++;

        r->place->setup->moods[number] = MOOD_BUSY;
        c->stopped = false;
        c->pid = fork_mortal();
        if (c->pid == 0) {
                redirect_stderr(r->place);
                client_run(r->place->setup, r->place->diaries[number], r->seed, number, life);
        }
}

/* A daemon ends well only if it was told to. */
static void end_daemon(Staging *r, int sig) {
        uint64_t deadline = now_ms() + PATIENCE_MS;
        int status = 0;

        (void) kill(r->daemon, sig);
        while (waitpid(r->daemon, &status, WNOHANG) == 0) {
                if (now_ms() > deadline) {
                        fail(r, "the daemon does not end with signal %d", sig);
                        (void) kill(r->daemon, SIGKILL);
                }
                nap(100);
        }
        r->daemon = 0;
        if (status == SIGTERM && access(r->records[r->n_daemons - 1], F_OK) < 0)
                return; /* it had not come so far as to block the signal */
        if (sig == SIGTERM && status != 0)
                fail(r, "the daemon that is told to stop ends with status %#x", status);
}

static void look_at_daemon(Staging *r) {
        int status;

        if (r->daemon == 0 || waitpid(r->daemon, &status, WNOHANG) != r->daemon)
                return;
        r->daemon = 0;
        fail(r, "the daemon ends by itself, with status %#x", status);
}

static void look_at_client(Staging *r, unsigned number) {
        bool plays = r->place->setup->play.is_on;
        ClientProcess *c = r->clients + number;
        int status;

        if (c->pid == 0 || waitpid(c->pid, &status, WNOHANG | (plays ? WUNTRACED : 0)) != c->pid)
                return;
        if (WIFSTOPPED(status)) {
                nap(2000);
                (void) kill(c->pid, SIGCONT);
                return;
        }
        c->pid = 0;
        if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) {
                if (!plays && !r->place->setup->ending && c->lives < 4 && rng_chance(&r->rng, 50))
                        start_client(r, number);
        } else if (status != 0 && !r->place->diaries[number]->failure[0]) {
                (void) snprintf(r->place->diaries[number]->failure,
                                sizeof(r->place->diaries[number]->failure), "ends with status %#x", status);
        }
}

/* ---- what happens to them ---- */

static void disturb(Staging *r) {
        ClientProcess *c = r->clients + rng_below(&r->rng, r->n_clients);
        uint32_t dice = rng_below(&r->rng, 100);

        if (r->n_stops_left > 0 && dice < 4) {
                r->n_stops_left--;
                end_daemon(r, rng_chance(&r->rng, 60) ? SIGTERM : SIGKILL);
                for (unsigned i = 0; i < r->n_clients; i++)
                        r->place->setup->moods[i] = MOOD_BUSY; /* with looking for the next one */
                start_daemon(r);
        } else if (c->pid > 0 && c->stopped) {
                (void) kill(c->pid, SIGCONT);
                c->stopped = false;
        } else if (c->pid > 0 && dice < 70) {
                (void) kill(c->pid, SIGSTOP);
                c->stopped = true;
        } else if (c->pid > 0 && dice < 80) {
                (void) kill(c->pid, SIGKILL);
        }
}

/* How many processes are in one of these moods: from `mood` down. */
static int count_processes(const Staging *r, Mood mood) {
        int n = 0;

        for (unsigned i = 0; i < r->n_clients; i++)
                n += r->clients[i].pid > 0 && r->place->setup->moods[i] <= mood;
        return n;
}

static bool is_late(Staging *r) {
        if (now_ms() > r->deadline)
                fail(r, r->place->setup->ending ? "clients go on though the daemon has ended"
                                                : "the clients hang");
        return r->verdict->failed;
}

static void look_around(Staging *r) {
        look_at_daemon(r);
        for (unsigned i = 0; i < r->n_clients; i++)
                look_at_client(r, i);
        nap(100 + rng_below(&r->rng, 400));
}

/* Until nobody but those who only listen is left. */
static void live(Staging *r) {
        while (count_processes(r, MOOD_BUSY) > 0 && !is_late(r)) {
                look_around(r);
                if (rng_chance(&r->rng, r->violence))
                        disturb(r);
        }
        for (unsigned i = 0; i < r->n_clients; i++)
                if (r->clients[i].pid > 0 && r->clients[i].stopped)
                        (void) kill(r->clients[i].pid, SIGCONT);
}

/* How many clients the daemon knows of, besides the one that asks; negative: it does not answer. */
static int count_clients(const Staging *r) {
        _cleanup_(freep) char *message = NULL;
        Status s;

        if (daemon_status_ask(r->place->syspar, PATIENCE_MS * UINT64_C(1000), &s, &message) != 0)
                return -1;
        return (int) s.n_clients;
}

/*
 * Some of those go now, and the others when the daemon does; but not before it has noticed who is gone
 * already, so that it can be asked about them.
 */
static void end(Staging *r) {
        r->deadline = now_ms() + PATIENCE_MS;
        r->place->setup->ending = true;
        do
                look_around(r);
        while ((count_processes(r, MOOD_LINGERS) > 0 ||
                               count_clients(r) != count_processes(r, MOOD_STAYS)) &&
                        !is_late(r));
        for (unsigned i = 0; i < r->n_clients; i++)
                r->gone[i] = r->clients[i].pid == 0;
        if (r->daemon > 0)
                end_daemon(r, SIGTERM);
        while (count_processes(r, MOOD_STAYS) > 0 && !is_late(r))
                look_around(r);
        for (unsigned i = 0; i < r->n_clients; i++)
                if (r->clients[i].pid > 0) {
                        (void) kill(r->clients[i].pid, SIGKILL);
                        (void) waitpid(r->clients[i].pid, NULL, 0);
                }
}

/* ---- all of it ---- */

static void begin_play(Staging *r) {
        Setup *setup = r->place->setup;

        *setup = (Setup){ .n_groups = 2 };
        play_begin(&setup->play, (uint32_t) r->seed);
        play_groups(&setup->play, setup->groups);
        r->n_clients = PLAY_CLIENTS;
}

/* The groups are those that a world of the simulation would have. */
static void begin_random(Staging *r) {
        Setup *setup = r->place->setup;
        Profile profile;

        profile_draw(&profile, &r->rng);
        *setup = (Setup){
                .n_groups = profile.n_groups,
                .n_steps = 10 + rng_below(&r->rng, 40),
                .lateness = profile.lateness / 2,
                .noise = profile.noise,
                .slow = rng_chance(&r->rng, 1),
        };
        memcpy(setup->groups, profile.groups, sizeof(setup->groups));
        r->n_clients = 2 + rng_below(&r->rng, CLIENTS_MAX - 1);
        r->violence = rng_below(&r->rng, 3) * 4;
        r->n_stops_left = rng_chance(&r->rng, 20) ? 1 + rng_below(&r->rng, JUDGE_DAEMONS_MAX - 1) : 0;
}

static void begin(Staging *r) {
        if (r->place->plays)
                begin_play(r);
        else
                begin_random(r);
        for (unsigned i = 0; i < CLIENTS_MAX; i++) {
                r->place->diaries[i]->n = r->place->diaries[i]->n_connected = 0;
                r->place->diaries[i]->failure[0] = '\0';
        }
}

static void judge_run(Staging *r, FILE *trace) {
        Case c = { .n_daemons = r->n_daemons,
                .n_clients = r->n_clients,
                .diaries = r->place->diaries,
                .gone = r->gone };
        Verdict verdict;

        for (unsigned i = 0; i < r->n_daemons; i++)
                c.records[i] = r->records[i];
        judge(&c, trace, &verdict);
        if (!r->verdict->failed || verdict.failed)
                *r->verdict = verdict;
}

void run(Place *place, uint64_t seed, FILE *trace, Verdict *ret) {
        Staging r = {
                .place = place,
                .seed = seed,
                .rng = rng_make(seed, UINT64_MAX),
                .verdict = ret,
                .deadline = now_ms() + PATIENCE_MS,
        };

        *ret = (Verdict){ 0 };
        begin(&r);
        start_daemon(&r);
        for (unsigned i = 0; i < r.n_clients; i++)
                start_client(&r, i);
        live(&r);
        end(&r);
        judge_run(&r, trace);
}
