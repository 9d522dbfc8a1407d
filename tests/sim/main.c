/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sim: runs simulated worlds (sim.h) and prints the seed of each that goes wrong.
 *
 *      sim --seed N                one run, and then
 *              --trace             tells its story
 *              --shrink            tells the shortest one that fails like it
 *              --corpus DIR        writes its frames and its history, as seeds of fuzz-event and fuzz-apply
 *              --digest            prints the digest of all its hashes
 *      sim --seeds FROM COUNT      many runs
 *      sim --seconds S             fresh seeds until the time is over, or those from FROM on
 *              --jobs J            in so many processes
 *              --first             only until one fails
 *              --twin              each in two processes with different memory: all hashes must agree
 */

#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sim.h"

static uint64_t arg_from;
static uint64_t arg_count = 1;
static unsigned arg_jobs = 1;
static unsigned arg_seconds;
static const char *arg_corpus;
static int arg_trace, arg_shrink, arg_twin, arg_digest, arg_first;

/* For the handler of a crash. */
static volatile uint64_t current_seed;

static void on_crash(int sig) {
        static char text[64];
        int n = snprintf(text, sizeof(text), "seed %" PRIu64 " crashes with signal %d\n", current_seed, sig);

        (void) !write(STDERR_FILENO, text, (size_t) n);
        (void) signal(sig, SIG_DFL);
        (void) raise(sig);
}

static double seconds_now(void) {
        struct timespec t;

        (void) clock_gettime(CLOCK_MONOTONIC, &t);
        return (double) t.tv_sec + (double) t.tv_nsec / 1e9;
}

/* In a child, so that a crash is a failure like any other. */
static bool fails(uint64_t seed, const uint8_t *skip) {
        int status;
        pid_t pid;

        (void) fflush(NULL);
        pid = fork();
        if (pid == 0) {
                Run run = { .seed = seed, .skip = skip };
                Result result;

                (void) !freopen("/dev/null", "w", stderr);
                (void) alarm(10);
                world_run(&run, &result);
                _exit(result.failed);
        }
        (void) waitpid(pid, &status, 0);
        return status != 0;
}

/* Leave out ever smaller pieces of the history for as long as it still fails. */
static int shrink(uint64_t seed) {
        static uint8_t skip[1 << 16];
        Run run = { .seed = seed, .skip = skip, .trace = stdout };
        Result result;
        uint32_t n = 4096, kept = 0;

        if (!fails(seed, skip)) {
                printf("seed %" PRIu64 " does not fail\n", seed);
                return EXIT_FAILURE;
        }
        for (uint32_t piece = n / 2; piece > 0; piece /= 2)
                for (uint32_t at = 0; at < n; at += piece) {
                        uint8_t before[sizeof(skip)];

                        memcpy(before, skip, n);
                        memset(skip + at, 1, piece);
                        if (memcmp(before, skip, n) != 0 && !fails(seed, skip))
                                memcpy(skip, before, n);
                }
        world_run(&run, &result);
        for (uint32_t i = 0; i < result.n_steps; i++)
                kept += !skip[i];
        printf("seed %" PRIu64 " fails with %u of %u steps: %s\n", seed, kept, result.n_steps,
                        result.failure);
        return EXIT_SUCCESS;
}

static bool run_one(uint64_t seed, Result *ret) {
        Run run = { .seed = seed, .trace = arg_trace ? stdout : NULL, .corpus = arg_corpus };

        current_seed = seed;
        world_run(&run, ret);
        if (ret->failed)
                printf("seed %" PRIu64 " FAILED: %s\n", seed, ret->failure);
        (void) fflush(stdout);
        return !ret->failed;
}

/* The same run in another process with another heap and other garbage in it: nothing of that may be seen in
 * a hash. */
static uint64_t digest_elsewhere(uint64_t seed) {
        char number[32], digest[32] = "";
        int fds[2];
        pid_t pid;

        snprintf(number, sizeof(number), "%" PRIu64, seed);
        if (pipe(fds) < 0 || (pid = fork()) < 0)
                return 0;
        if (pid == 0) {
                (void) dup2(fds[1], STDOUT_FILENO);
                (void) setenv("MALLOC_PERTURB_", "165", 1);
                (void) setenv("MALLOC_MMAP_THRESHOLD_", "512", 1);
                (void) execl("/proc/self/exe", "sim", "--seed", number, "--digest", NULL);
                _exit(127);
        }
        (void) close(fds[1]);
        (void) !read(fds[0], digest, sizeof(digest) - 1);
        (void) close(fds[0]);
        (void) waitpid(pid, NULL, 0);
        return strtoull(digest, NULL, 16);
}

static int print_digest(void) {
        Run run = { .seed = arg_from, .salt = 0x5bd1e995 };
        Result result;

        world_run(&run, &result);
        printf("%" PRIx64 "\n", result.digest);
        return EXIT_SUCCESS;
}

/* Seeds from, from + jobs, ...: the share of one job. Returns how many failed. */
static unsigned run_share(unsigned job) {
        double begin = seconds_now(), end = begin + arg_seconds;
        uint64_t done = 0, applied = 0;
        unsigned failed = 0;

        for (uint64_t i = job; arg_seconds > 0 ? seconds_now() < end : i < arg_count; i += arg_jobs) {
                Result result;

                if (arg_first && failed > 0)
                        break;

                failed += !run_one(arg_from + i, &result);
                if (arg_twin && digest_elsewhere(arg_from + i) != result.digest) {
                        printf("seed %" PRIu64 " FAILED: another process comes to other hashes\n",
                                        arg_from + i);
                        failed++;
                }
                applied += result.n_applied;
                done++;
        }
        if (done > 1)
                printf("job %u: %" PRIu64 " seeds, %u failed, %" PRIu64 " events applied, %.0f seeds/s\n",
                                job, done, failed, applied, (double) done / (seconds_now() - begin));
        (void) fflush(stdout);
        return failed;
}

static int run_jobs(void) {
        bool failed = false;
        int status;

        if (arg_jobs == 1)
                return run_share(0) > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
        (void) fflush(NULL);
        for (unsigned job = 0; job < arg_jobs; job++)
                if (fork() == 0)
                        _exit(run_share(job) > 0);
        while (wait(&status) > 0)
                failed = failed || status != 0;
        return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

static bool parse_options(int argc, char **argv) {
        enum { SEED = 256, SEEDS, JOBS, SECONDS, CORPUS };
        static const struct option options[] = {
                { "seed", required_argument, NULL, SEED },
                { "seeds", required_argument, NULL, SEEDS },
                { "jobs", required_argument, NULL, JOBS },
                { "seconds", required_argument, NULL, SECONDS },
                { "corpus", required_argument, NULL, CORPUS },
                { "trace", no_argument, &arg_trace, true },
                { "shrink", no_argument, &arg_shrink, true },
                { "twin", no_argument, &arg_twin, true },
                { "digest", no_argument, &arg_digest, true },
                { "first", no_argument, &arg_first, true },
                {},
        };
        bool fresh = true;
        int c;

        while ((c = getopt_long(argc, argv, "", options, NULL)) >= 0) {
                if (c == SEED || c == SEEDS) {
                        arg_from = strtoull(optarg, NULL, 0);
                        fresh = false;
                }
                if (c == SEEDS && optind < argc)
                        arg_count = strtoull(argv[optind++], NULL, 0);
                else if (c == JOBS)
                        arg_jobs = (unsigned) strtoul(optarg, NULL, 0);
                else if (c == SECONDS)
                        arg_seconds = (unsigned) strtoul(optarg, NULL, 0);
                else if (c == CORPUS)
                        arg_corpus = optarg;
                else if (c == '?')
                        return false;
        }
        if (fresh && arg_seconds > 0)
                arg_from = (uint64_t) time(NULL) << 24;
        return optind == argc && arg_jobs > 0 && (!fresh || arg_seconds > 0);
}

int main(int argc, char **argv) {
        if (!parse_options(argc, argv)) {
                fputs("Usage: sim --seed N [--trace | --shrink] | --seeds FROM COUNT | --seconds S  [--jobs "
                      "J] [--twin]\n",
                                stderr);
                return 2;
        }
        if (arg_shrink)
                return shrink(arg_from);
        if (arg_digest)
                return print_digest();
        (void) signal(SIGABRT, on_crash);
        (void) signal(SIGSEGV, on_crash);
        return run_jobs();
}
