/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lines for a reader who does not read: nothing waits, nothing is lost, and what has no room is counted. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>

#include "hagsgroup/event.h"
#include "hagsgroup/output.h"
#include "util/macro.h"
#include "wire/gs.h"

typedef struct Told {
        unsigned n_lines;
        uint64_t n_missing; /* as lines say it */
        bool in_order;      /* each event is that after the last, and those that are missing */
} Told;

/* Tell so many events of that size, all before the reader reads, and then what is missing. In a child. */
static void tell_all(unsigned n, unsigned size, int begin) {
        char data[GS_MESSAGE_MAX];
        ha_gs_provider_message_t message = { .gs_length = (int) size, .gs_message = data };
        Options o = {};
        int r = 0;

        memset(data, 1, sizeof(data)); /* is told as \x01 */
        for (unsigned i = 0; i < n && r == 0; i++) {
                char number[16];

                (void) snprintf(number, sizeof(number), "%u", i);
                r = event_tell(&o, "g", &(Event){ .name = "message", .what = number, .message = &message });
        }
        closep(&begin);
        if (r == 0)
                r = output_finish();
        if (r == 0)
                r = event_tell_missing(&o, "g");
        if (r == 0)
                r = output_finish();
        _exit(r == 0 ? 0 : 1);
}

static void look_at(const char *line, uint64_t *next, Told *told) {
        char *value = strchr(line, ' ');

        assert_non_null(value);
        if (strncmp(line, "missing ", strlen("missing ")) == 0) {
                uint64_t n = strtoull(value, NULL, 10);

                told->n_missing += n;
                *next += n;
                return;
        }
        told->n_lines++;
        told->in_order &= strtoull(value, NULL, 10) == (*next)++;
}

static Told tell(unsigned n, unsigned size) {
        Told told = { .in_order = true };
        _cleanup_(fclosep) FILE *f = NULL;
        _cleanup_(freep) char *line = NULL;
        int out[2], begin[2], status;
        size_t line_size = 0;
        uint64_t next = 0;
        pid_t pid;
        char byte;

        assert_int_equal(pipe2(out, O_CLOEXEC), 0);
        assert_int_equal(pipe2(begin, O_CLOEXEC), 0);
        (void) fflush(NULL);
        pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
                (void) dup2(out[1], STDOUT_FILENO);
                tell_all(n, size, begin[1]);
        }
        (void) close(out[1]);
        (void) close(begin[1]);
        assert_int_equal(read(begin[0], &byte, 1), 0); /* all is told */
        (void) close(begin[0]);

        f = fdopen(out[0], "r");
        assert_non_null(f);
        while (getline(&line, &line_size, f) > 0)
                look_at(line, &next, &told);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_int_equal(status, 0);
        return told;
}

static void test_nothing_is_lost_that_has_room(_unused_ void **state) {
        Told told = tell(100000, 50); /* 20 MB */

        assert_int_equal(told.n_lines, 100000);
        assert_int_equal(told.n_missing, 0);
        assert_true(told.in_order);
}

static void test_lines_longer_than_a_pipe_takes_at_once(_unused_ void **state) {
        Told told = tell(1000, GS_MESSAGE_MAX);

        assert_int_equal(told.n_lines, 1000);
        assert_true(told.in_order);
}

static void test_what_has_no_room_is_counted(_unused_ void **state) {
        const unsigned n = OUTPUT_MAX / (4 * GS_MESSAGE_MAX) + 1000;
        Told told = tell(n, GS_MESSAGE_MAX);

        assert_true(told.n_missing > 900);
        assert_int_equal(told.n_lines + told.n_missing, n);
        assert_true(told.in_order);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_nothing_is_lost_that_has_room),
                cmocka_unit_test(test_lines_longer_than_a_pipe_takes_at_once),
                cmocka_unit_test(test_what_has_no_room_is_counted),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
