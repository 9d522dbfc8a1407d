/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What bench-log.sh puts together:
 *
 *     bench-log produce COUNT            numbered lines of 130 bytes, one write(2) each, to standard output
 *     bench-log filter PATH MAX_LINES    the log writer as a filter: the job of svlogd -tt or s6-log T
 *     bench-log verify COUNT FILE...     the files, oldest first, must hold the lines up to COUNT, from some
 *                                        first one on, each once and whole; prints that first one
 */

#include <stdbool.h>
#include <string.h>
#include <syslog.h>
#include <time.h>

#include "log/logfile.h"
#include "util/fs.h"
#include "util/parse.h"

#define LINE_SIZE 130
#define NUMBER_DIGITS 8

static void line_make(uint64_t n, char line[static LINE_SIZE + 1]) {
        static const char filling[] = "the quick brown fox jumps over the lazy dog, ";
        size_t length = (size_t) sprintf(line, "%0*ju ", NUMBER_DIGITS, (uintmax_t) n);

        for (; length < LINE_SIZE - 1; length++)
                line[length] = filling[(n + length) % (sizeof(filling) - 1)];
        line[length] = '\n';
        line[length + 1] = 0;
}

static int produce(uint64_t count) {
        char line[LINE_SIZE + 1];

        for (uint64_t n = 1; n <= count; n++) {
                line_make(n, line);
                if (write(STDOUT_FILENO, line, LINE_SIZE) != LINE_SIZE)
                        return -errno;
        }
        return 0;
}

/* ---- the filter ---- */

/* Log the whole lines of `data`; returns the size of what is left. */
static size_t log_lines(LogFile *f, char *data, size_t size) {
        static pid_t pid;
        char *line = data, *end;

        if (pid == 0)
                pid = getpid();

        while ((end = memchr(line, '\n', size - (size_t) (line - data)))) {
                char formatted[LOG_LINE_MAX];
                struct timespec now;

                *end = 0;
                (void) clock_gettime(CLOCK_REALTIME, &now);
                logfile_append(f, formatted, logline_format(formatted, &now, "bench", pid, LOG_INFO, line));
                line = end + 1;
        }

        size -= (size_t) (line - data);
        memmove(data, line, size);
        return size;
}

static int filter(const char *path, uint64_t max_lines) {
        _cleanup_(logfile_freep) LogFile *f = NULL;
        char buffer[64 * 1024];
        size_t size = 0;
        ssize_t n;
        int r;

        r = logfile_new(path, max_lines, "bench", &f);
        if (r != 0)
                return r < 0 ? r : logfile_error(f);

        while ((n = read(STDIN_FILENO, buffer + size, sizeof(buffer) - size)) > 0) {
                size = log_lines(f, buffer, size + (size_t) n);
                if (logfile_flush(f) != 0)
                        return logfile_error(f);
        }
        return n < 0 ? -errno : 0;
}

/* ---- the verdict ---- */

/* One line as produced behind a head of any form. */
static bool verify_line(const char *line, size_t length, uint64_t *last, uint64_t *first) {
        char expected[LINE_SIZE + 1], number[NUMBER_DIGITS + 1] = "";
        uint64_t n;

        if (length < LINE_SIZE)
                return false;
        line += length - LINE_SIZE;
        memcpy(number, line, NUMBER_DIGITS);
        if (parse_u64(number, 1, UINT32_MAX, &n) < 0)
                return false;

        line_make(n, expected);
        if (memcmp(line, expected, LINE_SIZE) != 0 || (*last > 0 && n != *last + 1))
                return false;
        if (*first == 0)
                *first = n;
        *last = n;
        return true;
}

static int verify(uint64_t count, char **paths) {
        uint64_t first = 0, last = 0;

        for (; *paths; paths++) {
                Bytes b;
                int r;

                r = file_read(*paths, (size_t) 1 << 30, &b);
                if (r < 0)
                        return r;
                for (char *line = b.data, *end; line < b.data + b.size; line = end + 1) {
                        end = strchrnul(line, '\n');
                        if (!*end || !verify_line(line, (size_t) (end + 1 - line), &last, &first)) {
                                fprintf(stderr, "bench-log: %s is wrong after line %ju\n", *paths,
                                        (uintmax_t) last);
                                return -EBADMSG;
                        }
                }
                bytes_done(&b);
        }

        if (last != count) {
                fprintf(stderr, "bench-log: the last line is %ju\n", (uintmax_t) last);
                return -EBADMSG;
        }
        printf("%ju\n", (uintmax_t) first);
        return 0;
}

int main(int argc, char **argv) {
        uint64_t n;
        int r = -EINVAL;

        if (argc == 3 && strcmp(argv[1], "produce") == 0 && parse_u64(argv[2], 1, UINT32_MAX, &n) >= 0)
                r = produce(n);
        else if (argc == 4 && strcmp(argv[1], "filter") == 0 && parse_u64(argv[3], 1, UINT64_MAX, &n) >= 0)
                r = filter(argv[2], n);
        else if (argc >= 4 && strcmp(argv[1], "verify") == 0 && parse_u64(argv[2], 1, UINT32_MAX, &n) >= 0)
                r = verify(n, argv + 3);

        if (r < 0)
                fprintf(stderr, "bench-log: %s\n", strerror(-r));
        return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
