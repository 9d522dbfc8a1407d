/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Clients at the listening socket: who is let in, and what becomes of the others. */

#include <inttypes.h>
#include <string.h>
#include <sys/socket.h>

#include "log/log.h"
#include "session/session-internal.h"
#include "util/paths.h"

/* A turn that goes round all clients may take long, and who joins late is voted on alone. */
#define CLIENTS_A_TURN 32

#define RESUME_USEC UINT64_C(1000000) /* between two looks whether accept() has its resources again */

/* ---- what is logged of clients ---- */

/* May one more line of this kind be logged now? What was held back before is told first. */
static bool trouble_passes(SessionServer *server, RateLimit *limit, const char *what) {
        uint64_t now = 0, n;

        (void) sd_event_now(server->event, CLOCK_MONOTONIC, &now);

        n = ratelimit_collect(limit, now);
        if (n > 0)
                log_warning("%" PRIu64 " more %s were not logged one by one", n, what);
        return ratelimit_pass(limit, now);
}

void session_complain(SessionServer *server, const struct ucred *peer, const char *what) {
        if (trouble_passes(server, &server->complaints, "disconnected clients"))
                log_event(LOG_WARNING, GS_CLNT_SOCK_ER,
                                "Client with process %d of user %u is disconnected: %s", (int) peer->pid,
                                (unsigned) peer->uid, what);
}

/* ---- refusals ---- */

void drain(int fd) {
        uint8_t byte;

        (void) shutdown(fd, SHUT_RD);
        while (recv(fd, &byte, sizeof(byte), MSG_DONTWAIT) > 0)
                ;
}

/* Tell a client why it is not let in; the connection is then closed by the caller. */
static void refuse(int fd, FrameRefusal reason) {
        uint8_t buffer[FRAME_HEAD_SIZE + sizeof(uint16_t)];
        FrameWriter w = frame_begin(buffer, sizeof(buffer), FRAME_REFUSED, 0);

        frame_put_u16(&w, (uint16_t) reason);
        (void) send(fd, buffer, (size_t) frame_finish(&w), MSG_DONTWAIT | MSG_NOSIGNAL);
        drain(fd);
}

static void deny(SessionServer *server, const struct ucred *peer, int fd) {
        refuse(fd, FRAME_REFUSED_ACCESS);

        if (trouble_passes(server, &server->denials, "denied clients"))
                log_event(LOG_WARNING, GS_AUTH_DENIED_ST,
                                "Process %d of user %u was denied access: "
                                "it is neither root nor a member of group " NAME_CLIENT_GROUP,
                                (int) peer->pid, (unsigned) peer->uid);
}

/* ---- accepting ---- */

/* Judge a new connection, and let it in or close it. */
static void admit(SessionServer *server, int connection) {
        _cleanup_(closep) int fd = connection;
        struct ucred peer = { 0 };
        int r;

        r = access_check(&server->access, fd, &peer);
        if (r == ACCESS_E_DENIED) {
                deny(server, &peer, fd);
                return;
        }

        if (r >= 0)
                r = session_new(server, &peer, fd);
        if (r == SESSION_E_QUOTA) {
                refuse(fd, FRAME_REFUSED_CONNECTIONS);
                session_complain(server, &peer,
                                "its user has all the connections that [Limits] Connections= allows");
                return;
        }
        if (r < 0) {
                session_complain(server, &peer, strerror(-r));
                return;
        }

        (void) TAKE_FD(fd);
        log_debug("Client with process %d of user %u is let in", (int) peer.pid, (unsigned) peer.uid);
        server->hooks.clients_changed(server->userdata);
}

int accept_resume(_unused_ sd_event_source *source, _unused_ uint64_t now, void *userdata) {
        SessionServer *server = userdata;

        (void) sd_event_source_set_enabled(server->listener, SD_EVENT_ON);
        return 0;
}

/* No descriptors or memory for another client: those who wait are left waiting for a while. */
static void starve(SessionServer *server, int error) {
        if (!server->starved)
                log_event(LOG_ERR, GS_CLNT_SOCK_ER, "Cannot accept clients: %s. Looking again each second",
                                strerror(error));
        server->starved = true;

        (void) sd_event_source_set_enabled(server->listener, SD_EVENT_OFF);
        (void) sd_event_source_set_time_relative(server->resume, RESUME_USEC);
        (void) sd_event_source_set_enabled(server->resume, SD_EVENT_ONESHOT);
}

/* Returns whether there was one. */
static bool accept_one(SessionServer *server, int fd) {
        int connection = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

        if (connection < 0) {
                /* In these cases the client has gone again, or there was none. */
                if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
                        starve(server, errno);
                return false;
        }

        if (server->starved)
                log_notice("Clients are accepted again");
        server->starved = false;

        admit(server, connection);
        return true;
}

int accept_client(_unused_ sd_event_source *source, int fd, _unused_ uint32_t events, void *userdata) {
        for (unsigned i = 0; i < CLIENTS_A_TURN && accept_one(userdata, fd); i++)
                ;
        return 0;
}
