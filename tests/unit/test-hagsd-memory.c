/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The real daemon gives back what clients took: HAGS_JOINS (20000) times one joins, with others in the group
 * and without, and goes in each of the ways in which one can go, and the daemon is no larger in the end.
 */

#include "raw-client.h"

#define JOINS 20000
#define ROUND 1000
#define GROWTH_MAX (256 * 1024)

/* It keeps what was freed, and looks for leaks itself, at the end. */
#if defined(__SANITIZE_ADDRESS__)
#define ASAN true
#else
#define ASAN false
#endif

static long resident_bytes(const Fixture *f) {
        _cleanup_(bytes_done) Bytes b = { 0 };
        char path[64];
        long size, resident;

        (void) snprintf(path, sizeof(path), "/proc/%d/statm", (int) f->pid);
        assert_int_equal(file_read(path, 4096, &b), 0);
        assert_int_equal(sscanf(b.data, "%ld %ld", &size, &resident), 2);
        return resident * sysconf(_SC_PAGESIZE);
}

static void say_goodbye(int fd, int32_t token) {
        const Event goodbye = { .type = EVENT_GOODBYE, .client.token = token };
        static RawFrame frame;

        raw_request(fd, &goodbye);
        do
                assert_true(raw_receive(fd, &frame));
        while (frame.head.type != FRAME_DONE);
}

static void leave(int fd, int32_t token) {
        const Event leave = {
                .type = EVENT_LEAVE, .client.token = token, .leave.proposal.num_phases = GS_1_PHASE
        };
        static RawFrame frame;

        raw_request(fd, &leave);
        do
                assert_true(raw_receive(fd, &frame));
        while (frame.head.type != FRAME_TOKEN_DEAD);
}

/* The member reads what it is told of all that, as a living one does: what it left unread would be the
 * daemon's. */
static void member_reads(int member) {
        static RawFrame frame;
        ssize_t n;

        do
                n = recv(member, frame.bytes, sizeof(frame.bytes), MSG_DONTWAIT);
        while (n > 0);
        assert_true(n < 0 && errno == EAGAIN);
}

/* One client that comes and goes `n` times; every hundredth time its connection does, too. */
static void come_and_go(const Fixture *f, int member, unsigned n) {
        static RawFrame frame;
        int32_t token = 0;
        int fd = raw_connect(f);

        for (unsigned i = 0; i < n; i++) {
                char group[GS_GROUP_NAME_MAX + 1];
                Event join;

                (void) snprintf(group, sizeof(group), i % 3 == 0 ? "lonely-%u" : "crowd", i);
                join = raw_join(++token, group, 7, GS_1_PHASE);
                raw_request(fd, &join);
                raw_await(fd, token, GS_JOIN, &frame);
                if (i % 100 == 99) {
                        (void) close(fd);
                        fd = raw_connect(f);
                        token = 0;
                } else if (i % 2 == 0)
                        say_goodbye(fd, token);
                else
                        leave(fd, token);
                member_reads(member);
        }
        (void) close(fd);
}

static void test_joins_leave_nothing_behind(void **state) {
        const char *wanted = getenv("HAGS_JOINS");
        unsigned n = wanted ? (unsigned) strtoul(wanted, NULL, 0) : JOINS;
        const Event join = raw_join(1, "crowd", 1, GS_1_PHASE);
        static RawFrame frame;
        Fixture *f = *state;
        long before = 0;
        int fd;

        start(f);
        fd = raw_connect(f);
        raw_request(fd, &join);
        raw_await(fd, 1, GS_JOIN, &frame);

        for (unsigned done = 0; done < n; done += ROUND) {
                come_and_go(f, fd, ROUND);
                if (before == 0 && done >= n / 10)
                        before = resident_bytes(f);
        }
        if (!ASAN)
                assert_true(resident_bytes(f) <= before + GROWTH_MAX);
        (void) close(fd);
        wait_for(f, ask_status(f).n_groups == 0);
        assert_int_equal(stop(f), 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                hagsd_test(test_joins_leave_nothing_behind),
        };

        return cmocka_run_group_tests(tests, fixture_group_setup, NULL);
}
