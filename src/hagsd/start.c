/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The start of the daemon, step by step: see daemon.h. The order is control.md's (section 5). */

#include <inttypes.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "hagsd/daemon.h"
#include "hagsd/incarnation.h"
#include "hagsd/trace.h"
#include "log/log.h"
#include "log/logprune.h"
#include "session/endpoint.h"
#include "util/fault.h"
#include "util/paths.h"

static int check_arguments(Daemon *d, char **reterr) {
        if (!syspar_name_is_valid(d->syspar))
                return fault(reterr, -EINVAL,
                                "the one argument must be the name of a system partition, "
                                "1 to %d characters of A-Z, a-z, 0-9, _ and -, the first a letter or digit",
                                SYSPAR_NAME_MAX);
        return 0;
}

static void identify(Daemon *d) {
        log_set_identity(&(LogIdentity){
                        .ident = "hagsd",
                        .syspar = d->syspar,
                        .node_number = d->environment.node_number,
                        .incarnation = d->incarnation,
        });
}

static int read_registration(Daemon *d, char **reterr) {
        int r;

        r = environment_read(d->syspar, &d->environment, reterr);
        if (r >= 0)
                identify(d);
        return r;
}

/* ---- the configuration ---- */

static void on_config_warning(_unused_ void *userdata, const char *text) {
        log_warning("%s", text);
}

/* The registration holds until the next hagsctrl -a, whatever the configuration says by now. */
static void compare(const char *what, const char *configured, const char *registered) {
        if (strcmp(configured, registered) != 0)
                log_warning("The configuration says %s %s, the registration %s, which is used; "
                            "run 'hagsctrl -a' to register the other",
                                what, configured, registered);
}

static void compare_registration(const Daemon *d) {
        unsigned node = d->environment.node_number;
        char configured[16], registered[16];

        (void) snprintf(configured, sizeof(configured), "%u", d->config.node_number);
        (void) snprintf(registered, sizeof(registered), "%u", node);
        compare("node number", configured, registered);

        /* A workstation serves many partitions, each with its address; a node belongs to one. */
        if (node == 0)
                compare("address", d->config.address ?: "none", d->environment.address ?: "none");
        else
                compare("partition", d->config.partition, d->syspar);
}

static int read_configuration(Daemon *d, char **reterr) {
        int r;

        r = config_load("", on_config_warning, NULL, &d->config, reterr);
        if (r < 0)
                return r;
        r = config_load_partition("", d->syspar, on_config_warning, NULL, &d->config, reterr);
        if (r < 0)
                return r;

        compare_registration(d);
        return 0;
}

static int check_engine(Daemon *d, char **reterr) {
        if (d->config.engine == ENGINE_LOCAL)
                return 0;

        return fault(reterr, -ENOPKG,
                        "the corosync engine module is not installed; "
                        "set Type=local in section [Engine] of hags.conf, or install the module");
}

/* ---- log and incarnation ---- */

static const char *format_time(time_t t, char buffer[static 64]) {
        struct tm tm;

        if (!gmtime_r(&t, &tm) || strftime(buffer, 64, "%F %T UTC", &tm) == 0)
                return "out of range";
        return buffer;
}

/* Nothing is ordered by this clock, but the log's times and a reader's trust depend on it. */
static void check_clock(const Daemon *d) {
        time_t now = (time_t) (d->started / 1000000), before;
        char a[64], b[64];

        if (incarnation_stored_at(d->environment.state_directory, &before) < 0 || before <= now)
                return;
        log_warning("The clock is wrong, or was set back: it says %s, but the last start was at %s",
                        format_time(now, a), format_time(before, b));
}

static int choose_incarnation(Daemon *d, _unused_ char **reterr) {
        _cleanup_(freep) char *warning = NULL;
        int r;

        r = incarnation_next(d->environment.state_directory, d->config.log_directory, d->syspar,
                        &d->incarnation, &warning);
        if (r < 0)
                return r;

        identify(d);
        if (r == INCARNATION_E_RECOVERED)
                log_warning("%s", fault_text(warning, -ENOMEM));
        check_clock(d);
        return 0;
}

/* A log that cannot be written is no reason not to serve: the journal hears of it, the loop looks again. */
static int open_log(Daemon *d, _unused_ char **reterr) {
        const LogLimits limits = { d->config.log_max_total_size, d->config.log_max_incarnations };
        _cleanup_(freep) char *name = NULL, *path = NULL;
        int r, pruned;

        r = logname_make(d->syspar, d->environment.node_number, d->incarnation, &name);
        if (r < 0)
                return r;
        if (asprintf(&path, "%s/%s", d->config.log_directory, name) < 0)
                return -ENOMEM;

        /* Old files first: their place may be what the new one needs. */
        pruned = logprune(d->config.log_directory, d->syspar, d->incarnation, &limits);
        r = log_open_file(path, d->config.log_lines);
        if (r < 0)
                return r;

        if (pruned < 0)
                log_warning("Cannot remove old log files in '%s': %s", d->config.log_directory,
                                strerror(-pruned));
        else if (pruned > 0)
                log_info("Old log files removed: %d", pruned);
        return 0;
}

static int store_incarnation(Daemon *d, char **reterr) {
        return incarnation_store(d->environment.state_directory, d->incarnation, reterr);
}

/* Early: it takes a while until the bus has answered, for which nothing waits. */
static int open_log_control(Daemon *d, char **reterr) {
        int r;

        r = logcontrol_open(&d->logcontrol, d->event, d->syspar);
        return r < 0 ? fault(reterr, r, "cannot set up the event loop: %s", strerror(-r)) : 0;
}

/* ---- domain and clients ---- */

static int open_domain(Daemon *d, char **reterr) {
        const NodeId self = { .number = (uint16_t) d->environment.node_number,
                .incarnation = d->incarnation };
        int r;

        r = domain_open(&d->domain, d->event, self, d->syspar, &daemon_domain_hooks, d);
        return r < 0 ? fault(reterr, r, "cannot establish the domain: %s", strerror(-r)) : 0;
}

static Access resolve_access(void) {
        Access access;
        int r;

        r = access_resolve(NAME_CLIENT_GROUP, &access);
        if (r == ACCESS_E_NO_GROUP)
                log_event(LOG_WARNING, GS_CLNT_SOCK_ER,
                                "There is no group " NAME_CLIENT_GROUP ": only root is let in. "
                                "Make the group (systemd-sysusers) and restart");
        else if (r < 0)
                log_event(LOG_WARNING, GS_CLNT_SOCK_ER,
                                "Cannot look up group " NAME_CLIENT_GROUP
                                ": %s. Only root is let in until a restart",
                                strerror(-r));
        return access;
}

static int listen_for_clients(Daemon *d, char **reterr) {
        const Access access = resolve_access();
        _cleanup_(freep) char *path = NULL;
        _cleanup_(closep) int fd = -EBADF;
        SessionIdentity identity;
        SessionLimits limits;
        int r;

        if (asprintf(&path, "%s/" NAME_SOCKET, d->environment.runtime_directory) < 0)
                return -ENOMEM;
        r = endpoint_listen(path, &fd, reterr);
        if (r < 0)
                return r;
        d->socket_path = TAKE_PTR(path);

        limits = (SessionLimits){
                .connections = d->config.max_connections,
                .memberships = d->config.max_memberships,
                .queued_bytes = d->config.max_queued_bytes,
                .connection_queued_bytes = d->config.max_connection_queued_bytes,
        };
        identity = (SessionIdentity){
                .syspar = d->syspar,
                .node_number = (uint16_t) d->environment.node_number,
                .incarnation = d->incarnation,
        };
        r = session_server_new(
                        d->event, fd, &access, &limits, &identity, &daemon_session_hooks, d, &d->server);
        if (r < 0)
                return fault(reterr, r, "cannot serve the client socket: %s", strerror(-r));
        (void) TAKE_FD(fd);
        domain_set_server(&d->domain, d->server);
        return 0;
}

/* ---- all of it ---- */

int daemon_start(Daemon *d, int argc, char **argv, char **reterr) {
        static const struct {
                int (*run)(Daemon *d, char **reterr);
                int exit_status;
        } steps[] = {
                { check_arguments, EX_USAGE },
                { read_registration, EX_CONFIG },
                { read_configuration, EX_CONFIG },
                { check_engine, EX_CONFIG },
                { choose_incarnation, EX_SOFTWARE },
                { open_log, EX_SOFTWARE },
                { store_incarnation, EX_IOERR },
                { daemon_prepare_loop, EX_SOFTWARE },
                { open_log_control, EX_SOFTWARE },
                { open_domain, EX_SOFTWARE },
                { listen_for_clients, EX_CANTCREAT },
                { daemon_notify_ready, EX_IOERR },
        };

        d->syspar = argc == 2 ? argv[1] : NULL;
        trace_set_from_environment();

        for (size_t i = 0; i < ELEMENTSOF(steps); i++) {
                int r = steps[i].run(d, reterr);

                if (r < 0)
                        return r == -ENOMEM ? EX_SOFTWARE : steps[i].exit_status;
        }

        log_notice("Partition %s, node %u, incarnation %" PRIu64
                   ", port %u: ready; tracing is %s; log file '%s'",
                        d->syspar, d->environment.node_number, d->incarnation,
                        (unsigned) d->environment.port, trace_level_to_string(trace_get()),
                        logfile_path(log_file()));
        return EX_OK;
}
