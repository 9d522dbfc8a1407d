/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What hagsd is compared with: a server on sd-event, and its clients. See bench.h. */

#include "bench.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-event.h>

#define CLIENTS_MAX (CREW + 1)

static struct sockaddr_un address = { .sun_family = AF_UNIX }; /* abstract: nothing is left behind */
static socklen_t address_size;
static pid_t server_pid;

/* ---- the server ---- */

typedef struct Server {
        int clients[CLIENTS_MAX]; /* -1: has gone */
        unsigned n_clients;
        unsigned arrived; /* in this phase */
} Server;

/* It waits for a client that is slow: less than this no server could do. */
static void server_send(int fd, const EchoMessage *m) {
        struct pollfd p = { .fd = fd, .events = POLLOUT };

        while (send(fd, m, sizeof(*m), MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
                if (errno != EAGAIN || poll(&p, 1, -1) < 0)
                        die("echo server: send: %s", strerror(errno));
}

static void server_send_all(const Server *s, const EchoMessage *m) {
        for (unsigned i = 0; i < CLIENTS_MAX; i++)
                if (s->clients[i] >= 0)
                        server_send(s->clients[i], m);
}

static void server_forget(Server *s, sd_event_source *source, int fd) {
        for (unsigned i = 0; i < CLIENTS_MAX; i++)
                if (s->clients[i] == fd)
                        s->clients[i] = -1;
        s->n_clients--;
        (void) sd_event_source_disable_unref(source);
}

static int on_message(sd_event_source *source, int fd, _unused_ uint32_t events, void *userdata) {
        Server *s = userdata;
        EchoMessage m;

        if (recv(fd, &m, sizeof(m), MSG_DONTWAIT) != sizeof(m)) {
                server_forget(s, source, fd);
                return 0;
        }
        switch ((EchoType) m.type) {
        case ECHO_BACK:
                server_send(fd, &m);
                break;
        case ECHO_ALL:
                server_send_all(s, &m);
                break;
        case ECHO_PHASE:
                if (++s->arrived < s->n_clients)
                        break;
                s->arrived = 0;
                server_send_all(s, &m);
                break;
        }
        return 0;
}

static int on_connect(sd_event_source *source, int fd, _unused_ uint32_t events, void *userdata) {
        int connection = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        sd_event_source *client;
        Server *s = userdata;
        unsigned i;

        for (i = 0; i < CLIENTS_MAX && s->clients[i] >= 0;)
                i++;
        if (connection < 0 || i == CLIENTS_MAX)
                die("echo server: cannot accept a client");
        if (sd_event_add_io(sd_event_source_get_event(source), &client, connection, EPOLLIN, on_message, s) <
                        0)
                die("echo server: out of memory");
        (void) sd_event_source_set_io_fd_own(client, true);
        s->clients[i] = connection;
        s->n_clients++;
        return 0;
}

static _Noreturn void serve(int fd) {
        Server server = { 0 };
        sd_event *event;

        (void) prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (unsigned i = 0; i < CLIENTS_MAX; i++)
                server.clients[i] = -1;
        if (sd_event_new(&event) < 0 || sd_event_add_io(event, NULL, fd, EPOLLIN, on_connect, &server) < 0 ||
                        sd_event_loop(event) < 0)
                die("echo server: the event loop failed");
        exit(EXIT_SUCCESS);
}

void echo_start(void) {
        int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        int length;

        length = snprintf(
                        address.sun_path + 1, sizeof(address.sun_path) - 1, "hags-bench-%d", (int) getpid());
        address_size = (socklen_t) (offsetof(struct sockaddr_un, sun_path) + 1 + (size_t) length);
        if (fd < 0 || bind(fd, (struct sockaddr *) &address, address_size) < 0 || listen(fd, CREW) < 0)
                die("echo server: %s", strerror(errno));
        server_pid = fork();
        if (server_pid < 0)
                die("fork: %s", strerror(errno));
        if (server_pid == 0)
                serve(fd);
        (void) close(fd);
}

pid_t echo_server(void) {
        return server_pid;
}

/* ---- its clients ---- */

int echo_connect(void) {
        int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

        if (fd < 0 || connect(fd, (struct sockaddr *) &address, address_size) < 0)
                die("echo server: %s", strerror(errno));
        return fd;
}

void echo_send(int fd, EchoType type, uint32_t rank) {
        EchoMessage m = { .type = type, .rank = rank };

        if (send(fd, &m, sizeof(m), MSG_NOSIGNAL) < 0)
                die("echo client: send: %s", strerror(errno));
}

bool echo_receive(int fd, EchoMessage *ret) {
        ssize_t n = recv(fd, ret, sizeof(*ret), MSG_DONTWAIT);

        if (n == 0 || (n < 0 && errno != EAGAIN))
                die("echo client: the server has ended");
        return n > 0;
}

void echo_ping(int fd) {
        EchoMessage m;

        echo_send(fd, ECHO_BACK, 0);
        do
                wait_readable(fd);
        while (!echo_receive(fd, &m));
}
