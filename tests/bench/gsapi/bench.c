/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Samples, rows and the crew: see bench.h. */

#include "bench.h"

#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

void die(const char *format, ...) {
        va_list args;

        va_start(args, format);
        (void) fprintf(stderr, "bench-gsapi: ");
        (void) vfprintf(stderr, format, args);
        (void) fprintf(stderr, "\n");
        va_end(args);
        exit(EXIT_FAILURE);
}

uint64_t now_ns(void) {
        struct timespec t;

        (void) clock_gettime(CLOCK_MONOTONIC, &t);
        return (uint64_t) t.tv_sec * UINT64_C(1000000000) + (uint64_t) t.tv_nsec;
}

void wait_readable(int fd) {
        struct pollfd p = { .fd = fd, .events = POLLIN };

        if (poll(&p, 1, -1) < 0 && errno != EINTR)
                die("poll: %s", strerror(errno));
}

/* ---- the processes that are measured ---- */

pid_t gs_server(void) {
        const char *pid = getenv("HAGSD_PID");

        if (!pid || atoi(pid) <= 0)
                die("HAGSD_PID is not set");
        return atoi(pid);
}

void process_pin(pid_t pid, unsigned cpu) {
        cpu_set_t set;

        CPU_ZERO(&set);
        CPU_SET(cpu, &set);
        if (sched_setaffinity(pid, sizeof(set), &set) < 0)
                die("sched_setaffinity: %s", strerror(errno));
}

uint64_t process_ns(pid_t pid) {
        _cleanup_(fclosep) FILE *f = NULL;
        char path[64];
        uint64_t ns;

        (void) snprintf(path, sizeof(path), "/proc/%d/schedstat", (int) pid);
        f = fopen(path, "re");
        if (!f || fscanf(f, "%" SCNu64, &ns) != 1)
                die("%s: cannot be read", path);
        return ns;
}

/* ---- samples ---- */

void samples_add(Samples *s, uint64_t ns) {
        if (s->n == s->size) {
                s->size = s->size ? s->size * 2 : 1024;
                s->ns = reallocarray(s->ns, s->size, sizeof(*s->ns));
                if (!s->ns)
                        die("out of memory");
        }
        s->ns[s->n++] = ns;
}

static int compare_u64(const void *a, const void *b) {
        uint64_t x = *(const uint64_t *) a, y = *(const uint64_t *) b;

        return (x > y) - (x < y);
}

uint64_t samples_percentile(Samples *s, unsigned percent) {
        if (s->n == 0)
                die("nothing was measured");
        qsort(s->ns, s->n, sizeof(*s->ns), compare_u64);
        return s->ns[(s->n - 1) * percent / 100];
}

void samples_done(Samples *s) {
        free(s->ns);
        *s = (Samples){ 0 };
}

/* ---- rows ---- */

void row_head(const char *what, const char *other) {
        printf("\n%-52s %11s %11s %7s %7s %7s\n", what, "hagsd", other, "ratio", "must", "aim");
        (void) fflush(stdout);
}

void row(const char *what, double ours, double theirs, const char *must, const char *aim) {
        printf("%-52s %11.1f %11.1f %7.2f %7s %7s\n", what, ours, theirs, ours / theirs, must, aim);
        (void) fflush(stdout);
}

void row_faster(const char *what, double ours, double theirs, const char *must, const char *aim) {
        printf("%-52s %11.1f %11.1f %6.1fx %7s %7s\n", what, ours, theirs, theirs / ours, must, aim);
        (void) fflush(stdout);
}

void row_alone(const char *what, double ours, const char *must, const char *aim) {
        printf("%-52s %11.2f %11s %7s %7s %7s\n", what, ours, "", "", must, aim);
        (void) fflush(stdout);
}

/* ---- the crew ---- */

static struct Crew {
        pthread_barrier_t barrier;
        uint64_t begin, end;
} * crew;

static void crew_make(unsigned n) {
        pthread_barrierattr_t attributes;

        crew = mmap(NULL, sizeof(*crew), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (crew == MAP_FAILED)
                die("mmap: %s", strerror(errno));
        if (pthread_barrierattr_init(&attributes) != 0 ||
                        pthread_barrierattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED) != 0 ||
                        pthread_barrier_init(&crew->barrier, &attributes, n) != 0)
                die("cannot make a barrier");
}

/* The rest of a crew that lost one would wait for it for ever. */
static void crew_wait(const pid_t *pids, unsigned n) {
        for (unsigned left = n; left > 0;) {
                int status;
                pid_t pid = wait(&status);
                bool ours = false;

                if (pid < 0)
                        die("wait: %s", strerror(errno));
                for (unsigned i = 0; i < n; i++)
                        ours = ours || pids[i] == pid;
                if (!ours)
                        die("the echo server has ended");
                if (!WIFEXITED(status) || WEXITSTATUS(status) != EXIT_SUCCESS)
                        die("process %d of the crew failed", (int) pid);
                left--;
        }
}

void crew_run(unsigned n, void (*work)(unsigned rank)) {
        pid_t pids[CREW];

        if (n > CREW)
                die("a crew has up to %d processes", CREW);
        crew_make(n);
        for (unsigned i = 0; i < n; i++) {
                pids[i] = fork();
                if (pids[i] < 0)
                        die("fork: %s", strerror(errno));
                if (pids[i] == 0) {
                        (void) prctl(PR_SET_PDEATHSIG, SIGKILL);
                        work(i);
                        exit(EXIT_SUCCESS);
                }
        }
        crew_wait(pids, n);
        (void) munmap(crew, sizeof(*crew));
}

void crew_meet(void) {
        int r = pthread_barrier_wait(&crew->barrier);

        if (r != 0 && r != PTHREAD_BARRIER_SERIAL_THREAD)
                die("pthread_barrier_wait: %s", strerror(r));
}

void crew_begin(void) {
        if (pthread_barrier_wait(&crew->barrier) == PTHREAD_BARRIER_SERIAL_THREAD)
                crew->begin = now_ns();
        crew_meet();
}

void crew_end(void) {
        if (pthread_barrier_wait(&crew->barrier) == PTHREAD_BARRIER_SERIAL_THREAD)
                crew->end = now_ns();
        crew_meet();
}

uint64_t crew_elapsed(void) {
        return crew->end - crew->begin;
}
