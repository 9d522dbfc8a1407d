/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ha_gs_init() and ha_gs_quit(): which daemon, what is said to it, and what if it is not there. */

#include <fcntl.h>
#include <sys/wait.h>

#include "libha_gs-recorder.h"

/* ---- time that goes by quickly: long waits are cut short, and the clock says that they were not ---- */

static _Atomic uint64_t skipped_usec;
static _Atomic bool time_flies; /* once nobody is going to answer */
static int socket_error, setsockopt_error, fcntl_error, connect_interrupts;

int __real_poll(struct pollfd *fds, nfds_t n, int timeout);
int __wrap_poll(struct pollfd *fds, nfds_t n, int timeout);
int __real_clock_gettime(clockid_t clock, struct timespec *t);
int __wrap_clock_gettime(clockid_t clock, struct timespec *t);
int __real_socket(int domain, int type, int protocol);
int __wrap_socket(int domain, int type, int protocol);
int __real_setsockopt(int fd, int level, int name, const void *value, socklen_t size);
int __wrap_setsockopt(int fd, int level, int name, const void *value, socklen_t size);
int __real_connect(int fd, const struct sockaddr *address, socklen_t size);
int __wrap_connect(int fd, const struct sockaddr *address, socklen_t size);
int __real_fcntl(int fd, int command, void *argument);
int __wrap_fcntl(int fd, int command, void *argument);

int __wrap_poll(struct pollfd *fds, nfds_t n, int timeout) {
        int r;

        if (timeout < 1000 || !time_flies)
                return __real_poll(fds, n, timeout);
        r = __real_poll(fds, n, 50);
        if (r == 0)
                skipped_usec += (uint64_t) (timeout - 50) * 1000;
        return r;
}

int __wrap_clock_gettime(clockid_t clock, struct timespec *t) {
        int r = __real_clock_gettime(clock, t);
        uint64_t usec = (uint64_t) t->tv_nsec / 1000 + skipped_usec;

        if (clock == CLOCK_MONOTONIC) {
                t->tv_sec += (time_t) (usec / USEC_PER_SEC);
                t->tv_nsec = (long) (usec % USEC_PER_SEC) * 1000;
        }
        return r;
}

static int fails(int *error) {
        errno = *error;
        *error = 0;
        return errno ? -1 : 0;
}

int __wrap_socket(int domain, int type, int protocol) {
        return fails(&socket_error) < 0 ? -1 : __real_socket(domain, type, protocol);
}

int __wrap_setsockopt(int fd, int level, int name, const void *value, socklen_t size) {
        struct timeval soon = { .tv_usec = 50000 };

        if (fails(&setsockopt_error) < 0)
                return -1;
        if (name == SO_SNDTIMEO) {
                assert_true(((const struct timeval *) value)->tv_sec <= 5);
                value = &soon;
        }
        return __real_setsockopt(fd, level, name, value, size);
}

int __wrap_connect(int fd, const struct sockaddr *address, socklen_t size) {
        if (connect_interrupts > 0 && connect_interrupts-- > 0) {
                errno = EINTR;
                return -1;
        }
        return __real_connect(fd, address, size);
}

int __wrap_fcntl(int fd, int command, void *argument) {
        return command == F_SETFL && fails(&fcntl_error) < 0 ? -1 : __real_fcntl(fd, command, argument);
}

static ha_gs_rc_t try_init(void) {
        ha_gs_descriptor_t fd = -1;
        ha_gs_rc_t r;

        r = ha_gs_init(&fd, HA_GS_SOCKET_NO_SIGNAL, NULL, NULL, NULL, no_error, NULL);
        assert_int_equal(fd >= 0, r == HA_GS_OK);
        return r;
}

static void assert_connects(bool does) {
        assert_int_equal(try_init(), does ? HA_GS_OK : HA_GS_CONNECT_FAILED);
        ha_gs_quit();
}

/* ---- parameters ---- */

typedef struct InitCase {
        unsigned options;
        ha_gs_responsiveness_t responsiveness;
        const char *script;
        bool no_callback;
        ha_gs_rc_t wanted;
} InitCase;

static ha_gs_callback_rc_t well(_unused_ const ha_gs_responsiveness_notification_t *block) {
        return HA_GS_CALLBACK_OK;
}

static void parameters(_unused_ void **state) {
        static uint64_t counter;
        char longest[CLIENT_SCRIPT_MAX + 2], long_script[CLIENT_SCRIPT_MAX + 2];
        const InitCase cases[] = {
                { 1, { 0 }, NULL, true, HA_GS_OK },
                { 5, { 0 }, NULL, true, HA_GS_OK },
                { 0, { 0 }, NULL, true, HA_GS_BAD_PARAMETER },
                { 2, { 0 }, NULL, true, HA_GS_BAD_PARAMETER },
                { 3, { 0 }, NULL, true, HA_GS_BAD_PARAMETER },
                { 4, { 0 }, NULL, true, HA_GS_BAD_PARAMETER },
                { 9, { 0 }, NULL, true, HA_GS_BAD_PARAMETER },
                { 1, { 0 }, "/bin/true", true, HA_GS_OK },
                { 1, { 0 }, "bin/true", true, HA_GS_BAD_PARAMETER },
                { 1, { 0 }, "", true, HA_GS_BAD_PARAMETER },
                { 1, { 0 }, longest, true, HA_GS_OK },
                { 1, { 0 }, long_script, true, HA_GS_NAME_TOO_LONG },
                { 1, { HA_GS_PING_RESPONSIVENESS, 1, 0, NULL, 0 }, NULL, false, HA_GS_OK },
                { 1, { HA_GS_PING_RESPONSIVENESS, 0, 0, NULL, 0 }, NULL, false, HA_GS_BAD_PARAMETER },
                { 1, { HA_GS_PING_RESPONSIVENESS, 1, 0, NULL, 0 }, NULL, true, HA_GS_BAD_PARAMETER },
                { 1, { (ha_gs_responsiveness_type_t) 3, 1, 0, NULL, 0 }, NULL, false, HA_GS_BAD_PARAMETER },
                { 1, { HA_GS_COUNTER_RESPONSIVENESS, 1, 0, NULL, 4 }, NULL, false, HA_GS_BAD_PARAMETER },
                { 1, { HA_GS_COUNTER_RESPONSIVENESS, 1, 0, &counter, 0 }, NULL, false, HA_GS_BAD_PARAMETER },
                { 1, { HA_GS_COUNTER_RESPONSIVENESS, 1, 0, &counter, 3 }, NULL, false, HA_GS_BAD_PARAMETER },
                { 1, { HA_GS_COUNTER_RESPONSIVENESS, 1, 0, &counter, 16 }, NULL, false,
                                HA_GS_BAD_PARAMETER },
                { 1, { HA_GS_COUNTER_RESPONSIVENESS, 1, 0, &counter, 1 }, NULL, false, HA_GS_OK },
                { 1, { HA_GS_COUNTER_RESPONSIVENESS, 1, 0, &counter, 2 }, NULL, false, HA_GS_OK },
                { 1, { HA_GS_COUNTER_RESPONSIVENESS, 1, 0, &counter, 4 }, NULL, false, HA_GS_OK },
                { 1, { HA_GS_COUNTER_RESPONSIVENESS, 1, 0, &counter, 8 }, NULL, false, HA_GS_OK },
                { 1, { HA_GS_COUNTER_RESPONSIVENESS, 1, 0, &counter, 8 }, NULL, true, HA_GS_BAD_PARAMETER },
        };
        ha_gs_descriptor_t fd;

        memset(longest, '/', sizeof(longest));
        longest[CLIENT_SCRIPT_MAX] = 0;
        memset(long_script, '/', sizeof(long_script));
        long_script[CLIENT_SCRIPT_MAX + 1] = 0;

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                const InitCase *c = &cases[i];

                fd = -1;
                if (ha_gs_init(&fd, (ha_gs_socket_ctrl_t) c->options, &c->responsiveness, c->script,
                                    c->no_callback ? NULL : well, no_error, NULL) != c->wanted)
                        fail_msg("case %zu does not give %d", i, c->wanted);
                assert_int_equal(fd >= 0, c->wanted == HA_GS_OK);
                ha_gs_quit();
        }

        assert_int_equal(ha_gs_init(NULL, HA_GS_SOCKET_NO_SIGNAL, NULL, NULL, NULL, no_error, NULL),
                        HA_GS_BAD_PARAMETER);
        assert_int_equal(ha_gs_init(&fd, HA_GS_SOCKET_NO_SIGNAL, NULL, NULL, NULL, NULL, NULL),
                        HA_GS_BAD_PARAMETER);
}

static void says_hello(_unused_ void **state) {
        ha_gs_responsiveness_t responsiveness = { HA_GS_PING_RESPONSIVENESS, 3, 2, NULL, 0 };
        ha_gs_descriptor_t fd;
        struct stat st;

        assert_int_equal(ha_gs_init(&fd, HA_GS_SOCKET_NO_SIGNAL, &responsiveness, "/usr/lib/script", well,
                                         no_error, NULL),
                        HA_GS_OK);
        assert_int_equal(fake.hello.version_min, CLIENT_VERSION_MIN);
        assert_int_equal(fake.hello.version_max, CLIENT_VERSION_MAX);
        assert_int_equal(fake.hello.responsiveness, CLIENT_PING_RESPONSIVENESS);
        assert_int_equal(fake.hello.interval, 3);
        assert_int_equal(fake.hello.response_limit, 2);
        assert_string_equal(fake.hello.script, "/usr/lib/script");

        /* The descriptor is the socket: closed on exec, and it does not block. */
        assert_int_equal(fstat(fd, &st), 0);
        assert_true(S_ISSOCK(st.st_mode));
        assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
        assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
}

static void once_only(_unused_ void **state) {
        assert_int_equal(try_init(), HA_GS_OK);
        assert_int_equal(try_init(), HA_GS_EXISTS);
        assert_int_equal(ha_gs_dispatch(HA_GS_NON_BLOCKING), HA_GS_OK);
}

static void again_after_a_loss(_unused_ void **state) {
        assert_int_equal(try_init(), HA_GS_OK);
        hang_up();
        assert_int_equal(ha_gs_dispatch(HA_GS_NON_BLOCKING), HA_GS_NOT_OK);

        /* An attempt that fails changes nothing. */
        fake.refusal = FRAME_REFUSED_CONNECTIONS;
        assert_int_equal(try_init(), HA_GS_CONNECT_FAILED);
        assert_int_equal(ha_gs_dispatch(HA_GS_NON_BLOCKING), HA_GS_NOT_OK);

        hang_up();
        fake.refusal = 0;
        assert_int_equal(try_init(), HA_GS_OK);
        assert_int_equal(ha_gs_dispatch(HA_GS_NON_BLOCKING), HA_GS_OK);
}

/* ---- which daemon ---- */

static void environment(const char *domain, const char *subsystem) {
        if (domain)
                (void) setenv("HA_DOMAIN_NAME", domain, 1);
        else
                (void) unsetenv("HA_DOMAIN_NAME");
        if (subsystem)
                (void) setenv("HA_GS_SUBSYS", subsystem, 1);
        else
                (void) unsetenv("HA_GS_SUBSYS");
}

static void the_domain_that_is_named(_unused_ void **state) {
        static const struct {
                const char *domain, *subsystem;
                bool connects;
        } cases[] = {
                { DOMAIN, NULL, true },
                { DOMAIN, "", true },
                { DOMAIN, "hags", true },
                { DOMAIN, "hags." DOMAIN, true },
                { NULL, "hags." DOMAIN, true },
                { "", "hags." DOMAIN, true },
                { DOMAIN, "hags.other", false },
                { DOMAIN, "hags.", false },
                { DOMAIN, "grpsvcs", false },
                { DOMAIN, "cthags", false },
                { DOMAIN, "hag", false },
                { DOMAIN, "hags2", false },
                { "other", NULL, false },
                { "../" DOMAIN, NULL, false },
                { "x/../" DOMAIN, NULL, false },
                { ".", NULL, false },
                { "a-name-with-too-many-characters", NULL, false },
                { NULL, "hags.../" DOMAIN, false },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                environment(cases[i].domain, cases[i].subsystem);
                if (try_init() != (cases[i].connects ? HA_GS_OK : HA_GS_CONNECT_FAILED))
                        fail_msg("case %zu", i);
                ha_gs_quit();
        }
}

static void the_only_domain(_unused_ void **state) {
        char path[128];
        int other;

        environment(NULL, NULL);
        assert_connects(true);
        environment("", "");
        assert_connects(true);

        /* What is no domain does not count: no socket in it, or not its name. */
        (void) snprintf(path, sizeof(path), "%s/empty", fake.directory);
        assert_int_equal(mkdir(path, 0755), 0);
        assert_connects(true);
        assert_int_equal(rmdir(path), 0);
        other = fake_listen(fake.directory, "_no-name");
        assert_connects(true);
        (void) close(other);
        fake_unlisten(fake.directory, "_no-name");

        /* With two of them it is `default`. */
        other = fake_listen(fake.directory, "other");
        assert_connects(false);
        (void) close(other);
        fake_unlisten(fake.directory, "other");
        assert_connects(true);
}

static void the_default_domain(_unused_ void **state) {
        char from[128], to[128];
        int other;

        environment(NULL, NULL);
        (void) snprintf(from, sizeof(from), "%s/" DOMAIN, fake.directory);
        (void) snprintf(to, sizeof(to), "%s/default", fake.directory);
        assert_int_equal(rename(from, to), 0);
        other = fake_listen(fake.directory, "other");
        assert_connects(true);
        (void) close(other);
        fake_unlisten(fake.directory, "other");
        assert_int_equal(rename(to, from), 0);
}

static void nobody_there(_unused_ void **state) {
        char path[256];

        (void) setenv("HAGS_RUN_DIRECTORY", "/nowhere", 1);
        assert_connects(false);
        environment(NULL, NULL);
        assert_connects(false);

        memset(path, '/', sizeof(path));
        (void) snprintf(path + 120, sizeof(path) - 120, "%s", fake.directory);
        (void) setenv("HAGS_RUN_DIRECTORY", path, 1);
        assert_connects(false);
        environment(DOMAIN, NULL);
        assert_connects(false);
}

static void nobody_listens(_unused_ void **state) {
        int other = fake_listen(fake.directory, "other");

        (void) close(other);
        environment("other", NULL);
        assert_connects(false);
        fake_unlisten(fake.directory, "other");
}

/* ---- daemons that do not answer well ---- */

static void is_refused(_unused_ void **state) {
        for (FrameRefusal reason = FRAME_REFUSED_ACCESS; reason <= FRAME_REFUSED_VERSION; reason++) {
                fake.refusal = reason;
                assert_connects(false);
        }
        fake.refusal = 0;
        assert_connects(true);
}

static void waits_five_seconds_for_a_welcome(_unused_ void **state) {
        uint64_t start = clock_usec(CLOCK_MONOTONIC), skipped = skipped_usec;

        fake.silent = time_flies = true;
        assert_connects(false);
        fake.silent = time_flies = false;
        assert_true(clock_usec(CLOCK_MONOTONIC) - start >= 5 * USEC_PER_SEC);
        assert_true(skipped_usec - skipped <= 5 * USEC_PER_SEC); /* and no longer */
}

static void waits_no_longer_for_a_backlog(_unused_ void **state) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        int busy = fake_listen(fake.directory, "busy"), fd[8], n = 0;

        assert_int_equal(listen(busy, 0), 0);
        (void) snprintf(address.sun_path, sizeof(address.sun_path), "%s/busy/gsapi", fake.directory);
        do
                fd[n] = __real_socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0);
        while (__real_connect(fd[n++], (struct sockaddr *) &address, sizeof(address)) == 0 && n < 8);
        assert_true(n < 8);

        environment("busy", NULL);
        assert_connects(false);

        while (n > 0)
                (void) close(fd[--n]);
        (void) close(busy);
        fake_unlisten(fake.directory, "busy");
}

/* What is no welcome: the test plays the daemon. */
static void a_strange_welcome(const void *frame, size_t size) {
        int listener = fake_listen(fake.directory, "strange");
        pid_t pid = fork();

        assert_true(pid >= 0);
        if (pid == 0) {
                struct pollfd p = { .fd = listener, .events = POLLIN };
                char hello[1024];
                int fd;

                (void) poll(&p, 1, 10000);
                fd = accept(listener, NULL, NULL);
                (void) recv(fd, hello, sizeof(hello), 0);
                if (size > 0)
                        (void) send(fd, frame, size, MSG_NOSIGNAL);
                _exit(0);
        }
        environment("strange", NULL);
        assert_connects(false);
        assert_int_equal(waitpid(pid, NULL, 0), pid);
        (void) close(listener);
        fake_unlisten(fake.directory, "strange");
}

static void hears_no_welcome(_unused_ void **state) {
        ClientWelcome welcome = { .version = CLIENT_VERSION_MAX + 1, .node_number = NODE, .syspar = DOMAIN };
        uint8_t frame[128];
        size_t size;

        a_strange_welcome(NULL, 0);
        a_strange_welcome("x", 1);

        size = (size_t) client_encode_welcome(&welcome, frame, sizeof(frame));
        a_strange_welcome(frame, size);
        welcome.version = 0;
        size = (size_t) client_encode_welcome(&welcome, frame, sizeof(frame));
        a_strange_welcome(frame, size);

        welcome.version = CLIENT_VERSION_MAX;
        size = (size_t) client_encode_welcome(&welcome, frame, sizeof(frame));
        a_strange_welcome(frame, size - 1);
        frame[4] = FRAME_VERSION + 1;
        a_strange_welcome(frame, size);
        frame[4] = FRAME_VERSION;
        frame[6] = FRAME_PING;
        a_strange_welcome(frame, size);
}

/* ---- systems that do not help ---- */

static void without_a_socket(_unused_ void **state) {
        socket_error = EMFILE;
        assert_int_equal(try_init(), HA_GS_SOCK_CREATE_FAILED);
        setsockopt_error = ENOMEM;
        assert_int_equal(try_init(), HA_GS_SOCK_INIT_FAILED);
        fcntl_error = EIO;
        assert_int_equal(try_init(), HA_GS_SOCK_INIT_FAILED);
        assert_connects(true);
}

static void goes_on_when_interrupted(_unused_ void **state) {
        connect_interrupts = 3;
        assert_connects(true);
        assert_int_equal(connect_interrupts, 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                recorder_test(parameters),
                recorder_test(says_hello),
                recorder_test(once_only),
                recorder_test(again_after_a_loss),
                recorder_test(the_domain_that_is_named),
                recorder_test(the_only_domain),
                recorder_test(the_default_domain),
                recorder_test(nobody_there),
                recorder_test(nobody_listens),
                recorder_test(is_refused),
                recorder_test(waits_five_seconds_for_a_welcome),
                recorder_test(waits_no_longer_for_a_backlog),
                recorder_test(hears_no_welcome),
                recorder_test(without_a_socket),
                recorder_test(goes_on_when_interrupted),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
