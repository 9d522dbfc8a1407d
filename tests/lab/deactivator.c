/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Plays hagsd, honest or hostile, towards the helper for deactivate scripts, and its clients.
 *
 *      deactivator client SOCKET
 *              connects there, and waits until the other end closes the connection
 *      deactivator named-client SOCKET
 *              the same with a socket that has a name of its own
 *      deactivator daemon SOCKET HOW LIMIT FLAG SCRIPT
 *              listens there, accepts a client, has the script run, and prints how that ended
 *      deactivator many N SOCKET SCRIPT
 *              the same, N times at once
 *
 * HOW is `module`, by the daemon's own code; or `request`, by hand; or another one of the table below: what
 * a hagsd that somebody took over may try.
 */

#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "hagsd/deactivate.h"
#include "util/macro.h"
#include "util/paths.h"
#include "wire/deactivate.h"
#include "wire/frame.h"

#define PATIENCE_MS 60000
#define MANY_MAX 1000

static DeactivateRequest request = { .provider = { .instance = 7, .node = 3 }, .group = "the group" };

static void die(const char *what) {
        printf("%s: %s\n", what, strerrorname_np(errno));
        exit(EXIT_FAILURE);
}

static struct sockaddr_un address_of(const char *path) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };

        (void) snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
        return address;
}

static int make_socket(void) {
        int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

        if (fd < 0)
                die("socket");
        return fd;
}

static int connect_to(const char *path) {
        const struct sockaddr_un address = address_of(path);
        int fd = make_socket();

        if (connect(fd, (const struct sockaddr *) &address, sizeof(address)) < 0)
                die("connect");
        return fd;
}

static int listen_at(const char *path) {
        const struct sockaddr_un address = address_of(path);
        int fd = make_socket();

        (void) unlink(path);
        if (bind(fd, (const struct sockaddr *) &address, sizeof(address)) < 0 || listen(fd, 10) < 0)
                die("listen");
        return fd;
}

/* ---- what is sent: a datagram with descriptors ---- */

static void send_all(int helper, const void *data, size_t size, const int *fds, size_t n_fds) {
        union {
                struct cmsghdr align;
                char data[CMSG_SPACE(8 * sizeof(int))];
        } control = { 0 };
        struct iovec iov = { .iov_base = (void *) data, .iov_len = size };
        struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1 };

        if (n_fds > 0) {
                message.msg_control = &control;
                message.msg_controllen = CMSG_SPACE(n_fds * sizeof(int));
                *CMSG_FIRSTHDR(&message) = (struct cmsghdr){
                        .cmsg_len = CMSG_LEN(n_fds * sizeof(int)),
                        .cmsg_level = SOL_SOCKET,
                        .cmsg_type = SCM_RIGHTS,
                };
                memcpy(CMSG_DATA(CMSG_FIRSTHDR(&message)), fds, n_fds * sizeof(int));
        }
        if (sendmsg(helper, &message, MSG_NOSIGNAL) < 0)
                die("send");
}

static void send_request(int helper, const int *fds, size_t n_fds) {
        uint8_t frame[DEACTIVATE_FRAME_MAX];
        ssize_t n = deactivate_encode_request(&request, frame, sizeof(frame));

        send_all(helper, frame, (size_t) n, fds, n_fds);
}

static void try_request(int helper, int client) {
        send_request(helper, &client, 1);
}

static void try_no_descriptor(int helper, _unused_ int client) {
        send_request(helper, NULL, 0);
}

static void try_two_descriptors(int helper, int client) {
        send_request(helper, (const int[]){ client, client }, 2);
}

static void try_eight_descriptors(int helper, int client) {
        send_request(helper, (const int[]){ client, client, client, client, client, client, client, client },
                        8);
}

static void try_file(int helper, _unused_ int client) {
        try_request(helper, open("/etc/passwd", O_RDONLY | O_CLOEXEC));
}

static void try_listener(int helper, _unused_ int client) {
        try_request(helper, listen_at("/tmp/deactivator.listener"));
}

static void try_unconnected(int helper, _unused_ int client) {
        try_request(helper, make_socket());
}

static void try_stream(int helper, _unused_ int client) {
        int pair[2];

        if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
                die("socketpair");
        try_request(helper, pair[0]);
}

static void try_own_pair(int helper, _unused_ int client) {
        int pair[2];

        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
                die("socketpair");
        try_request(helper, pair[0]);
}

/* A connection with itself: hagsd as its own client. */
static void try_own_client(int helper, _unused_ int client) {
        int listener = listen_at("/tmp/deactivator.own"), fd = connect_to("/tmp/deactivator.own");

        try_request(helper, accept(listener, NULL, NULL));
        (void) close(fd);
}

/* The connecting end of a connection: the kernel says that its peer is root, who listens. */
static void try_connecting_end(int helper, _unused_ int client) {
        try_request(helper, connect_to(PATH_DEACTIVATE_SOCKET));
}

/* The same, and named as the client socket is. */
static void try_named_connecting_end(int helper, _unused_ int client) {
        const struct sockaddr_un own = address_of("/tmp/deactivator.named"),
                                 other = address_of(PATH_DEACTIVATE_SOCKET);
        int fd = make_socket();

        (void) unlink(own.sun_path);
        if (bind(fd, (const struct sockaddr *) &own, sizeof(own)) < 0 ||
                        connect(fd, (const struct sockaddr *) &other, sizeof(other)) < 0)
                die("named connection");
        try_request(helper, fd);
}

static void try_garbage(int helper, int client) {
        send_all(helper, "no frame", 8, &client, 1);
}

static void try_oversize(int helper, int client) {
        static uint8_t frame[FRAME_SIZE_MAX];
        ssize_t n = deactivate_encode_request(&request, frame, sizeof(frame));

        /* A whole request, and more than any takes. */
        send_all(helper, frame, n < 0 ? 0 : sizeof(frame), &client, 1);
}

static void try_cut(int helper, int client) {
        uint8_t frame[DEACTIVATE_FRAME_MAX];
        ssize_t n = deactivate_encode_request(&request, frame, sizeof(frame));

        send_all(helper, frame, (size_t) n - 1, &client, 1);
}

static void try_long_path(int helper, int client) {
        uint8_t frame[DEACTIVATE_FRAME_MAX];
        char path[DEACTIVATE_SCRIPT_MAX + 2];
        FrameWriter w = frame_begin(frame, sizeof(frame), FRAME_DEACTIVATE_REQUEST, 0);

        memset(path, '/', sizeof(path) - 1);
        path[sizeof(path) - 1] = 0;
        for (int i = 0; i < 3; i++)
                frame_put_u16(&w, 1);
        frame_put_string(&w, "group");
        frame_put_string(&w, "");
        frame_put_string(&w, path);
        send_all(helper, frame, (size_t) frame_finish(&w), &client, 1);
}

static void try_answer(int helper, int client) {
        uint8_t frame[DEACTIVATE_FRAME_MAX];
        const DeactivateAnswer answer = { .end = DEACTIVATE_EXITED };

        send_all(helper, frame, (size_t) deactivate_encode_answer(&answer, frame, sizeof(frame)), &client,
                        1);
}

static void try_silence(_unused_ int helper, _unused_ int client) {
}

static const struct {
        const char *word;
        void (*run)(int helper, int client);
} attempts[] = {
        { "request", try_request },
        { "no-descriptor", try_no_descriptor },
        { "two-descriptors", try_two_descriptors },
        { "eight-descriptors", try_eight_descriptors },
        { "file", try_file },
        { "listener", try_listener },
        { "unconnected", try_unconnected },
        { "stream", try_stream },
        { "own-pair", try_own_pair },
        { "own-client", try_own_client },
        { "connecting-end", try_connecting_end },
        { "named-connecting-end", try_named_connecting_end },
        { "garbage", try_garbage },
        { "oversize", try_oversize },
        { "cut", try_cut },
        { "long-path", try_long_path },
        { "answer", try_answer },
        { "silence", try_silence },
};

static void attempt(const char *word, int helper, int client) {
        for (size_t i = 0; i < ELEMENTSOF(attempts); i++)
                if (strcmp(attempts[i].word, word) == 0) {
                        attempts[i].run(helper, client);
                        return;
                }
        errno = EINVAL;
        die(word);
}

/* ---- what comes back ---- */

/* In words, into the buffer. */
static const char *receive_answer(int helper, char *buffer, size_t size) {
        struct pollfd arrival = { .fd = helper, .events = POLLIN };
        uint8_t frame[DEACTIVATE_FRAME_MAX];
        DeactivateAnswer answer;
        ssize_t n;

        if (poll(&arrival, 1, PATIENCE_MS) == 0)
                return "nothing";
        n = recv(helper, frame, sizeof(frame), 0);
        if (n <= 0)
                return "closed";
        if (deactivate_decode_answer(frame, (size_t) n, &answer) < 0)
                return "no answer";

        switch (answer.end) {
        case DEACTIVATE_EXITED:
                (void) snprintf(buffer, size, "exited %u", answer.value);
                return buffer;
        case DEACTIVATE_KILLED:
                (void) snprintf(buffer, size, "killed by SIG%s", sigabbrev_np(answer.value));
                return buffer;
        case DEACTIVATE_BY_LIMIT:
                return "by limit";
        default:
                (void) snprintf(buffer, size, "not started: %s", strerrorname_np(answer.value));
                return buffer;
        }
}

/* ---- the parts that it plays ---- */

static int play_client(const char *path, bool named) {
        const struct sockaddr_un own = address_of("/tmp/deactivator.client"), address = address_of(path);
        int fd = make_socket();
        char c;

        if (named && bind(fd, (const struct sockaddr *) &own, sizeof(own)) < 0)
                die("bind");
        while (connect(fd, (const struct sockaddr *) &address, sizeof(address)) < 0)
                if (errno == ENOENT || errno == ECONNREFUSED)
                        (void) poll(NULL, 0, 10);
                else
                        die("connect");
        (void) recv(fd, &c, 1, 0);
        return EXIT_SUCCESS;
}

static int accept_client(const char *path) {
        int listener, client;

        (void) umask(0); /* the client may be there before anything could be changed */
        listener = listen_at(path);
        client = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        if (client < 0)
                die("accept");
        (void) unlink(path);
        return client;
}

static void on_end(void *userdata, int status, bool by_limit) {
        if (by_limit)
                puts("by limit");
        else if (status < 0)
                printf("not started: %s\n", strerrorname_np(-status));
        else
                printf("status %d\n", status);
        (void) sd_event_exit(userdata, EXIT_SUCCESS);
}

static int play_module(const char *path) {
        _cleanup_(deactivate_run_freep) DeactivateRun *run = NULL;
        int client = accept_client(path);
        sd_event *event = NULL;

        if (sd_event_default(&event) < 0 || deactivate_run(event, &request, client, on_end, event, &run) < 0)
                die("deactivate_run");
        (void) close(client);
        return sd_event_loop(event);
}

static int play_daemon(const char *path, const char *how) {
        int client = accept_client(path), helper = connect_to(PATH_DEACTIVATE_SOCKET);
        char buffer[64];

        attempt(how, helper, client);
        puts(receive_answer(helper, buffer, sizeof(buffer)));
        return EXIT_SUCCESS;
}

static int play_many(int n, const char *path) {
        static int helpers[MANY_MAX];
        int client = accept_client(path);
        char buffer[64];

        for (int i = 0; i < n && i < MANY_MAX; i++) {
                helpers[i] = connect_to(PATH_DEACTIVATE_SOCKET);
                try_request(helpers[i], client);
        }
        for (int i = 0; i < n && i < MANY_MAX; i++)
                puts(receive_answer(helpers[i], buffer, sizeof(buffer)));
        return EXIT_SUCCESS;
}

static void ask_for(const char *script, const char *limit, const char *flag) {
        request.limit = (uint16_t) atoi(limit);
        (void) snprintf(request.flag, sizeof(request.flag), "%s", flag);
        (void) snprintf(request.script, sizeof(request.script), "%s", script);
}

int main(int argc, char **argv) {
        (void) alarm(120); /* nobody waits for ever */
        if (argc == 3 && strcmp(argv[1], "client") == 0)
                return play_client(argv[2], false);
        if (argc == 3 && strcmp(argv[1], "named-client") == 0)
                return play_client(argv[2], true);
        if (argc == 7 && strcmp(argv[1], "daemon") == 0) {
                ask_for(argv[6], argv[4], argv[5]);
                if (strcmp(argv[3], "module") == 0)
                        return play_module(argv[2]);
                return play_daemon(argv[2], argv[3]);
        }
        if (argc == 5 && strcmp(argv[1], "many") == 0) {
                ask_for(argv[4], "60", "");
                return play_many(atoi(argv[2]), argv[3]);
        }
        (void) fputs("usage: see the head of its source\n", stderr);
        return EXIT_FAILURE;
}
