/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The connection of this process to Group Services: see client.h. */

#include "hagsgroup/client.h"

#include <poll.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

#include "ask/answer.h"
#include "hagsgroup/subcommand.h"
#include "hagsgroup/text.h"
#include "util/clock.h"
#include "util/fault.h"

#define ASK_USEC (UINT64_C(5) * USEC_PER_SEC)

static struct {
        int fd;
        int node;
        char syspar[SYSPAR_NAME_MAX + 1];
} client;

/* ---- time ---- */

uint64_t deadline_in(uint64_t usec) {
        return usec == UINT64_MAX ? usec : clock_usec(CLOCK_MONOTONIC) + usec;
}

int deadline_ms(uint64_t deadline) {
        uint64_t now, ms;

        if (deadline == UINT64_MAX)
                return -1;
        now = clock_usec(CLOCK_MONOTONIC);
        ms = deadline > now ? (deadline - now + 999) / 1000 : 0;
        return ms < INT32_MAX ? (int) ms : INT32_MAX;
}

/* ---- connecting ---- */

/* The partition is the directory of the socket: the library has found it, by the environment. */
static void find_syspar(void) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        socklen_t size = sizeof(address);
        char *end, *begin;

        client.syspar[0] = 0;
        if (getpeername(client.fd, (struct sockaddr *) &address, &size) < 0 || size >= sizeof(address))
                return;
        end = strrchr(address.sun_path, '/');
        if (!end)
                return;
        *end = 0;
        begin = strrchr(address.sun_path, '/');
        (void) snprintf(client.syspar, sizeof(client.syspar), "%.*s", SYSPAR_NAME_MAX,
                        begin ? begin + 1 : address.sun_path);
}

static ha_gs_rc_t try_connect(const Options *o, ha_gs_delayed_error_cb_t *delayed_error) {
        ha_gs_rc_t rc;

        rc = ha_gs_init(&client.fd, HA_GS_SOCKET_NO_SIGNAL, NULL, o->script, NULL, delayed_error, NULL);
        if (rc == HA_GS_OK)
                rc = ha_gs_get_node_number(&client.node);
        if (rc == HA_GS_OK)
                find_syspar();
        return rc;
}

/* Why: the daemon tells who asks it something what it does not tell the library. */
static int refused(const Options *o, char **reterr) {
        const char *syspar = o->syspar ?: getenv("HA_DOMAIN_NAME");
        _cleanup_(answer_done) Answer answer = {};
        _cleanup_(ask_close) Ask ask = ASK_NONE;
        int r;

        if (!syspar || !syspar_name_is_valid(syspar))
                syspar = "default";
        r = ask_open(ask_directory(), syspar, ASK_USEC, &ask, reterr);
        if (r == ASK_E_DOWN)
                return fault(reterr, -ECONNREFUSED,
                                "hagsd of partition %s does not run on this host; hagsctrl -s --syspar %s "
                                "starts it",
                                syspar, syspar);
        if (r == 0)
                r = ask_report(&ask, &(ReportQuestion){}, &answer, reterr);
        if (r == 0)
                r = fault(reterr, -ECONNREFUSED,
                                "hagsd of partition %s does not let this process in; try again", syspar);
        return r;
}

int client_connect(const Options *o, ha_gs_delayed_error_cb_t *delayed_error, char **reterr) {
        ha_gs_rc_t rc;

        /* For COMMAND too: what it starts is meant to talk to the same daemon. */
        if (o->syspar && (setenv("HA_DOMAIN_NAME", o->syspar, true) < 0 || unsetenv("HA_GS_SUBSYS") < 0))
                return -errno;

        rc = try_connect(o, delayed_error);
        if (rc == HA_GS_CONNECT_FAILED)
                return refused(o, reterr);
        if (rc == HA_GS_NAME_TOO_LONG)
                return fault(reterr, -ENAMETOOLONG, "the path of the deactivate script is too long: %s",
                                o->script);
        return rc == HA_GS_OK ? 0 : client_fault(rc, "cannot connect to hagsd", reterr);
}

int client_try_again(const Options *o, ha_gs_delayed_error_cb_t *delayed_error) {
        ha_gs_rc_t rc;

        ha_gs_quit();
        rc = try_connect(o, delayed_error);
        if (rc == HA_GS_NO_MEMORY)
                return -ENOMEM;
        return rc == HA_GS_OK ? 0 : CLIENT_E_LOST;
}

int client_reconnect(const Options *o, ha_gs_delayed_error_cb_t *delayed_error, uint64_t deadline) {
        const struct timespec pause = { .tv_nsec = CLIENT_RETRY_USEC * 1000 };
        bool waited = false;
        int r;

        while ((r = client_try_again(o, delayed_error)) == CLIENT_E_LOST) {
                if (clock_usec(CLOCK_MONOTONIC) >= deadline)
                        return CLIENT_E_TIMEOUT;
                if (!waited)
                        notice(o, "lost hagsd of partition %s; waiting for it to come back", client.syspar);
                waited = true;
                (void) nanosleep(&pause, NULL);
        }
        if (r == 0 && waited)
                notice(o, "hagsd of partition %s is back", client.syspar);
        return r;
}

int client_fd(void) {
        return client.fd;
}

int client_node(void) {
        return client.node;
}

const char *client_syspar(void) {
        return client.syspar;
}

/* ---- waiting ---- */

int client_dispatch(void) {
        return ha_gs_dispatch(HA_GS_NON_BLOCKING) == HA_GS_OK ? 0 : CLIENT_E_LOST;
}

int client_ask(uint64_t timeout_usec, Ask *ret, char **reterr) {
        int r;

        if (timeout_usec == 0 || timeout_usec > ASK_USEC)
                timeout_usec = ASK_USEC;
        r = ask_open(ask_directory(), client.syspar, timeout_usec, ret, reterr);
        return r == ASK_E_DOWN ? CLIENT_E_LOST : r;
}

bool client_lost_by(int r) {
        return r == -ECONNRESET || r == -EPIPE || client_dispatch() == CLIENT_E_LOST;
}

int client_wait(uint64_t deadline) {
        struct pollfd p = { .fd = client.fd, .events = POLLIN };
        int n;

        do
                n = poll(&p, 1, deadline_ms(deadline));
        while (n < 0 && errno == EINTR);
        if (n == 0 && clock_usec(CLOCK_MONOTONIC) >= deadline)
                return CLIENT_E_TIMEOUT;
        return client_dispatch();
}

/* ---- lists ---- */

static bool is_ours(ha_gs_provider_t p, int instance) {
        return p.gs_instance_number == instance && p.gs_node_number == client.node;
}

bool client_is_in(const ha_gs_membership_t *list, int instance) {
        for (unsigned i = 0; list && i < list->gs_count; i++)
                if (is_ours(list->gs_providers[i], instance))
                        return true;
        return false;
}

bool client_is_first(const ha_gs_membership_t *list, int instance) {
        return list && list->gs_count > 0 && is_ours(list->gs_providers[0], instance);
}

/* ---- sentences ---- */

int client_lost(char **reterr) {
        return fault(reterr, -ECONNRESET,
                        "lost hagsd of partition %s: it was stopped, or failed; journalctl -u hags@%s",
                        client.syspar, client.syspar);
}

int client_fault(ha_gs_rc_t rc, const char *what, char **reterr) {
        if (rc == HA_GS_NOT_OK)
                return client_lost(reterr);
        if (rc == HA_GS_NO_MEMORY)
                return -ENOMEM;
        return fault(reterr, -EPROTO, "%s: %s", what, text_rc(rc));
}

int client_no_group(const char *group, ha_gs_rc_t rc, char **reterr) {
        (void) fault(reterr, -ENOENT, "group '%s': %s; hagsgroup list names those that are there", group,
                        text_rc(rc));
        return STATUS_NO;
}

/* As one write, so that the lines of several processes do not run into each other. */
void notice(const Options *o, const char *format, ...) {
        _cleanup_(freep) char *text = NULL;
        va_list ap;

        if (o->quiet)
                return;
        va_start(ap, format);
        if (vasprintf(&text, format, ap) < 0)
                text = NULL;
        va_end(ap);
        (void) fprintf(stderr, "hagsgroup: %s\n", text ?: "out of memory");
}

/* ---- names of groups ---- */

int group_name(const char *prefix, const char *name, char ret[static GS_GROUP_NAME_MAX + 1], char **reterr) {
        size_t most = GS_GROUP_NAME_MAX - strlen(prefix);

        if (!name[0] || strlen(name) > most)
                return fault(reterr, -EINVAL, "'%s' is no name for this; it has to have 1 to %zu bytes",
                                name, most);
        (void) stpcpy(stpcpy(ret, prefix), name);
        return 0;
}

int group_name_to_join(const char *name, char ret[static GS_GROUP_NAME_MAX + 1], char **reterr) {
        static const char *const prefixes[] = { PREFIX_LOCK, PREFIX_ELECT, PREFIX_BARRIER };

        for (size_t i = 0; i < ELEMENTSOF(prefixes); i++)
                if (strncmp(name, prefixes[i], strlen(prefixes[i])) == 0)
                        return fault(reterr, -EINVAL,
                                        "'%s' cannot be joined: groups whose names begin with %s belong to "
                                        "hagsgroup %.*s",
                                        name, prefixes[i], (int) strlen(prefixes[i]) - 1, prefixes[i]);
        return group_name("", name, ret, reterr);
}
