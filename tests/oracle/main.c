/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * oracle: random clients and a real daemon, judged by the oracle of the simulation; prints the seed of each
 * run that goes wrong.
 *
 *      oracle --seed N             one run, and then
 *             --trace              tells all that was done, expected and heard
 *             --repeat TIMES       it goes another way each time: until it goes wrong
 *      oracle --seeds FROM COUNT   many runs
 *             --jobs J             in so many processes
 *      oracle --plays              all plays (play.h): each kind of protocol, a client lost in each phase
 *             --play N             one of them
 *             --trace-failed       tells of those that go wrong what --trace does
 */

#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <libgen.h>
#include <limits.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "run.h"

static uint64_t arg_from;
static uint64_t arg_count = 1;
static uint64_t arg_repeat = 1;
static unsigned arg_jobs = 1;
static int arg_trace, arg_trace_failed, arg_plays;

static double seconds_now(void) {
        struct timespec t;

        (void) clock_gettime(CLOCK_MONOTONIC, &t);
        return (double) t.tv_sec + (double) t.tv_nsec / 1e9;
}

static void print_stderr(const Place *place) {
        char path[96], line[4096];
        FILE *f;

        (void) snprintf(path, sizeof(path), "%s/stderr", place->directory);
        f = fopen(path, "re");
        while (f && fgets(line, sizeof(line), f))
                printf("    | %s", line);
        if (f)
                (void) fclose(f);
}

/* A run that went wrong goes another way the next time, so it is told as it happened. */
static bool run_one(Place *place, uint64_t seed, Verdict *ret) {
        char *story = NULL, path[96];
        size_t size = 0;
        FILE *trace = arg_trace || arg_trace_failed ? open_memstream(&story, &size) : NULL;

        (void) snprintf(path, sizeof(path), "%s/stderr", place->directory);
        (void) unlink(path);
        run(place, seed, trace, ret);
        if (trace)
                (void) fclose(trace);
        if (story && (ret->failed || (arg_trace && arg_repeat == 1)))
                (void) fwrite(story, 1, size, stdout);
        free(story);
        if (!ret->failed)
                return true;
        printf("seed %" PRIu64 " FAILED: %s\n", seed, ret->failure);
        print_stderr(place);
        if (arg_plays)
                play_describe(stdout, (uint32_t) seed);
        printf("\nagain, in one of several ways that it can go: oracle --%s %" PRIu64
               " --trace --repeat 100\n",
                        arg_plays ? "play" : "seed", seed);
        (void) fflush(stdout);
        return false;
}

/* The share of one job. Returns how many failed. */
static unsigned run_share(unsigned job, const char *daemon) {
        uint64_t n = 0, events = 0, heard = 0;
        double begin = seconds_now();
        unsigned failed = 0;
        Verdict verdict;
        Place place;

        place_make(&place, job, daemon);
        place.plays = arg_plays;
        for (uint64_t i = job; i < arg_count; i += arg_jobs)
                for (uint64_t k = 0; k < arg_repeat && (arg_repeat == 1 || failed == 0); k++) {
                        failed += !run_one(&place, arg_from + i, &verdict);
                        events += verdict.n_events;
                        heard += verdict.n_heard;
                        n++;
                }
        printf("job %u: %" PRIu64 " runs, %u failed, %" PRIu64 " events, %" PRIu64
               " notifications compared, %.1f runs/s\n",
                        job, n, failed, events, heard, (double) n / (seconds_now() - begin));
        (void) fflush(stdout);
        return failed;
}

static bool write_text(const char *path, const char *text) {
        _cleanup_(closep) int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

        return fd >= 0 && write(fd, text, strlen(text)) == (ssize_t) strlen(text);
}

/* A /run that nobody else sees, with a configuration in it; everybody but root needs a user namespace. */
static bool enter_namespace(void) {
        unsigned uid = geteuid(), gid = getegid();
        char map[64];

        if (unshare(CLONE_NEWNS | (uid == 0 ? 0 : CLONE_NEWUSER)) < 0)
                return false;
        if (uid != 0) {
                (void) snprintf(map, sizeof(map), "0 %u 1", uid);
                if (!write_text("/proc/self/uid_map", map) || !write_text("/proc/self/setgroups", "deny"))
                        return false;
                (void) snprintf(map, sizeof(map), "0 %u 1", gid);
                if (!write_text("/proc/self/gid_map", map))
                        return false;
        }
        return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
               mount("tmpfs", "/run", "tmpfs", 0, "mode=0755") == 0 && mkdir("/run/hags", 0755) == 0 &&
               mkdir("/run/logs", 0755) == 0 &&
               write_text("/run/hags/hags.conf", "[Log]\nDirectory=/run/logs\n");
}

static int run_jobs(void) {
        char daemon[PATH_MAX + 8], self[PATH_MAX] = "";
        bool failed = false;
        int status;

        if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0 || !enter_namespace()) {
                perror("oracle: cannot make a /run of its own");
                return EXIT_FAILURE;
        }
        (void) snprintf(daemon, sizeof(daemon), "%s/hagsd", dirname(self));
        if (arg_jobs == 1)
                return run_share(0, daemon) > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
        (void) fflush(NULL);
        for (unsigned job = 0; job < arg_jobs; job++)
                if (fork() == 0)
                        _exit(run_share(job, daemon) > 0);
        while (wait(&status) > 0)
                failed = failed || status != 0;
        return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

static bool parse_options(int argc, char **argv) {
        enum { SEED = 256, SEEDS, PLAY, PLAYS, JOBS, REPEAT };
        static const struct option options[] = {
                { "seed", required_argument, NULL, SEED },
                { "seeds", required_argument, NULL, SEEDS },
                { "play", required_argument, NULL, PLAY },
                { "plays", no_argument, NULL, PLAYS },
                { "jobs", required_argument, NULL, JOBS },
                { "repeat", required_argument, NULL, REPEAT },
                { "trace", no_argument, &arg_trace, true },
                { "trace-failed", no_argument, &arg_trace_failed, true },
                {},
        };
        bool chosen = false;
        int c;

        while ((c = getopt_long(argc, argv, "", options, NULL)) >= 0) {
                chosen = chosen || c == SEED || c == SEEDS || c == PLAY || c == PLAYS;
                arg_plays = arg_plays || c == PLAY || c == PLAYS;
                if (c == SEED || c == SEEDS || c == PLAY)
                        arg_from = strtoull(optarg, NULL, 0);
                if (c == PLAYS)
                        arg_count = play_count();
                if (c == SEEDS && optind < argc)
                        arg_count = strtoull(argv[optind++], NULL, 0);
                else if (c == JOBS)
                        arg_jobs = (unsigned) strtoul(optarg, NULL, 0);
                else if (c == REPEAT)
                        arg_repeat = strtoull(optarg, NULL, 0);
                else if (c == '?')
                        return false;
        }
        return optind == argc && arg_jobs > 0 && chosen;
}

int main(int argc, char **argv) {
        if (parse_options(argc, argv))
                return run_jobs();
        fputs("Usage: oracle --seed N [--trace] [--repeat TIMES] | --seeds FROM COUNT | --plays  [--jobs "
              "J]\n",
                        stderr);
        return 2;
}
