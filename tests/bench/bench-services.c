/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An edit of a services file of a million lines, durable, against `cp` and fsync() of the same file: in
 * turn, in the directory given, medians. Prints a table with the ratio beside what it must be and what it
 * aims at. Judges nothing.
 */

#include <fcntl.h>
#include <inttypes.h>
#include <spawn.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "sdr/services-file.h"
#include "util/macro.h"

#define LINES 1000000
#define PAIRS 15
#define MUST 3.0
#define AIM 1.5

extern char **environ;

static char file[4096], copy[4096];

static void check(bool right, const char *what) {
        if (right)
                return;
        fprintf(stderr, "bench-services: %s: %s\n", what, strerror(errno));
        exit(EXIT_FAILURE);
}

static uint64_t now(void) {
        struct timespec t;

        check(clock_gettime(CLOCK_MONOTONIC, &t) == 0, "clock");
        return (uint64_t) t.tv_sec * 1000000 + (uint64_t) t.tv_nsec / 1000;
}

static void generate(void) {
        FILE *f = fopen(file, "we");

        check(f, file);
        for (unsigned i = 0; i < LINES; i++)
                (void) fprintf(f, "service-%u\t%u/tcp\t\t# one of many\n", i, 1 + i % 65535);
        check(fclose(f) == 0, file);
}

/* ---- what is measured ---- */

static void add(void) {
        check(services_file_add(file, "sp_prod", 10003, /* dry= */ false, NULL) == 1, "add");
}

static void take_out(void) {
        check(services_file_remove(file, "sp_prod", /* dry= */ false, NULL) == 1, "remove");
}

static void copy_and_sync(void) {
        char *arguments[] = { (char *) "cp", file, copy, NULL };
        int fd, status;
        pid_t pid;

        check(posix_spawnp(&pid, "cp", NULL, NULL, arguments, environ) == 0, "cp");
        check(waitpid(pid, &status, 0) == pid && status == 0, "cp");
        fd = open(copy, O_RDONLY | O_CLOEXEC);
        check(fd >= 0 && fsync(fd) == 0 && close(fd) == 0, copy);
}

static uint64_t timed(void (*f)(void)) {
        uint64_t begin;

        sync(); /* what others have not written yet is not measured */
        begin = now();
        f();
        return now() - begin;
}

/* ---- the table ---- */

static int compare(const void *a, const void *b) {
        const uint64_t *x = a, *y = b;

        return (*x > *y) - (*x < *y);
}

static double median_ms(uint64_t figures[static PAIRS]) {
        qsort(figures, PAIRS, sizeof(*figures), compare);
        return (double) figures[PAIRS / 2] / 1000;
}

static void row(const char *what, double ours, double theirs) {
        printf("%-34s %9.1f ms %9.1f ms %7.2f %7.2f %7.2f\n", what, ours, theirs, ours / theirs, MUST, AIM);
}

int main(int argc, char **argv) {
        uint64_t added[PAIRS], removed[PAIRS], copied[PAIRS];
        const char *directory = argc > 1 ? argv[1] : ".";
        double floor;

        (void) snprintf(file, sizeof(file), "%s/bench-services.%d", directory, (int) getpid());
        (void) snprintf(copy, sizeof(copy), "%s/bench-services.%d.copy", directory, (int) getpid());
        generate();

        for (size_t i = 0; i < PAIRS; i++) {
                added[i] = timed(add);
                copied[i] = timed(copy_and_sync);
                removed[i] = timed(take_out);
                check(unlink(copy) == 0, copy);
        }
        check(unlink(file) == 0, file);

        floor = median_ms(copied);
        printf("%-34s %12s %12s %7s %7s %7s\n", "what (medians)", "hags", "cp+fsync", "ratio", "must",
               "aim");
        row("add to 1,000,000 services", median_ms(added), floor);
        row("remove from 1,000,000 services", median_ms(removed), floor);
        return EXIT_SUCCESS;
}
