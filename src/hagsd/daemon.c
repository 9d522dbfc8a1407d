/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The running daemon: see daemon.h. */

#include "hagsd/daemon.h"

#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sysexits.h>
#include <systemd/sd-daemon.h>

#include "hagsd/notify.h"
#include "hagsd/report.h"
#include "hagsd/trace.h"
#include "log/log.h"
#include "session/endpoint.h"
#include "util/clock.h"
#include "util/fault.h"
#include "wire/client.h"

#define LOG_RETRY_USEC UINT64_C(1000000)

/* A client that only asks something must not cost a message to systemd each time. */
#define STATUS_DELAY_USEC UINT64_C(1000000)

/* Let a timer run out in `usec`, unless it is running. */
static void timer_arm(sd_event_source *timer, uint64_t usec) {
        int enabled = SD_EVENT_OFF;

        (void) sd_event_source_get_enabled(timer, &enabled);
        if (enabled != SD_EVENT_OFF)
                return;

        (void) sd_event_source_set_time_relative(timer, usec);
        (void) sd_event_source_set_enabled(timer, SD_EVENT_ONESHOT);
}

static int timer_add(
                sd_event *event, sd_event_source **ret, sd_event_time_handler_t handler, void *userdata) {
        int r;

        r = sd_event_add_time(event, ret, CLOCK_MONOTONIC, UINT64_MAX, 0, handler, userdata);
        return r < 0 ? r : sd_event_source_set_enabled(*ret, SD_EVENT_OFF);
}

/* ---- the log ---- */

/* Once a turn of the loop, behind what happened in it. */
static void end_turn(Daemon *d) {
        if (log_flush())
                timer_arm(d->log_timer, LOG_RETRY_USEC);
}

/* If this does not help, the end of the turn arms the timer again. */
static int on_log_timer(_unused_ sd_event_source *source, _unused_ uint64_t now, _unused_ void *userdata) {
        (void) log_retry();
        return 0;
}

/* ---- signals ---- */

/* Clients are told before the connection ends, and find out why by ha_gs_get_ffdc_id(). */
static void say_goodbye(Daemon *d) {
        char words[CLIENT_WORDS_MAX + 1];

        (void) snprintf(words, sizeof(words), "%s.%" PRIu64, MESSAGE_GS_STOP_ST.id, d->incarnation);
        domain_end(&d->domain);
        session_server_last_words(d->server, words);
}

static int on_stop(sd_event_source *source, const struct signalfd_siginfo *info, void *userdata) {
        log_event(LOG_NOTICE, GS_STOP_ST, "Stopping: SIG%s from process %u",
                        sigabbrev_np((int) info->ssi_signo), (unsigned) info->ssi_pid);
        (void) notify_send("STOPPING=1\nSTATUS=Stopping");
        say_goodbye(userdata);
        return sd_event_exit(sd_event_source_get_event(source), EX_OK);
}

static int on_hangup(_unused_ sd_event_source *source, const struct signalfd_siginfo *info,
                _unused_ void *userdata) {
        log_notice("SIGHUP from process %u: there is nothing to read again; a restart reads the "
                   "configuration",
                        (unsigned) info->ssi_pid);
        return 0;
}

static int on_trace(_unused_ sd_event_source *source, const struct signalfd_siginfo *info,
                _unused_ void *userdata) {
        bool longer = (int) info->ssi_signo == TRACE_SIGNAL_LONG;
        char why[64];

        (void) snprintf(why, sizeof(why), "%s from process %u", longer ? "SIGRTMIN+22" : "SIGRTMIN+23",
                        (unsigned) info->ssi_pid);
        trace_set(longer ? TRACE_LONG : TRACE_SHORT, why);
        return 0;
}

typedef struct SignalHandler {
        int signo;
        sd_event_signal_handler_t handler;
} SignalHandler;

#define N_SIGNALS 5

/* A function, because SIGRTMIN is no constant. */
static void list_signals(SignalHandler ret[static N_SIGNALS]) {
        const SignalHandler all[N_SIGNALS] = {
                { SIGTERM, on_stop },
                { SIGINT, on_stop },
                { SIGHUP, on_hangup },
                { TRACE_SIGNAL_LONG, on_trace },
                { TRACE_SIGNAL_SHORT, on_trace },
        };

        memcpy(ret, all, sizeof(all));
}

void daemon_block_signals(void) {
        SignalHandler handlers[N_SIGNALS];
        sigset_t set;

        list_signals(handlers);
        (void) sigemptyset(&set);
        for (size_t i = 0; i < N_SIGNALS; i++)
                (void) sigaddset(&set, handlers[i].signo);
        (void) sigaddset(&set, SIGPIPE); /* standard error may be a pipe that nobody reads any more */
        (void) sigprocmask(SIG_BLOCK, &set, NULL);
}

static int add_signals(Daemon *d) {
        SignalHandler handlers[N_SIGNALS];
        int r;

        list_signals(handlers);
        for (size_t i = 0; i < N_SIGNALS; i++) {
                r = sd_event_add_signal(d->event, NULL, handlers[i].signo, handlers[i].handler, d);
                if (r < 0)
                        return r;
        }
        return 0;
}

/* ---- what is told: STATUS= to systemd, the status answer to clients ---- */

/* Make STATUS= anew. Returns whether it differs from what systemd knows. */
static bool refresh_status_text(Daemon *d) {
        char *text;

        text = domain_describe(&d->domain, session_server_clients(d->server));
        if (!text || (d->status_text && strcmp(text, d->status_text) == 0)) {
                free(text);
                return false;
        }

        free(d->status_text);
        d->status_text = text;
        return true;
}

/* What systemd does not read now it is told later, as it is then. */
static int on_status_timer(_unused_ sd_event_source *source, _unused_ uint64_t now, void *userdata) {
        _cleanup_(freep) char *state = NULL;
        Daemon *d = userdata;

        if (!refresh_status_text(d))
                return 0;
        if (asprintf(&state, "STATUS=%s", d->status_text) >= 0 && notify_send(state) != -EAGAIN)
                return 0;

        free(TAKE_PTR(d->status_text));
        timer_arm(d->status_timer, STATUS_DELAY_USEC);
        return 0;
}

int daemon_notify_ready(Daemon *d, char **reterr) {
        int r;

        /* What has happened so far is in this text. */
        (void) sd_event_source_set_enabled(d->status_timer, SD_EVENT_OFF);
        if (!refresh_status_text(d))
                return -ENOMEM;

        r = sd_notifyf(/* unset_environment= */ 0, "READY=1\nSTATUS=%s", d->status_text);
        return r < 0 ? fault(reterr, r, "cannot tell systemd that the daemon is ready: %s", strerror(-r))
                     : 0;
}

/* ---- the domain and its clients ---- */

static void on_change(void *userdata) {
        Daemon *d = userdata;

        timer_arm(d->status_timer, STATUS_DELAY_USEC);
}

/* core.h: out of memory, this node begins anew as a newcomer. */
static void on_domain_failed(void *userdata, int error) {
        Daemon *d = userdata;

        log_event(LOG_ERR, GS_ERROR_ER,
                        "The groups cannot be kept any longer: %s. The daemon ends, and is "
                        "started again with none",
                        strerror(-error));
        (void) sd_event_exit(d->event, EX_SOFTWARE);
}

const DomainHooks daemon_domain_hooks = {
        .changed = on_change,
        .failed = on_domain_failed,
};

static int on_submit(void *userdata, const Event *event) {
        return domain_submit(&((Daemon *) userdata)->domain, event);
}

static int on_subscribe(void *userdata, GsClient client, uint32_t control, const char *group) {
        return domain_subscribe(&((Daemon *) userdata)->domain, client, control, group);
}

static void on_unsubscribe(void *userdata, GsClient client) {
        domain_unsubscribe(&((Daemon *) userdata)->domain, client);
}

static void on_unsubscribe_all(void *userdata, uint32_t connection) {
        domain_unsubscribe_all(&((Daemon *) userdata)->domain, connection);
}

static bool on_connection_needed(void *userdata, uint32_t connection) {
        return domain_needs_connection(&((Daemon *) userdata)->domain, connection);
}

static ssize_t on_status_question(void *userdata, uint32_t serial, void *buffer, size_t size) {
        const Daemon *d = userdata;
        const LogFile *log = log_file();
        Status s = {
                .node_number = (uint16_t) d->environment.node_number,
                .incarnation = d->incarnation,
                .pid = (uint32_t) getpid(),
                .started = d->started,
                .uptime = clock_usec(CLOCK_MONOTONIC) - d->started_monotonic,
                .n_clients = session_server_clients(d->server) - 1, /* without the one that asks */
                .trace = trace_get(),
                .log_state = logfile_suspended(log) ? LOG_SUSPENDED : LOG_WRITING,
                .log_missing = logfile_missing(log),
        };

        (void) snprintf(s.syspar, sizeof(s.syspar), "%s", d->syspar);
        (void) snprintf(s.log_path, sizeof(s.log_path), "%s", logfile_path(log));
        domain_fill_status(&d->domain, &s);
        return status_encode(&s, serial, buffer, size);
}

static int on_report_question(void *userdata, const ReportQuestion *question, ReportSink *sink) {
        return daemon_report(userdata, question, sink);
}

const SessionHooks daemon_session_hooks = {
        .status = on_status_question,
        .report = on_report_question,
        .clients_changed = on_change,
        .submit = on_submit,
        .subscribe = on_subscribe,
        .unsubscribe = on_unsubscribe,
        .unsubscribe_all = on_unsubscribe_all,
        .connection_needed = on_connection_needed,
};

/* ---- from start to end ---- */

static int prepare_loop(Daemon *d) {
        int r;

        r = sd_event_new(&d->event);
        if (r < 0)
                return r;
        r = notify_watchdog(d->event, &d->watchdog);
        if (r < 0)
                return r;
        r = add_signals(d);
        if (r < 0)
                return r;
        r = timer_add(d->event, &d->log_timer, on_log_timer, d);
        if (r < 0)
                return r;
        return timer_add(d->event, &d->status_timer, on_status_timer, d);
}

int daemon_prepare_loop(Daemon *d, char **reterr) {
        int r;

        r = prepare_loop(d);
        return r < 0 ? fault(reterr, r, "cannot set up the event loop: %s", strerror(-r)) : 0;
}

static void daemon_done(Daemon *d) {
        domain_set_server(&d->domain, NULL);
        (void) session_server_free(d->server);
        domain_done(&d->domain);
        logcontrol_done(&d->logcontrol);
        if (d->socket_path)
                endpoint_remove(d->socket_path);
        (void) sd_event_source_disable_unref(d->watchdog);
        (void) sd_event_source_disable_unref(d->log_timer);
        (void) sd_event_source_disable_unref(d->status_timer);
        (void) sd_event_unref(d->event);

        free(d->socket_path);
        free(d->status_text);
        config_done(&d->config);
        environment_done(&d->environment);
        log_close();
}

/*
 * Serve until told to stop. What the start has logged is written first: the loop may sleep for long. This is
 * sd_event_loop(), with an end of each turn that is no event source: that would cost every turn another one.
 */
static int serve(Daemon *d) {
        int r;

        do {
                end_turn(d);
                if (sd_event_get_state(d->event) == SD_EVENT_FINISHED)
                        return EX_OK;
                r = sd_event_run(d->event, UINT64_MAX);
        } while (r >= 0);

        log_event(LOG_ERR, GS_ERROR_ER, "The event loop failed: %s", strerror(-r));
        return EX_SOFTWARE;
}

static void report_failed_start(const char *text) {
        log_event(LOG_ERR, GS_STARTERR_ER, "%s", text);
        (void) sd_notifyf(/* unset_environment= */ 0, "STATUS=%s", text);
}

int daemon_main(int argc, char **argv) {
        _cleanup_(daemon_done) Daemon d = {
                .started = clock_usec(CLOCK_REALTIME),
                .started_monotonic = clock_usec(CLOCK_MONOTONIC),
        };
        _cleanup_(freep) char *message = NULL;
        int status;

        log_set_identity(&(LogIdentity){ .ident = "hagsd" });

        status = daemon_start(&d, argc, argv, &message);
        if (status == EX_OK)
                return serve(&d);

        report_failed_start(fault_text(message, -ENOMEM));
        return status;
}
